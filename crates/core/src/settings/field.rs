//! The fields of an identity's settings that can be wrong.

use std::fmt;

use crate::problem::ProblemCode;

macro_rules! setting_fields {
    ($($variant:ident = $name:literal => $code:ident,)*) => {
        /// A field of an identity's settings.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum SettingField {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl SettingField {
            /// Its name in `config.toml`; `TABLE.FIELD` for one in a table of its own.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The code of a problem with it.
            #[must_use]
            pub fn code(self) -> ProblemCode {
                match self {
                    $(Self::$variant => ProblemCode::$code,)*
                }
            }
        }
    };
}

setting_fields! {
    AuthorizationEndpoint = "authorization_endpoint" => BadAuthorizationEndpoint,
    AuthorizationParameters = "authorization_parameters" => BadAuthorizationParameters,
    BindDn = "bind_dn" => BadBindDn,
    BindUser = "bind_user" => BadBindUser,
    Binding = "binding" => BadBinding,
    CaFile = "ca_file" => BadCaFile,
    ClientId = "client_id" => BadClientId,
    Duration = "duration" => BadDuration,
    Federate = "federate" => BadFederate,
    FederatePolicy = "federate.policy" => BadFederate,
    FederatePolicyArns = "federate.policy_arns" => BadFederate,
    ForceSignIn = "force_sign_in" => BadForceSignIn,
    GroupBase = "group_base" => BadGroupBase,
    GroupFilter = "group_filter" => BadGroupFilter,
    Hours = "hours" => BadHours,
    Issuer = "issuer" => BadIssuer,
    Login = "login" => BadLogin,
    MfaSerial = "mfa_serial" => BadMfaSerial,
    Partition = "partition" => BadPartition,
    PoolId = "pool_id" => BadPoolId,
    ProviderId = "provider_id" => BadProviderId,
    RedirectPath = "redirect_path" => BadRedirectPath,
    RedirectPort = "redirect_port" => BadRedirectPort,
    Region = "region" => BadRegion,
    RolePath = "role_path" => BadRolePath,
    RolePattern = "role_pattern" => BadRolePattern,
    RolesClaim = "roles_claim" => BadRolesClaim,
    Scopes = "scopes" => BadScopes,
    SearchBase = "search_base" => BadSearchBase,
    SearchFilter = "search_filter" => BadSearchFilter,
    SecondRegion = "second_region" => BadRegion,
    SecondStartUrl = "second_start_url" => BadStartUrl,
    SessionName = "session_name" => BadSessionName,
    SsoUrl = "sso_url" => BadSsoUrl,
    StartUrl = "start_url" => BadStartUrl,
    Tags = "tags" => BadTags,
    TokenEndpoint = "token_endpoint" => BadTokenEndpoint,
    Url = "url" => BadUrl,
    UserinfoEndpoint = "userinfo_endpoint" => BadUserinfoEndpoint,
}

impl fmt::Display for SettingField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
