//! Renaming an identity, or removing it while another one needs it.

use std::sync::Arc;

use daypass_audit::AuditFilter;
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode};
use daypass_core::settings::{IamUserSettings, IdentitySettings, ProfileSettings};
use daypass_deliver::generated::{GeneratedProfile, GeneratedProfiles};
use daypass_vault::VaultError;
use secrecy::ExposeSecret;

use crate::rehearsal;
use daypass_core::secret::TypedSecrets;

const POOL: &str = "[identity.corp]\nkind = \"oidc\"\nissuer = \"https://a.example\"\nclient_id = \"a\"\n\n\
    [identity.app]\nkind = \"cognito\"\nidentity = \"corp\"\n\
    pool_id = \"us-east-1:01234567-89ab-cdef-0123-456789abcdef\"\naccount = \"123456789012\"\n";

fn name(text: &str) -> IdentityName {
    text.parse().unwrap()
}

#[tokio::test]
async fn the_secrets_the_proof_the_sessions_and_the_profiles_of_an_identity_go_along() {
    let (_home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
    let settings = IdentitySettings::IamUser(IamUserSettings::default());
    let key = |id: &str| {
        TypedSecrets::none().and("access_key_id", id.into()).and("secret_access_key", "PLANTED".to_owned().into())
    };
    broker.put_identity(&name("ann"), &settings, &key("AKIAIOSFODNN7EXAMPLE"), true).unwrap();
    broker.put_identity(&name("annabel"), &settings, &key("AKIAI44QH8DHBEXAMPLE"), true).unwrap();
    let role = "arn:aws:iam::123456789012:role/Dev";
    let session = format!(
        "{{\"wish\":{{\"profile\":\"dev\",\"role\":\"{role}\",\"identity\":\"ann\",\"region\":null,\
         \"delivery\":\"process\"}},\"credentials\":null,\"renewals\":3}}"
    );
    broker
        .vault()
        .update(|entries| {
            entries.set("identity/ann", "{\"proof\":1}");
            entries.set("identity/new", "left from another one");
            entries.set("secret/new/totp_secret", "left from another one");
            entries.set("session/dev", session.clone());
            entries.set("profile/old", format!("{{\"role\":\"{role}\",\"identity\":\"ann\"}}"));
            Ok::<_, VaultError>(())
        })
        .unwrap();
    assert_eq!(broker.snapshot().sessions[0].identity, name("ann"));

    broker.rename_identity(&name("ann"), &name("new")).await.unwrap();

    let entries = broker.vault().read().unwrap();
    let text = |entry: &str| entries.get(entry).map(|secret| secret.expose_secret().to_owned());
    assert_eq!(text("secret/new/access_key_id").as_deref(), Some("AKIAIOSFODNN7EXAMPLE"));
    assert_eq!(text("secret/annabel/access_key_id").as_deref(), Some("AKIAI44QH8DHBEXAMPLE"), "another identity");
    assert_eq!(text("identity/new").as_deref(), Some("{\"proof\":1}"));
    assert_eq!(text("secret/new/totp_secret"), None);
    for prefix in ["identity/ann", "secret/ann/", "sent-to/ann/"] {
        assert_eq!(entries.names_under(prefix).count(), 0, "{prefix}");
    }
    assert!(text("sent-to/new/secret_access_key").is_some());
    assert!(text("profile/old").unwrap().contains("\"new\""));
    let session = broker.snapshot().sessions.remove(0);
    assert_eq!((session.identity, session.renewals), (name("new"), 3));
    let names: Vec<String> = broker.snapshot().identities.iter().map(|one| one.name.to_string()).collect();
    assert_eq!(names, ["annabel", "new"]);
    let log = broker.audit().read(&AuditFilter::default(), None).unwrap().entries;
    let renamed: Vec<_> = log.iter().map(|entry| (&entry.line.identity, &entry.line.former_name)).collect();
    assert_eq!(renamed, [(&Some(name("new")), &Some(name("ann")))]);

    let code = |outcome: Result<(), Problem>| outcome.unwrap_err().code;
    let unknown = code(broker.rename_identity(&name("ann"), &name("x")).await);
    let taken = code(broker.rename_identity(&name("new"), &name("annabel")).await);
    assert_eq!((unknown, taken), (ProblemCode::UnknownIdentity, ProblemCode::IdentityExists));
}

#[tokio::test]
async fn one_that_another_signs_in_with_is_renamed_for_both_and_not_removed() {
    let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), POOL);
    let refused = broker.remove_identity(&name("corp")).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::IdentityInUse);
    assert!(refused.message.contains("app signs in with it"), "{refused:?}");
    broker.rename_identity(&name("corp"), &name("acme")).await.unwrap();
    assert_eq!(broker.signer_of(&name("app")).unwrap(), name("acme"));
    assert!(!std::fs::read_to_string(home.path().join("config.toml")).unwrap().contains("corp"));
    broker.remove_identity(&name("app")).await.unwrap();
    broker.remove_identity(&name("acme")).await.unwrap();
}

#[tokio::test]
#[allow(clippy::disallowed_methods)]
async fn a_profile_that_is_not_there_is_not_added() {
    let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "");
    let settings = |profile: &str| {
        IdentitySettings::Profile(ProfileSettings {
            profile: profile.parse().unwrap(),
            region: None,
            default_region: None,
        })
    };
    let add = |profile: &str| broker.put_identity(&name("other"), &settings(profile), &TypedSecrets::none(), true);
    assert_eq!(add("typo").unwrap_err().code, ProblemCode::ProfileNotFound);
    assert!(broker.snapshot().identities.is_empty());
    std::fs::create_dir(home.path().join("aws")).unwrap();
    std::fs::write(home.path().join("aws/config"), "[profile corp]\nregion = eu-west-1\n").unwrap();
    add("corp").unwrap();
}

/// The process was killed after `config.toml`, and perhaps after the vault.
#[tokio::test]
#[allow(clippy::disallowed_methods)]
async fn a_rename_that_ended_too_early_is_finished_when_the_vault_is_opened_next() {
    const RENAMED: &str = "[identity.new]\nkind = \"iam-user\"\n\n[[role]]\n\
        arn = \"arn:aws:iam::123456789012:role/Dev\"\nidentity = \"new\"\n";
    for is_in_vault in [false, true] {
        let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), RENAMED);
        let of_vault = if is_in_vault { "new" } else { "ann" };
        broker
            .vault()
            .update(|entries| {
                entries.set(format!("secret/{of_vault}/access_key_id"), "AKIAIOSFODNN7EXAMPLE");
                entries.set(
                    "rename/identity",
                    format!("{{\"old\":\"ann\",\"new\":\"new\",\"is_in_vault\":{is_in_vault}}}"),
                );
                Ok::<_, VaultError>(())
            })
            .unwrap();
        let line = "credential_process = daypass credential-process --profile dev --role ann:arn:aws:iam::123456789012:role/Dev";
        let generated = GeneratedProfiles::of(broker.surroundings());
        let role = "ann:arn:aws:iam::123456789012:role/Dev".to_owned();
        let profile = GeneratedProfile::new("daypass".as_ref(), "dev".parse().unwrap(), role, None, None).unwrap();
        generated.apply(&[&profile], &[]).unwrap();
        assert!(std::fs::read_to_string(generated.path()).unwrap().contains(line));

        broker.clear_expired();

        let entries = broker.vault().read().unwrap();
        let names: Vec<&str> = entries.names_under("").filter(|name| !name.starts_with("vault/")).collect();
        assert_eq!(names, ["secret/new/access_key_id"], "{is_in_vault}");
        let text = std::fs::read_to_string(generated.path()).unwrap();
        assert!(text.contains(&line.replace("ann:", "new:")) && !text.contains("ann:"), "{text}");
        drop(home);
    }
}

#[tokio::test]
async fn a_rename_that_never_came_to_config_toml_is_forgotten() {
    let config = "[identity.ann]\nkind = \"iam-user\"\n";
    let (_home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), config);
    broker
        .vault()
        .update(|entries| {
            entries.set("secret/ann/access_key_id", "AKIAIOSFODNN7EXAMPLE");
            entries.set("rename/identity", "{\"old\":\"ann\",\"new\":\"new\"}");
            Ok::<_, VaultError>(())
        })
        .unwrap();
    broker.clear_expired();
    let entries = broker.vault().read().unwrap();
    assert!(entries.get("rename/identity").is_none() && entries.get("secret/ann/access_key_id").is_some());
    broker.rename_identity(&name("ann"), &name("new")).await.unwrap();
    let entries = broker.vault().read().unwrap();
    assert!(entries.get("rename/identity").is_none() && entries.get("secret/new/access_key_id").is_some());
}
