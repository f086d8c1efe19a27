//! Asks the person before a program gets a role's credentials, where the settings say so. The question is an entry of
//! this agent's book; the window and `daypass consent` show it and bring the answer.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::account::LabelAccounts as _;
use daypass_core::consent::{ConsentAnswer, ConsentGiven, ConsentQuestion, ConsentRole, Consents};
use daypass_core::event::{Event, SessionChange};
use daypass_core::history::{TakenBy, Taker};
use daypass_core::names::ProfileName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::program::Program;
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::AskWhen;
use daypass_core::view::{RoleView, role_id};
use secrecy::ExposeSecret as _;

use super::bounds::{asks, can_be_read_only};
use super::consent_book::{Answer, Answerer, Book, WAITS, Wanted, check_answerer};
use super::door::Broker;

/// The entry of the vault with the answers that hold until they are taken back.
const ENTRY: &str = "consent/given";

/// Whether, and which, credentials a program may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// The settings don't have Daypass ask.
    Unasked,
    /// The person allows it.
    Allowed,
    /// The person allows it to read.
    ReadOnly,
}

/// A program that wants credentials, and how long it waits for the person.
pub(super) struct Asking {
    pub(super) by: TakenBy,
    pub(super) program: Option<Program>,
    pub(super) consumer: Option<String>,
    pub(super) patience: Option<Duration>,
}

impl Broker {
    /// Whether a program may have the credentials of a profile's session. Waits for the person, two minutes at most.
    ///
    /// # Errors
    ///
    /// `consent-refused`, `consent-waits`, `consent-program-unknown`, `consent-needs-agent`.
    pub(super) async fn may_have(&self, profile: &ProfileName, asking: Asking) -> Result<Access, Problem> {
        let Some(request) = self.0.sessions.request(profile) else { return Ok(Access::Unasked) };
        let config = self.config();
        let ask = asks(&self.0.policy, &config, &request.identity, &request.role)?;
        if ask == AskWhen::Never {
            return Ok(Access::Unasked);
        }
        let can_be_read_only = !request.terms.read_only && can_be_read_only(&config, &request);
        self.decide(self.role_of_request(&request), ask, can_be_read_only, asking).await
    }

    /// The same for a role's console, which can't be narrowed by an answer.
    ///
    /// # Errors
    ///
    /// As [`Broker::may_have`].
    pub(super) async fn may_open_console(&self, role: &RoleView, program: Option<Program>) -> Result<(), Problem> {
        let ask = asks(&self.0.policy, &self.config(), &role.identity, &role.arn)?;
        if ask == AskWhen::Never {
            return Ok(());
        }
        let about = ConsentRole {
            id: role.id.clone(),
            arn: role.arn.clone(),
            account: role.account.clone(),
            account_name: role.account_name.clone(),
            production: role.production,
            profile: role.profile.clone(),
        };
        let asking = Asking { by: TakenBy::Console, program, consumer: None, patience: None };
        self.decide(about, ask, false, asking).await.map(drop)
    }

    /// What waits for the person, and what they said.
    #[must_use]
    pub fn consents(&self) -> Consents {
        self.expire_consents();
        let mut consents = self.book().as_ref().map(Book::all).unwrap_or_default();
        if self.book().is_none() {
            consents.given = self.kept_consents();
        }
        consents
    }

    /// Completes when there is a question, or another one than these.
    pub async fn consent_question(&self, known: &[u32]) -> Consents {
        loop {
            let rung = self.0.consent.bell.notified();
            tokio::pin!(rung);
            rung.as_mut().enable();
            let consents = self.consents();
            if consents.questions.iter().any(|question| !known.contains(&question.id)) {
                return consents;
            }
            rung.await;
        }
    }

    /// The person answered a question.
    ///
    /// # Errors
    ///
    /// `unknown-consent` for a question that is over, or that can't be answered like that; `consent-own-terminal` for an answer that
    /// the program itself may have given.
    pub fn answer_consent(&self, id: u32, answer: ConsentAnswer, by: &Answerer) -> Result<ConsentGiven, Problem> {
        self.expire_consents();
        let now = self.0.surroundings.clock.now();
        let (question, given) = {
            let mut book = self.book();
            let known = book.as_mut().ok_or_else(|| unknown(id))?;
            let question = known.question(id).cloned().ok_or_else(|| unknown(id))?;
            // A refusal does no harm, so it may come from anywhere.
            if answer != ConsentAnswer::No {
                check_answerer(&question.program, by)?;
            }
            let given = known.answer(id, answer, now).ok_or_else(|| unknown(id))?;
            (question, given)
        };
        let event = match answer {
            ConsentAnswer::Once | ConsentAnswer::Program | ConsentAnswer::ReadOnly => AuditEvent::ConsentGiven,
            ConsentAnswer::No => AuditEvent::ConsentRefused,
        };
        self.record_consent(event, Some(answer), &question);
        self.consents_changed();
        Ok(given)
    }

    /// Takes back an answer, or all of them. Programs that have credentials keep them until they end.
    ///
    /// # Errors
    ///
    /// `unknown-consent`; what the vault refuses.
    pub fn revoke_consents(&self, id: Option<u32>) -> Result<Vec<ConsentGiven>, Problem> {
        self.open_consents();
        let taken_back = self.book().as_mut().map(|book| book.revoke(id)).unwrap_or_default();
        if let (Some(id), true) = (id, taken_back.is_empty()) {
            return Err(unknown(id));
        }
        for given in &taken_back {
            self.0.audit.record(AuditLine {
                consent: Some(given.answer),
                ..self.consent_line(
                    AuditEvent::ConsentRevoked,
                    &given.role,
                    Taker::new(given.by, Some(given.program.clone()), None),
                )
            });
        }
        self.keep_consents()?;
        self.consents_changed();
        Ok(taken_back)
    }

    /// Follows what ends answers, for as long as it is polled.
    pub(super) async fn follow_sessions_of_consents(&self) {
        let mut events = self.subscribe();
        loop {
            use tokio::sync::broadcast::error::RecvError;
            let (change, session) = match events.recv().await {
                Ok(Event::SessionChanged { change, session }) => (change, session),
                Ok(_) | Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => return,
            };
            let is_over = matches!(change, SessionChange::Stopped | SessionChange::Expired);
            if is_over && self.book().as_mut().is_some_and(|book| book.end_session(&session.role_id)) {
                self.consents_changed();
            }
        }
    }

    async fn decide(
        &self,
        role: ConsentRole,
        ask: AskWhen,
        can_be_read_only: bool,
        asking: Asking,
    ) -> Result<Access, Problem> {
        let Asking { by, program, consumer, patience } = asking;
        if !self.0.takings.keeps() {
            return Err(needs_agent(&role));
        }
        let Some(program) = program.filter(|program| program.started.is_some()) else {
            return Err(unknown_program(&role));
        };
        let taker = Taker::new(by, Some(program), consumer);
        let Taker { details: Some(program), consumer, .. } = taker.clone() else { return Err(unknown_program(&role)) };
        let folder = self.shown_folder(&taker);
        let wanted = Wanted { program, folder, by, consumer, role, ask, can_be_read_only };
        self.open_consents();
        if let Some(answer) = self.said_before(&wanted) {
            return access(answer, &wanted);
        }
        let heard = self.ask_person(&wanted)?;
        let longest = WAITS.to_std().unwrap_or_default();
        let heard = tokio::time::timeout(patience.unwrap_or(longest).min(longest), answered(heard)).await;
        match heard.ok().flatten() {
            Some(answer) => access(answer, &wanted),
            None => Err(waits(&wanted)),
        }
    }

    fn said_before(&self, wanted: &Wanted) -> Option<ConsentAnswer> {
        self.expire_consents();
        let now = self.0.surroundings.clock.now();
        self.book().as_ref()?.answer_to(wanted, now)
    }

    fn ask_person(&self, wanted: &Wanted) -> Result<Answer, Problem> {
        let now = self.0.surroundings.clock.now();
        let asked = self.book().as_mut().and_then(|book| book.ask(wanted, now));
        let Some((id, heard, is_news)) = asked else { return Err(waits(wanted)) };
        if is_news {
            self.consents_changed();
            let broker = self.clone();
            tokio::spawn(async move { broker.end_question(id).await });
        }
        Ok(heard)
    }

    /// Takes a question out when it has waited long enough.
    async fn end_question(&self, id: u32) {
        loop {
            let until = self.book().as_ref().and_then(|book| Some(book.question(id)?.until));
            let Some(until) = until else { return };
            let left = (until - self.0.surroundings.clock.now()).to_std().unwrap_or_default();
            if left.is_zero() {
                return self.expire_consents();
            }
            tokio::time::sleep(left.min(Duration::from_secs(5))).await;
        }
    }

    fn expire_consents(&self) {
        let now = self.0.surroundings.clock.now();
        let over = self.book().as_mut().map(|book| book.expire(now, daypass_peer::is_running)).unwrap_or_default();
        for question in &over {
            self.record_consent(AuditEvent::ConsentRefused, None, question);
        }
        if !over.is_empty() {
            self.consents_changed();
        }
    }

    fn consents_changed(&self) {
        if let Err(problem) = self.keep_consents() {
            tracing::warn!(code = %problem.code, "answers to questions of programs aren't kept");
        }
        self.0.consent.bell.notify_waiters();
        let _ = self.0.events.send(Event::ConsentsChanged);
    }

    fn record_consent(&self, event: AuditEvent, answer: Option<ConsentAnswer>, question: &ConsentQuestion) {
        let taker = Taker::new(question.by, Some(question.program.clone()), question.consumer.clone());
        let unanswered = answer.is_none().then(|| ProblemCode::ConsentWaits.to_string());
        let line =
            AuditLine { consent: answer, problem: unanswered, ..self.consent_line(event, &question.role, taker) };
        let audit = self.0.audit.clone();
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(move || audit.record(line))),
            Err(_) => audit.record(line),
        }
    }

    fn consent_line(&self, event: AuditEvent, role: &ConsentRole, taker: Taker) -> AuditLine {
        AuditLine {
            identity: role.id.split_once(':').and_then(|(identity, _)| identity.parse().ok()),
            profile: Some(role.profile.clone()),
            role: Some(role.arn.clone()),
            taker: Some(taker),
            ..AuditLine::new(self.0.surroundings.clock.now(), event)
        }
    }

    fn role_of_request(&self, request: &SessionRequest) -> ConsentRole {
        let account = request.role.account().clone();
        let label = self.0.accounts.label(&account);
        ConsentRole {
            id: role_id(&request.identity, &request.role),
            arn: request.role.clone(),
            account,
            account_name: label.name,
            production: label.production,
            profile: request.profile.clone(),
        }
    }

    /// Reads the answers that were kept, once.
    fn open_consents(&self) {
        let mut book = self.book();
        if book.is_none() {
            *book = Some(Book::with(self.kept_consents()));
        }
    }

    fn kept_consents(&self) -> Vec<ConsentGiven> {
        let Ok(entries) = self.0.vault.read() else { return Vec::new() };
        entries.get(ENTRY).and_then(|text| serde_json::from_str(text.expose_secret()).ok()).unwrap_or_default()
    }

    fn keep_consents(&self) -> Result<(), Problem> {
        let Some(lasting) = self.book().as_ref().map(Book::lasting) else { return Ok(()) };
        if lasting == self.kept_consents() {
            return Ok(());
        }
        let text = serde_json::to_string(&lasting).unwrap_or_default();
        self.0.vault.update(|entries| {
            entries.set(ENTRY, text.clone());
            Ok::<_, Problem>(())
        })
    }

    fn book(&self) -> MutexGuard<'_, Option<Book>> {
        self.0.consent.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer. `None` if the question is over without one.
async fn answered(mut heard: Answer) -> Option<ConsentAnswer> {
    heard.wait_for(Option::is_some).await.ok().and_then(|answer| *answer)
}

fn access(answer: ConsentAnswer, wanted: &Wanted) -> Result<Access, Problem> {
    match answer {
        ConsentAnswer::Once | ConsentAnswer::Program => Ok(Access::Allowed),
        ConsentAnswer::ReadOnly => Ok(Access::ReadOnly),
        ConsentAnswer::No => {
            let message =
                format!("you didn't let {} have the credentials of {}", wanted.program.words(), wanted.role.words());
            Err(Problem::new(ProblemKind::Refused, ProblemCode::ConsentRefused, message)
                .hint("Daypass asks you again after a minute. To revoke the answer now: daypass consent list"))
        }
    }
}

fn waits(wanted: &Wanted) -> Problem {
    let message = format!(
        "Daypass asks you whether {} may have the credentials of {}, and you haven't answered",
        wanted.program.words(),
        wanted.role.words()
    );
    Problem::new(ProblemKind::Refused, ProblemCode::ConsentWaits, message)
        .hint("answer in Daypass's window, or in another terminal: daypass consent watch. Then try again")
}

fn needs_agent(role: &ConsentRole) -> Problem {
    let message = format!("Daypass asks you before a program gets the credentials of {}", role.words());
    Problem::new(ProblemKind::Refused, ProblemCode::ConsentNeedsAgent, message).hint(
        "start the desktop app, or run `daypass agent` and `daypass consent watch` in terminals, so Daypass can ask you",
    )
}

fn unknown_program(role: &ConsentRole) -> Problem {
    let message = format!(
        "Daypass asks you before a program gets the credentials of {}, but the system can't tell which program this is",
        role.words()
    );
    Problem::new(ProblemKind::Refused, ProblemCode::ConsentProgramUnknown, message)
        .hint("use another role, or set `ask = \"never\"` for this one")
}

fn unknown(id: u32) -> Problem {
    let message =
        format!("{id} isn't the number of an open question or a current answer, or you can't answer it like that");
    Problem::new(ProblemKind::NotFound, ProblemCode::UnknownConsent, message).hint("list them: daypass consent list")
}
