//! The few IAM actions that rotate an access key, for users and their own keys, and the one that tells an account's alias.
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>

use chrono::SecondsFormat;
use secrecy::ExposeSecret;

use super::{
    actions::{Call, Done},
    denials::Denied,
    fault::Fault,
    held::{Principal, Used, UserKey},
    limits::Limits,
    xml::Xml,
};

pub(super) const VERSION: &str = "2010-05-08";
pub(super) const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// An IAM user, to manage its keys.
struct Owner {
    account: String,
    name: String,
    access_key_id: String,
}

impl Call<'_> {
    pub(super) fn answer_iam(&self, action: &str) -> Result<Done, Fault> {
        match action {
            "CreateAccessKey" => self.create_access_key(),
            "ListAccessKeys" => self.list_access_keys(),
            "UpdateAccessKey" => self.update_access_key(),
            "DeleteAccessKey" => self.delete_access_key(),
            "CreateAccountAlias" => self.create_account_alias(),
            "PutRolePolicy" => self.put_role_policy(),
            "ListAccountAliases" => self.list_account_aliases(),
            "GetAccessKeyLastUsed" => self.get_access_key_last_used(),
            _ => Err(Fault::no_such_action(action, VERSION)),
        }
    }

    fn create_access_key(&self) -> Result<Done, Fault> {
        let owner = self.owner("iam:CreateAccessKey")?;
        let delay = self.shared.panel.read().key_delay_seconds;
        let (key, secret) = self.shared.keys.create(&owner.account, &owner.name, self.now, delay)?;
        let made = metadata(&owner, &key).text("SecretAccessKey", secret.expose_secret());
        Ok(Done { result: Xml::default().element("AccessKey", made), access_key_id: key.id })
    }

    fn list_access_keys(&self) -> Result<Done, Fault> {
        let owner = self.owner("iam:ListAccessKeys")?;
        let keys = self.shared.keys.of_user(&owner.account, &owner.name);
        let members = keys.iter().fold(Xml::default(), |xml, key| xml.element("member", metadata(&owner, key)));
        let result = Xml::default().element("AccessKeyMetadata", members).text("IsTruncated", "false");
        Ok(Done { result, access_key_id: owner.access_key_id })
    }

    fn update_access_key(&self) -> Result<Done, Fault> {
        let owner = self.owner("iam:UpdateAccessKey")?;
        let id = self.access_key_id()?;
        let active = match self.params.get("Status") {
            Some("Active") => true,
            Some("Inactive") => false,
            other => {
                let value = other.unwrap_or("null");
                return Err(Fault::validation(format!(
                    "1 validation error detected: Value '{value}' at 'status' failed to satisfy constraint: Member \
                     must satisfy enum value set: [Active, Inactive]"
                )));
            }
        };
        self.shared.keys.switch(&owner.account, &owner.name, id, active)?;
        Ok(Done { result: Xml::default(), access_key_id: id.to_owned() })
    }

    fn delete_access_key(&self) -> Result<Done, Fault> {
        let owner = self.owner("iam:DeleteAccessKey")?;
        let id = self.access_key_id()?;
        self.shared.keys.delete(&owner.account, &owner.name, id)?;
        Ok(Done { result: Xml::default(), access_key_id: id.to_owned() })
    }

    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>
    fn get_access_key_last_used(&self) -> Result<Done, Fault> {
        let owner = self.owner("iam:GetAccessKeyLastUsed")?;
        let id = self.access_key_id()?;
        // A key that isn't the user's gets the same answer as one that doesn't exist, or ids could be tried.
        let known = self.shared.keys.last_used(&owner.account, &owner.name, id);
        let used = known.ok_or_else(|| Fault::access_denied("The access key is not one of this user's."))?;
        let xml = match used {
            Some(Used { at, service, region }) => Xml::default()
                .text("LastUsedDate", &at.to_rfc3339_opts(SecondsFormat::Secs, true))
                .text("ServiceName", service)
                .text("Region", &region),
            None => Xml::default().text("ServiceName", "N/A").text("Region", "N/A"),
        };
        let result = Xml::default().text("UserName", &owner.name).element("AccessKeyLastUsed", xml);
        Ok(Done { result, access_key_id: owner.access_key_id })
    }

    /// The caller, who owns the keys.
    fn owner(&self, action: &str) -> Result<Owner, Fault> {
        let caller = self.caller()?;
        let denied = |resource: &str| {
            self.access_denied(&Denied { principal: &caller.principal, action, resource, conditions: &[] })
        };
        match &caller.principal {
            // IAM accepts a user's session only if it began with MFA.
            Principal::User { temporary: true, mfa: false, .. } => Err(Fault::unknown_key()),
            Principal::User { account, name, .. } => match self.params.get("UserName") {
                Some(other) if other != name => Err(denied(&format!("arn:aws:iam::{account}:user/{other}"))),
                _ => Ok(Owner {
                    account: account.clone(),
                    name: name.clone(),
                    access_key_id: caller.access_key_id.clone(),
                }),
            },
            other => Err(denied(&format!("arn:aws:iam::{}:user/*", other.account()))),
        }
    }

    fn access_key_id(&self) -> Result<&str, Fault> {
        let id = self.params.get("AccessKeyId");
        let mut limits = Limits::default();
        limits.present("accessKeyId", id);
        limits.length("accessKeyId", id, 16, 128);
        limits.check()?;
        Ok(id.unwrap_or_default())
    }
}

fn metadata(owner: &Owner, key: &UserKey) -> Xml {
    Xml::default()
        .text("UserName", &owner.name)
        .text("AccessKeyId", &key.id)
        .text("Status", if key.active { "Active" } else { "Inactive" })
        .text("CreateDate", &key.created.to_rfc3339_opts(SecondsFormat::Secs, true))
}
