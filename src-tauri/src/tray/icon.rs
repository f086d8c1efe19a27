//! The icon for each state. The shapes differ, and each is seen on light and on dark panels; `icons/tray/render.py` draws
//! them from their SVG sources and checks both.

use tauri::image::Image;
use tauri::include_image;

use super::menu::TrayState;

/// Large enough for a panel of 24 pixels at twice its size. The panel scales it down.
#[cfg(not(target_os = "macos"))]
pub(super) fn icon(state: TrayState) -> Image<'static> {
    match state {
        TrayState::Idle => include_image!("icons/tray/idle-48.png"),
        TrayState::Running => include_image!("icons/tray/running-48.png"),
        TrayState::NeedsYou => include_image!("icons/tray/needs-you-48.png"),
        TrayState::Failed => include_image!("icons/tray/failed-48.png"),
    }
}

/// One colour, which the menu bar chooses.
#[cfg(target_os = "macos")]
pub(super) fn icon(state: TrayState) -> Image<'static> {
    match state {
        TrayState::Idle => include_image!("icons/tray/idle-template-44.png"),
        TrayState::Running => include_image!("icons/tray/running-template-44.png"),
        TrayState::NeedsYou => include_image!("icons/tray/needs-you-template-44.png"),
        TrayState::Failed => include_image!("icons/tray/failed-template-44.png"),
    }
}
