//! The catalog in few bytes, searched, and laid out in lines. It doesn't know the broker.

mod held;
mod index;
mod layout;
mod lines;
mod pasted;
mod search;
#[cfg(test)]
mod tests;

pub(super) use held::{Held, MadeOf};
pub(super) use index::{IndexMaker, Role, RoleIndex};
pub(super) use lines::{Shown, number};
pub(super) use search::{Kept, Search, SearchKey, named_by_sessions};
