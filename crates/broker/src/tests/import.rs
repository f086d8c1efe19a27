//! Imports: they do what was planned, a second one doesn't change anything, and they can be undone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::import::ImportOutcome;
use daypass_core::problem::ProblemCode;
use proptest::prelude::*;

use crate::broker::Broker;
use crate::import::{ImportAsked, Machine, NoKeyring, PlannedImport, TypedForImport};
use crate::rehearsal;

const KEY: &str =
    "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n";
const PORTAL: &str = "sso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n";

fn asked(keep_profiles: bool) -> ImportAsked {
    ImportAsked {
        tools: Vec::new(),
        keep_profiles,
        move_keys: false,
        types_secrets: false,
        command: "/usr/bin/daypass".into(),
    }
}

fn plan(broker: &Broker, keep_profiles: bool) -> PlannedImport {
    let places = &broker.surroundings().places;
    let files =
        [("AWS_CONFIG_FILE", &places.aws_config_file), ("AWS_SHARED_CREDENTIALS_FILE", &places.credentials_file)];
    let variables: BTreeMap<String, String> =
        files.map(|(name, file)| (name.to_owned(), file.to_str().unwrap().to_owned())).into();
    broker.plan_import(Machine::new(&places.home, variables, Arc::new(NoKeyring)), asked(keep_profiles)).unwrap()
}

fn import(broker: &Broker) -> ImportOutcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(broker.import(plan(broker, false), &TypedForImport::default())).unwrap()
}

fn undo(broker: &Broker) -> Result<daypass_core::import::ImportUndone, daypass_core::problem::Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(broker.undo_import())
}

fn with_files(config: &str, credentials: &str) -> (tempfile::TempDir, Broker) {
    let (home, broker) = rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), "# mine\n");
    std::fs::create_dir_all(home.path().join("aws")).unwrap();
    std::fs::write(home.path().join("aws/config"), config).unwrap();
    std::fs::write(home.path().join("aws/credentials"), credentials).unwrap();
    (home, broker)
}

fn text(home: &Path, file: &str) -> String {
    std::fs::read_to_string(home.join(file)).unwrap()
}

const FILES: [&str; 3] = ["config.toml", "aws/config", "aws/credentials"];

fn all(home: &Path) -> [String; 3] {
    FILES.map(|file| text(home, file))
}

fn any_config() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "[sso-session acme]\nsso_start_url = https://acme.awsapps.com/start\nsso_region = eu-central-1\n",
        "[profile a]\nsso_session = acme\nsso_account_id = 111122223333\nsso_role_name = Dev\nregion = eu-west-1\n",
        "[profile b]\nrole_arn = arn:aws:iam::111122223333:role/B\nsource_profile = a\nexternal_id = abc\n",
        "[profile c]\nrole_arn = arn:aws:iam::111122223333:role/C\nsource_profile = keys\n",
        "[profile b2]\nrole_arn = arn:aws:iam::111122223333:role/B\nsource_profile = a\n",
        "[profile keys]\nregion = us-east-1\n# a comment\n",
        "[default]\nregion = eu-central-1\ns3 =\n  x = 1\n",
        "[profile d]\nsso_start_url = https://acme.awsapps.com/start#/\nsso_region = eu-central-1\nsso_account_id = 1\nsso_role_name = R\n",
        "[profile self]\nrole_arn = arn:aws:iam::111122223333:role/S\nsource_profile = self\n",
        "[profile self]\nregion = x\n",
        "[profile e]\nlogin_session = arn:aws:iam::111122223333:user/kim\nregion = eu-north-1\n",
        "\n# between\n",
        "stray\n",
        "[profile open",
    ]);
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_second_import_changes_nothing_and_undo_leads_back(config in any_config(), has_keys: bool, for_self: bool) {
        let keys = if has_keys { format!("[keys]\n{KEY}") } else { String::new() };
        let own = if for_self { format!("\n[self]\n{KEY}") } else { String::new() };
        let (home, broker) = with_files(&config, &format!("{keys}{own}"));
        let before = all(home.path());
        let outcome = import(&broker);
        prop_assert!(outcome.left.is_empty(), "{:?}", outcome.left);
        let after = all(home.path());
        let again = plan(&broker, false);
        prop_assert!(again.plan.is_done, "{:?}", again.plan.files);
        let nothing = import(&broker);
        prop_assert_eq!(nothing, ImportOutcome::default());
        prop_assert_eq!(&all(home.path()), &after);
        if after != before {
            let undone = undo(&broker).unwrap();
            prop_assert!(undone.left.is_empty(), "{undone:?}");
            prop_assert_eq!(all(home.path()), before);
        }
        let refused = undo(&broker);
        prop_assert!(refused.is_err_and(|problem| problem.code == ProblemCode::NothingToUndo));
    }
}

#[test]
fn a_profile_whose_keys_stay_keeps_its_way() {
    let config = "[profile self]\nrole_arn = arn:aws:iam::111122223333:role/S\nsource_profile = self\n";
    let (home, broker) = with_files(config, &format!("[self]\n{KEY}"));
    let outcome = import(&broker);
    assert_eq!((outcome.roles, outcome.profiles.len()), (1, 0), "tools would take the keys before they ask Daypass");
    assert_eq!(text(home.path(), "aws/config"), config);
}

#[test]
fn a_profile_with_several_sections_stays_and_is_told() {
    let section =
        |role: &str| format!("[profile a]\n{PORTAL}sso_account_id = 111122223333\nsso_role_name = {role}\n\n");
    let config = format!("{}{}", section("Dev"), section("Dev"));
    let credentials = format!("[k]\n{KEY}\n[k]\n{KEY}");
    let (home, broker) = with_files(&config, &credentials);
    let planned = plan(&broker, false);
    assert!(planned.plan.remarks.iter().any(|remark| remark.what == "profile a stays as it is"));
    assert!(planned.plan.keys.is_empty(), "no question about keys that can't leave");
    let outcome = import(&broker);
    assert_eq!((outcome.identities.len(), outcome.profiles.len()), (2, 0));
    assert_eq!(text(home.path(), "aws/credentials"), credentials);
    assert_eq!(text(home.path(), "aws/config"), config);
    assert!(plan(&broker, false).plan.is_done);
}

#[test]
fn what_has_changed_since_stays() {
    let config = format!(
        "[profile a]\n{PORTAL}sso_account_id = 111122223333\nsso_role_name = Dev\n\n[profile b]\n{PORTAL}sso_account_id = 111122223333\nsso_role_name = Ops\n"
    );
    let (home, broker) = with_files(&config, "");
    import(&broker);
    let changed = text(home.path(), "aws/config").replace("[profile b]\n", "[profile b]\noutput = json\n");
    std::fs::write(home.path().join("aws/config"), format!("{changed}\n[profile new]\nregion = x\n")).unwrap();
    let toml = text(home.path(), "config.toml").replace("eu-central-1", "eu-west-1");
    std::fs::write(home.path().join("config.toml"), toml).unwrap();
    let undone = undo(&broker).unwrap();
    assert_eq!(undone.left, ["profile b", "identity acme"]);
    let now = text(home.path(), "aws/config");
    assert!(
        now.contains("[profile a]\nsso_start_url") && now.contains("output = json") && now.contains("[profile new]")
    );
    assert!(now.contains("--profile b"), "{now}");
}

#[test]
fn settings_that_cannot_be_right_are_left_out_with_their_roles() {
    let config = "[profile x]\nsso_start_url = javascript:alert(1)\nsso_region = eu-central-1\nsso_account_id = 111122223333\nsso_role_name = A\n";
    let (home, broker) = with_files(config, "");
    let planned = plan(&broker, false);
    assert!(planned.plan.identities.is_empty() && planned.plan.roles.is_empty() && planned.plan.is_done);
    assert!(
        planned.plan.remarks.iter().any(|remark| remark.what.ends_with("isn't imported")),
        "{:?}",
        planned.plan.remarks
    );
    assert_eq!(text(home.path(), "aws/config"), config);
}

#[test]
fn profiles_can_be_left_alone() {
    let config = format!("[profile a]\n{PORTAL}sso_account_id = 111122223333\nsso_role_name = Dev\n");
    let (_home, broker) = with_files(&config, "");
    let planned = plan(&broker, true);
    assert_eq!(planned.plan.files.len(), 1, "config.toml only");
}
