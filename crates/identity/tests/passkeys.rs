//! Passkeys against a real store and an authenticator in software.

mod common;

use common::{NOW, Stage};
use portcullis_identity::methods::{
    Owner, SecondFactors, Ticket, aal,
    passkey::{self, Begun, PasskeyAssertion, PasskeyError, Person, RelyingParty},
};
use portcullis_testkit::SoftPasskey;
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;
use uuid::Uuid;

const PAGE: &str = "https://app.example";
const ADA: Person<'static> = Person { address: "ada@example.com", name: "Ada" };

fn party() -> RelyingParty {
    let url = |text| Url::parse(text).unwrap();
    RelyingParty::new("Shop", None, &[url(PAGE)], &url("https://api.example")).unwrap()
}

fn ticket() -> Ticket {
    Ticket::draw(&mut rand::rng())
}

async fn begin(owner: Owner<'_>) -> Begun {
    passkey::begin_registration(&party(), owner, ADA, ticket(), NOW).await.unwrap()
}

async fn finish(owner: Owner<'_>, begun: &Begun, credential: Value) -> Result<String, PasskeyError> {
    let made = passkey::finish_registration(&party(), owner, begun.ticket.expose(), credential, "Laptop", NOW).await?;
    Ok(made.id)
}

async fn registered(owner: Owner<'_>) -> (SoftPasskey, String) {
    let mut authenticator = SoftPasskey::new(PAGE);
    let begun = begin(owner).await;
    let id = finish(owner, &begun, authenticator.create(&begun.options)).await.unwrap();
    (authenticator, id)
}

async fn begin_login(stage: &Stage) -> Begun {
    passkey::begin_login(&party(), &stage.store, &stage.connection, ticket(), NOW).await.unwrap()
}

async fn finish_login(stage: &Stage, begun: &Begun, credential: Value) -> Result<PasskeyAssertion, PasskeyError> {
    let ticket = begun.ticket.expose();
    passkey::finish_login(&party(), &stage.store, &stage.connection, ticket, credential, NOW).await
}

async fn begin_second(owner: Owner<'_>) -> Begun {
    passkey::begin_second_factor(&party(), owner, ticket(), NOW).await.unwrap()
}

async fn finish_second(owner: Owner<'_>, begun: &Begun, key: Value) -> Result<PasskeyAssertion, PasskeyError> {
    passkey::finish_second_factor(&party(), owner, begun.ticket.expose(), key, NOW).await
}

#[tokio::test]
async fn a_passkey_is_registered_and_is_the_only_factor_one_needs() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let (mut authenticator, id) = registered(owner).await;
    let found = owner.second_factors().await.unwrap();
    assert_eq!(found, SecondFactors { totp: false, passkeys: 1, recovery_codes: 0 });
    let begun = begin_login(&stage).await;
    // Nobody is named: the options tell a stranger nothing about who has a passkey.
    assert_eq!(begun.options["publicKey"]["allowCredentials"], json!([]));
    assert_eq!(begun.options["publicKey"]["userVerification"], "required");
    let assertion = finish_login(&stage, &begun, authenticator.get(&begun.options)).await.unwrap();
    assert_eq!(assertion, PasskeyAssertion { user_id: "7".into(), credential_id: id, user_verified: true });
    assert_eq!(aal(&[assertion.factor()]), "aal2");
    assert_eq!(passkey::list(owner).await.unwrap()[0].last_used_at, Some(NOW));
}

#[tokio::test]
async fn a_passkey_is_the_second_factor_of_its_user() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let (mut authenticator, id) = registered(owner).await;
    let begun = begin_second(owner).await;
    assert_eq!(begun.options["publicKey"]["allowCredentials"][0]["id"], *id);
    let assertion = finish_second(owner, &begun, authenticator.get(&begun.options)).await.unwrap();
    assert_eq!((assertion.user_id.as_str(), assertion.credential_id), ("7", id));
    let none = passkey::begin_second_factor(&party(), stage.owner("8"), ticket(), NOW).await.unwrap_err();
    assert_eq!(none.code(), "passkey_not_found");
}

#[tokio::test]
async fn the_browser_is_asked_for_a_key_that_it_keeps_and_told_which_ones_there_are() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let first = begin(owner).await;
    let options = &first.options["publicKey"];
    assert_eq!((&options["rp"]["id"], &options["rp"]["name"]), (&json!("app.example"), &json!("Shop")));
    assert_eq!(options["user"]["name"], "ada@example.com");
    assert_eq!(options["authenticatorSelection"]["residentKey"], "preferred");
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let mut authenticator = SoftPasskey::new(PAGE);
    let id = finish(owner, &first, authenticator.create(&first.options)).await.unwrap();
    let second = begin(owner).await;
    assert_eq!(second.options["publicKey"]["excludeCredentials"][0]["id"], *id);
    // One user has one handle, so that a second key in the same authenticator replaces the first.
    assert_eq!(second.options["publicKey"]["user"]["id"], options["user"]["id"]);
}

#[tokio::test]
async fn passkeys_without_a_counter_work_again_and_again() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let mut authenticator = SoftPasskey::new(PAGE);
    authenticator.counts = false;
    let begun = begin(owner).await;
    finish(owner, &begun, authenticator.create(&begun.options)).await.unwrap();
    for _ in 0..3 {
        let begun = begin_login(&stage).await;
        finish_login(&stage, &begun, authenticator.get(&begun.options)).await.unwrap();
    }
}

#[tokio::test]
async fn a_counter_that_does_not_go_up_is_refused() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let (mut authenticator, _) = registered(owner).await;
    let mut copy = authenticator.clone();
    for _ in 0..2 {
        let begun = begin_login(&stage).await;
        finish_login(&stage, &begun, authenticator.get(&begun.options)).await.unwrap();
    }
    let begun = begin_login(&stage).await;
    let error = finish_login(&stage, &begun, copy.get(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "passkey_copied");
    let begun = begin_second(owner).await;
    let error = finish_second(owner, &begun, copy.get(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "passkey_copied");
    // Two ceremonies begun at the same time do not get around it: the store's row decides.
    let (one, two) = (begin_second(owner).await, begin_second(owner).await);
    let mut twin = authenticator.clone();
    finish_second(owner, &one, authenticator.get(&one.options)).await.unwrap();
    let error = finish_second(owner, &two, twin.get(&two.options)).await.unwrap_err();
    assert_eq!(error.code(), "passkey_copied");
}

#[tokio::test]
async fn a_ceremony_is_finished_once() {
    let stage = Arc::new(Stage::new().await);
    let (mut authenticator, _) = registered(stage.owner("7")).await;
    let begun = begin_login(&stage).await;
    let answer = authenticator.get(&begun.options);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (stage, begun, answer) = (stage.clone(), begun.clone(), answer.clone());
            tokio::spawn(async move { finish_login(&stage, &begun, answer).await.map_err(|error| error.code()) })
        })
        .collect();
    let mut good = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => good += 1,
            Err(code) => assert_eq!(code, "ceremony_expired"),
        }
    }
    assert_eq!(good, 1);
}

#[tokio::test]
async fn a_ceremony_ends_after_ten_minutes_and_belongs_to_one_stage_kind_and_user() {
    let stage = Stage::new().await;
    let (owner, other) = (stage.owner("7"), stage.owner("8"));
    let (mut authenticator, _) = registered(owner).await;
    let over =
        |result: Result<PasskeyAssertion, PasskeyError>| assert_eq!(result.unwrap_err().code(), "ceremony_expired");

    let begun = begin_login(&stage).await;
    let (answer, late) = (authenticator.get(&begun.options), NOW.plus_s(600));
    let ticket = begun.ticket.expose();
    over(passkey::finish_login(&party(), &stage.store, &stage.connection, ticket, answer, late).await);

    let begun = begin_login(&stage).await;
    let (answer, ticket) = (authenticator.get(&begun.options), begun.ticket.expose());
    over(passkey::finish_login(&party(), &stage.store, &stage.other, ticket, answer.clone(), NOW).await);
    over(finish_second(owner, &begun, answer.clone()).await);
    over(passkey::finish_login(&party(), &stage.store, &stage.connection, "", answer, NOW).await);

    let begun = begin_second(owner).await;
    over(finish_second(other, &begun, authenticator.get(&begun.options)).await);

    let begun = begin(owner).await;
    let error = finish(other, &begun, authenticator.create(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "ceremony_expired");
}

#[tokio::test]
async fn another_users_passkey_is_no_second_factor() {
    let stage = Stage::new().await;
    let (mut authenticator, _) = registered(stage.owner("7")).await;
    let begun = begin(stage.owner("8")).await;
    finish(stage.owner("8"), &begun, authenticator.create(&begun.options)).await.unwrap();
    let begun = begin_second(stage.owner("7")).await;
    let error = finish_second(stage.owner("7"), &begun, authenticator.get_with_newest(&begun.options)).await;
    assert_eq!(error.unwrap_err().code(), "invalid_passkey");
}

#[tokio::test]
async fn a_handle_that_is_another_users_is_refused() {
    let stage = Stage::new().await;
    let (mut authenticator, _) = registered(stage.owner("7")).await;
    authenticator.handle = Some(Uuid::new_v4().as_bytes().to_vec());
    let begun = begin_login(&stage).await;
    let error = finish_login(&stage, &begun, authenticator.get(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
    let begun = begin_second(stage.owner("7")).await;
    let error = finish_second(stage.owner("7"), &begun, authenticator.get(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
    authenticator.handle = Some(b"short".to_vec());
    let begun = begin_login(&stage).await;
    let error = finish_login(&stage, &begun, authenticator.get(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
}

#[tokio::test]
async fn a_user_who_was_not_verified_and_a_page_of_another_origin_are_refused() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let (mut authenticator, _) = registered(owner).await;
    for origin in
        ["https://evil.example", "https://app.example.evil.test", "http://app.example", "https://x.app.example"]
    {
        let mut phished = authenticator.clone();
        phished.origin = origin.to_owned();
        let begun = begin_login(&stage).await;
        let error = finish_login(&stage, &begun, phished.get(&begun.options)).await.unwrap_err();
        assert_eq!(error.code(), "invalid_passkey", "{origin}");
        let begun = begin(owner).await;
        let error = finish(owner, &begun, phished.create(&begun.options)).await.unwrap_err();
        assert_eq!(error.code(), "invalid_passkey", "{origin}");
    }
    authenticator.verifies_user = false;
    let begun = begin_login(&stage).await;
    let error = finish_login(&stage, &begun, authenticator.get(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
    let begun = begin_second(owner).await;
    let error = finish_second(owner, &begun, authenticator.get(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
    let begun = begin(owner).await;
    let error = finish(owner, &begun, authenticator.create(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
}

#[tokio::test]
async fn an_answer_to_another_challenge_and_an_altered_one_are_refused() {
    let stage = Stage::new().await;
    let (mut authenticator, _) = registered(stage.owner("7")).await;
    let (old, new) = (begin_login(&stage).await, begin_login(&stage).await);
    let error = finish_login(&stage, &new, authenticator.get(&old.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
    for field in ["signature", "authenticatorData", "clientDataJSON"] {
        let begun = begin_login(&stage).await;
        let mut answer = authenticator.get(&begun.options);
        let text = answer["response"][field].as_str().unwrap().to_owned();
        let middle = text.len() / 2;
        let other = if &text[middle..=middle] == "A" { "B" } else { "A" };
        answer["response"][field] = format!("{}{other}{}", &text[..middle], &text[middle + 1..]).into();
        let error = finish_login(&stage, &begun, answer).await.unwrap_err();
        assert!(matches!(error.code(), "invalid_passkey"), "{field}: {error}");
    }
}

#[tokio::test]
async fn what_is_no_credential_is_malformed_and_leaves_the_ceremony_open() {
    let stage = Stage::new().await;
    let (mut authenticator, _) = registered(stage.owner("7")).await;
    let begun = begin_login(&stage).await;
    for answer in [json!(null), json!({}), json!([1]), json!({"id": 7}), json!("x")] {
        let error = finish_login(&stage, &begun, answer).await.unwrap_err();
        assert_eq!(error.code(), "invalid_value");
    }
    finish_login(&stage, &begun, authenticator.get(&begun.options)).await.unwrap();
}

#[tokio::test]
async fn a_removed_passkey_proves_nothing_any_more() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let (mut authenticator, id) = registered(owner).await;
    let (login, second) = (begin_login(&stage).await, begin_second(owner).await);
    assert_eq!(passkey::delete(stage.owner("8"), &id).await.unwrap_err().code(), "passkey_not_found");
    passkey::delete(owner, &id).await.unwrap();
    assert_eq!(passkey::delete(owner, &id).await.unwrap_err().code(), "passkey_not_found");
    let error = finish_login(&stage, &login, authenticator.get(&login.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
    let error = finish_second(owner, &second, authenticator.get(&second.options)).await.unwrap_err();
    assert_eq!(error.code(), "invalid_passkey");
}

#[tokio::test]
async fn a_credential_is_registered_once_and_names_are_checked() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let (mut authenticator, id) = registered(owner).await;
    passkey::rename(owner, &id, "  Phone ").await.unwrap();
    assert_eq!(passkey::list(owner).await.unwrap()[0].name, "Phone");
    assert_eq!(passkey::rename(stage.owner("8"), &id, "x").await.unwrap_err().code(), "passkey_not_found");
    for name in ["", "  ", &"x".repeat(65), "a\nb"] {
        assert_eq!(passkey::rename(owner, &id, name).await.unwrap_err().code(), "invalid_value");
    }
    // The same credential id again, for another user: as a stolen or repeated id would be.
    authenticator.repeats_id = true;
    let begun = begin(stage.owner("8")).await;
    let error = finish(stage.owner("8"), &begun, authenticator.create(&begun.options)).await.unwrap_err();
    assert_eq!(error.code(), "passkey_exists");
    assert!(passkey::list(stage.owner("8")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_user_has_twenty_passkeys_at_most() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let open = begin(owner).await;
    for _ in 0..passkey::MAX_PASSKEYS {
        registered(owner).await;
    }
    let error = passkey::begin_registration(&party(), owner, ADA, ticket(), NOW).await.unwrap_err();
    assert_eq!(error.code(), "too_many_passkeys");
    let error = finish(owner, &open, SoftPasskey::new(PAGE).create(&open.options)).await.unwrap_err();
    assert_eq!(error.code(), "too_many_passkeys");
}
