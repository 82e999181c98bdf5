//! One stage, one provider, one application, and a person with a browser.

use crate::common::{NOW, Stage};
use portcullis_base::{Secret, Timestamp};
use portcullis_identity::{
    methods::oauth::{
        Begun, Callback, Chance, Configured, Finished, OAuthError, Social, SocialIdentity, SocialSettings, Start,
    },
    outbound::Outbound,
};
use portcullis_testkit::provider::{CLIENT_SECRET, FakeProvider, SigningAlgorithm};
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

pub const CALLBACK: &str = "https://api.example/p/shop/auth/social/corp/callback";

/// One stage, one provider, one application.
pub struct Bench {
    pub stage: Stage,
    pub provider: FakeProvider,
    pub name: &'static str,
    pub settings: SocialSettings,
    pub secret: Secret<String>,
    pub social: Social,
}

/// What a browser brings back, as it can be altered.
#[derive(Clone)]
pub struct Brought {
    pub state: String,
    pub browser: Option<String>,
    pub code: Option<String>,
    pub iss: Option<String>,
    pub error: Option<String>,
}

impl Bench {
    pub async fn openid(name: &'static str, algorithm: SigningAlgorithm) -> Self {
        let provider = FakeProvider::start(algorithm, NOW.unix_s()).await;
        let settings = provider.openid_settings();
        Self::of(name, provider, settings).await
    }

    pub async fn github() -> Self {
        let provider = FakeProvider::start(SigningAlgorithm::Es256, NOW.unix_s()).await;
        let settings = provider.github_settings();
        Self::of("github", provider, settings).await
    }

    pub async fn of(name: &'static str, provider: FakeProvider, settings: Value) -> Self {
        let settings = serde_json::from_value(settings).unwrap();
        let (secret, social) =
            (Secret::new(CLIENT_SECRET.to_owned()), Social::new(Arc::new(Outbound::new(true).unwrap())));
        Self { stage: Stage::new().await, provider, name, settings, secret, social }
    }

    pub fn configured(&self) -> Configured<'_> {
        Configured { name: self.name, settings: &self.settings, secret: Some(&self.secret) }
    }

    pub async fn try_begin(&self) -> Result<Begun, OAuthError> {
        let start = Start {
            redirect_uri: CALLBACK.into(),
            return_to: Some("/home".into()),
            link_user: None,
            link_strong: false,
            note: None,
        };
        let chance = Chance::draw(&mut rand::rng());
        let (store, connection) = (&self.stage.store, &self.stage.connection);
        self.social.begin(store, connection, self.configured(), start, chance, NOW).await
    }

    /// A person who goes to the provider, says yes and comes back.
    pub async fn brought(&self) -> Brought {
        let begun = self.try_begin().await.unwrap();
        let callback = self.provider.consent(&begun.authorize_url);
        assert!(callback.as_str().starts_with(CALLBACK));
        let mut query: HashMap<String, String> = callback.query_pairs().into_owned().collect();
        Brought {
            state: query.remove("state").unwrap(),
            browser: Some(begun.browser.expose().clone()),
            code: query.remove("code"),
            iss: query.remove("iss"),
            error: None,
        }
    }

    pub async fn finish(&self, brought: &Brought) -> Result<Finished, OAuthError> {
        self.finish_at(brought, NOW).await
    }

    pub async fn finish_at(&self, brought: &Brought, now: Timestamp) -> Result<Finished, OAuthError> {
        let callback = Callback {
            state: &brought.state,
            browser: brought.browser.as_deref(),
            code: brought.code.as_deref(),
            iss: brought.iss.as_deref(),
            error: brought.error.as_deref(),
            at: None,
        };
        self.social.finish(&self.stage.store, &self.stage.connection, self.configured(), callback, now).await
    }

    pub async fn sign_in(&self) -> Result<SocialIdentity, OAuthError> {
        Ok(self.finish(&self.brought().await).await?.identity)
    }

    pub async fn refused(&self, what: &str, code: &str) -> String {
        let error = self.sign_in().await.unwrap_err();
        assert_eq!(error.code(), code, "{what}: {error} ({})", error.detail());
        // What the provider said is for the log.
        assert!(!error.to_string().contains(&error.detail()), "{what}: {error}");
        error.detail()
    }
}

pub fn ada(provider: &str) -> SocialIdentity {
    SocialIdentity {
        provider: provider.into(),
        subject: "1815".into(),
        email: Some("ada@example.com".into()),
        email_verified: true,
        name: Some("Ada L.".into()),
    }
}
