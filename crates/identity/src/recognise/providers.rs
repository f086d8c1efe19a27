//! Addresses of identity providers that are run as a service: the host says whose product it is.

use daypass_core::recognised::Thing;

use super::address::Address;
use super::found::Found;
use super::name::{of_subdomain, tidy};

/// What an address of a provider is. `None` for another host.
pub(super) fn read(address: &Address) -> Option<Found> {
    okta(address)
        .or_else(|| entra_apps(address))
        .or_else(|| entra_tenant(address))
        .or_else(|| google(address))
        .or_else(|| jumpcloud(address))
        .or_else(|| onelogin(address))
        .or_else(|| auth0(address))
        .or_else(|| ping_one(address))
        .or_else(|| duo(address))
}

/// The page with all tiles. The sign-in window catches what the tile for AWS sends from there, too.
fn home(address: &Address, provider: &'static str) -> Found {
    address.tile(Thing::HomePage).by(provider)
}

/// - `/home/amazon_aws/0oa…/272`, the app embed link; `/app/amazon_aws/exk…/sso/saml`, its single sign-on URL
/// - `/oauth2/default`, an authorization server
///
/// (<https://developer.okta.com/docs/concepts/auth-servers/>)
fn okta(address: &Address) -> Option<Found> {
    const OKTA: [&str; 5] = ["okta.com", "oktapreview.com", "okta-emea.com", "okta-gov.com", "okta.mil"];
    if !address.is_below(&OKTA) || address.host.starts_with("www.") || OKTA.contains(&address.host.as_str()) {
        return None;
    }
    let name = of_subdomain(&address.host);
    let parts: Vec<&str> = address.path.iter().map(String::as_str).collect();
    let found = match parts.as_slice() {
        ["home" | "app", "amazon_aws_sso", ..] => Found::new(Thing::PortalTile, address.shown()),
        ["home" | "app", _, _, ..] if parts.last() != Some(&"metadata") => address.tile(Thing::AwsTile),
        ["oauth2", server, ..] if !matches!(*server, "v1") => address.issuer(&bare(address, 2)),
        ["oauth2", ..] | [".well-known", ..] => address.issuer(&bare(address, 0)),
        _ => address.tile(Thing::HomePage),
    };
    Some(found.by("Okta").named(name))
}

/// Tiles of My Apps, by the app's own address or by a launcher's
/// (<https://learn.microsoft.com/entra/identity/enterprise-apps/end-user-experiences>).
fn entra_apps(address: &Address) -> Option<Found> {
    const ENTRA: &str = "Microsoft Entra ID";
    const HOMES: [&str; 4] =
        ["myapps.microsoft.com", "myapplications.microsoft.com", "www.office.com", "myapps.microsoft.us"];
    const LAUNCHERS: [&str; 3] =
        ["launcher.myapps.microsoft.com", "launcher.myapps.microsoft.us", "account.activedirectory.windowsazure.com"];
    let is_tile = address.begins(&["signin"])
        || address.begins(&["api", "signin"])
        || address.begins(&["applications", "signin"])
        || address.begins(&["applications", "redirecttoapplication.aspx"]);
    if is_tile && address.is_below(&[HOMES.as_slice(), LAUNCHERS.as_slice()].concat()) {
        return Some(address.tile(Thing::AwsTile).by(ENTRA).named(None));
    }
    address.is_below(&HOMES).then(|| home(address, ENTRA).named(None))
}

/// `https://login.microsoftonline.com/TENANT/…`. A tenant is a GUID or a domain. Only its discovery document has the
/// issuer's spelling, which ends in the GUID
/// (<https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>).
fn entra_tenant(address: &Address) -> Option<Found> {
    const LOGINS: [&str; 4] = [
        "login.microsoftonline.com",
        "login.microsoftonline.us",
        "login.partner.microsoftonline.cn",
        "login.windows.net",
    ];
    let is_sts = address.host == "sts.windows.net";
    if !is_sts && !LOGINS.contains(&address.host.as_str()) {
        return None;
    }
    let found = match address.path.split_first() {
        Some((tenant, _)) if matches!(tenant.as_str(), "common" | "organizations" | "consumers") => {
            Found::new(Thing::AnyTenant, address.shown())
        }
        Some((_, rest)) if rest.first().is_some_and(|part| part == "saml2") => address.endpoint(),
        Some((tenant, rest)) => {
            // Version 1 of the endpoints has issuers at sts.windows.net.
            let is_first = is_sts
                || rest.first().is_some_and(|part| part == ".well-known" || part == "oauth2")
                    && !rest.iter().any(|part| part == "v2.0");
            let issuer = if is_sts {
                format!("https://sts.windows.net/{tenant}/")
            } else if is_first {
                bare(address, 1)
            } else {
                format!("https://{}/{tenant}/v2.0", address.host)
            };
            let name =
                tenant.strip_suffix(".onmicrosoft.com").or_else(|| tenant.split_once('.').map(|(first, _)| first));
            address.issuer(&issuer).named(name.and_then(tidy))
        }
        None => Found::new(Thing::AnyTenant, address.shown()),
    };
    let name = found.name.clone().filter(|name| !name.contains("microsoft"));
    Some(found.by("Microsoft Entra ID").named(name))
}

/// `/o/saml2/initsso?idpid=…&spid=…` is the tile, `/o/saml2/idp?idpid=…` the single sign-on URL
/// (<https://support.google.com/a/answer/6194963>).
fn google(address: &Address) -> Option<Found> {
    const GOOGLE: &str = "Google Workspace";
    if address.is_below(&["workspace.google.com", "myapplications.google.com", "myapps.google.com"]) {
        return Some(home(address, GOOGLE).named(None));
    }
    if address.host != "accounts.google.com" {
        return None;
    }
    let is_saml = address.path.iter().any(|part| part == "saml2");
    let found = match address.path.last().map(String::as_str) {
        Some("initsso") => address.tile(Thing::AwsTile),
        Some("idp") if is_saml => match address.query("idpid") {
            Some(id) if id.bytes().all(|b| b.is_ascii_alphanumeric()) => {
                address.endpoint_at(&format!("https://accounts.google.com/o/saml2/idp?idpid={id}"))
            }
            _ => address.endpoint(),
        },
        _ => address.issuer("https://accounts.google.com"),
    };
    Some(found.by(GOOGLE).named(None))
}

/// `https://sso.jumpcloud.com/saml2/…` (<https://jumpcloud.com/support/sso-with-aws-iam>).
fn jumpcloud(address: &Address) -> Option<Found> {
    const JUMPCLOUD: &str = "JumpCloud";
    if !address.is_below(&["jumpcloud.com"]) {
        return None;
    }
    let found = match address.host.as_str() {
        "oauth.id.jumpcloud.com" => address.issuer("https://oauth.id.jumpcloud.com/"),
        _ if address.begins(&["saml2"]) => address.tile(Thing::AwsTile),
        _ => home(address, JUMPCLOUD),
    };
    Some(found.by(JUMPCLOUD).named(None))
}

/// `/launch/ID` and `/trust/saml2/launch/ID` are tiles, `/trust/saml2/http-post/sso/ID` takes requests
/// (<https://developers.onelogin.com/openid-connect/api/provider-config>).
fn onelogin(address: &Address) -> Option<Found> {
    if !address.is_below(&["onelogin.com"]) || matches!(address.host.as_str(), "onelogin.com" | "www.onelogin.com") {
        return None;
    }
    let parts: Vec<&str> = address.path.iter().map(String::as_str).collect();
    let found = match parts.as_slice() {
        ["launch", _, ..] | ["trust", "saml2", "launch", ..] | ["client", "apps", "select", ..] => {
            address.tile(Thing::AwsTile)
        }
        ["trust", "saml2", ..] => address.endpoint(),
        ["oidc", version, ..] => address.issuer(&format!("https://{}/oidc/{version}", address.host)),
        _ => address.tile(Thing::HomePage),
    };
    Some(found.by("OneLogin").named(of_subdomain(&address.host)))
}

/// `/samlp/CLIENT` begins a sign-in by itself. The issuer ends in a slash
/// (<https://auth0.com/docs/get-started/applications/configure-applications-with-oidc-discovery>).
fn auth0(address: &Address) -> Option<Found> {
    if !address.is_below(&["auth0.com"]) || matches!(address.host.as_str(), "auth0.com" | "www.auth0.com") {
        return None;
    }
    let found = match address.path.first().map(String::as_str) {
        Some("samlp") => address.tile(Thing::AwsTile),
        _ => address.issuer(&format!("https://{}/", address.host)),
    };
    Some(found.by("Auth0").named(of_subdomain(&address.host)))
}

/// - `https://auth.pingone.eu/ENVIRONMENT/as`, the issuer; `…/saml20/idp/startsso?spEntityId=…`, the tile
/// - `https://sso.connect.pingidentity.com/sso/sp/initsso?saasid=…`, the tile of PingOne for Enterprise
fn ping_one(address: &Address) -> Option<Found> {
    const PING: &str = "PingOne";
    const DOMAINS: [&str; 7] = [
        "pingone.com",
        "pingone.eu",
        "pingone.ca",
        "pingone.asia",
        "pingone.com.au",
        "pingone.sg",
        "connect.pingidentity.com",
    ];
    if !address.is_below(&DOMAINS) {
        return None;
    }
    let has = |part: &str| address.path.iter().any(|one| one == part);
    let found = if has("startsso") || has("initsso") || has("initiatesso") {
        address.tile(Thing::AwsTile)
    } else if has("saml20") {
        address.endpoint()
    } else if address.path.get(1).is_some_and(|part| part == "as") {
        address.issuer(&bare(address, 2))
    } else {
        home(address, PING)
    };
    Some(found.by(PING).named(None))
}

/// `https://sso-….sso.duosecurity.com/saml2/sp/ID/sso`, and launcher links.
fn duo(address: &Address) -> Option<Found> {
    if !address.is_below(&["duosecurity.com"]) {
        return None;
    }
    let is_saml = address.begins(&["saml2"]);
    let found = match is_saml {
        true => address.tile(Thing::AwsTile),
        false if address.begins(&["oidc"]) => address.issuer(&bare(address, 2)),
        false => home(address, "Duo"),
    };
    Some(found.by("Duo").named(None))
}

/// The address up to so many parts of its path, without a slash at the end.
fn bare(address: &Address, parts: usize) -> String {
    address.up_to(parts).as_str().trim_end_matches('/').to_owned()
}
