//! What tests of whole brokers have in common: a home of their own.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::sync::Arc;

use crate::broker::Broker;
use daypass_core::clock::Clock;
use daypass_core::endpoints::Endpoints;
use daypass_core::proxy::NetworkVariables;
use daypass_core::surroundings::{Places, Surroundings};

/// A broker at a new home, whose vault's key is in a file. `config` follows after that in its `config.toml`.
pub(crate) fn broker(clock: Arc<dyn Clock>, endpoints: Endpoints, config: &str) -> (tempfile::TempDir, Broker) {
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("vault.key");
    let config = format!("[settings.vault]\nkey = 'file:{}'\n{config}", key.display());
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    let aws = home.path().join("aws");
    let broker = Broker::open(Surroundings {
        places: Places::under(home.path(), aws.join("credentials"), aws.join("config")),
        clock,
        endpoints,
        passphrase: Arc::new(|_| unreachable!("the key is in a file")),
        network: NetworkVariables::default(),
        sandbox: false,
    });
    (home, broker)
}
