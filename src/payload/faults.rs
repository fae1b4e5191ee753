//! What can be wrong with a payload, under the names that pydantic has for it.

/// Declares the kinds of faults with their names.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal,)*) => {
        /// Kind of a fault. A value has at most one; of several that would fit, the one that stands first here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind {
            $($(#[$doc])* $kind,)*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &[Kind] = &[$(Kind::$kind,)*];

            /// Its name, pydantic's where that has one.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// The text is no JSON, or examining it takes too long.
    JsonInvalid = "json_invalid",
    /// A required key is absent.
    Missing = "missing",
    /// A key that the schema does not have.
    ExtraForbidden = "extra_forbidden",
    /// A text that is no whole number.
    IntParsing = "int_parsing",
    /// A whole number of too many digits, or a float beyond 64 bits.
    IntParsingSize = "int_parsing_size",
    /// A number with a fraction for a whole one.
    IntFromFloat = "int_from_float",
    /// Something else for a whole number.
    IntType = "int_type",
    /// `NaN` or an infinity for a whole number.
    FiniteNumber = "finite_number",
    /// No text.
    StringType = "string_type",
    /// A text or a whole number that is neither true nor false.
    BoolParsing = "bool_parsing",
    /// Something else for true or false.
    BoolType = "bool_type",
    /// A text that is no number.
    FloatParsing = "float_parsing",
    /// Something else for a number.
    FloatType = "float_type",
    /// No list.
    ListType = "list_type",
    /// No object, where the schema names no keys.
    DictType = "dict_type",
    /// No object, where the schema names keys.
    ModelType = "model_type",
    /// Something for `null`.
    NoneRequired = "none_required",
    /// `multipleOf`.
    MultipleOf = "multiple_of",
    /// `maximum`.
    LessThanEqual = "less_than_equal",
    /// `exclusiveMaximum`.
    LessThan = "less_than",
    /// `minimum`.
    GreaterThanEqual = "greater_than_equal",
    /// `exclusiveMinimum`.
    GreaterThan = "greater_than",
    /// `minLength`.
    StringTooShort = "string_too_short",
    /// `maxLength`.
    StringTooLong = "string_too_long",
    /// `pattern`.
    StringPatternMismatch = "string_pattern_mismatch",
    /// `maxItems`, `maxProperties`, items that the schema has no place for.
    TooLong = "too_long",
    /// `minItems`, `minProperties`.
    TooShort = "too_short",
    /// `enum`.
    Enum = "enum",
    /// `const`.
    LiteralError = "literal_error",
    /// `uniqueItems`; pydantic has no name for it.
    NotUnique = "not_unique",
    /// Any other keyword, such as `anyOf` or `not`; pydantic has no name for it.
    Schema = "schema",
}

/// A step from a value to one within it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an item of a list, from 0.
    Index(usize),
}

/// Something that is wrong with a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: Kind,
    /// Whether `null` was given where something else must stand.
    pub null: bool,
    /// Where, from the outermost value.
    pub path: Vec<Step>,
}

/// What came of an examination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// All that is wrong, in pydantic's order: keys as the schema has them, then those it does not have.
    pub faults: Vec<Fault>,
    /// Length of the outermost list, if the payload is one.
    pub items: Option<usize>,
    /// Whether it was given up, since it takes too long; the only fault is then that it is no JSON.
    pub is_endless: bool,
}

impl Examination {
    /// That of a text of which nothing is known.
    pub(super) fn broken() -> Self {
        Self {
            faults: vec![Fault { kind: Kind::JsonInvalid, null: false, path: Vec::new() }],
            items: None,
            is_endless: false,
        }
    }
}
