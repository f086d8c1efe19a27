//! What the vault keeps for the network: how you sign in to a proxy, and which `network.ca_file` you confirmed.

use daypass_vault::Vault;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::proxy::{ProxyAddress, ProxySignIn};
use daypass_http::NetworkVault;

/// A [`KeptSignIn`].
const PROXY: &str = "network/proxy";
/// The digest of the file's content.
const CA_FILE: &str = "network/ca_file";

/// The entries of the vault that are for the network.
pub(crate) struct KeptForNetwork(pub(crate) Vault);

/// Bound to the proxy that it was typed for: a shared `config.toml` can't send it to another one.
#[derive(Serialize, Deserialize)]
struct KeptSignIn {
    proxy: String,
    user: String,
    password: String,
}

impl KeptForNetwork {
    /// Keeps, or forgets, how you sign in to a proxy.
    pub(crate) fn put_sign_in(&self, sign_in: Option<(&ProxyAddress, &ProxySignIn)>) -> Result<bool, Problem> {
        let text = sign_in.map(|(proxy, ProxySignIn { user, password })| {
            let kept = KeptSignIn {
                proxy: proxy.to_string(),
                user: user.clone(),
                password: password.expose_secret().to_owned(),
            };
            serde_json::to_string(&kept).map_err(|_| unreadable())
        });
        let text = text.transpose()?;
        self.0.update(|entries| {
            let had = entries.remove(PROXY).is_some();
            if let Some(text) = &text {
                entries.set(PROXY, text.clone());
            }
            Ok(had)
        })
    }

    /// Trusts this content of `network.ca_file` from now on, or none.
    pub(crate) fn trust(&self, digest: Option<&str>) -> Result<(), Problem> {
        self.0.update(|entries| {
            match digest {
                Some(digest) => entries.set(CA_FILE, digest.to_owned()),
                None => drop(entries.remove(CA_FILE)),
            }
            Ok(())
        })
    }
}

impl NetworkVault for KeptForNetwork {
    fn sign_in(&self, proxy: &ProxyAddress) -> Result<Option<ProxySignIn>, Problem> {
        let entries = self.0.read()?;
        let Some(text) = entries.get(PROXY) else { return Ok(None) };
        let kept: KeptSignIn = serde_json::from_str(text.expose_secret()).map_err(|_| unreadable())?;
        let is_for_it = kept.proxy == proxy.to_string();
        Ok(is_for_it.then(|| ProxySignIn { user: kept.user, password: kept.password.into() }))
    }

    fn trusts(&self, digest: &str) -> Result<bool, Problem> {
        Ok(self.0.read()?.get(CA_FILE).is_some_and(|kept| kept.expose_secret() == digest))
    }
}

fn unreadable() -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::NoProxy, "what the vault keeps for the proxy can't be read")
        .hint("run `daypass config proxy-login` again")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::proxy::Proxy;
    use daypass_vault::KeySource;

    #[test]
    fn a_password_goes_to_the_proxy_that_it_was_typed_for_and_to_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let key = KeySource::KeyFile(folder.path().join("key"));
        let kept = KeptForNetwork(Vault::new(folder.path().join("vault.age"), key));
        let (ours, theirs) = (address("http://proxy:8080"), address("http://evil:8080"));
        assert!(kept.sign_in(&ours).unwrap().is_none());
        let sign_in = ProxySignIn { user: "ann".into(), password: "PLANTED".into() };
        assert!(!kept.put_sign_in(Some((&ours, &sign_in))).unwrap());
        let found = kept.sign_in(&address("HTTP://PROXY:8080/")).unwrap().unwrap();
        assert_eq!((found.user.as_str(), found.password.expose_secret()), ("ann", "PLANTED"));
        for other in [theirs, address("http://proxy:8081"), address("https://proxy:8080")] {
            assert!(kept.sign_in(&other).unwrap().is_none(), "{other}");
        }
        assert!(kept.put_sign_in(None).unwrap());
        assert!(kept.sign_in(&ours).unwrap().is_none());
    }

    #[test]
    fn only_the_confirmed_content_is_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let key = KeySource::KeyFile(folder.path().join("key"));
        let kept = KeptForNetwork(Vault::new(folder.path().join("vault.age"), key));
        assert!(!kept.trusts("one").unwrap());
        kept.trust(Some("one")).unwrap();
        assert!(kept.trusts("one").unwrap() && !kept.trusts("two").unwrap());
        kept.trust(None).unwrap();
        assert!(!kept.trusts("one").unwrap());
    }

    fn address(text: &str) -> ProxyAddress {
        Proxy::parse(text).unwrap().address
    }
}
