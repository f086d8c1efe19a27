//! The questions that wait for the person, and the answers in force. Without its own clock or I/O.

use chrono::{DateTime, TimeDelta, Utc};
use daypass_core::consent::{
    ConsentAnswer, ConsentGiven, ConsentHolds, ConsentQuestion, ConsentRole, Consents, answers_to,
};
use daypass_core::history::TakenBy;
use daypass_core::program::Program;
use daypass_core::settings::AskWhen;
use tokio::sync::watch;

/// How long a question waits for the person after a program asked it last.
pub(in crate::broker) const WAITS: TimeDelta = TimeDelta::minutes(2);

/// How long a refusal is given again without a question: tools repeat what failed.
const REFUSES: TimeDelta = TimeDelta::minutes(1);

/// So many questions wait at once, and so many processes for one.
const MOST_QUESTIONS: usize = 50;
const MOST_PROCESSES: usize = 200;

/// A program that wants a role's credentials.
#[derive(Debug, Clone)]
pub(in crate::broker) struct Wanted {
    pub(in crate::broker) program: Program,
    pub(in crate::broker) folder: Option<String>,
    pub(in crate::broker) by: TakenBy,
    pub(in crate::broker) consumer: Option<String>,
    pub(in crate::broker) role: ConsentRole,
    pub(in crate::broker) ask: AskWhen,
    pub(in crate::broker) can_be_read_only: bool,
}

/// Hears the answer. The question is over without one when this is closed.
pub(in crate::broker) type Answer = watch::Receiver<Option<ConsentAnswer>>;

/// All of them.
#[derive(Debug, Default)]
pub(in crate::broker) struct Book {
    questions: Vec<Waiting>,
    given: Vec<Held>,
    last_id: u32,
}

#[derive(Debug)]
struct Waiting {
    question: ConsentQuestion,
    processes: Vec<Program>,
    tell: watch::Sender<Option<ConsentAnswer>>,
}

#[derive(Debug)]
struct Held {
    given: ConsentGiven,
    /// The processes that it is about, if it is about them only.
    processes: Vec<Program>,
}

impl Book {
    /// The answers that held when an agent ended.
    pub(in crate::broker) fn with(given: Vec<ConsentGiven>) -> Self {
        let last_id = given.iter().map(|one| one.id).max().unwrap_or_default();
        let given = given.into_iter().map(|given| Held { given, processes: Vec::new() }).collect();
        Self { questions: Vec::new(), given, last_id }
    }

    /// What the person said before, if that holds for this program.
    pub(in crate::broker) fn answer_to(&self, wanted: &Wanted, now: DateTime<Utc>) -> Option<ConsentAnswer> {
        let holds = |held: &&Held| {
            is_about(&held.given.program, &wanted.program)
                && held.given.role.id == wanted.role.id
                && match held.given.holds {
                    ConsentHolds::Process => held.processes.iter().any(|process| process.is_process(&wanted.program)),
                    ConsentHolds::Until { at } => now < at,
                    ConsentHolds::Session => wanted.ask < AskWhen::Always,
                    ConsentHolds::UntilRevoked => wanted.ask < AskWhen::PerSession,
                }
        };
        // The last one counts: the person may have changed their mind.
        self.given.iter().rev().find(holds).map(|held| held.given.answer)
    }

    /// Joins the question about this program and role, or begins one. `None` if too many wait. Says whether it is new.
    pub(in crate::broker) fn ask(&mut self, wanted: &Wanted, now: DateTime<Utc>) -> Option<(u32, Answer, bool)> {
        let is_it = |waiting: &&mut Waiting| {
            is_about(&waiting.question.program, &wanted.program) && waiting.question.role.id == wanted.role.id
        };
        if let Some(waiting) = self.questions.iter_mut().find(is_it) {
            waiting.question.until = now + WAITS;
            let is_known = waiting.processes.iter().any(|process| process.is_process(&wanted.program));
            if !is_known && waiting.processes.len() < MOST_PROCESSES {
                waiting.processes.push(wanted.program.clone());
                waiting.question.processes += 1;
            }
            return Some((waiting.question.id, waiting.tell.subscribe(), !is_known));
        }
        if self.questions.len() >= MOST_QUESTIONS {
            return None;
        }
        self.last_id += 1;
        let (tell, answer) = watch::channel(None);
        let Wanted { program, folder, by, consumer, role, ask, can_be_read_only } = wanted.clone();
        let question = ConsentQuestion {
            id: self.last_id,
            at: now,
            until: now + WAITS,
            program: program.clone(),
            folder,
            by,
            consumer,
            role,
            ask,
            can_be_read_only,
            processes: 1,
        };
        self.questions.push(Waiting { question, processes: vec![program], tell });
        Some((self.last_id, answer, true))
    }

    /// The question with this number.
    pub(in crate::broker) fn question(&self, id: u32) -> Option<&ConsentQuestion> {
        self.questions.iter().map(|waiting| &waiting.question).find(|question| question.id == id)
    }

    /// The person answered. `None` for a question that is over, and for an answer that it doesn't have.
    pub(in crate::broker) fn answer(
        &mut self,
        id: u32,
        answer: ConsentAnswer,
        now: DateTime<Utc>,
    ) -> Option<ConsentGiven> {
        let at = self.questions.iter().position(|waiting| waiting.question.id == id)?;
        if !answers_to(&self.questions[at].question).contains(&answer) {
            return None;
        }
        let Waiting { question, processes, tell } = self.questions.remove(at);
        let lasting = match question.ask {
            AskWhen::FirstUse => ConsentHolds::UntilRevoked,
            AskWhen::PerSession => ConsentHolds::Session,
            AskWhen::Never | AskWhen::Always => ConsentHolds::Process,
        };
        let holds = match answer {
            ConsentAnswer::Once => ConsentHolds::Process,
            ConsentAnswer::Program | ConsentAnswer::ReadOnly => lasting,
            ConsentAnswer::No => ConsentHolds::Until { at: now + REFUSES },
        };
        let given = ConsentGiven {
            id,
            at: now,
            program: question.program,
            role: question.role,
            by: question.by,
            answer,
            holds,
        };
        self.given.push(Held { given: given.clone(), processes });
        let _ = tell.send(Some(answer));
        Some(given)
    }

    /// Takes out the questions that were not answered in time, and what holds no more.
    pub(in crate::broker) fn expire(
        &mut self,
        now: DateTime<Utc>,
        is_running: impl Fn(&Program) -> bool,
    ) -> Vec<ConsentQuestion> {
        let mut over = Vec::new();
        self.questions.retain(|waiting| {
            let is_over = waiting.question.until <= now;
            if is_over {
                over.push(waiting.question.clone());
            }
            !is_over
        });
        self.given.retain_mut(|held| match held.given.holds {
            ConsentHolds::Until { at } => now < at,
            ConsentHolds::Process => {
                held.processes.retain(&is_running);
                !held.processes.is_empty()
            }
            ConsentHolds::Session | ConsentHolds::UntilRevoked => true,
        });
        over
    }

    /// The role's session ended.
    pub(in crate::broker) fn end_session(&mut self, role_id: &str) -> bool {
        let before = self.given.len();
        self.given.retain(|held| held.given.holds != ConsentHolds::Session || held.given.role.id != role_id);
        before != self.given.len()
    }

    /// Takes back one answer, or all.
    pub(in crate::broker) fn revoke(&mut self, id: Option<u32>) -> Vec<ConsentGiven> {
        let mut taken_back = Vec::new();
        self.given.retain(|held| {
            let is_it = id.is_none_or(|id| held.given.id == id);
            if is_it {
                taken_back.push(held.given.clone());
            }
            !is_it
        });
        taken_back
    }

    /// The answers that hold when this agent ends.
    pub(in crate::broker) fn lasting(&self) -> Vec<ConsentGiven> {
        let given = self.given.iter().map(|held| &held.given);
        given.filter(|given| given.holds == ConsentHolds::UntilRevoked).cloned().collect()
    }

    /// Everything, for the person.
    pub(in crate::broker) fn all(&self) -> Consents {
        Consents {
            questions: self.questions.iter().map(|waiting| waiting.question.clone()).collect(),
            given: self.given.iter().map(|held| held.given.clone()).collect(),
        }
    }
}

/// Whether an answer about one program is one about the other: the same executable, started by the same ones, in the
/// same container. The folder may be another.
fn is_about(one: &Program, other: &Program) -> bool {
    let key = |program: &Program| Program { folder: None, ..program.as_started_again() };
    key(one) == key(other)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use daypass_core::program::ParentProgram;

    use super::*;

    fn program(process: u32, executable: &str, parents: &[&str]) -> Program {
        let parent = |name: &&str| ParentProgram { name: (*name).to_owned(), ..ParentProgram::default() };
        Program {
            name: executable.rsplit('/').next().unwrap().to_owned(),
            process,
            started: Some(u64::from(process)),
            executable: Some(executable.to_owned()),
            parents: parents.iter().map(parent).collect(),
            folder: Some(format!("/srv/{process}")),
            ..Program::default()
        }
    }

    fn wanted(process: u32, ask: AskWhen) -> Wanted {
        Wanted {
            program: program(process, "/usr/bin/aws", &["zsh", "konsole"]),
            folder: None,
            by: TakenBy::Process,
            consumer: None,
            role: ConsentRole {
                id: "work:arn:aws:iam::123456789012:role/Admin".to_owned(),
                arn: "arn:aws:iam::123456789012:role/Admin".parse().unwrap(),
                account: "123456789012".parse().unwrap(),
                account_name: None,
                production: true,
                profile: "prod".parse().unwrap(),
            },
            ask,
            can_be_read_only: true,
        }
    }

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    fn answered(ask: AskWhen, answer: ConsentAnswer) -> Book {
        let mut book = Book::default();
        let (id, heard, _) = book.ask(&wanted(1, ask), now()).unwrap();
        assert!(book.answer(id, answer, now()).is_some(), "{ask} {answer:?}");
        assert_eq!(*heard.borrow(), Some(answer));
        book
    }

    #[test]
    fn a_flood_is_one_question() {
        let mut book = Book::default();
        let asked: Vec<_> =
            (1..=50).map(|process| book.ask(&wanted(process, AskWhen::PerSession), now()).unwrap()).collect();
        assert_eq!(book.all().questions.len(), 1);
        assert_eq!(book.all().questions[0].processes, 50);
        book.answer(asked[0].0, ConsentAnswer::Once, now()).unwrap();
        assert!(asked.iter().all(|(_, heard, _)| *heard.borrow() == Some(ConsentAnswer::Once)));
        let answer = |process| book.answer_to(&wanted(process, AskWhen::PerSession), now());
        assert_eq!((answer(50), answer(51)), (Some(ConsentAnswer::Once), None));
    }

    #[test]
    fn an_answer_is_about_the_program_as_it_was_started() {
        let book = answered(AskWhen::FirstUse, ConsentAnswer::Program);
        let answer = |program: Program| book.answer_to(&Wanted { program, ..wanted(9, AskWhen::FirstUse) }, now());
        assert_eq!(answer(program(9, "/usr/bin/aws", &["zsh", "konsole"])), Some(ConsentAnswer::Program));
        assert_eq!(answer(program(9, "/tmp/aws", &["zsh", "konsole"])), None);
        assert_eq!(answer(program(9, "/usr/bin/aws", &["node", "zsh", "konsole"])), None);
        let inside =
            Program { container: Some("docker 3f".to_owned()), ..program(9, "/usr/bin/aws", &["zsh", "konsole"]) };
        assert_eq!(answer(inside), None);
        let mut other = wanted(9, AskWhen::FirstUse);
        other.role.id = "work:arn:aws:iam::123456789012:role/Other".to_owned();
        assert_eq!(book.answer_to(&other, now()), None);
    }

    #[test]
    fn an_answer_holds_as_long_as_the_setting_says() {
        let holds = |ask, answer| answered(ask, answer).all().given[0].holds;
        assert_eq!(holds(AskWhen::FirstUse, ConsentAnswer::Program), ConsentHolds::UntilRevoked);
        assert_eq!(holds(AskWhen::PerSession, ConsentAnswer::ReadOnly), ConsentHolds::Session);
        assert_eq!(holds(AskWhen::Always, ConsentAnswer::ReadOnly), ConsentHolds::Process);
        // A stricter setting asks again.
        let book = answered(AskWhen::FirstUse, ConsentAnswer::Program);
        let answer = |ask| book.answer_to(&wanted(2, ask), now());
        assert_eq!(answer(AskWhen::FirstUse), Some(ConsentAnswer::Program));
        assert_eq!((answer(AskWhen::PerSession), answer(AskWhen::Always)), (None, None));
        let mut book = answered(AskWhen::PerSession, ConsentAnswer::Program);
        assert!(!book.end_session("work:arn:aws:iam::123456789012:role/Other"));
        assert!(book.end_session(&wanted(1, AskWhen::PerSession).role.id));
        assert_eq!(book.answer_to(&wanted(1, AskWhen::PerSession), now()), None);
    }

    #[test]
    fn what_isnt_offered_isnt_an_answer() {
        let mut book = Book::default();
        let plain = Wanted { can_be_read_only: false, ..wanted(1, AskWhen::Always) };
        let (id, ..) = book.ask(&plain, now()).unwrap();
        assert_eq!(book.answer(id, ConsentAnswer::Program, now()), None);
        assert_eq!(book.answer(id, ConsentAnswer::ReadOnly, now()), None);
        assert_eq!(book.answer(id + 1, ConsentAnswer::Once, now()), None);
        assert!(book.answer(id, ConsentAnswer::Once, now()).is_some());
    }

    #[test]
    fn a_refusal_holds_a_minute_and_a_question_two() {
        let mut book = answered(AskWhen::FirstUse, ConsentAnswer::No);
        let answer = |book: &Book, after| book.answer_to(&wanted(2, AskWhen::FirstUse), now() + after);
        assert_eq!(answer(&book, TimeDelta::seconds(59)), Some(ConsentAnswer::No));
        assert_eq!(answer(&book, REFUSES), None);
        let (_, heard, _) = book.ask(&wanted(2, AskWhen::FirstUse), now()).unwrap();
        assert!(book.expire(now() + WAITS - TimeDelta::seconds(1), |_| true).is_empty());
        assert_eq!(book.expire(now() + WAITS, |_| true).len(), 1);
        assert!(heard.has_changed().is_err(), "the program that waits hears that it is over");
        assert!(book.all().given.is_empty());
    }

    #[test]
    fn once_ends_with_the_process() {
        let mut book = answered(AskWhen::Always, ConsentAnswer::Once);
        book.expire(now(), |_| true);
        assert_eq!(book.all().given.len(), 1);
        book.expire(now(), |_| false);
        assert!(book.all().given.is_empty());
    }

    #[test]
    fn answers_are_taken_back_and_kept() {
        let mut book = answered(AskWhen::FirstUse, ConsentAnswer::Program);
        let kept = book.lasting();
        assert_eq!(kept.len(), 1);
        let again = Book::with(kept);
        assert_eq!(again.answer_to(&wanted(7, AskWhen::FirstUse), now()), Some(ConsentAnswer::Program));
        assert_eq!(book.revoke(Some(99)).len(), 0);
        assert_eq!(book.revoke(None).len(), 1);
        assert_eq!(book.answer_to(&wanted(1, AskWhen::FirstUse), now()), None);
    }

    #[test]
    fn so_many_questions_wait_and_no_more() {
        let mut book = Book::default();
        for number in 0..MOST_QUESTIONS {
            let program = program(1, &format!("/tmp/{number}"), &[]);
            assert!(book.ask(&Wanted { program, ..wanted(1, AskWhen::Always) }, now()).is_some());
        }
        let one_more = Wanted { program: program(1, "/tmp/more", &[]), ..wanted(1, AskWhen::Always) };
        assert!(book.ask(&one_more, now()).is_none());
    }
}
