//! The whole of Daypass behind one door: what the window, the tray, the agent and the command call.
//!
//! Opening it costs nothing: files are read, the keyring is asked and TLS is set up only when something needs it,
//! because `credential-process` opens one for every call that finds no agent.

mod accounts;
mod allowed;
mod answer;
mod bounds;
mod browsers;
mod catalog;
mod chosen_sessions;
mod console;
mod credentials_of_role;
mod door;
mod exchange;
mod export;
mod favourites;
mod find_roles;
mod form_bounds;
mod forms;
mod history;
mod identities;
mod import;
mod import_plan;
mod import_undo;
mod key_health;
mod keys;
mod last_uses;
mod learn_names;
mod learning;
mod links;
mod list;
mod list_roles;
mod listings;
mod lock_state;
mod names;
mod network;
mod passphrase;
mod profiles;
mod questions;
mod ranking;
mod recognise;
mod refresh;
mod regions;
mod restore_plan;
mod roles;
mod sessions;
mod settings;
mod shared;
mod sign_in_first;
mod takings;
mod use_role;
mod vault_key;
mod vault_lock;
mod watch_key;
mod write_names;

pub use browsers::open_console;
pub use door::Broker;
pub use export::{Export, LARGEST_EXPORT, Restored, SealedExport};
pub use identities::identity_exists;
pub use names::{Names, Recent, Word};
pub use questions::has_message;
pub use restore_plan::{PlannedPart, RestorePlan, Standing};
pub use settings::SettingChange;
pub use sign_in_first::Needs;
pub use vault_key::{OldKey, VaultMove, VaultStatus};
