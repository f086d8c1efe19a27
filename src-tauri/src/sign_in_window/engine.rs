//! What Tauri does not tell of the browser engine behind a window, and has to be asked from the engine itself: why a
//! page could not be loaded, where cookies are kept, and when they are gone.

#[cfg(target_os = "linux")]
pub(super) use webkitgtk::{clear, keeping, watch};

#[cfg(not(target_os = "linux"))]
pub(super) use others::{clear, keeping, watch};

#[cfg(target_os = "linux")]
mod webkitgtk {
    use std::path::{Path, PathBuf};

    use daypass_core::problem::{Problem, ProblemKind};
    use tauri::{AppHandle, Url, WebviewWindow, WebviewWindowBuilder, Wry};
    use tokio::sync::mpsc::UnboundedSender;
    use tokio::sync::oneshot;
    use webkit2gtk::gio::{Cancellable, TlsCertificateFlags};
    use webkit2gtk::glib::{Error, TimeSpan};
    use webkit2gtk::{LoadEvent, NetworkError, PolicyError, WebViewExt, WebsiteDataManagerExtManual, WebsiteDataTypes};

    use super::super::course::Seen;
    use super::super::view::private;

    /// Keeps cookies in a folder.
    pub(in super::super) fn keeping<'a>(
        window: WebviewWindowBuilder<'a, Wry, AppHandle>,
        folder: PathBuf,
    ) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
        window.data_directory(folder)
    }

    /// Tells of pages that begin to load, and of those that do not come; `close` is called when the page closes itself.
    pub(in super::super) fn watch(
        window: &WebviewWindow,
        tell: UnboundedSender<Seen>,
        close: impl Fn() + Send + 'static,
    ) -> tauri::Result<()> {
        window.with_webview(move |webview| {
            let page = webview.inner();
            let (left, failed, distrusted, crashed) = (tell.clone(), tell.clone(), tell.clone(), tell);
            page.connect_load_changed(move |_, event| {
                if event == LoadEvent::Started {
                    let _ = left.send(Seen::Left);
                }
            });
            page.connect_load_failed(move |_, _, address, error| {
                // Also told when we refused to go there, and when the page itself went somewhere else.
                let is_intended = error.matches(NetworkError::Cancelled)
                    || error.matches(PolicyError::FrameLoadInterruptedByPolicyChange);
                if !is_intended {
                    let _ = failed.send(Seen::Failed(unreachable(address, error)));
                }
                // No page of the engine's own about it.
                true
            });
            page.connect_load_failed_with_tls_errors(move |_, address, _, flags| {
                let _ = distrusted.send(Seen::Failed(not_trusted(address, flags)));
                true
            });
            page.connect_web_process_terminated(move |_, _| {
                let _ = crashed.send(Seen::Failed(ended()));
            });
            page.connect_close(move |_| close());
        })
    }

    /// Throws away all that pages left in a folder. An invisible window is the way to the engine.
    pub(in super::super) async fn clear(app: &AppHandle, label: &str, folder: &Path) -> Result<(), String> {
        let window = private(app, label, Some(folder.to_path_buf()))
            .and_then(WebviewWindowBuilder::build)
            .map_err(|e| e.to_string())?;
        let (tell, cleared) = oneshot::channel();
        let asked = window.with_webview(move |webview| match webview.inner().website_data_manager() {
            Some(data) => {
                let all_of_time = TimeSpan::from_seconds(0);
                data.clear(WebsiteDataTypes::ALL, all_of_time, None::<&Cancellable>, |done| {
                    let _ = tell.send(done.map_err(|e| e.to_string()));
                });
            }
            None => drop(tell.send(Err("the engine has no data of this window".to_owned()))),
        });
        let outcome = match asked {
            Ok(()) => cleared.await.unwrap_or_else(|_| Err("the engine did not answer".to_owned())),
            Err(error) => Err(error.to_string()),
        };
        let _ = window.destroy();
        outcome
    }

    fn unreachable(address: &str, error: &Error) -> Problem {
        let message = format!("the sign-in page at {} could not be loaded: {}", host(address), error.message());
        Problem::new(ProblemKind::Passing, "sign-in-unreachable", message)
            .hint("check the network and the address, then sign in again")
    }

    /// Nobody can say "go on": what is typed into such a page may be read by anybody.
    fn not_trusted(address: &str, flags: TlsCertificateFlags) -> Problem {
        let why = [
            (TlsCertificateFlags::UNKNOWN_CA, "nobody whom this machine trusts has signed it"),
            (TlsCertificateFlags::BAD_IDENTITY, "it is for another host"),
            (TlsCertificateFlags::EXPIRED, "it has expired"),
            (TlsCertificateFlags::NOT_ACTIVATED, "it is not valid yet"),
            (TlsCertificateFlags::REVOKED, "it was revoked"),
            (TlsCertificateFlags::INSECURE, "its algorithm is not secure"),
        ];
        let why: Vec<&str> = why.iter().filter(|(flag, _)| flags.contains(*flag)).map(|(_, why)| *why).collect();
        let why = if why.is_empty() { "it is not valid".to_owned() } else { why.join(", ") };
        let message = format!("the certificate of {} is not trusted: {why}", host(address));
        Problem::new(ProblemKind::Failed, "sign-in-not-trusted", message)
            .hint("if it is your company's own, install its authority in the system's list of certificates")
    }

    fn ended() -> Problem {
        let message = "the browser engine of the sign-in window ended unexpectedly";
        Problem::new(ProblemKind::Passing, "sign-in-crashed", message).hint("sign in again")
    }

    /// The host alone: queries hold requests, and a fragment might hold an assertion.
    fn host(address: &str) -> String {
        let host = Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| "an address without host".to_owned())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_certificate_is_told_with_all_that_is_wrong_and_an_address_with_its_host_alone() {
            let flags = TlsCertificateFlags::UNKNOWN_CA | TlsCertificateFlags::EXPIRED;
            let problem = not_trusted("https://login.example.com/?SAMLRequest=x#assertion=y", flags);
            let message = "the certificate of login.example.com is not trusted: \
                           nobody whom this machine trusts has signed it, it has expired";
            assert_eq!(problem.message, message);
            assert_eq!(host("about:blank"), "an address without host");
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod others {
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use tauri::{AppHandle, WebviewWindow, WebviewWindowBuilder, Wry};
    use tokio::sync::mpsc::UnboundedSender;

    use super::super::course::Seen;
    use super::super::view::private;

    /// Keeps cookies in a folder.
    #[cfg(not(target_os = "macos"))]
    pub(in super::super) fn keeping<'a>(
        window: WebviewWindowBuilder<'a, Wry, AppHandle>,
        folder: PathBuf,
    ) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
        window.data_directory(folder)
    }

    /// Keeps cookies in a store that is named for a folder: the system has its own place for them (macOS 14).
    #[cfg(target_os = "macos")]
    pub(in super::super) fn keeping<'a>(
        window: WebviewWindowBuilder<'a, Wry, AppHandle>,
        folder: PathBuf,
    ) -> WebviewWindowBuilder<'a, Wry, AppHandle> {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
        let mut identifier = [0; 16];
        identifier.copy_from_slice(&digest[..16]);
        window.data_store_identifier(identifier)
    }

    /// These engines show a page of their own about what they could not load; the person sees it.
    pub(in super::super) fn watch(
        _: &WebviewWindow,
        _: UnboundedSender<Seen>,
        _: impl Fn() + Send + 'static,
    ) -> tauri::Result<()> {
        Ok(())
    }

    /// Throws away all that pages left in a folder. An invisible window is the way to the engine.
    pub(in super::super) async fn clear(app: &AppHandle, label: &str, folder: &Path) -> Result<(), String> {
        let window = private(app, label, Some(folder.to_path_buf()))
            .and_then(WebviewWindowBuilder::build)
            .map_err(|e| e.to_string())?;
        let asked = window.clear_all_browsing_data().map_err(|e| e.to_string());
        // It does not say when it is through.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let _ = window.destroy();
        asked
    }
}
