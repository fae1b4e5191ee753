//! The recorded inputs: rows of JSON, CSV and Parquet become typed records, one file per kind.
//!
//! Nothing is trusted: every value is checked where it enters, and every error names the file, the line and the
//! column. Unknown columns are kept out of the way; a missing required one is an error.

pub mod batches;
pub mod blocks;
pub mod calls;
mod cell;
mod column;
mod copying;
mod csv;
mod documents;
mod error;
pub mod horde;
mod json;
mod json_array;
mod jsonl;
mod kind;
mod list;
mod long_text;
pub(crate) mod losses;
mod messages;
mod moment;
mod names;
pub(crate) mod nesting;
mod parquet;
pub mod periods;
mod place;
pub mod rates;
mod reader;
mod reading;
pub mod replies;
mod requests;
pub mod responses;
mod row;
pub mod samples;
pub mod served;
pub mod similarities;
mod source;
pub mod stakes;
mod steps;
pub mod submissions;
pub mod tasks;
mod text;
pub mod truths;
pub mod volumes;

pub use calls::{Calls, read_calls};
pub use cell::Loss;
pub(crate) use cell::{Cell, Id, Json};
pub(crate) use column::Typed;
pub use column::{Column, Recorded};
pub(crate) use documents::{parse_document, read_documents};
pub use error::RecordError;
pub(crate) use kind::{Kind, Need};
pub use list::List;
pub use losses::LossStep;
pub(crate) use losses::{Logged, LossRecording, Participant, StepSample};
pub use moment::{second, shown as shown_time};
pub use names::ColumnNames;
pub use place::Counting;
pub(crate) use place::Place;
pub(crate) use reader::read_rows;
pub(crate) use reading::carrying;
pub use reading::{ReadOptions, Reading};
pub(crate) use requests::MOST_RESPONSES;
pub use requests::{Order, Recording, Request, read_requests};
pub use responses::Response;
pub use row::Row;
pub use samples::{Sample, SampleFilter, Samples, read_samples};
pub use source::Source;
pub(crate) use source::open;
pub use steps::read_losses;
pub use submissions::{Submission, Submissions, read_submissions};

/// A kind of record that users bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordKind {
    /// Its name.
    pub name: &'static str,
    /// What one row is, and which commands read it.
    pub description: &'static str,
    /// What a row may hold.
    pub columns: &'static [Column],
}

/// Every kind of record.
pub const KINDS: [RecordKind; 21] = [
    RecordKind {
        name: "submissions",
        description: "Which model a miner committed, at which block, for which competition: one row per uid. Read by \
                      evaluate, pull, import and replay wins.",
        columns: submissions::COLUMNS,
    },
    RecordKind {
        name: "samples",
        description: "The conversations that a loss is measured on: one row each. Read by evaluate.",
        columns: samples::COLUMNS,
    },
    RecordKind {
        name: "responses",
        description: "What miners answered: one row per response, those of a request together. Read by calibrate and replay \
                      rewards.",
        columns: responses::COLUMNS,
    },
    RecordKind {
        name: "losses",
        description: "What validators measured: one row per step and participant with all its losses, or one per sample; \
                      rows of a step stand together. Read by replay wins, written by import.",
        columns: losses::COLUMNS,
    },
    RecordKind {
        name: "calls",
        description: "How much memory simultaneous calls of an embedder needed: one row per measurement. Read by replay \
                      schedule.",
        columns: calls::COLUMNS,
    },
    RecordKind {
        name: "batches",
        description: "How long a validator took for batches of queries: one row each. Read by replay schedule.",
        columns: batches::COLUMNS,
    },
    RecordKind {
        name: "rates",
        description: "How many requests miners take: one row per uid. Read by replay schedule and replay rewards.",
        columns: rates::COLUMNS,
    },
    RecordKind {
        name: "stakes",
        description: "What validators have at stake: one row per uid. Read by replay rewards.",
        columns: stakes::COLUMNS,
    },
    RecordKind {
        name: "blocks",
        description: "When the blocks of a chain came: one row each, in their order. Read by replay schedule.",
        columns: blocks::COLUMNS,
    },
    RecordKind {
        name: "periods",
        description: "What a node that serves a task was asked for in a span of time: one row per node, task and period. Read \
                      by replay contenders.",
        columns: periods::COLUMNS,
    },
    RecordKind {
        name: "similarities",
        description: "How much of its history with one task a node brings to another: one row per pair of tasks. Read by \
                      replay contenders.",
        columns: similarities::COLUMNS,
    },
    RecordKind {
        name: "served",
        description: "Requests that nodes served: one row each, in the order of time. Read by replay contenders.",
        columns: served::COLUMNS,
    },
    RecordKind {
        name: "tasks",
        description: "What each task counts: one row per task. Read by replay contenders.",
        columns: tasks::COLUMNS,
    },
    RecordKind {
        name: "horde-batches",
        description: "When a validator of ComputeHorde sent rounds of synthetic jobs: one row per batch. Read by replay horde.",
        columns: horde::batches::COLUMNS,
    },
    RecordKind {
        name: "horde-manifests",
        description: "Executors that miners offered: one row per batch, hotkey and class. Read by replay horde.",
        columns: horde::manifests::COLUMNS,
    },
    RecordKind {
        name: "horde-jobs",
        description: "Synthetic and organic jobs of a compute network: one row each. Read by replay horde.",
        columns: horde::jobs::COLUMNS,
    },
    RecordKind {
        name: "horde-receipts",
        description: "What miners presented to show that they were busy: one row per receipt. Read by replay horde.",
        columns: horde::receipts::COLUMNS,
    },
    RecordKind {
        name: "horde-validators",
        description: "Whose receipts may count, by stake: one row per validator. Read by replay horde.",
        columns: horde::validators::COLUMNS,
    },
    RecordKind {
        name: "replies",
        description: "What miners sent back to requests for data: one row per request and miner, in the order of time. Read by \
                      replay utility.",
        columns: replies::COLUMNS,
    },
    RecordKind {
        name: "truths",
        description: "The right answers to requests for data: one row per request. Read by replay utility.",
        columns: truths::COLUMNS,
    },
    RecordKind {
        name: "volumes",
        description: "How much data miners delivered: one row per tempo, miner and delivery, in the order in which they arrived. \
                      Read by replay utility.",
        columns: volumes::COLUMNS,
    },
];
