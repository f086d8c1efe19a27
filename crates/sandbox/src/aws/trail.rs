//! CloudTrail's event history, of what the sandbox was asked.
//! <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>

use axum::response::Response;
use serde_json::{Value, json};

use super::{account_names::in_json, actions::Call, fault::Fault, shared::Shared, sigv4::Received};
use crate::{journal::Entry, params::Params};

/// The operation, as the header names it.
pub(super) const LOOKUP: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";

const MOST: usize = 50;

/// Answers `LookupEvents`.
pub(super) fn look_up(shared: &Shared, request: Received<'_>) -> Response {
    let call = Call { shared, request, params: &Params::default(), now: shared.now() };
    let asked = serde_json::from_slice(request.body).unwrap_or_default();
    in_json("LookupEvents", call.events(&asked))
}

impl Call<'_> {
    fn events(&self, asked: &Value) -> Result<Value, Fault> {
        self.permitted("cloudtrail:LookupEvents", |role| role.may_look)?;
        let attribute = &asked["LookupAttributes"][0];
        if attribute["AttributeKey"] != "AccessKeyId" {
            return Err(Fault::validation("The sandbox looks events up by AccessKeyId."));
        }
        let key = attribute["AttributeValue"].as_str();
        // What issued the key was signed with another one, or with none.
        let is_meant = |entry: &&Entry| {
            entry.access_key_id.as_deref() == key
                && !entry.action.as_deref().is_some_and(|action| action.starts_with("Assume"))
        };
        let events: Vec<Value> =
            self.shared.journal.recent().iter().rev().filter(is_meant).take(MOST).map(event).collect();
        Ok(json!({ "Events": events }))
    }
}

fn event(entry: &Entry) -> Value {
    let action = entry.action.as_deref().unwrap_or_default();
    let source = if action == "GetCallerIdentity" { "sts.amazonaws.com" } else { "iam.amazonaws.com" };
    let error = (entry.outcome != "ok").then_some(&entry.outcome);
    let whole = json!({ "eventName": action, "sourceIPAddress": "127.0.0.1", "errorCode": error });
    json!({
        "EventId": entry.request_id,
        "EventName": action,
        "EventSource": source,
        "EventTime": entry.at.timestamp(),
        "AccessKeyId": entry.access_key_id,
        "CloudTrailEvent": whole.to_string(),
    })
}
