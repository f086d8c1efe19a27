//! Plans against real files: what a catalog comes to, and what keeps a profile.

#![allow(clippy::disallowed_methods)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::names::{IdentityName, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::proxy::NetworkVariables;
use daypass_core::settings::Config;
use daypass_core::surroundings::{Places, Surroundings};
use daypass_core::terms::Terms;
use daypass_core::view::{IdentityState, IdentityView, RoleSource, RoleView, SignInWay, Snapshot, role_id};
use daypass_deliver::generated::GeneratedProfiles;

use super::*;

struct Home {
    _folder: tempfile::TempDir,
    generated: GeneratedProfiles,
    config: Config,
    style: Style,
    command: PathBuf,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let aws = folder.path().join("aws");
        let generated = GeneratedProfiles::of(&Surroundings {
            places: Places::under(folder.path(), aws.join("credentials"), aws.join("config")),
            clock: Arc::new(SystemClock),
            endpoints: Endpoints::default(),
            passphrase: Arc::new(|_| unreachable!("nothing is sealed")),
            network: NetworkVariables::default(),
            sandbox: false,
        });
        let style = Style { name: "{account}-{role}".parse().unwrap(), output: None };
        Self { _folder: folder, generated, config: Config::default(), style, command: "/opt/day pass/daypass".into() }
    }

    fn plan(&self, snapshot: &Snapshot, scope: &Scope) -> ProfilePlan {
        ProfilePlan::sync(snapshot, &self.config, &self.generated, &self.command, scope, &self.style).unwrap()
    }

    /// Plans and does it. What was added, changed, removed, kept and left out.
    fn sync(&self, snapshot: &Snapshot) -> [Vec<String>; 5] {
        self.sync_some(snapshot, &Scope::default())
    }

    fn sync_some(&self, snapshot: &Snapshot, scope: &Scope) -> [Vec<String>; 5] {
        let mut plan = self.plan(snapshot, scope);
        if !plan.is_empty() {
            plan.carry_out(&self.generated).unwrap();
        }
        [
            plan.added.iter().map(|it| it.name.to_string()).collect(),
            plan.changed.iter().map(|it| it.name.to_string()).collect(),
            plan.removed.iter().map(|it| it.name.to_string()).collect(),
            plan.kept.iter().map(|it| it.name.to_string()).collect(),
            plan.left_out.iter().filter_map(|it| it.name.clone()).collect(),
        ]
    }

    fn path(&self) -> &Path {
        self.generated.path()
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap_or_default()
    }
}

fn identity(name: &str) -> IdentityView {
    let settings = "kind = \"profile\"\nprofile = \"p\"";
    let config = crate::config::read(&format!("[identity.x]\n{settings}\n"), Path::new("config.toml")).unwrap();
    IdentityView {
        name: name.parse().unwrap(),
        settings: config.identities[&"x".parse::<IdentityName>().unwrap()].clone(),
        catalog: None,
        provider: String::new(),
        way: SignInWay::None,
        signed_in_by: None,
        secrets: Vec::new(),
        state: IdentityState::SignedIn,
        person: None,
        signed_in_until: None::<DateTime<Utc>>,
        lists_roles: true,
        listing: None,
        problem: None,
        remarks: Vec::new(),
    }
}

fn role(identity: &str, account: &str, account_name: Option<&str>, name: &str) -> RoleView {
    let arn: Target = format!("arn:aws:iam::{account}:role/{name}").parse().unwrap();
    let identity: IdentityName = identity.parse().unwrap();
    RoleView {
        id: role_id(&identity, &arn),
        kind: arn.kind(),
        partition: "aws".to_owned(),
        account: arn.account().clone(),
        account_name: account_name.map(str::to_owned),
        account_alias: None,
        account_colour: None,
        production: false,
        name: name.to_owned(),
        identity,
        profile: format!("{account}-{name}").parse().unwrap(),
        started_as: Vec::new(),
        region: Some("eu-central-1".parse().unwrap()),
        usual_region: None,
        terms: Terms::default(),
        usual_duration: None,
        can_be_read_only: false,
        can_assume_roles: true,
        via: Vec::new(),
        source: RoleSource::Discovered,
        catalog: None,
        arn,
    }
}

fn snapshot(identities: Vec<IdentityView>, roles: Vec<RoleView>) -> Snapshot {
    Snapshot { identities, roles, ..Snapshot::default() }
}

fn none() -> Vec<String> {
    Vec::new()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

const SHOP: &str = "111122223333";
const BANK: &str = "444455556666";

#[test]
fn profiles_follow_the_catalog_and_undo_leads_back() {
    let home = Home::new();
    let before = "[default]\nregion = eu-west-1\n\n# mine\n[profile mine]\noutput = json";
    std::fs::create_dir(home.path().parent().unwrap()).unwrap();
    std::fs::write(home.path(), before).unwrap();
    let (admin, read) = (role("work", SHOP, Some("Shop"), "Admin"), role("work", SHOP, Some("Shop"), "Read"));
    let both = snapshot(vec![identity("work")], vec![admin.clone(), read]);
    assert_eq!(home.sync(&both), [names(&["Shop-Admin", "Shop-Read"]), none(), none(), none(), none()]);
    let synced = home.text();
    assert!(synced.starts_with(before) && synced.contains("[profile Shop-Admin]\n"));
    let program = aws_files::quote_process_argument("/opt/day pass/daypass");
    let line = format!("credential_process = {program} credential-process --profile Shop-Admin --role {}\n", admin.id);
    assert!(synced.contains(&line) && synced.contains("region = eu-central-1\n"), "{synced}");
    assert!(home.plan(&both, &Scope::default()).is_empty());

    // One role goes, one gets another region.
    let moved = RoleView { region: Some("eu-west-3".parse().unwrap()), ..admin };
    let less = snapshot(vec![identity("work")], vec![moved]);
    assert_eq!(home.sync(&less), [none(), names(&["Shop-Admin"]), names(&["Shop-Read"]), none(), none()]);
    let undone = home.generated.undo().unwrap();
    assert_eq!((home.text(), undone.profiles), (synced, names(&["Shop-Admin", "Shop-Read"])));
    assert_eq!(home.generated.undo().unwrap_err().code, ProblemCode::NothingToUndo, "only once");

    home.sync(&snapshot(vec![identity("work")], vec![role("work", BANK, None, "Admin")]));
    home.sync(&snapshot(Vec::new(), Vec::new()));
    assert_eq!(home.text(), before, "an identity that is gone has no profiles");
}

#[test]
fn an_undo_leaves_what_changed_since() {
    let home = Home::new();
    let all = [role("work", SHOP, None, "A"), role("work", SHOP, None, "B"), role("work", SHOP, None, "C")];
    home.sync(&snapshot(vec![identity("work")], all[..1].to_vec()));
    home.sync(&snapshot(vec![identity("work")], all[1..].to_vec()));
    let now = home.text().replace("role/B\nregion = eu-central-1", "role/B\nregion = us-east-1");
    std::fs::write(home.path(), format!("{now}\n[profile mine]\nregion = x\n")).unwrap();
    let undone = home.generated.undo().unwrap();
    assert_eq!(undone.left, ["111122223333-B"]);
    assert_eq!(undone.profiles, ["111122223333-A", "111122223333-C"]);
    let after = home.text();
    for (part, is_there) in
        [("-A]", true), ("-B]", true), ("-C]", false), ("[profile mine]", true), ("us-east-1", true)]
    {
        assert_eq!(after.contains(part), is_there, "{part} in {after}");
    }
}

#[test]
fn a_list_that_is_not_whole_removes_nothing() {
    let home = Home::new();
    let (admin, read) = (role("work", SHOP, None, "Admin"), role("work", SHOP, None, "Read"));
    home.sync(&snapshot(vec![identity("work")], vec![admin.clone(), read.clone()]));
    let whole = identity("work");
    let failed = Problem::new(ProblemKind::Passing, ProblemCode::IdentityCenterUnlisted, "x");
    let progress = daypass_core::view::CatalogProgress { accounts: 2, done: 1 };
    let partial = [
        IdentityView { state: IdentityState::SignedOut, ..whole.clone() },
        IdentityView { state: IdentityState::NeedsSignIn, ..whole.clone() },
        IdentityView { listing: Some(progress), ..whole.clone() },
        IdentityView { problem: Some(failed.clone()), ..whole.clone() },
        IdentityView { remarks: vec![failed], ..whole.clone() },
    ];
    for identity in partial {
        let roles = if identity.state == IdentityState::SignedIn { vec![admin.clone()] } else { Vec::new() };
        let [_, _, removed, kept, _] = home.sync(&snapshot(vec![identity], roles.clone()));
        assert_eq!((removed, kept.len()), (none(), 2 - roles.len()));
    }
    // Never listed in this home.
    let [_, _, removed, ..] = home.sync(&snapshot(vec![whole.clone()], Vec::new()));
    assert_eq!(removed, none());
    let [_, _, removed, ..] = home.sync(&snapshot(vec![whole], vec![admin]));
    assert_eq!(removed, names(&["111122223333-Read"]));
}

#[test]
fn two_roles_of_one_name_get_none_and_keep_what_they_have() {
    let home = Home::new();
    let (first, second) = (role("work", SHOP, Some("Shop"), "Admin"), role("work", BANK, Some("Shop"), "Admin"));
    home.sync(&snapshot(vec![identity("work")], vec![first.clone()]));
    let before = home.text();
    let both = snapshot(vec![identity("work")], vec![first.clone(), second.clone()]);
    let plan = home.plan(&both, &Scope::default());
    assert!(plan.is_empty() && plan.left_out.len() == 1);
    let LeftOut { role_ids, problem, .. } = &plan.left_out[0];
    assert_eq!(role_ids, &[first.id, second.id]);
    assert!(problem.hint.as_ref().unwrap().contains("--name '{account}-{role}-{id}'"), "{problem:?}");
    assert_eq!(home.text(), before);

    // The same role through two identities, and with no difference that a name could have.
    let other = RoleView { ..role("home", SHOP, Some("Shop"), "Admin") };
    let twice =
        snapshot(vec![identity("work"), identity("home")], vec![role("work", SHOP, Some("Shop"), "Admin"), other]);
    let plan = home.plan(&twice, &Scope::default());
    assert!(plan.left_out[0].problem.hint.as_ref().unwrap().contains("{identity}"));
}

#[test]
fn a_template_renames_and_a_declared_name_wins() {
    let mut home = Home::new();
    let admin = role("work", SHOP, Some("Shop"), "Admin");
    let catalog = snapshot(vec![identity("work")], vec![admin.clone(), role("work", SHOP, Some("Shop"), "Read")]);
    home.sync(&catalog);
    home.style.name = "{role|lower}".parse().unwrap();
    let text = format!(
        "[identity.work]\nkind = \"profile\"\nprofile = \"p\"\n\n[[role]]\narn = \"{}\"\nidentity = \"work\"\nprofile = \"boss\"\n",
        admin.arn
    );
    home.config = crate::config::read(&text, Path::new("config.toml")).unwrap();
    let [added, _, removed, ..] = home.sync(&catalog);
    assert_eq!((added, removed), (names(&["boss", "read"]), names(&["Shop-Admin", "Shop-Read"])));
    assert!(home.generated.found().unwrap().iter().all(|found| !found.name.as_str().contains("Shop")));
}

#[test]
fn other_tools_sections_stay_and_the_rest_is_written() {
    let home = Home::new();
    let before = "[profile 111122223333-Admin]\nregion = x\n";
    std::fs::create_dir(home.path().parent().unwrap()).unwrap();
    std::fs::write(home.path(), before).unwrap();
    let roles = vec![role("work", SHOP, None, "Admin"), role("work", SHOP, None, "Read")];
    let [added, .., left_out] = home.sync(&snapshot(vec![identity("work")], roles));
    assert_eq!((added, left_out), (names(&["111122223333-Read"]), names(&["111122223333-Admin"])));
    assert!(home.text().starts_with(before));
    // A line that a person adds to a generated section stays with it.
    std::fs::write(home.path(), format!("{}output = text\n", home.text())).unwrap();
    home.sync(&snapshot(vec![identity("work")], vec![role("work", SHOP, None, "Other")]));
    assert!(home.text().contains("[profile 111122223333-Read]\n") && home.text().contains("output = text\n"));
    assert!(!home.text().contains("role/Read"));
}

#[test]
fn only_what_is_in_scope_is_touched() {
    let home = Home::new();
    let all = vec![
        role("work", SHOP, Some("Shop"), "Admin"),
        role("work", BANK, Some("Bank"), "Admin"),
        role("home", BANK, Some("Bank"), "Read"),
    ];
    let identities = || vec![identity("work"), identity("home")];
    home.sync(&snapshot(identities(), all.clone()));
    let scope = |patterns: &[&str], identity: Option<&str>| Scope {
        patterns: patterns.iter().map(|pattern| pattern.parse().unwrap()).collect(),
        identity: identity.map(|name| name.parse().unwrap()),
    };
    // In the others' absence, they stay.
    let only_shop = snapshot(identities(), vec![all[0].clone(), role("home", SHOP, None, "New")]);
    let [added, _, removed, ..] = home.sync_some(&only_shop, &scope(&["shop/*"], Some("work")));
    assert_eq!((added, removed), (none(), none()));
    let [added, _, removed, ..] = home.sync_some(&only_shop, &scope(&[], Some("home")));
    assert_eq!((added, removed), (names(&["111122223333-New"]), names(&["Bank-Read"])));
    let unknown = ProfilePlan::sync(
        &only_shop,
        &home.config,
        &home.generated,
        &home.command,
        &scope(&["shpo/*"], None),
        &home.style,
    );
    assert_eq!(unknown.err().unwrap().code, ProblemCode::UnknownRole);

    let removal = |names: &[&str]| {
        let names: Vec<NamePattern> = names.iter().map(|name| name.parse().unwrap()).collect();
        ProfilePlan::removal(&home.generated, &names).map(|plan| plan.removed.len()).map_err(|problem| problem.code)
    };
    assert_eq!([removal(&[]), removal(&["bank-*"]), removal(&["*-New", "Shop-Admin"])], [Ok(3), Ok(1), Ok(2)]);
    assert_eq!(removal(&["nope"]), Err(ProblemCode::UnknownProfile));
}

#[test]
fn a_name_that_a_hidden_role_has_is_not_taken() {
    let mut home = Home::new();
    home.style.name = "{role}".parse().unwrap();
    let (mine, hidden) = (role("work", SHOP, None, "Admin"), role("home", BANK, None, "Admin"));
    home.sync(&snapshot(vec![identity("home")], vec![hidden]));
    let before = home.text();
    let signed_out = IdentityView { state: IdentityState::SignedOut, ..identity("home") };
    let [added, changed, removed, _, left_out] = home.sync(&snapshot(vec![identity("work"), signed_out], vec![mine]));
    assert_eq!((added, changed, removed, left_out), (none(), none(), none(), names(&["Admin"])));
    assert_eq!(home.text(), before);
}

#[cfg(unix)]
#[test]
fn the_path_of_the_command_outlasts_a_version() {
    let folder = tempfile::tempdir().unwrap();
    let at = |path: &str| folder.path().canonicalize().unwrap().join(path);
    for sub in ["opt/1.2.3", "bin", "other"] {
        std::fs::create_dir_all(at(sub)).unwrap();
    }
    std::fs::write(at("opt/1.2.3/daypass"), "").unwrap();
    std::fs::write(at("other/daypass"), "").unwrap();
    std::os::unix::fs::symlink(at("opt/1.2.3/daypass"), at("bin/daypass")).unwrap();
    let own = |called_as: Option<PathBuf>| OwnProgram {
        file: at("opt/1.2.3/daypass"),
        called_as: called_as.map(PathBuf::into_os_string),
    };
    let env = |path: &[&str], appdir: Option<&str>| {
        let path = std::env::join_paths(path.iter().map(|folder| at(folder))).unwrap();
        let appdir = appdir.map(|folder| at(folder).into_os_string());
        move |name: &str| match name {
            "PATH" => Some(path.clone()),
            "APPDIR" => appdir.clone(),
            _ => None,
        }
    };
    let path = |own: &OwnProgram, env: &dyn Fn(&str) -> Option<std::ffi::OsString>| command_path(own, env);
    assert_eq!(path(&own(None), &env(&["other", "bin"], None)).unwrap(), at("bin/daypass"));
    assert_eq!(path(&own(None), &env(&["other"], None)).unwrap(), at("opt/1.2.3/daypass"));
    assert_eq!(path(&own(Some(at("bin/daypass"))), &env(&["other"], None)).unwrap(), at("bin/daypass"));
    let gone = OwnProgram { file: at("opt/1.2.2/daypass"), called_as: None };
    assert_eq!(path(&gone, &env(&["bin"], None)).unwrap(), at("bin/daypass"));
    assert_eq!(path(&own(None), &env(&["other"], Some("opt"))).unwrap_err().code, ProblemCode::NoCommandPath);
    assert_eq!(path(&own(None), &env(&["bin"], Some("opt"))).unwrap(), at("bin/daypass"));

    let of_app = |app: &str, env: &dyn Fn(&str) -> Option<std::ffi::OsString>| command_path_of_app(&at(app), env);
    let app = "opt/1.2.3/daypass-desktop";
    assert_eq!(
        of_app(app, &env(&["other", "bin"], None)).unwrap(),
        at("bin/daypass"),
        "what leads to the one beside it"
    );
    assert_eq!(of_app(app, &env(&["other"], None)).unwrap(), at("opt/1.2.3/daypass"), "the one beside it");
    assert_eq!(
        of_app(app, &env(&["opt/1.2.3", "other"], Some("opt"))).unwrap(),
        at("other/daypass"),
        "not in an AppImage"
    );
    assert_eq!(of_app("apps/daypass-desktop", &env(&["bin"], None)).unwrap(), at("bin/daypass"), "none beside it");
}
