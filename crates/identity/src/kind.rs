//! What a kind of identity is: its settings ([`Kind`]), and what can be done with them ([`Identity`]).

use chrono::{DateTime, Utc};
use secrecy::SecretString;
use url::Url;

use crate::error::IdentityError;
use crate::sign_in_call::SignInCall;
use crate::trial::Trial;
use daypass_core::Boxed;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::{AccountId, IdentityName, SessionDuration, Target};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::SessionRequest;
use daypass_core::settings::BadSetting;
use daypass_core::terms::Term;
use daypass_core::view::{CatalogProgress, Caution, IdentityState, SecretField, SignInWay};
use daypass_sts::Operation;

/// The settings of a kind, as `config.toml` holds them. None of them are secret.
pub trait Kind {
    /// Whether the settings are well-formed, before they are saved. No network, no files.
    ///
    /// # Errors
    ///
    /// The first field that can't be used: what, where, and what to write instead.
    fn check(&self) -> Result<(), Problem>;

    /// The secrets that you give once and that stay in the vault.
    fn secrets(&self) -> Vec<SecretField> {
        Vec::new()
    }

    /// Every field that can't be used, for a form to show each. What [`Kind::check`] says first is among them.
    fn mistakes(&self) -> Vec<BadSetting>;

    /// Settings that can be used. The check of a form takes from them what can't be read yet.
    fn example() -> Self
    where
        Self: Sized;

    /// The operation that gets a target's credentials without a chain. The terms of a declared role are checked against
    /// it.
    fn operation(&self, target: &Target) -> Operation {
        Operation::by_keys(target)
    }

    /// How long a session of a target lasts when its terms don't say. `None` where AWS or the sign-in decides.
    fn usual_duration(&self, target: &Target) -> Option<SessionDuration> {
        self.operation(target).usual_duration(target)
    }

    /// Whether what a sign-in finds is delivered as it is, so that its sessions can have no terms.
    fn delivers_as_found(&self) -> bool {
        false
    }

    /// The terms that a role of a target can have when this identity gets its credentials without a chain.
    fn terms(&self, target: &Target) -> Vec<Term> {
        self.operation(target).terms().to_vec()
    }
}

/// An identity: settings with their context. Made for each question; it holds nothing that isn't in the vault, in the
/// [`Services`](crate::Services) or in the [`IdentityFactory`](crate::IdentityFactory).
pub trait Identity: Send + Sync {
    /// How a person signs in.
    fn way(&self) -> SignInWay;

    /// One line for lists: where the provider is, or whose key it is.
    fn provider(&self) -> String;

    /// Another identity that signs in for this one.
    fn signed_in_by(&self) -> Option<IdentityName> {
        None
    }

    /// Its state, as far as it is known without a request.
    ///
    /// # Errors
    ///
    /// When the vault can't be opened.
    fn standing(&self) -> Result<Standing, Problem>;

    /// The roles in its proof, or the discovered ones. No network.
    fn roles(&self) -> Vec<FoundRole> {
        Vec::new()
    }

    /// What stops nothing, but isn't as the person or the provider of the last sign-in meant it: a role that was left
    /// out, or no role at all. No network.
    fn remarks(&self) -> Vec<Problem> {
        Vec::new()
    }

    /// Whether what it depends on exists, so that it can be added. Doesn't use the network.
    ///
    /// # Errors
    ///
    /// What is missing.
    fn ready(&self) -> Result<(), Problem> {
        Ok(())
    }

    /// Takes over what is kept outside the vault under its old name.
    ///
    /// # Errors
    ///
    /// When a file can't be written.
    fn renamed<'a>(&'a self, old: &'a IdentityName) -> Boxed<'a, Result<(), Problem>> {
        let _ = old;
        Box::pin(async { Ok(()) })
    }

    /// Whether [`Identity::discover`] lists its roles over the network.
    fn lists_roles(&self) -> bool {
        false
    }

    /// Whether they were listed long ago or never. False without a sign-in.
    fn is_catalog_old(&self) -> bool {
        false
    }

    /// Lists its roles over the network, keeps them for [`Identity::roles`], and returns their number. `tell` gets the
    /// progress. Never needs the person.
    ///
    /// # Errors
    ///
    /// `nothing-to-refresh` for kinds that don't list roles, or the service's refusal.
    fn discover<'a>(&'a self, tell: &'a (dyn Fn(CatalogProgress) + Send + Sync)) -> Boxed<'a, Result<usize, Problem>> {
        let _ = tell;
        Box::pin(async {
            let message = "this kind of identity doesn't list roles over the network";
            Err(Problem::new(ProblemKind::Refused, ProblemCode::NothingToRefresh, message)
                .hint("its roles come from config.toml and from the sign-in"))
        })
    }

    /// Signs a person in, keeps the proof, and returns the person's name. The caller drops the future when the person
    /// cancels or takes too long. At most one runs for each identity.
    ///
    /// # Errors
    ///
    /// The provider's or the person's refusal.
    fn sign_in<'a>(&'a self, call: &'a SignInCall<'a>) -> Boxed<'a, Result<String, Problem>>;

    /// What the accounts of its roles are called, asked over the network with the proof in hand. It needs no person,
    /// uses nothing up, and tells nothing if anything is in the way.
    fn account_names(&self) -> Boxed<'_, Vec<(AccountId, String)>> {
        Box::pin(async { Vec::new() })
    }

    /// Whether all sessions should be renewed right after a sign-in, because the proof ends within minutes.
    fn proof_is_short_lived(&self) -> bool {
        false
    }

    /// New credentials for a request whose target this identity reaches by itself (no chain). Never asks the person:
    /// without a proof in hand it fails with
    /// [`ProblemKind::NeedsSignIn`](daypass_core::problem::ProblemKind::NeedsSignIn).
    ///
    /// # Errors
    ///
    /// A proof that is missing or refused, or a refused exchange.
    fn issue<'a>(&'a self, request: &'a SessionRequest) -> Boxed<'a, Result<IssuedCredentials, IdentityError>>;

    /// What signs a browser in to the console with the proof itself. `None` for kinds whose proof AWS's sign-in doesn't
    /// take. Never asks the person.
    ///
    /// # Errors
    ///
    /// A proof that is missing or spent; a role that it doesn't have.
    fn console_post<'a>(&'a self, role: &'a Target) -> Boxed<'a, Result<Option<ConsolePost>, Problem>> {
        let _ = role;
        Box::pin(async { Ok(None) })
    }

    /// Deletes the proof, and ends the session at the provider if that is possible. False without a proof.
    ///
    /// # Errors
    ///
    /// When the vault can't be written.
    fn sign_out(&self) -> Boxed<'_, Result<bool, Problem>>;

    /// What works but isn't as safe as it could be. May ask the provider.
    fn caution(&self) -> Boxed<'_, Option<Caution>> {
        Box::pin(async { None })
    }

    /// "Try it now": what a sign-in needs, step by step, without the person.
    fn try_out<'a>(&'a self, trial: &'a Trial<'a>) -> Boxed<'a, ()>;
}

/// A form post that signs a browser in to the console.
pub struct ConsolePost {
    /// Where AWS takes it.
    pub action: Url,
    /// `SAMLResponse`.
    pub assertion: SecretString,
    /// Whether it has several roles, so that AWS asks which.
    pub has_several_roles: bool,
}

/// The state of an identity.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The state. The broker adds whether a sign-in is under way.
    pub state: IdentityState,
    /// Who is, or was, signed in.
    pub person: Option<String>,
    /// Until when credentials are available without the person. Unknown while a token renews itself.
    pub until: Option<DateTime<Utc>>,
}

impl Standing {
    /// Whether the proof can be used without the person.
    pub(crate) fn is_signed_in(&self) -> bool {
        match self.state {
            IdentityState::SignedIn => true,
            IdentityState::SignedOut | IdentityState::SigningIn | IdentityState::NeedsSignIn => false,
        }
    }

    /// Without a sign-in.
    pub(crate) fn signed_out() -> Self {
        Self { state: IdentityState::SignedOut, person: None, until: None }
    }

    /// With a token that ends. If another token `renews` it, the end is unknown.
    pub(crate) fn with_token(person: String, renews: bool, is_good: bool, ends: DateTime<Utc>) -> Self {
        let state = if renews || is_good { IdentityState::SignedIn } else { IdentityState::NeedsSignIn };
        Self { state, person: Some(person), until: (!renews).then_some(ends) }
    }
}

/// A role that an identity can assume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundRole {
    /// The role, or another target of credentials.
    pub target: Target,
    /// A name for the account.
    pub account_name: Option<String>,
}
