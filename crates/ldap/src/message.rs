//! A directory's answers (RFC 4511, 4.1.1), from bytes that may be anything: a server with a trusted certificate may
//! still be broken, or not a directory at all.
//!
//! Read here and not by the LDAP library, which takes a connection's bytes at their word: it panics on a message that
//! lacks what it expects, descends as deep as a message does, and keeps all that is sent until a message of any length
//! is complete.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::ber::{BOOLEAN, ENUMERATED, Elements, INTEGER, OCTET_STRING, SEQUENCE, SET, number};

/// Of one message: the longest are entries with many groups, a few hundred bytes each.
pub const LONGEST: usize = 4 * 1024 * 1024;

const BIND_RESPONSE: u8 = 0x61;
const SEARCH_RESULT_ENTRY: u8 = 0x64;
const SEARCH_RESULT_DONE: u8 = 0x65;
const SEARCH_RESULT_REFERENCE: u8 = 0x73;
const EXTENDED_RESPONSE: u8 = 0x78;
const INTERMEDIATE_RESPONSE: u8 = 0x79;
const REFERRAL: u8 = 0xa3;
const CONTROLS: u8 = 0xa0;

/// Bytes that are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct NotLdap(pub &'static str);

/// One message of a server.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    /// Of the request that it answers; 0 of none.
    pub id: u32,
    pub answer: Answer,
}

/// What it says.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// The end of a bind.
    Bind(Outcome),
    /// One thing that a search found.
    Entry(Entry),
    /// Another server that may know more, or news on the way: neither is of interest.
    Aside,
    /// The end of a search.
    Done(Outcome),
    /// The end of an extended operation, or unasked a goodbye.
    Extended(Outcome),
}

/// `LDAPResult`, and the controls of its message.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// RFC 4511, appendix A.
    pub code: u32,
    pub text: String,
    pub referrals: Vec<String>,
    pub controls: Vec<Control>,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub dn: String,
    /// Texts by the attribute's name in lower case.
    attributes: BTreeMap<String, Vec<String>>,
}

impl Entry {
    /// An entry with these attributes.
    pub fn new(dn: &str, attributes: impl IntoIterator<Item = (String, Vec<String>)>) -> Self {
        let attributes = attributes.into_iter().map(|(name, values)| (name.to_lowercase(), values)).collect();
        Self { dn: dn.to_owned(), attributes }
    }

    /// The values of an attribute that are text; none where there is no such attribute. Names have no case.
    pub fn values(&self, attribute: &str) -> &[String] {
        self.attributes.get(&attribute.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The values from this one on, where the server gives an attribute in parts and names them so:
    /// `memberOf;range=0-1499` (MS-ADTS, 3.1.1.3.1.3.3). With the place where the next part begins, if there is one.
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
    pub oid: String,
    pub value: Option<Vec<u8>>,
}

/// What the first bytes of a message announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Head {
    /// So many more bytes belong to the head.
    Unfinished(usize),
    /// The head is whole, and so many bytes of content follow.
    Content(usize),
}

/// Reads the head of a message: its tag and its length. A message of more than `longest` bytes is refused when it is
/// announced, before there is room for it.
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
        [SEQUENCE, ..] => return Err(NotLdap("its length cannot be read")),
        _ => return Err(NotLdap("it begins with something else")),
    };
    if length > longest { Err(NotLdap("it is longer than any answer")) } else { Ok(Head::Content(length)) }
}

/// The content of an LDAPMessage.
///
/// # Errors
///
/// [`NotLdap`] for anything but a message that answers a request.
pub fn message(content: &[u8]) -> Result<Message, NotLdap> {
    read(content).ok_or(NotLdap("it is no message that answers a request"))
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

/// What may follow the code and the texts is left alone, but for referrals: a bind's credentials, an extension's value.
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

/// The controls behind an answer. Active Directory puts other things there, too (the OID of its goodbye).
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

/// `SearchResultEntry`. An attribute with a value that is not text is left out, all of it.
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
