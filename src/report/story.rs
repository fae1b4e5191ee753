//! What a mechanism found, as people read it: tables with their titles, sentences, and how to read both. Terminal,
//! Markdown and page show the same.

use minijinja::context;

use super::grid::{Grid, markdown_escaped};
use super::{Page, Summary};

/// A report's tables and sentences.
pub(super) struct Story {
    /// What it came to, in one line.
    pub headline: String,
    /// What else is worth saying.
    pub sentences: Vec<String>,
    /// The tables; those without a row are not shown.
    pub tables: Vec<Titled>,
    /// What the words of the tables mean.
    pub reading: &'static [Term],
}

/// A table and what it shows.
pub(super) struct Titled {
    pub title: &'static str,
    pub grid: Grid,
}

/// A word and its meaning.
pub(super) struct Term {
    pub word: &'static str,
    pub meaning: &'static str,
}

/// What is told by a story.
pub(super) trait Storied {
    /// The story.
    fn story(&self) -> Story;

    /// Everything with full precision, as of a [`Summary`].
    ///
    /// # Errors
    /// It cannot be written as JSON.
    fn json(&self) -> serde_json::Result<String>;
}

impl<T: Storied> Summary for T {
    fn terminal(&self) -> String {
        self.story().terminal()
    }

    fn markdown(&self) -> String {
        self.story().markdown()
    }

    fn json(&self) -> serde_json::Result<String> {
        Storied::json(self)
    }
}

impl Story {
    /// For a terminal.
    pub fn terminal(&self) -> String {
        self.text(|table| format!("{}\n{}", table.title, table.grid.terminal()), str::to_owned)
    }

    /// As GitHub reads it.
    pub fn markdown(&self) -> String {
        self.text(|table| format!("{}\n\n{}", table.title, table.grid.markdown()), markdown_escaped)
    }

    fn text(&self, draw: impl Fn(&Titled) -> String, say: impl Fn(&str) -> String) -> String {
        let sentences = self.sentences.iter().chain([&self.headline]).map(|sentence| say(sentence));
        self.shown().map(draw).chain(sentences).collect::<Vec<_>>().join("\n\n")
    }

    fn shown(&self) -> impl Iterator<Item = &Titled> {
        self.tables.iter().filter(|table| !table.grid.rows.is_empty())
    }

    /// What is its own on a page.
    pub fn page(&self) -> Page {
        let table = |titled: &Titled| {
            let columns = titled.grid.columns.iter();
            let columns = columns.map(|column| context! { name => column.name(), class => column.class() });
            context! {
                title => titled.title,
                columns => columns.collect::<Vec<_>>(),
                rows => titled.grid.rows.clone(),
            }
        };
        let term = |term: &Term| context! { word => term.word, meaning => term.meaning };
        let findings = context! {
            headline => self.headline.as_str(),
            sentences => self.sentences.clone(),
            tables => self.shown().map(table).collect::<Vec<_>>(),
            reading => self.reading.iter().map(term).collect::<Vec<_>>(),
        };
        Page { template: include_str!("story.html.jinja"), findings }
    }
}
