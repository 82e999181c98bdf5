//! Why a request was answered as it was: the rule, role, tenant and value that decided, the filter and the SQL.
//!
//! Nothing of it reaches a client in production; operators ask by the id of a request, or for what would be if.

mod apart;
mod causes;
mod decisions;
mod explainer;
mod hidden;
mod recorded;

pub use causes::Decider;
pub use decisions::{Confinement, Decision, described};
pub use explainer::NodeExplainer;

use crate::{Asked, RehearsalError, Stand, access::action_of};
use http::{Method, StatusCode};
use portcullis_project::Project;
use portcullis_query::access::{Action, Caller};
use portcullis_schema::{Table, TableLookup};
use portcullis_web::Cause;
use serde::Serialize;
use serde_json::{Value, json};

/// Relationships of a request that are told about.
const HOPS: usize = 20;

/// Why.
#[derive(Debug, Serialize)]
pub struct Explanation {
    /// The request.
    pub request: String,
    /// Who asked.
    pub caller: Value,
    /// How it is answered.
    pub status: u16,
    /// `allowed`, `denied`, `hidden`, `emptied`, `absent`, `invalid` or `failed`.
    pub outcome: &'static str,
    /// What decided, as a sentence.
    pub because: String,
    /// The same in parts: each rule that decided, where it is set, and the value.
    pub decided_by: Vec<Decider>,
    /// What was decided about each table, the request's own first.
    pub decisions: Vec<Decision>,
    /// Rows that match without rules, those this caller gets, and what each rule alone leaves; for lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Value>,
    /// What the database was asked, in order.
    pub statements: Vec<Value>,
    /// What the answer said, for one that is a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What was written down of the request, for one below `/auth`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Value>,
}

/// A request that is explained.
pub(crate) struct Question<'q> {
    pub stand: &'q Stand,
    pub caller: &'q Caller,
    pub asked: &'q Asked,
    /// The path below the project, without `/api`.
    pub names: Vec<String>,
    /// The body.
    pub sent: Value,
}

impl<'q> Question<'q> {
    pub fn new(stand: &'q Stand, caller: &'q Caller, asked: &'q Asked) -> Self {
        let path = asked.path.split('?').next().unwrap_or_default();
        let mut names = portcullis_web::segments(path).unwrap_or_default();
        if names.first().is_some_and(|first| first == "api") {
            names.remove(0);
        }
        let sent = asked.body.as_ref().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        Self { stand, caller, asked, names, sent }
    }

    pub fn project(&self) -> &'q Project {
        &self.stand.project
    }

    fn names(&self) -> Vec<&str> {
        self.names.iter().map(String::as_str).collect()
    }

    /// The table the request is about, and what it does to it.
    pub fn target(&self) -> Option<(&'q Table, Action)> {
        target(self.project(), self.asked.method.as_str(), &self.names())
    }

    /// Where the answer says that something is wrong.
    fn place(answer: &Value) -> &str {
        answer["errors"][0]["pointer"].as_str().unwrap_or_default()
    }

    /// An explanation in which nothing has decided yet.
    pub fn open(&self, status: StatusCode) -> Explanation {
        Explanation {
            request: format!("{} {}", self.asked.method, self.asked.path),
            caller: described(self.project(), self.caller),
            status: status.as_u16(),
            outcome: "allowed",
            because: "level and rules allow it".to_owned(),
            decided_by: Vec::new(),
            decisions: decide_only(
                self.project(),
                self.caller,
                self.asked.method.as_str(),
                &self.names(),
                Some(&self.sent),
            ),
            rows: None,
            statements: Vec::new(),
            message: None,
            events: Vec::new(),
        }
    }
}

impl Explanation {
    /// Says what decided.
    pub(crate) fn decide(&mut self, outcome: &'static str, head: &str, deciders: Vec<Decider>) {
        let says: Vec<&str> = deciders.iter().map(|one| one.says.as_str()).collect();
        self.outcome = outcome;
        self.because = format!("{head}{}", says.join("; "));
        self.decided_by = deciders;
    }

    fn plainly(&mut self, outcome: &'static str, because: impl Into<String>) {
        self.outcome = outcome;
        self.because = because.into();
    }
}

/// What was decided about the tables that a path and body name; nothing is run.
pub fn decide_only(
    project: &Project,
    caller: &Caller,
    method: &str,
    names: &[&str],
    body: Option<&Value>,
) -> Vec<Decision> {
    let Some((table, action)) = target(project, method, names) else { return Vec::new() };
    let mut all = vec![decisions::decision(project, caller, action, table)];
    hops(project, caller, table, body.unwrap_or(&Value::Null), &mut all);
    all
}

/// Explains what a caller's request is answered, by trying it; nothing it writes is kept.
///
/// # Errors
///
/// The request is for something other than data.
pub async fn explain(stand: &Stand, caller: &Caller, asked: &Asked) -> Result<Explanation, RehearsalError> {
    let question = Question::new(stand, caller, asked);
    let answer = stand.rehearse(caller, asked).await?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let mut told = question.open(answer.status);
    let values = |said: &portcullis_engines::Said| said.values.iter().map(|value| value.to_text()).collect::<Vec<_>>();
    told.statements = answer.statements.iter().map(|said| json!({"sql": said.text, "params": values(said)})).collect();
    if answer.status.is_success() {
        hidden::emptied(&question, &body, &mut told).await?;
        return Ok(told);
    }
    told.message = body["message"].as_str().map(str::to_owned);
    let code = body["code"].as_str().unwrap_or_default().to_owned();
    refused(&question, answer.cause.as_ref(), &code, Question::place(&body), &mut told).await?;
    Ok(told)
}

/// What decided a refusal: by what is known of it, else by trying what would be without a rule.
pub(crate) async fn refused(
    question: &Question<'_>,
    cause: Option<&Cause>,
    code: &str,
    place: &str,
    told: &mut Explanation,
) -> Result<(), RehearsalError> {
    let status = StatusCode::from_u16(told.status).unwrap_or_default();
    let message = told.message.clone().unwrap_or_else(|| "the request does not fit".to_owned());
    if let Some(cause) = cause
        && causes::tell(question, cause, place, told)
    {
        return Ok(());
    }
    match (code, status) {
        ("forbidden_row", _) => apart::row(question, told).await?,
        ("foreign_key", _) => hidden::parent(question, place, told).await,
        ("duplicate", _) => hidden::conflict(question, told).await?,
        (_, StatusCode::NOT_FOUND) => hidden::absent(question, told).await,
        (_, StatusCode::UNAUTHORIZED) => causes::stranger(question, told),
        (_, StatusCode::FORBIDDEN) => told.plainly("denied", message.clone()),
        (_, status) if status.is_server_error() => told.plainly("failed", message.clone()),
        _ => told.plainly("invalid", message.clone()),
    }
    if told.outcome == "allowed" {
        told.plainly("invalid", message);
    }
    Ok(())
}

fn target<'p>(project: &'p Project, method: &str, names: &[&str]) -> Option<(&'p Table, Action)> {
    let (model, rest) = names.split_first()?;
    let TableLookup::Found(table) = project.database.find(model) else { return None };
    Some((table, action_of(rest, method)?))
}

/// The relationships that a filter names, wherever they stand.
fn hops(project: &Project, caller: &Caller, table: &Table, words: &Value, all: &mut Vec<Decision>) {
    if all.len() > HOPS {
        return;
    }
    match words {
        Value::Array(items) => items.iter().for_each(|item| hops(project, caller, table, item, all)),
        Value::Object(members) => {
            let relation =
                members.get("relationship").and_then(Value::as_str).and_then(|name| table.find_relation(name));
            let ground = match relation {
                None => table,
                Some(relation) => {
                    let between = relation.join.as_ref().map(|join| project.database.table(join.table));
                    let far = project.database.table(relation.target);
                    for table in between.into_iter().chain([far]) {
                        if !all.iter().any(|known| known.table == table.name) {
                            all.push(decisions::decision(project, caller, Action::Read, table));
                        }
                    }
                    far
                }
            };
            members.get("expressions").into_iter().for_each(|below| hops(project, caller, ground, below, all));
        }
        _ => {}
    }
}

/// Whether a request reads a list whose rows can be counted.
fn is_list(asked: &Asked, action: Action) -> bool {
    action == Action::Read && matches!(asked.method, Method::GET | Method::POST)
}
