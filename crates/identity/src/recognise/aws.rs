//! Addresses of AWS: access portals, the console and its sign-in, user pools of Cognito, and pages that lead nowhere.

use daypass_core::names::{AccountId, Partition, Region};
use daypass_core::recognised::Thing;

use super::address::Address;
use super::found::{Filled, Found};
use super::name::tidy;
use super::question::Question;
use crate::identity_center::{StartUrl, is_directory};

/// Products that have addresses below `awsapps.com` too.
const NO_PORTALS: [&str; 5] = ["mail", "workmail", "workdocs", "workspaces", "connect"];

/// Domains that are all AWS's own.
const AWS: [&str; 6] =
    ["aws.amazon.com", "amazonaws.com", "amazonaws.cn", "amazonaws-us-gov.com", "amazonaws.eu", "aws.dev"];

/// What an address of AWS is. `None` for another's.
pub(super) fn read(address: &Address) -> Option<Found> {
    portal(address)
        .or_else(|| sign_in_of_portal(address))
        .or_else(|| console(address))
        .or_else(|| user_pool(address))
        .or_else(|| address.is_below(&AWS).then(|| Found::new(Thing::AwsWebSite, address.shown()).by("AWS")))
}

/// A portal by the ID in its address, alone: `d-1234567890` or `ssoins-1234567890abcdef`.
pub(super) fn portal_by_id(text: &str) -> Option<Found> {
    let is_instance =
        text.strip_prefix("ssoins-").is_some_and(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()));
    if is_instance {
        return of_start_url(&format!("https://identitycenter.amazonaws.com/{text}"), None);
    }
    is_directory(text).then(|| of_start_url(text, None)).flatten()
}

/// The portal at a start URL in any of its forms.
pub(super) fn of_start_url(text: &str, region: Option<&Region>) -> Option<Found> {
    let example = Region::example();
    let start_url = StartUrl::parse(text, region.unwrap_or(&example)).ok().filter(|url| !url.may_lead_elsewhere())?;
    let known = region.cloned().or_else(|| start_url.region());
    let mut filled = Filled::identity_center().with("start_url", start_url.as_str());
    let name = start_url.name();
    let is_id = is_directory(name) || name.starts_with("ssoins-");
    let mut found = Found::new(Thing::AccessPortal, name).by("AWS").named(tidy(name).filter(|_| !is_id));
    match known {
        Some(region) => fill_region(&mut filled, &region),
        None => found = found.asking(Question::PortalPage(start_url.as_str().parse().ok()?)),
    }
    Some(found.filling(filled))
}

/// The portal's region, which is where its roles most likely work as well.
pub(super) fn fill_region(filled: &mut Filled, region: &Region) {
    filled.set("region", region.as_str());
    filled.settings.entry("default_region".to_owned()).or_insert_with(|| region.to_string());
}

fn portal(address: &Address) -> Option<Found> {
    if NO_PORTALS.iter().any(|product| address.begins(&[*product])) && address.is_below(&["awsapps.com"]) {
        return Some(Found::new(Thing::AwsWebSite, address.shown()).by("AWS"));
    }
    let is_shared = address.is_below(&["awsapps.com", "awsapps.cn"]) && address.host.starts_with("start.");
    let is_nobodys = matches!(address.host.as_str(), "awsapps.com" | "www.awsapps.com");
    if is_nobodys || is_shared && !address.begins(&["directory"]) {
        return Some(Found::new(Thing::PortalWithoutDirectory, address.shown()).by("AWS"));
    }
    of_start_url(address.url.as_str(), None)
}

/// `https://eu-west-1.signin.aws/platform/d-1234567890/login`, where the portal sends people who aren't signed in.
fn sign_in_of_portal(address: &Address) -> Option<Found> {
    let region = address.host.strip_suffix(".signin.aws")?;
    let region: Region = region.parse().ok()?;
    match address.path.iter().find(|part| is_directory(part)) {
        Some(id) => of_start_url(id, Some(&region)),
        None => Some(Found::new(Thing::PortalWithoutDirectory, address.shown()).by("AWS")),
    }
}

fn console(address: &Address) -> Option<Found> {
    let is_below = |host: Option<&str>| host.is_some_and(|host| address.is_below(&[host]));
    let partition = Partition::all().find(|one| is_below(one.signin_host()) || is_below(one.console_host()))?;
    if address.path.last().is_some_and(|page| page == "switchrole")
        && let (Some(account), Some(role)) = (address.query("account"), address.query("roleName"))
        && account.parse::<AccountId>().is_ok()
        && role.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&b))
    {
        let arn = format!("arn:{}:iam::{account}:role/{role}", partition.id());
        return Some(Found::new(Thing::Role, arn).by("AWS"));
    }
    let in_host = address.host.split('.').next().and_then(|label| label.parse::<Region>().ok());
    let region = address.query("region").and_then(|text| text.parse().ok()).or(in_host);
    let region: Region = region.unwrap_or_else(|| partition.default_region());
    let filled = Filled::console().with("region", region.as_str()).with("default_region", region.as_str());
    // `https://ALIAS.signin.aws.amazon.com/console`
    let alias = address.host.split_once(".signin.").and_then(|(alias, _)| tidy(alias));
    let alias = alias.filter(|alias| alias.parse::<Region>().is_err());
    Some(Found::new(Thing::AwsConsole, address.shown()).by("AWS").named(alias).filling(filled))
}

/// <https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html>
fn user_pool(address: &Address) -> Option<Found> {
    let rest = address.host.strip_prefix("cognito-idp.")?;
    let region: Region = rest.split('.').next()?.parse().ok()?;
    if address.path.is_empty() {
        return None;
    }
    let mut found = address.issuer(address.up_to(1).as_str()).by("Amazon Cognito");
    if let Some(filled) = &mut found.filled {
        filled.set("default_region", region.as_str());
    }
    Some(found.named(None))
}
