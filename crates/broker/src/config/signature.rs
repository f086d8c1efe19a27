//! Who signed a shared catalog: detached signatures of minisign, and of ssh in the namespace `daypass-catalog`.
//!
//! Both are read from a hostile server, so every length is checked before it is used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, UnparsedPublicKey};

/// What a signature of ssh is for. One that was made for a commit or an e-mail doesn't count.
const NAMESPACE: &[u8] = b"daypass-catalog";

/// The only type of ssh key that is taken.
const ED25519_KEY: &[u8] = b"ssh-ed25519";

/// A key that may sign a catalog.
pub(crate) enum PublicKey {
    Minisign(minisign_verify::PublicKey),
    Ssh([u8; 32]),
}

impl PublicKey {
    /// The second line of a minisign.pub, or a line of an ssh .pub file.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if let Some(rest) = text.strip_prefix("ssh-ed25519 ") {
            let blob = rest.split_whitespace().next().and_then(|blob| STANDARD.decode(blob).ok());
            let key = blob.as_deref().and_then(read_key);
            return key.map(Self::Ssh).ok_or_else(|| "this ssh-ed25519 key is damaged".to_owned());
        }
        if text.starts_with("ssh-") || text.starts_with("ecdsa-") || text.starts_with("sk-") {
            return Err("only ssh keys of the type ssh-ed25519 can sign a catalog".to_owned());
        }
        let key = minisign_verify::PublicKey::from_base64(text);
        key.map(Self::Minisign).map_err(|_| {
            "a catalog's key is a minisign public key (the line that begins with RW), or ssh-ed25519 AAAA…".to_owned()
        })
    }

    /// What comes after the name of the file that is signed.
    pub(crate) fn suffix(&self) -> &'static str {
        match self {
            Self::Minisign(_) => ".minisig",
            Self::Ssh(_) => ".sig",
        }
    }

    /// Whether this key made this signature of these bytes.
    pub(crate) fn has_signed(&self, bytes: &[u8], signature: &str) -> bool {
        match self {
            // Also the old form of signatures, which hashes nothing first: catalogs are small.
            Self::Minisign(key) => minisign_verify::Signature::decode(signature)
                .is_ok_and(|signature| key.verify(bytes, &signature, true).is_ok()),
            Self::Ssh(key) => has_signed_by_ssh(key, bytes, signature).unwrap_or(false),
        }
    }
}

/// PROTOCOL.sshsig: the armoured blob, and what is signed instead of the bytes themselves.
fn has_signed_by_ssh(key: &[u8; 32], bytes: &[u8], armoured: &str) -> Option<bool> {
    let inside = armoured.trim().strip_prefix("-----BEGIN SSH SIGNATURE-----")?;
    let inside = inside.strip_suffix("-----END SSH SIGNATURE-----")?;
    let blob = STANDARD.decode(inside.split_whitespace().collect::<String>()).ok()?;
    let mut rest = blob.strip_prefix(b"SSHSIG")?;
    let version = u32::from_be_bytes(rest.split_off(..4)?.try_into().ok()?);
    let signer = read_key(text(&mut rest)?)?;
    let (namespace, reserved, hash, mut signature) =
        (text(&mut rest)?, text(&mut rest)?, text(&mut rest)?, text(&mut rest)?);
    if version != 1 || signer != *key || namespace != NAMESPACE || !rest.is_empty() {
        return Some(false);
    }
    let digest = match hash {
        b"sha512" => ring::digest::digest(&ring::digest::SHA512, bytes),
        b"sha256" => ring::digest::digest(&ring::digest::SHA256, bytes),
        _ => return Some(false),
    };
    let mut signed = b"SSHSIG".to_vec();
    for part in [namespace, reserved, hash, digest.as_ref()] {
        signed.extend(u32::try_from(part.len()).ok()?.to_be_bytes());
        signed.extend(part);
    }
    let (kind, raw) = (text(&mut signature)?, text(&mut signature)?);
    Some(
        kind == ED25519_KEY
            && signature.is_empty()
            && UnparsedPublicKey::new(&ED25519, key).verify(&signed, raw).is_ok(),
    )
}

/// The public key in ssh's own form.
fn read_key(mut blob: &[u8]) -> Option<[u8; 32]> {
    let (kind, key) = (text(&mut blob)?, text(&mut blob)?);
    if kind != ED25519_KEY || !blob.is_empty() {
        return None;
    }
    key.try_into().ok()
}

/// A `string` of RFC 4251, section 5: its length, then its bytes.
fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(rest.split_off(..4)?.try_into().ok()?);
    rest.split_off(..usize::try_from(length).ok()?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use ring::signature::{Ed25519KeyPair, KeyPair};

    use super::*;

    fn string(bytes: &[u8]) -> Vec<u8> {
        [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
    }

    /// A key, and what `ssh-keygen -Y sign -n NAMESPACE` makes with it.
    fn signed(bytes: &[u8], namespace: &[u8]) -> (PublicKey, String) {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        let key = [string(ED25519_KEY), string(pair.public_key().as_ref())].concat();
        let hash = ring::digest::digest(&ring::digest::SHA512, bytes);
        let head = [string(namespace), string(b""), string(b"sha512")].concat();
        let made = pair.sign(&[b"SSHSIG".to_vec(), head.clone(), string(hash.as_ref())].concat());
        let signature = [string(ED25519_KEY), string(made.as_ref())].concat();
        let blob = [b"SSHSIG\0\0\0\x01".to_vec(), string(&key), head, string(&signature)].concat();
        let armoured =
            format!("-----BEGIN SSH SIGNATURE-----\n{}\n-----END SSH SIGNATURE-----\n", STANDARD.encode(blob));
        (PublicKey::parse(&format!("ssh-ed25519 {} ann@acme", STANDARD.encode(key))).unwrap(), armoured)
    }

    #[test]
    fn a_signature_of_ssh_counts_for_its_bytes_its_key_and_its_namespace() {
        let (key, signature) = signed(b"serial = 1\n", NAMESPACE);
        assert!(key.has_signed(b"serial = 1\n", &signature));
        assert!(!key.has_signed(b"serial = 2\n", &signature));
        assert!(!PublicKey::Ssh([1; 32]).has_signed(b"serial = 1\n", &signature));
        let (key, for_git) = signed(b"serial = 1\n", b"git");
        assert!(!key.has_signed(b"serial = 1\n", &for_git));
        assert!(!key.has_signed(b"serial = 1\n", &signature.replace("BEGIN SSH", "BEGIN PGP")));
    }

    #[test]
    fn what_is_no_key_is_said() {
        for wrong in ["", "RWQ", "ssh-rsa AAAA", "ssh-ed25519", "ssh-ed25519 AAAA", "sk-ssh-ed25519@openssh.com AAAA"] {
            assert!(PublicKey::parse(wrong).is_err(), "{wrong}");
        }
        let minisign = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
        assert_eq!(PublicKey::parse(minisign).unwrap().suffix(), ".minisig");
    }

    proptest! {
        #[test]
        fn no_bytes_of_a_server_end_the_process(blob in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,80}") {
            let (key, _) = signed(b"x", NAMESPACE);
            let blob = [b"SSHSIG\0\0\0\x01".to_vec(), blob].concat();
            let armoured = format!("-----BEGIN SSH SIGNATURE-----{}-----END SSH SIGNATURE-----", STANDARD.encode(blob));
            prop_assert!(!key.has_signed(b"x", &armoured) && !key.has_signed(b"x", &text));
            let minisign = PublicKey::parse("RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3").unwrap();
            prop_assert!(!minisign.has_signed(b"x", &text));
        }
    }
}
