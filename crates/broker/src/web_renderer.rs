//! How WebKitGTK should draw (Linux). Its DMABUF renderer shows an empty window with NVIDIA's driver, and nothing tells
//! the app. Its compositor is for pages that move. Ours are text and lines: the compositor costs 100 MB, and 4 % of a core
//! to draw the times that count down.

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use crate::config::ConfigFile;

/// The variable that WebKitGTK reads when it starts to draw.
pub const DISABLE_DMABUF: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// The variable that has WebKitGTK draw without its compositor, unless it is `0`. A page that loses the compositor later,
/// by `HardwareAccelerationPolicy`, may stay empty on Wayland (WebKitGTK 2.50), so it has to be set at the start.
pub const DISABLE_COMPOSITOR: &str = "WEBKIT_DISABLE_COMPOSITING_MODE";

/// The kernel's list of devices that draw.
const DEVICES: &str = "/sys/class/drm";
/// Where NVIDIA's driver, and no other one, says its version.
const NVIDIA: &str = "/proc/driver/nvidia/version";

/// How pages are drawn, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebRenderer {
    /// As WebKitGTK chooses.
    Own,
    /// As the person's variable says.
    Variable,
    /// Without DMABUF, because `config.toml` says so.
    Setting,
    /// Without DMABUF, because nothing but NVIDIA's driver draws here.
    Nvidia,
}

impl WebRenderer {
    /// Looks at this machine and at `desktop.disable_dmabuf`, for which it doesn't read the roles of a long file. A
    /// variable goes before the setting, and the setting before what is found.
    pub fn look(env: impl Fn(&str) -> Option<OsString>, config_file: &Path) -> Self {
        let file = ConfigFile::new(config_file.to_owned());
        let settings = || file.settings_alone().or_else(|| file.read().ok());
        match env(DISABLE_DMABUF) {
            Some(value) if !value.is_empty() => Self::Variable,
            _ if settings().is_some_and(|config| config.desktop.disable_dmabuf) => Self::Setting,
            _ if only_nvidia(Path::new(DEVICES), Path::new(NVIDIA)) => Self::Nvidia,
            _ => Self::Own,
        }
    }

    /// Whether the app has to set [`DISABLE_DMABUF`].
    #[must_use]
    pub fn needs_variable(self) -> bool {
        match self {
            Self::Setting | Self::Nvidia => true,
            Self::Own | Self::Variable => false,
        }
    }
}

/// Whether NVIDIA's driver draws, and no other device could. On a laptop with two of them, the other one usually draws,
/// and there WebKitGTK without DMABUF is the one that fails.
fn only_nvidia(devices: &Path, version: &Path) -> bool {
    let entries = std::fs::read_dir(devices).into_iter().flatten().flatten();
    let nodes = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("renderD"));
    let mut drivers = nodes.filter_map(|entry| std::fs::read_link(entry.path().join("device/driver")).ok());
    version.exists() && drivers.all(|driver| driver.file_name().is_some_and(|name| name == "nvidia"))
}

impl fmt::Display for WebRenderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own => f.write_str("WebKitGTK chooses how it draws"),
            Self::Variable => write!(f, "WebKitGTK draws as {DISABLE_DMABUF} says"),
            Self::Setting => f.write_str("WebKitGTK draws without DMABUF, as desktop.disable_dmabuf says"),
            Self::Nvidia => f.write_str("WebKitGTK draws without DMABUF, because of NVIDIA's driver"),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
#[allow(clippy::unwrap_used, clippy::disallowed_methods)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_a_machine_where_nothing_else_draws_needs_it() {
        for (drivers, loaded, expected) in [
            (&[][..], false, false),
            (&["i915"], false, false),
            (&["nvidia"], true, true),
            // Its kernel mode setting is off, so it has no node.
            (&[], true, true),
            (&["amdgpu", "nvidia"], true, false),
            // The free driver of the kernel.
            (&["nouveau"], false, false),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let devices = folder.path().join("drm");
            std::fs::create_dir_all(devices.join("card0")).unwrap();
            for (number, driver) in drivers.iter().enumerate() {
                let device = devices.join(format!("renderD{}/device", 128 + number));
                std::fs::create_dir_all(&device).unwrap();
                symlink(Path::new("/sys/bus/pci/drivers").join(driver), device.join("driver")).unwrap();
            }
            let version = folder.path().join("version");
            if loaded {
                std::fs::write(&version, "NVRM version").unwrap();
            }
            assert_eq!(only_nvidia(&devices, &version), expected, "{drivers:?}");
        }
    }

    #[test]
    fn the_persons_own_choice_goes_first() {
        let set = |value: &'static str| move |name: &str| (name == DISABLE_DMABUF).then(|| OsString::from(value));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "[settings.desktop]\ndisable_dmabuf = true\n").unwrap();
        for value in ["0", "1"] {
            assert_eq!(WebRenderer::look(set(value), &file), WebRenderer::Variable);
        }
        assert_eq!(WebRenderer::look(set(""), &file), WebRenderer::Setting);
        assert!(WebRenderer::Setting.needs_variable() && WebRenderer::Nvidia.needs_variable());
        assert!(!WebRenderer::Variable.needs_variable() && !WebRenderer::Own.needs_variable());
    }
}
