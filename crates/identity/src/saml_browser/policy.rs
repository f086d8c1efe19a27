//! Whether an administrator forbids remote debugging. Such a browser starts as usual and leaves the pipe alone, so it is
//! asked of the policy's files. Elsewhere than on Linux, the policies are where only the browser reads them.

use std::path::{Path, PathBuf};

use daypass_core::settings::BrowserKind;
use serde::Deserialize;

#[derive(Deserialize)]
struct Policy {
    #[serde(rename = "RemoteDebuggingAllowed")]
    remote_debugging_allowed: Option<bool>,
}

/// The file with the policy that forbids it. `root` is `/`, unless in a test.
pub(super) fn forbids(kind: BrowserKind, root: &Path) -> Option<PathBuf> {
    let folders: &[&str] = match kind {
        BrowserKind::Chrome => &["etc/opt/chrome/policies/managed"],
        BrowserKind::Chromium => &["etc/chromium/policies/managed", "etc/chromium-browser/policies/managed"],
        BrowserKind::Edge => &["etc/opt/edge/policies/managed"],
        BrowserKind::Brave => &["etc/brave/policies/managed"],
        BrowserKind::Vivaldi => &["etc/vivaldi/policies/managed"],
        BrowserKind::Firefox | BrowserKind::Safari | BrowserKind::Arc => &[],
    };
    let files = folders.iter().filter_map(|folder| root.join(folder).read_dir().ok()).flatten().flatten();
    files.map(|file| file.path()).filter(|file| file.extension().is_some_and(|end| end == "json")).find(|file| {
        let policy = crate::browsers::read_list(file).and_then(|bytes| serde_json::from_slice::<Policy>(&bytes).ok());
        policy.is_some_and(|policy| policy.remote_debugging_allowed == Some(false))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn only_a_policy_for_this_browser_that_says_so_forbids_it() {
        let root = tempfile::tempdir().unwrap();
        let managed = root.path().join("etc/opt/chrome/policies/managed");
        std::fs::create_dir_all(&managed).unwrap();
        let forbids = |kind| forbids(kind, root.path());
        assert_eq!(forbids(BrowserKind::Chrome), None);
        for (name, text) in [
            ("a.json", r#"{"HomepageLocation": "https://intranet.example.com"}"#),
            ("b.json", r#"{"RemoteDebuggingAllowed": true}"#),
            ("c.json", "no policy"),
            ("d.txt", r#"{"RemoteDebuggingAllowed": false}"#),
        ] {
            std::fs::write(managed.join(name), text).unwrap();
        }
        assert_eq!(forbids(BrowserKind::Chrome), None);
        std::fs::write(managed.join("e.json"), r#"{"RemoteDebuggingAllowed": false}"#).unwrap();
        assert_eq!(forbids(BrowserKind::Chrome), Some(managed.join("e.json")));
        assert_eq!(forbids(BrowserKind::Edge), None);
    }
}
