//! Which gates there are, what each found, and what follows from those that rule.

/// What a gate says, the worst last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ruling {
    /// Nothing got worse by more than is let pass.
    #[default]
    Passed,
    /// Neither can be said.
    Inconclusive,
    /// Something got worse.
    Regressed,
}

impl Ruling {
    /// `ok`, `inconclusive` or `regressed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "ok",
            Self::Inconclusive => "inconclusive",
            Self::Regressed => "regressed",
        }
    }
}

/// The gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GateName {
    /// Every cell of every table is the same within a tolerance.
    Exact,
    /// No submission's losses rose beyond the margins, as far as its samples tell.
    Statistical,
    /// Neither time nor memory grew beyond their limits.
    Speed,
}

impl GateName {
    /// `exact`, `statistical` or `speed`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Statistical => "statistical",
            Self::Speed => "speed",
        }
    }
}

/// A gate and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Which one.
    pub name: GateName,
    /// What it says.
    pub ruling: Ruling,
    /// Whether it rules, or is told only.
    pub rules: bool,
    /// Why, in one sentence.
    pub why: String,
}

/// All gates that there was something for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gates {
    /// Each once.
    pub all: Vec<Gate>,
    /// Whether what cannot be said counts as a failure.
    pub fails_on_doubt: bool,
}

impl Gates {
    /// The worst of those that rule.
    pub fn ruling(&self) -> Ruling {
        self.all.iter().filter(|gate| gate.rules).map(|gate| gate.ruling).max().unwrap_or_default()
    }

    /// Whether a gate rules.
    pub fn rules(&self, name: GateName) -> bool {
        self.all.iter().any(|gate| gate.name == name && gate.rules)
    }

    /// Whether a finding of a gate fails the comparison.
    pub fn fails(&self, name: GateName, ruling: Ruling) -> bool {
        let is_bad = ruling == Ruling::Regressed || ruling == Ruling::Inconclusive && self.fails_on_doubt;
        is_bad && self.rules(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_gate_that_rules_decides() {
        let gate = |name, ruling, rules| Gate { name, ruling, rules, why: String::new() };
        let told = gate(GateName::Exact, Ruling::Regressed, false);
        let gates = |ruling| Gates {
            all: vec![told.clone(), gate(GateName::Statistical, ruling, true)],
            fails_on_doubt: false,
        };
        for ruling in [Ruling::Passed, Ruling::Inconclusive, Ruling::Regressed] {
            assert_eq!(gates(ruling).ruling(), ruling);
        }
        assert!(Ruling::Passed < Ruling::Inconclusive && Ruling::Inconclusive < Ruling::Regressed);
        let strict = Gates { fails_on_doubt: true, ..gates(Ruling::Inconclusive) };
        assert!(strict.fails(GateName::Statistical, Ruling::Inconclusive));
        assert!(!gates(Ruling::Passed).fails(GateName::Statistical, Ruling::Inconclusive));
        assert!(!strict.fails(GateName::Exact, Ruling::Regressed), "it is told only");
    }
}
