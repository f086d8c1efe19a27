//! Makes identities from their settings. Only this module knows every kind.

use std::sync::Arc;

use crate::cognito::CognitoIdentity;
use crate::console::ConsoleIdentity;
use crate::context::IdentityContext;
use crate::directory::DirectoryIdentity;
use crate::iam_user::IamUserIdentity;
use crate::identity_center::{IdentityCenterIdentity, PortalMemory};
use crate::kind::{Identity, Kind};
use crate::oauth::OauthIdentity;
use crate::oidc::{OidcClient, OidcIdentity};
use crate::profile::ProfileIdentity;
use crate::saml::SamlIdentity;
use daypass_core::names::{SessionDuration, Target};
use daypass_core::problem::Problem;
use daypass_core::settings::{BadSetting, IdentitySettings};
use daypass_core::surroundings::Surroundings;
use daypass_core::terms::Term;
use daypass_core::view::SecretField;
use daypass_http::Network;
use daypass_sts::Operation;

/// See [`Kind::check`].
///
/// # Errors
///
/// Same as there.
pub fn check(settings: &IdentitySettings) -> Result<(), Problem> {
    kind(settings).check()
}

/// See [`Kind::secrets`]. Doesn't say whether they are set.
#[must_use]
pub fn secrets(settings: &IdentitySettings) -> Vec<SecretField> {
    kind(settings).secrets()
}

/// See [`Kind::mistakes`].
#[must_use]
pub fn mistakes(settings: &IdentitySettings) -> Vec<BadSetting> {
    kind(settings).mistakes()
}

/// Valid settings of a kind, see [`Kind::example`]. `None` for an unknown kind.
#[must_use]
pub fn example(kind: &str) -> Option<IdentitySettings> {
    let all = [
        IdentitySettings::IdentityCenter(Kind::example()),
        IdentitySettings::Oidc(Kind::example()),
        IdentitySettings::Saml(Kind::example()),
        IdentitySettings::IamUser(Kind::example()),
        IdentitySettings::Oauth(Kind::example()),
        IdentitySettings::Directory(Box::new(Kind::example())),
        IdentitySettings::Profile(Kind::example()),
        IdentitySettings::Cognito(Kind::example()),
        IdentitySettings::Console(Kind::example()),
    ];
    all.into_iter().find(|settings| settings.kind() == kind)
}

/// See [`Kind::terms`].
#[must_use]
pub fn terms(settings: &IdentitySettings, target: &Target) -> Vec<Term> {
    kind(settings).terms(target)
}

/// See [`Kind::usual_duration`].
#[must_use]
pub fn usual_duration(settings: &IdentitySettings, target: &Target) -> Option<SessionDuration> {
    kind(settings).usual_duration(target)
}

/// See [`Kind::operation`].
#[must_use]
pub fn operation(settings: &IdentitySettings, target: &Target) -> Operation {
    kind(settings).operation(target)
}

/// See [`Kind::delivers_as_found`].
#[must_use]
pub fn delivers_as_found(settings: &IdentitySettings) -> bool {
    kind(settings).delivers_as_found()
}

/// Whether a sign-in finds roles that aren't declared, so that a role may be unknown until the person signs in.
#[must_use]
pub fn finds_roles(settings: &IdentitySettings) -> bool {
    match settings {
        IdentitySettings::IdentityCenter(_)
        | IdentitySettings::Saml(_)
        | IdentitySettings::Directory(_)
        | IdentitySettings::Console(_) => true,
        IdentitySettings::Oidc(settings) => settings.roles_claim.is_some(),
        IdentitySettings::Oauth(_)
        | IdentitySettings::IamUser(_)
        | IdentitySettings::Profile(_)
        | IdentitySettings::Cognito(_) => false,
    }
}

/// Makes identities, and keeps what a process remembers for them between requests.
#[derive(Clone)]
pub struct IdentityFactory {
    /// What OpenID providers said about themselves.
    oidc: OidcClient,
    /// How fast each AWS access portal may be asked, and what it listed.
    portals: Arc<PortalMemory>,
}

impl IdentityFactory {
    /// Nothing is remembered yet. Reads nothing.
    #[must_use]
    pub fn new(surroundings: &Surroundings, network: Network) -> Self {
        Self {
            oidc: OidcClient::new(Arc::clone(&surroundings.clock), network),
            portals: Arc::new(PortalMemory::new(&surroundings.places.cache)),
        }
    }

    /// The identity with these settings.
    #[must_use]
    pub fn make(&self, settings: &IdentitySettings, context: IdentityContext) -> Box<dyn Identity> {
        match settings.clone() {
            IdentitySettings::IdentityCenter(settings) => {
                Box::new(IdentityCenterIdentity::new(settings, context, Arc::clone(&self.portals)))
            }
            IdentitySettings::Oidc(settings) => Box::new(OidcIdentity::new(settings, context, self.oidc.clone())),
            IdentitySettings::Saml(settings) => Box::new(SamlIdentity::new(settings, context)),
            IdentitySettings::IamUser(settings) => Box::new(IamUserIdentity::new(settings, context)),
            IdentitySettings::Oauth(settings) => Box::new(OauthIdentity::new(settings, context)),
            IdentitySettings::Directory(settings) => Box::new(DirectoryIdentity::new(*settings, context)),
            IdentitySettings::Profile(settings) => Box::new(ProfileIdentity::new(settings, context)),
            IdentitySettings::Cognito(settings) => Box::new(CognitoIdentity::new(settings, context, self.oidc.clone())),
            IdentitySettings::Console(settings) => Box::new(ConsoleIdentity::new(settings, context)),
        }
    }
}

fn kind(settings: &IdentitySettings) -> &dyn Kind {
    match settings {
        IdentitySettings::IdentityCenter(settings) => settings,
        IdentitySettings::Oidc(settings) => settings,
        IdentitySettings::Saml(settings) => settings,
        IdentitySettings::IamUser(settings) => settings,
        IdentitySettings::Oauth(settings) => settings,
        IdentitySettings::Directory(settings) => settings.as_ref(),
        IdentitySettings::Profile(settings) => settings,
        IdentitySettings::Cognito(settings) => settings,
        IdentitySettings::Console(settings) => settings,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::fixture::fixture;
    use daypass_core::problem::ProblemCode;
    use daypass_core::secret::TypedSecrets;

    fn settings(kind: &str, text: &str) -> IdentitySettings {
        toml_edit::de::from_str(&format!("kind = '{kind}'\n{text}")).unwrap()
    }

    /// For each secret: the settings that it is given for, some that name the same destination in other words, and some
    /// that name another.
    #[test]
    fn a_secret_is_only_found_for_the_destination_that_it_was_given_for() {
        const OAUTH: &str = "provider_id = 'www.amazon.com'\nclient_id = 'x'\n";
        const OIDC: &str = "client_id = 'daypass'\nissuer = 'https://login.example.com";
        const LDAP: &str = "bind_dn = 'uid={user}'\nbind_user = 'cn=search'\nurl = 'ldaps://ldap.example.com";
        let cases = [
            (
                ("oidc", "client_secret", format!("{OIDC}/a'")),
                vec![
                    format!("{OIDC}/a/'"),
                    format!("{OIDC}/a/.well-known/openid-configuration'"),
                    format!("{OIDC}/a'\nscopes = ['email']"),
                    OIDC.replace("login.example", "LOGIN.example") + ":443/a'",
                ],
                vec![
                    format!("{OIDC}.evil.example/a'"),
                    format!("{OIDC}:8443/a'"),
                    format!("{OIDC}/b'"),
                    "client_id = 'daypass'\nissuer = 'http://127.0.0.1:1/a'".to_owned(),
                ],
            ),
            (
                ("oauth", "client_secret", OAUTH.to_owned()),
                vec![format!("{OAUTH}token_endpoint = 'https://api.amazon.com/auth/o2/token'")],
                vec![
                    format!("{OAUTH}token_endpoint = 'https://api.evil.example/auth/o2/token'"),
                    OAUTH.replace("www.amazon.com", "graph.facebook.com"),
                ],
            ),
            (
                ("directory", "bind_password", format!("{LDAP}'")),
                vec![format!("{LDAP}/'"), format!("{LDAP}'\nrole_pattern = 'x-{{account}}-{{role}}'")],
                vec![format!("{LDAP}.evil.example'"), format!("{LDAP}:1636'")],
            ),
            (
                ("directory", "broker_secret_access_key", format!("{LDAP}'")),
                vec![format!("{LDAP}.other.example'"), format!("{LDAP}'\npartition = 'aws'")],
                vec![format!("{LDAP}'\npartition = 'aws-cn'")],
            ),
            (
                ("iam-user", "secret_access_key", String::new()),
                vec!["region = 'eu-west-1'".to_owned()],
                vec!["region = 'cn-north-1'".to_owned(), "region = 'us-gov-west-1'".to_owned()],
            ),
        ];
        for ((kind, field, given_for), same, others) in cases {
            let fixture = fixture();
            let context = |text: &str| fixture.context.clone().sending(&secrets(&settings(kind, text)));
            context(&given_for).put_secrets(&TypedSecrets::none().and(field, "PLANTED".into())).unwrap();
            for text in same.iter().chain([&given_for]) {
                assert_eq!(context(text).secret(field).unwrap().unwrap().expose_secret(), "PLANTED", "{text}");
            }
            for text in &others {
                let problem = context(text).secret(field).unwrap_err();
                assert_eq!(problem.code, ProblemCode::SecretForAnotherDestination, "{text}");
                assert!(!format!("{problem:?}").contains("PLANTED"));
            }
        }
    }

    /// A file of certificates decides who can pose as the destination.
    #[test]
    #[allow(clippy::disallowed_methods)]
    fn a_secret_belongs_to_the_content_of_the_ca_file_that_it_was_given_for() {
        let cases = [
            ("oidc", "client_secret", "client_id = 'daypass'\nissuer = 'https://login.example.com'\n"),
            ("oauth", "client_secret", "client_id = 'daypass'\nprovider_id = 'www.amazon.com'\n"),
            (
                "directory",
                "bind_password",
                "bind_dn = 'uid={user}'\nbind_user = 'cn=search'\nurl = 'ldaps://ldap.example.com'\n",
            ),
        ];
        for (kind, field, text) in cases {
            let fixture = fixture();
            let path = fixture.folder.path().join("ca.pem");
            let path = path.to_str().unwrap();
            let with_file = format!("{text}ca_file = '{path}'\n");
            let context = |text: &str| fixture.context.clone().sending(&secrets(&settings(kind, text)));
            let code = |text: &str| context(text).secret(field).map(drop).map_err(|problem| problem.code);
            let elsewhere = Err(ProblemCode::SecretForAnotherDestination);

            context(text).put_secrets(&TypedSecrets::none().and(field, "PLANTED".into())).unwrap();
            std::fs::write(path, "one").unwrap();
            assert_eq!((code(text), code(&with_file)), (Ok(()), elsewhere), "{kind}");

            context(&with_file).put_secrets(&TypedSecrets::none().and(field, "PLANTED".into())).unwrap();
            assert_eq!((code(text), code(&with_file)), (elsewhere, Ok(())), "{kind}");
            let given_for = daypass_core::digest::short(b"one");
            std::fs::write(path, "two").unwrap();
            let problem = context(&with_file).secret(field).unwrap_err();
            assert_eq!(problem.code, ProblemCode::SecretForAnotherDestination, "{kind}");
            let now = daypass_core::digest::short(b"two");
            assert!(problem.message.contains(&given_for) && problem.message.contains(&now), "{problem:?}");
            let label = secrets(&settings(kind, &with_file)).pop().unwrap().label;
            assert!(!label.contains(path), "the question names the host: {label}");
        }
    }
}
