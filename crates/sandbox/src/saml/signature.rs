//! The enveloped signature of an assertion: RSA with SHA-256 over exclusively canonicalized XML.
//! <https://www.w3.org/TR/xmldsig-core1/>
//!
//! The sandbox writes assertions in canonical form and accepts only that form back, because an assertion is opaque to
//! its bearer, who has no reason to rewrite it. This module can digest the bytes as they are, and the sandbox reads
//! exactly what was verified. The tests check this with `xmlsec1`, which really canonicalizes.

use base64::{Engine, engine::general_purpose::STANDARD};
use roxmltree::{Document, Node};
use sha2::{Digest, Sha256};

use super::xml::element;
use crate::oidc::Signer;

const DS: &str = "http://www.w3.org/2000/09/xmldsig#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The `ds:Signature` element for a canonical element with this `ID`.
pub(super) fn sign(signer: &Signer, id: &str, canonical: &str) -> Option<String> {
    let signed_info = signed_info(id, canonical.as_bytes());
    let signature = STANDARD.encode(signer.sign_bytes(signed_info.as_bytes())?);
    let value = element("ds:SignatureValue", &[], &signature);
    Some(element("ds:Signature", &[("xmlns:ds", DS)], &format!("{signed_info}{value}{}", key_info(signer))))
}

pub(super) fn key_info(signer: &Signer) -> String {
    let (modulus, exponent) = signer.public_numbers();
    let numbers = element("ds:Modulus", &[], &STANDARD.encode(modulus))
        + &element("ds:Exponent", &[], &STANDARD.encode(exponent));
    let value = element("ds:KeyValue", &[], &element("ds:RSAKeyValue", &[], &numbers));
    element("ds:KeyInfo", &[("xmlns:ds", DS)], &value)
}

/// Whether this `Assertion` element has a valid signature over itself.
pub(crate) fn verified(signer: &Signer, document: &Document<'_>, assertion: Node<'_, '_>) -> bool {
    let named = |parent: Node<'_, '_>, name: &str| {
        let mut found = parent.children().filter(|n| n.has_tag_name((DS, name))).map(|n| n.range());
        let one = found.next();
        if found.next().is_some() { None } else { one }
    };
    let text = document.input_text();
    let signature = || {
        let node = assertion.children().find(|n| n.has_tag_name((DS, "Signature")))?;
        Some((node, named(assertion, "Signature")?, named(node, "SignedInfo")?))
    };
    let Some((node, enveloped, info)) = signature() else {
        return false;
    };
    let whole = assertion.range();
    let canonical = [&text[whole.start..enveloped.start], &text[enveloped.end..whole.end]].concat();
    let id = assertion.attribute("ID").unwrap_or_default();
    // The element determines all of SignedInfo, so anything else in it isn't ours.
    let value = node.children().find(|n| n.has_tag_name((DS, "SignatureValue"))).and_then(|n| n.text());
    let value = value.and_then(|value| STANDARD.decode(value).ok()).unwrap_or_default();
    let expected = signed_info(id, canonical.as_bytes());
    text[info] == expected && signer.has_signed(expected.as_bytes(), &value)
}

fn signed_info(id: &str, canonical: &[u8]) -> String {
    let algorithm = |name: &str, algorithm: &str| element(name, &[("Algorithm", algorithm)], "");
    let transforms = algorithm("ds:Transform", ENVELOPED) + &algorithm("ds:Transform", EXCLUSIVE);
    let digest = STANDARD.encode(Sha256::digest(canonical));
    let reference = element("ds:Transforms", &[], &transforms)
        + &algorithm("ds:DigestMethod", SHA256)
        + &element("ds:DigestValue", &[], &digest);
    let inner = algorithm("ds:CanonicalizationMethod", EXCLUSIVE)
        + &algorithm("ds:SignatureMethod", RSA_SHA256)
        + &element("ds:Reference", &[("URI", &format!("#{id}"))], &reference);
    element("ds:SignedInfo", &[("xmlns:ds", DS)], &inner)
}
