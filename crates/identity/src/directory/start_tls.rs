//! StartTLS (RFC 4511, 4.14) on a plain connection, before an LDAP library sees it.
//!
//! Anything before TLS may come from an attacker. So exactly one message is read, with a parser that accepts only what
//! is expected there, and not a byte after it: anything that an attacker adds behind it is for TLS to refuse, and never
//! becomes part of the conversation.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::receive::{ReadError, receive};
use daypass_ldap::message::{Answer, Message, NotLdap, Outcome};

/// LDAPMessage { 1, ExtendedRequest { "1.3.6.1.4.1.1466.20037" } }.
const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// A result code, two texts and a few referrals.
const LONGEST: usize = 16 * 1024;

/// Asks for TLS and returns the server's answer. Fails if the connection breaks or the answer is malformed.
pub(super) async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<Outcome, ReadError> {
    stream.write_all(REQUEST).await?;
    stream.flush().await?;
    match receive(stream, LONGEST).await?.0 {
        Message { id: 1, answer: Answer::Extended(outcome) } => Ok(outcome),
        _ => Err(NotLdap("it isn't an answer to StartTLS").into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;
    use daypass_ldap::ber::Elements;

    async fn answered(bytes: &'static [u8]) -> Result<(u32, String, Vec<u8>), ReadError> {
        let (mut ours, mut theirs) = duplex(64 * 1024);
        theirs.write_all(bytes).await.unwrap();
        theirs.shutdown().await.unwrap();
        let Outcome { code, text, .. } = ask(&mut ours).await?;
        let mut left = Vec::new();
        ours.read_to_end(&mut left).await.unwrap();
        Ok((code, text, left))
    }

    #[tokio::test]
    async fn one_answer_is_read_and_not_a_byte_more() {
        let ok = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00INJECTED";
        assert_eq!(answered(ok).await.unwrap(), (0, String::new(), b"INJECTED".to_vec()));
        // OpenLDAP writes lengths in the short form, Active Directory in the long form.
        let ad = b"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(answered(ad).await.unwrap().0, 0);
        let no = b"\x30\x0f\x02\x01\x01\x78\x0a\x0a\x01\x34\x04\x00\x04\x03no!";
        assert_eq!(answered(no).await.unwrap(), (52, "no!".into(), Vec::new()));
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
        let mut message = Elements::of(REQUEST).inside(0x30).unwrap();
        assert_eq!(message.next(0x02), Some(&[1][..]));
        let mut request = message.inside(0x77).unwrap();
        assert_eq!(request.next(0x80), Some(&b"1.3.6.1.4.1.1466.20037"[..]));
        assert!(message.is_empty() && request.is_empty());
    }
}
