//! The domain of Daypass: prove, exchange, hold, deliver, renew.

pub mod clock;
pub mod event;
pub mod names;
pub mod problem;
pub mod view;
