//! The few messages of the DevTools protocol that a sign-in needs.
//!
//! The protocol could read and change everything in the browser. Only the orders here are ever sent: what a browser is,
//! which pages are open, no downloads, and the addresses at AWS. Of a page's events, only those of the opened pages and
//! of the addresses at AWS are read, and of a page only its id.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

/// A command for the browser.
#[derive(Debug)]
pub(super) enum Order<'a> {
    /// Tell its version.
    Version,
    /// Save nothing that a page sends as a file.
    RefuseDownloads,
    /// Pause navigation to these addresses, and nothing else.
    Pause { wildcards: &'a [String] },
    /// Tell when pages open, change and close.
    Watch,
    /// Open a page in a window of its own.
    Open { url: &'a str },
    /// Open a session with a page, which the next order needs.
    Attach { page: &'a str },
    /// Load an address, and tell if that fails.
    Load { session: &'a str, url: &'a str },
    /// Let a paused request go on.
    Continue { request: &'a str },
    /// Answer a paused request with a page of ours. The request leaves the machine never.
    Answer { request: &'a str, page: &'a str },
    /// Close all windows and end.
    End,
}

impl Order<'_> {
    /// As the browser reads it.
    pub(super) fn text(&self, id: u64) -> Zeroizing<Vec<u8>> {
        let (method, params, session) = self.parts();
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        Zeroizing::new(bytes)
    }

    fn parts(&self) -> (&'static str, Value, Option<&str>) {
        let pages_only = json!([{ "type": "page", "exclude": false }]);
        match self {
            Self::Version => ("Browser.getVersion", json!({}), None),
            Self::RefuseDownloads => ("Browser.setDownloadBehavior", json!({ "behavior": "deny" }), None),
            Self::Pause { wildcards } => {
                let pattern = |wildcard: &String| json!({ "urlPattern": wildcard, "resourceType": "Document", "requestStage": "Request" });
                ("Fetch.enable", json!({ "patterns": wildcards.iter().map(pattern).collect::<Vec<_>>() }), None)
            }
            Self::Watch => ("Target.setDiscoverTargets", json!({ "discover": true, "filter": pages_only }), None),
            Self::Open { url } => ("Target.createTarget", json!({ "url": url, "newWindow": true }), None),
            Self::Attach { page } => ("Target.attachToTarget", json!({ "targetId": page, "flatten": true }), None),
            Self::Load { session, url } => ("Page.navigate", json!({ "url": url }), Some(session)),
            Self::Continue { request } => ("Fetch.continueRequest", json!({ "requestId": request }), None),
            Self::Answer { request, page } => {
                let headers = json!([
                    { "name": "Content-Type", "value": "text/html; charset=utf-8" },
                    { "name": "Cache-Control", "value": "no-store" },
                    { "name": "Referrer-Policy", "value": "no-referrer" },
                ]);
                let body = STANDARD.encode(page);
                let answer =
                    json!({ "requestId": request, "responseCode": 200, "responseHeaders": headers, "body": body });
                ("Fetch.fulfillRequest", answer, None)
            }
            Self::End => ("Browser.close", json!({}), None),
        }
    }
}

/// What the browser says.
#[derive(Debug)]
pub(super) enum Message {
    /// The answer to an order. An error has the browser's words.
    Answer { id: u64, answer: Result<Answer, String> },
    /// A page has opened.
    Opened { page: String },
    /// A page shows something else.
    Changed,
    /// A page has closed.
    Closed { page: String },
    /// What shows a page has crashed. The person can load it again.
    Crashed,
    /// A request waits for an order.
    Paused(Paused),
    /// Anything else.
    Other,
}

/// What the answers to the orders say.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Answer {
    /// `Chrome/156.0.8078.114`.
    pub(super) product: Option<String>,
    /// The page that was opened.
    pub(super) target_id: Option<String>,
    /// The session with a page.
    pub(super) session_id: Option<String>,
    /// Why an address couldn't be loaded.
    pub(super) error_text: Option<String>,
}

/// A request that waits.
#[derive(Debug)]
pub(super) struct Paused {
    /// Its id.
    pub(super) request: String,
    /// Where it goes.
    pub(super) url: Option<Url>,
    /// Whether it is a form.
    pub(super) is_post: bool,
    /// The `SAMLResponse` in it.
    pub(super) assertion: Option<SecretString>,
}

#[derive(Deserialize)]
struct Head<'a> {
    id: Option<u64>,
    #[serde(borrow)]
    method: Option<std::borrow::Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Answered {
    #[serde(default)]
    result: Option<Answer>,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Event<T> {
    params: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct OfPage {
    target_info: PageId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageId {
    target_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestPaused {
    request_id: String,
    request: Request,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    url: String,
    method: String,
    post_data: Option<SecretString>,
    #[serde(default)]
    post_data_entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    bytes: Option<SecretString>,
}

/// Reads a message. `None` for what isn't one.
pub(super) fn read(bytes: &[u8]) -> Option<Message> {
    let head: Head<'_> = serde_json::from_slice(bytes).ok()?;
    if let Some(id) = head.id {
        let Answered { result, error } = serde_json::from_slice(bytes).ok()?;
        let answer = error.map_or_else(|| Ok(result.unwrap_or_default()), |refusal| Err(refusal.message));
        return Some(Message::Answer { id, answer });
    }
    Some(match head.method.as_deref()? {
        "Target.targetCreated" => Message::Opened { page: params::<OfPage>(bytes)?.target_info.target_id },
        "Target.targetInfoChanged" => Message::Changed,
        "Target.targetDestroyed" => Message::Closed { page: params::<PageId>(bytes)?.target_id },
        "Target.targetCrashed" => Message::Crashed,
        "Fetch.requestPaused" => Message::Paused(params::<RequestPaused>(bytes)?.into()),
        _ => Message::Other,
    })
}

fn params<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Option<T> {
    serde_json::from_slice::<Event<T>>(bytes).ok().map(|event| event.params)
}

impl From<RequestPaused> for Paused {
    fn from(RequestPaused { request_id, request }: RequestPaused) -> Self {
        let body = request.body();
        Self {
            request: request_id,
            url: request.url.parse().ok(),
            is_post: request.method == "POST",
            assertion: body.and_then(|body| assertion(&body)),
        }
    }
}

impl Request {
    /// What it posts. The parts are complete where the text isn't: it is left out if the body is long or has bytes that
    /// aren't text.
    fn body(&self) -> Option<Zeroizing<Vec<u8>>> {
        if self.post_data_entries.is_empty() {
            return self.post_data.as_ref().map(|text| Zeroizing::new(text.expose_secret().as_bytes().to_vec()));
        }
        let mut body = Zeroizing::new(Vec::new());
        for entry in &self.post_data_entries {
            // A part without bytes is a file.
            let part = Zeroizing::new(STANDARD.decode(entry.bytes.as_ref()?.expose_secret()).ok()?);
            body.extend_from_slice(&part);
        }
        Some(body)
    }
}

/// The `SAMLResponse` of a form's body.
fn assertion(body: &[u8]) -> Option<SecretString> {
    let field = form_urlencoded::parse(body).find(|(name, _)| name == "SAMLResponse");
    field.map(|(_, value)| value.into_owned()).filter(|value| !value.is_empty()).map(SecretString::from)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn paused(request: &Value) -> Paused {
        let event = json!({ "method": "Fetch.requestPaused", "params": { "requestId": "r1", "request": request } });
        match read(event.to_string().as_bytes()) {
            Some(Message::Paused(paused)) => paused,
            other => panic!("{other:?}"),
        }
    }

    fn assertion_in(more: Value) -> Option<String> {
        let mut request = json!({ "url": "https://signin.aws.amazon.com/saml", "method": "POST", "headers": {} });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let paused = paused(&request);
        assert!(paused.is_post && paused.request == "r1");
        paused.assertion.map(|assertion| assertion.expose_secret().to_owned())
    }

    #[test]
    fn the_assertion_is_found_in_parts_and_in_text() {
        let parts = |parts: &[&str]| {
            let entries: Vec<Value> = parts.iter().map(|part| json!({ "bytes": STANDARD.encode(part) })).collect();
            assertion_in(json!({ "hasPostData": true, "postDataEntries": entries }))
        };
        assert_eq!(parts(&["RelayState=&SAMLRes", "ponse=PHNh%2BbWw%3D"]).as_deref(), Some("PHNh+bWw="));
        let long = format!("SAMLResponse={}", "A".repeat(120_000));
        assert_eq!(parts(&[&long]).unwrap().len(), 120_000);
        assert_eq!(assertion_in(json!({ "postData": "SAMLResponse=PHNh" })).as_deref(), Some("PHNh"));
        for nothing in [
            json!({}),
            json!({ "postData": "SAMLResponse=" }),
            json!({ "postData": "SAMLRequest=PHNh" }),
            json!({ "hasPostData": true, "postDataEntries": [{}] }),
            json!({ "hasPostData": true, "postDataEntries": [{ "bytes": "%%%" }] }),
        ] {
            assert_eq!(assertion_in(nothing.clone()), None, "{nothing}");
        }
    }

    #[test]
    fn a_message_shows_no_assertion_in_its_debug_text() {
        let request = json!({ "url": "https://signin.aws.amazon.com/saml", "method": "POST", "postData": "SAMLResponse=PLANTED" });
        assert!(!format!("{:?}", paused(&request)).contains("PLANTED"));
    }

    #[test]
    fn answers_and_events_are_told_apart_and_foreign_bytes_are_nothing() {
        let message = |text: &str| read(text.as_bytes());
        assert!(matches!(
            message(r#"{"id":1,"result":{"product":"Chrome/156.0.8078.114","userAgent":"x"}}"#),
            Some(Message::Answer { id: 1, answer: Ok(answer) }) if answer.product.as_deref() == Some("Chrome/156.0.8078.114")
        ));
        assert!(matches!(
            message(r#"{"id":2,"error":{"code":-32601,"message":"'Fetch.enable' wasn't found"}}"#),
            Some(Message::Answer { id: 2, answer: Err(words) }) if words.contains("Fetch.enable")
        ));
        assert!(matches!(
            message(r#"{"method":"Target.targetCreated","params":{"targetInfo":{"targetId":"A","type":"page"}}}"#),
            Some(Message::Opened { page }) if page == "A"
        ));
        assert!(matches!(
            message(r#"{"method":"Target.targetDestroyed","params":{"targetId":"A"}}"#),
            Some(Message::Closed { page }) if page == "A"
        ));
        assert!(matches!(message(r#"{"method":"Page.loadEventFired","params":{}}"#), Some(Message::Other)));
        for foreign in ["", "[]", "{", "null", r#"{"method":7}"#, r#"{"method":"Fetch.requestPaused","params":{}}"#] {
            assert!(message(foreign).is_none(), "{foreign}");
        }
    }

    #[test]
    fn an_order_names_its_method_and_ends_with_nul() {
        let text = Order::Load { session: "S", url: "https://idp.example.org/?a=\"b\"" }.text(7);
        let (last, json) = text.split_last().unwrap();
        let read: Value = serde_json::from_slice(json).unwrap();
        assert_eq!(*last, 0);
        let expected = json!({
            "id": 7, "method": "Page.navigate", "sessionId": "S", "params": { "url": "https://idp.example.org/?a=\"b\"" }
        });
        assert_eq!(read, expected);
    }
}
