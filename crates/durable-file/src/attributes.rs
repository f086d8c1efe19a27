//! What a file has besides its content, mode and owner: POSIX ACLs and other extended attributes.
//!
//! Where a file has an ACL, the group bits of its mode are the ACL's mask. Without the ACL they would open the file to its
//! whole group. Windows and macOS keep their ACLs elsewhere: there new files inherit those of their folder.

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
pub(crate) use imp::Attributes;

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
mod imp {
    use std::fs::File;
    use std::io;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::Errno;

    const ACL: &str = "system.posix_acl_access";
    /// Their values are about the content, which is another one in the new version.
    const OF_CONTENT: [&str; 2] = ["security.ima", "security.evm"];
    /// The largest that Linux allows.
    const LARGEST: usize = 64 * 1024;

    /// The extended attributes of a file.
    pub(crate) struct Attributes(Vec<(String, Vec<u8>)>);

    impl Attributes {
        /// None where the file system has none.
        pub(crate) fn of(file: &File) -> Self {
            let mut names = vec![0; LARGEST];
            let Ok(length) = flistxattr(file, &mut names[..]) else { return Self(Vec::new()) };
            let names = names[..length].split(|&byte| byte == 0).filter_map(|name| str::from_utf8(name).ok());
            let mut buffer = vec![0; LARGEST];
            let mut value = |name: &str| {
                let length = fgetxattr(file, name, &mut buffer[..]).ok()?;
                Some((name.to_owned(), buffer[..length].to_vec()))
            };
            let names = names.filter(|name| !name.is_empty() && !OF_CONTENT.contains(name));
            Self(names.filter_map(&mut value).collect())
        }

        /// Gives them to another file, which loses an ACL that it has from its folder. Returns whether those that say who
        /// may open it are as they were. An attribute that only the system may set (of SELinux, for example) is left out.
        ///
        /// # Errors
        ///
        /// When the disk has no room for them.
        pub(crate) fn give(&self, file: &File) -> io::Result<bool> {
            if self.0.iter().all(|(name, _)| name != ACL) {
                // It would open the new version to users who couldn't open the old one.
                let _ = fremovexattr(file, ACL);
            }
            let mut all = true;
            for (name, value) in &self.0 {
                match fsetxattr(file, name.as_str(), value, XattrFlags::empty()) {
                    Ok(()) => {}
                    Err(error @ (Errno::NOSPC | Errno::DQUOT)) => return Err(error.into()),
                    Err(_) => all &= !name.starts_with("system."),
                }
            }
            Ok(all)
        }
    }
}
