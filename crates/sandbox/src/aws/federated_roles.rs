//! `AssumeRoleWithWebIdentity` and `AssumeRoleWithSAML`, which take a token or an assertion instead of a signature.

use super::{
    actions::{Call, Done, credentials_xml},
    assume_role::{DEFAULT_SECONDS, RoleRequest, assumed_role_user},
    fault::Fault,
    held::{Principal, RoleSession},
    limits::{self, Limits},
    saml,
    session_policy::SessionPolicies,
    shared::Shared,
    tags::SessionTags,
    web_identity::{self, WebIdentity},
    xml::Xml,
};
use crate::{Allowed, saml::provider_arn as saml_provider_arn, world::PlacedRole};

impl Call<'_> {
    pub(super) async fn assume_role_with_web_identity(&self) -> Result<Done, Fault> {
        let wanted = self.wanted_role()?;
        let token = self.params.get("WebIdentityToken").unwrap_or_default();
        let identity = web_identity::verify(self.shared, token, self.now).await?;
        let packed = limits::packed(self.params, &identity.tags)?;
        let denied = || Fault::access_denied("Not authorized to perform sts:AssumeRoleWithWebIdentity");
        let placed = self.shared.world.role(wanted.arn).ok_or_else(denied)?;
        if !trusts(placed, &identity, self.shared) {
            return Err(denied());
        }
        check_extras(placed, &identity.tags, identity.source_identity.as_deref())?;
        wanted.check_duration(placed, false)?;
        let session = RoleSession {
            source_identity: identity.source_identity.clone(),
            tags: identity.tags.clone(),
            policies: SessionPolicies::read(self.params),
            ..wanted.session(placed)
        };
        let principal = Principal::Role(session);
        let user = assumed_role_user(&principal);
        let credentials = self.issue(principal, wanted.seconds);
        let result = Xml::default()
            .text("Audience", &identity.audience)
            .element("AssumedRoleUser", user)
            .text("Provider", &oidc_provider_arn(&placed.account, &identity.issuer))
            .element("Credentials", credentials_xml(&credentials))
            .text("SubjectFromWebIdentityToken", &identity.subject)
            .maybe("PackedPolicySize", packed.map(|size| size.to_string()).as_deref())
            .maybe("SourceIdentity", identity.source_identity.as_deref());
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    pub(super) fn assume_role_with_saml(&self) -> Result<Done, Fault> {
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
        limits.policy_arns(self.params);
        let seconds = limits.seconds("durationSeconds", get("DurationSeconds"), 900, 43_200)?;
        limits.check()?;
        let (arn, provider) = (arn.unwrap_or_default(), provider.unwrap_or_default());
        limits::role_arn(arn)?;
        saml::check_provider(self.shared, provider)?;
        let identity = saml::verify(self.shared, assertion.unwrap_or_default(), self.now)?;
        let packed = limits::packed(self.params, &identity.tags)?;
        let denied = || Fault::access_denied("Not authorized to perform sts:AssumeRoleWithSAML");
        let placed = self.shared.world.role(arn).ok_or_else(denied)?;
        let person = self.shared.world.person(&identity.subject);
        let trusted = person.is_some_and(|person| person.may_sign_in_to(&placed.role));
        // The provider has to be in the role's own account, or the role couldn't trust it.
        if !trusted || !identity.lets_in(arn, provider) || provider != saml_provider_arn(&placed.account) {
            return Err(denied());
        }
        check_extras(placed, &identity.tags, identity.source_identity.as_deref())?;
        let seconds = seconds.unwrap_or(DEFAULT_SECONDS);
        let wanted = RoleRequest { arn, session_name: &identity.session_name, seconds };
        wanted.check_duration(placed, false)?;
        // Fifteen minutes is the minimum.
        let left = identity.session_ends.map_or(seconds, |ends| (ends - self.now).num_seconds().max(900));
        let session = RoleSession {
            source_identity: identity.source_identity.clone(),
            tags: identity.tags.clone(),
            policies: SessionPolicies::read(self.params),
            ..wanted.session(placed)
        };
        let principal = Principal::Role(session);
        let user = assumed_role_user(&principal);
        let credentials = self.issue(principal, seconds.min(left));
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
}

/// Whether the trust policy allows what the provider sends beside the identity.
fn check_extras(placed: &PlacedRole, tags: &SessionTags, source_identity: Option<&str>) -> Result<(), Fault> {
    if !tags.is_empty() && !placed.role.may_be_tagged {
        return Err(Fault::access_denied("Not authorized to perform sts:TagSession"));
    }
    if source_identity.is_some() && !placed.role.may_be_traced {
        return Err(Fault::access_denied("Not authorized to perform sts:SetSourceIdentity"));
    }
    Ok(())
}

/// Whether the role's trust policy allows this identity.
fn trusts(placed: &PlacedRole, identity: &WebIdentity, shared: &Shared) -> bool {
    if identity.issuer == shared.issuer {
        identity.person.as_ref().is_some_and(|person| person.may_sign_in_to(&placed.role))
    } else {
        placed.role.sign_in != Allowed::Nobody
    }
}

fn oidc_provider_arn(account: &str, issuer: &str) -> String {
    let bare = issuer.split_once("://").map_or(issuer, |(_, rest)| rest);
    format!("arn:aws:iam::{account}:oidc-provider/{bare}")
}
