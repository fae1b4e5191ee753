//! Every response that was up for a reward, with what adds up to it. There may be a million, so rows are set aside as
//! they come.

use std::io;

use crate::judge::rewards::{Answer, Parts, Rewarded};
use crate::report::table::{Sheet, Table};
use crate::spool::Spool;

/// Numbers of a row as it is set aside.
const NUMBERS: usize = 13;
/// Its bytes: the numbers, its uid, the place of its request's id, and flags.
const ROW: usize = 8 * NUMBERS + 8 + 4 + 8 + 1;
/// Rows that are read back together.
const TOGETHER: usize = 4096;

/// The responses of a run.
#[derive(Debug, Default)]
pub struct Responses {
    /// Ids of the requests, in their order.
    requests: Vec<Box<str>>,
    rows: Spool,
    count: u64,
}

/// A response of a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ResponseRow {
    /// The loop.
    pub round: u64,
    /// Who answered.
    pub uid: u32,
    /// What was known of the answer.
    pub answer: Answer,
    /// What it earned, if that is known.
    pub rewarded: Option<Rewarded>,
}

/// One of them, as it is written.
#[derive(Clone, Copy)]
struct Written<'a> {
    request: &'a str,
    row: ResponseRow,
}

impl Responses {
    /// Begins the next request.
    pub fn request(&mut self, id: &str) {
        self.requests.push(id.into());
    }

    /// The place of the request that was begun last.
    pub fn place(&self) -> usize {
        self.requests.len().saturating_sub(1)
    }

    /// Takes a response to the request at this place.
    ///
    /// # Errors
    /// It cannot be set aside.
    pub fn take(&mut self, request: usize, row: &ResponseRow) -> io::Result<()> {
        self.rows.append(&encoded(request, row))?;
        self.count += 1;
        Ok(())
    }

    fn iter(&self) -> impl Iterator<Item = io::Result<Written<'_>>> {
        let chunks = (0..self.count).step_by(TOGETHER);
        chunks.flat_map(|first| {
            let count = (self.count - first).min(TOGETHER as u64) as usize;
            match self.rows.read(first * ROW as u64, count * ROW) {
                Ok(bytes) => bytes.chunks_exact(ROW).map(|bytes| Ok(self.decoded(bytes))).collect::<Vec<_>>(),
                Err(error) => vec![Err(error)],
            }
        })
    }

    fn decoded(&self, bytes: &[u8]) -> Written<'_> {
        let mut reader = Reader(bytes);
        let round = u64::from_le_bytes(reader.take());
        let request = u64::from_le_bytes(reader.take()) as usize;
        let uid = u32::from_le_bytes(reader.take());
        let [flags] = reader.take();
        let numbers: [f64; NUMBERS] = std::array::from_fn(|_| f64::from_le_bytes(reader.take()));
        let known = |value: f64| (!value.is_nan()).then_some(value);
        let [similarity, correctness, process_time, timeout, penalty, epoch_volume, rest @ ..] = numbers;
        let answer = Answer {
            miner: 0,
            problem: 0,
            is_answered: flags & 1 != 0,
            similarity: known(similarity),
            correctness: known(correctness),
            process_time: known(process_time),
            timeout: known(timeout),
            penalty: known(penalty),
            epoch_volume: known(epoch_volume),
        };
        let [reward, similarity, correctness, time, rescale, penalty, volume] = rest;
        let rewarded = known(reward).map(|reward| Rewarded {
            reward,
            is_flagged: flags & 2 != 0,
            parts: Parts { similarity, correctness, time, rescale, penalty, volume },
        });
        Written { request: &self.requests[request], row: ResponseRow { round, uid, answer, rewarded } }
    }

    /// As the file `responses.parquet`.
    pub(super) fn sheet(&self) -> Sheet<'_> {
        let parts = |name: &'static str, about: &'static str, read: fn(&Parts) -> f64| (name, about, read);
        let table = Table::new("What every response earned, and why. One row per response that was up for a reward.")
            .column("loop", "loop of the validator", |one: Written<'_>| one.row.round)
            .column("request_id", "id of the request", |one| one.request)
            .column("uid", "who answered", |one| one.row.uid)
            .column("answered", "whether an answer came; a failed one earns 0", |one| one.row.answer.is_answered)
            .column("similarity", "cosine to the reference; null where it is not known", |one| {
                one.row.answer.similarity
            })
            .column("correctness", "from -1 to 1; null where it is not known", |one| one.row.answer.correctness)
            .column("process_time", "seconds that it took; null where it is not known", |one| {
                one.row.answer.process_time
            })
            .column("penalty", "from 0 to 1; null where it is not known", |one| one.row.answer.penalty)
            .column(
                "flagged",
                "whether the penalty was above the threshold; null where the reward is not known",
                |one| one.row.rewarded.map(|rewarded| rewarded.is_flagged),
            )
            .column("reward", "the reward; null where something that it rests on is not known", |one| {
                one.row.rewarded.map(|rewarded| rewarded.reward)
            });
        let all = [
            parts("from_similarity", "what the similarity adds to the reward", |parts| parts.similarity),
            parts("from_correctness", "what the correctness adds to it", |parts| parts.correctness),
            parts("from_time", "what the time adds to it; 0 or negative", |parts| parts.time),
            parts("from_rescale", "what the rescales add to it", |parts| parts.rescale),
            parts("from_penalty", "what the penalty adds to it; 0 or negative", |parts| parts.penalty),
            parts("from_volume", "what the volume adds to it; 0 or negative", |parts| parts.volume),
        ];
        let table = all.into_iter().fold(table, |table, (name, about, read)| {
            table.column(name, about, move |one: Written<'_>| one.row.rewarded.map(|rewarded| read(&rewarded.parts)))
        });
        table.sheet_of("responses", self.iter())
    }
}

fn encoded(request: usize, row: &ResponseRow) -> Vec<u8> {
    let Answer { similarity, correctness, process_time, timeout, penalty, epoch_volume, .. } = row.answer;
    let known = [similarity, correctness, process_time, timeout, penalty, epoch_volume];
    let parts = row.rewarded.map(|rewarded| rewarded.parts).unwrap_or_default();
    let reward = row.rewarded.map_or(f64::NAN, |rewarded| rewarded.reward);
    let Parts { similarity, correctness, time, rescale, penalty, volume } = parts;
    let numbers = known.map(|known| known.unwrap_or(f64::NAN)).into_iter();
    let numbers = numbers.chain([reward, similarity, correctness, time, rescale, penalty, volume]);
    let is_flagged = row.rewarded.is_some_and(|rewarded| rewarded.is_flagged);
    let flags = u8::from(row.answer.is_answered) | u8::from(is_flagged) << 1;
    let mut bytes = Vec::with_capacity(ROW);
    bytes.extend(row.round.to_le_bytes());
    bytes.extend((request as u64).to_le_bytes());
    bytes.extend(row.uid.to_le_bytes());
    bytes.push(flags);
    numbers.for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

/// What is left of a row.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let (front, rest) = self.0.split_at(N);
        self.0 = rest;
        let mut bytes = [0; N];
        bytes.copy_from_slice(front);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_they_were() {
        let mut responses = Responses::default();
        let answer =
            Answer { similarity: Some(-0.5), penalty: Some(0.96), epoch_volume: Some(-3.0), ..Answer::default() };
        let parts =
            Parts { similarity: 0.1, correctness: -0.2, time: -0.3, rescale: 0.75, penalty: -0.4, volume: -0.5 };
        let rewarded = Rewarded { reward: 0.25, is_flagged: true, parts };
        let rows: Vec<ResponseRow> = (0..10_000)
            .map(|number| ResponseRow {
                round: number / 1000,
                uid: number as u32,
                answer: Answer { is_answered: number % 3 > 0, ..answer },
                rewarded: (number % 2 == 0).then_some(rewarded),
            })
            .collect();
        for (number, row) in rows.iter().enumerate() {
            if number % 4 == 0 {
                responses.request(&format!("r{number}"));
            }
            responses.take(responses.place(), row).unwrap();
        }
        let found: Vec<Written<'_>> = responses.iter().map(Result::unwrap).collect();
        assert!(found.iter().map(|one| one.row).eq(rows));
        assert_eq!((found[9999].request, found[4].request), ("r9996", "r4"));
    }
}
