//! A text sealed with a passphrase: an age file with a scrypt recipient.

use std::io::{self, BufReader, Read as _, Write as _};

use age::armor::{ArmoredReader, ArmoredWriter, Format};
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// scrypt's cost, N = 2^17 with r = 8 and p = 1, as OWASP's Password Storage Cheat Sheet recommends. It takes 128 MiB
/// and about 0.3 s.
const LOG_N: u8 = 17;

/// The largest cost that we accept when opening, 4 GiB, so that a manipulated file cannot take the machine down.
const MAX_LOG_N: u8 = 22;

/// Why a file did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// The passphrase is a different one. A damaged file may look the same.
    WrongPassphrase,
    /// It was cut short or changed, or never was such a file. The text says what is wrong.
    Damaged(&'static str),
}

/// Seals a text.
///
/// # Errors
///
/// Only if the random generator or memory fails.
pub fn seal(text: &[u8], passphrase: SecretString) -> io::Result<Vec<u8>> {
    sealed_as(Format::Binary, text, passphrase)
}

/// The same in letters, as age writes it for pasting.
///
/// # Errors
///
/// As [`seal`].
pub fn seal_in_letters(text: &[u8], passphrase: SecretString) -> io::Result<Vec<u8>> {
    sealed_as(Format::AsciiArmor, text, passphrase)
}

fn sealed_as(format: Format, text: &[u8], passphrase: SecretString) -> io::Result<Vec<u8>> {
    let mut recipient = scrypt::Recipient::new(passphrase);
    recipient.set_work_factor(LOG_N);
    let encryptor =
        Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).map_err(io::Error::other)?;
    let mut writer = encryptor.wrap_output(ArmoredWriter::wrap_output(Vec::new(), format)?)?;
    writer.write_all(text)?;
    writer.finish()?.finish()
}

/// Opens what [`seal`], [`seal_in_letters`] or `age -p` made.
///
/// # Errors
///
/// Why not.
pub fn open(sealed: &[u8], passphrase: SecretString) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let mut identity = scrypt::Identity::new(passphrase);
    identity.set_max_work_factor(MAX_LOG_N);
    let opened = decryptor(sealed)?.decrypt(std::iter::once(&identity as &dyn age::Identity));
    let mut reader = opened.map_err(|err| match err {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed | DecryptError::NoMatchingKeys => {
            Unopened::WrongPassphrase
        }
        DecryptError::ExcessiveWork { .. } => Unopened::Damaged("to open it would take too much memory"),
        _ => Unopened::Damaged("its header was changed"),
    })?;
    // As large as the sealed bytes, because growing would leave copies of secrets in freed memory.
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut text).map_err(|_| Unopened::Damaged("its content was changed or cut short"))?;
    Ok(text)
}

/// Whether the bytes begin like such a file. Needs no passphrase.
///
/// # Errors
///
/// What is wrong with them.
pub fn check(sealed: &[u8]) -> Result<(), Unopened> {
    decryptor(sealed).map(drop)
}

fn decryptor(sealed: &[u8]) -> Result<Decryptor<ArmoredReader<BufReader<&[u8]>>>, Unopened> {
    let decryptor = Decryptor::new_buffered(ArmoredReader::new(sealed))
        .map_err(|_| Unopened::Damaged("it isn't a complete age file"))?;
    if decryptor.is_scrypt() { Ok(decryptor) } else { Err(Unopened::Damaged("it isn't sealed with a passphrase")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_is_sealed_opens_with_the_passphrase_alone_and_only_whole() {
        for sealed in [seal(b"PLANTED", "horse".into()).unwrap(), seal_in_letters(b"PLANTED", "horse".into()).unwrap()]
        {
            assert!(!sealed.windows(7).any(|window| window == b"PLANTED"));
            assert_eq!(*open(&sealed, "horse".into()).unwrap(), b"PLANTED");
            assert_eq!(open(&sealed, "hors".into()).unwrap_err(), Unopened::WrongPassphrase);
            check(&sealed).unwrap();
            let cut = &sealed[..sealed.len() - 40];
            assert!(open(cut, "horse".into()).is_err());
        }
        for other in [&b""[..], b"nonsense", b"age-encryption.org/v1\n", b"-----BEGIN AGE ENCRYPTED FILE-----\n"] {
            assert_eq!(check(other).unwrap_err(), Unopened::Damaged("it isn't a complete age file"));
        }
    }
}
