//! Sign-ins that begin outside the window: in the tray or in a notification.

use std::time::Duration;

use daypass_broker::Outcome;
use daypass_broker::broker::Broker;
use daypass_broker::requests::Person;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::view::{SignInAsk, SignInWay};
use daypass_identity::SignInRequest;
use daypass_identity::browser::{self, Way};
use tauri::{AppHandle, Manager};

use crate::window::{self, Destination};

/// How long a person may take to sign in.
pub(crate) const SIGN_IN_LIMIT: Duration = Duration::from_secs(300);

/// Opens the browser for a sign-in. A SAML window needs no help: it opens by itself.
pub(crate) fn open_browser(broker: &Broker, identity: &IdentityName, ask: &SignInAsk) -> bool {
    ask.url().is_some_and(|url| open_page(broker, identity, url).is_ok())
}

/// Opens a page of an identity's sign-in where its settings say.
///
/// # Errors
///
/// When no browser can be started there.
pub(crate) fn open_page(broker: &Broker, identity: &IdentityName, url: &str) -> Result<(), Problem> {
    browser::open(url, Way { open: &broker.signs_in_in(identity), places: &broker.surroundings().places })
}

/// How a sign-in ended that the person asked for outside the window.
pub(crate) enum Ended {
    /// The person is signed in.
    SignedIn,
    /// The window asks for what has to be typed.
    InTheWindow,
}

/// Signs in. If the person has to type something, the window opens and asks for it.
///
/// # Errors
///
/// What the provider or the person refused.
pub(crate) async fn sign_in(app: &AppHandle, identity: &IdentityName) -> Result<Ended, Problem> {
    let broker = app.state::<Broker>().inner().clone();
    let looked_at = broker.clone();
    let snapshot = tauri::async_runtime::spawn_blocking(move || looked_at.snapshot_without_roles()).await;
    let way = snapshot.ok().and_then(|all| all.identities.into_iter().find(|view| &view.name == identity));
    if matches!(way.map(|view| view.way), Some(SignInWay::Form { fields }) if !fields.is_empty()) {
        window::navigate(app, &Destination::SignIn { identity: identity.to_string() });
        return Ok(Ended::InTheWindow);
    }
    let asked = SignInRequest {
        limit: SIGN_IN_LIMIT,
        device: false,
        given: &TypedSecrets::none(),
        show: &|ask| open_browser(&broker, identity, ask),
        caution: &|_| (),
    };
    broker.sign_in(identity, asked).await.map(|_| Ended::SignedIn)
}

/// Does what the person chose in the tray. If they have to sign in first, starts that and continues after it.
///
/// # Errors
///
/// Those of the work, and of the sign-in.
pub(crate) async fn first<F>(app: &AppHandle, work: impl Fn(Person) -> F) -> Result<(), Problem>
where
    F: Future<Output = Result<Outcome<()>, Problem>>,
{
    match work(Person::CanSignIn).await? {
        Outcome::Done(()) => Ok(()),
        Outcome::SignInFirst(identity) => match sign_in(app, &identity).await {
            Ok(Ended::SignedIn) => work(Person::Away).await?.done(),
            Ok(Ended::InTheWindow) => Ok(()),
            // The person gave up, or sees in the window why it failed.
            Err(problem) if is_known(app, &problem) => Ok(()),
            Err(problem) => Err(problem),
        },
    }
}

/// Whether the person knows already why a sign-in failed.
pub(crate) fn is_known(app: &AppHandle, problem: &Problem) -> bool {
    problem.kind == ProblemKind::Cancelled || window::is_visible(app)
}
