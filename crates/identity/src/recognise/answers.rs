//! Reads an address's response. Hostile input: pages and documents from any server.

use daypass_core::names::Region;
use daypass_core::recognised::Thing;
use serde::Deserialize;
use url::Url;

use super::aws::fill_region;
use super::found::Filled;
use super::question::Question;
use super::reading::Reading;
use crate::identity_center::StartUrl;

/// The part of a discovery document that says whose it is (OpenID Connect Discovery 1.0, section 3).
#[derive(Debug, Clone, Deserialize)]
pub struct Issuer {
    issuer: String,
    authorization_endpoint: Url,
}

impl Issuer {
    /// Reads a discovery document that was found below `asked`. `None` for anything else, and for another issuer's: a
    /// server must not send people to another one.
    #[must_use]
    pub fn read(asked: &Url, document: &[u8]) -> Option<Self> {
        let found: Self = serde_json::from_slice(document).ok()?;
        let issuer: Url = found.issuer.parse().ok()?;
        let is_web = |url: &Url| matches!(url.scheme(), "https" | "http") && url.scheme() == asked.scheme();
        let is_it = issuer.as_str().trim_end_matches('/') == asked.as_str().trim_end_matches('/');
        // A tenant can be asked for by its domain, and is called by its ID.
        let is_microsoft = asked.host_str() == Some("login.microsoftonline.com");
        let is_tenant =
            issuer.origin() == asked.origin() || is_microsoft && issuer.host_str() == Some("sts.windows.net");
        let is_plain = !found.issuer.chars().any(|c| c.is_control() || c.is_whitespace() || "{}".contains(c));
        (is_plain && is_web(&issuer) && is_web(&found.authorization_endpoint) && (is_it || is_tenant)).then_some(found)
    }
}

impl Reading {
    /// An issuer's discovery document exists.
    pub fn learn_issuer(&mut self, issuer: &Issuer) {
        let found = &mut self.found;
        let mut filled = Filled::oidc().with("issuer", issuer.issuer.as_str());
        // What the text said beside the address stays.
        if let Some(before) = &found.filled {
            for name in ["client_id", "default_region"] {
                before.settings.get(name).into_iter().for_each(|value| filled.set(name, value.as_str()));
            }
        }
        found.thing = Thing::Issuer;
        found.filled = Some(filled);
        found.question = None;
    }

    /// The page of an access portal, or of an address that may be a company's own for it: where it leads, and its text.
    /// Returns whether it says where the portal is.
    pub fn learn_page(&mut self, asked: &Url, location: Option<&str>, page: &str) -> bool {
        let led = location.and_then(|to| asked.join(to).ok());
        let portal = led.and_then(|to| StartUrl::parse(to.as_str(), &Region::example()).ok());
        let portal = portal.filter(|portal| !portal.may_lead_elsewhere());
        let region = portal.as_ref().and_then(StartUrl::region).or_else(|| region_in(page));
        let is_own = portal.is_some() && self.found.thing == Thing::WebPage;
        // AWS's own portals are known by their hosts, so a page says that it is one only on this machine.
        let is_local = daypass_http::is_loopback(asked) && region.is_some();
        if is_own || is_local && self.found.thing == Thing::WebPage {
            let start_url = asked.as_str().trim_end_matches('/');
            self.found.thing = if is_own { Thing::CompanyPortal } else { Thing::AccessPortal };
            self.found.filled = Some(Filled::identity_center().with("start_url", start_url));
            self.found.question = portal.filter(|_| region.is_none()).and_then(|portal| {
                let url = portal.as_str().parse().ok()?;
                Some(Question::PortalPage(url))
            });
        }
        if let (Some(region), Some(filled)) = (&region, &mut self.found.filled)
            && filled.kind == "identity-center"
        {
            fill_region(filled, region);
            self.found.question = None;
        }
        region.is_some()
    }

    /// No answer came, for this reason.
    pub fn learn_failure(&mut self, why: &str) {
        self.found.unanswered = daypass_core::text::said(why);
    }

    /// The address answered, and said nothing that helps.
    pub fn end_question(&mut self) {
        self.found.question = None;
    }
}

/// The region in `<meta name="region" content="eu-central-1"/>`, which the access portal's page has
/// (<https://github.com/fwdcloudsec/granted/pull/413>).
fn region_in(page: &str) -> Option<Region> {
    page.split("<meta").skip(1).take(200).find_map(|rest| {
        let tag = rest.split('>').next()?;
        let value = |name: &str| {
            let at = tag.find(&format!("{name}="))? + name.len() + 1;
            let quote = tag.get(at..)?.chars().next().filter(|c| "\"'".contains(*c))?;
            tag.get(at + 1..)?.split(quote).next()
        };
        (value("name")? == "region").then(|| value("content")?.parse().ok()).flatten()
    })
}
