//! Clones held against the field's vectors. For tests only.

use super::*;
use crate::judge::wins::fixtures::{rules, rules_of};
use crate::judge::wins::sweep::fixtures::{case_a, round};

fn found(rules: &Rules, round: Round, spec: CloneSpec<'_>) -> Vec<Cloned> {
    cloned(rules, &[1, 2, 3], &[round], spec).expect("clones")
}

/// The field's cases "copy" and "same block copy".
#[test]
fn a_clone_beside_its_original_alone() {
    let spec = CloneSpec { of: None, clones: &[1], blocks: &[200, 100] };
    let rows = found(&rules(), round(&[(100, &[1.0, 2.0, 0.5])]), spec);
    let close = |value: f64, expected: f64| (value / expected - 1.0).abs() < 1e-5;
    assert_eq!(
        rows.iter().map(|row| (row.block, row.clones)).collect::<Vec<_>>(),
        [(Some(200), 0), (Some(200), 1), (Some(100), 0), (Some(100), 1)]
    );
    assert_eq!((rows[0].win_rate, rows[0].weight, rows[0].clone_win_rate, rows[0].other), (0.0, 1.0, None, None));
    assert_eq!((rows[1].win_rate, rows[1].clone_win_rate, rows[1].winner), (1.0, Some(0.0), Winner::Submission(0)));
    assert!(close(rows[1].weight, 0.9999963) && close(rows[1].clones_weight, 3.726639e-6), "{rows:?}");
    assert_eq!((rows[3].win_rate, rows[3].clone_win_rate, rows[3].weight), (0.0, Some(0.0), 0.5));
    assert_eq!(rows[3].together, 1.0);
}

#[test]
fn clones_of_the_leader_raise_its_win_rate() {
    let rows = found(&rules(), case_a(), CloneSpec { of: None, clones: &[1, 2, 5, 10, 20], blocks: &[] });
    assert_eq!(rows.len(), 2 * (1 + 5));
    assert_eq!((rows[0].original, rows[0].block, rows[6].block), (1, Some(201), Some(1000)));
    for rows in rows.chunks(1 + 5) {
        assert_eq!((rows[0].win_rate, rows[0].clones_weight), (0.5, 0.0));
        assert!(rows.windows(2).all(|pair| pair[0].win_rate < pair[1].win_rate), "{rows:?}");
        assert!(rows.iter().all(|row| row.winner == Winner::Submission(1) && row.together <= 1.0 + 1e-6));
    }
}

#[test]
fn a_block_that_is_given_twice_is_judged_once() {
    let rows = found(&rules(), case_a(), CloneSpec { of: None, clones: &[1], blocks: &[300, 900, 300] });
    let blocks: Vec<Option<u64>> = rows.iter().map(|row| row.block).collect();
    assert_eq!(blocks, [Some(300), Some(300), Some(900), Some(900)]);
}

#[test]
fn anybody_can_be_cloned_and_a_winner_that_takes_all_is_found() {
    let spec = CloneSpec { of: Some(0), clones: &[3], blocks: &[50] };
    let rows = found(&rules_of("finetuning-successor"), case_a(), spec);
    assert_eq!((rows[1].original, rows[1].clone_win_rate > Some(rows[1].win_rate)), (0, true));
    let other = rows[1].other.expect("two others");
    assert!((rows[1].together + other.weight - 1.0).abs() < 1e-9, "{rows:?}");
}

#[test]
fn who_cannot_be_cloned_is_refused() {
    let mut round = case_a();
    round.entrants[2].losses = None;
    let refused = |of: usize| {
        let spec = CloneSpec { of: Some(of), clones: &[1], blocks: &[] };
        cloned(&rules(), &[7, 8, 9, 10], &[round.clone()], spec).expect_err("refused")
    };
    assert_eq!((refused(3), refused(2)), (SweepError::Absent(10), SweepError::Skipped(9)));
}
