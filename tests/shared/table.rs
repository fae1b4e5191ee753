//! A Parquet table read back, column by column.

use std::fs::File;
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float64Type, UInt32Type, UInt64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// All rows of a table.
pub struct Table {
    batch: RecordBatch,
}

impl Table {
    pub fn read(path: &Path) -> Self {
        let file = File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        let schema = builder.schema().clone();
        let mut batches = builder.with_batch_size(1 << 20).build().unwrap().map(Result::unwrap);
        Self { batch: batches.next().unwrap_or_else(|| RecordBatch::new_empty(schema)) }
    }

    pub fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    fn values<T: ArrowPrimitiveType>(&self, name: &str) -> Vec<Option<T::Native>> {
        self.batch[name].as_primitive::<T>().iter().collect()
    }

    pub fn floats(&self, name: &str) -> Vec<Option<f64>> {
        self.values::<Float64Type>(name)
    }

    pub fn counts(&self, name: &str) -> Vec<Option<u64>> {
        self.values::<UInt64Type>(name)
    }

    pub fn numbers(&self, name: &str) -> Vec<u32> {
        self.values::<UInt32Type>(name).into_iter().map(Option::unwrap).collect()
    }

    pub fn flags(&self, name: &str) -> Vec<Option<bool>> {
        self.batch[name].as_boolean().iter().collect()
    }

    /// Null is the empty text.
    pub fn texts(&self, name: &str) -> Vec<String> {
        self.batch[name].as_string::<i32>().iter().map(|text| text.unwrap_or_default().to_owned()).collect()
    }
}
