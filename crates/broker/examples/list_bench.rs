//! Times what the window asks at each key: `./dev bench search` runs it with `DAYPASS_HOME` at a home with many roles.
//!
//! Argument: a file with `["query", …]`. Prints a JSON line: the milliseconds until the first answer, and those of each
//! query with its answer as JSON, which is what goes to the window.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

use std::sync::Arc;
use std::time::Instant;

use daypass_broker::broker::Broker;
use daypass_core::role_list::RolesAsked;
use daypass_core::surroundings::Surroundings;
use serde_json::json;

fn main() {
    let file = std::env::args().nth(1).unwrap();
    let queries: Vec<String> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let surroundings = Surroundings::of_process(Arc::new(|_| unreachable!("the vault isn't opened"))).unwrap();
    let broker = Broker::open(surroundings);
    let ask = |query: &str| {
        let began = Instant::now();
        let asked = RolesAsked { query: query.to_owned(), to: 40, ..RolesAsked::default() };
        let answer = serde_json::to_vec(&broker.roles_found(&asked)).unwrap();
        (began.elapsed().as_secs_f64() * 1000.0, answer.len())
    };
    let (first, _) = ask("");
    let answers: Vec<_> = queries.iter().map(|query| ask(query)).collect();
    let times: Vec<f64> = answers.iter().map(|(took, _)| *took).collect();
    let bytes: Vec<usize> = answers.iter().map(|(_, bytes)| *bytes).collect();
    println!("{}", json!({ "first": first, "times": times, "bytes": bytes }));
}
