//! What you tell Daypass about your network: how to sign in to the proxy, and which certificates to trust.

use url::Url;

use super::door::Broker;
use crate::network::KeptForNetwork;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::proxy::{ProxyAddress, ProxySignIn};
use daypass_core::settings::CaFile;
use daypass_http::{CaBundle, Route};

/// The setting that names certificates to trust for every connection.
pub(super) const CA_FILE: &str = "network.ca_file";

impl Broker {
    /// Remembers in the vault what is in the file, so that it can't be changed without you.
    pub(super) fn confirm_ca_file(&self, value: Option<&str>) -> Result<(), Problem> {
        let kept = KeptForNetwork(self.0.vault.clone());
        let Some(typed) = value else {
            // Without a file, nothing was confirmed.
            return if self.0.vault.path().exists() { kept.trust(None) } else { Ok(()) };
        };
        match CaFile::try_from(typed.to_owned()) {
            Ok(file) => kept.trust(Some(CaBundle::read(file.path())?.digest())),
            // Writing it is refused, with what was expected.
            Err(_) => Ok(()),
        }
    }

    /// The proxy through which AWS is asked, for a sign-in to it.
    ///
    /// # Errors
    ///
    /// `no-proxy` if none is named, or the one that is named has a password in its variable.
    pub async fn proxy(&self) -> Result<ProxyAddress, Problem> {
        let example = Url::parse("https://aws.amazon.com/").map_err(|_| no_proxy())?;
        match self.aws().network().route(&example).await? {
            Route::Proxy { proxy, is_kept, .. } if is_kept || proxy.sign_in.is_none() => Ok(proxy.address),
            Route::Proxy { proxy, named, .. } => {
                let message = format!("the URL of {} in {named} has a user name and a password already", proxy.address);
                Err(Problem::new(ProblemKind::Invalid, ProblemCode::NoProxy, message)
                    .hint("correct them there, or remove them there and run this again"))
            }
            Route::Direct(_) => Err(no_proxy()),
        }
    }

    /// Keeps how you sign in to a proxy in the vault, or forgets it. Returns whether something was there.
    ///
    /// # Errors
    ///
    /// A vault that doesn't open, or can't be written.
    pub fn put_proxy_sign_in(&self, sign_in: Option<(&ProxyAddress, &ProxySignIn)>) -> Result<bool, Problem> {
        KeptForNetwork(self.0.vault.clone()).put_sign_in(sign_in)
    }
}

fn no_proxy() -> Problem {
    Problem::new(ProblemKind::NotFound, ProblemCode::NoProxy, "no proxy is set for AWS")
        .hint("set it first: daypass config set network.proxy http://proxy.example.org:8080")
}
