//! The recorded inputs: JSONL and Parquet rows become typed records, one file per kind.
//!
//! Nothing is trusted: every value is checked where it enters, and every error names the file, the line and the
//! column. Unknown columns are kept out of the way; a missing required one is an error.

mod error;
mod jsonl;
mod parquet;
mod reader;
pub mod responses;
mod row;
pub mod samples;
mod source;
pub mod submissions;
mod text;

pub use error::{Place, RecordError, Unit};
pub use reader::read_rows;
pub use responses::{Recording, Request, Response, read_requests};
pub use row::{Column, FromCell, Row};
pub use samples::{Sample, SampleFilter, SampleTexts, Samples, read_samples};
pub use source::{Format, Source};
pub use submissions::{Submission, Submissions, read_submissions};
