//! What the timeline gets: events, who took credentials, exports, and whether the log is complete.

use std::path::Path;
use std::sync::Arc;

use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::event::Event;
use daypass_core::history::{
    AuditEvent, History, HistoryAsked, HistoryChain, HistoryEvent, HistoryFormat, LastUse, TakenBy, Taker,
};
use daypass_core::names::{IdentityName, ProfileName};
use daypass_core::problem::ProblemCode;
use daypass_core::program::Program;
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::{IamUserSettings, IdentitySettings};
use daypass_vault::VaultError;
use tempfile::TempDir;

use crate::broker::Broker;
use crate::rehearsal;
use crate::requests::ChangeSession;

const ROLE: &str = "arn:aws:iam::123456789012:role/Dev";

/// An identity, another name for it (which is a line of the log), and a session of a role.
async fn used() -> (TempDir, Broker) {
    let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
    let settings = IdentitySettings::IamUser(IamUserSettings::default());
    let key = TypedSecrets::none()
        .and("access_key_id", "AKIAIOSFODNN7EXAMPLE".to_owned().into())
        .and("secret_access_key", "PLANTED".to_owned().into());
    broker.put_identity(&"ann".parse().unwrap(), &settings, &key, true).unwrap();
    let session = format!(
        "{{\"wish\":{{\"profile\":\"dev\",\"also\":[\"second\"],\"role\":\"{ROLE}\",\"identity\":\"ann\",\"region\":null,\
         \"delivery\":\"process\"}},\"credentials\":null,\"renewals\":3}}"
    );
    let sets = |entries: &mut daypass_vault::Entries| {
        entries.set("session/dev", session.clone());
        Ok::<_, VaultError>(())
    };
    broker.vault().update(sets).unwrap();
    broker.rename_identity(&"ann".parse().unwrap(), &"work".parse().unwrap()).await.unwrap();
    assert_eq!(broker.snapshot().sessions.len(), 1);
    (home, broker)
}

fn events(broker: &Broker, kinds: &[AuditEvent]) -> History {
    broker.history(HistoryAsked { kinds: kinds.to_vec(), ..HistoryAsked::default() }).unwrap()
}

fn by(by: TakenBy, program: &str) -> Taker {
    let details = Program { name: program.to_owned(), ..Program::default() };
    Taker::new(by, Some(details), None)
}

#[tokio::test]
async fn who_took_credentials_is_told_and_written_down_once_for_each_program_and_key() {
    let (_home, broker) = used().await;
    let profile = |name: &str| name.parse::<ProfileName>().unwrap();
    broker.note_taken(&profile("dev"), by(TakenBy::Process, "aws"));
    assert!(broker.last_uses().is_empty(), "a command that ends at once writes nothing");

    let mut heard = broker.subscribe();
    let takes = async {
        tokio::task::yield_now().await;
        for _ in 0..3 {
            broker.note_taken(&profile("dev"), by(TakenBy::Process, "terraform"));
        }
        broker.note_taken(&profile("second"), by(TakenBy::Endpoint, "py\u{1b}thon"));
        broker.note_taken(&profile("nowhere"), by(TakenBy::Process, "aws"));
        let uses = broker.last_uses();
        assert_eq!(uses.len(), 1);
        let LastUse { profile, role_id, taker, .. } = &uses[0];
        assert_eq!((profile.as_str(), role_id.as_str()), ("dev", format!("work:{ROLE}").as_str()));
        assert_eq!(*taker, by(TakenBy::Endpoint, "py\u{1b}thon"));
        assert_eq!(taker.program.as_deref(), Some("py\\u{1b}thon"));
        while events(&broker, &[AuditEvent::CredentialsTaken]).events.len() < 2 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        () = broker.keep() => unreachable!("it goes on"),
        () = takes => {}
    }
    let written = events(&broker, &[AuditEvent::CredentialsTaken]).events;
    let mut takers: Vec<_> = written.into_iter().filter_map(|event| event.taker).collect();
    takers.sort_by(|a, b| a.program.cmp(&b.program));
    assert_eq!(takers, [by(TakenBy::Endpoint, "py\u{1b}thon"), by(TakenBy::Process, "terraform")]);
    let told =
        std::iter::from_fn(|| heard.try_recv().ok()).filter(|event| matches!(event, Event::CredentialsTaken { .. }));
    assert_eq!(told.count(), 2, "the same program is reported from time to time");
}

#[tokio::test]
async fn events_say_what_the_lines_say_and_a_role_has_a_whole_name() {
    let (_home, broker) = used().await;
    let found = events(&broker, &[AuditEvent::IdentityRenamed]).events;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].identity.as_ref().unwrap().as_str(), found[0].former_name.as_ref().unwrap().as_str()),
        ("work", "ann")
    );
    let wrong = HistoryAsked { role: Some("Dev".to_owned()), ..HistoryAsked::default() };
    assert_eq!(broker.history(wrong).unwrap_err().code, ProblemCode::UnknownRole);
    let one = HistoryAsked { role: Some(format!("work:{ROLE}")), limit: Some(0), ..HistoryAsked::default() };
    assert!(broker.history(one).unwrap().events.is_empty());
}

#[tokio::test]
async fn events_under_an_earlier_name_belong_to_the_renamed_identity() {
    let (_home, broker) = used().await;
    let name = |name: &str| name.parse::<IdentityName>().unwrap();
    broker.rename_identity(&name("work"), &name("corp")).await.unwrap();
    let found = broker.history(HistoryAsked::default()).unwrap().events;
    let names = |event: &HistoryEvent| {
        [&event.former_name, &event.identity, &event.identity_now].map(|it| it.as_ref().unwrap().to_string())
    };
    assert_eq!(names(&found[0]), ["work", "corp", "corp"]);
    assert_eq!(names(&found[1]), ["ann", "work", "corp"]);
}

#[tokio::test]
async fn who_took_credentials_is_known_after_a_rename() {
    let (_home, broker) = used().await;
    let name = |name: &str| name.parse::<IdentityName>().unwrap();
    let takes = async {
        tokio::task::yield_now().await;
        broker.note_taken(&"dev".parse().unwrap(), by(TakenBy::Process, "terraform"));
        let mut heard = broker.subscribe();
        let change =
            ChangeSession { rename: Some("shop".parse().unwrap()), ..ChangeSession::of("dev".parse().unwrap()) };
        broker.change_session(&change).await.unwrap();
        broker.rename_identity(&name("work"), &name("corp")).await.unwrap();
        let told = std::iter::from_fn(|| heard.try_recv().ok()).filter_map(|event| match event {
            Event::CredentialsTaken { taken } => Some((taken.profile.to_string(), taken.role_id)),
            _ => None,
        });
        let renamed = |identity: &str| ("shop".to_owned(), format!("{identity}:{ROLE}"));
        assert_eq!(told.collect::<Vec<_>>(), [renamed("work"), renamed("corp")]);
        // Sessions learn the identity's new name from the vault, as the window has them do after a rename.
        assert_eq!(broker.snapshot().sessions.len(), 1);
        let uses = broker.last_uses();
        assert_eq!((uses.len(), uses[0].profile.as_str(), &uses[0].role_id), (1, "shop", &renamed("corp").1));
    };
    tokio::select! {
        () = broker.keep() => unreachable!("it goes on"),
        () = takes => {}
    }
}

#[tokio::test]
async fn an_export_takes_no_name_that_a_file_has() {
    let (home, broker) = used().await;
    let folder = home.path().join("Downloads");
    let export = |format| broker.export_history(HistoryAsked::default(), format, &folder).unwrap();
    let (first, second) = (export(HistoryFormat::Csv), export(HistoryFormat::Csv));
    assert_eq!((first.lines, second.lines), (1, 1));
    assert!(first.file.ends_with(".csv") && second.file.ends_with(" (2).csv"), "{first:?} {second:?}");
    assert!(std::fs::read_to_string(&first.file).unwrap().contains("identity-renamed"));
    let lines = std::fs::read_to_string(export(HistoryFormat::Jsonl).file).unwrap();
    assert_eq!(lines, std::fs::read_to_string(&broker.surroundings().places.audit_log).unwrap());
    #[cfg(unix)]
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&Path::new(&first.file).metadata().unwrap().permissions()) & 0o777,
        0o600
    );
}

#[tokio::test]
async fn a_changed_log_is_broken_and_says_where() {
    let (_home, broker) = used().await;
    broker.rename_identity(&"work".parse().unwrap(), &"ann".parse().unwrap()).await.unwrap();
    assert!(matches!(broker.check_history(), HistoryChain::Intact { lines: 2, removed: 0, .. }));
    let log: &Path = &broker.surroundings().places.audit_log;
    let text = std::fs::read_to_string(log).unwrap();
    std::fs::write(log, text.replacen("work", "twrk", 1)).unwrap();
    let HistoryChain::Broken { problem } = broker.check_history() else { panic!("{:?}", broker.check_history()) };
    assert_eq!(problem.code, ProblemCode::AuditBroken);
    assert!(problem.message.contains("line 2"), "{problem:?}");
}
