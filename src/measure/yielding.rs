//! Which process goes where memory runs out.

/// Where memory runs out, Linux is to end this process and not the one that waits for it. Elsewhere, and where that is
/// not allowed, nothing changes.
pub fn be_first_to_go() {
    let _ = std::fs::write("/proc/self/oom_score_adj", "1000");
}
