//! What an agent does first: it makes the credentials file agree with the sessions, after whatever happened while no
//! agent ran.

use std::collections::BTreeMap;

use super::Sessions;
use super::held::Held;
use aws_files::Foreign;
use daypass_core::names::ProfileName;
use daypass_core::problem::Problem;
use daypass_core::session_request::Delivery;

impl Sessions {
    /// Removes profiles that this home wrote and that no session knows any more (the vault was removed, or the
    /// machine went down at the wrong moment): nobody would ever renew them. Writes those that are missing, or
    /// that are of an earlier grant.
    ///
    /// The file may be shared with another `DAYPASS_HOME`, whose profiles look just like ours. Ours are those whose
    /// access key id is in our audit log: STS gives each id once.
    pub(super) fn mend_file(&self) {
        if let Err(problem) = self.blocking(Self::mend) {
            tracing::warn!(code = problem.code, "the credentials file was not compared with the sessions");
        }
    }

    fn mend(&self) -> Result<(), Problem> {
        // In this order: a profile that another process writes now is in the vault by then.
        let _delivery = self.parts.turns.block(super::DELIVERY)?;
        self.compare_with_vault()?;
        let in_file: BTreeMap<ProfileName, String> = self.parts.file.owned_keys()?.into_iter().collect();
        let now = self.parts.clock.now();
        let (strangers, missing) = {
            let book = self.book();
            let known = |profile: &ProfileName| book.live.contains_key(profile) || book.starting.contains_key(profile);
            let strangers: BTreeMap<_, _> = in_file.iter().filter(|(profile, _)| !known(profile)).collect();
            let wanted = book
                .live
                .values()
                .filter(|live| live.held.wish.delivery == Delivery::CredentialsFile && live.valid(now).is_some());
            let missing: Vec<Held> = wanted
                .filter(|live| in_file.get(&live.held.wish.profile).map(String::as_str) != live.held.key_id())
                .map(|live| live.held.clone())
                .collect();
            (strangers, missing)
        };
        if strangers.is_empty() && missing.is_empty() {
            return Ok(());
        }
        let ours = self.parts.audit.granted()?;
        let orphans: Vec<ProfileName> =
            strangers.into_iter().filter(|(_, key)| ours.contains(*key)).map(|(profile, _)| profile.clone()).collect();
        self.parts.file.remove(&orphans)?;
        for held in missing {
            let there = in_file.get(&held.wish.profile);
            if let Some(credentials) = held.credentials.as_ref().filter(|_| there.is_none_or(|key| ours.contains(key)))
            {
                // Somebody else's profile by now: the next renewal says so.
                let written = self.parts.file.put(&held.wish, credentials, Foreign::Refuse);
                if let Err(problem) = written {
                    tracing::warn!(code = problem.code, profile = %held.wish.profile, "a profile was not written again");
                }
            }
        }
        Ok(())
    }
}
