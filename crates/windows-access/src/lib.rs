//! Who owns a Windows file or pipe, and who else can read or change it.
//!
//! `system` asks Windows, and `private` makes files and folders for one user. What Windows' answer means is decided here,
//! without Windows, and tested everywhere.

#[cfg(windows)]
mod private;
#[cfg(windows)]
mod streams;
#[cfg(windows)]
mod system;

#[cfg(windows)]
pub use private::{create_folders, create_new, give_list_of, keep_file_private, keep_folder_private};
#[cfg(windows)]
pub use streams::keep_streams;
#[cfg(windows)]
pub use system::{of_file, of_open_file, of_pipe, own_user};

/// A security identifier (SID), as `S-1-…`.
pub type Sid = String;

/// Reading a file.
pub const READ: u32 = 0x0001 | GENERIC_READ | GENERIC_ALL;
/// Changing what is in a file, or who may.
pub const CHANGE: u32 = 0x0002 | 0x0004 | GENERIC_WRITE | OVER_IT;
/// Putting something into a folder.
pub const ADD: u32 = 0x0002 | 0x0004 | GENERIC_WRITE | GENERIC_ALL;
/// Putting something else in place of what is in a folder (`FILE_DELETE_CHILD`), or of the folder.
pub const REPLACE: u32 = 0x0040 | OVER_IT;

/// `DELETE`, `WRITE_DAC`, `WRITE_OWNER`.
const OVER_IT: u32 = 0x0001_0000 | 0x0004_0000 | 0x0008_0000 | GENERIC_ALL;
const GENERIC_ALL: u32 = 0x1000_0000;
const GENERIC_WRITE: u32 = 0x4000_0000;
const GENERIC_READ: u32 = 0x8000_0000;

/// Who may do everything anyway: the system, the administrators, the installer of Windows.
const POWERS: [&str; 3] =
    ["S-1-5-18", "S-1-5-32-544", "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"];
/// Who stands for the owner, who is asked about by name.
const OWNERS: [&str; 2] = ["S-1-3-0", "S-1-3-4"];
/// Groups that every user of a machine is in: everyone, local, dial-up, network, interactive, anonymous, authenticated,
/// users, guests.
const EVERYONE: [&str; 9] =
    ["S-1-1-0", "S-1-2-0", "S-1-5-1", "S-1-5-2", "S-1-5-4", "S-1-5-7", "S-1-5-11", "S-1-5-32-545", "S-1-5-32-546"];

/// Who may do what with a file, a folder or a pipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessList {
    /// Its owner, who may change the list.
    pub owner: Sid,
    /// What the list allows. `None` without a list: then everyone may do everything. What it denies isn't looked at.
    pub allowed: Option<Vec<Allowed>>,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// A user or a group.
    pub to: Sid,
    /// An access mask.
    pub rights: u32,
}

impl AccessList {
    /// Whether every user of this machine has one of these rights.
    #[must_use]
    pub fn lets_everyone(&self, rights: u32) -> bool {
        self.lets(rights, is_everyone)
    }

    /// Whether a user other than this one, or a group, has one of these rights. Administrators don't count.
    #[must_use]
    pub fn lets_others(&self, rights: u32, me: &str) -> bool {
        self.lets(rights, |who| who != me && !is_power(who) && !OWNERS.contains(&who) && !is_app_container(who))
    }

    /// Whether it belongs to a user other than this one, who isn't an administrator.
    #[must_use]
    pub fn is_of_another(&self, me: &str) -> bool {
        self.owner != me && !is_power(&self.owner)
    }

    /// Whether administrators own it, and have these rights alone.
    #[must_use]
    pub fn is_administrators(&self, rights: u32) -> bool {
        let nobody = "";
        !self.is_of_another(nobody) && !self.lets_others(rights, nobody)
    }

    fn lets(&self, rights: u32, counts: impl Fn(&str) -> bool) -> bool {
        let Some(allowed) = &self.allowed else { return true };
        allowed.iter().any(|entry| entry.rights & rights != 0 && counts(&entry.to))
    }
}

fn is_power(who: &str) -> bool {
    POWERS.contains(&who)
}

/// What a program in an app container may do besides, which also needs what its user may do. So it lets no other user in,
/// and Windows gives it to some folders of a profile
/// (<https://learn.microsoft.com/windows/win32/secauthz/appcontainer-isolation>).
fn is_app_container(who: &str) -> bool {
    who.starts_with("S-1-15-2-") || who.starts_with("S-1-15-3-")
}

/// How to take other users' access to a file away: a phrase that begins in lower case.
#[must_use]
pub fn how_to_close(path: &std::path::Path) -> String {
    format!("in the properties of {}, under Security, leave only yourself", path.display())
}

/// Also for a domain's users (513), of which a machine without a domain has its own.
fn is_everyone(who: &str) -> bool {
    EVERYONE.contains(&who) || (who.starts_with("S-1-5-21-") && who.ends_with("-513"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: &str = "S-1-5-21-1-2-3-1001";
    const ANN: &str = "S-1-5-21-1-2-3-1002";
    const SYSTEM: &str = "S-1-5-18";
    const ADMINISTRATORS: &str = "S-1-5-32-544";
    const USERS: &str = "S-1-5-32-545";
    const AUTHENTICATED: &str = "S-1-5-11";
    /// As `icacls` writes F, M and RX.
    const FULL: u32 = 0x001F_01FF;
    const MODIFY: u32 = 0x0013_01BF;
    const READ_AND_RUN: u32 = 0x0012_00A9;

    fn list(owner: &str, allowed: &[(&str, u32)]) -> AccessList {
        let allowed = allowed.iter().map(|&(to, rights)| Allowed { to: to.to_owned(), rights }).collect();
        AccessList { owner: owner.to_owned(), allowed: Some(allowed) }
    }

    #[test]
    fn what_is_in_a_persons_profile_is_theirs_alone() {
        let own = list(ME, &[(SYSTEM, FULL), (ADMINISTRATORS, FULL), (ME, FULL), ("S-1-3-0", FULL)]);
        assert!(!own.lets_others(READ | CHANGE | REPLACE, ME) && !own.lets_everyone(READ) && !own.is_of_another(ME));
        assert!(own.lets_others(CHANGE, ANN) && own.is_of_another(ANN));
        assert!(!own.is_administrators(CHANGE));
    }

    #[test]
    fn what_the_root_of_a_drive_allows_is_no_way_to_replace_what_is_there() {
        // Authenticated users may make folders in it.
        let root = list(POWERS[2], &[(ADMINISTRATORS, FULL), (USERS, READ_AND_RUN), (AUTHENTICATED, 0x0004)]);
        assert!(!root.lets_everyone(REPLACE) && root.lets_everyone(ADD) && !root.is_of_another(ME));
        assert!(root.is_administrators(REPLACE));
        // A file below inherits more.
        let below = list(ME, &[(ADMINISTRATORS, FULL), (USERS, READ_AND_RUN), (AUTHENTICATED, MODIFY)]);
        assert!(below.lets_everyone(CHANGE) && below.lets_others(CHANGE, ME));
    }

    #[test]
    fn one_other_user_is_not_everyone() {
        let shared = list(ME, &[(ME, FULL), (ANN, MODIFY)]);
        assert!(shared.lets_others(CHANGE, ME) && !shared.lets_everyone(CHANGE));
        let read = list(ME, &[(ME, FULL), (ANN, READ_AND_RUN)]);
        assert!(read.lets_others(READ, ME) && !read.lets_others(CHANGE | REPLACE, ME));
        assert!(list(ME, &[("S-1-5-21-9-9-9-513", MODIFY)]).lets_everyone(CHANGE));
    }

    #[test]
    fn a_program_in_an_app_container_is_no_other_user() {
        let apps = list(ME, &[(ME, FULL), ("S-1-15-2-1", READ_AND_RUN), ("S-1-15-3-65536-1-2", FULL)]);
        assert!(!apps.lets_others(READ | CHANGE, ME) && !apps.lets_everyone(READ));
    }

    #[test]
    fn without_a_list_everyone_may_do_everything() {
        let none = AccessList { owner: ME.to_owned(), allowed: None };
        assert!(none.lets_everyone(READ) && none.lets_others(CHANGE, ME));
        assert!(!list(ME, &[]).lets_others(READ | CHANGE, ME), "an empty one allows nothing");
    }

    #[test]
    fn only_what_administrators_own_is_theirs() {
        let allowed = [(SYSTEM, FULL), (ADMINISTRATORS, FULL), (USERS, READ_AND_RUN)];
        assert!(list(ADMINISTRATORS, &allowed).is_administrators(CHANGE));
        assert!(!list(ME, &allowed).is_administrators(CHANGE));
    }
}
