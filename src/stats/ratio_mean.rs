//! The mean of samples that come in sources, as the ratio of two sums over sources, with its standard error and the
//! skewness that decides how far its interval has to reach.

/// Deviations below this share of the largest loss are what rounding leaves.
const ROUNDING: f64 = 1e-12;

/// What the samples of one source add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct SourceSum {
    /// Number of samples, at least 1.
    pub samples: u32,
    /// Sum of their values, nats.
    pub sum: f64,
}

/// A mean over samples and how unsure it is, sources taken as independent draws.
#[derive(Debug, Clone, PartialEq)]
pub struct RatioMean {
    /// Sum of all values / number of samples, nats.
    pub mean: f64,
    /// Its standard error, nats; 0 where no source deviates by more than rounding leaves.
    pub standard_error: f64,
    /// Skewness of the sources' deviations, their third moment over the second to the power of 1.5; 0 without any.
    pub skewness: f64,
    /// Number of samples N.
    pub samples: f64,
    /// N² / Σ m²: the sources if all are of equal size, fewer if not.
    pub effective_sources: f64,
    /// Of each source the sum of its values less its samples times the mean.
    pub(super) deviations: Vec<f64>,
    /// Samples of each source.
    pub(super) sizes: Vec<f64>,
}

impl RatioMean {
    /// The mean of the values behind `sums`, each made of losses of at most `largest` nats; `None` without a source.
    ///
    /// With m samples and sum s of each of G sources and N = Σ m: mean = Σ s / N, u = s − mean · m, standard error
    /// √(G / (G − 1) · Σ u²) / N. Cochran 1977, "Sampling Techniques", section 9A.
    pub fn of(sums: &[SourceSum], largest: f64) -> Option<Self> {
        let sizes = sums.iter().map(|source| f64::from(source.samples)).collect();
        Self::of_sizes(sizes, &sums.iter().map(|source| source.sum).collect::<Vec<f64>>(), largest)
    }

    /// The ratio of the sum of all `sums` to that of all `sizes`, one of each per source; `None` without a source or where
    /// the sizes add up to nothing.
    pub fn of_sizes(sizes: Vec<f64>, sums: &[f64], largest: f64) -> Option<Self> {
        let samples: f64 = sizes.iter().sum();
        let mean = sums.iter().sum::<f64>() / samples;
        let mut deviations: Vec<f64> = sums.iter().zip(&sizes).map(|(sum, size)| sum - mean * size).collect();
        let noise = ROUNDING * largest;
        if deviations.iter().zip(&sizes).all(|(deviation, size)| deviation.abs() <= noise * size) {
            deviations.fill(0.0);
        }
        let moment = |power| deviations.iter().map(|deviation| deviation.powi(power)).sum::<f64>();
        let (count, squares, cubes) = (sums.len() as f64, moment(2), moment(3));
        let varies = squares > 0.0;
        let found = Self {
            mean,
            standard_error: if varies { (count / (count - 1.0) * squares).sqrt() / samples } else { 0.0 },
            skewness: if varies { count.sqrt() * cubes / squares.powf(1.5) } else { 0.0 },
            samples,
            effective_sources: samples * samples / sizes.iter().map(|size| size * size).sum::<f64>(),
            deviations,
            sizes,
        };
        (samples > 0.0).then_some(found)
    }

    /// Number of sources.
    pub fn sources(&self) -> usize {
        self.sizes.len()
    }

    /// Whether any source has several samples.
    pub fn is_clustered(&self) -> bool {
        self.samples > self.sources() as f64
    }

    /// Whether the mean varies from source to source at all.
    pub fn varies(&self) -> bool {
        self.standard_error > 0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(sums: &[(u32, f64)]) -> RatioMean {
        let sums: Vec<SourceSum> = sums.iter().map(|&(samples, sum)| SourceSum { samples, sum }).collect();
        RatioMean::of(&sums, 10.0).unwrap()
    }

    #[test]
    fn of_single_samples_it_is_the_mean() {
        // Deviations −2, −1, 0, 3: √(14 / 3 / 4), and 18 / 4 over (14 / 4)^1.5.
        let found = of(&[(1, 1.0), (1, 2.0), (1, 3.0), (1, 6.0)]);
        assert_eq!((found.mean, found.effective_sources, found.is_clustered()), (3.0, 4.0, false));
        assert!((found.standard_error - (14.0_f64 / 12.0).sqrt()).abs() < 1e-15);
        assert!((found.skewness - 4.5 / 3.5_f64.powf(1.5)).abs() < 1e-15);
    }

    #[test]
    fn sources_count_by_their_samples() {
        // Mean 12 / 6, deviations −1, 2, −1: √(3 / 2 · 6) / 6.
        let found = of(&[(1, 1.0), (2, 6.0), (3, 5.0)]);
        assert_eq!((found.mean, found.sources(), found.is_clustered()), (2.0, 3, true));
        assert!((found.standard_error - 0.5).abs() < 1e-15);
        assert!((found.effective_sources - 36.0 / 14.0).abs() < 1e-15);
    }

    #[test]
    fn rounding_is_no_variance() {
        let found = of(&[(1, 0.1 + 0.2), (1, 0.3), (2, 0.6)]);
        assert_eq!((found.standard_error, found.skewness, found.varies()), (0.0, 0.0, false));
        assert!(of(&[(1, 0.3), (1, 0.3 + 1e-9)]).varies());
        assert!(!of(&[(5, 0.3)]).varies());
        assert_eq!(RatioMean::of(&[], 1.0), None);
    }
}
