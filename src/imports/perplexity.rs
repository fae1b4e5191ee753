//! What llama-perplexity leaves: the text that it prints, whose perplexities are running values from the first chunk on, or its
//! file of all logits, which holds the log-probability of each token.

use std::io::{BufReader, Read};

use super::matrix::{Matrix, Measured};
use super::{ImportError, Imported, ModelFile, Who};
use crate::records::{Counting, Place, open};

/// The first bytes of a file of all logits.
const LOGITS: [u8; 8] = *b"_logits_";
/// The longest text that is read, in bytes.
const LONGEST: u64 = 64 << 20;
/// Decimals of the printed perplexities and means.
const OF_PERPLEXITY: f64 = 5e-5;
const OF_MEAN: f64 = 5e-7;

/// Reads the measurements of one or more models, all as one step with a sample for each chunk.
pub fn read(files: &[ModelFile]) -> Result<Imported, ImportError> {
    let (mut matrix, mut doubt) = (Matrix::default(), 0.0_f64);
    for file in files {
        let model = file.model.clone().ok_or_else(|| ImportError::File {
            file: file.name(),
            problem: "llama-perplexity does not write which model it measured".into(),
            remedy: "give MODEL=FILE",
        })?;
        let chunks = chunks(file)?;
        doubt = doubt.max(chunks.doubt);
        for (chunk, loss) in chunks.losses.into_iter().enumerate() {
            let place = Place { file: file.name(), unit: Counting::Row, number: chunk as u64 + 1 };
            let fingerprint = chunks.fingerprints.get(chunk).unwrap_or(&chunks.context).clone();
            let measured = Measured { sample: format!("chunk {chunk}"), fingerprint, loss };
            matrix.add(&Who::Model(model.clone()), &place, measured)?;
        }
    }
    let mut remarks =
        vec!["only models of one tokenizer have the same chunks; texts of llama-perplexity do not say which".into()];
    if doubt > 0.0 {
        remarks.push(format!(
            "what llama-perplexity writes is rounded, so that a loss may be off by up to {doubt:.1e} nats; an epsilon near \
             that cannot be judged"
        ));
    }
    Ok(Imported { steps: vec![matrix.into_step()?], remarks, ..Imported::default() })
}

/// The chunks of one file.
struct Chunks {
    /// Mean loss of each in nats.
    losses: Vec<f64>,
    /// What is known of the tokens of each, if anything.
    fingerprints: Vec<String>,
    /// What is known of all of them.
    context: String,
    /// What rounding may have done to a loss, in nats.
    doubt: f64,
}

fn chunks(file: &ModelFile) -> Result<Chunks, ImportError> {
    let fail = |error: std::io::Error| refused(file, format!("cannot be read: {error}"));
    let content = open(&file.path)?;
    let bytes = content.metadata().map_or(0, |metadata| metadata.len());
    let mut reader = BufReader::new(content);
    let mut start = Vec::new();
    reader.by_ref().take(LOGITS.len() as u64).read_to_end(&mut start).map_err(fail)?;
    if start == LOGITS {
        return logits(&mut reader, bytes).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => refused(file, "ends before its last chunk".into()),
            std::io::ErrorKind::InvalidData => refused(file, error.to_string()),
            _ => fail(error),
        });
    }
    reader.take(LONGEST + 1).read_to_end(&mut start).map_err(fail)?;
    if start.len() as u64 > LONGEST {
        return Err(refused(file, format!("is a text of more than {LONGEST} bytes")));
    }
    printed(file, &String::from_utf8_lossy(&start))
}

/// Mean losses of the chunks of a file of all logits: little endian, for each scored token 16-bit codes of all
/// log-probabilities with their scale and their lowest value.
fn logits(reader: &mut impl Read, bytes: u64) -> std::io::Result<Chunks> {
    let [context, vocabulary, chunks] = [int(reader)?, int(reader)?, int(reader)?];
    let record = 2 * (vocabulary.div_ceil(2) * 2 + 4);
    let is_sound = context >= 4 && vocabulary > 0 && chunks > 0;
    // What the file cannot hold is not made room for.
    if is_sound && (context as u64 * 4 * chunks as u64 > bytes || record as u64 > bytes) {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    if !is_sound {
        let message = format!("has {chunks} chunks of {context} tokens out of {vocabulary}, which cannot be");
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, message));
    }
    let mut tokens = Vec::new();
    for _ in 0..context * chunks {
        tokens.push(int(reader)?);
    }
    let scored = context - 1 - context / 2;
    let mut record = vec![0; record];
    let mut found = Chunks { losses: Vec::new(), fingerprints: Vec::new(), context: String::new(), doubt: 0.0 };
    for chunk in 0..chunks {
        let own = &tokens[chunk * context..][..context];
        let mut sum = 0.0;
        for &target in &own[context / 2 + 1..] {
            reader.read_exact(&mut record)?;
            if target >= vocabulary {
                let problem = format!("has token {target} in chunk {chunk}, of a vocabulary of {vocabulary}");
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, problem));
            }
            let number = |at: usize| f64::from(f32::from_le_bytes([0, 1, 2, 3].map(|byte| record[at + byte])));
            let (scale, lowest) = (number(0), number(4));
            let code = u16::from_le_bytes([0, 1].map(|byte| record[8 + 2 * target + byte]));
            let likelihood = scale * f64::from(code) + lowest;
            if likelihood > scale.abs() {
                let problem = format!("has a log-probability of {likelihood} in chunk {chunk}, which cannot be");
                return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, problem));
            }
            sum -= if likelihood > 0.0 { 0.0 } else { likelihood };
            found.doubt = found.doubt.max(scale / 2.0);
        }
        found.losses.push(sum / scored as f64);
        found.fingerprints.push(format!("{own:?}"));
    }
    Ok(found)
}

/// A whole number of 0 or more.
fn int(reader: &mut impl Read) -> std::io::Result<usize> {
    let mut bytes = [0; 4];
    reader.read_exact(&mut bytes)?;
    usize::try_from(i32::from_le_bytes(bytes))
        .map_err(|_| std::io::Error::new(std::io::ErrorKind::InvalidData, "has a negative number where none can be"))
}

/// Mean losses of the chunks of a printed text, from running perplexities (`[1]5.0,[2]6.0,`) or running means.
fn printed(file: &ModelFile, text: &str) -> Result<Chunks, ImportError> {
    let mut perplexities = Vec::new();
    // Messages of the loader have brackets, too.
    for part in text.split('[').skip(1) {
        perplexities.extend(of_chunk(perplexities.len(), part));
    }
    let means: Vec<f64> = text.lines().filter_map(of_line).collect();
    let (running, doubts): (Vec<f64>, Vec<f64>) = match means.is_empty() {
        true => perplexities.iter().map(|perplexity| (perplexity.ln(), OF_PERPLEXITY / perplexity)).unzip(),
        false => means.into_iter().map(|mean| (mean, OF_MEAN)).unzip(),
    };
    if running.is_empty() {
        return Err(refused(file, "holds no perplexity of a chunk".into()));
    }
    let sums: Vec<f64> = running.iter().zip(1..).map(|(mean, count)| mean * f64::from(count)).collect();
    let doubt = doubts.iter().zip(1..).map(|(doubt, count)| 2.0 * doubt * f64::from(count)).fold(0.0, f64::max);
    let before = std::iter::once(0.0).chain(sums.iter().copied());
    let losses: Vec<f64> = sums.iter().zip(before).map(|(sum, before)| sum - before).collect();
    if let Some(loss) = losses.iter().find(|loss| **loss < -doubt) {
        return Err(refused(file, format!("its running values make a loss of {loss}, which cannot be")));
    }
    let context = text.split("n_ctx=").nth(1).map(|rest| rest.chars().take_while(char::is_ascii_digit).collect());
    Ok(Chunks {
        losses: losses.into_iter().map(|loss| if loss < 0.0 { 0.0 } else { loss }).collect(),
        fingerprints: Vec::new(),
        context: context.unwrap_or_default(),
        doubt,
    })
}

/// `3]95.7738,` of the third chunk.
fn of_chunk(index: usize, part: &str) -> Option<f64> {
    let (number, rest) = part.split_once(']')?;
    let perplexity = rest.split(',').next()?.trim().parse::<f64>().ok()?;
    (number.parse() == Ok(index + 1)).then_some(perplexity)
}

/// `16  95.7738  4.561989  0.599027`: place, perplexity, mean in nats and its error.
fn of_line(line: &str) -> Option<f64> {
    let mut parts = line.split_whitespace();
    parts.next()?.parse::<usize>().ok()?;
    let numbers: Vec<f64> = parts.map_while(|part| part.parse().ok()).collect();
    let &[perplexity, mean, _] = numbers.as_slice() else { return None };
    let belong = !perplexity.is_finite() || !mean.is_finite() || (perplexity.ln() - mean).abs() < 1e-3;
    belong.then_some(mean)
}

fn refused(file: &ModelFile, problem: String) -> ImportError {
    ImportError::File {
        file: file.name(),
        problem,
        remedy: "give what llama-perplexity prints, or its file of --save-all-logits",
    }
}
