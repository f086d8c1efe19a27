//! What to do about a refusal: the table of those that people meet.

use super::refusal::Refusal;
use daypass_core::service::Service;

/// What to do next.
pub(super) fn next_step(refusal: &Refusal) -> Option<&'static str> {
    let says = |words: &str| refusal.message.contains(words);
    let hint = match refusal.short_code() {
        "AccessDenied" if refusal.is_about_mfa() => mfa(refusal),
        "AccessDenied" | "NotAuthorized" | "UnauthorizedOperation" => return access_denied(refusal),
        "InvalidIdentityToken" => return Some(identity_token(refusal)),
        "ExpiredToken" if !refusal.is_proof() => "these credentials have expired; renew the session",
        "ExpiredToken" => "sign in again",
        "IDPRejectedClaim" => "sign in again; if it stays, ask who runs the identity provider what it says of you",
        "IDPCommunicationError" => "AWS could not reach the identity provider; try again in a minute",
        "Throttling" | "RequestLimitExceeded" | "TooManyRequests" => {
            "AWS asks for fewer requests; try again in a minute"
        }
        "ValidationError" if says("role chaining") => {
            "a role that another role assumes is granted an hour at most: ask for 1h or less"
        }
        "ValidationError" if says("DurationSeconds") => {
            "ask for a shorter duration, or raise the role's maximum session duration (1 to 12 hours)"
        }
        "ValidationError" if says("ession polic") || says("policyArns") => "check policy and policy_arns of the role",
        "ValidationError" if refusal.operation == "GetAccessKeyInfo" => {
            "check the access key id: AKIA or ASIA and 16 more letters and digits"
        }
        "ValidationError" => "check the role's ARN and its terms: duration, session_name, policies, tags",
        "InvalidParameterValue" if says("ransitive") || says("tag") => {
            "a tag that the session inherits through the chain must not be passed again: remove it from tags"
        }
        "InvalidParameterValue" | "InvalidParameterCombination" | "MissingParameter" => "check the role's terms",
        "PackedPolicyTooLarge" => {
            "the session policies and tags are too large together: shorten them, or have the identity provider send \
             fewer tags"
        }
        "MalformedPolicyDocument" => "the session policy is JSON, but not a policy: correct it",
        "RegionDisabled" => {
            "STS is switched off in this region: choose another region for the role, or have it activated in the \
             account settings of IAM"
        }
        "InvalidClientTokenId" | "UnrecognizedClient" => {
            "the access key was deleted or deactivated, the session was revoked, or the region is not enabled for the \
             account"
        }
        "SignatureDoesNotMatch" | "InvalidSignature" if says("Signature expired") || says("not yet current") => CLOCK,
        "SignatureDoesNotMatch" | "InvalidSignature" => "check the secret access key, and this machine's clock",
        "RequestExpired" | "RequestTimeTooSkewed" | "RequestInTheFuture" => CLOCK,
        "IncompleteSignature" | "MissingAuthenticationToken" => {
            "a proxy on the way may have changed the request: check HTTPS_PROXY and AWS_ENDPOINT_URL_STS"
        }
        "OptInRequired" => "enable the region for the account, or choose another one",
        "InvalidAuthorizationMessage" => {
            "paste the whole encoded message, as the error had it; only the account whose request it was can decode it"
        }
        "NoSuchEntity" => "check the name and the account",
        "InvalidAction" | "UnknownOperation" | "NotImplemented" => {
            "what answers does not know this operation: check AWS_ENDPOINT_URL_STS"
        }
        "HTTP429" | "HTTP500" | "HTTP502" | "HTTP503" | "HTTP504" | "ServiceUnavailable" | "InternalFailure" => {
            "try again in a minute; if it stays, look at the AWS Health Dashboard"
        }
        _ => return None,
    };
    Some(hint)
}

const CLOCK: &str = "set this machine's clock: it is too far from AWS's";

fn access_denied(refusal: &Refusal) -> Option<&'static str> {
    explained(refusal).or_else(|| denied_to(refusal.operation))
}

/// Where the message says which policy it was
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>), or which permission was
/// missing.
fn explained(refusal: &Refusal) -> Option<&'static str> {
    let says = |words: &str| refusal.message.contains(words);
    let hint = if says("service control policy") || says("resource control policy") {
        "a policy of the AWS organization forbids it, whatever the account allows: ask who runs the organization"
    } else if says("permissions boundary") {
        "the permissions boundary of who asks does not allow it: ask who runs the account"
    } else if says("VPC endpoint policy") {
        "the policy of the VPC endpoint on the way does not allow it: ask who runs the network"
    } else if says("session policy") {
        "the session policy of who asks does not allow it (read_only, policy, policy_arns of the role before this one)"
    } else if says("explicit deny") {
        "a policy denies it explicitly, which no other can allow: ask who runs the account"
    } else if says("assumed by root") {
        "these are keys of an account's root user, which may assume no role: use those of an IAM user"
    } else if says("with session credentials") {
        "ask for a role instead: only the access key of an IAM user gets this, no session does"
    } else if says("sts:TagSession") {
        "the role's trust policy and the policies of who asks must allow sts:TagSession, or leave tags out"
    } else if says("sts:SetSourceIdentity") {
        "the role's trust policy and the policies of who asks must allow sts:SetSourceIdentity, or leave source_identity \
         out"
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
            "the role must exist and trust who asks (its conditions met: external_id, MFA, source_identity), and who \
             asks must be allowed sts:AssumeRole on it; tags need sts:TagSession, a source identity \
             sts:SetSourceIdentity"
        }
        "AssumeRoot" => {
            "AssumeRoot is for the management account and the delegated administrator of IAM: root access must be \
             centralized in the organization, and who asks must be allowed sts:AssumeRoot"
        }
        "GetSessionToken" => "the user's policies may ask for an MFA code, or deny it outright",
        "GetFederationToken" => "the user whose keys these are must be allowed sts:GetFederationToken",
        "DecodeAuthorizationMessage" => "who asks must be allowed sts:DecodeAuthorizationMessage",
        "GetAccessKeyInfo" => "who asks must be allowed sts:GetAccessKeyInfo",
        _ => return None,
    };
    Some(hint)
}

fn identity_token(refusal: &Refusal) -> &'static str {
    let says = |words: &str| refusal.message.contains(words);
    if says("No OpenIDConnect provider found") {
        "in the role's account, add the issuer as an IAM OIDC identity provider, spelled exactly as the token spells it"
    } else if says("Incorrect token audience") {
        "in the role's account, add this identity's client_id to the audiences of the IAM OIDC identity provider"
    } else if says("Couldn't retrieve verification key") {
        "AWS must reach the issuer's key set (JWKS) from the internet, over a certificate that it trusts"
    } else if says("Specified provider doesn't exist") {
        "in the role's account, add the SAML provider that the assertion names, or correct its name at the identity \
         provider"
    } else if says("Issuer not present in specified provider") || says("Response signature invalid") {
        "the SAML provider in IAM must have the identity provider's metadata of today, with its issuer and certificate: \
         upload it anew in the role's account"
    } else if says("RoleSessionName") || says("required audience") {
        "have the identity provider's administrator compare the AWS application with AWS's documentation of SAML assertions"
    } else if refusal.operation == "AssumeRoleWithSAML" {
        "sign in again; if it stays, compare the metadata of the SAML provider in IAM with that of the identity provider"
    } else {
        "sign in again; if it stays, compare issuer and client_id with the IAM OIDC identity provider"
    }
}

fn mfa(refusal: &Refusal) -> &'static str {
    if refusal.message.contains("must provide both") {
        "the role or the user wants an MFA code: give the identity an MFA device"
    } else if refusal.is_wrong_mfa_code() {
        "wait for the next code of the MFA device and sign in again: each is good once, and for half a minute"
    } else {
        "check the serial number of the MFA device (arn:aws:iam::ACCOUNT:mfa/NAME) and that it belongs to this user"
    }
}

/// What to do when STS cannot be reached, where the reason may be the kind of endpoint.
pub(super) fn endpoint_missing(service: Service, endpoint: &str) -> Option<&'static str> {
    let is_special = endpoint.contains("://sts-fips.") || endpoint.contains(".api.");
    (service == Service::Sts && is_special).then_some(
        "not every region has a FIPS or dual-stack endpoint: choose another region, or leave fips and dual_stack out \
         of settings.sts; and check that you are online or on the VPN",
    )
}
