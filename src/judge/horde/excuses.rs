//! Which declined jobs are excused: those of a miner that was busy with jobs of the batch and with what its receipts show.

use std::collections::{HashMap, HashSet};

use super::recording::{Job, Receipt, Recording};
use super::rules::Rules;

/// Whether a declined job was excused, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excuse {
    /// Row of the job.
    pub job: usize,
    /// Whether it was.
    pub is_accepted: bool,
    /// Whether it was declined as busy; nothing else is ever excused.
    pub is_busy: bool,
    /// Jobs that the miner took on in this class and batch.
    pub accepted_jobs: u64,
    /// Receipts that count.
    pub receipts: u64,
    /// Executors of the class that the miner named, which both must reach.
    pub executors: u64,
}

/// What became of a receipt: the first fault that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReceiptOutcome {
    /// It counts.
    Valid,
    /// It was presented for no job that could be excused.
    Unused,
    /// Its job was not organic.
    NotOrganic,
    /// It only says that its job was accepted.
    Acceptance,
    /// It was issued to another miner.
    OtherMiner,
    /// It is of the declined job itself.
    SameJob,
    /// It is of another class.
    OtherClass,
    /// Its validator is not one whose receipts count.
    Issuer,
    /// It was issued when the job was offered, or later.
    TooLate,
    /// It held no longer.
    Expired,
    /// Its signature is wrong.
    Unsigned,
    /// It is of a job of which another receipt counts already.
    Repeated,
}

impl ReceiptOutcome {
    /// As tables name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Unused => "unused",
            Self::NotOrganic => "not organic",
            Self::Acceptance => "acceptance only",
            Self::OtherMiner => "other miner",
            Self::SameJob => "same job",
            Self::OtherClass => "other class",
            Self::Issuer => "issuer",
            Self::TooLate => "too late",
            Self::Expired => "expired",
            Self::Unsigned => "unsigned",
            Self::Repeated => "repeated",
        }
    }
}

/// Whose receipts count, and which were presented for which job.
pub(super) struct Desk<'a> {
    rules: &'a Rules,
    receipts: &'a [Receipt],
    issuers: HashSet<u32>,
    by_job: HashMap<u32, Vec<usize>>,
}

impl<'a> Desk<'a> {
    pub fn new(recording: &'a Recording, rules: &'a Rules) -> Self {
        let has_stake = |stake: f64| rules.minimum_stake.is_none_or(|minimum| stake >= minimum);
        let staked = recording.validators.iter().filter(|validator| has_stake(validator.stake));
        let issuers = staked.map(|validator| validator.hotkey).chain(recording.own.iter().copied()).collect();
        let mut by_job: HashMap<u32, Vec<usize>> = HashMap::new();
        for (place, receipt) in recording.receipts.iter().enumerate() {
            by_job.entry(receipt.presented_for).or_default().push(place);
        }
        Self { rules, receipts: &recording.receipts, issuers, by_job }
    }

    /// Receipts that count for a declined job; writes down what became of each.
    pub fn count(&self, job: &Job, outcomes: &mut [ReceiptOutcome]) -> u64 {
        let (mut count, mut seen) = (0, HashSet::new());
        for &place in self.by_job.get(&job.id).map_or(&[][..], Vec::as_slice) {
            let receipt = &self.receipts[place];
            let mut outcome = self.outcome(receipt, job);
            if outcome == ReceiptOutcome::Valid && !seen.insert(receipt.job) && !self.rules.counts_repeated_receipts {
                outcome = ReceiptOutcome::Repeated;
            }
            count += u64::from(outcome == ReceiptOutcome::Valid);
            outcomes[place] = outcome;
        }
        count
    }

    fn outcome(&self, receipt: &Receipt, job: &Job) -> ReceiptOutcome {
        let time = job.time.unwrap_or(f64::NEG_INFINITY);
        let faults = [
            (!receipt.is_organic, ReceiptOutcome::NotOrganic),
            (receipt.is_acceptance, ReceiptOutcome::Acceptance),
            (receipt.hotkey != job.hotkey, ReceiptOutcome::OtherMiner),
            (receipt.job == job.id, ReceiptOutcome::SameJob),
            (receipt.class != job.class, ReceiptOutcome::OtherClass),
            (!self.issuers.contains(&receipt.validator), ReceiptOutcome::Issuer),
            (receipt.timestamp >= time, ReceiptOutcome::TooLate),
            (time >= receipt.timestamp + receipt.ttl + self.rules.receipt_grace, ReceiptOutcome::Expired),
            (!receipt.is_signed, ReceiptOutcome::Unsigned),
        ];
        faults.iter().find(|(has_fault, _)| *has_fault).map_or(ReceiptOutcome::Valid, |(_, outcome)| *outcome)
    }
}
