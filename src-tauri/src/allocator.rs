//! glibc's allocator, which Daypass, GTK and WebKit share in this process.

/// Has all threads allocate from one arena (mallopt(3), `M_ARENA_MAX`).
///
/// By default each thread gets an arena of its own, up to eight for each core, and keeps what was freed in it. A large
/// catalog is read and indexed on several threads, one after the other: with 50,000 roles that kept 90 MB for ever. Call
/// it before there are threads.
#[allow(unsafe_code)]
pub(crate) fn use_one_arena() {
    // SAFETY: it sets a number in the allocator, under the allocator's lock. Failing leaves the usual number.
    #[cfg(target_env = "gnu")]
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}
