//! What the machine's policy allows for identities, sessions and deliveries. Every interface's requests are decided
//! here.

use chrono::TimeDelta;

use super::catalog;
use crate::config::PolicyFile;
use daypass_core::credentials::IssuedCredentials;
use daypass_core::names::{IdentityName, Target};
use daypass_core::policy::{Policy, PolicyDelivery};
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::session_request::{Delivery, SessionRequest};
use daypass_core::settings::{AskWhen, Config, IdentitySettings};
use daypass_core::terms::Term;
use daypass_core::view::RoleView;

/// How much longer than allowed credentials may last: AWS counts from when it answers.
const LEEWAY: TimeDelta = TimeDelta::minutes(1);

/// The request as the policy lets it be: shorter, or read-only.
///
/// # Errors
///
/// `not-allowed-by-policy`; a policy that can't be used.
pub(super) fn bounded(file: &PolicyFile, config: &Config, request: &SessionRequest) -> Result<SessionRequest, Problem> {
    not_in_a_file(file, config, &request.identity, &request.role, request.delivery)?;
    let policy = file.policy()?;
    if *policy == Policy::default() {
        return Ok(request.clone());
    }
    admits_identity(file, config, &request.identity)?;
    let mut bounded = request.clone();
    if request.delivery == Delivery::CredentialsFile {
        policy.admits_delivery(PolicyDelivery::File).map_err(|what| file.forbids(&what))?;
    }
    if limits_to_reading(&policy, config, request) && !request.terms.read_only {
        if !can_be_read_only(config, request) {
            let what = format!(
                "sessions in production accounts are read-only, but role {} doesn't support that",
                request.role
            );
            return Err(file.forbids(&what));
        }
        bounded.terms.read_only = true;
    }
    if let Some(longest) = policy.longest_session {
        let settings = config.identities.get(&request.identity);
        let is_chained = !request.via.is_empty();
        let usual = || catalog::usual_duration(settings, &request.role, is_chained);
        let may_say = catalog::terms(settings, &request.role, is_chained).contains(&Term::Duration);
        // What only AWS decides is checked once we have the credentials.
        if may_say && request.terms.duration.or_else(usual).is_some_and(|duration| duration > longest) {
            bounded.terms.duration = Some(longest);
        }
    }
    Ok(bounded)
}

/// When the person is asked before a program gets a role's credentials: the stricter one of their settings and the
/// policy.
///
/// # Errors
///
/// A policy that can't be used.
pub(super) fn asks(
    file: &PolicyFile,
    config: &Config,
    identity: &IdentityName,
    role: &Target,
) -> Result<AskWhen, Problem> {
    let is_marked = config.accounts.get(role.account()).is_some_and(|account| account.production);
    Ok(config.ask(identity, role).max(file.policy()?.asks(role, is_marked)))
}

/// Every program can read a file, so a role that asks first isn't delivered in one.
///
/// # Errors
///
/// `not-in-a-file`.
pub(super) fn not_in_a_file(
    file: &PolicyFile,
    config: &Config,
    identity: &IdentityName,
    role: &Target,
    delivery: Delivery,
) -> Result<(), Problem> {
    if delivery == Delivery::CredentialsFile && asks(file, config, identity, role)? != AskWhen::Never {
        let message = format!(
            "Daypass asks you before a program gets the credentials of {role}, so they aren't written to the credentials file"
        );
        return Err(Problem::new(ProblemKind::Refused, ProblemCode::NotInAFile, message)
            .hint("let tools ask Daypass (delivery process), or set `ask = \"never\"` for the role"));
    }
    Ok(())
}

/// Whether the policy lets credentials last as long as AWS says that these do.
///
/// # Errors
///
/// `not-allowed-by-policy`.
pub(super) fn check_lifetime(
    file: &PolicyFile,
    request: &SessionRequest,
    issued: &IssuedCredentials,
) -> Result<(), Problem> {
    let Some(longest) = file.policy()?.longest_session else { return Ok(()) };
    let begins = issued.issued_at + issued.clock_skew.unwrap_or_default();
    let lasts = issued.credentials.expires_at - begins;
    if lasts <= TimeDelta::seconds(longest.seconds().into()) + LEEWAY {
        return Ok(());
    }
    let what = format!(
        "the credentials of role {} last {} min, but sessions may last {longest} at most. Daypass discarded them",
        request.role,
        lasts.num_minutes()
    );
    Err(file.forbids(&what))
}

/// Whether the policy lets an identity's own assertion sign a browser in to the console: nothing narrows or shortens
/// that.
///
/// # Errors
///
/// `not-allowed-by-policy`; a policy that can't be used.
pub(super) fn admits_assertion(file: &PolicyFile, config: &Config, role: &RoleView) -> Result<(), Problem> {
    admits_identity(file, config, &role.identity)?;
    let policy = file.policy()?;
    if policy.longest_session.is_some() || policy.limits_to_reading(&role.arn, role.production) {
        let what = format!("the console of role {} isn't opened by an assertion, which nothing can narrow", role.arn);
        return Err(file.forbids(&what));
    }
    Ok(())
}

/// Whether the policy lets people sign in with an identity, and with the one that signs in for it.
///
/// # Errors
///
/// `not-allowed-by-policy`; a policy that can't be used.
pub(super) fn admits_identity(file: &PolicyFile, config: &Config, name: &IdentityName) -> Result<(), Problem> {
    let Some(settings) = config.identities.get(name) else { return Ok(()) };
    admits_settings(file, config, settings)
        .map_err(|problem| Problem { message: format!("identity {name}: {}", problem.message), ..problem })
}

/// The same for settings that need not be saved.
pub(super) fn admits_settings(file: &PolicyFile, config: &Config, settings: &IdentitySettings) -> Result<(), Problem> {
    let policy = file.policy()?;
    policy.admits_identity(settings).map_err(|what| file.forbids(&what))?;
    if let IdentitySettings::Cognito(pool) = settings
        && let Some(signer) = config.identities.get(&pool.identity)
    {
        policy.admits_identity(signer).map_err(|what| file.forbids(&what))?;
    }
    Ok(())
}

/// Whether the policy or the person's own setting makes a request's sessions read-only, whatever it asks for.
pub(super) fn imposes_reading(file: &PolicyFile, config: &Config, request: &SessionRequest) -> bool {
    is_read_only_by_policy(file, config, request) || starts_read_only(config, request)
}

/// Whether the organization says that sessions of a request are read-only, so that nothing here makes them full.
pub(super) fn is_read_only_by_policy(file: &PolicyFile, config: &Config, request: &SessionRequest) -> bool {
    file.policy().is_ok_and(|policy| limits_to_reading(&policy, config, request))
}

/// Whether a session starts read-only because its account is production. One that can't be narrowed so, or that the
/// person elevated, doesn't.
pub(super) fn starts_read_only(config: &Config, request: &SessionRequest) -> bool {
    !config.production_starts_full
        && request.elevation.is_none()
        && config.accounts.get(request.role.account()).is_some_and(|account| account.production)
        && can_be_read_only(config, request)
}

fn limits_to_reading(policy: &Policy, config: &Config, request: &SessionRequest) -> bool {
    let is_marked = config.accounts.get(request.role.account()).is_some_and(|account| account.production);
    policy.limits_to_reading(&request.role, is_marked)
}

pub(super) fn can_be_read_only(config: &Config, request: &SessionRequest) -> bool {
    let settings = config.identities.get(&request.identity);
    let is_chained = !request.via.is_empty();
    let is_declared = || config.roles.iter().any(|role| role.arn == request.role && role.identity == request.identity);
    let as_found = settings.is_some_and(daypass_identity::delivers_as_found) && !is_chained && !is_declared();
    let has_other_policies = request.terms.policy.is_some() || !request.terms.policy_arns.is_empty();
    !as_found && !has_other_policies && catalog::terms(settings, &request.role, is_chained).contains(&Term::ReadOnly)
}
