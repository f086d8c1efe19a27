//! Leases: one program's own session, limited in time and with fewer permissions than its role.

use std::time::Duration;

use aws_files::Foreign;
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::lease::{Lease, ProcessMark};
use daypass_core::names::ProfileName;
use daypass_core::policy::PolicyDelivery;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::program::Program;
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::standing::{Renewable, SessionStanding};
use daypass_core::text::cleaned;
use daypass_core::view::{RoleView, SessionView};
use daypass_peer::{lineage, still_runs};
use daypass_session::lease_over;

use super::bounds::{bounded, starts_read_only};
use super::door::Broker;
use crate::requests::{BeginLease, GetCredentials, NamedProfiles, Narrowed, Request};

/// What the profile of a lease's session begins with, and so its name.
const PROFILES: &str = "lease-";

/// How often programs of leases are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// The most characters of what a lease is for.
const LONGEST_PURPOSE: usize = 60;

impl Broker {
    /// Begins a lease.
    ///
    /// # Errors
    ///
    /// As [`Broker::role`] and [`Sessions::start`](daypass_session::Sessions::start); what the role's way of exchange
    /// can't be asked for.
    pub async fn begin_lease(&self, asked: BeginLease) -> Result<SessionStanding, Problem> {
        self.admits_delivery(PolicyDelivery::Endpoint)?;
        let BeginLease { role, region, narrowed, lasts, purpose, holder, only_for, person: _ } = asked;
        let purpose = purpose_of(&purpose);
        let profiles = NamedProfiles::from(Some(self.free_name(&purpose)?));
        let (request, role) = self.request_and_role(&role, profiles, region, Some(Delivery::Process), false)?;
        let until = self.0.surroundings.clock.now() + lasts.span();
        let lease = Lease { until, purpose, holder, only_for };
        let request = self.narrowed(&role, SessionRequest { lease: Some(lease.clone()), ..request }, narrowed)?;
        let session = self.0.sessions.start(request, Foreign::Refuse).await?;
        self.record_of_lease(AuditEvent::LeaseBegan, &session, &lease);
        self.used(session.role_id.clone());
        Ok(SessionStanding { session, renewable: Renewable::Until(lease.until) })
    }

    /// The leases that aren't over, by name.
    ///
    /// # Errors
    ///
    /// When the vault can't be opened.
    pub async fn list_leases(&self) -> Result<Vec<SessionView>, Problem> {
        self.end_abandoned_leases().await;
        let now = self.0.surroundings.clock.now();
        let mut sessions = self.0.sessions.list()?;
        sessions.retain(|session| session.lease.as_ref().is_some_and(|lease| lease.until > now));
        Ok(sessions)
    }

    /// Ends a lease before its time.
    ///
    /// # Errors
    ///
    /// `unknown-lease`; when the vault can't be written.
    pub async fn end_lease(&self, name: &ProfileName) -> Result<(), Problem> {
        let ended = self.0.sessions.end_lease(name).await;
        ended.map_err(|problem| match problem.code {
            ProblemCode::UnknownSession => {
                Problem::new(ProblemKind::NotFound, ProblemCode::UnknownLease, format!("no lease is called {name}"))
                    .hint("`daypass lease list` shows running leases")
            }
            _ => problem,
        })
    }

    /// Ends the leases of programs that ended without a word, and forgets those that are over.
    pub(super) async fn end_abandoned_leases(&self) {
        let now = self.0.surroundings.clock.now();
        let is_gone = |lease: &Lease| match lease.holder {
            Some(holder) => !still_runs(holder),
            None => lease.until <= now,
        };
        // Whether the vault opens is reported elsewhere.
        let leases = self.0.sessions.current_leases().unwrap_or_default();
        for (name, _) in leases.into_iter().filter(|(_, lease)| is_gone(lease)) {
            if let Err(problem) = self.end_lease(&name).await {
                tracing::warn!(code = %problem.code, %name, "a lease couldn't be ended");
            }
        }
    }

    /// Ends leases with their programs, for as long as it is polled.
    pub(super) async fn keep_leases(&self) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if self.has_leases() && self.0.vault.is_open() {
                self.end_abandoned_leases().await;
            }
        }
    }

    /// Whether this process knows a lease, over or not.
    #[must_use]
    pub fn has_leases(&self) -> bool {
        self.0.sessions.any_lease()
    }

    /// The lease that a process runs below, over or not. The process that holds a lease isn't below it.
    #[must_use]
    pub fn lease_around(&self, process: u32) -> Option<(ProfileName, Lease)> {
        let leases = self.0.sessions.leases();
        let lineage = lineage(process);
        let above = lineage.get(1..)?;
        let is_above = |holder: ProcessMark| above.contains(&holder);
        leases.into_iter().find(|(_, lease)| lease.holder.is_some_and(is_above))
    }

    /// Whether a process may ask for this. A program below a lease gets what the lease gives, and looks at what isn't
    /// secret.
    ///
    /// # Errors
    ///
    /// `lease-limits`, which is recorded.
    pub fn admits_within_lease(&self, request: &Request, process: u32) -> Result<(), Problem> {
        let Some((name, _)) = self.lease_around(process) else { return Ok(()) };
        if request.is_open_within(&name) {
            return Ok(());
        }
        self.note_beyond_lease(&name);
        Err(beyond_lease(&name))
    }

    /// The same in a command, which hasn't looked for leases yet.
    ///
    /// # Errors
    ///
    /// As [`Broker::admits_within_lease`].
    pub fn admits_within_known_leases(&self, request: &Request, process: u32) -> Result<(), Problem> {
        let may_matter = cfg!(target_os = "linux") && !request.is_open_anywhere();
        if may_matter && self.0.vault.path().exists() && !self.needs_passphrase() {
            // If the request needs the vault, it reports whether the vault opens.
            drop(self.0.sessions.current_leases());
        }
        self.admits_within_lease(request, process)
    }

    /// Writes down that a program under a lease asked for more, and not more often than anyone reads.
    pub(super) fn note_beyond_lease(&self, name: &ProfileName) {
        tracing::info!(%name, "a program under a lease asked for more");
        let lease = self.0.sessions.current_leases().unwrap_or_default().into_iter().find(|(known, _)| known == name);
        if let (Some((_, lease)), Some(session)) = (lease, self.0.sessions.peek(name))
            && self.0.refusals.is_worth_a_line(name)
        {
            self.record_of_lease(AuditEvent::LeaseRefused, &session, &lease);
        }
    }

    /// Whether a program may have this profile's credentials: those of a lease go to its one program only, and what
    /// that started. A lease that is gone doesn't start again by its name. Returns whether it is for one program only.
    ///
    /// # Errors
    ///
    /// `lease-over`, `lease-limits`.
    pub(super) fn admits_to_lease(&self, profile: &ProfileName, asked: &GetCredentials) -> Result<bool, Problem> {
        if !profile.as_str().starts_with(PROFILES) {
            return Ok(false);
        }
        let lease = self.0.sessions.current_leases()?.into_iter().find(|(name, _)| name == profile);
        let Some((_, lease)) = lease else {
            let is_other = self.0.sessions.request(profile).is_some() || self.role(profile.as_str()).is_ok();
            return if is_other { Ok(false) } else { Err(lease_over(profile)) };
        };
        let Some(only) = lease.only_for.as_ref().map(|path| path.to_string_lossy().into_owned()) else {
            return Ok(false);
        };
        let (program, holder) = (self.program_that_gets(asked), lease.holder.map(|holder| holder.id));
        let program = program.as_ref();
        // What is above the lease isn't what it was given to.
        let below = |program: &Program| {
            let parents = program.parents.iter().take_while(|parent| Some(parent.process) != holder);
            let mut files = std::iter::once(&program.executable).chain(parents.map(|parent| &parent.executable));
            files.any(|file| file.as_ref() == Some(&only))
        };
        if program.is_some_and(below) {
            return Ok(true);
        }
        if program.is_some() {
            self.note_beyond_lease(profile);
        }
        let name = program.map_or("an unknown program", |program| program.name.as_str());
        let message = format!("lease {profile} is for {only}, and {name} asked");
        Err(Problem::new(ProblemKind::Refused, ProblemCode::LeaseLimits, message)
            .hint("start a lease without --to, or for this program"))
    }

    /// What the session may do. Read access and a session policy exclude each other, because AWS allows what any one of
    /// them allows.
    fn narrowed(&self, role: &RoleView, mut request: SessionRequest, to: Narrowed) -> Result<SessionRequest, Problem> {
        let config = self.config();
        match to {
            Narrowed::AsUsual => {}
            Narrowed::ReadOnly => request.terms.read_only = true,
            Narrowed::Policy(policy) => {
                if role.terms.policy.is_some() || !role.terms.policy_arns.is_empty() || role.terms.read_only {
                    let message = format!(
                        "role {} has its own session policies, and AWS would allow anything that one of them allows",
                        role.arn
                    );
                    return Err(Problem::new(ProblemKind::Refused, ProblemCode::TermNotPossible, message)
                        .hint("leave out --policy"));
                }
                request.terms.policy = Some(policy);
                request.terms.read_only = false;
            }
        }
        request.terms.read_only |= starts_read_only(&config, &request);
        bounded(&self.0.policy, &config, &request)
    }

    /// A profile that no session has, which says what the lease is for.
    fn free_name(&self, purpose: &str) -> Result<ProfileName, Problem> {
        let taken = self.0.sessions.list()?;
        let is_free = |name: &ProfileName| taken.iter().all(|session| session.profiles().all(|own| own != name));
        let words: String = purpose.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(24).collect();
        let base = format!("{PROFILES}{}", words.trim_matches('-'));
        let numbered = (2..1000).map(|number| format!("{base}-{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered).filter_map(|name| name.parse().ok());
        names.find(is_free).ok_or_else(|| {
            Problem::new(ProblemKind::Refused, ProblemCode::ProfileInUse, "a thousand leases have this name")
        })
    }

    fn record_of_lease(&self, event: AuditEvent, session: &SessionView, lease: &Lease) {
        self.0.audit.record(AuditLine {
            identity: Some(session.identity.clone()),
            profile: Some(session.profile.clone()),
            role: Some(session.role.clone()),
            access_key_id: session.access_key_id.clone(),
            expires_at: Some(lease.until),
            why: Some(lease.purpose.clone()),
            ..AuditLine::new(self.0.surroundings.clock.now(), event)
        });
    }
}

impl Request {
    /// Whether a program below this lease may ask it: for the lease's own credentials, its end, and what isn't secret.
    #[must_use]
    pub fn is_open_within(&self, lease: &ProfileName) -> bool {
        match self {
            Self::GetCredentials(asked) => asked.profile == *lease && asked.role.is_none(),
            Self::EndLease(asked) => asked.name == *lease,
            other => other.is_open_anywhere(),
        }
    }

    /// Whether programs below any lease may ask it.
    fn is_open_anywhere(&self) -> bool {
        match self {
            Self::Hello(_)
            | Self::GetSnapshot(_)
            | Self::PeekSession(_)
            | Self::ListLeases(_)
            | Self::ListAccounts(_)
            | Self::ListFavourites(_)
            | Self::ListCatalogs(_)
            | Self::GetVaultState(_)
            | Self::NoteBeyondLease(_)
            | Self::LockVault(_) => true,
            // Credentials, what changes how they are given out, and what acts as the person.
            _ => false,
        }
    }
}

/// A program asked for more than the lease that it runs below.
#[must_use]
pub fn beyond_lease(name: &ProfileName) -> Problem {
    let message = format!("this program runs under lease {name}, and can't get anything else from Daypass");
    Problem::new(ProblemKind::Refused, ProblemCode::LeaseLimits, message)
        .hint("you can give it more access in another terminal, with another lease")
}

/// What a lease is for, as lists, the log and CloudTrail have it.
fn purpose_of(asked: &str) -> String {
    let purpose = cleaned(asked, LONGEST_PURPOSE);
    if purpose.is_empty() { "program".to_owned() } else { purpose }
}
