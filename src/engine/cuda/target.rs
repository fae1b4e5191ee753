//! Which GPUs run the kernels of a build: those that their PTX was compiled for.

/// For which GPUs PTX was compiled, as `sm_90a`; empty if it does not say.
pub fn target(ptx: &str) -> &str {
    let line = ptx.lines().find_map(|line| line.strip_prefix(".target ")).unwrap_or_default();
    line.split(',').next().unwrap_or_default().trim()
}

/// What to do where a build is for other GPUs than one of this compute capability.
pub fn remedy((major, minor): (i32, i32)) -> String {
    let has = 10 * major + minor;
    let remedy = match has >= 80 {
        true => format!("build with `CUDA_COMPUTE_CAP={has}`"),
        false => "give a GPU of 8.0 or later".into(),
    };
    format!("{remedy}, or use `--device cpu`")
}

/// Why kernels compiled to this PTX do not run on a GPU of a compute capability, and the remedy; `None` if they do.
pub fn misfit(ptx: &str, (major, minor): (i32, i32)) -> Option<String> {
    let target = target(ptx).strip_prefix("sm_").unwrap_or_default();
    let end = target.find(|c: char| !c.is_ascii_digit()).unwrap_or(target.len());
    let (number, rest) = target.split_at(end);
    let Ok(least) = number.parse::<i32>() else {
        return Some("this build does not say for which GPUs its kernels are; build it again".into());
    };
    let has = 10 * major + minor;
    // `a` is for that architecture alone, `f` for its family, and without a letter later ones run it too.
    let (fits, reach) = match rest.chars().next() {
        Some('a') => (has == least, "alone"),
        Some('f') => (has >= least && major == least / 10, "and its family"),
        _ => (has >= least, "and later"),
    };
    let (whole, tenth) = (least / 10, least % 10);
    (!fits).then(|| {
        format!(
            "it has compute capability {major}.{minor} and this build is for {whole}.{tenth} {reach}; {}",
            remedy((major, minor))
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_runs_where_its_target_does() {
        for (target, runs_on, fails_on) in [
            ("sm_80", [(8, 0), (8, 9), (9, 0)], [(7, 5), (7, 0), (6, 1)]),
            ("sm_90a", [(9, 0); 3], [(8, 9), (10, 0), (9, 1)]),
            ("sm_103f", [(10, 3), (10, 4), (10, 9)], [(10, 0), (11, 0), (12, 0)]),
        ] {
            let ptx = format!("//\n.version 9.0\n.target {target}\n.address_size 64\n");
            assert_eq!(runs_on.map(|capability| misfit(&ptx, capability)), [const { None }; 3], "{target}");
            assert!(fails_on.into_iter().all(|capability| misfit(&ptx, capability).is_some()), "{target}");
        }
    }

    #[test]
    fn the_remedy_is_another_build_or_another_device() {
        let told = |capability| misfit(".target sm_90a\n", capability).unwrap();
        assert_eq!(
            told((8, 6)),
            "it has compute capability 8.6 and this build is for 9.0 alone; build with `CUDA_COMPUTE_CAP=86`, or use \
             `--device cpu`"
        );
        assert!(misfit("//\n.version 9.0\n", (9, 0)).is_some_and(|why| why.ends_with("build it again")));
        assert!(told((7, 5)).ends_with("; give a GPU of 8.0 or later, or use `--device cpu`"), "{}", told((7, 5)));
    }
}
