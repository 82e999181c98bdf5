//! The provider's pages.

use super::{CLIENT_ID, CLIENT_SECRET, Grant, Shared, Trick, keys};
use axum::{
    Json, Router,
    extract::{Query, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

type Fake = State<Arc<Shared>>;
type Fields = HashMap<String, String>;

pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery))
        .route("/jwks", get(jwks))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .route("/userinfo", get(userinfo))
        .route("/login/oauth/authorize", get(authorize))
        .route("/login/oauth/access_token", post(token))
        .route("/api/v3/user", get(user))
        .route("/api/v3/user/emails", get(emails))
        .with_state(shared)
}

impl Shared {
    fn hit(&self, page: &'static str) {
        *self.inner.lock().hits.entry(page).or_default() += 1;
    }

    fn trick(&self) -> Option<Trick> {
        self.inner.lock().trick
    }
}

async fn discovery(State(fake): Fake) -> Json<Value> {
    fake.hit("discovery");
    let inner = fake.inner.lock();
    let base = &fake.base;
    let issuer = if inner.trick == Some(Trick::OtherIssuerInDiscovery) { "https://evil.example" } else { base };
    let token = match inner.trick {
        Some(Trick::PlainHttpInDiscovery) => "http://token.example/token".to_owned(),
        _ => format!("{base}/token"),
    };
    let methods = if inner.basic_only { vec!["client_secret_basic"] } else { vec!["client_secret_post"] };
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": token,
        "jwks_uri": format!("{base}/jwks"),
        "userinfo_endpoint": format!("{base}/userinfo"),
        "token_endpoint_auth_methods_supported": methods,
        "authorization_response_iss_parameter_supported": inner.promises_issuer,
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn jwks(State(fake): Fake) -> Json<Value> {
    fake.hit("jwks");
    Json(fake.inner.lock().keys.jwks())
}

/// For browsers: the person always says yes.
async fn authorize(State(fake): Fake, Query(query): Query<Fields>) -> Response {
    match fake.consent(&query) {
        Ok(callback) => (StatusCode::FOUND, [(header::LOCATION, callback.to_string())]).into_response(),
        Err(why) => (StatusCode::BAD_REQUEST, why).into_response(),
    }
}

async fn token(State(fake): Fake, headers: HeaderMap, body: String) -> Response {
    fake.hit("token");
    let form: Fields = url::form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    match fake.trick() {
        Some(Trick::TokenFails) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Some(Trick::TokenRefusesWith200) => return Json(json!({"error": "bad_verification_code"})).into_response(),
        Some(Trick::TokenHuge) => return Json(json!({"access_token": "x".repeat(2 << 20)})).into_response(),
        Some(Trick::TokenNotJson) => return "access_token=abc".into_response(),
        Some(Trick::TokenRedirects) => {
            return (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, "/jwks")]).into_response();
        }
        _ => {}
    }
    match fake.exchange(&headers, &form) {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response(),
    }
}

impl Shared {
    fn exchange(&self, headers: &HeaderMap, form: &Fields) -> Result<Value, &'static str> {
        let mut inner = self.inner.lock();
        let field = |name: &str| form.get(name).map(String::as_str);
        if !knows_client(inner.basic_only, headers, form) {
            return Err("invalid_client");
        }
        if field("grant_type") != Some("authorization_code") {
            return Err("unsupported_grant_type");
        }
        // One use, whatever comes of it.
        let grant = field("code").and_then(|code| inner.codes.remove(code)).ok_or("invalid_grant")?;
        let proved = field("code_verifier").map(keys::challenge);
        if field("redirect_uri") != Some(&grant.redirect_uri) || proved.as_ref() != Some(&grant.challenge) {
            return Err("invalid_grant");
        }
        let access = keys::random();
        inner.codes.insert(format!("access {access}"), grant.clone());
        let mut answer = json!({"access_token": access, "token_type": "Bearer", "expires_in": 3600});
        if inner.trick == Some(Trick::NoAccessToken) {
            answer["access_token"] = Value::Null;
        }
        if inner.trick != Some(Trick::NoIdToken) {
            let claims = id_claims(&self.base, &inner, &grant);
            answer["id_token"] = inner.keys.sign(&claims, inner.trick).into();
        }
        Ok(answer)
    }

    fn bearer(&self, headers: &HeaderMap) -> Option<Grant> {
        let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        self.inner.lock().codes.get(&format!("access {token}")).cloned()
    }
}

fn knows_client(basic_only: bool, headers: &HeaderMap, form: &Fields) -> bool {
    if basic_only {
        // RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
        let name: String = url::form_urlencoded::byte_serialize(CLIENT_ID.as_bytes()).collect();
        let secret: String = url::form_urlencoded::byte_serialize(CLIENT_SECRET.as_bytes()).collect();
        let wanted = format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")));
        return headers.get(header::AUTHORIZATION).is_some_and(|given| given.as_bytes() == wanted.as_bytes())
            && !form.contains_key("client_secret");
    }
    let is = |name: &str, value: &str| form.get(name).is_some_and(|given| given == value);
    is("client_id", CLIENT_ID) && is("client_secret", CLIENT_SECRET)
}

fn id_claims(base: &str, inner: &super::Inner, grant: &Grant) -> Value {
    let mut claims = json!({
        "iss": base, "aud": CLIENT_ID, "sub": grant.person.id.to_string(),
        "iat": inner.now_s, "exp": inner.now_s + 300, "nonce": grant.nonce, "name": grant.person.name,
    });
    if !inner.email_at_userinfo_only {
        claims["email"] = grant.person.email.clone().into();
        claims["email_verified"] = grant.person.email_verified.clone();
    }
    let without = |claims: &mut Value, name: &str| claims.as_object_mut().and_then(|claims| claims.remove(name));
    match inner.trick {
        Some(Trick::WrongIssuer) => claims["iss"] = "https://evil.example".into(),
        Some(Trick::WrongAudience) => claims["aud"] = "another-client".into(),
        Some(Trick::ForeignParty) => {
            claims["aud"] = json!([CLIENT_ID, "another-client"]);
            claims["azp"] = "another-client".into();
        }
        Some(Trick::ForeignPartyAlone) => claims["azp"] = "another-client".into(),
        Some(Trick::WrongNonce) => claims["nonce"] = keys::random().into(),
        Some(Trick::Expired) => {
            claims["iat"] = (inner.now_s - 420).into();
            claims["exp"] = (inner.now_s - 120).into();
        }
        Some(Trick::NoNonce) => drop(without(&mut claims, "nonce")),
        Some(Trick::NoEnd) => drop(without(&mut claims, "exp")),
        Some(Trick::NoSubject) => drop(without(&mut claims, "sub")),
        _ => {}
    }
    claims
}

async fn userinfo(State(fake): Fake, headers: HeaderMap) -> Response {
    fake.hit("userinfo");
    let Some(Grant { person, .. }) = fake.bearer(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let id = if fake.trick() == Some(Trick::OtherPersonAtUserinfo) { person.id + 1 } else { person.id };
    let claims = json!({
        "sub": id.to_string(), "email": person.email, "email_verified": person.email_verified, "name": person.name,
    });
    Json(claims).into_response()
}

async fn user(State(fake): Fake, headers: HeaderMap) -> Response {
    fake.hit("user");
    let Some(Grant { person, .. }) = fake.bearer(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut user = json!({"id": person.id, "login": "ada", "name": person.name, "email": "public@example.com"});
    if fake.trick() == Some(Trick::NoSubject) {
        user["id"] = Value::Null;
    }
    Json(user).into_response()
}

async fn emails(State(fake): Fake, headers: HeaderMap) -> Response {
    fake.hit("emails");
    let Some(Grant { person, .. }) = fake.bearer(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let emails = fake.inner.lock().github_emails.clone();
    let own = || json!([{"email": person.email, "primary": true, "verified": person.email_verified}]);
    Json(emails.unwrap_or_else(own)).into_response()
}
