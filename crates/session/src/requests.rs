//! What people and tools do with sessions: start one, renew it, use it, deliver it another way.

use std::sync::Arc;
use std::time::Duration;

use super::claim::{Claim, Work};
use super::ends::lease_over;
use super::keep::crashed;
use super::live::SeenAttempt;
use super::obtain::Purpose;
use super::rearrange::{ProfileRegion, Rearrangement};
use super::sessions::{Sessions, unknown_session};
use aws_files::Foreign;
use chrono::TimeDelta;
use daypass_core::credentials::Credentials;
use daypass_core::delivery::Delivered;
use daypass_core::event::SessionChange;
use daypass_core::names::{ProfileName, Region};
use daypass_core::problem::Problem;
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::view::SessionView;

/// Credentials that last this long serve any tool that asks now.
const GOOD_FOR_MINUTES: TimeDelta = TimeDelta::minutes(2);

/// How long a tool that has such credentials waits for newer ones: long enough for an exchange on a good network.
const SHORT_WAIT: Duration = Duration::from_secs(2);

impl Sessions {
    /// Starts a session: exchange, keep, deliver. Returns an active session that meets the request as it is. One that
    /// only lacks the delivery gets it, without an exchange.
    ///
    /// # Errors
    ///
    /// `foreign-profile` before anything is exchanged; what the proof, the exchange or the delivery refuse.
    pub async fn start(&self, request: SessionRequest, foreign: Foreign) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        let request = self.settled(request)?;
        let now = self.clock().now();
        let profile = &request.profile;
        let running = {
            let table = self.table();
            let live = table.live(profile);
            live.map(|live| {
                (live.meets(&request, now), live.lacks_only_delivery(&request, now), live.stored.delivered())
            })
        };
        let delivery = self.dependencies.deliveries.of(request.delivery);
        match &running {
            Some((Some(view), _, delivered)) if self.blocking(|_| delivery.is_found(delivered)) => {
                return Ok(self.labelled(view.clone()));
            }
            // Another tool removed the profile, or this environment's tools look into another file.
            Some((Some(_), _, _) | (_, true, _)) => return self.deliver_as(profile, request.delivery, foreign).await,
            _ => {}
        }
        self.check(&request, foreign)?;
        let (seen, first) = {
            let mut table = self.table();
            // It may have started during the check.
            if let Some(view) = table.live(profile).and_then(|live| live.meets(&request, now)) {
                return Ok(self.labelled(view));
            }
            table.slot(profile).ask(&request)
        };
        let waiting = Claim::new(self, profile, Work::Start);
        if let Some(session) = first {
            self.announce(SessionChange::Requested, session);
        }
        let result = self.obtain(&request, foreign, &seen, Purpose::Start).await;
        drop(waiting);
        self.wake_loop();
        result
    }

    /// Whether what is requested can be delivered, as far as it shows before an exchange.
    ///
    /// # Errors
    ///
    /// `foreign-profile`, `profile-shadowed`.
    pub fn check(&self, request: &SessionRequest, foreign: Foreign) -> Result<(), Problem> {
        // What runs under the profile is known by its keys, wherever it is.
        let known = self.table().live(&request.profile).map(|live| live.stored.delivered());
        let known = known.unwrap_or_else(|| Delivered::nothing(&request.profile));
        let here = Delivered { also: request.also.clone(), file: None, ..known };
        self.blocking(|s| s.dependencies.deliveries.of(request.delivery).check(&here, foreign))
    }

    /// New credentials now, whatever is left of the old ones. Two who ask at once share one exchange.
    ///
    /// # Errors
    ///
    /// As [`Sessions::start`]. The credentials in hand stay in place then.
    pub async fn renew(&self, profile: &ProfileName) -> Result<SessionView, Problem> {
        self.compare_with_vault()?;
        let profile = &self.table().main_of(profile);
        let seen = self.table().live(profile).map(|live| live.seen()).ok_or_else(|| unknown_session(profile))?;
        self.renew_from(profile, &seen).await
    }

    /// As [`Sessions::renew`]. If another task got new credentials since `seen`, those are the answer.
    pub(super) async fn renew_from(&self, profile: &ProfileName, seen: &SeenAttempt) -> Result<SessionView, Problem> {
        let now = self.clock().now();
        let (request, began) = {
            let mut table = self.table();
            let live = table.live(profile).ok_or_else(|| unknown_session(profile))?;
            if let Some(view) = live.granted_since(&live.stored.request, seen, now) {
                return Ok(self.labelled(view));
            }
            table.slot(profile).begin_renewal().ok_or_else(|| unknown_session(profile))?
        };
        let renewing = Claim::new(self, profile, Work::Renewal);
        if let Some(session) = began {
            self.announce(SessionChange::RenewalBegan, session);
        }
        let result = self.obtain(&request, Foreign::Refuse, seen, Purpose::Renewal).await;
        drop(renewing);
        self.wake_loop();
        result
    }

    /// Valid credentials of a session, renewed first when they are due. While those in hand are good for minutes, a
    /// renewal that takes long is not waited for: it goes on by itself.
    ///
    /// # Errors
    ///
    /// `unknown-session`; what a renewal refuses, when the credentials in hand have expired by then.
    pub async fn fresh_credentials(self: &Arc<Self>, profile: &ProfileName) -> Result<Credentials, Problem> {
        self.compare_with_vault()?;
        let profile = &self.table().main_of(profile);
        let now = self.clock().now();
        let (held, due, seen) = {
            let table = self.table();
            let live = table.live(profile).ok_or_else(|| unknown_session(profile))?;
            if live.stored.request.is_over_lease(now) {
                return Err(lease_over(profile));
            }
            (live.valid(now), live.is_due(now), live.seen())
        };
        let must_wait = match held {
            Some(credentials) if !due => return Ok(credentials),
            Some(credentials) => credentials.expires_here() - now < GOOD_FOR_MINUTES,
            None => true,
        };
        let mut renewing = tokio::spawn({
            let (sessions, profile) = (Arc::clone(self), profile.clone());
            async move { sessions.renew_from(&profile, &seen).await }
        });
        let renewed = if must_wait {
            renewing.await
        } else {
            match tokio::time::timeout(SHORT_WAIT, &mut renewing).await {
                Ok(renewed) => renewed,
                Err(_) => return self.valid_credentials(profile).ok_or_else(|| unknown_session(profile)),
            }
        };
        // What was valid before the wait may be over.
        let valid = self.valid_credentials(profile);
        match renewed {
            Ok(Ok(_)) => valid.ok_or_else(|| unknown_session(profile)),
            // What is in hand still works: better than an error.
            Ok(Err(problem)) => valid.ok_or(problem),
            Err(_) => valid.ok_or_else(|| crashed(profile)),
        }
    }

    fn valid_credentials(&self, profile: &ProfileName) -> Option<Credentials> {
        let now = self.clock().now();
        self.table().live(profile).and_then(|live| live.valid(now))
    }

    /// Gives a running session's profile the region that its role has now, without an exchange.
    ///
    /// # Errors
    ///
    /// As [`Sessions::rearrange`].
    pub async fn change_region(&self, profile: &ProfileName, region: Option<Region>) -> Result<SessionView, Problem> {
        let region = Some(ProfileRegion { region, named: false });
        self.rearrange(profile, &Rearrangement { region, ..Rearrangement::default() }, Foreign::Refuse).await
    }

    /// Delivers a running session another way, without an exchange. Nothing of the old delivery is left behind.
    ///
    /// # Errors
    ///
    /// As [`Sessions::rearrange`].
    pub async fn deliver_as(
        &self,
        profile: &ProfileName,
        delivery: Delivery,
        foreign: Foreign,
    ) -> Result<SessionView, Problem> {
        let change = Rearrangement { delivery: Some(delivery), ..Rearrangement::default() };
        self.rearrange(profile, &change, foreign).await
    }

    /// The profile by which the session is known now that had this one before. `None` where a session has it, or none
    /// had.
    #[must_use]
    pub fn now_called(&self, profile: &ProfileName) -> Option<ProfileName> {
        self.table().now_called(profile)
    }
}
