//! Identity providers that a company runs itself: the path says which product it is.

use daypass_core::recognised::Thing;
use url::Url;

use super::address::Address;
use super::found::{Filled, Found};

/// How AWS calls itself as a service provider.
const AWS: &str = "urn:amazon:webservices";

/// What an address with the path of a known product is.
pub(super) fn read(address: &Address) -> Option<Found> {
    adfs(address)
        .or_else(|| keycloak(address))
        .or_else(|| ping_federate(address))
        .or_else(|| simple_saml_php(address))
        .or_else(|| shibboleth(address))
        .or_else(|| saml(address))
}

/// `/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp=…` is the tile. Without the parameter it is a page with a list, so AWS is
/// named (<https://learn.microsoft.com/windows-server/identity/ad-fs/troubleshooting/ad-fs-tshoot-initiatedsignon>).
fn adfs(address: &Address) -> Option<Found> {
    if !address.begins(&["adfs"]) {
        return None;
    }
    let page = address.path.last().map(String::as_str).unwrap_or_default();
    let found = if page.contains("idpinitiatedsignon") {
        match address.query("loginToRp") {
            Some(_) => address.tile(Thing::AwsTile),
            None => tile_at(address, with_query(&address.up_to(usize::MAX), "loginToRp")),
        }
    } else if page == "ls" && address.is_under_way() {
        address.endpoint()
    } else if page == "ls" {
        let mut url = address.up_to(2);
        url.set_path(&format!("{}/IdpInitiatedSignOn.aspx", url.path().trim_end_matches('/')));
        tile_at(address, with_query(&url, "loginToRp"))
    } else {
        address.issuer(&format!("https://{}/adfs", address.shown()))
    };
    Some(found.by("AD FS"))
}

/// `/realms/R/protocol/saml/clients/NAME` is the tile; before version 17, `/auth` came first
/// (<https://www.keycloak.org/docs/latest/server_admin/#_client-saml-configuration>).
fn keycloak(address: &Address) -> Option<Found> {
    let at = address.path.iter().position(|part| part == "realms")?;
    let realm_at = at + 1;
    let realm = address.up_to(realm_at + 1);
    let name = address.path.get(realm_at)?.clone();
    if at > 2 {
        return None;
    }
    let rest: Vec<&str> = address.path.iter().skip(realm_at + 1).map(String::as_str).collect();
    let found = match rest.as_slice() {
        ["protocol", "saml", "clients", _, ..] => address.tile(Thing::AwsTile),
        ["protocol", "saml", ..] => address.endpoint_at(&format!("{realm}/protocol/saml")),
        _ => address.issuer(realm.as_str()),
    };
    let generic = matches!(name.as_str(), "master" | "main" | "default" | "company" | "employees");
    let company = address.name();
    let name = super::name::tidy(&name).filter(|_| !generic && company.is_none()).or(company);
    Some(found.by("Keycloak").named(name))
}

/// `/idp/startSSO.ping?PartnerSpId=…` is the tile, `/idp/SSO.saml2` takes requests.
fn ping_federate(address: &Address) -> Option<Found> {
    let page = address.path.last().map(String::as_str).unwrap_or_default();
    let found = match page {
        "startsso.ping" if address.query("PartnerSpId").is_some() => address.tile(Thing::AwsTile),
        "startsso.ping" => tile_at(address, with_query(&address.up_to(usize::MAX), "PartnerSpId")),
        "sso.saml2" => address.endpoint(),
        _ => return None,
    };
    Some(found.by("PingFederate"))
}

/// `/saml2/idp/SSOService.php?spentityid=…` is the tile, and without the parameter it takes requests. Version 2 has
/// `/module.php/saml/idp/singleSignOnService` (<https://simplesamlphp.org/docs/stable/simplesamlphp-idp-more.html>).
fn simple_saml_php(address: &Address) -> Option<Found> {
    let page = address.path.last().map(String::as_str).unwrap_or_default();
    if !matches!(page, "ssoservice.php" | "singlesignonservice" | "initsso.php") {
        return None;
    }
    let is_tile = address.query("spentityid").or_else(|| address.query("providerId")).is_some();
    let found = if is_tile { address.tile(Thing::AwsTile) } else { address.endpoint() };
    Some(found.by("SimpleSAMLphp"))
}

/// `/idp/profile/SAML2/Unsolicited/SSO?providerId=…` is the tile, `/idp/profile/SAML2/Redirect/SSO` takes requests
/// (<https://shibboleth.atlassian.net/wiki/spaces/IDP5/pages/3199511617/UnsolicitedSSOConfiguration>).
fn shibboleth(address: &Address) -> Option<Found> {
    let at = address.path.windows(2).position(|pair| pair[0] == "profile" && pair[1].starts_with("saml2"))?;
    let rest: Vec<&str> = address.path.iter().skip(at + 2).map(String::as_str).collect();
    let found = match rest.as_slice() {
        ["unsolicited", "sso"] if address.query("providerId").is_some() => address.tile(Thing::AwsTile),
        ["unsolicited", "sso"] => tile_at(address, with_query(&address.up_to(usize::MAX), "providerId")),
        ["post", ..] => {
            let mut found = address.endpoint();
            found.filled = found.filled.map(|filled| filled.with("binding", "post"));
            found
        }
        _ => address.endpoint(),
    };
    Some(found.by("Shibboleth"))
}

/// A path that speaks of SAML. Whether the page waits for a request can't be seen; one that was copied with a request
/// in it does.
fn saml(address: &Address) -> Option<Found> {
    let is_saml = |part: &String| {
        let begins =
            |word: &str| part == word || part.starts_with(&format!("{word}.")) || part.starts_with(&format!("{word}-"));
        ["saml", "saml2", "samlp", "samlsso", "saml20"].iter().any(|word| begins(word))
    };
    if address.is_under_way() {
        return Some(address.endpoint());
    }
    address.path.iter().any(is_saml).then(|| address.tile(Thing::AwsTile))
}

fn tile_at(address: &Address, url: Url) -> Found {
    let filled = Filled::saml().with("start_url", url.as_str());
    Found::new(Thing::AwsTile, address.shown()).named(address.name()).filling(filled)
}

/// With the parameter that says that AWS is meant.
fn with_query(url: &Url, parameter: &str) -> Url {
    let mut url = url.clone();
    url.set_query(Some(&format!("{parameter}={AWS}")));
    url
}
