//! Models and texts of the bench as files, which others read as well: random weights under the names that the hub's
//! models have, and token ids. Written once; a model that is there is used again.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Map, json};

use super::shapes::{Shape, range};
use super::texts::Texts;
use crate::checkup::error::CheckupError;
use crate::checkup::values::Values;
use crate::engine::files::WEIGHTS;

/// Numbers that are drawn and written together.
const CHUNK: usize = 1 << 20;
/// Chunks that are drawn at once.
const CHUNKS: usize = 16;
/// Bytes of a number in bf16.
const BYTES: usize = 2;

/// Writes a model into `folder` in bf16, unless it is there or `is_enough` says to stop.
///
/// # Errors
/// It cannot be written, or that was stopped.
pub fn write_model(shape: &Shape, seed: u64, folder: &Path, is_enough: &dyn Fn() -> bool) -> Result<(), CheckupError> {
    std::fs::create_dir_all(folder).map_err(CheckupError::at(folder))?;
    let config = folder.join("config.json");
    std::fs::write(&config, format!("{:#}\n", shape.config())).map_err(CheckupError::at(&config))?;
    let (path, header) = (folder.join(WEIGHTS), header(shape));
    let size = header.len() as u64 + bytes(shape);
    if std::fs::metadata(&path).is_ok_and(|there| there.len() == size) {
        return Ok(());
    }
    // What was written in part is never taken for whole.
    let part = folder.join(format!("{WEIGHTS}.part"));
    if !write_weights(shape, seed, &header, &part, is_enough).map_err(CheckupError::at(&part))? {
        let _ = std::fs::remove_file(&part);
        return Err(CheckupError::Interrupted);
    }
    std::fs::rename(&part, &path).map_err(CheckupError::at(&path))
}

/// Writes all weights; false if that was stopped.
fn write_weights(
    shape: &Shape,
    seed: u64,
    header: &[u8],
    path: &Path,
    is_enough: &dyn Fn() -> bool,
) -> io::Result<bool> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(header)?;
    for (index, (name, dimensions)) in shape.tensors().iter().enumerate() {
        let (count, range) = (dimensions.iter().product::<usize>(), range(name));
        let starts: Vec<usize> = (0..count).step_by(CHUNK).collect();
        for some in starts.chunks(CHUNKS) {
            if is_enough() {
                return Ok(false);
            }
            let draw = |&start: &usize| drawn([seed, index as u64, start as u64], CHUNK.min(count - start), range);
            for bytes in some.par_iter().map(draw).collect::<Vec<_>>() {
                file.write_all(&bytes)?;
            }
        }
    }
    file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all().map(|()| true)
}

/// Numbers in bf16, rounded towards zero.
fn drawn([seed, tensor, start]: [u64; 3], count: usize, [centre, spread]: [f32; 2]) -> Vec<u8> {
    let mut values = Values::new(Values::new(seed).bits() ^ Values::new((tensor << 40) | start).bits());
    let number = |_| (((centre + spread * values.unit()).to_bits() >> 16) as u16).to_le_bytes();
    (0..count).flat_map(number).collect()
}

fn bytes(shape: &Shape) -> u64 {
    shape.tensors().iter().map(|(_, dimensions)| (dimensions.iter().product::<usize>() * BYTES) as u64).sum()
}

/// The beginning of a safetensors file: the length of what follows, then names, shapes and places as JSON.
fn header(shape: &Shape) -> Vec<u8> {
    let mut entries = Map::from_iter([("__metadata__".to_owned(), json!({"format": "pt"}))]);
    let mut start = 0;
    for (name, dimensions) in shape.tensors() {
        let end = start + dimensions.iter().product::<usize>() * BYTES;
        entries.insert(name, json!({"dtype": "BF16", "shape": dimensions, "data_offsets": [start, end]}));
        start = end;
    }
    let mut text = json!(entries).to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    [&(text.len() as u64).to_le_bytes()[..], &text].concat()
}

/// Writes the texts of a bench beside its model, as `batches.json`.
///
/// # Errors
/// They cannot be written.
pub fn write_texts(batches: &[Texts], folder: &Path) -> Result<(), CheckupError> {
    let path = folder.join("batches.json");
    let batch = |texts: &Texts| json!({"name": texts.name, "input_ids": texts.ids, "scored_from": texts.scored_from});
    let text = json!(batches.iter().map(batch).collect::<Vec<_>>()).to_string();
    std::fs::write(&path, text).map_err(CheckupError::at(&path))
}

#[cfg(test)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;
    use crate::checkup::bench::shapes::SHAPES;
    use crate::engine::causal_lm;

    #[test]
    fn a_model_that_was_written_is_read_and_written_once() {
        let folder = tempfile::tempdir().unwrap();
        for (index, shape) in
            [SHAPES[0], Shape { layers: 2, hidden: 64, inner: 64, heads: 1, kv_heads: 1, vocabulary: 99, ..SHAPES[2] }]
                .iter()
                .enumerate()
        {
            let path = folder.path().join(index.to_string());
            write_model(shape, 1, &path, &|| false).unwrap();
            let model = causal_lm::load(&path, DType::F32, &Device::Cpu).unwrap();
            assert!(model.left_over.is_empty(), "{:?}", model.left_over);
            let written = std::fs::metadata(path.join(WEIGHTS)).unwrap().modified().unwrap();
            write_model(shape, 1, &path, &|| false).unwrap();
            assert_eq!(std::fs::metadata(path.join(WEIGHTS)).unwrap().modified().unwrap(), written);
        }
    }

    #[test]
    fn a_model_that_is_stopped_half_way_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let stopped = write_model(&SHAPES[0], 1, folder.path(), &|| true);
        assert!(matches!(stopped, Err(CheckupError::Interrupted)));
        let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(left.collect::<Vec<_>>(), ["config.json"]);
    }
}
