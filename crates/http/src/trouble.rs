//! Why a request didn't get a complete response.

use std::io;

use thiserror::Error;

use daypass_core::problem::Problem;

/// A request without a complete answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{url} didn't answer: {trouble}")]
pub struct Unanswered {
    /// The address without its query.
    pub url: String,
    /// What stood in the way.
    pub trouble: Trouble,
}

/// Why a server can't be reached.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Trouble {
    /// The host name has no address, or the name server doesn't answer.
    #[error("its host name couldn't be resolved")]
    NoSuchHost,
    /// No server listens there.
    #[error("the connection was refused")]
    Refused,
    /// No answer within the time-out.
    #[error("no answer came in time")]
    TimedOut,
    /// The server's certificate isn't trusted.
    #[error("its TLS certificate isn't trusted ({0})")]
    Certificate(Distrust),
    /// TLS failed for another reason: no common version, or the server doesn't speak TLS.
    #[error("the TLS connection failed ({0})")]
    Tls(String),
    /// The answer is longer than 1 MiB.
    #[error("the response is too long")]
    TooLong,
    /// The proxy stood in the way.
    #[error("the proxy {proxy} {what}")]
    Proxy {
        /// Its address and who named it, without what it knows you by.
        proxy: String,
        /// What it did.
        what: Box<ProxyTrouble>,
    },
    /// The settings of the network are wrong, so nothing was sent.
    #[error("{0}")]
    NotSent(Box<Problem>),
    /// The connection broke, or anything else, in the library's words.
    #[error("{0}")]
    Other(String),
}

/// What a proxy did instead of passing a request on.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProxyTrouble {
    /// It can't be reached.
    #[error("can't be reached: {0}")]
    Unreachable(Trouble),
    /// It wants to know who you are (407).
    #[error("asks for a user name and a password")]
    WantsSignIn,
    /// It doesn't accept the user name and password (407).
    #[error("doesn't accept the user name and the password")]
    RefusedSignIn {
        /// Whether they came from the vault.
        is_kept: bool,
    },
    /// It doesn't connect to that host: its rules forbid it, or it can't reach the host itself.
    #[error("refused to connect to that host, or can't reach it")]
    Refused,
    /// It closed the connection.
    #[error("closed the connection")]
    CutOff,
    /// Nothing came through it in time.
    #[error("didn't connect in time")]
    Silent,
}

/// Why a server's certificate isn't trusted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Distrust {
    /// It has expired, by this machine's clock.
    #[error("it has expired")]
    Expired,
    /// It isn't valid yet, by this machine's clock.
    #[error("it isn't valid yet")]
    NotYetValid,
    /// It names other hosts, in the TLS library's words.
    #[error("{0}")]
    OtherName(String),
    /// It names no host: the subject's common name alone doesn't count (RFC 9110, 4.3.4).
    #[error("it doesn't have a subject alternative name, only a common name at most")]
    NoName,
    /// It is a certificate authority's own, which webpki refuses as a server's, even where it is trusted.
    #[error("it's a certificate authority's certificate, and the server uses it as its own")]
    Authority,
    /// None of the trusted authorities issued it.
    #[error("none of the trusted authorities issued it")]
    UnknownIssuer,
    /// Anything else, in the TLS library's words.
    #[error("{0}")]
    Other(String),
}

impl Distrust {
    /// Reads rustls's words (`Display for CertificateError`).
    fn read(words: &str) -> Self {
        let says = |needle: &str| words.contains(needle);
        let kept = || words.chars().take(200).collect();
        match () {
            () if says("not valid for any names") => Self::NoName,
            () if says("not valid for name") || says("NotValidForName") => Self::OtherName(kept()),
            () if says("CaUsedAsEndEntity") => Self::Authority,
            () if says("UnknownIssuer") => Self::UnknownIssuer,
            () if says("not valid yet") || says("NotValidYet") => Self::NotYetValid,
            () if says("expired") || says("Expired") => Self::Expired,
            () => Self::Other(kept()),
        }
    }

    fn hint(&self, ca_setting: &str) -> String {
        match self {
            Self::Expired => "the server's certificate has expired (or this machine's clock is wrong)".into(),
            Self::NotYetValid => "check this machine's clock; or have the server's certificate corrected".into(),
            Self::OtherName(_) => "the server presents a certificate for another host name; check the address".into(),
            // Samba makes such certificates for itself.
            Self::NoName => "the server needs a certificate with its host name as subject alternative name (DNS:…, or \
                             IP:… for an address): ask its administrator for one. A common name (CN) isn't enough"
                .into(),
            // This is what `openssl req -x509` makes.
            Self::Authority => format!(
                "programs like curl accept a self-signed authority as the server's certificate, but Daypass doesn't. Give \
                 the server a certificate that the authority issued, or a self-signed one with basicConstraints \
                 CA:FALSE and its host name as subject alternative name, and name the PEM file in {ca_setting}"
            ),
            Self::UnknownIssuer | Self::Other(_) => format!(
                "if the server (or a proxy) has a certificate of your company's own, name its PEM file in {ca_setting}"
            ),
        }
    }
}

impl Trouble {
    /// Reads a library's error and its causes. Neither reqwest nor the AWS SDK has types for these, but both use
    /// rustls, whose texts are stable (`Display for rustls::Error`). An unknown text becomes [`Trouble::Other`].
    #[must_use]
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        if let Some(known) = all(error).find_map(|cause| cause.downcast_ref::<Self>()) {
            return known.clone();
        }
        let texts = chain(error);
        let find = |needle: &str| texts.iter().find(|t| t.contains(needle));
        if let Some(text) = find("invalid peer certificate") {
            let why = text.rsplit("invalid peer certificate: ").next().unwrap_or(text);
            return Self::Certificate(Distrust::read(why));
        }
        if find("dns error").is_some() || find("failed to lookup address").is_some() {
            return Self::NoSuchHost;
        }
        match io_kind(error) {
            Some(io::ErrorKind::ConnectionRefused) => return Self::Refused,
            Some(io::ErrorKind::TimedOut) => return Self::TimedOut,
            _ => {}
        }
        if find("timed out").is_some() || find("timeout").is_some() {
            return Self::TimedOut;
        }
        if let Some(text) = ["received corrupt message", "fatal alert", "peer is incompatible", "TLS handshake"]
            .iter()
            .find_map(|needle| find(needle))
        {
            return Self::Tls(text.chars().take(200).collect());
        }
        Self::Other(texts.last().map(|t| t.chars().take(300).collect()).unwrap_or_default())
    }

    /// What you can do about it. `ca_setting` names the setting for a file of certificates.
    #[must_use]
    pub fn hint(&self, ca_setting: &str) -> String {
        match self {
            Self::NoSuchHost => "check the address for typos, and that you're online or on the VPN".into(),
            Self::Refused => {
                "check the address and the port, and that the server (or the proxy, HTTPS_PROXY) is running".into()
            }
            Self::TimedOut => "check that you are online, on the VPN, or behind the right proxy (HTTPS_PROXY)".into(),
            Self::Certificate(why) => why.hint(ca_setting),
            Self::Tls(_) => "check that the address should be https, and the port".into(),
            Self::TooLong => "check the address".into(),
            Self::Proxy { what, .. } => what.hint(ca_setting),
            Self::NotSent(problem) => problem.hint.clone().unwrap_or_default(),
            Self::Other(_) => "check the network, and try again".into(),
        }
    }

    /// Whether the same request may succeed later without a change of settings.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Certificate(_) | Self::Tls(_) | Self::TooLong => false,
            Self::Proxy { what, .. } => what.is_passing(),
            Self::NotSent(problem) => problem.is_passing(),
            Self::NoSuchHost | Self::Refused | Self::TimedOut | Self::Other(_) => true,
        }
    }

    /// Whether the server certainly did not get the request.
    #[must_use]
    pub fn is_before_sending(&self) -> bool {
        match self {
            Self::NoSuchHost | Self::Refused | Self::NotSent(_) => true,
            Self::Proxy { what, .. } => !matches!(**what, ProxyTrouble::Silent),
            Self::TimedOut | Self::Certificate(_) | Self::Tls(_) | Self::TooLong | Self::Other(_) => false,
        }
    }
}

impl ProxyTrouble {
    /// Reads a library's error about a request through a proxy: hyper-util's words (`Display for TunnelError` and for
    /// `SocksError`), which has no public types for these. `None` if the proxy isn't the reason. `is_tunnelled` is
    /// false for `http://` requests, which the proxy passes on itself.
    pub(crate) fn of(
        error: &(dyn std::error::Error + 'static),
        is_connecting: bool,
        is_tunnelled: bool,
    ) -> Option<Self> {
        let texts = chain(error);
        let says = |needle: &str| texts.iter().any(|text| text.contains(needle));
        let is_late = says("timed out") || says("timeout");
        Some(match () {
            () if says("proxy authorization required") => Self::WantsSignIn,
            () if says("credentials not accepted") => Self::RefusedSignIn { is_kept: false },
            () if says("authentication") && says("SOCKS error") => Self::WantsSignIn,
            () if is_connecting && is_late => Self::Silent,
            () if says("failed to create underlying connection") => Self::Unreachable(Trouble::of(error)),
            () if says("tunnel error: unsuccessful") || says("headers too long") => Self::Refused,
            () if says("tunnel error") || says("during SOCKS handshake") || says("failed parsing server response") => {
                Self::CutOff
            }
            () if says("SOCKS error") => Self::Refused,
            () if is_connecting && !is_tunnelled => Self::Unreachable(Trouble::of(error)),
            () => return None,
        })
    }

    fn hint(&self, ca_setting: &str) -> String {
        const TYPE: &str = "run `daypass config proxy-login` to type them; Daypass keeps them in the vault";
        match self {
            Self::Unreachable(trouble @ Trouble::Certificate(_)) => trouble.hint(ca_setting),
            Self::Unreachable(_) => "check the proxy's address and port, and that you are in your company's network or on \
                                     its VPN. `daypass doctor` says where the address comes from"
                .into(),
            Self::WantsSignIn => format!(
                "{TYPE}. A proxy that takes only NTLM or Kerberos needs a helper on this machine, such as Px or Cntlm"
            ),
            Self::RefusedSignIn { is_kept: true } => TYPE.replace("type them", "type them again"),
            Self::RefusedSignIn { is_kept: false } => {
                "correct them where the proxy is named, with special characters percent-encoded (@ is %40); or leave them \
                 out there and run `daypass config proxy-login`"
                    .into()
            }
            Self::Refused => "ask your network's administrator to allow this host. If it's inside your network, name it in \
                              NO_PROXY or network.no_proxy. Some proxies answer a wrong user name or password like this"
                .into(),
            Self::CutOff => "check that a proxy of this kind is at that address and port".into(),
            Self::Silent => {
                "check that you are in your company's network or on its VPN, and that the proxy may reach the host".into()
            }
        }
    }

    fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(trouble) => trouble.is_passing(),
            Self::Refused | Self::CutOff | Self::Silent => true,
            // A password that is tried again and again locks the account.
            Self::WantsSignIn | Self::RefusedSignIn { .. } => false,
        }
    }
}

/// An error and its causes.
fn all<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> impl Iterator<Item = &'a (dyn std::error::Error + 'static)> {
    std::iter::successors(Some(error), |e| e.source())
}

fn chain(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    all(error).map(ToString::to_string).collect()
}

pub(crate) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    chain(error).join(": ")
}

fn io_kind(error: &(dyn std::error::Error + 'static)) -> Option<io::ErrorKind> {
    all(error).filter_map(|e| e.downcast_ref::<io::Error>()).map(io::Error::kind).last()
}
