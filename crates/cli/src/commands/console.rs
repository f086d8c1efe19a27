//! `daypass console`: the AWS console in a browser, and what can be opened there.

use daypass_broker::broker::open_console;
use daypass_broker::requests::{ConsolePage, ConsoleSignInPage, GetConsoleUrl};
use daypass_core::console::{Scope, Service, names_place, read_place};
use daypass_core::names::Partition;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_identity::browser;
use serde_json::json;

use super::choose::{named_or_chosen, or_chosen_by};
use super::meant::tell;
use super::sign_in_first::sign_in_first;
use crate::args::{Console, ConsoleCommand, OpenConsole};
use crate::ask::{run as run_here, surroundings};
use crate::say;

pub(super) fn run(console: Console) -> Result<(), Problem> {
    match console.command {
        Some(ConsoleCommand::Services { word }) => services(word.as_deref().unwrap_or_default()),
        None => open(console.open),
    }
}

fn open(wanted: OpenConsole) -> Result<(), Problem> {
    let OpenConsole { role, print, service, to, region, duration, log_out_first, with, browser, way, sign_in } = wanted;
    if !print && !browser::can_open() {
        return Err(no_browser(role.as_deref().unwrap_or("ROLE")));
    }
    let typed = named_or_chosen(role, "daypass console ROLE", &sign_in)?;
    let browser = way.settings(browser);
    let page = ConsolePage {
        service,
        to,
        region,
        duration,
        log_out_first,
        sign_in: with,
        as_url: print,
        browser,
        taker: None,
    };
    let console = or_chosen_by(&typed, &query(&typed), &sign_in, |role| {
        // A role that was chosen for a page opens that page.
        let place = (role != typed && names_place(&typed)).then(|| typed.clone());
        let page = ConsolePage { to: page.to.clone().or(place), ..page.clone() };
        sign_in_first(sign_in, |person| GetConsoleUrl {
            role: role.to_owned(),
            page: page.clone(),
            person,
            asked_by: None,
        })
    })?;
    let meant = &console.role;
    if !names_place(&typed) {
        tell(&typed, meant, None);
    }
    match &console.page {
        ConsoleSignInPage::Url(url) if print => {
            return say::result(&json!({ "role": typed, "arn": meant.arn, "url": url.expose() }), || {
                say::line(url.expose());
            });
        }
        ConsoleSignInPage::Assertion { asks_for_role: true, .. } => {
            say::note(&format!("AWS asks which role you want: choose {}", say::target(&meant.arn)));
        }
        ConsoleSignInPage::Url(_) | ConsoleSignInPage::Assertion { .. } => {}
    }
    say::note("Opening the AWS console in your browser");
    run_here(open_console(&console, &surroundings()?.places))?.map_err(|problem| match problem.code {
        ProblemCode::BrowserDidNotCome | ProblemCode::NoBrowser => problem.hint(print_instead(&typed)),
        _ => problem,
    })?;
    say::result(&json!({ "role": typed, "arn": meant.arn, "opened": true }), || {
        say::line(&format!("Opened the AWS console as {} in your browser", say::role(meant)));
    })
}

/// What the list begins with where a text means several roles: for a page, those of its account.
fn query(typed: &str) -> String {
    match read_place(typed).ok().filter(|_| names_place(typed)).and_then(|place| place.account) {
        Some(account) => account.to_string(),
        None => typed.replace([':', '/'], " "),
    }
}

/// Before AWS is asked, and before anything waits for a browser that can't come.
fn no_browser(role: &str) -> Problem {
    Problem::new(ProblemKind::Failed, ProblemCode::NoBrowser, "Daypass can't open a browser here")
        .hint(print_instead(role))
}

fn print_instead(role: &str) -> String {
    format!(
        "print the address with `daypass console {} --print`, and open it in a browser on any machine. Or set BROWSER to \
         a program that opens URLs",
        say::shell_word(role)
    )
}

fn services(word: &str) -> Result<(), Problem> {
    let found: Vec<&Service> = Service::search(word).collect();
    if found.is_empty() {
        let message = format!("no service has {word:?} in its name");
        return Err(Problem::new(ProblemKind::NotFound, ProblemCode::BadConsoleService, message)
            .hint("for a service that isn't listed, give the path: daypass console ROLE --to /PATH"));
    }
    let home = |service: &Service| service.home(Partition::standard());
    let of = |service: &&Service| {
        json!({
            "id": service.id,
            "name": service.name,
            "aliases": service.aliases,
            "global": service.scope != Scope::Regional,
            "region": home(service),
            "partitions": Partition::all()
                .filter(|partition| partition.console_host().is_some() && service.is_in(*partition))
                .map(Partition::id)
                .collect::<Vec<_>>(),
        })
    };
    say::result(&json!({ "services": found.iter().map(of).collect::<Vec<_>>() }), || {
        let mut rows = vec![["SERVICE", "NAME", "ALSO", "REGION"].map(str::to_owned).to_vec()];
        rows.extend(found.iter().map(|service| {
            let region = home(service).map_or_else(|| "the role's".to_owned(), |region| region.to_string());
            vec![service.id.to_owned(), service.name.to_owned(), service.aliases.join(", "), region]
        }));
        say::long_table(&rows);
    })
}
