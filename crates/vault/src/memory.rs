//! Keeps other programs from reading this process's memory, secrets included.

/// Leaves no core dump of this process. Programs that it starts inherit that, and may raise the limit again.
///
/// Call it before there is a secret. It does what the platform can, and nothing on Windows.
pub fn forbid_core_dumps() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let now = getrlimit(Resource::Core);
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), ..now });
    }
}

/// Keeps other programs of the same user from attaching a debugger and from reading this process's memory. Programs
/// that it starts don't inherit that.
///
/// On Linux only. `/proc/PID` then belongs to root, so a program that talks to XDG portals must not call it: they look
/// there to identify it.
pub fn forbid_tracing() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// Takes back [`forbid_tracing`], for a moment in which another process of the user has to see what this one runs.
pub fn allow_tracing() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        let _ = set_dumpable_behavior(DumpableBehavior::Dumpable);
    }
}
