//! What to do about a refusal: a table of the refusals that people meet.

use super::refusal::{Refusal, SetUpMistake};
use daypass_core::service::Service;

/// What to do next.
pub(super) fn next_step(refusal: &Refusal) -> Option<String> {
    match refusal.short_code() {
        _ if refusal.is_unknown_key() => Some(unknown_key(refusal)),
        "RegionDisabled" => Some(region_disabled(refusal)),
        _ => by_code(refusal).map(str::to_owned),
    }
}

fn unknown_key(refusal: &Refusal) -> String {
    const GONE: &str = "the access key was deleted or deactivated, or the session was revoked";
    match (refusal.region_without_account(), &refusal.region) {
        (Some(region), _) => format!(
            "the account of these keys has to enable region {region} before STS there knows them. Name a region that the \
             account has as settings.sts.region or in fallback_regions, or ask your AWS administrator to enable {region}. \
             If the account has it, {GONE}"
        ),
        (None, Some(region)) => format!("{GONE}. STS was asked in {region}"),
        (None, None) => format!("{GONE}, or the region isn't enabled for the account"),
    }
}

fn region_disabled(refusal: &Refusal) -> String {
    let region = refusal.region.as_ref().map(|region| format!(" ({region})")).unwrap_or_default();
    format!(
        "STS is switched off in this region{region} for the account: name another one as settings.sts.region or in \
         fallback_regions, or ask your AWS administrator to activate it in IAM's account settings"
    )
}

fn by_code(refusal: &Refusal) -> Option<&'static str> {
    let says = |words: &str| refusal.message.contains(words);
    let hint = match refusal.short_code() {
        "AccessDenied" if refusal.is_about_mfa() => mfa(refusal),
        "AccessDenied" | "NotAuthorized" | "UnauthorizedOperation" => return access_denied(refusal),
        "InvalidIdentityToken" => return Some(identity_token(refusal)),
        "ExpiredToken" if !refusal.is_proof() => "these credentials have expired; renew the session",
        "ExpiredToken" => "sign in again",
        "IDPRejectedClaim" => {
            "sign in again. If it happens again, ask your identity provider's administrator to check the claims that \
             it sends about you"
        }
        "IDPCommunicationError" => "AWS couldn't reach the identity provider; try again in a minute",
        "Throttling" | "RequestLimitExceeded" | "TooManyRequests" => {
            "AWS is throttling requests: try again in a minute"
        }
        "ValidationError" if says("role chaining") => {
            "a role that another role assumes lasts an hour at most: ask for 1h or less"
        }
        "ValidationError" if says("DurationSeconds") => {
            "ask for a shorter duration, or raise the role's maximum session duration (1 to 12 hours)"
        }
        "ValidationError" if says("ession polic") || says("policyArns") => "check the role's policy and policy_arns",
        "ValidationError" if refusal.operation == "GetAccessKeyInfo" => {
            "check the access key ID: it's AKIA or ASIA and 16 more letters and digits"
        }
        "ValidationError" => "check the role's ARN and its terms: duration, session_name, policies, tags",
        "InvalidParameterValue" if says("ransitive") || says("tag") => {
            "the session inherits this tag through the chain, and it can't be passed again: remove it from tags"
        }
        "InvalidParameterValue" | "InvalidParameterCombination" | "MissingParameter" => "check the role's terms",
        "PackedPolicyTooLarge" => {
            "the session policies and tags are too large together: shorten them, or have the identity provider send \
             fewer tags"
        }
        "MalformedPolicyDocument" => "the session policy is valid JSON, but not a valid policy: correct it",
        "SignatureDoesNotMatch" | "InvalidSignature" if says("Signature expired") || says("not yet current") => CLOCK,
        "SignatureDoesNotMatch" | "InvalidSignature" => "check the secret access key, and this machine's clock",
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => CLOCK,
        "IncompleteSignature" | "MissingAuthenticationToken" => {
            "a proxy may have changed the request: check HTTPS_PROXY and AWS_ENDPOINT_URL_STS"
        }
        "OptInRequired" => "enable the region for the account, or choose another one",
        "InvalidAuthorizationMessage" => {
            "paste the whole encoded message from the error. Only the account that made the request can decode it"
        }
        "NoSuchEntity" => "check the name and the account",
        "InvalidAction" | "UnknownOperation" | "NotImplemented" => {
            "the server doesn't know this operation: check AWS_ENDPOINT_URL_STS"
        }
        "HTTP429" | "HTTP500" | "HTTP502" | "HTTP503" | "HTTP504" | "ServiceUnavailable" | "InternalFailure" => {
            "try again in a minute. If it happens again, check the AWS Health Dashboard"
        }
        _ => return None,
    };
    Some(hint)
}

const CLOCK: &str = "set this machine's clock: it differs too much from AWS's";

fn access_denied(refusal: &Refusal) -> Option<&'static str> {
    explained(refusal).or_else(|| denied_to(refusal.operation))
}

/// For a message that says which policy it was
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>), or which permission was
/// missing.
fn explained(refusal: &Refusal) -> Option<&'static str> {
    let says = |words: &str| refusal.message.contains(words);
    let hint = if says("service control policy") || says("resource control policy") {
        "a policy of your AWS organization denies it, whatever the account allows: ask the organization's administrator"
    } else if says("permissions boundary") {
        "the caller's permissions boundary doesn't allow it: ask your account's administrator"
    } else if says("VPC endpoint policy") {
        "the VPC endpoint's policy doesn't allow it: ask your network's administrator"
    } else if says("session policy") {
        "the caller's session policy doesn't allow it: check read_only, policy and policy_arns of the role \
         before this one"
    } else if says("explicit deny") {
        "a policy denies it explicitly, and no other policy can override that: ask your account's administrator"
    } else if says("assumed by root") {
        "these are the keys of an account's root user, which can't assume roles: use an IAM user's keys"
    } else if says("with session credentials") {
        "ask for a role instead: this needs an IAM user's access key, not a session"
    } else if says("sts:TagSession") && refusal.is_proof() {
        "your identity provider sends session tags, and the role's trust policy must allow sts:TagSession for them"
    } else if says("sts:TagSession") {
        "the role's trust policy and the caller's policies must allow sts:TagSession, or leave tags out (those that a \
         chain passes on count too)"
    } else if says("sts:SetSourceIdentity") && refusal.is_proof() {
        "your identity provider sends a source identity, and the role's trust policy must allow sts:SetSourceIdentity for \
         it"
    } else if says("sts:SetSourceIdentity") {
        "the role's trust policy and the caller's policies must allow sts:SetSourceIdentity, or leave \
         source_identity out"
    } else {
        return None;
    };
    Some(hint)
}

fn denied_to(operation: &str) -> Option<&'static str> {
    let hint = match operation {
        "AssumeRoleWithWebIdentity" => {
            "the role's trust policy must allow sts:AssumeRoleWithWebIdentity for this identity provider, with its aud \
             (client id) and sub conditions met; the role must exist"
        }
        "AssumeRoleWithSAML" => {
            "the role's trust policy must allow sts:AssumeRoleWithSAML for this SAML provider, with its SAML:aud \
             condition met (and sts:TagSession, sts:SetSourceIdentity if the assertion has tags or a source identity); \
             the role must exist"
        }
        "AssumeRole" => {
            "the role must exist and trust the caller (with its conditions met: external_id, MFA, source_identity). \
             The caller must be allowed sts:AssumeRole on it. Tags need sts:TagSession, a source identity needs \
             sts:SetSourceIdentity"
        }
        "AssumeRoot" => {
            "AssumeRoot is for the management account and IAM's delegated administrator: the organization must have \
             centralized root access, and the caller must be allowed sts:AssumeRoot"
        }
        "GetSessionToken" => "the user's policies may require an MFA code, or deny it outright",
        "GetFederationToken" => "the user that the keys belong to must be allowed sts:GetFederationToken",
        "DecodeAuthorizationMessage" => "the caller must be allowed sts:DecodeAuthorizationMessage",
        "GetAccessKeyInfo" => "the caller must be allowed sts:GetAccessKeyInfo",
        _ => return None,
    };
    Some(hint)
}

fn identity_token(refusal: &Refusal) -> &'static str {
    match refusal.set_up_mistake() {
        Some(mistake) => set_up(mistake),
        None if refusal.operation == "AssumeRoleWithSAML" => {
            "sign in again. If it happens again, compare the SAML provider's metadata in IAM with the identity provider's"
        }
        None => "sign in again. If it happens again, compare issuer and client_id with the IAM OIDC identity provider",
    }
}

/// What an administrator has to do. Signing in again doesn't help.
fn set_up(mistake: SetUpMistake) -> &'static str {
    match mistake {
        SetUpMistake::NoOidcProvider => {
            "in the role's account, add the issuer as an IAM OIDC identity provider, spelled exactly as the token spells \
             it"
        }
        SetUpMistake::Audience => {
            "in the role's account, add this identity's client_id to the audiences of the IAM OIDC identity provider"
        }
        SetUpMistake::Keys => {
            "AWS must be able to fetch the issuer's key set (JWKS) from the internet, and trust its certificate"
        }
        SetUpMistake::Thumbprint => {
            "in the role's account, an AWS administrator must update the thumbprint of the IAM OIDC identity provider: \
             that of the top certificate in the chain of the server with the issuer's key set (jwks_uri). Signing in \
             again doesn't help"
        }
        SetUpMistake::Claim => {
            "the identity provider's administrator must have it send that claim in the ID token: AWS requires iss, sub, \
             aud, exp and iat. Signing in again doesn't help"
        }
        SetUpMistake::Algorithm => {
            "the identity provider's administrator must have it sign the ID token with an algorithm that AWS accepts: \
             RS256, RS384, RS512, ES256, ES384 or ES512"
        }
        SetUpMistake::NotAnIdToken => {
            "AWS requires an ID token (a JWT), and this isn't one: check the settings of this identity and of its \
             client at the identity provider"
        }
        SetUpMistake::NoSamlProvider => {
            "in the role's account, add the SAML provider that the assertion names, or correct its name at the identity \
             provider"
        }
        SetUpMistake::SamlMetadata => {
            "the SAML provider in IAM must have the identity provider's current metadata, with its issuer and \
             certificate: upload it again in the role's account"
        }
        SetUpMistake::SamlEncryption => {
            "the SAML provider in IAM (AssertionEncryptionMode and its private key) and the AWS application at the \
             identity provider must agree about encryption. Daypass needs assertions that aren't encrypted"
        }
        SetUpMistake::SamlAssertion => {
            "ask your identity provider's administrator to compare the AWS application with AWS's documentation of \
             SAML assertions"
        }
    }
}

fn mfa(refusal: &Refusal) -> &'static str {
    if refusal.message.contains("must provide both") {
        "the role or the user requires an MFA code: add an MFA device to the identity"
    } else if refusal.is_wrong_mfa_code() {
        "wait for the MFA device's next code and sign in again: each code works once, and only for half a minute"
    } else {
        "check the serial number of the MFA device (arn:aws:iam::ACCOUNT:mfa/NAME) and that it belongs to this user"
    }
}

/// What to do when STS cannot be reached and the kind of endpoint may be the reason.
pub(super) fn endpoint_missing(service: Service, endpoint: &str) -> Option<&'static str> {
    let is_special = endpoint.contains("://sts-fips.") || endpoint.contains(".api.");
    (service == Service::Sts && is_special).then_some(
        "not every region has a FIPS or dual-stack endpoint: choose another region, or leave fips and dual_stack out \
         of settings.sts. Also check that you are online or on the VPN",
    )
}
