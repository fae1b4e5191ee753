//! Samples: the conversations a loss is measured on, a prompt and a response or whole messages. Nothing scored is blank;
//! ids are unique; samples with an unwanted phrase are dropped and counted, repeated ones are only counted. Texts are
//! set aside as they are read, so that a pool of any size takes little memory.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use super::cell::Id;
use super::column::{Column, Typed};
use super::error::RecordError;
use super::json::utf8;
use super::messages::Turns;
use super::place::{Counting, Place};
use super::reader::read_rows;
use super::reading::Reading;
use super::row::Row;
use super::source::Source;
use super::text::{digest, strip};
use crate::spool::Spool;
use crate::turns::content;

const SAMPLE_ID: Typed<Option<Id>> = Typed::new(
    "sample_id",
    "a name of its own; otherwise `sample-` and the line number",
    "a text or a whole number that no other sample has, or null",
);
const PROMPT: Typed<String> =
    Typed::new("prompt", "what the user says; stripped", "the user's text, not blank").unless("messages");
const RESPONSE: Typed<String> = Typed::new(
    "response",
    "what the assistant answers, the part that is scored; stripped",
    "the assistant's text, not blank",
)
.unless("messages");
const MESSAGES: Typed<Option<Turns>> = Typed::new(
    "messages",
    "a whole conversation, whose last answer is scored: objects with `role` and `content`, or their JSON text",
    "a list of {role, content}, at least one turn and then the assistant's, whose text is not blank",
);
const SOURCE: Typed<Option<Id>> = Typed::new(
    "source",
    "where it is from: samples of one source depend on each other, and intervals take that into account",
    "where the sample is from, or null",
);
/// What a row may hold.
pub const COLUMNS: &[Column] =
    &[PROMPT.column(), RESPONSE.column(), MESSAGES.column(), SAMPLE_ID.column(), SOURCE.column()];

/// One conversation; what is said in it are [`Samples::turns`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// `sample_id`, or `sample-<line>` where the record has none; unique in the file.
    pub id: String,
    /// Where the sample is from.
    pub source: Option<String>,
    /// Line (or row, in a table) it stands on, from 1.
    pub line: u64,
    texts: TextPlace,
}

/// Where a sample's texts lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TextPlace {
    start: u64,
    length: usize,
}

/// Which samples are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SampleFilter {
    drop_phrases: Vec<String>,
}

impl SampleFilter {
    /// Drops samples whose response holds one of `phrases`, case and all. Blank phrases, which every response would
    /// hold, are left out.
    pub fn new(phrases: impl IntoIterator<Item = String>) -> Self {
        SampleFilter { drop_phrases: phrases.into_iter().filter(|phrase| !strip(phrase).is_empty()).collect() }
    }

    /// Reads the phrases from a text file, one a line.
    ///
    /// # Errors
    /// The file cannot be read or is no UTF-8.
    pub fn read(path: &Path) -> Result<Self, RecordError> {
        let file = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| RecordError::io(&file, error))?;
        let line = |(text, number): (&[u8], u64)| {
            let place = Place { file: file.clone(), unit: Counting::Line, number };
            utf8(text.strip_suffix(b"\r").unwrap_or(text), &place).map(str::to_owned)
        };
        bytes.split(|&byte| byte == b'\n').zip(1..).map(line).collect::<Result<Vec<_>, _>>().map(Self::new)
    }

    fn drops(&self, turns: &[Value]) -> bool {
        let response = turns.last().and_then(content).unwrap_or_default();
        self.drop_phrases.iter().any(|phrase| response.contains(phrase))
    }
}

/// The samples of one input.
#[derive(Debug)]
pub struct Samples {
    /// In the order of the input; at least one.
    pub rows: Vec<Sample>,
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Samples the filter dropped.
    pub dropped: usize,
    /// Samples in `rows` whose texts stand in an earlier one too.
    pub duplicates: usize,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
    texts: Spool,
}

impl Samples {
    /// The turns of one of the rows, objects with `role` and `content`; the last is the assistant's, which is scored.
    ///
    /// # Errors
    /// They cannot be read back from where they were set aside.
    pub fn turns(&self, sample: &Sample) -> io::Result<Vec<Value>> {
        let TextPlace { start, length } = sample.texts;
        Ok(serde_json::from_slice(&self.texts.read(start, length)?)?)
    }
}

/// Reads and checks all samples of `source`, without those that `filter` drops.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a blank prompt or response, an id given twice, an input without a
/// row, and a filter that drops every sample; bad rows are none where `reading` says to skip them.
pub fn read_samples(source: &Source, filter: &SampleFilter, reading: &Reading<'_>) -> Result<Samples, RecordError> {
    let mut pool = Pool::default();
    let sha256 = read_rows(source, COLUMNS, reading, |row| pool.add(row, filter))?;
    let Pool { rows, dropped, duplicates, set_aside, .. } = pool;
    let skipped = reading.skipped();
    match (rows.is_empty(), dropped) {
        (true, 0) => Err(RecordError::Empty { file: source.to_string(), kind: "sample" }),
        (true, dropped) => Err(RecordError::AllDropped { file: source.to_string(), dropped }),
        (false, _) => Ok(Samples { rows, sha256, dropped, duplicates, skipped, texts: set_aside }),
    }
}

/// The samples so far and what was seen of them.
#[derive(Default)]
struct Pool {
    rows: Vec<Sample>,
    dropped: usize,
    duplicates: usize,
    set_aside: Spool,
    ids: HashMap<[u8; 16], u64>,
    texts: HashSet<[u8; 16]>,
}

impl Pool {
    fn add(&mut self, row: &Row<'_>, filter: &SampleFilter) -> Result<(), RecordError> {
        let line = row.number();
        let turns = turns(row)?;
        let id = row.get(&SAMPLE_ID)?.unwrap_or_else(|| format!("sample-{line}"));
        let source = row.get(&SOURCE)?;
        match self.ids.entry(digest(&id)) {
            Entry::Occupied(first) => return Err(row.duplicate(&SAMPLE_ID, &format!("{id:?}"), *first.get())),
            Entry::Vacant(entry) => entry.insert(line),
        };
        if filter.drops(&turns) {
            self.dropped += 1;
            return Ok(());
        }
        let text = Value::Array(turns).to_string();
        self.duplicates += usize::from(!self.texts.insert(digest(&text)));
        let start = self.set_aside.append(text.as_bytes()).map_err(RecordError::SetAside)?;
        self.rows.push(Sample { id, source, line, texts: TextPlace { start, length: text.len() } });
        Ok(())
    }
}

/// A row that has a `response` has a prompt too; others may have messages.
fn turns(row: &Row<'_>) -> Result<Vec<Value>, RecordError> {
    if !row.is_given(&RESPONSE)
        && let Some(turns) = row.get(&MESSAGES)?
    {
        return Ok(turns);
    }
    let (prompt, response) = (stripped(row, &PROMPT)?, stripped(row, &RESPONSE)?);
    Ok(vec![json!({"role": "user", "content": prompt}), json!({"role": "assistant", "content": response})])
}

fn stripped(row: &Row<'_>, column: &Typed<String>) -> Result<String, RecordError> {
    Ok(strip(&row.get(column)?).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(content: &str, phrases: &[&str]) -> Result<Samples, RecordError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.jsonl");
        std::fs::write(&path, content).unwrap();
        let filter = SampleFilter::new(phrases.iter().map(|&phrase| phrase.to_owned()));
        read_samples(&Source::from(path), &filter, &Reading::strict())
    }

    fn read(content: &str) -> Result<Samples, RecordError> {
        read_with(content, &[])
    }

    fn error(content: &str) -> String {
        read(content).unwrap_err().to_string().split_once("p.jsonl").unwrap().1.to_owned()
    }

    #[test]
    fn strips_texts_and_names_samples() {
        let samples =
            read("\n{\"prompt\": \" 1+1?\\n\", \"response\": \"\\n2 \", \"source\": \"own\", \"x\": 1}\n").unwrap();
        let [sample] = samples.rows.as_slice() else { panic!("one sample") };
        assert_eq!((sample.id.as_str(), sample.source.as_deref(), sample.line), ("sample-2", Some("own"), 2));
        let expected = json!([{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}]);
        assert_eq!(json!(samples.turns(sample).unwrap()), expected);
        assert_eq!((samples.dropped, samples.duplicates), (0, 0));
    }

    #[test]
    fn blank_and_missing_texts_name_their_line() {
        let good = r#"{"prompt": "a", "response": "b"}"#;
        assert_eq!(
            error(&format!("{good}\n{{\"prompt\": \" \\n\", \"response\": \"b\"}}")),
            ", line 2: column `prompt` is \" \\n\"; give the user's text, not blank"
        );
        assert!(error(r#"{"prompt": "a", "response": ""}"#).starts_with(", line 1: column `response` is \"\"; "));
        assert!(error(r#"{"prompt": "a"}"#).starts_with(", line 1: column `response` is missing; "));
        assert!(error(r#"{"prompt": ["a"], "response": "b"}"#).contains("`prompt` is [\"a\"]; "));
        assert!(error(r#"{"prompt": "a", "response": "b", "sample_id": 3.5}"#).contains("`sample_id` is 3.5; "));
    }

    #[test]
    fn messages_stand_for_prompt_and_response() {
        let turns = r#"[{"role": "system", "content": " s "}, {"role": "user", "content": "a"},
                        {"role": "assistant", "content": "b "}, {"role": "user", "content": "more"}]"#;
        let turns = turns.replace('\n', " ");
        let text = json!(turns);
        let both = r#""prompt": "p", "response": "r""#;
        let content = format!(
            "{{\"messages\": {turns}, \"sample_id\": 7, \"prompt\": \"p\"}}\n{{\"messages\": {text}}}\n{{\"messages\": {turns}, {both}}}"
        );
        let samples = read_with(&content, &["more"]).unwrap();
        let read: Vec<Value> = samples.rows.iter().map(|sample| json!(samples.turns(sample).unwrap())).collect();
        let expected: Value = serde_json::from_str(&turns).unwrap();
        assert_eq!(read[0], json!(expected.as_array().unwrap()[..3]), "as they are, up to the last answer");
        assert_eq!(read[1], read[0]);
        assert_eq!(read[2][1]["content"], "r", "a response goes before messages");
        assert_eq!((samples.rows[0].id.as_str(), samples.duplicates, samples.dropped), ("7", 1, 0));
        assert_eq!(read_with(&content, &["b"]).unwrap().dropped, 2);
        let bad = error(r#"{"messages": [{"role": "user", "content": "a"}]}"#);
        assert!(bad.starts_with(", line 1: column `messages` is [{\"role\""), "{bad}");
        assert!(error("{}").starts_with(", line 1: column `prompt` is missing; "));
    }

    #[test]
    fn ids_are_unique_also_the_made_ones() {
        let with = |id: &str| format!(r#"{{"prompt": "a", "response": "b", "sample_id": "{id}"}}"#);
        assert_eq!(
            error(&format!("{}\n{}\n{}", with("x"), with("y"), with("x"))),
            ", line 3: column `sample_id` is \"x\", as on line 1; give each line its own"
        );
        let made = error(&format!("{}\n{}", with("sample-2"), r#"{"prompt": "a", "response": "b"}"#));
        assert!(made.contains("`sample_id` is \"sample-2\", as on line 1"), "{made}");
    }

    #[test]
    fn drops_phrases_and_counts_repeats() {
        let row = |prompt: &str, response: &str| format!(r#"{{"prompt": "{prompt}", "response": "{response}"}}"#);
        let content = [row("a", "I cannot"), row("a", "i cannot"), row("I cannot", "b"), row(" a ", "i cannot\\n")];
        let samples = read_with(&content.join("\n"), &["I cannot", " "]).unwrap();
        assert_eq!(samples.rows.iter().map(|sample| sample.line).collect::<Vec<_>>(), [2, 3, 4]);
        assert_eq!((samples.dropped, samples.duplicates), (1, 1));
        let shifted = read(&[row("a", "bc"), row("ab", "c")].join("\n")).unwrap();
        assert_eq!(shifted.duplicates, 0);
    }

    #[test]
    fn phrases_come_from_a_file_one_a_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("phrases.txt");
        std::fs::write(&path, "I cannot\r\n\nsorry \n").unwrap();
        assert_eq!(SampleFilter::read(&path).unwrap().drop_phrases, ["I cannot", "sorry "]);
        std::fs::write(&path, b"one\n\xff").unwrap();
        let error = SampleFilter::read(&path).unwrap_err();
        assert!(!error.is_missing_input() && error.to_string().contains("phrases.txt, line 2, column 1"), "{error}");
        assert!(SampleFilter::read(&folder.path().join("none")).unwrap_err().is_missing_input());
    }

    #[test]
    fn nothing_left_is_an_error() {
        assert_eq!(error(""), ": holds no sample; give at least one");
        let all = read_with(r#"{"prompt": "a", "response": "no, sorry"}"#, &["sorry"]).unwrap_err();
        assert!(matches!(all, RecordError::AllDropped { dropped: 1, .. }), "{all}");
    }
}
