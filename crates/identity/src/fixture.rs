//! An identity's context for tests: a vault in a folder of its own, and a clock that follows tokio's.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, OnceLock};

use chrono::{DateTime, TimeDelta, Utc};
use daypass_vault::{KeySource, Vault, VaultError};
use tokio::sync::broadcast;
use tokio::time::Instant;

use crate::{IdentityContext, Services};
use daypass_audit::{AuditLog, HeadFile};
use daypass_core::clock::Clock;
use daypass_core::endpoints::Endpoints;
use daypass_core::proxy::NetworkVariables;
use daypass_core::settings::{Config, ConfigSource};
use daypass_core::surroundings::{Places, Surroundings};
use daypass_http::Network;
use daypass_sts::Aws;
use single_flight::Turns;

/// A context, and the folder that its files are in.
pub(super) struct Fixture {
    pub(super) context: IdentityContext,
    pub(super) folder: tempfile::TempDir,
}

struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_305_607, 0).unwrap() + TimeDelta::from_std(self.0.elapsed()).unwrap()
    }
}

pub(super) fn fixture() -> Fixture {
    fixture_at(Endpoints::default())
}

pub(super) fn fixture_at(endpoints: Endpoints) -> Fixture {
    // In memory if possible, because durable writes take milliseconds elsewhere. (Wine has that folder too, open to all.)
    let memory = std::path::Path::new("/dev/shm");
    let folder =
        if cfg!(unix) && memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() }.unwrap();
    let aws = folder.path().join("aws");
    let places = Places::under(&folder.path().join("home"), aws.join("credentials"), aws.join("config"));
    let surroundings = Surroundings {
        places: places.clone(),
        clock: Arc::new(TokioClock(Instant::now())),
        endpoints,
        passphrase: Arc::new(|_| Err(VaultError::PassphraseDeclined)),
        network: NetworkVariables::default(),
        sandbox: false,
    };
    let config: Arc<dyn ConfigSource> = Arc::new(Config::default());
    let vault = Vault::new(places.vault_file, KeySource::KeyFile(folder.path().join("vault.key")));
    let services = Services {
        clock: Arc::clone(&surroundings.clock),
        vault: vault.clone(),
        audit: AuditLog::new(
            places.audit_log.clone(),
            Arc::new(HeadFile::of(&places.audit_log, vault)),
            Arc::clone(&config),
        ),
        events: broadcast::channel(16).0,
        turns: Arc::new(Turns::new(places.turns)),
        aws: Arc::new(Aws::new(surroundings.clone(), Arc::clone(&config), Network::plain())),
        config,
        window: OnceLock::new(),
        unfinished: Default::default(),
    };
    Fixture { context: IdentityContext::of(&"ann".parse().unwrap(), &Arc::new(services)), folder }
}
