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
    shared::Shared,
    sigv4::Received,
    xml::Xml,
};
use crate::{journal::Trace, params::Params};

/// What the header of a call to Organizations begins with
/// (<https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html>).
const TARGET: &str = "AWSOrganizationsV20161128.";
pub(super) const TARGET_HEADER: &str = "x-amz-target";
const PAGE: usize = 2;

impl Call<'_> {
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>
    pub(super) fn list_account_aliases(&self) -> Result<Done, Fault> {
        let caller = self.looking("iam:ListAccountAliases")?;
        let aliases = Xml::default().maybe("member", self.shared.world.alias(caller.principal.account()).as_deref());
        let result = Xml::default().element("AccountAliases", aliases).text("IsTruncated", "false");
        Ok(Done { result, access_key_id: caller.access_key_id })
    }

    /// The caller, if its role may look around in its account.
    fn looking(&self, action: &str) -> Result<Caller, Fault> {
        let caller = self.caller()?;
        let may = match &caller.principal {
            Principal::Role(session) => self.shared.world.role(&session.role_arn).is_some_and(|it| it.role.may_look),
            Principal::User { .. } | Principal::Federated { .. } | Principal::Root { .. } => false,
        };
        let denied = Denied { principal: &caller.principal, action, resource: "*", conditions: &[] };
        if may { Ok(caller) } else { Err(self.access_denied(&denied)) }
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

fn in_json(operation: &str, answer: Result<Value, Fault>) -> Response {
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
