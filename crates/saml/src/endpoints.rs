//! The addresses at which AWS accepts assertions (its assertion consumer services), in every partition.
//!
//! The broker uses [`is_sign_in`], the script in the sign-in window uses [`pattern`] and a browser gets [`wildcards`],
//! from one list. A form to any other address goes through. That includes `/platform/saml/acs/…`, where IAM Identity
//! Center accepts assertions that are meant for itself and useless for STS.
//!
//! Sources: <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html>
//! (`/saml`, `/saml/acs/IdP-ID`, `/static/saml`), <https://docs.aws.amazon.com/general/latest/gr/signin-service.html>
//! (regional hosts), and the endpoint rules of the SDKs' `signin` service for hosts of partitions that have no
//! public documentation.

use url::{Host, Url};

use daypass_core::names::{Partition, Region};

/// Hosts that `names` doesn't know: FIPS in GovCloud, and the isolated partitions.
const OTHER_HOSTS: [&str; 5] = [
    "signin-fips.amazonaws-us-gov.com",
    "signin.c2shome.ic.gov",
    "signin.sc2shome.sgov.gov",
    "signin.csphome.adc-e.uk",
    "signin.csphome.hci.ic.gov",
];

/// The address that nearly every identity provider uses for AWS.
const USUAL: &str = "https://signin.aws.amazon.com/saml";

/// Whether AWS accepts assertions at this address.
///
/// The address must be `https` on the default port, with exactly one of AWS's sign-in hosts (or a region in front of
/// it), and one of the paths. Looking like an AWS host isn't enough: `signin.aws.amazon.com.example.org` isn't AWS's.
#[must_use]
pub fn is_sign_in(url: &Url) -> bool {
    let Some(Host::Domain(host)) = url.host() else { return false };
    let is_plain =
        url.scheme() == "https" && url.port().is_none() && url.username().is_empty() && url.password().is_none();
    is_plain && is_sign_in_path(url.path()) && hosts().any(|base| is_host(host, base))
}

/// The same as [`is_sign_in`] as a regular expression (the part of the language that JavaScript and others share)
/// for a whole address as a browser writes it out: `new URL(form.action, location).href`.
#[must_use]
pub fn pattern() -> String {
    let hosts: Vec<String> = hosts().map(|host| host.replace('.', r"\.")).collect();
    format!(
        r"^https://([a-z]{{2,}}(-[a-z]+)+-[0-9]+\.)?({})/(saml/?|saml/acs/[A-Za-z0-9_-]+|static/saml)([?#].*)?$",
        hosts.join("|")
    )
}

/// Wildcards that cover every one of these addresses, as the DevTools protocol's `Fetch` domain reads them. They cover
/// a little more, because `*` stands for any characters, so what they find is asked of [`is_sign_in`] again.
#[must_use]
pub fn wildcards() -> Vec<String> {
    let paths = ["saml*", "static/saml*"];
    let of = |host: &str| paths.map(|path| [format!("https://{host}/{path}"), format!("https://*-*.{host}/{path}")]);
    hosts().flat_map(of).flatten().collect()
}

/// Where an assertion for a region is posted: the most common address without a region. `None` for partitions
/// whose sign-in host isn't public.
#[must_use]
pub fn of(region: Option<&Region>) -> Option<Url> {
    // The host without a region is us-east-1's own: "us-east-1.signin.aws.amazon.com" is not documented.
    let Some(region) = region.filter(|r| r.as_str() != "us-east-1") else { return Url::parse(USUAL).ok() };
    let host = Partition::of_region(region).signin_host()?;
    Url::parse(&format!("https://{region}.{host}/saml")).ok()
}

/// What AWS calls itself in a region's partition (`entityID` of `https://HOST/static/saml-metadata.xml`): the issuer of
/// a request.
#[must_use]
pub fn entity_id(region: Option<&Region>) -> &'static str {
    match region.map(|region| Partition::of_region(region).id()) {
        Some("aws-cn") => "urn:amazon:webservices:cn-north-1",
        Some("aws-us-gov") => "urn:amazon:webservices:govcloud",
        _ => "urn:amazon:webservices",
    }
}

fn hosts() -> impl Iterator<Item = &'static str> {
    Partition::all().filter_map(Partition::signin_host).chain(OTHER_HOSTS)
}

fn is_host(host: &str, base: &str) -> bool {
    match host.strip_suffix(base) {
        Some("") => true,
        Some(before) => before.strip_suffix('.').is_some_and(is_region_label),
        None => false,
    }
}

/// Words of letters, then a number: `eu-central-1`, `us-gov-west-1`. AWS adds regions, so this isn't a list.
fn is_region_label(label: &str) -> bool {
    let words: Vec<&str> = label.split('-').collect();
    let letters = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    match words.as_slice() {
        [first, middle @ .., number] => {
            first.len() >= 2
                && letters(first)
                && !middle.is_empty()
                && middle.iter().all(letters)
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
        }
        _ => false,
    }
}

fn is_sign_in_path(path: &str) -> bool {
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    matches!(path, "/saml" | "/saml/" | "/static/saml") || path.strip_prefix("/saml/acs/").is_some_and(is_id)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OURS: [&str; 18] = [
        "https://signin.aws.amazon.com/saml",
        "https://SIGNIN.aws.amazon.com:443/saml",
        "https://signin.aws.amazon.com/saml/",
        "https://signin.aws.amazon.com/saml?x=1#y",
        "https://signin.aws.amazon.com/static/saml",
        "https://signin.aws.amazon.com/saml/acs/SAMLSPD7MKWEXAMPLE",
        "https://eu-central-1.signin.aws.amazon.com/saml",
        "https://ap-southeast-5.signin.aws.amazon.com/saml/acs/SAMLSP1",
        "https://signin.amazonaws-us-gov.com/saml",
        "https://us-gov-east-1.signin.amazonaws-us-gov.com/saml",
        "https://signin-fips.amazonaws-us-gov.com/saml",
        "https://signin.amazonaws.cn/saml",
        "https://cn-northwest-1.signin.amazonaws.cn/saml",
        "https://signin.amazonaws-eusc.eu/saml",
        "https://eusc-de-east-1.signin.amazonaws-eusc.eu/saml",
        "https://us-iso-east-1.signin.c2shome.ic.gov/saml",
        "https://us-isob-east-1.signin.sc2shome.sgov.gov/saml",
        "https://eu-isoe-west-1.signin.csphome.adc-e.uk/saml",
    ];

    const OTHERS: [&str; 22] = [
        "http://signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.com:8443/saml",
        "https://signin.aws.amazon.com.example.org/saml",
        "https://signin.aws.amazon.com@example.org/saml",
        "https://example.org@signin.aws.amazon.com/saml",
        "https://example.org/https://signin.aws.amazon.com/saml",
        "https://xsignin.aws.amazon.com/saml",
        "https://signin-aws.amazon.com/saml",
        "https://signin.aws.amazon.com./saml",
        "https://evil.signin.aws.amazon.com/saml",
        "https://123456789012.signin.aws.amazon.com/saml",
        "https://a.eu-central-1.signin.aws.amazon.com/saml",
        "https://signin.aws.amazon.co/saml",
        "https://signin.aws.amazon.com/samlet",
        "https://signin.aws.amazon.com/SAML",
        "https://signin.aws.amazon.com/saml/acs/",
        "https://signin.aws.amazon.com/saml/acs/a/b",
        "https://signin.aws.amazon.com/",
        "https://signin.aws.amazon.com/oauth?x=/saml",
        "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/0e0e0e0e-1111",
        "https://signin.àws.amazon.com/saml",
        "https://192.0.2.1/saml",
    ];

    fn by_pattern(url: &Url) -> bool {
        regex_lite::Regex::new(&pattern()).unwrap().is_match(url.as_str())
    }

    #[test]
    fn every_partition_and_region_is_known_and_no_look_alike() {
        for text in OURS {
            assert!(is_sign_in(&Url::parse(text).unwrap()), "{text} wasn't known");
        }
        for text in OTHERS {
            assert!(!is_sign_in(&Url::parse(text).unwrap()), "{text} was taken for AWS");
        }
        assert!(!is_sign_in(&Url::parse("data:text/html,https://signin.aws.amazon.com/saml").unwrap()));
    }

    #[test]
    fn the_script_in_the_window_sees_the_same() {
        for text in OURS.iter().chain(&OTHERS) {
            let url = Url::parse(text).unwrap();
            assert_eq!(by_pattern(&url), is_sign_in(&url), "{text}");
        }
    }

    #[test]
    fn the_wildcards_cover_them_all() {
        let as_pattern = |wildcard: &String| {
            let escaped = wildcard.replace('.', r"\.").replace('*', ".*");
            regex_lite::Regex::new(&format!("^{escaped}$")).unwrap()
        };
        let patterns: Vec<_> = wildcards().iter().map(as_pattern).collect();
        let covered = |text: &str| {
            let url = Url::parse(text).unwrap();
            patterns.iter().any(|pattern| pattern.is_match(url.as_str().split('#').next().unwrap()))
        };
        for text in OURS {
            assert!(covered(text), "{text}");
        }
        assert!(!covered("https://signin.aws.amazon.com.example.org/saml"));
        assert!(!covered("https://signin.aws.amazon.com/console"));
    }

    #[test]
    fn addresses_that_we_make_are_addresses_that_we_know() {
        for (region, address) in [
            (None, "https://signin.aws.amazon.com/saml"),
            (Some("us-east-1"), "https://signin.aws.amazon.com/saml"),
            (Some("eu-west-1"), "https://eu-west-1.signin.aws.amazon.com/saml"),
            (Some("us-gov-east-1"), "https://us-gov-east-1.signin.amazonaws-us-gov.com/saml"),
            (Some("cn-north-1"), "https://cn-north-1.signin.amazonaws.cn/saml"),
        ] {
            let region: Option<Region> = region.map(|r| r.parse().unwrap());
            let url = of(region.as_ref()).unwrap();
            assert_eq!(url.as_str(), address);
            assert!(is_sign_in(&url));
        }
        assert_eq!(of(Some(&"us-iso-east-1".parse().unwrap())), None);
    }

    proptest! {
        #[test]
        fn list_and_pattern_agree_about_any_address(
            label in "([a-z0-9-]{0,12}\\.){0,2}",
            host in prop::sample::select(hosts().chain(["aws.amazon.com", "example.org"]).collect::<Vec<_>>()),
            path in "(saml|static/saml|saml/acs/)?[a-zA-Z0-9_/.%-]{0,6}(\\?.{0,5})?",
        ) {
            if let Ok(url) = Url::parse(&format!("https://{label}{host}/{path}")) {
                prop_assert_eq!(by_pattern(&url), is_sign_in(&url), "{}", url);
            }
        }
    }

    #[test]
    fn aws_has_another_name_in_each_partition() {
        for (region, name) in [
            (None, "urn:amazon:webservices"),
            (Some("eu-central-1"), "urn:amazon:webservices"),
            (Some("cn-northwest-1"), "urn:amazon:webservices:cn-north-1"),
            (Some("us-gov-east-1"), "urn:amazon:webservices:govcloud"),
        ] {
            let region: Option<Region> = region.map(|region| region.parse().unwrap());
            assert_eq!(entity_id(region.as_ref()), name);
        }
    }
}
