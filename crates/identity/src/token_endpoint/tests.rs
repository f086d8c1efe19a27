use serde_json::json;

use super::*;

fn answer(status: u16, content_type: &str, body: &str) -> Answer {
    Answer {
        status,
        content_type: Some(content_type.to_owned()),
        date: None,
        location: None,
        etag: None,
        last_modified: None,
        retry_after: None,
        body: body.as_bytes().to_vec(),
    }
}

fn tokens(body: &Value) -> Tokens {
    read(&answer(200, "application/json", &body.to_string())).unwrap()
}

fn text(secret: &Option<SecretString>) -> Option<&str> {
    secret.as_ref().map(ExposeSecret::expose_secret)
}

fn refused(status: u16, body: &Value) -> Refusal {
    match read(&answer(status, "application/json", &body.to_string())) {
        Err(NoTokens::Refused(refusal)) => refusal,
        Err(other) => panic!("{body}: {other:?}"),
        Ok(_) => panic!("{body}"),
    }
}

#[test]
fn tokens_are_read_in_whatever_form_they_come() {
    let whole = json!({"access_token": "AT", "id_token": "IT", "refresh_token": "RT", "token_type": "Bearer"});
    let body = whole.to_string();
    for content_type in ["application/json", "text/plain", "text/json", "text/html", "application/vnd.idp+json", ""] {
        for body in [body.clone(), format!("\u{feff}{body}"), format!("\n{body}\n")] {
            let found = read(&answer(200, content_type, &body)).unwrap();
            let all = [&found.access_token, &found.id_token, &found.refresh_token].map(text);
            assert_eq!(all, [Some("AT"), Some("IT"), Some("RT")], "{content_type} {body:?}");
        }
    }
    let as_form = read(&answer(200, "text/plain", "access_token=A%2BT&expires=5183999&scope=a+b")).unwrap();
    assert_eq!(text(&as_form.access_token), Some("A+T"));
    assert_eq!((as_form.life, as_form.scopes.unwrap().len()), (Some(TimeDelta::seconds(5_183_999)), 2));
    // Azure AD B2C has no access token, and some have no type.
    let b2c = tokens(&json!({"id_token": "IT", "refresh_token": "RT", "not_before": 1, "id_token_expires_in": 3600}));
    assert_eq!([&b2c.access_token, &b2c.id_token].map(text), [None, Some("IT")]);
    // The next refresh token is available whatever the rest is.
    for other in [json!({}), json!({"access_token": 7}), json!({"id_token": {}}), json!({"error": "x"})] {
        let mut body = json!({"refresh_token": "NEXT", "expires_in": "soon", "scope": 5});
        body.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        assert_eq!(text(&tokens(&body).refresh_token), Some("NEXT"), "{body}");
    }
}

#[test]
fn a_life_is_a_number_in_any_form_that_says_something() {
    let life =
        |value: Value| tokens(&json!({"access_token": "AT", "expires_in": value})).life.map(|it| it.num_seconds());
    for (value, seconds) in [
        (json!(3600), Some(3600)),
        (json!("3599"), Some(3599)),
        (json!(" 3599 "), Some(3599)),
        (json!(3599.7), Some(3599)),
        (json!("3599.7"), Some(3599)),
        (json!(1e300), Some(LONGEST_LIFE.num_seconds())),
        (json!(u64::MAX), Some(LONGEST_LIFE.num_seconds())),
        (json!("inf"), None),
        (json!("NaN"), None),
        (json!(0), None),
        (json!(-1), None),
        (json!("soon"), None),
        (json!(null), None),
        (json!([3600]), None),
        (json!({}), None),
    ] {
        assert_eq!(life(value.clone()), seconds, "{value}");
    }
}

#[test]
fn scopes_are_a_text_or_a_list() {
    let scopes = |value: Value| tokens(&json!({"access_token": "AT", "scope": value})).scopes;
    let both = Some(vec!["openid".to_owned(), "email".to_owned()]);
    for value in [json!("openid email"), json!(["openid", "email"]), json!(["openid email"]), json!(" openid  email ")]
    {
        assert_eq!(scopes(value.clone()), both, "{value}");
    }
    assert_eq!(scopes(json!([7, "openid", "a\"b"])), Some(vec!["openid".to_owned()]));
    for value in [json!(null), json!(7), json!({})] {
        assert_eq!(scopes(value.clone()), None, "{value}");
    }
}

#[test]
fn an_error_is_read_in_every_form_and_shows_the_status() {
    use RefusalCode::{InvalidClient, InvalidGrant, Other};
    let facebook: Value = serde_json::from_str(include_str!("facebook-token-error.json")).unwrap();
    for (status, body, code, words) in [
        (
            400,
            json!({"error": "invalid_grant", "error_description": "used"}),
            InvalidGrant,
            "invalid_grant: used (HTTP status 400)",
        ),
        (401, json!({"error": "invalid_client"}), InvalidClient, "invalid_client (HTTP status 401)"),
        (400, facebook, Other, "OAuthException: Missing client_secret parameter. (HTTP status 400)"),
        (
            400,
            json!({"error": {"code": 400, "message": "bad", "status": "INVALID"}}),
            Other,
            "400: bad (HTTP status 400)",
        ),
        (400, json!({"error": {"code": "invalid_grant"}}), InvalidGrant, "invalid_grant (HTTP status 400)"),
        (400, json!({"error": {"message": "no"}}), Other, "an error: no (HTTP status 400)"),
        (
            401,
            json!({"errorCode": "E0000011", "errorSummary": "Invalid"}),
            Other,
            "E0000011: Invalid (HTTP status 401)",
        ),
        (400, json!({"error_code": 7, "error_message": "no"}), Other, "7: no (HTTP status 400)"),
        (400, json!({"errors": [{"code": "x", "message": "no"}]}), Other, "x: no (HTTP status 400)"),
        (422, json!({"message": "no"}), Other, "an error: no (HTTP status 422)"),
        (400, json!({"error": true}), Other, "an error (HTTP status 400)"),
        (200, json!({"error": "invalid_grant"}), InvalidGrant, "invalid_grant (HTTP status 200)"),
        (200, json!({"errcode": 40029, "errmsg": "no"}), Other, "40029: no (HTTP status 200)"),
        (400, json!({"error": "x", "access_token": "SECRET"}), Other, "x (HTTP status 400)"),
    ] {
        let refusal = refused(status, &body);
        assert_eq!((refusal.code, refusal.words().as_str()), (code, words), "{body}");
    }
    let form = read(&answer(400, "application/x-www-form-urlencoded", "error=invalid_grant&error_description=a+b"));
    assert!(matches!(form, Err(NoTokens::Refused(no)) if no.words() == "invalid_grant: a b (HTTP status 400)"));
}

#[test]
fn what_is_no_answer_says_what_is_there_instead_and_never_quotes_it() {
    for (status, content_type, body, words) in [
        (200, "application/json", "", "it's empty"),
        (200, "application/json", "[\"SECRET\"]", "it is JSON, but not an object"),
        (200, "application/json", "\"SECRET\"", "it is JSON, but not an object"),
        (200, "text/html", "<html>SECRET", "it's a web page instead"),
        (403, "text/plain", " <!doctype html>", "it's a web page instead (HTTP status 403)"),
        (200, "application/json", "{\"access_token\": \"SECRET", "it isn't JSON"),
        (404, "application/json", "{}", "there is neither a token nor an error in it (HTTP status 404)"),
        (302, "text/html", "", "the server redirects (HTTP status 302)"),
    ] {
        match read(&answer(status, content_type, body)) {
            Err(NoTokens::Unreadable { status: told, why }) => assert_eq!((told, why.as_str()), (status, words)),
            Err(other) => panic!("{body}: {other:?}"),
            Ok(_) => panic!("{body}"),
        }
    }
}

#[test]
fn an_error_that_quotes_what_was_sent_does_not_show_it() {
    let refusal = refused(400, &json!({"error": "bad CODE", "error_description": "no such code: CODE"}));
    let (code, empty) = (SecretString::from("CODE"), SecretString::from(""));
    let words = refusal.without(Some(&code)).without(Some(&empty)).without(None).words();
    assert_eq!(words, "bad …: no such code: … (HTTP status 400)");
}
