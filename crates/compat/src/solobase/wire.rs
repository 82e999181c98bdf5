//! The forms of the page, field for field. Contract: sections 1 and 3.

use super::error::{Details, Refusal, title};
use axum::body::Body;
use http::{HeaderValue, Response, StatusCode, header};
use portcullis_base::Secret;
use portcullis_identity::Profile;
use portcullis_query::Json;
use serde_json::{Value, json};

/// Bytes of a text at most. SEC-52.
const LONGEST: usize = 4_096;
/// What an administrator may, in the four words of the page.
const ALL: [&str; 4] = ["read", "write", "delete", "admin"];
/// What everybody else may, where no role says.
const USUAL: [&str; 2] = ["read", "write"];

/// A success on its way out.
#[derive(Debug)]
pub struct Reply {
    status: StatusCode,
    data: Vec<u8>,
}

impl Reply {
    /// 200.
    pub fn ok(data: Value) -> Self {
        Self { status: StatusCode::OK, data: data.to_string().into_bytes() }
    }

    /// 201.
    pub fn created(data: Value) -> Self {
        Self { status: StatusCode::CREATED, ..Self::ok(data) }
    }

    /// 200 with a sentence.
    pub fn message(text: &str) -> Self {
        Self::ok(json!({"message": text}))
    }

    /// Data that is JSON already.
    pub const fn raw(status: StatusCode, data: Vec<u8>) -> Self {
        Self { status, data }
    }

    /// `{"success": true, "data": ..}`.
    pub fn into_response(self) -> Response<Body> {
        let mut body = b"{\"success\":true,\"data\":".to_vec();
        body.extend_from_slice(&self.data);
        body.push(b'}');
        portcullis_web::json(self.status, body)
    }
}

/// `{"success": false, "error": ..}`.
pub fn refused(refusal: &Refusal) -> Response<Body> {
    let mut response = portcullis_web::json(refusal.status, refusal.body().to_string());
    let headers = response.headers_mut();
    if let Some(seconds) = refusal.retry_after_s {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(allow) = refusal.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    if refusal.status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

/// The one role of a user and its flat words. Custom roles say their own; an administrator is `admin`.
pub fn standing(administrator: bool, roles: &[String], permissions: &[String]) -> (String, Vec<String>) {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    if administrator {
        return ("admin".to_owned(), words(&ALL));
    }
    // `admin` without the right of one would mislead whoever reads it.
    let role = roles.iter().find(|role| role.as_str() != "admin").cloned().unwrap_or_else(|| "user".to_owned());
    (role, if permissions.is_empty() { words(&USUAL) } else { permissions.to_vec() })
}

/// The members of `data.user` that a route shows.
pub fn user(profile: &Profile, members: &[&str]) -> Value {
    let (role, permissions) = standing(profile.administrator, &profile.roles, &profile.permissions);
    let member = |name: &str| match name {
        "id" => profile.user.id_value.clone(),
        "name" => json!(profile.user.name),
        "email" => json!(profile.user.email),
        "role" => json!(role),
        "permissions" => json!(permissions),
        "created_at" => json!(profile.created_at),
        "updated_at" => json!(profile.updated_at),
        "last_login" => json!(profile.last_login),
        "email_verified" => json!(profile.email_verified),
        _ => Value::Null,
    };
    Value::Object(members.iter().map(|name| ((*name).to_owned(), member(name))).collect())
}

/// The members of a body that nobody has taken yet.
#[derive(Debug)]
pub struct Fields {
    members: Vec<(String, Json)>,
    /// What is wrong so far.
    pub details: Details,
}

impl Fields {
    /// Reads a JSON object; no body is an empty one.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let invalid = || Refusal::new(StatusCode::BAD_REQUEST, "VALIDATION_ERROR", "The body must be a JSON object");
        match Json::parse(body) {
            Ok(Json::Object(members)) => Ok(Self { members, details: Details::default() }),
            _ if body.iter().all(u8::is_ascii_whitespace) => {
                Ok(Self { members: Vec::new(), details: Details::default() })
            }
            _ => Err(invalid()),
        }
    }

    /// Takes a text that may be absent; null is absent. What is no text is noted.
    pub fn optional(&mut self, name: &str) -> Option<String> {
        let at = self.members.iter().position(|(own, _)| own == name)?;
        match self.members.remove(at).1 {
            Json::String(text) if text.len() > LONGEST => {
                self.details.add(name, format!("{} is too long", title(name)))
            }
            Json::String(text) => return Some(text),
            Json::Null => {}
            _ => self.details.add(name, format!("{} must be text", title(name))),
        }
        None
    }

    /// Takes a text that must be there and hold something; where it is not, that is noted and the text is empty.
    pub fn required(&mut self, name: &str) -> String {
        let text = self.optional(name).unwrap_or_default();
        if text.trim().is_empty() && !self.details.has(name) {
            self.details.add(name, format!("{} is required", title(name)));
        }
        text
    }

    /// Takes a password and its confirmation.
    pub fn confirmed(&mut self, name: &str) -> Secret<String> {
        let confirmation = format!("{name}_confirmation");
        let (password, again) = (self.required(name), self.required(&confirmation));
        if password != again && !self.details.has(&confirmation) {
            self.details.add(&confirmation, format!("{} does not match", title(&confirmation)));
        }
        Secret::new(password)
    }

    /// What is left, and a refusal where anything is wrong.
    pub fn done(self) -> Result<Vec<(String, Json)>, Refusal> {
        self.details.done()?;
        Ok(self.members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_administrator_has_the_four_words_and_a_label_has_none_of_them() {
        let texts = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
        assert_eq!(standing(true, &texts(&["administrator"]), &[]), ("admin".to_owned(), texts(&ALL)));
        assert_eq!(standing(false, &[], &[]), ("user".to_owned(), texts(&["read", "write"])));
        assert_eq!(standing(false, &texts(&["admin"]), &[]).0, "user", "a role column is only a label");
        let custom = standing(false, &texts(&["editor"]), &texts(&["posts.read"]));
        assert_eq!(custom, ("editor".to_owned(), texts(&["posts.read"])));
    }

    #[test]
    fn everything_that_is_wrong_with_a_body_is_said_at_once() {
        let mut fields = Fields::read(br#"{"email": 7, "password": "x", "name": " "}"#).unwrap();
        fields.required("name");
        fields.required("email");
        fields.confirmed("password");
        let error = fields.done().unwrap_err().body()["error"]["details"].clone();
        let wanted = json!({
            "name": ["Name is required"],
            "email": ["Email must be text"],
            "password_confirmation": ["Password confirmation is required"],
        });
        assert_eq!(error, wanted);
        for body in ["[1]", "{", "\"text\""] {
            let refusal = Fields::read(body.as_bytes()).unwrap_err();
            assert_eq!((refusal.status.as_u16(), refusal.code.as_str()), (400, "VALIDATION_ERROR"), "{body}");
        }
        assert!(Fields::read(b" ").unwrap().done().unwrap().is_empty());
    }
}
