//! What Daypass asks AWS about a leaked key: CloudTrail's event history, and IAM to deny a role's older sessions.

use std::time::SystemTime;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use chrono::DateTime;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::sts::sdk_credentials;
use super::{Aws, CallContext, ExchangeError};
use daypass_core::credentials::Keys;
use daypass_core::leak::{REVOKE_POLICY, TrailEvent};
use daypass_core::names::{Partition, Region, Target};
use daypass_core::problem::{AwsProblem, Problem, ProblemCode, ProblemKind};
use daypass_core::service::Service;

/// <https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html>
const OPERATION: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
const CONTENT_TYPE: &str = "application/x-amz-json-1.1";

/// The most that one answer has. Two calls a second are allowed, so one is enough for a report.
const MOST: u32 = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    #[serde(default)]
    events: Vec<FoundEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FoundEvent {
    event_time: f64,
    #[serde(default)]
    event_source: String,
    #[serde(default)]
    event_name: String,
    /// The whole event, as JSON in a text.
    cloud_trail_event: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WholeEvent {
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: Option<String>,
    error_code: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Fault {
    #[serde(rename = "__type")]
    kind: String,
    #[serde(alias = "Message")]
    message: String,
}

impl Aws {
    /// What CloudTrail's event history of the last 90 days says about an access key in a region: the newest 50 events.
    ///
    /// # Errors
    ///
    /// `cloudtrail-…`: what CloudTrail refuses, or why it can't be asked. (It needs `cloudtrail:LookupEvents`.)
    pub async fn trail_of_key(
        &self,
        keys: &Keys,
        region: &Region,
        access_key_id: &str,
    ) -> Result<Vec<TrailEvent>, Problem> {
        let asked = json!({
            "LookupAttributes": [{ "AttributeKey": "AccessKeyId", "AttributeValue": access_key_id }],
            "MaxResults": MOST,
        });
        let url = self.trail_address(region)?;
        let body = asked.to_string();
        let request = signed(keys, region, &url, body, self.surroundings.clock.now().into())?;
        let context = CallContext {
            service: Service::CloudTrail,
            operation: "LookupEvents",
            subject: Some(access_key_id.to_owned()),
            endpoint: url.to_string(),
            region: Some(region.clone()),
        };
        let answer = self.http()?.send(request).await.map_err(|unanswered| {
            let (service, endpoint) = (Service::CloudTrail, context.endpoint.clone());
            Problem::from(&ExchangeError::Unreachable { service, endpoint, trouble: unanswered.trouble })
        })?;
        if answer.status != 200 {
            let Fault { kind, message } = serde_json::from_slice(&answer.body).unwrap_or_default();
            let code = kind.rsplit('#').next().unwrap_or_default();
            return Err(Problem::from(&ExchangeError::refused(context, answer.status, code, &message, None)));
        }
        let found: Found = serde_json::from_slice(&answer.body).map_err(|error| {
            tracing::debug!(kind = ?error.classify(), column = error.column(), "an answer isn't CloudTrail's");
            let (service, endpoint) = (Service::CloudTrail, url.to_string());
            Problem::from(&ExchangeError::NotTheService { service, endpoint, status: answer.status })
        })?;
        Ok(found.events.into_iter().map(event_of).collect())
    }

    /// Denies every session of a role that was issued before the policy's moment.
    ///
    /// # Errors
    ///
    /// What IAM refuses. (It needs `iam:PutRolePolicy`.)
    pub async fn put_revocation(&self, keys: &Keys, role: &Target, policy: &str) -> Result<(), Problem> {
        let config = self.sdk_config(Service::Iam, &role.partition().default_region())?;
        let config = aws_sdk_iam::config::Builder::from(&config)
            .behavior_version(aws_sdk_iam::config::BehaviorVersion::v2026_01_12())
            .credentials_provider(sdk_credentials(keys));
        let client = aws_sdk_iam::Client::from_conf(config.build());
        let put = client.put_role_policy().role_name(role.name()).policy_name(REVOKE_POLICY).policy_document(policy);
        let endpoint =
            self.surroundings.endpoints.of(Service::Iam).map_or_else(|| "AWS".to_owned(), ToString::to_string);
        let subject = Some(role.to_string());
        let context =
            CallContext { service: Service::Iam, operation: "PutRolePolicy", subject, endpoint, region: None };
        put.send().await.map(drop).map_err(|error| Problem::from(&ExchangeError::of(context, &error)))
    }

    fn trail_address(&self, region: &Region) -> Result<Url, Problem> {
        let endpoints = &self.surroundings.endpoints;
        if let Some(replaced) = endpoints.of(Service::CloudTrail) {
            return Ok(replaced.clone());
        }
        // Keys that another server made don't go to AWS.
        let address = match endpoints.sts {
            Some(_) => Err("STS is replaced here, and CloudTrail isn't: set AWS_ENDPOINT_URL_CLOUDTRAIL".to_owned()),
            None => Ok(format!("https://cloudtrail.{region}.{}/", Partition::of_region(region).dns_suffix())),
        };
        let url = address.and_then(|address| Url::parse(&address).map_err(|error| error.to_string()));
        url.map_err(|why| unsent(&why))
    }
}

/// The request, signed with the keys.
fn signed(keys: &Keys, region: &Region, url: &Url, body: String, now: SystemTime) -> Result<reqwest::Request, Problem> {
    let identity = sdk_credentials(keys).into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name("cloudtrail")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| unsent(&error))?;
    let own = [("content-type", CONTENT_TYPE), ("x-amz-target", OPERATION)];
    let to_sign = SignableRequest::new("POST", url.as_str(), own.into_iter(), SignableBody::Bytes(body.as_bytes()))
        .map_err(|error| unsent(&error))?;
    let (instructions, _) = sign(to_sign, &params.into()).map_err(|error| unsent(&error))?.into_parts();
    let mut request = reqwest::Request::new(Method::POST, url.clone());
    for (name, value) in own.into_iter().chain(instructions.headers()) {
        let name: HeaderName = name.parse().map_err(|error| unsent(&error))?;
        request.headers_mut().insert(name, HeaderValue::from_str(value).map_err(|error| unsent(&error))?);
    }
    *request.body_mut() = Some(body.into());
    Ok(request)
}

/// The request couldn't be made.
fn unsent(why: &dyn std::fmt::Display) -> Problem {
    let code = ProblemCode::Aws(Service::CloudTrail, AwsProblem::Request);
    Problem::new(ProblemKind::Failed, code, format!("CloudTrail can't be asked: {why}"))
}

fn event_of(found: FoundEvent) -> TrailEvent {
    let whole: WholeEvent =
        found.cloud_trail_event.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    #[allow(clippy::cast_possible_truncation)] // Seconds since 1970.
    let at = DateTime::from_timestamp(found.event_time as i64, 0).unwrap_or_default();
    TrailEvent {
        at,
        source: found.event_source,
        name: found.event_name,
        from: whole.source_ip_address,
        error: whole.error_code,
    }
}
