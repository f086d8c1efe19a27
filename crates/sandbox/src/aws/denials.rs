//! Explains denials in AWS's words and, if the knob is set, in an encoded message that only STS can read.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

use serde_json::{Value, json};

use super::{
    actions::{Call, Done},
    fault::Fault,
    held::Principal,
    limits::Limits,
    xml::Xml,
};

/// A denied request.
pub(super) struct Denied<'a> {
    pub(super) principal: &'a Principal,
    pub(super) action: &'a str,
    pub(super) resource: &'a str,
    pub(super) conditions: &'a [(&'a str, Option<&'a str>)],
}

impl Call<'_> {
    /// `AccessDenied`. If the knob is set, an encoded message follows, worded as by EC2.
    pub(super) fn access_denied(&self, denied: &Denied<'_>) -> Fault {
        let Denied { principal, action, resource, .. } = denied;
        let arn = principal.arn();
        let mut words = format!("User: {arn} is not authorized to perform: {action} on resource: {resource}");
        if self.shared.panel.read().encode_denials {
            words += ". Encoded authorization failure message: ";
            words += &self.shared.encoded_messages.encode(&denied.meaning());
        }
        Fault::access_denied(words)
    }

    pub(super) fn decode_authorization_message(&self) -> Result<Done, Fault> {
        let caller = self.caller()?;
        let message = self.params.get("EncodedMessage");
        let mut limits = Limits::default();
        limits.present("encodedMessage", message);
        limits.length("encodedMessage", message, 1, 10_240);
        limits.check()?;
        let decoded = message.and_then(|message| self.shared.encoded_messages.decode(message));
        let decoded = decoded.ok_or_else(Fault::invalid_authorization_message)?;
        let result = Xml::default().text("DecodedMessage", &decoded);
        Ok(Done { result, access_key_id: caller.access_key_id })
    }
}

impl Denied<'_> {
    fn meaning(&self) -> Value {
        let condition = |(key, value): &(&str, Option<&str>)| {
            value.map(|value| json!({ "key": key, "values": { "items": [{ "value": value }] } }))
        };
        let conditions: Vec<Value> = self.conditions.iter().filter_map(condition).collect();
        json!({
            "allowed": false,
            "explicitDeny": false,
            "matchedStatements": { "items": [] },
            "failures": { "items": [] },
            "context": {
                "principal": { "id": self.principal.user_id(), "arn": self.principal.arn() },
                "action": self.action,
                "resource": self.resource,
                "conditions": { "items": conditions },
            },
        })
    }
}
