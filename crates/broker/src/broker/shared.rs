//! Shared catalogs: added, fetched, accepted and removed.

use std::time::Duration;

use chrono::TimeDelta;

use super::door::Broker;
use crate::config::{Given, LONGEST_SIGNATURE, Signed, Status, Taken, suffixes};
use daypass_audit::{AuditEvent, AuditLine};
use daypass_core::names::{CatalogName, IdentityName, ProfileName};
use daypass_core::problem::{NextStep, Problem, ProblemCode, ProblemKind};
use daypass_core::settings::{CatalogFrom, CatalogSettings, CatalogView};
use daypass_http::{Answer, Http, Trouble, bare};
use url::Url;

/// How often an agent looks whether a server is to be asked.
const LOOK_EVERY: Duration = Duration::from_secs(20);

impl Broker {
    /// Every shared catalog.
    ///
    /// # Errors
    ///
    /// `config-mistake` and others of a file that can't be read.
    pub fn catalogs(&self) -> Result<Vec<CatalogView>, Problem> {
        self.0.config.own()?;
        Ok(self.0.config.views())
    }

    /// A shared catalog.
    ///
    /// # Errors
    ///
    /// `unknown-catalog`; those of [`Broker::catalogs`].
    pub fn catalog(&self, name: &CatalogName) -> Result<CatalogView, Problem> {
        self.0.config.catalog(name)?;
        let view = self.catalogs()?.into_iter().find(|view| &view.name == name);
        view.ok_or_else(|| {
            let message = format!("catalog {name} was removed meanwhile");
            Problem::new(ProblemKind::NotFound, ProblemCode::UnknownCatalog, message)
        })
    }

    /// Adds a shared catalog, and fetches it. Nothing of it that the person must accept is in force then.
    ///
    /// # Errors
    ///
    /// `catalog-exists`; when `config.toml` can't be written. A catalog that can't be read is added all the same.
    pub async fn add_catalog(&self, name: &CatalogName, settings: &CatalogSettings) -> Result<CatalogView, Problem> {
        if self.0.config.given().contains_key(name) {
            let message = format!("a shared catalog named {name} already exists");
            return Err(Problem::new(ProblemKind::Refused, ProblemCode::CatalogExists, message)
                .hint("choose another name, or remove that one first"));
        }
        self.0.config.replace(self.config_file().put_catalog(name, settings)?);
        // What is wrong with it is in the view.
        let _ = self.fetch(name).await;
        self.catalog_changed();
        self.catalog(name)
    }

    /// Removes a shared catalog. The sessions of its identities end, and you are signed out of them.
    ///
    /// # Errors
    ///
    /// `unknown-catalog`; when `config.toml` or the vault can't be written.
    pub async fn remove_catalog(&self, name: &CatalogName) -> Result<(), Problem> {
        let given = self.0.config.catalog(name)?;
        if given.by_policy {
            let message = format!("catalog {name} comes from your organization's policy, so you can't remove it here");
            return Err(Problem::new(ProblemKind::Refused, ProblemCode::NotAllowedByPolicy, message)
                .hint("ask this machine's administrator"));
        }
        let origins = self.config().origins.clone();
        let its: Vec<IdentityName> =
            origins.identities.into_iter().filter(|(_, from)| from == name).map(|(identity, _)| identity).collect();
        for identity in &its {
            let sessions = self.0.sessions.list()?.into_iter().filter(|session| &session.identity == identity);
            let profiles: Vec<ProfileName> = sessions.map(|session| session.profile).collect();
            self.0.sessions.stop(&profiles).await?;
            self.end_sign_in(identity).await?;
        }
        self.0.config.replace(self.config_file().remove_catalog(name)?);
        self.0.config.catalogs().forget(name)?;
        for identity in &its {
            // One of the person's own may have come out from under it.
            if !self.config().identities.contains_key(identity) {
                self.context(identity).clear()?;
            }
        }
        self.catalog_changed();
        Ok(())
    }

    /// Looks for a new version of a catalog now, or of all.
    ///
    /// # Errors
    ///
    /// `unknown-catalog`. Why a version isn't taken is in the view.
    pub async fn refresh_catalogs(&self, name: Option<&CatalogName>) -> Result<Vec<CatalogView>, Problem> {
        let names: Vec<CatalogName> = match name {
            Some(name) => {
                self.0.config.catalog(name)?;
                vec![name.clone()]
            }
            None => self.0.config.given().into_keys().collect(),
        };
        for name in &names {
            let _ = self.fetch(name).await;
        }
        self.catalog_changed();
        Ok(self.catalogs()?.into_iter().filter(|view| names.contains(&view.name)).collect())
    }

    /// Accepts what waits in a catalog. `waiting_id` says what the person saw.
    ///
    /// # Errors
    ///
    /// `catalog-changed` if something else waits by now; a catalog that can't be read; a vault that can't be written.
    pub async fn accept_catalog(
        &self,
        name: &CatalogName,
        waiting_id: Option<&str>,
        trust_key: bool,
    ) -> Result<CatalogView, Problem> {
        let given = self.0.config.catalog(name)?;
        if trust_key && given.settings.key.is_empty() {
            let message = format!("catalog {name} doesn't have a key to trust");
            return Err(Problem::new(ProblemKind::Invalid, ProblemCode::CatalogSignature, message)
                .hint("name the public key in config.toml first, or accept the catalog without --trust-key"));
        }
        let before = self.config();
        self.0.config.catalogs().accept(name, &given, waiting_id, trust_key)?;
        let line = AuditLine::new(self.0.surroundings.clock.now(), AuditEvent::CatalogAccepted);
        self.0.audit.record(AuditLine { catalog: Some(name.clone()), ..line });
        // Credentials of roles in between may have been asked for on other terms.
        for identity in before.origins.identities.iter().filter(|(_, from)| *from == name).map(|(identity, _)| identity)
        {
            self.0.exchange.forget_links(identity);
        }
        self.follow_regions(&before).await;
        self.catalog_changed();
        self.catalog(name)
    }

    /// Asks the servers of catalogs when it is time, for as long as it is polled.
    pub(super) async fn keep_shared_catalogs(&self) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            for (name, given) in self.0.config.given() {
                let is_remote = matches!(given.settings.from, CatalogFrom::Url(_));
                if is_remote && self.0.config.catalogs().is_due(&name, &given.settings) {
                    let before = self.0.config.readings();
                    if let Err(problem) = self.fetch(&name).await {
                        tracing::info!(catalog = %name, code = %problem.code, %problem, "a shared catalog isn't taken");
                    }
                    if self.0.config.readings() != before {
                        self.catalog_changed();
                    }
                }
            }
        }
    }

    /// Looks for a new version of a catalog, and puts it into force as far as it was accepted.
    async fn fetch(&self, name: &CatalogName) -> Result<(), Problem> {
        let given = self.0.config.catalog(name)?;
        let catalogs = self.0.config.catalogs();
        let status = catalogs.status(name, &given.settings);
        let CatalogFrom::Url(url) = &given.settings.from else {
            return catalogs.take_file(name, &given);
        };
        let http = self.0.services.aws.http()?;
        match fetched(name, &given, url, &http, &status).await {
            Ok(Fetched::Unchanged) => {
                catalogs.is_unchanged(name, status);
                Ok(())
            }
            Ok(Fetched::New { taken, etag, last_modified }) => {
                catalogs.take(name, &given, Ok(taken), Status { etag, last_modified, ..status })
            }
            Err((problem, pause)) => {
                catalogs.failed(name, status, &problem, pause);
                Err(problem)
            }
        }
    }
}

enum Fetched {
    Unchanged,
    New { taken: Taken, etag: Option<String>, last_modified: Option<String> },
}

async fn fetched(
    name: &CatalogName,
    given: &Given,
    url: &Url,
    http: &Http,
    status: &Status,
) -> Result<Fetched, (Problem, Option<TimeDelta>)> {
    // What wasn't taken is fetched whole, because it may be good by now: a signature may have come.
    let (etag, last_modified) = match status.problem {
        None => (status.etag.as_deref(), status.last_modified.as_deref()),
        Some(_) => (None, None),
    };
    let answer = get(name, url, http, etag, last_modified).await?;
    if answer.status == 304 && status.problem.is_none() {
        return Ok(Fetched::Unchanged);
    }
    check_status(name, url, &answer)?;
    let mut taken = Taken { text: answer.body, signatures: Vec::new() };
    for suffix in suffixes(&given.settings) {
        let mut beside = url.clone();
        beside.set_path(&format!("{}{suffix}", url.path()));
        let answer = get(name, &beside, http, None, None).await?;
        match answer.status {
            404 | 410 => {}
            _ => {
                check_status(name, &beside, &answer)?;
                if answer.body.len() <= LONGEST_SIGNATURE
                    && let Ok(signature) = String::from_utf8(answer.body)
                {
                    taken.signatures.push(Signed { suffix, signature });
                }
            }
        }
    }
    Ok(Fetched::New { taken, etag: answer.etag, last_modified: answer.last_modified })
}

async fn get(
    name: &CatalogName,
    url: &Url,
    http: &Http,
    etag: Option<&str>,
    last_modified: Option<&str>,
) -> Result<Answer, (Problem, Option<TimeDelta>)> {
    http.get_if_changed(url, etag, last_modified).await.map_err(|error| {
        let (code, kind) = match &error.trouble {
            Trouble::TooLong => (ProblemCode::CatalogMistake, ProblemKind::Invalid),
            trouble if trouble.is_passing() => (ProblemCode::CatalogUnreachable, ProblemKind::Passing),
            _ => (ProblemCode::CatalogUnreachable, ProblemKind::Failed),
        };
        let message = format!("catalog {name}: {error}");
        let hint = match &error.trouble {
            Trouble::TooLong => "a catalog has at most 1 MiB. The last good version stays in use".to_owned(),
            trouble => format!("{}. The last good version stays in use", trouble.hint("AWS_CA_BUNDLE")),
        };
        (Problem::new(kind, code, message).hint(hint), None)
    })
}

fn check_status(name: &CatalogName, url: &Url, answer: &Answer) -> Result<(), (Problem, Option<TimeDelta>)> {
    let address = bare(url);
    let (what, hint) = match answer.status {
        200 => return Ok(()),
        300..=399 => (
            format!("{address} redirects to {}", answer.location.as_deref().unwrap_or("another address")),
            "Daypass doesn't follow redirects. If you trust that address, put it into config.toml",
        ),
        401 | 403 => (
            format!("{address} requires a sign-in (HTTP {})", answer.status),
            "Daypass doesn't send a password for a catalog. Put the catalog where your machines can read it, or use a git checkout",
        ),
        404 | 410 => (format!("{address} isn't there (HTTP {})", answer.status), "check the address in config.toml"),
        status if answer.is_passing() => (format!("{address} answers with HTTP {status}"), "Daypass tries again"),
        status => (format!("{address} answers with HTTP {status}"), "check the address in config.toml"),
    };
    let kind = if answer.is_passing() { ProblemKind::Passing } else { ProblemKind::Failed };
    let problem = Problem::new(kind, ProblemCode::CatalogUnreachable, format!("catalog {name}: {what}"))
        .hint(format!("{hint}. The last good version stays in use"));
    let pause = answer.retry_after.and_then(|pause| TimeDelta::from_std(pause).ok());
    Err((problem, pause))
}

/// `from-catalog`: only those who keep the catalog can change this.
pub(super) fn is_shared(what: &str, catalog: &CatalogName, instead: &str) -> Problem {
    let message = format!("{what} comes from catalog {catalog}, not from config.toml. Nothing was changed");
    Problem::new(ProblemKind::Refused, ProblemCode::FromCatalog, message)
        .hint(format!("ask the maintainers of catalog {catalog} to change it. Or {instead}"))
        .next(NextStep::ShowCatalog { catalog: catalog.clone() })
}
