//! WKWebView.

// Each call of a foreign object is unsafe.
#![allow(unsafe_code)]

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use block2::RcBlock;
use daypass_core::proxy::PageProxies;
use objc2::MainThreadMarker;
use objc2_foundation::{NSDate, NSString, NSURL};
use objc2_web_kit::{WKWebView, WKWebsiteDataStore};
use sha2::{Digest, Sha256};
use tauri::webview::PlatformWebview;
use tauri::{AppHandle, Manager as _, Url, WebviewWindow, WebviewWindowBuilder, Wry};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::super::flow::PageEvent;
use super::loads::Loads;
use super::trouble::host;

/// How often a page is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Keeps cookies in a store named after the folder, because the system has its own place for them (macOS 14).
pub(in super::super) fn keep_cookies_in<'a>(
    window: WebviewWindowBuilder<'a, Wry, AppHandle>,
    folder: PathBuf,
) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
    window.data_store_identifier(identifier(&folder))
}

fn identifier(folder: &Path) -> [u8; 16] {
    let digest: [u8; 32] = Sha256::digest(folder.as_os_str().as_encoded_bytes()).into();
    std::array::from_fn(|at| digest[at])
}

/// The engine's page. Only on the main thread, and only while the window exists: inside `with_webview`.
fn page(webview: &PlatformWebview) -> &WKWebView {
    // SAFETY: Tauri's pointer is to its own WKWebView, which lives as long as what it was given with.
    unsafe { &*webview.inner().cast::<WKWebView>() }
}

/// Reports pages that start to load or fail to load, by looking. A page that closes itself says so with an address
/// (`caught`).
pub(in super::super) fn watch(
    window: &WebviewWindow,
    start: &Url,
    tell: UnboundedSender<PageEvent>,
    _: impl Fn() + Send + 'static,
) -> tauri::Result<()> {
    let (app, label) = (window.app_handle().clone(), window.label().to_owned());
    let first_host = host(start.as_str());
    // A pop-up may begin empty. For any other window, an empty page is one whose first page couldn't be loaded.
    let may_be_empty = start.scheme() == "about";
    tauri::async_runtime::spawn(async move {
        let mut loads = Loads::default();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let Some(window) = app.get_webview_window(&label) else { return };
            let (answer, seen) = oneshot::channel();
            let asked = window.with_webview(move |webview| {
                let page = page(&webview);
                // SAFETY: on the main thread.
                let (loading, address) = unsafe { (page.isLoading(), page.URL()) };
                let address = address.and_then(|url| url.absoluteString()).map(|text| text.to_string());
                let _ = answer.send((loading, address));
            });
            let (Ok(()), Ok((loading, address))) = (asked, seen.await) else { return };
            let address = address.unwrap_or_default();
            let shows_page = may_be_empty || (!address.is_empty() && address != "about:blank");
            if let Some(event) = loads.see(loading, shows_page, &first_host)
                && tell.send(event).is_err()
            {
                return;
            }
        }
    });
    Ok(())
}

/// The engine has the system's proxies only.
pub(in super::super) fn use_proxies(_: &WebviewWindow, _: PageProxies) -> tauri::Result<()> {
    Ok(())
}

/// Sends a form with a script, from a page at the form's own origin. Nothing is loaded for that page. The engine would
/// keep cookies with `SameSite=Lax` from a form of any other origin.
pub(in super::super) fn send_form(window: &WebviewWindow, action: &Url, script: String) -> tauri::Result<()> {
    let origin = action.join("/").map_err(tauri::Error::InvalidUrl)?;
    window.with_webview(move |webview| {
        let html = format!("<!doctype html><html><body><script>{script}</script></body></html>");
        let origin = NSURL::URLWithString(&NSString::from_str(origin.as_str()));
        // SAFETY: on the main thread.
        unsafe { page(&webview).loadHTMLString_baseURL(&NSString::from_str(&html), origin.as_deref()) };
    })
}

/// Deletes everything that pages left in a window's store, and destroys the window.
pub(in super::super) async fn clear(window: WebviewWindow) -> Result<(), String> {
    let (tell, cleared) = oneshot::channel();
    let asked = window.with_webview(move |webview| {
        let Some(main) = MainThreadMarker::new() else { return };
        let tell = Cell::new(Some(tell));
        let done = RcBlock::new(move || {
            if let Some(tell) = tell.take() {
                let _ = tell.send(());
            }
        });
        // SAFETY: on the main thread. The block is copied, and called there once.
        unsafe {
            let store = page(&webview).configuration().websiteDataStore();
            let all = WKWebsiteDataStore::allWebsiteDataTypes(main);
            store.removeDataOfTypes_modifiedSince_completionHandler(&all, &NSDate::distantPast(), &done);
        }
    });
    let outcome = match asked {
        Ok(()) => cleared.await.map_err(|_| "the engine didn't answer".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let _ = window.destroy();
    outcome
}
