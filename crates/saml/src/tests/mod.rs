//! Responses as they come and as they should not.

#![allow(clippy::unwrap_used)]

mod reader;
