//! A table of texts for people, as a terminal and as Markdown show it; the HTML pages show the same cells. Only strings
//! are made here. Cells come on one line each, see [`crate::excerpt::escaped`].

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, LineStyle, Table};

use crate::excerpt::{keep_end, keep_start};

/// The heading of a column, and what its cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heading {
    /// Texts, on the left.
    Text(&'static str),
    /// Numbers, on the right.
    Number(&'static str),
    /// Names, of which a terminal shows so many characters of the end: they differ there.
    Name(&'static str, usize),
    /// Sentences, of which a terminal shows so many characters of the beginning.
    Note(&'static str, usize),
}

impl Heading {
    /// The heading itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(name) | Self::Number(name) | Self::Name(name, _) | Self::Note(name, _) => name,
        }
    }

    /// Whether the cells are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Number(_))
    }

    /// The style of the cells on a page.
    pub fn class(self) -> &'static str {
        match self {
            Self::Text(_) => "",
            Self::Number(_) => "number",
            Self::Name(..) => "name",
            Self::Note(..) => "note",
        }
    }

    /// A cell as a terminal has room for it.
    fn short(self, cell: &str) -> String {
        match self {
            Self::Text(_) | Self::Number(_) => cell.to_owned(),
            Self::Name(_, width) => keep_end(cell, width),
            Self::Note(_, width) => keep_start(cell, width),
        }
    }
}

/// Columns and rows of as many cells.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub columns: Vec<Heading>,
    pub rows: Vec<Vec<String>>,
}

impl Grid {
    /// For a terminal, without a line break at its end.
    pub fn terminal(&self) -> String {
        let mut table = Table::new();
        let headers = self.columns.iter().map(|column| column.name());
        table.load_style(UTF8_HORIZONTAL_ONLY.row_separator(LineStyle::none())).set_header(headers);
        for row in &self.rows {
            table.add_row(self.columns.iter().zip(row).map(|(column, cell)| column.short(cell)));
        }
        for (column, heading) in table.column_iter_mut().zip(&self.columns) {
            let alignment = if heading.is_number() { CellAlignment::Right } else { CellAlignment::Left };
            column.set_padding((0, 1)).set_cell_alignment(alignment);
        }
        table.trim_fmt()
    }

    /// As GitHub reads it.
    pub fn markdown(&self) -> String {
        let rule = |column: &Heading| if column.is_number() { "--:" } else { "---" };
        let mut lines =
            vec![line(self.columns.iter().map(|column| column.name())), line(self.columns.iter().map(rule))];
        lines.extend(self.rows.iter().map(|row| line(self.markdown_cells(row))));
        lines.join("\n")
    }

    /// Numbers need no escape.
    fn markdown_cells(&self, row: &[String]) -> Vec<String> {
        let cells = self.columns.iter().zip(row);
        cells.map(|(column, cell)| if column.is_number() { cell.clone() } else { markdown_escaped(cell) }).collect()
    }
}

fn line<S: AsRef<str>>(cells: impl IntoIterator<Item = S>) -> String {
    let mut line = String::from("|");
    for cell in cells {
        line.push_str(&format!(" {} |", cell.as_ref()));
    }
    line
}

/// Nothing in a text may end a cell, begin a tag or be taken for markup.
pub(super) fn markdown_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '\\' | '*' | '_' | '`' | '[' | ']' => escaped.extend(['\\', c]),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let columns = vec![Heading::Text("name"), Heading::Number("rate [low–high]")];
        Grid { columns, rows: vec![vec!["a|b".into(), "0.5 [0.4–0.6]".into()], vec!["c".into(), "–".into()]] }
    }

    #[test]
    fn numbers_stand_on_the_right() {
        let text = grid().terminal();
        assert!(text.contains("\na|b     0.5 [0.4–0.6]\n") && text.contains("\nc                   –\n"), "{text}");
    }

    #[test]
    fn a_terminal_shows_long_names_by_their_end_and_notes_by_their_beginning() {
        let columns = vec![Heading::Name("model", 4), Heading::Note("note", 4)];
        let grid = Grid { columns, rows: vec![vec!["abcdef".into(), "abcdef".into()]] };
        assert!(grid.terminal().contains("\n…def   abc…\n"), "{}", grid.terminal());
        assert!(grid.markdown().ends_with("\n| abcdef | abcdef |"));
    }

    #[test]
    fn only_texts_are_escaped() {
        let expected = "| name | rate [low–high] |\n| --- | --: |\n| a\\|b | 0.5 [0.4–0.6] |\n| c | – |";
        assert_eq!(grid().markdown(), expected);
    }
}
