use super::*;
use portcullis_base::{ManualClock, Secret};
use portcullis_store::{OpenOptions, audit};
use tempfile::TempDir;

const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "correct horse battery staple";

struct World {
    _dir: TempDir,
    clock: Arc<ManualClock>,
    store: Store,
    operators: Operators,
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn with(email: &str, password: &str) -> Credentials {
    Credentials { email: email.to_owned(), password: secret(password) }
}

fn from(ip: &str) -> Client {
    Client { ip: ip.parse().ok(), user_agent: Some("curl/8".to_owned()), request_id: Some("r1".to_owned()) }
}

impl World {
    fn empty() -> Self {
        let dir = TempDir::new().unwrap();
        let options = OpenOptions { dir: dir.path().join("data"), master_key: None, create: true };
        let clock = Arc::new(ManualClock::new(Timestamp(1_800_000_000_000_000)));
        let store = Store::open(&options).unwrap();
        let operators = Operators::new(store.clone(), clock.clone());
        Self { _dir: dir, clock, store, operators }
    }

    async fn with_ada() -> Self {
        let world = Self::empty();
        world.operators.create(EMAIL, secret(PASSWORD), &Source::Command).await.unwrap();
        world
    }

    async fn login(&self) -> Tokens {
        self.operators.login(with(EMAIL, PASSWORD), &Client::default()).await.unwrap()
    }

    async fn refresh(&self, token: &Secret<String>) -> Result<Tokens, OperatorError> {
        self.operators.refresh(token.expose(), &Client::default()).await
    }

    async fn code(&self, email: &str, password: &str, client: &Client) -> &'static str {
        match self.operators.login(with(email, password), client).await {
            Ok(_) => "ok",
            Err(error) => error.code(),
        }
    }

    /// What the audit was told, the oldest first: action and result.
    async fn told(&self) -> Vec<(String, String)> {
        let filter = audit::Filter { limit: 200, ..Default::default() };
        let mut rows = self.store.db().read(move |tx| audit::list(tx, &filter)).await.unwrap();
        rows.reverse();
        rows.into_iter().map(|row| (row.event.event, row.event.result)).collect()
    }
}

fn lines(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(action, result)| ((*action).to_owned(), (*result).to_owned())).collect()
}

#[tokio::test]
async fn an_operator_signs_in_with_any_spelling_of_the_address_and_the_token_names_them() {
    let world = World::with_ada().await;
    let tokens = world.operators.login(with(" Ada@Example.com ", PASSWORD), &from("192.0.2.1")).await.unwrap();
    assert!(tokens.access.expose().starts_with("ot_") && tokens.refresh.expose().starts_with("or_"));
    assert_eq!(tokens.expires_in_s, 3_600);
    let caller = world.operators.caller(tokens.access.expose()).await.unwrap();
    assert_eq!(caller.operator.email, EMAIL);
    assert_eq!(world.operators.list().await.unwrap()[0].last_login_at, Some(world.clock.now()));
    assert_eq!(world.told().await, lines(&[("operator.create", "ok"), ("operator.login", "ok")]));
}

#[tokio::test]
async fn sec_13_an_access_and_a_refresh_token_are_of_no_use_in_each_others_place() {
    let world = World::with_ada().await;
    let tokens = world.login().await;
    assert_eq!(world.operators.caller(tokens.refresh.expose()).await.unwrap_err().code(), "unauthenticated");
    assert_eq!(world.refresh(&tokens.access).await.unwrap_err().code(), "unauthenticated");
    for nonsense in ["", "ot_", "sk_abc", &"o".repeat(5_000)] {
        assert_eq!(world.operators.caller(nonsense).await.unwrap_err().code(), "unauthenticated");
    }
}

#[tokio::test]
async fn sec_17_tokens_end_by_themselves_and_refreshing_does_not_prolong_the_session() {
    let world = World::with_ada().await;
    let mut tokens = world.login().await;
    world.clock.advance_s(3_599);
    world.operators.caller(tokens.access.expose()).await.unwrap();
    world.clock.advance_s(2);
    assert_eq!(world.operators.caller(tokens.access.expose()).await.unwrap_err().code(), "unauthenticated");
    // Six days, five times: thirty are the end.
    for _ in 0..4 {
        world.clock.advance_s(6 * 86_400);
        tokens = world.refresh(&tokens.refresh).await.unwrap();
    }
    world.clock.advance_s(6 * 86_400);
    assert_eq!(world.refresh(&tokens.refresh).await.unwrap_err().code(), "unauthenticated");
    let idle = world.login().await;
    world.clock.advance_s(7 * 86_400 + 1);
    assert_eq!(world.refresh(&idle.refresh).await.unwrap_err().code(), "unauthenticated");
}

#[tokio::test]
async fn sec_17_the_store_holds_hashes_alone() {
    let world = World::with_ada().await;
    let tokens = world.login().await;
    let next = world.refresh(&tokens.refresh).await.unwrap();
    let setup = World::empty();
    let link = setup.operators.setup_token().await.unwrap().unwrap();
    for (world, secrets) in [
        (&world, vec![tokens.access, tokens.refresh, next.access, next.refresh, secret(PASSWORD)]),
        (&setup, vec![link]),
    ] {
        for file in ["control.db", "control.db-wal"] {
            let bytes = std::fs::read(world.store.dir().join(file)).unwrap_or_default();
            for secret in &secrets {
                let needle = secret.expose().as_bytes();
                assert!(!bytes.windows(needle.len()).any(|at| at == needle), "{file}");
            }
        }
    }
}

#[tokio::test]
async fn sec_16_a_refresh_token_works_once_and_the_grace_gives_the_same_successor() {
    let world = World::with_ada().await;
    let first = world.login().await;
    let second = world.refresh(&first.refresh).await.unwrap();
    world.clock.advance_s(10);
    let again = world.refresh(&first.refresh).await.unwrap();
    assert_eq!(again.refresh.expose(), second.refresh.expose());
    assert_ne!(again.access.expose(), second.access.expose());
    world.operators.caller(again.access.expose()).await.unwrap();
    world.clock.advance_s(1);
    assert_eq!(world.refresh(&first.refresh).await.unwrap_err().code(), "refresh_token_reused");
    assert_eq!(world.refresh(&second.refresh).await.unwrap_err().code(), "refresh_token_reused");
    assert_eq!(world.operators.caller(second.access.expose()).await.unwrap_err().code(), "session_closed");
    assert_eq!(world.told().await[2..], lines(&[("operator.refresh", "refresh_token_reused")]));
}

#[tokio::test]
async fn sec_16_fifty_parallel_refreshes_give_one_successor() {
    let world = World::with_ada().await;
    let first = world.login().await;
    let all = futures(50, |_| {
        let (operators, token) = (world.operators.clone(), first.refresh.clone());
        async move { operators.refresh(token.expose(), &Client::default()).await.unwrap().refresh }
    })
    .await;
    assert!(all.iter().all(|one| one.expose() == all[0].expose()));
}

#[tokio::test]
async fn sec_18_logout_ends_the_session_and_no_other() {
    let world = World::with_ada().await;
    let (one, two) = (world.login().await, world.login().await);
    let caller = world.operators.caller(one.access.expose()).await.unwrap();
    world.operators.logout(&caller, &Client::default()).await.unwrap();
    assert_eq!(world.operators.caller(one.access.expose()).await.unwrap_err().code(), "session_closed");
    assert_eq!(world.refresh(&one.refresh).await.unwrap_err().code(), "session_closed");
    world.operators.caller(two.access.expose()).await.unwrap();
    assert!(world.told().await.contains(&("operator.logout".to_owned(), "ok".to_owned())));
}

#[tokio::test]
async fn sec_10_changing_the_password_needs_the_current_one_and_ends_every_session() {
    let world = World::with_ada().await;
    let (one, two) = (world.login().await, world.login().await);
    let caller = world.operators.caller(one.access.expose()).await.unwrap();
    let change = |current: &str, new: &str| {
        let (operators, caller) = (world.operators.clone(), caller.clone());
        let (current, new) = (secret(current), secret(new));
        async move { operators.change_password(&caller, current, new, &Client::default()).await }
    };
    assert_eq!(change("wrong", "another good password").await.unwrap_err().code(), "wrong_password");
    assert_eq!(change(PASSWORD, "short").await.unwrap_err().code(), "weak_password");
    assert_eq!(change(PASSWORD, EMAIL).await.unwrap_err().code(), "weak_password");
    let fresh = change(PASSWORD, "another good password").await.unwrap();
    for old in [&one.access, &two.access] {
        assert_eq!(world.operators.caller(old.expose()).await.unwrap_err().code(), "session_closed");
    }
    world.operators.caller(fresh.access.expose()).await.unwrap();
    assert_eq!(world.code(EMAIL, PASSWORD, &Client::default()).await, "invalid_credentials");
    assert_eq!(world.code(EMAIL, "another good password", &Client::default()).await, "ok");
}

#[tokio::test]
async fn sec_4_an_unknown_address_is_refused_like_a_wrong_password() {
    let world = World::with_ada().await;
    let nobody = Client::default();
    let refused = |email| world.operators.login(with(email, "wrong password"), &nobody);
    let (unknown, wrong) = (refused("bob@example.com").await.unwrap_err(), refused(EMAIL).await.unwrap_err());
    assert_eq!((unknown.code(), unknown.to_string()), (wrong.code(), wrong.to_string()));
    assert_eq!(world.code("no address", "wrong password", &Client::default()).await, "invalid_credentials");
}

#[tokio::test]
async fn sec_7_two_hundred_parallel_guesses_cost_ten_checks_for_unknown_addresses_alike() {
    for email in [EMAIL, "nobody@example.com"] {
        let world = World::with_ada().await;
        // Hashing has a queue of its own; the guesses come in waves that fit it.
        let mut codes = Vec::new();
        for wave in 0..4u8 {
            codes.extend(
                futures(50, |n| {
                    let operators = world.operators.clone();
                    let client = from(&format!("192.0.2.{}", usize::from(wave) * 50 + n));
                    async move { operators.login(with(email, "a guess that is wrong"), &client).await.unwrap_err().code() }
                })
                .await,
            );
        }
        let checked = codes.iter().filter(|code| **code == "invalid_credentials").count();
        assert_eq!(checked, 10, "{codes:?}");
        assert!(codes.iter().all(|code| ["invalid_credentials", "too_many_attempts"].contains(code)), "{codes:?}");
    }
}

#[tokio::test]
async fn sec_9_a_lock_holds_for_the_right_password_too_grows_and_ends_by_itself() {
    let world = World::with_ada().await;
    let elsewhere = from("198.51.100.7");
    for _ in 0..10 {
        assert_eq!(world.code(EMAIL, "wrong", &from("192.0.2.1")).await, "invalid_credentials");
    }
    let session = world.operators.login(with(EMAIL, PASSWORD), &elsewhere).await.unwrap_err();
    assert!(matches!(session, OperatorError::TooManyAttempts { retry_after_s: 31 }), "{session:?}");
    world.clock.advance_s(30);
    assert_eq!(world.code(EMAIL, "wrong", &elsewhere).await, "invalid_credentials");
    world.clock.advance_s(59);
    assert_eq!(world.code(EMAIL, PASSWORD, &elsewhere).await, "too_many_attempts");
    world.clock.advance_s(1);
    assert_eq!(world.code(EMAIL, PASSWORD, &elsewhere).await, "ok");
    // A success forgets the failures.
    assert_eq!(world.code(EMAIL, "wrong", &elsewhere).await, "invalid_credentials");
    assert_eq!(world.code(EMAIL, PASSWORD, &elsewhere).await, "ok");
    let locked = world.told().await.into_iter().filter(|(_, result)| result == "too_many_attempts").count();
    assert_eq!(locked, 2);
}

#[tokio::test]
async fn sec_9_a_live_session_goes_on_under_a_lock_and_a_new_password_from_the_machine_ends_it() {
    let world = World::with_ada().await;
    let tokens = world.login().await;
    for _ in 0..10 {
        world.code(EMAIL, "wrong", &Client::default()).await;
    }
    assert_eq!(world.code(EMAIL, PASSWORD, &Client::default()).await, "too_many_attempts");
    let tokens = world.refresh(&tokens.refresh).await.unwrap();
    world.operators.caller(tokens.access.expose()).await.unwrap();
    world.operators.reset_password(EMAIL, secret("another good password"), &Source::Command).await.unwrap();
    assert_eq!(world.code(EMAIL, "another good password", &Client::default()).await, "ok");
    assert_eq!(world.operators.caller(tokens.access.expose()).await.unwrap_err().code(), "session_closed");
}

#[tokio::test]
async fn sec_9_a_source_that_guesses_at_many_addresses_has_to_wait() {
    let world = World::empty();
    let client = from("192.0.2.9");
    for n in 0..50 {
        assert_eq!(world.code(&format!("u{n}@example.com"), "wrong", &client).await, "invalid_credentials");
    }
    assert_eq!(world.code("u99@example.com", "wrong", &client).await, "too_many_attempts");
    assert_eq!(world.code("u99@example.com", "wrong", &from("192.0.2.10")).await, "invalid_credentials");
}

#[tokio::test]
async fn sec_67_the_set_up_link_makes_the_first_operator_once() {
    let world = World::empty();
    let old = world.operators.setup_token().await.unwrap().unwrap();
    let link = world.operators.setup_token().await.unwrap().unwrap();
    assert!(link.expose().len() >= 32);
    let set_up = |token: &Secret<String>, email: &str, password: &str| {
        let (operators, token, credentials) = (world.operators.clone(), token.clone(), with(email, password));
        async move { operators.set_up(token.expose(), credentials, &Client::default()).await }
    };
    // A newer link ends the older one, and a refused password leaves the link as it is.
    assert_eq!(set_up(&old, EMAIL, PASSWORD).await.unwrap_err().code(), "invalid_setup_token");
    assert_eq!(set_up(&link, EMAIL, "short").await.unwrap_err().code(), "weak_password");
    assert_eq!(set_up(&link, "ada", PASSWORD).await.unwrap_err().code(), "invalid_email");
    let all = futures(20, |n| {
        let made = set_up(&link, &format!("op{n}@example.com"), PASSWORD);
        async move { made.await.map(drop).map_err(|error| error.code()) }
    })
    .await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1, "{all:?}");
    assert_eq!(world.operators.list().await.unwrap().len(), 1);
    assert!(world.operators.setup_token().await.unwrap().is_none());
}

#[tokio::test]
async fn sec_67_the_set_up_link_ends_after_a_day_and_with_the_first_operator() {
    let world = World::empty();
    let link = world.operators.setup_token().await.unwrap().unwrap();
    world.clock.advance_s(SETUP_TTL_S);
    let late = world.operators.set_up(link.expose(), with(EMAIL, PASSWORD), &Client::default()).await;
    assert_eq!(late.unwrap_err().code(), "invalid_setup_token");
    let link = world.operators.setup_token().await.unwrap().unwrap();
    world.operators.create("bob@example.com", secret(PASSWORD), &Source::Command).await.unwrap();
    let other = world.operators.set_up(link.expose(), with(EMAIL, PASSWORD), &Client::default()).await;
    assert_eq!(other.unwrap_err().code(), "invalid_setup_token");
}

#[tokio::test]
async fn the_environment_makes_the_first_operator_and_no_second() {
    let world = World::empty();
    let first = world.operators.create_first(EMAIL, secret(PASSWORD), &Source::Environment).await.unwrap();
    assert_eq!(first.unwrap().email, EMAIL);
    let second = world.operators.create_first("bob@example.com", secret(PASSWORD), &Source::Environment).await.unwrap();
    assert_eq!(second, None);
    assert_eq!(world.operators.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn addresses_and_passwords_that_cannot_be_taken_are_refused() {
    let world = World::with_ada().await;
    let create = |email: &str, password: &str| {
        let (operators, email, password) = (world.operators.clone(), email.to_owned(), secret(password));
        async move { operators.create(&email, password, &Source::Command).await.unwrap_err().code() }
    };
    for email in ["", "ada", "@x", "a@", "a@b@c", "a b@c", "a@b\r\nBcc: c@d", "a@b,c@d", "<a@b>", &"a".repeat(255)] {
        assert_eq!(create(email, PASSWORD).await, "invalid_email", "{email:?}");
    }
    for password in ["", "1234567", "bob@example.com", "PortCullis", &"a".repeat(1_025)] {
        assert_eq!(create("bob@example.com", password).await, "weak_password", "{password:?}");
    }
    assert_eq!(create("ADA@example.com", PASSWORD).await, "email_taken");
    let unknown = world.operators.reset_password("bob@example.com", secret(PASSWORD), &Source::Command).await;
    assert_eq!(unknown.unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn sec_6_above_the_bound_hashing_is_refused_as_busy() {
    let world = World::with_ada().await;
    let codes = futures(200, |n| {
        let operators = world.operators.clone();
        async move {
            let client = from(&format!("192.0.2.{n}"));
            match operators.login(with(&format!("u{n}@example.com"), "wrong"), &client).await {
                Ok(_) => "ok",
                Err(error) => error.code(),
            }
        }
    })
    .await;
    assert!(codes.contains(&"busy"), "{codes:?}");
    assert!(codes.iter().all(|code| ["busy", "invalid_credentials"].contains(code)), "{codes:?}");
}

#[tokio::test]
async fn sec_63_the_audit_names_who_from_where_in_which_request_and_no_password() {
    let world = World::with_ada().await;
    world.code(EMAIL, "hunter2-hunter2", &from("192.0.2.1")).await;
    world.code("hunter2-hunter2", "x", &from("192.0.2.1")).await;
    let filter = audit::Filter { event: Some("operator.login".to_owned()), limit: 10, ..Default::default() };
    let rows = world.store.db().read(move |tx| audit::list(tx, &filter)).await.unwrap();
    let event = &rows[1].event;
    assert_eq!((event.result.as_str(), event.ip.as_deref()), ("invalid_credentials", Some("192.0.2.1")));
    assert_eq!(
        (event.request_id.as_deref(), event.detail.as_deref()),
        (Some("r1"), Some(r#"{"email":"ada@example.com"}"#))
    );
    assert!(event.subject.as_deref().unwrap().starts_with("op_"));
    assert!(!format!("{rows:?}").contains("hunter2"));
}

/// Runs the same thing many times at once.
async fn futures<F, T>(times: usize, mut make: impl FnMut(usize) -> F) -> Vec<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let running: Vec<_> = (0..times).map(|n| tokio::spawn(make(n))).collect();
    let mut all = Vec::new();
    for one in running {
        all.push(one.await.unwrap());
    }
    all
}
