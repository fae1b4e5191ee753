//! The report of `compare`: one outcome as tables, plots, a page, Markdown for a pull request, and JUnit for a CI service.

mod junit;
mod plots;
mod tables;
mod words;

use std::path::Path;

use minijinja::context;
use serde_json::{Value, json};

use self::words::sentences;
pub use self::words::why;
use super::grid::{Grid, markdown_escaped};
use super::plots::Plot;
use super::{Page, Report, ReportError, Sheet, Summary, TextFile};
use crate::judge::compare::{GateName, Outcome};

impl Summary for Outcome {
    fn terminal(&self) -> String {
        text(self, Grid::terminal, str::to_owned)
    }

    fn markdown(&self) -> String {
        format!("### {}\n\n{}", markdown_escaped(&words::headline(self)), text(self, Grid::markdown, markdown_escaped))
    }

    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(&value(self))
    }
}

/// Grids that have rows, then sentences, the verdict last.
fn text(outcome: &Outcome, draw: impl Fn(&Grid) -> String, say: impl Fn(&str) -> String) -> String {
    let sentences = sentences(outcome);
    let grids = grids(outcome);
    grids.iter().map(draw).chain(sentences.iter().map(|sentence| say(sentence))).collect::<Vec<_>>().join("\n\n")
}

fn grids(outcome: &Outcome) -> Vec<Grid> {
    let submissions = tables::submissions().grid(tables::rows(outcome));
    // Where the runs are meant to differ, their cells are no news; the table of cells has them.
    let agreement = outcome.agreement.iter().filter(|_| outcome.gates.rules(GateName::Exact));
    let cells = tables::cells().grid(agreement.flat_map(|agreement| agreement.differing()));
    [submissions, cells].into_iter().filter(|grid| !grid.rows.is_empty()).collect()
}

fn value(outcome: &Outcome) -> Value {
    let gates = &outcome.gates.all;
    json!({
        "verdict": outcome.ruling().name(),
        "baseline": outcome.baseline,
        "candidate": outcome.candidate,
        "gates": tables::gates().objects(gates.iter()),
        "allowed_mismatches": tables::mismatches().objects(outcome.allowed.iter()),
        "cells": outcome.agreement.as_ref().map(|agreement| json!({
            "compared": agreement.cells(),
            "largest_difference": agreement.largest(),
            "tolerance": agreement.tolerance,
            "differing": tables::cells().objects(agreement.differing()),
        })),
        "submissions": tables::submissions().objects(tables::rows(outcome)),
        "speed": {
            "slowdown": outcome.paces.slowdown(),
            "memory": outcome.paces.memory(),
        },
    })
}

impl Report for Outcome {
    const PLOTS: &'static [&'static str] = plots::NAMES;

    fn sheets(&self) -> Vec<Sheet<'_>> {
        tables::all(self)
    }

    fn plots(&self) -> Vec<Plot> {
        plots::plots(self)
    }

    fn page(&self) -> Page {
        let table = |grid: &Grid| {
            let columns = grid.columns.iter().map(|column| context! { name => column.name(), class => column.class() });
            context! { columns => columns.collect::<Vec<_>>(), rows => grid.rows.clone() }
        };
        let findings = context! {
            headline => words::headline(self),
            sentences => sentences(self),
            tables => grids(self).iter().map(table).collect::<Vec<_>>(),
        };
        Page { template: include_str!("report.html.jinja"), findings }
    }

    fn texts(&self, folder: &Path) -> Result<Vec<TextFile>, ReportError> {
        let verdict = self.json().map_err(|cause| ReportError::Json { path: folder.join("verdict.json"), cause })?;
        Ok(vec![
            TextFile { name: "verdict.json", text: verdict + "\n" },
            TextFile { name: "verdict.md", text: self.markdown() + "\n" },
            TextFile { name: "junit.xml", text: junit::document(self, &folder.join("junit.xml"))? },
        ])
    }
}
