//! How requests reach other machines. [`Network`] decides about proxies and trust for every request of Daypass, also
//! those of the AWS SDK. [`Http`] sends the others.

#[cfg(any(test, feature = "fake"))]
pub mod fake;

mod address;
mod ca_bundle;
mod client;
mod error;
mod network;
mod system_answer;
mod system_proxy;
// Linux tests it.
#[cfg(any(test, target_os = "macos", windows))]
mod system_settings;
mod trouble;

pub use address::{bare, is_loopback};
pub use ca_bundle::CaBundle;
pub use client::{Answer, Http, is_passing_status};
pub use error::HttpError;
pub use network::{BODY_LIMIT, Direct, Limits, Named, Network, NetworkVault, NothingKept, Received, Route};
pub use trouble::{Distrust, ProxyTrouble, Trouble, Unanswered};

/// The settings for certificates that are trusted for every connection, for [`Trouble::hint`].
pub const CA_SETTING: &str = "AWS_CA_BUNDLE or network.ca_file";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io;
    use std::path::Path;

    use super::ca_bundle::at_home;
    use super::*;
    use daypass_core::problem::{Problem, ProblemCode};

    #[test]
    fn loopback_is_told_apart_from_names_that_look_like_it() {
        for url in [
            "http://127.0.0.1:1/x",
            "http://127.9.9.9/",
            "http://[::1]:80/",
            "http://localhost/",
            "http://a.localhost/",
        ] {
            assert!(is_loopback(&url.parse().unwrap()), "{url}");
        }
        for url in
            ["http://127.0.0.1.example.org/", "http://localhost.example.org/", "http://10.0.0.1/", "http://[::2]/"]
        {
            assert!(!is_loopback(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_certificate_is_told() {
        let hint = |words: &str| {
            let trouble = Trouble::of(&io::Error::other(format!("invalid peer certificate: {words}")));
            assert!(matches!(trouble, Trouble::Certificate(_)), "{trouble:?}");
            (trouble.to_string(), trouble.hint("ca_file"))
        };
        for (words, said, hinted) in [
            (
                "certificate not valid for name \"dc1\"; certificate is not valid for any names (according to its \
                 subjectAltName extension)",
                "subject alternative name",
                "DNS:",
            ),
            (
                "certificate not valid for name \"a\"; certificate is only valid for DnsName(\"b\")",
                "only valid",
                "another",
            ),
            ("Other(OtherError(CaUsedAsEndEntity))", "a certificate authority's certificate", "CA:FALSE"),
            ("UnknownIssuer", "none of the trusted authorities", "ca_file"),
            (
                "certificate expired: verification time 1 (UNIX), but certificate is not valid after 0",
                "expired",
                "clock",
            ),
            ("certificate not valid yet: verification time 0 (UNIX)", "valid yet", "clock"),
            ("BadSignature", "BadSignature", "ca_file"),
        ] {
            let (message, hint) = hint(words);
            assert!(message.contains(said) && !message.contains("OtherError"), "{message}");
            assert!(hint.contains(hinted), "{words}: {hint}");
        }
    }

    #[test]
    fn a_ca_file_that_does_not_help_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let code = |path: &Path| Problem::from(CaBundle::read(path).unwrap_err());
        let missing = code(&path);
        assert_eq!(missing.code, ProblemCode::CaFileUnreadable);
        assert!(missing.message.contains(path.to_str().unwrap()), "{missing:?}");
        let write = |text: &str| durable_or_plain(&path, text);
        write("nothing of use\n");
        assert_eq!(code(&path).code, ProblemCode::CaFileEmpty);
        write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        assert_eq!(code(&path).code, ProblemCode::CaFileBad);
    }

    #[test]
    fn a_ca_file_may_be_in_the_home_of_each_person() {
        let home = std::env::home_dir().unwrap();
        assert_eq!(at_home(Path::new("~/corp.pem")), home.join("corp.pem"));
        for other in ["/etc/corp.pem", "~ann/corp.pem", "a/~/b"] {
            assert_eq!(at_home(Path::new(other)), Path::new(other));
        }
        let missing = Problem::from(CaBundle::read(Path::new("~/no/such/corp.pem")).unwrap_err());
        assert!(missing.message.contains(&*home.join("no/such/corp.pem").to_string_lossy()), "{missing}");
    }

    #[cfg(unix)]
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_ca_file_that_everyone_can_change_is_not_used() {
        use daypass_core::problem::ProblemKind;
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        // Its real path: on macOS a link leads to it.
        let folder = &*folder.path().canonicalize().unwrap();
        let path = folder.join("ca.pem");
        durable_or_plain(&path, "one");
        let set_mode =
            |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        set_mode(&path, 0o644);
        let before = CaBundle::fingerprint(&path).unwrap();
        for (open, mode, closed) in [(path.as_path(), 0o646, 0o644), (folder, 0o777, 0o700)] {
            set_mode(open, mode);
            let chmod = format!("chmod o-w {}`", open.display());
            for error in [CaBundle::read(&path).map(drop), CaBundle::fingerprint(&path).map(drop)] {
                let problem = Problem::from(error.unwrap_err());
                assert_eq!((problem.kind, problem.code), (ProblemKind::Invalid, ProblemCode::BadCaFile));
                assert!(problem.message.contains(path.to_str().unwrap()), "{problem:?}");
                assert!(problem.hint.as_deref().is_some_and(|hint| hint.contains(&chmod)), "{problem:?}");
            }
            set_mode(open, closed);
        }
        assert_eq!(CaBundle::fingerprint(&path).unwrap(), before);
        durable_or_plain(&path, "two");
        assert_ne!(CaBundle::fingerprint(&path).unwrap(), before);
    }

    #[allow(clippy::disallowed_methods)]
    fn durable_or_plain(path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
    }

    #[tokio::test]
    async fn a_closed_port_and_an_unknown_host_are_told_apart() {
        let http = Http::over(&Network::plain(), None).unwrap();
        let trouble = |url: String| {
            let http = http.clone();
            async move { http.get_json(&url.parse().unwrap()).await.unwrap_err().trouble }
        };
        assert_eq!(trouble(fake::closed()).await, Trouble::Refused);
        assert_eq!(trouble("http://no-such-host.invalid/".into()).await, Trouble::NoSuchHost);
    }

    #[test]
    fn messages_never_show_a_query_or_a_password() {
        let url = "https://me:pw@idp.example.org/token?code=SECRET#x".parse().unwrap();
        assert_eq!(bare(&url), "https://idp.example.org/token");
    }
}
