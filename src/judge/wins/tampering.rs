//! The finetuning subnet's guard against models whose weights were blown up to look new: limits on the Frobenius norms
//! of each layer's projections.

/// A norm above this in any layer fails the model.
pub const HARD_LIMIT: f64 = 1000.0;
/// Norms above this are suspicious,
pub const SOFT_LIMIT: f64 = 200.0;
/// and may make up at most this share of the layers, averaged over the projections.
pub const SUSPICIOUS_SHARE: f64 = 0.15;

/// Why a model's weight norms are refused; `None` where they are within the limits. `norms` holds one list per
/// projection, layer by layer, and `names` the projections' names. A norm that is no number is refused.
pub fn refuse_norms(names: &[&str], norms: &[Vec<f64>]) -> Option<String> {
    let all = names.iter().zip(norms).flat_map(|(name, layers)| layers.iter().enumerate().map(move |l| (name, l)));
    let worst = all.filter(|(_, (_, norm))| norm.is_nan() || **norm > HARD_LIMIT).max_by(|a, b| a.1.1.total_cmp(b.1.1));
    if let Some((name, (layer, norm))) = worst {
        return Some(format!(
            "the weight norm of projection {name} in layer {layer} is {norm:.1}, above {HARD_LIMIT} (see --weight-norms)"
        ));
    }
    let share = mean(norms.iter().map(|layers| {
        let suspicious = layers.iter().filter(|norm| **norm > SOFT_LIMIT).count();
        suspicious as f64 / layers.len().max(1) as f64
    }));
    (share > SUSPICIOUS_SHARE).then(|| {
        format!(
            "{:.0} % of its weight norms are above {SOFT_LIMIT}, more than {:.0} % (see --weight-norms)",
            100.0 * share,
            100.0 * SUSPICIOUS_SHARE
        )
    })
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len().max(1);
    values.sum::<f64>() / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 2] = ["q", "up"];

    #[test]
    fn one_norm_above_the_hard_limit_fails() {
        let at_the_limit = [[vec![10.0; 9], vec![1000.0]].concat(), vec![10.0; 10]];
        assert_eq!(refuse_norms(&NAMES, &at_the_limit), None, "one suspicious layer of ten, and none above the limit");
        let reason = refuse_norms(&NAMES, &[vec![10.0, 1000.5], vec![10.0, 10.0]]).unwrap();
        assert!(reason.contains("projection q in layer 1 is 1000.5"), "{reason}");
        assert!(refuse_norms(&NAMES, &[vec![f64::NAN], vec![1.0]]).unwrap().contains("NaN"));
    }

    #[test]
    fn the_share_of_suspicious_layers_is_averaged_over_projections() {
        let layers = |suspicious: usize| {
            let mut norms = vec![200.0; 10];
            norms[..suspicious].fill(200.1);
            norms
        };
        assert_eq!(refuse_norms(&NAMES, &[layers(3), layers(0)]), None, "0.15 is allowed");
        assert!(refuse_norms(&NAMES, &[layers(3), layers(1)]).unwrap().contains("20 %"));
        assert_eq!(refuse_norms(&NAMES, &[vec![], vec![]]), None);
    }
}
