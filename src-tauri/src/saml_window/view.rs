//! A window that shows an identity provider's page. Dropping it closes it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use daypass_core::names::IdentityName;
use daypass_core::proxy::PageProxies;
use daypass_identity::SamlPage;
use daypass_saml::PageStart;
use tauri::webview::{DownloadEvent, NewWindowFeatures, NewWindowResponse, PageLoadEvent, PermissionResponse};
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tokio::sync::mpsc::UnboundedSender;

use super::caught::{asks_to_close, json, may_navigate, script};
use super::engine;
use super::flow::PageEvent;
use super::title::title;

/// How many windows the pages of one sign-in may have open at once.
const MOST_POPUPS: usize = 3;

/// A sign-in window and the windows that its pages open. Invisible until [`View::show`].
pub(super) struct View {
    window: WebviewWindow,
    sign_in: SignIn,
}

/// What all windows of a sign-in share.
#[derive(Clone)]
struct SignIn {
    app: AppHandle,
    identity: IdentityName,
    /// The label of the first window. The labels of the others start with it.
    label: String,
    cookies: Option<PathBuf>,
    proxies: PageProxies,
    tell: UnboundedSender<PageEvent>,
}

impl View {
    /// Opens the window and loads the page. Keeps cookies in the folder, or nothing without a folder.
    pub(super) fn open(
        app: &AppHandle,
        page: &SamlPage,
        cookies: Option<PathBuf>,
        tell: UnboundedSender<PageEvent>,
    ) -> tauri::Result<Self> {
        let (app, identity, label) = (app.clone(), page.identity.clone(), label(&page.identity));
        let sign_in = SignIn { app, identity, label, cookies, proxies: page.proxies.clone(), tell };
        let window = sign_in.window(&sign_in.label, first_address(page))?.inner_size(520.0, 720.0).center().build()?;
        Self { window, sign_in }.start(page)
    }

    /// Loads the page, now that everything is in place to watch it.
    fn start(self, page: &SamlPage) -> tauri::Result<Self> {
        let tell = &self.sign_in.tell;
        let (closed, left) = (tell.clone(), tell.clone());
        self.window.on_window_event(move |event| {
            if matches!(event, WindowEvent::CloseRequested { .. } | WindowEvent::Destroyed) {
                let _ = closed.send(PageEvent::Closed);
            }
        });
        engine::watch(&self.window, first_address(page), tell.clone(), move || drop(left.send(PageEvent::Closed)))?;
        engine::use_proxies(&self.window, self.sign_in.proxies.clone())?;
        match &page.start {
            PageStart::Get(url) => self.window.navigate(url.clone())?,
            PageStart::Post { action, fields } => {
                engine::send_form(&self.window, action, form(action, fields))?;
            }
        }
        Ok(self)
    }

    /// Shows the window to the person.
    pub(super) fn show(&self) {
        bring_to_front(&self.window);
        self.sign_in.popups().iter().for_each(bring_to_front);
    }
}

fn first_address(page: &SamlPage) -> &Url {
    match &page.start {
        PageStart::Get(url) | PageStart::Post { action: url, .. } => url,
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // Not `close`, which asks the page first.
        for popup in self.sign_in.popups() {
            let _ = popup.destroy();
        }
        let _ = self.window.destroy();
    }
}

impl SignIn {
    /// A builder for each window of this sign-in.
    fn window(&self, label: &str, start: &Url) -> tauri::Result<WebviewWindowBuilder<'_, tauri::Wry, AppHandle>> {
        let (moving, arriving, identity) = (self.tell.clone(), self.tell.clone(), self.identity.clone());
        let (opener, closing, closes) = (self.clone(), self.clone(), label.to_owned());
        let window = private_window(&self.app, label, self.cookies.clone())?
            .title(title(&self.identity, start))
            .min_inner_size(320.0, 400.0)
            .initialization_script_for_all_frames(script(engine::TELLS_CLOSE))
            .on_navigation(move |url| {
                if asks_to_close(url) {
                    closing.close(&closes);
                }
                let (allowed, event) = may_navigate(url);
                if let Some(event) = event {
                    let _ = moving.send(event);
                }
                allowed
            })
            .on_page_load(move |window, load| match load.event() {
                // The window now shows this page.
                PageLoadEvent::Started => drop(window.set_title(&title(&identity, load.url()))),
                PageLoadEvent::Finished => drop(arriving.send(PageEvent::Arrived)),
            })
            .on_new_window(move |url, features| opener.on_new_window(&url, features));
        Ok(window)
    }

    /// Decides whether a page may open another window. Some identity providers ask a second one there, and the two
    /// pages talk to each other. The new window has the same limits and catches assertions too. The engine asks only
    /// if the person caused it.
    fn on_new_window(&self, url: &Url, features: NewWindowFeatures) -> NewWindowResponse<tauri::Wry> {
        let is_page = matches!(url.scheme(), "https" | "http") || url.as_str() == "about:blank";
        if !is_page || self.popups().len() >= MOST_POPUPS {
            tracing::debug!(scheme = url.scheme(), "refused to open another window for a sign-in page");
            return NewWindowResponse::Deny;
        }
        match self.popup(url, features) {
            Ok(window) => NewWindowResponse::Create { window },
            Err(error) => {
                tracing::warn!(%error, "couldn't open another window for a sign-in page");
                NewWindowResponse::Deny
            }
        }
    }

    fn popup(&self, url: &Url, features: NewWindowFeatures) -> tauri::Result<WebviewWindow> {
        let first = self.app.get_webview_window(&self.label).ok_or(tauri::Error::WindowNotFound)?;
        let label = format!("{}/{}", self.label, NEXT.fetch_add(1, Ordering::Relaxed));
        let window = self.window(&label, url)?.window_features(features).inner_size(480.0, 600.0).center();
        let window = window.parent(&first)?.visible(first.is_visible()?).build()?;
        let (closing, its_label) = (self.clone(), label);
        engine::watch(&window, url, self.tell.clone(), move || closing.close(&its_label))?;
        engine::use_proxies(&window, self.proxies.clone())?;
        Ok(window)
    }

    /// A page has closed itself.
    fn close(&self, label: &str) {
        if label == self.label {
            let _ = self.tell.send(PageEvent::Closed);
        } else if let Some(popup) = self.app.get_webview_window(label) {
            // Not inside the engine's own callback.
            tauri::async_runtime::spawn(async move { popup.destroy() });
        }
    }

    fn popups(&self) -> Vec<WebviewWindow> {
        let prefix = format!("{}/", self.label);
        let windows = self.app.webview_windows().into_iter();
        windows.filter(|(label, _)| label.starts_with(&prefix)).map(|(_, window)| window).collect()
    }
}

/// Brings an identity's windows to the front. Returns false if there are none.
pub(super) fn show_all_of(app: &AppHandle, identity: &IdentityName) -> bool {
    let prefix = label_prefix(identity);
    let windows = app.webview_windows();
    let its: Vec<_> = windows.iter().filter(|(label, _)| label.starts_with(&prefix)).collect();
    its.iter().for_each(|(_, window)| bring_to_front(window));
    !its.is_empty()
}

fn bring_to_front(window: &WebviewWindow) {
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "couldn't show a sign-in window");
    }
}

/// Closes an identity's windows. Their sign-ins end as cancelled.
pub(super) fn close_all_of(app: &AppHandle, identity: &IdentityName) {
    let prefix = label_prefix(identity);
    for (label, window) in app.webview_windows() {
        if label.starts_with(&prefix) {
            let _ = window.destroy();
        }
    }
}

/// A builder for windows with an identity provider's page or cookies. They are invisible and get no permissions.
pub(super) fn private_window<'a>(
    app: &'a AppHandle,
    label: &str,
    cookies: Option<PathBuf>,
) -> tauri::Result<WebviewWindowBuilder<'a, tauri::Wry, AppHandle>> {
    let window = WebviewWindowBuilder::new(app, label, WebviewUrl::External(nowhere()?))
        .visible(false)
        .devtools(false)
        .disable_drag_drop_handler()
        .on_download(|_, event| !matches!(event, DownloadEvent::Requested { .. }))
        .on_permission_request(|_, _| PermissionResponse::Deny);
    Ok(match cookies {
        Some(folder) => engine::keep_cookies_in(window, folder),
        None => window.incognito(true),
    })
}

fn nowhere() -> tauri::Result<Url> {
    "about:blank".parse().map_err(tauri::Error::InvalidUrl)
}

/// A script that submits a form. It can stand in a page, because no value ends its element.
fn form(action: &Url, fields: &[(String, String)]) -> String {
    let within = |json: String| json.replace('<', "\\u003c");
    let fields = serde_json::Value::from_iter(fields.iter().map(|(name, value)| vec![name.as_str(), value.as_str()]));
    let fields = within(fields.to_string());
    format!(
        "const form = document.createElement('form');
        form.method = 'post';
        form.action = {action};
        for (const [name, value] of {fields}) {{
          const input = document.createElement('input');
          Object.assign(input, {{ type: 'hidden', name, value }});
          form.append(input);
        }}
        document.documentElement.append(form);
        form.submit();",
        action = within(json(action.as_str())),
    )
}

/// A unique label, because the next window may open while the previous one still closes.
pub(super) fn label(identity: &IdentityName) -> String {
    format!("{}{}", label_prefix(identity), NEXT.fetch_add(1, Ordering::Relaxed))
}

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Labels can't contain '.', and names can't contain ':'.
fn label_prefix(identity: &IdentityName) -> String {
    format!("sign-in/{}/", identity.as_str().replace('.', ":"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_unique_and_name_their_identity() {
        let (dotted, dashed) = ("a.b".parse().unwrap(), "a-b".parse().unwrap());
        assert_ne!(label(&dotted), label(&dotted));
        assert!(label(&dotted).starts_with("sign-in/a:b/"));
        assert!(!label(&dashed).starts_with(&label_prefix(&dotted)));
        assert!(!label(&dashed).starts_with(&label_prefix(&"a".parse().unwrap())));
    }

    #[test]
    fn form_fields_cannot_escape_their_literals() {
        let action = Url::parse("https://login.example.com/sso?a='\"</script>").unwrap();
        let script = form(&action, &[("RelayState".into(), "';alert(1)//\"\n</script>\u{2028}".into())]);
        assert!(script.contains(r#"[["RelayState","';alert(1)//\"\n\u003c/script>"#), "{script}");
        assert!(!script.contains('<'), "{script}");
        assert!(script.contains("form.action = \"https://login.example.com/sso?a="), "{script}");
    }
}
