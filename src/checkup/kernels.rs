//! Which kernels of this program the device takes: the processor's by its instructions, a GPU's by loading each.

use candle_core::Device;

use crate::check::{Check, Section};
use crate::engine::cpu::Element;

/// A row for each kernel that there is for this device.
pub fn kernels(device: &Device) -> Vec<Check> {
    match device {
        Device::Cpu => [Element::F32, Element::Bf16].map(|element| panels(element, element.supported())).into(),
        #[cfg(feature = "cuda")]
        Device::Cuda(cuda) => {
            use crate::engine::cuda::{catalogue::own_kernels, loaded};
            own_kernels().iter().map(|own| load(&own.kernel.name(), loaded(cuda, own))).collect()
        }
        _ => Vec::new(),
    }
}

/// What multiplies matrices of such numbers on a processor.
fn panels(element: Element, is_there: bool) -> Check {
    let told = |what: &str, note: &str| Check::told(Section::Environment, what, note);
    match (element, is_there) {
        (Element::F32, true) => told("products in f32", "panels of AVX-512"),
        (Element::F32, false) => told("products in f32", "gemm, since this processor has no AVX-512"),
        (Element::Bf16, true) => told("products in bf16", "panels of AVX512-BF16"),
        (Element::Bf16, false) => {
            let why = "this processor has no AVX512-BF16; --dtype bf16 is refused";
            Check::skipped(Section::Environment, "products in bf16", why)
        }
    }
}

/// What loading one of a GPU's kernels came to: for which GPUs it was compiled, or why it does not load.
#[cfg(any(feature = "cuda", test))]
fn load(kernel: &str, came_to: Result<String, String>) -> Check {
    const WHAT: &str = "own kernel";
    let row = match came_to {
        Ok(target) => Check::told(Section::Environment, WHAT, format!("loaded from its PTX for {target}")),
        Err(why) => Check::failed(Section::Environment, WHAT, why),
    };
    row.of(kernel)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Standing, condensed};

    #[test]
    fn the_processor_tells_what_multiplies() {
        let told = |element, is_there| {
            let row = panels(element, is_there);
            (row.standing, row.note)
        };
        assert_eq!(told(Element::F32, true), (Standing::Passed, "panels of AVX-512".into()));
        assert_eq!(told(Element::F32, false).1, "gemm, since this processor has no AVX-512");
        assert_eq!(told(Element::Bf16, true).1, "panels of AVX512-BF16");
        assert_eq!(told(Element::Bf16, false).0, Standing::Skipped);
        assert_eq!(kernels(&Device::Cpu).len(), 2);
    }

    #[test]
    fn a_kernel_that_does_not_load_fails_and_those_that_do_are_one_row_for_people() {
        let refused = "DriverError(CUDA_ERROR_NO_BINARY_FOR_GPU); build with `CUDA_COMPUTE_CAP=86`";
        let rows = [
            load("gate_f32", Ok("sm_90a".into())),
            load("log_sum_exp", Err(refused.into())),
            load("gate_bf16", Ok("sm_90a".into())),
        ];
        let rows = condensed(&rows);
        assert_eq!(rows.len(), 2);
        assert_eq!(
            (rows[0].standing, rows[0].note.as_str()),
            (Standing::Passed, "2 cases: loaded from its PTX for sm_90a")
        );
        assert_eq!((rows[1].standing, rows[1].case.as_deref()), (Standing::Failed, Some("log_sum_exp")));
        assert_eq!(rows[1].note, refused);
    }
}
