//! Names of what the judge tells apart, as tables, plots and sentences have them.

use super::UtilityReplay;
use crate::judge::utility::{
    Completeness, FaultKind, Junk, OrderBy, Part, Quality, Speed, SplitBy, Status, TimeTerm, VolumeEra, Weights,
};

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Timeout => "timeout",
        Status::Error => "error",
    }
}

pub(super) fn order(by: OrderBy) -> &'static str {
    match by {
        OrderBy::Utility(TimeTerm::Inverse) => "utility, inverse",
        OrderBy::Utility(TimeTerm::Timeout) => "utility, timeout",
        OrderBy::Utility(TimeTerm::Fastest) => "utility, fastest",
        OrderBy::Utility(TimeTerm::Logistic) => "utility, logistic",
        OrderBy::Utility(TimeTerm::Rank) => "utility, rank",
        OrderBy::MissingFields => "missing fields",
        OrderBy::Difference => "difference",
        OrderBy::ValidFields => "valid fields",
        OrderBy::Latency => "latency",
    }
}

pub(super) fn split(by: SplitBy) -> &'static str {
    match by {
        SplitBy::Response(by) => order(by),
        SplitBy::Volume(VolumeEra::E9b6968) => "volume, e9b6968",
        SplitBy::Volume(VolumeEra::C0d6955) => "volume, c0d6955",
    }
}

pub(super) fn era(era: VolumeEra) -> &'static str {
    match era {
        VolumeEra::E9b6968 => "e9b6968",
        VolumeEra::C0d6955 => "c0d6955",
    }
}

pub(super) fn quality(quality: Quality) -> &'static str {
    match quality {
        Quality::Difference => "difference",
        Quality::ValidFields => "valid fields",
        Quality::Fields => "fields",
    }
}

pub(super) fn completeness(by: Completeness) -> &'static str {
    match by {
        Completeness::Fields => "fields",
        Completeness::ValidFields => "valid fields",
    }
}

pub(super) fn speed(speed: Speed) -> &'static str {
    match speed {
        Speed::Mean => "mean",
        Speed::Median => "median",
    }
}

pub(super) fn junk(junk: Junk) -> &'static str {
    match junk {
        Junk::Empty => "no valid field",
        Junk::EmptyObject => "empty object",
        Junk::EmptyList => "empty list",
        Junk::Broken => "broken JSON",
    }
}

/// Weights as the setting has them.
pub(super) fn weights(Weights { fields, time, size }: Weights) -> String {
    format!("{fields}/{time}/{size}")
}

impl UtilityReplay {
    pub(super) fn kind(&self, number: usize) -> &str {
        &self.recording.kinds[number]
    }

    pub(super) fn fault_kind(&self, kind: FaultKind) -> &str {
        match kind {
            FaultKind::Kind(number) => self.kind(number),
            FaultKind::Null => "null",
        }
    }

    pub(super) fn part(&self, part: Part) -> &str {
        match part {
            Part::AllFields => "all fields",
            Part::Fault(number) => self.kind(number),
            Part::Null => "null",
            Part::Floor => "floor",
            Part::Nothing => "nothing in it",
            Part::Time => "time",
            Part::Size => "size",
        }
    }

    pub(super) fn uid(&self, contender: usize) -> u32 {
        self.recording.uids[contender]
    }

    /// The hotkey of a contender, if it is known.
    pub(super) fn hotkey(&self, contender: usize) -> Option<&str> {
        Some(&*self.recording.hotkeys[contender]).filter(|hotkey| !hotkey.is_empty())
    }

    pub(super) fn request_id(&self, request: usize) -> &str {
        &self.recording.requests[request].id
    }

    pub(super) fn endpoint(&self, request: usize) -> &str {
        &self.recording.endpoints[self.recording.requests[request].endpoint]
    }
}
