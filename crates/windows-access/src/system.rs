//! Asks Windows who this process runs as, and who can do what with a file or a pipe.

// No safe wrapper tells who owns an object by its handle, or what its list allows.
#![allow(unsafe_code)]

use std::fs::OpenOptions;
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::{AsHandle as _, AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle};
use std::path::Path;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{ERROR_SUCCESS, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, GetSecurityInfo, SE_FILE_OBJECT, SE_KERNEL_OBJECT, SE_OBJECT_TYPE,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACL, DACL_SECURITY_INFORMATION, GetAce, GetTokenInformation, INHERIT_ONLY_ACE,
    OWNER_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, PSID, TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_BACKUP_SEMANTICS, FILE_FLAG_OPEN_REPARSE_POINT, READ_CONTROL};
use windows_sys::Win32::System::SystemServices::{ACCESS_ALLOWED_ACE_TYPE, ACCESS_ALLOWED_CALLBACK_ACE_TYPE};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::{AccessList, Allowed, Sid};

/// What of a SID is largest (`SECURITY_MAX_SID_SIZE`).
const LARGEST_SID: usize = 68;

/// Room for the answer about a token's user, and as aligned as it.
#[repr(C)]
struct UserAndSid {
    user: TOKEN_USER,
    sid: [u8; LARGEST_SID],
}

/// The user of this process.
///
/// # Errors
///
/// The system's.
pub fn own_user() -> io::Result<Sid> {
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

/// The access list of a pipe.
///
/// # Errors
///
/// The system's, also if the handle may not read that.
pub fn of_pipe(pipe: BorrowedHandle<'_>) -> io::Result<AccessList> {
    of_object(pipe, SE_KERNEL_OBJECT)
}

/// The access list of a file or folder. Of a link itself, not of what it leads to.
///
/// # Errors
///
/// The system's, also if this user may not read that.
#[allow(clippy::disallowed_methods)] // It's opened to read its list alone.
pub fn of_file(path: &Path) -> io::Result<AccessList> {
    let mut options = OpenOptions::new();
    options.access_mode(READ_CONTROL).custom_flags(FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT);
    of_open_file(options.open(path)?.as_handle())
}

/// The access list of the file or folder that was opened.
///
/// # Errors
///
/// The system's, also if the handle may not read that.
pub fn of_open_file(file: BorrowedHandle<'_>) -> io::Result<AccessList> {
    of_object(file, SE_FILE_OBJECT)
}

fn of_object(object: BorrowedHandle<'_>, kind: SE_OBJECT_TYPE) -> io::Result<AccessList> {
    let (mut owner, mut list, mut descriptor): (PSID, *mut ACL, PSECURITY_DESCRIPTOR) =
        (null_mut(), null_mut(), null_mut());
    // SAFETY: the handle is open; the pointers are written on success, and the others may be null.
    let failed = unsafe {
        GetSecurityInfo(
            object.as_raw_handle(),
            kind,
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            &raw mut owner,
            null_mut(),
            &raw mut list,
            null_mut(),
            &raw mut descriptor,
        )
    };
    if failed != ERROR_SUCCESS {
        return Err(io::Error::from_raw_os_error(failed.cast_signed()));
    }
    // SAFETY: both lie in the descriptor, which is freed only afterwards, once.
    unsafe {
        let told = text(owner).and_then(|owner| Ok(AccessList { owner, allowed: allowed(list)? }));
        LocalFree(descriptor);
        told
    }
}

/// What a list allows, but for entries that only what is below inherits.
///
/// # Safety
///
/// It is null, or points to a list.
unsafe fn allowed(list: *const ACL) -> io::Result<Option<Vec<Allowed>>> {
    if list.is_null() {
        return Ok(None);
    }
    let mut allowed = Vec::new();
    // SAFETY: the caller's promise. `GetAce` checks the place and gives an entry of the list, which begins with its
    // header. Both kinds that allow something begin with the same fields, and `SidStart` is where the SID is.
    unsafe {
        for place in 0..u32::from((*list).AceCount) {
            let mut entry = null_mut();
            if GetAce(list, place, &raw mut entry) == 0 {
                return Err(io::Error::last_os_error());
            }
            let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
            let header = (*entry).Header;
            let allows = [ACCESS_ALLOWED_ACE_TYPE, ACCESS_ALLOWED_CALLBACK_ACE_TYPE].contains(&header.AceType.into());
            if allows && u32::from(header.AceFlags) & INHERIT_ONLY_ACE == 0 {
                let to = text((&raw mut (*entry).SidStart).cast())?;
                allowed.push(Allowed { to, rights: (*entry).Mask });
            }
        }
    }
    Ok(Some(allowed))
}

/// The text of a SID.
///
/// # Safety
///
/// It is null, or points to a SID.
unsafe fn text(sid: PSID) -> io::Result<Sid> {
    let mut written = null_mut();
    // SAFETY: the caller's promise, and the function checks for null. On success it allocates a text that ends with
    // NUL.
    unsafe {
        if ConvertSidToStringSidW(sid, &raw mut written) == 0 {
            return Err(io::Error::last_os_error());
        }
        let text = widestring::U16CStr::from_ptr_str(written).to_string_lossy();
        LocalFree(written.cast());
        Ok(text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::CHANGE;
    use super::*;

    #[test]
    fn what_this_user_makes_in_their_own_folder_is_theirs() {
        let me = own_user().unwrap();
        assert!(me.starts_with("S-1-"), "{me}");
        let folder = tempfile::tempdir().unwrap();
        let file = tempfile::NamedTempFile::new_in(folder.path()).unwrap();
        for path in [folder.path(), file.path()] {
            let list = of_file(path).unwrap();
            assert!(!list.is_of_another(&me) && !list.lets_everyone(CHANGE), "{list:?}");
        }
        assert_eq!(of_file(&folder.path().join("missing")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
