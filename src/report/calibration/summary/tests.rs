//! The sentences of every special case, word by word, and the three formats.

use serde_json::Value;

use super::sentences::Topic;
use super::*;
use crate::judge::calibration::{CalibrationSpec, Role, ThresholdKind, Unit, attacked};
use crate::report::calibration::testing;
use crate::report::calibration::words;
use crate::report::calibration::{CalibrationFindings, tables};

/// The sentences of one topic.
fn said(findings: &CalibrationFindings, topic: Topic) -> Vec<String> {
    sentences(findings).into_iter().filter(|one| one.topic == topic).map(|one| one.text).collect()
}

fn gated(requests: usize, alike: usize, unit: Unit) -> CalibrationFindings {
    let spec = CalibrationSpec { gate: Some((0.05, unit)), ..testing::spec(Some(0.95)) };
    testing::judged(testing::independent(requests, alike), vec![], &spec)
}

#[test]
fn rates_state_unit_interval_and_sample_size() {
    let said = said(&testing::findings(1000, 43, Some(0.95)), Topic::Rates);
    assert_eq!(
        said,
        [
            "At threshold 0.95 (given), 43 of 1000 minibatches of 4 responses are flagged: 4.30 % (95 % interval \
             3.1–5.7 %, exact).",
            "At threshold 0.95 (given), 172 of 4000 responses in minibatches of 4 are flagged: 4.30 % (95 % interval \
             3.2–5.5 %, resampling 1000 requests).",
            "At threshold 0.95 (given), 258 of 6000 pairs in minibatches of 4 are flagged: 4.30 % (95 % interval \
             3.2–5.5 %, resampling 1000 requests).",
        ]
    );
}

#[test]
fn few_flags_are_called_weak() {
    let said = said(&testing::findings(1000, 7, Some(0.95)), Topic::Rates);
    assert!(said[0].ends_with("0.700 % (95 % interval 0.28–1.4 %, exact). Fewer than 30 flags make a weak estimate."));
    assert!(
        said[1].contains("28 of 4000 responses in minibatches of 4") && said[1].contains("weak estimate"),
        "{said:?}"
    );
    assert!(said[2].contains("42 of 6000 pairs") && !said[2].contains("weak"), "{said:?}");
}

#[test]
fn no_flag_gives_the_exact_bound_on_requests() {
    let at = |confidence: f64| {
        let mut spec = testing::spec(Some(0.95));
        spec.bootstrap.confidence = confidence;
        said(&testing::judged(testing::independent(1000, 0), vec![], &spec), Topic::Rates).remove(1)
    };
    assert_eq!(
        at(0.95),
        concat!(
            "At threshold 0.95 (given), none of 4000 responses in minibatches of 4 is flagged: the rate is at most ",
            "0.299 % with 95 % confidence (exact, 1000 requests; rule of three: 0.300 %)."
        )
    );
    assert!(at(0.99).ends_with("the rate is at most 0.459 % with 99 % confidence (exact, 1000 requests)."));
}

#[test]
fn few_flagged_requests_are_counted_whole() {
    let said = said(&testing::findings(1000, 7, Some(0.95)), Topic::Rates);
    assert!(said[1].contains("0.700 % (95 % interval 0.28–1.4 %, from 7 flagged of 1000 requests)"), "{}", said[1]);
}

#[test]
fn minibatches_of_several_sizes_are_told_apart() {
    let mut requests = testing::independent(20, 2);
    requests.extend((20..30).map(|n| testing::request(n, &[Role::Independent; 3], |_| 0.1)));
    requests.extend((30..45).map(|n| testing::request(n, &[Role::Independent; 1], |_| 0.1)));
    let said = said(&testing::judged(requests, vec![], &testing::spec(Some(0.95))), Topic::Rates);
    assert!(said[0].contains("2 of 30 minibatches (20 of 4 responses, 10 of 3) are flagged"), "{}", said[0]);
    assert!(said[1].contains("8 of 110 responses (in 20 minibatches of 4, 10 of 3) are flagged"), "{}", said[1]);
}

#[test]
fn a_given_threshold_is_shown_as_it_was_typed() {
    let said = said(&testing::findings(10, 0, Some(0.999_99)), Topic::Rates);
    assert!(said[0].starts_with("At threshold 0.99999 (given), "), "{}", said[0]);
}

#[test]
fn a_threshold_that_flags_nothing_is_explained() {
    let mut requests = testing::independent(600, 0);
    requests
        .iter_mut()
        .step_by(20)
        .for_each(|request| *request = testing::request(0, &[Role::Independent; 4], |_| 1.0));
    let spec = CalibrationSpec { target_fpr: 0.02, ..testing::spec(None) };
    let findings = testing::judged(requests, vec![], &spec);
    let guaranteed = findings.calibration.thresholds.last().unwrap();
    let (ties, allowed) = (guaranteed.ties.unwrap(), guaranteed.allowed.unwrap());
    assert_eq!(
        said(&findings, Topic::Guarantee),
        [format!(
            "Only threshold 1 is guaranteed with 95 % confidence to flag at most 2 % of minibatches of 4 responses, \
             which flags nothing, not even exact copies: it was chosen on 600 requests, {ties} of them with equal \
             answers (penalty 1), and only {allowed} may be flagged; the preset 0.95 is used instead."
        )]
    );
    let empirical = said(&findings, Topic::Optimism);
    assert!(
        empirical[0].starts_with(
            "The empirical threshold for 2 % of minibatches of 4 responses is 1, which flags nothing, not even exact \
             copies: "
        ),
        "{empirical:?}"
    );
    assert!(table(&findings).contains(&format!("flags nothing: {ties} are as alike as equal answers")));
    let kinds = findings.calibration.thresholds.iter().filter(|row| row.in_use).map(|row| row.kind);
    assert_eq!(kinds.collect::<Vec<_>>(), [ThresholdKind::Given]);
}

#[test]
fn a_guaranteed_threshold_is_chosen_on_all_requests_and_estimates_nothing_there() {
    let findings = testing::findings(1000, 5, None);
    assert_eq!(
        said(&findings, Topic::Rates)[0],
        concat!(
            "At threshold 0.9926 (guaranteed), none of 1000 minibatches of 4 responses is flagged, ",
            "in the very requests that it was chosen on, so this is no estimate for others: 0 %."
        )
    );
    assert_eq!(
        said(&findings, Topic::Guarantee),
        [concat!(
            "With 95 % confidence at most 1 % of minibatches of 4 responses are flagged at threshold 0.9926, ",
            "chosen on 1000 requests, of which 4 may exceed it."
        )]
    );
}

#[test]
fn a_threshold_that_a_gate_judges_is_reported_on_the_requests_that_did_not_choose_it() {
    let spec = CalibrationSpec { gate: Some((0.05, Unit::Minibatch)), ..testing::spec(None) };
    let findings = testing::judged(testing::independent(1000, 5), vec![], &spec);
    let rates = said(&findings, Topic::Rates);
    let begin = concat!(
        "At threshold 0.9926 (guaranteed), none of 500 minibatches of 4 responses is flagged ",
        "among the 500 requests that it was not chosen on: the rate is at most 0.597 %"
    );
    assert!(rates[0].starts_with(begin), "{rates:?}");
    assert!(said(&findings, Topic::Guarantee)[0].ends_with("chosen on 500 requests, of which 1 may exceed it."));
}

#[test]
fn too_little_data_is_an_answer() {
    let findings = testing::findings(240, 0, None);
    assert_eq!(
        said(&findings, Topic::Guarantee),
        [concat!(
            "Not enough data for a threshold that with 95 % confidence flags at most 1 % of minibatches of 4 ",
            "responses: needs 299 requests to choose on, has 240."
        )]
    );
    assert!(said(&findings, Topic::Rates)[0].starts_with("At threshold 0.95 (preset), "));
}

#[test]
fn the_optimism_gap_compares_both_parts() {
    let findings = testing::findings(1000, 0, Some(0.95));
    let said = said(&findings, Topic::Optimism);
    assert_eq!(said.len(), 3);
    let row = |part| {
        let row = findings.calibration.thresholds.iter().find(|row| row.unit == Some(Unit::Response)).unwrap();
        let class = crate::judge::calibration::Class::Independent;
        findings.rate_at(row.threshold.unwrap(), Unit::Response, class, part).unwrap().counts
    };
    let (chosen, other) =
        (row(crate::judge::calibration::Part::Choosing), row(crate::judge::calibration::Part::Reporting));
    assert_eq!((chosen.events(), chosen.trials(), other.trials()), (20, 2000, 2000));
    let gap = 100.0 * (other.rate().unwrap() - 0.01);
    let begin = "The empirical threshold for 1 % of responses in minibatches of 4 is 0.84";
    assert!(said[1].starts_with(begin), "{}", said[1]);
    assert!(said[1].contains("1.00 % of 2000 are flagged among the 500 requests that it was chosen on, "));
    assert!(said[1].ends_with(&format!("an optimism gap of {gap:+.2} percentage points.")), "{}", said[1]);
}

#[test]
fn without_another_part_there_is_no_gap() {
    let spec = CalibrationSpec { split: 1.0, ..testing::spec(Some(0.95)) };
    let findings = testing::judged(testing::independent(20, 0), vec![], &spec);
    let said = said(&findings, Topic::Optimism);
    assert!(said[0].ends_with("that it was chosen on; there are no others to test it on."), "{said:?}");
}

#[test]
fn labels_are_told_from_their_absence() {
    assert_eq!(
        said(&testing::findings(10, 0, None), Topic::Labels),
        [concat!(
            "No response is marked as a copy; all 40 are taken as independent, ",
            "and copies among them would count as false positives."
        )]
    );
    assert_eq!(
        said(&testing::labelled(), Topic::Labels),
        [concat!(
            "80 of 1760 responses are marked as copies; ",
            "neither they nor the 40 that they copy count as false positives."
        )]
    );
    assert!(
        said(&testing::labelled(), Topic::Rates)[1]
            .contains("of 1639 independent responses in minibatches of 4 are flagged")
    );
}

#[test]
fn labels_without_anything_to_detect_are_labels() {
    let request = |_| testing::request(0, &[Role::Apart, Role::Independent, Role::Independent], |_| 0.1);
    let findings = testing::judged((0..20).map(request).collect(), vec![], &testing::spec(Some(0.95)));
    assert_eq!(
        said(&findings, Topic::Labels),
        ["20 of 60 responses are marked as copies; they do not count as false positives."]
    );
    assert!(said(&findings, Topic::Rates)[1].contains("none of 40 independent responses"));
}

#[test]
fn intervals_are_said_to_hold_for_those_who_answered() {
    let found = testing::findings(400, 12, Some(0.95));
    let by_uid = found.calibration.responders.unwrap().by_uid.unwrap();
    assert_eq!(
        said(&found, Topic::Responders),
        [format!(
            "All intervals hold for the 4 responders of these pairs: without any one of them, {} to {} % of pairs are \
             flagged at threshold 0.95. By the jackknife the standard error of 3.00 % is {:.2} points over responders, \
             and 0.85 over requests.",
            words::measured(by_uid.lowest),
            words::measured(by_uid.highest),
            100.0 * by_uid.error,
        )]
    );
    let none = said(&testing::findings(400, 0, Some(0.95)), Topic::Responders);
    assert_eq!(none, ["All intervals hold for the 4 responders of these pairs; others may be more alike."]);
}

#[test]
fn the_gate_says_what_it_knows() {
    let verdict = |requests, alike, unit| said(&gated(requests, alike, unit), Topic::Gate).remove(0);
    assert_eq!(
        verdict(400, 4, Unit::Minibatch),
        "Gate passed: with 95 % confidence at most 2.27 % of minibatches of 4 responses are flagged at threshold 0.95; \
         the limit is 5 %."
    );
    assert_eq!(
        verdict(400, 19, Unit::Response),
        "Gate inconclusive: with 95 % confidence at most 7.08 % of responses in minibatches of 4 are flagged at \
         threshold 0.95; neither at most the limit of 5 % nor above it is shown. A true rate of half the limit passes \
         with 80 % probability on about 406 requests; there are 400."
    );
    assert_eq!(
        verdict(50, 50, Unit::Response),
        "Gate failed: with 95 % confidence at least 94.2 % of responses in minibatches of 4 are flagged at threshold \
         0.95, and the limit is 5 %."
    );
    assert_eq!(
        verdict(50, 0, Unit::Response),
        "Gate inconclusive: with 95 % confidence at most 5.82 % of responses in minibatches of 4 are flagged at \
         threshold 0.95; neither at most the limit of 5 % nor above it is shown. A true rate of half the limit passes \
         with 80 % probability on about 406 requests; there are 50."
    );
    assert!(verdict(0, 0, Unit::Pair).starts_with("Gate inconclusive: nothing is known of the share of pairs"));
    assert!(said(&testing::findings(9, 0, None), Topic::Gate).is_empty());
}

#[test]
fn every_case_has_whole_sentences_and_no_steering() {
    for (case, findings) in testing::cases() {
        for sentence in sentences(&findings) {
            let text = &sentence.text;
            assert!(text.ends_with('.') && !text.contains("NaN") && !text.contains("inf "), "{case}: {text}");
        }
        assert!(said(&findings, Topic::Rates).len() == 3 && said(&findings, Topic::Labels).len() == 1, "{case}");
    }
    let hostile = attacked("\u{1b}[2Jx|y", None, &[1.0]);
    let findings = testing::judged(testing::independent(9, 1), vec![hostile], &testing::spec(None));
    assert!(!table(&findings).contains('\u{1b}') && !markdown(&findings).contains('\u{1b}'));
    assert!(markdown(&findings).contains("x\\|y"));
}

#[test]
fn the_terminal_shows_sentences_before_tables() {
    let text = table(&testing::labelled());
    let places = [
        "At threshold",
        "80 of 1760",
        "Rates at threshold 0.95 (given), 95 % intervals\n",
        "Thresholds\n",
        "Copies found",
    ];
    let places = places.map(|part| text.find(part).unwrap_or_else(|| panic!("{part} in {text}")));
    assert!(places.is_sorted(), "{text}");
    assert!(!table(&testing::findings(9, 1, None)).contains("Copies found at"), "nothing to tabulate");
    assert!(text.contains("not enough data: needs 598") && text.lines().all(|line| line == line.trim_end()));
}

#[test]
fn zero_flags_have_the_interval_of_requests_in_the_table_too() {
    let text = table(&testing::findings(1000, 0, Some(0.95)));
    let row = text.lines().find(|line| line.starts_with("response") && line.contains(" all ")).unwrap();
    assert!(row.contains("0–0.37 %"), "3.7 in 1000 requests, not in 4000 responses: {row}");
}

#[test]
fn json_has_every_number_in_full_and_null_for_the_unknown() {
    let findings = testing::labelled();
    let text = json(&findings).unwrap();
    let values: Value = serde_json::from_str(&text).unwrap();
    let found = &findings.calibration;
    assert_eq!((values["threshold"].as_f64(), values["threshold_from"].as_str()), (Some(0.95), Some("given")));
    assert_eq!((values["requests"].as_u64(), values["responses"].as_u64()), (Some(440), Some(1760)));
    assert_eq!(values["rates"].as_array().unwrap().len(), found.rates.len());
    assert_eq!(values["rates"][0]["rate"].as_f64(), found.rates[0].counts.rate());
    assert_eq!(values["rates"][0]["bca_high"].as_f64(), found.rates[0].clustered.bca.map(|ends| ends.high));
    assert_eq!(values["attacks"][0]["attack"], "recorded");
    assert!(text.contains(&format!("\"auc\": {},", found.separations[0].auc.value)));
    assert!(values["attacks"][0]["strength"].is_null() && values["gate"].is_null());
    assert!(values["thresholds"][0]["unit"].is_null() && values["thresholds"][4]["needs"] == 598);
    assert_eq!(values["sentences"][0]["topic"], "rates");
    assert_eq!(values["recorded_sizes"][0]["requests"], 440);
    assert_eq!(values["strata"].as_array().unwrap().len(), tables::stratum_rows(found).len());
    let gated: Value = serde_json::from_str(&json(&gated(400, 4, Unit::Response)).unwrap()).unwrap();
    assert_eq!((gated["gate"]["verdict"].as_str(), gated["gate"]["flags"].as_u64()), (Some("passed"), Some(16)));
}

#[test]
fn unrewarded_responses_are_counted_nowhere() {
    let mut request = testing::request(0, &[Role::Independent; 4], |_| 0.99);
    request.responses.iter_mut().for_each(|response| response.rewarded = false);
    let findings = testing::judged(vec![request], vec![], &testing::spec(Some(0.95)));
    let said = said(&findings, Topic::Rates);
    assert_eq!(said[1], "There is no independent response, and so no false-positive rate of responses.");
}
