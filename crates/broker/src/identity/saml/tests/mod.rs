//! Responses as they come and as they should not, and the kind in front of a fake window and a fake STS.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod kind;
mod reader;
mod samples;
