//! Reads an assertion for the values that you and STS need.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use roxmltree::Node;
use secrecy::SecretString;
use url::Url;
use zeroize::Zeroizing;

use crate::endpoints;
use crate::error::ResponseError;
use crate::limits::LONGEST_ASSERTION;
use crate::remark::{Remark, Skipped};
use crate::roles::{Listed, SamlRole};
use crate::xml::{ASSERTION, PROTOCOL, child, children, cleaned, parse, text};
use daypass_core::names::SessionName;

/// STS refuses an older assertion, whatever its `NotOnOrAfter` says: "Token must be redeemed within 5 minutes of
/// issuance".
const REDEEMABLE: TimeDelta = TimeDelta::minutes(5);
/// How far the clocks of the identity provider and this machine may differ before it counts as an error.
pub const SKEW: TimeDelta = TimeDelta::seconds(60);
/// The prefix of AWS's attribute names
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>).
const ATTRIBUTES: &str = "https://aws.amazon.com/SAML/Attributes/";
const MOST_NAMES_IN_A_MESSAGE: usize = 20;

/// Form fields have padding. Text copied from a browser's developer tools sometimes doesn't.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A SAML response with exactly one assertion, not verified: that is up to STS.
///
/// The text may be forged. It decides which role is shown and asked for, and never who gets credentials.
#[derive(Clone)]
pub struct Assertion {
    /// The response in base64 without blanks, as STS expects it.
    pub encoded: SecretString,
    /// The roles that it lists, without duplicates and in its order. Never empty.
    pub roles: Vec<SamlRole>,
    /// `RoleSessionName`: what AWS calls the person. STS refuses an assertion without one.
    pub session_name: Option<SessionName>,
    /// `SessionDuration` in seconds, 900 to 43,200: what the identity provider wants a session to last.
    pub session_duration: Option<u32>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// `PrincipalTag:KEY`: session tags. The last value of each key, because STS takes only one.
    pub principal_tags: BTreeMap<String, String>,
    /// `TransitiveTagKeys`: the tags that are passed on through a chain.
    pub transitive_tag_keys: Vec<String>,
    /// Who made it: the entity ID of the identity provider.
    pub issuer: Option<String>,
    /// `NameID`: the person, as the identity provider calls them.
    pub subject: Option<String>,
    /// Who it was made for: `urn:amazon:webservices`, or an AWS sign-in address.
    pub audiences: Vec<String>,
    /// Where it has to be posted.
    pub recipient: Option<String>,
    /// The requests that it claims to answer. Empty when the identity provider began.
    pub in_response_to: Vec<String>,
    /// The first moment when it is valid.
    pub not_before: Option<DateTime<Utc>>,
    /// When it stops being valid: the earliest `NotOnOrAfter`, or five minutes after it was made,
    /// when STS starts to refuse it.
    pub not_on_or_after: Option<DateTime<Utc>>,
    /// When the identity provider wants its sessions to end. STS shortens them to this. `None` if it isn't a time:
    /// Daypass only shows it.
    pub session_not_on_or_after: Option<DateTime<Utc>>,
    /// Values of AWS's attributes that can't be used.
    pub skipped: Vec<Skipped>,
}

impl Assertion {
    /// Reads the value of the form field `SAMLResponse`: base64, blanks and line breaks ignored.
    ///
    /// # Errors
    ///
    /// [`ResponseError`]: too long for STS, not a response, refused by the identity provider, encrypted, without roles.
    /// It doesn't look at times. [`Assertion::check_times`] does.
    pub fn read(field: &str) -> Result<Self, ResponseError> {
        let encoded: Zeroizing<String> = Zeroizing::new(field.chars().filter(|c| !c.is_whitespace()).collect());
        if encoded.is_empty() {
            return Err(ResponseError::Empty);
        }
        if encoded.len() > LONGEST_ASSERTION {
            return Err(ResponseError::TooLong { size: encoded.chars().count() });
        }
        let bytes = Zeroizing::new(BASE64.decode(encoded.as_bytes()).map_err(|_| ResponseError::NotBase64)?);
        let xml = std::str::from_utf8(&bytes).map_err(|_| ResponseError::NotUtf8)?;
        let document = parse(xml)?;
        let mut assertion = Self::new(&encoded);
        assertion.read_response(document.root_element())?;
        Ok(assertion)
    }

    /// Reads what you paste: the form field's value, the body of the request that has it (`SAMLResponse=PHNh…%3D`), or
    /// the response as XML.
    ///
    /// # Errors
    ///
    /// As [`Assertion::read`].
    pub fn read_given(text: &str) -> Result<Self, ResponseError> {
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with('<') {
            // Base64 only makes it longer, so a text above the limit is refused before it is encoded.
            if text.len() > LONGEST_ASSERTION {
                return Err(ResponseError::TooLong { size: text.len().div_ceil(3) * 4 });
            }
            return Self::read(&Zeroizing::new(BASE64.encode(text)));
        }
        let is_form = text.contains("SAMLResponse=") || text.contains('%');
        if is_form && text.len() <= 4 * LONGEST_ASSERTION {
            let body = if text.contains("SAMLResponse=") { text.to_owned() } else { format!("SAMLResponse={text}") };
            let field = url::form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "SAMLResponse");
            if let Some((_, value)) = field {
                // In a value that was only half encoded, `+` came out as a blank.
                return Self::read(&value.replace(' ', "+"));
            }
        }
        Self::read(text)
    }

    /// Whether it is valid at this time. Tolerates a minute between the clocks.
    ///
    /// # Errors
    ///
    /// [`ResponseError::Expired`] and [`ResponseError::NotYetValid`].
    pub fn check_times(&self, now: DateTime<Utc>) -> Result<(), ResponseError> {
        match (self.not_before, self.not_on_or_after) {
            (_, Some(until)) if later(until, SKEW) <= now => Err(ResponseError::Expired { until, now }),
            (Some(from), _) if from > later(now, SKEW) => Err(ResponseError::NotYetValid { from, now }),
            _ => Ok(()),
        }
    }

    /// Whether it may answer the request with this ID. It may when it names no request, because identity providers can
    /// begin on their own, and some forget the name. A wrong name must be refused (SAML Core, 3.2.2).
    ///
    /// # Errors
    ///
    /// [`ResponseError::AnotherRequest`].
    pub fn check_answers(&self, request_id: &str) -> Result<(), ResponseError> {
        if self.in_response_to.iter().all(|id| id == request_id) { Ok(()) } else { Err(ResponseError::AnotherRequest) }
    }

    /// What AWS will call the person, or else what the identity provider calls them.
    #[must_use]
    pub fn person(&self) -> String {
        let name = self.session_name.as_ref().map(SessionName::as_str).or(self.subject.as_deref());
        name.unwrap_or("a person without a name").to_owned()
    }

    /// What you should know about it, for you to show to your administrator: values that can't be used and what that
    /// means. Empty if all is well.
    #[must_use]
    pub fn remarks(&self) -> Vec<Remark> {
        let is_unnamed = self.session_name.is_none() && !self.skipped.iter().any(Skipped::is_session_name);
        let skipped = self.skipped.iter().cloned().map(Remark::Skipped);
        skipped.chain(is_unnamed.then_some(Remark::NoSessionName)).collect()
    }

    fn new(encoded: &str) -> Self {
        Self {
            encoded: encoded.into(),
            roles: Vec::new(),
            session_name: None,
            session_duration: None,
            source_identity: None,
            principal_tags: BTreeMap::new(),
            transitive_tag_keys: Vec::new(),
            issuer: None,
            subject: None,
            audiences: Vec::new(),
            recipient: None,
            in_response_to: Vec::new(),
            not_before: None,
            not_on_or_after: None,
            session_not_on_or_after: None,
            skipped: Vec::new(),
        }
    }

    fn read_response(&mut self, response: Node<'_, '_>) -> Result<(), ResponseError> {
        if !response.has_tag_name((PROTOCOL, "Response")) {
            return Err(not_a_response(response));
        }
        check_status(response)?;
        self.in_response_to.extend(response.attribute("InResponseTo").map(str::to_owned));
        // Only children of the response count. STS doesn't read assertions that are nested deeper (in extensions, in a
        // signature's object), and signature wrapping attacks hide them there.
        let mut assertions = children(response, ASSERTION, "Assertion");
        let is_encrypted = child(response, ASSERTION, "EncryptedAssertion").is_some();
        match (assertions.next(), 1 + assertions.count()) {
            (None, _) if is_encrypted => Err(ResponseError::Encrypted),
            (None, _) => Err(ResponseError::NoAssertion),
            (Some(assertion), 1) if !is_encrypted => self.read_assertion(assertion),
            (Some(_), count) => Err(ResponseError::SeveralAssertions { count: count + usize::from(is_encrypted) }),
        }
    }

    fn read_assertion(&mut self, assertion: Node<'_, '_>) -> Result<(), ResponseError> {
        self.issuer = value_of(assertion, "Issuer");
        if let Some(made) = time_of(assertion, "IssueInstant")? {
            self.must_end(later(made, REDEEMABLE));
        }
        if let Some(conditions) = child(assertion, ASSERTION, "Conditions") {
            self.not_before = time_of(conditions, "NotBefore")?;
            time_of(conditions, "NotOnOrAfter")?.into_iter().for_each(|end| self.must_end(end));
            let restrictions = children(conditions, ASSERTION, "AudienceRestriction");
            let audiences = restrictions.flat_map(|r| children(r, ASSERTION, "Audience")).filter_map(text);
            self.audiences = audiences.map(|a| a.trim().to_owned()).collect();
        }
        if let Some(subject) = child(assertion, ASSERTION, "Subject") {
            self.read_subject(subject)?;
        }
        if let Some(statement) = child(assertion, ASSERTION, "AuthnStatement") {
            self.session_not_on_or_after = time_of(statement, "SessionNotOnOrAfter").ok().flatten();
        }
        self.read_attributes(assertion)
    }

    fn read_subject(&mut self, subject: Node<'_, '_>) -> Result<(), ResponseError> {
        self.subject = value_of(subject, "NameID");
        // AWS requires exactly one confirmation with these two attributes.
        let Some(confirmation) = child(subject, ASSERTION, "SubjectConfirmation") else { return Ok(()) };
        let Some(data) = child(confirmation, ASSERTION, "SubjectConfirmationData") else { return Ok(()) };
        self.recipient = data.attribute("Recipient").map(str::to_owned);
        self.in_response_to.extend(data.attribute("InResponseTo").map(str::to_owned));
        time_of(data, "NotOnOrAfter")?.into_iter().for_each(|end| self.must_end(end));
        Ok(())
    }

    fn read_attributes(&mut self, assertion: Node<'_, '_>) -> Result<(), ResponseError> {
        let statements = || children(assertion, ASSERTION, "AttributeStatement");
        let mut names = Vec::new();
        let (mut listed, mut is_there) = (Listed::default(), false);
        for attribute in statements().flat_map(|statement| children(statement, ASSERTION, "Attribute")) {
            let name = attribute.attribute("Name").unwrap_or_default();
            if names.len() < MOST_NAMES_IN_A_MESSAGE {
                names.push(cleaned(name, 100));
            }
            let values = || children(attribute, ASSERTION, "AttributeValue");
            match name.strip_prefix(ATTRIBUTES) {
                Some("Role") => {
                    is_there = true;
                    values().for_each(|value| match text(value) {
                        Some(value) => listed.add(&value),
                        None => listed.skip("XML elements instead of text"),
                    });
                }
                Some(other) => values().filter_map(text).for_each(|value| self.take(other, value.trim())),
                None => {}
            }
        }
        let are_some_encrypted = statements().any(|s| child(s, ASSERTION, "EncryptedAttribute").is_some());
        if listed.roles.is_empty() {
            return Err(match listed.skipped {
                _ if are_some_encrypted => ResponseError::Encrypted,
                values if values.is_empty() => self.without_roles(names, is_there),
                values => ResponseError::UnreadableRoles { values: values.into_iter().take(3).collect() },
            });
        }
        self.roles = listed.roles;
        self.skipped.splice(0..0, listed.skipped.into_iter().map(Skipped::Role));
        Ok(())
    }

    /// An assertion for another application has no roles either. Then the administrator can't help.
    fn without_roles(&self, attributes: Vec<String>, is_there: bool) -> ResponseError {
        let is_for_aws = |text: &String| Url::parse(text).is_ok_and(|url| endpoints::is_sign_in(&url));
        match self.recipient.as_ref().filter(|recipient| !is_for_aws(recipient)) {
            Some(recipient) => ResponseError::NotForAws { recipient: cleaned(recipient, 200) },
            None if is_there => ResponseError::EmptyRoles,
            None => ResponseError::NoRoles { attributes },
        }
    }

    /// One value of an attribute of AWS other than `Role`.
    fn take(&mut self, name: &str, value: &str) {
        match name {
            "RoleSessionName" => match value.parse() {
                Ok(name) => self.session_name = Some(name),
                Err(_) => self.skipped.push(Skipped::SessionName(cleaned(value, 100))),
            },
            "SessionDuration" => match value.parse() {
                Ok(seconds) if (900..=43_200).contains(&seconds) => self.session_duration = Some(seconds),
                _ => self.skipped.push(Skipped::SessionDuration(cleaned(value, 100))),
            },
            "SourceIdentity" => self.source_identity = Some(cleaned(value, 64)),
            "TransitiveTagKeys" => self.transitive_tag_keys.push(cleaned(value, 128)),
            _ => {
                if let Some(key) = name.strip_prefix("PrincipalTag:") {
                    self.principal_tags.insert(cleaned(key, 128), cleaned(value, 256));
                }
            }
        }
    }

    fn must_end(&mut self, end: DateTime<Utc>) {
        self.not_on_or_after = Some(self.not_on_or_after.map_or(end, |before| before.min(end)));
    }
}

impl fmt::Debug for Assertion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assertion")
            .field("issuer", &self.issuer)
            .field("roles", &self.roles.len())
            .field("not_on_or_after", &self.not_on_or_after)
            .finish_non_exhaustive()
    }
}

fn not_a_response(root: Node<'_, '_>) -> ResponseError {
    let name = root.tag_name();
    let place = name.namespace().map(|n| format!(" of {n}")).unwrap_or_default();
    ResponseError::NotAResponse { root: cleaned(&format!("{}{place}", name.name()), 200) }
}

/// The innermost status code says most. The outer one only says whose fault it was.
fn check_status(response: Node<'_, '_>) -> Result<(), ResponseError> {
    let Some(status) = child(response, PROTOCOL, "Status") else { return Ok(()) };
    let Some(code) = child(status, PROTOCOL, "StatusCode") else { return Ok(()) };
    if code.attribute("Value") == Some("urn:oasis:names:tc:SAML:2.0:status:Success") {
        return Ok(());
    }
    let inner = child(code, PROTOCOL, "StatusCode").and_then(|inner| inner.attribute("Value"));
    let message = child(status, PROTOCOL, "StatusMessage").and_then(text).map(|m| cleaned(&m, 300));
    Err(ResponseError::Declined {
        status: cleaned(inner.or(code.attribute("Value")).unwrap_or_default(), 200),
        message: message.filter(|m| !m.is_empty()),
    })
}

fn value_of(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    child(node, ASSERTION, name).and_then(text).map(|t| cleaned(&t, 1024)).filter(|t| !t.is_empty())
}

/// `xs:dateTime`; without a zone it is UTC (SAML Core, 1.3.3).
fn time_of(node: Node<'_, '_>, attribute: &'static str) -> Result<Option<DateTime<Utc>>, ResponseError> {
    let Some(value) = node.attribute(attribute) else { return Ok(None) };
    let value = value.trim();
    let time = DateTime::parse_from_rfc3339(value)
        .map(|t| t.with_timezone(&Utc))
        .or_else(|_| value.parse::<NaiveDateTime>().map(|t| t.and_utc()))
        .map_err(|_| ResponseError::BadTime { attribute, value: cleaned(value, 60) })?;
    Ok(Some(time))
}

/// Saturates at the last possible time.
#[must_use]
pub fn later(time: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    time.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
