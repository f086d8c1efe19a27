//! A running session gets other profiles, another delivery or another region: with the credentials in hand, and without
//! a moment in which it has ended.
//!
//! Each step leaves something that works if the process is killed right after it: first the vault knows every profile
//! that tools may find from now on, then one write of the file swaps the old names for the new ones, and then the vault
//! forgets the old ones. A session's first profile is its key, so that last step stores it under the new key before it
//! removes the old one; [`StoredSession::formerly`] says which of the two counts if only the first was done.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::claim::{Claim, Work};
use super::sessions::{DELIVERY, Sessions, profile_in_use, unknown_session};
use super::slot::Phase;
use super::stored_session::StoredSession;
use aws_files::Foreign;
use daypass_core::delivery::Delivered;
use daypass_core::event::{Event, SessionChange};
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::view::SessionView;

/// What is to change of a running session. What isn't here stays.
#[derive(Debug, Clone, Default)]
pub struct Rearrangement {
    /// All its profiles from now on, at least one. The first is the one by which it is known.
    pub profiles: Option<Vec<ProfileName>>,
    /// How tools get its credentials.
    pub delivery: Option<Delivery>,
    /// The region in its profiles.
    pub region: Option<ProfileRegion>,
}

/// The region that a session's profiles are to have.
#[derive(Debug, Clone)]
pub struct ProfileRegion {
    /// The region, if they are to have one.
    pub region: Option<Region>,
    /// Whether the person named it. Otherwise it is the role's, and follows it.
    pub named: bool,
}

impl Rearrangement {
    /// The request that this makes of another one.
    fn of(&self, before: &SessionRequest) -> SessionRequest {
        let mut after = before.clone();
        if let Some((first, also)) = self.profiles.as_deref().and_then(<[_]>::split_first) {
            after.profile = first.clone();
            after.also.clear();
            for profile in also {
                if !after.has(profile) {
                    after.also.push(profile.clone());
                }
            }
        }
        if let Some(delivery) = self.delivery {
            after.delivery = delivery;
        }
        if let Some(ProfileRegion { region, named }) = self.region.clone() {
            (after.region, after.region_named) = (region, named);
        }
        after
    }

    /// Whether it may meet with what others wrote.
    fn is_elsewhere(&self) -> bool {
        self.profiles.is_some() || self.delivery.is_some()
    }
}

impl Sessions {
    /// Gives a running session other profiles, another delivery or another region, without an exchange. Nothing of the
    /// old way is left behind. A profile that replaced another tool's gives that one back when it goes.
    ///
    /// # Errors
    ///
    /// `unknown-session`; `profile-in-use` for a profile of another session; `foreign-profile`, `profile-shadowed`;
    /// what keeps vault or file from being written. All is as before then.
    pub async fn rearrange(
        &self,
        profile: &ProfileName,
        change: &Rearrangement,
        foreign: Foreign,
    ) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        let request = self.request(profile).ok_or_else(|| unknown_session(profile))?;
        let main = &request.profile;
        let after = change.of(&request);
        self.check_free(main, &after)?;
        // Nothing of these profiles is exchanged, started or stored meanwhile.
        let profiles: BTreeSet<ProfileName> = request.profiles().chain(after.profiles()).cloned().collect();
        let _turns = self.hold(profiles).await?;
        self.compare_with_vault()?;
        let (before, view) = {
            let table = self.table();
            let live = table.live(main).ok_or_else(|| unknown_session(main))?;
            (live.stored.clone(), live.view())
        };
        let after = self.after(&before, change);
        self.check_free(main, &after.request)?;
        let deliver = self.dependencies.deliveries.of(after.request.delivery);
        let is_there = change.delivery.is_none() || self.blocking(|_| deliver.is_found(&before.delivered()));
        if after.request == before.request && is_there {
            return Ok(self.labelled(view));
        }
        let view = self.blocking(|s| {
            if change.is_elsewhere() {
                let here = Delivered { file: after.file.clone(), ..after.delivered() };
                deliver.check(&here, foreign)?;
            }
            s.rearrange_in_turn(&before, after, foreign)
        })?;
        self.announce(SessionChange::DeliveryChanged, view.clone());
        if view.renamed_from.is_some() {
            // What is known by profile names has to look again.
            self.send(Event::CatalogChanged);
        }
        self.wake_loop();
        Ok(self.labelled(view))
    }

    /// The session as it is to be.
    fn after(&self, before: &StoredSession, change: &Rearrangement) -> StoredSession {
        let request = change.of(&before.request);
        let deliver = self.dependencies.deliveries.of(request.delivery);
        // Where this process's tools look, if they are to find it another way.
        let file = before.file.clone().filter(|_| change.delivery.is_none());
        let after = self.placed(StoredSession { request, file, ..before.clone() });
        // What is elsewhere from now on can't be put back here.
        let backup = before.backup.clone().filter(|_| deliver.place(before.file.as_deref()) == after.file);
        StoredSession { backup, formerly: after.formerly_after(before), ..after }
    }

    /// `profile-in-use` when a profile that the session `main` is to have is another one's.
    fn check_free(&self, main: &ProfileName, after: &SessionRequest) -> Result<(), Problem> {
        let table = self.table();
        for profile in after.profiles() {
            let holder = table.main_of(profile);
            if holder == *main {
                continue;
            }
            if table.get(&holder).is_some_and(|slot| slot.phase() != Phase::Vacant) {
                return Err(profile_in_use(profile, &holder));
            }
        }
        Ok(())
    }

    /// The caller has the turns of all profiles.
    fn rearrange_in_turn(
        &self,
        before: &StoredSession,
        after: StoredSession,
        foreign: Foreign,
    ) -> Result<SessionView, Problem> {
        let _delivery = self.dependencies.turns.block(DELIVERY)?;
        let keys: BTreeSet<&ProfileName> = [&before.request.profile, &after.request.profile].into();
        keys.iter().for_each(|profile| self.table().slot(profile).begin_delivery());
        let _delivering: Vec<Claim<'_>> =
            keys.iter().map(|profile| Claim::new(self, profile, Work::Delivery)).collect();
        self.store(&with_all_profiles(before, &after))?;
        let backup = match self.deliver(&after, foreign, Some(before)) {
            Ok(backup) => backup,
            Err(problem) => {
                self.store(before)?;
                return Err(problem);
            }
        };
        let after = StoredSession { backup: backup.clone().or(after.backup.clone()), ..after };
        if let Err(problem) = self.settle(before, &after, backup) {
            self.put_back(before, &after);
            return Err(problem);
        }
        let mut table = self.table();
        table.changes += 1;
        let view = table.rearranged(&before.request.profile, &after, self.clock().now());
        view.ok_or_else(|| unknown_session(&before.request.profile))
    }

    /// Forgets in the vault what the session isn't any more.
    fn settle(&self, before: &StoredSession, after: &StoredSession, backup: Option<PathBuf>) -> Result<(), Problem> {
        let has_all = before.request.profiles().all(|old| after.request.has(old));
        let is_renamed = before.request.profile != after.request.profile;
        if !has_all || is_renamed || backup.is_some() {
            self.store(after)?;
        }
        if is_renamed { self.forget(&before.request.profile) } else { Ok(()) }
    }

    /// As it was before the vault couldn't be written.
    fn put_back(&self, before: &StoredSession, after: &StoredSession) {
        let undone = self.deliver(before, Foreign::Refuse, Some(after)).and_then(|_| {
            if before.request.profile != after.request.profile {
                self.forget(&after.request.profile)?;
            }
            self.store(before)
        });
        if let Err(problem) = undone {
            let profile = &before.request.profile;
            tracing::warn!(code = %problem.code, %profile, "a change of the session couldn't be taken back");
        }
    }
}

/// The session as it is to be, still under its key, with every profile of before and after: whichever of them a tool
/// finds if this process ends now, it is renewed and removed with the session.
fn with_all_profiles(before: &StoredSession, after: &StoredSession) -> StoredSession {
    let mut request = SessionRequest {
        profile: before.request.profile.clone(),
        also: before.request.also.clone(),
        ..after.request.clone()
    };
    for profile in after.request.profiles() {
        if !request.has(profile) {
            request.also.push(profile.clone());
        }
    }
    // In the order that was asked for, where nothing else is to be known.
    if before.request.profile == after.request.profile && request.also.len() == after.request.also.len() {
        request.also.clone_from(&after.request.also);
    }
    StoredSession { request, formerly: before.formerly.clone(), ..after.clone() }
}
