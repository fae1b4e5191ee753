//! Requests: the responses to each, recorded one after another. Rows of a request stand together, and a request is
//! handed on as soon as the next one begins, so memory does not grow with the texts. Uids are unique in a request.

use std::collections::HashSet;

use super::copying::{CopyingFault, copying_fault};
use super::error::RecordError;
use super::place::Place;
use super::reader::read_rows;
use super::reading::Reading;
use super::responses::{COLUMNS, COPY_OF, LOOP, PROBLEM, REQUEST_ID, Response, SOURCE, UID, response};
use super::row::Row;
use super::source::Source;
use super::text::digest;

/// Most responses of a request: a network has 256 uids, and the pairs of a request grow with the square.
pub const MOST_RESPONSES: usize = 1024;

/// All responses to one request, at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its id, unique in the recording.
    pub id: String,
    /// In the order of the recording.
    pub responses: Vec<Response>,
}

/// What is asked of a recording beside its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// A uid answers a request once, since answers are compared with each other.
    Minibatches,
    /// The requests of a loop stand together; a validator may have asked a uid twice.
    Loops,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// SHA-256 of the input's bytes, lower-case hex.
    pub sha256: String,
    /// Number of rows.
    pub rows: u64,
    /// Rows that were left out because they are bad.
    pub skipped: u64,
}

impl Request {
    /// Where its problem is from, if any row says so.
    pub fn source(&self) -> Option<&str> {
        self.responses.iter().find_map(|response| response.source.as_deref())
    }

    /// The loop of the validator that it belongs to.
    pub fn round(&self) -> Option<u64> {
        self.responses.first().and_then(|response| response.grounds.round)
    }

    /// The first time that is recorded of it, in seconds since 1970.
    pub fn recorded_at(&self) -> Option<f64> {
        self.responses.iter().filter_map(|response| response.recorded_at).min_by(f64::total_cmp)
    }
}

/// Reads and checks all responses of `source` and hands over one request after another.
///
/// # Errors
/// Everything a [`RecordError`] can tell, among it a uid given twice in a request, a `copy_of` that names no other
/// response of the request, responses that copy each other in a circle, a text above [`LONGEST_TEXT`](super::responses::LONGEST_TEXT), a request whose
/// rows do not stand together or are more than [`MOST_RESPONSES`], what `order` asks for, and an input without a row; bad
/// rows are none where `reading` says to skip them. An error of `each` ends the reading.
pub fn read_requests(
    source: &Source,
    order: Order,
    reading: &Reading<'_>,
    each: impl FnMut(Request) -> Result<(), RecordError>,
) -> Result<Recording, RecordError> {
    let mut grouping = Grouping {
        order,
        reading,
        open: None,
        place: None,
        closed: HashSet::new(),
        rounds: HashSet::new(),
        rows: 0,
        each,
    };
    let sha256 = read_rows(source, COLUMNS, reading, |row| grouping.add(row))?;
    grouping.close()?;
    match grouping.rows {
        0 => Err(RecordError::Empty { file: source.to_string(), kind: "response" }),
        rows => Ok(Recording { sha256, rows, skipped: reading.skipped() }),
    }
}

/// Requests on their way: the one being read, and which have been.
struct Grouping<'a, E> {
    order: Order,
    reading: &'a Reading<'a>,
    open: Option<Request>,
    /// Where the newest row stands.
    place: Option<Place>,
    /// The first half of the SHA-256 of each closed request's id.
    closed: HashSet<[u8; 16]>,
    /// The loops that have begun, the open request's among them.
    rounds: HashSet<Option<u64>>,
    rows: u64,
    each: E,
}

impl<E: FnMut(Request) -> Result<(), RecordError>> Grouping<'_, E> {
    fn add(&mut self, row: &Row<'_>) -> Result<(), RecordError> {
        let id = row.get(&REQUEST_ID)?;
        let response = self.response(row)?;
        if self.closed.contains(&digest(&id)) {
            return Err(RecordError::Scattered { place: row.place().clone(), request: id });
        }
        self.check_loop(row, &id, &response)?;
        if self.open.as_ref().is_some_and(|request| request.id != id) {
            self.close()?;
        }
        let request = self.open.get_or_insert_with(|| Request { id, responses: Vec::new() });
        let twice = request.responses.iter().find(|other| other.uid == response.uid);
        if let Some(first) = twice.filter(|_| self.order == Order::Minibatches) {
            return Err(row.duplicate(&UID, &response.uid, first.line));
        }
        if request.responses.first().is_some_and(|first| first.problem != response.problem) {
            let problem = response.problem.as_deref().unwrap_or("null");
            return Err(row.bad_value(&PROBLEM, &problem));
        }
        let sources = request.source().zip(response.source.as_deref());
        if let Some((_, source)) = sources.filter(|(known, source)| known != source) {
            return Err(row.bad_value(&SOURCE, &source));
        }
        if request.responses.len() == MOST_RESPONSES {
            let (place, request) = (row.place().clone(), request.id.clone());
            return Err(RecordError::LargeRequest { place, request, most: MOST_RESPONSES });
        }
        request.responses.push(response);
        self.rows += 1;
        self.place = Some(row.place().clone());
        Ok(())
    }

    /// A request belongs to one loop, and the requests of a loop stand together.
    fn check_loop(&mut self, row: &Row<'_>, id: &str, response: &Response) -> Result<(), RecordError> {
        if self.order == Order::Minibatches {
            return Ok(());
        }
        let round = response.grounds.round;
        let known = self.open.as_ref().map(|request| (request.id == id, request.round()));
        match known {
            Some((_, known)) if known == round => Ok(()),
            Some((true, _)) => Err(row.bad_value(&LOOP, &round.map_or("null".to_owned(), |round| round.to_string()))),
            _ if self.rounds.insert(round) => Ok(()),
            _ => Err(RecordError::ScatteredLoop { place: row.place().clone(), round }),
        }
    }

    /// A copy may stand before its original, so only what can never come right is refused at once.
    fn response(&self, row: &Row<'_>) -> Result<Response, RecordError> {
        let response = response(row, self.reading)?;
        match response.copy_of {
            Some(uid) if uid == response.uid => Err(row.bad_value(&COPY_OF, &uid)),
            _ => Ok(response),
        }
    }

    /// Checks the open request as a whole and hands it over.
    fn close(&mut self) -> Result<(), RecordError> {
        let (Some(mut request), Some(place)) = (self.open.take(), self.place.take()) else { return Ok(()) };
        while let Some((number, fault)) = copying_fault(&request.responses) {
            let (place, id) = (Place { number, ..place.clone() }, request.id.clone());
            self.reading.meet(match fault {
                CopyingFault::NoOriginal(original) => RecordError::NoOriginal { place, request: id, original },
                CopyingFault::Circle(uid) => RecordError::CopyCircle { place, request: id, uid },
            })?;
            request.responses.retain(|response| response.line != number);
            self.rows -= 1;
        }
        self.closed.insert(digest(&request.id));
        if request.responses.is_empty() { Ok(()) } else { (self.each)(request) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::responses::LONGEST_TEXT;
    use super::*;

    fn read(content: &str) -> Result<Vec<Request>, RecordError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.jsonl");
        std::fs::write(&path, content).unwrap();
        let mut requests = Vec::new();
        let recording = read_requests(&Source::from(path), Order::Minibatches, &Reading::strict(), |request| {
            requests.push(request);
            Ok(())
        })?;
        assert_eq!(recording.rows, requests.iter().map(|request| request.responses.len() as u64).sum::<u64>());
        Ok(requests)
    }

    fn row(request: &str, uid: u32, more: &str) -> String {
        format!(r#"{{"request_id": "{request}", "uid": {uid}, "reasoning": "r{uid}"{more}}}"#)
    }

    fn error(rows: &[String]) -> String {
        read(&rows.join("\n")).unwrap_err().to_string().split_once("r.jsonl, ").unwrap().1.to_owned()
    }

    #[test]
    fn requests_are_handed_over_whole_and_in_order() {
        let rows = [row("a", 1, ""), row("a", 2, r#", "copy_of": 1"#), row("b", 1, r#", "rewarded": false"#)];
        let requests = read(&rows.join("\n")).unwrap();
        assert_eq!(requests.iter().map(|request| request.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(requests[0].responses.iter().map(|response| response.uid).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(requests[0].responses[1].copy_of, Some(1));
        let (first, last) = (&requests[0].responses[0], &requests[1].responses[0]);
        assert!(first.rewarded && first.answered() && !last.rewarded);
        assert_eq!((first.penalty, first.correctness, first.recorded_at, first.line), (None, None, None, 1));
    }

    #[test]
    fn an_empty_text_is_a_text_and_a_missing_one_is_not() {
        assert_eq!(read(r#"{"request_id": "a", "uid": 1, "reasoning": ""}"#).unwrap()[0].responses[0].reasoning, "");
        assert!(error(&[r#"{"request_id": "a", "uid": 1}"#.into()]).contains("`reasoning` is missing"));
        assert!(error(&[r#"{"uid": 1, "reasoning": ""}"#.into()]).contains("`request_id` is missing"));
        assert!(error(&[r#"{"request_id": "a", "uid": 1, "reasoning": null}"#.into()]).contains("is null"));
    }

    #[test]
    fn a_text_beyond_measure_is_refused() {
        let row = |length| format!(r#"{{"request_id": "a", "uid": 1, "reasoning": "{}"}}"#, "é".repeat(length));
        assert!(read(&row(LONGEST_TEXT)).is_ok());
        let error = error(&[row(LONGEST_TEXT + 1)]);
        assert!(error.contains("`reasoning` is a text of 50001 characters; give the text"), "{error}");
    }

    #[test]
    fn a_uid_answers_a_request_once() {
        assert!(read(&[row("a", 1, ""), row("b", 1, "")].join("\n")).is_ok());
        let error = error(&[row("a", 1, ""), row("a", 2, ""), row("a", 1, "")]);
        assert_eq!(error, "line 3: column `uid` is 1, as on line 1; give each line its own");
    }

    #[test]
    fn a_copy_has_an_original_in_its_request() {
        let copy = |of| format!(r#", "copy_of": {of}"#);
        assert!(read(&[row("a", 1, &copy(2)), row("a", 2, "")].join("\n")).is_ok(), "it may come later");
        assert!(error(&[row("a", 1, &copy(1))]).starts_with("line 1: column `copy_of` is 1; give the uid of another"));
        let lost = read(&[row("b", 2, ""), row("a", 1, &copy(2))].join("\n")).unwrap_err().to_string();
        assert!(lost.contains("line 2") && lost.contains("copy_of 2"), "{lost}");
    }

    #[test]
    fn copies_in_a_circle_have_no_original() {
        let copy = |of| format!(r#", "copy_of": {of}"#);
        let two = error(&[row("a", 0, &copy(1)), row("a", 1, &copy(0))]);
        assert!(two.starts_with("line 1: request a has uid 0 copy itself through others; give"), "{two}");
        let three = [row("a", 0, &copy(1)), row("a", 1, &copy(2)), row("a", 2, &copy(3)), row("a", 3, &copy(1))];
        assert!(error(&three).starts_with("line 2: request a has uid 1 "), "uid 0 only leads into the circle");
        let chain = [row("a", 0, ""), row("a", 1, &copy(0)), row("a", 2, &copy(1))];
        assert_eq!(read(&chain.join("\n")).unwrap()[0].responses[2].copy_of, Some(1));
    }

    #[test]
    fn a_request_has_one_problem() {
        let of = |problem: &str| format!(r#", "problem": {problem}"#);
        let two = [row("a", 1, &of("\"p\"")), row("a", 2, &of("\"p\"")), row("b", 1, "")];
        let problems: Vec<_> =
            read(&two.join("\n")).unwrap().into_iter().map(|r| r.responses[0].problem.clone()).collect();
        assert_eq!(problems, [Some("p".into()), None]);
        let error = error(&[row("a", 1, &of("\"p\"")), row("a", 2, &of("\"q\""))]);
        assert_eq!(error, "line 2: column `problem` is q; give the same problem in all rows of a request, or null");
    }

    #[test]
    fn a_request_has_one_source_which_any_row_may_name() {
        let of = |source: &str| format!(r#", "source": {source}"#);
        let rows = [row("a", 1, &of("null")), row("a", 2, &of("\"s\"")), row("b", 1, "")];
        let requests = read(&rows.join("\n")).unwrap();
        assert_eq!([requests[0].source(), requests[1].source()], [Some("s"), None]);
        let error = error(&[row("a", 1, &of("\"s\"")), row("a", 2, ""), row("a", 3, &of("\"t\""))]);
        assert!(
            error.starts_with("line 3: column `source` is t; give where the problem is from, the same "),
            "{error}"
        );
    }

    #[test]
    fn the_time_of_a_request_is_its_first_known_one() {
        let at = |time: &str| format!(r#", "recorded_at": {time}"#);
        let rows = [row("a", 1, ""), row("a", 2, &at("1700000009")), row("a", 3, &at("1700000001"))];
        assert_eq!(read(&rows.join("\n")).unwrap()[0].recorded_at(), Some(1_700_000_001.0));
    }

    #[test]
    fn correctness_may_be_a_flag() {
        let of = |correct: &str| row("a", 1, &format!(r#", "correctness": {correct}"#));
        let correctness = |correct| read(&of(correct)).unwrap()[0].responses[0].correctness;
        assert_eq!(["true", "false", "0.5", "null"].map(correctness), [Some(1.0), Some(0.0), Some(0.5), None]);
    }

    #[test]
    fn the_rows_of_a_request_stand_together() {
        let error = error(&[row("a", 1, ""), row("b", 1, ""), row("a", 2, "")]);
        assert!(error.starts_with("line 3: request a ") && error.contains("sort"), "{error}");
        let long = "x".repeat(5000);
        let error = super::tests::error(&[row(&long, 1, ""), row("b", 1, ""), row(&long, 2, "")]);
        assert!(error.len() < 200, "{error}");
        let of = |source: &str| format!(r#", "source": "{source}""#);
        let error = super::tests::error(&[row("a", 1, &of("s")), row("a", 2, &of(&long))]);
        assert!(error.len() < 250, "{error}");
    }

    #[test]
    fn a_request_has_its_bounds() {
        let rows = |count: usize| (0..count as u32).map(|uid| row("a", uid, "")).collect::<Vec<_>>();
        assert!(read(&rows(MOST_RESPONSES).join("\n")).is_ok());
        let error = error(&rows(MOST_RESPONSES + 1));
        assert!(error.starts_with("line 1025: request a has more than 1024 responses"), "{error}");
    }

    #[test]
    fn times_are_numbers_or_texts() {
        let at = |time: &str| {
            let row = row("a", 1, &format!(r#", "recorded_at": {time}"#));
            read(&row).map(|requests| requests[0].responses[0].recorded_at)
        };
        assert_eq!(at("1750000000.5").unwrap(), Some(1_750_000_000.5));
        assert_eq!(at(r#""2000-01-02T00:00:00Z""#).unwrap(), Some(946_771_200.0));
        for bad in [r#""yesterday""#, "86400", r#""1970-01-02T00:00:00Z""#] {
            let expected = format!("line 1: column `recorded_at` is {bad}; give a time from 2000 to 2099");
            assert!(at(bad).unwrap_err().to_string().contains(&expected), "{bad}");
        }
    }

    #[test]
    fn an_integer_is_an_id() {
        let rows = r#"{"request_id": 7, "uid": "1", "reasoning": "", "status": "200", "rewarded": 0}"#;
        let request = &read(rows).unwrap()[0];
        assert_eq!((request.id.as_str(), request.responses[0].uid), ("7", 1));
        assert!(request.responses[0].answered() && !request.responses[0].rewarded);
    }

    #[test]
    fn bad_rows_can_be_left_out_and_copies_of_them_too() {
        let content = [
            row("a", 1, ""),
            "{".to_owned(),
            row("a", 1, ""),
            row("a", 2, r#", "copy_of": 3"#),
            row("a", 3, r#", "status": -1"#),
            row("a", 4, r#", "copy_of": 2"#),
            row("b", 5, r#", "copy_of": 5"#),
            row("b", 6, r#", "copy_of": 9"#),
            row("c", 1, ""),
            row("a", 7, ""),
        ];
        let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
        std::fs::write(file.path(), content.join("\n")).unwrap();
        let (mut kept, source) = (Vec::new(), Source::from(file.path()));
        let options = super::super::ReadOptions { skip_bad_rows: true, ..Default::default() };
        let reading = Reading::new(&options, &crate::reporter::Silent);
        let recording = read_requests(&source, Order::Minibatches, &reading, |request| {
            kept.extend(request.responses.iter().map(|response| (request.id.clone(), response.line)));
            Ok(())
        });
        let recording = recording.unwrap();
        assert_eq!(kept, [("a".to_owned(), 1), ("c".to_owned(), 9)]);
        assert_eq!((recording.rows, recording.skipped), (2, 8));
        assert!(read(&content.join("\n")).is_err(), "without being asked, nothing is left out");
    }
}
