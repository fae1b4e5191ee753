//! The recorded inputs: rows of JSON, CSV and Parquet become typed records, one file per kind.
//!
//! Nothing is trusted: every value is checked where it enters, and every error names the file, the line and the
//! column. Unknown columns are kept out of the way; a missing required one is an error.

mod cell;
mod column;
mod csv;
mod error;
mod json;
mod json_array;
mod jsonl;
pub mod losses;
mod messages;
mod moment;
mod names;
pub(crate) mod nesting;
mod parquet;
mod reader;
mod reading;
mod requests;
pub mod responses;
mod row;
pub mod samples;
mod source;
pub mod submissions;
mod text;

pub use cell::Cell;
pub use column::{Column, Kind, Need, OrNull, Recorded, Typed};
pub use error::{Counting, Place, RecordError};
pub use losses::{LossRecording, LossStep, Participant, StepSample, read_losses};
pub use moment::Moment;
pub use names::ColumnNames;
pub use reader::read_rows;
pub use reading::{ReadOptions, Reading};
pub use requests::{MOST_RESPONSES, Recording, Request, read_requests};
pub use responses::Response;
pub use row::Row;
pub use samples::{Sample, SampleFilter, Samples, read_samples};
pub use source::{FileFormat, Packing, Source};
pub use submissions::{Submission, Submissions, read_submissions};
