//! A word problem before it is written out: its question, the steps that solve it, and its answer.
//!
//! How a solution looks (plain lines, numbered steps, running text) is chosen here, once for all kinds of problems.

use super::draw::Draw;

/// A question, the steps of its solution in order, and the answer with its unit.
#[derive(Debug)]
pub struct Task {
    pub question: String,
    steps: Vec<String>,
    answer: String,
}

impl Task {
    /// A problem with its solution; each step is a sentence with its full stop, the answer has none.
    pub fn new(question: String, steps: impl Into<Vec<String>>, answer: String) -> Self {
        Self { question, steps: steps.into(), answer }
    }

    /// What makes the problem itself rather than its wording: all numbers of the solution, in order.
    pub fn essence(&self) -> String {
        let solution = self.steps.join(" ");
        let numbers: Vec<&str> =
            solution.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
        numbers.join(" ")
    }

    /// The worked solution in one of several layouts; the last line is always `Answer: …`.
    pub fn solution(&self, draw: &mut Draw) -> String {
        let body = match draw.number(0, 3) {
            0 => self.steps.join("\n"),
            1 => self.numbered(),
            2 => self.steps.join(" "),
            _ => format!("{}\n{}", draw.pick(&OPENINGS), self.steps.join("\n")),
        };
        format!("{body}\nAnswer: {}", self.answer)
    }

    fn numbered(&self) -> String {
        let lines: Vec<String> = (1..).zip(&self.steps).map(|(n, step)| format!("Step {n}: {step}")).collect();
        lines.join("\n")
    }
}

const OPENINGS: [&str; 3] = ["Let us work it out.", "We take it step by step.", "Here is the way to solve it."];
