//! What a pasted text is, in the terminal's words. The window's are in `ui/src/words/first.ts`.

use daypass_core::names::IdentityName;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};
use daypass_core::recognised::{ProposedIdentity, Recognised, Thing};

/// What it is, as a sentence.
pub(super) fn in_words(found: &Recognised) -> String {
    let Recognised { of, provider, .. } = found;
    let by = provider.as_deref().unwrap_or(of);
    let setting = |name: &str| found.identity.as_ref().and_then(|identity| identity.filled.get(name));
    match found.thing {
        Thing::AccessPortal => match setting("region") {
            Some(region) => format!("This is the AWS access portal of {of}, in {region}"),
            None => format!("This is the AWS access portal of {of}"),
        },
        Thing::CompanyPortal => format!("{of} leads to your AWS access portal"),
        Thing::PortalWithoutDirectory => format!("{of} is the same AWS access portal address for every company"),
        Thing::PortalTile => format!("This is {by}'s tile for the AWS access portal"),
        Thing::AwsTile => format!("This is {by}'s page for AWS (SAML)"),
        Thing::HomePage => format!("This is {by}'s page with all your apps. Choose the tile for AWS there (SAML)"),
        Thing::SamlEndpoint => format!("This is {by}'s SAML sign-in"),
        Thing::Issuer => format!("This is an OpenID Connect issuer ({by})"),
        Thing::AnyTenant => format!("This is {by}'s sign-in, which is the same for every company"),
        Thing::WebPage => {
            format!("Daypass doesn't recognise {of}, so it assumes that the page opens the AWS console (SAML)")
        }
        Thing::Directory => format!("This is a directory at {of} (LDAP)"),
        Thing::AccessKey => format!("{of} is an IAM user's access key"),
        Thing::TemporaryKey => format!("{of} is a temporary access key"),
        Thing::MfaDevice => format!("{of} is an IAM user's MFA device"),
        Thing::IdentityPool => format!("{of} is a Cognito identity pool"),
        Thing::AwsConsole => format!("{of} is the AWS console"),
        Thing::Role => format!("{of} is a role"),
        Thing::OtherArn => format!("{of} is an ARN"),
        Thing::Account => format!("{of} is an AWS account"),
        Thing::AwsWebSite => format!("{of} is an AWS web site"),
        Thing::EmailAddress => format!("this is an email address at {of}"),
        Thing::Secret => "this looks like a secret".to_owned(),
        Thing::Nothing => "this is neither a kind of identity nor an address that Daypass recognises".to_owned(),
    }
}

/// Why nothing can be added with it, and where the right address is.
pub(super) fn not_usable(found: &Recognised) -> Problem {
    let hint = match found.thing {
        Thing::PortalTile => {
            "open it in a browser. When you see your AWS accounts, copy the address there and use that one"
        }
        Thing::PortalWithoutDirectory | Thing::AwsWebSite => {
            "use your company's own address, such as https://acme.awsapps.com/start"
        }
        Thing::AnyTenant => {
            "open myapps.microsoft.com, copy the address of the AWS tile and use that one, or ask for the tenant ID"
        }
        Thing::TemporaryKey => "it expires within hours. Use the address you got it from",
        Thing::Role => {
            "first add the identity that may assume it, using your sign-in address. Then: daypass role add ARN"
        }
        Thing::Secret => {
            "a secret doesn't belong on a command line, where others can read it. Use the key's ID: Daypass asks for the secret"
        }
        _ => {
            "use your sign-in address, such as https://acme.awsapps.com/start, or name a kind: daypass identity add --help"
        }
    };
    Problem::new(ProblemKind::Invalid, ProblemCode::UnknownKind, in_words(found)).hint(hint)
}

/// What is still to be said of an identity, and how.
pub(super) fn incomplete(
    found: &Recognised,
    identity: &ProposedIdentity,
    name: &IdentityName,
    error: &serde_json::Error,
) -> Problem {
    let open: Vec<&str> = identity.asked.iter().map(String::as_str).filter(|one| !one.contains("access_key")).collect();
    if open.is_empty() {
        // An option that this kind doesn't have.
        let message = format!("{}, which is of kind {}: {error}", in_words(found), identity.kind);
        return Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, message).hint("leave that option out");
    }
    let message = format!("{}, but not its {}", in_words(found), open.join(" or ").replace('_', " "));
    let hint = match open.as_slice() {
        ["region"] => {
            "add --region with the region of IAM Identity Center. The portal shows it under \"Access keys\"".to_owned()
        }
        ["client_id"] => "add --client-id with the client ID registered for Daypass".to_owned(),
        _ => {
            let kind = &identity.kind;
            format!(
                "name the settings of this kind: daypass identity add {kind} {name} … (daypass identity add {kind} --help)"
            )
        }
    };
    Problem::new(ProblemKind::Invalid, ProblemCode::NothingTyped, message).hint(hint)
}
