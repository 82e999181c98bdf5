use super::{
    keys::{FIRST_RETRY_S, FRESH_S, RETRY_S, STALE_S},
    *,
};
use crate::fake_server::{FakeServer, raw_answer};
use jsonwebtoken::{Algorithm as LibAlgorithm, EncodingKey, Header, jwk::Jwk};
use portcullis_base::{ManualClock, Secret, Timestamp};
use portcullis_crypto::jwt::{Algorithm, SigningKey, jwks, sign};
use serde_json::json;

const START_S: i64 = 1_800_000_000;

/// An identity provider whose keys can be changed and which can be switched off.
struct Provider {
    server: FakeServer,
    document: Arc<Mutex<String>>,
}

impl Provider {
    async fn start(document: String) -> Self {
        let document = Arc::new(Mutex::new(document));
        let published = Arc::clone(&document);
        let server = FakeServer::start(move |_| match published.lock().unwrap().as_str() {
            "" => raw_answer(503, "down"),
            document => raw_answer(200, document),
        })
        .await;
        Self { server, document }
    }

    fn publish(&self, document: &str) {
        *self.document.lock().unwrap() = document.to_owned();
    }

    fn asked(&self) -> usize {
        self.server.requests().len()
    }

    fn issuer(&self) -> ExternalIssuer {
        let document = document(&json!({"jwks_url": self.server.url("/keys")}));
        ExternalIssuer::new(document, "proj_1", &Outbound::new(true).unwrap()).unwrap()
    }
}

struct Test {
    issuers: Issuers,
    clock: Arc<ManualClock>,
    connection: ConnectionId,
}

impl Test {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp(START_S * 1_000_000)));
        let issuers = Issuers::new(Outbound::new(true).unwrap(), clock.clone());
        Self { issuers, clock, connection: ConnectionId("conn_1".into()) }
    }

    async fn verify(&self, issuer: &ExternalIssuer, token: &str) -> Result<String, IssuerError> {
        self.issuers.verify(&self.connection, issuer, token).await.map(|user| user.id)
    }
}

fn document(changes: &Value) -> IssuerDocument {
    serde_json::from_value(described(changes)).unwrap()
}

fn described(changes: &Value) -> Value {
    let mut document = json!({
        "provider": "external", "jwks_url": "https://id.example/keys", "audience": "shop",
        "issuer": "https://id.example", "user_id_claim": "sub"
    });
    for (name, value) in changes.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

fn key() -> SigningKey {
    SigningKey::generate(Algorithm::EdDsa, &mut rand::rng()).unwrap()
}

fn claims(sub: &Value) -> Value {
    json!({"iss": "https://id.example", "aud": "shop", "sub": sub, "iat": START_S, "exp": START_S + 86_400})
}

fn token(key: &SigningKey) -> String {
    sign(key, &claims(&json!("ada"))).unwrap().expose().clone()
}

#[tokio::test]
async fn an_rs256_token_of_the_issuer_names_its_user() {
    let rsa = EncodingKey::from_rsa_pem(include_bytes!("../../../crypto/tests/keys/rsa.pem")).unwrap();
    let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&rsa, LibAlgorithm::RS256).unwrap()).unwrap();
    jwk["kid"] = json!("one");
    let provider = Provider::start(json!({"keys": [jwk]}).to_string()).await;
    let header = Header { kid: Some("one".into()), ..Header::new(LibAlgorithm::RS256) };
    let token = jsonwebtoken::encode(&header, &claims(&json!("ada")), &rsa).unwrap();
    let test = Test::new();
    let user = test.issuers.verify(&test.connection, &provider.issuer(), &token).await.unwrap();
    assert_eq!((user.id.as_str(), &user.claims["iss"]), ("ada", &json!("https://id.example")));
}

#[tokio::test]
async fn the_users_id_is_text_or_a_whole_number() {
    let key = key();
    let provider = Provider::start(jwks(&[&key])).await;
    let changes = json!({"jwks_url": provider.server.url("/"), "user_id_claim": "uid"});
    let issuer = ExternalIssuer::new(document(&changes), "", &Outbound::new(true).unwrap()).unwrap();
    let test = Test::new();
    for (uid, id) in [(json!("a7"), Some("a7")), (json!(42), Some("42")), (json!(-1), Some("-1"))]
        .into_iter()
        .chain([json!(1.5), json!(true), json!(""), json!([1]), Value::Null, json!("x".repeat(257))].map(|v| (v, None)))
    {
        let mut claims = claims(&json!("ada"));
        claims["uid"] = uid;
        let found = test.verify(&issuer, sign(&key, &claims).unwrap().expose()).await;
        assert_eq!(found, id.map(str::to_owned).ok_or_else(|| IssuerError::NoUser("uid".into())));
    }
}

#[tokio::test]
async fn sec_11_sec_29_tokens_of_other_keys_issuers_or_audiences_are_refused() {
    let key = key();
    let provider = Provider::start(jwks(&[&key])).await;
    let (test, issuer) = (Test::new(), provider.issuer());
    for (name, value, why) in [
        ("iss", json!("https://evil.example"), JwtError::Issuer),
        ("aud", json!("proj_1"), JwtError::Audience),
        ("exp", json!(START_S - 60), JwtError::Expired),
    ] {
        let mut claims = claims(&json!("ada"));
        claims[name] = value;
        let error = test.verify(&issuer, sign(&key, &claims).unwrap().expose()).await.unwrap_err();
        assert_eq!(error, IssuerError::Token(why));
    }
    let shared = SigningKey::from_secret(&Secret::new(jwks(&[&key]).into_bytes())).unwrap();
    let error = test.verify(&issuer, &token(&shared)).await.unwrap_err();
    assert_eq!(error, IssuerError::Token(JwtError::Algorithm));
    assert_eq!(error.code(), "invalid_token");
}

#[tokio::test]
async fn keys_are_fetched_once_in_ten_minutes() {
    let key = key();
    let provider = Provider::start(jwks(&[&key])).await;
    let (test, issuer, token) = (Test::new(), provider.issuer(), token(&key));
    for _ in 0..20 {
        assert_eq!(test.verify(&issuer, &token).await, Ok("ada".into()));
    }
    test.clock.advance_s(FRESH_S - 1);
    test.verify(&issuer, &token).await.unwrap();
    assert_eq!(provider.asked(), 1);
    test.clock.advance_s(1);
    test.verify(&issuer, &token).await.unwrap();
    assert_eq!(provider.asked(), 2);
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_at_most_every_30_s() {
    let (old, new, foreign) = (key(), key(), key());
    let provider = Provider::start(jwks(&[&old])).await;
    let (test, issuer) = (Test::new(), provider.issuer());
    test.verify(&issuer, &token(&old)).await.unwrap();
    provider.publish(&jwks(&[&old, &new]));
    let unknown = Err(IssuerError::Token(JwtError::UnknownKey));
    test.clock.advance_s(RETRY_S - 1);
    assert_eq!(test.verify(&issuer, &token(&new)).await, unknown);
    assert_eq!(provider.asked(), 1);
    test.clock.advance_s(1);
    assert_eq!(test.verify(&issuer, &token(&new)).await, Ok("ada".into()));
    assert_eq!(provider.asked(), 2);
    for _ in 0..20 {
        assert_eq!(test.verify(&issuer, &token(&foreign)).await, unknown);
    }
    assert_eq!(provider.asked(), 2);
    // While the issuer is down, what is known goes on working.
    provider.publish("");
    test.clock.advance_s(RETRY_S);
    assert_eq!(test.verify(&issuer, &token(&foreign)).await, unknown);
    assert_eq!(test.verify(&issuer, &token(&new)).await, Ok("ada".into()));
    assert_eq!(provider.asked(), 3);
}

#[tokio::test]
async fn old_keys_serve_for_an_hour_while_the_issuer_is_down() {
    let key = key();
    let provider = Provider::start(jwks(&[&key])).await;
    let (test, issuer, token) = (Test::new(), provider.issuer(), token(&key));
    test.verify(&issuer, &token).await.unwrap();
    provider.publish("");
    test.clock.advance_s(FRESH_S);
    for _ in 0..5 {
        assert_eq!(test.verify(&issuer, &token).await, Ok("ada".into()));
    }
    assert_eq!(provider.asked(), 2);
    test.clock.advance_s(STALE_S - FRESH_S - 1);
    assert_eq!(test.verify(&issuer, &token).await, Ok("ada".into()));
    test.clock.advance_s(FIRST_RETRY_S);
    let error = test.verify(&issuer, &token).await.unwrap_err();
    assert_eq!(error.code(), "issuer_unavailable");
    provider.publish(&jwks(&[&key]));
    test.clock.advance_s(FIRST_RETRY_S);
    assert_eq!(test.verify(&issuer, &token).await, Ok("ada".into()));
}

#[tokio::test]
async fn an_issuer_without_keys_is_asked_at_most_every_5_s() {
    let key = key();
    let provider = Provider::start("{}".into()).await;
    let (test, issuer, token) = (Test::new(), provider.issuer(), token(&key));
    for _ in 0..5 {
        assert_eq!(test.verify(&issuer, &token).await, Err(IssuerError::NoKeys));
    }
    assert_eq!(provider.asked(), 1);
    provider.publish("");
    test.clock.advance_s(FIRST_RETRY_S);
    assert!(matches!(test.verify(&issuer, &token).await, Err(IssuerError::Keys(_))));
    provider.publish(&jwks(&[&key]));
    test.clock.advance_s(FIRST_RETRY_S);
    assert_eq!(test.verify(&issuer, &token).await, Ok("ada".into()));
}

#[tokio::test]
async fn callers_who_arrive_together_cause_one_fetch() {
    let key = key();
    let provider = Provider::start(jwks(&[&key])).await;
    let (test, issuer, token) = (Test::new(), provider.issuer(), token(&key));
    let verify = || test.verify(&issuer, &token);
    let (a, b, c) = tokio::join!(verify(), verify(), verify());
    assert_eq!((a.is_ok(), b.is_ok(), c.is_ok(), provider.asked()), (true, true, true, 1));
}

#[tokio::test]
async fn a_caller_who_goes_away_does_not_stop_the_fetch() {
    let key = key();
    let provider = Provider::start(jwks(&[&key])).await;
    let (test, issuer, token) = (Test::new(), provider.issuer(), token(&key));
    {
        let mut gone = Box::pin(test.verify(&issuer, &token));
        assert!(futures_now(gone.as_mut()).is_none(), "it waits for the issuer");
    }
    assert_eq!(test.verify(&issuer, &token).await, Ok("ada".into()));
    assert_eq!(provider.asked(), 1);
}

/// What a future has to say when it is asked once.
fn futures_now<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.poll(&mut context) {
        std::task::Poll::Ready(output) => Some(output),
        std::task::Poll::Pending => None,
    }
}

#[tokio::test]
async fn keys_of_a_former_issuer_are_not_used_for_the_next() {
    let (one, two) = (key(), key());
    let (first, second) = (Provider::start(jwks(&[&one])).await, Provider::start(jwks(&[&two])).await);
    let test = Test::new();
    test.verify(&first.issuer(), &token(&one)).await.unwrap();
    assert_eq!(test.verify(&second.issuer(), &token(&two)).await, Ok("ada".into()));
    let error = test.verify(&second.issuer(), &token(&one)).await.unwrap_err();
    assert_eq!(error, IssuerError::Token(JwtError::UnknownKey));
    test.issuers.forget(&test.connection);
    test.verify(&second.issuer(), &token(&two)).await.unwrap();
    assert_eq!(second.asked(), 2);
}

#[tokio::test]
async fn sec_54_keys_inside_the_network_are_not_fetched() {
    let key = key();
    let provider = Provider::start(jwks(&[&key])).await;
    // Kept while private targets were allowed.
    let issuer = provider.issuer();
    let clock = Arc::new(ManualClock::new(Timestamp(START_S * 1_000_000)));
    let issuers = Issuers::new(Outbound::new(false).unwrap(), clock);
    let error = issuers.verify(&ConnectionId("conn_1".into()), &issuer, &token(&key)).await.unwrap_err();
    assert!(matches!(error, IssuerError::Keys(_)), "{error}");
    assert_eq!(provider.asked(), 0);
}

#[test]
fn a_description_that_cannot_be_used_is_refused_by_its_member() {
    let field = |changes: &Value, allow_private| {
        let outbound = Outbound::new(allow_private).unwrap();
        match ExternalIssuer::new(document(changes), "proj_1", &outbound).unwrap_err() {
            IssuerError::Config { field, .. } => field,
            other => panic!("{changes}: {other}"),
        }
    };
    assert_eq!(field(&json!({"provider": "google"}), false), "provider");
    for url in ["http://id.example/keys", "https://127.0.0.1/keys", "https://[::1]/", "keys", "", "file:///etc/passwd"]
    {
        assert_eq!(field(&json!({"jwks_url": url}), false), "jwks_url", "{url}");
    }
    for url in ["http://id.example/keys", "http://10.0.0.1/keys", "http://localhost.evil.example/"] {
        assert_eq!(field(&json!({"jwks_url": url}), true), "jwks_url", "{url}");
    }
    for name in ["user_id_claim", "audience", "issuer"] {
        for value in ["", "a\nb", &"x".repeat(257)] {
            assert_eq!(field(&json!({ name: value }), false), name);
        }
    }
}

#[test]
fn sec_25_a_description_has_one_type_for_each_member() {
    for changes in [
        json!({"jwks_url": ["https://id.example"]}),
        json!({"issuer": null}),
        json!({"issuer": 7}),
        json!({"audience": ["shop"]}),
        json!({"user_id_claim": {}}),
        json!({"algorithms": ["none"]}),
    ] {
        assert!(serde_json::from_value::<IssuerDocument>(described(&changes)).is_err(), "{changes}");
    }
}

#[test]
fn a_description_is_kept_as_text_with_its_defaults() {
    let outbound = Outbound::new(false).unwrap();
    let short = json!({"provider": "external", "jwks_url": "https://id.example/keys", "issuer": "https://id.example"});
    let issuer = ExternalIssuer::new(serde_json::from_value(short).unwrap(), "proj_1", &outbound).unwrap();
    assert_eq!((issuer.audience(), issuer.user_id_claim()), ("proj_1", "sub"));
    assert_eq!(ExternalIssuer::from_text(&issuer.to_text()), Ok(issuer));
    assert!(ExternalIssuer::from_text("{}").is_err());
}
