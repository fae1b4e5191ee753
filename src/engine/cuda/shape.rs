//! Which attention kernel a head needs, and how a packed batch is cut into the tiles of its blocks.

use crate::engine::batch::Segment;

/// Widths of heads that there are kernels for.
pub const KERNEL_WIDTHS: [usize; 9] = [32, 64, 80, 96, 112, 128, 160, 192, 256];

/// An attention kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttentionShape {
    /// Widest head that it takes.
    pub width: usize,
    /// Packed rows of a tile: one for each query and each head that shares its key head.
    pub rows: usize,
    /// Threads of a block.
    pub threads: usize,
    /// Bytes of shared memory of a block.
    pub shared_bytes: usize,
}

impl AttentionShape {
    /// The kernel for bf16 and f16 whose heads are at least as wide; `None` if there is none.
    pub fn narrow(head_width: usize) -> Option<Self> {
        let (width, rows) = (kernel_width(head_width)?, 64);
        Some(Self { width, rows, threads: 128, shared_bytes: 3 * rows * (width + 8) * 2 })
    }

    /// The kernel for f32 whose heads are at least as wide; `None` if there is none.
    pub fn wide(head_width: usize) -> Option<Self> {
        let (width, rows) = (kernel_width(head_width)?, 32);
        Some(Self { width, rows, threads: 128, shared_bytes: (2 * rows * (width + 4) + rows * (rows + 1)) * 4 })
    }
}

fn kernel_width(head_width: usize) -> Option<usize> {
    KERNEL_WIDTHS.into_iter().find(|&width| width >= head_width)
}

/// A batch in the form that the attention kernels read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tiles {
    /// `[segments × 4]`: first row, number of rows, first row of the prefix, number of its rows.
    pub segments: Vec<u32>,
    /// `[tiles × 2]`: segment, first packed row in it. Those that see most keys come first, so that blocks end
    /// together.
    pub tiles: Vec<u32>,
}

/// Rows of a batch whose segments these are; `None` if they do not follow one another without gap or share rows that
/// do not come before them. The kernel reads and writes where segments say.
pub fn rows_of(segments: &[Segment]) -> Option<usize> {
    segments.iter().try_fold(0, |end, Segment { rows, prefix, .. }| {
        let fits = rows.start == end && rows.end >= end && prefix.start <= prefix.end && prefix.end <= end;
        fits.then_some(rows.end)
    })
}

impl Tiles {
    /// Cuts segments into tiles of so many packed rows, where `group` query heads share a key head.
    pub fn cut(segments: &[Segment], group: usize, rows: usize) -> Self {
        let mut tiles = Vec::new();
        for (index, segment) in segments.iter().enumerate() {
            for start in (0..segment.rows.len() * group).step_by(rows) {
                tiles.push((segment.prefix.len() + start / group, index, start));
            }
        }
        tiles.sort_by_key(|&(position, ..)| std::cmp::Reverse(position));
        let describe = |segment: &Segment| {
            [segment.rows.start, segment.rows.len(), segment.prefix.start, segment.prefix.len()].map(|n| n as u32)
        };
        Self {
            segments: segments.iter().flat_map(describe).collect(),
            tiles: tiles.into_iter().flat_map(|(_, index, start)| [index as u32, start as u32]).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_cover_the_packed_rows_of_each_segment_longest_context_first() {
        let segments =
            [Segment { rows: 0..30, prefix: 0..0, length: 31 }, Segment { rows: 30..40, prefix: 0..30, length: 41 }];
        let tiles = Tiles::cut(&segments, 3, 64);
        assert_eq!(tiles.segments, [0, 30, 0, 0, 30, 10, 0, 30]);
        assert_eq!(tiles.tiles, [1, 0, 0, 64, 0, 0]);
    }

    #[test]
    fn segments_follow_one_another_and_share_rows_before_them() {
        let segment = |rows, prefix| Segment { rows, prefix, length: 0 };
        assert_eq!(rows_of(&[segment(0..30, 0..0), segment(30..40, 0..30), segment(40..40, 5..9)]), Some(40));
        assert_eq!(rows_of(&[]), Some(0));
        for bad in [segment(31..40, 0..0), segment(29..40, 0..0), segment(30..40, 0..31)] {
            assert_eq!(rows_of(&[segment(0..30, 0..0), bad.clone()]), None, "{bad:?}");
        }
    }

    #[test]
    fn a_head_takes_the_narrowest_kernel_that_holds_it() {
        assert_eq!(AttentionShape::narrow(65).unwrap().width, 80);
        assert_eq!(AttentionShape::wide(256).unwrap().width, 256);
        assert_eq!(AttentionShape::narrow(257), None);
    }
}
