use candle_core::{D, DType, Device, Tensor};

use super::operators as op;
use super::{Traffic, counted, multiplies};

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
    assert_eq!(launches_and_layouts(|| drop(op::cat(&[x.clone()], 0).unwrap())), (0, 0));
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
    let inner = || counted(|| op::download(&op::upload(vec![1f32, 2.0], 2, &Device::Cpu).unwrap()).unwrap()).1;
    let once = Traffic { uploads: 1, bytes: 8, waits: 1, ..Traffic::default() };
    let (found, all) = counted(|| (inner(), inner()));
    assert_eq!(found, (once, once));
    assert_eq!(all, once + once);
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
