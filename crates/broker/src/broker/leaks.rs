//! An access key has leaked: whose it is and which programs had it, and what ends it here and at AWS.

use daypass_audit::{AuditEvent, AuditFilter, AuditLine};
use daypass_core::credentials::Keys;
use daypass_core::leak::{LeakAct, LeakReport, LeakStep, LeakTaker, LeakedKey, Revocation, Trail, access_key_id_in};
use daypass_core::names::{IdentityName, ProfileName, Region, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::settings::IdentitySettings;
use daypass_core::view::{SessionState, SessionView};

use super::door::Broker;
use crate::requests::ReportLeak;

impl Broker {
    /// Reports a leaked key, and ends it as far as requested. What can't be done is in the report.
    ///
    /// # Errors
    ///
    /// `no-key-id` for a text without a key that is known; what keeps the vault or the log from being read.
    pub async fn report_leak(&self, asked: &ReportLeak) -> Result<LeakReport, Problem> {
        let key = self.key_of(asked.text.expose())?;
        let lines = self.lines_of(&key)?;
        let user = self.user_with(&key);
        let owner = self.owner_of(&lines, user.as_ref());
        self.record_leak(&key, owner.as_ref());
        let role = owner.as_ref().and_then(|owner| owner.role.clone());
        let mut done = Vec::new();
        // Asked first: afterwards there may be no session to ask with.
        let helper = self.helper(asked.with.as_ref(), role.as_ref(), &key);
        let trail = match &helper {
            Some((profile, keys, regions)) => Some(self.trail(profile, keys, regions, &key).await),
            None => None,
        };
        let revocation = role.as_ref().and_then(|role| Revocation::of(role, self.0.surroundings.clock.now()));
        if let (true, Some(revocation)) = (asked.deny, revocation.as_ref().filter(|it| it.can_be_put)) {
            done.push(self.deny(revocation, helper.as_ref()).await);
        }
        if let Some(profile) = self.0.sessions.holder_of(&key) {
            let problem = self.stop(Some(&profile)).await.err();
            done.push(LeakStep { what: LeakAct::SessionEnded { profile }, problem });
        }
        if let Some(identity) = user {
            let rotated = self.rotate_key(&identity).await;
            let new = rotated.as_ref().ok().map(|rotated| rotated.new.clone());
            done.push(LeakStep { what: LeakAct::KeyRotated { identity, new }, problem: rotated.err() });
        }
        if let (true, Some(identity)) = (asked.sign_out, owner.as_ref().and_then(|owner| owner.identity.clone())) {
            let problem = self.sign_out(&identity).await.err();
            done.push(LeakStep { what: LeakAct::SignedOut { identity }, problem });
        }
        let takers = takers_in(&lines);
        Ok(LeakReport { access_key_id: key, owner, takers, done, revocation, trail })
    }

    /// The id of the key in a text: named there, or that of a session whose secret is.
    fn key_of(&self, text: &str) -> Result<String, Problem> {
        if let Some(id) = access_key_id_in(text) {
            return Ok(id.to_owned());
        }
        self.0.sessions.key_with_secret_in(text)?.ok_or_else(|| {
            Problem::new(
                ProblemKind::Invalid,
                ProblemCode::NoKeyId,
                "the text doesn't contain an access key ID or a session's secret",
            )
            .hint("an access key ID begins with AKIA or ASIA and has 20 characters. What you typed isn't kept")
        })
    }

    /// The lines of the audit log about a key, oldest first.
    fn lines_of(&self, key: &str) -> Result<Vec<AuditLine>, Problem> {
        let filter = AuditFilter { text: Some(key.to_owned()), ..AuditFilter::default() };
        let found = self.0.audit.read(&filter, None)?.entries.into_iter().map(|entry| entry.line);
        Ok(found
            .filter(|line| line.access_key_id.as_deref() == Some(key) && line.event != AuditEvent::KeyLeaked)
            .collect())
    }

    /// The identity whose long-lived key it is.
    fn user_with(&self, key: &str) -> Option<IdentityName> {
        let config = self.config();
        let mut users = config.identities.iter().filter_map(|(name, settings)| match settings {
            IdentitySettings::IamUser(_) => Some(name.clone()),
            IdentitySettings::IdentityCenter(_)
            | IdentitySettings::Oidc(_)
            | IdentitySettings::Saml(_)
            | IdentitySettings::Oauth(_)
            | IdentitySettings::Directory(_)
            | IdentitySettings::Cognito(_)
            | IdentitySettings::Profile(_)
            | IdentitySettings::Console(_) => None,
        });
        users.find(|name| self.iam_user(name).is_ok_and(|user| user.has_key(key)))
    }

    fn owner_of(&self, lines: &[AuditLine], user: Option<&IdentityName>) -> Option<LeakedKey> {
        fn last<T: Clone>(lines: &[AuditLine], of: impl Fn(&AuditLine) -> Option<&T>) -> Option<T> {
            lines.iter().rev().find_map(|line| of(line).cloned())
        }
        if lines.is_empty() && user.is_none() {
            return None;
        }
        let issued = lines.iter().find(|line| matches!(line.event, AuditEvent::Started | AuditEvent::Renewed));
        let identity = user.cloned().or_else(|| last(lines, |line| line.identity.as_ref()));
        Some(LeakedKey {
            person: identity.as_ref().and_then(|identity| self.person_of(identity)),
            identity,
            profile: last(lines, |line| line.profile.as_ref()),
            role: last(lines, |line| line.role.as_ref()),
            why: last(lines, |line| line.why.as_ref()),
            issued_at: issued.map(|line| line.at),
            expires_at: issued.and_then(|line| line.expires_at),
        })
    }

    /// Who signed in to an identity last.
    fn person_of(&self, identity: &IdentityName) -> Option<String> {
        let events = vec![AuditEvent::SignedIn];
        let filter = AuditFilter { identity: Some(identity.clone()), events, ..AuditFilter::default() };
        self.0.audit.read(&filter, Some(1)).ok()?.entries.pop()?.line.person
    }

    /// A session that can ask about the key: the one that is named, or else one in the key's account that isn't the
    /// key's.
    fn helper(
        &self,
        named: Option<&ProfileName>,
        role: Option<&Target>,
        key: &str,
    ) -> Option<(ProfileName, Keys, Vec<Region>)> {
        let sessions = self.0.sessions.list().ok()?;
        let is_usable = |session: &&SessionView| {
            let is_meant = match named {
                Some(profile) => session.profiles().any(|own| own == profile),
                None => role.is_some_and(|role| role.account() == session.role.account()) && session.lease.is_none(),
            };
            is_meant && session.state == SessionState::Active && session.access_key_id.as_deref() != Some(key)
        };
        let session = sessions.iter().find(is_usable)?;
        let credentials = self.0.sessions.held_credentials(&session.profile)?;
        let home = session.role.partition().default_region();
        let mut regions: Vec<Region> = session.region.iter().cloned().collect();
        if !regions.contains(&home) {
            regions.push(home);
        }
        Some((session.profile.clone(), credentials.keys().into(), regions))
    }

    async fn trail(&self, profile: &ProfileName, keys: &Keys, regions: &[Region], key: &str) -> Trail {
        let (mut events, mut problem) = (Vec::new(), None);
        for region in regions {
            match self.0.services.aws.trail_of_key(keys, region, key).await {
                Ok(found) => events.extend(found),
                Err(refused) => problem = Some(refused),
            }
        }
        events.sort_by_key(|event| std::cmp::Reverse(event.at));
        events.dedup();
        Trail {
            asked_with: profile.clone(),
            regions: regions.iter().map(ToString::to_string).collect(),
            events,
            problem,
        }
    }

    async fn deny(&self, revocation: &Revocation, helper: Option<&(ProfileName, Keys, Vec<Region>)>) -> LeakStep {
        let Some((profile, keys, _)) = helper else {
            let problem = Problem::new(
                ProblemKind::NotFound,
                ProblemCode::WhichSession,
                "none of your sessions can add the policy",
            )
            .hint("start a role that may do iam:PutRolePolicy there, and name it: --with PROFILE");
            return LeakStep { what: LeakAct::PolicyPut { profile: None }, problem: Some(problem) };
        };
        let problem = self.0.services.aws.put_revocation(keys, &revocation.role, &revocation.policy).await.err();
        LeakStep { what: LeakAct::PolicyPut { profile: Some(profile.clone()) }, problem }
    }

    fn record_leak(&self, key: &str, owner: Option<&LeakedKey>) {
        self.0.audit.record(AuditLine {
            identity: owner.and_then(|owner| owner.identity.clone()),
            profile: owner.and_then(|owner| owner.profile.clone()),
            role: owner.and_then(|owner| owner.role.clone()),
            access_key_id: Some(key.to_owned()),
            ..AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::KeyLeaked)
        });
    }
}

/// The programs that took the key, each once.
fn takers_in(lines: &[AuditLine]) -> Vec<LeakTaker> {
    let mut takers: Vec<LeakTaker> = Vec::new();
    for line in lines {
        let Some(taker) = &line.taker else { continue };
        if takers.iter().all(|known| known.taker != *taker) {
            takers.push(LeakTaker { at: line.at, taker: taker.clone() });
        }
    }
    takers
}
