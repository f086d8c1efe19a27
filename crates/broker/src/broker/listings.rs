//! Listings of roles in progress: one for each identity, joined by all callers. None belongs to a caller: if one hangs
//! up, the listing continues for the others and for the catalog.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio::task::AbortHandle;

use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::view::CatalogProgress;

#[derive(Default)]
pub(super) struct Listings(Mutex<Begun>);

#[derive(Default)]
pub(super) struct Begun {
    /// How many there were, because each has a number.
    pub(super) count: u64,
    pub(super) under_way: HashMap<IdentityName, Listing>,
    /// Why the last one ended without roles.
    pub(super) failed: HashMap<IdentityName, Problem>,
}

pub(super) struct Listing {
    pub(super) number: u64,
    pub(super) seen: watch::Sender<ListingState>,
    pub(super) task: AbortHandle,
}

/// What waiting callers are shown. Nothing more comes if the listing is stopped.
#[derive(Clone, Default)]
pub(super) struct ListingState {
    pub(super) progress: Option<CatalogProgress>,
    pub(super) outcome: Option<Result<usize, Problem>>,
}

/// Whether a listing begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begin {
    UnlessUnderWay,
    /// A person signed in, so the roles being listed may be another person's. Callers that wait for that listing now
    /// wait for the new one.
    Again,
}

impl Listings {
    pub(super) fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
