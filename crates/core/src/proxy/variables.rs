//! Network settings from the environment.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::{NoProxy, NotAProxy, Proxy};

/// The variables of a process that decide how it reaches other machines. Lower case comes first, as in curl and the AWS
/// CLI. An empty one counts as unset.
#[derive(Debug, Clone, Default)]
pub struct NetworkVariables {
    /// `AWS_CA_BUNDLE`: certificates to trust in addition to the system's.
    pub ca_bundle: Option<PathBuf>,
    /// `NO_PROXY`.
    pub no_proxy: Vec<NoProxy>,
    https: Option<ProxyVariable>,
    http: Option<ProxyVariable>,
    all: Option<ProxyVariable>,
}

/// A variable that names a proxy.
#[derive(Clone)]
pub struct ProxyVariable {
    /// Its name, as it was found.
    pub name: &'static str,
    value: SecretString,
}

impl NetworkVariables {
    /// Reads an environment.
    pub fn of(env: impl Fn(&str) -> Option<OsString>) -> Self {
        let env = |name: &str| env(name).filter(|value| !value.is_empty());
        let variable = |names: [&'static str; 2]| {
            names.into_iter().find_map(|name| {
                let value = env(name)?.to_string_lossy().into_owned();
                Some(ProxyVariable { name, value: value.into() })
            })
        };
        let no_proxy = variable(["no_proxy", "NO_PROXY"]);
        Self {
            ca_bundle: env("AWS_CA_BUNDLE").map(PathBuf::from),
            no_proxy: no_proxy.map(|it| NoProxy::list(it.value.expose_secret())).unwrap_or_default(),
            https: variable(["https_proxy", "HTTPS_PROXY"]),
            http: variable(["http_proxy", "HTTP_PROXY"]),
            all: variable(["all_proxy", "ALL_PROXY"]),
        }
    }

    /// The variable that names the proxy for URLs with this scheme, whatever `NO_PROXY` says.
    #[must_use]
    pub fn for_scheme(&self, scheme: &str) -> Option<&ProxyVariable> {
        let own = if scheme == "https" { &self.https } else { &self.http };
        own.as_ref().or(self.all.as_ref())
    }

    /// Whether each of them names a proxy.
    ///
    /// # Errors
    ///
    /// The first that doesn't, by its name.
    pub fn check(&self) -> Result<(), (&'static str, NotAProxy)> {
        let mut all = [&self.https, &self.http, &self.all].into_iter().flatten();
        all.try_for_each(|variable| variable.proxy().map(drop).map_err(|why| (variable.name, why)))
    }

    /// Whether a proxy is named for anything.
    #[must_use]
    pub fn name_a_proxy(&self) -> bool {
        self.https.is_some() || self.http.is_some() || self.all.is_some()
    }
}

impl ProxyVariable {
    /// The proxy that it names.
    ///
    /// # Errors
    ///
    /// [`NotAProxy`].
    pub fn proxy(&self) -> Result<Proxy, NotAProxy> {
        Proxy::parse(self.value.expose_secret())
    }
}

impl fmt::Debug for ProxyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProxyVariable").field(&self.name).finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> NetworkVariables {
        NetworkVariables::of(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).into()))
    }

    #[test]
    fn each_scheme_has_its_variable_and_lower_case_comes_first() {
        let named = |pairs: &[(&str, &str)], scheme: &str| {
            of(pairs).for_scheme(scheme).map(|it| (it.name, it.proxy().unwrap().address.to_string()))
        };
        let (http, https) = ("http", "https");
        assert_eq!(named(&[], https), None);
        let one = [("HTTPS_PROXY", "p:1"), ("HTTP_PROXY", "p:2")];
        assert_eq!(named(&one, https), Some(("HTTPS_PROXY", "http://p:1".into())));
        assert_eq!(named(&one, http), Some(("HTTP_PROXY", "http://p:2".into())));
        let all = [("ALL_PROXY", "socks5h://p:3"), ("https_proxy", "p:4"), ("HTTPS_PROXY", "p:5")];
        assert_eq!(named(&all, https), Some(("https_proxy", "http://p:4".into())));
        assert_eq!(named(&all, http), Some(("ALL_PROXY", "socks5h://p:3".into())));
        assert_eq!(named(&[("https_proxy", ""), ("HTTPS_PROXY", "p:5")], https).unwrap().0, "HTTPS_PROXY");
        assert!(of(&all).name_a_proxy() && !of(&[("NO_PROXY", "*")]).name_a_proxy());
    }

    #[test]
    fn a_variable_never_shows_its_value() {
        let variables = of(&[("HTTPS_PROXY", "http://ann:PLANTED@p:1"), ("NO_PROXY", "a,b")]);
        assert!(!format!("{variables:?}").contains("PLANTED"), "{variables:?}");
        assert_eq!(variables.no_proxy.len(), 2);
    }
}
