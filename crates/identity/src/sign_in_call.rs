//! A sign-in as the identity sees it: what you typed, and how to tell you what to do.

use tokio::sync::watch;

use crate::services::Services;
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::secret::TypedSecrets;
use daypass_core::view::SignInAsk;

/// How far a sign-in is, for those who wait for it.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    /// What the person has to do.
    pub(crate) ask: Option<SignInAsk>,
    /// How it ended.
    pub(crate) outcome: Option<Result<String, Problem>>,
}

/// A sign-in, as the identity sees it: who asked for it, and with what.
pub struct SignInCall<'a> {
    /// Whether a code for another device is wanted instead of a browser here.
    pub device: bool,
    /// What the person typed.
    pub given: &'a TypedSecrets,
    pub(crate) identity: &'a IdentityName,
    pub(crate) services: &'a Services,
    pub(crate) show: ShowSignIn<'a>,
    pub(crate) progress: &'a watch::Sender<Progress>,
}

impl SignInCall<'_> {
    /// Tells the person what to do: opens a browser where there is an address to open; false when it could not.
    pub fn show(&self, ask: SignInAsk) -> bool {
        self.progress.send_modify(|progress| progress.ask = Some(ask.clone()));
        announce(self.services, self.identity, ask, self.show)
    }
}

/// Tells the person what to do, or opens a browser where there is an address to open; false when it could not.
pub type ShowSignIn<'a> = &'a (dyn Fn(&SignInAsk) -> bool + Send + Sync);

/// Tells the person, and announces that they were told; false when no browser could be opened.
pub(crate) fn announce(services: &Services, identity: &IdentityName, ask: SignInAsk, show: ShowSignIn<'_>) -> bool {
    let browser_opened = show(&ask);
    let _ = services.events.send(Event::SignInBegan { identity: identity.clone(), ask, browser_opened });
    browser_opened
}
