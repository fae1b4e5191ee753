use half::bf16;

use super::*;

fn values(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

fn rounded(values: &[f32]) -> Vec<bf16> {
    values.iter().map(|value| bf16::from_f32(*value)).collect()
}

/// The elements that this processor multiplies; the others are told.
#[expect(clippy::print_stderr, reason = "a test that skips something says so")]
fn elements() -> Vec<Element> {
    let (here, absent) = [Element::F32, Element::Bf16].into_iter().partition(|element| element.supported());
    let absent: Vec<Element> = absent;
    absent.iter().for_each(|element| eprintln!("skipped: this processor has no products of {element:?}"));
    here
}

/// What the operands are once they are packed.
fn as_packed(values: &[f32], element: Element) -> Vec<f64> {
    match element {
        Element::F32 => values.iter().map(|value| f64::from(*value)).collect(),
        Element::Bf16 => rounded(values).iter().map(|value| f64::from(*value)).collect(),
    }
}

fn packed(weights: &[f32], inputs: usize, element: Element) -> PackedWeights {
    match element {
        Element::F32 => PackedWeights::new(weights, inputs),
        Element::Bf16 => PackedWeights::new(&rounded(weights), inputs),
    }
}

#[test]
fn products_agree_with_f64_for_all_kinds_of_sizes() {
    for element in elements() {
        for (rows, inputs, outputs) in [
            (1, 1, 1),
            (7, 48, 96),
            (8, 192, 48),
            (9, 193, 47),
            (37, 576, 49),
            (130, 400, 100),
            (513, 64, 33),
            (5, 779, 50),
        ] {
            let (x, w, b) = (values(rows * inputs, 1), values(outputs * inputs, 2), values(outputs, 3));
            let product = packed(&w, inputs, element).multiply(&x, Some(&b), None);
            assert_eq!(product.len(), rows * outputs);
            let (x, w) = (as_packed(&x, element), as_packed(&w, element));
            for (index, value) in product.iter().enumerate() {
                let (row, column) = (index / outputs, index % outputs);
                let terms = x[row * inputs..].iter().zip(&w[column * inputs..][..inputs]);
                let exact: f64 = terms.map(|(x, w)| x * w).sum::<f64>() + f64::from(b[column]);
                let error = (f64::from(*value) - exact).abs();
                let place = format!("{element:?} {rows}×{inputs}×{outputs} at {row},{column}");
                assert!(error < 2e-6 * inputs as f64, "{place}: {error:e}");
            }
        }
    }
}

#[test]
fn a_row_does_not_depend_on_its_company() {
    let (x, w) = (values(200 * 301, 4), values(70 * 301, 5));
    for element in elements() {
        let packed = packed(&w, 301, element);
        let together = packed.multiply(&x, None, None);
        for (index, row) in x.chunks_exact(301).enumerate() {
            assert_eq!(packed.multiply(row, None, None), together[index * 70..][..70], "{element:?} row {index}");
        }
    }
}

#[test]
fn a_product_is_added_to_its_base() {
    let (x, w, base) = (values(20 * 400, 7), values(50 * 400, 8), values(20 * 50, 9));
    for element in elements() {
        let packed = packed(&w, 400, element);
        let (alone, onto) = (packed.multiply(&x, None, None), packed.multiply(&x, None, Some(&base)));
        let worst = alone.iter().zip(&base).zip(&onto).map(|((a, b), sum)| (a + b - sum).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-5, "{element:?}: {worst:e}");
    }
}

#[test]
fn a_serial_product_is_the_parallel_one() {
    // The memory holds what another element left there.
    let (mut target, mut memory) = (vec![f32::NAN; 7], SerialMemory::default());
    for (rows, inputs, outputs) in [(300, 70, 100), (3, 300, 50), (128, 48, 48)] {
        let (x, w, b) = (values(rows * inputs, 1), values(outputs * inputs, 2), values(outputs, 3));
        let base = values(rows * outputs, 4);
        for element in elements() {
            let packed = packed(&w, inputs, element);
            let addends = Addends { bias: Some(&b), base: Some(&base) };
            packed.multiply_serially(&x, addends, &mut target, &mut memory);
            assert_eq!(target, packed.multiply(&x, Some(&b), Some(&base)), "{element:?}");
        }
    }
}

#[test]
fn rows_come_back_from_their_panels() {
    let weights = values(100 * 5, 6);
    for element in [Element::F32, Element::Bf16] {
        let packed = packed(&weights, 5, element);
        let mut row = [0.0; 5];
        for output in 0..100 {
            packed.copy_row(output, &mut row);
            assert_eq!(row.map(f64::from), as_packed(&weights[output * 5..][..5], element)[..]);
        }
    }
}

#[test]
fn what_is_no_number_is_no_number_in_any_element() {
    for element in elements() {
        for (bad, at) in [(f32::NAN, 0), (f32::from_bits(0x7fff_ffff), 2), (f32::INFINITY, 4)] {
            let mut x = vec![1.0; 5];
            x[at] = bad;
            let product = packed(&[1.0, -1.0, 2.0, 1.0, 0.5], 5, element).multiply(&x, None, None);
            assert!(!product[0].is_finite(), "{element:?}: {}", product[0]);
        }
    }
}

#[test]
fn rows_are_rounded_to_the_nearest_and_to_even() {
    if !Element::Bf16.supported() {
        return;
    }
    let step = 2f32.powi(-8);
    let rows = [1.0 + step / 2.0, 1.0 + step, 1.0 + 1.01 * step, 1.0 + 3.0 * step, -1.0 - 1.01 * step];
    let product = packed(&[1.0], 1, Element::Bf16).multiply(&rows, None, None);
    assert_eq!(product, [1.0, 1.0, 1.0 + 2.0 * step, 1.0 + 4.0 * step, -1.0 - 2.0 * step]);
}

#[test]
fn no_rows_have_no_products() {
    for element in elements() {
        let weights = packed(&values(6, 1), 2, element);
        let (mut rows, mut scratch) = (PackedRows::default(), Scratch::default());
        weights.pack_rows(&[], &mut rows);
        weights.multiply_panels(&rows, 0..3, &mut [], Addends::default(), &mut scratch);
        assert!(weights.multiply(&[], None, None).is_empty());
    }
}
