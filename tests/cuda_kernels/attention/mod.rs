//! Attention: every width of a head, shared key heads, windows, caps, prefixes and ragged lengths, in every format.

mod case;

use case::{Case, Piece, shape};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use weighhouse::engine::cuda::shape::KERNEL_WIDTHS;

use crate::harness;
use crate::numbers::{FORMATS, Format, bytes_of_integers};

#[test]
fn the_host_knows_the_shape_of_every_kernel() {
    for width in KERNEL_WIDTHS {
        for format in FORMATS {
            let line = format!("shape {} {width}", format.name());
            let Some(found) = (harness::Case { line, arrays: Vec::new() }).run() else { return };
            let shape = shape(format, width);
            assert_eq!(shape.width, width);
            assert_eq!(found, bytes_of_integers(&[shape.threads as u32, shape.shared_bytes as u32]));
            assert!(shape.shared_bytes <= 99 * 1024, "every GPU that is supported has as much");
        }
    }
}

#[test]
fn every_width_that_has_a_kernel() {
    for width in KERNEL_WIDTHS {
        for format in FORMATS {
            Case::plain(format, width, &[35, 1, 66]).check();
        }
    }
}

#[test]
fn heads_narrower_than_their_kernel() {
    for width in [2, 5, 8, 18, 40, 72, 100, 248] {
        for format in FORMATS {
            Case::plain(format, width, &[20, 70]).check();
        }
    }
}

#[test]
fn lengths_around_every_edge_of_a_tile() {
    for format in FORMATS {
        let lengths = [1, 2, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 200];
        Case { heads: 1, ..Case::plain(format, 64, &lengths) }.check();
    }
}

#[test]
fn one_row() {
    for format in FORMATS {
        Case::plain(format, 128, &[1]).check();
    }
}

#[test]
fn query_heads_that_share_key_heads() {
    for (heads, kv_heads) in [(3, 3), (6, 2), (8, 1), (7, 1), (71, 1)] {
        for format in [Format::Bf16, Format::F32] {
            Case { heads, kv_heads, ..Case::plain(format, 32, &[13, 50]) }.check();
        }
    }
}

#[test]
fn windows() {
    for window in [1, 2, 16, 63, 64, 65, 100, 1000] {
        for format in [Format::Bf16, Format::F32] {
            Case { window, ..Case::plain(format, 32, &[150, 30]) }.check();
        }
    }
}

#[test]
fn soft_caps() {
    for softcap in [0.5, 30.0] {
        for format in FORMATS {
            Case { softcap, window: 20, ..Case::plain(format, 96, &[40, 70]) }.check();
        }
    }
}

#[test]
fn prefixes() {
    let families: [&[Piece]; 3] = [
        &[(64, None), (1, Some(0)), (64, Some(0)), (3, None), (5, Some(3))],
        &[(1, None), (70, Some(0)), (63, Some(0))],
        &[(9, None), (100, None), (20, Some(1)), (30, Some(1)), (2, Some(0))],
    ];
    for pieces in families {
        for (window, format) in [(0, Format::Bf16), (30, Format::Bf16), (0, Format::F32), (70, Format::F32)] {
            Case { pieces: pieces.to_vec(), window, ..Case::plain(format, 64, &[]) }.check();
        }
    }
}

#[test]
fn the_first_key_that_is_hidden_ends_a_block_of_keys() {
    for format in FORMATS {
        for prefix in [30, 31, 62, 63] {
            let pieces = vec![(prefix, None), (5, Some(0))];
            Case { pieces, ..Case::plain(format, 32, &[]) }.check();
        }
        for window in [32, 40, 64, 70] {
            let pieces = vec![(100, None), (2, Some(0))];
            Case { pieces, window, ..Case::plain(format, 32, &[]) }.check();
        }
    }
}

#[test]
fn rows_that_lie_at_any_address() {
    for (gap, offset) in [(8, 0), (3, 0), (0, 1), (5, 7), (16, 8)] {
        for format in FORMATS {
            Case { gap, offset, ..Case::plain(format, 64, &[10, 70]) }.check();
        }
    }
}

#[test]
fn whatever_order_threads_take() {
    for format in FORMATS {
        let case = Case { window: 90, ..Case::plain(format, 64, &[150]) };
        let joined = case.joined();
        let run = |seed: u64| Case { seed, ..case.clone() }.run(&joined);
        let first = run(1);
        for seed in 2..12 {
            assert!(run(seed) == first, "{format:?}: another order of threads gives other bits");
        }
    }
}

#[test]
fn what_is_no_number_stays_in_its_segment() {
    for format in FORMATS {
        let case = Case::plain(format, 32, &[20, 70, 20]);
        let mut joined = case.joined();
        let sound = case.run(&joined);
        let middle = case.range(1);
        joined[middle.start * case.stride()..middle.end * case.stride()].fill(f32::NAN);
        let (Some(sound), Some(broken)) = (sound, case.run(&joined)) else { return };
        let row = sound.len() / case.rows();
        assert_eq!(sound[..middle.start * row], broken[..middle.start * row]);
        assert_eq!(sound[middle.end * row..], broken[middle.end * row..]);
        let broken = format.decode(&broken[middle.start * row..middle.end * row]);
        assert!(broken.iter().all(|value| value.is_nan()), "{format:?}: a fault must not vanish");
    }
}

#[test]
fn random_cases() {
    let mut random = ChaCha8Rng::seed_from_u64(15);
    for seed in 0..60 {
        random_case(&mut random, seed).check();
    }
}

fn random_case(random: &mut ChaCha8Rng, seed: u64) -> Case {
    let mut pieces: Vec<Piece> = Vec::new();
    for _ in 0..random.random_range(1..5) {
        let alone: Vec<usize> = (0..pieces.len()).filter(|&index| pieces[index].1.is_none()).collect();
        let prefix = if random.random_bool(0.5) { alone.choose(random).copied() } else { None };
        pieces.push((random.random_range(1..90), prefix));
    }
    let kv_heads = random.random_range(1..3);
    Case {
        format: *FORMATS.choose(random).expect("there are formats"),
        pieces,
        heads: kv_heads * random.random_range(1..5),
        kv_heads,
        width: random.random_range(1..81),
        window: if random.random_bool(0.5) { random.random_range(1..120) } else { 0 },
        softcap: if random.random_bool(0.3) { random.random_range(0.5..5.0) } else { 0.0 },
        gap: random.random_range(0..2) * 8,
        offset: random.random_range(0..3) * 4,
        seed,
    }
}
