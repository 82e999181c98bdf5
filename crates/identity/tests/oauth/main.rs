//! Social login against providers that behave and providers that do not. SEC-28..31.

mod bench;
#[path = "../common/mod.rs"]
mod common;

use bench::{Bench, Brought, CALLBACK, ada};
use common::NOW;
use portcullis_base::Secret;
use portcullis_identity::{
    methods::oauth::{Begun, Callback, Configured, Finished, OAuthError, Social},
    outbound::Outbound,
};
use portcullis_testkit::provider::{FakePerson, SigningAlgorithm, Trick};
use serde_json::json;
use std::{collections::HashMap, sync::Arc};
use url::Url;

#[tokio::test]
async fn google_and_any_openid_provider_tell_who_someone_is() {
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        for name in ["google", "corp"] {
            let bench = Bench::openid(name, algorithm).await;
            assert_eq!(bench.sign_in().await.unwrap(), ada(name), "{algorithm:?}");
        }
    }
}

#[tokio::test]
async fn github_tells_who_someone_is() {
    let bench = Bench::github().await;
    assert_eq!(bench.sign_in().await.unwrap(), ada("github"));
}

#[tokio::test]
async fn sec_28_the_request_has_a_state_pkce_a_nonce_and_our_own_callback() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let (one, two) = (bench.try_begin().await.unwrap(), bench.try_begin().await.unwrap());
    let query = |begun: &Begun| -> HashMap<String, String> {
        Url::parse(&begun.authorize_url).unwrap().query_pairs().into_owned().collect()
    };
    let (first, second) = (query(&one), query(&two));
    assert_eq!((first["response_type"].as_str(), first["code_challenge_method"].as_str()), ("code", "S256"));
    assert_eq!((first["redirect_uri"].as_str(), first["scope"].as_str()), (CALLBACK, "openid email profile"));
    for field in ["state", "nonce", "code_challenge"] {
        assert_eq!(first[field].len(), 43, "{field}");
        assert_ne!(first[field], second[field], "{field}");
    }
    assert_ne!(one.browser.expose(), two.browser.expose());
    // Neither the verifier's nor the browser's half is in the address.
    assert!(!one.authorize_url.contains(one.browser.expose()) && !first.contains_key("code_verifier"));
    let github = Bench::github().await;
    let query = query(&github.try_begin().await.unwrap());
    assert_eq!((query.get("nonce"), query["scope"].as_str()), (None, "read:user user:email"));
    assert_eq!(query["code_challenge"].len(), 43);
}

#[tokio::test]
async fn what_is_remembered_comes_back_with_the_identity() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let finished = bench.finish(&bench.brought().await).await.unwrap();
    assert_eq!((finished.return_to.as_deref(), finished.link_user), (Some("/home"), None));
}

#[tokio::test]
async fn sec_28_a_state_is_good_once_for_ten_minutes_in_its_browser_at_its_provider_and_stage() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let good = bench.brought().await;
    let other = bench.brought().await;
    let invalid = |result: Result<Finished, OAuthError>, what: &str| {
        assert_eq!(result.unwrap_err().code(), "invalid_state", "{what}");
    };
    let asked = bench.provider.hits("token");
    for (what, brought) in [
        ("unknown", Brought { state: "x".repeat(43), ..good.clone() }),
        ("empty", Brought { state: String::new(), ..good.clone() }),
    ] {
        invalid(bench.finish(&brought).await, what);
    }
    bench.finish(&good).await.unwrap();
    invalid(bench.finish(&good).await, "used");
    // Another browser's cookie, none, an empty one: a stranger's login must not become this browser's session.
    for browser in [None, Some(String::new()), good.browser.clone()] {
        let brought = Brought { browser, ..bench.brought().await };
        invalid(bench.finish(&brought).await, "another browser");
        // And the state is used up.
        invalid(bench.finish(&brought).await, "used");
    }
    invalid(bench.finish_at(&other, NOW.plus_s(600)).await, "too late");
    let brought = bench.brought().await;
    let callback = |brought: &Brought| {
        let text = |text: &Option<String>| text.clone().unwrap();
        (brought.state.clone(), text(&brought.browser), text(&brought.code), text(&brought.iss))
    };
    let (state, browser, code, iss) = callback(&brought);
    let callback =
        Callback { state: &state, browser: Some(&browser), code: Some(&code), iss: Some(&iss), error: None, at: None };
    let elsewhere =
        bench.social.finish(&bench.stage.store, &bench.stage.other, bench.configured(), callback, NOW).await;
    invalid(elsewhere, "another stage");
    let renamed = Configured { name: "google", ..bench.configured() };
    let mixed_up = bench.social.finish(&bench.stage.store, &bench.stage.connection, renamed, callback, NOW).await;
    invalid(mixed_up, "another provider's callback");
    // Nothing of all that reached the provider but the one good login.
    assert_eq!(bench.provider.hits("token"), asked + 1);
}

#[tokio::test]
async fn sec_28_of_twenty_parallel_callbacks_one_signs_in() {
    let bench = Arc::new(Bench::openid("corp", SigningAlgorithm::Es256).await);
    let brought = bench.brought().await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (bench, brought) = (bench.clone(), brought.clone());
            tokio::spawn(async move { bench.finish(&brought).await.map_err(|error| error.code()) })
        })
        .collect();
    let mut good = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => good += 1,
            Err(code) => assert_eq!(code, "invalid_state"),
        }
    }
    assert_eq!((good, bench.provider.hits("token")), (1, 1));
}

#[tokio::test]
async fn sec_28_a_code_of_another_login_is_refused_by_its_verifier() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let (mine, stolen) = (bench.brought().await, bench.brought().await);
    // The attacker's code in the victim's browser: the state fits, the code does not.
    let error = bench.finish(&Brought { code: stolen.code, ..mine }).await.unwrap_err();
    assert_eq!((error.code(), error.detail().as_str()), ("provider_refused", "invalid_grant (400)"));
}

#[tokio::test]
async fn a_code_that_was_used_is_refused_by_the_provider() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let first = bench.brought().await;
    bench.finish(&first).await.unwrap();
    let again = Brought { code: first.code, ..bench.brought().await };
    assert_eq!(bench.finish(&again).await.unwrap_err().code(), "provider_refused");
}

#[tokio::test]
async fn sec_29_an_id_token_that_does_not_hold_is_refused() {
    for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::Es256, SigningAlgorithm::EdDsa] {
        let bench = Bench::openid("corp", algorithm).await;
        for (trick, why) in [
            (Trick::WrongIssuer, "another issuer"),
            (Trick::WrongAudience, "another audience"),
            (Trick::ForeignParty, "another audience"),
            (Trick::ForeignPartyAlone, "another audience"),
            (Trick::WrongNonce, "nonce is another one"),
            (Trick::NoNonce, "`nonce` is missing"),
            (Trick::Unsigned, "algorithm"),
            (Trick::HmacWithPublicKey, "algorithm"),
            (Trick::HmacWithClientSecret, "algorithm"),
            (Trick::OtherKey, "signature is wrong"),
            (Trick::OwnKeyInHead, "`jwk`, which is not accepted"),
            (Trick::Expired, "expired"),
            (Trick::NoEnd, "`exp` is missing"),
            (Trick::NoSubject, "no subject"),
            (Trick::NoIdToken, "no ID token"),
            (Trick::NoAccessToken, "no access token"),
        ] {
            bench.provider.play(trick);
            let error = bench.refused(&format!("{algorithm:?} {trick:?}"), "provider_unacceptable").await;
            assert!(error.contains(why), "{algorithm:?} {trick:?}: {error}");
        }
    }
}

#[tokio::test]
async fn sec_29_a_discovery_document_of_another_issuer_or_without_tls_is_refused() {
    for trick in [Trick::OtherIssuerInDiscovery, Trick::PlainHttpInDiscovery] {
        let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
        bench.provider.play(trick);
        let error = bench.try_begin().await.unwrap_err();
        assert_eq!(error.code(), "provider_unacceptable", "{trick:?}");
    }
}

#[tokio::test]
async fn sec_31_the_issuer_of_the_callback_is_checked_where_it_is_sent_or_was_promised() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    for trick in [Trick::OtherIssuerAtCallback, Trick::NoIssuerAtCallback] {
        bench.provider.play(trick);
        let asked = bench.provider.hits("token");
        bench.refused(&format!("{trick:?}"), "provider_unacceptable").await;
        assert_eq!(bench.provider.hits("token"), asked, "the code must not be sent");
    }
    let silent = Bench::openid("corp", SigningAlgorithm::Es256).await;
    silent.provider.keep_issuer_to_itself();
    silent.sign_in().await.unwrap();
    let github = Bench::github().await;
    github.provider.play(Trick::OtherIssuerAtCallback);
    github.refused("github", "provider_unacceptable").await;
}

#[tokio::test]
async fn a_token_endpoint_that_fails_is_told_from_one_that_refuses() {
    for bench in [Bench::openid("corp", SigningAlgorithm::Es256).await, Bench::github().await] {
        for (trick, code) in [
            (Trick::TokenFails, "provider_unavailable"),
            (Trick::TokenHuge, "provider_unavailable"),
            (Trick::TokenNotJson, "provider_unacceptable"),
            (Trick::TokenRefusesWith200, "provider_refused"),
            (Trick::TokenRedirects, "provider_refused"),
            (Trick::NoAccessToken, "provider_unacceptable"),
        ] {
            bench.provider.play(trick);
            bench.refused(&format!("{} {trick:?}", bench.name), code).await;
        }
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_unavailable() {
    let mut bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let brought = bench.brought().await;
    bench.settings.issuer = Some("http://127.0.0.1:1".into());
    assert_eq!(bench.try_begin().await.unwrap_err().code(), "provider_unavailable");
    assert_eq!(bench.finish(&brought).await.unwrap_err().code(), "provider_unavailable");
}

#[tokio::test]
async fn sec_54_a_provider_inside_our_own_network_is_not_asked_unless_that_is_allowed() {
    let mut bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    bench.social = Social::new(Arc::new(Outbound::new(false).unwrap()));
    assert_eq!(bench.try_begin().await.unwrap_err().code(), "provider_misconfigured");
    assert_eq!(bench.provider.hits("discovery"), 0);
}

#[tokio::test]
async fn a_person_who_says_no_and_a_provider_that_errs_are_told_apart() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    for (error, code) in
        [("access_denied", "access_denied"), ("server_error", "provider_refused"), ("<b>\n", "provider_refused")]
    {
        let brought = Brought { code: None, error: Some(error.into()), ..bench.brought().await };
        let refused = bench.finish(&brought).await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(!refused.detail().contains('\n'));
        assert_eq!(bench.finish(&brought).await.unwrap_err().code(), "invalid_state", "the state is used up");
    }
    for code in [None, Some(String::new()), Some("x".repeat(5_000))] {
        let brought = Brought { code, ..bench.brought().await };
        assert_eq!(bench.finish(&brought).await.unwrap_err().code(), "provider_unacceptable");
    }
    assert_eq!(bench.provider.hits("token"), 0);
}

#[tokio::test]
async fn sec_30_an_address_counts_as_verified_only_if_the_provider_says_so() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    for (said, verified) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!(null), false),
        (json!(1), false),
        (json!("yes"), false),
        (json!([true]), false),
    ] {
        bench.provider.sign_in_as(FakePerson { email_verified: said.clone(), ..FakePerson::ada() });
        let identity = bench.sign_in().await.unwrap();
        assert_eq!((identity.email_verified, identity.email.as_deref()), (verified, Some("ada@example.com")), "{said}");
    }
    for email in ["", "ada", "a@b@c", "a@b.c, evil@d.e", "ada@example.com\r\nBcc: x@y.z", "<ada@example.com>", "@b.c"] {
        bench.provider.sign_in_as(FakePerson { email: Some(email.into()), ..FakePerson::ada() });
        let identity = bench.sign_in().await.unwrap();
        assert_eq!((identity.email, identity.email_verified), (None, false), "{email:?}");
    }
}

#[tokio::test]
async fn sec_29_another_person_with_the_same_address_is_another_person() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let first = bench.sign_in().await.unwrap();
    bench.provider.sign_in_as(FakePerson { id: 4_711, ..FakePerson::ada() });
    let second = bench.sign_in().await.unwrap();
    assert_eq!(first.email, second.email);
    assert_ne!(first.subject, second.subject);
}

#[tokio::test]
async fn an_address_that_is_told_at_userinfo_alone_is_found_there() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    bench.provider.tell_address_at_userinfo_only();
    assert_eq!(bench.sign_in().await.unwrap(), ada("corp"));
    bench.provider.play(Trick::OtherPersonAtUserinfo);
    bench.refused("another person", "provider_unacceptable").await;
    let told = Bench::openid("corp", SigningAlgorithm::Es256).await;
    told.sign_in().await.unwrap();
    assert_eq!(told.provider.hits("userinfo"), 0);
}

#[tokio::test]
async fn github_gives_the_primary_verified_address_or_another_verified_one_or_none() {
    let bench = Bench::github().await;
    let email =
        |email: &str, primary: bool, verified: bool| json!({"email": email, "primary": primary, "verified": verified});
    for (emails, expected) in [
        (json!([email("a@x.y", false, true), email("b@x.y", true, true)]), Some("b@x.y")),
        (json!([email("a@x.y", true, false), email("b@x.y", false, true)]), Some("b@x.y")),
        (json!([email("a@x.y", true, false)]), None),
        (json!([]), None),
        (json!({"message": "Not Found"}), None),
    ] {
        bench.provider.set_github_emails(emails.clone());
        let identity = bench.sign_in().await.unwrap();
        assert_eq!((identity.email.as_deref(), identity.email_verified), (expected, expected.is_some()), "{emails}");
    }
    bench.provider.play(Trick::NoSubject);
    bench.refused("no number", "provider_unacceptable").await;
}

#[tokio::test]
async fn new_keys_of_the_provider_are_fetched_and_documents_are_remembered() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    bench.sign_in().await.unwrap();
    bench.sign_in().await.unwrap();
    assert_eq!((bench.provider.hits("discovery"), bench.provider.hits("jwks")), (1, 1));
    bench.provider.rotate_keys();
    // Within half a minute of the last look nobody can make us look again.
    assert_eq!(bench.sign_in().await.unwrap_err().code(), "provider_unacceptable");
    assert_eq!(bench.provider.hits("jwks"), 1);
    let later = NOW.plus_s(31);
    bench.provider.set_now_s(later.unix_s());
    bench.finish_at(&bench.brought().await, later).await.unwrap();
    assert_eq!((bench.provider.hits("discovery"), bench.provider.hits("jwks")), (1, 2));
}

#[tokio::test]
async fn a_provider_may_take_the_secret_as_basic_and_its_pages_from_the_settings() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    bench.provider.take_basic_only();
    bench.sign_in().await.unwrap();
    let mut bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let page = |page: &str| Some(format!("{}/{page}", bench.provider.base));
    let (authorize, token, jwks) = (page("authorize"), page("token"), page("jwks"));
    bench.settings.authorize_url = authorize;
    bench.settings.token_url = token;
    bench.settings.jwks_url = jwks;
    bench.settings.scopes = vec!["email".into(), "groups".into()];
    assert!(bench.try_begin().await.unwrap().authorize_url.contains("scope=openid+email+groups"));
    assert_eq!(bench.sign_in().await.unwrap(), ada("corp"));
    assert_eq!(bench.provider.hits("discovery"), 0);
}

#[tokio::test]
async fn settings_that_cannot_work_are_the_operators_business() {
    let mut bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let wrong = Secret::new("wrong".to_owned());
    bench.secret = wrong;
    bench.refused("wrong secret", "provider_refused").await;
    bench.secret = Secret::default();
    assert_eq!(bench.try_begin().await.unwrap_err().code(), "provider_misconfigured");
    bench.settings.issuer = None;
    let error = bench.try_begin().await.unwrap_err();
    assert_eq!(error.code(), "provider_misconfigured");
    assert!(error.detail().contains("`issuer` is missing"));
}

#[tokio::test]
async fn sec_60_neither_state_nor_verifier_lies_in_the_store_as_text() {
    let bench = Bench::openid("corp", SigningAlgorithm::Es256).await;
    let begun = bench.try_begin().await.unwrap();
    let url = Url::parse(&begun.authorize_url).unwrap();
    let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
    let mut looked_into = 0;
    for entry in std::fs::read_dir(bench.stage.store.dir()).unwrap().map(Result::unwrap) {
        if !entry.file_name().to_string_lossy().starts_with("control.db") {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        looked_into += bytes.len();
        for secret in [&query["state"], &query["nonce"], begun.browser.expose(), &"/home".to_owned()] {
            assert!(!bytes.windows(secret.len()).any(|at| at == secret.as_bytes()));
        }
    }
    assert!(looked_into > 10_000);
}
