//! The tokens of forms.

use futures_util::future::join_all;

use super::sign_in;
use crate::support::Api;

#[actix_web::test]
async fn the_token_of_a_session_is_that_of_no_other() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let sessions = &api.world.sessions;
    let (one, two) = (sign_in(&api, &acme).await, sign_in(&api, &acme).await);
    let token = sessions.form_token(&one.id);
    assert_eq!(token, sessions.form_token(&one.id));
    assert!(sessions.is_form_token(&one.id, &token));
    assert!(!sessions.is_form_token(&two.id, &token));
    assert!(!sessions.is_form_token(&one.id, ""));
}

#[actix_web::test]
async fn a_single_use_token_is_spent_once_in_its_session() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let sessions = &api.world.sessions;
    let (one, two) = (sign_in(&api, &acme).await, sign_in(&api, &acme).await);
    let (token, next) = (sessions.single_use_token(), sessions.single_use_token());
    assert_ne!(token, next);
    assert!(sessions.spend(&one.id, &token).await.unwrap());
    for _ in 0..11 {
        assert!(!sessions.spend(&one.id, &token).await.unwrap());
        api.pass(3600);
    }
    assert!(sessions.spend(&one.id, &next).await.unwrap());
    assert!(sessions.spend(&two.id, &token).await.unwrap());
}

#[actix_web::test]
async fn of_many_submissions_at_once_one_counts() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let sessions = &api.world.sessions;
    let id = sign_in(&api, &acme).await.id;
    let token = sessions.single_use_token();
    let spent = join_all((0..10).map(|_| sessions.spend(&id, &token))).await;
    let first = spent.into_iter().filter(|spent| *spent.as_ref().unwrap());
    assert_eq!(first.count(), 1);
}

#[actix_web::test]
async fn what_is_no_single_use_token_is_never_good() {
    let api = Api::start().await;
    let acme = api.organization("acme").await;
    let sessions = &api.world.sessions;
    let id = sign_in(&api, &acme).await.id;
    let longer = format!("{}A", sessions.single_use_token());
    let long = "A".repeat(100_000);
    for token in ["", "x", &longer, &long] {
        assert!(!sessions.spend(&id, token).await.unwrap());
    }
}
