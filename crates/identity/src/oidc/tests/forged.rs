use openidconnect::Nonce;
use openidconnect::core::CoreJsonWebKeySet;
use proptest::prelude::*;
use secrecy::SecretString;

use super::super::verify::{Expected, Trust, verify};
use super::*;
use daypass_core::problem::{Problem, ProblemCode};

const ISSUER: &str = "https://login.example.org";

fn judge(token: &str, expected: Expected<'_>) -> Result<String, ProblemCode> {
    let keys: CoreJsonWebKeySet = serde_json::from_value(jwks(1, "k1")).unwrap();
    let trust = Trust { issuer: ISSUER, client_id: "daypass", keys: &keys, now: Stopped.now() };
    match verify(&SecretString::from(token), trust, expected) {
        Ok(verified) => Ok(verified.subject),
        Err(disbelief) => {
            let problem = Problem::from(disbelief.error);
            assert!(token.is_empty() || !format!("{problem:?}").contains(token), "the token is in {problem:?}");
            Err(problem.code)
        }
    }
}

fn with(change: impl Fn(&mut Value)) -> String {
    let mut claims = claims(ISSUER);
    claims["nonce"] = json!("n");
    change(&mut claims);
    jwt(&json!({"alg": "ES256", "kid": "k1"}), &claims, 1)
}

#[test]
fn only_a_token_of_the_provider_for_us_for_now_is_believed() {
    let nonce = Nonce::new("n".into());
    let sign_in = |token: &str| judge(token, Expected::Nonce(&nonce));
    let change = |name: &'static str, value: Value| sign_in(&with(|c| c[name] = value.clone()));
    let drop = |name: &'static str| sign_in(&with(|c| drop(c.as_object_mut().unwrap().remove(name))));
    let ok = || Ok("u-1".to_owned());
    let invalid = || Err(ProblemCode::OidcTokenInvalid);
    let wrong_time = || Err(ProblemCode::OidcTokenWrongTime);
    let wrong_nonce = || Err(ProblemCode::OidcWrongNonce);

    assert_eq!(sign_in(&with(|_| {})), ok());
    // Audience: a text or a list. If there are several, the authorized party decides.
    assert_eq!(change("aud", json!(["daypass"])), ok());
    assert_eq!(change("aud", json!("other")), invalid());
    assert_eq!(change("aud", json!([])), invalid());
    assert_eq!(change("aud", json!(["daypass", "other"])), invalid());
    assert_eq!(drop("aud"), invalid());
    let both = |azp: &'static str| sign_in(&with(|c| (c["aud"], c["azp"]) = (json!(["other", "daypass"]), json!(azp))));
    assert_eq!(both("daypass"), ok());
    assert_eq!(both("other"), invalid());
    assert_eq!(change("azp", json!("other")), invalid());
    // Issuer.
    assert_eq!(change("iss", json!("https://login.example.org.evil.org")), invalid());
    assert_eq!(change("iss", json!("https://login.example.org/")), invalid());
    assert_eq!(drop("iss"), invalid());
    // Times: a minute of leeway, no more.
    assert_eq!(change("exp", json!(NOW - 50)), ok());
    assert_eq!(change("exp", json!(NOW - 70)), wrong_time());
    assert_eq!(change("iat", json!(NOW + 50)), ok());
    assert_eq!(change("iat", json!(NOW + 70)), wrong_time());
    assert_eq!(change("nbf", json!(NOW + 50)), ok());
    assert_eq!(change("nbf", json!(NOW + 70)), wrong_time());
    // Fractions of a second, in each of them (RFC 7519, section 2).
    let at = |seconds: i64| json!(f64::from(i32::try_from(seconds).unwrap()) + 0.5);
    assert_eq!(change("nbf", at(NOW + 50)), ok());
    assert_eq!(change("nbf", at(NOW + 70)), wrong_time());
    assert_eq!(change("nbf", at(NOW + 60)), wrong_time(), "half a second too early");
    assert_eq!(change("nbf", json!(1e30)), wrong_time());
    assert_eq!(change("nbf", json!(u64::MAX)), wrong_time());
    assert_eq!(change("nbf", json!(-1e30)), ok());
    assert_eq!(change("nbf", json!(null)), ok());
    for no_time in [json!("soon"), json!(true), json!([NOW]), json!({})] {
        assert_eq!(change("nbf", no_time), invalid());
    }
    assert_eq!(change("exp", at(NOW - 50)), ok());
    assert_eq!(change("exp", at(NOW - 70)), wrong_time());
    assert_eq!(change("iat", at(NOW + 50)), ok());
    assert_eq!(change("iat", at(NOW + 70)), wrong_time());
    assert_eq!(drop("exp"), invalid());
    assert_eq!(drop("sub"), invalid());
    assert_eq!(change("sub", json!("")), invalid());
    assert_eq!(change("sub", json!(" ")), invalid());
    // Nonce.
    assert_eq!(change("nonce", json!("m")), wrong_nonce());
    assert_eq!(drop("nonce"), wrong_nonce());
    assert_eq!(judge(&with(|c| drop_claim(c, "nonce")), Expected::Subject(Some("u-1"))), ok());
    assert_eq!(judge(&with(|_| {}), Expected::Subject(Some("u-2"))), Err(ProblemCode::OidcAnotherPerson));
}

fn drop_claim(claims: &mut Value, name: &str) {
    claims.as_object_mut().unwrap().remove(name);
}

#[test]
fn signatures_that_prove_nothing_are_refused() {
    let nonce = Nonce::new("n".into());
    let mut body = claims(ISSUER);
    body["nonce"] = json!("n");
    let sign_in = |token: &str| judge(token, Expected::Nonce(&nonce)).unwrap_err();
    let headed = |header: Value, seed| jwt(&header, &body, seed);
    let good = headed(json!({"alg": "ES256", "kid": "k1"}), 1);
    let (text, signature) = good.rsplit_once('.').unwrap();
    let unsigned = headed(json!({"alg": "none"}), 1);
    let other_body = with(|c| c["sub"] = json!("admin"));

    for token in [
        headed(json!({"alg": "ES256", "kid": "k1"}), 2),
        headed(json!({"alg": "ES256", "kid": "k2"}), 2),
        headed(json!({"alg": "HS256", "kid": "k1"}), 1),
        headed(json!({"alg": "RS256", "kid": "k1"}), 1),
        headed(json!({"alg": "ES384", "kid": "k1"}), 1),
        headed(json!({"alg": "ES512", "kid": "k1"}), 1),
        headed(json!({"alg": "EdDSA", "kid": "k1"}), 1),
        headed(json!({"alg": "PS256", "kid": "k1"}), 1),
        headed(json!({"alg": 7, "kid": "k1"}), 1),
        headed(json!({"kid": "k1"}), 1),
        headed(json!({"alg": "ES256", "kid": "k1", "cty": "JWT"}), 1),
        headed(json!({"alg": "ES256", "kid": "k1", "crit": ["x"], "x": 1}), 1),
        headed(json!({"alg": "ES256", "kid": "k1", "typ": "at+jwt"}), 1),
        headed(json!({"alg": "ES256", "jwk": jwks(2, "k2")["keys"][0]}), 2),
        format!("{}.", unsigned.rsplit_once('.').unwrap().0),
        unsigned,
        format!("{text}."),
        format!("{text}.AAAA"),
        format!("{}.{signature}", other_body.rsplit_once('.').unwrap().0),
        text.to_owned(),
        "a.b.c".into(),
        format!("{good}.AAAA"),
        format!("{good}.AAAA.AAAA"),
        String::new(),
    ] {
        assert_eq!(sign_in(&token), ProblemCode::OidcTokenInvalid, "{token}");
    }
}

/// The tokens were signed once with keys that are gone, so that the repository contains no private key.
#[test]
fn an_rsa_key_of_less_than_2048_bits_proves_nothing() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("rsa.json")).unwrap();
    let nonce = Nonce::new("n".into());
    for case in &cases {
        let bits = case["bits"].as_u64().unwrap();
        let own = json!({"kty": "RSA", "use": "sig", "kid": format!("r{bits}"), "n": case["n"], "e": "AQAB"});
        let mut keys = jwks(1, "k1");
        keys["keys"].as_array_mut().unwrap().push(own);
        let keys: CoreJsonWebKeySet = serde_json::from_value(keys).unwrap();
        let trust = Trust { issuer: ISSUER, client_id: "daypass", keys: &keys, now: Stopped.now() };
        let token = SecretString::from(case["token"].as_str().unwrap());
        match verify(&token, trust, Expected::Nonce(&nonce)) {
            Ok(verified) => assert_eq!((bits, verified.subject.as_str()), (2048, "u-1")),
            Err(disbelief) => {
                let problem = Problem::from(disbelief.error);
                assert!(bits < 2048 && problem.code == ProblemCode::OidcTokenInvalid, "{bits}: {problem:?}");
                assert!(problem.message.contains("less than 2048 bits"), "{problem:?}");
            }
        }
    }
    assert_eq!(cases.len(), 3);
}

#[tokio::test]
async fn a_forged_nonce_fails_the_sign_in_and_the_page_says_so() {
    let played = play(|claims| claims["nonce"] = json!("another")).await;
    let (page, outcome) = sign_in(&played, settings(&played.fake.url)).await;
    assert_eq!(Problem::from(outcome.unwrap_err()).code, ProblemCode::OidcWrongNonce);
    assert!(page.contains("Not signed in") && !page.contains("ann@example.org"), "{page}");
}

#[tokio::test]
async fn new_keys_are_asked_for_once_when_a_token_is_signed_with_one() {
    let played = play(|_| {}).await;
    let oidc = oidc();
    let settings = settings(&played.fake.url);
    let token = SecretString::from("r");
    again(&settings, &oidc, &token, None).await.unwrap();
    assert_eq!((played.fake.count("GET /jwks"), played.fake.count("GET /.well-known/openid-configuration")), (1, 1));
    // Another id, and the same id with another key, as some servers do after a restart.
    for key in [(2, "k2"), (3, "k2")] {
        *played.key.lock().unwrap() = key;
        let before = played.fake.count("GET /jwks");
        again(&settings, &oidc, &token, None).await.unwrap();
        again(&settings, &oidc, &token, None).await.unwrap();
        assert_eq!(played.fake.count("GET /jwks"), before + 1);
    }
    assert_eq!(played.fake.count("GET /.well-known/openid-configuration"), 1);
}

#[test]
fn claims_that_are_not_used_never_stand_in_the_way_in_whatever_form_they_come() {
    let nonce = Nonce::new("n".into());
    let values = [
        json!("text"),
        json!(7),
        json!(-1.5),
        json!(true),
        json!(null),
        json!(["ann@example.org", "ann@corp.example"]),
        json!([]),
        json!({"formatted": "x"}),
        json!("1700000000"),
    ];
    for name in [
        "acr",
        "address",
        "amr",
        "at_hash",
        "auth_time",
        "birthdate",
        "c_hash",
        "email",
        "email_verified",
        "family_name",
        "gender",
        "given_name",
        "jti",
        "locale",
        "name",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "picture",
        "preferred_username",
        "profile",
        "sid",
        "updated_at",
        "website",
        "zoneinfo",
        "groups",
        "name#ja",
        "ver",
        "",
    ] {
        for value in &values {
            let token = with(|c| c[name] = value.clone());
            assert_eq!(judge(&token, Expected::Nonce(&nonce)), Ok("u-1".into()), "{name} {value}");
        }
    }
}

#[test]
fn a_claim_that_decides_is_named_when_it_cannot_be_read() {
    let keys: CoreJsonWebKeySet = serde_json::from_value(jwks(1, "k1")).unwrap();
    let trust = Trust { issuer: ISSUER, client_id: "daypass", keys: &keys, now: Stopped.now() };
    let said = |token: String| {
        let disbelief = verify(&SecretString::from(token), trust, Expected::Subject(None)).unwrap_err();
        Problem::from(disbelief.error).message
    };
    for name in ["iss", "sub", "aud", "azp", "exp", "iat", "nbf"] {
        let message = said(with(|c| c[name] = json!({"PLANTED": 1})));
        assert!(message.contains(&format!("claim {name} ")) && !message.contains("PLANTED"), "{message}");
    }
    for name in ["iss", "sub", "aud", "exp", "iat"] {
        for token in [with(|c| drop_claim(c, name)), with(|c| c[name] = json!(null))] {
            let message = said(token);
            assert!(message.contains(&format!("claim {name} is missing")), "{message}");
        }
    }
    // As text, which some providers write.
    let as_text = with(|c| (c["exp"], c["iat"]) = (json!((NOW + 9).to_string()), json!(NOW.to_string())));
    let verified = verify(&SecretString::from(as_text), trust, Expected::Subject(None)).unwrap();
    assert_eq!(verified.expires_at.timestamp(), NOW + 9);
    assert!(said("a.b.c.d.e".into()).contains("encrypted"));
}

proptest! {
    // Each signs two dozen tokens.
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_text_is_believed(text in "([A-Za-z0-9_-]{0,40}\\.){0,4}\\PC{0,40}") {
        // A single letter could be in the problem's text by chance.
        let token = format!("PLANTED{text}");
        prop_assert!(judge(&token, Expected::Subject(None)).is_err());
    }

    #[test]
    fn no_damage_to_a_token_is_believed(at in 0usize..400, byte in "[A-Za-z0-9_.-]", claim in "\\PC{0,40}", number: i64) {
        let mut token = with(|_| {});
        let at = at % token.len();
        let same = token[at..].starts_with(&byte);
        token.replace_range(at..=at, &byte);
        // The last characters contain bits that are not part of the signature.
        prop_assert!(same || at + 2 >= token.len() || judge(&token, Expected::Subject(None)).is_err());
        // Anything else that a provider may sign, however odd.
        for name in ["sub", "aud", "azp", "iss", "exp", "iat", "nonce", "email"] {
            let _ = judge(&with(|claims| claims[name] = json!(claim)), Expected::Subject(None));
            let _ = judge(&with(|claims| claims[name] = json!(number)), Expected::Subject(None));
            let _ = judge(&with(|claims| claims[name] = json!([claim, number])), Expected::Subject(None));
        }
    }
}
