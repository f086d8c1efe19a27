//! Any web address: of AWS, of a provider, of a product that a company runs, or of no known form.

use daypass_core::recognised::Thing;
use url::Url;

use super::address::Address;
use super::found::Found;
use super::question::Question;
use super::{aws, providers, saml_products};

/// What an address is.
pub(super) fn read(url: Url) -> Option<Found> {
    let address = Address::of(url)?;
    let known = aws::read(&address).or_else(|| providers::read(&address)).or_else(|| saml_products::read(&address));
    Some(known.unwrap_or_else(|| anything(&address)))
}

/// A page of no known form. If it opens the AWS console, the sign-in window takes it as it is.
fn anything(address: &Address) -> Found {
    let depth = address.path.len();
    let document = address.path.iter().position(|part| part == ".well-known");
    let mut issuers: Vec<Url> = Vec::new();
    for parts in [document.unwrap_or(depth), depth.saturating_sub(1), 0] {
        let issuer = address.up_to(parts.min(document.unwrap_or(depth)));
        if !issuers.contains(&issuer) {
            issuers.push(issuer);
        }
    }
    address.tile(Thing::WebPage).asking(Question::Anything(issuers, address.up_to(depth)))
}
