//! The parts of a text that may be addresses, keys or ARNs, and links that mail servers wrapped.

use percent_encoding::percent_decode_str;
use url::Url;

/// More parts aren't looked at.
const MOST: usize = 4000;

/// What ends an address in running text.
const ENDS: &[char] = &['.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '*', '_'];

/// Each part once, in the text's order.
pub(super) fn parts(text: &str) -> Vec<String> {
    let is_gap = |c: char| c.is_whitespace() || c.is_control() || "<>\"`|\\^\u{feff}\u{200b}\u{a0}“”„«»".contains(c);
    let words: Vec<&str> = text.split(is_gap).filter(|word| !word.is_empty()).take(MOST).collect();
    let is_alone = words.len() == 1;
    let mut parts: Vec<String> = Vec::new();
    let mut keep = |part: &str| {
        let part = part.trim_start_matches(['(', '[', '{', '\'', '*', '_', '=']);
        if !part.is_empty() && !parts.iter().any(|one| one == part) {
            parts.push(part.to_owned());
        }
    };
    for word in words {
        match scheme_at(word) {
            Some(at) => keep(word[at..].trim_end_matches(if is_alone { &ENDS[..3] } else { ENDS })),
            // A line of a CSV file, `KEY=VALUE` or `"key": "value"`.
            None => word.split([',', ';', '=', '(', ')', '\'']).for_each(|part| keep(part.trim_end_matches(ENDS))),
        }
    }
    parts
}

/// Where an address begins in a word, such as `URL:https://…`.
fn scheme_at(word: &str) -> Option<usize> {
    let lower = word.to_ascii_lowercase();
    ["https://", "http://", "ldaps://", "ldap://"].iter().filter_map(|scheme| lower.find(scheme)).min()
}

/// The address inside of one that a mail server or a chat wrapped around it.
pub(super) fn unwrapped(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let query = |name: &str| url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
    let inner = match host {
        _ if host.ends_with(".safelinks.protection.outlook.com") => query("url"),
        "www.google.com" if url.path() == "/url" => query("q").or_else(|| query("url")),
        "slack-redir.net" => query("url"),
        "l.facebook.com" | "lm.facebook.com" => query("u"),
        "statics.teams.cdn.office.net" => query("url"),
        // https://urldefense.com/v3/__https://login.example.com/x__;!!…
        "urldefense.com" | "urldefense.us" => {
            let rest = url.path().strip_prefix("/v3/__")?;
            let rest = percent_decode_str(rest).decode_utf8().ok()?.into_owned();
            rest.split("__;").next().map(|inner| inner.replacen(":/", "://", usize::from(!inner.contains("://"))))
        }
        _ => None,
    }?;
    inner.parse().ok()
}
