//! WebKitGTK.

use daypass_core::proxy::{NoProxy, PageProxies};
use secrecy::ExposeSecret;
use tauri::{Url, WebviewWindow};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use webkit2gtk::gio::{Cancellable, TlsCertificateFlags};
use webkit2gtk::glib::TimeSpan;
use webkit2gtk::{
    LoadEvent, NetworkError, NetworkProxyMode, NetworkProxySettings, PolicyError, WebViewExt, WebsiteDataManagerExt,
    WebsiteDataManagerExtManual, WebsiteDataTypes,
};

use super::super::flow::PageEvent;
use super::trouble::{ended, host, not_trusted, unreachable};

/// Reports pages that start to load or fail to load. Calls `close` when the page closes itself.
pub(in super::super) fn watch(
    window: &WebviewWindow,
    _: &Url,
    tell: UnboundedSender<PageEvent>,
    close: impl Fn() + Send + 'static,
) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        let page = webview.inner();
        let (left, failed, distrusted, crashed) = (tell.clone(), tell.clone(), tell.clone(), tell);
        page.connect_load_changed(move |_, event| {
            if event == LoadEvent::Started {
                let _ = left.send(PageEvent::Left);
            }
        });
        page.connect_load_failed(move |_, _, address, error| {
            // This also fires when we refuse to navigate, and when the page itself navigates elsewhere.
            let is_intended = error.matches(NetworkError::Cancelled)
                || error.matches(PolicyError::FrameLoadInterruptedByPolicyChange);
            if !is_intended {
                let _ = failed.send(PageEvent::Failed(unreachable(&host(address), error.message())));
            }
            // Don't show the engine's own error page.
            true
        });
        page.connect_load_failed_with_tls_errors(move |_, address, _, flags| {
            let _ = distrusted.send(PageEvent::Failed(not_trusted(&host(address), &why_not(flags))));
            true
        });
        page.connect_web_process_terminated(move |_, _| {
            let _ = crashed.send(PageEvent::Failed(ended()));
        });
        page.connect_close(move |_| close());
    })
}

/// Reaches pages through these proxies. The engine asks the person if a proxy doesn't know them.
pub(in super::super) fn use_proxies(window: &WebviewWindow, proxies: PageProxies) -> tauri::Result<()> {
    const THIS_MACHINE: [&str; 4] = ["localhost", "*.localhost", "127.0.0.0/8", "::1"];
    let (http, https, exceptions) = match proxies {
        PageProxies::System => return Ok(()),
        PageProxies::None => (None, None, Vec::new()),
        PageProxies::Named { http, https, exceptions } => (http, https, exceptions),
    };
    window.with_webview(move |webview| {
        let Some(data) = webview.inner().website_data_manager() else { return };
        let exceptions: Vec<String> = exceptions.iter().flat_map(NoProxy::for_glib).collect();
        let has_none = (http.is_none() && https.is_none()) || exceptions.iter().any(|entry| entry == "*");
        if has_none {
            data.set_network_proxy_settings(NetworkProxyMode::NoProxy, None);
            return;
        }
        let ignored: Vec<&str> = THIS_MACHINE.into_iter().chain(exceptions.iter().map(String::as_str)).collect();
        let mut settings = NetworkProxySettings::new(None, &ignored);
        for (scheme, proxy) in [("http", &http), ("https", &https)] {
            if let Some(proxy) = proxy {
                settings.add_proxy_for_scheme(scheme, proxy.url().expose_secret());
            }
        }
        data.set_network_proxy_settings(NetworkProxyMode::Custom, Some(&mut settings));
    })
}

/// Sends a form with a script, from a page at the form's own origin. Nothing is loaded for that page. The engine
/// would keep cookies with `SameSite=Lax` (the default of Django and others) from a form of any other origin, so that
/// the identity provider wouldn't know the person.
pub(in super::super) fn send_form(window: &WebviewWindow, action: &Url, script: String) -> tauri::Result<()> {
    let origin = action.join("/").map_err(tauri::Error::InvalidUrl)?;
    window.with_webview(move |webview| {
        let page = format!("<!doctype html><html><body><script>{script}</script></body></html>");
        webview.inner().load_html(&page, Some(origin.as_str()));
    })
}

/// Deletes everything that pages left in a window's folder, and destroys the window.
pub(in super::super) async fn clear(window: WebviewWindow) -> Result<(), String> {
    let (tell, cleared) = oneshot::channel();
    let asked = window.with_webview(move |webview| match webview.inner().website_data_manager() {
        Some(data) => {
            let all_of_time = TimeSpan::from_seconds(0);
            data.clear(WebsiteDataTypes::ALL, all_of_time, None::<&Cancellable>, |done| {
                let _ = tell.send(done.map_err(|e| e.to_string()));
            });
        }
        None => drop(tell.send(Err("the engine doesn't have data for this window".to_owned()))),
    });
    let outcome = match asked {
        Ok(()) => cleared.await.unwrap_or_else(|_| Err("the engine didn't answer".to_owned())),
        Err(error) => Err(error.to_string()),
    };
    let _ = window.destroy();
    outcome
}

/// Why a certificate isn't trusted.
fn why_not(flags: TlsCertificateFlags) -> String {
    let why = [
        (TlsCertificateFlags::UNKNOWN_CA, "its issuer is unknown to this machine"),
        (TlsCertificateFlags::BAD_IDENTITY, "it's for another host"),
        (TlsCertificateFlags::EXPIRED, "it has expired"),
        (TlsCertificateFlags::NOT_ACTIVATED, "it isn't valid yet"),
        (TlsCertificateFlags::REVOKED, "it has been revoked"),
        (TlsCertificateFlags::INSECURE, "its algorithm isn't secure"),
    ];
    let why: Vec<&str> = why.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, why)| *why).collect();
    if why.is_empty() { "it isn't valid".to_owned() } else { why.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_certificate_is_explained() {
        let flags = TlsCertificateFlags::UNKNOWN_CA | TlsCertificateFlags::EXPIRED;
        assert_eq!(why_not(flags), "its issuer is unknown to this machine, it has expired");
    }
}
