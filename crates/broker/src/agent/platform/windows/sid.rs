//! Security identifiers: who this process runs as, and who owns a pipe.

// No safe wrapper tells who owns an object by its handle. A process ID would not do: the process behind it can change.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle};
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, LocalFree};
use windows_sys::Win32::Security::Authorization::{ConvertSidToStringSidW, GetSecurityInfo, SE_KERNEL_OBJECT};
use windows_sys::Win32::Security::{
    GetTokenInformation, OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

/// What of a SID is largest (`SECURITY_MAX_SID_SIZE`).
const LARGEST_SID: usize = 68;

/// Room for the answer about a token's user, and as aligned as it.
#[repr(C)]
struct UserAndSid {
    user: TOKEN_USER,
    sid: [u8; LARGEST_SID],
}

/// The user of this process, as `S-1-…`.
///
/// # Errors
///
/// The system's.
pub(super) fn own() -> io::Result<String> {
    let mut token = null_mut();
    // SAFETY: the pseudo handle needs no closing, and `token` is written on success.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &raw mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle is open, and nothing else closes it.
    let token = unsafe { OwnedHandle::from_raw_handle(token) };
    let mut answer = UserAndSid { user: TOKEN_USER::default(), sid: [0; LARGEST_SID] };
    let (size, mut length) = (size_of::<UserAndSid>() as u32, 0);
    // SAFETY: the buffer is `size` bytes long, and as aligned as the structure that is written to its beginning.
    let asked = unsafe {
        GetTokenInformation(token.as_raw_handle(), TokenUser, (&raw mut answer).cast(), size, &raw mut length)
    };
    if asked == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the SID lies in `answer`, which is alive.
    unsafe { text(answer.user.User.Sid) }
}

/// The owner of a pipe, as `S-1-…`.
///
/// # Errors
///
/// The system's, also if the handle may not read that.
pub(super) fn owner(pipe: BorrowedHandle<'_>) -> io::Result<String> {
    let (mut owner, mut descriptor): (PSID, PSECURITY_DESCRIPTOR) = (null_mut(), null_mut());
    // SAFETY: the handle is open; both pointers are written on success, and the others may be null.
    let failed = unsafe {
        GetSecurityInfo(
            pipe.as_raw_handle(),
            SE_KERNEL_OBJECT,
            OWNER_SECURITY_INFORMATION,
            &raw mut owner,
            null_mut(),
            null_mut(),
            null_mut(),
            &raw mut descriptor,
        )
    };
    if failed != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(failed.cast_signed()));
    }
    // SAFETY: the SID lies in the descriptor, which is freed only afterwards, once.
    unsafe {
        let told = text(owner);
        LocalFree(descriptor);
        told
    }
}

/// The text of a SID.
///
/// # Safety
///
/// It is null, or points to a SID.
unsafe fn text(sid: PSID) -> io::Result<String> {
    let mut written = null_mut();
    // SAFETY: the caller's promise, and the function checks for null. On success it allocates a text that ends with NUL.
    unsafe {
        if ConvertSidToStringSidW(sid, &raw mut written) == 0 {
            return Err(io::Error::last_os_error());
        }
        let text = widestring::U16CStr::from_ptr_str(written).to_string_lossy();
        LocalFree(written.cast());
        Ok(text)
    }
}
