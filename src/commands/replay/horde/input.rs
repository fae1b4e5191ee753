//! What a replay of ComputeHorde's scores reads: a folder of up to five files, whose hotkeys, classes and jobs are the same
//! ones.

use anyhow::Result;

use super::folder::Folder;
use crate::commands::record::input;
use crate::commands::settings::ReplayHordeSettings;
use crate::judge::horde::{
    Batch, HordeError, Job, Kind, ManifestRow, Receipt, Recording, Row, Span, Status, Table, Validator, Wrong,
};
use crate::records::horde::HordeNames;
use crate::records::horde::batches::{BatchRow, read_horde_batches};
use crate::records::horde::jobs::{JobRow, JobStatus, read_jobs};
use crate::records::horde::manifests::{ManifestRow as RecordedManifest, read_manifests};
use crate::records::horde::receipts::{ReceiptRow, read_receipts};
use crate::records::horde::validators::{ValidatorRow, read_validators};
use crate::records::{List, Place, Reading, Source};
use crate::report::{InputRecord, counted};
use crate::reporter::Reporter;

/// A recording, and where it is from.
pub struct Input {
    /// The recording.
    pub recording: Recording,
    /// Hotkeys that burn, the main one first.
    pub burners: Vec<u32>,
    /// The files.
    pub records: Vec<InputRecord>,
    places: Places,
}

/// Where the rows of a recording stand.
#[derive(Default)]
struct Places {
    batches: Vec<Place>,
    manifests: Vec<Place>,
    jobs: Vec<Place>,
    receipts: Vec<Place>,
    validators: Vec<Place>,
}

/// A file and its rows.
struct Read<T> {
    source: Source,
    list: List<T>,
}

impl<T> Read<T> {
    fn record(&self) -> InputRecord {
        input(&self.source, &self.list)
    }

    fn map<U>(&self, each: impl Fn(&T) -> U) -> Vec<U> {
        self.list.rows.iter().map(each).collect()
    }
}

impl Input {
    /// Reads the folder that `settings` name.
    ///
    /// # Errors
    /// A file that is not there, is there twice, or cannot be read.
    pub fn read(settings: &ReplayHordeSettings, reporter: &dyn Reporter) -> Result<Self> {
        let folder = Folder::open(&settings.recording)?;
        let sources = [folder.needed("batches")?, folder.needed("manifests")?, folder.needed("jobs")?];
        let perhaps = [folder.perhaps("receipts")?, folder.perhaps("validators")?];
        let reading = || Reading::new(&settings.reading, reporter);
        let mut names = HordeNames::default();
        let own = settings.own_hotkeys.iter().map(|hotkey| names.hotkeys.number(hotkey)).collect();
        let burners = settings.chain.burners.iter().map(|hotkey| names.hotkeys.number(hotkey)).collect();
        let [batches, manifests, jobs] = sources;
        let batches = Read { list: read_horde_batches(&batches, &reading())?, source: batches };
        let manifests = Read { list: read_manifests(&manifests, &reading(), &mut names)?, source: manifests };
        let jobs = Read { list: read_jobs(&jobs, &reading(), &mut names)?, source: jobs };
        let [receipts, validators] = perhaps;
        let receipts = match receipts {
            Some(source) => Some(Read { list: read_receipts(&source, &reading(), &mut names)?, source }),
            None => None,
        };
        let validators = match validators {
            Some(source) => Some(Read { list: read_validators(&source, &reading(), &mut names)?, source }),
            None => None,
        };
        let records = [batches.record(), manifests.record(), jobs.record()].into_iter();
        let others = receipts.as_ref().map(Read::record).into_iter().chain(validators.as_ref().map(Read::record));
        let recording = Recording {
            hotkeys: names.hotkeys,
            classes: names.classes,
            job_ids: names.jobs,
            batches: batches.map(batch),
            manifests: manifests.map(manifest),
            jobs: jobs.map(job),
            receipts: receipts.as_ref().map(|read| read.map(receipt)).unwrap_or_default(),
            validators: validators.as_ref().map(|read| read.map(validator)).unwrap_or_default(),
            own,
        };
        let input = Self {
            recording,
            burners,
            records: records.chain(others).collect(),
            places: Places {
                batches: batches.list.places,
                manifests: manifests.list.places,
                jobs: jobs.list.places,
                receipts: receipts.map(|read| read.list.places).unwrap_or_default(),
                validators: validators.map(|read| read.list.places).unwrap_or_default(),
            },
        };
        input.say_what_is_read(settings, reporter);
        Ok(input)
    }

    /// An error of judging with the file and line that it is about.
    pub fn placed(&self, error: HordeError) -> anyhow::Error {
        let place = error.row().and_then(|row| self.place(row)).map(ToString::to_string);
        match place {
            Some(place) => anyhow::Error::new(error).context(place),
            None => error.into(),
        }
    }

    fn place(&self, row: Row) -> Option<&Place> {
        let places = match row.table {
            Table::Batches => &self.places.batches,
            Table::Manifests => &self.places.manifests,
            Table::Jobs => &self.places.jobs,
            Table::Receipts => &self.places.receipts,
            Table::Validators => &self.places.validators,
        };
        places.get(row.index)
    }

    fn say_what_is_read(&self, settings: &ReplayHordeSettings, reporter: &dyn Reporter) {
        let recording = &self.recording;
        reporter.info(&format!(
            "{}: {}, {} and {}",
            settings.recording.display(),
            counted(recording.jobs.len(), "job"),
            counted(recording.hotkeys.texts().len(), "hotkey"),
            counted(recording.receipts.len(), "receipt"),
        ));
    }
}

fn batch(row: &BatchRow) -> Batch {
    Batch {
        id: row.id,
        block: row.block,
        cycle: row.cycle.map(|cycle| Span { start: cycle.start, stop: cycle.stop }),
        should_be_scored: row.should_be_scored,
    }
}

fn manifest(row: &RecordedManifest) -> ManifestRow {
    ManifestRow { batch: row.batch, hotkey: row.hotkey, class: row.class, executors: row.executors, online: row.online }
}

fn job(row: &JobRow) -> Job {
    Job {
        id: row.id,
        batch: row.batch,
        block: row.block,
        kind: if row.is_organic { Kind::Organic } else { Kind::Synthetic },
        hotkey: row.hotkey,
        class: row.class,
        status: match row.status {
            JobStatus::Completed => Status::Completed,
            JobStatus::Failed => Status::Failed,
            JobStatus::Excused => Status::Excused,
            JobStatus::Declined => Status::Declined,
        },
        seconds: row.seconds,
        timeout: row.timeout,
        correct: row.correct,
        wrong: row.is_hash_wrong.map(|is_hash| if is_hash { Wrong::Hash } else { Wrong::Answer }),
        is_cheated: row.is_cheated,
        is_on_trusted_miner: row.is_on_trusted_miner,
        is_accepted: row.is_accepted,
        is_busy: row.is_busy,
        time: row.time,
        is_streaming: row.is_streaming,
        processing_seconds: row.processing_seconds,
        score: row.score,
    }
}

fn receipt(row: &ReceiptRow) -> Receipt {
    Receipt {
        presented_for: row.presented_for,
        job: row.job,
        hotkey: row.hotkey,
        validator: row.validator,
        class: row.class,
        is_organic: row.is_organic,
        is_acceptance: row.is_acceptance,
        timestamp: row.timestamp,
        ttl: row.ttl,
        is_signed: row.is_signed,
    }
}

fn validator(row: &ValidatorRow) -> Validator {
    Validator { hotkey: row.hotkey, stake: row.stake }
}
