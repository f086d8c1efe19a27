//! The machine that is imported from: the person's own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use daypass_core::surroundings::Places;
use daypass_import::{Keyring, Machine, NoKeyring, SystemKeyring, Tool};

/// The variables of the environment that tools go by.
pub const VARIABLES: [&str; 32] = [
    "AWS_CONFIG_FILE",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_SSO_CONFIG",
    "AWS_VAULT_BACKEND",
    "AWS_VAULT_FILE_DIR",
    "AWS_VAULT_FILE_PASSPHRASE",
    "AWS_VAULT_KEYCHAIN_NAME",
    "AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME",
    "AZURE_APP_ID_URI",
    "AZURE_DEFAULT_DURATION_HOURS",
    "AZURE_DEFAULT_ROLE_ARN",
    "AZURE_TENANT_ID",
    "OKTA_AWSCLI_AWS_ACCOUNT_FEDERATION_APP_ID",
    "OKTA_AWSCLI_AWS_REGION",
    "OKTA_AWSCLI_IAM_ROLE",
    "OKTA_AWSCLI_KEY_ID",
    "OKTA_AWSCLI_OIDC_CLIENT_ID",
    "OKTA_AWSCLI_ORG_DOMAIN",
    "OKTA_AWSCLI_PROFILE",
    "OKTA_AWSCLI_SESSION_DURATION",
    "OKTA_AWS_ACCOUNT_FEDERATION_APP_ID",
    "OKTA_CONFIG",
    "OKTA_OIDC_CLIENT_ID",
    "OKTA_ORG_DOMAIN",
    "SAML2AWS_CONFIGFILE",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
];

/// The person's machine, in an environment.
#[must_use]
pub fn machine(places: &Places, env: impl Fn(&str) -> Option<OsString>) -> Machine {
    with_keyring(places, env, Arc::new(SystemKeyring))
}

/// The names of the tools whose files have identities. The keyring isn't asked, because it may ask the person.
#[must_use]
pub fn tools_found(places: &Places, env: impl Fn(&str) -> Option<OsString>) -> Vec<&'static str> {
    let machine = with_keyring(places, env, Arc::new(NoKeyring));
    let has_identities =
        |tool: &Tool| daypass_import::read(*tool, &machine).is_some_and(|found| !found.identities.is_empty());
    Tool::ALL.iter().copied().filter(has_identities).map(Tool::name).collect()
}

fn with_keyring(places: &Places, env: impl Fn(&str) -> Option<OsString>, keyring: Arc<dyn Keyring>) -> Machine {
    let text = |name: &str| env(name)?.into_string().ok();
    let mut variables: BTreeMap<String, String> =
        VARIABLES.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect();
    // What is changed must be what was read.
    for (name, file) in
        [("AWS_CONFIG_FILE", &places.aws_config_file), ("AWS_SHARED_CREDENTIALS_FILE", &places.credentials_file)]
    {
        if let Some(file) = file.to_str() {
            variables.insert(name.to_owned(), file.to_owned());
        }
    }
    Machine::new(&places.home, variables, keyring)
}
