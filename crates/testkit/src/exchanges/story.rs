//! A file of recorded exchanges.

use serde::Deserialize;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, path::Path};

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// The part of the contract it was taken from.
    pub contract: String,
    /// What there is before the first request.
    #[serde(default)]
    pub setup: Setup,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// What there is before the first request.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Setup {
    /// A file of SQL beside the story, or SQL: the project's database. None: there is no project.
    pub sql: Option<String>,
    /// A settings document beside the story, or its text. Tables it does not name are exposed.
    pub settings: Option<String>,
    /// Whether declared schemas may change the database.
    pub managed: bool,
    /// End users: `[address, password, role...]`.
    pub users: Vec<Vec<String>>,
    /// Operators: `[address, password]`.
    pub operators: Vec<[String; 2]>,
    /// Further surfaces that are on.
    pub surfaces: Vec<String>,
    /// Whether strangers may make themselves projects.
    pub open_registration: bool,
    /// Whether the surface itself stays off.
    pub off: bool,
    /// The name of a sign-in provider that the project has, in the test itself.
    pub provider: Option<String>,
}

/// One step: a request with its answer, or something that happens beside it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The documented call that this shows, as the surface's `calls.toml` names it.
    #[serde(default)]
    pub call: Option<String>,
    /// What is shown, for whoever reads a failure.
    #[serde(default)]
    pub about: String,
    /// The request.
    #[serde(default)]
    pub request: Option<Request>,
    /// The answer.
    #[serde(default)]
    pub answer: Option<Answer>,
    /// Values to keep: by JSON pointer into the body, `header:name`, or `text` for all of it.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// So many seconds go by.
    #[serde(default)]
    pub advance_s: Option<i64>,
    /// The person at the provider says yes to this address: `keep` then names parameters of the callback.
    #[serde(default)]
    pub consent: Option<String>,
    /// The last mail to an address; `keep` then names `link`, `token` or `code` of it.
    #[serde(default)]
    pub mail: Option<Mail>,
}

/// A request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path below the surface, with its query.
    pub path: String,
    /// Another surface, or `native`.
    #[serde(default)]
    pub surface: Option<String>,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default)]
    pub body: Option<Value>,
    /// A form.
    #[serde(default)]
    pub form: Option<BTreeMap<String, String>>,
    /// A body as it is.
    #[serde(default)]
    pub text: Option<String>,
    /// How often it is sent before the one whose answer counts.
    #[serde(default)]
    pub before: u32,
    /// The client's address.
    #[serde(default)]
    pub from: Option<String>,
}

/// An answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Headers: exact, or `<any>`, or `<absent>`, or the beginning of a value and `...`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The JSON body.
    #[serde(default)]
    pub body: Option<Value>,
    /// The body as text.
    #[serde(default)]
    pub text: Option<String>,
    /// The claims of JWTs that were kept: by name of what was kept, as a body is compared.
    #[serde(default)]
    pub claims: Map<String, Value>,
}

/// A mail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// What it is about, if that is to be checked.
    #[serde(default)]
    pub kind: Option<String>,
    /// That there is none.
    #[serde(default)]
    pub none: bool,
}

impl Story {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}
