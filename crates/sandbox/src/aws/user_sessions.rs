//! `GetSessionToken`, `GetFederationToken` and `AssumeRoot`, which issue temporary credentials without a role.

use super::{
    actions::{Call, Done, credentials_xml},
    denials::Denied,
    fault::Fault,
    held::Principal,
    limits::{self, Limits},
    tags::SessionTags,
    xml::Xml,
};

const DEFAULT_SECONDS: i64 = 43_200;
const ROOT_SECONDS: i64 = 900;
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html#API_AssumeRoot_RequestParameters>
const ROOT_TASKS: [&str; 5] = [
    "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
    "arn:aws:iam::aws:policy/root-task/IAMCreateRootUserPassword",
    "arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials",
    "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
    "arn:aws:iam::aws:policy/root-task/SQSUnlockQueuePolicy",
];

impl Call<'_> {
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
    pub(super) fn get_session_token(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let mut limits = Limits::default();
        let seconds = limits.seconds("durationSeconds", self.params.get("DurationSeconds"), 900, 129_600)?;
        limits.mfa(self.params);
        limits.check()?;
        let Principal::User { account, name, temporary: false, .. } = caller.principal.clone() else {
            return Err(Fault::access_denied("Cannot call GetSessionToken with session credentials"));
        };
        let mfa = self.checked_mfa(&caller.principal)?;
        let session = Principal::User { account, name, temporary: true, mfa };
        let credentials = self.issue(session, seconds.unwrap_or(DEFAULT_SECONDS));
        let result = Xml::default().element("Credentials", credentials_xml(&credentials));
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
    pub(super) fn get_federation_token(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let get = |name| self.params.get(name);
        let mut limits = Limits::default();
        limits.present("name", get("Name"));
        limits.length("name", get("Name"), 2, 32);
        limits.alphabet("name", get("Name"), "");
        limits.length("policy", get("Policy"), 1, 2_048);
        limits.policy_arns(self.params);
        let seconds = limits.seconds("durationSeconds", get("DurationSeconds"), 900, 129_600)?;
        limits.check()?;
        let packed = limits::packed(self.params, &SessionTags::read(self.params)?)?;
        let Principal::User { account, temporary: false, .. } = caller.principal else {
            return Err(Fault::access_denied("Cannot call GetFederationToken with session credentials"));
        };
        let session = Principal::Federated { account, name: get("Name").unwrap_or_default().to_owned() };
        let user = Xml::default().text("FederatedUserId", &session.user_id()).text("Arn", &session.arn());
        let credentials = self.issue(session, seconds.unwrap_or(DEFAULT_SECONDS));
        let result = Xml::default()
            .element("Credentials", credentials_xml(&credentials))
            .element("FederatedUser", user)
            .maybe("PackedPolicySize", packed.map(|size| size.to_string()).as_deref());
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }

    /// Lets the world's first account, which is the organization's management account, into the others.
    /// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html>
    pub(super) fn assume_root(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let get = |name| self.params.get(name);
        let (target, task) = (get("TargetPrincipal"), get("TaskPolicyArn.arn"));
        let mut limits = Limits::default();
        limits.present("targetPrincipal", target);
        limits.length("targetPrincipal", target, 12, 2_048);
        limits.present("taskPolicyArn", task);
        let seconds = limits.seconds("durationSeconds", get("DurationSeconds"), 0, ROOT_SECONDS)?;
        limits.check()?;
        let (target, task) = (target.unwrap_or_default(), task.unwrap_or_default());
        if !ROOT_TASKS.contains(&task) {
            return Err(Fault::validation(format!("{task} is not a task policy for root sessions.")));
        }
        let account =
            target.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")).unwrap_or(target);
        let resource = format!("arn:aws:iam::{account}:root");
        let denied = || {
            let conditions = [("sts:TaskPolicyArn", Some(task))];
            let action = "sts:AssumeRoot";
            let principal = &caller.principal;
            self.access_denied(&Denied { principal, action, resource: &resource, conditions: &conditions })
        };
        let management = self.shared.world.management_account();
        let may = matches!(caller.principal, Principal::User { .. } | Principal::Role(_))
            && management == Some(caller.principal.account())
            && management != Some(account)
            && self.shared.world.account_name(account).is_some();
        if !may {
            return Err(denied());
        }
        let session = Principal::Root { account: account.to_owned() };
        let credentials = self.issue(session, seconds.unwrap_or(ROOT_SECONDS));
        let result = Xml::default().element("Credentials", credentials_xml(&credentials));
        Ok(Done { result, access_key_id: credentials.access_key_id })
    }
}
