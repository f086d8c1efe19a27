//! Refusals of servers that speak STS's protocol but word their errors in another form, which the SDK doesn't read: Ceph
//! answers with S3's `<Error>`, and others with a namespace of their own.

use roxmltree::{Document, Node, ParsingOptions};

/// A refusal has a handful of elements.
const MOST_NODES: u32 = 200;

/// What such a server says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ForeignRefusal {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) request_id: Option<String>,
}

impl ForeignRefusal {
    /// Reads the body of an answer, whatever its namespaces. `None` if it doesn't name an error's code.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim();
        let options = ParsingOptions { allow_dtd: false, nodes_limit: MOST_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options).ok()?;
        let root = document.root_element();
        if !matches!(root.tag_name().name(), "Error" | "ErrorResponse" | "Response") {
            return None;
        }
        let error = named(root, "Error")?;
        let code = text_of(error, "Code").filter(|code| code.bytes().all(|b| b.is_ascii_graphic()))?;
        let request_id = text_of(root, "RequestId").or_else(|| text_of(root, "RequestID"));
        Some(Self { code, message: text_of(error, "Message").unwrap_or_default(), request_id })
    }
}

fn named<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.descendants().find(|it| it.is_element() && it.tag_name().name() == name)
}

fn text_of(node: Node<'_, '_>, name: &str) -> Option<String> {
    let text = named(node, name)?.text()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn code(body: &str) -> Option<String> {
        ForeignRefusal::read(body.as_bytes()).map(|refusal| refusal.code)
    }

    #[test]
    fn a_code_is_found_in_any_namespace() {
        let ceph = r#"<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code><Message>no</Message>
            <RequestId>tx0001-rgw</RequestId><HostId>rgw</HostId></Error>"#;
        let (code_is, message, request_id) =
            ("AccessDenied".to_owned(), "no".to_owned(), Some("tx0001-rgw".to_owned()));
        assert_eq!(ForeignRefusal::read(ceph.as_bytes()), Some(ForeignRefusal { code: code_is, message, request_id }));
        for body in [
            r#"<Error xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Code>AccessDenied</Code></Error>"#,
            r#"<x:ErrorResponse xmlns:x="urn:y"><x:Error><x:Code> AccessDenied </x:Code></x:Error></x:ErrorResponse>"#,
            "<Response><Errors><Error><Code>AccessDenied</Code></Error></Errors><RequestID>1</RequestID></Response>",
            "\u{feff}\n<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>",
        ] {
            assert_eq!(code(body).as_deref(), Some("AccessDenied"), "{body}");
        }
    }

    #[test]
    fn what_names_no_code_is_no_refusal() {
        for body in [
            "",
            "<html><body><Error><Code>AccessDenied</Code></Error></body></html>",
            "<Error/>",
            "<Error><Code/></Error>",
            "<Error><Code>two words</Code></Error>",
            "<!DOCTYPE a><Error><Code>AccessDenied</Code></Error>",
            "{\"Code\":\"AccessDenied\"}",
        ] {
            assert_eq!(code(body), None, "{body}");
        }
        assert_eq!(code(&format!("<Error>{}<Code>A</Code></Error>", "<a/>".repeat(1_000))), None);
    }
}
