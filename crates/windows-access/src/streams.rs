//! The standard streams of this process, which programs that it starts get only if it passes them on.

// No safe wrapper says whether a handle is inherited.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::AsRawHandle as _;

use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};

/// Keeps programs that this process starts from holding its standard streams open. Otherwise each gets every handle that can
/// be inherited, and what reads this process's output waits for the end of a browser or of a server in the background.
///
/// The standard library passes streams on as copies, so a program that is to have them has them.
pub fn keep_streams() {
    let streams = [io::stdin().as_raw_handle(), io::stdout().as_raw_handle(), io::stderr().as_raw_handle()];
    for stream in streams.into_iter().filter(|stream| !stream.is_null()) {
        // SAFETY: the handle is this process's own and stays open. An invalid one is refused.
        unsafe { SetHandleInformation(stream, HANDLE_FLAG_INHERIT, 0) };
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::{Command, Stdio};

    use windows_sys::Win32::Foundation::GetHandleInformation;

    use super::*;

    #[test]
    fn only_what_is_passed_on_is_inherited() {
        keep_streams();
        let mut flags = u32::MAX;
        // SAFETY: `flags` is written on success.
        if unsafe { GetHandleInformation(io::stdout().as_raw_handle(), &raw mut flags) } != 0 {
            assert_eq!(flags & HANDLE_FLAG_INHERIT, 0);
        }
        let mut echo = Command::new("cmd.exe");
        echo.args(["/D", "/C", "echo", "heard"]);
        assert!(echo.stdout(Stdio::inherit()).status().unwrap().success(), "it can write to our stream");
    }
}
