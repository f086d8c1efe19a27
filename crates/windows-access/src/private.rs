//! Makes files and folders for this user alone, as modes 0600 and 0700 do elsewhere.
//!
//! Windows gives a new file the access list that its folder hands down. In a person's profile that lets in them, the system
//! and the administrators, and stays as it is. In a folder such as `D:\\aws` it lets in every user of the machine.

// No safe wrapper sets the access list of an open file.
#![allow(unsafe_code)]

use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::fs::OpenOptionsExt as _;
use std::os::windows::io::{AsHandle as _, AsRawHandle as _, BorrowedHandle};
use std::path::Path;
use std::ptr::null_mut;

use widestring::U16CString;
use windows_sys::Win32::Foundation::{
    ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED, ERROR_SUCCESS, GENERIC_WRITE, LocalFree,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo, SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorControl, PROTECTED_DACL_SECURITY_INFORMATION,
    PSECURITY_DESCRIPTOR, SE_DACL_PROTECTED, SetKernelObjectSecurity,
};
use windows_sys::Win32::Storage::FileSystem::{FILE_FLAG_BACKUP_SEMANTICS, READ_CONTROL, WRITE_DAC};

use super::system::{of_open_file, own_user};
use super::{CHANGE, READ};

/// A new file to write to. As long as it is open, no other program can open it: what its list allows may be settled first.
///
/// # Errors
///
/// The system's; `AlreadyExists` where the name is taken.
#[allow(clippy::disallowed_methods)] // durable-file, which writes all files, is made of it.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).share_mode(0).access_mode(GENERIC_WRITE | READ_CONTROL | WRITE_DAC);
    options.open(path)
}

/// Leaves a file of [`create_new`] to this user, the system and the administrators, unless its list does so already.
///
/// # Errors
///
/// The system's.
pub fn keep_file_private(file: &File) -> io::Result<()> {
    keep_private(file.as_handle(), "")
}

/// Does the same for a folder, and for what will be made in it.
///
/// # Errors
///
/// The system's.
#[allow(clippy::disallowed_methods)] // It's opened to change its list alone.
pub fn keep_folder_private(folder: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.access_mode(READ_CONTROL | WRITE_DAC).custom_flags(FILE_FLAG_BACKUP_SEMANTICS);
    keep_private(options.open(folder)?.as_handle(), "OICI")
}

/// Creates the folder and those above it that are missing, for this user alone.
///
/// # Errors
///
/// The system's.
#[allow(clippy::disallowed_methods)]
pub fn create_folders(folder: &Path) -> io::Result<()> {
    let missing = folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists()).last();
    let Some(topmost) = missing else { return Ok(()) };
    match std::fs::create_dir(topmost) {
        Ok(()) => keep_folder_private(topmost)?,
        // Another process made it a moment ago, and sees to that.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    // The others inherit its list.
    std::fs::create_dir_all(folder)
}

/// Gives a file of [`create_new`] the access list of another file, which it will replace.
///
/// # Errors
///
/// The system's.
#[allow(clippy::disallowed_methods)] // It's opened to read its list alone.
pub fn give_list_of(old: &Path, file: &File) -> io::Result<()> {
    let old = OpenOptions::new().access_mode(READ_CONTROL).open(old)?;
    let (old, new) = (Descriptor::of(old.as_handle())?, Descriptor::of(file.as_handle())?);
    // Most have what their folder hands down, and are left with it.
    if old.list() == new.list() { Ok(()) } else { old.give_to(file.as_handle()) }
}

/// `flags`: how what is below inherits it, in the words of the security descriptor definition language.
fn keep_private(object: BorrowedHandle<'_>, flags: &str) -> io::Result<()> {
    let me = own_user()?;
    if !of_open_file(object)?.lets_others(READ | CHANGE, &me) {
        return Ok(());
    }
    // Protected from what the folder hands down; everything for this user, the system and the administrators.
    let list = format!("D:P(A;{flags};FA;;;{me})(A;{flags};FA;;;SY)(A;{flags};FA;;;BA)");
    Descriptor::written(&list)?.give_to(object)
}

/// A security descriptor that the system made.
struct Descriptor {
    whole: PSECURITY_DESCRIPTOR,
    list: *const ACL,
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        // SAFETY: the system allocated it, and nothing else frees it.
        unsafe { LocalFree(self.whole) };
    }
}

impl Descriptor {
    /// That of an open file, as far as its list.
    fn of(object: BorrowedHandle<'_>) -> io::Result<Self> {
        let (mut whole, mut list): (PSECURITY_DESCRIPTOR, *mut ACL) = (null_mut(), null_mut());
        // SAFETY: the handle is open; both pointers are written on success, and the others may be null.
        let failed = unsafe {
            GetSecurityInfo(
                object.as_raw_handle(),
                SE_FILE_OBJECT,
                DACL_SECURITY_INFORMATION,
                null_mut(),
                null_mut(),
                &raw mut list,
                null_mut(),
                &raw mut whole,
            )
        };
        if failed != ERROR_SUCCESS {
            return Err(io::Error::from_raw_os_error(failed.cast_signed()));
        }
        Ok(Self { whole, list })
    }

    /// One with a list in the words of the security descriptor definition language.
    fn written(list: &str) -> io::Result<Self> {
        let text = U16CString::from_str(list).map_err(io::Error::other)?;
        let (text, mut whole, size): (_, PSECURITY_DESCRIPTOR, _) = (text.as_ptr(), null_mut(), null_mut());
        // SAFETY: the text ends with NUL, `whole` is written on success, and the size may be null.
        let made = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(text, SDDL_REVISION_1, &raw mut whole, size)
        };
        if made == 0 { Err(io::Error::last_os_error()) } else { Ok(Self { whole, list: null_mut() }) }
    }

    /// The list's bytes, if it was read from a file that has one.
    fn list(&self) -> Option<&[u8]> {
        // SAFETY: it points into the descriptor, which is alive, and its first fields have its size.
        unsafe {
            let size = usize::from(self.list.as_ref()?.AclSize);
            Some(std::slice::from_raw_parts(self.list.cast::<u8>(), size))
        }
    }

    /// Sets the list of an open file to this one. Where the file system has no lists, nothing is done.
    fn give_to(&self, object: BorrowedHandle<'_>) -> io::Result<()> {
        let (mut control, mut revision) = (0, 0);
        // SAFETY: the descriptor is alive, and both numbers are written on success.
        if unsafe { GetSecurityDescriptorControl(self.whole, &raw mut control, &raw mut revision) } == 0 {
            return Err(io::Error::last_os_error());
        }
        let is_protected = control & SE_DACL_PROTECTED != 0;
        let what = DACL_SECURITY_INFORMATION | if is_protected { PROTECTED_DACL_SECURITY_INFORMATION } else { 0 };
        // SAFETY: the handle is open, and the descriptor is alive.
        if unsafe { SetKernelObjectSecurity(object.as_raw_handle(), what, self.whole) } != 0 {
            return Ok(());
        }
        let error = io::Error::last_os_error();
        match error.raw_os_error().map(i32::cast_unsigned) {
            Some(ERROR_INVALID_FUNCTION | ERROR_NOT_SUPPORTED) => Ok(()),
            _ => Err(error),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::super::{AccessList, of_file};
    use super::*;

    /// As a folder at the root of a drive hands it down.
    fn open_to_all(object: BorrowedHandle<'_>) {
        Descriptor::written("D:P(A;;FA;;;WD)").unwrap().give_to(object).unwrap();
    }

    fn lets_others(list: &AccessList) -> bool {
        list.lets_others(READ | CHANGE, &own_user().unwrap())
    }

    #[test]
    fn a_file_that_its_folder_opens_to_all_is_kept_to_its_owner() {
        let folder = tempfile::tempdir().unwrap();
        let file = create_new(&folder.path().join("credentials")).unwrap();
        open_to_all(file.as_handle());
        assert!(lets_others(&of_open_file(file.as_handle()).unwrap()));
        keep_file_private(&file).unwrap();
        let list = of_open_file(file.as_handle()).unwrap();
        assert!(!lets_others(&list), "{list:?}");
    }

    #[test]
    fn no_other_program_opens_a_file_that_is_being_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("credentials");
        let file = create_new(&path).unwrap();
        assert!(File::open(&path).is_err());
        assert_eq!(create_new(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        drop(file);
        assert!(File::open(&path).is_ok());
    }

    #[test]
    fn the_next_version_of_a_file_lets_in_whom_the_last_did() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join("old");
        open_to_all(create_new(&old).unwrap().as_handle());
        let new = create_new(&folder.path().join("new")).unwrap();
        assert!(!lets_others(&of_open_file(new.as_handle()).unwrap()));
        give_list_of(&old, &new).unwrap();
        assert_eq!(of_open_file(new.as_handle()).unwrap().allowed, of_file(&old).unwrap().allowed);
    }

    #[test]
    fn new_folders_are_kept_to_their_owner() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_folders(&inner).unwrap();
        create_folders(&inner).unwrap();
        for made in [folder.path().join("a"), inner] {
            assert!(!lets_others(&of_file(&made).unwrap()), "{}", made.display());
        }
    }
}
