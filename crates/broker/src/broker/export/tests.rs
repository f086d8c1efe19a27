#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::path::Path;
use std::sync::Arc;

use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::problem::ProblemCode;
use daypass_core::secret::TypedSecrets;
use daypass_core::settings::{IamUserSettings, IdentitySettings};

use super::*;
use crate::rehearsal;

const SET_UP: &str = "\
# Of the whole team
[identity.org] # theirs
kind = \"oidc\"
issuer = \"https://idp.example\"
client_id = \"daypass\"

# Only for audits
[[role]]
arn = \"arn:aws:iam::111122223333:role/Audit\"
identity = \"org\"
duration = \"2h\" # as the policy says

[account.111122223333]
alias = \"shop\"

[settings]
region = \"eu-central-1\"
";

const KEY: [(&str, &str); 2] =
    [("access_key_id", "AKIAIOSFODNN7EXAMPLE"), ("secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")];

fn broker(config: &str) -> (tempfile::TempDir, Broker) {
    rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), config)
}

/// One with an identity whose access key is in the vault, and the set-up above.
fn full() -> (tempfile::TempDir, Broker) {
    let (home, broker) = broker(SET_UP);
    let secrets = KEY.into_iter().fold(TypedSecrets::none(), |all, (field, secret)| all.and(field, secret.into()));
    let settings = IdentitySettings::IamUser(IamUserSettings::default());
    broker.put_identity(&"ann".parse().unwrap(), &settings, &secrets, true).unwrap();
    (home, broker)
}

fn read(text: &str, passphrase: Option<&str>) -> Result<Export, Problem> {
    Export::read(text.as_bytes(), passphrase.map(Into::into), Path::new("export"))
}

fn standings(plan: &RestorePlan) -> Vec<(String, Standing)> {
    plan.items.iter().map(|item| (format!("{} {}", item.what, item.name), item.standing)).collect()
}

fn code<T: std::fmt::Debug>(outcome: Result<T, Problem>) -> ProblemCode {
    outcome.unwrap_err().code
}

#[test]
fn a_set_up_with_its_secrets_comes_back_on_another_machine_and_a_second_time_changes_nothing() {
    let (_there, from) = full();
    let sealed = from.export_with_secrets("correct horse".into()).unwrap();
    assert_eq!(sealed.secrets, 2);
    assert!(!sealed.text.contains("AKIA") && sealed.text.starts_with("-----BEGIN AGE"));
    assert_eq!(code(read(&sealed.text, Some("wrong"))), ProblemCode::PassphraseWrong);
    let export = read(&sealed.text, Some("correct horse")).unwrap();

    let (home, to) = broker("");
    let plan = to.plan_restore(&export, false).unwrap();
    assert!(plan.items.iter().any(|item| item.name == "vault.key" && item.standing == Standing::LeftOut));
    assert!(plan.items.iter().all(|item| item.name == "vault.key" || item.standing == Standing::New), "{plan:?}");
    assert_eq!(plan.items.len(), 8);
    let restored = to.restore(&export, false).unwrap();
    assert!(restored.changed);
    assert_eq!(restored.backups.len(), 1, "the file was there");
    let text = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
    for kept in ["# Of the whole team", "# theirs", "# Only for audits", "# as the policy says", "alias = \"shop\""] {
        assert!(text.contains(kept), "{kept}: {text}");
    }
    assert!(text.contains(&format!("file:{}", home.path().join("vault.key").display())), "its own key: {text}");
    let here = to.good_config().unwrap();
    let there = from.good_config().unwrap();
    assert_eq!((&here.identities, &here.roles), (&there.identities, &there.roles));
    assert_eq!((&here.accounts, &here.region), (&there.accounts, &there.region));
    let kept = KeptSecret::all(&to.vault().read().unwrap());
    assert_eq!(kept.len(), 2);
    assert!(kept.iter().all(|secret| secret.sent_to.is_some()));

    let again = to.restore(&export, true).unwrap();
    assert!(!again.changed && again.backups.is_empty());
    assert_eq!(std::fs::read_to_string(home.path().join("config.toml")).unwrap(), text);
}

#[test]
fn what_differs_stays_unless_it_is_to_be_replaced() {
    let (_there, from) = full();
    let export = read(&from.export_with_secrets("p".into()).unwrap().text, Some("p")).unwrap();
    let (home, to) = broker(
        "[identity.ann]\nkind = \"profile\"\nprofile = \"mine\"\n# mine\n[account.111122223333]\nalias = \"other\"\n",
    );
    let before = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
    let plan = to.plan_restore(&export, false).unwrap();
    let differs: Vec<String> = standings(&plan)
        .into_iter()
        .filter(|(_, standing)| *standing == Standing::Differs)
        .map(|(name, _)| name)
        .collect();
    assert_eq!(
        differs,
        [
            "identity ann (iam-user)",
            "account 111122223333",
            "secret access_key_id of ann",
            "secret secret_access_key of ann"
        ],
        "a secret doesn't go to another identity of the same name"
    );
    to.restore(&export, false).unwrap();
    assert!(KeptSecret::all(&to.vault().read().unwrap()).is_empty());
    let text = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
    assert!(before.lines().all(|line| text.contains(line)) && text.contains("[identity.org]"), "{text}");

    let restored = to.restore(&export, true).unwrap();
    assert!(restored.changed && restored.backups.len() == 1);
    let backup = std::fs::read_to_string(&restored.backups[0]).unwrap();
    assert_eq!(backup, text);
    assert_eq!(to.good_config().unwrap().identities, from.good_config().unwrap().identities);
    assert_eq!(KeptSecret::all(&to.vault().read().unwrap()).len(), 2);
    assert!(!to.restore(&export, true).unwrap().changed);
}

#[test]
fn into_an_empty_file_the_whole_text_is_copied_but_for_the_place_of_the_key() {
    let (_there, from) = broker(SET_UP);
    let export = read(&from.export().unwrap(), None).unwrap();
    let (home, to) = broker("");
    let file = home.path().join("config.toml");
    std::fs::write(&file, "").unwrap();
    to.restore(&export, false).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(SET_UP), "{text}");
    assert!(!text.contains("key ="), "{text}");
}

#[test]
fn what_is_no_export_is_refused_with_a_reason() {
    let (_there, from) = full();
    let sealed = from.export_with_secrets("p".into()).unwrap().text;
    let in_the_middle = sealed.len() / 2;
    let changed: String = sealed
        .char_indices()
        .map(|(at, c)| if at == in_the_middle { if c == 'A' { 'B' } else { 'A' } } else { c })
        .collect();
    for damaged in [&sealed[..in_the_middle], &changed, "age-encryption.org/v1\n", "-----BEGIN AGE ENCRYPTED FILE-----"]
    {
        let code = code(read(damaged, Some("p")));
        assert!(matches!(code, ProblemCode::ExportUnreadable | ProblemCode::PassphraseWrong), "{code}");
    }
    assert_eq!(code(Export::read(&[0xff, 0xfe], None, Path::new("x"))), ProblemCode::ExportUnreadable);
    assert_eq!(
        code(Export::read(&vec![b'#'; LARGEST_EXPORT + 1], None, Path::new("x"))),
        ProblemCode::ExportUnreadable
    );
    let mistaken = read("[identity.x]\nkind = \"nonsense\"\n", None).unwrap_err();
    assert!(mistaken.code == ProblemCode::ConfigMistake && mistaken.message.contains("line 2"), "{mistaken}");
    let sealed = |text: &str| {
        let sealed = passphrase_file::seal_in_letters(text.as_bytes(), "p".into()).unwrap();
        read(&String::from_utf8(sealed).unwrap(), Some("p"))
    };
    assert_eq!(code(sealed("{\"daypassExport\":2,\"new\":1}")), ProblemCode::ExportNewer);
    assert_eq!(code(sealed("{\"version\":1,\"entries\":{}}")), ProblemCode::ExportUnreadable);
    let bad = "{\"daypassExport\":1,\"config\":\"\",\"secrets\":[{\"identity\":\"a/b\",\"field\":\"x\",\"secret\":\"PLANTED\"}]}";
    let refused = sealed(bad).unwrap_err();
    assert!(!format!("{refused:?}").contains("PLANTED"), "{refused:?}");
    assert_eq!(code(from.export_with_secrets(SecretString::default())), ProblemCode::PassphraseEmpty);
    let (home, empty) = broker("");
    std::fs::remove_file(home.path().join("config.toml")).unwrap();
    assert_eq!(code(empty.export()), ProblemCode::NothingToExport);
}
