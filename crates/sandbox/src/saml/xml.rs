//! Writes XML in the form that exclusive canonicalization would produce, without a prologue or short tags, with
//! attributes in order and text escaped as in Canonical XML. The digest of such bytes is the digest of their canonical
//! form.
//! <https://www.w3.org/TR/xml-exc-c14n/>, <https://www.w3.org/TR/2001/REC-xml-c14n-20010315#ProcessingModel>

/// `<name attributes>inner</name>`. The caller passes namespaces first and attributes in alphabetical order.
pub(super) fn element(name: &str, attributes: &[(&str, &str)], inner: &str) -> String {
    let attributes: String =
        attributes.iter().map(|(name, value)| format!(" {name}=\"{}\"", attribute(value))).collect();
    format!("<{name}{attributes}>{inner}</{name}>")
}

/// Character content.
pub(super) fn text(text: &str) -> String {
    escape(text, &[('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('\r', "&#xD;")])
}

fn attribute(text: &str) -> String {
    let replaced = [('&', "&amp;"), ('<', "&lt;"), ('"', "&quot;"), ('\t', "&#x9;"), ('\n', "&#xA;"), ('\r', "&#xD;")];
    escape(text, &replaced)
}

fn escape(text: &str, replaced: &[(char, &str)]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match replaced.iter().find(|(from, _)| *from == c) {
            Some((_, to)) => escaped.push_str(to),
            // Not allowed in XML 1.0, not even as a reference.
            None if c < ' ' && !"\t\n".contains(c) => escaped.push('\u{fffd}'),
            None => escaped.push(c),
        }
    }
    escaped
}
