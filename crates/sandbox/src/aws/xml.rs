//! The bit of XML that the query protocol needs.

use std::fmt::Write as _;

use super::fault::Fault;

/// Elements in the order they were added. Text is escaped. Names are our own.
#[derive(Debug, Default, Clone)]
pub(crate) struct Xml(String);

impl Xml {
    pub(crate) fn text(mut self, name: &str, text: &str) -> Self {
        _ = write!(self.0, "<{name}>{}</{name}>", escape(text));
        self
    }

    pub(crate) fn maybe(self, name: &str, text: Option<&str>) -> Self {
        match text {
            Some(text) => self.text(name, text),
            None => self,
        }
    }

    pub(crate) fn element(mut self, name: &str, inner: Xml) -> Self {
        _ = write!(self.0, "<{name}>{}</{name}>", inner.0);
        self
    }
}

/// `<ActionResponse><ActionResult>…`
pub(crate) fn response(namespace: &str, action: &str, result: Xml, request_id: &str) -> String {
    let inner = Xml::default()
        .element(&format!("{action}Result"), result)
        .element("ResponseMetadata", Xml::default().text("RequestId", request_id));
    document(namespace, &format!("{action}Response"), &inner)
}

/// `<ErrorResponse><Error>…`
pub(crate) fn error(namespace: &str, fault: &Fault, request_id: &str) -> String {
    let error = Xml::default().text("Type", fault.side()).text("Code", fault.code).text("Message", &fault.message);
    let inner = Xml::default().element("Error", error).text("RequestId", request_id);
    document(namespace, "ErrorResponse", &inner)
}

fn document(namespace: &str, name: &str, inner: &Xml) -> String {
    format!("<{name} xmlns=\"{namespace}\">{}</{name}>\n", inner.0)
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // Other control characters are not allowed in XML, not even as a reference.
            '\t' | '\n' | '\r' => _ = write!(escaped, "&#{};", u32::from(c)),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_become_markup() {
        let xml =
            response("https://sts.amazonaws.com/doc/2011-06-15/", "Do", Xml::default().text("A", "<b>&\u{1}\n"), "r");
        assert_eq!(
            xml,
            "<DoResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><DoResult><A>&lt;b&gt;&amp;\u{fffd}\
             &#10;</A></DoResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></DoResponse>\n"
        );
    }
}
