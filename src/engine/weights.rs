//! Where a decoder's tensors come from: memory-mapped safetensors files, whole or sharded, or tensors at hand (for
//! training and tests). A header is checked against the file before anything is read; a pickle is never opened.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use memmap2::Mmap;
use safetensors::tensor::Metadata;
use safetensors::{Dtype, SafeTensors};

use super::error::{EngineError, Result};
use super::files::{INDEX, weight_files};

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

/// What weight files hold, by their headers alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WeightSummary {
    /// Number of floating-point parameters; a tensor that stands in two files counts once.
    pub parameters: u64,
    dtypes: BTreeSet<&'static str>,
}

impl WeightSummary {
    /// From the first bytes of files that need not be here: each with its size and its header, the length before it.
    ///
    /// # Errors
    /// A header is damaged or disagrees with the size of its file.
    pub fn of_headers<'h>(headers: impl IntoIterator<Item = (&'h Path, u64, &'h [u8])>) -> Result<Self> {
        let (mut summary, mut names) = (Self::default(), BTreeSet::new());
        for (path, file_bytes, header) in headers {
            let bad = |problem: String| EngineError::Weights { path: path.into(), problem };
            let json = header.get(8..).unwrap_or_default();
            let metadata: Metadata =
                serde_json::from_slice(json).map_err(|error| bad(format!("damaged safetensors header: {error}")))?;
            if metadata.data_len() as u64 + header.len() as u64 != file_bytes {
                return Err(bad(format!("its header speaks of another size than the {file_bytes} bytes it has")));
            }
            for (name, tensor) in metadata.tensors() {
                if names.insert(name) {
                    summary.add(tensor.dtype, &tensor.shape);
                }
            }
        }
        Ok(summary)
    }

    fn add(&mut self, stored: Dtype, shape: &[usize]) {
        if let Some(dtype) = supported(stored) {
            let elements = shape.iter().fold(1, |product: u64, &n| product.saturating_mul(n as u64));
            self.parameters = self.parameters.saturating_add(elements);
            self.dtypes.insert(dtype.as_str());
        }
    }

    /// The dtypes that occur, in order of their names, joined by `+`.
    pub fn dtypes(&self) -> String {
        self.dtypes.iter().copied().collect::<Vec<_>>().join("+")
    }
}

impl Safetensors {
    /// Maps the model folder's weight files; tensors are given in `dtype` on `device`.
    ///
    /// # Errors
    /// A file is absent or damaged, its header disagrees with its size, or two files hold a tensor of the same name
    /// that is not the same.
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
            match self.entries.get(&name) {
                None => drop(self.entries.insert(name, entry)),
                Some(earlier) if self.is_same(earlier, &entry, &map) => {}
                Some(_) => {
                    let problem = format!("tensor `{name}` is in an earlier shard too, and is not the same there");
                    return Err(EngineError::Weights { path, problem });
                }
            }
        }
        self.files.push(MappedFile { path, map });
        Ok(())
    }

    /// Whether `entry`, in the file that `map` shows, holds what `earlier` does.
    fn is_same(&self, earlier: &Entry, entry: &Entry, map: &Mmap) -> bool {
        let bytes = &self.files[earlier.file].map[earlier.bytes.clone()];
        earlier.stored == entry.stored && earlier.shape == entry.shape && bytes == &map[entry.bytes.clone()]
    }

    /// What the headers say.
    pub fn summary(&self) -> WeightSummary {
        let mut summary = WeightSummary::default();
        self.entries.values().for_each(|entry| summary.add(entry.stored, &entry.shape));
        summary
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
            problem: format!("tensor `{name}` has dtype {:?}; F64, F32, F16 and BF16 are read", entry.stored),
        })?;
        let bytes = &map[entry.bytes.clone()];
        let tensor = match dtype {
            // Not every device knows doubles. By way of f32, as PyTorch rounds them to half precision.
            DType::F64 => Tensor::from_raw_buffer(bytes, dtype, shape, &Device::Cpu)?
                .to_dtype(DType::F32)?
                .to_device(&self.device)?,
            _ => Tensor::from_raw_buffer(bytes, dtype, shape, &self.device)?,
        };
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
        Dtype::F64 => Some(DType::F64),
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
