//! The pairwise win matrix as a heat map: each cell the share of matches that the row's submission won against the
//! column's, over all steps. Submissions are ordered by competition, then by the share of all their matches won.

use plotters::style::RGBColor;

use crate::report::evaluation::Evaluation;
use crate::report::plots::axis::{SMALL, TEXT, draw_heading, draw_nothing, stride, widest};
use crate::report::plots::palette::{EMPTY, diverging, ink_on};
use crate::report::plots::scene::{Align, Point, Scene, Shape, Words, text_width};

/// Up to this many submissions the cells carry numbers.
const NUMBERED: usize = 16;

/// Colours are rounded to this many steps where cells are too small to tell more, so that neighbours can be joined.
const SHADES: f64 = 50.0;

const SUBTITLE: &str = "Share of matches that the row won against the column";

/// Wins and matches of every ordered pair, summed over steps, in the order of display.
#[derive(Debug, Clone, PartialEq)]
struct Matrix {
    labels: Vec<String>,
    wins: Vec<u64>,
    matches: Vec<u64>,
}

impl Matrix {
    fn of(evaluation: &Evaluation) -> Self {
        let size = evaluation.submissions.len();
        let (mut wins, mut matches) = (vec![0; size * size], vec![0; size * size]);
        for (cell, (wins, matches)) in wins.iter_mut().zip(&mut matches).enumerate() {
            let met = evaluation.judgement.pairs.total(cell / size, cell % size);
            (*wins, *matches) = (met.wins, met.matches);
        }
        let labels = evaluation.submissions.iter().map(|submission| submission.uid.to_string()).collect();
        let all = Self { labels, wins, matches };
        let order = all.display_order(evaluation);
        all.reordered(&order)
    }

    fn size(&self) -> usize {
        self.labels.len()
    }

    /// Those with a match, by competition, then by win rate from high to low.
    fn display_order(&self, evaluation: &Evaluation) -> Vec<usize> {
        let total = |counts: &[u64], row: usize| counts[row * self.size()..][..self.size()].iter().sum::<u64>();
        let rate = |row: usize| total(&self.wins, row) as f64 / total(&self.matches, row) as f64;
        let group = |row: usize| {
            let competition = evaluation.submissions[row].competition.as_deref();
            evaluation.rules.competitions.iter().position(|known| Some(known.id.as_str()) == competition)
        };
        let mut order: Vec<usize> = (0..self.size()).filter(|row| total(&self.matches, *row) > 0).collect();
        order.sort_by(|a, b| group(*a).cmp(&group(*b)).then(rate(*b).total_cmp(&rate(*a))));
        order
    }

    fn reordered(&self, order: &[usize]) -> Self {
        let pick = |counts: &[u64]| {
            order.iter().flat_map(|a| order.iter().map(move |b| counts[a * self.size() + b])).collect::<Vec<_>>()
        };
        let labels = order.iter().map(|index| self.labels[*index].clone()).collect();
        Self { labels, wins: pick(&self.wins), matches: pick(&self.matches) }
    }

    /// The share of matches won; `None` where there was no match.
    fn share(&self, row: usize, column: usize) -> Option<f64> {
        let cell = row * self.size() + column;
        (self.matches[cell] > 0).then(|| self.wins[cell] as f64 / self.matches[cell] as f64)
    }
}

/// The plot.
pub(super) fn scene(evaluation: &Evaluation) -> Scene {
    let matrix = Matrix::of(evaluation);
    let grid = Tiling::of(&matrix);
    let mut scene = Scene::new(grid.picture_size(), "Heat map of the share of matches won by each pair of submissions");
    draw_heading(&mut scene, "Pairwise wins", SUBTITLE);
    if matrix.size() == 0 {
        draw_nothing(&mut scene, "no two submissions were compared");
        return scene;
    }
    grid.draw_cells(&mut scene, &matrix);
    grid.draw_labels(&mut scene, &matrix.labels);
    grid.draw_colour_bar(&mut scene);
    scene
}

/// Where the matrix lies.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Tiling {
    left: i32,
    top: i32,
    side: i32,
    size: usize,
    /// Height that the column labels take, from the matrix to the axis title.
    label_height: i32,
}

impl Tiling {
    fn of(matrix: &Matrix) -> Self {
        let size = matrix.size();
        let widest = widest(&matrix.labels);
        let side = (size as i32 * 140).clamp(420, 1120);
        Self { left: 100 + widest, top: 140, side, size, label_height: 30 + widest.max(SMALL) }
    }

    fn picture_size(&self) -> (u32, u32) {
        let width = (self.left + self.side + 260).max(text_width(SUBTITLE, SMALL) + 80);
        (width as u32, (self.top + self.side + self.label_height + 70) as u32)
    }

    /// Distance of the edge before cell `index` from the matrix' edge; whole units, without gaps.
    fn edge(&self, index: usize) -> i32 {
        (f64::from(self.side) * index as f64 / self.size as f64).round() as i32
    }

    fn corner(&self, row: usize, column: usize) -> Point {
        (self.left + self.edge(column), self.top + self.edge(row))
    }

    fn spacing(&self) -> f64 {
        f64::from(self.side) / self.size as f64
    }

    fn draw_cells(&self, scene: &mut Scene, matrix: &Matrix) {
        scene.add(Shape::Block { from: self.corner(0, 0), to: self.corner(self.size, self.size), fill: EMPTY });
        for row in 0..self.size {
            let fills: Vec<_> = (0..self.size).map(|column| matrix.share(row, column).map(|s| self.fill(s))).collect();
            let mut column = 0;
            for run in fills.chunk_by(PartialEq::eq) {
                let (from, to) = (self.corner(row, column), self.corner(row + 1, column + run.len()));
                if let Some(fill) = run[0] {
                    scene.add(Shape::Block { from, to, fill });
                }
                column += run.len();
            }
        }
        if self.size <= NUMBERED {
            self.draw_numbers(scene, matrix);
        }
    }

    fn fill(&self, share: f64) -> RGBColor {
        diverging(if self.size <= NUMBERED { share } else { (share * SHADES).round() / SHADES })
    }

    fn draw_numbers(&self, scene: &mut Scene, matrix: &Matrix) {
        let em = ((self.spacing() * 0.34) as i32).clamp(16, 32);
        let cells = (0..self.size).flat_map(|row| (0..self.size).map(move |column| (row, column)));
        for (row, column) in cells {
            let Some(share) = matrix.share(row, column) else { continue };
            let (left, top) = self.corner(row, column);
            let (right, bottom) = self.corner(row + 1, column + 1);
            let at = ((left + right) / 2, (top + bottom) / 2 + em * 3 / 8);
            let ink = ink_on(self.fill(share));
            scene.write(Words::new(format!("{share:.2}"), at, em).ink(ink).align(Align::Middle));
        }
    }

    fn draw_labels(&self, scene: &mut Scene, labels: &[String]) {
        let middle = |index: usize| (self.edge(index) + self.edge(index + 1)) / 2;
        let upright = f64::from(widest(labels) + 10) <= self.spacing();
        let every = stride(SMALL + 2, self.spacing());
        for (index, label) in labels.iter().enumerate().step_by(every) {
            let row = (self.left - 12, self.top + middle(index) + SMALL * 3 / 8);
            scene.write(Words::new(label, row, SMALL).align(Align::End));
            let (x, y) = (self.left + middle(index), self.top + self.side + 12);
            scene.write(if upright {
                Words::new(label, (x, y + SMALL), SMALL).align(Align::Middle)
            } else {
                Words::new(label, (x + SMALL * 3 / 8, y), SMALL).align(Align::End).turned()
            });
        }
        let half = self.side / 2;
        let below = (self.left + half, self.top + self.side + self.label_height + TEXT);
        scene.write(Words::new("opponent (uid)", below, TEXT).align(Align::Middle));
        scene.write(Words::new("submission (uid)", (40, self.top + half), TEXT).align(Align::Middle).turned());
    }

    fn draw_colour_bar(&self, scene: &mut Scene) {
        let (left, width, bands) = (self.left + self.side + 60, 36, 100);
        let height = |band: i32| self.top + self.side - self.side * band / bands;
        for band in 0..bands {
            let fill = diverging((f64::from(band) + 0.5) / f64::from(bands));
            scene.add(Shape::Block { from: (left, height(band + 1)), to: (left + width, height(band)), fill });
        }
        for (share, meaning) in [(0, "0 lost all"), (25, "0.25"), (50, "0.5"), (75, "0.75"), (100, "1 won all")] {
            let at = (left + width + 12, height(share) + SMALL * 3 / 8);
            scene.write(Words::new(meaning, at, SMALL));
        }
        let (from, y) = ((left, self.top + self.side + 24), self.top + self.side + 24 + 20);
        scene.add(Shape::Block { from, to: (left + width, from.1 + 26), fill: EMPTY });
        scene.write(Words::new("no match", (left + width + 12, y), SMALL));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::evaluation::testing;

    #[test]
    fn the_matrix_sums_steps_and_orders_by_competition_and_rate() {
        let once = Matrix::of(&testing::evaluation(6, 30, 2));
        let twice = Matrix::of(&testing::evaluation(6, 30, 4));
        assert_eq!(once.labels, twice.labels);
        assert_eq!(once.wins.iter().map(|wins| wins * 2).collect::<Vec<_>>(), twice.wins);
        // uids 1, 7, 13 are in the first competition; of 4, 10, 16 the last was skipped and has no match.
        let mut groups = (once.labels[..3].to_vec(), once.labels[3..].to_vec());
        groups.0.sort();
        groups.1.sort();
        assert_eq!(groups, (vec!["1".into(), "13".into(), "7".into()], vec!["10".into(), "4".into()]));
        let rate = |row: usize| (0..3).filter_map(|column| once.share(row, column)).sum::<f64>();
        assert!(rate(0) >= rate(1) && rate(1) >= rate(2));
        assert_eq!((once.share(0, 0), once.share(0, 4)), (None, None));
    }

    #[test]
    fn the_cells_cover_the_matrix_without_gaps() {
        for size in [1, 7, 64, 255, 256] {
            let grid = Tiling { left: 0, top: 0, side: 1120, size, label_height: 0 };
            assert_eq!((grid.edge(0), grid.edge(size)), (0, 1120));
            assert!((0..size).all(|index| grid.edge(index) < grid.edge(index + 1)));
        }
    }
}
