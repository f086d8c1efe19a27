//! The STS actions: parameters in, result element out.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use secrecy::ExposeSecret;

use super::{
    fault::Fault,
    held::{Caller, Credentials, Principal},
    limits::{self, Limits},
    saml,
    sigv4::Received,
    web_identity::{self, WebIdentity},
    xml::Xml,
};
use crate::{Allowed, params::Params, saml::provider_arn as provider_arn_of, server::Shared, world::PlacedRole};

const DEFAULT_SECONDS: i64 = 3_600;
/// "One hour at most when chained":
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
const CHAINED_MAX_SECONDS: i64 = 3_600;

/// A result, and the access key that it concerns.
pub(crate) struct Done {
    pub(crate) result: Xml,
    pub(crate) access_key_id: String,
}

/// One call, with all that its action may need.
pub(crate) struct Call<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) request: Received<'a>,
    pub(crate) params: &'a Params,
    pub(crate) now: DateTime<Utc>,
}

impl Call<'_> {
    pub(crate) async fn answer(&self, action: &str, version: &str) -> Result<Done, Fault> {
        match action {
            "AssumeRole" => self.assume_role(),
            "AssumeRoleWithSAML" => self.assume_role_with_saml(),
            "AssumeRoleWithWebIdentity" => self.assume_role_with_web_identity().await,
            "GetCallerIdentity" => self.get_caller_identity(),
            "GetSessionToken" => self.get_session_token(),
            _ => Err(Fault::no_such_action(action, version)),
        }
    }

    fn get_caller_identity(&self) -> Result<Done, Fault> {
        let Caller { access_key_id, principal } = self.caller()?;
        let result = Xml::default()
            .text("Arn", &principal.arn())
            .text("UserId", &principal.user_id())
            .text("Account", principal.account());
        Ok(Done { result, access_key_id })
    }

    fn assume_role(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let wanted = self.wanted_role()?;
        self.refuse_mfa()?;
        let packed = limits::policy(self.params.get("Policy"))?;
        let denied = || {
            Fault::access_denied(format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                caller.principal.arn(),
                wanted.arn
            ))
        };
        let placed = self.shared.world.role(wanted.arn).ok_or_else(denied)?;
        let named = self.params.get("ExternalId");
        let required = placed.role.external_id.as_deref();
        if !placed.role.assume.admits(&caller.principal.trusted_as()) || required.is_some_and(|id| named != Some(id)) {
            return Err(denied());
        }
        let chained = matches!(caller.principal, Principal::Role { .. });
        wanted.check_duration(placed, chained)?;
        let inherited = match &caller.principal {
            Principal::Role { source_identity, .. } => source_identity.clone(),
            Principal::User { .. } => None,
        };
        let source_identity = match (inherited, self.params.get("SourceIdentity")) {
            (Some(old), Some(new)) if old != new => return Err(denied()),
            (old, new) => old.or_else(|| new.map(str::to_owned)),
        };
        let session = wanted.session(placed, source_identity.clone(), chained);
        let user = assumed_role_user(&session);
        let credentials = self.issue(session, wanted.seconds);
        let result = Xml::default()
            .element("AssumedRoleUser", user)
            .element("Credentials", credentials_xml(&credentials))
            .maybe("PackedPolicySize", packed.map(|size| size.to_string()).as_deref())
            .maybe("SourceIdentity", source_identity.as_deref());
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    async fn assume_role_with_web_identity(&self) -> Result<Done, Fault> {
        let wanted = self.wanted_role()?;
        let token = self.params.get("WebIdentityToken").unwrap_or_default();
        let packed = limits::policy(self.params.get("Policy"))?;
        let identity = web_identity::verify(self.shared, token, self.now).await?;
        let denied = || Fault::access_denied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
        let placed = self.shared.world.role(wanted.arn).ok_or_else(denied)?;
        if !trusts(placed, &identity, self.shared) {
            return Err(denied());
        }
        wanted.check_duration(placed, false)?;
        let session = wanted.session(placed, identity.source_identity.clone(), false);
        let user = assumed_role_user(&session);
        let credentials = self.issue(session, wanted.seconds);
        let result = Xml::default()
            .text("Audience", &identity.audience)
            .element("AssumedRoleUser", user)
            .text("Provider", &provider_arn(&placed.account, &identity.issuer))
            .element("Credentials", credentials_xml(&credentials))
            .text("SubjectFromWebIdentityToken", &identity.subject)
            .maybe("PackedPolicySize", packed.map(|size| size.to_string()).as_deref())
            .maybe("SourceIdentity", identity.source_identity.as_deref());
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    fn assume_role_with_saml(&self) -> Result<Done, Fault> {
        let get = |name| self.params.get(name);
        let mut limits = Limits::default();
        let (arn, provider, assertion) = (get("RoleArn"), get("PrincipalArn"), get("SAMLAssertion"));
        limits.present("roleArn", arn);
        limits.length("roleArn", arn, 20, 2_048);
        limits.present("principalArn", provider);
        limits.length("principalArn", provider, 20, 2_048);
        limits.present("sAMLAssertion", assertion);
        limits.length("sAMLAssertion", assertion, 4, 100_000);
        limits.length("policy", get("Policy"), 1, 2_048);
        let seconds = limits.seconds("durationSeconds", get("DurationSeconds"), 900, 43_200)?;
        limits.check()?;
        let (arn, provider) = (arn.unwrap_or_default(), provider.unwrap_or_default());
        limits::role_arn(arn)?;
        let packed = limits::policy(get("Policy"))?;
        saml::check_provider(self.shared, provider)?;
        let identity = saml::verify(self.shared, assertion.unwrap_or_default(), self.now)?;
        let denied = || Fault::access_denied("Not authorized to perform sts:AssumeRoleWithSAML");
        let placed = self.shared.world.role(arn).ok_or_else(denied)?;
        let person = self.shared.world.person(&identity.subject);
        let trusted = person.is_some_and(|person| person.may_sign_in_to(&placed.role));
        // The provider is of the role's own account, or the role could not trust it.
        if !trusted || !identity.lets_in(arn, provider) || provider != provider_arn_of(&placed.account) {
            return Err(denied());
        }
        let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
        let wanted = WantedRole { arn, session_name: &identity.session_name, seconds };
        wanted.check_duration(placed, false)?;
        // Fifteen minutes is the least that there is.
        let left = identity.session_ends.map_or(seconds, |ends| (ends - self.now).num_seconds().max(900));
        let session = wanted.session(placed, identity.source_identity.clone(), false);
        let user = assumed_role_user(&session);
        let credentials = self.issue(session, seconds.min(left));
        let result = Xml::default()
            .text("Audience", &identity.recipient)
            .element("AssumedRoleUser", user)
            .element("Credentials", credentials_xml(&credentials))
            .text("Issuer", &identity.issuer)
            .text("NameQualifier", &identity.name_qualifier(&placed.account))
            .maybe("PackedPolicySize", packed.map(|size| size.to_string()).as_deref())
            .maybe("SourceIdentity", identity.source_identity.as_deref())
            .text("Subject", &identity.subject)
            .text("SubjectType", &identity.subject_type);
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    fn get_session_token(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let mut limits = Limits::default();
        let seconds = limits.seconds("durationSeconds", self.params.get("DurationSeconds"), 900, 129_600)?;
        limits.check()?;
        self.refuse_mfa()?;
        let Principal::User { account, name, temporary: false } = caller.principal else {
            return Err(Fault::access_denied("Cannot call GetSessionToken with session credentials"));
        };
        let session = Principal::User { account, name, temporary: true };
        let credentials = self.issue(session, seconds.unwrap_or(43_200));
        let result = Xml::default().element("Credentials", credentials_xml(&credentials));
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    fn caller(&self) -> Result<Caller, Fault> {
        self.shared.keys.authenticate(self.request, self.now)
    }

    /// The parameters that both ways to assume a role share, within the service's limits.
    fn wanted_role(&self) -> Result<WantedRole<'_>, Fault> {
        let get = |name| self.params.get(name);
        let mut limits = Limits::default();
        let (arn, session_name) = (get("RoleArn"), get("RoleSessionName"));
        limits.present("roleArn", arn);
        limits.length("roleArn", arn, 20, 2_048);
        limits.present("roleSessionName", session_name);
        limits.length("roleSessionName", session_name, 2, 64);
        limits.alphabet("roleSessionName", session_name, "");
        limits.length("policy", get("Policy"), 1, 2_048);
        if get("Action") == Some("AssumeRoleWithWebIdentity") {
            limits.present("webIdentityToken", get("WebIdentityToken"));
            limits.length("webIdentityToken", get("WebIdentityToken"), 4, 20_000);
        } else {
            limits.length("externalId", get("ExternalId"), 2, 1_224);
            limits.alphabet("externalId", get("ExternalId"), ":/");
            limits.length("sourceIdentity", get("SourceIdentity"), 2, 64);
            limits.alphabet("sourceIdentity", get("SourceIdentity"), "");
        }
        let seconds = limits.seconds("durationSeconds", get("DurationSeconds"), 900, 43_200)?;
        limits.check()?;
        let arn = arn.unwrap_or_default();
        limits::role_arn(arn)?;
        Ok(WantedRole {
            arn,
            session_name: session_name.unwrap_or_default(),
            seconds: seconds.unwrap_or(DEFAULT_SECONDS),
        })
    }

    /// Nobody in the sandbox has an MFA device, so naming one is what AWS calls unable to validate.
    fn refuse_mfa(&self) -> Result<(), Fault> {
        if self.params.get("SerialNumber").or(self.params.get("TokenCode")).is_none() {
            return Ok(());
        }
        Err(Fault::access_denied(
            "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number \
             is valid and associated with this user.",
        ))
    }

    fn issue(&self, principal: Principal, seconds: i64) -> Credentials {
        let cap = self.shared.panel.read().lifetime_seconds.map_or(seconds, i64::from);
        self.shared.keys.issue(principal, self.now, TimeDelta::seconds(seconds.min(cap)))
    }
}

/// What was asked for, before it is known whether the role exists.
struct WantedRole<'a> {
    arn: &'a str,
    session_name: &'a str,
    seconds: i64,
}

impl WantedRole<'_> {
    fn check_duration(&self, placed: &PlacedRole, chained: bool) -> Result<(), Fault> {
        if chained && self.seconds > CHAINED_MAX_SECONDS {
            return Err(Fault::validation(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            ));
        }
        if self.seconds > i64::from(placed.role.max_session_seconds) {
            return Err(Fault::validation(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            ));
        }
        Ok(())
    }

    fn session(&self, placed: &PlacedRole, source_identity: Option<String>, chained: bool) -> Principal {
        Principal::Role {
            account: placed.account.clone(),
            role_arn: placed.arn.clone(),
            role_name: placed.role.name.clone(),
            session_name: self.session_name.to_owned(),
            source_identity,
            chained,
        }
    }
}

/// Whether the role's trust policy lets this identity in.
fn trusts(placed: &PlacedRole, identity: &WebIdentity, shared: &Shared) -> bool {
    if identity.issuer == shared.issuer {
        identity.person.as_ref().is_some_and(|person| person.may_sign_in_to(&placed.role))
    } else {
        placed.role.sign_in != Allowed::Nobody
    }
}

fn provider_arn(account: &str, issuer: &str) -> String {
    let bare = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    format!("arn:aws:iam::{account}:oidc-provider/{bare}")
}

fn assumed_role_user(session: &Principal) -> Xml {
    Xml::default().text("AssumedRoleId", &session.user_id()).text("Arn", &session.arn())
}

fn credentials_xml(credentials: &Credentials) -> Xml {
    Xml::default()
        .text("AccessKeyId", &credentials.access_key_id)
        .text("SecretAccessKey", credentials.secret_access_key.expose_secret())
        .text("SessionToken", credentials.session_token.expose_secret())
        .text("Expiration", &credentials.expiration.to_rfc3339_opts(SecondsFormat::Secs, true))
}
