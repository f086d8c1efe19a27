//! What happens when a region's STS is unavailable.

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
    Sts::new(endpoints, Arc::new(Stopped), Network::plain()).unwrap()
}

fn order() -> ExchangeRequest {
    ExchangeRequest {
        target: "arn:aws:iam::123456789012:role/Dev".parse().unwrap(),
        at: StsRegions {
            regions: vec![HERE.parse().unwrap(), THERE.parse().unwrap()],
            last_resort: None,
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
    Keys::new("AKIA1", "PLANTED", None).unwrap()
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
    assert_eq!(there.count("POST /"), 1, "only the reachable one is asked");
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

/// A region that accounts have to enable.
const MILAN: &str = "eu-south-1";

async fn unknown() -> Fake {
    refusing(403, "InvalidClientTokenId").await
}

/// A role by keys, asked for in Milan and then in the others.
async fn with_keys(
    regions: &[(&str, &str)],
    last_resort: Option<&str>,
    mfa: Option<Mfa<'_>>,
) -> Result<IssuedCredentials, ExchangeError> {
    let asked = regions.iter().map(|(region, _)| *region).filter(|region| Some(*region) != last_resort);
    let at = StsRegions {
        regions: asked.map(|region| region.parse().unwrap()).collect(),
        last_resort: last_resort.map(|region| region.parse().unwrap()),
        endpoint: StsEndpoint::default(),
    };
    sts_of(regions).assume_role(&ExchangeRequest { at, ..order() }, &user_keys(), "ann", mfa).await
}

async fn giving_roles() -> Fake {
    Fake::start(|_, _| Reply::with(200, "text/xml", success().replace("WithWebIdentity", ""))).await
}

#[tokio::test]
async fn a_region_that_does_not_know_the_account_is_left_for_the_next() {
    let (milan, there) = (unknown().await, giving_roles().await);
    let issued = with_keys(&[(MILAN, &milan.url), (THERE, &there.url)], None, None).await.unwrap();
    assert_eq!(issued.fallback_region.as_ref().map(Region::as_str), Some(THERE));
    // Who signed it is looked up before the code is read.
    let typed = "012345".into();
    let mfa = Mfa { serial: "arn:aws:iam::123456789012:mfa/ann", code: &typed };
    with_keys(&[(MILAN, &milan.url), (THERE, &there.url)], None, Some(mfa)).await.unwrap();

    // Every account has Ireland, so the key is wrong, whatever Milan said before and whichever region is unavailable
    // after it.
    let ireland = unknown().await;
    for regions in [
        vec![(THERE, ireland.url.clone())],
        vec![(MILAN, milan.url.clone()), (THERE, ireland.url.clone())],
        vec![(MILAN, milan.url.clone()), (THERE, ireland.url.clone()), (HERE, closed())],
    ] {
        let regions: Vec<_> = regions.iter().map(|(region, url)| (*region, url.as_str())).collect();
        let error = with_keys(&regions, None, None).await.unwrap_err();
        let problem = Problem::from(&error);
        assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::InvalidClientTokenId));
        assert!(problem.hint.is_some_and(|hint| hint.contains("was deleted") && hint.contains(THERE)), "{error}");
    }
    // A new key isn't known everywhere at once.
    let issued = with_keys(&[(THERE, &ireland.url), (HERE, &there.url)], None, None).await.unwrap();
    assert_eq!(issued.fallback_region.as_ref().map(Region::as_str), Some(HERE));
    // What another region says about the request itself is the answer.
    let denying = refusing(403, "AccessDenied").await;
    let error = with_keys(&[(MILAN, &milan.url), (THERE, &denying.url)], None, None).await.unwrap_err();
    assert_eq!(Problem::from(&error).code, ProblemCode::Aws(Service::Sts, AwsProblem::AccessDenied));
}

#[tokio::test]
async fn a_key_is_not_called_wrong_where_the_region_may_be_the_reason() {
    let milan = unknown().await;
    let elsewhere = refusal("SignatureDoesNotMatch", "Credential should be scoped to a valid region.");
    let private = Fake::start(move |_, _| Reply::with(403, "text/xml", elsewhere.clone())).await;
    for next in [closed(), private.url.clone()] {
        let error = with_keys(&[(MILAN, &milan.url), (THERE, &next)], None, None).await.unwrap_err();
        let problem = Problem::from(&error);
        assert_eq!(problem.code, ProblemCode::Aws(Service::Sts, AwsProblem::OptInRequired), "{problem}");
        assert_eq!(problem.service_code.as_deref(), Some("InvalidClientTokenId"));
        let hint = problem.hint.unwrap();
        assert!(hint.contains(MILAN) && hint.contains("settings.sts.region"), "{hint}");
        assert!(error.is_of_spent_keys(), "which it may still be");
    }
}

#[tokio::test]
async fn the_last_resort_is_asked_for_an_account_that_is_not_known() {
    let home = giving_roles().await;
    for refused in [unknown().await, refusing(403, "RegionDisabledException").await] {
        let asked = home.count("POST /");
        let regions = [(MILAN, refused.url.as_str()), (HERE, home.url.as_str())];
        let issued = with_keys(&regions, Some(HERE), None).await.unwrap();
        assert_eq!(issued.fallback_region.as_ref().map(Region::as_str), Some(HERE));
        assert_eq!(home.count("POST /"), asked + 1);
    }
    let asked = home.count("POST /");
    for other in [
        closed(),
        refusing(503, "ServiceUnavailable").await.url.clone(),
        refusing(403, "AccessDenied").await.url.clone(),
    ] {
        with_keys(&[(MILAN, &other), (HERE, &home.url)], Some(HERE), None).await.unwrap_err();
    }
    assert_eq!(home.count("POST /"), asked, "for nothing else");
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
async fn settings_without_an_endpoint_send_nothing() {
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
