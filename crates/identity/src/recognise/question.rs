//! The request that can find out what an address is.

use url::Url;

/// What an address can be asked. Each request is a GET of the address without its query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// The page of an access portal, which names the region of its IAM Identity Center.
    PortalPage(Url),
    /// The discovery documents of an OpenID Connect issuer, one after the other until one exists.
    Issuer(Vec<Url>),
    /// The same, and then the page itself: it may redirect to an access portal, or be one on this machine.
    Anything(Vec<Url>, Url),
}
