//! Ends and p-values against a computation apart from this crate.

use super::*;
use crate::stats::paired::margin::Skew;

/// Mean, standard error, skewness, ends, upper end for "ok", p-value and detectable rise.
fn figures(test: &MarginTest) -> [f64; 8] {
    let ends = test.ends.unwrap();
    let below = ends.below.unwrap_or(ends.interval.high);
    [
        test.mean,
        test.standard_error,
        test.skewness,
        ends.interval.low,
        ends.interval.high,
        below,
        ends.p_value,
        ends.detectable,
    ]
}

fn assert_figures(found: &Comparison, expected: &[[f64; 8]]) {
    assert_eq!(found.tests.len(), expected.len());
    for (test, expected) in found.tests.iter().zip(expected) {
        let figures = figures(test);
        assert!(figures.into_iter().zip(expected).all(|(found, &expected)| close(found, expected)), "{figures:?}");
    }
}

/// Expected values of this and the next four: NumPy 2.4 and SciPy 1.17 from the definitions, each resample summed by
/// itself, with the draws of a ChaCha8 written apart from this crate.
#[test]
fn slight_skewness_has_the_nominal_tails() {
    let found = one(&SPEC, losses(24, slight));
    assert_eq!(
        (found.tests[0].skew, found.effective_sources, found.verdict),
        (Skew::Slight, 24.0, PairedVerdict::Regressed)
    );
    assert_figures(
        &found,
        &[
            [
                0.145_833_333_333_334,
                0.025_962_742_722_251_7,
                -0.078_993_874_961_524_2,
                0.090_494_094_257_773_8,
                0.199_678_951_997_721,
                0.208_857_541_163_431,
                0.0002,
                0.075_971_844_498_867_7,
            ],
            [
                0.146_083_333_333_333,
                0.025_981_732_480_828,
                -0.063_851_734_742_247_8,
                0.090_892_523_567_942_4,
                0.200_547_638_612_832,
                0.209_590_489_589_243,
                0.0002,
                0.076_027_412_086_663_1,
            ],
        ],
    );
}

#[test]
fn looks_share_the_level() {
    let bootstrap = BootstrapSpec { resamples: 29_999, ..SPEC.bootstrap };
    let found = one(&PairedSpec { bootstrap, looks: 3, ..SPEC }, losses(24, slight));
    assert_figures(
        &found,
        &[
            [
                0.145_833_333_333_334,
                0.025_962_742_722_251_7,
                -0.078_993_874_961_524_2,
                0.076_981_817_097_899_9,
                0.214_046_538_219_103,
                0.221_827_159_337_835,
                0.0002,
                0.089_300_067_403_128_8,
            ],
            [
                0.146_083_333_333_333,
                0.025_981_732_480_828,
                -0.063_851_734_742_247_8,
                0.078_020_968_201_543_2,
                0.214_260_937_595_067,
                0.222_702_810_698_398,
                0.0002,
                0.089_365_383_565_561,
            ],
        ],
    );
}

#[test]
fn moderate_skewness_has_narrower_tails() {
    let found = one(&with_margins(0.02, 0.03), losses(40, moderate));
    assert_eq!((found.tests[0].skew, found.tests[0].sources_needed), (Skew::Moderate, None));
    assert_eq!(found.verdict, PairedVerdict::Inconclusive(Doubt::Between), "only one margin is exceeded");
    assert_figures(
        &found,
        &[
            [
                0.0666,
                0.012_956_475_462_495_8,
                0.632_837_289_996_904,
                0.035_169_645_298_854,
                0.100_611_479_403_15,
                0.106_286_492_840_547,
                0.0005,
                0.042_455_473_406_919_5,
            ],
            [
                0.011_449_999_999_999_9,
                0.013_108_763_461_409_4,
                0.667_189_926_230_975,
                -0.020_349_781_235_116_2,
                0.045_875_887_729_487_6,
                0.051_032_453_175_315_1,
                0.969_395_704_624_027,
                0.042_954_487_132_278_6,
            ],
        ],
    );
}

#[test]
fn strong_skewness_has_the_ends_of_cantelli() {
    let found = one(&with_margins(0.0, 0.01), losses(30, strong));
    // 25 · 2.548 678…² = 162.4.
    assert_eq!((found.tests[1].skew, found.tests[1].sources_needed), (Skew::Strong, Some(163)));
    assert_eq!(found.verdict, PairedVerdict::Inconclusive(Doubt::Skewed(163)));
    assert_eq!(found.tests[0].ends.and_then(|ends| ends.below), None);
    assert_figures(
        &found,
        &[
            [
                0.167_333_333_333_333,
                0.052_513_672_731_535_3,
                2.548_069_959_500_38,
                -0.160_614_447_763_653,
                0.769_217_991_818_495,
                0.769_217_991_818_495,
                0.179_314_269_086_503,
                0.372_804_539_493_486,
            ],
            [
                0.142_266_666_666_667,
                0.052_428_165_049_155_2,
                2.548_678_186_294_65,
                -0.185_147_119_125_008,
                0.740_152_828_281_472,
                0.740_152_828_281_472,
                0.239_137_870_286_237,
                0.372_197_504_211_154,
            ],
        ],
    );
}

#[test]
fn sources_of_several_samples_have_narrower_tails_yet() {
    let found = one(&with_margins(0.01, 0.01), clustered());
    assert_eq!((found.samples, found.sources), (51, 26));
    assert!(close(found.effective_sources, 51.0 * 51.0 / 117.0));
    assert_figures(
        &found,
        &[
            [
                0.030_784_313_725_490_2,
                0.028_372_562_624_993_8,
                -0.103_001_572_681_733,
                -0.043_656_696_587_232_1,
                0.102_896_424_507_378,
                0.112_744_224_794_704,
                0.755,
                0.095_737_351_994_255_1,
            ],
            [
                0.015_745_098_039_215_6,
                0.028_300_154_210_678_9,
                -0.093_993_548_267_881_5,
                -0.058_403_922_095_737_1,
                0.087_906_338_970_754,
                0.097_974_628_438_671_3,
                1.0,
                0.095_493_024_756_696_7,
            ],
        ],
    );
}
