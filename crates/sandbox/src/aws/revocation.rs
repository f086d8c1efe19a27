//! An inline policy on a role that denies the sessions issued before a moment, as IAM's console puts it to revoke them.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>

use serde_json::Value;

use super::{
    actions::{Call, Done},
    fault::Fault,
    limits::Limits,
    xml::Xml,
};

impl Call<'_> {
    pub(super) fn put_role_policy(&self) -> Result<Done, Fault> {
        let caller = self.permitted("iam:PutRolePolicy", |role| role.may_look)?;
        let get = |name| self.params.get(name);
        let (role, name, document) = (get("RoleName"), get("PolicyName"), get("PolicyDocument"));
        let mut limits = Limits::default();
        limits.present("roleName", role);
        limits.present("policyName", name);
        limits.present("policyDocument", document);
        limits.check()?;
        let arn = format!("arn:aws:iam::{}:role/{}", caller.principal.account(), role.unwrap_or_default());
        if self.shared.world.role(&arn).is_none() {
            let message = format!("The role with name {} cannot be found.", role.unwrap_or_default());
            return Err(Fault::new(http::StatusCode::NOT_FOUND, "NoSuchEntity", message));
        }
        let document: Value = serde_json::from_str(document.unwrap_or_default())
            .map_err(|_| Fault::malformed_policy("Syntax errors in policy."))?;
        let moment = &document["Statement"][0]["Condition"]["DateLessThan"]["aws:TokenIssueTime"];
        if let Some(before) = moment.as_str().and_then(|text| text.parse().ok()) {
            self.shared.revocations.put(&arn, before);
        }
        Ok(Done { result: Xml::default(), access_key_id: caller.access_key_id })
    }
}
