//! MFA codes work once.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// The step of the last code that each device has used. Codes of this step or older are refused.
#[derive(Debug, Default)]
pub(crate) struct UsedCodes(Mutex<HashMap<String, u64>>);

impl UsedCodes {
    pub(super) fn take(&self, serial: &str, step: u64) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = used.get(serial).is_none_or(|last| step > *last);
        if fresh {
            used.insert(serial.to_owned(), step);
        }
        fresh
    }
}
