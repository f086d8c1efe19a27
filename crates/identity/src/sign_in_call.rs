//! A sign-in as the identity sees it: what you typed, and how it tells you what to do.

use tokio::sync::watch;

use crate::services::Services;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::secret::TypedSecrets;
use daypass_core::view::{Caution, SignInAsk};

/// How far a sign-in has come, for the callers that wait for it.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    /// What you have to do.
    pub(crate) ask: Option<SignInAsk>,
    /// What you should know about it.
    pub(crate) cautions: Vec<Caution>,
    /// How it ended.
    pub(crate) outcome: Option<Result<String, Problem>>,
}

/// A sign-in as the identity sees it.
pub struct SignInCall<'a> {
    /// Whether to use a code for another device instead of a browser here.
    pub device: bool,
    /// What you typed.
    pub given: &'a TypedSecrets,
    pub(crate) identity: &'a IdentityName,
    pub(crate) services: &'a Services,
    pub(crate) show: ShowSignIn<'a>,
    pub(crate) caution: CautionSignIn<'a>,
    pub(crate) progress: &'a watch::Sender<Progress>,
}

impl SignInCall<'_> {
    /// Tells you what to do, and opens a browser if that takes one. False if it couldn't.
    pub fn show(&self, ask: SignInAsk) -> bool {
        self.progress.send_modify(|progress| progress.ask = Some(ask.clone()));
        announce(self.services, self.identity, ask, self.show)
    }

    /// Reports something that doesn't end the sign-in. Each text is reported once.
    pub fn caution(&self, caution: Caution) {
        let is_new = self.progress.send_if_modified(|progress| {
            let is_new = !progress.cautions.contains(&caution);
            if is_new {
                progress.cautions.push(caution.clone());
            }
            is_new
        });
        if is_new {
            tracing::info!(identity = %self.identity, hint = caution.hint, "{}", caution.message);
            (self.caution)(&caution);
            let event = Event::SignInCautioned { identity: self.identity.clone(), caution };
            let _ = self.services.events.send(event);
        }
    }
}

/// Tells you what to do, and opens a browser if that takes one. Returns false if it couldn't.
pub type ShowSignIn<'a> = &'a (dyn Fn(&SignInAsk) -> bool + Send + Sync);

/// Tells you something about a sign-in that doesn't end it.
pub type CautionSignIn<'a> = &'a (dyn Fn(&Caution) + Send + Sync);

/// Tells you what to do and announces it. False if no browser could be opened.
pub(crate) fn announce(services: &Services, identity: &IdentityName, ask: SignInAsk, show: ShowSignIn<'_>) -> bool {
    let browser_opened = show(&ask);
    let _ = services.events.send(Event::SignInBegan { identity: identity.clone(), ask, browser_opened });
    browser_opened
}
