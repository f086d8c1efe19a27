use proptest::prelude::*;

use std::collections::BTreeMap;

use super::*;
use daypass_core::names::IdentityName;
use daypass_core::problem::{ProblemCode, ProblemKind};
use daypass_core::settings::{AskWhen, DeclaredRole, FilterSettings, IdentitySettings, OidcSettings};
use daypass_core::terms::Terms;

const SHARED: &str = r#"# our team's set-up
[settings]
region = "eu-central-1"   # Frankfurt

[identity.corp]           # the company
kind = "oidc"
issuer = "https://login.example.com"
client_id = "aws"   # public client

# production: be careful
[[role]]
arn = "arn:aws:iam::123456789012:role/Dev"
identity = "corp"
duration = "90m"
"#;

fn mistake(text: &str) -> String {
    super::read(text, std::path::Path::new("/c/config.toml")).unwrap_err().message
}

#[test]
fn a_mistake_is_told_with_file_line_and_what_was_expected() {
    let typo = SHARED.replace("client_id", "clientid");
    let message = mistake(&typo);
    assert!(message.starts_with("/c/config.toml, line 8, column 1: unknown field `clientid`"), "{message}");
    assert!(message.contains("`client_id`"), "{message}");

    let message = mistake(&SHARED.replace("[settings]", "[setings]"));
    assert!(message.contains("line 2") && message.contains("`settings`"), "{message}");

    let message = mistake(&SHARED.replace("role/Dev", "role/De v"));
    assert!(message.contains("line 12") && message.contains("a role ARN looks like"), "{message}");

    let message = mistake(&SHARED.replace("identity = \"corp\"", "identity = \"crop\""));
    assert!(message.contains("line 13") && message.contains("crop"), "{message}");

    let message = mistake("[identity.corp]\nkind = \"odic\"\n");
    assert!(message.contains("line 2") && message.contains("\"oidc\""), "{message}");

    let message = mistake("[identity.corp]\nkind = \"oidc\"\nclient_id = \"x\"\n");
    assert!(message.contains("line 1") && message.contains("issuer"), "{message}");

    let message = mistake("[settings.vault]\nkey = \"plain\"\n");
    assert!(message.contains("line 2") && message.contains("\"keyring\""), "{message}");

    let message = mistake("[settings\n");
    assert!(message.contains("line 1"), "{message}");
}

#[test]
fn edits_keep_every_comment_and_what_was_not_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    durable_file::edit(&path, &durable_file::Options::default(), |_| {
        Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(SHARED.into()))
    })
    .unwrap();
    let file = ConfigFile::new(path.clone());
    let settings = file.read().unwrap().identities.values().next().unwrap().clone();

    file.put_identity(&"corp".parse().unwrap(), &settings).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), SHARED, "an edit without change changes no byte");

    let IdentitySettings::Oidc(mut oidc) = settings else { panic!("{settings:?} is of another kind") };
    oidc.client_id = "aws-2".into();
    oidc.scopes = vec!["groups".into()];
    file.put_identity(&"corp".parse().unwrap(), &IdentitySettings::Oidc(oidc)).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("client_id = \"aws-2\"   # public client"), "{text}");
    assert!(text.contains("# production: be careful") && text.contains("# Frankfurt"), "{text}");

    let other = OidcSettings { redirect_port: Some(4000), ..OidcSettings::new("https://b.example", "b") };
    file.put_identity(&"b".parse().unwrap(), &IdentitySettings::Oidc(other)).unwrap();
    let config = file
        .put_role(
            &DeclaredRole {
                arn: "arn:aws:iam::123456789012:role/Ops".parse().unwrap(),
                identity: "b".parse().unwrap(),
                profile: Some("ops".parse().unwrap()),
                region: None,
                via: None,
                delivery: None,
                terms: Terms::default(),
            },
            Some(AskWhen::PerSession),
            &[],
        )
        .unwrap();
    assert_eq!(config.roles.len(), 2);
    let (identity, arn) = (&config.roles[1].identity, &config.roles[1].arn);
    assert_eq!(config.ask(identity, arn), AskWhen::PerSession);
    let config = file.put_role(&config.roles[1], None, &["ask"]).unwrap();
    assert_eq!(config.ask(&config.roles[1].identity, &config.roles[1].arn), AskWhen::Never);

    let config = file.remove_identity(&"b".parse().unwrap()).unwrap().config;
    assert_eq!((config.identities.len(), config.roles.len()), (1, 1), "its roles go with it");
    let config =
        file.remove_role(&"arn:aws:iam::123456789012:role/Dev".parse().unwrap(), &"corp".parse().unwrap()).unwrap();
    assert!(config.roles.is_empty());
}

#[test]
fn an_identity_is_renamed_wherever_it_is_named_and_all_else_stays() {
    const BEFORE: &str = "# ours\n[identity.corp] # the company\nkind = \"oidc\" # x\nissuer = \"https://a.example\"\n\
        client_id = \"a\"\n\n# pool\n[identity.app]\nkind = \"cognito\"\nidentity = \"corp\" # signs in\n\
        pool_id = \"us-east-1:01234567-89ab-cdef-0123-456789abcdef\"\naccount = \"123456789012\"\n\n\
        [[role]]\narn = \"arn:aws:iam::123456789012:role/Dev\" # dev\nidentity = \"corp\" # c\n\n\
        [[role]]\narn = \"arn:aws:cognito-identity:us-east-1:123456789012:identitypool/us-east-1:\
        01234567-89ab-cdef-0123-456789abcdef\"\nidentity = \"app\"\n\n[settings]\n\
        start_sessions = [\"corp:123456789012/Dev\", \"corporate:x\", \"dev\"] # mine\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    durable_file::edit(&path, &durable_file::Options::default(), |_| {
        Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(BEFORE.into()))
    })
    .unwrap();
    let file = ConfigFile::new(path.clone());
    let (corp, acme) = ("corp".parse().unwrap(), "acme".parse().unwrap());
    let changed = file.rename_identity(&corp, &acme).unwrap();
    let expected =
        BEFORE.replace("identity.corp", "identity.acme").replace("identity = \"corp\"", "identity = \"acme\"");
    let expected = expected.replace("corp:123456789012/Dev", "acme:123456789012/Dev");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    assert!(changed.config.identities.contains_key(&acme) && !changed.config.identities.contains_key(&corp));
    file.undo(&corp, &changed).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), BEFORE);
}

#[test]
fn a_change_of_an_identity_can_be_undone_to_the_byte_and_keeps_what_others_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let file = ConfigFile::new(path.clone());
    let text = || std::fs::read_to_string(&path).unwrap();
    let write = |text: &str| {
        durable_file::edit(&path, &durable_file::Options::default(), |_| {
            Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(text.into()))
        })
        .unwrap();
    };
    let corp: IdentityName = "corp".parse().unwrap();
    let settings = read(SHARED, &path).unwrap().identities[&corp].clone();
    let added = file.put_identity(&corp, &settings).unwrap();
    assert!(file.undo(&corp, &added).unwrap().identities.is_empty());
    assert!(!path.exists(), "there was none");

    write(SHARED);
    let IdentitySettings::Oidc(mut other) = settings else { panic!("it's of another kind") };
    other.client_id = "aws-2".into();
    let other = IdentitySettings::Oidc(other);
    let new: IdentityName = "new".parse().unwrap();
    let another = "\n[identity.another]\nkind = \"profile\"\nprofile = \"x\" # somebody else's\n";
    let changes: [(&IdentityName, &dyn Fn() -> Changed); 3] = [
        (&new, &|| file.put_identity(&new, &other).unwrap()),
        (&corp, &|| file.put_identity(&corp, &other).unwrap()),
        (&corp, &|| file.remove_identity(&corp).unwrap()),
    ];
    for (name, change) in changes {
        let changed = change();
        assert_ne!(text(), SHARED);
        file.undo(name, &changed).unwrap();
        assert_eq!(text(), SHARED);

        let changed = change();
        write(&format!("{}{another}", text()));
        let config = file.undo(name, &changed).unwrap();
        let mut expected = read(SHARED, &path).unwrap();
        expected.identities.extend(read(another, &path).unwrap().identities);
        assert_eq!(config, expected);
        assert!(text().contains("# somebody else's"), "{}", text());
        write(SHARED);
    }
}

#[test]
fn a_file_with_a_mistake_is_never_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let broken = SHARED.replace("kind", "knid");
    durable_file::edit(&path, &durable_file::Options::default(), |_| {
        Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(broken.clone().into()))
    })
    .unwrap();
    let file = ConfigFile::new(path.clone());
    assert_eq!(file.remove_identity(&"corp".parse().unwrap()).unwrap_err().code, ProblemCode::ConfigMistake);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
}

#[test]
fn a_chain_lasts_an_hour_and_has_no_end_in_itself() {
    let role = |name: &str, rest: &str| {
        format!("[[role]]\narn = \"arn:aws:iam::123456789012:role/{name}\"\nidentity = \"corp\"\n{rest}\n")
    };
    let via = |name: &str| format!("via = \"arn:aws:iam::123456789012:role/{name}\"");
    let parse = |roles: String| super::read(&format!("{SHARED}\n{roles}"), std::path::Path::new("config.toml"));
    let hours = |hours: u8| format!("duration = \"{hours}h\"");

    assert!(parse(role("X", &hours(12))).is_ok());
    assert!(parse(role("X", &(via("Y") + "\n" + &hours(1)))).is_ok());
    let problem = parse(role("X", &(via("Y") + "\n" + &hours(2)))).unwrap_err();
    assert!(
        problem.message.contains("2h is too long") && problem.message.contains("lasts from 15m to 1h"),
        "{problem}"
    );
    // A user's session token doesn't belong to a role.
    let of_user = "via = \"arn:aws:iam::123456789012:user/ann\"\n".to_owned();
    assert!(parse(role("X", &(of_user + &hours(2)))).is_ok());
    let of_guest = "via = \"arn:aws:sts::123456789012:federated-user/ann\"";
    assert!(parse(role("X", of_guest)).unwrap_err().message.contains("can't assume a role"));

    let problem = parse(role("X", &via("Y")) + &role("Y", &via("Z")) + &role("Z", &via("X"))).unwrap_err();
    assert!(problem.message.contains("this chain forms a loop"), "{problem}");
}

/// What people copy from the pages is taken as it stands there.
#[test]
fn every_example_of_the_pages_is_right() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut count = 0;
    for entry in std::fs::read_dir(docs).unwrap() {
        let page = entry.unwrap().path();
        if page.extension().is_none_or(|e| e != "md") {
            continue;
        }
        for example in examples(&std::fs::read_to_string(&page).unwrap()) {
            let identities = if example.contains("[identity.") {
                ""
            } else {
                "[identity.work]\nkind = \"profile\"\nprofile = \"p\"\n"
            };
            let text = format!("{example}\n{identities}");
            if let Err(problem) = super::read(&text, &page) {
                panic!("{problem}\n{text}");
            }
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} were found");
}

/// The indented blocks of a page that begin with a table of `config.toml`.
fn examples(page: &str) -> Vec<String> {
    let mut blocks = vec![String::new()];
    for line in page.lines() {
        match (line.strip_prefix("    "), line.trim().is_empty()) {
            (Some(inner), _) => *blocks.last_mut().unwrap() += &format!("{inner}\n"),
            (None, true) => *blocks.last_mut().unwrap() += "\n",
            (None, false) => blocks.push(String::new()),
        }
    }
    let ours = ["[identity.", "[[role]]", "[settings", "[account."];
    blocks.retain(|block| ours.iter().any(|table| block.trim_start().starts_with(table)));
    blocks
}

#[test]
fn nothing_crosses_a_partition() {
    let parse = |rest: &str| {
        let role =
            format!("[[role]]\narn = \"arn:aws-us-gov:iam::123456789012:role/X\"\nidentity = \"corp\"\n{rest}\n");
        super::read(&format!("{SHARED}\n{role}"), std::path::Path::new("config.toml")).map_err(|p| p.message)
    };
    assert!(parse("region = \"us-gov-east-1\"").is_ok());
    assert!(parse("via = \"arn:aws-us-gov:iam::999999999999:role/Hub\"").is_ok());
    let region = parse("region = \"eu-central-1\"").unwrap_err();
    assert!(region.contains("eu-central-1 is in partition aws, and arn:aws-us-gov"), "{region}");
    let via = parse("via = \"arn:aws:iam::999999999999:role/Hub\"").unwrap_err();
    assert!(via.contains("another partition"), "{via}");
}

#[test]
fn tables_within_an_identity_keep_their_form_and_their_comments() {
    const DIRECTORY: &str = "\
[identity.corp]
kind = \"directory\"
url = \"ldaps://ldap.example.org\"
search_base = \"dc=example,dc=org\"
tags = { Number = \"employeeNumber\", Department = \"departmentNumber\" } # for ABAC

[identity.corp.roles] # who may do what
ops = \"arn:aws:iam::123456789012:role/Ops\" # on call
\"cn=all,dc=example\" = [\"arn:aws:iam::123456789012:role/A\", \"arn:aws:iam::123456789012:role/B\"]

[identity.corp.federate]
account = \"123456789012\"
";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    durable_file::edit(&path, &durable_file::Options::default(), |_| {
        Ok::<_, std::convert::Infallible>(durable_file::Change::Replace(DIRECTORY.into()))
    })
    .unwrap();
    let file = ConfigFile::new(path.clone());
    let name = "corp".parse().unwrap();
    let settings = file.read().unwrap().identities[&name].clone();
    file.put_identity(&name, &settings).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), DIRECTORY, "an edit without change changes no byte");

    let IdentitySettings::Directory(mut directory) = settings else { panic!("{settings:?} is of another kind") };
    directory.roles.remove("cn=all,dc=example");
    directory.federate = None;
    directory.hours = Some(8);
    file.put_identity(&name, &IdentitySettings::Directory(directory.clone())).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("[identity.corp.roles] # who may do what\nops = ") && text.contains("# on call"), "{text}");
    assert!(!text.contains("cn=all") && !text.contains("federate"), "{text}");
    assert_eq!(file.read().unwrap().identities[&name], IdentitySettings::Directory(directory));
}

/// Settings of each kind with everything in them that is text.
const KINDS: [&str; 9] = [
    r#"{"kind": "oidc", "issuer": "https://login.example.com", "client_id": "daypass", "scopes": ["groups"],
        "session_name": "{email}", "roles_claim": "roles", "ca_file": "/etc/ssl/corp.pem"}"#,
    r#"{"kind": "oauth", "provider_id": "login.example.com", "client_id": "daypass", "scopes": ["profile"],
        "authorization_endpoint": "https://login.example.com/auth", "token_endpoint": "https://login.example.com/token",
        "userinfo_endpoint": "https://login.example.com/me", "session_name": "{email}"}"#,
    r#"{"kind": "saml", "sso_url": "https://login.example.com/sso", "issuer": "urn:amazon:webservices"}"#,
    r#"{"kind": "identity-center", "start_url": "https://d-9067642ac7.awsapps.com/start", "region": "eu-central-1",
        "scopes": ["codewhisperer:analysis"]}"#,
    r#"{"kind": "iam-user", "mfa_serial": "arn:aws:iam::123456789012:mfa/ann"}"#,
    r#"{"kind": "directory", "url": "ldaps://ldap.example.com", "search_base": "dc=example,dc=org",
        "search_filter": "(uid={user})", "bind_user": "cn=reader,dc=example,dc=org",
        "group_base": "ou=groups,dc=example,dc=org", "group_filter": "(member={dn})", "role_path": "/team/",
        "role_pattern": "AWS-{account}-{role}", "partition": "aws", "session_name": "{mail}",
        "roles": {"admins": "arn:aws:iam::123456789012:role/Admin"}, "tags": {"team": "ou"}}"#,
    r#"{"kind": "directory", "url": "ldaps://ldap.example.com", "bind_dn": "uid={user},ou=people,dc=example,dc=org",
        "federate": {"account": "123456789012", "policy_arns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}}"#,
    r#"{"kind": "profile", "profile": "corp", "region": "eu-central-1"}"#,
    r#"{"kind": "cognito", "identity": "work", "pool_id": "eu-central-1:01234567-89ab-cdef-0123-456789abcdef",
        "account": "123456789012", "role": "arn:aws:iam::123456789012:role/App", "login": "login.example.com"}"#,
];

/// The texts of settings, but for the kind.
fn texts(settings: &mut serde_json::Value) -> Vec<&mut String> {
    match settings {
        serde_json::Value::String(text) => vec![text],
        serde_json::Value::Array(list) => list.iter_mut().flat_map(texts).collect(),
        serde_json::Value::Object(map) => {
            map.iter_mut().filter(|(key, _)| *key != "kind").flat_map(|(_, value)| texts(value)).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn the_settings_that_texts_are_put_into_are_right() {
    for kind in KINDS {
        daypass_identity::check(&serde_json::from_str::<IdentitySettings>(kind).unwrap()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Whatever stands in a field: the checks give a verdict, and what they let through comes back from the file as it
    /// was, and nothing else with it.
    #[test]
    fn no_text_in_a_field_breaks_the_checks_or_the_file(
        kind in 0..KINDS.len(),
        field in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        text in prop_oneof![
            any::<String>(),
            r#"[{}()\[\]"'\\#=,;:/@*<>&% \n\r\t\x00.-]{1,6}"#,
            r"(https?|ldaps?)://[a-z0-9.:@/?#\[\]-]{0,20}",
            Just("x".repeat(5000)),
        ],
        whole in any::<bool>(),
    ) {
        let mut settings: serde_json::Value = serde_json::from_str(KINDS[kind]).unwrap();
        let mut texts = texts(&mut settings);
        let index = field.index(texts.len());
        let old = &mut texts[index];
        if whole {
            old.clone_from(&text);
        } else {
            let place = place.index(old.len() + 1);
            old.insert_str(place, &text);
        }
        let Ok(settings) = serde_json::from_value::<IdentitySettings>(settings) else { return Ok(()) };
        match daypass_identity::check(&settings) {
            Err(problem) => {
                prop_assert_eq!(problem.kind, ProblemKind::Invalid);
                prop_assert!(problem.message.chars().count() < 1000, "{}", problem.message);
            }
            Ok(()) => {
                let folder = tempfile::tempdir().unwrap();
                let file = ConfigFile::new(folder.path().join("config.toml"));
                let name: IdentityName = "work".parse().unwrap();
                let known = file.put_identity(&name, &settings).unwrap().config;
                prop_assert_eq!(&known.identities, &BTreeMap::from([(name, settings)]));
                prop_assert_eq!(file.read().unwrap(), known);
            }
        }
    }
}

#[test]
#[allow(clippy::disallowed_methods)]
fn an_account_can_have_a_region_of_its_own() {
    let text = format!("{SHARED}\n[account.123456789012]   # the sandbox account\nregion = \"us-east-2\" # Ohio\n");
    let folder = tempfile::tempdir().unwrap();
    let file = ConfigFile::new(folder.path().join("config.toml"));
    std::fs::write(file.path(), &text).unwrap();
    let account = "123456789012".parse().unwrap();
    let region = |config: &daypass_core::settings::Config| config.accounts.get(&account).cloned().unwrap().region;
    assert_eq!(region(&file.read().unwrap()), Some("us-east-2".parse().unwrap()));
    let settings =
        daypass_core::settings::AccountSettings { region: Some("eu-west-1".parse().unwrap()), ..Default::default() };
    assert_eq!(region(&file.put_account(&account, &settings, &[]).unwrap()), settings.region);
    let written = std::fs::read_to_string(file.path()).unwrap();
    assert_eq!(written, text.replace("us-east-2", "eu-west-1"), "comments stay");
    assert!(mistake("[account.12345]\nregion = \"eu-west-1\"\n").contains("line 1"));
    assert!(mistake("[account.123456789012]\nregin = \"eu-west-1\"\n").contains("line 2"));
}

#[test]
#[allow(clippy::disallowed_methods)]
fn favourites_filters_and_folders_are_written_beside_what_is_there() {
    let text = format!("{SHARED}\n[filter.Prod]\nproduction = true # only\n");
    let folder = tempfile::tempdir().unwrap();
    let file = ConfigFile::new(folder.path().join("config.toml"));
    std::fs::write(file.path(), &text).unwrap();
    let ids = ["work:arn:aws:iam::123456789012:role/a,b", "gone:arn:aws:iam::123456789012:root"].map(str::to_owned);
    assert_eq!(file.put_favourites(&ids).unwrap().favourites, ids);
    let written = std::fs::read_to_string(file.path()).unwrap();
    assert!(written.contains("# Frankfurt\nfavourites = [\n  \"work:"), "{written}");
    let prod = "Prod".parse().unwrap();
    let filter = FilterSettings { query: Some("admin".to_owned()), production: true, ..FilterSettings::default() };
    let config = file.put_filter(&prod, &filter).unwrap();
    assert_eq!(config.filters, [(prod.clone(), filter)]);
    assert!(std::fs::read_to_string(file.path()).unwrap().contains("production = true # only\nquery = \"admin\"\n"));
    assert!(file.remove_filter(&prod).unwrap().filters.is_empty());
    let renamed = file.rename_identity(&"gone".parse().unwrap(), &"new".parse().unwrap());
    assert_eq!(renamed.unwrap().config.favourites[1], "new:arn:aws:iam::123456789012:root");
    assert!(file.put_favourites(&[]).unwrap().favourites.is_empty());

    assert!(mistake("[settings]\nfavourites = [\n\"work:Dev\"]\n").contains("line 3"));
    assert!(mistake("[filter.\"a\\u0007\"]\n").contains("filter name"));
    assert!(mistake("[filter.x]\nqery = \"a\"\n").contains("line 2"));
    assert!(mistake("[account.123456789012]\nfolder = \"\"\n").contains("folder name"));
}
