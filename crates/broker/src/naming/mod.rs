//! Which role a text means.
//!
//! `known` reads what means one role today and tomorrow: an ARN, `ACCOUNT/ROLE` with the account's 12 digits, a profile.
//! `named` goes by what people call things: an account's name or alias, a role's name, a part of either. `near` finds
//! what was mistyped. `spelling` is the way back: a short text for each role that means it and no other. `refusal` says
//! which roles a text could mean. All of it is pure, and reads the catalog as the window and the command have it.

mod account;
mod filter;
mod fold;
mod known;
mod named;
mod near;
mod refusal;
mod spelling;

pub(crate) use account::named_account;
pub use filter::Filter;
pub(crate) use known::find as find_known;
pub use named::is_whole;
pub(crate) use named::{Names, Reach};
pub(crate) use refusal::several_reach;
pub use spelling::{Spellings, in_words};

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
