//! Authenticator apps and recovery codes against a real store.

mod common;

use common::{NOW, Stage};
use portcullis_base::{Secret, Timestamp};
use portcullis_identity::methods::{
    FactorError, Owner, SecondFactors,
    recovery::{self, RecoveryCheck, RecoveryCodes},
    totp::{self, TotpCheck, TotpSecret},
};
use std::sync::Arc;

/// The user's app: knows what it read from the URL.
struct App(totp_rs::Totp);

impl App {
    fn code(&self, at: Timestamp) -> String {
        self.0.generate(at.unix_s().unsigned_abs()).to_string()
    }
}

async fn enroll(owner: Owner<'_>) -> App {
    let secret = TotpSecret::draw(&mut rand::rng());
    let enrollment = totp::enroll(owner, secret, "Shop", "ada@example.com", NOW).await.unwrap();
    App(totp_rs::Totp::from_url(enrollment.url.expose()).unwrap())
}

async fn enrolled(owner: Owner<'_>) -> App {
    let app = enroll(owner).await;
    assert_eq!(totp::confirm(owner, &app.code(NOW), NOW).await.unwrap(), TotpCheck::Accepted);
    app
}

fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn an_app_learns_the_secret_from_text_url_or_picture() {
    let stage = Stage::new().await;
    let secret = TotpSecret::draw(&mut rand::rng());
    let made = totp::enroll(stage.owner("7"), secret, "Ada's: Shop", "ada@example.com", NOW).await.unwrap();
    let app = totp_rs::Totp::from_url(made.url.expose()).unwrap();
    assert_eq!((app.issuer(), app.account_name()), (Some("Ada's  Shop"), "ada@example.com"));
    assert_eq!((app.digits(), app.step(), app.secret().as_bytes().len()), (6, 30, 20));
    assert_eq!(app.secret().to_base32(), *made.secret.expose());
    assert!(made.qr.expose().starts_with("data:image/svg+xml;base64,"));
}

#[tokio::test]
async fn a_secret_counts_once_a_first_code_confirmed_it() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let first = enroll(owner).await;
    assert!(!owner.second_factors().await.unwrap().any());
    let error = totp::verify(owner, &first.code(NOW), NOW).await.unwrap_err();
    assert_eq!(error.code(), "totp_not_enrolled");
    // Until then it may be replaced, and the replaced one is worth nothing.
    let second = enroll(owner).await;
    assert!(matches!(totp::confirm(owner, &first.code(NOW), NOW).await.unwrap(), TotpCheck::Wrong { left: 4 }));
    assert_eq!(totp::confirm(owner, &second.code(NOW), NOW).await.unwrap(), TotpCheck::Accepted);
    assert!(owner.second_factors().await.unwrap().any());
    let again = totp::enroll(owner, TotpSecret::draw(&mut rand::rng()), "Shop", "ada@example.com", NOW).await;
    assert_eq!(again.unwrap_err().code(), "totp_already_enrolled");
    let again = totp::confirm(owner, &second.code(NOW.plus_s(30)), NOW.plus_s(30)).await;
    assert_eq!(again.unwrap_err().code(), "totp_already_enrolled");
}

#[tokio::test]
async fn one_step_before_and_after_is_accepted_and_no_more() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let app = enrolled(owner).await;
    let at = NOW.plus_s(3_600);
    for (shift, good) in [(-60, false), (60, false), (-30, true), (0, true), (30, true)] {
        let check = totp::verify(owner, &app.code(at.plus_s(shift)), at).await.unwrap();
        assert_eq!(check == TotpCheck::Accepted, good, "{shift} s: {check:?}");
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_an_older_one_no_more() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let app = enrolled(owner).await;
    // The code that confirmed is used up too.
    assert_eq!(totp::verify(owner, &app.code(NOW), NOW).await.unwrap(), TotpCheck::Reused);
    let later = NOW.plus_s(60);
    assert_eq!(totp::verify(owner, &app.code(later), later).await.unwrap(), TotpCheck::Accepted);
    assert_eq!(totp::verify(owner, &app.code(later), later.plus_s(29)).await.unwrap(), TotpCheck::Reused);
    assert_eq!(totp::verify(owner, &app.code(NOW.plus_s(30)), later).await.unwrap(), TotpCheck::Reused);
}

#[tokio::test]
async fn of_twenty_parallel_uses_of_a_code_one_is_accepted() {
    let stage = Arc::new(Stage::new().await);
    let app = enrolled(stage.owner("7")).await;
    let later = NOW.plus_s(60);
    let code = app.code(later);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (stage, code) = (stage.clone(), code.clone());
            tokio::spawn(async move { totp::verify(stage.owner("7"), &code, later).await.unwrap() })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += u32::from(task.await.unwrap() == TotpCheck::Accepted);
    }
    assert_eq!(accepted, 1);
}

#[tokio::test]
async fn sec_7_of_200_parallel_wrong_codes_five_are_looked_at() {
    let stage = Arc::new(Stage::new().await);
    let app = enrolled(stage.owner("7")).await;
    let later = NOW.plus_s(60);
    let wrong = other_than(&app.code(later));
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let (stage, wrong) = (stage.clone(), wrong.clone());
            tokio::spawn(async move { totp::verify(stage.owner("7"), &wrong, later).await.unwrap() })
        })
        .collect();
    let (mut looked_at, mut locked) = (0, 0);
    for task in tasks {
        match task.await.unwrap() {
            TotpCheck::Wrong { .. } => looked_at += 1,
            TotpCheck::Locked { until } => {
                assert_eq!(until, later.plus_s(900));
                locked += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((looked_at, locked), (5, 195));
    // The right code is not looked at either; after the wait it is.
    assert!(matches!(totp::verify(stage.owner("7"), &app.code(later), later).await.unwrap(), TotpCheck::Locked { .. }));
    let after = later.plus_s(900);
    assert_eq!(totp::verify(stage.owner("7"), &app.code(after), after).await.unwrap(), TotpCheck::Accepted);
    // And the count begins anew.
    let check = totp::verify(stage.owner("7"), &other_than(&app.code(after)), after).await.unwrap();
    assert_eq!(check, TotpCheck::Wrong { left: 4 });
}

#[tokio::test]
async fn sec_7_after_a_hundred_wrong_codes_in_a_row_only_another_factor_helps() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let app = enrolled(owner).await;
    let codes = recovery::regenerate(owner, RecoveryCodes::draw(&mut rand::rng()), NOW).await.unwrap();
    let mut at = NOW;
    for _ in 0..20 {
        at = at.plus_s(1_000);
        for _ in 0..5 {
            let check = totp::verify(owner, "not a code", at).await.unwrap();
            assert!(matches!(check, TotpCheck::Wrong { .. }), "{check:?}");
        }
    }
    at = at.plus_s(1_000_000);
    assert_eq!(totp::verify(owner, &app.code(at), at).await.unwrap(), TotpCheck::Blocked);
    let check = recovery::consume(owner, codes[0].expose(), at).await.unwrap();
    assert_eq!(check, RecoveryCheck::Accepted { left: 9 });
    assert_eq!(totp::verify(owner, &app.code(at), at).await.unwrap(), TotpCheck::Accepted);
}

#[tokio::test]
async fn codes_that_are_none_are_wrong() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let app = enrolled(owner).await;
    let later = NOW.plus_s(60);
    let right = app.code(later);
    for code in ["", "0", &format!("{right}0"), &right[1..], "١٢٣٤٥٦", "-00001", &"1".repeat(100_000)] {
        let check = totp::verify(owner, code, later).await.unwrap();
        assert!(matches!(check, TotpCheck::Wrong { .. } | TotpCheck::Locked { .. }), "{check:?}");
    }
    let after = later.plus_s(2_000);
    let spaced = app.code(after);
    let spaced = format!(" {} {} ", &spaced[..3], &spaced[3..]);
    assert_eq!(totp::verify(owner, &spaced, after).await.unwrap(), TotpCheck::Accepted);
}

#[tokio::test]
async fn sec_14_a_secret_is_of_one_user_in_one_stage() {
    let stage = Stage::new().await;
    let app = enrolled(stage.owner("7")).await;
    let other = enrolled(stage.owner("8")).await;
    let later = NOW.plus_s(60);
    assert!(matches!(totp::verify(stage.owner("8"), &app.code(later), later).await, Ok(TotpCheck::Wrong { .. })));
    assert!(matches!(totp::verify(stage.elsewhere("7"), &app.code(later), later).await, Err(FactorError::NotEnrolled)));
    // A row copied to another user does not open: the seal knows its place.
    let (connection, mine) = (stage.connection.clone(), stage.owner("7"));
    let sql = "UPDATE totp SET secret = (SELECT secret FROM totp WHERE user_id = '7') WHERE user_id = '8'";
    stage.store.db().write(move |tx| tx.execute(sql, &[])).await.unwrap();
    let error = totp::verify(stage.owner("8"), &other.code(later), later).await.unwrap_err();
    assert_eq!((error.code(), mine.connection), ("internal", &connection));
}

#[tokio::test]
async fn disabling_takes_the_recovery_codes_along() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let none = recovery::regenerate(owner, RecoveryCodes::draw(&mut rand::rng()), NOW).await;
    assert_eq!(none.unwrap_err().code(), "no_second_factor");
    enrolled(owner).await;
    recovery::regenerate(owner, RecoveryCodes::draw(&mut rand::rng()), NOW).await.unwrap();
    let found = owner.second_factors().await.unwrap();
    assert_eq!(found, SecondFactors { totp: true, passkeys: 0, recovery_codes: 10 });
    totp::disable(owner).await.unwrap();
    let found = owner.second_factors().await.unwrap();
    assert_eq!(found, SecondFactors { totp: false, passkeys: 0, recovery_codes: 0 });
    assert_eq!(totp::disable(owner).await.unwrap_err().code(), "totp_not_enrolled");
}

#[tokio::test]
async fn an_administrator_can_take_all_factors_away() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    enrolled(owner).await;
    recovery::regenerate(owner, RecoveryCodes::draw(&mut rand::rng()), NOW).await.unwrap();
    owner.forget_second_factors().await.unwrap();
    let found = owner.second_factors().await.unwrap();
    assert_eq!(found, SecondFactors { totp: false, passkeys: 0, recovery_codes: 0 });
}

async fn with_codes(owner: Owner<'_>) -> Vec<Secret<String>> {
    enrolled(owner).await;
    recovery::regenerate(owner, RecoveryCodes::draw(&mut rand::rng()), NOW).await.unwrap()
}

#[tokio::test]
async fn a_recovery_code_is_good_once_however_it_is_typed() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let codes = with_codes(owner).await;
    assert_eq!(codes.len(), 10);
    let typed = codes[3].expose().to_uppercase().replace('-', " ").replace('0', "O").replace('1', "l");
    assert_eq!(recovery::consume(owner, &typed, NOW).await.unwrap(), RecoveryCheck::Accepted { left: 9 });
    assert_eq!(recovery::consume(owner, codes[3].expose(), NOW).await.unwrap(), RecoveryCheck::Wrong);
    let next = recovery::consume(owner, codes[4].expose(), NOW).await.unwrap();
    assert_eq!(next, RecoveryCheck::Accepted { left: 8 });
}

#[tokio::test]
async fn of_parallel_uses_of_a_recovery_code_one_is_accepted() {
    let stage = Arc::new(Stage::new().await);
    let code = with_codes(stage.owner("7")).await[0].expose().clone();
    let tasks: Vec<_> = (0..5)
        .map(|_| {
            let (stage, code) = (stage.clone(), code.clone());
            tokio::spawn(async move { recovery::consume(stage.owner("7"), &code, NOW).await.unwrap() })
        })
        .collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += u32::from(matches!(task.await.unwrap(), RecoveryCheck::Accepted { .. }));
    }
    assert_eq!(accepted, 1);
}

#[tokio::test]
async fn new_recovery_codes_void_the_old_ones_and_are_of_one_user() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let old = with_codes(owner).await;
    let new = recovery::regenerate(owner, RecoveryCodes::draw(&mut rand::rng()), NOW).await.unwrap();
    assert_eq!(recovery::consume(owner, old[0].expose(), NOW).await.unwrap(), RecoveryCheck::Wrong);
    assert_eq!(recovery::consume(stage.owner("8"), new[0].expose(), NOW).await.unwrap(), RecoveryCheck::Wrong);
    assert_eq!(recovery::consume(stage.elsewhere("7"), new[0].expose(), NOW).await.unwrap(), RecoveryCheck::Wrong);
    let right = recovery::consume(owner, new[0].expose(), NOW).await.unwrap();
    assert_eq!(right, RecoveryCheck::Accepted { left: 9 });
}

#[tokio::test]
async fn wrong_recovery_codes_make_one_wait_but_never_for_good() {
    let stage = Stage::new().await;
    let owner = stage.owner("7");
    let codes = with_codes(owner).await;
    let mut at = NOW;
    for _ in 0..30 {
        for _ in 0..5 {
            assert_eq!(recovery::consume(owner, "wrong", at).await.unwrap(), RecoveryCheck::Wrong);
        }
        let locked = recovery::consume(owner, codes[0].expose(), at).await.unwrap();
        assert_eq!(locked, RecoveryCheck::Locked { until: at.plus_s(900) });
        at = at.plus_s(900);
    }
    assert!(matches!(recovery::consume(owner, codes[0].expose(), at).await.unwrap(), RecoveryCheck::Accepted { .. }));
}

#[tokio::test]
async fn sec_60_no_secret_and_no_code_lies_in_the_store_as_text() {
    let stage = Stage::new().await;
    let secret = TotpSecret::draw(&mut rand::rng());
    let made = totp::enroll(stage.owner("7"), secret, "Shop", "ada@example.com", NOW).await.unwrap();
    let app = App(totp_rs::Totp::from_url(made.url.expose()).unwrap());
    totp::confirm(stage.owner("7"), &app.code(NOW), NOW).await.unwrap();
    let codes = recovery::regenerate(stage.owner("7"), RecoveryCodes::draw(&mut rand::rng()), NOW).await.unwrap();
    let mut looked_into = 0;
    for entry in std::fs::read_dir(stage.store.dir()).unwrap().map(Result::unwrap) {
        if !entry.file_name().to_string_lossy().starts_with("control.db") {
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        looked_into += bytes.len();
        let has = |needle: &[u8]| bytes.windows(needle.len()).any(|at| at == needle);
        assert!(!has(app.0.secret().as_bytes()) && !has(made.secret.expose().as_bytes()));
        for code in &codes {
            assert!(!has(code.expose().as_bytes()) && !has(code.expose().replace('-', "").as_bytes()));
        }
    }
    assert!(looked_into > 10_000);
}
