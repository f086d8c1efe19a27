//! A role's session for one program, which gets the credentials without a file.

use aws_files::Foreign;
use chrono::TimeDelta;
use daypass_core::names::{LeastDuration, ProfileName, Region, SessionDuration};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::standing::{Renewable, SessionStanding};
use daypass_core::terms::Term;
use daypass_core::view::{IdentityState, RoleView, SessionView, SignInWay};

use super::catalog;
use super::door::Broker;
use crate::requests::{AtLeast, NamedProfiles, SessionKeys};
use daypass_deliver::process::ProcessCredentials;

/// New keys have a little less than what was asked for by the time they are here.
const ON_THE_WAY: TimeDelta = TimeDelta::minutes(1);

impl Broker {
    /// The session of a role that runs, or a new one, delivered by process. It never takes a profile over: if another
    /// session has the role's, the new one gets a profile of its own.
    ///
    /// # Errors
    ///
    /// As [`Broker::start`]. `lasts-too-short`: as a sign-in that is needed, or as a refusal where new keys can't last
    /// as long as they have to.
    pub async fn use_role(
        &self,
        role: &str,
        region: Option<Region>,
        read_only: bool,
        at_least: Option<AtLeast>,
    ) -> Result<SessionStanding, Problem> {
        let profiles = NamedProfiles::default();
        let (mut request, role) = self.request_and_role(role, profiles, region, Some(Delivery::Process), read_only)?;
        let session = match at_least {
            None | Some(AtLeast::Renewed(_)) => self.session_of(request, None).await?,
            Some(AtLeast::Keys(least)) => {
                self.ask_for_longer(&role, &mut request, least)?;
                self.session_of(request, Some(least)).await?
            }
        };
        let standing = self.standing(session);
        match at_least {
            Some(AtLeast::Renewed(least)) => self.lasts(standing, least),
            None | Some(AtLeast::Keys(_)) => Ok(standing),
        }
    }

    /// The keys of a profile's session, which is started where none runs. A role's whole names will do too.
    ///
    /// # Errors
    ///
    /// As [`Broker::provide_credentials`]; `ambiguous-role`.
    pub async fn keys(&self, profile: &ProfileName) -> Result<SessionKeys, Problem> {
        let (profile, credentials) = self.provide_named(profile).await?;
        Ok(SessionKeys { keys: ProcessCredentials::from(&credentials), session: self.0.sessions.find(&profile)? })
    }

    /// A session that this process holds in memory. Asks neither the keyring nor anyone else.
    #[must_use]
    pub fn peek(&self, profile: &ProfileName) -> Option<SessionStanding> {
        let sessions = &self.0.sessions;
        let renamed = || sessions.now_called(profile).and_then(|now| sessions.peek(&now));
        let session = sessions.peek(profile).or_else(renamed).filter(|_| self.0.vault.is_open())?;
        Some(self.standing(session))
    }

    /// The session that meets the request with keys for this long, or a new one.
    pub(super) async fn session_of(
        &self,
        request: SessionRequest,
        keys: Option<LeastDuration>,
    ) -> Result<SessionView, Problem> {
        let running = self.0.sessions.list()?;
        let alike: Vec<&SessionView> = running.iter().filter(|session| is_of(&request, session)).collect();
        let lasts = |session: &SessionView| keys.is_none_or(|least| self.keys_last(session, least));
        if let Some(session) = alike.iter().find(|session| lasts(session)) {
            self.0.sessions.fresh_credentials(&session.profile).await?;
            self.used(session.role_id.clone());
            return self.0.sessions.find(&session.profile);
        }
        let session = match alike.first() {
            Some(session) => self.0.sessions.renew(&session.profile).await?,
            None => {
                let is_taken =
                    |profile: &ProfileName| running.iter().any(|session| session.profiles().any(|own| own == profile));
                let free = names(&request).find(|profile| !is_taken(profile));
                let profile = free.unwrap_or_else(|| request.profile.clone());
                self.0.sessions.start(SessionRequest { profile, ..request }, Foreign::Refuse).await?
            }
        };
        match keys.filter(|_| !lasts(&session)) {
            None => Ok(session),
            Some(least) => Err(self.new_keys_too_short(&session, least)),
        }
    }

    /// Asks for keys that last long enough, where the role's terms may say how long.
    fn ask_for_longer(
        &self,
        role: &RoleView,
        request: &mut SessionRequest,
        least: LeastDuration,
    ) -> Result<(), Problem> {
        let is_chained = !request.via.is_empty();
        let longest =
            if is_chained { SessionDuration::default() } else { SessionDuration::longest(request.role.kind()) };
        if least.seconds() > longest.seconds() {
            let why = if is_chained { "a role that another role assumes" } else { "this kind of role" };
            let message = format!("AWS gives keys of {why} for {longest} at most, less than {least}");
            return Err(too_short(message));
        }
        let usual = request.terms.duration.or(role.usual_duration);
        let config = self.config();
        let may_say = catalog::has_term(&config, role, Term::Duration);
        if may_say && usual.is_none_or(|usual| usual.seconds() < least.seconds()) {
            request.terms.duration = Some(SessionDuration::at_least(least));
        }
        Ok(())
    }

    fn keys_last(&self, session: &SessionView, least: LeastDuration) -> bool {
        let now = self.0.surroundings.clock.now();
        session.expires_here.is_some_and(|expires| expires - now + ON_THE_WAY >= least.span())
    }

    fn new_keys_too_short(&self, session: &SessionView, least: LeastDuration) -> Problem {
        let left = session.expires_here.map_or(TimeDelta::zero(), |at| at - self.0.surroundings.clock.now());
        let (role, minutes) = (&session.role, (left.num_seconds() + 30) / 60);
        too_short(format!(
            "new keys of {role} last {minutes} minutes, less than {least}, and Daypass can't ask for more"
        ))
    }

    /// How long a session can be renewed.
    fn standing(&self, session: SessionView) -> SessionStanding {
        let identity = self.identity(&session.identity);
        let renewable = match identity.and_then(|identity| Ok((identity.way(), identity.standing()?))) {
            Ok((SignInWay::None, _)) => Renewable::Always,
            Ok((_, standing)) => match standing.state {
                IdentityState::SignedIn => standing.until.map_or(Renewable::WhileSignedIn, Renewable::Until),
                IdentityState::SignedOut | IdentityState::SigningIn | IdentityState::NeedsSignIn => {
                    Renewable::AfterSignIn
                }
            },
            Err(_) => Renewable::AfterSignIn,
        };
        SessionStanding { session, renewable }
    }

    /// The session, if it stays fresh for this long without the person.
    fn lasts(&self, standing: SessionStanding, least: LeastDuration) -> Result<SessionStanding, Problem> {
        let now = self.0.surroundings.clock.now();
        let Some(until) = standing.fresh_until().filter(|until| *until - now + ON_THE_WAY < least.span()) else {
            return Ok(standing);
        };
        let SessionView { profile, identity, .. } = &standing.session;
        let minutes = ((until - now).num_seconds() + 30) / 60;
        let message = format!(
            "profile {profile} stays fresh for {minutes} minutes more, less than {least}: then {identity} needs a sign-in"
        );
        let signer = self.signer_of(identity).unwrap_or_else(|_| identity.clone());
        Err(Problem::new(ProblemKind::NeedsSignIn, ProblemCode::LastsTooShort, message)
            .hint("sign in again")
            .next(NextStep::SignIn { identity: signer }))
    }
}

fn too_short(message: String) -> Problem {
    Problem::new(ProblemKind::Refused, ProblemCode::LastsTooShort, message)
        .hint("without --static, Daypass renews the program's credentials while it runs")
}

/// Whether the session matches the request. Its profile's region doesn't matter: the program gets its own.
fn is_of(request: &SessionRequest, session: &SessionView) -> bool {
    session.role == request.role
        && session.identity == request.identity
        && session.terms == request.terms
        && session.via == request.via
        && session.lease.is_none()
        && session.expires_at.is_some()
}

/// The requested profile, or one whose name says its purpose.
fn names(request: &SessionRequest) -> impl Iterator<Item = ProfileName> {
    let SessionRequest { profile, terms, .. } = request;
    let first = if terms.read_only { format!("{profile}-read-only") } else { profile.to_string() };
    let others = (2..100).map({
        let first = first.clone();
        move |number| format!("{first}-{number}")
    });
    std::iter::once(first).chain(others).filter_map(|name| name.parse().ok())
}
