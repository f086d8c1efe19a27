use secrecy::{ExposeSecret, SecretString};

use super::*;
use daypass_core::problem::{Problem, ProblemCode, ProblemKind};

async fn renew(
    token: impl Fn(&mut Value) + Send + Sync + 'static,
    answer: impl Fn(&mut Value) + Send + Sync + 'static,
) -> Result<OidcProof, Problem> {
    let played = play_with(token, answer).await;
    let old = SecretString::from("PLANTED-OLD");
    let outcome = again(&settings(&played.fake.url), &oidc(), &old, Some("u-1")).await;
    outcome.map_err(|error| {
        let problem = Problem::from(&error);
        let shown = format!("{error:?} {problem:?}");
        assert!(!shown.contains("PLANTED") && !shown.contains("eyJ"), "{shown}");
        problem
    })
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_old_one_and_an_unrotated_one_stays() {
    let proof = renew(|_| {}, |_| {}).await.unwrap();
    assert_eq!(proof.refresh_token.unwrap().expose_secret(), "PLANTED-REFRESH");
    let proof = renew(|_| {}, |a| drop(a.as_object_mut().unwrap().remove("refresh_token"))).await.unwrap();
    assert_eq!(proof.refresh_token.unwrap().expose_secret(), "PLANTED-OLD");
}

#[tokio::test]
async fn failures_say_whether_the_person_is_needed() {
    use ProblemKind::{Failed, Invalid, NeedsSignIn, Passing, Refused};
    let error = |error: &'static str, status: u16| {
        move |answer: &mut Value| *answer = json!({"error": error, "error_description": "so be it", "status": status})
    };
    let same = |_: &mut Value| {};
    for (outcome, kind, code) in [
        (renew(same, error("invalid_grant", 400)).await, NeedsSignIn, ProblemCode::OidcSignInSpent),
        (renew(same, error("interaction_required", 400)).await, NeedsSignIn, ProblemCode::OidcSignInSpent),
        (renew(same, error("invalid_client", 401)).await, Invalid, ProblemCode::OidcTokenRefused),
        (renew(same, error("server_error", 500)).await, Passing, ProblemCode::OidcOutOfOrder),
        (renew(same, error("slow_down", 429)).await, Passing, ProblemCode::OidcOutOfOrder),
        (renew(same, |a| a["status"] = json!(302)).await, Failed, ProblemCode::OidcUnreadableAnswer),
        (
            renew(same, |a| drop(a.as_object_mut().unwrap().remove("id_token"))).await,
            NeedsSignIn,
            ProblemCode::OidcNoIdTokenOnRefresh,
        ),
        (
            renew(same, |a| a["id_token"] = json!("PLANTED.PLANTED.PLANTED")).await,
            Failed,
            ProblemCode::OidcUnreadableAnswer,
        ),
        (renew(same, |a| *a = json!(["PLANTED"])).await, Failed, ProblemCode::OidcUnreadableAnswer),
        (renew(|c| c["sub"] = json!("u-2"), same).await, NeedsSignIn, ProblemCode::OidcAnotherPerson),
        (renew(|c| c["aud"] = json!("other"), same).await, Refused, ProblemCode::OidcTokenInvalid),
    ] {
        let problem = outcome.unwrap_err();
        assert_eq!((problem.kind, problem.code), (kind, code), "{problem:?}");
        assert!(problem.hint.is_some(), "{problem:?}");
    }
}
