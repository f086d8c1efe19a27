//! One part of a text: an address, an ARN, a key's ID, an account, an identity pool, or something that doesn't belong here.

use daypass_core::names::{AccountId, Partition, Region, Target};
use daypass_core::recognised::Thing;
use percent_encoding::percent_decode_str;
use url::Url;

use super::address::Address;
use super::found::{Filled, Found};
use super::{aws, name, web};

/// What this part is, if it is anything.
pub(super) fn read(part: &str) -> Option<Found> {
    let lower = part.to_ascii_lowercase();
    if lower.starts_with("ldap://") || lower.starts_with("ldaps://") {
        return directory(part);
    }
    if lower.starts_with("https://") || lower.starts_with("http://") {
        return web::read(part.parse().ok()?);
    }
    if part.starts_with("arn:") {
        return Some(arn(part));
    }
    key(part)
        .or_else(|| aws::portal_by_id(&lower))
        .or_else(|| account(part))
        .or_else(|| pool(part))
        .or_else(|| email(part))
        .or_else(|| secret(part))
        .or_else(|| without_scheme(part))
}

/// `ldaps://ldap.example.com/ou=people,dc=example,dc=org` (RFC 4516): the path is where people are.
fn directory(part: &str) -> Option<Found> {
    let url: Url = part.parse().ok()?;
    let host = url.host_str().filter(|host| !host.is_empty())?;
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let bare = format!("{}://{host}{port}", url.scheme());
    let base = percent_decode_str(url.path().trim_start_matches('/')).decode_utf8().ok()?.into_owned();
    let mut filled = Filled::directory().with("url", bare).with("search_base", base);
    if url.scheme() == "ldap" {
        filled.set("start_tls", "true");
    }
    Some(Found::new(Thing::Directory, host).named(name::of_host(&url)).filling(filled))
}

/// The prefixes are in <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-prefixes>.
fn key(part: &str) -> Option<Found> {
    let is_id = (16..=32).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    match part.get(..4) {
        Some("AKIA") if is_id => {
            let filled = Filled::iam_user().with("access_key_id", part);
            Some(Found::new(Thing::AccessKey, part).by("AWS").filling(filled))
        }
        Some("ASIA") if is_id => Some(Found::new(Thing::TemporaryKey, part).by("AWS")),
        _ => None,
    }
}

fn arn(part: &str) -> Found {
    let fields: Vec<&str> = part.splitn(6, ':').collect();
    let [_, partition, service, _, account, resource] = fields.as_slice() else {
        return Found::new(Thing::Nothing, "");
    };
    let shown: String = part.chars().filter(|c| !c.is_control()).take(200).collect();
    let is_shown = shown == part && Partition::of_id(partition).is_some();
    if !is_shown {
        return Found::new(Thing::Nothing, "");
    }
    if let Some(host) = resource.strip_prefix("oidc-provider/").filter(|_| *service == "iam") {
        let issuer = format!("https://{host}").parse().ok().and_then(Address::of);
        if let Some(issuer) = issuer {
            let url = format!("https://{host}");
            return issuer.issuer(&url);
        }
    }
    if resource.starts_with("mfa/") && *service == "iam" {
        let name = resource.rsplit('/').next().and_then(name::tidy);
        let filled = Filled::iam_user().with("mfa_serial", part);
        return Found::new(Thing::MfaDevice, shown).by("AWS").named(name).filling(filled);
    }
    let is_role = part.parse::<Target>().is_ok() && resource.starts_with("role/") && account.len() == 12;
    Found::new(if is_role { Thing::Role } else { Thing::OtherArn }, shown).by("AWS")
}

/// Twelve digits, which the console shows in groups of four.
fn account(part: &str) -> Option<Found> {
    let is_grouped = part.len() == 14 && part.split('-').all(|group| group.len() == 4);
    let digits = if is_grouped { part.replace('-', "") } else { part.to_owned() };
    digits.parse::<AccountId>().ok().map(|account| Found::new(Thing::Account, account.as_str()).by("AWS"))
}

/// `REGION:UUID`.
fn pool(part: &str) -> Option<Found> {
    let (region, id) = part.split_once(':')?;
    let region: Region = region.parse().ok()?;
    let is_uuid = id.len() == 36
        && id.bytes().enumerate().all(|(i, b)| match i {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    let filled = Filled::cognito().with("pool_id", part).with("default_region", region.as_str());
    is_uuid.then(|| Found::new(Thing::IdentityPool, part).by("Amazon Cognito").filling(filled))
}

fn email(part: &str) -> Option<Found> {
    let (user, host) = part.split_once('@')?;
    let is_host = host.contains('.') && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    let is_user = !user.is_empty() && user.bytes().all(|b| b.is_ascii_graphic() && !b"@:/".contains(&b));
    (is_user && is_host).then(|| Found::new(Thing::EmailAddress, host))
}

/// A secret access key, a token or an assertion. Nothing of it is kept.
fn secret(part: &str) -> Option<Found> {
    let is_base64 = part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=-_.".contains(&b));
    let has = |test: fn(&u8) -> bool| part.bytes().any(|b| test(&b));
    let is_mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit);
    let is_key = part.len() == 40 && !part.contains('.');
    let is_token = part.starts_with("eyJ") && part.len() > 60 || part.len() > 200;
    (is_base64 && is_mixed && (is_key || is_token)).then(|| Found::new(Thing::Secret, ""))
}

/// `acme.awsapps.com/start`, as people type it.
fn without_scheme(part: &str) -> Option<Found> {
    let host = part.split(['/', '?', '#', ':']).next()?;
    let labels: Vec<&str> = host.split('.').collect();
    let is_host = labels.len() >= 2
        && labels.iter().all(|label| {
            !label.is_empty()
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
        })
        && labels.last().is_some_and(|top| top.len() >= 2 && top.bytes().all(|b| b.is_ascii_alphabetic()));
    if !is_host {
        return None;
    }
    web::read(format!("https://{part}").parse().ok()?)
}
