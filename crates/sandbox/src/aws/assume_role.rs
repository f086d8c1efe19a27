//! `AssumeRole`. A principal becomes a role if the role's trust policy allows it.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>

use super::{
    actions::{Call, Done, credentials_xml},
    denials::Denied,
    fault::Fault,
    held::{Caller, Principal, RoleSession},
    limits::{self, Limits},
    session_policy::SessionPolicies,
    tags::SessionTags,
    xml::Xml,
};
use crate::world::PlacedRole;

const ASSUME_ROLE: &str = "sts:AssumeRole";
pub(super) const DEFAULT_SECONDS: i64 = 3_600;
/// "One hour at most when chained":
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>
const CHAINED_MAX_SECONDS: i64 = 3_600;

impl Call<'_> {
    pub(super) fn assume_role(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let wanted = self.wanted_role()?;
        let with_mfa = self.checked_mfa(&caller.principal)? || caller.principal.has_mfa();
        let tags = SessionTags::read(self.params)?.joined(caller.principal.tags())?;
        let packed = limits::packed(self.params, &tags)?;
        let source_identity = self.source_identity(&caller, &wanted)?;
        let denied = |action| self.denied(&caller, &wanted, action);
        let placed = self.shared.world.role(wanted.arn).ok_or_else(|| denied(ASSUME_ROLE))?;
        self.check_region(&caller, &placed.account)?;
        let role = &placed.role;
        let trusted = role.assume.admits(&caller.principal.trusted_as())
            && role.external_id.as_deref().is_none_or(|id| self.params.get("ExternalId") == Some(id))
            && (with_mfa || !role.mfa_required)
            && (source_identity.is_some() || !role.source_identity_required)
            && role.required_tags.iter().all(|key| tags.has(key));
        if !trusted {
            return Err(denied(ASSUME_ROLE));
        }
        if !tags.is_empty() && !role.may_be_tagged {
            return Err(denied("sts:TagSession"));
        }
        if source_identity.is_some() && !role.may_be_traced {
            return Err(denied("sts:SetSourceIdentity"));
        }
        let chained = matches!(caller.principal, Principal::Role(_));
        wanted.check_duration(placed, chained)?;
        let policies = SessionPolicies::read(self.params);
        let session = RoleSession { tags, source_identity, chained, policies, ..wanted.session(placed) };
        let result = Xml::default().maybe("SourceIdentity", session.source_identity.as_deref());
        let principal = Principal::Role(session);
        let user = assumed_role_user(&principal);
        let credentials = self.issue(principal, wanted.seconds);
        let result = result
            .element("AssumedRoleUser", user)
            .element("Credentials", credentials_xml(&credentials))
            .maybe("PackedPolicySize", packed.map(|size| size.to_string()).as_deref());
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    /// The caller's own source identity, which can't change, or the requested one.
    fn source_identity(&self, caller: &Caller, wanted: &RoleRequest<'_>) -> Result<Option<String>, Fault> {
        let inherited = match &caller.principal {
            Principal::Role(session) => session.source_identity.clone(),
            _ => None,
        };
        match (inherited, self.params.get("SourceIdentity")) {
            (Some(old), Some(new)) if old != new => Err(self.denied(caller, wanted, "sts:SetSourceIdentity")),
            (old, new) => Ok(old.or_else(|| new.map(str::to_owned))),
        }
    }

    fn denied(&self, caller: &Caller, wanted: &RoleRequest<'_>, action: &str) -> Fault {
        let mfa = caller.principal.has_mfa().to_string();
        let conditions = [
            ("sts:ExternalId", self.params.get("ExternalId")),
            ("sts:SourceIdentity", self.params.get("SourceIdentity")),
            ("sts:RoleSessionName", Some(wanted.session_name)),
            ("aws:MultiFactorAuthPresent", Some(mfa.as_str())),
        ];
        let denied = Denied { principal: &caller.principal, action, resource: wanted.arn, conditions: &conditions };
        self.access_denied(&denied)
    }

    /// The parameters that `AssumeRole` and `AssumeRoleWithWebIdentity` share, within the service's limits.
    pub(super) fn wanted_role(&self) -> Result<RoleRequest<'_>, Fault> {
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
            limits.mfa(self.params);
        }
        limits.policy_arns(self.params);
        let seconds = limits.seconds("durationSeconds", get("DurationSeconds"), 900, 43_200)?;
        limits.check()?;
        let arn = arn.unwrap_or_default();
        limits::role_arn(arn)?;
        Ok(RoleRequest {
            arn,
            session_name: session_name.unwrap_or_default(),
            seconds: seconds.unwrap_or(DEFAULT_SECONDS),
        })
    }
}

/// The request for a role, before checking that the role exists.
pub(super) struct RoleRequest<'a> {
    pub(super) arn: &'a str,
    pub(super) session_name: &'a str,
    pub(super) seconds: i64,
}

impl RoleRequest<'_> {
    pub(super) fn check_duration(&self, placed: &PlacedRole, chained: bool) -> Result<(), Fault> {
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

    pub(super) fn session(&self, placed: &PlacedRole) -> RoleSession {
        RoleSession {
            account: placed.account.clone(),
            role_arn: placed.arn.clone(),
            role_name: placed.role.name.clone(),
            session_name: self.session_name.to_owned(),
            ..RoleSession::default()
        }
    }
}

pub(super) fn assumed_role_user(session: &Principal) -> Xml {
    Xml::default().text("AssumedRoleId", &session.user_id()).text("Arn", &session.arn())
}
