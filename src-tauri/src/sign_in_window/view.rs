//! One window with somebody else's page in it. Dropping it closes it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use daypass_broker::identity::{PageStart, SignInPage};
use daypass_broker::names::IdentityName;
use tauri::webview::{DownloadEvent, NewWindowResponse, PageLoadEvent, PermissionResponse};
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};
use tokio::sync::mpsc::UnboundedSender;

use super::caught::{json, may_go, script};
use super::course::Seen;
use super::engine;
use super::title::title;

/// A sign-in window. Not to be seen until [`View::show`].
pub(super) struct View {
    window: WebviewWindow,
}

impl View {
    /// Opens it and goes to the page. With a folder, cookies are kept there; without one, nothing is.
    pub(super) fn open(
        app: &AppHandle,
        page: &SignInPage,
        cookies: Option<PathBuf>,
        tell: UnboundedSender<Seen>,
    ) -> tauri::Result<Self> {
        let identity = page.identity.clone();
        let start = match &page.start {
            PageStart::Get(url) | PageStart::Post { action: url, .. } => url,
        };
        let label = label(&identity);
        let window = private(app, &label, cookies)?
            .title(title(&identity, start))
            .inner_size(520.0, 720.0)
            .min_inner_size(320.0, 400.0)
            .center()
            .initialization_script_for_all_frames(script())
            .on_navigation({
                let tell = tell.clone();
                move |url| {
                    let (goes, seen) = may_go(url);
                    if let Some(seen) = seen {
                        let _ = tell.send(seen);
                    }
                    goes
                }
            })
            .on_page_load({
                let tell = tell.clone();
                move |window, load| match load.event() {
                    // The page is there to be seen now.
                    PageLoadEvent::Started => drop(window.set_title(&title(&identity, load.url()))),
                    PageLoadEvent::Finished => drop(tell.send(Seen::Arrived)),
                }
            })
            .on_new_window({
                let (app, label) = (app.clone(), label.clone());
                move |url, _| new_window(&app, &label, url)
            });
        Self { window: window.build()? }.start(page, tell)
    }

    /// Only now the page is asked for: whoever watches has to be there first.
    fn start(self, page: &SignInPage, tell: UnboundedSender<Seen>) -> tauri::Result<Self> {
        let closed = tell.clone();
        self.window.on_window_event(move |event| {
            if matches!(event, WindowEvent::CloseRequested { .. } | WindowEvent::Destroyed) {
                let _ = closed.send(Seen::Closed);
            }
        });
        engine::watch(&self.window, tell)?;
        match &page.start {
            PageStart::Get(url) => self.window.navigate(url.clone())?,
            PageStart::Post { action, fields } => {
                // An empty page sends the form, as the page of a service provider would.
                self.window.navigate(nowhere()?)?;
                self.window.eval(form(action, fields))?;
            }
        }
        Ok(self)
    }

    /// Shows it to the person, who asked for the sign-in.
    pub(super) fn show(&self) {
        bring(&self.window);
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // Not `close`, which asks the window first: the page in it has no say.
        let _ = self.window.destroy();
    }
}

/// Brings an identity's window before the others; false when there is none.
pub(super) fn show_all_of(app: &AppHandle, identity: &IdentityName) -> bool {
    let prefix = label_prefix(identity);
    let windows = app.webview_windows();
    let its: Vec<_> = windows.iter().filter(|(label, _)| label.starts_with(&prefix)).collect();
    its.iter().for_each(|(_, window)| bring(window));
    !its.is_empty()
}

fn bring(window: &WebviewWindow) {
    let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
    if let Err(error) = shown {
        tracing::warn!(%error, "a sign-in window could not be shown");
    }
}

/// Closes an identity's windows; their sign-ins end as cancelled.
pub(super) fn close_all_of(app: &AppHandle, identity: &IdentityName) {
    let prefix = label_prefix(identity);
    for (label, window) in app.webview_windows() {
        if label.starts_with(&prefix) {
            let _ = window.destroy();
        }
    }
}

/// The beginnings of every window with somebody else's page or cookies: nothing to be seen, nothing allowed.
pub(super) fn private<'a>(
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
        Some(folder) => engine::keeping(window, folder),
        None => window.incognito(true),
    })
}

fn nowhere() -> tauri::Result<Url> {
    "about:blank".parse().map_err(tauri::Error::InvalidUrl)
}

/// A second window would be one more to look at and to tell apart: the page goes on in the same one.
fn new_window(app: &AppHandle, label: &str, url: Url) -> NewWindowResponse<tauri::Wry> {
    let window = app.get_webview_window(label).filter(|_| matches!(url.scheme(), "https" | "http"));
    if let Some(window) = window {
        // Not from within the engine's own question.
        tauri::async_runtime::spawn(async move { window.navigate(url) });
    }
    NewWindowResponse::Deny
}

/// A script that sends a form.
fn form(action: &Url, fields: &[(String, String)]) -> String {
    let fields = serde_json::Value::from_iter(fields.iter().map(|(name, value)| vec![name.as_str(), value.as_str()]));
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
        action = json(action.as_str()),
    )
}

/// A label that is like no other: while a window closes, the next one may open.
pub(super) fn label(identity: &IdentityName) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("{}{}", label_prefix(identity), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Labels have no '.', and names no ':'.
fn label_prefix(identity: &IdentityName) -> String {
    format!("sign-in/{}/", identity.as_str().replace('.', ":"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_never_the_same_and_never_of_another_identity() {
        let (dotted, dashed) = ("a.b".parse().unwrap(), "a-b".parse().unwrap());
        assert_ne!(label(&dotted), label(&dotted));
        assert!(label(&dotted).starts_with("sign-in/a:b/"));
        assert!(!label(&dashed).starts_with(&label_prefix(&dotted)));
        assert!(!label(&dashed).starts_with(&label_prefix(&"a".parse().unwrap())));
    }

    #[test]
    fn fields_of_a_form_cannot_get_out_of_their_literals() {
        let action = Url::parse("https://login.example.com/sso?a='\"</script>").unwrap();
        let script = form(&action, &[("RelayState".into(), "';alert(1)//\"\n</script>\u{2028}".into())]);
        assert!(script.contains(r#"[["RelayState","';alert(1)//\"\n</script>"#), "{script}");
        assert!(script.contains("form.action = \"https://login.example.com/sso?a="), "{script}");
    }
}
