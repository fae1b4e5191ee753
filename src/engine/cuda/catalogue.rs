//! The kernels of a build by name: as they are launched, and all of them, to see whether a device takes each.

use super::shape::{AttentionShape, KERNEL_WIDTHS};

/// A kernel, by what its name is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Kernel {
    stem: &'static str,
    /// `bf16`, `f16` or `f32`, where there is one for each.
    format: Option<&'static str>,
    /// Widest head, where there is one for each.
    width: Option<usize>,
}

impl Kernel {
    /// The log-sum-exp of the head.
    pub const LOG_SUM_EXP: Self = Self { stem: "log_sum_exp", format: None, width: None };
    /// What breaks a device on purpose.
    pub const STORE_NOWHERE: Self = Self { stem: "store_nowhere", format: None, width: None };

    /// Attention for numbers of a format and heads up to a width.
    pub fn attention(format: &'static str, width: usize) -> Self {
        Self { stem: "attention", format: Some(format), width: Some(width) }
    }

    /// Gating for numbers of a format.
    pub fn gate(format: &'static str) -> Self {
        Self { stem: "gate", format: Some(format), width: None }
    }

    /// The rotary embedding for numbers of a format.
    pub fn rotary(format: &'static str) -> Self {
        Self { stem: "rotary_split", format: Some(format), width: None }
    }

    /// As its source calls it.
    pub fn name(self) -> String {
        let Self { stem, format, width } = self;
        let format = format.map(|format| format!("_{format}")).unwrap_or_default();
        let width = width.map(|width| format!("_{width}")).unwrap_or_default();
        format!("{stem}{format}{width}")
    }
}

/// A kernel of this build, and where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnKernel {
    /// The kernel.
    pub kernel: Kernel,
    /// Which source that is.
    pub file: File,
    /// Bytes of shared memory of a block, where it needs more than every kernel has.
    pub shared_bytes: usize,
}

/// A source of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// Attention in bf16 and f16.
    Attention,
    /// Attention in f32.
    AttentionF32,
    /// Gating.
    Gate,
    /// The log-sum-exp of the head.
    LogSumExp,
    /// The rotary embedding.
    Rotary,
}

/// Every kernel that computes.
pub fn own_kernels() -> Vec<OwnKernel> {
    let mut kernels = Vec::new();
    let mut add = |file, kernel, shared_bytes| kernels.push(OwnKernel { kernel, file, shared_bytes });
    for width in KERNEL_WIDTHS {
        let bytes = |shape: Option<AttentionShape>| shape.map_or(0, |shape| shape.shared_bytes);
        for format in ["bf16", "f16"] {
            add(File::Attention, Kernel::attention(format, width), bytes(AttentionShape::narrow(width)));
        }
        add(File::AttentionF32, Kernel::attention("f32", width), bytes(AttentionShape::wide(width)));
    }
    for format in ["bf16", "f16", "f32"] {
        add(File::Gate, Kernel::gate(format), 0);
        add(File::Rotary, Kernel::rotary(format), 0);
    }
    add(File::LogSumExp, Kernel::LOG_SUM_EXP, 0);
    kernels
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCES: [(File, &str); 5] = [
        (File::Attention, include_str!("attention.cu")),
        (File::AttentionF32, include_str!("attention_f32.cu")),
        (File::Gate, include_str!("gate.cu")),
        (File::LogSumExp, include_str!("log_sum_exp.cu")),
        (File::Rotary, include_str!("rotary.cu")),
    ];

    /// The kernels that a source declares: by name, or by a macro that is given widths.
    fn declared(source: &str) -> Vec<String> {
        let kernels = source.lines().filter_map(|line| line.trim().strip_prefix("KERNEL("));
        let names = kernels.filter_map(|rest| rest.split_once(") ")?.1.split('(').next());
        let calls = source.lines().filter_map(|line| line.split_once("ATTENTION(")?.1.strip_suffix(')'));
        let widths: Vec<&str> = calls.filter(|width| width.parse::<usize>().is_ok()).collect();
        let named = |name: &str| match name.strip_suffix("##WIDTH") {
            Some(stem) => widths.iter().map(|width| format!("{stem}{width}")).collect(),
            None => vec![name.to_owned()],
        };
        names.flat_map(named).collect()
    }

    #[test]
    fn the_catalogue_has_every_kernel_that_the_sources_declare_and_no_other() {
        for (file, source) in SOURCES {
            let mut declared = declared(source);
            let mut known: Vec<String> =
                own_kernels().into_iter().filter(|own| own.file == file).map(|own| own.kernel.name()).collect();
            declared.sort();
            known.sort();
            assert_eq!(known, declared, "{file:?}");
        }
        let [first, last] = [own_kernels()[0], own_kernels()[own_kernels().len() - 1]];
        assert_eq!([first, last].map(|own| own.kernel.name()), ["attention_bf16_32", "log_sum_exp"]);
    }
}
