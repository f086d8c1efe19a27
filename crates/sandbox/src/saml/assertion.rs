//! Writes responses that AWS would accept.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{
    request::Wanted,
    sessions::Session,
    shared::{Shared, entity_id, provider_arn},
    signature,
    xml::{element, text},
};
use crate::{Assertion, Person, aws_endpoint::audience_at, random};

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const STATUS: &str = "urn:oasis:names:tc:SAML:2.0:status:";
const BASIC: &str = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";

/// A response with a signed assertion about this person. `None` if it can't be signed.
pub(super) fn response(shared: &Shared, person: &Person, session: &Session, wanted: &Wanted) -> Option<String> {
    let knobs = shared.panel.read();
    let now = shared.now();
    // An expired one was issued ten minutes ago.
    let issued = if knobs.assertion == Assertion::Expired { now - TimeDelta::minutes(10) } else { now };
    let id = format!("_{}", random::request_id());
    let issuer = element("saml:Issuer", &[], &text(&entity_id(shared)));
    let statements = statements(
        shared,
        person,
        session,
        wanted,
        issued,
        issued + TimeDelta::seconds(knobs.assertion_seconds.into()),
    );
    let time = instant(issued);
    let attributes = [("xmlns:saml", ASSERTION), ("ID", &id), ("IssueInstant", &time), ("Version", "2.0")];
    let unsigned = element("saml:Assertion", &attributes, &format!("{issuer}{statements}"));
    let signature = signature::sign(shared.provider.signer(), &id, &unsigned)?;
    let mut signed = element("saml:Assertion", &attributes, &format!("{issuer}{signature}{statements}"));
    if knobs.assertion == Assertion::Forged {
        signed = signed.replace(&format!(">{}<", text(&person.email)), ">someone.else@shop.example<");
    }
    Some(envelope(shared, wanted, now, &element("samlp:StatusCode", &[("Value", &status("Success"))], ""), &signed))
}

/// A response with a status instead of an assertion.
pub(super) fn failure(shared: &Shared, wanted: &Wanted, why: &str) -> String {
    let inner = element("samlp:StatusCode", &[("Value", &status(why))], "");
    let code = element("samlp:StatusCode", &[("Value", &status("Responder"))], &inner);
    envelope(shared, wanted, shared.now(), &code, "")
}

pub(super) fn metadata(shared: &Shared) -> String {
    let base = &shared.base;
    let key = element("md:KeyDescriptor", &[("use", "signing")], &signature::key_info(shared.provider.signer()));
    let binding = |binding: &str| {
        let binding = format!("urn:oasis:names:tc:SAML:2.0:bindings:{binding}");
        let location = format!("{base}saml/sso");
        element("md:SingleSignOnService", &[("Binding", &binding), ("Location", &location)], "")
    };
    let inner = key + &binding("HTTP-Redirect") + &binding("HTTP-POST");
    let role = element("md:IDPSSODescriptor", &[("protocolSupportEnumeration", PROTOCOL)], &inner);
    let namespace = ("xmlns:md", "urn:oasis:names:tc:SAML:2.0:metadata");
    element("md:EntityDescriptor", &[namespace, ("entityID", &entity_id(shared))], &role)
}

fn envelope(shared: &Shared, wanted: &Wanted, now: DateTime<Utc>, code: &str, assertion: &str) -> String {
    let (id, time) = (format!("_{}", random::request_id()), instant(now));
    let mut attributes = vec![("xmlns:samlp", PROTOCOL), ("Destination", wanted.endpoint.as_str()), ("ID", &id)];
    attributes.extend(wanted.in_response_to.as_deref().map(|request| ("InResponseTo", request)));
    attributes.extend([("IssueInstant", time.as_str()), ("Version", "2.0")]);
    let issuer = element("saml:Issuer", &[("xmlns:saml", ASSERTION)], &text(&entity_id(shared)));
    let status = element("samlp:Status", &[], code);
    element("samlp:Response", &attributes, &format!("{issuer}{status}{assertion}"))
}

fn statements(
    shared: &Shared,
    person: &Person,
    session: &Session,
    wanted: &Wanted,
    issued: DateTime<Utc>,
    ends: DateTime<Utc>,
) -> String {
    let knobs = shared.panel.read();
    let ends = instant(ends);
    let mut confirmed: Vec<(&str, &str)> =
        wanted.in_response_to.as_deref().map(|request| ("InResponseTo", request)).into_iter().collect();
    confirmed.extend([("NotOnOrAfter", ends.as_str()), ("Recipient", wanted.endpoint.as_str())]);
    let confirmation = element(
        "saml:SubjectConfirmation",
        &[("Method", "urn:oasis:names:tc:SAML:2.0:cm:bearer")],
        &element("saml:SubjectConfirmationData", &confirmed, ""),
    );
    let persistent = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent";
    let name_id = element("saml:NameID", &[("Format", persistent)], &text(&person.username));
    let audience = match knobs.assertion {
        Assertion::WrongAudience => "urn:someone:else",
        _ => audience_at(&wanted.endpoint),
    };
    let restriction = element("saml:AudienceRestriction", &[], &element("saml:Audience", &[], audience));
    let not_before = instant(issued - TimeDelta::minutes(1));
    let class = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport";
    let context = element("saml:AuthnContext", &[], &element("saml:AuthnContextClassRef", &[], class));
    let (began, until) = (instant(session.began), instant(session.ends));
    let authenticated =
        [("AuthnInstant", began.as_str()), ("SessionIndex", &session.index), ("SessionNotOnOrAfter", &until)];
    [
        element("saml:Subject", &[], &format!("{name_id}{confirmation}")),
        element("saml:Conditions", &[("NotBefore", &not_before), ("NotOnOrAfter", &ends)], &restriction),
        element("saml:AuthnStatement", &authenticated, &context),
        element("saml:AttributeStatement", &[], &attributes(shared, person)),
    ]
    .concat()
}

fn attributes(shared: &Shared, person: &Person) -> String {
    let knobs = shared.panel.read();
    let attribute = |name: &str, values: &[String]| {
        let values: String = values.iter().map(|value| element("saml:AttributeValue", &[], &text(value))).collect();
        element("saml:Attribute", &[("Name", &format!("{ATTRIBUTES}{name}")), ("NameFormat", BASIC)], &values)
    };
    // Some providers put the role first and some put themselves first. AWS accepts both, so alternate between them.
    let pairs = shared.world.roles_of(person).enumerate().map(|(n, placed)| {
        let provider = provider_arn(&placed.account);
        if n % 2 == 0 { format!("{},{provider}", placed.arn) } else { format!("{provider},{}", placed.arn) }
    });
    let pairs: Vec<String> = pairs.collect();
    let roles = match (knobs.assertion, pairs.as_slice()) {
        (Assertion::WithoutRoles, _) | (_, []) => String::new(),
        (_, pairs) => attribute("Role", pairs),
    };
    let seconds = knobs.saml_session_seconds.to_string();
    let session_name = attribute("RoleSessionName", std::slice::from_ref(&person.email));
    let tags = knobs
        .principal_tags
        .iter()
        .map(|(key, value)| attribute(&format!("PrincipalTag:{key}"), std::slice::from_ref(value)));
    let tags: String = tags.collect();
    let transitive = match knobs.transitive_tag_keys.as_slice() {
        [] => String::new(),
        keys => attribute("TransitiveTagKeys", keys),
    };
    [roles, session_name, attribute("SessionDuration", &[seconds]), tags, transitive].concat()
}

fn status(code: &str) -> String {
    format!("{STATUS}{code}")
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
