use secrecy::ExposeSecret;

use super::*;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

#[tokio::test]
async fn the_right_request_ends_the_wait_and_the_page_tells_the_truth() {
    let played = play(|_| {}).await;
    let (page, outcome) = sign_in(&played, settings(&played.fake.url)).await;
    let proof = outcome.unwrap();
    assert_eq!((proof.person.as_str(), proof.subject.as_str()), ("ann@example.org", "u-1"));
    assert_eq!(proof.expires_at.timestamp(), NOW + 300);
    assert_eq!(proof.refresh_token.as_ref().unwrap().expose_secret(), "PLANTED-REFRESH");
    assert_eq!(proof.claims["groups"], json!(["a"]));

    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    for part in [
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "<strong>corp</strong> as <strong>ann@example.org</strong>",
        "You can close this window",
    ] {
        assert!(page.contains(part), "{part} isn't in {page}");
    }
    let shown = format!("{proof:?} {page}");
    assert!(!shown.contains("PLANTED") && !shown.contains(proof.id_token.expose_secret()), "{shown}");

    let (_, body) = played.fake.seen.lock().unwrap().last().unwrap().clone();
    let sent: std::collections::HashMap<_, _> = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    assert_eq!(sent["code"], "PLANTED-CODE");
    assert!(sent["code_verifier"].len() >= 43, "PKCE");
    assert!(!sent.contains_key("client_secret"));
}

#[tokio::test]
async fn the_address_asks_for_all_that_makes_a_sign_in_safe() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    assert_eq!(query(&sign_in, "response_type"), "code");
    assert_eq!(query(&sign_in, "code_challenge_method"), "S256");
    assert_eq!(query(&sign_in, "code_challenge").len(), 43);
    assert!(query(&sign_in, "state").len() >= 43 && query(&sign_in, "nonce").len() >= 43);
    assert_eq!(query(&sign_in, "scope"), "openid email offline_access");
    assert_eq!(query(&sign_in, "prompt"), "consent");
    assert_eq!(query(&sign_in, "redirect_uri"), format!("http://127.0.0.1:{}/callback", port(&sign_in)));
    assert!(!format!("{sign_in:?}").contains(&query(&sign_in, "state")));

    let own = OidcSettings { scopes: vec!["openid".into(), "groups".into()], ..settings(&played.fake.url) };
    let sign_in = played.begin(own).await;
    assert_eq!(query(&sign_in, "scope"), "openid groups");
    assert_eq!(query(&sign_in, "prompt"), "");
}

#[tokio::test]
async fn no_other_request_ends_a_sign_in() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    let waiting = tokio::spawn(sign_in.wait());

    let right = format!("/callback?code=x&state={state}");
    let host = |host: &str| format!("GET {right} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    for (request, status) in [
        (get(port, "/callback?code=x&state=wrong"), "403"),
        (get(port, "/callback?code=x"), "403"),
        (get(port, "/callback?error=access_denied&state="), "403"),
        (get(port, &format!("/callback?error=access_denied&state={}", &state[1..])), "403"),
        (get(port, &format!("/other?code=x&state={state}")), "404"),
        (get(port, &format!("/callback/?code=x&state={state}")), "404"),
        (get(port, "/favicon.ico"), "404"),
        (get(port, &format!("/callback?state={state}")), "400"),
        (get(port, &format!("/callback?code=&state={state}")), "400"),
        (get(port, &format!("/callback?code=x&code=y&state={state}")), "400"),
        (get(port, &format!("http://127.0.0.1:{port}{right}")), "400"),
        (get(port, &right).replacen("GET", "POST", 1), "405"),
        (get(port, &right).replacen("GET", "HEAD", 1), "405"),
        (get(port, &right).replacen("GET", "get", 1), "405"),
        (host("evil.example.org"), "421"),
        (host(&format!("evil.example.org:{port}")), "421"),
        (host("127.0.0.1"), "421"),
        (host("127.0.0.1:1"), "421"),
        (host(&format!("127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}")), "400"),
        (format!("GET {right} HTTP/1.1\r\n\r\n"), "400"),
        (format!("GET {right} HTTP/2\r\nHost: 127.0.0.1:{port}\r\n\r\n"), "400"),
        (format!("GET {right}\r\n\r\n"), "400"),
        ("\u{16}\u{3}\u{1} hello\r\n\r\n".into(), "400"),
        (get(port, &right).replacen("Accept:", &format!("Pad: {}\r\nAccept:", "a".repeat(200_000)), 1), "431"),
        (get(port, &format!("/callback?pad={}&code=x&state={state}", "a".repeat(80_000))), "414"),
    ] {
        let answer = knock(port, &request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{:.200} got {answer:?}", request);
        // What isn't HTTP, or too long, gets no page.
        let is_bare = answer.contains("Content-Length: 0\r\n");
        assert!((is_bare || answer.contains("default-src 'none'")) && !answer.contains(&state), "{answer}");
        assert!(!waiting.is_finished(), "{request:.200} ended the sign-in");
    }
    let answer = knock(port, &host(&format!("LOCALHOST:{port}"))).await;
    assert!(answer.contains("ann@example.org"), "{answer}");
    waiting.await.unwrap().unwrap();
}

/// He read the address of the sign-in somewhere: state, nonce and challenge are in it.
#[tokio::test]
async fn another_user_of_the_machine_can_neither_end_a_sign_in_nor_finish_it_as_himself() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    let waiting = tokio::spawn(sign_in.wait());
    for answer in ["error=access_denied", "code=HIS-CODE"] {
        let request = get(port, &format!("/callback?{answer}&state={state}"));
        let Some(page) = crate::visitors::as_another_user(port, &request).await else { return };
        assert!(page.starts_with("HTTP/1.1 403 "), "{page}");
        assert!(!waiting.is_finished(), "{answer} ended the sign-in");
    }
    assert_eq!(played.fake.count("POST /token"), 0);
    let page = knock(port, &get(port, &format!("/callback?code=x&state={state}"))).await;
    assert!(page.contains("ann@example.org"), "{page}");
    assert_eq!(waiting.await.unwrap().unwrap().person, "ann@example.org");
}

#[tokio::test]
async fn slow_and_many_connections_cannot_keep_the_browser_out() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    let waiting = tokio::spawn(sign_in.wait());

    let mut slow = Vec::new();
    for i in 0..300 {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        if i % 2 == 0 {
            stream.write_all(b"GET /callback?x=").await.unwrap();
        }
        slow.push(stream);
    }
    // Connections are limited. The oldest is dropped long before its five seconds are over.
    let mut rest = [0; 16];
    let oldest = tokio::time::timeout(Duration::from_secs(2), slow[1].read(&mut rest)).await;
    assert!(matches!(oldest, Ok(Ok(0) | Err(_))), "{oldest:?}");
    let began = std::time::Instant::now();
    let page = knock(port, &get(port, &format!("/callback?code=x&state={state}"))).await;
    assert!(page.contains("Signed in"), "{page}");
    waiting.await.unwrap().unwrap();
    assert!(began.elapsed() < Duration::from_secs(4), "the browser waited {:?}", began.elapsed());
}

#[tokio::test]
async fn a_head_that_trickles_in_is_given_up_after_five_seconds() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let port = port(&sign_in);
    let waiting = tokio::spawn(sign_in.wait());
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let began = std::time::Instant::now();
    while stream.write_all(b"G").await.is_ok() && began.elapsed() < Duration::from_secs(20) {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!((4..15).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert!(!waiting.is_finished());
}

#[tokio::test]
async fn a_refused_consent_ends_it_with_the_providers_words() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    let waiting = tokio::spawn(sign_in.wait());
    let target = format!("/callback?error=access_denied&error_description=%3Cb%3Enot%20you%0A&state={state}");
    let page = knock(port, &get(port, &target)).await;
    assert!(page.contains("Not signed in") && page.contains("&lt;b&gt;not you") && !page.contains("<b>"), "{page}");
    let problem = Problem::from(waiting.await.unwrap().unwrap_err());
    assert_eq!((problem.kind, problem.code), (ProblemKind::Refused, ProblemCode::OidcConsentRefused));
    assert!(problem.message.ends_with(": <b>not you"), "{problem:?}");
    assert_eq!(played.fake.count("POST /token"), 0);
}

#[tokio::test]
async fn an_answer_in_another_providers_name_is_not_taken() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    let waiting = tokio::spawn(sign_in.wait());
    knock(port, &get(port, &format!("/callback?code=x&iss=https://evil.example.org&state={state}"))).await;
    let problem = Problem::from(waiting.await.unwrap().unwrap_err());
    assert_eq!(problem.code, ProblemCode::OidcAnswerFromOther);
    assert_eq!(played.fake.count("POST /token"), 0, "the code wasn't shown to the wrong provider");
}

#[tokio::test]
async fn an_answer_without_a_name_is_not_taken_from_a_provider_that_names_itself() {
    let played = play_as(|metadata| metadata["authorization_response_iss_parameter_supported"] = json!(true)).await;
    for (issuer, is_taken) in [("", false), (played.fake.url.as_str(), true)] {
        let sign_in = played.begin(settings(&played.fake.url)).await;
        let (port, state) = (port(&sign_in), query(&sign_in, "state"));
        let waiting = tokio::spawn(sign_in.wait());
        let issuer = if issuer.is_empty() { String::new() } else { format!("&iss={issuer}") };
        knock(port, &get(port, &format!("/callback?code=x&state={state}{issuer}"))).await;
        let outcome = waiting.await.unwrap().map(drop).map_err(|error| Problem::from(error).code);
        assert_eq!(outcome, if is_taken { Ok(()) } else { Err(ProblemCode::OidcAnswerFromOther) });
        assert_eq!(played.fake.count("POST /token"), usize::from(is_taken));
    }
}

#[tokio::test]
async fn an_identity_may_have_a_path_of_its_own_and_is_answered_nowhere_else() {
    let played = play(|_| {}).await;
    let own = OidcSettings { redirect_path: Some("/callback/corp".into()), ..settings(&played.fake.url) };
    let sign_in = played.begin(own).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    assert_eq!(query(&sign_in, "redirect_uri"), format!("http://127.0.0.1:{port}/callback/corp"));
    let waiting = tokio::spawn(sign_in.wait());
    let answer = knock(port, &get(port, &format!("/callback?code=x&state={state}"))).await;
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
    let answer = knock(port, &get(port, &format!("/callback/corp?code=x&state={state}"))).await;
    assert!(answer.contains("Signed in"), "{answer}");
    waiting.await.unwrap().unwrap();
    let (_, body) = played.fake.seen.lock().unwrap().last().unwrap().clone();
    assert!(body.contains("%2Fcallback%2Fcorp"), "the same address is redeemed: {body}");
}

#[tokio::test]
async fn localhost_is_answered_at_both_loopback_addresses_and_nowhere_else() {
    use daypass_core::settings::RedirectHost;
    let played = play(|_| {}).await;
    for (path, redirect) in [(None, "/callback"), (Some("/".to_owned()), "")] {
        let redirect_host = Some(RedirectHost::Localhost);
        let own = OidcSettings { redirect_host, redirect_path: path, ..settings(&played.fake.url) };
        let sign_in = played.begin(own).await;
        let (port, state) = (port(&sign_in), query(&sign_in, "state"));
        assert_eq!(query(&sign_in, "redirect_uri"), format!("http://localhost:{port}{redirect}"));
        let waiting = tokio::spawn(sign_in.wait());
        let target = format!("{}?code=x&state={state}", if redirect.is_empty() { "/" } else { redirect });
        let request = format!("GET {target} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n");
        let has_both = tokio::net::TcpListener::bind(("::1", 0)).await.is_ok();
        let to = if has_both { "::1" } else { "127.0.0.1" };
        let mut stream = TcpStream::connect((to, port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains("Signed in"), "{answer}");
        waiting.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn parameters_of_the_settings_are_sent_and_their_prompt_counts() {
    let played = play(|_| {}).await;
    let parameters = [("prompt", "login"), ("acr_values", "a b&state=x"), ("domain_hint", "example.org")];
    let authorization_parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let sign_in = played.begin(OidcSettings { authorization_parameters, ..settings(&played.fake.url) }).await;
    for (name, value) in parameters {
        let sent: Vec<_> = sign_in.url().query_pairs().filter(|(found, _)| found == name).collect();
        assert_eq!(sent.iter().map(|(_, value)| value.as_ref()).collect::<Vec<_>>(), [value], "{name}");
    }
    assert_eq!(sign_in.url().query_pairs().filter(|(name, _)| name == "state").count(), 1);
}

#[tokio::test]
async fn who_waits_is_told_why_a_browser_was_turned_away_once() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let (port, state) = (port(&sign_in), query(&sign_in, "state"));
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let waiting = tokio::spawn(async move {
        sign_in.wait_spending(|| (), &|caution| drop(tell.send(caution.message))).await.map(|(proof, ())| proof)
    });
    for (request, words) in [
        (get(port, "/callback?code=x&state=wrong"), "another sign-in"),
        (get(port, "/callback"), "without an answer"),
        (get(port, &format!("/cb?code=x&state={state}")), "to /cb,"),
        (get(port, &format!("/callback?state={state}")), "neither a code nor an error"),
        (get(port, &format!("/callback?code=x&code=y&state={state}")), "twice"),
        (get(port, &format!("/callback?code=x&state={state}")).replacen("GET", "POST", 1), "other than a GET"),
        (get(port, "/callback").replace("127.0.0.1", "evil.example"), "by another name"),
        (get(port, &format!("/callback?x={}", "a".repeat(80_000))), "64 kB"),
        (get(port, "/favicon.ico"), ""),
    ] {
        knock(port, &request).await;
        if !words.is_empty() {
            let caution = told.recv().await.unwrap();
            assert!(caution.contains(words) && !caution.contains(&state), "{caution}");
        }
    }
    // Cookies of other programs on 127.0.0.1.
    let cookies = format!("Cookie: {}\r\n\r\n", "c=x; ".repeat(12_800));
    let request =
        get(port, &format!("/callback?code=x&state={state}")).replacen("\r\n\r\n", &format!("\r\n{cookies}"), 1);
    assert!(knock(port, &request).await.contains("Signed in"));
    waiting.await.unwrap().unwrap();
    assert!(told.recv().await.is_none(), "nothing else was reported");
}

#[tokio::test]
async fn a_taken_port_is_told_and_free_again_when_the_sign_in_is_dropped() {
    let played = play(|_| {}).await;
    let sign_in = played.begin(settings(&played.fake.url)).await;
    let taken = port(&sign_in);
    let again = OidcSettings { redirect_port: Some(taken), ..settings(&played.fake.url) };
    let error = SignIn::begin("corp".parse().unwrap(), again.clone(), &oidc()).await.unwrap_err();
    let problem = Problem::from(&error);
    assert_eq!(problem.code, ProblemCode::PortInUse);
    assert!(problem.message.contains(&taken.to_string()) && problem.hint.unwrap().contains(&taken.to_string()));

    drop(sign_in);
    // The port is free again, and a fixed one is used.
    let sign_in = SignIn::begin("corp".parse().unwrap(), again, &oidc()).await.unwrap();
    assert_eq!(port(&sign_in), taken);
}
