//! The window in which a person signs in at their identity provider, and in which the assertion is caught on its way
//! to AWS. AWS takes assertions at its own addresses only, so there is no redirect back to a program to wait for.
//!
//! The page in it is somebody else's. It has no capability (`tauri.conf.json` names the main window only), so whatever
//! it invokes is refused; it may go to web pages only; it gets no downloads and no permissions, and the few windows that
//! it may open are like the first in all of this. `capture.js` is all that is added to it. The title says whose sign-in
//! it is and which host is really shown.

mod caught;
mod course;
mod engine;
mod title;
mod view;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use daypass_core::Boxed;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemKind};
use daypass_identity::{SignInPage, SignInWindow};
use secrecy::SecretString;
use tauri::AppHandle;
use tokio::sync::mpsc;
use tokio::time::Instant;

use course::{Course, Step};
use view::View;

/// Brings the window of an identity's sign-in before the others; false when there is none.
pub(crate) fn show(app: &AppHandle, identity: &IdentityName) -> bool {
    view::show_all_of(app, identity)
}

/// The desktop's windows for sign-ins.
pub(crate) struct SignInWindows {
    app: AppHandle,
    /// Folder with a folder of cookies for each identity that keeps them.
    cookies: PathBuf,
    /// Identities whose cookies the engine has in its hands since this process began.
    in_use: Mutex<HashSet<IdentityName>>,
}

impl SignInWindows {
    pub(crate) fn new(app: AppHandle, cookies: PathBuf) -> Self {
        Self { app, cookies, in_use: Mutex::default() }
    }

    /// The folder of an identity's cookies. A name is letters, digits, '-', '_' and '.', and begins with none of the
    /// last three: it is a file name everywhere.
    fn folder(&self, identity: &IdentityName) -> PathBuf {
        self.cookies.join(identity.as_str())
    }

    fn in_use(&self) -> MutexGuard<'_, HashSet<IdentityName>> {
        self.in_use.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn catch(&self, page: &SignInPage) -> Result<SecretString, Problem> {
        let folder = page.keep_cookies.then(|| self.folder(&page.identity));
        if let Some(folder) = &folder {
            make_private(folder).map_err(|e| not_opened(&page.identity, &e))?;
            self.in_use().insert(page.identity.clone());
        }
        let (tell, mut seen) = mpsc::unbounded_channel();
        let view = View::open(&self.app, page, folder, tell).map_err(|e| not_opened(&page.identity, &e))?;
        let mut course = Course::new(page, Instant::now());
        loop {
            let step = tokio::select! {
                seen = seen.recv() => course.saw(seen, Instant::now()),
                () = until(course.due()) => course.is_due(),
            };
            match step {
                Step::Wait => {}
                Step::Show => view.show(),
                Step::End(outcome) => return outcome,
            }
        }
    }
}

impl SignInWindow for SignInWindows {
    fn catch_assertion<'a>(&'a self, page: &'a SignInPage) -> Boxed<'a, Result<SecretString, Problem>> {
        Box::pin(self.catch(page))
    }

    fn forget<'a>(&'a self, identity: &'a IdentityName) -> Boxed<'a, Result<(), Problem>> {
        Box::pin(async move {
            view::close_all_of(&self.app, identity);
            let folder = self.folder(identity);
            // The engine holds cookies in memory and writes them out when it likes: while it runs, only it can forget.
            if self.in_use().contains(identity) {
                engine::clear(&self.app, &view::label(identity), &folder).await.map_err(|e| not_forgotten(identity, &e))
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

/// Makes the folder, for its owner only: the engine would make it for everybody, and cookies are as good as a password.
// Not one file of ours with a next version, as durable-file has them, but a place for the engine's own files.
#[allow(clippy::disallowed_methods)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Removes the folder, where there is one.
// All in it is the engine's, and the person asked for it to be gone.
#[allow(clippy::disallowed_methods)]
fn remove(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

fn not_opened(identity: &IdentityName, why: &dyn std::fmt::Display) -> Problem {
    let message = format!("no window could be opened for the sign-in with {identity}: {why}");
    Problem::new(ProblemKind::Failed, "sign-in-window", message)
}

fn not_forgotten(identity: &IdentityName, why: &dyn std::fmt::Display) -> Problem {
    let message = format!("the cookies of the sign-in window of {identity} could not be removed: {why}");
    Problem::new(ProblemKind::Failed, "sign-in-cookies", message).hint("sign out at the identity provider itself")
}
