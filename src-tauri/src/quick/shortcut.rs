//! The shortcut that opens the quick switch from any program: the keys that `[settings.shortcuts]` has for
//! `quick-switch`. It has none unless you choose some: every combination belongs to a program of yours already.

use std::sync::{Mutex, PoisonError};

use daypass_broker::broker::Broker;
use daypass_core::event::Event;
use serde::Serialize;
use tauri::{AppHandle, Manager};
use tokio::sync::broadcast::error::RecvError;

use super::keys::Combination;
#[cfg(not(target_os = "linux"))]
use super::system::{Ear, NotHeard};
#[cfg(target_os = "linux")]
use super::{
    portal::{self, PortalError},
    x11::{self, NotHeard},
};
use crate::quick;

/// The setting that has its keys.
const SETTING: &str = "shortcuts.quick-switch";

/// What a shortcut of the desktop's own can run instead.
const COMMAND: &str = "daypass-desktop --quick-switch";

/// Whether the shortcut works.
// Only Linux has desktops that ask.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(crate) enum Standing {
    /// No keys are chosen.
    #[default]
    Off,
    /// The desktop asks the person.
    Asking,
    /// It works.
    Works {
        /// The keys, in the desktop's words where it has its own.
        keys: String,
    },
    /// Another program has the keys.
    Taken,
    /// The desktop lets no program have a shortcut.
    NotHere,
    /// The person or the desktop refused.
    Refused,
    /// A desktop can't hear these keys.
    Unusable,
    /// It failed.
    Failed {
        /// Why.
        why: String,
    },
}

/// Where the shortcut stands, and what a shortcut of the desktop's own can run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ShortcutView {
    #[serde(flatten)]
    standing: Standing,
    command: &'static str,
}

/// The shortcut of this app.
#[derive(Default)]
pub(crate) struct Shortcut(Mutex<Standing>);

impl Shortcut {
    /// Where it stands.
    pub(crate) fn view(&self) -> ShortcutView {
        let standing = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ShortcutView { standing, command: COMMAND }
    }

    fn set(&self, standing: Standing) {
        tracing::debug!(?standing, "the shortcut of the quick switch");
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = standing;
    }
}

/// Hears the shortcut for as long as the app runs, and follows its setting.
pub(crate) fn follow(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let broker = app.state::<Broker>().inner().clone();
        let mut events = broker.subscribe();
        let mut heard: Option<(String, Option<Heard>)> = None;
        loop {
            let keys = broker.setting(SETTING).ok().and_then(|setting| setting.value).unwrap_or_default();
            if heard.as_ref().is_none_or(|(before, _)| *before != keys) {
                // The old keys are free before the new ones are taken: they can be the same on another desktop.
                drop(heard.take());
                let hears = hear(&app, &keys).await;
                heard = Some((keys, hears));
            }
            // (The broker is here, so its events don't end.)
            while !matches!(
                events.recv().await,
                Ok(Event::CatalogChanged | Event::SettingsChanged) | Err(RecvError::Lagged(_))
            ) {}
        }
    });
}

/// Hears keys until it is dropped.
#[cfg(target_os = "linux")]
enum Heard {
    X11 { _ear: x11::Ear },
    Portal(tauri::async_runtime::JoinHandle<()>),
}

#[cfg(target_os = "linux")]
impl Drop for Heard {
    fn drop(&mut self) {
        match self {
            Self::X11 { .. } => {}
            // Its connection ends with it, and the shortcut with that.
            Self::Portal(task) => task.abort(),
        }
    }
}

#[cfg(not(target_os = "linux"))]
type Heard = Ear;

async fn hear(app: &AppHandle, keys: &str) -> Option<Heard> {
    let shortcut = app.state::<Shortcut>();
    let wanted = !keys.trim().is_empty();
    quick::keep(app, wanted);
    if !wanted {
        shortcut.set(Standing::Off);
        return None;
    }
    let Some(combination) = Combination::read(keys) else {
        shortcut.set(Standing::Unusable);
        return None;
    };
    hear_combination(app, combination).await
}

#[cfg(target_os = "linux")]
async fn hear_combination(app: &AppHandle, combination: Combination) -> Option<Heard> {
    let shortcut = app.state::<Shortcut>();
    if is_wayland() {
        shortcut.set(Standing::Asking);
        return Some(Heard::Portal(tauri::async_runtime::spawn(hear_portal(app.clone(), combination))));
    }
    let pressed = app.clone();
    let written = combination.written();
    // X11's server answers at once, or isn't there.
    match x11::Ear::hear(combination, move || quick::toggle(&pressed)) {
        Ok(ear) => {
            shortcut.set(Standing::Works { keys: written });
            Some(Heard::X11 { _ear: ear })
        }
        Err(why) => {
            shortcut.set(why.into());
            None
        }
    }
}

#[cfg(not(target_os = "linux"))]
async fn hear_combination(app: &AppHandle, combination: Combination) -> Option<Heard> {
    let written = combination.written();
    let (standing, ear) = match Ear::hear(app, combination).await {
        Ok(ear) => (Standing::Works { keys: written }, Some(ear)),
        Err(why) => (why.into(), None),
    };
    app.state::<Shortcut>().set(standing);
    ear
}

impl From<NotHeard> for Standing {
    fn from(why: NotHeard) -> Self {
        match why {
            NotHeard::Taken => Self::Taken,
            NotHeard::Failed(why) => Self::Failed { why },
        }
    }
}

/// Whether keys go to Wayland's windows, which X11 doesn't hear.
#[cfg(target_os = "linux")]
fn is_wayland() -> bool {
    let is = |name: &str, fits: fn(&str) -> bool| std::env::var(name).is_ok_and(|value| fits(&value));
    is("WAYLAND_DISPLAY", |value| !value.is_empty()) || is("XDG_SESSION_TYPE", |value| value == "wayland")
}

#[cfg(target_os = "linux")]
async fn hear_portal(app: AppHandle, combination: Combination) {
    let shortcut = app.state::<Shortcut>();
    let bound =
        |keys: Option<String>| shortcut.set(Standing::Works { keys: keys.unwrap_or_else(|| combination.written()) });
    let pressed = |token| {
        app.state::<crate::activation::Activation>().give(token);
        quick::toggle(&app);
    };
    let Err(error) = portal::hear(&combination.trigger(), bound, pressed).await else { return };
    shortcut.set(match error {
        PortalError::NotThere(_) => Standing::NotHere,
        PortalError::Refused => Standing::Refused,
        PortalError::Ended | PortalError::Bus(_) => Standing::Failed { why: error.to_string() },
    });
}
