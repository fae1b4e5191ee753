//! `weighhouse schema`: its settings, and how they resolve.

use super::declared::Declared;
use super::error::SettingsError;
use super::groups;
use super::keys::{Optional, setting};
use super::layers::Layers;
use super::spelling::nearest;
use crate::commands::settings::SchemaSettings;
use crate::report::schema::{Schema, schemas};

/// What stands below the options in `--help`.
const EXAMPLES: &str = "\
Examples:
  weighhouse schema
      Which kinds of record and which tables there are.
  weighhouse schema samples --format markdown
      The columns of samples.
  weighhouse schema evaluate/weights
      The columns of weights.parquet as evaluate writes it.
  weighhouse schema losses --format json > losses.schema.json
      A JSON Schema to check recorded losses by.

Exit codes:
  0 done; 1 internal; 2 usage";

const KIND: Optional<Schema> = setting("kind", "KIND", "What to tell the columns of", |text| {
    let all = schemas();
    let names: Vec<String> = all.iter().map(Schema::name).collect();
    let near = nearest(text, names.iter().map(String::as_str));
    let found = all.into_iter().find(|schema| schema.name() == text);
    found.ok_or_else(|| format!("expected one of what `weighhouse schema` lists; the nearest is {near}"))
})
.positional()
.or("a list of what there is");

/// `schema` on the command line.
pub const DECLARED: Declared = Declared {
    name: "schema",
    about: "Print the columns of the records that are read and of the tables that are written",
    examples: EXAMPLES,
    groups: &[groups::arguments(&[&KIND.key])],
};

/// Resolves every setting of `schema`.
///
/// # Errors
/// [`SettingsError`] for a kind that there is not.
pub fn resolve(mut layers: Layers) -> Result<SchemaSettings, SettingsError> {
    let (kind, format) = (layers.find(&KIND)?, layers.get(&groups::FORMAT)?);
    Ok(SchemaSettings { kind, format, sources: layers.into_resolved() })
}
