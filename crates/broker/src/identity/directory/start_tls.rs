//! StartTLS (RFC 4511, 4.14) on a plain connection, before an LDAP library sees it.
//!
//! What comes before TLS comes from anybody. So exactly one message is read, with a parser that takes only what is
//! expected there, and not a byte after it: what somebody put behind the answer is for TLS to refuse, and never
//! becomes part of the conversation.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// LDAPMessage { 1, ExtendedRequest { "1.3.6.1.4.1.1466.20037" } }.
const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// A result code, two texts and a few referrals.
const LONGEST: usize = 16 * 1024;

/// What the server answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Begin,
    Refused { code: u32, words: String },
}

/// Asks for TLS. The error is what broke the connection, or that the answer is not one.
pub(super) async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Answer> {
    stream.write_all(REQUEST).await?;
    stream.flush().await?;
    let message = read_message(stream).await?;
    read_answer(&message).ok_or_else(not_ldap)
}

async fn read_message(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let [0x30, first] = head else { return Err(not_ldap()) };
    let length = match first {
        0..=0x7f => usize::from(first),
        0x81..=0x84 => {
            let mut bytes = [0; 4];
            let count = usize::from(first & 0x7f);
            stream.read_exact(&mut bytes[4 - count..]).await?;
            usize::try_from(u32::from_be_bytes(bytes)).unwrap_or(usize::MAX)
        }
        _ => return Err(not_ldap()),
    };
    if length > LONGEST {
        return Err(not_ldap());
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await?;
    Ok(message)
}

/// The content of an LDAPMessage: its number, which must be ours, and an ExtendedResponse.
fn read_answer(message: &[u8]) -> Option<Answer> {
    let (0x02, [1], rest) = element(message)? else { return None };
    let (0x78, response, _) = element(rest)? else { return None };
    let (0x0a, code, rest) = element(response)? else { return None };
    let (0x04, _matched, rest) = element(rest)? else { return None };
    let (0x04, words, _) = element(rest)? else { return None };
    if code.is_empty() || code.len() > 4 {
        return None;
    }
    match code.iter().fold(0, |code, byte| code << 8 | u32::from(*byte)) {
        0 => Some(Answer::Begin),
        code => Some(Answer::Refused { code, words: String::from_utf8_lossy(words).into_owned() }),
    }
}

/// The first element of BER with a definite length: its tag, its content, and what follows it.
pub(super) fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&[tag, first], rest) = bytes.split_first_chunk()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn not_ldap() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what answers there does not speak LDAP")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::duplex;

    use super::*;

    async fn answered(bytes: &'static [u8]) -> io::Result<(Answer, Vec<u8>)> {
        let (mut ours, mut theirs) = duplex(64 * 1024);
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        let answer = ask(&mut ours).await?;
        let mut left = Vec::new();
        ours.read_to_end(&mut left).await.unwrap();
        Ok((answer, left))
    }

    #[tokio::test]
    async fn one_answer_is_read_and_not_a_byte_more() {
        let ok = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00INJECTED";
        assert_eq!(answered(ok).await.unwrap(), (Answer::Begin, b"INJECTED".to_vec()));
        // OpenLDAP's way to write lengths is the short one, Active Directory's the long one.
        let ad = b"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(answered(ad).await.unwrap().0, Answer::Begin);
        let no = b"\x30\x0f\x02\x01\x01\x78\x0a\x0a\x01\x34\x04\x00\x04\x03no!";
        assert_eq!(answered(no).await.unwrap().0, Answer::Refused { code: 52, words: "no!".into() });
    }

    #[tokio::test]
    async fn what_is_no_answer_is_refused() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x80\x00\x00",
            b"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"\x30\x0c\x02\x01\x01\x78\x07\x0a",
            b"",
        ] {
            assert!(answered(bytes).await.is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn the_request_is_what_it_says() {
        let (tag, message, rest) = element(REQUEST).unwrap();
        assert_eq!((tag, rest.len()), (0x30, 0));
        let (_, id, rest) = element(message).unwrap();
        let (tag, request, rest_of_message) = element(rest).unwrap();
        assert_eq!((id, tag, rest_of_message.len()), (&[1][..], 0x77, 0));
        assert_eq!(element(request).unwrap(), (0x80, &b"1.3.6.1.4.1.1466.20037"[..], &[][..]));
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = (read_answer(&bytes), element(&bytes));
        }
    }
}
