//! How long a session stays fresh without the person.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::view::SessionView;

/// A session, and until when it can be renewed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionStanding {
    /// The session.
    pub session: SessionView,
    /// Its renewals.
    pub renewable: Renewable,
}

/// Until when a session can be renewed without the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Renewable {
    /// Its identity needs no sign-in.
    Always,
    /// While the sign-in lasts. The identity provider doesn't tell how long that is.
    WhileSignedIn,
    /// Until the sign-in ends.
    Until(DateTime<Utc>),
    /// It can't: the person has to sign in first.
    AfterSignIn,
}

impl SessionStanding {
    /// When its credentials end unless the person does something, by this machine's clock. `None` where that isn't known.
    #[must_use]
    pub fn fresh_until(&self) -> Option<DateTime<Utc>> {
        match self.renewable {
            Renewable::Always | Renewable::WhileSignedIn => None,
            Renewable::Until(until) => self.session.expires_here.max(Some(until)),
            Renewable::AfterSignIn => self.session.expires_here,
        }
    }
}
