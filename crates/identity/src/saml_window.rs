//! The desktop's window for sign-ins, as this crate sees it.

use secrecy::SecretString;

use daypass_core::Boxed;
use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::proxy::PageProxies;
use daypass_saml::PageStart;

/// A window of the app, in which a person signs in at a page whose answer goes only to AWS. Only the desktop has one.
/// It only handles pages. Its caller decides what an assertion is worth.
pub trait SamlWindow: Send + Sync {
    /// Opens the page and waits for the form post to AWS, whose `SAMLResponse` is returned. Quietly: the window stays
    /// hidden, and it ends with `sign-in-needs-person` when the page needs the person to do something. Dropping the
    /// future closes the window.
    ///
    /// # Errors
    ///
    /// `sign-in-needs-person`; `sign-in-cancelled` when the person closes the window; any reason why a window can't
    /// open.
    fn catch_assertion<'a>(&'a self, page: &'a SamlPage) -> Boxed<'a, Result<SecretString, Problem>>;

    /// Deletes the cookies of an identity.
    ///
    /// # Errors
    ///
    /// When they cannot be removed.
    fn forget<'a>(&'a self, identity: &'a IdentityName) -> Boxed<'a, Result<(), Problem>>;
}

/// The page at which a person signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamlPage {
    /// The identity's name, for the window's title.
    pub identity: IdentityName,
    /// The first page.
    pub start: PageStart,
    /// How the engine reaches the pages.
    pub proxies: PageProxies,
    /// Whether cookies are kept for the next time.
    pub keep_cookies: bool,
    /// Whether the person must not notice.
    pub quietly: bool,
}
