//! The pages that the browser shows at the end of a sign-in: self-contained, without script, without a secret.

use daypass_core::names::IdentityName;
use daypass_core::problem::Problem;
use daypass_core::text;

/// The sign-in worked.
pub(super) fn signed_in(identity: &IdentityName, person: &str) -> String {
    let body = format!(
        "<p>You are signed in to <strong>{}</strong> as <strong>{}</strong>.</p>\
         <p class=\"quiet\">You can close this window and return to Daypass.</p>",
        escape(identity.as_str()),
        escape(person)
    );
    page("Signed in", "good", "&#10003;", &body)
}

/// A browser of a SAML sign-in has handed over the assertion. It closes by itself.
#[cfg(unix)]
pub(super) fn caught(identity: &IdentityName) -> String {
    let body = format!(
        "<p>Daypass has what it needs to sign you in to <strong>{}</strong>.</p>\
         <p class=\"quiet\">This window closes automatically.</p>",
        escape(identity.as_str())
    );
    page("Signed in", "good", "&#10003;", &body)
}

/// The sign-in did not work.
pub(super) fn failed(identity: &IdentityName, problem: &Problem) -> String {
    let hint = problem.hint.as_deref().map(|hint| format!("<p>{}</p>", escape(&sentence(hint)))).unwrap_or_default();
    let body = format!(
        "<p>You are not signed in to <strong>{}</strong>.</p><p>{}</p>{hint}\
         <p class=\"quiet\">You can close this window and return to Daypass.</p>",
        escape(identity.as_str()),
        escape(&sentence(&problem.message)),
    );
    page("Not signed in", "bad", "!", &body)
}

/// An unexpected request.
pub(super) fn turned_away(words: &str) -> String {
    page("Not here", "bad", "!", &format!("<p>{}</p>", escape(words)))
}

/// Leads the browser to another address without a script.
pub(super) fn lead_to(url: &str) -> String {
    let url = escape(url);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<meta http-equiv=\"refresh\" content=\"0;url={url}\">\n\
         <title>Daypass</title>\n</head>\n<body><p><a href=\"{url}\">Continue</a></p></body>\n</html>\n"
    )
}

/// A form that posts itself. Where scripts are off, the person does it.
pub(super) fn post_to(action: &str, fields: &[(&str, &str)], nonce: &str) -> String {
    let inputs: String = fields
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escape(name), escape(value)))
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Daypass</title>\n</head>\n<body>\n\
         <form method=\"post\" action=\"{}\">\n{inputs}<button>Continue</button>\n</form>\n\
         <script nonce=\"{}\">document.forms[0].submit();</script>\n</body>\n</html>\n",
        escape(action),
        escape(nonce)
    )
}

fn page(title: &str, class: &str, mark: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} - Daypass</title>\n<style>{STYLE}</style>\n</head>\n\
         <body><main class=\"{class}\"><div class=\"mark\" aria-hidden=\"true\">{mark}</div>\
         <h1>{title}</h1>{body}</main></body>\n</html>\n"
    )
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--text:#1c2024;--quiet:#60646c;--line:#e0e3e8;\
--good:#18794e;--bad:#b4310f}\
@media(prefers-color-scheme:dark){:root{--ground:#111418;--card:#1a1e24;--text:#edeef0;--quiet:#a0a6b0;\
--line:#2c323a;--good:#4cc38a;--bad:#ff8a65}}\
body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--ground);color:var(--text);\
font:16px/1.5 system-ui,sans-serif}\
main{box-sizing:border-box;width:min(30rem,92vw);padding:2rem;background:var(--card);border:1px solid var(--line);\
border-radius:12px;overflow-wrap:anywhere}\
h1{margin:.75rem 0 .5rem;font-size:1.35rem}p{margin:.5rem 0}.quiet{color:var(--quiet)}\
.mark{width:2.25rem;height:2.25rem;border-radius:50%;display:grid;place-items:center;font-weight:700;\
border:2px solid currentColor}.good .mark{color:var(--good)}.bad .mark{color:var(--bad)}";

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    // Marks that reverse the direction of text could make one name look like another.
    for c in text::shown(text).chars() {
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
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use daypass_core::problem::{ProblemCode, ProblemKind};

    #[test]
    fn what_others_wrote_stays_text() {
        let corp: IdentityName = "corp".parse().unwrap();
        let evil = "<script>alert('x')</script>\"&\u{202e}";
        let problem = Problem::new(ProblemKind::Refused, ProblemCode::Interrupted, evil).hint(evil);
        for html in [signed_in(&corp, evil), failed(&corp, &problem)] {
            assert!(!html.contains("<script"), "{html}");
            assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)"), "{html}");
            assert!(!html.contains('\u{202e}'), "{html}");
            assert!(html.contains("<strong>corp</strong>") && html.contains("close this window"), "{html}");
        }
    }
}
