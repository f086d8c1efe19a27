//! The command line that starts a browser. It doesn't contain an address, because other users can read it.

use std::ffi::OsString;
use std::path::Path;

use daypass_core::proxy::{NoProxy, PageProxies, Proxy};

use crate::SamlPage;

/// The program and its arguments.
pub(super) fn command(start: &[OsString], folder: &Path, page: &SamlPage) -> Vec<OsString> {
    let mut command = start.to_vec();
    let mut profile = OsString::from("--user-data-dir=");
    profile.push(folder);
    command.push(profile);
    let usual = ["--remote-debugging-pipe", "--no-startup-window", "--no-first-run", "--no-default-browser-check"];
    command.extend(usual.map(OsString::from));
    if cfg!(target_os = "linux") {
        // A quiet sign-in reads the cookies where the keyring is locked or missing, and never makes it ask for a
        // password.
        command.push("--password-store=basic".into());
    }
    if cfg!(target_os = "macos") {
        // The same for the keychain.
        command.push("--use-mock-keychain".into());
    }
    if page.quietly {
        command.push("--headless=new".into());
    }
    command.extend(proxies(&page.proxies).into_iter().map(OsString::from));
    command
}

/// The browser asks the person what a proxy wants to know, because a password doesn't belong into arguments.
fn proxies(proxies: &PageProxies) -> Vec<String> {
    let (http, https, exceptions) = match proxies {
        PageProxies::System => return Vec::new(),
        PageProxies::None => return vec!["--no-proxy-server".to_owned()],
        PageProxies::Named { http, https, exceptions } => (http, https, exceptions),
    };
    let rule = |scheme: &str, proxy: &Option<Proxy>| {
        proxy.as_ref().map(|proxy| format!("{scheme}={}", proxy.address.to_string().replacen("socks5h:", "socks5:", 1)))
    };
    let rules: Vec<String> = [rule("http", http), rule("https", https)].into_iter().flatten().collect();
    if rules.is_empty() {
        return vec!["--no-proxy-server".to_owned()];
    }
    let mut found = vec![format!("--proxy-server={}", rules.join(";"))];
    let exceptions: Vec<String> = exceptions.iter().flat_map(NoProxy::for_glib).collect();
    if !exceptions.is_empty() {
        found.push(format!("--proxy-bypass-list={}", exceptions.join(";")));
    }
    found
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_saml::PageStart;

    use super::*;

    fn words(quietly: bool, proxies: PageProxies) -> Vec<String> {
        let page = SamlPage {
            identity: "corp".parse().unwrap(),
            start: PageStart::Get("https://login.example.com/?SAMLRequest=x".parse().unwrap()),
            proxies,
            keep_cookies: true,
            quietly,
        };
        let command = command(&["/usr/bin/chromium".into()], Path::new("/d/corp"), &page);
        command.into_iter().map(|word| word.into_string().unwrap()).collect()
    }

    #[test]
    fn a_browser_gets_its_own_profile_and_a_pipe_and_no_address() {
        let shown = words(false, PageProxies::System);
        assert_eq!(shown[..3], ["/usr/bin/chromium", "--user-data-dir=/d/corp", "--remote-debugging-pipe"]);
        assert!(
            shown.iter().all(|word| !word.contains("http") && !word.contains("port") && !word.contains("headless"))
        );
        assert!(words(true, PageProxies::System).contains(&"--headless=new".to_owned()));
    }

    #[test]
    fn proxies_are_named_without_their_passwords() {
        let named = PageProxies::Named {
            http: None,
            https: Some(Proxy::parse("socks5h://ann:PLANTED@proxy.example.org").unwrap()),
            exceptions: NoProxy::list("corp.example.org"),
        };
        let words = words(true, named);
        assert!(words.contains(&"--proxy-server=https=socks5://proxy.example.org:1080".to_owned()), "{words:?}");
        assert!(words.contains(&"--proxy-bypass-list=corp.example.org;*.corp.example.org".to_owned()), "{words:?}");
        assert!(!words.concat().contains("PLANTED"));
        let none = PageProxies::Named { http: None, https: None, exceptions: Vec::new() };
        for without in [none, PageProxies::None] {
            assert!(self::words(true, without).contains(&"--no-proxy-server".to_owned()));
        }
    }
}
