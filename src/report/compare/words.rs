//! What comparing found, in sentences.

use crate::excerpt::escaped;
use crate::judge::compare::{Compared, Gate, GateName, Mismatch, Outcome, Ruling};
use crate::report::numbers::{counted, decimal};
use crate::stats::PairedVerdict;
use crate::stats::paired::Doubt;

/// The verdict in one line.
pub fn headline(outcome: &Outcome) -> String {
    let Outcome { baseline, candidate, .. } = outcome;
    format!("{}: {} against {}", outcome.ruling().name(), escaped(candidate), escaped(baseline))
}

/// What was allowed to differ.
pub fn allowed(outcome: &Outcome) -> Vec<String> {
    let sentence = |mismatch: &Mismatch| {
        format!(
            "Allowed to differ ({}): {} is {} in the baseline and {} in the candidate.",
            mismatch.field,
            escaped(&mismatch.what),
            escaped(&mismatch.baseline),
            escaped(&mismatch.candidate)
        )
    };
    outcome.allowed.iter().map(sentence).collect()
}

/// What was allowed to differ, what each gate says, what no sample tells, and the verdict.
pub fn sentences(outcome: &Outcome) -> Vec<String> {
    // How fast a run was is no news where nobody asks.
    let told = outcome.gates.all.iter().filter(|gate| gate.rules || gate.name != GateName::Speed);
    allowed(outcome).into_iter().chain(told.map(gate)).chain(unseen(outcome)).chain([headline(outcome)]).collect()
}

fn gate(gate: &Gate) -> String {
    let part = if gate.rules { "" } else { " (does not rule)" };
    let found = match (gate.name, gate.ruling) {
        (GateName::Exact, Ruling::Regressed) => "differs",
        (_, ruling) => ruling.name(),
    };
    format!("Gate {}{part}: {found}. {}", gate.name.name(), gate.why)
}

/// Rises that are too rare for the samples, which "ok" says nothing of.
fn unseen(outcome: &Outcome) -> Option<String> {
    if outcome.spec?.tail_loss.is_some() {
        return None;
    }
    let shares = outcome.submissions.iter().filter(|one| one.ruling() == Ruling::Passed);
    let largest = shares.filter_map(|one| one.paired.unseen).reduce(f64::max)?;
    Some(format!(
        "Rises in fewer than {} % of the samples cannot be seen; --tail-loss takes them into account.",
        decimal(Some(100.0 * largest), 2)
    ))
}

/// What the exact gate found.
pub fn exact(outcome: &Outcome) -> Option<String> {
    let agreement = outcome.agreement.as_ref()?;
    let columns = agreement.differing().count();
    let largest = agreement.largest().map_or_else(String::new, |largest| {
        format!(
            "; the largest difference of two numbers is {}",
            if largest == 0.0 { "0".into() } else { format!("{largest:.1e}") }
        )
    });
    Some(match columns {
        0 => format!("All {} cells agree within {}{largest}.", agreement.cells(), agreement.tolerance),
        _ => format!(
            "{} of {} cells differ by more than {}, in {}{largest}.",
            agreement.differing().map(|column| column.differing).sum::<u64>(),
            agreement.cells(),
            agreement.tolerance,
            counted(columns, "column"),
        ),
    })
}

/// What the statistical gate found.
pub fn statistical(submissions: &[Compared]) -> String {
    let count = |ruling| submissions.iter().filter(|one| one.ruling() == ruling).count();
    format!(
        "Of {}, {} regressed, {} inconclusive and {} ok.",
        counted(submissions.len(), "submission"),
        count(Ruling::Regressed),
        count(Ruling::Inconclusive),
        count(Ruling::Passed),
    )
}

/// What the gate of speed and memory found.
pub fn speed(outcome: &Outcome) -> String {
    let slowdown = outcome.paces.slowdown().map_or_else(
        || "The time of a token is not known in both runs (what was measured before takes none)".to_owned(),
        |ratio| format!("A token takes {ratio:.2} times the baseline's time"),
    );
    let memory = outcome.paces.memory().map_or_else(
        || "memory is not known in both".to_owned(),
        |ratio| format!("the run takes {ratio:.2} times its memory"),
    );
    format!("{slowdown}; {memory}.")
}

/// Why a submission is what it is, where there is something to say.
pub fn note(one: &Compared) -> Option<String> {
    if one.broken > 0 {
        return Some(match one.broken {
            1 => "1 loss is no number any more".to_owned(),
            broken => format!("{broken} losses are no numbers any more"),
        });
    }
    if one.is_identical && !one.differences.is_empty() {
        return Some("identical".to_owned());
    }
    let found = match one.paired.verdict {
        PairedVerdict::Identical if one.ruling() == Ruling::Inconclusive => {
            Some(format!("the same where both are numbers, {} of the samples", one.paired.samples))
        }
        PairedVerdict::Identical => Some("the same where both are numbers".to_owned()),
        PairedVerdict::Inconclusive(doubt) => Some(doubted(doubt)),
        PairedVerdict::Regressed | PairedVerdict::Ok => None,
    };
    let apart = [(one.mended, "mended"), (one.unmeasured, "in neither run a number")];
    let apart = apart.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("losses {what}: {count}"));
    let notes: Vec<String> = found.into_iter().chain(apart).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn doubted(doubt: Doubt) -> String {
    match doubt {
        Doubt::FewSources(sources) => format!("sources of equal size: {sources:.0}; it takes 20"),
        Doubt::NoVariance => "each source differs by the same amount".to_owned(),
        Doubt::ManySubmissions => "regressed alone, among so many it may be chance".to_owned(),
        Doubt::FewResamples(needed) => format!("{needed} resamples could tell"),
        Doubt::RareRises(needed) => format!("rare rises; about {needed} samples would tell"),
        Doubt::Skewed(needed) => format!("too skewed; needs about {needed} sources"),
        Doubt::Between => "on both sides of a margin".to_owned(),
    }
}

/// The gate's own sentence.
pub fn why(outcome: &Outcome, name: GateName) -> String {
    match name {
        GateName::Exact => exact(outcome).unwrap_or_default(),
        GateName::Statistical => statistical(&outcome.submissions),
        GateName::Speed => speed(outcome),
    }
}
