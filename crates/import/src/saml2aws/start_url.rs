//! The address where each of saml2aws's providers starts a sign-in to AWS.

use crate::ini::Section;

/// The name that AWS has at an identity provider, unless the settings say another.
const USUAL_URN: &str = "urn:amazon:webservices";

/// Why a provider doesn't have an address.
pub(super) struct NoStart {
    /// As a sentence without its full stop.
    pub(super) why: String,
    /// What to do instead.
    pub(super) advice: Option<&'static str>,
}

/// Where a browser signs in to AWS, with the settings of a section.
pub(super) fn start_url(section: &Section) -> Result<String, NoStart> {
    let provider = section.get("provider").unwrap_or_default();
    let url = section.get("url").map(|url| url.trim_end_matches('/')).ok_or_else(|| no("it doesn't have a url"))?;
    let whole = section.get("url").unwrap_or(url);
    let urn = section.get("aws_urn").unwrap_or(USUAL_URN);
    let id = |key: &str| section.get(key).ok_or_else(|| no(&format!("it doesn't have {key}")));
    let start = match provider.to_ascii_lowercase().as_str() {
        // What is typed into a browser is in the settings.
        "browser" | "keycloak" | "okta" | "googleapps" | "jumpcloud" | "pingone" | "auth0" | "authentik" => {
            whole.to_owned()
        }
        "azuread" => {
            let id = id("app_id")?;
            format!("{url}/applications/redirecttofederatedapplication.aspx?Operation=LinkedSignIn&applicationId={id}")
        }
        "adfs" | "adfs2" => format!("{url}/adfs/ls/IdpInitiatedSignOn.aspx?loginToRp={urn}"),
        "ping" | "pingntlm" => format!("{url}/idp/startSSO.ping?PartnerSpId={urn}"),
        "shibboleth" => format!("{url}/idp/profile/SAML2/Unsolicited/SSO?providerId={urn}"),
        "f5apm" => format!("{url}/saml/idp/res?id={}", id("resource_id")?),
        "onelogin" => {
            let (tenant, id) = (id("subdomain")?, id("app_id")?);
            if tenant.contains('.') {
                return Err(with("its subdomain is OneLogin's API, not your company's page", LINK));
            }
            format!("https://{tenant}.onelogin.com/start/{id}")
        }
        "akamai" => {
            return Err(with("Akamai's portal opens AWS by a script, and its address isn't in the settings", LINK));
        }
        "netiq" => return Err(with("the address is built into saml2aws, for one company", LINK)),
        "shibbolethecp" => return Err(with("ECP signs in without a browser, and Daypass signs in with one", LINK)),
        "shell" => return Err(no("it runs a command of yours for each assertion")),
        _ => return Err(with(&format!("Daypass doesn't know the provider {provider:?}"), LINK)),
    };
    if start.starts_with("https://") || start.starts_with("http://") {
        Ok(start)
    } else {
        Err(no(&format!("its url {whole:?} isn't a web address")))
    }
}

/// What every provider has for people.
const LINK: &str =
    "copy the address behind the AWS tile of your portal: daypass identity add saml NAME --start-url ADDRESS";

fn no(why: &str) -> NoStart {
    NoStart { why: why.to_owned(), advice: None }
}

fn with(why: &str, advice: &'static str) -> NoStart {
    NoStart { why: why.to_owned(), advice: Some(advice) }
}
