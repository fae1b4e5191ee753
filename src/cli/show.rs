//! The resolved settings as a table: what `--show-settings` prints.

use comfy_table::Table;
use comfy_table::presets::{ASCII_MARKDOWN, UTF8_FULL_CONDENSED};
use serde_json::json;

use crate::commands::settings::{Format, ResolvedSetting};

/// Settings with their sources, in the form asked for, without a newline at the end.
pub fn settings(settings: &[ResolvedSetting], format: Format) -> String {
    match format {
        Format::Table => table(settings, UTF8_FULL_CONDENSED),
        Format::Markdown => table(settings, ASCII_MARKDOWN),
        Format::Json => json(settings),
    }
}

fn table(settings: &[ResolvedSetting], style: comfy_table::TableStyle) -> String {
    let mut table = Table::new();
    table.load_style(style).set_header(["setting", "value", "from"]);
    for ResolvedSetting { key, value, source } in settings {
        table.add_row([key, value, &source.to_string()]);
    }
    table.trim_fmt()
}

fn json(settings: &[ResolvedSetting]) -> String {
    let row = |ResolvedSetting { key, value, source }: &ResolvedSetting| json!({ "setting": key, "value": value, "from": source.to_string() });
    let rows: serde_json::Value = settings.iter().map(row).collect();
    format!("{rows:#}")
}
