//! Hosts that don't use the proxy: `NO_PROXY`, and `no_proxy` in `config.toml`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::Deserialize;
use url::{Host, Url};

/// One entry. A host name counts for the hosts below it too, with or without a dot (or `*.`) before it, as in curl and
/// the AWS CLI. Entries may be IP addresses, networks such as `10.0.0.0/8`, and `*` for everything. A name or an
/// address may end with a port.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct NoProxy {
    text: String,
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Hosts {
    All,
    /// The name without a dot before it.
    Name(String),
    Network(IpAddr, u8),
}

impl NoProxy {
    /// The entries of a variable, separated by commas or spaces. What is none of them is left out, as every other
    /// program does.
    #[must_use]
    pub fn list(text: &str) -> Vec<Self> {
        let entries = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|entry| !entry.is_empty());
        entries.filter_map(|entry| entry.parse().ok()).collect()
    }

    /// As GLib's resolver reads exceptions, which takes a host and the hosts below it for two entries.
    #[must_use]
    pub fn for_glib(&self) -> Vec<String> {
        let port = self.port.map(|port| format!(":{port}")).unwrap_or_default();
        match &self.hosts {
            Hosts::All => vec!["*".to_owned()],
            Hosts::Name(name) => vec![format!("{name}{port}"), format!("*.{name}{port}")],
            Hosts::Network(ip @ IpAddr::V6(_), 128) if self.port.is_some() => vec![format!("[{ip}]{port}")],
            Hosts::Network(ip, 32 | 128) => vec![format!("{ip}{port}")],
            Hosts::Network(ip, bits) => vec![format!("{ip}/{bits}")],
        }
    }

    /// Whether requests for a URL go without a proxy because of this.
    #[must_use]
    pub fn covers(&self, url: &Url) -> bool {
        if self.port.is_some_and(|port| url.port_or_known_default() != Some(port)) {
            return false;
        }
        match (&self.hosts, url.host()) {
            (Hosts::All, _) => true,
            (Hosts::Name(name), Some(Host::Domain(host))) => {
                let host = host.trim_end_matches('.').to_ascii_lowercase();
                host.strip_suffix(name.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Hosts::Network(network, bits), Some(Host::Ipv4(ip))) => is_inside(ip.into(), *network, *bits),
            (Hosts::Network(network, bits), Some(Host::Ipv6(ip))) => is_inside(ip.into(), *network, *bits),
            (Hosts::Name(_) | Hosts::Network(..), _) => false,
        }
    }
}

fn is_inside(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    let cut = |whole: u128, length: u32| whole.checked_shr(length - u32::from(bits)).unwrap_or(0);
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => cut(u32::from(ip).into(), 32) == cut(u32::from(network).into(), 32),
        (IpAddr::V6(ip), IpAddr::V6(network)) => cut(ip.into(), 128) == cut(network.into(), 128),
        (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

impl FromStr for NoProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || {
            let text: String = text.chars().take(200).collect();
            format!(
                "{text:?} isn't a host, write a name such as example.org (which includes the hosts below it), an IP \
                 address, a network such as 10.0.0.0/8, or *"
            )
        };
        let entry = |hosts, port| Self { text: text.to_owned(), hosts, port };
        if text == "*" {
            return Ok(entry(Hosts::All, None));
        }
        if let Some((network, bits)) = text.split_once('/') {
            let network: IpAddr = bare(network).parse().map_err(|_| wrong())?;
            let most = if network.is_ipv4() { 32 } else { 128 };
            let bits: u8 = bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(wrong)?;
            return Ok(entry(Hosts::Network(network, bits), None));
        }
        let whole = |ip: IpAddr| Hosts::Network(ip, if ip.is_ipv4() { 32 } else { 128 });
        if let Ok(ip) = bare(text).parse() {
            return Ok(entry(whole(ip), None));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?)),
            None => (text, None),
        };
        if let Ok(ip) = bare(host).parse() {
            return Ok(entry(whole(ip), port));
        }
        let name = host.strip_prefix('*').unwrap_or(host).trim_start_matches('.').trim_end_matches('.');
        let is_name = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte) || !byte.is_ascii());
        if !is_name {
            return Err(wrong());
        }
        // As a URL's host is written.
        let Ok(Host::Domain(name)) = Host::parse(name) else { return Err(wrong()) };
        Ok(entry(Hosts::Name(name), port))
    }
}

/// An IPv6 address without its brackets.
fn bare(text: &str) -> &str {
    text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text)
}

impl TryFrom<String> for NoProxy {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// As it was written.
impl fmt::Display for NoProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_covers_what_curl_and_the_aws_cli_would_reach_directly() {
        for (entry, covered, not_covered) in [
            ("*", "https://a/ http://10.0.0.1/", ""),
            (
                "example.org",
                "https://example.org/ https://a.b.EXAMPLE.org/ https://example.org./ http://example.org:81/",
                "https://notexample.org/ https://example.org.evil/",
            ),
            (".example.org", "https://a.example.org/ https://example.org/", "https://xexample.org/"),
            ("*.example.org", "https://a.example.org/", "https://example.com/"),
            ("example.org:8443", "https://a.example.org:8443/", "https://example.org/"),
            ("example.org:443", "https://example.org/", "http://example.org/"),
            ("bücher.example", "https://xn--bcher-kva.example/", "https://bucher.example/"),
            ("10.1.2.3", "http://10.1.2.3:9/", "http://10.1.2.4/ http://x10.1.2.3.example/"),
            ("10.1.2.3:80", "http://10.1.2.3/", "https://10.1.2.3/"),
            ("10.0.0.0/8", "http://10.255.1.1/", "http://11.0.0.1/ http://[::a]/ http://a/"),
            ("10.1.2.3/0", "http://192.0.2.1/", "http://[::1]/"),
            ("10.1.2.3/32", "http://10.1.2.3/", "http://10.1.2.2/"),
            ("fd00::/8", "http://[fd12::1]/", "http://[fe80::1]/ http://10.0.0.1/"),
            ("[fd00::1]:80", "http://[fd00::1]/", "https://[fd00::1]/"),
            ("fd00::1", "http://[fd00::1]/", "http://[fd00::2]/"),
        ] {
            let read: NoProxy = entry.parse().unwrap();
            assert_eq!(read.to_string(), entry);
            for url in covered.split_whitespace() {
                assert!(read.covers(&url.parse().unwrap()), "{entry} {url}");
            }
            for url in not_covered.split_whitespace() {
                assert!(!read.covers(&url.parse().unwrap()), "{entry} {url}");
            }
        }
    }

    #[test]
    fn an_entry_is_written_for_the_window_s_engine() {
        for (entry, written) in [
            ("*", "*"),
            (".example.org:81", "example.org:81 *.example.org:81"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.1", "10.0.0.1"),
            ("[fd00::1]:80", "[fd00::1]:80"),
            ("fd00::/8", "fd00::/8"),
        ] {
            assert_eq!(entry.parse::<NoProxy>().unwrap().for_glib().join(" "), written);
        }
    }

    #[test]
    fn what_is_not_an_entry_is_told_or_left_out_of_a_variable() {
        for text in ["", ".", "a b", "10.0.0.0/33", "fd00::/129", "a/8", "http://a", "a:b", "a:0", "a@b", "[::1"] {
            assert!(text.parse::<NoProxy>().is_err(), "{text}");
        }
        let list = NoProxy::list(" a.example, 10.0.0.0/8 http://wrong\tlocalhost,,");
        let shown: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["a.example", "10.0.0.0/8", "localhost"]);
    }
}
