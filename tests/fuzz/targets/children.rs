//! What a child that measures models is told on stdin.

use std::io::BufRead;
use std::path::Path;

use weighhouse::measure::{read_order, read_place};

use crate::case::Case;
use crate::harness::Target;

pub const ORDERS: Target = Target {
    name: "orders",
    run: orders,
    dictionary: &[
        "device",
        "dtype",
        "kernels",
        "store",
        "batch_tokens",
        "label",
        "folder",
        "identity",
        "engine_version",
        "content_hash",
        "device_kind",
        "compute_dtype",
        "weight_dtype",
        "tokenizer_rules",
        "samples",
        "ids",
        "prompt_len",
        "null",
        "4294967296",
    ],
    also: Vec::new,
    inputs: 3000,
};

/// Reads the place and all orders, and reads back what was set aside of these.
fn orders(case: &Case, _: &Path) -> String {
    let mut lines = case.bytes().lines();
    if let Err(error) = read_place(&mut lines) {
        return error.to_string();
    }
    let (mut orders, mut samples) = (0, 0);
    loop {
        match read_order(&mut lines) {
            Ok(None) => return format!("{orders} orders, {} samples", if samples == 0 { "no" } else { "some" }),
            Err(error) => return format!("{orders} orders, {error}"),
            Ok(Some(order)) => {
                for outline in order.conversations.outlines().iter().flatten() {
                    let ids = order.conversations.ids(outline).unwrap();
                    assert!(outline.scored() <= ids.len() && ids.len() == outline.length as usize, "{outline:?}");
                    assert!(outline.scored() == 0 || outline.prompt_len as usize <= ids.len(), "{outline:?}");
                    samples += 1;
                }
                orders += 1;
            }
        }
    }
}
