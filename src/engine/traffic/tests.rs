use candle_core::{D, DType, Device, Tensor};

use super::operators as op;
use super::{STAGED, Traffic, counted, multiplies};

fn ramp(shape: &[usize]) -> Tensor {
    Tensor::arange(0f32, shape.iter().product::<usize>() as f32, &Device::Cpu).unwrap().reshape(shape).unwrap()
}

fn launches_and_layouts(work: impl FnOnce()) -> (usize, usize) {
    let Traffic { launches, layouts, .. } = counted(work).1;
    (launches, layouts)
}

#[test]
fn an_operand_that_is_not_contiguous_has_its_layout_sent() {
    let x = ramp(&[4, 6]);
    let part = x.narrow(D::Minus1, 0, 3).unwrap();
    for (operand, expected) in [(&x, (1, 0)), (&x.narrow(0, 1, 2).unwrap(), (1, 0)), (&part, (1, 1))] {
        assert_eq!(launches_and_layouts(|| drop(op::exp(operand).unwrap())), expected);
    }
    let row = ramp(&[6]);
    assert_eq!(launches_and_layouts(|| drop(op::add(&x, &x).unwrap())), (1, 0));
    assert_eq!(launches_and_layouts(|| drop(op::add(&x, &row).unwrap())), (1, 1));
    assert_eq!(launches_and_layouts(|| drop(op::sum(&x).unwrap())), (1, 1));
}

#[test]
fn what_changes_nothing_costs_nothing() {
    let x = ramp(&[4, 6]);
    let turned = x.t().unwrap();
    assert_eq!(launches_and_layouts(|| drop(op::cast(&x, DType::F32).unwrap())), (0, 0));
    assert_eq!(launches_and_layouts(|| drop(op::contiguous(&x).unwrap())), (0, 0));
    assert_eq!(launches_and_layouts(|| drop(op::reshape(&x, 24).unwrap())), (0, 0));
    assert_eq!(launches_and_layouts(|| drop(op::cat(std::slice::from_ref(&x), 0).unwrap())), (0, 0));
    assert_eq!(launches_and_layouts(|| drop(op::cast(&turned, DType::F64).unwrap())), (1, 1));
    assert_eq!(launches_and_layouts(|| drop(op::contiguous(&turned).unwrap())), (1, 1));
    assert_eq!(launches_and_layouts(|| drop(op::reshape(&turned, 24).unwrap())), (1, 1));
}

#[test]
fn pieces_are_copied_one_by_one() {
    let x = ramp(&[4, 6]);
    let halves = [x.narrow(1, 0, 3).unwrap(), x.narrow(1, 3, 3).unwrap()];
    assert_eq!(launches_and_layouts(|| drop(op::cat(&halves, 1).unwrap())), (2, 0));
    assert_eq!(launches_and_layouts(|| drop(op::cat(&halves, 0).unwrap())), (2, 2));
}

#[test]
fn what_goes_there_and_back_is_counted_by_the_innermost_and_by_all_around_it() {
    let inner = || counted(|| op::download::<f32>(&op::upload(vec![1f32, 2.0], 2, &Device::Cpu).unwrap()).unwrap()).1;
    let once = Traffic { uploads: 1, bytes: 8, waits: 1, ..Traffic::default() };
    let (found, all) = counted(|| (inner(), inner()));
    assert_eq!(found, (once, once));
    assert_eq!(all, once + once);
}

#[test]
fn much_that_is_sent_behind_kernels_may_be_waited_for() {
    let send = |bytes: usize| drop(op::upload(vec![0u8; bytes], bytes, &Device::Cpu).unwrap());
    let waits = |work: &dyn Fn()| counted(work).1.waits;
    let x = ramp(&[4]);
    let compute_and_send = |bytes: usize| {
        drop(op::exp(&x).unwrap());
        send(bytes);
    };
    assert_eq!(waits(&|| send(STAGED + 1)), 0);
    assert_eq!(waits(&|| compute_and_send(STAGED)), 0);
    let twice = || {
        compute_and_send(STAGED + 1);
        send(STAGED + 1);
    };
    assert_eq!(waits(&twice), 1);
    let nested = || {
        counted(|| op::exp(&x).unwrap());
        counted(|| send(STAGED + 1));
        drop(op::download::<f32>(&x).unwrap());
        send(STAGED + 1);
    };
    assert_eq!(waits(&nested), 2);
}

#[test]
fn a_layout_that_a_device_refuses_fails_while_counting_only() {
    let x = ramp(&[4, 6]);
    let part = x.narrow(1, 0, 4).unwrap();
    assert!(multiplies(x.layout(), x.t().unwrap().layout()));
    assert!(!multiplies(part.layout(), x.narrow(0, 0, 4).unwrap().layout()));
    let refused = counted(|| op::matmul(&part, &x).unwrap_err()).0.to_string();
    assert!(refused.starts_with("no device takes a product of matrices of these layouts: "), "{refused}");
    assert!(op::matmul(&part, &x).is_ok());
    assert!(counted(|| op::softmax(&part)).0.is_err());
}

/// The sources of the paths that devices take.
const SOURCES: [(&str, &str); 17] = [
    ("matrix", include_str!("../matrix.rs")),
    ("head", include_str!("../head.rs")),
    ("on_device", include_str!("../head/on_device.rs")),
    ("attention", include_str!("../decoder/attention.rs")),
    ("layers", include_str!("../decoder/layers.rs")),
    ("masks", include_str!("../decoder/masks.rs")),
    ("model", include_str!("../decoder/model.rs")),
    ("norm_layer", include_str!("../decoder/norm_layer.rs")),
    ("rotary", include_str!("../decoder/rotary.rs")),
    ("head on CUDA", include_str!("../head/on_cuda.rs")),
    ("attention on CUDA", include_str!("../decoder/attention/on_cuda.rs")),
    ("attention kernel", include_str!("../cuda/attention.rs")),
    ("gate kernel", include_str!("../cuda/gate.rs")),
    ("launch", include_str!("../cuda/launch.rs")),
    ("log-sum-exp kernel", include_str!("../cuda/log_sum_exp.rs")),
    ("product with f32 results", include_str!("../cuda/product.rs")),
    ("rotary kernel", include_str!("../cuda/rotary.rs")),
];

/// Calls that have a device do something.
const CALLS: &str = "candle_nn Tensor::new( Tensor::from_ Tensor::cat( Tensor::stack( Tensor::arange Tensor::zeros( \
    Tensor::ones( Tensor::full( .to_dtype( .to_device( .contiguous( .reshape( .flatten .matmul( .broadcast_ \
    .index_select( .gather( .index_add( .where_cond( .affine( .powf( .to_vec0 .to_vec1 .to_vec2 .to_vec3 .to_scalar \
    .sum_keepdim( .max_keepdim( .min_keepdim( .mean_keepdim( .mean( .sum_all( .max_all( .exp()? .log()? .sqr()? \
    .sqrt()? .tanh()? .silu()? .gelu()? .gelu_erf()? .relu()? .neg()? .recip()? .add( .sub( .mul( .div( .copy()? \
    .synchronize( .clamp( .maximum( .minimum( .argmax( .log_sum_exp( .repeat(";

/// What such sources call past the facade.
fn calls_past_the_tally(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let called = CALLS.split_whitespace().filter(|call| text.contains(call)).map(str::to_owned);
    called.chain(arithmetic(&text)).collect()
}

/// Groups in parentheses that compute and are asked whether they failed, as only tensors are: `(a + b)?`.
fn arithmetic(text: &str) -> Vec<String> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '(' => open.push(at),
            ')' => {
                let start = open.pop().unwrap();
                let group = &text[start..=at];
                let is_call = text[..start].ends_with(|c: char| c.is_alphanumeric() || "_>!".contains(c));
                let computes = [" + ", " - ", " * ", " / "].iter().any(|sign| group.contains(sign));
                if !is_call && computes && text[at + 1..].starts_with('?') {
                    found.push(group.to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_paths_of_devices_call_nothing_past_the_tally() {
    for (name, source) in SOURCES {
        assert_eq!(calls_past_the_tally(source), [""; 0], "{name}");
    }
}

#[test]
fn calls_past_the_tally_are_seen() {
    for (source, seen) in [
        ("let y = (x.narrow(0, 1, 2)? * 2.0)?;", vec!["(x.narrow(0, 1, 2)? * 2.0)"]),
        ("Ok((base + op::matmul(x, w)?)?)", vec!["(base + op::matmul(x, w)?)"]),
        ("x.matmul(&y)?", vec![".matmul("]),
        ("let n = x.narrow(0, a + b, c)?; (a * b) as u32", vec![]),
        ("// x.matmul(&y)\n#[cfg(test)]\nx.matmul(&y)", vec![]),
    ] {
        assert_eq!(calls_past_the_tally(source), seen, "{source}");
    }
}
