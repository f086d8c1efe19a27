//! What can be wrong with an AWS service, as the second half of a problem's code.

use ts_rs::TS;

macro_rules! aws_problems {
    (
        { $($variant:ident = $word:literal: $meaning:literal,)* }
        { $($refusal:ident = $refusal_word:literal $code:literal: $refusal_meaning:literal,)* }
    ) => {
        /// What an AWS service refused with, or why it can't be asked.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TS)]
        #[ts(export)]
        pub enum AwsProblem {
            /// The server isn't the service.
            #[ts(skip)]
            NotTheService,
            $(#[doc = $meaning] #[ts(rename = $word)] $variant,)*
            $(#[doc = $refusal_meaning] #[ts(rename = $refusal_word)] $refusal,)*
        }

        impl AwsProblem {
            /// All of them.
            pub const ALL: &[Self] = &[Self::NotTheService, $(Self::$variant,)* $(Self::$refusal,)*];

            /// The word that follows the service's in a code.
            pub(super) fn word(self) -> &'static str {
                match self {
                    Self::NotTheService => "not-the-service",
                    $(Self::$variant => $word,)*
                    $(Self::$refusal => $refusal_word,)*
                }
            }

            /// What it means, as a sentence.
            pub(super) fn meaning(self) -> &'static str {
                match self {
                    Self::NotTheService => "Something other than the service responded.",
                    $(Self::$variant => $meaning,)*
                    $(Self::$refusal => $refusal_meaning,)*
                }
            }

            /// From the service's own code, without the `Exception` that some services add. `None` for a code that
            /// Daypass doesn't know.
            #[must_use]
            pub fn of_service_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$refusal),)*
                    _ => None,
                }
            }
        }
    };
}

aws_problems! {
    {
        Unreachable = "unreachable": "The service can't be reached.",
        CertificateUntrusted = "certificate-untrusted": "The service's certificate isn't trusted.",
        IncompleteAnswer = "incomplete-answer": "The service's response is incomplete.",
        Request = "request": "The request can't be built.",
        MfaCodeWrong = "mfa-code-wrong": "The MFA code is wrong.",
        MfaRefused = "mfa-refused": "The MFA device was refused.",
        Refused = "refused": "The service refused with a code that Daypass doesn't know.",
        OutOfOrder = "out-of-order": "The service answered with an error status and no code.",
    }
    {
        AccessDenied = "access-denied" "AccessDenied": "A policy doesn't allow the request.",
        BandwidthLimitExceeded = "bandwidth-limit-exceeded" "BandwidthLimitExceeded": "The service is throttling requests.",
        BadRequest = "bad-request" "BadRequest": "The service can't read the request.",
        ConcurrentModification = "concurrent-modification" "ConcurrentModification": "Another request changed the same thing.",
        EntityAlreadyExists = "entity-already-exists" "EntityAlreadyExists": "The object to create already exists.",
        ExpiredToken = "expired-token" "ExpiredToken": "The credentials or the proof have expired.",
        ExternalService = "external-service" "ExternalService": "The identity pool couldn't reach the identity provider.",
        Http429 = "http429" "HTTP429": "The service is throttling requests.",
        Http500 = "http500" "HTTP500": "The service is unavailable.",
        Http502 = "http502" "HTTP502": "The service is unavailable.",
        Http503 = "http503" "HTTP503": "The service is unavailable.",
        Http504 = "http504" "HTTP504": "The service is unavailable.",
        IdpCommunicationError = "idp-communication-error" "IDPCommunicationError": "AWS couldn't reach the identity provider.",
        IdpRejectedClaim = "idp-rejected-claim" "IDPRejectedClaim": "The identity provider rejected the proof.",
        IncompleteSignature = "incomplete-signature" "IncompleteSignature": "The request's signature is incomplete.",
        InternalError = "internal-error" "InternalError": "The service failed.",
        InternalFailure = "internal-failure" "InternalFailure": "The service failed.",
        InternalServerError = "internal-server-error" "InternalServerError": "The service failed.",
        InvalidAction = "invalid-action" "InvalidAction": "The service doesn't know the operation.",
        InvalidAuthorizationMessage = "invalid-authorization-message" "InvalidAuthorizationMessage": "The encoded message can't be decoded.",
        InvalidClientTokenId = "invalid-client-token-id" "InvalidClientTokenId": "AWS doesn't know the access key.",
        InvalidIdentityPoolConfiguration = "invalid-identity-pool-configuration" "InvalidIdentityPoolConfiguration": "The identity pool's setup is wrong.",
        InvalidIdentityToken = "invalid-identity-token" "InvalidIdentityToken": "AWS doesn't accept the proof.",
        InvalidInput = "invalid-input" "InvalidInput": "A value in the request is wrong.",
        InvalidParameter = "invalid-parameter" "InvalidParameter": "A value in the request is wrong.",
        InvalidParameterCombination = "invalid-parameter-combination" "InvalidParameterCombination": "The request contains values that can't be combined.",
        InvalidParameterValue = "invalid-parameter-value" "InvalidParameterValue": "A value in the request is wrong.",
        InvalidSignature = "invalid-signature" "InvalidSignature": "The request's signature is wrong.",
        KeyUnavailable = "key-unavailable" "KeyUnavailable": "The key isn't available.",
        LimitExceeded = "limit-exceeded" "LimitExceeded": "A limit of the service is reached.",
        MalformedPolicyDocument = "malformed-policy-document" "MalformedPolicyDocument": "The session policy isn't valid.",
        MissingAuthenticationToken = "missing-authentication-token" "MissingAuthenticationToken": "The request arrived without a signature.",
        MissingParameter = "missing-parameter" "MissingParameter": "A value in the request is missing.",
        NoSuchEntity = "no-such-entity" "NoSuchEntity": "The user, role or key doesn't exist.",
        NotAuthorized = "not-authorized" "NotAuthorized": "The request isn't allowed.",
        NotImplemented = "not-implemented" "NotImplemented": "The service doesn't know the operation.",
        OptInRequired = "opt-in-required" "OptInRequired": "The account must enable the region first.",
        PackedPolicyTooLarge = "packed-policy-too-large" "PackedPolicyTooLarge": "The session policies and tags are too large together.",
        PriorRequestNotComplete = "prior-request-not-complete" "PriorRequestNotComplete": "An earlier request isn't finished.",
        RegionDisabled = "region-disabled" "RegionDisabled": "STS is switched off in this region.",
        RequestExpired = "request-expired" "RequestExpired": "The request's time is too far from AWS's.",
        RequestInTheFuture = "request-in-the-future" "RequestInTheFuture": "The request's time is too far from AWS's.",
        RequestLimitExceeded = "request-limit-exceeded" "RequestLimitExceeded": "The service is throttling requests.",
        RequestThrottled = "request-throttled" "RequestThrottled": "The service is throttling requests.",
        RequestTimeTooSkewed = "request-time-too-skewed" "RequestTimeTooSkewed": "The request's time is too far from AWS's.",
        RequestTimeout = "request-timeout" "RequestTimeout": "The service timed out.",
        ResourceConflict = "resource-conflict" "ResourceConflict": "Another login is linked already.",
        ResourceNotFound = "resource-not-found" "ResourceNotFound": "The identity pool doesn't exist.",
        ServiceFailure = "service-failure" "ServiceFailure": "The service failed.",
        ServiceUnavailable = "service-unavailable" "ServiceUnavailable": "The service isn't available.",
        SignatureDoesNotMatch = "signature-does-not-match" "SignatureDoesNotMatch": "The request's signature is wrong.",
        SlowDown = "slow-down" "SlowDown": "The service is throttling requests.",
        Throttled = "throttled" "Throttled": "The service is throttling requests.",
        ThrottledRequest = "throttled-request" "ThrottledRequest": "The service is throttling requests.",
        Throttling = "throttling" "Throttling": "The service is throttling requests.",
        TooManyRequests = "too-many-requests" "TooManyRequests": "The service is throttling requests.",
        UnauthorizedOperation = "unauthorized-operation" "UnauthorizedOperation": "A policy doesn't allow the request.",
        UnknownOperation = "unknown-operation" "UnknownOperation": "The service doesn't know the operation.",
        UnmodifiableEntity = "unmodifiable-entity" "UnmodifiableEntity": "The object can't be changed at the moment.",
        UnrecognizedClient = "unrecognized-client" "UnrecognizedClient": "AWS doesn't know the access key.",
        ValidationError = "validation-error" "ValidationError": "A value in the request is wrong.",
    }
}
