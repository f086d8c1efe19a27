//! Generated profiles: what the AWS config file is to have for the roles of the catalog, compared with what it has.

mod command_path;
mod left_out;
mod pattern;
mod plan;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod wanted;

pub use command_path::{CommandPath, OwnProgram, command_path, command_path_of_app};
pub use left_out::LeftOut;
pub use pattern::{NamePattern, RolePattern};
pub use plan::{Added, Changed, Kept, ProfilePlan, Removed};
pub use wanted::{Scope, Style};
