//! What the fixed settings of macOS and Windows say about a server. Pure, so it's tested everywhere.
//!
//! The libraries that read them take one value for both schemes, and leave out macOS's exceptions.

use daypass_core::proxy::{NoProxy, Proxy};
use url::{Host, Url};

use crate::system_answer::SystemAnswer;

/// The settings, as either system has them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SystemSettings {
    http: Option<String>,
    https: Option<String>,
    /// Where no proxy is used: what `NO_PROXY` may have, and names and addresses with `*` in them.
    exceptions: Vec<String>,
    /// Nor for names without a dot.
    excepts_plain_names: bool,
    /// A PAC script decides, which Daypass doesn't run.
    has_script: bool,
}

impl SystemSettings {
    /// The values `ProxyServer` (if `ProxyEnable` says so), `ProxyOverride` and `AutoConfigURL` of the registry.
    /// `ProxyServer` is one proxy for all schemes, or `http=a:1;https=b:2`
    /// (<https://learn.microsoft.com/windows/win32/wininet/enabling-internet-functionality>).
    #[cfg(any(test, windows))]
    pub(crate) fn of_windows(server: &str, exceptions: &str, script: &str) -> Self {
        let parts = |text: &'_ str| -> Vec<String> {
            let parts = text.split([';', ' ']).map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        let servers = parts(server);
        let of = |scheme: &str| {
            let named = servers.iter().filter_map(|part| part.split_once('='));
            let named = named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(scheme)).map(|(_, proxy)| proxy);
            let for_all = || servers.iter().find(|part| !part.contains('=')).map(String::as_str);
            named.or_else(for_all).map(str::to_owned)
        };
        let (marks, exceptions) = parts(exceptions).into_iter().partition::<Vec<_>, _>(|part| part.starts_with('<'));
        Self {
            http: of("http"),
            https: of("https"),
            exceptions,
            excepts_plain_names: marks.iter().any(|mark| mark.eq_ignore_ascii_case("<local>")),
            has_script: !script.trim().is_empty(),
        }
    }

    /// What `scutil --proxy` prints: a dictionary, and in it one list.
    #[cfg(any(test, target_os = "macos"))]
    pub(crate) fn of_macos(printed: &str) -> Self {
        let mut settings = Self::default();
        let is_on = |key: &str| value(printed, key) == Some("1");
        let proxy = |scheme: &str| {
            let host = value(printed, &format!("{scheme}Proxy")).filter(|_| is_on(&format!("{scheme}Enable")))?;
            let port = value(printed, &format!("{scheme}Port")).map(|port| format!(":{port}")).unwrap_or_default();
            Some(format!("{host}{port}"))
        };
        (settings.http, settings.https) = (proxy("HTTP"), proxy("HTTPS"));
        let listed = printed.split_once("ExceptionsList : <array> {").and_then(|(_, rest)| rest.split_once('}'));
        let entries = listed.map(|(list, _)| list).unwrap_or_default().lines();
        settings.exceptions = entries.filter_map(|line| Some(line.split_once(" : ")?.1.trim().to_owned())).collect();
        settings.excepts_plain_names = is_on("ExcludeSimpleHostnames");
        settings.has_script = is_on("ProxyAutoConfigEnable");
        settings
    }

    /// What they say about a server.
    pub(crate) fn answer(&self, url: &Url) -> SystemAnswer {
        let is_plain = |name: &str| !name.contains('.');
        let is_plain = matches!(url.host(), Some(Host::Domain(name)) if is_plain(name));
        if (is_plain && self.excepts_plain_names) || self.exceptions.iter().any(|entry| excepts(entry, url)) {
            return SystemAnswer::Direct;
        }
        let named = if url.scheme() == "https" { &self.https } else { &self.http };
        match named {
            Some(text) => match Proxy::parse(text) {
                Ok(proxy) => SystemAnswer::Proxy(proxy),
                Err(why) => SystemAnswer::Unknown(format!("the system's proxy can't be used ({why})")),
            },
            None if self.has_script => {
                SystemAnswer::Unknown("they name a PAC script, which Daypass doesn't run here".to_owned())
            }
            None => SystemAnswer::Direct,
        }
    }
}

/// The value of a key at its own line.
#[cfg(any(test, target_os = "macos"))]
fn value<'t>(printed: &'t str, key: &str) -> Option<&'t str> {
    let pairs = printed.lines().filter_map(|line| line.trim().split_once(" : "));
    pairs.into_iter().find(|(name, _)| *name == key).map(|(_, value)| value.trim())
}

fn excepts(entry: &str, url: &Url) -> bool {
    if entry.strip_prefix("*.").unwrap_or(entry).contains('*') {
        return url.host_str().is_some_and(|host| fits(&entry.to_ascii_lowercase(), &host.to_ascii_lowercase()));
    }
    // macOS leaves zeros out: 169.254/16.
    let whole = entry.split_once('/').map(|(network, bits)| {
        let missing = 3_usize.saturating_sub(network.matches('.').count());
        format!("{network}{}/{bits}", ".0".repeat(if network.contains(':') { 0 } else { missing }))
    });
    NoProxy::list(whole.as_deref().unwrap_or(entry)).iter().any(|entry| entry.covers(url))
}

/// Whether a text fits a pattern, in which `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|after| {
            after.char_indices().map(|(at, _)| at).chain([after.len()]).any(|at| fits(rest, &after[at..]))
        }),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn answer(settings: &SystemSettings, url: &str) -> String {
        match settings.answer(&url.parse().unwrap()) {
            SystemAnswer::Proxy(proxy) => proxy.address.to_string(),
            SystemAnswer::Direct => "direct".to_owned(),
            SystemAnswer::Unknown(why) => why,
        }
    }

    #[test]
    fn windows_has_one_proxy_or_one_for_each_scheme() {
        let one = SystemSettings::of_windows("proxy.corp:8080", "", "");
        assert_eq!(answer(&one, "https://sts.amazonaws.com/"), "http://proxy.corp:8080");
        let each = SystemSettings::of_windows("http=a:1; HTTPS=http://b:2;socks=c:3", "", "");
        assert_eq!(answer(&each, "http://x.example/"), "http://a:1");
        assert_eq!(answer(&each, "https://x.example/"), "http://b:2");
        let other = SystemSettings::of_windows("socks=c:3", "", "");
        assert_eq!(answer(&other, "https://x.example/"), "direct");
        assert_eq!(answer(&SystemSettings::of_windows("", "", ""), "https://x.example/"), "direct");
    }

    #[test]
    fn exceptions_need_no_proxy() {
        let windows = SystemSettings::of_windows("p:1", "*.corp.example;10.*;intra*.example.com;<local>", "");
        for url in ["https://a.corp.example/", "http://10.1.2.3/", "https://intranet.example.com/", "http://wiki/"] {
            assert_eq!(answer(&windows, url), "direct", "{url}");
        }
        for url in ["https://corp.other/", "http://11.1.2.3/", "https://example.com/"] {
            assert_eq!(answer(&windows, url), "http://p:1", "{url}");
        }
    }

    #[test]
    fn a_script_that_is_not_run_is_told() {
        let script = SystemSettings::of_windows("", "", "http://wpad/wpad.dat");
        assert!(answer(&script, "https://x.example/").contains("PAC script"));
        let both = SystemSettings::of_windows("p:1", "", "http://wpad/wpad.dat");
        assert_eq!(answer(&both, "https://x.example/"), "http://p:1");
    }

    #[test]
    fn what_scutil_prints_is_read() {
        let settings = SystemSettings::of_macos(
            "<dictionary> {\n  ExceptionsList : <array> {\n    0 : *.local\n    1 : 169.254/16\n    2 : HTTPEnable\n  }\n  \
             ExcludeSimpleHostnames : 1\n  FTPPassive : 1\n  HTTPEnable : 0\n  HTTPPort : 1\n  HTTPProxy : off.corp\n  \
             HTTPSEnable : 1\n  HTTPSPort : 8443\n  HTTPSProxy : proxy.corp\n  ProxyAutoConfigEnable : 0\n}\n",
        );
        assert_eq!(answer(&settings, "https://sts.amazonaws.com/"), "http://proxy.corp:8443");
        for url in ["http://x.example/", "https://printer.local/", "https://169.254.7.7/", "https://wiki/"] {
            assert_eq!(answer(&settings, url), "direct", "{url}");
        }
        let script = SystemSettings::of_macos("<dictionary> {\n  ProxyAutoConfigEnable : 1\n}\n");
        assert!(answer(&script, "https://x.example/").contains("PAC script"));
        assert_eq!(SystemSettings::of_macos(""), SystemSettings::default());
    }
}
