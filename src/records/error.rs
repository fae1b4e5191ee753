//! What can be wrong with a recorded input. Each message is one line that names the file, the place in it, the value
//! and what to do; nothing here ends the program.

use std::io;

use thiserror::Error;

use super::place::Place;
use crate::excerpt::value;

/// A recorded input that is missing or bad.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The file does not exist.
    #[error("{file}: no such file; check the path")]
    Missing {
        /// The file as the user named it.
        file: String,
    },
    /// The file exists but its bytes cannot be had.
    #[error("{file}: cannot be read: {error}; it must be a readable file")]
    Unreadable {
        /// The file as the user named it.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// Texts that were read cannot be set aside; no fault of the input.
    #[error("{0}")]
    SetAside(#[source] io::Error),
    /// The extension tells no format.
    #[error(
        "{file}: unknown kind of file; name it *.jsonl, *.json, *.csv, each perhaps with .gz or .zst, or *.parquet"
    )]
    UnknownFormat {
        /// The file as the user named it.
        file: String,
    },
    /// A folder that holds no table.
    #[error("{file}: a folder without Parquet files; give a file, or a folder of *.parquet")]
    NoParts {
        /// The folder as the user named it.
        file: String,
    },
    /// A compressed file that is damaged or cut off.
    #[error("{file}: cannot be decompressed: {error}; compress it again")]
    Compressed {
        /// The file as the user named it.
        file: String,
        /// The decoder's words.
        error: io::Error,
    },
    /// A JSON array that does not end as one.
    #[error("{file}: {message}; it must hold one array of objects, or one object per line")]
    Array {
        /// The file as the user named it.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A CSV file whose header is of no use.
    #[error("{file}: the header {message}; give each column a name of its own")]
    Header {
        /// The file as the user named it.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// A CSV file whose quotes are not as RFC 4180 has them.
    #[error(
        "{file}: the quotes of line {line} are not closed, or something stands behind them; put quotes around whole fields, and two for one within"
    )]
    Quote {
        /// The file as the user named it.
        file: String,
        /// Line at which they begin, from 1.
        line: u64,
    },
    /// A row of a CSV file with too few or too many fields.
    #[error("{place}: has {fields} fields where the header has {columns}; put fields with commas in double quotes")]
    Fields {
        /// Where it stands.
        place: Place,
        /// How many there are.
        fields: usize,
        /// How many there should be.
        columns: usize,
    },
    /// A name of a column that the user gave and no row has.
    #[error("{file}: no row has a column `{name}`, which is to be `{column}`; check --columns")]
    UnusedName {
        /// The file as the user named it.
        file: String,
        /// The column of the record.
        column: &'static str,
        /// What the file should call it.
        name: String,
    },
    /// A line that is not one JSON object.
    #[error("{place}, column {column}: {message}; each {} must hold one JSON object", place.unit)]
    Json {
        /// Where it stands.
        place: Place,
        /// Place in the line, in characters from 1.
        column: usize,
        /// The parser's words.
        message: String,
    },
    /// A line with bytes that are no UTF-8.
    #[error("{place}, column {column}: not UTF-8; save the file as UTF-8")]
    Utf8 {
        /// Where it stands.
        place: Place,
        /// Place in the line, in characters from 1.
        column: usize,
    },
    /// A line longer than any record can be.
    #[error("{place}: longer than {limit} bytes, which no record is; check what the file holds")]
    LongLine {
        /// Where it stands.
        place: Place,
        /// Longest line, row or element that is read, in bytes.
        limit: u64,
    },
    /// A file that Parquet's reader refuses.
    #[error("{file}: not a readable Parquet file: {message}; write it again")]
    Parquet {
        /// The file as the user named it.
        file: String,
        /// The reader's words.
        message: String,
    },
    /// A required column is absent.
    #[error("{place}: column `{column}` is missing; give {expected}")]
    MissingColumn {
        /// Where it stands.
        place: Place,
        /// What the file calls the column.
        column: String,
        /// What to give in it.
        expected: &'static str,
    },
    /// A value of the wrong type or out of range.
    #[error("{place}: column `{column}` is {value}; give {expected}")]
    BadValue {
        /// Where it stands.
        place: Place,
        /// What the file calls the column.
        column: String,
        /// The value, shortened.
        value: String,
        /// What to give in it.
        expected: &'static str,
    },
    /// A value that must be unique and is not.
    #[error("{place}: column `{column}` is {value}, as on {} {first}; give each {} its own", place.unit, place.unit)]
    Duplicate {
        /// Where it stands.
        place: Place,
        /// What the file calls the column.
        column: String,
        /// The value.
        value: String,
        /// Line or row that has it first.
        first: u64,
    },
    /// A value that contradicts another one.
    #[error("{place}: column `{column}` is {value}, beside {with}; give one of the two")]
    Clash {
        /// Where it stands.
        place: Place,
        /// What the file calls the column.
        column: String,
        /// The value.
        value: String,
        /// The other one, and where it is.
        with: String,
    },
    /// A file that was another one when it was read again.
    #[error("{file}: changed while it was read; run again when it is whole")]
    Changed {
        /// The file as the user named it.
        file: String,
    },
    /// A request whose rows do not stand together.
    #[error(
        "{place}: request {} was there before, with others in between; sort the recording by request_id",
        value(request)
    )]
    Scattered {
        /// Where it stands again.
        place: Place,
        /// Its id.
        request: String,
    },
    /// A step whose rows do not stand together.
    #[error("{place}: step {step} has rows further up, with others between; sort the rows by step")]
    ScatteredStep {
        /// Where the row stands that comes too late.
        place: Place,
        /// Its step.
        step: u64,
    },
    /// A loop whose requests do not stand together.
    #[error(
        "{place}: {} has rows further up, with others between; sort the recording by loop",
        round.map_or("the loop null".to_owned(), |round| format!("loop {round}"))
    )]
    ScatteredLoop {
        /// Where the row stands that comes too late.
        place: Place,
        /// Its loop.
        round: Option<u64>,
    },
    /// More copiers than can copy from anybody.
    #[error("{file}: has {miners} miners that do not copy; --copiers {copiers} leaves nobody to copy from, give fewer")]
    NobodyToCopy {
        /// The file as the user named it.
        file: String,
        /// Miners that do not copy.
        miners: usize,
        /// Those that were to be made to.
        copiers: usize,
    },
    /// Loops of which only some have a number.
    #[error("{file}: some rows name a `loop` and others do not; give all of them one, or none")]
    MixedLoops {
        /// The file as the user named it.
        file: String,
    },
    /// A uid that was asked for and that a file does not have.
    #[error("{file}: has no uid {uid}; give one that it has")]
    AbsentUid {
        /// The file as the user named it.
        file: String,
        /// The uid.
        uid: u32,
    },
    /// A uid that another file does not know.
    #[error("{place}: uid {uid} is none of {known}; leave it out, or give the file that has it")]
    UnknownUid {
        /// Where it stands.
        place: Place,
        /// The uid.
        uid: u32,
        /// What should know it.
        known: String,
    },
    /// A competition that nobody gave a reward share.
    #[error(
        "{place}: competition {} is none of {known}; give its reward share, with those of the others, by --shares or in \
         tables [competitions.ID]",
        value(id)
    )]
    UnknownCompetition {
        /// Where it is first named.
        place: Place,
        /// Its id.
        id: String,
        /// Those that have one.
        known: String,
    },
    /// A participant that was not measured on all samples of its step.
    #[error(
        "{place}: uid {uid} has no loss on sample {} of step {step}, which others have; give it one, \"nan\" where \
         it is none, or an empty list of losses where it was skipped",
        value(sample)
    )]
    NoLoss {
        /// Where the participant first stands.
        place: Place,
        /// The step.
        step: u64,
        /// The participant.
        uid: u32,
        /// The sample.
        sample: String,
    },
    /// A request with more responses than can be compared.
    #[error("{place}: request {} has more than {most} responses; give each request an id of its own", value(request))]
    LargeRequest {
        /// Where the first one too many stands.
        place: Place,
        /// Its id.
        request: String,
        /// As many as can be compared.
        most: usize,
    },
    /// A copy of a response that is not there.
    #[error(
        "{place}: request {} has no uid {original} for copy_of {original}; give a uid of the same request",
        value(request)
    )]
    NoOriginal {
        /// Where the copy stands.
        place: Place,
        /// Id of the request.
        request: String,
        /// The uid that is missing.
        original: u32,
    },
    /// Responses that copy each other, so that none of them is the original.
    #[error(
        "{place}: request {} has uid {uid} copy itself through others; give copy_of null to the original",
        value(request)
    )]
    CopyCircle {
        /// Where one of them stands.
        place: Place,
        /// Id of the request.
        request: String,
        /// Its uid.
        uid: u32,
    },
    /// Whoever took the rows wants no more of them; tells nothing to a user.
    #[error("reading was given up")]
    GivenUp,
    /// A file without a row.
    #[error("{file}: holds no {kind}; give at least one")]
    Empty {
        /// The file as the user named it.
        file: String,
        /// What it should hold, for example `sample`.
        kind: &'static str,
    },
    /// A filter that left nothing.
    #[error("{file}: all {dropped} samples hold a phrase to drop; give fewer phrases or other samples")]
    AllDropped {
        /// The file as the user named it.
        file: String,
        /// How many rows were dropped.
        dropped: usize,
    },
}

impl RecordError {
    /// Whether the input is not there or not readable, as opposed to bad.
    pub fn is_missing_input(&self) -> bool {
        use RecordError::{Missing, NoParts, Unreadable};
        matches!(self, Missing { .. } | Unreadable { .. } | NoParts { .. })
    }

    /// Whether one row is to blame, so that the others can be read without it.
    pub fn is_of_a_row(&self) -> bool {
        use RecordError::{
            BadValue, Clash, CopyCircle, Duplicate, Fields, Json, LargeRequest, MissingColumn, NoOriginal, Scattered,
            ScatteredLoop, ScatteredStep, UnknownUid, Utf8,
        };
        matches!(
            self,
            Json { .. }
                | Utf8 { .. }
                | Fields { .. }
                | MissingColumn { .. }
                | BadValue { .. }
                | Duplicate { .. }
                | Clash { .. }
                | Scattered { .. }
                | ScatteredLoop { .. }
                | ScatteredStep { .. }
                | UnknownUid { .. }
                | LargeRequest { .. }
                | NoOriginal { .. }
                | CopyCircle { .. }
        )
    }

    /// The error of reading `file`, perhaps through a decoder: what the system does not say, the decoder does.
    pub(super) fn reading(file: &str, error: io::Error) -> Self {
        match error.raw_os_error() {
            None => RecordError::Compressed { file: file.to_owned(), error },
            Some(_) => RecordError::io(file, error),
        }
    }

    /// The error of opening `file`.
    pub(super) fn io(file: &str, error: io::Error) -> Self {
        let file = file.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => RecordError::Missing { file },
            _ => RecordError::Unreadable { file, error },
        }
    }
}
