//! What a pasted text turned out to be, as the window, the command and `--json` see it: no secrets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::names::Region;

/// A text that a person pasted to add an identity, read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Recognised {
    /// What it is.
    pub thing: Thing,
    /// The product that it belongs to, by its own name, such as `Okta`.
    pub provider: Option<String>,
    /// Whose it is: a host, a portal's name, an ARN, an access key's ID. Empty if nothing was recognised.
    pub of: String,
    /// The identity that it is enough for, or nearly.
    pub identity: Option<ProposedIdentity>,
    /// Why the address couldn't be asked, if it was.
    pub unanswered: Option<String>,
    /// Whether asking the address would tell more.
    pub can_ask: bool,
}

/// An identity, as far as what was pasted tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ProposedIdentity {
    /// A name for it that is free.
    pub name: String,
    /// Its kind, as in `config.toml`.
    pub kind: String,
    /// Settings by their names in `config.toml`, as texts; `true` for a switch.
    pub filled: BTreeMap<String, String>,
    /// What the person still has to say, by the names of settings and secrets.
    pub asked: Vec<String>,
}

/// What a pasted text can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
#[ts(export, rename = "RecognisedThing")]
pub enum Thing {
    /// The start URL of an AWS access portal.
    AccessPortal,
    /// A company's own address that leads to its AWS access portal.
    CompanyPortal,
    /// The part that all portals have in common, without the directory.
    PortalWithoutDirectory,
    /// An identity provider's tile for IAM Identity Center, which leads to the access portal.
    PortalTile,
    /// An identity provider's tile for AWS accounts (SAML, begun at the provider).
    AwsTile,
    /// An identity provider's page with all tiles.
    HomePage,
    /// An identity provider's single sign-on address (SAML, begun by a request).
    SamlEndpoint,
    /// An OpenID Connect issuer.
    Issuer,
    /// A sign-in address for all organizations, which says nothing of the person's own.
    AnyTenant,
    /// A web page of no known form, perhaps one that leads to AWS.
    WebPage,
    /// An LDAP server.
    Directory,
    /// The ID of an IAM user's access key.
    AccessKey,
    /// The ID of a temporary access key.
    TemporaryKey,
    /// An IAM user's MFA device.
    MfaDevice,
    /// An identity pool of Cognito.
    IdentityPool,
    /// A page of the AWS console, or its sign-in page.
    AwsConsole,
    /// A role's ARN.
    Role,
    /// Another ARN.
    OtherArn,
    /// The 12 digits of an account.
    Account,
    /// A page of AWS's documentation or web site.
    AwsWebSite,
    /// A person's e-mail address.
    EmailAddress,
    /// A password, a token or a secret key. It is not repeated.
    Secret,
    /// Nothing that is known here.
    Nothing,
}

impl Recognised {
    /// Fills in a region for the profiles of the identity's roles, unless the text named one.
    pub fn suggest_region(&mut self, region: &Region) {
        // The region of an access portal is the better suggestion, once it is known.
        if let Some(identity) = self.identity.as_mut().filter(|identity| !identity.asked.contains(&"region".to_owned()))
        {
            identity.filled.entry("default_region".to_owned()).or_insert_with(|| region.to_string());
        }
    }
}

impl ProposedIdentity {
    /// Its settings as `config.toml` and the forms have them.
    #[must_use]
    pub fn settings(&self) -> serde_json::Value {
        let value = |text: &String| match text.as_str() {
            "true" => true.into(),
            _ => serde_json::Value::from(text.as_str()),
        };
        let filled = self.filled.iter().map(|(name, text)| (name.clone(), value(text)));
        let kind = ("kind".to_owned(), serde_json::Value::from(self.kind.as_str()));
        serde_json::Value::Object(std::iter::once(kind).chain(filled).collect())
    }
}
