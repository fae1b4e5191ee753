//! How deep the columns of a Parquet file are nested, told from its footer alone: the library builds them by recursion
//! and would overflow the stack on a file that someone made to do so. The footer is Thrift's compact protocol
//! (<https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>); its second field lists the
//! columns, each before those within it (<https://github.com/apache/parquet-format>, `SchemaElement`).

use std::io::{self, Read, Seek, SeekFrom};

/// Deepest nesting that is read; a conversation takes five levels.
pub(crate) const DEEPEST: usize = 64;

/// Whether the columns of a file are nested deeper than [`DEEPEST`]. What is no footer is left to the library.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn is_too_deep(file: &mut (impl Read + Seek)) -> io::Result<bool> {
    let Some(footer) = footer(file)? else { return Ok(false) };
    Ok(Compact { rest: &footer }.deepest().is_some_and(|depth| depth > DEEPEST))
}

/// The bytes before the last eight, which are their length and `PAR1`.
fn footer(file: &mut (impl Read + Seek)) -> io::Result<Option<Vec<u8>>> {
    let length = file.seek(SeekFrom::End(0))?;
    let Some(tail) = length.checked_sub(8) else { return Ok(None) };
    file.seek(SeekFrom::Start(tail))?;
    let (mut size, mut magic) = ([0; 4], [0; 4]);
    file.read_exact(&mut size)?;
    file.read_exact(&mut magic)?;
    let size = u64::from(u32::from_le_bytes(size));
    let Some(start) = tail.checked_sub(size).filter(|_| magic == *b"PAR1") else { return Ok(None) };
    file.seek(SeekFrom::Start(start))?;
    let mut footer = Vec::new();
    file.take(size).read_to_end(&mut footer)?;
    Ok(Some(footer))
}

/// Bytes of the compact protocol; every step gives `None` where they are not of it.
struct Compact<'a> {
    rest: &'a [u8],
}

/// Types of the protocol that are looked at.
const I32: u8 = 5;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

impl Compact<'_> {
    /// Levels of the columns of a footer, or as many as are too many.
    fn deepest(&mut self) -> Option<usize> {
        let (mut last, mut deepest) = (0, 0);
        while deepest <= DEEPEST {
            match self.field(&mut last)? {
                (2, LIST) => deepest = self.levels()?,
                (_, 0) => break,
                (_, kind) => self.skip(kind, DEEPEST)?,
            }
        }
        Some(deepest)
    }

    /// Walks the list of columns and keeps of each open group how many columns are still to come.
    fn levels(&mut self) -> Option<usize> {
        let (kind, count) = self.list()?;
        let (mut open, mut deepest): (Vec<u64>, usize) = (Vec::new(), 0);
        for _ in 0..count {
            if kind != STRUCT {
                return None;
            }
            if let Some(left) = open.last_mut() {
                *left -= 1;
            }
            let children = self.children()?;
            if children > 0 {
                open.push(children);
            }
            deepest = deepest.max(open.len());
            while open.last() == Some(&0) {
                open.pop();
            }
        }
        Some(deepest)
    }

    /// `num_children` of one column, its fifth field.
    fn children(&mut self) -> Option<u64> {
        let (mut last, mut children) = (0, 0);
        loop {
            match self.field(&mut last)? {
                (5, I32) => children = self.varint().map(|number| (number >> 1) & u64::from(u32::MAX))?,
                (_, 0) => return Some(children),
                (_, kind) => self.skip(kind, DEEPEST)?,
            }
        }
    }

    /// Id and type of the next field of a structure; type 0 ends it.
    fn field(&mut self, last: &mut i64) -> Option<(i64, u8)> {
        let byte = self.byte()?;
        let kind = byte & 15;
        match byte >> 4 {
            _ if kind == 0 => {}
            0 => *last = self.varint().map(|number| (number >> 1) as i64 ^ -((number & 1) as i64))?,
            delta => *last = last.wrapping_add(i64::from(delta)),
        }
        Some((*last, kind))
    }

    /// Type and number of a list's elements.
    fn list(&mut self) -> Option<(u8, u64)> {
        let byte = self.byte()?;
        let count = if byte >> 4 == 15 { self.varint()? } else { u64::from(byte >> 4) };
        Some((byte & 15, count))
    }

    /// Skips the value of a field of this type, at most so many levels deep.
    fn skip(&mut self, kind: u8, levels: usize) -> Option<()> {
        let levels = levels.checked_sub(1)?;
        match kind {
            1 | 2 => {}
            3 => drop(self.byte()?),
            4..=6 => drop(self.varint()?),
            7 => self.bytes(8)?,
            8 => {
                let length = self.varint()?;
                self.bytes(length)?;
            }
            LIST | 10 => {
                let (kind, count) = self.list()?;
                for _ in 0..count {
                    self.element(kind, levels)?;
                }
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                for _ in 0..count {
                    self.element(kinds >> 4, levels)?;
                    self.element(kinds & 15, levels)?;
                }
            }
            STRUCT => {
                let mut last = 0;
                loop {
                    match self.field(&mut last)? {
                        (_, 0) => break,
                        (_, kind) => self.skip(kind, levels)?,
                    }
                }
            }
            13 => self.bytes(16)?,
            _ => return None,
        }
        Some(())
    }

    /// Skips an element of a list or map, where a flag is a byte.
    fn element(&mut self, kind: u8, levels: usize) -> Option<()> {
        self.skip(if kind <= 2 { 3 } else { kind }, levels)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn bytes(&mut self, count: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema};
    use parquet::arrow::ArrowWriter;

    use super::*;

    /// A file without rows whose one column `model` lies in so many groups.
    fn nested(groups: usize) -> Vec<u8> {
        let inner =
            (0..groups).fold(DataType::Int32, |inner, _| DataType::Struct(vec![Field::new("x", inner, true)].into()));
        let fields = vec![Field::new("before", DataType::Utf8, true), Field::new("model", inner, true)];
        let writer = ArrowWriter::try_new(Vec::new(), Arc::new(Schema::new(fields)), None).unwrap();
        writer.into_inner().unwrap()
    }

    /// A footer of a chain of groups so deep that no library could have written it.
    pub(crate) fn bottomless(groups: u32) -> Vec<u8> {
        // Version 1, then the list of columns.
        let mut footer = vec![0x15, 0x02, 0x19, 0xfc];
        varint(groups + 1, &mut footer);
        for _ in 0..groups {
            // An optional group `x` of one column.
            footer.extend([0x35, 0x02, 0x18, 0x01, b'x', 0x15, 0x02, 0x00]);
        }
        // The column within, of whole numbers.
        footer.extend([0x15, 0x02, 0x25, 0x02, 0x18, 0x01, b'x', 0x00]);
        // No rows, no row groups.
        footer.extend([0x16, 0x00, 0x19, 0x0c, 0x00]);
        let length = (footer.len() as u32).to_le_bytes();
        [b"PAR1", &footer[..], &length, b"PAR1"].concat()
    }

    fn varint(mut number: u32, to: &mut Vec<u8>) {
        while number >= 128 {
            to.push(number as u8 | 128);
            number >>= 7;
        }
        to.push(number as u8);
    }

    fn too_deep(file: Vec<u8>) -> bool {
        is_too_deep(&mut Cursor::new(file)).unwrap()
    }

    #[test]
    fn columns_within_columns_are_counted() {
        // The root is a level too.
        assert!(!too_deep(nested(0)) && !too_deep(nested(DEEPEST - 1)));
        assert!(too_deep(nested(DEEPEST)));
        assert!(too_deep(bottomless(1_000_000)));
    }

    #[test]
    fn what_is_no_footer_is_left_to_the_library() {
        let whole = nested(DEEPEST);
        for end in 0..whole.len() {
            assert!(!too_deep(whole[..end].to_vec()), "{end}");
        }
        // The largest id of a field, and one more.
        let ids = b"\x05\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01\0\x15\0\0";
        assert!(!too_deep([b"PAR1", &ids[..], &15u32.to_le_bytes(), b"PAR1"].concat()));
        assert!(!too_deep(b"PAR1\x19\xfc\xff\xff\xff\xff\x0f\x07\0\0\0PAR1".to_vec()));
    }
}
