//! One call: who asks, in which role, with what.

use super::{
    error::Refused,
    role::{Role, Roles},
};
use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, Method, Response, StatusCode, header};
use portcullis_base::{Secret, Timestamp};
use portcullis_identity::Client;
use portcullis_project::Project;
use portcullis_query::{
    Json,
    access::{Caller, EndUser},
};
use portcullis_records::Session;
use portcullis_web::{State, check_json, check_origin, json, read_json};
use serde_json::Value;
use std::sync::Arc;

/// Characters of a token at most. SEC-52.
const TOKEN_CHARS: usize = 4_096;
/// Bytes of a text of an auth body at most.
const TEXT_BYTES: usize = 4_096;

/// A request before anybody asked whose it is.
pub struct Call<'a> {
    /// The node.
    pub state: &'a State,
    /// The stage.
    pub project: &'a Arc<Project>,
    /// Who is at the other end.
    pub client: &'a Client,
    /// The method.
    pub method: Method,
    /// The headers.
    pub headers: HeaderMap,
    /// The query, undecoded.
    pub query: Option<String>,
    /// The body.
    pub body: Bytes,
    /// The present.
    pub now: Timestamp,
}

/// Whoever asks, in the one role that counts here.
pub struct Who {
    /// Signed in, or nobody.
    pub user: Option<Arc<EndUser>>,
    /// The role.
    pub role: Role,
    /// As the core sees it.
    pub caller: Caller,
}

impl Who {
    /// Whether it is an administrator.
    pub fn is_administrator(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.administrator)
    }

    /// The user.
    ///
    /// # Errors
    ///
    /// 401 where it is nobody.
    pub fn signed_in(&self) -> Result<&Arc<EndUser>, Refused> {
        self.user.as_ref().ok_or_else(Refused::unauthorized)
    }

    /// What the use-cases start from.
    pub fn session<'a>(&'a self, project: &'a Project, now: Timestamp) -> Session<'a> {
        Session::new(project, &self.caller, now)
    }
}

impl Call<'_> {
    /// The user of the token: a bearer's, else the cookie's. One that does not hold is nobody.
    ///
    /// # Errors
    ///
    /// 403 where a cookie vouches for a request that another site's page sent. SEC-57.
    pub async fn user(&self) -> Result<Option<Arc<EndUser>>, Refused> {
        let bearer = self.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer =
            bearer.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        if let Some((_, token)) = bearer {
            return self.accept(token.trim()).await;
        }
        let Some(token) = self.cookie("token") else { return Ok(None) };
        let user = self.accept(token).await?;
        let from_a_page = ["origin", "sec-fetch-site"].iter().any(|name| self.headers.contains_key(*name));
        if user.is_some() && from_a_page {
            check_origin(self.state, self.project, &self.method, &self.headers)?;
        }
        Ok(user)
    }

    async fn accept(&self, token: &str) -> Result<Option<Arc<EndUser>>, Refused> {
        if token.is_empty() || token.len() > TOKEN_CHARS {
            return Ok(None);
        }
        match self.state.identity.accept_token(self.project, self.client.surface, token, self.now).await {
            Ok(accepted) => Ok(Some(accepted.user)),
            Err(portcullis_identity::IdentityError::Store(error)) => {
                Err(portcullis_identity::IdentityError::Store(error).into())
            }
            Err(_) => Ok(None),
        }
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookie(&self.headers, name)
    }

    /// Whoever asks, held to what the one role allows, also where roles are off.
    ///
    /// # Errors
    ///
    /// The store's, and as [`Call::user`].
    pub async fn who(&self, roles: &Roles) -> Result<Who, Refused> {
        let user = self.user().await?;
        let role = match &user {
            Some(user) => roles.active(user),
            None => roles.public(),
        };
        let known = user.as_deref().cloned().unwrap_or_default();
        let held = self.state.identity.in_role(self.project, known, &role.name, self.now).await?;
        Ok(Who { user: user.map(|_| held.clone()), role, caller: Caller::User(held) })
    }

    /// The members of a JSON body; none is an empty object.
    ///
    /// # Errors
    ///
    /// 400 in the second shape.
    pub fn members(&self) -> Result<Fields, Refused> {
        check_json(&self.headers, !self.body.is_empty())?;
        match read_json(&self.body)? {
            None => Ok(Fields(Vec::new())),
            Some(Json::Object(members)) => Ok(Fields(members)),
            Some(_) => Err(Refused::error(StatusCode::BAD_REQUEST, "Request body must be an object")),
        }
    }

    /// The items of a JSON body.
    ///
    /// # Errors
    ///
    /// 400 in the second shape.
    pub fn items(&self, refusal: &str) -> Result<Vec<Json>, Refused> {
        check_json(&self.headers, !self.body.is_empty())?;
        match read_json(&self.body)? {
            Some(Json::Array(items)) => Ok(items),
            _ => Err(Refused::error(StatusCode::BAD_REQUEST, refusal)),
        }
    }

    /// Whether the request brings credentials, good or not.
    pub fn has_credentials(&self) -> bool {
        self.headers.contains_key(header::AUTHORIZATION) || self.cookie("token").is_some()
    }

    /// Whether a cookie stands for the caller.
    pub fn by_cookie(&self) -> bool {
        !self.headers.contains_key(header::AUTHORIZATION) && self.cookie("token").is_some()
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let query = self.query.as_deref()?;
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// The members of a body that nobody has taken yet.
#[derive(Debug)]
pub struct Fields(pub Vec<(String, Json)>);

impl Fields {
    /// Takes a member.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let at = self.0.iter().position(|(own, _)| own == name)?;
        Some(self.0.remove(at).1)
    }

    /// Takes a text; an empty one is none.
    ///
    /// # Errors
    ///
    /// 400 where it is no text, or too long.
    pub fn text(&mut self, name: &str) -> Result<Option<String>, Refused> {
        match self.take(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text.len() > TEXT_BYTES => Err(Refused::bad(format!("{name} is too long"))),
            Some(Json::String(text)) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Some(_) => Err(Refused::bad(format!("{name} must be a string"))),
        }
    }

    /// Takes an id: a text or a number.
    pub fn id(&mut self, name: &str) -> Option<String> {
        match self.take(name)? {
            Json::String(text) | Json::Number(text) => Some(text).filter(|text| !text.is_empty()),
            _ => None,
        }
    }

    /// Takes a secret text.
    ///
    /// # Errors
    ///
    /// As [`Fields::text`].
    pub fn secret(&mut self, name: &str) -> Result<Option<Secret<String>>, Refused> {
        Ok(self.text(name)?.map(Secret::new))
    }
}

/// The value of a cookie.
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
}

/// An answer.
pub fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    json(status, body.to_string())
}

/// `{"message": ..}`, 200.
pub fn said(text: &str) -> Response<Body> {
    answer(StatusCode::OK, &serde_json::json!({ "message": text }))
}
