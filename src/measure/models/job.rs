//! What a child is told: first where it measures, then one order after another. All is lines of JSON; the samples of an
//! order follow it, each on a line, as token ids, so that a child needs neither tokenizers nor records.

use std::io::{self, BufRead, Lines, Write};
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::engine::conversation::Conversation;
use crate::measure::conversations::Conversations;
use crate::measure::workplace::Order;
use crate::store::ModelIdentity;

/// Where a child measures, and where it keeps what it measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The device, as it is given to `--device`.
    pub device: String,
    /// The number type, as it is given to `--dtype`.
    pub dtype: String,
    /// The kernels, as they are given to `--kernels`.
    pub kernels: String,
    /// Folder of the store.
    pub store: PathBuf,
    /// Largest number of rows in a batch.
    pub batch_tokens: usize,
}

/// An order without its samples.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    label: String,
    folder: PathBuf,
    identity: ModelIdentity,
    samples: usize,
}

/// Writes an order and its samples; one that could not be tokenised is `null`.
///
/// # Errors
/// `to` takes no more, or token ids that were set aside cannot be read back.
pub fn write_order(order: &Order, mut to: impl Write) -> io::Result<()> {
    let Order { label, folder, identity, conversations } = order;
    let (label, folder, identity) = (label.clone(), folder.clone(), identity.clone());
    write_line(&mut to, &Head { label, folder, identity, samples: conversations.len() })?;
    for outline in conversations.outlines() {
        let conversation = match outline {
            None => None,
            Some(outline) => {
                Some(Conversation { ids: conversations.ids(outline)?, prompt_len: outline.prompt_len as usize })
            }
        };
        write_line(&mut to, &conversation)?;
    }
    to.flush()
}

/// Writes `what` as one line.
///
/// # Errors
/// `to` takes no more.
pub fn write_line(to: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(what)?;
    line.push(b'\n');
    to.write_all(&line)
}

/// Reads the place that stands before all orders.
///
/// # Errors
/// The input does not begin with one.
pub fn read_place(lines: &mut Lines<impl BufRead>) -> io::Result<Place> {
    parse(&lines.next().ok_or(io::ErrorKind::UnexpectedEof)??)
}

/// Reads the next order and its samples; `None` at the end of the input.
///
/// # Errors
/// The input holds no order, or ends within one, or its samples cannot be set aside.
pub fn read_order(lines: &mut Lines<impl BufRead>) -> io::Result<Option<Order>> {
    let Some(head) = lines.next() else { return Ok(None) };
    let Head { label, folder, identity, samples } = parse(&head?)?;
    let mut conversations = Conversations::default();
    for _ in 0..samples {
        let line = lines.next().ok_or(io::ErrorKind::UnexpectedEof)??;
        conversations.push(parse::<Option<Conversation>>(&line)?.as_ref())?;
    }
    Ok(Some(Order { label, folder, identity, conversations: Arc::new(conversations) }))
}

fn parse<T: DeserializeOwned>(line: &str) -> io::Result<T> {
    Ok(serde_json::from_str(line)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::testing::identity;

    fn order() -> Order {
        let mut conversations = Conversations::default();
        conversations.push(None).unwrap();
        conversations.push(Some(&Conversation { ids: vec![3, 70_000, 5], prompt_len: 1 })).unwrap();
        conversations.push(Some(&Conversation { ids: vec![9], prompt_len: 7 })).unwrap();
        let text = |text: &str| text.to_owned();
        Order {
            label: text("uid 7"),
            folder: "a/\"b".into(),
            identity: identity(),
            conversations: Arc::new(conversations),
        }
    }

    fn written() -> Vec<u8> {
        let mut written = Vec::new();
        write_order(&order(), &mut written).unwrap();
        written
    }

    #[test]
    fn a_place_and_orders_are_read_as_they_were_written() {
        let text = |text: &str| text.to_owned();
        let place = Place {
            device: text("cuda:1"),
            dtype: text("bf16"),
            kernels: text("fused"),
            store: "a b".into(),
            batch_tokens: 9,
        };
        let mut first = Vec::new();
        write_line(&mut first, &place).unwrap();
        let all = [first, written(), written()].concat();
        let mut lines = all.lines();
        assert_eq!(read_place(&mut lines).unwrap(), place);
        for _ in 0..2 {
            let (read, order) = (read_order(&mut lines).unwrap().unwrap(), order());
            assert_eq!((&read.label, &read.folder, &read.identity), (&order.label, &order.folder, &order.identity));
            let keys =
                |order: &Order| order.conversations.outlines().iter().map(|o| o.map(|o| o.key)).collect::<Vec<_>>();
            assert_eq!(keys(&read), keys(&order));
            let last = read.conversations.outlines()[1].unwrap();
            assert_eq!(read.conversations.ids(&last).unwrap(), [3, 70_000, 5]);
        }
        assert!(read_order(&mut lines).unwrap().is_none());
    }

    #[test]
    fn half_an_order_is_an_error() {
        let whole = written();
        let lines = whole.split_inclusive(|byte| *byte == b'\n').collect::<Vec<_>>();
        for kept in 1..lines.len() {
            assert!(read_order(&mut lines[..kept].concat().lines()).is_err(), "{kept} lines");
        }
        assert!(read_order(&mut b"{}\n".lines()).is_err());
        assert!(read_place(&mut b"{}\n".lines()).is_err() && read_place(&mut b"".lines()).is_err());
    }
}
