#![allow(clippy::unwrap_used)]

use super::*;
use daypass_core::problem::{AwsProblem, ProblemCode};
use daypass_core::service::Service;

fn problem(status: u16, code: &str, message: &str) -> Problem {
    let context = CallContext {
        service: Service::Sts,
        operation: "AssumeRoleWithWebIdentity",
        subject: Some("arn:aws:iam::123456789012:role/Dev".into()),
        endpoint: "https://sts.eu-central-1.amazonaws.com".into(),
        region: Some("eu-central-1".parse().unwrap()),
    };
    ExchangeError::refused(context, status, code, message, Some("req-1")).into()
}

#[test]
fn each_refusal_has_its_kind_its_code_and_a_next_step() {
    use ProblemKind::{NeedsSignIn, Passing, Refused};
    for (status, code, message, kind, problem_code) in [
        (
            403,
            "AccessDenied",
            "Not authorized to perform sts:AssumeRoleWithWebIdentity",
            Refused,
            ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied),
        ),
        (
            400,
            "ExpiredTokenException",
            "Token expired",
            NeedsSignIn,
            ProblemCode::Aws(Service::Sts, AwsProblem::ExpiredToken),
        ),
        (
            400,
            "InvalidIdentityToken",
            "Token is not valid",
            NeedsSignIn,
            ProblemCode::Aws(Service::Sts, AwsProblem::InvalidIdentityToken),
        ),
        (
            400,
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://x",
            Refused,
            ProblemCode::Aws(Service::Sts, AwsProblem::InvalidIdentityToken),
        ),
        (
            400,
            "InvalidIdentityToken",
            "Incorrect token audience",
            Refused,
            ProblemCode::Aws(Service::Sts, AwsProblem::InvalidIdentityToken),
        ),
        (403, "IDPRejectedClaim", "", NeedsSignIn, ProblemCode::Aws(Service::Sts, AwsProblem::IdpRejectedClaim)),
        (400, "IDPCommunicationError", "", Passing, ProblemCode::Aws(Service::Sts, AwsProblem::IdpCommunicationError)),
        (400, "Throttling", "Rate exceeded", Passing, ProblemCode::Aws(Service::Sts, AwsProblem::Throttling)),
        (400, "ThrottlingException", "Rate exceeded", Passing, ProblemCode::Aws(Service::Sts, AwsProblem::Throttling)),
        (503, "RequestLimitExceeded", "", Passing, ProblemCode::Aws(Service::Sts, AwsProblem::RequestLimitExceeded)),
        (500, "InternalFailure", "", Passing, ProblemCode::Aws(Service::Sts, AwsProblem::InternalFailure)),
        (503, "HTTP503", "", Passing, ProblemCode::Aws(Service::Sts, AwsProblem::Http503)),
        (
            400,
            "ValidationError",
            "The requested DurationSeconds exceeds the MaxSessionDuration",
            Refused,
            ProblemCode::Aws(Service::Sts, AwsProblem::ValidationError),
        ),
        (
            400,
            "MalformedPolicyDocument",
            "",
            Refused,
            ProblemCode::Aws(Service::Sts, AwsProblem::MalformedPolicyDocument),
        ),
        (400, "PackedPolicyTooLarge", "", Refused, ProblemCode::Aws(Service::Sts, AwsProblem::PackedPolicyTooLarge)),
        (403, "RegionDisabledException", "", Refused, ProblemCode::Aws(Service::Sts, AwsProblem::RegionDisabled)),
        (403, "InvalidClientTokenId", "", Refused, ProblemCode::Aws(Service::Sts, AwsProblem::InvalidClientTokenId)),
    ] {
        let problem = problem(status, code, message);
        assert_eq!((problem.kind, problem.code), (kind, problem_code), "{code}");
        assert!(problem.message.contains(code) && problem.message.contains(message), "{problem:?}");
        assert!(problem.message.contains("role/Dev"), "{problem:?}");
        assert!(problem.hint.is_some(), "{code} has no next step");
        assert_eq!(problem.request_id.as_deref(), Some("req-1"));
    }
    // What is not known: by its status.
    assert_eq!(problem(400, "Novelty", "").kind, Refused);
    assert_eq!(problem(502, "Novelty", "").kind, Passing);
    assert_eq!(problem(400, "", "").code, ProblemCode::Aws(Service::Sts, AwsProblem::Refused));
}

#[test]
fn what_is_set_up_wrong_is_for_an_administrator_and_not_for_another_sign_in() {
    for (message, words) in [
        (
            "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
            "thumbprint of the IAM OIDC",
        ),
        ("Missing a required claim: sub", "send that claim"),
        ("MISSING A REQUIRED CLAIM: aud", "send that claim"),
        ("No OpenIDConnect provider found in your account for https://x", "add the issuer"),
        ("Couldn't retrieve verification key from your identity provider", "key set"),
        ("Unsupported signing algorithm", "RS256"),
        (
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
            "an ID token",
        ),
        ("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}", "SAML assertions"),
        ("Failed to decrypt the assertion", "aren't encrypted"),
    ] {
        let problem = problem(400, "InvalidIdentityToken", message);
        let hint = problem.hint.unwrap_or_default();
        assert_eq!(problem.kind, ProblemKind::Refused, "{message}");
        assert!(hint.contains(words) && !hint.contains("sign in again"), "{message}: {hint}");
    }
    // Only of this code.
    assert_eq!(problem(400, "ExpiredTokenException", "Missing a required claim").kind, ProblemKind::NeedsSignIn);
}

#[test]
fn every_operation_says_what_to_do_about_a_denial() {
    for operation in [
        "AssumeRole",
        "AssumeRoleWithSAML",
        "AssumeRoleWithWebIdentity",
        "AssumeRoot",
        "GetSessionToken",
        "GetFederationToken",
        "DecodeAuthorizationMessage",
        "GetAccessKeyInfo",
    ] {
        let context = CallContext {
            service: Service::Sts,
            operation,
            subject: None,
            endpoint: "https://sts.example".into(),
            region: None,
        };
        let problem = Problem::from(ExchangeError::refused(context, 403, "AccessDenied", "No.", Some("req-2")));
        assert!(problem.hint.is_some(), "{operation}");
        assert_eq!(problem.request_id.as_deref(), Some("req-2"));
    }
    for (code, message, words) in [
        ("ValidationError", "exceeds the 1 hour session limit for roles assumed by role chaining", "an hour at most"),
        ("InvalidAuthorizationMessageException", "Message is not valid", "whole encoded message"),
        ("InvalidIdentityToken", "Specified provider doesn't exist", "SAML provider"),
        ("OptInRequired", "", "enable the region"),
        ("RegionDisabledException", "", "switched off in this region (eu-central-1)"),
        ("RequestExpired", "Request has expired.", "clock"),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 20261122T100000Z is now earlier than 20261122T101500Z",
            "set this",
        ),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", "secret access key"),
        ("AccessDenied", "… with an explicit deny in a service control policy", "organization"),
        ("AccessDenied", "… with an explicit deny in an identity-based policy", "explicitly"),
        ("AccessDenied", "… because no permissions boundary allows the sts:AssumeRole action", "boundary"),
        ("AccessDenied", "… because no session policy allows the sts:AssumeRole action", "read_only"),
        ("AccessDenied", "Roles may not be assumed by root accounts.", "IAM user"),
        ("AccessDenied", "Cannot call GetSessionToken with session credentials", "IAM user"),
        ("AccessDenied", "User: x is not authorized to perform: sts:TagSession on resource: y", "sts:TagSession"),
        ("AccessDenied", "User: x is not authorized to perform: sts:SetSourceIdentity", "sts:SetSourceIdentity"),
        ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", "aud (client id)"),
    ] {
        let hint = problem(400, code, message).hint.unwrap_or_default();
        assert!(hint.contains(words), "{code}: {hint}");
    }
}

#[test]
fn an_access_key_id_is_no_role() {
    let context = CallContext {
        service: Service::Sts,
        operation: "GetAccessKeyInfo",
        subject: Some("AKIAIOSFODNN7EXAMPLE".into()),
        endpoint: "https://sts.example".into(),
        region: None,
    };
    let problem = Problem::from(ExchangeError::refused(context, 400, "ValidationError", "No.", None));
    assert!(problem.hint.is_some_and(|hint| hint.contains("access key ID")));
}

#[test]
fn another_service_is_called_by_its_name() {
    let context = CallContext {
        service: Service::Iam,
        operation: "CreateAccessKey",
        subject: Some("arn:aws:iam::123456789012:user/ann".into()),
        endpoint: "https://iam.amazonaws.com".into(),
        region: None,
    };
    let problem = Problem::from(ExchangeError::refused(context, 409, "LimitExceeded", "Two keys.", None));
    assert!(problem.message.starts_with("IAM refused CreateAccessKey for arn:aws:iam"), "{problem}");
    assert_eq!(problem.code, ProblemCode::Aws(Service::Iam, AwsProblem::LimitExceeded));
}
