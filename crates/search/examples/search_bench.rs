//! Times this search and nucleo's on the same roles and queries: `./dev bench search` runs it, and the window's beside it.
//!
//! Arguments: a file with `{"roles": […], "queries": […]}`. Prints one JSON line for each search: the milliseconds of each
//! query and what it found first.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::Instant;

use daypass_search::Index;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32String};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Input {
    roles: Vec<Vec<String>>,
    queries: Vec<String>,
}

fn main() {
    let file = std::env::args().nth(1).unwrap();
    let Input { roles, queries } = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let index = Index::new(&roles, Vec::clone);
    report("daypass-search", &queries, |query| index.find(query, |_| 0));

    // As helix lists things: one text for each role, every term of the query in it.
    let texts: Vec<Utf32String> = roles.iter().map(|role| role.join(" ").into()).collect();
    let mut matcher = Matcher::new(Config::DEFAULT);
    report("nucleo-matcher", &queries, |query| {
        let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
        let score = |(at, text): (usize, &Utf32String)| Some((pattern.score(text.slice(..), &mut matcher)?, at));
        let mut found: Vec<(u32, usize)> = texts.iter().enumerate().filter_map(score).collect();
        found.sort_unstable_by_key(|&(score, at)| (std::cmp::Reverse(score), at));
        found.into_iter().map(|(_, at)| at).collect()
    });
}

fn report(name: &str, queries: &[String], mut find: impl FnMut(&str) -> Vec<usize>) {
    let mut run = |query: &String| {
        let began = Instant::now();
        let found = find(query);
        let took = began.elapsed().as_secs_f64() * 1000.0;
        json!({ "ms": took, "count": found.len(), "first": found.iter().take(5).collect::<Vec<_>>() })
    };
    queries.iter().take(5).for_each(|query| drop(run(query)));
    let answers: Vec<_> = queries.iter().map(&mut run).collect();
    println!("{}", json!({ "search": name, "answers": answers }));
}
