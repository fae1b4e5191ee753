//! Where a decoder's tensors come from: memory-mapped safetensors files, whole or sharded, or tensors at hand (for
//! training and tests). A header is checked against the file before anything is read; a pickle is never opened.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};
use serde_json::Value;

use super::error::{EngineError, Result};

/// A source of named tensors.
pub trait WeightSource {
    /// Whether a tensor of this name is there.
    fn contains(&self, name: &str) -> bool;
    /// The tensor in the source's compute dtype and on its device; an error if it is absent or has another shape.
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor>;
}

/// Memory-mapped safetensors files of one model folder.
pub struct Safetensors {
    /// What errors about the whole set name.
    path: PathBuf,
    files: Vec<MappedFile>,
    entries: BTreeMap<String, Entry>,
    taken: RefCell<BTreeSet<String>>,
    device: Device,
    dtype: DType,
}

struct MappedFile {
    path: PathBuf,
    map: Mmap,
}

#[derive(Clone)]
struct Entry {
    file: usize,
    stored: Dtype,
    shape: Vec<usize>,
    bytes: Range<usize>,
}

const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";

/// The safetensors files of a model folder, in the order of their names: `model.safetensors`, or what the index names.
///
/// # Errors
/// There is neither, the index is damaged, or it names a file outside the folder.
pub fn weight_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let (single, index) = (folder.join(SINGLE), folder.join(INDEX));
    if single.is_file() {
        return Ok(vec![single]);
    }
    if !index.is_file() {
        return Err(EngineError::MissingFile { path: single, needs: "*.safetensors (a pickle is never opened)" });
    }
    let bad = |problem: String| EngineError::Weights { path: index.clone(), problem };
    let text = std::fs::read(&index).map_err(|source| EngineError::Read { path: index.clone(), source })?;
    let json: Value = serde_json::from_slice(&text).map_err(|e| bad(format!("no JSON: {e}")))?;
    let map = json.get("weight_map").and_then(Value::as_object);
    let map = map.filter(|m| !m.is_empty()).ok_or_else(|| bad("`weight_map` is missing or empty".into()))?;
    let names: Option<BTreeSet<&str>> = map.values().map(Value::as_str).collect();
    let names = names.ok_or_else(|| bad("`weight_map` names something that is no text".into()))?;
    names
        .into_iter()
        .map(|name| {
            shard_path(folder, name)
                .ok_or_else(|| bad(format!("shard `{name}`: not a file name of this folder ending in .safetensors")))
        })
        .collect()
}

/// A shard's path, if its name stays inside the folder.
fn shard_path(folder: &Path, name: &str) -> Option<PathBuf> {
    let plain = !name.contains(['/', '\\', '\0']) && name.ends_with(".safetensors");
    plain.then(|| folder.join(name))
}

impl Safetensors {
    /// Maps the model folder's weight files; tensors are given in `dtype` on `device`.
    ///
    /// # Errors
    /// A file is absent or damaged, its header disagrees with its size, or two files hold the same tensor.
    pub fn open(folder: &Path, dtype: DType, device: &Device) -> Result<Self> {
        let paths = weight_files(folder)?;
        let path = if let [single] = paths.as_slice() { single.clone() } else { folder.join(INDEX) };
        let mut source = Self {
            path,
            files: Vec::new(),
            entries: BTreeMap::new(),
            taken: RefCell::default(),
            device: device.clone(),
            dtype,
        };
        paths.into_iter().try_for_each(|path| source.map_file(path))?;
        Ok(source)
    }

    fn map_file(&mut self, path: PathBuf) -> Result<()> {
        let file = File::open(&path).map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => {
                EngineError::MissingFile { path: path.clone(), needs: "every shard its index names" }
            }
            _ => EngineError::Read { path: path.clone(), source },
        })?;
        // SAFETY: the map is only read; a file that another process shortens meanwhile would end this one, as with
        // every memory-mapped file.
        let map = unsafe { Mmap::map(&file) }.map_err(|source| EngineError::Read { path: path.clone(), source })?;
        for (name, entry) in read_header(&path, &map, self.files.len())? {
            if self.entries.contains_key(&name) {
                let problem = format!("tensor `{name}` is in an earlier shard too");
                return Err(EngineError::Weights { path, problem });
            }
            self.entries.insert(name, entry);
        }
        self.files.push(MappedFile { path, map });
        Ok(())
    }

    /// Number of floating-point parameters in all files.
    pub fn parameters(&self) -> u64 {
        let weights = self.entries.values().filter(|e| supported(e.stored).is_some());
        weights.map(|e| e.shape.iter().map(|&n| n as u64).product::<u64>()).sum()
    }

    /// The dtypes that occur, in order of their names, joined by `+`.
    pub fn stored_dtypes(&self) -> String {
        let dtypes = self.entries.values().filter_map(|e| supported(e.stored));
        let names: BTreeSet<&str> = dtypes.map(|d| d.as_str()).collect();
        names.into_iter().collect::<Vec<_>>().join("+")
    }

    /// Tensors that were never asked for.
    pub fn left_over(&self) -> Vec<String> {
        self.entries.keys().filter(|name| !self.taken.borrow().contains(*name)).cloned().collect()
    }

    fn path_of(&self, entry: &Entry) -> PathBuf {
        self.files[entry.file].path.clone()
    }
}

impl WeightSource for Safetensors {
    fn contains(&self, name: &str) -> bool {
        self.entries.contains_key(name)
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let entry = self.entries.get(name);
        let entry = entry.ok_or_else(|| EngineError::MissingTensor { path: self.path.clone(), name: name.into() })?;
        if entry.shape != shape {
            let (path, expected, found) = (self.path_of(entry), shape.to_vec(), entry.shape.clone());
            return Err(EngineError::TensorShape { path, name: name.into(), expected, found });
        }
        self.taken.borrow_mut().insert(name.into());
        let map = &self.files[entry.file].map;
        let dtype = supported(entry.stored).ok_or_else(|| EngineError::Weights {
            path: self.path_of(entry),
            problem: format!("tensor `{name}` has dtype {:?}; F32, F16 and BF16 are read", entry.stored),
        })?;
        let tensor = Tensor::from_raw_buffer(&map[entry.bytes.clone()], dtype, shape, &self.device)?;
        release(map, &entry.bytes);
        Ok(tensor.to_dtype(self.dtype)?)
    }
}

/// Gives the pages of a range back to the system: what was copied need not stay in memory twice.
fn release(map: &Mmap, bytes: &Range<usize>) {
    #[cfg(unix)]
    {
        const PAGE: usize = 4096;
        let start = bytes.start.next_multiple_of(PAGE);
        let end = bytes.end / PAGE * PAGE;
        if start < end {
            // SAFETY: the map is private, read-only and backed by a file, so dropped pages are read again if needed.
            // A refusal costs memory only.
            let advice = memmap2::UncheckedAdvice::DontNeed;
            let _refused = unsafe { map.unchecked_advise_range(advice, start, end - start) };
        }
    }
}

fn read_header(path: &Path, map: &Mmap, file: usize) -> Result<Vec<(String, Entry)>> {
    let bad = |problem: String| EngineError::Weights { path: path.into(), problem };
    let header =
        SafeTensors::deserialize(map).map_err(|e| bad(format!("damaged safetensors file: {e}; fetch it again")))?;
    let start = map.as_ptr() as usize;
    let entry = |(name, view): (&str, safetensors::tensor::TensorView)| {
        let from = view.data().as_ptr() as usize - start;
        let bytes = from..from + view.data().len();
        (name.to_owned(), Entry { file, stored: view.dtype(), shape: view.shape().to_vec(), bytes })
    };
    Ok(header.iter().map(entry).collect())
}

fn supported(dtype: Dtype) -> Option<DType> {
    match dtype {
        Dtype::F32 => Some(DType::F32),
        Dtype::F16 => Some(DType::F16),
        Dtype::BF16 => Some(DType::BF16),
        _ => None,
    }
}

/// Tensors at hand, by name.
impl WeightSource for HashMap<String, Tensor> {
    fn contains(&self, name: &str) -> bool {
        self.contains_key(name)
    }

    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let path = PathBuf::from("tensors at hand");
        match self.get(name) {
            None => Err(EngineError::MissingTensor { path, name: name.into() }),
            Some(t) if t.dims() != shape => {
                let (expected, found) = (shape.to_vec(), t.dims().to_vec());
                Err(EngineError::TensorShape { path, name: name.into(), expected, found })
            }
            Some(tensor) => Ok(tensor.clone()),
        }
    }
}
