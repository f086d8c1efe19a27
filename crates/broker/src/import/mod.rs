//! Importing what other tools have: the plan that a person sees, and what leads back from it.

mod machine;
mod planned;
mod record;
mod view;

pub use daypass_import::{Machine, NoKeyring, Tool};
pub use machine::{VARIABLES, machine, tools_found};
pub use planned::{ImportAsked, PlannedImport, TypedForImport};
pub(crate) use planned::{Parts, Staying};
pub(crate) use record::{ConfigRecord, ImportRecord};
pub(crate) use view::{diff, remark, view};
