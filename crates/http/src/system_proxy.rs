//! The proxy that the system's settings name.
//!
//! On Linux the desktop is asked (the portal `org.freedesktop.portal.ProxyResolver`), which knows the settings of GNOME
//! and KDE and runs PAC scripts. macOS and Windows have fixed settings (`system_settings`); PAC scripts are not run there.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

use super::system_answer::SystemAnswer;

/// How long an answer counts.
const BELIEVED_FOR: Duration = Duration::from_secs(60);

/// The system's settings, asked at most once a minute for each server.
#[derive(Default)]
pub(crate) struct SystemProxy {
    known: Mutex<HashMap<String, (Instant, SystemAnswer)>>,
}

impl SystemProxy {
    /// Asks about a server. The system sees no path and no query.
    pub(crate) async fn ask(&self, url: &Url) -> SystemAnswer {
        let origin = format!("{}/", url.origin().ascii_serialization());
        if let Some((at, answer)) = self.known().get(&origin)
            && at.elapsed() < BELIEVED_FOR
        {
            return answer.clone();
        }
        let answer = platform::ask(&origin).await;
        let mut known = self.known();
        known.retain(|_, (at, _)| at.elapsed() < BELIEVED_FOR);
        known.insert(origin, (Instant::now(), answer.clone()));
        answer
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, (Instant, SystemAnswer)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(target_os = "linux")]
mod platform {
    use std::time::Duration;

    use crate::system_answer::SystemAnswer;
    use daypass_core::proxy::Proxy;

    /// A PAC script may have to look up names.
    const LIMIT: Duration = Duration::from_secs(3);

    pub(super) async fn ask(origin: &str) -> SystemAnswer {
        match tokio::time::timeout(LIMIT, look_up(origin)).await {
            Ok(Ok(proxies)) => read(&proxies),
            Ok(Err(error)) => SystemAnswer::Unknown(format!("the desktop's portal doesn't tell ({error})")),
            Err(_) => SystemAnswer::Unknown("the desktop's portal doesn't answer".to_owned()),
        }
    }

    /// <https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.ProxyResolver.html>
    async fn look_up(origin: &str) -> Result<Vec<String>, zbus::Error> {
        const PORTAL: &str = "org.freedesktop.portal.Desktop";
        const RESOLVER: &str = "org.freedesktop.portal.ProxyResolver";
        let bus = zbus::Connection::session().await?;
        let path = "/org/freedesktop/portal/desktop";
        let answer = bus.call_method(Some(PORTAL), path, Some(RESOLVER), "Lookup", &(origin,)).await?;
        answer.body().deserialize()
    }

    /// The first that can be used, as the answer is ordered. GLib writes `socks` for any version.
    pub(super) fn read(proxies: &[String]) -> SystemAnswer {
        for text in proxies {
            if text.starts_with("direct:") {
                return SystemAnswer::Direct;
            }
            let text = text.strip_prefix("socks://").map_or_else(|| text.clone(), |rest| format!("socks5h://{rest}"));
            if let Ok(proxy) = Proxy::parse(&text) {
                return SystemAnswer::Proxy(proxy);
            }
        }
        SystemAnswer::Unknown("the desktop's portal names no proxy that Daypass can use".to_owned())
    }
}

#[cfg(any(target_os = "macos", windows))]
mod platform {
    use crate::system_answer::SystemAnswer;
    use crate::system_settings::SystemSettings;

    pub(super) async fn ask(origin: &str) -> SystemAnswer {
        let Ok(url) = origin.parse() else { return SystemAnswer::Direct };
        match tokio::task::spawn_blocking(settings).await {
            Ok(Ok(settings)) => settings.answer(&url),
            Ok(Err(why)) => SystemAnswer::Unknown(why),
            Err(error) => SystemAnswer::Unknown(error.to_string()),
        }
    }

    #[cfg(target_os = "macos")]
    fn settings() -> Result<SystemSettings, String> {
        let printed = std::process::Command::new("/usr/sbin/scutil").arg("--proxy").output();
        let printed = printed.map_err(|error| format!("scutil can't be started ({error})"))?;
        Ok(SystemSettings::of_macos(&String::from_utf8_lossy(&printed.stdout)))
    }

    #[cfg(windows)]
    fn settings() -> Result<SystemSettings, String> {
        const KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
        let key =
            windows_registry::CURRENT_USER.open(KEY).map_err(|error| format!("the registry has none ({error})"))?;
        let text = |name: &str| key.get_string(name).unwrap_or_default();
        let is_on = key.get_u32("ProxyEnable").is_ok_and(|value| value != 0);
        let server = if is_on { text("ProxyServer") } else { String::new() };
        Ok(SystemSettings::of_windows(&server, &text("ProxyOverride"), &text("AutoConfigURL")))
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod platform {
    use crate::system_answer::SystemAnswer;

    pub(super) async fn ask(_origin: &str) -> SystemAnswer {
        SystemAnswer::Direct
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_first_usable_answer_of_the_portal_counts() {
        let read = |answers: &[&str]| {
            let answers: Vec<String> = answers.iter().map(|&it| it.to_owned()).collect();
            match platform::read(&answers) {
                SystemAnswer::Proxy(proxy) => proxy.address.to_string(),
                SystemAnswer::Direct => "direct".to_owned(),
                SystemAnswer::Unknown(_) => "unknown".to_owned(),
            }
        };
        assert_eq!(read(&["http://p:1", "direct://"]), "http://p:1");
        assert_eq!(read(&["socks://p:2"]), "socks5h://p:2");
        assert_eq!(read(&["direct://", "http://p:1"]), "direct");
        assert_eq!(read(&["ftp://p:1", "https://p:3"]), "https://p:3");
        assert_eq!(read(&[]), "unknown");
    }
}
