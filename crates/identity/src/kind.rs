//! What a kind of identity is: its settings ([`Kind`]), and what can be done with them ([`Identity`]).

use chrono::{DateTime, Utc};

use crate::sign_in_call::SignInCall;
use crate::trial::Trial;
use daypass_core::Boxed;
use daypass_core::credentials::Minted;
use daypass_core::names::{IdentityName, Target};
use daypass_core::problem::{Problem, ProblemKind};
use daypass_core::session_request::Wish;
use daypass_core::view::{CatalogProgress, IdentityState, SecretField, SignInWay};
use daypass_sts::Operation;

/// The settings of a kind: what `config.toml` holds of it, and nothing secret.
pub trait Kind {
    /// Whether settings are well-formed, before they are saved. No network, no files.
    ///
    /// # Errors
    ///
    /// The first field that cannot be used: what, where, and what to write instead.
    fn check(&self) -> Result<(), Problem>;

    /// Secrets that the person gives once and that stay in the vault.
    fn secrets(&self) -> Vec<SecretField> {
        Vec::new()
    }

    /// The operation by which it reaches a target by itself (no chain): a declared role's terms are checked against it.
    fn operation(&self, target: &Target) -> Operation {
        Operation::by_keys(target)
    }
}

/// An identity: settings with their context. Made for each question; it holds nothing that isn't in the vault, in the
/// [`Services`](crate::Services) or in the [`IdentityFactory`](crate::IdentityFactory).
pub trait Identity: Send + Sync {
    /// How a person signs in.
    fn way(&self) -> SignInWay;

    /// One line for lists: where the provider is, or whose key.
    fn provider(&self) -> String;

    /// Another identity that signs in for this one.
    fn signed_in_by(&self) -> Option<IdentityName> {
        None
    }

    /// Where it stands, as far as is known without asking anybody.
    ///
    /// # Errors
    ///
    /// When the vault cannot be opened.
    fn standing(&self) -> Result<Standing, Problem>;

    /// Roles that are known from its proof or from what was discovered. No network.
    fn roles(&self) -> Vec<FoundRole> {
        Vec::new()
    }

    /// Whether its roles are listed over the network, by [`Identity::discover`].
    fn lists_roles(&self) -> bool {
        false
    }

    /// Whether they were listed long ago or never. False while nobody is signed in.
    fn is_catalog_old(&self) -> bool {
        false
    }

    /// Lists its roles over the network, keeps them for [`Identity::roles`], and returns how many there are. `tell`
    /// hears how far it is. Never asks the person.
    ///
    /// # Errors
    ///
    /// `nothing-to-refresh` for kinds that do not list roles; what the service refuses.
    fn discover<'a>(&'a self, tell: &'a (dyn Fn(CatalogProgress) + Send + Sync)) -> Boxed<'a, Result<usize, Problem>> {
        let _ = tell;
        Box::pin(async {
            let message = "this kind of identity does not list roles over the network";
            Err(Problem::new(ProblemKind::Refused, "nothing-to-refresh", message)
                .hint("its roles are those of config.toml, and those that a sign-in brings"))
        })
    }

    /// Signs a person in, keeps the proof, and returns what the person is called. The future is dropped when the
    /// person cancels or time is up. At most one runs for an identity.
    ///
    /// # Errors
    ///
    /// What the provider or the person refused.
    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>>;

    /// Whether a new proof is worth renewing all its sessions at once, because it will be spent in minutes.
    fn proof_is_short_lived(&self) -> bool {
        false
    }

    /// New credentials for a wish whose target this identity reaches by itself (no chain). Never asks the person:
    /// without a proof in hand it fails with [`ProblemKind::NeedsSignIn`](daypass_core::problem::ProblemKind::NeedsSignIn).
    ///
    /// # Errors
    ///
    /// What proof or exchange refuse.
    fn mint<'a>(&'a self, wish: &'a Wish) -> Boxed<'a, Result<Minted, Problem>>;

    /// Throws the proof away, here and at the provider where it can be told; false when there was none.
    ///
    /// # Errors
    ///
    /// When the vault cannot be written.
    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>>;

    /// "Try it now": what a sign-in needs, step by step, without the person.
    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()>;
}

/// Where an identity stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// State; whether a sign-in is under way is added by who knows.
    pub state: IdentityState,
    /// Who is, or was, signed in.
    pub person: Option<String>,
    /// Until when credentials are to be had without the person; unknown while something renews itself.
    pub until: Option<DateTime<Utc>>,
}

impl Standing {
    /// Nobody is signed in.
    pub(crate) fn signed_out() -> Self {
        Self { state: IdentityState::SignedOut, person: None, until: None }
    }

    /// Of a token that ends, where one that `renews` it may be there: then nobody knows until when.
    pub(crate) fn with_token(person: String, renews: bool, is_good: bool, ends: DateTime<Utc>) -> Self {
        let state = if renews || is_good { IdentityState::SignedIn } else { IdentityState::NeedsSignIn };
        Self { state, person: Some(person), until: (!renews).then_some(ends) }
    }
}

/// A role that an identity is known to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRole {
    /// What credentials are of.
    pub target: Target,
    /// A name for the account.
    pub account_name: Option<String>,
}
