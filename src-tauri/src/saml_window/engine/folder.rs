//! Cookies where the engine keeps them in a folder that it is given: WebKitGTK and WebView2.

use std::path::PathBuf;

use tauri::{AppHandle, WebviewWindowBuilder, Wry};

/// Keeps cookies in a folder.
pub(in super::super) fn keep_cookies_in<'a>(
    window: WebviewWindowBuilder<'a, Wry, AppHandle>,
    folder: PathBuf,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    window.data_directory(folder)
}
