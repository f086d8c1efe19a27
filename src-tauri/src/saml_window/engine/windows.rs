//! WebView2.

// Each call of COM is unsafe. The interfaces are Tauri's own, alive while the closure runs, on the thread that they
// belong to.
#![allow(unsafe_code)]

use std::cell::Cell;

use daypass_core::proxy::PageProxies;
use tauri::{Url, WebviewWindow};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;
use webview2_com::Microsoft::Web::WebView2::Win32::{
    COREWEBVIEW2_PROCESS_FAILED_KIND, COREWEBVIEW2_PROCESS_FAILED_KIND_BROWSER_PROCESS_EXITED,
    COREWEBVIEW2_PROCESS_FAILED_KIND_RENDER_PROCESS_EXITED, COREWEBVIEW2_WEB_ERROR_STATUS, ICoreWebView2,
    ICoreWebView2_13, ICoreWebView2Controller, ICoreWebView2Profile2,
};
use webview2_com::{
    ClearBrowsingDataCompletedHandler, ExecuteScriptCompletedHandler, NavigationCompletedEventHandler,
    NavigationStartingEventHandler, ProcessFailedEventHandler, WindowCloseRequestedEventHandler, take_pwstr,
};
use windows::core::{BOOL, HSTRING, Interface as _, PWSTR, Result, w};

use super::super::caught::may_navigate;
use super::super::flow::PageEvent;
use super::trouble::{ended, host, of_web_view2};

/// Reports pages that start to load or fail to load, and what frames navigate to. Calls `close` when the page closes
/// itself.
pub(in super::super) fn watch(
    window: &WebviewWindow,
    _: &Url,
    tell: UnboundedSender<PageEvent>,
    close: impl Fn() + Send + 'static,
) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        if let Err(error) = listen(&webview.controller(), &tell, close) {
            tracing::warn!(%error, "a sign-in window can't be watched");
        }
    })
}

fn listen(
    controller: &ICoreWebView2Controller,
    tell: &UnboundedSender<PageEvent>,
    close: impl Fn() + Send + 'static,
) -> Result<()> {
    // Handlers stay as long as the page, so nothing needs the tokens.
    let mut token = 0;
    let (left, framed, completed, crashed) = (tell.clone(), tell.clone(), tell.clone(), tell.clone());
    // SAFETY: see the top of this file.
    unsafe {
        let page = controller.CoreWebView2()?;
        // Of the main frame alone. Tauri's own handler, which may refuse, was added before and is called first.
        let starting = move |_, _| {
            let _ = left.send(PageEvent::Left);
            Ok(())
        };
        page.add_NavigationStarting(&NavigationStartingEventHandler::create(Box::new(starting)), &raw mut token)?;
        // Tauri asks only about the main frame. A sandboxed frame can't navigate that one with what it caught.
        let framing = move |_, arguments: Option<_>| {
            let Some(arguments) = arguments else { return Ok(()) };
            let arguments: webview2_com::Microsoft::Web::WebView2::Win32::ICoreWebView2NavigationStartingEventArgs =
                arguments;
            let mut address = PWSTR::null();
            arguments.Uri(&raw mut address)?;
            let (allowed, event) = match Url::parse(&take_pwstr(address)) {
                Ok(url) => may_navigate(&url),
                Err(_) => (false, None),
            };
            if let Some(event) = event {
                let _ = framed.send(event);
            }
            arguments.SetCancel(!allowed)
        };
        page.add_FrameNavigationStarting(&NavigationStartingEventHandler::create(Box::new(framing)), &raw mut token)?;
        let completing = move |page: Option<ICoreWebView2>, arguments: Option<_>| {
            let (Some(page), Some(arguments)) = (page, arguments) else { return Ok(()) };
            let arguments: webview2_com::Microsoft::Web::WebView2::Win32::ICoreWebView2NavigationCompletedEventArgs =
                arguments;
            let (mut succeeded, mut status) = (BOOL(0), COREWEBVIEW2_WEB_ERROR_STATUS::default());
            arguments.IsSuccess(&raw mut succeeded)?;
            arguments.WebErrorStatus(&raw mut status)?;
            if !succeeded.as_bool()
                && let Some(problem) = of_web_view2(status.0, &host(&source(&page)?))
            {
                let _ = completed.send(PageEvent::Failed(problem));
            }
            Ok(())
        };
        page.add_NavigationCompleted(&NavigationCompletedEventHandler::create(Box::new(completing)), &raw mut token)?;
        let failing = move |_, arguments: Option<_>| {
            let Some(arguments) = arguments else { return Ok(()) };
            let arguments: webview2_com::Microsoft::Web::WebView2::Win32::ICoreWebView2ProcessFailedEventArgs =
                arguments;
            let mut kind = COREWEBVIEW2_PROCESS_FAILED_KIND::default();
            arguments.ProcessFailedKind(&raw mut kind)?;
            // Others are started again by the engine.
            if kind == COREWEBVIEW2_PROCESS_FAILED_KIND_BROWSER_PROCESS_EXITED
                || kind == COREWEBVIEW2_PROCESS_FAILED_KIND_RENDER_PROCESS_EXITED
            {
                let _ = crashed.send(PageEvent::Failed(ended()));
            }
            Ok(())
        };
        page.add_ProcessFailed(&ProcessFailedEventHandler::create(Box::new(failing)), &raw mut token)?;
        let closing = move |_, _| {
            close();
            Ok(())
        };
        page.add_WindowCloseRequested(&WindowCloseRequestedEventHandler::create(Box::new(closing)), &raw mut token)
    }
}

/// The address that a page shows, or tried to.
fn source(page: &ICoreWebView2) -> Result<String> {
    let mut address = PWSTR::null();
    // SAFETY: see the top of this file.
    unsafe { page.Source(&raw mut address)? };
    Ok(take_pwstr(address))
}

/// The engine has the system's proxies only.
pub(in super::super) fn use_proxies(_: &WebviewWindow, _: PageProxies) -> tauri::Result<()> {
    Ok(())
}

/// Sends a form with a script, from an empty page, once that is loaded. The engine keeps cookies with `SameSite=Lax`
/// from it, so a provider with such cookies asks the person each time.
pub(in super::super) fn send_form(window: &WebviewWindow, _: &Url, script: String) -> tauri::Result<()> {
    window.with_webview(move |webview| {
        let sent = || -> Result<()> {
            let (script, mut token, gone) = (HSTRING::from(script), 0, Cell::new(false));
            // The window's own empty page may end after ours began, so the script runs in each, until a page of the
            // provider's is there.
            let loaded = move |page: Option<ICoreWebView2>, _| {
                let Some(page) = page.filter(|_| !gone.get()) else { return Ok(()) };
                if source(&page)? != "about:blank" {
                    gone.set(true);
                    return Ok(());
                }
                let done = ExecuteScriptCompletedHandler::create(Box::new(|_, _| Ok(())));
                // SAFETY: see the top of this file.
                unsafe { page.ExecuteScript(&script, &done) }
            };
            // SAFETY: see the top of this file.
            unsafe {
                let page = webview.controller().CoreWebView2()?;
                let loaded = NavigationCompletedEventHandler::create(Box::new(loaded));
                page.add_NavigationCompleted(&loaded, &raw mut token)?;
                page.Navigate(w!("about:blank"))
            }
        };
        if let Err(error) = sent() {
            tracing::warn!(%error, "the form of a sign-in can't be sent");
        }
    })
}

/// Deletes everything that pages left in a window's folder, and destroys the window.
pub(in super::super) async fn clear(window: WebviewWindow) -> std::result::Result<(), String> {
    let (tell, cleared) = oneshot::channel();
    let asked = window.with_webview(move |webview| {
        let asked = || -> Result<()> {
            let tell = Cell::new(Some(tell));
            let done = ClearBrowsingDataCompletedHandler::create(Box::new(move |done| {
                if let Some(tell) = tell.take() {
                    let _ = tell.send(done.map_err(|error| error.to_string()));
                }
                Ok(())
            }));
            // SAFETY: see the top of this file.
            unsafe {
                let page: ICoreWebView2_13 = webview.controller().CoreWebView2()?.cast()?;
                let profile: ICoreWebView2Profile2 = page.Profile()?.cast()?;
                profile.ClearBrowsingDataAll(&done)
            }
        };
        // Dropping what tells means that the engine did not answer.
        if let Err(error) = asked() {
            tracing::warn!(%error, "what pages left can't be deleted");
        }
    });
    let outcome = match asked {
        Ok(()) => cleared.await.unwrap_or_else(|_| Err("the engine didn't answer".to_owned())),
        Err(error) => Err(error.to_string()),
    };
    let _ = window.destroy();
    outcome
}
