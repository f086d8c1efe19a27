//! The list of a broker at a home of its own.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::sync::Arc;

use proptest::prelude::*;

use crate::broker::Broker;
use crate::broker::exchange::tests::{CHAIN, World};
use crate::rehearsal;
use daypass_core::clock::SystemClock;
use daypass_core::endpoints::Endpoints;
use daypass_core::role_list::{Grouping, ListLine, MoreRolesAsked, RoleAlone, RolesAsked, RolesFilter, SavedFilter};

const IDENTITIES: &str = "[identity.work]\nkind = \"profile\"\nprofile = \"p\"\n\n\
                          [identity.home]\nkind = \"profile\"\nprofile = \"q\"\n\n";
const SHOP: &str = "111122223333";
const DATA: &str = "444455556666";

fn role(identity: &str, account: &str, name: &str) -> String {
    format!("[[role]]\narn = \"arn:aws:iam::{account}:role/{name}\"\nidentity = \"{identity}\"\n\n")
}

fn id(identity: &str, account: &str, name: &str) -> String {
    format!("{identity}:arn:aws:iam::{account}:role/{name}")
}

fn broker(config: &str) -> (tempfile::TempDir, Broker) {
    rehearsal::broker(Arc::new(SystemClock), Endpoints::default(), &format!("{IDENTITIES}{config}"))
}

/// Two accounts, one of them with a name, and a role that both identities reach.
fn shop() -> (tempfile::TempDir, Broker) {
    let accounts = format!("[account.{SHOP}]\nname = \"Shop\"\nproduction = true\nfolder = \"Customer 10\"\n\n");
    let roles = [
        role("work", SHOP, "Admin"),
        role("work", SHOP, "ReadOnly"),
        role("home", SHOP, "Admin"),
        role("work", DATA, "team/Analyst"),
    ];
    broker(&format!("{accounts}{}", roles.concat()))
}

fn all() -> RolesAsked {
    RolesAsked { to: 1000, ..RolesAsked::default() }
}

fn asked(query: &str) -> RolesAsked {
    RolesAsked { query: query.to_owned(), ..all() }
}

/// Each line in a few words.
fn words(lines: &[ListLine]) -> Vec<String> {
    let word = |line: &ListLine| match line {
        ListLine::Group { name, accounts, roles, folded, .. } => {
            format!("{name:?} {accounts}/{roles}{}", if *folded { " folded" } else { "" })
        }
        ListLine::Account { account, roles, more, .. } => {
            let names: Vec<String> = roles
                .iter()
                .map(|role| if role.several { format!("{}@{}", role.name, role.identity) } else { role.name.clone() })
                .collect();
            let called = account.name.clone().unwrap_or_else(|| account.account.to_string());
            format!("{called}: {}{}", names.join(" "), if *more > 0 { format!(" +{more}") } else { String::new() })
        }
    };
    lines.iter().map(word).collect()
}

fn found(broker: &Broker, asked: &RolesAsked) -> Vec<String> {
    words(&broker.roles_found(asked).shown)
}

fn names(roles: &[RoleAlone]) -> Vec<String> {
    roles.iter().map(|one| one.role.name.clone()).collect()
}

#[test]
fn accounts_stand_by_name_with_their_roles_and_who_reaches_them() {
    let (_home, broker) = shop();
    let found = broker.roles_found(&all());
    assert_eq!((found.roles, found.accounts, found.lines), (4, 2, 2));
    assert_eq!(words(&found.shown), ["444455556666: Analyst", "Shop: Admin@home Admin@work ReadOnly"]);
    let ListLine::Account { roles, account, .. } = &found.shown[0] else { unreachable!() };
    assert_eq!(roles[0].id, id("work", DATA, "team/Analyst"));
    assert_eq!(roles[0].profile.as_str(), "444455556666-Analyst");
    assert!(!account.production && account.folder.is_none());
}

#[test]
fn a_query_puts_the_account_of_the_best_role_first_and_marks_what_it_matched() {
    let (_home, broker) = shop();
    assert_eq!(found(&broker, &asked("admin")), ["Shop: Admin@home Admin@work"]);
    assert_eq!(found(&broker, &asked("a")), ["444455556666: Analyst", "Shop: Admin@home Admin@work ReadOnly"]);
    assert_eq!(found(&broker, &asked("nothing like it")), [""; 0]);
    let shown = broker.roles_found(&asked("SHOP rea")).shown;
    let ListLine::Account { account, roles, .. } = &shown[0] else { unreachable!() };
    assert_eq!(account.marks.name, [(0, 4)]);
    assert_eq!(roles[0].marks.name, [(0, 3)]);
    // Typed letter by letter, the same is found as at once.
    for query in ["s", "sh", "sho", "shop", "shop ", "shop r", "shop ro"] {
        let typed = found(&broker, &asked(query));
        let (_other, fresh) = shop();
        assert_eq!(typed, self::found(&fresh, &asked(query)), "{query}");
    }
}

#[test]
fn a_pasted_arn_or_address_finds_the_roles_that_it_is_about() {
    let (_home, broker) = shop();
    let page = |query: &str| {
        let found = broker.roles_found(&asked(query));
        (words(&found.shown), found.page)
    };
    let bucket = format!("arn:aws:sqs:eu-west-1:{DATA}:jobs");
    assert_eq!(page(&bucket), (vec!["444455556666: Analyst".to_owned()], Some(bucket.clone())));
    assert_eq!(broker.roles_ranked(&bucket, &RolesFilter::default(), 0, 9).page, Some(bucket.clone()));
    // A role's own ARN means the role, by each identity, and no page.
    let admin = format!("arn:aws:iam::{SHOP}:role/Admin");
    assert_eq!(page(&admin), (vec!["Shop: Admin@home Admin@work".to_owned()], None));
    assert_eq!(page(&format!("arn:aws:iam::{SHOP}:role/Other")).0, ["Shop: Admin@home Admin@work ReadOnly"]);
    // Words beside it narrow that, and so does a filter.
    let home = "https://eu-central-1.console.aws.amazon.com/s3/buckets/logs";
    assert_eq!(page(home).0, ["444455556666: Analyst", "Shop: Admin@home Admin@work ReadOnly"]);
    assert_eq!(
        page(&format!("{home} shop adm")),
        (vec!["Shop: Admin@home Admin@work".to_owned()], Some(home.to_owned()))
    );
    let production = RolesFilter { production: true, ..RolesFilter::default() };
    let filtered = found(&broker, &RolesAsked { filter: production, ..asked(home) });
    assert_eq!(filtered, ["Shop: Admin@home Admin@work ReadOnly"]);
    for nothing in ["arn:aws:s3", "https://evil.example/console", "arn:aws-cn:s3:::logs", "daypass://start/Shop/Admin"]
    {
        assert_eq!(page(nothing).0, [""; 0], "{nothing}");
    }
    // Typed on, the words of before don't count.
    let typed = ["a", "ar", "arn", "arn:", "arn:aws", bucket.as_str()].map(|query| page(query).0);
    assert_eq!(typed[5], ["444455556666: Analyst"]);
}

#[tokio::test]
async fn a_session_s_own_profile_finds_its_role() {
    let world = World::new(CHAIN, |_, _| None).await;
    let names = |query: &str, filter: RolesFilter| -> Vec<String> {
        names(&world.broker.roles_ranked(query, &filter, 0, 9).shown)
    };
    let any = RolesFilter::default;
    assert_eq!(names("night", any()), [""; 0]);
    world.start("A", "night-shift").await.unwrap();
    assert_eq!(names("night", any()), ["A"]);
    // With words of the account, typed on, and beside a filter.
    for query in ["n", "ni", "night-", "night-shift", "123456789012 night"] {
        assert_eq!(names(query, any()), ["A"], "{query}");
    }
    assert_eq!(names("night", RolesFilter { production: true, ..any() }), [""; 0]);
    assert_eq!(found(&world.broker, &asked("night")), ["123456789012: A"]);
    world.broker.stop(None).await.unwrap();
    assert_eq!(names("night", any()), ["A"], "its profile starts it again");
}

/// A session whose renewal failed needs the person, and isn't counted among those that run.
#[tokio::test]
async fn only_what_runs_passes_the_filter_for_it() {
    let world = World::new(CHAIN, |_, count| (count == 1).then_some("AccessDenied")).await;
    let running = || {
        let filter = RolesFilter { running: true, ..RolesFilter::default() };
        names(&world.broker.roles_ranked("", &filter, 0, 9).shown)
    };
    world.start("A", "day").await.unwrap();
    assert_eq!(running(), ["A"]);
    world.broker.renew(&"day".parse().unwrap()).await.unwrap_err();
    assert_eq!(running(), [""; 0]);
}

#[test]
fn groups_fold_and_a_role_is_found_in_them() {
    let (_home, broker) = shop();
    let by = |group, folded: &[&str], find: &str| {
        let folded = folded.iter().map(|id| (*id).to_owned()).collect();
        broker.roles_found(&RolesAsked { group, folded, find: Some(find.to_owned()), ..all() })
    };
    let admin = id("work", SHOP, "Admin");
    let by_identity = by(Grouping::Identity, &[], &admin);
    assert_eq!(
        words(&by_identity.shown),
        ["\"home\" 1/1", "Shop: Admin@home", "\"work\" 2/3", "444455556666: Analyst", "Shop: Admin@work ReadOnly"]
    );
    assert_eq!((by_identity.accounts, by_identity.lines), (2, 5));
    assert_eq!(by_identity.found.map(|at| (at.line, at.role)), Some((4, 0)));
    let folded = by(Grouping::Identity, &["work"], &admin);
    assert_eq!(words(&folded.shown), ["\"home\" 1/1", "Shop: Admin@home", "\"work\" 2/3 folded"]);
    assert_eq!(folded.found.map(|at| (at.line, at.role)), Some((2, 0)));
    // What is in no folder comes last.
    let by_folder = by(Grouping::Folder, &[], "work:nonsense");
    assert_eq!(words(&by_folder.shown)[0], "\"Customer 10\" 1/3");
    assert_eq!(words(&by_folder.shown)[2], "\"\" 1/1");
    assert!(by_folder.found.is_none());
}

#[test]
fn filters_keep_what_they_say() {
    let (_home, broker) = shop();
    let only = |filter: RolesFilter| found(&broker, &RolesAsked { filter, ..all() });
    let home = RolesFilter { identities: vec!["home".parse().unwrap()], ..RolesFilter::default() };
    assert_eq!(only(home), ["Shop: Admin@home"]);
    let production = RolesFilter { production: true, ..RolesFilter::default() };
    assert_eq!(only(production.clone()), ["Shop: Admin@home Admin@work ReadOnly"]);
    let favourites = RolesFilter { favourites: true, ..production };
    assert_eq!(only(favourites.clone()), [""; 0]);
    broker.add_favourites(&[id("work", SHOP, "ReadOnly"), id("work", DATA, "team/Analyst")]).unwrap();
    assert_eq!(only(favourites), ["Shop: ReadOnly"]);
    assert_eq!(only(RolesFilter { running: true, ..RolesFilter::default() }), [""; 0]);
    // These identities need no sign-in.
    assert_eq!(only(RolesFilter { needs_sign_in: true, ..RolesFilter::default() }), [""; 0]);
}

#[test]
fn favourites_come_first_everywhere_and_one_that_is_gone_is_not_shown() {
    let (home, broker) = shop();
    let read_only = id("work", SHOP, "ReadOnly");
    assert_eq!(broker.add_favourites(&["Shop/ReadOnly".to_owned()]).unwrap(), std::slice::from_ref(&read_only));
    broker.add_favourites(&[id("work", DATA, "team/Analyst"), read_only.clone()]).unwrap();
    let config = home.path().join("config.toml");
    let gone = id("work", SHOP, "Gone");
    let text =
        std::fs::read_to_string(&config).unwrap().replace("favourites = [", &format!("favourites = [\"{gone}\","));
    std::fs::write(&config, &text).unwrap();
    let now = broker.roles_now("", &RolesFilter::default());
    assert_eq!(names(&now.favourites), ["ReadOnly", "Analyst"]);
    assert_eq!(broker.roles_known().favourites.len(), 3);
    let ranked = broker.roles_ranked("", &RolesFilter::default(), 0, 2);
    assert_eq!((names(&ranked.shown), ranked.roles), (vec!["ReadOnly".to_owned(), "Analyst".to_owned()], 4));
    assert!(broker.roles_now("analyst", &RolesFilter::default()).favourites[0].role.favourite);

    broker.move_favourite(&id("work", DATA, "team/Analyst"), 0).unwrap();
    assert_eq!(names(&broker.roles_now("", &RolesFilter::default()).favourites), ["Analyst", "ReadOnly"]);
    broker.remove_favourites(&[gone, "Shop/ReadOnly".to_owned()]).unwrap();
    assert_eq!(names(&broker.roles_now("", &RolesFilter::default()).favourites), ["Analyst"]);
    assert_eq!(broker.favourites().unwrap().len(), 1);
}

#[test]
fn a_name_with_anything_in_it_is_found_and_marked_within_its_bounds() {
    for name in ["Ünïcode Ödland", "שלום עולם", "a\u{301}b 🦀 crab", "İstanbul"] {
        let (_home, broker) =
            broker(&format!("[account.{SHOP}]\nname = \"{name}\"\n\n{}", role("work", SHOP, "Admin")));
        let length = u32::try_from(name.encode_utf16().count()).unwrap();
        for query in [name, "crab", "ö", "םולש", "a", "🦀"] {
            for line in broker.roles_found(&asked(query)).shown {
                let ListLine::Account { account, .. } = line else { unreachable!() };
                assert!(account.marks.name.iter().all(|&(from, to)| from < to && to <= length), "{name} {query}");
            }
        }
        assert_eq!(found(&broker, &asked(name)).len(), 1, "{name}");
    }
}

#[test]
fn a_long_account_is_paged_and_what_is_known_of_a_role_is_whole() {
    let many: String = (0..100).map(|n| role("work", SHOP, &format!("Role-{n}"))).collect();
    let (_home, broker) = broker(&many);
    assert!(found(&broker, &all())[0].ends_with("Role-39 +60"));
    let more = |from, to| {
        let (account, partition) = (SHOP.parse().unwrap(), "aws".to_owned());
        let roles = broker.more_roles(&MoreRolesAsked { list: all(), group: None, partition, account, from, to });
        roles.into_iter().map(|role| role.name).collect::<Vec<_>>()
    };
    assert_eq!(more(98, 200), ["Role-98", "Role-99"]);
    assert_eq!(more(300, 200), [""; 0]);
    let whole = broker.roles_by_id(&[id("work", SHOP, "Role-7"), id("work", SHOP, "Gone"), "x".to_owned()]);
    assert_eq!(whole, [broker.role(&id("work", SHOP, "Role-7")).unwrap()]);
    let before = broker.roles_before(&"work".parse().unwrap(), Some(&whole[0].arn), "role-7");
    assert!(before.iter().any(|role| role.name == "Role-70") && before.iter().all(|role| role.name != "Role-7"));
}

#[test]
fn filters_and_folders_are_written_and_read_again() {
    let (home, broker) = shop();
    let filter = RolesFilter { production: true, identities: vec!["work".parse().unwrap()], ..RolesFilter::default() };
    let saved = SavedFilter { name: "Prod of work".parse().unwrap(), query: "admin".to_owned(), filter };
    broker.put_filter(saved.clone()).unwrap();
    broker.put_account_folder(&DATA.parse().unwrap(), Some("Customer 9".parse().unwrap())).unwrap();
    let text = std::fs::read_to_string(home.path().join("config.toml")).unwrap();
    assert!(text.contains("[filter.\"Prod of work\"]\nquery = \"admin\"\nidentities = [\"work\"]\n"), "{text}");
    let snapshot = Broker::open(broker.surroundings().clone()).window_snapshot();
    assert_eq!(snapshot.filters, std::slice::from_ref(&saved));
    assert!(snapshot.roles.is_empty());
    let known = snapshot.roles_known.unwrap();
    let folders: Vec<&str> = known.folders.iter().map(|folder| folder.as_str()).collect();
    assert_eq!((known.roles, known.accounts, folders), (4, 2, vec!["Customer 9", "Customer 10"]));
    broker.remove_filter(&saved.name).unwrap();
    assert!(broker.window_snapshot().filters.is_empty());
}

#[test]
fn a_change_of_the_catalog_is_seen_at_once_and_raises_the_revision() {
    let (home, broker) = shop();
    let first = broker.roles_found(&all());
    assert_eq!(broker.roles_found(&asked("admin")).revision, first.revision);
    let config = home.path().join("config.toml");
    let text = std::fs::read_to_string(&config).unwrap() + &role("work", DATA, "Ops");
    std::fs::write(&config, text).unwrap();
    let then = broker.roles_found(&all());
    assert!(then.revision > first.revision);
    assert_eq!(words(&then.shown)[0], "444455556666: Analyst Ops");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// The pieces together are the whole list.
    #[test]
    fn pages_make_the_whole(
        picks in prop::collection::vec((0..5usize, "[A-D]{1,2}", any::<bool>()), 1..40),
        query in "[a-d1]{0,2}",
        group in prop::sample::select(vec![Grouping::Account, Grouping::Identity, Grouping::Folder]),
        page in 1..7u32,
    ) {
        let mut roles: Vec<String> = picks
            .iter()
            .map(|(account, name, is_home)| {
                role(if *is_home { "home" } else { "work" }, &format!("11112222333{account}"), name)
            })
            .collect();
        roles.sort();
        roles.dedup();
        let folder = "[account.111122223331]\nfolder = \"A\"\n\n";
        let (_home, broker) = broker(&format!("{folder}{}", roles.concat()));
        let list = RolesAsked { query, group, ..all() };
        let whole = broker.roles_found(&list);
        prop_assert_eq!(whole.lines as usize, whole.shown.len());
        let mut pieces = Vec::new();
        let mut from = 0;
        while from < whole.lines {
            let piece = broker.roles_found(&RolesAsked { from, to: from + page, ..list.clone() });
            prop_assert_eq!((piece.from, piece.lines, piece.roles), (from, whole.lines, whole.roles));
            pieces.extend(piece.shown);
            from += page;
        }
        prop_assert_eq!(&pieces, &whole.shown);
        let ids = pieces.iter().flat_map(|line| match line {
            ListLine::Account { roles, .. } => roles.iter().map(|role| role.id.clone()).collect(),
            ListLine::Group { .. } => Vec::new(),
        });
        let mut ids: Vec<String> = ids.collect();
        let count = ids.len();
        ids.sort();
        ids.dedup();
        prop_assert_eq!((ids.len(), count), (whole.roles as usize, whole.roles as usize), "each role is listed once");
    }
}
