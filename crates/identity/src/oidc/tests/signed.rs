//! Which signatures are accepted, and with which keys.

use openidconnect::core::CoreJsonWebKeySet;
use secrecy::SecretString;

use super::super::verify::{Disbelief, Doubt, Expected, Trust, Verified, verify};
use super::*;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

const ISSUER: &str = "https://login.example.org";

fn judge(keys: &[Value], token: &str) -> Result<Verified, Disbelief> {
    let keys: CoreJsonWebKeySet = serde_json::from_value(json!({ "keys": keys })).unwrap();
    let trust = Trust { issuer: ISSUER, client_id: "daypass", keys: &keys, now: Stopped.now() };
    verify(&SecretString::from(token), trust, Expected::Subject(None))
}

fn es256(header: &Value) -> String {
    jwt(header, &claims(ISSUER), 1)
}

#[test]
fn every_key_that_fits_is_tried() {
    let named = es256(&json!({"alg": "ES256", "kid": "k"}));
    let unnamed = es256(&json!({"alg": "ES256"}));
    let with = |mut key: Value, name: &str, value: Value| {
        key[name] = value;
        key
    };
    let encrypts = with(jwk(2, "k"), "use", json!("enc"));
    let another_curve = json!({"kty": "EC", "crv": "P-521", "kid": "k", "x": "AA", "y": "AA"});
    let unknown = json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "k", "pub": "AA"});
    for keys in [
        vec![jwk(1, "k"), jwk(1, "k")],
        vec![jwk(2, "k"), jwk(1, "k"), jwk(3, "k")],
        vec![encrypts, another_curve, unknown, with(jwk(1, "k"), "alg", json!("ES256"))],
    ] {
        assert!(judge(&keys, &named).is_ok(), "{keys:?}");
        assert!(judge(&keys, &unnamed).is_ok(), "{keys:?}");
    }
    // Without a name, every key is tried. With one, only those of that name.
    assert!(judge(&[jwk(2, "a"), jwk(1, "b")], &unnamed).is_ok());
    let doubt = |keys: &[Value], token: &str| judge(keys, token).unwrap_err().doubt;
    assert_eq!(doubt(&[jwk(2, "a"), jwk(1, "b")], &named), Doubt::KeyNotListed);
    assert_eq!(doubt(&[jwk(2, "k"), jwk(3, "k")], &named), Doubt::StaleKeys);
    assert_eq!(doubt(&[with(jwk(1, "k"), "use", json!("enc"))], &named), Doubt::KeyNotListed);
    assert_eq!(doubt(&[with(jwk(1, "k"), "alg", json!("ES384"))], &named), Doubt::KeyNotListed);
}

#[test]
fn es512_is_taken() {
    use p521::ecdsa::signature::Signer;
    use p521::ecdsa::{Signature, SigningKey};
    let signing = |seed: u8| {
        // Less than the curve's order, which has 521 bits.
        let mut bytes = [seed; 66];
        bytes[0] = 0;
        SigningKey::from_slice(&bytes).unwrap()
    };
    let listed = |seed: u8| {
        let point = signing(seed).verifying_key().to_sec1_point(false);
        // Some encoders leave out leading zeros.
        let part = |at: usize| {
            let number = &point.as_bytes()[at..at + 66];
            let zeros = number.iter().take_while(|byte| **byte == 0).count();
            BASE64_URL_SAFE_NO_PAD.encode(&number[zeros..])
        };
        json!({"kty": "EC", "crv": "P-521", "kid": "k", "x": part(1), "y": part(67)})
    };
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "ES512", "kid": "k", "typ": "JWT"})), part(&claims(ISSUER)));
    let signature: Signature = signing(1).sign(text.as_bytes());
    let token = format!("{text}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()));
    assert_eq!(judge(&[listed(2), listed(1)], &token).unwrap().subject, "u-1");
    assert_eq!(judge(&[listed(2)], &token).unwrap_err().doubt, Doubt::StaleKeys);
    assert_eq!(judge(&[jwk(1, "k")], &token).unwrap_err().doubt, Doubt::StaleKeys);
    let cut = &token[..token.len() - 4];
    assert_eq!(judge(&[listed(1)], cut).unwrap_err().doubt, Doubt::StaleKeys);
}

#[test]
fn what_sts_refuses_is_told_at_the_sign_in() {
    for alg in ["PS256", "PS384", "PS512", "EdDSA", "Ed25519", "ES256K"] {
        let problem = Problem::from(judge(&[jwk(1, "k")], &es256(&json!({"alg": alg, "kid": "k"}))).unwrap_err().error);
        assert_eq!((problem.kind, problem.code), (ProblemKind::Invalid, ProblemCode::OidcTokenInvalid));
        assert!(problem.message.contains(alg) && problem.message.contains("STS"), "{problem:?}");
        assert!(problem.hint.unwrap().contains("RS256"));
    }
}

#[tokio::test]
async fn a_trial_says_when_a_provider_signs_in_no_way_that_sts_takes() {
    for (named, is_taken) in [
        (json!(["RS256"]), true),
        (json!(["PS256", "ES512"]), true),
        (json!([]), true),
        (json!(["PS256", "EdDSA", "HS256"]), false),
    ] {
        let played = play_as(move |document| document["id_token_signing_alg_values_supported"] = named.clone()).await;
        let trial = crate::Trial::new(&|_| ());
        check::try_out(&settings(&played.fake.url), &oidc(), Ok(None), None, None, &trial).await;
        let problems: Vec<Problem> = trial.into_steps().into_iter().filter_map(|step| step.problem).collect();
        assert_eq!(problems.is_empty(), is_taken, "{problems:?}");
        assert!(problems.iter().all(|problem| problem.message.contains("PS256, EdDSA")), "{problems:?}");
    }
}
