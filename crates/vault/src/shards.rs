//! Where the sessions are: in files of their own, a few in each, so that renewing one of a thousand doesn't seal all.
//!
//! Each shard is a sealed file like the vault's own, to the same key. Shards belong to the vault beside them.
//! Without a vault file, Daypass ignores them, and a shard that is sealed to another key belongs to a removed vault.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::entries::Entries;
use crate::error::VaultError;
use crate::sealed_file::SealedFile;

/// The names whose secrets are in shards.
const IN_SHARDS: &str = "session/";

/// A thousand sessions are then sixteen to a file.
const COUNT: u8 = 64;

/// All shards of a vault.
pub(crate) struct Shards(Vec<SealedFile>);

/// What is in the shards that exist, by their number.
pub(crate) type InShards = BTreeMap<u8, Arc<Entries>>;

impl Shards {
    /// Those of the vault in this file. Does no I/O.
    pub(crate) fn beside(vault: &Path) -> Shards {
        let folder = vault.with_extension("sessions");
        Shards((0..COUNT).map(|number| SealedFile::new(folder.join(format!("{number:02}.age")))).collect())
    }

    /// The file of this shard.
    pub(crate) fn file(&self, number: u8) -> &SealedFile {
        &self.0[usize::from(number)]
    }

    /// Reads those that exist.
    pub(crate) fn read(
        &self,
        open: impl Fn(&SealedFile, &[u8]) -> Result<Arc<Entries>, VaultError>,
    ) -> Result<InShards, VaultError> {
        let folder = self.0[0].path().parent();
        if folder.is_none_or(|folder| !folder.exists()) {
            return Ok(InShards::new());
        }
        let mut found = InShards::new();
        for (number, file) in (0..COUNT).zip(&self.0) {
            if let Some(entries) = file.read(|sealed| open(file, sealed))? {
                found.insert(number, entries);
            }
        }
        Ok(found)
    }

    /// The numbers of those that exist, also of those that this vault's key doesn't open.
    pub(crate) fn existing(&self) -> impl Iterator<Item = u8> {
        (0..COUNT).zip(&self.0).filter(|(_, file)| file.path().exists()).map(|(number, _)| number)
    }

    pub(crate) fn forget(&self) {
        self.0.iter().for_each(SealedFile::forget);
    }
}

/// The shard for the secret of this name; `None` if it belongs in the vault file.
fn number_for(name: &str) -> Option<u8> {
    name.starts_with(IN_SHARDS).then(|| Sha256::digest(name)[0] % COUNT)
}

/// What an update does to the files.
pub(crate) struct Plan {
    /// What the vault file holds from now on.
    pub(crate) main: Entries,
    /// The shards that change; an empty one is removed.
    pub(crate) shards: BTreeMap<u8, Entries>,
}

/// Distributes what changed. A session that an earlier version left in the vault file stays there until it changes.
pub(crate) fn plan(main: &Entries, shards: &InShards, before: &Entries, after: &Entries) -> Plan {
    let mut plan = Plan { main: main.clone(), shards: BTreeMap::new() };
    for (name, secret) in after.changed_since(before) {
        plan.main.set_shared(name, secret.filter(|_| number_for(name).is_none()));
        if let Some(number) = number_for(name) {
            let shard = plan.shards.entry(number);
            let shard = shard.or_insert_with(|| shards.get(&number).map(|it| Entries::clone(it)).unwrap_or_default());
            shard.set_shared(name, secret);
        }
    }
    plan
}

/// Everything in the vault file and its shards. What a shard says of a session is newer than what the vault file says.
pub(crate) fn together(main: &Entries, shards: &InShards) -> Entries {
    let mut all = main.clone();
    for shard in shards.values() {
        all.add_all(shard);
    }
    all
}

#[cfg(test)]
#[path = "shards/tests.rs"]
mod tests;
