//! Requests to providers on this machine.

use async_trait::async_trait;
use portcullis_base::Secret;
use portcullis_identity::methods::oauth::{HttpFailure, ProviderHttp};
use serde_json::Value;

/// A client with the limits of the real one.
pub struct Client(reqwest::Client);

impl Client {
    pub fn new() -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        Self(builder.build().unwrap())
    }
}

#[async_trait]
impl ProviderHttp for Client {
    async fn get_json(&self, url: &str, bearer: Option<&Secret<String>>) -> Result<Value, HttpFailure> {
        let mut request = self.0.get(url);
        if let Some(token) = bearer {
            request = request.bearer_auth(token.expose());
        }
        answer(request).await
    }

    async fn post_form(
        &self,
        url: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &Secret<String>)>,
    ) -> Result<Value, HttpFailure> {
        let mut request = self.0.post(url).form(form);
        if let Some((name, secret)) = basic {
            request = request.basic_auth(name, Some(secret.expose()));
        }
        answer(request).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Value, HttpFailure> {
    let unavailable = |error: reqwest::Error| HttpFailure::Unavailable(error.to_string());
    let response = request.send().await.map_err(unavailable)?;
    let status = response.status();
    let body = response.bytes().await.map_err(unavailable)?;
    if status.is_server_error() || body.len() > 1 << 20 {
        return Err(HttpFailure::Unavailable(format!("status {status}, {} bytes", body.len())));
    }
    let json: Result<Value, _> = serde_json::from_slice(&body);
    if !status.is_success() {
        let code = json.ok().and_then(|json| json["error"].as_str().map(str::to_owned));
        return Err(HttpFailure::Refused { status: status.as_u16(), code });
    }
    json.map_err(|_| HttpFailure::NotJson)
}
