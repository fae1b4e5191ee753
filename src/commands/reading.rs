//! The second look at a recording: requests come from a thread of their own in chunks, so that reading goes on while
//! the last chunk is measured. Only a few chunks are ever in memory.

use std::sync::mpsc::{Receiver, sync_channel};

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::records::{Order, ReadOptions, Reading, RecordError, Recording, Request, Source, read_requests};
use crate::reporter::Silent;

/// A chunk ends after this many requests, or this many bytes of text, at the latest.
const LARGEST: (usize, usize) = (256, 4 << 20);
/// A chunk ends after a request whose id has a hash that begins with a byte below this: after 64 on average.
const ENDS: u8 = 4;
/// Requests that wait for whoever measures.
const WAITING: usize = 256;

/// Consecutive requests.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Number of the first one, from 0.
    pub first: usize,
    /// The requests.
    pub requests: Vec<Request>,
    bytes: usize,
}

impl Chunk {
    fn push(&mut self, request: Request) {
        self.bytes += request.responses.iter().map(|response| response.reasoning.len()).sum::<usize>();
        self.requests.push(request);
    }

    /// Where a chunk ends is decided by what is in it: a request more or less in the recording changes one chunk, and
    /// all others are found in the store again.
    fn is_full(&self) -> bool {
        let ends = |request: &Request| Sha256::digest(&request.id)[0] < ENDS;
        self.requests.len() >= LARGEST.0 || self.bytes >= LARGEST.1 || self.requests.last().is_some_and(ends)
    }
}

/// Hands the recording to `measure`, chunk by chunk and in order. What there is to say of it was said at the first look.
///
/// # Errors
/// Those of `measure`, which end the reading, and those of the recording.
pub fn in_chunks(
    source: &Source,
    order: Order,
    options: &ReadOptions,
    measure: impl FnMut(Chunk) -> Result<()>,
) -> Result<Recording> {
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(WAITING);
        let reader = scope.spawn(move || {
            let reading = Reading::new(options, &Silent);
            read_requests(source, order, &reading, |request| sender.send(request).map_err(|_| RecordError::GivenUp))
        });
        // The receiver goes away with the call, which ends a reader that still has something to send.
        let measured = take_chunks(receiver, measure);
        let read = reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        measured?;
        Ok(read?)
    })
}

fn take_chunks(receiver: Receiver<Request>, mut measure: impl FnMut(Chunk) -> Result<()>) -> Result<()> {
    let mut chunk = Chunk::default();
    for request in receiver {
        chunk.push(request);
        if chunk.is_full() {
            let first = chunk.first + chunk.requests.len();
            measure(std::mem::replace(&mut chunk, Chunk { first, ..Chunk::default() }))?;
        }
    }
    if chunk.requests.is_empty() { Ok(()) } else { measure(chunk) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(requests: impl Iterator<Item = usize>) -> tempfile::NamedTempFile {
        let file = tempfile::Builder::new().suffix(".jsonl").tempfile().unwrap();
        let row = |n: usize| format!("{{\"request_id\": \"r{n}\", \"uid\": 1, \"reasoning\": \"x\"}}\n");
        std::fs::write(file.path(), requests.map(row).collect::<String>()).unwrap();
        file
    }

    fn chunks(file: &tempfile::NamedTempFile) -> Vec<(usize, Vec<String>)> {
        let mut chunks = Vec::new();
        in_chunks(&Source::from(file.path()), Order::Minibatches, &ReadOptions::default(), |chunk| {
            chunks.push((chunk.first, chunk.requests.into_iter().map(|request| request.id).collect()));
            Ok(())
        })
        .unwrap();
        chunks
    }

    #[test]
    fn chunks_are_numbered_and_whole() {
        let chunks = chunks(&recording(0..2000));
        assert!(chunks.len() > 10 && chunks.iter().all(|(_, ids)| ids.len() <= LARGEST.0));
        for (first, ids) in &chunks {
            assert_eq!(ids[0], format!("r{first}"));
        }
        let all: Vec<String> = chunks.into_iter().flat_map(|(_, ids)| ids).collect();
        assert!(all.into_iter().eq((0..2000).map(|n| format!("r{n}"))));
    }

    #[test]
    fn a_request_more_changes_one_chunk() {
        let before = chunks(&recording(0..2000));
        let after = chunks(&recording((0..700).chain(5000..5001).chain(700..2000)));
        let ids = |chunks: &[(usize, Vec<String>)]| chunks.iter().map(|(_, ids)| ids.clone()).collect::<Vec<_>>();
        let kept = ids(&after).iter().filter(|chunk| ids(&before).contains(chunk)).count();
        assert!(kept + 2 >= before.len(), "{kept} of {} chunks are as before", before.len());
    }

    #[test]
    fn an_error_of_the_measuring_ends_the_reading() {
        let file = recording(0..2000);
        let mut seen = 0;
        let error = in_chunks(&Source::from(file.path()), Order::Minibatches, &ReadOptions::default(), |_| {
            seen += 1;
            anyhow::bail!("enough")
        });
        assert_eq!((error.unwrap_err().to_string().as_str(), seen), ("enough", 1));
    }

    #[test]
    fn an_error_of_the_recording_is_told() {
        let file = recording([1, 2, 1].into_iter());
        let error = in_chunks(&Source::from(file.path()), Order::Minibatches, &ReadOptions::default(), |_| Ok(()))
            .unwrap_err()
            .to_string();
        assert!(error.contains("request r1 was there before"), "{error}");
    }
}
