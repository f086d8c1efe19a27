//! The credentials to answer with: those in memory, or newer ones.

use std::pin::Pin;
use std::time::Duration;

use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_deliver::process::ProcessCredentials;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// How long an answer is given again without asking. A session may be renewed or ended in between.
const REUSED_FOR: Duration = Duration::from_secs(10);

/// SDKs ask again for credentials that end within some minutes: 15 in botocore, 5 elsewhere. Those get what there is now.
const NEARLY_OVER: Duration = Duration::from_secs(16 * 60);

/// How long a refusal is given again. SDKs repeat a request several times within seconds.
const REFUSED_FOR: Duration = Duration::from_millis(500);

/// After a request has waited this long for nothing, others don't wait: an SDK asks up to four times for one program.
const LONG_WAIT: Duration = Duration::from_secs(60);

/// How long they don't. Then the person may be back.
const NO_MORE_WAITS: Duration = Duration::from_secs(300);

/// A future that some source has.
pub type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Where credentials come from.
pub trait Source: Send + Sync + 'static {
    /// The session's credentials, renewed if they are due. Rings the person's desktop if they have to sign in.
    fn credentials(&self) -> Boxed<Result<ProcessCredentials, Problem>>;

    /// Whether the person has signed in to an identity by now.
    fn is_signed_in(&self, identity: IdentityName) -> Boxed<bool>;
}

/// A session's credentials, asked for when they are wanted.
pub struct Fresh {
    source: Box<dyn Source>,
    /// Locked while it asks, so that fifty requests at once ask once.
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    latest: Option<(Instant, ProcessCredentials)>,
    refused: Option<(Instant, Problem)>,
    waited_in_vain: Option<Instant>,
}

impl Fresh {
    /// Credentials from a source.
    pub fn new(source: impl Source) -> Self {
        Self { source: Box::new(source), held: Mutex::default() }
    }

    /// Valid credentials. If the person has to sign in first, waits for them this long.
    ///
    /// # Errors
    ///
    /// What the session's renewal failed with. Credentials that still work are given all the same.
    pub async fn credentials(&self, patience: Duration) -> Result<ProcessCredentials, Problem> {
        let began = Instant::now();
        loop {
            match self.now().await {
                Err(problem) if signer(&problem).is_some() => {
                    let left = patience.saturating_sub(began.elapsed());
                    if left.is_zero() || self.was_waited_in_vain().await {
                        self.give_up(began.elapsed()).await;
                        return Err(problem);
                    }
                    sleep(left.min(REFUSED_FOR)).await;
                }
                result => return result,
            }
        }
    }

    async fn was_waited_in_vain(&self) -> bool {
        self.held.lock().await.waited_in_vain.is_some_and(|at| at.elapsed() < NO_MORE_WAITS)
    }

    async fn give_up(&self, waited: Duration) {
        if waited >= LONG_WAIT {
            self.held.lock().await.waited_in_vain = Some(Instant::now());
        }
    }

    async fn now(&self) -> Result<ProcessCredentials, Problem> {
        let mut held = self.held.lock().await;
        if let Some((asked, credentials)) = &held.latest
            && asked.elapsed() < REUSED_FOR
            && left(credentials) > NEARLY_OVER
        {
            return Ok(credentials.clone());
        }
        if self.is_still_refused(&mut held).await
            && let Some((_, problem)) = &held.refused
        {
            return held.in_place_of(problem.clone());
        }
        match self.source.credentials().await.and_then(unless_over) {
            Ok(credentials) => {
                *held = Held { latest: Some((Instant::now(), credentials.clone())), ..Held::default() };
                Ok(credentials)
            }
            Err(problem) => {
                held.refused = Some((Instant::now(), problem.clone()));
                held.in_place_of(problem)
            }
        }
    }

    /// Whether asking again would change nothing: it was asked a moment ago, or the person hasn't signed in since.
    async fn is_still_refused(&self, held: &mut Held) -> bool {
        let Some((at, problem)) = &mut held.refused else { return false };
        if at.elapsed() < REFUSED_FOR {
            return true;
        }
        match signer(problem) {
            Some(identity) if !self.source.is_signed_in(identity.clone()).await => {
                *at = Instant::now();
                true
            }
            _ => false,
        }
    }
}

impl Held {
    /// Credentials that still work, or the problem.
    fn in_place_of(&self, problem: Problem) -> Result<ProcessCredentials, Problem> {
        match &self.latest {
            Some((_, credentials)) if left(credentials) > Duration::ZERO => {
                tracing::warn!(code = %problem.code, "answering with credentials that still work");
                Ok(credentials.clone())
            }
            _ => Err(problem),
        }
    }
}

/// Who has to sign in before there are credentials.
fn signer(problem: &Problem) -> Option<&IdentityName> {
    match &problem.next {
        Some(NextStep::SignIn { identity }) if problem.kind == ProblemKind::NeedsSignIn => Some(identity),
        _ => None,
    }
}

fn unless_over(credentials: ProcessCredentials) -> Result<ProcessCredentials, Problem> {
    if left(&credentials) > Duration::ZERO {
        return Ok(credentials);
    }
    let message = format!("the session's credentials ended at {}", credentials.expires_at());
    Err(Problem::new(ProblemKind::Passing, ProblemCode::CredentialsOver, message))
}

fn left(credentials: &ProcessCredentials) -> Duration {
    (credentials.expires_at() - SystemClock.now()).to_std().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The person never comes.
    struct SignedOut;

    impl Source for SignedOut {
        fn credentials(&self) -> Boxed<Result<ProcessCredentials, Problem>> {
            let problem = Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignedOut, "signed out");
            let identity = "work".parse().unwrap();
            Box::pin(async { Err(problem.next(NextStep::SignIn { identity })) })
        }

        fn is_signed_in(&self, _: IdentityName) -> Boxed<bool> {
            Box::pin(async { false })
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_absent_person_is_waited_for_once() {
        let fresh = Fresh::new(SignedOut);
        let minutes = |count: u64| Duration::from_secs(count * 60);
        let waits = async |patience: Duration| {
            let began = Instant::now();
            fresh.credentials(patience).await.unwrap_err();
            began.elapsed()
        };
        assert_eq!(waits(Duration::from_millis(900)).await, Duration::from_millis(900));
        assert_eq!(waits(minutes(2)).await, minutes(2), "a short wait doesn't count");
        assert_eq!(waits(minutes(2)).await, Duration::ZERO, "the same program's next try");
        sleep(minutes(5)).await;
        assert_eq!(waits(minutes(2)).await, minutes(2), "they may be back");
    }
}
