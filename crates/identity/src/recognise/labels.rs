//! What a text says besides the address: a client's ID, a region, an MFA device.

use daypass_core::names::Region;
use daypass_core::recognised::Thing;

use super::aws::fill_region;
use super::found::Found;

/// Fills in what the text says in so many words.
pub(super) fn complete(found: &mut Found, text: &str) {
    let thing = found.thing;
    let Some(filled) = &mut found.filled else { return };
    match thing {
        Thing::Issuer | Thing::WebPage => {
            let labels = ["client id", "client_id", "client-id", "clientid", "application (client) id"];
            let client = labelled(text, &labels, |word| is_client_id(word).then(|| word.to_owned()));
            if let Some(client) = client {
                filled.set("client_id", client);
            }
        }
        Thing::AccessPortal if !filled.settings.contains_key("region") => {
            let labels = ["sso region", "sso_region", "aws region", "region"];
            let region = labelled(text, &labels, |word| word.to_ascii_lowercase().parse::<Region>().ok());
            if let Some(region) = region {
                fill_region(filled, &region);
                found.question = None;
            }
        }
        Thing::AccessKey => {
            let device = text.split_whitespace().find(|word| word.starts_with("arn:") && word.contains(":mfa/"));
            if let Some(device) = device.filter(|arn| arn.len() < 200) {
                filled.set("mfa_serial", device);
            }
        }
        _ => {}
    }
}

/// The first word behind one of these labels that can be used, such as `Client ID: 0oa…`.
fn labelled<T>(text: &str, labels: &[&str], usable: impl Fn(&str) -> Option<T>) -> Option<T> {
    let text = without_addresses(text);
    let lower = text.to_ascii_lowercase();
    labels.iter().find_map(|label| {
        lower.match_indices(label).find_map(|(at, _)| {
            let rest = text.get(at + label.len()..)?;
            let value = rest.trim_start_matches([' ', '\t', '*', '"', '`']);
            let value = value.strip_prefix([':', '=']).or_else(|| value.strip_prefix("is "))?;
            let value = value.trim_start_matches([' ', '\t', '\r', '\n', '*', '"', '`', '\'']);
            let word = value.split(|c: char| c.is_whitespace() || "\"'`<>,;*".contains(c)).next()?;
            usable(word.trim_end_matches(['.', ')']))
        })
    })
}

/// The parameters of an address belong to the page that it was copied from.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("://");
    let mut rest = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(part.len());
        rest.push(' ');
        rest.push_str(&part[end..]);
    }
    rest
}

fn is_client_id(text: &str) -> bool {
    let is_id = |b: u8| b.is_ascii_alphanumeric() || b"-_.~:/@".contains(&b);
    (2..=200).contains(&text.len()) && text.bytes().all(is_id)
}
