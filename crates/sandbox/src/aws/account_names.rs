//! What accounts are called, for sessions that may ask: IAM, Account Management and Organizations.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use serde_json::{Value, json};

use super::{
    actions::{Call, Done},
    denials::Denied,
    fault::Fault,
    held::{Caller, Principal},
    limits::Limits,
    shared::Shared,
    sigv4::Received,
    xml::Xml,
};
use crate::{journal::Trace, params::Params, world::Role};

/// What the header of a call to Organizations begins with
/// (<https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>).
const TARGET: &str = "AWSOrganizationsV20161128.";
pub(super) const TARGET_HEADER: &str = "x-amz-target";
const PAGE: usize = 2;

impl Call<'_> {
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>
    pub(super) fn list_account_aliases(&self) -> Result<Done, Fault> {
        let caller = self.looking("iam:ListAccountAliases")?;
        let account = caller.principal.account();
        let given = self.shared.aliases.of(account).or_else(|| self.shared.world.alias(account));
        let aliases = Xml::default().maybe("member", given.as_deref());
        let result = Xml::default().element("AccountAliases", aliases).text("IsTruncated", "false");
        Ok(Done { result, access_key_id: caller.access_key_id })
    }

    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html>
    pub(super) fn create_account_alias(&self) -> Result<Done, Fault> {
        let caller = self.permitted("iam:CreateAccountAlias", |role| role.may_change)?;
        let alias = self.params.get("AccountAlias");
        let mut limits = Limits::default();
        limits.present("accountAlias", alias);
        limits.length("accountAlias", alias, 3, 63);
        limits.check()?;
        self.shared.aliases.give(caller.principal.account(), alias.unwrap_or_default());
        Ok(Done { result: Xml::default(), access_key_id: caller.access_key_id })
    }

    /// The caller, if its role may look around in its account.
    fn looking(&self, action: &str) -> Result<Caller, Fault> {
        self.permitted(action, |role| role.may_look)
    }

    /// The caller, if its role may do this, and its session policies too.
    pub(super) fn permitted(&self, action: &str, may: impl Fn(&Role) -> bool) -> Result<Caller, Fault> {
        let caller = self.caller()?;
        let Principal::Role(session) = &caller.principal else { return Err(self.not_permitted(&caller, action)) };
        if !self.shared.world.role(&session.role_arn).is_some_and(|it| may(&it.role)) {
            return Err(self.not_permitted(&caller, action));
        }
        if self.shared.revocations.deny(&session.role_arn, caller.issued_at) {
            let mut fault = self.not_permitted(&caller, action);
            fault.message += " with an explicit deny in an identity-based policy";
            return Err(fault);
        }
        if !session.policies.allow(action) {
            let mut fault = self.not_permitted(&caller, action);
            fault.message += &format!(" because no session policy allows the {action} action");
            return Err(fault);
        }
        Ok(caller)
    }

    fn not_permitted(&self, caller: &Caller, action: &str) -> Fault {
        self.access_denied(&Denied { principal: &caller.principal, action, resource: "*", conditions: &[] })
    }

    /// <https://docs.aws.amazon.com/accounts/latest/reference/API_GetAccountInformation.html>
    fn get_account_information(&self) -> Result<Value, Fault> {
        let caller = self.looking("account:GetAccountInformation")?;
        let id = caller.principal.account();
        Ok(json!({ "AccountId": id, "AccountName": self.shared.world.account_name(id) }))
    }

    fn describe_organization(&self) -> Result<Value, Fault> {
        self.looking("organizations:DescribeOrganization")?;
        Ok(
            json!({ "Organization": { "Id": "o-sandbox1234", "MasterAccountId": self.shared.world.management_account() } }),
        )
    }

    /// Two accounts a page. The token is where the next one begins.
    fn list_accounts(&self, asked: &Value) -> Result<Value, Fault> {
        let caller = self.looking("organizations:ListAccounts")?;
        let world = &self.shared.world;
        if world.management_account() != Some(caller.principal.account()) {
            return Err(Fault::access_denied("You don't have permissions to access this resource."));
        }
        let from = asked["NextToken"].as_str().and_then(|token| token.parse().ok()).unwrap_or(0);
        let all = world.accounts();
        let page: Vec<Value> =
            all.iter().skip(from).take(PAGE).map(|(id, name)| json!({ "Id": id, "Name": name })).collect();
        let next = from + PAGE;
        Ok(json!({ "Accounts": page, "NextToken": (next < all.len()).then(|| next.to_string()) }))
    }
}

/// `POST /getAccountInformation`.
pub(crate) async fn account_information(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Received {
        service: "account",
        method: &method,
        path: uri.path(),
        query: uri.query(),
        headers: &headers,
        body: &body,
    };
    let call = Call { shared: &shared, request, params: &Params::default(), now: shared.now() };
    in_json("GetAccountInformation", call.get_account_information())
}

/// A call to Organizations, which has the operation in a header.
pub(super) fn organizations(shared: &Shared, request: Received<'_>, target: &str) -> Response {
    let call = Call { shared, request, params: &Params::default(), now: shared.now() };
    let asked = serde_json::from_slice(request.body).unwrap_or_default();
    match target.strip_prefix(TARGET) {
        Some(operation @ "DescribeOrganization") => in_json(operation, call.describe_organization()),
        Some(operation @ "ListAccounts") => in_json(operation, call.list_accounts(&asked)),
        _ => in_json("unknown", Err(Fault::no_such_action(target, "2016-11-28"))),
    }
}

pub(super) fn in_json(operation: &str, answer: Result<Value, Fault>) -> Response {
    let mut trace = Trace { action: Some(operation.to_owned()), ..Trace::default() };
    let mut response = match answer {
        Ok(value) => {
            trace.outcome = Some("ok".to_owned());
            Json(value).into_response()
        }
        Err(fault) => {
            // As these services call it.
            let code = if fault.status == StatusCode::FORBIDDEN { "AccessDeniedException" } else { fault.code };
            trace.outcome = Some(code.to_owned());
            let headers = [(HeaderName::from_static("x-amzn-errortype"), HeaderValue::from_static(code))];
            (fault.status, headers, Json(json!({ "__type": code, "message": fault.message }))).into_response()
        }
    };
    response.extensions_mut().insert(trace);
    response
}
