//! The workspace in Leapp's file, of any of its versions. What has another type than expected counts as absent.

use serde_json::Value;

/// A workspace.
pub(super) struct Workspace(Value);

/// One of its sessions.
#[derive(Clone, Copy)]
pub(super) struct Session<'a>(&'a Value);

/// What a session is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    IamUser,
    Federated,
    Chained,
    SsoRole,
    Azure,
    Localstack,
    Other,
}

/// An IAM Identity Center portal.
pub(super) struct Portal<'a> {
    /// Empty in a workspace older than integrations, which has one portal at most.
    pub(super) id: &'a str,
    pub(super) alias: &'a str,
    pub(super) url: &'a str,
    pub(super) region: &'a str,
}

impl Workspace {
    /// The workspace in a text. `None` if it isn't one.
    pub(super) fn read(json: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(json).ok()?;
        let workspace = Self(value);
        workspace.field("sessions").is_array().then_some(workspace)
    }

    /// A field. Leapp's class writes it with an underscore, its migrations without.
    pub(super) fn field(&self, name: &str) -> &Value {
        let own = self.0.get(format!("_{name}")).filter(|value| !value.is_null());
        own.or_else(|| self.0.get(name)).unwrap_or(&Value::Null)
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.field(name).as_str().unwrap_or_default().trim()
    }

    /// How many items a list or a table has.
    pub(super) fn count(&self, name: &str) -> usize {
        match self.field(name) {
            Value::Array(items) => items.len(),
            Value::Object(table) => table.len(),
            _ => 0,
        }
    }

    pub(super) fn sessions(&self) -> impl Iterator<Item = Session<'_>> {
        list(self.field("sessions")).map(Session)
    }

    pub(super) fn portals(&self) -> Vec<Portal<'_>> {
        let portal = |value, id| Portal {
            id,
            alias: text(value, "alias"),
            url: text(value, "portalUrl"),
            region: text(value, "region"),
        };
        let portals: Vec<Portal<'_>> =
            list(self.field("awsSsoIntegrations")).map(|value| portal(value, text(value, "id"))).collect();
        let only = self.field("awsSsoConfiguration");
        if portals.is_empty() && !text(only, "portalUrl").is_empty() { vec![portal(only, "")] } else { portals }
    }

    /// The addresses of identity providers, with their ids.
    pub(super) fn idp_urls(&self) -> impl Iterator<Item = (&str, &str)> {
        list(self.field("idpUrls")).map(|value| (text(value, "id"), text(value, "url")))
    }

    /// The name of a profile.
    pub(super) fn profile(&self, id: &str) -> Option<&str> {
        let named = list(self.field("profiles")).find(|value| text(value, "id") == id)?;
        Some(text(named, "name")).filter(|name| !name.is_empty())
    }
}

impl<'a> Session<'a> {
    pub(super) fn kind(self) -> Kind {
        match self.text("type") {
            "awsIamUser" => Kind::IamUser,
            "awsIamRoleFederated" => Kind::Federated,
            "awsIamRoleChained" => Kind::Chained,
            "awsSsoRole" => Kind::SsoRole,
            "azure" => Kind::Azure,
            "localstack" => Kind::Localstack,
            _ => Kind::Other,
        }
    }

    pub(super) fn text(self, name: &str) -> &'a str {
        text(self.0, name)
    }

    pub(super) fn id(self) -> &'a str {
        self.text("sessionId")
    }

    pub(super) fn name(self) -> &'a str {
        self.text("sessionName")
    }

    /// The account of an IAM session, with its name.
    pub(super) fn account(self) -> Option<(&'a str, &'a str)> {
        let account = self.0.get("awsAccount")?;
        Some((text(account, "accountId"), text(account, "accountName")))
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().map_or(&[][..], Vec::as_slice).iter().filter(|item| item.is_object())
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default().trim()
}
