//! The credentials to answer with: those in memory, or newer ones.

use std::pin::Pin;
use std::time::Duration;

use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::problem::Problem;
use daypass_deliver::process::ProcessCredentials;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an answer is given again without asking. A session may be renewed or ended in between.
const REUSED_FOR: Duration = Duration::from_secs(10);

/// SDKs ask again for credentials that end within some minutes: 15 in botocore, 5 elsewhere. Those get what there is now.
const NEARLY_OVER: Duration = Duration::from_secs(16 * 60);

type Asking = Pin<Box<dyn Future<Output = Result<ProcessCredentials, Problem>> + Send>>;

/// A session's credentials, asked for when they are wanted.
pub struct Fresh {
    ask: Box<dyn Fn() -> Asking + Send + Sync>,
    /// Locked while it asks, so that fifty requests at once ask once.
    latest: Mutex<Option<(Instant, ProcessCredentials)>>,
}

impl Fresh {
    /// Credentials that `ask` gets from the session.
    pub fn new<F>(ask: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<ProcessCredentials, Problem>> + Send + 'static,
    {
        Self { ask: Box::new(move || Box::pin(ask())), latest: Mutex::new(None) }
    }

    /// Valid credentials.
    ///
    /// # Errors
    ///
    /// What the session's renewal failed with. Credentials that still work are given all the same.
    pub async fn credentials(&self) -> Result<ProcessCredentials, Problem> {
        let mut latest = self.latest.lock().await;
        if let Some((asked, credentials)) = &*latest
            && asked.elapsed() < REUSED_FOR
            && left(credentials) > NEARLY_OVER
        {
            return Ok(credentials.clone());
        }
        match (self.ask)().await {
            Ok(credentials) => {
                *latest = Some((Instant::now(), credentials.clone()));
                Ok(credentials)
            }
            Err(problem) => match &*latest {
                Some((_, credentials)) if left(credentials) > Duration::ZERO => {
                    tracing::warn!(code = %problem.code, "answering with credentials that still work");
                    Ok(credentials.clone())
                }
                _ => Err(problem),
            },
        }
    }
}

fn left(credentials: &ProcessCredentials) -> Duration {
    (credentials.expires_at() - SystemClock.now()).to_std().unwrap_or_default()
}
