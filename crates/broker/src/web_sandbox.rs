//! Whether WebKitGTK can put the process that runs web pages into a sandbox (Linux). The desktop asks before it has a
//! window, `doctor` to tell.
//!
//! WebKitGTK starts bubblewrap for it, and ends the whole program if that fails. So what it needs is tried first.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

/// The variable that switches the sandbox on.
pub const FORCE: &str = "WEBKIT_FORCE_SANDBOX";
/// The variable with which a person switches it off.
const DISABLE: &str = "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS";
/// The folder of an AppImage, whose copy of WebKitGTK looks for its helpers inside it.
const APP_DIR: &str = "APPDIR";
/// WebKitGTK takes this file as the sign of a Flatpak, and then uses Flatpak's own sandbox or none.
const FLATPAK: &str = "/.flatpak-info";
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";
/// Where WebKitGTK, as the distributions build it, looks for them.
const BUBBLEWRAP: &str = "/usr/bin/bwrap";
const DBUS_PROXY: &str = "/usr/bin/xdg-dbus-proxy";

/// How the sandbox is on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebSandbox {
    /// It works.
    Works,
    /// The person switched it off with this variable.
    SwitchedOff(&'static str),
    /// The AppImage doesn't bring what it needs.
    AppImage,
    /// This is a Flatpak, or looks like one.
    Flatpak,
    /// The socket of the session bus is in the root folder. WebKitGTK's proxy would have to write there: it ends the
    /// app of a person who may not, and leaves a file behind for one who may.
    BusInRoot,
    /// This program isn't installed.
    Missing(&'static str),
    /// The system doesn't let bubblewrap make namespaces. In its words, if it said any.
    Forbidden(String),
}

impl WebSandbox {
    /// Looks at this machine. Starts bubblewrap once, which takes some milliseconds.
    pub fn look(env: impl Fn(&str) -> Option<OsString>) -> Self {
        let this = std::env::current_exe().unwrap_or_default();
        if env(APP_DIR).is_some_and(|folder| !folder.is_empty() && this.starts_with(folder)) {
            return Self::AppImage;
        }
        if Path::new(FLATPAK).exists() {
            return Self::Flatpak;
        }
        Self::look_for(&env, Path::new(BUBBLEWRAP), Path::new(DBUS_PROXY))
    }

    fn look_for(env: &dyn Fn(&str) -> Option<OsString>, bubblewrap: &Path, dbus_proxy: &Path) -> Self {
        if env(DISABLE).is_some_and(|value| value == "1") {
            return Self::SwitchedOff(DISABLE);
        }
        // WebKitGTK reads only "1" as on. A person who set something else knows why.
        if env(FORCE).is_some_and(|value| value != "1") {
            return Self::SwitchedOff(FORCE);
        }
        if env(BUS).is_some_and(|address| is_in_root(&address.to_string_lossy())) {
            return Self::BusInRoot;
        }
        if !bubblewrap.exists() {
            return Self::Missing(BUBBLEWRAP);
        }
        if !dbus_proxy.exists() {
            return Self::Missing(DBUS_PROXY);
        }
        // The namespaces that WebKitGTK asks for.
        let tried = Command::new(bubblewrap)
            .args(["--die-with-parent", "--unshare-pid", "--unshare-uts", "--unshare-net", "--ro-bind", "/", "/"])
            .args(["--proc", "/proc", "--dev", "/dev", "--", "/bin/sh", "-c", ":"])
            .stdin(Stdio::null())
            .output();
        match tried {
            Ok(done) if done.status.success() => Self::Works,
            Ok(done) => Self::Forbidden(String::from_utf8_lossy(&done.stderr).trim().chars().take(200).collect()),
            Err(error) => Self::Forbidden(error.to_string()),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Works => None,
            Self::SwitchedOff(name) => Some(format!("unset {name}")),
            Self::Flatpak => Some(format!("if this isn't a Flatpak, remove {FLATPAK}")),
            Self::BusInRoot => Some(format!("set {BUS} to the address of your session's bus, or unset it")),
            Self::AppImage => Some("install the .deb or .rpm package instead".to_owned()),
            Self::Missing(_) => Some("install the packages bubblewrap and xdg-dbus-proxy".to_owned()),
            Self::Forbidden(_) => {
                Some("allow user namespaces for bubblewrap (in a container, the container's own settings)".to_owned())
            }
        }
    }
}

/// Whether a D-Bus address has a socket whose folder is the root.
fn is_in_root(address: &str) -> bool {
    let options = address.split(';').filter_map(|one| one.strip_prefix("unix:")).flat_map(|one| one.split(','));
    let mut paths = options.filter_map(|option| option.strip_prefix("path=")).map(Path::new);
    paths.any(|path| path.parent().is_some_and(|folder| folder == Path::new("/")))
}

impl fmt::Display for WebSandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Works => f.write_str("web pages run in WebKit's sandbox"),
            Self::SwitchedOff(name) => write!(f, "web pages run without WebKit's sandbox, because {name} is set"),
            Self::AppImage => {
                f.write_str("web pages run without WebKit's sandbox, because the AppImage can't start it")
            }
            Self::Flatpak => f.write_str("web pages may run without a sandbox, because this looks like a Flatpak"),
            Self::BusInRoot => {
                write!(f, "web pages run without WebKit's sandbox, because {BUS} leads to a socket in the root folder")
            }
            Self::Missing(program) => {
                write!(f, "web pages run without WebKit's sandbox, because {program} isn't installed")
            }
            Self::Forbidden(why) if why.is_empty() => {
                f.write_str("web pages run without WebKit's sandbox, because bubblewrap doesn't work here")
            }
            Self::Forbidden(why) => {
                write!(f, "web pages run without WebKit's sandbox, because bubblewrap doesn't work here: {why}")
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn it_is_only_used_where_it_works() {
        let there = |text: &str| Path::new(text).to_owned();
        let look = |set: Option<(&'static str, &'static str)>, bubblewrap: &str, proxy: &str| {
            let env = move |name: &str| set.filter(|(set, _)| *set == name).map(|(_, value)| OsString::from(value));
            WebSandbox::look_for(&env, &there(bubblewrap), &there(proxy))
        };
        // `true` plays a bubblewrap that works, `false` one that may not make namespaces.
        assert_eq!(look(None, "/bin/true", "/bin/true"), WebSandbox::Works);
        assert_eq!(look(Some((FORCE, "1")), "/bin/true", "/bin/true"), WebSandbox::Works);
        assert_eq!(look(None, "/bin/false", "/bin/true"), WebSandbox::Forbidden(String::new()));
        assert_eq!(look(None, "/no/such", "/bin/true"), WebSandbox::Missing(BUBBLEWRAP));
        assert_eq!(look(None, "/bin/true", "/no/such"), WebSandbox::Missing(DBUS_PROXY));
        assert_eq!(look(Some((FORCE, "0")), "/bin/true", "/bin/true"), WebSandbox::SwitchedOff(FORCE));
        assert_eq!(look(Some((DISABLE, "1")), "/bin/true", "/bin/true"), WebSandbox::SwitchedOff(DISABLE));
        for address in ["unix:path=/bus", "unix:path=/bus,guid=1", "tcp:host=x,port=1;unix:path=//bus"] {
            assert_eq!(look(Some((BUS, address)), "/bin/true", "/bin/true"), WebSandbox::BusInRoot, "{address}");
        }
        for address in ["unix:path=/run/user/1000/bus", "unix:abstract=/bus", "disabled:", "", "unix:path=/dev/null"] {
            assert_eq!(look(Some((BUS, address)), "/bin/true", "/bin/true"), WebSandbox::Works, "{address}");
        }
        let forbidden = WebSandbox::Forbidden("bwrap: No permissions to create new namespace".to_owned());
        assert!(forbidden.to_string().ends_with("new namespace") && forbidden.hint().is_some());
        assert!(WebSandbox::Works.hint().is_none());
    }
}
