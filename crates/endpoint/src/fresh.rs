//! The credentials to answer with: those in memory, or newer ones.

use std::pin::Pin;
use std::time::Duration;

use daypass_core::clock::{Clock as _, SystemClock};
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::program::Program;
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

/// The program that asks an endpoint, and how long it waits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asker {
    /// The program at the other end of the connection, where the system tells.
    pub program: Option<Program>,
    /// How long it waits for the person.
    pub patience: Duration,
}

/// Credentials, and for whom.
#[derive(Debug, Clone)]
pub struct Given {
    /// The credentials.
    pub credentials: ProcessCredentials,
    /// Whether the person was asked about the program. Another program doesn't get them then.
    pub is_for_this_program: bool,
}

impl From<ProcessCredentials> for Given {
    fn from(credentials: ProcessCredentials) -> Self {
        Self { credentials, is_for_this_program: false }
    }
}

/// Where credentials come from.
pub trait Source: Send + Sync + 'static {
    /// The session's credentials, renewed if they are due. Rings the person's desktop if they have to sign in.
    fn credentials(&self, asker: Asker) -> Boxed<Result<Given, Problem>>;

    /// A program got the credentials.
    fn were_taken(&self, by: Option<Program>) -> Boxed<()>;

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
    latest: Option<Answered<ProcessCredentials>>,
    refused: Option<Answered<Problem>>,
    waited_in_vain: Option<Instant>,
}

/// What the source answered.
struct Answered<T> {
    at: Instant,
    what: T,
    /// Whom alone it is for.
    only_for: Option<Program>,
}

impl<T> Answered<T> {
    fn new(what: T, only_for: Option<Program>) -> Self {
        Self { at: Instant::now(), what, only_for }
    }

    /// A person who was asked about one process wasn't asked about another.
    fn is_for(&self, program: Option<&Program>) -> bool {
        self.only_for.as_ref().is_none_or(|only| program.is_some_and(|program| program.is_process(only)))
    }
}

impl Fresh {
    /// Credentials from a source.
    pub fn new(source: impl Source) -> Self {
        Self { source: Box::new(source), held: Mutex::default() }
    }

    /// Valid credentials. If the person has to sign in first, waits for them as long as the asker does.
    ///
    /// # Errors
    ///
    /// What the session's renewal failed with. Credentials that still work are given all the same.
    pub async fn credentials(&self, asker: Asker) -> Result<ProcessCredentials, Problem> {
        let began = Instant::now();
        loop {
            match self.now(&asker).await {
                Err(problem) if signer(&problem).is_some() => {
                    let left = asker.patience.saturating_sub(began.elapsed());
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

    /// A program got the credentials.
    pub(crate) async fn were_taken(&self, by: Option<Program>) {
        self.source.were_taken(by).await;
    }

    async fn now(&self, asker: &Asker) -> Result<ProcessCredentials, Problem> {
        let program = asker.program.as_ref();
        let mut held = self.held.lock().await;
        if let Some(latest) = held.latest.as_ref().filter(|latest| latest.is_for(program))
            && latest.at.elapsed() < REUSED_FOR
            && left(&latest.what) > NEARLY_OVER
        {
            return Ok(latest.what.clone());
        }
        if self.is_still_refused(&mut held, program).await
            && let Some(refused) = &held.refused
        {
            return held.in_place_of(refused.what.clone(), program);
        }
        let given = self.source.credentials(asker.clone()).await;
        match given.and_then(|given| Ok((unless_over(given.credentials)?, given.is_for_this_program))) {
            Ok((credentials, is_for_this_program)) => {
                let only_for = program.filter(|_| is_for_this_program).cloned();
                let may_be_kept = !is_for_this_program || only_for.is_some();
                let latest = may_be_kept.then(|| Answered::new(credentials.clone(), only_for));
                *held = Held { latest, ..Held::default() };
                Ok(credentials)
            }
            Err(problem) => {
                // The person who refuses a program, or doesn't answer, says nothing of another one.
                let is_about_program = problem.code.is_of_consent();
                let only_for = program.filter(|_| is_about_program).cloned();
                held.refused = Some(Answered::new(problem.clone(), only_for));
                if is_about_program { Err(problem) } else { held.in_place_of(problem, program) }
            }
        }
    }

    /// Whether asking again would change nothing: it was asked a moment ago, or the person hasn't signed in since.
    async fn is_still_refused(&self, held: &mut Held, program: Option<&Program>) -> bool {
        let Some(refused) = held.refused.as_mut().filter(|refused| refused.is_for(program)) else { return false };
        // The one that decides about a program remembers it, and answers at once.
        if refused.what.code.is_of_consent() {
            return false;
        }
        if refused.at.elapsed() < REFUSED_FOR {
            return true;
        }
        match signer(&refused.what) {
            Some(identity) if !self.source.is_signed_in(identity.clone()).await => {
                refused.at = Instant::now();
                true
            }
            _ => false,
        }
    }
}

impl Held {
    /// Credentials that still work, or the problem.
    fn in_place_of(&self, problem: Problem, program: Option<&Program>) -> Result<ProcessCredentials, Problem> {
        match self.latest.as_ref().filter(|latest| latest.is_for(program)) {
            Some(latest) if left(&latest.what) > Duration::ZERO => {
                tracing::warn!(code = %problem.code, "answering with credentials that still work");
                Ok(latest.what.clone())
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
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// The person never comes.
    struct SignedOut;

    impl Source for SignedOut {
        fn credentials(&self, _: Asker) -> Boxed<Result<Given, Problem>> {
            let problem = Problem::new(ProblemKind::NeedsSignIn, ProblemCode::SignedOut, "signed out");
            let identity = "work".parse().unwrap();
            Box::pin(async { Err(problem.next(NextStep::SignIn { identity })) })
        }

        fn were_taken(&self, _: Option<Program>) -> Boxed<()> {
            Box::pin(async {})
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
            fresh.credentials(Asker { patience, program: None }).await.unwrap_err();
            began.elapsed()
        };
        assert_eq!(waits(Duration::from_millis(900)).await, Duration::from_millis(900));
        assert_eq!(waits(minutes(2)).await, minutes(2), "a short wait doesn't count");
        assert_eq!(waits(minutes(2)).await, Duration::ZERO, "the same program's next try");
        sleep(minutes(5)).await;
        assert_eq!(waits(minutes(2)).await, minutes(2), "they may be back");
    }

    /// Each program was asked about.
    struct Personal(Arc<AtomicU32>);

    impl Source for Personal {
        fn credentials(&self, _: Asker) -> Boxed<Result<Given, Problem>> {
            self.0.fetch_add(1, Ordering::SeqCst);
            let ends = SystemClock.now() + chrono::TimeDelta::hours(1);
            let credentials = serde_json::json!({
                "Version": 1, "AccessKeyId": "ASIA", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": ends,
            });
            let credentials = serde_json::from_value(credentials).unwrap();
            Box::pin(async { Ok(Given { credentials, is_for_this_program: true }) })
        }

        fn were_taken(&self, _: Option<Program>) -> Boxed<()> {
            Box::pin(async {})
        }

        fn is_signed_in(&self, _: IdentityName) -> Boxed<bool> {
            Box::pin(async { true })
        }
    }

    #[tokio::test]
    async fn what_the_person_allowed_one_program_no_other_gets() {
        let asked = Arc::<AtomicU32>::default();
        let fresh = Fresh::new(Personal(Arc::clone(&asked)));
        let program = |process| Program { process, started: Some(1), ..Program::default() };
        let times = async |program: Option<Program>| {
            fresh.credentials(Asker { program, patience: Duration::ZERO }).await.unwrap();
            asked.load(Ordering::SeqCst)
        };
        assert_eq!((times(Some(program(1))).await, times(Some(program(1))).await), (1, 1));
        assert_eq!(times(Some(program(2))).await, 2);
        // One that isn't known gets nothing of it, and leaves nothing.
        assert_eq!((times(None).await, times(None).await, times(Some(program(2))).await), (3, 4, 5));
    }
}
