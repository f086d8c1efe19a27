//! Finds what is wrong on this machine and how to fix it: looks once at each thing that Daypass depends on.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daypass_vault::HealthState;
use serde::Serialize;
use url::Url;

use crate::agent;
use crate::broker::Broker;

use crate::credentials_file::{WhatIsWritten, Written, is_same, open_to_others, passed_over, unreadable_by_tools};
use crate::environment::shadowing_variables;
use crate::region::lacks_region;
use crate::requests::AgentInfo;
use crate::web_sandbox::WebSandbox;
use daypass_core::names::ProfileName;
use daypass_core::openness::open_to_some;
use daypass_core::problem::{NextStep, Problem, ProblemCode};
use daypass_core::session_request::Delivery;
use daypass_core::settings::{CatalogView, ProxySetting};
use daypass_core::surroundings::Surroundings;
use daypass_core::view::{RoleSource, RoleView, SessionView, Snapshot};
use daypass_deliver::generated::GeneratedProfiles;
use daypass_http::{CA_SETTING, Route, Trouble, Unanswered};

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: &'static str,
    /// How it is.
    pub verdict: Verdict,
    /// What was seen.
    pub message: String,
    /// How to fix it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What to do next, for a face to word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// As it should be.
    Well,
    /// Not wrong, but worth knowing.
    Note,
    /// Something will not work.
    Wrong,
}

/// More than this, and AWS refuses signatures (it allows 5 minutes of difference; 15 for some services).
const LARGEST_SKEW: TimeDelta = TimeDelta::minutes(5);

/// Looks at everything. Asks the network (STS and each identity's provider), changes nothing.
pub async fn examine(surroundings: Surroundings, env: impl Fn(&str) -> Option<OsString>) -> Vec<Finding> {
    let broker = Broker::open(surroundings.clone());
    let mut findings = vec![config(&broker)];
    findings.extend(policy(&broker));
    findings.extend(broker.catalogs().unwrap_or_default().into_iter().map(catalog));
    findings.extend([vault(&broker), credentials_file(&surroundings), agent(&surroundings)]);
    findings.extend(profiles(&broker));
    let variables = shadowing_variables(&env);
    findings.extend(variables.map(|it| note("environment", it.message, it.hint.unwrap_or_default())));
    findings.push(browser(&env));
    findings.extend(web_sandbox(&env));
    findings.extend(sts(&broker).await);
    let snapshot = broker.snapshot_without_roles();
    findings.extend(snapshot.sessions.iter().filter_map(|session| region(session, &surroundings, &env)));
    for identity in snapshot.identities {
        let name = &identity.name;
        let first = match broker.try_identity(name, &|_| ()).await {
            Ok(steps) => steps.into_iter().find_map(|step| step.problem),
            Err(problem) => Some(problem),
        };
        match first {
            None => {
                findings.push(well("identity", format!("{name} can be used to sign in")));
                let caution = broker.caution(name).await;
                findings.extend(caution.map(|it| note("identity", format!("{name}: {}", it.message), it.hint)));
            }
            Some(first) => {
                let message = format!("{name}: {}", first.message);
                findings.push(of_problem("identity", Problem { message, ..first }));
            }
        }
    }
    findings
}

fn config(broker: &Broker) -> Finding {
    let snapshot = broker.snapshot();
    let path = &broker.surroundings().places.config_file;
    match snapshot.config_problem {
        Some(problem) => Finding { hint: problem.hint, ..wrong("config.toml", problem.message, "") },
        None if open_to_some(path) => note(
            "config.toml",
            format!("other users can change {}, and with it where you sign in", path.display()),
            if cfg!(windows) {
                "if you don't share it on purpose: in the properties of it and of each folder above it, under Security, \
                 see that only you, administrators and the system can change it"
                    .to_owned()
            } else {
                format!(
                    "if you don't share it on purpose: make sure that it and each folder above it belong to you or root, and chmod \
                     go-w {} and those folders",
                    path.display()
                )
            },
        ),
        None => well(
            "config.toml",
            format!(
                "{} is valid (identities: {}, roles: {})",
                snapshot.config_file,
                snapshot.identities.len(),
                snapshot.roles.len()
            ),
        ),
    }
}

/// What the organization limits on this machine.
fn policy(broker: &Broker) -> Option<Finding> {
    const WHAT: &str = "policy";
    let policy = broker.policy_view()?;
    if let Some(problem) = policy.problem {
        return Some(of_problem(WHAT, problem));
    }
    let list = |what: &str, words: Option<Vec<String>>| words.map(|words| format!("{what}: {}", words.join(", ")));
    let deliveries = policy.deliveries.map(|them| them.iter().map(|it| it.word().to_owned()).collect());
    let limits = [
        policy.longest_session.map(|longest| format!("sessions last {longest} at most")),
        list("deliveries", deliveries),
        list("kinds of identity", policy.kinds),
        list("identity providers", policy.providers),
        policy.production_read_only.then(|| "production is read-only".to_owned()),
    ];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    Some(well(WHAT, format!("set by your organization ({}). {}", policy.file, limits.join("; "))))
}

fn catalog(catalog: CatalogView) -> Finding {
    const WHAT: &str = "shared catalog";
    let name = &catalog.name;
    if let Some(problem) = catalog.problem {
        let hint = problem.hint.unwrap_or_default();
        return note(WHAT, format!("catalog {name}: {}", problem.message), hint);
    }
    if !catalog.waiting.is_empty() {
        let next = Some(NextStep::ShowCatalog { catalog: name.clone() });
        let message = format!("catalog {name} has changes for you to accept");
        return Finding { next, ..note(WHAT, message, "look at it, then accept it".to_owned()) };
    }
    if !catalog.notes.is_empty() {
        let hint = "that's fine if it's what you want".to_owned();
        return note(WHAT, format!("catalog {name}: {}", catalog.notes.join("; ")), hint);
    }
    let CatalogView { from, identities, roles, accounts, .. } = &catalog;
    let counts = format!("identities: {identities}, roles: {roles}, accounts: {accounts}");
    well(WHAT, format!("catalog {name} from {from} is in force ({counts})"))
}

fn vault(broker: &Broker) -> Finding {
    let health = broker.vault().check();
    let told = health.to_string();
    match health.state {
        HealthState::Fails(error) => of_problem("vault", error.into()),
        _ => well("vault", told),
    }
}

fn credentials_file(surroundings: &Surroundings) -> Finding {
    const WHAT: &str = "credentials file";
    let path = &surroundings.places.credentials_file;
    let shown = path.display();
    // Like writing, taking the lock needs a writable folder.
    if let Err(error) = durable_file::try_lock(path) {
        return wrong(WHAT, error.to_string(), "give yourself write permission, or set AWS_SHARED_CREDENTIALS_FILE");
    }
    match durable_file::read(path) {
        Err(error) => wrong(WHAT, error.to_string(), "fix its permissions, or set AWS_SHARED_CREDENTIALS_FILE"),
        Ok(None) => well(WHAT, format!("Daypass creates {shown} when you start your first role")),
        Ok(Some(_)) => match (unreadable_by_tools(path), open_to_others(path)) {
            (Some(problem), _) => Finding { hint: problem.hint, ..wrong(WHAT, problem.message, "") },
            (None, Some(problem)) => note(WHAT, problem.message, problem.hint.unwrap_or_default()),
            (None, None) => well(WHAT, format!("{shown} can be read and written")),
        },
    }
}

/// What keeps tools from the profiles that Daypass writes, or would write.
fn profiles(broker: &Broker) -> Vec<Finding> {
    const WHAT: &str = "AWS profiles";
    let places = &broker.surroundings().places;
    let fault = unreadable_by_tools(&places.aws_config_file);
    let mut findings: Vec<Finding> = fault.into_iter().map(|it| of_problem("AWS config file", it)).collect();
    let Snapshot { sessions, roles, .. } = broker.snapshot();
    let in_file = |session: &&SessionView| matches!(session.delivery, Delivery::CredentialsFile);
    let keys = |profile, role| Written { profile, what: WhatIsWritten::Keys(role) };
    let running = sessions.iter().filter(in_file).map(|session| keys(&session.profile, session.role_id.as_str()));
    let running: BTreeSet<Written<'_>> = running.collect();
    let names: BTreeSet<&ProfileName> = running.iter().map(|running| running.profile).collect();
    let is_declared = |role: &&RoleView| role.source == RoleSource::Declared && !names.contains(&role.profile);
    let declared = roles.iter().filter(is_declared).map(|role| keys(&role.profile, role.id.as_str()));
    let declared: BTreeSet<Written<'_>> = declared.collect();
    let generated = GeneratedProfiles::of(broker.surroundings()).found().unwrap_or_default();
    let generated = generated.iter().map(|found| Written { profile: &found.name, what: WhatIsWritten::Process });
    let now = running.into_iter().chain(generated);
    findings.extend(passed_over(places, now).into_iter().map(|it| of_problem(WHAT, it)));
    let later = passed_over(places, declared).into_iter();
    findings.extend(later.map(|it| note(WHAT, it.message, it.hint.unwrap_or_default())));
    findings
}

fn of_problem(what: &'static str, problem: Problem) -> Finding {
    Finding { hint: problem.hint, next: problem.next, ..wrong(what, problem.message, "") }
}

fn agent(surroundings: &Surroundings) -> Finding {
    const WHAT: &str = "agent";
    match agent::connect(&surroundings.places.socket) {
        Ok(None) => note(
            WHAT,
            "none is running, so Daypass renews sessions only when `credential-process` asks".to_owned(),
            "start the desktop app, or `daypass agent`".to_owned(),
        ),
        Ok(Some(agent)) if agent.agent().version == env!("CARGO_PKG_VERSION") => {
            let AgentInfo { version, pid, credentials_file, .. } = agent.agent();
            let ours = &surroundings.places.credentials_file;
            match credentials_file.as_ref().filter(|file| !is_same(Path::new(file), ours)) {
                None => well(WHAT, format!("version {version} is running (process {pid})")),
                Some(theirs) => note(
                    WHAT,
                    format!(
                        "version {version} is running (process {pid}). It writes profiles to {theirs}, and tools in this \
                         shell read {}",
                        ours.display()
                    ),
                    format!("set AWS_SHARED_CREDENTIALS_FILE={theirs} here, or start the agent again"),
                ),
            }
        }
        Err(problem) if problem.code != ProblemCode::AgentVersion => {
            Finding { hint: problem.hint, ..wrong(WHAT, problem.message, "") }
        }
        Ok(Some(_)) | Err(_) => wrong(
            WHAT,
            "an agent with a different version is running".to_owned(),
            "quit the desktop app or `daypass agent`, and start it again",
        ),
    }
}

/// Tools that find no region end with "You must specify a region".
fn region(
    session: &SessionView,
    surroundings: &Surroundings,
    env: &impl Fn(&str) -> Option<OsString>,
) -> Option<Finding> {
    let SessionView { profile, identity, .. } = session;
    lacks_region(session, &surroundings.places, env).then(|| {
        let message = format!("profile {profile} doesn't have one, so AWS tools ask for one");
        let hint = format!("daypass start {profile} --region REGION, or set default_region of identity {identity}");
        note("region", message, hint)
    })
}

fn browser(env: &impl Fn(&str) -> Option<OsString>) -> Finding {
    const WHAT: &str = "browser";
    let has = |name: &str| env(name).filter(|v| !v.is_empty());
    if let Some(browser) = has("BROWSER") {
        let told = format!("BROWSER is {}", browser.display());
        if daypass_identity::browser::names_a_program(&browser) {
            return well(WHAT, told);
        }
        let hint = "set BROWSER to an installed program, or sign in with `daypass identity login NAME --print-url`";
        return wrong(WHAT, format!("{told}, but none of its programs is installed"), hint);
    }
    if cfg!(target_os = "linux") && has("DISPLAY").is_none() && has("WAYLAND_DISPLAY").is_none() {
        return note(
            WHAT,
            "this machine doesn't have a display, so Daypass can't open a browser".to_owned(),
            "sign in with `daypass identity login NAME --print-url`, or set BROWSER".to_owned(),
        );
    }
    well(WHAT, "the system's default browser is used".to_owned())
}

/// Whether the desktop's pages run in WebKitGTK's sandbox. Other systems' engines have one of their own.
fn web_sandbox(env: &impl Fn(&str) -> Option<OsString>) -> Option<Finding> {
    const WHAT: &str = "web pages";
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| env(name).is_some_and(|v| !v.is_empty()));
    if !(cfg!(target_os = "linux") && has_display) {
        return None;
    }
    let sandbox = WebSandbox::look(env);
    Some(Finding {
        hint: sandbox.hint(),
        ..match sandbox {
            WebSandbox::Works => well(WHAT, sandbox.to_string()),
            WebSandbox::SwitchedOff(_)
            | WebSandbox::AppImage
            | WebSandbox::Flatpak
            | WebSandbox::BusInRoot
            | WebSandbox::Missing(_)
            | WebSandbox::Forbidden(_) => note(WHAT, sandbox.to_string(), String::new()),
        }
    })
}

/// Whether STS answers where the settings ask it, with the certificates that are trusted for it, and whether the clocks
/// agree.
async fn sts(broker: &Broker) -> Vec<Finding> {
    const WHAT: &str = "AWS STS";
    let aws = broker.aws();
    let (url, http) = match (aws.sts_address(), aws.http()) {
        (Ok(url), Ok(http)) => (url, http),
        (Err(problem), _) | (_, Err(problem)) => {
            return vec![Finding { hint: problem.hint, ..wrong(WHAT, problem.message, "") }];
        }
    };
    let shown = daypass_http::bare(&url);
    let asked = tokio::time::timeout(Duration::from_secs(10), http.get_json(&url)).await;
    let mut findings = network(broker, &url, asked.as_ref().ok().and_then(|asked| asked.as_ref().err())).await;
    findings.extend(match asked {
        Ok(Ok(answer)) => {
            let date = answer.date;
            let skew = date.map(|server| (server - broker.surroundings().clock.now()).abs());
            vec![well(WHAT, format!("{shown} answers")), clock(skew, date)]
        }
        Ok(Err(error)) => {
            let hint = match error.trouble {
                Trouble::Certificate(_) => {
                    "if a proxy inspects TLS here, set its certificate: daypass config set network.ca_file FILE, or \
                     AWS_CA_BUNDLE=FILE"
                        .to_owned()
                }
                ref trouble => trouble.hint(CA_SETTING),
            };
            vec![wrong(WHAT, error.to_string(), &hint)]
        }
        Err(_) => {
            vec![wrong(
                WHAT,
                format!("{shown} didn't answer within 10 s"),
                "check your network and proxy (HTTPS_PROXY)",
            )]
        }
    });
    findings
}

/// How AWS is reached: through which proxy, who names it and whether it lets requests through, and which certificates
/// are trusted besides the system's. Nothing to say where neither is set.
async fn network(broker: &Broker, url: &Url, failed: Option<&Unanswered>) -> Vec<Finding> {
    const PROXY: &str = "proxy";
    const TRUST: &str = "certificates";
    let network = broker.aws().network();
    let is_set =
        broker.surroundings().network.name_a_proxy() || broker.config().network.proxy != ProxySetting::Environment;
    let mut findings = Vec::new();
    match network.route(url).await {
        Err(error) => findings.push(of_problem(PROXY, error.into())),
        Ok(Route::Proxy { proxy, named, is_kept }) => {
            // Some proxies take a token as the user name.
            let sign_in = match (&proxy.sign_in, is_kept) {
                (Some(_), true) => ", with the user name and password from the vault",
                (Some(_), false) => ", with the user name and password from there",
                (None, _) => "",
            };
            let told = format!("Daypass reaches AWS through {} ({named}){sign_in}", proxy.address);
            findings.push(match failed.map(|failed| &failed.trouble) {
                Some(trouble @ Trouble::Proxy { .. }) => {
                    wrong(PROXY, format!("{told}. It doesn't work: {trouble}"), &trouble.hint(CA_SETTING))
                }
                _ => well(PROXY, told),
            });
        }
        Ok(Route::Direct(why)) if is_set => findings.push(well(PROXY, format!("Daypass reaches AWS directly: {why}"))),
        Ok(Route::Direct(_)) => {}
    }
    match network.bundles() {
        Err(error) => findings.push(of_problem(TRUST, error.into())),
        Ok(bundles) => findings.extend(bundles.iter().map(|bundle| {
            let (path, count) = (bundle.path().display(), bundle.count());
            well(TRUST, format!("those in {path} are trusted in addition to the system's (certificates: {count})"))
        })),
    }
    findings
}

fn clock(skew: Option<TimeDelta>, server: Option<DateTime<Utc>>) -> Finding {
    match skew {
        Some(skew) if skew > LARGEST_SKEW => wrong(
            "clock",
            format!("this machine's clock is {} s off AWS's ({})", skew.num_seconds(), server.unwrap_or_default()),
            "set the time, or switch on time synchronisation (timedatectl set-ntp true)",
        ),
        Some(skew) => well("clock", format!("agrees with AWS's within {} s", skew.num_seconds().max(1))),
        None => well("clock", "AWS's answer had no date".to_owned()),
    }
}

fn well(what: &'static str, message: String) -> Finding {
    Finding { what, verdict: Verdict::Well, message, hint: None, next: None }
}

fn note(what: &'static str, message: String, hint: String) -> Finding {
    Finding { what, verdict: Verdict::Note, message, hint: Some(hint), next: None }
}

fn wrong(what: &'static str, message: String, hint: &str) -> Finding {
    let hint = (!hint.is_empty()).then(|| hint.to_owned());
    Finding { what, verdict: Verdict::Wrong, message, hint, next: None }
}
