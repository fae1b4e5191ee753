//! The report of `sweep`: how recorded steps end at every point of a grid of rules, and who leads where.

mod grid;
mod plots;
mod tables;
mod tables_of_copies;
mod words;

use serde_json::json;

use super::Report;
use super::page::Page;
use super::plots::Plot;
use super::story::{Storied, Story, Titled};
use super::table::Sheet;
use super::timing::{Timing, timings};
use super::what_if::GridValue;
use crate::judge::wins::Rules;
use crate::judge::wins::sweep::{Chance, Cloned, DecayPoint, LeaderRow, Likeness, Perturbed, Swept};

/// Points that people see one by one, at most.
const MOST_SHOWN: usize = 60;

/// What sweeping came to.
#[derive(Debug, Default)]
pub(crate) struct Sweep {
    /// The uid of every submission.
    pub uids: Vec<u32>,
    /// The settings of which there are values.
    pub keys: Vec<&'static str>,
    /// The points, the values of the last setting changing first.
    pub points: Vec<SweptPoint>,
    /// Who leads at how many of them.
    pub leaders: Vec<LeaderRow>,
    /// The ids of the competitions.
    pub competitions: Vec<String>,
    /// How likely a candidate is to lead.
    pub chances: Vec<Chance>,
    /// Who is like whom.
    pub likenesses: Vec<Likeness>,
    /// Copies of the leaders with noise.
    pub perturbed: Vec<Perturbed>,
    /// Clones of the leaders.
    pub clones: Vec<Cloned>,
    /// How ε falls.
    pub decay: Vec<DecayPoint>,
    /// Who the candidate is, if there is one.
    pub candidate: Option<u32>,
    /// Resamples behind the chance of another leader.
    pub resamples: u64,
    /// Why that is not worked out, if it is not.
    pub unresampled: Option<String>,
    /// What all points are held against, and clones and copies judged by.
    pub held_against: Option<HeldAgainst>,
    /// Where the time went.
    pub timings: Vec<Timing>,
}

/// The rules that all points are held against.
#[derive(Debug, Clone)]
pub(crate) struct HeldAgainst {
    /// The preset.
    pub preset: &'static str,
    /// The rules.
    pub rules: Rules,
}

/// One point.
#[derive(Debug, Clone)]
pub(crate) struct SweptPoint {
    /// A value of each setting.
    pub values: Vec<GridValue>,
    /// The preset.
    pub preset: &'static str,
    /// The rules.
    pub rules: Rules,
    /// How the steps end by them.
    pub swept: Swept,
    /// Share of the resamples in which another one leads; `None` where that is not known.
    pub another: Option<f64>,
}

impl Sweep {
    fn uid(&self, submission: usize) -> u32 {
        self.uids[submission]
    }

    fn competition(&self, place: usize) -> &str {
        &self.competitions[place]
    }

    fn leader(&self, point: &SweptPoint) -> Option<u32> {
        point.swept.ends.leader.map(|place| self.uids[place])
    }
}

impl Storied for Sweep {
    fn story(&self) -> Story {
        let what_if = self.what_if();
        let points = (self.points.len() <= MOST_SHOWN).then(|| Titled { title: "Points", grid: what_if.grid() });
        let titled = |title, grid| Titled { title, grid };
        let others = [
            titled("Who leads", tables::leaders(self).grid(self.leaders.iter())),
            titled("Would it win?", tables_of_copies::chances(self).grid(self.chances.iter())),
            titled("Clones of the leader", tables_of_copies::clones(self).grid(self.clones.iter())),
            titled("Noisy copies of the leader", tables_of_copies::perturbed(self).grid(self.perturbed.iter())),
            titled("Who is like whom", tables_of_copies::likenesses(self).grid(self.likenesses.iter())),
        ];
        Story {
            headline: words::headline(self),
            sentences: words::sentences(self, &what_if),
            tables: points.into_iter().chain(others).collect(),
            reading: words::READING,
        }
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&json!({
            "points": tables::points(self).objects(self.points.iter()),
            "leaders": tables::leaders(self).objects(self.leaders.iter()),
            "chances": tables_of_copies::chances(self).objects(self.chances.iter()),
            "clones": tables_of_copies::clones(self).objects(self.clones.iter()),
            "perturbed": tables_of_copies::perturbed(self).objects(self.perturbed.iter()),
            "likenesses": tables_of_copies::likenesses(self).objects(self.likenesses.iter()),
            "decay": tables_of_copies::decay().objects(self.decay.iter()),
        }))
    }
}

impl Report for Sweep {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        vec![
            tables::points(self).sheet("points", self.points.iter()),
            tables::leaders(self).sheet("leaders", self.leaders.iter()),
            tables_of_copies::chances(self).sheet("chances", self.chances.iter()),
            tables_of_copies::clones(self).sheet("clones", self.clones.iter()),
            tables_of_copies::perturbed(self).sheet("perturbed", self.perturbed.iter()),
            tables_of_copies::likenesses(self).sheet("likenesses", self.likenesses.iter()),
            tables_of_copies::decay().sheet("decay", self.decay.iter()),
            timings(&self.timings),
        ]
    }

    fn plots(&self) -> Vec<Plot> {
        plots::plots(self)
    }

    fn page(&self) -> Page {
        self.story().page()
    }
}
