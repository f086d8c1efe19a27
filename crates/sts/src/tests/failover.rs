//! What happens when a region's STS is away.

use daypass_core::problem::{AwsProblem, ProblemCode};
use std::collections::BTreeMap;
use std::time::Instant;

use super::*;
use daypass_core::credentials::{IssuedCredentials, Keys};
use daypass_core::endpoints::Endpoints;
use daypass_core::service::Service;

const HERE: &str = "eu-central-1";
const THERE: &str = "eu-west-1";

fn sts_of(regions: &[(&str, &str)]) -> Sts {
    let sts_by_region: BTreeMap<_, _> =
        regions.iter().map(|(region, url)| (region.parse().unwrap(), url.parse().unwrap())).collect();
    // The default would need TLS, which these don't speak.
    let endpoints =
        Endpoints { sts_by_region, sts: Some("http://127.0.0.1:9".parse().unwrap()), ..Endpoints::default() };
    Sts::new(endpoints, Arc::new(Stopped), None).unwrap()
}

fn order() -> ExchangeRequest {
    ExchangeRequest {
        target: "arn:aws:iam::123456789012:role/Dev".parse().unwrap(),
        at: StsRegions {
            regions: vec![HERE.parse().unwrap(), THERE.parse().unwrap()],
            endpoint: StsEndpoint::default(),
        },
        terms: Terms::default(),
        is_chained: false,
    }
}

async fn exchange(sts: &Sts) -> Result<IssuedCredentials, ExchangeError> {
    let (token, session_name) = ("PLANTED-TOKEN".into(), "ann".parse().unwrap());
    let identity = WebIdentity { token: &token, provider_id: None, session_name: &session_name };
    sts.assume_role_with_web_identity(&order(), identity).await
}

async fn open() -> Fake {
    Fake::start(|_, _| Reply::with(200, "text/xml", success())).await
}

fn user_keys() -> Keys {
    Keys { access_key_id: "AKIA1".into(), secret_access_key: "PLANTED".into(), session_token: None }
}

async fn refusing(status: u16, code: &'static str) -> Fake {
    Fake::start(move |_, _| Reply::with(status, "text/xml", refusal(code, ""))).await
}

#[tokio::test]
async fn the_next_region_answers_for_one_that_is_closed() {
    let there = open().await;
    let issued = exchange(&sts_of(&[(HERE, &closed()), (THERE, &there.url)])).await.unwrap();
    assert_eq!(issued.fallback_region.as_ref().map(Region::as_str), Some(THERE));
    assert_eq!(there.count("POST /"), 1);

    let here = open().await;
    let issued = exchange(&sts_of(&[(HERE, &here.url), (THERE, &there.url)])).await.unwrap();
    assert_eq!(issued.fallback_region, None);
    assert_eq!(there.count("POST /"), 1, "whoever is there is asked alone");
}

#[tokio::test]
async fn a_host_without_address_and_one_that_hangs_up_are_away_too() {
    let there = open().await;
    let hangs_up = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", hangs_up.local_addr().unwrap());
    tokio::spawn(async move { while hangs_up.accept().await.is_ok() {} });
    for away in ["http://sts.invalid", &url] {
        let issued = exchange(&sts_of(&[(HERE, away), (THERE, &there.url)])).await.unwrap();
        assert_eq!(issued.fallback_region.as_ref().map(Region::as_str), Some(THERE), "{away}");
    }
}

#[tokio::test]
async fn a_region_that_is_switched_off_is_left_for_the_next() {
    let (off, there) = (refusing(403, "RegionDisabledException").await, open().await);
    let issued = exchange(&sts_of(&[(HERE, &off.url), (THERE, &there.url)])).await.unwrap();
    assert_eq!(issued.fallback_region.as_ref().map(Region::as_str), Some(THERE));

    // With all of them off or away, the first says what to do: one that is only away comes back, and a session waits
    // for it.
    for next in [closed(), off.url.clone()] {
        let problem = Problem::from(exchange(&sts_of(&[(HERE, &off.url), (THERE, &next)])).await.unwrap_err());
        assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::RegionDisabled), "{problem}");
    }
    let error = exchange(&sts_of(&[(HERE, &closed()), (THERE, &off.url)])).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
}

#[tokio::test]
async fn a_region_that_is_out_of_order_is_left_for_the_next() {
    let there = open().await;
    let page = || "<html>Bad Gateway</html>".to_owned();
    for (asked, (status, body)) in
        [(500, refusal("InternalFailure", "")), (503, refusal("ServiceUnavailable", "")), (502, page())]
            .into_iter()
            .enumerate()
    {
        let here = Fake::start(move |_, _| Reply::with(status, "text/xml", body.clone())).await;
        let issued = exchange(&sts_of(&[(HERE, &here.url), (THERE, &there.url)])).await.unwrap();
        assert_eq!(issued.fallback_region.as_ref().map(Region::as_str), Some(THERE), "{status}");
        assert_eq!(there.count("POST /"), asked + 1);
        for next in [closed(), refusing(403, "RegionDisabledException").await.url.clone()] {
            let error = exchange(&sts_of(&[(HERE, &here.url), (THERE, &next)])).await.unwrap_err();
            assert!(error.is_passing(), "{error}");
        }
    }
    // A code was read there.
    let (keys, typed) = (user_keys(), "012345".into());
    let mfa = Mfa { serial: "arn:aws:iam::123456789012:mfa/ann", code: &typed };
    let (here, there) = (refusing(503, "ServiceUnavailable").await, open().await);
    let error = sts_of(&[(HERE, &here.url), (THERE, &there.url)]).assume_role(&order(), &keys, "ann", Some(mfa)).await;
    assert!(error.is_err_and(|error| error.is_passing()));
    assert_eq!((here.count("POST /"), there.count("POST /")), (1, 0));
}

#[tokio::test]
async fn a_refusal_is_the_same_everywhere() {
    let there = open().await;
    for (status, code) in [(403, "AccessDenied"), (400, "ExpiredTokenException"), (400, "Throttling")] {
        let here = refusing(status, code).await;
        let error = exchange(&sts_of(&[(HERE, &here.url), (THERE, &there.url)])).await.unwrap_err();
        assert!(error.to_string().contains(code), "{error}");
    }
    assert_eq!(there.count("POST /"), 0);
}

#[tokio::test]
async fn all_that_were_asked_are_named_and_it_takes_seconds() {
    let (here, there) = (closed(), closed());
    let began = Instant::now();
    let error = exchange(&sts_of(&[(HERE, &here), (THERE, &there)])).await.unwrap_err();
    assert!(error.is_passing());
    let problem = Problem::from(error);
    assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::Unreachable));
    assert!(problem.message.contains(&here) && problem.message.contains(&there), "{problem}");
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_address_for_all_regions_is_asked_once() {
    let all = closed();
    let error = exchange(&sts(&all)).await.unwrap_err();
    assert_eq!(error.to_string().matches(&all).count(), 1, "{error}");
}

#[tokio::test]
async fn an_mfa_code_goes_to_another_region_only_if_it_never_left() {
    let (keys, typed) = (user_keys(), "012345".into());
    let mfa = Mfa { serial: "arn:aws:iam::123456789012:mfa/ann", code: &typed };
    let there = open().await;
    // It answers as AssumeRoleWithWebIdentity would, so that what matters here is only whether it is asked.
    let sts = sts_of(&[(HERE, &closed()), (THERE, &there.url)]);
    let _ = sts.assume_role(&order(), &keys, "ann", Some(mfa)).await;
    assert_eq!(there.count("POST /"), 1);

    let hangs_up = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", hangs_up.local_addr().unwrap());
    tokio::spawn(async move { while hangs_up.accept().await.is_ok() {} });
    let error = sts_of(&[(HERE, &url), (THERE, &there.url)]).assume_role(&order(), &keys, "ann", Some(mfa)).await;
    assert!(matches!(error, Err(ExchangeError::Unreachable { .. })), "{error:?}");
    assert_eq!(there.count("POST /"), 1, "the connection broke after the code may have been read");
}

#[tokio::test]
async fn settings_that_have_no_endpoint_ask_nobody() {
    let endpoint = StsEndpoint { fips: true, ..StsEndpoint::default() };
    let order = ExchangeRequest { at: StsRegions { endpoint, ..frankfurt() }, ..order() };
    let here = open().await;
    let (token, session_name) = ("PLANTED-TOKEN".into(), "ann".parse().unwrap());
    let identity = WebIdentity { token: &token, provider_id: None, session_name: &session_name };
    let problem = Problem::from(sts(&here.url).assume_role_with_web_identity(&order, identity).await.unwrap_err());
    assert_eq!(problem.code, ProblemCode::StsNoEndpoint);
    assert!(problem.message.contains("fips"), "{problem}");
    assert_eq!(here.count("POST /"), 0);
}
