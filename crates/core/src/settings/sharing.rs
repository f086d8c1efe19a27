//! What a shared catalog may say: a class for every setting of every kind of identity, of roles and of accounts.
//!
//! The structs are taken apart without `..`, so a new setting doesn't compile until it has a class here.

use serde::Serialize;

use super::{
    AccountSettings, CognitoSettings, ConsoleSignInSettings, DeclaredRole, DirectorySettings, IamUserSettings,
    IdentityCenterSettings, IdentitySettings, OauthSettings, OidcSettings, ProfileSettings, SamlSettings,
};
use crate::terms::Terms;

/// What a shared catalog may do with a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharingClass {
    /// Change it at any time: it decides neither where a secret goes, nor what a name means, nor how far a session
    /// reaches.
    Harmless,
    /// Set or change it once the person has accepted that.
    NeedsConsent,
    /// Nothing: it names a file or a program of this machine.
    Never,
}

/// A setting that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedField {
    /// Its name in `config.toml`.
    pub name: &'static str,
    /// What a catalog may do with it.
    pub class: SharingClass,
    /// Its value, as JSON. `null` for one that isn't set.
    pub value: serde_json::Value,
}

impl SharedField {
    fn new(name: &'static str, class: SharingClass, value: &impl Serialize) -> Self {
        Self { name, class, value: serde_json::to_value(value).unwrap_or_default() }
    }

    /// Whether it has a value other than the default.
    #[must_use]
    pub fn is_set(&self) -> bool {
        match &self.value {
            serde_json::Value::Null | serde_json::Value::Bool(false) => false,
            serde_json::Value::Array(list) => !list.is_empty(),
            serde_json::Value::Object(table) => !table.is_empty(),
            _ => true,
        }
    }

    /// The value for a person: a text without its quotes.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        self.is_set().then(|| match &self.value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

macro_rules! classes {
    // What comes after the semicolon is in no file.
    ($value:expr, $type:ident { $($field:ident: $class:ident),* $(,)? $(; $left:ident)? }) => {{
        let $type { $($field,)* $($left: _)? } = $value;
        vec![$(SharedField::new(stringify!($field), SharingClass::$class, $field)),*]
    }};
}

/// Whether a catalog may have an identity of this kind at all. A `profile` runs what the AWS config file names.
#[must_use]
pub fn may_be_shared(settings: &IdentitySettings) -> bool {
    match settings {
        IdentitySettings::Profile(_) => false,
        IdentitySettings::IdentityCenter(_)
        | IdentitySettings::Oidc(_)
        | IdentitySettings::Saml(_)
        | IdentitySettings::IamUser(_)
        | IdentitySettings::Oauth(_)
        | IdentitySettings::Directory(_)
        | IdentitySettings::Cognito(_)
        | IdentitySettings::Console(_) => true,
    }
}

/// The settings of an identity, each with its class.
#[must_use]
pub fn identity_fields(settings: &IdentitySettings) -> Vec<SharedField> {
    match settings {
        IdentitySettings::IdentityCenter(settings) => classes!(
            settings,
            IdentityCenterSettings {
                start_url: NeedsConsent,
                region: NeedsConsent,
                second_start_url: NeedsConsent,
                second_region: NeedsConsent,
                scopes: NeedsConsent,
                redirect_port: NeedsConsent,
                default_region: Harmless,
            }
        ),
        IdentitySettings::Oidc(settings) => classes!(
            settings,
            OidcSettings {
                issuer: NeedsConsent,
                client_id: NeedsConsent,
                scopes: NeedsConsent,
                redirect_port: NeedsConsent,
                redirect_host: NeedsConsent,
                redirect_path: NeedsConsent,
                authorization_parameters: NeedsConsent,
                session_name: NeedsConsent,
                roles_claim: NeedsConsent,
                ca_file: Never,
                default_region: Harmless,
            }
        ),
        IdentitySettings::Saml(settings) => classes!(
            settings,
            SamlSettings {
                start_url: NeedsConsent,
                sso_url: NeedsConsent,
                issuer: NeedsConsent,
                region: NeedsConsent,
                binding: NeedsConsent,
                force_sign_in: NeedsConsent,
                forget_cookies: NeedsConsent,
                browser: NeedsConsent,
                duration: Harmless,
                default_region: Harmless,
            }
        ),
        IdentitySettings::IamUser(settings) => classes!(
            settings,
            IamUserSettings { mfa_serial: NeedsConsent, region: NeedsConsent, default_region: Harmless }
        ),
        IdentitySettings::Oauth(settings) => classes!(
            settings,
            OauthSettings {
                provider_id: NeedsConsent,
                client_id: NeedsConsent,
                authorization_endpoint: NeedsConsent,
                token_endpoint: NeedsConsent,
                userinfo_endpoint: NeedsConsent,
                scopes: NeedsConsent,
                redirect_port: NeedsConsent,
                redirect_host: NeedsConsent,
                redirect_path: NeedsConsent,
                authorization_parameters: NeedsConsent,
                session_name: NeedsConsent,
                ca_file: Never,
                default_region: Harmless,
            }
        ),
        IdentitySettings::Directory(settings) => classes!(
            &**settings,
            DirectorySettings {
                url: NeedsConsent,
                start_tls: NeedsConsent,
                ca_file: Never,
                bind_dn: NeedsConsent,
                search_base: NeedsConsent,
                search_filter: NeedsConsent,
                bind_user: NeedsConsent,
                group_base: NeedsConsent,
                group_filter: NeedsConsent,
                role_pattern: NeedsConsent,
                role_path: NeedsConsent,
                partition: NeedsConsent,
                roles: NeedsConsent,
                session_name: NeedsConsent,
                tags: NeedsConsent,
                federate: NeedsConsent,
                hours: NeedsConsent,
                default_region: Harmless,
            }
        ),
        IdentitySettings::Profile(settings) => {
            classes!(settings, ProfileSettings { profile: Never, region: Never, default_region: Never })
        }
        IdentitySettings::Cognito(settings) => classes!(
            settings,
            CognitoSettings {
                identity: NeedsConsent,
                pool_id: NeedsConsent,
                account: NeedsConsent,
                role: NeedsConsent,
                login: NeedsConsent,
                default_region: Harmless,
            }
        ),
        IdentitySettings::Console(settings) => {
            classes!(settings, ConsoleSignInSettings { region: NeedsConsent, default_region: Harmless })
        }
    }
}

/// What is said of an account, each with its class. What an account is called decides which one people reach for.
#[must_use]
pub fn account_fields(settings: &AccountSettings) -> Vec<SharedField> {
    classes!(
        settings,
        AccountSettings {
            name: NeedsConsent,
            alias: NeedsConsent,
            colour: Harmless,
            // Taking the mark away does: see `SharingClass` and the comparison of catalogs.
            production: Harmless,
            region: Harmless,
            delivery: NeedsConsent,
            folder: Harmless,
            ask: NeedsConsent,
        }
    )
}

/// The settings of a role, each with its class. The identity and the ARN say which role it is.
#[must_use]
pub fn role_fields(role: &DeclaredRole) -> Vec<SharedField> {
    let DeclaredRole { arn: _, identity: _, via, profile, region, delivery, terms } = role;
    let mut fields = vec![
        SharedField::new("via", SharingClass::NeedsConsent, via),
        SharedField::new("profile", SharingClass::NeedsConsent, profile),
        SharedField::new("region", SharingClass::Harmless, region),
        SharedField::new("delivery", SharingClass::NeedsConsent, delivery),
    ];
    // Each narrows a session, or says who acts in it: without one it could reach further than was meant.
    fields.extend(classes!(
        terms,
        Terms {
            duration: Harmless,
            session_name: NeedsConsent,
            read_only: NeedsConsent,
            policy: NeedsConsent,
            policy_arns: NeedsConsent,
            tags: NeedsConsent,
            transitive_tag_keys: NeedsConsent,
            source_identity: NeedsConsent,
            external_id: NeedsConsent,
            provided_contexts: NeedsConsent,
            task_policy: NeedsConsent,
            minimum_session_token_size: Harmless;
            session_label
        }
    ));
    fields
}
