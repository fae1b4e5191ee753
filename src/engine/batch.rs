//! Sequences packed one after another, without padding. Sequences of one batch that begin alike share those tokens:
//! a common prompt is one run of rows that the others attend to.

use std::ops::Range;

/// A tokenised text and the part of it that is scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sequence<'a> {
    /// Token ids, at least one.
    pub ids: &'a [u32],
    /// Targets are the tokens at this index and after it; the first token is never a target.
    pub scored_from: usize,
}

impl Sequence<'_> {
    /// Index of the first target.
    pub fn first_target(&self) -> usize {
        self.scored_from.max(1)
    }

    /// Number of targets.
    pub fn targets(&self) -> usize {
        self.ids.len().saturating_sub(self.first_target())
    }

    /// Tokens that scoring looks at: the last token is only ever a target, never read.
    fn inputs(&self) -> usize {
        self.ids.len().saturating_sub(1)
    }
}

/// Rows of a batch that belong together, and the rows before them that they continue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Rows of the batch.
    pub rows: Range<usize>,
    /// Rows that precede them in the text; empty for a text's beginning.
    pub prefix: Range<usize>,
    /// Length of the text in tokens, which some rotary embeddings depend on.
    pub length: usize,
}

/// A token to be predicted from a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Row whose hidden state predicts it.
    pub row: usize,
    /// The token that came.
    pub id: u32,
    /// Index of the sequence it counts for.
    pub sequence: usize,
}

/// Packed sequences.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// Token id of each row.
    pub ids: Vec<u32>,
    /// Position of each row in its text.
    pub positions: Vec<u32>,
    /// All rows, in order.
    pub segments: Vec<Segment>,
    /// All targets, by sequence and position.
    pub targets: Vec<Target>,
    /// Number of sequences.
    pub sequences: usize,
}

impl Batch {
    /// Packs sequences. With `share`, neighbours with the same unscored beginning share its rows.
    pub fn pack(sequences: &[Sequence], share: bool) -> Self {
        let mut batch = Self { sequences: sequences.len(), ..Self::default() };
        let mut start = 0;
        while start < sequences.len() {
            let alike = sequences[start..].iter().take_while(|s| share && same_prompt(&sequences[start], s)).count();
            let end = start + alike.max(1);
            batch.push_group(&sequences[start..end], start);
            start = end;
        }
        batch
    }

    fn push_group(&mut self, group: &[Sequence], first: usize) {
        let shared = if group.len() > 1 { prompt(&group[0]).len() } else { 0 };
        let length = group.iter().map(|s| s.ids.len()).max().unwrap_or(0);
        let prefix = self.push_rows(&group[0].ids[..shared], 0, 0..0, length);
        for (offset, sequence) in group.iter().enumerate() {
            let own = &sequence.ids[shared..sequence.inputs().max(shared)];
            let rows = self.push_rows(own, shared, prefix.clone(), sequence.ids.len());
            let row_of = |position: usize| match position.checked_sub(shared) {
                Some(after) => rows.start + after,
                None => prefix.start + position,
            };
            let targets = (sequence.first_target()..sequence.ids.len()).map(|index| Target {
                row: row_of(index - 1),
                id: sequence.ids[index],
                sequence: first + offset,
            });
            self.targets.extend(targets);
        }
    }

    fn push_rows(&mut self, ids: &[u32], position: usize, prefix: Range<usize>, length: usize) -> Range<usize> {
        let rows = self.ids.len()..self.ids.len() + ids.len();
        if !rows.is_empty() {
            self.ids.extend_from_slice(ids);
            self.positions.extend((position..position + ids.len()).map(|p| p as u32));
            self.segments.push(Segment { rows: rows.clone(), prefix, length });
        }
        rows
    }

    /// Length of the longest text.
    pub fn longest(&self) -> usize {
        self.segments.iter().map(|s| s.length).max().unwrap_or(0)
    }
}

/// The part of a sequence that is read but not scored.
fn prompt<'a>(sequence: &Sequence<'a>) -> &'a [u32] {
    &sequence.ids[..sequence.first_target().min(sequence.inputs())]
}

fn same_prompt(a: &Sequence, b: &Sequence) -> bool {
    !prompt(a).is_empty() && prompt(a) == prompt(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(ids: &[u32], scored_from: usize) -> Sequence<'_> {
        Sequence { ids, scored_from }
    }

    #[test]
    fn a_sequence_alone_reads_all_but_its_last_token() {
        let batch = Batch::pack(&[sequence(&[5, 6, 7, 8], 2)], true);
        assert_eq!(batch.ids, [5, 6, 7]);
        assert_eq!(batch.positions, [0, 1, 2]);
        assert_eq!(batch.targets, [Target { row: 1, id: 7, sequence: 0 }, Target { row: 2, id: 8, sequence: 0 }]);
    }

    #[test]
    fn neighbours_with_one_prompt_share_its_rows() {
        let (a, b) = (sequence(&[5, 6, 7, 8], 2), sequence(&[5, 6, 9], 2));
        let batch = Batch::pack(&[a, b], true);
        assert_eq!(batch.ids, [5, 6, 7]);
        assert_eq!(batch.segments.len(), 2, "the second response reads nothing of its own");
        assert_eq!(batch.segments[1], Segment { rows: 2..3, prefix: 0..2, length: 4 });
        assert_eq!(batch.targets[2], Target { row: 1, id: 9, sequence: 1 });
    }

    #[test]
    fn without_sharing_each_sequence_stands_alone() {
        let same = sequence(&[5, 6, 7], 2);
        let batch = Batch::pack(&[same, same], false);
        assert_eq!(batch.ids, [5, 6, 5, 6]);
        assert_eq!(batch.positions, [0, 1, 0, 1]);
        assert!(batch.segments.iter().all(|s| s.prefix.is_empty()));
    }

    #[test]
    fn a_sequence_without_target_adds_none() {
        let batch = Batch::pack(&[sequence(&[5, 6], 2), sequence(&[7], 0)], true);
        assert!(batch.targets.is_empty());
        assert_eq!(batch.ids, [5]);
    }
}
