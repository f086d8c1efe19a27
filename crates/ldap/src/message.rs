//! Reads a directory's answers (RFC 4511, 4.1.1). The bytes may be anything: a server with a trusted certificate may
//! still be broken, or not a directory at all.
//!
//! The LDAP library can't do this, because it trusts the connection. It panics on a message that lacks an expected
//! part, recurses as deep as a message nests, and buffers a message of any length until it is complete.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::ber::{BOOLEAN, ENUMERATED, Elements, INTEGER, OCTET_STRING, SEQUENCE, SET, number};

/// The most bytes of one message. The longest are entries with many groups of a few hundred bytes each.
pub const LONGEST: usize = 4 * 1024 * 1024;

const BIND_RESPONSE: u8 = 0x61;
const SEARCH_RESULT_ENTRY: u8 = 0x64;
const SEARCH_RESULT_DONE: u8 = 0x65;
const SEARCH_RESULT_REFERENCE: u8 = 0x73;
const EXTENDED_RESPONSE: u8 = 0x78;
const INTERMEDIATE_RESPONSE: u8 = 0x79;
const REFERRAL: u8 = 0xa3;
const CONTROLS: u8 = 0xa0;

/// The bytes aren't an LDAP message. Holds the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotLdap(pub &'static str);

/// One message of a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// The request that it answers; 0 when it answers none.
    pub id: u32,
    /// What it says.
    pub answer: Answer,
}

/// What it says.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// A bind has ended.
    Bind(Outcome),
    /// A search has found this entry.
    Entry(Entry),
    /// A reference to another server, or progress of an operation. Daypass ignores both.
    Aside,
    /// A search has ended.
    Done(Outcome),
    /// An extended operation has ended, or the server says goodbye on its own.
    Extended(Outcome),
}

/// `LDAPResult`, with the controls of its message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The result code (RFC 4511, appendix A).
    pub code: u32,
    /// The server's own words.
    pub text: String,
    /// Addresses of other servers that may know more.
    pub referrals: Vec<String>,
    /// The controls of the message.
    pub controls: Vec<Control>,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its distinguished name.
    pub dn: String,
    /// Values by the attribute's name in lower case.
    attributes: BTreeMap<String, Vec<String>>,
}

impl Entry {
    /// An entry with these attributes.
    pub fn new(dn: &str, attributes: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, values)| (name.to_lowercase(), values)).collect();
        Self { dn: dn.to_owned(), attributes }.without_options()
    }

    /// An attribute with options (`mail;lang-en`) is the attribute, too (RFC 4512, 2.5.2). Its values count for the
    /// name alone if no value has that name alone.
    fn without_options(mut self) -> Self {
        let mut plain: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (description, values) in &self.attributes {
            let Some((name, options)) = description.split_once(';') else { continue };
            // Part of a long attribute, which [`Entry::part`] reads.
            let is_part = options.split(';').any(|option| option.starts_with("range="));
            if is_part || self.attributes.contains_key(name) {
                continue;
            }
            let all = plain.entry(name.to_owned()).or_default();
            all.extend(values.iter().filter(|value| !all.contains(value)).cloned().collect::<Vec<_>>());
        }
        self.attributes.extend(plain);
        self
    }

    /// The values of an attribute if they are text. Empty without such an attribute. The case of the name doesn't
    /// matter.
    pub fn values(&self, attribute: &str) -> &[String] {
        self.attributes.get(&attribute.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The value of one of these attributes that differs from this text in case only.
    pub fn spelled_as(&self, text: &str, attributes: &[&str]) -> Option<&str> {
        let folded = text.to_lowercase();
        let values = attributes.iter().flat_map(|attribute| self.values(attribute));
        let own = values.map(String::as_str).find(|value| value.to_lowercase() == folded)?;
        (own != text).then_some(own)
    }

    /// The values from index `from` on, when the server sends a long attribute in parts (`memberOf;range=0-1499`,
    /// MS-ADTS, 3.1.1.3.1.3.3), and the index at which the next part begins, if another follows.
    pub fn part(&self, attribute: &str, from: usize) -> Option<(&[String], Option<usize>)> {
        let begin = format!("{};range={from}-", attribute.to_lowercase());
        let (end, values) =
            self.attributes.iter().find_map(|(name, values)| Some((name.strip_prefix(&begin)?, values)))?;
        let next = if end == "*" { None } else { Some(end.parse::<usize>().ok()?.checked_add(1)?) };
        (next.is_none_or(|next| next > from)).then_some((values, next))
    }
}

/// A control of a response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// What it means.
    pub oid: String,
    /// Its value, still encoded.
    pub value: Option<Vec<u8>>,
}

/// What the first bytes of a message say about the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// The head needs this many more bytes.
    Unfinished(usize),
    /// The head is complete, and this many bytes of content follow.
    Content(usize),
}

/// Reads the head of a message: its tag and its length. Refuses a message of more than `longest` bytes as soon as its
/// length is known, before anything allocates memory for it.
///
/// # Errors
///
/// [`NotLdap`].
pub fn head(bytes: &[u8], longest: usize) -> Result<Head, NotLdap> {
    let length = match bytes {
        [] => return Ok(Head::Unfinished(2)),
        [SEQUENCE] => return Ok(Head::Unfinished(1)),
        [SEQUENCE, first @ 0..=0x7f, ..] => usize::from(*first),
        [SEQUENCE, first @ 0x81..=0x84, rest @ ..] => {
            let wanted = usize::from(first & 0x7f);
            match rest.get(..wanted) {
                None => return Ok(Head::Unfinished(wanted - rest.len())),
                Some(bytes) => bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
            }
        }
        [SEQUENCE, ..] => return Err(NotLdap("its length can't be read")),
        _ => return Err(NotLdap("it begins with something else")),
    };
    if length > longest { Err(NotLdap("it's longer than any answer")) } else { Ok(Head::Content(length)) }
}

/// Reads the content of an LDAPMessage.
///
/// # Errors
///
/// [`NotLdap`] for anything but a message that answers a request.
pub fn message(content: &[u8]) -> Result<Message, NotLdap> {
    read(content).ok_or(NotLdap("it isn't a message that answers a request"))
}

fn read(content: &[u8]) -> Option<Message> {
    let mut elements = Elements::of(content);
    let id = number(elements.next(INTEGER)?)?;
    let (tag, body) = elements.any()?;
    let answer = match tag {
        BIND_RESPONSE => Answer::Bind(outcome(body, elements)?),
        SEARCH_RESULT_DONE => Answer::Done(outcome(body, elements)?),
        EXTENDED_RESPONSE => Answer::Extended(outcome(body, elements)?),
        SEARCH_RESULT_ENTRY => Answer::Entry(entry(body)?),
        SEARCH_RESULT_REFERENCE | INTERMEDIATE_RESPONSE => Answer::Aside,
        _ => return None,
    };
    Some(Message { id, answer })
}

/// Reads the code, the texts and the referrals. Skips the rest, such as a bind's credentials or an extension's value.
fn outcome(body: &[u8], rest: Elements<'_>) -> Option<Outcome> {
    let mut elements = Elements::of(body);
    let code = number(elements.next(ENUMERATED)?)?;
    let _matched = elements.next(OCTET_STRING)?;
    let text = String::from_utf8_lossy(elements.next(OCTET_STRING)?).into_owned();
    let mut referrals = Vec::new();
    if let Some(mut addresses) = elements.inside(REFERRAL) {
        while !addresses.is_empty() {
            referrals.push(String::from_utf8_lossy(addresses.next(OCTET_STRING)?).into_owned());
        }
    }
    Some(Outcome { code, text, referrals, controls: controls(rest)? })
}

/// The controls behind an answer. Active Directory puts other things there too, such as the OID of its goodbye.
fn controls(mut rest: Elements<'_>) -> Option<Vec<Control>> {
    let Some(mut elements) = rest.inside(CONTROLS) else { return Some(Vec::new()) };
    let mut controls = Vec::new();
    while !elements.is_empty() {
        let mut control = elements.inside(SEQUENCE)?;
        let oid = String::from_utf8_lossy(control.next(OCTET_STRING)?).into_owned();
        let _critical = control.next(BOOLEAN);
        controls.push(Control { oid, value: control.next(OCTET_STRING).map(<[u8]>::to_vec) });
    }
    Some(controls)
}

/// `SearchResultEntry`. Skips an attribute entirely if one of its values isn't text.
fn entry(body: &[u8]) -> Option<Entry> {
    let mut elements = Elements::of(body);
    let dn = std::str::from_utf8(elements.next(OCTET_STRING)?).ok()?;
    let mut list = elements.inside(SEQUENCE)?;
    let mut attributes = Vec::new();
    while !list.is_empty() {
        let mut attribute = list.inside(SEQUENCE)?;
        let name = std::str::from_utf8(attribute.next(OCTET_STRING)?).ok()?;
        let mut set = attribute.inside(SET)?;
        let mut values = Some(Vec::new());
        while !set.is_empty() {
            let value = std::str::from_utf8(set.next(OCTET_STRING)?).ok();
            values = values.zip(value).map(|(mut values, value)| {
                values.push(value.to_owned());
                values
            });
        }
        attributes.extend(values.map(|values| (name.to_owned(), values)));
    }
    Some(Entry::new(dn, attributes))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_with_options_is_the_attribute() {
        let owned = |name: &str, values: &[&str]| (name.to_owned(), values.iter().map(ToString::to_string).collect());
        let entry = Entry::new(
            "uid=ann",
            [
                owned("Mail;lang-en", &["ann@example.org"]),
                owned("mail;lang-de;x-own", &["anna@example.org", "ann@example.org"]),
                owned("sn;lang-ja", &["yama"]),
                owned("sn", &["Hill"]),
                owned("memberOf;range=0-1", &["cn=a", "cn=b"]),
            ],
        );
        assert_eq!(entry.values("mail"), ["anna@example.org", "ann@example.org"]);
        assert_eq!(entry.values("mail;LANG-en"), ["ann@example.org"]);
        assert_eq!(entry.values("sn"), ["Hill"]);
        assert!(entry.values("memberOf").is_empty());
        assert_eq!(entry.part("memberOf", 0).unwrap().1, Some(2));
    }
}
