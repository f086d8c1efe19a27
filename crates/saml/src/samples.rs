//! Responses in the forms that identity providers use, for tests.
#![allow(missing_docs)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

pub const DEV: &str = "arn:aws:iam::123456789012:role/Dev";
pub const ADMIN: &str = "arn:aws:iam::999988887777:role/team/Admin";
pub const CORP: &str = "arn:aws:iam::123456789012:saml-provider/corp";
pub const OTHER_CORP: &str = "arn:aws:iam::999988887777:saml-provider/corp";

/// A response whose parts a test can change one by one.
pub struct Sample {
    pub status: String,
    pub conditions: String,
    pub subject: String,
    /// Name and the XML of each value.
    pub attributes: Vec<(String, Vec<String>)>,
    /// What follows the assertion in the response.
    pub beside: String,
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            status: r#"<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/>"#.to_owned(),
            conditions: r#"NotBefore="2026-11-22T08:14:30Z" NotOnOrAfter="2026-11-22T08:20:00Z""#.to_owned(),
            subject: r#"NotOnOrAfter="2026-11-22T08:20:00Z" Recipient="https://signin.aws.amazon.com/saml" InResponseTo="_r1""#
                .to_owned(),
            attributes: vec![
                attribute("Role", &[&format!("{DEV},{CORP}"), &format!("{OTHER_CORP},{ADMIN}")]),
                attribute("RoleSessionName", &["ann@example.org"]),
                attribute("SessionDuration", &["7200"]),
            ],
            beside: String::new(),
        }
    }
}

/// One of AWS's attributes.
pub fn attribute(name: &str, values: &[&str]) -> (String, Vec<String>) {
    (format!("https://aws.amazon.com/SAML/Attributes/{name}"), values.iter().map(ToString::to_string).collect())
}

impl Sample {
    pub fn with_roles(values: &[&str]) -> Self {
        Self { attributes: vec![attribute("Role", values)], ..Self::default() }
    }

    pub fn assertion(&self) -> String {
        let attributes: String = self
            .attributes
            .iter()
            .map(|(name, values)| {
                let values: String = values
                    .iter()
                    .map(|v| format!(r#"<saml:AttributeValue xsi:type="xs:string">{v}</saml:AttributeValue>"#))
                    .collect();
                format!(
                    r#"<saml:Attribute Name="{name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri">{values}</saml:Attribute>"#
                )
            })
            .collect();
        format!(
            r#"<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" ID="_a1" Version="2.0" IssueInstant="2026-11-22T08:15:00Z"><saml:Issuer>https://idp.example.org/metadata</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData {}/></saml:SubjectConfirmation></saml:Subject><saml:Conditions {}><saml:AudienceRestriction><saml:Audience>urn:amazon:webservices</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="2026-11-22T08:00:00Z" SessionNotOnOrAfter="2026-11-22T16:15:00Z" SessionIndex="_s1"/><saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"#,
            self.subject, self.conditions
        )
    }

    pub fn xml(&self) -> String {
        self.around(&self.assertion())
    }

    pub fn around(&self, assertion: &str) -> String {
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_x" Version="2.0" IssueInstant="2026-11-22T08:15:00Z" Destination="https://signin.aws.amazon.com/saml" InResponseTo="_r1"><saml:Issuer>https://idp.example.org/metadata</saml:Issuer><samlp:Status>{}</samlp:Status>{assertion}{}</samlp:Response>"#,
            self.status, self.beside
        )
    }

    pub fn field(&self) -> String {
        encoded(&self.xml())
    }
}

pub fn encoded(xml: &str) -> String {
    STANDARD.encode(xml)
}

/// A response of Entra ID: other prefixes, a default namespace that changes further down, and all on one line.
pub const ENTRA: &str = include_str!("../corpus/entra-id.xml");
