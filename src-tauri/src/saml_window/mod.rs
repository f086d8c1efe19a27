//! The window in which a person signs in at their SAML identity provider, and in which Daypass catches the assertion on
//! its way to AWS. AWS accepts assertions only at its own URLs, so it can't redirect back to a program.
//!
//! The page belongs to the identity provider, so it gets as little as possible. It has no Tauri capability
//! (`tauri.conf.json` grants them to the main window only), may navigate only to web pages, and gets no downloads and
//! no permissions. The few windows it may open have the same limits. Daypass adds only `capture.js` to the page. The
//! title names the identity and the host that the window really shows.

mod caught;
mod engine;
mod flow;
mod title;
mod view;

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use daypass_core::Boxed;
use daypass_core::file_name;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_identity::sign_in_folder::{make_private, remove};
use daypass_identity::{SamlPage, SamlWindow};
use secrecy::SecretString;
use tauri::AppHandle;
use tokio::sync::mpsc;
use tokio::time::Instant;

use flow::{SignInFlow, Step};
use view::View;

/// Brings an identity's sign-in windows to the front. Returns false if there are none.
pub(crate) fn show(app: &AppHandle, identity: &IdentityName) -> bool {
    view::show_all_of(app, identity)
}

/// The desktop app's sign-in windows.
pub(crate) struct SamlWindows {
    app: AppHandle,
    /// Has a folder of cookies for each identity that keeps them.
    cookies: PathBuf,
    /// Identities whose cookies the engine has loaded since this process started.
    in_use: Mutex<HashSet<IdentityName>>,
}

impl SamlWindows {
    pub(crate) fn new(app: AppHandle, cookies: PathBuf) -> Self {
        Self { app, cookies, in_use: Mutex::default() }
    }

    /// The folder for an identity's cookies. A name consists of letters, digits, '-', '_' and '.', and starts with a
    /// letter or digit.
    fn folder(&self, identity: &IdentityName) -> PathBuf {
        self.cookies.join(&*file_name::of(identity.as_str()))
    }

    fn in_use(&self) -> MutexGuard<'_, HashSet<IdentityName>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn catch(&self, page: &SamlPage) -> Result<SecretString, Problem> {
        let folder = page.keep_cookies.then(|| self.folder(&page.identity));
        if let Some(folder) = &folder {
            make_private(folder).map_err(|e| not_opened(&page.identity, &e))?;
            self.in_use().insert(page.identity.clone());
        }
        let (tell, mut events) = mpsc::unbounded_channel();
        let view = View::open(&self.app, page, folder, tell).map_err(|e| not_opened(&page.identity, &e))?;
        let mut flow = SignInFlow::new(page, Instant::now());
        loop {
            let step = tokio::select! {
                event = events.recv() => flow.on_event(event, Instant::now()),
                () = until(flow.due()) => flow.on_due(),
            };
            match step {
                Step::Wait => {}
                Step::Show => view.show(),
                Step::End(outcome) => return outcome,
            }
        }
    }
}

impl SamlWindow for SamlWindows {
    fn catch_assertion<'a>(&'a self, page: &'a SamlPage) -> Boxed<'a, Result<SecretString, Problem>> {
        Box::pin(self.catch(page))
    }

    fn forget<'a>(&'a self, identity: &'a IdentityName) -> Boxed<'a, Result<(), Problem>> {
        Box::pin(async move {
            view::close_all_of(&self.app, identity);
            let folder = self.folder(identity);
            // The engine holds cookies in memory and writes them when it likes. While it runs, only it can delete them.
            if self.in_use().contains(identity) || !engine::KEEPS_COOKIES_IN_FOLDER {
                // It takes an invisible window to reach the engine.
                let window = view::private_window(&self.app, &view::label(identity), Some(folder))
                    .and_then(|window| window.build())
                    .map_err(|e| not_forgotten(identity, &e))?;
                engine::clear(window).await.map_err(|e| not_forgotten(identity, &e))
            } else {
                remove(&folder).map_err(|e| not_forgotten(identity, &e))
            }
        })
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

fn not_opened(identity: &IdentityName, why: &dyn std::fmt::Display) -> Problem {
    let message = format!("can't open a sign-in window for {identity}: {why}");
    Problem::new(ProblemKind::Failed, ProblemCode::SignInWindow, message)
}

fn not_forgotten(identity: &IdentityName, why: &dyn std::fmt::Display) -> Problem {
    let message = format!("can't remove the cookies of the sign-in window for {identity}: {why}");
    Problem::new(ProblemKind::Failed, ProblemCode::SignInCookies, message)
        .hint("sign out at the identity provider itself")
}
