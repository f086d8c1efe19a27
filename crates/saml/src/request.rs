//! A request to sign in to AWS, for identity providers that expect one (SP-initiated, SAML Profiles 4.1).
//!
//! Its issuer is AWS, because the answer must be for AWS. It isn't signed: AWS doesn't publish a key for that, so
//! identity providers can't require it.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use url::Url;

use crate::xml::{ASSERTION, PROTOCOL, escaped};
use daypass_core::settings::Binding;

/// How the browser opens a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart {
    /// By its address alone.
    Get(Url),
    /// By posting a form.
    Post {
        /// Where to.
        action: Url,
        /// Fields and values.
        fields: Vec<(String, String)>,
    },
}

/// An `AuthnRequest` (SAML Core, 3.4.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthnRequest {
    id: String,
    destination: Url,
    xml: String,
}

impl AuthnRequest {
    /// A request from `issuer` (AWS's entity ID, [`super::endpoints::entity_id`]) to the identity provider whose single
    /// sign-on address is `destination`. The answer goes to `acs`. With `force`, the person signs in again even if the
    /// identity provider still knows them. `random` becomes the ID: at least 128 random bits as letters, digits, `-`
    /// and `_` (SAML Core, 1.3.4).
    #[must_use]
    pub fn new(random: &str, destination: Url, issuer: &str, acs: &Url, force: bool, now: DateTime<Utc>) -> Self {
        // An ID is an XML name, which can't begin with a digit.
        let id = format!("_{random}");
        let xml = format!(
            r#"<samlp:AuthnRequest xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" ID="{id}" Version="2.0" IssueInstant="{}" Destination="{}" AssertionConsumerServiceURL="{}" ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"{}><saml:Issuer>{}</saml:Issuer></samlp:AuthnRequest>"#,
            now.to_rfc3339_opts(SecondsFormat::Secs, true),
            escaped(destination.as_str()),
            escaped(acs.as_str()),
            if force { r#" ForceAuthn="true""# } else { "" },
            escaped(issuer),
        );
        Self { id, destination, xml }
    }

    /// The value that the answer's `InResponseTo` must have.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How the browser takes it to the identity provider. Keeps the parameters that the address already has.
    #[must_use]
    pub fn start(&self, binding: Binding, relay_state: Option<&str>) -> PageStart {
        let xml = self.xml.as_bytes();
        let encoded = match binding {
            Binding::Redirect => STANDARD.encode(deflated(xml)),
            Binding::Post => STANDARD.encode(xml),
        };
        let fields = [("SAMLRequest", encoded)].into_iter().chain(relay_state.map(|s| ("RelayState", s.to_owned())));
        match binding {
            Binding::Redirect => {
                let mut url = self.destination.clone();
                url.query_pairs_mut().extend_pairs(fields);
                PageStart::Get(url)
            }
            Binding::Post => PageStart::Post {
                action: self.destination.clone(),
                fields: fields.map(|(name, value)| (name.to_owned(), value)).collect(),
            },
        }
    }
}

/// DEFLATE without a header (SAML Bindings, 3.4.4.1).
fn deflated(xml: &[u8]) -> Vec<u8> {
    let mut out = DeflateEncoder::new(Vec::new(), Compression::best());
    // Writing to memory can't fail.
    let _ = out.write_all(xml);
    out.finish().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Read as _;

    use flate2::read::DeflateDecoder;
    use roxmltree::Document;

    use super::*;

    fn request(destination: &str, force: bool) -> AuthnRequest {
        let acs = Url::parse("https://signin.aws.amazon.com/saml?a=1&b='\"<>").unwrap();
        let now = "2026-11-22T08:15:00.123Z".parse().unwrap();
        AuthnRequest::new("q1-w2_e3", Url::parse(destination).unwrap(), "urn:amazon:webservices", &acs, force, now)
    }

    fn inflated(base64: &str) -> String {
        let mut xml = String::new();
        DeflateDecoder::new(STANDARD.decode(base64).unwrap().as_slice()).read_to_string(&mut xml).unwrap();
        xml
    }

    #[test]
    fn a_redirect_carries_the_request_compressed_and_keeps_the_parameters() {
        let request = request("https://idp.example.org/sso?tenant=a%26b", false);
        let PageStart::Get(url) = request.start(Binding::Redirect, Some("console")) else { panic!("not a redirect") };
        let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
        assert_eq!(pairs[0], ("tenant".to_owned(), "a&b".to_owned()));
        assert_eq!(pairs[1].0, "SAMLRequest");
        assert_eq!(pairs[2], ("RelayState".to_owned(), "console".to_owned()));
        let xml = inflated(&pairs[1].1);
        let document = Document::parse(&xml).unwrap();
        let root = document.root_element();
        assert!(root.has_tag_name((PROTOCOL, "AuthnRequest")));
        assert_eq!(root.attribute("ID"), Some(request.id()));
        assert_eq!(root.attribute("Version"), Some("2.0"));
        assert_eq!(root.attribute("IssueInstant"), Some("2026-11-22T08:15:00Z"));
        assert_eq!(root.attribute("Destination"), Some("https://idp.example.org/sso?tenant=a%26b"));
        assert_eq!(
            root.attribute("AssertionConsumerServiceURL"),
            Some("https://signin.aws.amazon.com/saml?a=1&b=%27%22%3C%3E")
        );
        assert_eq!(root.attribute("ForceAuthn"), None);
        let issuer = root.children().find(|c| c.has_tag_name((ASSERTION, "Issuer"))).unwrap();
        assert_eq!(issuer.text(), Some("urn:amazon:webservices"));
    }

    #[test]
    fn a_form_carries_it_as_it_is() {
        let request = request("https://idp.example.org/sso", true);
        let form = |state| match request.start(Binding::Post, state) {
            PageStart::Post { action, fields } => (action, fields),
            PageStart::Get(url) => panic!("not a form: {url}"),
        };
        let (action, fields) = form(None);
        assert_eq!(action.as_str(), "https://idp.example.org/sso");
        assert_eq!(fields.len(), 1);
        let xml = String::from_utf8(STANDARD.decode(&fields[0].1).unwrap()).unwrap();
        assert!(xml.contains(r#"ForceAuthn="true""#), "{xml}");
        assert_eq!(form(Some("x")).1[1], ("RelayState".to_owned(), "x".to_owned()));
    }

    #[test]
    fn an_id_is_an_xml_name_whatever_it_is_made_of() {
        assert_eq!(request("https://idp.example.org/", false).id(), "_q1-w2_e3");
    }
}
