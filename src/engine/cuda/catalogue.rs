//! The kernels of a build by name, to see whether a device takes each.

use super::shape::{AttentionShape, KERNEL_WIDTHS};

/// A kernel of this build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnKernel {
    /// As its source calls it.
    pub name: String,
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
    let mut add = |file, name: String, shared_bytes| kernels.push(OwnKernel { name, file, shared_bytes });
    for width in KERNEL_WIDTHS {
        let bytes = |shape: Option<AttentionShape>| shape.map_or(0, |shape| shape.shared_bytes);
        for format in ["bf16", "f16"] {
            add(File::Attention, format!("attention_{format}_{width}"), bytes(AttentionShape::narrow(width)));
        }
        add(File::AttentionF32, format!("attention_f32_{width}"), bytes(AttentionShape::wide(width)));
    }
    for format in ["bf16", "f16", "f32"] {
        add(File::Gate, format!("gate_{format}"), 0);
        add(File::Rotary, format!("rotary_split_{format}"), 0);
    }
    add(File::LogSumExp, "log_sum_exp".into(), 0);
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
                own_kernels().into_iter().filter(|kernel| kernel.file == file).map(|kernel| kernel.name).collect();
            declared.sort();
            known.sort();
            assert_eq!(known, declared, "{file:?}");
        }
        let [first, last] = [own_kernels()[0].clone(), own_kernels()[own_kernels().len() - 1].clone()];
        assert_eq!((first.name.as_str(), last.name.as_str()), ("attention_bf16_32", "log_sum_exp"));
    }
}
