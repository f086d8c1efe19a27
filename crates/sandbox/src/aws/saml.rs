//! Verifies the assertion that `AssumeRoleWithSAML` takes instead of a signature.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use roxmltree::{Document, Node};
use sha2::{Digest, Sha256};

use super::{fault::Fault, shared::Shared, tags::SessionTags};
use crate::{
    aws_endpoint::{AUDIENCE, audience_at, is_aws_endpoint},
    saml::{entity_id, provider_arn, verified},
    world::is_name_byte,
};

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
const SUCCESS: &str = "urn:oasis:names:tc:SAML:2.0:status:Success";
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
/// "Token must be redeemed within 5 minutes of issuance"
const REDEEMABLE: TimeDelta = TimeDelta::minutes(5);

/// The person in a verified assertion, and the roles it allows.
#[derive(Debug)]
pub(crate) struct SamlIdentity {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    pub(crate) subject_type: String,
    pub(crate) recipient: String,
    pub(crate) session_name: String,
    pub(crate) source_identity: Option<String>,
    pub(crate) tags: SessionTags,
    /// Credentials don't outlive the session at the provider.
    pub(crate) session_ends: Option<DateTime<Utc>>,
    roles: Vec<(String, String)>,
}

/// Verifies signature, issuer, audience, recipient and times of a base64-encoded response.
///
/// # Errors
/// `InvalidIdentityToken`, `ExpiredTokenException`, and `IDPRejectedClaim` if the provider itself reports a failure.
pub(crate) fn verify(shared: &Shared, encoded: &str, now: DateTime<Utc>) -> Result<SamlIdentity, Fault> {
    let invalid = || Fault::invalid_identity_token("Invalid base64 SAMLResponse");
    let tidy: String = encoded.split_ascii_whitespace().collect();
    let xml = STANDARD.decode(tidy).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(invalid)?;
    // The parser doesn't read DTDs, so it doesn't know entities either.
    let document = Document::parse(&xml).map_err(|_| invalid())?;
    let response = document.root_element();
    if !response.has_tag_name((PROTOCOL, "Response")) {
        return Err(Fault::invalid_identity_token("The SAMLResponse is not a Response"));
    }
    let status = child(response, PROTOCOL, "Status").and_then(|status| child(status, PROTOCOL, "StatusCode"));
    if status.and_then(|code| code.attribute("Value")) != Some(SUCCESS) {
        return Err(Fault::rejected_claim("The identity provider (IDP) reports that authentication failed."));
    }
    let mut assertions = document.descendants().filter(|node| node.has_tag_name((ASSERTION, "Assertion")));
    let (Some(assertion), None) = (assertions.next(), assertions.next()) else {
        return Err(Fault::invalid_identity_token("The SAMLResponse must contain one Assertion"));
    };
    let issuer = child(assertion, ASSERTION, "Issuer").map(content).unwrap_or_default();
    if issuer != entity_id(shared) {
        return Err(Fault::invalid_identity_token("Issuer not present in specified provider"));
    }
    // From here on, read only what the signature covers.
    if assertion.parent() != Some(response) || !verified(shared.provider.signer(), &document, assertion) {
        return Err(Fault::invalid_identity_token("Response signature invalid"));
    }
    read(assertion, issuer, now)
}

impl SamlIdentity {
    /// Whether the assertion has this pair, in either order.
    pub(crate) fn lets_in(&self, role: &str, provider: &str) -> bool {
        self.roles.iter().any(|(a, b)| (a == role && b == provider) || (a == provider && b == role))
    }

    /// The ARNs of its roles.
    pub(super) fn role_arns(&self) -> Vec<&str> {
        let is_role = |arn: &&str| arn.contains(":role/");
        self.roles.iter().flat_map(|(a, b)| [a.as_str(), b.as_str()]).filter(is_role).collect()
    }

    /// An opaque value that depends only on issuer, account and provider.
    pub(crate) fn name_qualifier(&self, account: &str) -> String {
        STANDARD.encode(&Sha256::digest(format!("{}{account}/sandbox", self.issuer))[..20])
    }
}

/// # Errors
/// `InvalidIdentityToken` if the account doesn't have this SAML provider.
pub(crate) fn check_provider(shared: &Shared, arn: &str) -> Result<(), Fault> {
    let account = arn.split(':').nth(4).filter(|account| shared.world.account_name(account).is_some());
    match account {
        Some(account) if provider_arn(account) == arn => Ok(()),
        _ => Err(Fault::invalid_identity_token("Specified provider doesn't exist")),
    }
}

fn read(assertion: Node<'_, '_>, issuer: String, now: DateTime<Utc>) -> Result<SamlIdentity, Fault> {
    let invalid = |why: &str| Fault::invalid_identity_token(why);
    let subject = child(assertion, ASSERTION, "Subject").ok_or_else(|| invalid("Subject is required"))?;
    let name_id = child(subject, ASSERTION, "NameID").ok_or_else(|| invalid("NameID is required"))?;
    let confirmation = child(subject, ASSERTION, "SubjectConfirmation")
        .and_then(|confirmation| child(confirmation, ASSERTION, "SubjectConfirmationData"))
        .ok_or_else(|| invalid("SubjectConfirmationData is required"))?;
    let conditions = child(assertion, ASSERTION, "Conditions").ok_or_else(|| invalid("Conditions are required"))?;
    let audience = child(conditions, ASSERTION, "AudienceRestriction").and_then(|r| child(r, ASSERTION, "Audience"));
    let audience = audience.map(content).unwrap_or_default();
    let recipient = confirmation.attribute("Recipient").unwrap_or_default();
    if audience != AUDIENCE && audience != audience_at(recipient) && !is_aws_endpoint(&audience) {
        return Err(invalid("Response does not contain the required audience"));
    }
    if !is_aws_endpoint(recipient) {
        return Err(invalid("The Recipient is not the SAML endpoint of AWS"));
    }
    let issued = time(assertion, "IssueInstant").ok_or_else(|| invalid("IssueInstant is required"))?;
    let confirmed = time(confirmation, "NotOnOrAfter").ok_or_else(|| invalid("NotOnOrAfter is required"))?;
    let ends = [Some(issued + REDEEMABLE), Some(confirmed), time(conditions, "NotOnOrAfter")];
    if ends.iter().flatten().any(|end| *end <= now) {
        return Err(Fault::expired_assertion());
    }
    if time(conditions, "NotBefore").is_some_and(|begin| begin > now) {
        return Err(invalid("The assertion is not valid yet"));
    }
    let session_name = attribute(assertion, "RoleSessionName").into_iter().next();
    let session_name = session_name.ok_or_else(|| invalid("RoleSessionName is required in AuthnResponse"))?;
    if !(2..=64).contains(&session_name.len()) || !session_name.bytes().all(is_name_byte) {
        return Err(invalid("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}"));
    }
    let pair = |value: String| value.split_once(',').map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned()));
    let format = name_id.attribute("Format").unwrap_or_default();
    Ok(SamlIdentity {
        issuer,
        subject: content(name_id),
        subject_type: format.rsplit(':').next().unwrap_or_default().to_owned(),
        recipient: recipient.to_owned(),
        session_name,
        source_identity: attribute(assertion, "SourceIdentity").into_iter().next(),
        tags: SessionTags::vouched_for(tags(assertion)?, attribute(assertion, "TransitiveTagKeys"))?,
        session_ends: child(assertion, ASSERTION, "AuthnStatement").and_then(|s| time(s, "SessionNotOnOrAfter")),
        roles: attribute(assertion, "Role").into_iter().filter_map(pair).collect(),
    })
}

fn attribute(assertion: Node<'_, '_>, name: &str) -> Vec<String> {
    attributes(assertion).filter(|(known, _)| *known == name).flat_map(|(_, node)| values(node)).collect()
}

/// Those that AWS reads, by their names without the prefix.
fn attributes<'a, 'd>(assertion: Node<'a, 'd>) -> impl Iterator<Item = (&'a str, Node<'a, 'd>)> {
    let all = assertion.descendants().filter(|node| node.has_tag_name((ASSERTION, "Attribute")));
    all.filter_map(|node| Some((node.attribute("Name")?.strip_prefix(ATTRIBUTES)?, node)))
}

fn values(attribute: Node<'_, '_>) -> Vec<String> {
    attribute.children().filter(|value| value.has_tag_name((ASSERTION, "AttributeValue"))).map(content).collect()
}

/// `PrincipalTag:KEY`, with one value each.
fn tags(assertion: Node<'_, '_>) -> Result<BTreeMap<String, String>, Fault> {
    let of_tags = attributes(assertion).filter_map(|(name, node)| Some((name.strip_prefix("PrincipalTag:")?, node)));
    let tags = of_tags.map(|(key, node)| match values(node).as_slice() {
        [value] => Ok((key.to_owned(), value.clone())),
        _ => Err(Fault::invalid_identity_token("A PrincipalTag must have one value")),
    });
    tags.collect()
}

fn child<'a, 'd>(node: Node<'a, 'd>, namespace: &str, name: &str) -> Option<Node<'a, 'd>> {
    node.children().find(|child| child.has_tag_name((namespace, name)))
}

/// All of the element's text, ignoring anything else in it.
fn content(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|n| n.text()).collect::<String>().trim().to_owned()
}

fn time(node: Node<'_, '_>, name: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(node.attribute(name)?).ok().map(|at| at.to_utc())
}
