//! Reads the AuthnRequest that a response answers. An IdP-initiated sign-in has none.

use std::io::Read as _;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;
use roxmltree::Document;

use crate::{
    aws_endpoint::{is_aws, is_aws_endpoint},
    common::Common,
    params::Params,
};

const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";
const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// More than any AuthnRequest needs, but too little for a decompression bomb.
const MAX_BYTES: u64 = 64 * 1024;
/// "RelayState … must not exceed 80 bytes" (SAML bindings, section 3.4.3). In practice they are longer, even at AWS.
const MAX_RELAY_STATE: usize = 2_048;

/// How the request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binding {
    /// Deflated, in the query string.
    Redirect,
    /// Unchanged, in a form.
    Post,
}

/// Where the response goes, and which request it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) endpoint: String,
    pub(super) in_response_to: Option<String>,
    pub(super) relay_state: Option<String>,
    /// Show the page even if the person is signed in.
    pub(super) force: bool,
    /// Never show a page.
    pub(super) passive: bool,
}

impl Wanted {
    /// The person began without a request.
    pub(super) fn unsolicited(common: &Common, relay_state: Option<&str>) -> Self {
        Self {
            endpoint: common.panel.read().saml_endpoint,
            in_response_to: None,
            relay_state: relay_state.map(|state| state.chars().take(MAX_RELAY_STATE).collect()),
            force: false,
            passive: false,
        }
    }

    /// Reads `SAMLRequest`.
    ///
    /// # Errors
    /// The message for the person if it's not an AuthnRequest that AWS could have sent.
    pub(super) fn read(common: &Common, params: &Params, binding: Binding) -> Result<Self, &'static str> {
        let encoded = params.get("SAMLRequest").ok_or("SAMLRequest is missing.")?;
        let encoded: String = encoded.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(encoded).map_err(|_| "SAMLRequest is not base64.")?;
        let xml = match binding {
            Binding::Redirect => inflate(&bytes).ok_or("SAMLRequest is not deflated XML.")?,
            Binding::Post => String::from_utf8(bytes).map_err(|_| "SAMLRequest is not XML.")?,
        };
        let unsolicited = Self::unsolicited(common, params.get("RelayState"));
        Self::parse(&xml, unsolicited)
    }

    fn parse(xml: &str, unsolicited: Self) -> Result<Self, &'static str> {
        let document = Document::parse(xml).map_err(|_| "SAMLRequest is not XML.")?;
        let request = document.root_element();
        if !request.has_tag_name((PROTOCOL, "AuthnRequest")) {
            return Err("SAMLRequest is not an AuthnRequest.");
        }
        let issuer = request.children().find(|node| node.has_tag_name((ASSERTION, "Issuer")));
        let issuer = issuer.and_then(|node| node.text()).unwrap_or_default().trim();
        if !is_aws(issuer) {
            return Err("The AuthnRequest’s Issuer is not AWS (urn:amazon:webservices).");
        }
        let endpoint = request.attribute("AssertionConsumerServiceURL");
        if endpoint.is_some_and(|endpoint| !is_aws_endpoint(endpoint)) {
            return Err("The AssertionConsumerServiceURL is not an AWS SAML endpoint.");
        }
        let id = request.attribute("ID").filter(|id| !id.is_empty()).ok_or("The AuthnRequest has no ID.")?;
        let flag = |name| matches!(request.attribute(name), Some("true" | "1"));
        Ok(Self {
            endpoint: endpoint.map_or(unsolicited.endpoint, str::to_owned),
            in_response_to: Some(id.to_owned()),
            force: flag("ForceAuthn"),
            passive: flag("IsPassive"),
            relay_state: unsolicited.relay_state,
        })
    }
}

fn inflate(bytes: &[u8]) -> Option<String> {
    let mut xml = String::new();
    let read = DeflateDecoder::new(bytes).take(MAX_BYTES).read_to_string(&mut xml).ok()?;
    (read < MAX_BYTES as usize).then_some(xml)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn parse(inner: &str, attributes: &str) -> Result<Wanted, &'static str> {
        let xml = format!(
            "<p:AuthnRequest xmlns:p=\"{PROTOCOL}\" xmlns:a=\"{ASSERTION}\" {attributes}>{inner}</p:AuthnRequest>"
        );
        let unsolicited = Wanted {
            endpoint: "https://signin.aws.amazon.com/saml".into(),
            in_response_to: None,
            relay_state: None,
            force: false,
            passive: false,
        };
        Wanted::parse(&xml, unsolicited)
    }

    #[test]
    fn requests_are_aws_s_or_refused() {
        let issuer = "<a:Issuer>urn:amazon:webservices</a:Issuer>";
        let wanted = parse(issuer, "ID=\"_1\" ForceAuthn=\"1\"").unwrap();
        assert_eq!((wanted.in_response_to.as_deref(), wanted.force, wanted.passive), (Some("_1"), true, false));
        let regional = "ID=\"_1\" AssertionConsumerServiceURL=\"https://eu-west-1.signin.aws.amazon.com/saml\"";
        assert_eq!(parse(issuer, regional).unwrap().endpoint, "https://eu-west-1.signin.aws.amazon.com/saml");
        assert!(parse(issuer, "ID=\"_1\" AssertionConsumerServiceURL=\"https://evil.example/saml\"").is_err());
        assert!(parse(issuer, "").is_err());
        assert!(parse("<a:Issuer>somebody</a:Issuer>", "ID=\"_1\"").is_err());
    }

    #[test]
    fn a_deflated_bomb_is_refused() {
        use flate2::{Compression, write::DeflateEncoder};
        use std::io::Write as _;
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![b' '; 10_000_000]).unwrap();
        assert_eq!(inflate(&encoder.finish().unwrap()), None);
    }
}
