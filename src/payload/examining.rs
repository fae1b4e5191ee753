//! The validator's errors as pydantic's faults. What the validator refuses for its type is converted, all in one go,
//! and validated again, so that bounds judge the converted value.

use std::borrow::Cow;
use std::collections::HashSet;

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::paths::Location;
use jsonschema::{JsonType, ValidationError, Validator};

use super::faults::{Fault, Kind, Step};
use super::limits::Looks;
use super::ordering::{self, Rank};
use super::representation::{Payload, Seen};
use super::subschemas::Subschemas;
use super::value::Value;
use super::{lax, pointer};

/// Most rounds of conversions. One is enough unless a conversion makes another part of the schema hold (`if`, `anyOf`).
const ROUNDS: usize = 16;
/// Types that a value may be converted to, in the order in which they are tried where a schema allows several.
const CONVERTIBLE: [JsonType; 3] = [JsonType::Integer, JsonType::Number, JsonType::Boolean];

/// What examines payloads.
pub(super) struct Examiner<'a> {
    pub validator: &'a Validator<Payload>,
    pub subschemas: &'a Subschemas,
}

/// What was found in a round.
#[derive(Default)]
struct Found {
    faults: Vec<(Rank, Fault)>,
    conversions: Vec<(Vec<Step>, Value)>,
}

impl Examiner<'_> {
    /// All that is wrong, in pydantic's order; `None` where that takes too long to find.
    pub fn faults(&self, payload: &Value) -> Option<Vec<Fault>> {
        let looks = Looks::all();
        let mut payload = Cow::Borrowed(payload);
        let mut converted = HashSet::new();
        let mut found = self.round(&payload, &looks)?;
        for _ in 0..ROUNDS {
            let mut is_settled = true;
            for (path, value) in &found.conversions {
                // A value is converted once: where two types are asked for at a time, it would go to and fro.
                if converted.insert(path.clone())
                    && let Some(place) = pointer::found_mut(payload.to_mut(), path)
                {
                    *place = value.clone();
                    is_settled = false;
                }
            }
            if is_settled {
                break;
            }
            found = self.round(&payload, &looks)?;
        }
        let unsettled = found.conversions.into_iter().map(|(path, _)| self.ranked(&payload, "", path, Kind::Schema));
        Some(sorted(found.faults.into_iter().chain(unsettled).collect()))
    }

    fn round(&self, payload: &Value, looks: &Looks) -> Option<Found> {
        let mut found = Found::default();
        let errors = self.validator.iter_errors(Seen { value: payload, depth: 0, looks });
        errors.for_each(|error| self.note(payload, &error, &mut found));
        (!looks.are_spent()).then_some(found)
    }

    fn ranked(&self, payload: &Value, evaluation: &str, path: Vec<Step>, kind: Kind) -> (Rank, Fault) {
        let (rank, _) = ordering::rank(self.subschemas, evaluation, &path, payload);
        (rank, Fault { kind, null: false, path })
    }

    /// Notes what an error says.
    fn note(&self, payload: &Value, error: &ValidationError<'_>, found: &mut Found) {
        match error.kind() {
            ValidationErrorKind::Type { kind } => self.note_type(payload, error, kind, found),
            ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
                self.note_choice(payload, error, context, found);
            }
            ValidationErrorKind::Required { property } => {
                let key = property.as_str().unwrap_or_default();
                self.note_keys(payload, error, &[key.to_owned()], Kind::Missing, found);
            }
            ValidationErrorKind::AdditionalProperties { unexpected }
            | ValidationErrorKind::UnevaluatedProperties { unexpected } => {
                self.note_keys(payload, error, unexpected, Kind::ExtraForbidden, found);
            }
            kind => {
                let path = pointer::steps(error.instance_path().as_str(), payload);
                let is_finite = !matches!(pointer::found(payload, &path), Some(Value::Float(f)) if !f.is_finite());
                // Pydantic lets them pass: no remainder of them is anything but 0 or unknown.
                if is_finite || !matches!(kind, ValidationErrorKind::MultipleOf { .. }) {
                    let evaluation = error.evaluation_path().as_str();
                    found.faults.push(self.ranked(payload, evaluation, path, kind_of(kind)));
                }
            }
        }
    }

    /// A value of a wrong type: its conversion, or why it has none.
    fn note_type(&self, payload: &Value, error: &ValidationError<'_>, kind: &TypeKind, found: &mut Found) {
        let path = pointer::steps(error.instance_path().as_str(), payload);
        let Some(value) = pointer::found(payload, &path) else { return };
        match converted(value, kind) {
            Ok(value) => found.conversions.push((path, value)),
            Err(kind) => {
                let evaluation = error.evaluation_path().as_str();
                let (rank, subschema) = ordering::rank(self.subschemas, evaluation, &path, payload);
                let is_named = subschema.is_some_and(|subschema| !subschema.properties.is_empty());
                let kind = if is_named && kind == Kind::DictType { Kind::ModelType } else { kind };
                found.faults.push((rank, Fault { kind, null: value.is_null(), path }));
            }
        }
    }

    /// A value that none of several schemas takes. If only one of them is for anything but null, its faults count;
    /// otherwise the first that conversions satisfy.
    fn note_choice(
        &self,
        payload: &Value,
        error: &ValidationError<'_>,
        choices: &[Vec<ValidationError<'static>>],
        found: &mut Found,
    ) {
        let mut choices = choices.iter().filter(|errors| !is_for_null(errors, error.instance_path())).map(|errors| {
            let mut found = Found::default();
            errors.iter().for_each(|error| self.note(payload, error, &mut found));
            found
        });
        let chosen = match (choices.next(), choices.next()) {
            (Some(only), None) => Some(only),
            (first, second) => first.into_iter().chain(second).chain(choices).find(|found| found.faults.is_empty()),
        };
        match chosen {
            Some(chosen) => {
                found.faults.extend(chosen.faults);
                found.conversions.extend(chosen.conversions);
            }
            None => {
                let path = pointer::steps(error.instance_path().as_str(), payload);
                let null = pointer::found(payload, &path).is_some_and(Value::is_null);
                let (rank, fault) = self.ranked(payload, error.evaluation_path().as_str(), path, Kind::Schema);
                found.faults.push((rank, Fault { null, ..fault }));
            }
        }
    }

    /// Keys of an object that are absent or too many.
    fn note_keys(&self, payload: &Value, error: &ValidationError<'_>, keys: &[String], kind: Kind, found: &mut Found) {
        let path = pointer::steps(error.instance_path().as_str(), payload);
        let object = pointer::found(payload, &path);
        let (rank, subschema) = ordering::rank(self.subschemas, error.evaluation_path().as_str(), &path, payload);
        found.faults.extend(keys.iter().map(|key| {
            let step = Step::Key(key.clone());
            let place = ordering::place(&step, subschema, object);
            let path = path.iter().cloned().chain([step]).collect();
            (rank.iter().copied().chain([place]).collect(), Fault { kind, null: false, path })
        }));
    }
}

/// A value as the first of some types that it stands for; without null, why it does not for the only one.
fn converted(value: &Value, kind: &TypeKind) -> Result<Value, Kind> {
    let types: Vec<JsonType> = match kind {
        TypeKind::Single(only) => return lax::converted(value, *only),
        TypeKind::Multiple(types) => types.iter().filter(|one| *one != JsonType::Null).collect(),
    };
    match types[..] {
        [only] => lax::converted(value, only),
        _ => {
            let tried = CONVERTIBLE.into_iter().filter(|one| types.contains(one));
            tried.filter_map(|one| lax::converted(value, one).ok()).next().ok_or(Kind::Schema)
        }
    }
}

/// Whether all that a choice refuses is that the value is not null.
fn is_for_null(errors: &[ValidationError<'static>], path: &Location) -> bool {
    let is_null = |error: &ValidationError<'_>| {
        matches!(error.kind(), ValidationErrorKind::Type { kind: TypeKind::Single(JsonType::Null) })
            && error.instance_path() == path
    };
    matches!(errors, [error] if is_null(error))
}

/// The kind of what a keyword refuses; the keywords for types, choices and keys are not among these.
fn kind_of(kind: &ValidationErrorKind) -> Kind {
    match kind {
        ValidationErrorKind::MultipleOf { .. } => Kind::MultipleOf,
        ValidationErrorKind::Maximum { .. } => Kind::LessThanEqual,
        ValidationErrorKind::ExclusiveMaximum { .. } => Kind::LessThan,
        ValidationErrorKind::Minimum { .. } => Kind::GreaterThanEqual,
        ValidationErrorKind::ExclusiveMinimum { .. } => Kind::GreaterThan,
        ValidationErrorKind::MinLength { .. } => Kind::StringTooShort,
        ValidationErrorKind::MaxLength { .. } => Kind::StringTooLong,
        ValidationErrorKind::Pattern { .. } => Kind::StringPatternMismatch,
        ValidationErrorKind::MaxItems { .. }
        | ValidationErrorKind::MaxProperties { .. }
        | ValidationErrorKind::AdditionalItems { .. }
        | ValidationErrorKind::UnevaluatedItems { .. } => Kind::TooLong,
        ValidationErrorKind::MinItems { .. } | ValidationErrorKind::MinProperties { .. } => Kind::TooShort,
        ValidationErrorKind::Enum { .. } => Kind::Enum,
        ValidationErrorKind::Constant { .. } => Kind::LiteralError,
        ValidationErrorKind::UniqueItems => Kind::NotUnique,
        _ => Kind::Schema,
    }
}

/// Faults in order, one for a value. As in pydantic a list of too many items hides what is wrong with them, and what is
/// wrong with its items hides that a list has too few.
fn sorted(mut ranked: Vec<(Rank, Fault)>) -> Vec<Fault> {
    ranked.sort_by(|(one, fault), (other, second)| one.cmp(other).then(fault.kind.cmp(&second.kind)));
    let mut seen = HashSet::with_capacity(ranked.len());
    let is_first: Vec<bool> = ranked.iter().map(|(_, fault)| seen.insert(&fault.path[..])).collect();
    let mut faults: Vec<Fault> = Vec::with_capacity(ranked.len());
    let mut too_long: Option<Vec<Step>> = None;
    for ((_, fault), is_first) in ranked.into_iter().zip(is_first) {
        let is_hidden = too_long.as_ref().is_some_and(|path| fault.path.starts_with(path));
        if is_hidden || !is_first {
            continue;
        }
        faults.pop_if(|last| last.kind == Kind::TooShort && fault.path.starts_with(&last.path));
        if fault.kind == Kind::TooLong {
            too_long = Some(fault.path.clone());
        }
        faults.push(fault);
    }
    faults
}
