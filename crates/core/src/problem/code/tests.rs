use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;

#[test]
fn each_code_is_read_back_from_its_word() {
    let mut words = BTreeMap::new();
    for code in ProblemCode::all() {
        let word = code.to_string();
        assert_eq!(word.parse(), Ok(code));
        assert_eq!(serde_json::to_value(code).unwrap(), word.as_str());
        assert_eq!(words.insert(word, code), None, "{code:?}");
    }
    assert_eq!(
        serde_json::from_str::<ProblemCode>("\"sso-oidc-expired-token\"").unwrap().to_string(),
        "sso-oidc-expired-token"
    );
    assert!(serde_json::from_str::<ProblemCode>("\"no-such-code\"").is_err());
}

/// Keeps `docs/problems.md` complete: every code with its meaning, and no other.
#[test]
fn docs_list_every_code_with_its_meaning() {
    let text = std::fs::read_to_string(docs().join("problems.md")).unwrap();
    let listed: BTreeSet<String> = text.lines().filter(|line| line.starts_with("| `")).map(str::to_owned).collect();
    let expected: BTreeSet<String> = ProblemCode::OWN
        .iter()
        .map(|code| row(&code.to_string(), code.meaning()))
        .chain(AwsProblem::ALL.iter().map(|it| row(&in_docs(*it), it.meaning())))
        .collect();
    let missing: Vec<_> = expected.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&expected).collect();
    assert!(missing.is_empty() && stale.is_empty(), "missing:\n{missing:#?}\nstale:\n{stale:#?}");
}

/// The other pages name codes in tables whose first column is called `code`.
#[test]
fn docs_name_no_code_that_does_not_exist() {
    let mut seen = 0;
    for page in std::fs::read_dir(docs()).unwrap().map(|entry| entry.unwrap().path()) {
        if page.extension().is_none_or(|it| it != "md") || page.ends_with("problems.md") {
            continue;
        }
        let mut is_of_codes = false;
        for line in std::fs::read_to_string(&page).unwrap().lines() {
            let Some(first) = line.strip_prefix('|').and_then(|line| line.split('|').next()) else {
                is_of_codes = false;
                continue;
            };
            is_of_codes |= first.trim().eq_ignore_ascii_case("code");
            for word in first.split('`').skip(1).step_by(2).filter(|_| is_of_codes) {
                assert!(word.parse::<ProblemCode>().is_ok(), "{}: {word}", page.display());
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen} codes were found in the tables of docs/");
}

#[test]
fn the_window_knows_every_code() {
    ProblemCode::export_all(&ts_rs::Config::from_env()).unwrap();
}

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn row(code: &str, meaning: &str) -> String {
    format!("| `{code}` | {meaning} |")
}

fn in_docs(problem: AwsProblem) -> String {
    match problem {
        AwsProblem::NotTheService => "SERVICE-not-SERVICE".to_owned(),
        problem => format!("SERVICE-{}", problem.word()),
    }
}
