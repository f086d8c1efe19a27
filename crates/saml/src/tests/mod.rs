//! Valid responses, and invalid ones.

#![allow(clippy::unwrap_used)]

mod reader;
