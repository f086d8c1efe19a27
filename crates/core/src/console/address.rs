//! Addresses of the console, and paths after its host.

use url::{Host, Url};

use super::place::Place;
use crate::names::{AccountId, Partition, Region};

/// Hosts of single services beside the console's own, in partition `aws`.
const SERVICE_HOSTS: [&str; 6] = [
    "health.aws.amazon.com",
    "phd.aws.amazon.com",
    "quicksight.aws.amazon.com",
    "resource-explorer.console.aws.amazon.com",
    "s3.console.aws.amazon.com",
    "support.console.aws.amazon.com",
];

pub(super) fn of_path(text: &str) -> Result<Place, &'static str> {
    // With any host: what counts is that the path stays one.
    let url = Url::parse("https://console.aws.amazon.com").and_then(|base| base.join(text));
    let url = url.map_err(|_| "it can't be read")?;
    if url.host_str() != Some("console.aws.amazon.com") || !is_plain(url.path()) {
        return Err("a path begins with one slash and a name");
    }
    let region = region_in_query(&url);
    let gets_region = region.is_none();
    Ok(Place { partition: None, account: None, region, is_own: true, host: None, page: after_host(&url), gets_region })
}

pub(super) fn of_address(text: &str) -> Result<Place, &'static str> {
    let url = Url::parse(text).map_err(|_| "paste an address that begins with https://, a path or an ARN")?;
    if url.scheme() != "https" {
        return Err("its address doesn't begin with https://");
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains("//@") {
        return Err("its address has a user name in it");
    }
    if url.port().is_some() {
        return Err("its address has a port in it");
    }
    if !is_plain(url.path()) {
        return Err("its path begins with two slashes");
    }
    let Some(Host::Domain(host)) = url.host() else { return Err("its host isn't a console's") };
    let Known { partition, account, region, host } = known(host).ok_or("its host isn't a console's")?;
    let in_query = region_in_query(&url);
    if in_query.as_ref().is_some_and(|region| Partition::of_region(region) != partition) {
        return Err("its region is in another partition than its host");
    }
    Ok(Place {
        partition: Some(partition),
        account,
        region: region.or(in_query),
        is_own: true,
        host,
        page: after_host(&url),
        gets_region: false,
    })
}

/// Whether nothing makes a host of the path's beginning.
fn is_plain(path: &str) -> bool {
    let start = path.get(1..).unwrap_or_default().to_ascii_lowercase();
    !["/", "%2f", "%5c"].iter().any(|slash| start.starts_with(slash))
}

struct Known {
    partition: Partition,
    account: Option<AccountId>,
    region: Option<Region>,
    host: Option<&'static str>,
}

/// What a host of the console says: `HOST`, `REGION.HOST`, or `ACCOUNT-XXXXXXXX.REGION.HOST` with multi-session support
/// (<https://docs.aws.amazon.com/awsconsolehelpdocs/latest/gsg/multisession.html>).
fn known(host: &str) -> Option<Known> {
    if let Some(of_service) = SERVICE_HOSTS.iter().find(|known| **known == host) {
        let partition = Partition::standard();
        return Some(Known { partition, account: None, region: None, host: Some(of_service) });
    }
    let (partition, before) =
        Partition::all().find_map(|partition| Some((partition, host.strip_suffix(partition.console_host()?)?)))?;
    if before.is_empty() {
        return Some(Known { partition, account: None, region: None, host: None });
    }
    let before = before.strip_suffix('.')?;
    let (session, region) = match before.split_once('.') {
        Some((session, region)) => (Some(session), region),
        None => (None, before),
    };
    let region: Region = region.parse().ok().filter(|_| is_like_a_region(region))?;
    if Partition::of_region(&region) != partition {
        return None;
    }
    let account = match session {
        None => None,
        Some(session) => {
            let (account, id) = session.split_once('-')?;
            let is_id = id.len() == 8 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
            Some(account.parse().ok().filter(|_| is_id)?)
        }
    };
    Some(Known { partition, account, region: Some(region), host: None })
}

/// `eu-west-1`, `us-gov-west-1`: letters, words and a number. Other hosts below the console's belong to services.
fn is_like_a_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [first, words @ .., number] = &parts[..] else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    (2..=4).contains(&first.len())
        && is_word(first)
        && !words.is_empty()
        && words.iter().all(is_word)
        && number.len() <= 2
        && number.bytes().all(|b| b.is_ascii_digit())
}

fn region_in_query(url: &Url) -> Option<Region> {
    url.query_pairs().find(|(name, _)| name == "region").and_then(|(_, value)| value.parse().ok())
}

fn after_host(url: &Url) -> String {
    url[url::Position::BeforePath..].to_owned()
}
