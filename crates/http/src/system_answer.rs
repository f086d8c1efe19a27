//! What the system says about a server.

use daypass_core::proxy::Proxy;

/// What the system says about a server.
#[derive(Debug, Clone)]
pub(crate) enum SystemAnswer {
    /// Through this proxy.
    Proxy(Proxy),
    /// Without one.
    Direct,
    /// It can't be asked, or answers with something else.
    Unknown(String),
}
