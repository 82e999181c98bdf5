//! The file of cases: who asks for what, and what should come of it.

use anyhow::{Context as _, bail};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyFile {
    /// `[[cases]]`.
    #[serde(default)]
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it says, for people.
    pub name: String,
    /// Who asks.
    pub caller: Who,
    /// `GET /orders?page=2`.
    pub request: String,
    /// The body, as JSON.
    pub body: Option<Value>,
    /// What should come of it.
    pub expect: Expect,
    /// The exact status, where `expect` is not enough.
    pub status: Option<u16>,
    /// How many rows there should be in all.
    pub rows: Option<u64>,
    /// What every row of the answer should hold.
    #[serde(default)]
    pub every: Map<String, Value>,
    /// Columns that no row of the answer may have.
    #[serde(default)]
    pub without: Vec<String>,
}

/// Who asks.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Who {
    /// `anonymous`, `public_key`, `admin_key`, or the address or name of an end user.
    Word(String),
    /// An end user of the table, with another tenant or other roles than the tables say.
    User(UserWords),
}

/// An end user, as a case describes them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UserWords {
    /// The address or name to sign in with.
    pub user: String,
    /// Another of the user's tenants.
    pub tenant: Option<String>,
}

/// What should come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// It is done: 2xx.
    Allow,
    /// It is refused: 401 or 403.
    Deny,
    /// There is nothing, as far as the caller can tell: 404.
    Absent,
    /// The request does not fit: 400, 405, 409, 412 or 422.
    Invalid,
}

impl Expect {
    /// The word of the file.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
            Self::Absent => "absent",
            Self::Invalid => "invalid",
        }
    }

    /// What a status amounts to.
    pub const fn of(status: u16) -> Option<Self> {
        match status {
            200..=299 => Some(Self::Allow),
            401 | 403 => Some(Self::Deny),
            404 => Some(Self::Absent),
            400 | 405 | 409 | 412 | 422 => Some(Self::Invalid),
            _ => None,
        }
    }
}

/// Reads a file.
///
/// # Errors
///
/// It cannot be read, or is not of this form; the message names the place.
pub fn read(path: &Path) -> anyhow::Result<PolicyFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    parse(&text).with_context(|| format!("`{}` is no file of policy cases", path.display()))
}

fn parse(text: &str) -> anyhow::Result<PolicyFile> {
    let file: PolicyFile = toml::from_str(text)?;
    if file.cases.is_empty() {
        bail!("it has no [[cases]]");
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_says_who_asks_for_what_and_what_should_come_of_it() {
        let file = parse(
            r#"
            [[cases]]
            name = "a member reads no cost prices"
            caller = "mia@example.test"
            request = "GET /products"
            expect = "allow"
            rows = 12
            without = ["cost_price"]

            [[cases]]
            name = "another tenant"
            caller = { user = "mia@example.test", tenant = "2" }
            request = "DELETE /orders/1"
            expect = "absent"
            "#,
        )
        .unwrap();
        assert_eq!(file.cases.len(), 2);
        assert_eq!(file.cases[0].rows, Some(12));
        assert!(matches!(&file.cases[1].caller, Who::User(words) if words.tenant.as_deref() == Some("2")));
    }

    #[test]
    fn a_slip_is_refused_with_its_place() {
        let wrong = "[[cases]]\nname = \"x\"\ncaller = \"anonymous\"\nrequest = \"GET /a\"\nexpects = \"deny\"";
        let error = format!("{:#}", parse(wrong).unwrap_err());
        assert!(error.contains("expects"), "{error}");
        for empty in ["cases = []", ""] {
            assert!(parse(empty).unwrap_err().to_string().contains("[[cases]]"));
        }
    }

    #[test]
    fn statuses_amount_to_what_a_caller_sees() {
        assert_eq!(Expect::of(201), Some(Expect::Allow));
        assert_eq!(Expect::of(401), Some(Expect::Deny));
        assert_eq!(Expect::of(404), Some(Expect::Absent));
        assert_eq!(Expect::of(500), None);
    }
}
