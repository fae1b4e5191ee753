//! Samples: the conversations a loss is measured on, one prompt and one response each. Texts are stripped and never
//! empty; ids are unique; samples with an unwanted phrase are dropped and counted, repeated ones are only counted.
//! Texts are set aside as they are read, so that a pool of any size takes little memory.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::error::{Place, RecordError, Unit};
use super::jsonl::utf8;
use super::reader::read_rows;
use super::row::{Column, Row};
use super::source::Source;
use super::text::strip;
use crate::spool::Spool;

const SAMPLE_ID: Column = Column { name: "sample_id", expected: "a text that no other sample has, or null" };
const PROMPT: Column = Column { name: "prompt", expected: "the user's text, not blank" };
const RESPONSE: Column = Column { name: "response", expected: "the assistant's text, not blank" };
const SOURCE: Column = Column { name: "source", expected: "where the sample is from, or null" };
const COLUMNS: &[Column] = &[SAMPLE_ID, PROMPT, RESPONSE, SOURCE];

/// One conversation; its texts are [`Samples::texts`].
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

/// Where a sample's texts lie, one behind the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct TextPlace {
    start: u64,
    prompt: u32,
    response: u32,
}

/// What a conversation is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleTexts {
    /// The user's text, stripped.
    pub prompt: String,
    /// The assistant's text, stripped.
    pub response: String,
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
            let place = Place { file: file.clone(), unit: Unit::Line, number };
            utf8(text.strip_suffix(b"\r").unwrap_or(text), &place).map(str::to_owned)
        };
        bytes.split(|&byte| byte == b'\n').zip(1..).map(line).collect::<Result<Vec<_>, _>>().map(Self::new)
    }

    fn drops(&self, texts: &SampleTexts) -> bool {
        self.drop_phrases.iter().any(|phrase| texts.response.contains(phrase))
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
    /// Samples in `rows` whose prompt and response stand in an earlier one too.
    pub duplicates: usize,
    texts: Spool,
}

impl Samples {
    /// The texts of one of the rows.
    ///
    /// # Errors
    /// They cannot be read back from where they were set aside.
    pub fn texts(&self, sample: &Sample) -> io::Result<SampleTexts> {
        let TextPlace { start, prompt, response } = sample.texts;
        let mut bytes = self.texts.read(start, prompt as usize + response as usize)?;
        let response = bytes.split_off(prompt as usize);
        let text = |bytes| String::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error));
        Ok(SampleTexts { prompt: text(bytes)?, response: text(response)? })
    }
}

/// Reads and checks all samples of `source`, without those that `filter` drops.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a blank prompt or response, an id given twice, an input without a
/// row, and a filter that drops every sample.
pub fn read_samples(source: &Source, filter: &SampleFilter) -> Result<Samples, RecordError> {
    let mut pool = Pool::default();
    let sha256 = read_rows(source, COLUMNS, |row| pool.add(row, filter))?;
    let Pool { rows, dropped, duplicates, set_aside, .. } = pool;
    match (rows.is_empty(), dropped) {
        (true, 0) => Err(RecordError::Empty { file: source.to_string(), kind: "sample" }),
        (true, dropped) => Err(RecordError::AllDropped { file: source.to_string(), dropped }),
        (false, _) => Ok(Samples { rows, sha256, dropped, duplicates, texts: set_aside }),
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
        let texts = SampleTexts { prompt: stripped(row, &PROMPT)?, response: stripped(row, &RESPONSE)? };
        let id = row.optional(&SAMPLE_ID)?.unwrap_or_else(|| format!("sample-{line}"));
        let source = row.optional(&SOURCE)?;
        if let Some(first) = self.ids.insert(digest(&[&id]), line) {
            return Err(row.duplicate(&SAMPLE_ID, &format!("{id:?}"), first));
        }
        if filter.drops(&texts) {
            self.dropped += 1;
            return Ok(());
        }
        self.duplicates += usize::from(!self.texts.insert(digest(&[&texts.prompt, &texts.response])));
        let texts = self.set_aside(&texts).map_err(RecordError::SetAside)?;
        self.rows.push(Sample { id, source, line, texts });
        Ok(())
    }

    fn set_aside(&mut self, texts: &SampleTexts) -> io::Result<TextPlace> {
        let SampleTexts { prompt, response } = texts;
        let length = |text: &str| u32::try_from(text.len()).map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge));
        let (start, prompt_length) = (self.set_aside.append(prompt.as_bytes())?, length(prompt)?);
        self.set_aside.append(response.as_bytes())?;
        Ok(TextPlace { start, prompt: prompt_length, response: length(response)? })
    }
}

fn stripped(row: &Row<'_>, column: &Column) -> Result<String, RecordError> {
    Ok(strip(&row.required::<String>(column)?).to_owned())
}

/// Stands for the texts; each one's length keeps `("a", "bc")` from `("ab", "c")`.
fn digest(texts: &[&str]) -> [u8; 16] {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    std::array::from_fn(|index| hash[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_with(content: &str, phrases: &[&str]) -> Result<Samples, RecordError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.jsonl");
        std::fs::write(&path, content).unwrap();
        read_samples(&Source::from(path), &SampleFilter::new(phrases.iter().map(|&phrase| phrase.to_owned())))
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
        let expected = SampleTexts { prompt: "1+1?".into(), response: "2".into() };
        assert_eq!(samples.texts(sample).unwrap(), expected);
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
        assert!(error(r#"{"prompt": "a", "response": "b", "sample_id": 3}"#).contains("`sample_id` is 3; "));
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
        assert!(error.is_bad_input() && error.to_string().contains("phrases.txt, line 2, column 1"), "{error}");
        assert!(SampleFilter::read(&folder.path().join("none")).unwrap_err().is_missing_input());
    }

    #[test]
    fn nothing_left_is_an_error() {
        assert_eq!(error(""), ": holds no sample; give at least one");
        let all = read_with(r#"{"prompt": "a", "response": "no, sorry"}"#, &["sorry"]).unwrap_err();
        assert!(matches!(all, RecordError::AllDropped { dropped: 1, .. }), "{all}");
    }
}
