//! A page of the console that an address, a path or an ARN names.

use thiserror::Error;
use url::form_urlencoded;

use crate::names::{AccountId, Partition, Region};

/// A page of the console, and what its address or ARN says of where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The partition; `None` for a path.
    pub partition: Option<Partition>,
    /// The account, where it is named.
    pub account: Option<AccountId>,
    /// The region, where it is named.
    pub region: Option<Region>,
    /// Whether it is a page of its own. `false` where only the service of an ARN is known.
    pub is_own: bool,
    /// A host other than the console's.
    pub(super) host: Option<&'static str>,
    /// The path and what follows, from its first slash.
    pub(super) page: String,
    /// Whether the page has the region in its query, or gets it.
    pub(super) gets_region: bool,
}

/// Why a text isn't a page of the console.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlaceError {
    /// It begins like an ARN.
    #[error("{arn:?} isn't an ARN: {why}")]
    NotAnArn {
        /// As given.
        arn: String,
        /// What is wrong.
        why: &'static str,
    },
    /// It leads elsewhere.
    #[error("{text:?} isn't a page of the AWS console: {why}")]
    NotThere {
        /// As given.
        text: String,
        /// What is wrong.
        why: &'static str,
    },
}

/// Whether a text, where a role could stand, is an ARN or an address.
#[must_use]
pub fn names_place(text: &str) -> bool {
    let scheme = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    text.starts_with("arn:") || scheme("https://") || scheme("http://")
}

impl Place {
    /// A page below the host of a partition's console. Its query gets the region.
    pub(super) fn below(
        page: &str,
        partition: Partition,
        account: Option<AccountId>,
        region: Option<Region>,
        is_own: bool,
    ) -> Self {
        let page = format!("/{page}");
        Self { partition: Some(partition), account, region, is_own, host: None, page, gets_region: true }
    }
}

/// A value as one piece of a path, a query or a fragment.
pub(super) fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect::<String>().replace('+', "%20").replace('*', "%2A")
}
