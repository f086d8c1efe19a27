//! What tests of whole brokers have in common: a home of their own, and a log that can be searched.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;

use crate::broker::Broker;
use crate::clock::Clock;
use crate::exchange::Endpoints;
use crate::surroundings::{Places, Surroundings};

/// A broker at a new home, whose vault's key is in a file. `config` follows after that in its `config.toml`.
pub(crate) fn broker(clock: Arc<dyn Clock>, endpoints: Endpoints, config: &str) -> (tempfile::TempDir, Broker) {
    let home = tempfile::tempdir().unwrap();
    let key = home.path().join("vault.key");
    let config = format!("[settings.vault]\nkey = \"file:{}\"\n{config}", key.display());
    std::fs::write(home.path().join("config.toml"), config).unwrap();
    let aws = home.path().join("aws");
    let broker = Broker::open(Surroundings {
        places: Places::under(home.path(), aws.join("credentials"), aws.join("config")),
        clock,
        endpoints,
        passphrase: Arc::new(|_| unreachable!("the key is in a file")),
        ca_bundle: None,
        sandbox: false,
    });
    (home, broker)
}

/// All that is logged on this thread, at every level, the SDK's included.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// Listens until the guard is dropped.
    pub(crate) fn listen() -> (Self, DefaultGuard) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
        (log, tracing::subscriber::set_default(subscriber.finish()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
