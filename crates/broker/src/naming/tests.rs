use std::collections::BTreeMap;

use daypass_core::account::AccountLabel;
use daypass_core::names::AccountId;
use daypass_core::problem::{NextStep, Problem, ProblemCode};
use daypass_core::settings::AccountSettings;
use daypass_core::view::RoleView;

use super::*;

/// Roles as `IDENTITY ACCOUNT ROLE`, each with what its account is called: `NAME` or `ALIAS=NAME`.
fn catalog(roles: &[(&str, &str)]) -> Vec<RoleView> {
    roles.iter().map(|(role, called)| view(role, called)).collect()
}

fn view(role: &str, called: &str) -> RoleView {
    let [identity, account, name] = role.split(' ').collect::<Vec<_>>()[..] else { panic!("{role}") };
    let arn = format!("arn:aws:iam::{account}:role/{name}");
    let short = name.rsplit('/').next().unwrap();
    let mut view: RoleView = serde_json::from_value(serde_json::json!({
        "id": format!("{identity}:{arn}"), "arn": arn, "kind": "role", "partition": "aws", "account": account,
        "accountName": null, "name": short, "identity": identity, "profile": format!("{account}-{short}"),
        "startedAs": [], "region": null, "via": [], "terms": {}, "usualDuration": null, "canBeReadOnly": true,
        "canAssumeRoles": true, "source": "declared",
    }))
    .unwrap();
    let (alias, called) = called.split_once('=').map_or((None, called), |(alias, name)| (Some(alias), name));
    let name = Some(called.to_owned()).filter(|name| !name.is_empty());
    view.put_label(AccountLabel { name, alias: alias.map(|it| it.parse().unwrap()), ..AccountLabel::default() });
    view
}

fn company() -> Vec<RoleView> {
    catalog(&[
        ("work 111122223333 ReadOnly", "shop-prod=Shop – production"),
        ("work 111122223333 Admin", "shop-prod=Shop – production"),
        ("work 111122223333 AdminAudit", "shop-prod=Shop – production"),
        ("work 444455556666 Developer", "Shop – staging"),
        ("work 444455556666 Admin", "Shop – staging"),
        ("work 777788889999 DataEngineer", "Data lake"),
        ("home 999999999999 Ops", ""),
    ])
}

fn find(roles: &[RoleView], text: &str, reach: Reach) -> Result<String, Problem> {
    let names = Names { roles, running: &[], written: &BTreeMap::new() };
    names.find(text, reach).map(|role| role.id.clone())
}

fn instead(problem: &Problem) -> Vec<&str> {
    match &problem.next {
        Some(NextStep::NameRole { roles, .. }) => roles.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn a_role_is_found_by_the_names_of_account_and_role_or_parts_of_them() {
    let roles = company();
    for (text, expected) in [
        ("shop-prod/Admin", 1),
        ("Shop – production/ReadOnly", 0),
        ("shop-production/readonly", 0),
        ("SHOP PRODUCTION/read", 0),
        ("production/audit", 2),
        ("stag/dev", 3),
        ("staging/Admin", 4),
        ("ReadOnly", 0),
        ("readonly", 0),
        ("dev", 3),
        ("engineer", 5),
        ("Data lake", 5),
        ("lake/", 5),
        ("3333/ReadOnly", 0),
        ("work:Developer", 3),
        ("home:ops", 6),
    ] {
        let found = find(&roles, text, Reach::Part).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
        assert_eq!(found, roles[expected].id, "{text}");
    }
}

#[test]
fn what_could_mean_several_lists_each_with_a_text_that_means_it_alone() {
    let roles = company();
    for (text, expected) in [
        ("Admin", vec!["shop-prod/Admin", "shop-staging/Admin"]),
        ("shop/Admin", vec!["shop-prod/Admin", "shop-staging/Admin"]),
        ("shop-prod", vec!["shop-prod/ReadOnly", "shop-prod/Admin", "shop-prod/AdminAudit"]),
        ("staging/", vec!["shop-staging/Developer", "shop-staging/Admin"]),
    ] {
        let problem = find(&roles, text, Reach::Part).unwrap_err();
        assert_eq!(problem.code, ProblemCode::AmbiguousRole, "{text}");
        assert_eq!(instead(&problem), expected, "{text}");
        for spelling in expected {
            find(&roles, spelling, Reach::Whole).unwrap();
        }
    }
    // Each is better in one of its names.
    let roles = catalog(&[("a 111122223333 Administrator", "prod"), ("a 444455556666 Admin", "prod-eu")]);
    assert_eq!(find(&roles, "prod/Admin", Reach::Part).unwrap_err().code, ProblemCode::AmbiguousRole);
}

#[test]
fn what_was_mistyped_is_answered_with_what_is_near() {
    let roles = company();
    for (text, expected) in [
        ("shop-pord/Admin", vec!["shop-prod/Admin", "shop-prod/AdminAudit"]),
        ("shop-prod/Amdin", vec!["shop-prod/Admin", "shop-prod/AdminAudit"]),
        ("Develoepr", vec!["shop-staging/Developer"]),
        ("shop-staging/Nothing", vec!["shop-staging/Developer", "shop-staging/Admin"]),
        ("nothing/Alike", vec![]),
        ("x", vec![]),
        ("---", vec![]),
    ] {
        let problem = find(&roles, text, Reach::Part).unwrap_err();
        assert_eq!((problem.code, instead(&problem)), (ProblemCode::UnknownRole, expected), "{text}");
    }
}

#[test]
fn what_cannot_be_taken_back_needs_whole_names() {
    let roles = company();
    assert!(find(&roles, "shop-prod/admin", Reach::Whole).is_ok() && find(&roles, "developer", Reach::Whole).is_ok());
    let problem = find(&roles, "stag/dev", Reach::Whole).unwrap_err();
    assert_eq!((problem.code, instead(&problem)), (ProblemCode::UnknownRole, vec!["shop-staging/Developer"]));
    assert!(is_whole("shop-prod/Admin", &roles[1], None) && is_whole("Admin", &roles[1], None));
    assert!(is_whole("work:111122223333/Admin", &roles[1], None) && is_whole(&roles[1].id, &roles[1], None));
    assert!(!is_whole("prod/Admin", &roles[1], None) && !is_whole("adm", &roles[1], None));
}

/// An account that someone else named doesn't take the place of one that the person named.
#[test]
fn what_the_person_wrote_of_accounts_comes_before_what_was_learned() {
    let roles = catalog(&[("a 111122223333 Admin", "prod="), ("b 444455556666 Admin", "prod")]);
    let account: AccountId = "111122223333".parse().unwrap();
    let settings = AccountSettings { alias: Some("prod".parse().unwrap()), ..AccountSettings::default() };
    let written = BTreeMap::from([(account, settings)]);
    let names = Names { roles: &roles, running: &[], written: &written };
    assert_eq!(names.find("prod/Admin", Reach::Part).unwrap().id, roles[0].id);
    assert_eq!(names.find("PROD/Admin", Reach::Part).unwrap().id, roles[0].id);
    assert_eq!(find(&roles, "prod/Admin", Reach::Part).unwrap_err().code, ProblemCode::AmbiguousRole);
}

#[test]
fn every_spelling_means_its_role_and_no_other() {
    let mut roles = company();
    roles.extend(catalog(&[
        // The same role by another identity, two paths, and names that look alike.
        ("home 111122223333 Admin", "shop-prod=Shop – production"),
        ("home 222222222222 a/Twin", "Twins"),
        ("home 222222222222 b/Twin", "Twins"),
        ("home 333333333333 A.B", "Dots"),
        ("home 333333333333 A-B", "Dots"),
        ("home 555555555555 X", "Data-Lake"),
        ("home 666666666666 X", "Team: Blue/Red"),
        ("home 121212121212 X", "–"),
    ]));
    let spellings = Spellings::of(&roles);
    let all: Vec<&RoleView> = roles.iter().collect();
    for role in &roles {
        let text = spellings.spell(role);
        let found =
            find_known(&all, &[], &text).map(|role| role.id.clone()).or_else(|_| find(&roles, &text, Reach::Whole));
        assert_eq!(found.unwrap_or_else(|problem| panic!("{text}: {problem:?}")), role.id, "{text}");
    }
    assert_eq!(spellings.spell(&roles[1]), "work:shop-prod/Admin");
    assert_eq!(spellings.spell(&roles[5]), "777788889999/DataEngineer", "another account is called nearly so");
    assert_eq!(spellings.spell(&roles[6]), "999999999999/Ops");
}

#[test]
fn a_list_is_narrowed_by_words_in_any_order() {
    let names = |words: &[&str]| -> Vec<String> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Filter::new(&words).pick(company()).into_iter().map(|role| role.name).collect()
    };
    assert_eq!(names(&[]).len(), 7);
    assert_eq!(names(&["admin", "prod"]), ["Admin", "AdminAudit"]);
    assert_eq!(names(&["Shop – production/ReadOnly"]), ["ReadOnly"]);
    assert_eq!(names(&["home"]), ["Ops"]);
    assert!(names(&["admin", "lake"]).is_empty());
}

/// 200 accounts with 50 roles each. Not a timed test: it shows by hand that nothing is quadratic.
#[test]
fn a_role_among_ten_thousand_is_found() {
    let mut roles = Vec::new();
    for account in 0..200 {
        for role in 0..50 {
            let of = format!("work {:012} Role{role:02}", 100_000_000_000_u64 + account);
            roles.push(view(&of, &format!("Team {account:03}")));
        }
    }
    assert_eq!(find(&roles, "team-117/role31", Reach::Part).unwrap(), roles[117 * 50 + 31].id);
    assert_eq!(instead(&find(&roles, "Role31", Reach::Part).unwrap_err()).len(), 8);
    assert_eq!(instead(&find(&roles, "tema-117/role31", Reach::Part).unwrap_err())[0], "team-117/Role31");
}

#[test]
fn a_role_is_found_by_arn_account_and_name_or_profile() {
    let mut roles =
        catalog(&[("corp 123456789012 Dev", ""), ("corp 123456789012 path/Ops", ""), ("corp 999999999999 Ops", "")]);
    roles[0].profile = "dev".parse().unwrap();
    roles[2].profile = "ops".parse().unwrap();
    let refs: Vec<&RoleView> = roles.iter().collect();
    let found = |text: &str| find_known(&refs, &[], text).map(|r| r.arn.to_string()).map_err(|p| p.code);
    assert_eq!(found("dev").unwrap(), roles[0].arn.to_string());
    assert_eq!(found("123456789012/Ops").unwrap(), roles[1].arn.to_string());
    assert_eq!(found("123456789012-Ops").unwrap(), roles[1].arn.to_string());
    assert_eq!(found("arn:aws:iam::999999999999:role/Ops").unwrap(), roles[2].arn.to_string());
    assert_eq!(found("nope").unwrap_err(), ProblemCode::UnknownRole);
    assert_eq!(found("Dev").unwrap_err(), ProblemCode::UnknownRole, "a program's profile isn't a role's name");
    assert_eq!(found("arn:aws:iam::99:role/Ops").unwrap_err(), ProblemCode::BadRoleArn);
    let other = RoleView { identity: "other".parse().unwrap(), ..roles[0].clone() };
    let both = [&roles[0], &other];
    for (text, identity) in [("corp:123456789012/Dev", "corp"), ("other:arn:aws:iam::123456789012:role/Dev", "other")] {
        assert_eq!(find_known(&both, &[], text).unwrap().identity.as_str(), identity);
    }
    assert_eq!(find_known(&both, &[], "nobody:123456789012/Dev").unwrap_err().code, ProblemCode::UnknownRole);
    for text in ["dev", "123456789012/Dev", "arn:aws:iam::123456789012:role/Dev"] {
        let problem = find_known(&both, &[], text).unwrap_err();
        assert_eq!(problem.code, ProblemCode::AmbiguousRole, "{text}");
        assert!(problem.message.contains("corp, other"), "{problem:?}");
        assert_eq!(instead(&problem), [format!("corp:{text}"), format!("other:{text}")]);
        for name in instead(&problem) {
            find_known(&both, &[], name).unwrap();
        }
    }
    let twice = catalog(&[("corp 123456789012 a/X", ""), ("corp 123456789012 b/X", "")]);
    let refs: Vec<&RoleView> = twice.iter().collect();
    let problem = find_known(&refs, &[], "123456789012/X").unwrap_err();
    assert_eq!(problem.code, ProblemCode::AmbiguousRole);
    assert_eq!(instead(&problem), [twice[0].id.as_str(), twice[1].id.as_str()]);
}
