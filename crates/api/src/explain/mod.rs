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
fn denied(told: &mut Explanation) {
    told.outcome = "denied";
    let refused = told.decisions.iter().find(|decision| !decision.allowed);
    told.because = match refused {
        Some(decision) => {
            format!("{} of `{}`: {}", decision.action, decision.table, decision.reason.as_deref().unwrap_or("refused"))
        }
        // The table may be used; what the body holds may not be written.
        None => told.message.clone().unwrap_or_else(|| "the credentials do not hold".to_owned()),
    };
}

/// A list with fewer rows than match: which rules left them out.
async fn emptied(
    stand: &Stand,
    caller: &Caller,
    asked: &Asked,
    body: &Value,
    told: &mut Explanation,
) -> Result<(), RehearsalError> {
    let count = |body: &Value| ["total", "count"].iter().find_map(|name| body[*name].as_u64());
    let reads = told.decisions.first().is_some_and(|decision| decision.action == "read");
    let (Some(own), true, false) = (count(body), reads, matches!(caller, Caller::Administrator)) else { return Ok(()) };
    let all = stand.rehearse(&Caller::Administrator, asked).await?;
    let all: Value = serde_json::from_slice(&all.body).unwrap_or_default();
    let Some(all) = count(&all) else { return Ok(()) };
    told.rows = Some(json!({"without_rules": all, "for_caller": own}));
    if own == 0 && all > 0 {
        told.outcome = "emptied";
        let rules = told
            .decisions
            .iter()
            .flat_map(|decision| decision.rows.iter().map(|rule| format!("`{}`: {}", decision.table, rule.says)));
        let rules: Vec<String> = rules.collect();
        told.because = format!("{all} rows match, and the rules leave none of them: {}", rules.join("; "));
    } else if own == 0 {
        told.outcome = "absent";
        told.because = "no row matches, whoever asks".to_owned();
    }
    Ok(())
}

/// A row that is not there for the caller: whether it is there at all, and which rule hides it.
async fn absent(stand: &Stand, caller: &Caller, method: &str, names: &[&str], told: &mut Explanation) {
    let project = &*stand.project;
    told.outcome = "absent";
    told.because = "there is no such table or route, or it is not exposed".to_owned();
    let (Some((table, action)), [_, key]) = (target(project, method, names), names) else { return };
    let Ok(grant) = project_grant(project, caller, action, table) else { return };
    told.because = "there is no such row".to_owned();
    let scope = grant.scope().clone();
    let parts = [
        ("deleted_column", RowScope { live: scope.live, ..RowScope::default() }),
        ("tenant", RowScope { tenant: scope.tenant, ..RowScope::default() }),
        ("owner", RowScope { owner: scope.owner, ..RowScope::default() }),
        ("row_rule", RowScope { rule: scope.rule.clone(), ..RowScope::default() }),
        ("role", RowScope { role: scope.role.clone(), ..RowScope::default() }),
    ];
    if !there(stand, caller, table, &grant, RowScope::default(), key).await {
        return;
    }
    let mut hiding = Vec::new();
    for (rule, part) in parts {
        if !part.is_all() && !there(stand, caller, table, &grant, part, key).await {
            hiding.push(rule);
        }
    }
    let says = told.decisions.first().into_iter().flat_map(|decision| &decision.rows);
    let says: Vec<String> =
        says.filter(|one| hiding.contains(&one.rule)).map(|one| format!("{}: {}", one.rule, one.says)).collect();
    told.outcome = "hidden";
    told.because = format!("the row is there, and not for this caller: it is not so that {}", says.join("; nor that "));
}

fn project_grant(project: &Project, caller: &Caller, action: Action, table: &Table) -> Result<Grant, ()> {
    portcullis_query::access::decide(&project.policy, caller, action, table.id).map_err(drop)
}

async fn there(stand: &Stand, caller: &Caller, table: &Table, grant: &Grant, part: RowScope, key: &str) -> bool {
    let session = Session::new(&stand.project, caller, stand.now());
    let planner = session.planner();
    let Ok(key) = parse_key(&planner, table, key) else { return false };
    let grant = grant.confined_to(part, "which rule hides a row is explained to an operator");
    let select = planner.row(table, &grant, &key);
    let statement = render::select(&select, planner.dialect);
    stand.project.engine.fetch(statement).await.is_ok_and(|rows| !rows.is_empty())
}
