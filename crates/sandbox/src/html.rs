//! The sandbox's web pages. They share one style, light and dark, and load nothing from other sites.

use axum::response::{Html, IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use url::{Host, Url};

const STYLE: &str = include_str!("pages/style.css");

/// A page under construction. Everything added to it is escaped, except through [`Page::markup`].
pub(crate) struct Page {
    title: String,
    body: String,
    form_targets: String,
    script: Option<&'static str>,
    head: String,
}

impl Page {
    pub(crate) fn new(title: String) -> Self {
        Self { title, body: String::new(), form_targets: "'none'".into(), script: None, head: String::new() }
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.body += &format!("<h1>{}</h1>\n", escape(text));
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        self.body += &format!("<p>{}</p>\n", escape(text));
    }

    pub(crate) fn note(&mut self, text: &str) {
        self.body += &format!("<p class=\"note\">{}</p>\n", escape(text));
    }

    pub(crate) fn alert(&mut self, text: &str) {
        self.body += &format!("<p class=\"alert\" role=\"alert\">{}</p>\n", escape(text));
    }

    pub(crate) fn facts(&mut self, facts: &[(&str, &str)]) {
        self.body += "<dl>\n";
        for (name, value) in facts {
            self.body += &format!("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value));
        }
        self.body += "</dl>\n";
    }

    /// Says something of the page in its head.
    pub(crate) fn meta(&mut self, name: &str, content: &str) {
        self.head += &format!("<meta name=\"{}\" content=\"{}\"/>\n", escape(name), escape(content));
    }

    /// Adds markup. The caller escapes the values in it.
    pub(crate) fn markup(&mut self, markup: &str) {
        self.body += markup;
    }

    /// Sets where forms may go. This includes redirects after them, because browsers apply `form-action` to those too.
    pub(crate) fn forms_go_to(&mut self, sources: String) {
        self.form_targets = sources;
    }
}

impl Page {
    /// Adds a script that runs once the body is loaded.
    pub(crate) fn script(&mut self, script: &'static str) {
        self.script = Some(script);
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let source = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        let script_source = self.script.map_or("'none'".to_owned(), source);
        let script = self.script.map(|script| format!("<script>{script}</script>\n")).unwrap_or_default();
        let policy = format!(
            "default-src 'none'; style-src {}; script-src {script_source}; form-action {}; base-uri 'none'; \
             frame-ancestors 'none'",
            source(STYLE),
            self.form_targets
        );
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light \
             dark\">\n{}<title>{} · Daypass sandbox</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<p \
             class=\"brand\">Daypass sandbox</p>\n{}</main>\n{script}</body>\n</html>\n",
            self.head,
            escape(&self.title),
            self.body
        );
        let mut response = Html(html).into_response();
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}

/// The page with another status than 200.
pub(crate) fn with_status(status: StatusCode, page: Page) -> Response {
    (status, page).into_response()
}

/// An application's callback as a CSP source. CSP can't express an IPv6 address, so for those allow the whole scheme.
pub(crate) fn source(redirect_uri: &str) -> String {
    match Url::parse(redirect_uri) {
        Ok(url) if !matches!(url.host(), Some(Host::Ipv6(_))) => url.origin().ascii_serialization(),
        _ => "http:".into(),
    }
}

/// Escapes text for use as content or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_targets_include_the_callback() {
        assert_eq!(source("http://127.0.0.1:5/callback"), "http://127.0.0.1:5");
        assert_eq!(source("http://[::1]:5/callback"), "http:");
    }
}
