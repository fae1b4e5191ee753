//! How ε falls with the age of the earlier submission, for curves.

use super::super::Epsilon;

/// Ages that a curve is looked at.
const POINTS: u64 = 60;

/// Times in which an exponential ε falls to 1/e that its curve shows.
const SCALES: f64 = 3.0;

/// Ages shown where nothing says how many: a day's blocks.
const DAY: u64 = 7200;

/// ε at one age.
#[derive(Debug, Clone, PartialEq)]
pub struct DecayPoint {
    /// Which curve it belongs to.
    pub label: String,
    /// Age in blocks.
    pub blocks: u64,
    /// ε there.
    pub epsilon: f64,
}

/// The curves of ε by age, one after the other.
///
/// A curve goes on until ε has ended; an exponential one, which has no end, to three times the age at which it is 1/e of its
/// start. One that does not fall has two points: at 0 and at the greatest age of all curves, or a day without any that falls.
pub fn decay(curves: &[(String, Epsilon)]) -> Vec<DecayPoint> {
    let greatest = curves.iter().filter_map(|(_, epsilon)| end(epsilon)).max().unwrap_or(DAY);
    let points = |(label, epsilon): &(String, Epsilon)| {
        let mut ages = match end(epsilon) {
            // In 128 bits, since blocks may be any number of 64.
            Some(end) => {
                (0..=POINTS).map(|point| (u128::from(end) * u128::from(point) / u128::from(POINTS)) as u64).collect()
            }
            None => vec![0, greatest],
        };
        ages.dedup();
        let point = |blocks| DecayPoint { label: label.clone(), blocks, epsilon: epsilon.at(Some(0), blocks) };
        ages.into_iter().map(point).collect::<Vec<_>>()
    };
    curves.iter().flat_map(points).collect()
}

/// The age at which a curve ends; `None` of one that does not fall.
fn end(epsilon: &Epsilon) -> Option<u64> {
    match *epsilon {
        Epsilon::Constant(_) => None,
        Epsilon::Linear { start, end, .. } if start == end => None,
        Epsilon::Linear { blocks, .. } => Some(blocks),
        Epsilon::Exponential { start, factor, .. } if factor >= 1.0 || start == 0.0 => None,
        // It has ended at once.
        Epsilon::Exponential { factor: 0.0, blocks, .. } => Some(blocks),
        Epsilon::Exponential { factor, blocks, .. } => Some((SCALES * blocks as f64 / -factor.ln()).ceil() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(texts: &[&str]) -> Vec<DecayPoint> {
        let curve = |text: &&str| ((*text).to_owned(), text.parse().expect("an epsilon"));
        decay(&texts.iter().map(curve).collect::<Vec<_>>())
    }

    /// The field's vector of a linear decay: .005 at the start, .003 half way, .001 at the end.
    #[test]
    fn a_linear_curve_goes_from_its_start_to_its_end() {
        let points = curves(&["linear:0.005:0.001:50400"]);
        assert_eq!(points.len(), 61);
        let at = |point: usize| (points[point].blocks, points[point].epsilon);
        assert_eq!((at(0), at(60)), ((0, 0.005), (50_400, 0.001)));
        assert!(at(30).0 == 25_200 && (at(30).1 - 0.003).abs() < 1e-12, "{:?}", at(30));
    }

    #[test]
    fn an_exponential_curve_shows_three_scales_and_a_constant_two_points() {
        let points = curves(&["exponential:0.004:0.5:100", "0.01", "exponential:0.1:1:9"]);
        assert_eq!(points[60].blocks, 433);
        assert!((points[60].epsilon / 0.004 - (-3.0_f64).exp()).abs() < 1e-3, "{:?}", points[60]);
        let rest: Vec<_> = points[61..].iter().map(|point| (point.blocks, point.epsilon)).collect();
        assert_eq!(rest, [(0, 0.01), (433, 0.01), (0, 0.1), (433, 0.1)]);
    }

    #[test]
    fn short_curves_have_each_age_once() {
        assert_eq!(curves(&["linear:0.5:0.25:2"]).iter().map(|point| point.blocks).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(curves(&["0.01"])[1].blocks, DAY);
        assert_eq!(curves(&["exponential:0.5:0:4"])[1].epsilon, 0.0);
        assert_eq!(curves(&["linear:0.5:0.25:18446744073709551615"])[60].blocks, u64::MAX);
    }
}
