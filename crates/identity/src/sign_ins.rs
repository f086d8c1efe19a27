//! The sign-ins in progress: at most one for each identity. A second request joins the first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::context::IdentityContext;
use crate::kind::Identity;
use crate::services::Services;
use crate::sign_in_call::{CautionSignIn, Progress, ShowSignIn, SignInCall, announce};
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::event::Event;
use daypass_core::names::IdentityName;
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::secret::TypedSecrets;
use daypass_core::view::SignInAsk;

/// The sign-ins of this process.
pub struct SignIns {
    services: Arc<Services>,
    under_way: Mutex<HashMap<IdentityName, UnderWay>>,
}

#[derive(Clone)]
struct UnderWay {
    cancel: Arc<Notify>,
    progress: watch::Receiver<Progress>,
}

impl SignIns {
    /// No sign-in is under way yet.
    pub fn new(services: Arc<Services>) -> Self {
        Self { services, under_way: Mutex::default() }
    }

    /// Signs a person in. A second call for the same identity joins the first, unless it brings typed secrets, which
    /// are newer. If the first caller hangs up, one of the others begins again and the rest join that one.
    ///
    /// `limit` is how long the person may take.
    ///
    /// # Errors
    ///
    /// A refusal by the provider or the person; `sign-in-cancelled`, `sign-in-timed-out`.
    pub async fn sign_in(
        &self,
        context: &IdentityContext,
        identity: &dyn Identity,
        call: SignInRequest<'_>,
    ) -> Result<String, Problem> {
        loop {
            match self.enter(&context.name, call.given) {
                Entered::Joined(same) => {
                    if let Some(outcome) = self.join(&context.name, same, call).await {
                        return outcome;
                    }
                }
                Entered::First(tell, place) => return self.begin(identity, call, &tell, place).await,
            }
        }
    }

    /// Looks and takes the place in one step, so that one of two simultaneous calls is first.
    fn enter<'a>(&'a self, identity: &'a IdentityName, given: &TypedSecrets) -> Entered<'a> {
        let mut under_way = self.lock();
        if let Some(same) = under_way.get(identity) {
            if given.is_empty() {
                return Entered::Joined(same.clone());
            }
            same.cancel.notify_one();
        }
        let (tell, progress) = watch::channel(Progress::default());
        let cancel = Arc::new(Notify::new());
        under_way.insert(identity.clone(), UnderWay { cancel: Arc::clone(&cancel), progress });
        Entered::First(tell, Place { sign_ins: self, identity, cancel, over: false })
    }

    /// The caller may hang up at any time. Then `place` is freed before `tell` is dropped, so that the callers who
    /// joined find it free.
    async fn begin(
        &self,
        signer: &dyn Identity,
        call: SignInRequest<'_>,
        tell: &watch::Sender<Progress>,
        mut place: Place<'_>,
    ) -> Result<String, Problem> {
        let name = place.identity;
        let result = {
            let call_of = SignInCall {
                device: call.device,
                given: call.given,
                identity: name,
                services: &self.services,
                show: call.show,
                caution: call.caution,
                progress: tell,
            };
            tokio::select! {
                result = signer.sign_in(&call_of) => result,
                () = place.cancel.notified() => Err(cancelled(name)),
                () = tokio::time::sleep(call.limit) => Err(timed_out(name, call.limit)),
            }
        };
        tell.send_modify(|progress| progress.outcome = Some(result.clone()));
        place.over = true;
        match &result {
            Ok(person) => {
                let line = AuditLine::new(self.services.clock.now(), AuditEvent::SignedIn);
                let (identity, person) = (name.clone(), person.clone());
                self.services.audit.record(AuditLine {
                    identity: Some(identity.clone()),
                    person: Some(person.clone()),
                    ..line
                });
                let remarks = signer.remarks();
                let _ = self.services.events.send(Event::SignedIn { identity, person, remarks });
            }
            Err(problem) => {
                self.record_failure(name, problem);
                self.announce_failure(name, problem);
            }
        }
        result
    }

    /// The outcome of a sign-in that another caller began. `None` if that caller hung up.
    async fn join(
        &self,
        name: &IdentityName,
        same: UnderWay,
        call: SignInRequest<'_>,
    ) -> Option<Result<String, Problem>> {
        let mut progress = same.progress;
        let (mut shown, mut cautioned) = (None, 0);
        let end = async {
            loop {
                let now = progress.borrow_and_update().clone();
                now.cautions.iter().skip(cautioned).for_each(call.caution);
                cautioned = now.cautions.len();
                if now.outcome.is_some() {
                    return now.outcome;
                }
                // The person may have closed the first tab, so give them the address again.
                if let Some(ask) = now.ask.filter(|ask| shown.as_ref() != Some(ask)) {
                    announce(&self.services, name, ask.clone(), call.show);
                    shown = Some(ask);
                }
                progress.changed().await.ok()?;
            }
        };
        tokio::time::timeout(call.limit, end).await.unwrap_or_else(|_| Some(Err(timed_out(name, call.limit))))
    }

    /// Ends a sign-in that waits for the person. False without one.
    pub fn cancel(&self, identity: &IdentityName) -> bool {
        self.waiting(identity).is_some_and(|under_way| {
            under_way.cancel.notify_one();
            true
        })
    }

    /// Whether a sign-in is under way.
    pub fn is_under_way(&self, identity: &IdentityName) -> bool {
        self.waiting(identity).is_some()
    }

    /// What the person has to do for a sign-in that is under way.
    pub fn ask(&self, identity: &IdentityName) -> Option<SignInAsk> {
        self.waiting(identity).and_then(|under_way| under_way.progress.borrow().ask.clone())
    }

    fn waiting(&self, identity: &IdentityName) -> Option<UnderWay> {
        self.lock().get(identity).cloned()
    }

    /// What the person cancelled didn't fail.
    fn record_failure(&self, identity: &IdentityName, problem: &Problem) {
        if problem.kind == ProblemKind::Cancelled {
            return;
        }
        self.services.audit.record(AuditLine {
            identity: Some(identity.clone()),
            problem: Some(problem.code.to_string()),
            request_id: problem.request_id.clone(),
            ..AuditLine::new(self.services.clock.now(), AuditEvent::SignInFailed)
        });
    }

    fn announce_failure(&self, identity: &IdentityName, problem: &Problem) {
        let event = Event::SignInFailed { identity: identity.clone(), problem: problem.clone() };
        let _ = self.services.events.send(event);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IdentityName, UnderWay>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request for a sign-in.
#[derive(Clone, Copy)]
pub struct SignInRequest<'a> {
    /// How long the person may take.
    pub limit: Duration,
    /// Whether a code for another device is wanted.
    pub device: bool,
    /// What the person typed.
    pub given: &'a TypedSecrets,
    /// Tells the person what to do.
    pub show: ShowSignIn<'a>,
    /// Tells the person what they should know besides.
    pub caution: CautionSignIn<'a>,
}

enum Entered<'a> {
    First(watch::Sender<Progress>, Place<'a>),
    Joined(UnderWay),
}

/// The place of a sign-in under way. Dropping it frees the place, because the caller may hang up.
struct Place<'a> {
    sign_ins: &'a SignIns,
    identity: &'a IdentityName,
    cancel: Arc<Notify>,
    /// Whether its end is announced.
    over: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut under_way = self.sign_ins.lock();
        // A newer one may have taken the place.
        if under_way.get(self.identity).is_some_and(|own| Arc::ptr_eq(&own.cancel, &self.cancel)) {
            under_way.remove(self.identity);
        }
        drop(under_way);
        if !self.over {
            self.sign_ins.announce_failure(self.identity, &cancelled(self.identity));
        }
    }
}

/// A problem that only a sign-in solves, with that as the next step.
pub fn naming_the_way(identity: &IdentityName, problem: Problem) -> Problem {
    if problem.kind != ProblemKind::NeedsSignIn || problem.next.is_some() {
        return problem;
    }
    let hint = problem.hint.clone().unwrap_or_else(|| "sign in again".to_owned());
    problem.hint(hint).next(NextStep::SignIn { identity: identity.clone() })
}

fn cancelled(identity: &IdentityName) -> Problem {
    Problem::new(
        ProblemKind::Cancelled,
        ProblemCode::SignInCancelled,
        format!("the sign-in with {identity} was cancelled"),
    )
}

fn timed_out(identity: &IdentityName, limit: Duration) -> Problem {
    let message = format!("the sign-in with {identity} wasn't finished within {} seconds", limit.as_secs());
    Problem::new(ProblemKind::Cancelled, ProblemCode::SignInTimedOut, message)
        .hint("sign in again, and finish it in time")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::fixture::fixture;
    use crate::{Standing, Trial};
    use daypass_core::Boxed;
    use daypass_core::credentials::IssuedCredentials;
    use daypass_core::session_request::SessionRequest;
    use daypass_core::view::SignInWay;

    /// Asks the person to open an address, and finishes when the test lets it.
    #[derive(Default)]
    struct Waits {
        begun: AtomicUsize,
        go: Notify,
    }

    impl Identity for Waits {
        fn way(&self) -> SignInWay {
            SignInWay::Browser { device: false }
        }

        fn provider(&self) -> String {
            String::new()
        }

        fn standing(&self) -> Result<Standing, Problem> {
            unreachable!()
        }

        fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>> {
            Box::pin(async move {
                self.begun.fetch_add(1, Ordering::SeqCst);
                if call.given.is_empty() {
                    call.show(SignInAsk::Browser { url: "https://login.example.com/".into() });
                    self.go.notified().await;
                    return Ok("ann".into());
                }
                Ok("typed".into())
            })
        }

        fn issue<'a>(&'a self, _: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, crate::IdentityError>> {
            unreachable!()
        }

        fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>> {
            unreachable!()
        }

        fn try_out<'a>(&'a self, _: &'a Trial<'a>) -> Boxed<'a, ()> {
            unreachable!()
        }
    }

    fn asked<'a>(given: &'a TypedSecrets, show: ShowSignIn<'a>) -> SignInRequest<'a> {
        SignInRequest { limit: Duration::from_secs(300), device: false, given, show, caution: &|_| () }
    }

    /// Polls all of them until the last one finishes.
    async fn together<T>(all: &mut [impl Future<Output = T> + Unpin]) -> Vec<T> {
        let mut outcomes: Vec<Option<T>> = all.iter().map(|_| None).collect();
        std::future::poll_fn(|context| {
            for (one, outcome) in all.iter_mut().zip(&mut outcomes).filter(|(_, outcome)| outcome.is_none()) {
                if let std::task::Poll::Ready(result) = std::pin::Pin::new(one).poll(context) {
                    *outcome = Some(result);
                }
            }
            if outcomes.iter().all(Option::is_some) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        outcomes.into_iter().flatten().collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_who_ask_share_one_sign_in_and_each_is_told_what_to_do() {
        let fixture = fixture();
        let (sign_ins, waits) = (SignIns::new(Arc::clone(&fixture.context.services)), Waits::default());
        let (told, given) = (AtomicUsize::new(0), TypedSecrets::none());
        let show = |_: &SignInAsk| told.fetch_add(1, Ordering::SeqCst) < usize::MAX;
        let one = async || sign_ins.sign_in(&fixture.context, &waits, asked(&given, &show)).await;
        let mut all: Vec<_> = (0..100).map(|_| Box::pin(one())).collect();
        let finish = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            waits.go.notify_one();
        };
        let ((), outcomes) = tokio::join!(finish, together(&mut all));
        assert_eq!(outcomes.iter().filter(|outcome| outcome.as_deref() == Ok("ann")).count(), 100);
        assert_eq!((waits.begun.load(Ordering::SeqCst), told.load(Ordering::SeqCst)), (1, 100));
        assert!(!sign_ins.is_under_way(&fixture.context.name), "its place is free");
    }

    #[tokio::test(start_paused = true)]
    async fn a_joined_caller_continues_when_the_first_hangs_up_and_times_out_on_its_own() {
        let fixture = fixture();
        let (sign_ins, waits) = (SignIns::new(Arc::clone(&fixture.context.services)), Waits::default());
        let given = TypedSecrets::none();
        let show = |_: &SignInAsk| true;
        let first = sign_ins.sign_in(&fixture.context, &waits, asked(&given, &show));
        let first = tokio::time::timeout(Duration::from_secs(2), first);
        let joined = async |limit: Duration| {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let asked = SignInRequest { limit, ..asked(&given, &show) };
            sign_ins.sign_in(&fixture.context, &waits, asked).await
        };
        let finish = async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            assert_eq!(waits.begun.load(Ordering::SeqCst), 2, "one of those who joined began again");
            waits.go.notify_one();
        };
        let (short, long) = (Duration::from_millis(500), Duration::from_secs(300));
        let mut patient = [Box::pin(joined(long)), Box::pin(joined(long)), Box::pin(joined(long))];
        let (hung_up, (), patient, hasty) = tokio::join!(first, finish, together(&mut patient), joined(short));
        assert!(hung_up.is_err());
        assert!(patient.iter().all(|outcome| outcome.as_deref() == Ok("ann")), "{patient:?}");
        assert_eq!(hasty.unwrap_err().code, ProblemCode::SignInTimedOut);
        assert!(!sign_ins.is_under_way(&fixture.context.name), "its place is free");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_typed_takes_the_place_of_a_sign_in_that_waits_and_time_and_cancel_end_one() {
        let fixture = fixture();
        let (sign_ins, waits) = (SignIns::new(Arc::clone(&fixture.context.services)), Waits::default());
        let (nothing, typed) = (TypedSecrets::none(), TypedSecrets::none().and("code", "123456".into()));
        let show = |_: &SignInAsk| true;
        let first = sign_ins.sign_in(&fixture.context, &waits, asked(&nothing, &show));
        let second = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            sign_ins.sign_in(&fixture.context, &waits, asked(&typed, &show)).await
        };
        let (first, second) = tokio::join!(first, second);
        assert_eq!((first.unwrap_err().code, second.as_deref()), (ProblemCode::SignInCancelled, Ok("typed")));

        let problem = sign_ins.sign_in(&fixture.context, &waits, asked(&nothing, &show)).await.unwrap_err();
        assert_eq!(problem.code, ProblemCode::SignInTimedOut);
        assert!(problem.message.contains("ann"), "{problem:?}");

        let cancel = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            sign_ins.cancel(&fixture.context.name)
        };
        let (ended, cancelled) =
            tokio::join!(sign_ins.sign_in(&fixture.context, &waits, asked(&nothing, &show)), cancel);
        assert!(cancelled && ended.unwrap_err().code == ProblemCode::SignInCancelled);
    }
}
