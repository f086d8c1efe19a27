//! The small part of XML that SAML needs. The reader knows only the five entities of XML itself.

use roxmltree::{Document, Node, ParsingOptions};

use crate::error::ResponseError;

/// Namespace of assertions (SAML Core, 1.1).
pub(crate) const ASSERTION: &str = "urn:oasis:names:tc:SAML:2.0:assertion";
/// Namespace of requests and responses (SAML Core, 1.1).
pub(crate) const PROTOCOL: &str = "urn:oasis:names:tc:SAML:2.0:protocol";

/// No assertion has more nodes than this: 100,000 characters of base64 hold at most 19,000 elements.
const MOST_NODES: u32 = 50_000;

/// Reads a document. Refuses a document type, so that a document can't declare entities.
pub(crate) fn parse(text: &str) -> Result<Document<'_>, ResponseError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => ResponseError::Dtd,
        error => ResponseError::NotXml { why: cleaned(&error.to_string(), 200) },
    })
}

/// The children with this name, whatever their prefix.
pub(crate) fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.has_tag_name((namespace, name)))
}

/// The first child with this name.
pub(crate) fn child<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    namespace: &'static str,
    name: &'static str,
) -> Option<Node<'a, 'i>> {
    children(node, namespace, name).next()
}

/// An element's text; `None` when there are elements in it.
///
/// Joins all text nodes, as exclusive canonicalization without comments does (the form that is signed). A reader that
/// stops at the first comment reads `admin<!---->.evil` as `admin`, which fooled several SAML libraries (CERT
/// VU#475445).
pub(crate) fn text(node: Node<'_, '_>) -> Option<String> {
    if node.children().any(|child| child.is_element()) {
        return None;
    }
    Some(node.children().filter(|child| child.is_text()).filter_map(|child| child.text()).collect())
}

/// Foreign text, made safe for a message: no control characters, at most `most` characters, no blanks at the ends.
pub(crate) fn cleaned(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    text.trim().to_owned()
}

/// Text escaped for an XML attribute or for an element.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // Names and addresses have no control characters, and XML readers replace or refuse them.
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_document_type_and_a_crowd_of_elements_are_refused() {
        assert!(matches!(parse("<!DOCTYPE a><a/>"), Err(ResponseError::Dtd)));
        let crowd = |count: usize| format!("<a>{}</a>", "<b/>".repeat(count));
        assert!(parse(&crowd(40_000)).is_ok());
        assert!(matches!(parse(&crowd(60_000)), Err(ResponseError::NotXml { .. })));
    }

    #[test]
    fn control_characters_do_not_reach_an_attribute() {
        assert_eq!(escaped("a\u{0}b\n<'&\">"), "ab&lt;&apos;&amp;&quot;&gt;");
    }
}
