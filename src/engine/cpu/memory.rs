//! How the process treats memory that results of products leave behind.

/// Keeps freed results for the next ones. Each is some megabytes; by its own rules the GNU allocator gives such memory
/// back to the system at once, and the system hands it out again zeroed, page by page: at 1024 tokens that took a sixth
/// of the time in bf16. Elsewhere, and for what is larger than any result of a batch, nothing changes.
pub fn keep_freed_results() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        /// The largest result of a batch, and what older allocators take at most.
        const LARGEST: [libc::c_int; 2] = [128 << 20, 32 << 20];
        // SAFETY: it sets a threshold of the allocator, at any time and from any thread.
        let set = |threshold, bytes| unsafe { libc::mallopt(threshold, bytes) } == 1;
        if let Some(largest) = LARGEST.into_iter().find(|&largest| set(libc::M_MMAP_THRESHOLD, largest)) {
            // Where this is refused, time is lost and nothing else.
            let _ = set(libc::M_TRIM_THRESHOLD, 2 * largest);
        }
    }
}
