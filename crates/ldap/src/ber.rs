//! The part of BER that LDAP uses (RFC 4511, 5.1): definite lengths and tags of one byte. The bytes come from a server,
//! so the reader trusts nothing: it checks every bound before it looks, and it never recurses.

use ldap3::asn1::{PL, StructureTag};
use zeroize::Zeroizing;

/// Tag of a BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// Tag of an INTEGER.
pub const INTEGER: u8 = 0x02;
/// Tag of an OCTET STRING.
pub const OCTET_STRING: u8 = 0x04;
/// Tag of an ENUMERATED.
pub const ENUMERATED: u8 = 0x0a;
/// Tag of a SEQUENCE.
pub const SEQUENCE: u8 = 0x30;
/// Tag of a SET.
pub const SET: u8 = 0x31;

/// A row of elements. What an element holds isn't read yet.
#[derive(Debug, Clone, Copy)]
pub struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// The elements in these bytes.
    pub fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether none is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next element: its tag and its content. `None` when none is left, or when the bytes aren't an element.
    pub fn any(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        // 0x1f begins a tag of several bytes, which LDAP doesn't use.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next element if it has this tag. An element with another tag stays where it is.
    pub fn next(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let content = ahead.any().and_then(|(found, content)| (found == tag).then_some(content))?;
        *self = ahead;
        Some(content)
    }

    /// As [`Elements::next`], for an element that holds others.
    pub fn inside(&mut self, tag: u8) -> Option<Self> {
        self.next(tag).map(Self)
    }
}

/// The number in an INTEGER or an ENUMERATED. `None` if it is negative or has more than 31 bits, because LDAP has no
/// such numbers.
pub fn number(content: &[u8]) -> Option<u32> {
    match content {
        [first, ..] if content.len() <= 4 && *first <= 0x7f => {
            Some(content.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        }
        _ => None,
    }
}

/// An element with this content. It is wiped when dropped, because it may hold a password.
pub fn element(tag: u8, content: &[u8]) -> Zeroizing<Vec<u8>> {
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().position(|byte| *byte != 0).unwrap_or(length.len() - 1)..];
    // In one allocation: a vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 + significant.len() + content.len()));
    bytes.push(tag);
    if content.len() > 0x7f {
        // Eight at most.
        bytes.push(0x80 | significant.len() as u8);
    }
    bytes.extend_from_slice(significant);
    bytes.extend_from_slice(content);
    bytes
}

/// An element that holds these elements.
pub fn holding(tag: u8, elements: &[&[u8]]) -> Zeroizing<Vec<u8>> {
    element(tag, &Zeroizing::new(elements.concat()))
}

/// An INTEGER, or an ENUMERATED.
pub fn numbered(tag: u8, number: u32) -> Zeroizing<Vec<u8>> {
    // A leading zero byte keeps the first bit clear. A set bit would mean a negative number.
    let bytes = u64::from(number).to_be_bytes();
    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1);
    let first = if bytes[first] > 0x7f { first - 1 } else { first };
    element(tag, &bytes[first..])
}

/// The bytes of a filter that the library has parsed. This one recurses, as deep as the filter in the settings.
pub fn written(tag: StructureTag) -> Zeroizing<Vec<u8>> {
    let (constructed, content) = match tag.payload {
        PL::P(content) => (0, Zeroizing::new(content)),
        PL::C(inner) => {
            let inner: Vec<_> = inner.into_iter().map(written).collect();
            (0x20, Zeroizing::new(inner.iter().flat_map(|element| element.iter().copied()).collect()))
        }
    };
    // A filter has the numbers 0 to 9 (RFC 4511, 4.5.1).
    element((tag.class as u8) << 6 | constructed | tag.id as u8, &content)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ldap3::asn1::ASNTag;
    use ldap3::parse_filter;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_written_is_read_whatever_its_length() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536, 1 << 24] {
            let content = vec![7; length];
            let bytes = element(OCTET_STRING, &content);
            let mut elements = Elements::of(&bytes);
            assert!(elements.next(SEQUENCE).is_none());
            assert_eq!(elements.next(OCTET_STRING).unwrap().len(), length);
            assert!(elements.is_empty());
        }
        assert_eq!(element(OCTET_STRING, &[0; 200])[..3], [4, 0x81, 200]);
    }

    #[test]
    fn numbers_are_written_as_rfc_4511_wants_them() {
        for (value, bytes) in [
            (0, &[2, 1, 0][..]),
            (127, &[2, 1, 127]),
            (128, &[2, 2, 0, 128]),
            (256, &[2, 2, 1, 0]),
            (i32::MAX as u32, &[2, 4, 0x7f, 0xff, 0xff, 0xff]),
        ] {
            let written = numbered(INTEGER, value);
            assert_eq!(&written[..], bytes);
            assert_eq!(number(Elements::of(&written).next(INTEGER).unwrap()), Some(value));
        }
        for none in [&[][..], &[0x80], &[0xff, 0], &[0, 0, 0, 0, 1]] {
            assert_eq!(number(none), None, "{none:?}");
        }
    }

    #[test]
    fn what_has_no_end_is_no_element() {
        for bytes in [
            &b""[..],
            b"\x30",
            b"\x30\x80\x00\x00",
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x88\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\x30\x02\x00",
            b"\x1f\x81\x01\x00",
            b"\x30\x82\x01",
        ] {
            assert_eq!(Elements::of(bytes).any(), None, "{bytes:?}");
        }
    }

    #[test]
    fn a_filter_is_written_as_the_library_itself_would() {
        let filter = parse_filter("(&(objectClass=groupOfNames)(!(cn=a*b))(member=uid=\\2a))").unwrap();
        let written = written(filter.into_structure());
        let mut and = Elements::of(&written).inside(0xa0).unwrap();
        let mut equal = and.inside(0xa3).unwrap();
        assert_eq!(equal.next(OCTET_STRING), Some(&b"objectClass"[..]));
        assert_eq!(equal.next(OCTET_STRING), Some(&b"groupOfNames"[..]));
        let mut substrings = and.inside(0xa2).unwrap().inside(0xa4).unwrap();
        assert_eq!(substrings.next(OCTET_STRING), Some(&b"cn"[..]));
        let mut parts = substrings.inside(SEQUENCE).unwrap();
        assert_eq!((parts.next(0x80), parts.next(0x82)), (Some(&b"a"[..]), Some(&b"b"[..])));
        let mut member = and.inside(0xa3).unwrap();
        assert_eq!((member.next(OCTET_STRING), member.next(OCTET_STRING)), (Some(&b"member"[..]), Some(&b"uid=*"[..])));
        assert!(and.is_empty() && member.is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let mut elements = Elements::of(&bytes);
            let mut read = 0;
            while let Some((_, content)) = elements.any() {
                read += 2 + content.len();
            }
            prop_assert!(read <= bytes.len());
        }
    }
}
