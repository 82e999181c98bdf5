//! A sign-in provider in the test: OpenID and GitHub in one, on a port of this machine, which can misbehave.
//!
//! It checks what an honest provider checks (client, redirect address, S256, one use per code), so that a client which
//! leaves something out fails against it; a [`Trick`] makes it lie.

mod keys;
mod pages;

pub use keys::SigningAlgorithm;

use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use url::Url;

/// The client the provider knows.
pub const CLIENT_ID: &str = "shop-client";
/// Its secret.
pub const CLIENT_SECRET: &str = "s3cret & more";

/// How the provider misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trick {
    /// The ID token is another issuer's.
    WrongIssuer,
    /// The ID token is for another client.
    WrongAudience,
    /// The ID token is for us and others, and says that another client asked for it.
    ForeignParty,
    /// The ID token is for us alone, but says that another client asked for it.
    ForeignPartyAlone,
    /// The ID token repeats another login's nonce.
    WrongNonce,
    /// The ID token has no nonce.
    NoNonce,
    /// The ID token says `alg: none` and has no signature.
    Unsigned,
    /// The ID token is signed with HS256 by the public key.
    HmacWithPublicKey,
    /// The ID token is signed with HS256 by the client's secret.
    HmacWithClientSecret,
    /// The ID token is signed by another key under the known key's name.
    OtherKey,
    /// The ID token brings its own key in its head.
    OwnKeyInHead,
    /// The ID token ended two minutes ago.
    Expired,
    /// The ID token never ends.
    NoEnd,
    /// The ID token names nobody.
    NoSubject,
    /// There is no ID token.
    NoIdToken,
    /// There is no access token.
    NoAccessToken,
    /// The answers of userinfo are about another person.
    OtherPersonAtUserinfo,
    /// The discovery document names another issuer.
    OtherIssuerInDiscovery,
    /// The discovery document sends codes to a page without TLS elsewhere.
    PlainHttpInDiscovery,
    /// The callback names another issuer.
    OtherIssuerAtCallback,
    /// The callback names no issuer although that was promised.
    NoIssuerAtCallback,
    /// The token endpoint answers 500.
    TokenFails,
    /// The token endpoint refuses with status 200, as GitHub does.
    TokenRefusesWith200,
    /// The token endpoint answers two mebibytes.
    TokenHuge,
    /// The token endpoint answers no JSON.
    TokenNotJson,
    /// The token endpoint sends elsewhere.
    TokenRedirects,
}

/// Who signs in there.
#[derive(Debug, Clone)]
pub struct FakePerson {
    /// Subject at OpenID, account number at GitHub.
    pub id: u64,
    /// The address.
    pub email: Option<String>,
    /// What the provider says of it, as it says it.
    pub email_verified: Value,
    /// The name.
    pub name: String,
}

impl FakePerson {
    /// Ada, with a verified address.
    pub fn ada() -> Self {
        Self { id: 1_815, email: Some("ada@example.com".into()), email_verified: true.into(), name: "Ada L.".into() }
    }
}

/// The running provider; gone when it is dropped.
pub struct FakeProvider {
    /// Its address, which is its issuer too.
    pub base: String,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

pub(crate) struct Shared {
    base: String,
    inner: Mutex<Inner>,
}

struct Inner {
    trick: Option<Trick>,
    person: FakePerson,
    /// The moment its tokens are made at. Unix seconds.
    now_s: i64,
    keys: keys::Keys,
    /// The address stands in userinfo alone.
    email_at_userinfo_only: bool,
    /// It takes the secret as HTTP Basic alone.
    basic_only: bool,
    promises_issuer: bool,
    codes: HashMap<String, Grant>,
    hits: BTreeMap<&'static str, usize>,
    /// The addresses GitHub tells, instead of the person's one.
    github_emails: Option<Value>,
}

/// What a code stands for.
#[derive(Clone)]
struct Grant {
    redirect_uri: String,
    challenge: String,
    nonce: Option<String>,
    person: FakePerson,
}

impl FakeProvider {
    /// Starts it on a free port.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub async fn start(algorithm: SigningAlgorithm, now_s: i64) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let inner = Inner {
            trick: None,
            person: FakePerson::ada(),
            now_s,
            keys: keys::Keys::new(algorithm),
            email_at_userinfo_only: false,
            basic_only: false,
            promises_issuer: true,
            codes: HashMap::new(),
            hits: BTreeMap::new(),
            github_emails: None,
        };
        let shared = Arc::new(Shared { base: base.clone(), inner: Mutex::new(inner) });
        let router = pages::router(shared.clone());
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { base, shared, server }
    }

    /// Makes it lie from now on.
    pub fn play(&self, trick: Trick) {
        self.shared.inner.lock().trick = Some(trick);
    }

    /// Who signs in from now on.
    pub fn sign_in_as(&self, person: FakePerson) {
        self.shared.inner.lock().person = person;
    }

    /// Turns its clock.
    pub fn set_now_s(&self, now_s: i64) {
        self.shared.inner.lock().now_s = now_s;
    }

    /// Changes its keys, as providers do every few weeks.
    pub fn rotate_keys(&self) {
        self.shared.inner.lock().keys.rotate();
    }

    /// Tells the address at userinfo alone.
    pub fn tell_address_at_userinfo_only(&self) {
        self.shared.inner.lock().email_at_userinfo_only = true;
    }

    /// Takes the client's secret as HTTP Basic alone.
    pub fn take_basic_only(&self) {
        self.shared.inner.lock().basic_only = true;
    }

    /// Neither promises nor sends `iss`.
    pub fn keep_issuer_to_itself(&self) {
        self.shared.inner.lock().promises_issuer = false;
    }

    /// What GitHub answers at `/user/emails`.
    pub fn set_github_emails(&self, emails: Value) {
        self.shared.inner.lock().github_emails = Some(emails);
    }

    /// How often a page was asked: `discovery`, `jwks`, `token`, `userinfo`, `user`, `emails`.
    pub fn hits(&self, page: &str) -> usize {
        self.shared.inner.lock().hits.get(page).copied().unwrap_or(0)
    }

    /// The settings with which an application uses it as an OpenID provider.
    pub fn openid_settings(&self) -> Value {
        json!({"client_id": CLIENT_ID, "client_secret": "secret:social", "issuer": self.base})
    }

    /// The settings with which an application uses it as GitHub.
    pub fn github_settings(&self) -> Value {
        json!({
            "client_id": CLIENT_ID, "client_secret": "secret:social",
            "authorize_url": format!("{}/login/oauth/authorize", self.base),
            "token_url": format!("{}/login/oauth/access_token", self.base),
            "api_url": format!("{}/api/v3", self.base),
        })
    }

    /// The person says yes: the address of the application's callback, with its parameters.
    ///
    /// # Panics
    ///
    /// When the request is not one an honest provider would take.
    pub fn consent(&self, authorize_url: &str) -> Url {
        let request = Url::parse(authorize_url).expect("an address");
        self.shared.consent(&request.query_pairs().into_owned().collect()).expect("a good request")
    }
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    /// Checks a request for a code and gives the callback's address.
    fn consent(&self, query: &HashMap<String, String>) -> Result<Url, String> {
        let wanted = |name: &str| query.get(name).filter(|value| !value.is_empty()).ok_or(format!("no {name}"));
        if wanted("response_type")? != "code" || wanted("client_id")? != CLIENT_ID {
            return Err("not our client, or not the code flow".to_owned());
        }
        if wanted("code_challenge_method")? != "S256" || wanted("code_challenge")?.len() != 43 {
            return Err("PKCE with S256 is needed".to_owned());
        }
        if wanted("state")?.len() < 22 || wanted("scope")?.is_empty() {
            return Err("no state worth the name".to_owned());
        }
        let mut inner = self.inner.lock();
        let grant = Grant {
            redirect_uri: wanted("redirect_uri")?.clone(),
            challenge: wanted("code_challenge")?.clone(),
            nonce: query.get("nonce").cloned(),
            person: inner.person.clone(),
        };
        let code = keys::random();
        let mut callback = Url::parse(&grant.redirect_uri).map_err(|error| error.to_string())?;
        callback.query_pairs_mut().append_pair("code", &code).append_pair("state", wanted("state")?);
        let issuer = match inner.trick {
            Some(Trick::OtherIssuerAtCallback) => Some("https://evil.example".to_owned()),
            Some(Trick::NoIssuerAtCallback) => None,
            _ => inner.promises_issuer.then(|| self.base.clone()),
        };
        if let Some(issuer) = issuer {
            callback.query_pairs_mut().append_pair("iss", &issuer);
        }
        inner.codes.insert(code, grant);
        Ok(callback)
    }
}
