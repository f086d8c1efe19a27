//! Searches with what they find, as a file that people read. `BLESS=1` writes what is found now: look at the difference.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::Path;

use daypass_search::{Index, marked};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Cases {
    searches: Vec<Search>,
    /// Queries against one list of roles, with how many match and the first of them.
    roles: Vec<[String; 5]>,
    queries: Vec<Query>,
    marks: Vec<Mark>,
}

#[derive(Serialize, Deserialize)]
struct Search {
    about: String,
    items: Vec<Vec<String>>,
    boosts: Vec<(u32, u8)>,
    query: String,
    found: Vec<usize>,
}

#[derive(Serialize, Deserialize)]
struct Query {
    query: String,
    count: usize,
    first: Vec<usize>,
}

#[derive(Serialize, Deserialize)]
struct Mark {
    text: String,
    query: String,
    /// The text, with what is marked in brackets.
    marked: String,
}

impl Cases {
    /// The same cases with what is found now.
    fn answered(self) -> Self {
        let roles = Index::new(&self.roles, |role| role.to_vec());
        let search = |search: Search| {
            let index = Index::new(&search.items, Vec::clone);
            let boosts: HashMap<u32, u8> = search.boosts.iter().copied().collect();
            let found = index.find(&search.query, |item| boosts.get(&item).copied().unwrap_or(0));
            Search { found, ..search }
        };
        let query = |query: Query| {
            let found = roles.find(&query.query, |_| 0);
            Query { count: found.len(), first: found.into_iter().take(8).collect(), ..query }
        };
        let mark = |mark: Mark| {
            let pieces = marked(&mark.text, &mark.query).into_iter();
            let bracketed = pieces.map(|piece| if piece.is_hit { format!("[{}]", piece.text) } else { piece.text });
            Mark { marked: bracketed.collect(), ..mark }
        };
        Self {
            searches: self.searches.into_iter().map(search).collect(),
            queries: self.queries.into_iter().map(query).collect(),
            marks: self.marks.into_iter().map(mark).collect(),
            roles: self.roles,
        }
    }

    fn written(&self) -> String {
        let parts = [
            part("searches", &self.searches),
            part("roles", &self.roles),
            part("queries", &self.queries),
            part("marks", &self.marks),
        ];
        format!("{{\n{}\n}}\n", parts.join(",\n"))
    }
}

/// One case a line: the file is read by people.
fn part<T: Serialize>(name: &str, cases: &[T]) -> String {
    let lines: Vec<String> = cases.iter().map(|case| format!("    {}", serde_json::to_string(case).unwrap())).collect();
    format!("  \"{name}\": [\n{}\n  ]", lines.join(",\n"))
}

#[test]
#[allow(clippy::disallowed_methods)]
fn both_searches_find_the_same() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/search.json");
    let text = std::fs::read_to_string(&file).unwrap();
    let now = serde_json::from_str::<Cases>(&text).unwrap().answered().written();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let differs = text.lines().zip(now.lines()).find(|(before, now)| before != now);
    assert!(text == now, "expected and found: {differs:#?}");
}
