//! The best window of the longer text l, by branch and bound. With L(i, j) the LCS of the shorter text and l[i..j]:
//! L(i, j) ≤ L(h, j) + L(i, k) − L(h, k) for h ≤ i ≤ j ≤ k, since paths of L(i, j) and of L(h, k) through the grid
//! cross, and with their ends swapped there they count in the first two. So one pass forward from h and one backward
//! from k bound every window between h and k, closely enough that few windows are ever measured.

use super::alphabet::Row;
use super::lcs::{PassMemory, Pattern};
use super::ratio::Ratio;

/// Fewest neighbouring full windows bounded together; beside it, half as many as the shorter text is long.
const MIN_SPAN: usize = 64;

/// The shorter text, read from either end.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    /// In code points.
    pub(super) length: usize,
    pub(super) forward: Pattern,
    pub(super) backward: Pattern,
}

/// The longer text in rows of the shorter one's alphabet, from either end, and memory that searches share.
#[derive(Debug, Default)]
pub(super) struct SearchMemory {
    forward: Vec<Row>,
    backward: Vec<Row>,
    spans: Vec<Span>,
    pass: PassMemory,
}

/// Full windows that start at `first..=last`, inside the hull l[start..end].
#[derive(Debug)]
struct Span {
    first: usize,
    last: usize,
    start: usize,
    end: usize,
    /// L(start, end).
    whole: u32,
    /// L(start, start + k) at k.
    ahead: Vec<u32>,
    /// L(end − k, end) at k.
    behind: Vec<u32>,
}

/// One search for the best window: `best` only rises.
pub(super) struct Search<'a> {
    needle: &'a Needle,
    memory: &'a mut SearchMemory,
    best: Ratio,
}

impl SearchMemory {
    /// Takes the longer text, as rows of an alphabet of `size` rows.
    pub(super) fn load(&mut self, longer: impl Iterator<Item = Row>, size: usize) {
        self.forward.clear();
        self.forward.extend(longer);
        self.backward.clear();
        self.backward.extend(self.forward.iter().rev());
        self.pass.reserve(size);
    }
}

impl Span {
    /// At least L(at, at + length).
    fn bound(&self, at: usize, length: usize) -> usize {
        (self.ahead[at + length - self.start] + self.behind[self.end - at] - self.whole) as usize
    }
}

impl<'a> Search<'a> {
    /// Searches the text loaded in `memory` for windows with a ratio over `best`.
    pub(super) fn new(needle: &'a Needle, memory: &'a mut SearchMemory, best: Ratio) -> Self {
        Self { needle, memory, best }
    }

    /// The ratio of the best window, or the one given at the start where no window has a larger one.
    pub(super) fn run(mut self) -> Ratio {
        let length = self.needle.length;
        let last_start = self.memory.forward.len() - length;
        let step = MIN_SPAN + length / 2;
        for first in (0..=last_start).step_by(step) {
            let Some(span) = self.open_span(first, (first + step - 1).min(last_start)) else { continue };
            self.memory.spans.push(span);
            while let Some(span) = self.memory.spans.pop() {
                self.narrow(span);
            }
        }
        self.best
    }

    /// The span of the full windows at `first..=last`, with the windows its two passes measure on their way tried.
    ///
    /// `None` where the LCS with the whole hull shows that no window in it is better.
    fn open_span(&mut self, first: usize, last: usize) -> Option<Span> {
        let length = self.needle.length;
        let end = last + length;
        let (at_start, at_end) = (first == 0, end == self.memory.forward.len());
        let needed =
            if at_start || at_end { self.best.beaten_within(length) } else { self.best.beaten_from(2 * length) };
        let hull = &self.memory.forward[first..end];
        let ahead = self.needle.forward.prefix_lengths_from(needed, hull, &mut self.memory.pass)?;
        let behind = self.pass_backward(first, end);
        if at_start {
            self.try_partial_windows(&ahead);
        }
        if at_end {
            self.try_partial_windows(&behind);
        }
        self.best.raise(ahead[length], 2 * length);
        self.best.raise(behind[length], 2 * length);
        let whole = ahead[end - first];
        Some(Span { first, last, start: first, end, whole, ahead, behind })
    }

    /// Tries the prefixes (or suffixes) of the longer text that are shorter than a full window.
    fn try_partial_windows(&mut self, lengths: &[u32]) {
        for (window, &lcs) in lengths.iter().enumerate().take(self.needle.length).skip(1) {
            self.best.raise(lcs, self.needle.length + window);
        }
    }

    /// Drops the windows at both ends of a span that cannot be better; splits what is left.
    fn narrow(&mut self, mut span: Span) {
        let length = self.needle.length;
        let needed = self.best.beaten_from(2 * length);
        let open = |&at: &usize| span.bound(at, length) >= needed;
        let ends = ((span.first..=span.last).find(open), (span.first..=span.last).rfind(open));
        if let (Some(first), Some(last)) = ends {
            (span.first, span.last) = (first, last);
            self.split(span);
        } else {
            self.memory.pass.recycle(span.ahead);
            self.memory.pass.recycle(span.behind);
        }
    }

    /// Measures the most promising window and bounds those on either side of it again. Each side keeps one of the
    /// passes there were and gets one new.
    fn split(&mut self, span: Span) {
        let length = self.needle.length;
        let Span { first, last, start, end, .. } = span;
        let promise = |&at: &usize| (span.bound(at, length), (at - first).min(last - at));
        let at = (first..=last).max_by_key(promise).unwrap_or(first);
        let ahead = self.pass_forward(at, last + length);
        self.best.raise(ahead[length], 2 * length);
        if at < last {
            let whole = span.behind[end - at];
            let right = Span { first: at + 1, last, start: at, end, whole, ahead, behind: span.behind };
            self.memory.spans.push(right);
        } else {
            self.memory.pass.recycle(ahead);
            self.memory.pass.recycle(span.behind);
        }
        if first < at {
            let end = at + length;
            let whole = span.ahead[end - start];
            let behind = self.pass_backward(first, end);
            self.memory.spans.push(Span { first, last: at - 1, start, end, whole, ahead: span.ahead, behind });
        } else {
            self.memory.pass.recycle(span.ahead);
        }
    }

    /// L(start, start + k) at k, up to end − start.
    fn pass_forward(&mut self, start: usize, end: usize) -> Vec<u32> {
        self.needle.forward.prefix_lengths(&self.memory.forward[start..end], &mut self.memory.pass)
    }

    /// L(end − k, end) at k, up to end − start.
    fn pass_backward(&mut self, start: usize, end: usize) -> Vec<u32> {
        let length = self.memory.backward.len();
        let reversed = &self.memory.backward[length - end..length - start];
        self.needle.backward.prefix_lengths(reversed, &mut self.memory.pass)
    }
}
