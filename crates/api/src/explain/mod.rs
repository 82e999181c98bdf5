//! Why a request was answered as it was: the rule, role, tenant and value that decided, the filter and the SQL.
//!
//! Nothing of it reaches a client in production; operators ask by the id of a request, or for what would be if.

mod decisions;
mod explainer;

pub use decisions::{Confinement, Decision, described};
pub use explainer::NodeExplainer;

use crate::{Asked, RehearsalError, Stand, access::action_of};
use http::StatusCode;
use portcullis_project::Project;
use portcullis_query::{
    access::{Action, Caller, Grant, RowScope},
    plan::parse_key,
    render,
};
use portcullis_records::Session;
use portcullis_schema::{Table, TableLookup};
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
    /// What was decided about each table, the request's own first.
    pub decisions: Vec<Decision>,
    /// Rows that match without rules, and those this caller gets; for lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<Value>,
    /// What the database was asked, in order.
    pub statements: Vec<Value>,
    /// What the answer said, for one that is a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
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
    let mut all = vec![decisions::decision(project, caller, action, table).0];
    hops(project, caller, table, body.unwrap_or(&Value::Null), &mut all);
    all
}

/// Explains what a caller's request is answered, by trying it; nothing it writes is kept.
///
/// # Errors
///
/// The request is for something other than data.
pub async fn explain(stand: &Stand, caller: &Caller, asked: &Asked) -> Result<Explanation, RehearsalError> {
    let project = &stand.project;
    let answer = stand.rehearse(caller, asked).await?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let path = asked.path.split('?').next().unwrap_or_default();
    let segments = portcullis_web::segments(path).unwrap_or_default();
    let names: Vec<&str> = segments.iter().map(String::as_str).collect();
    let names = match names.as_slice() {
        ["api", rest @ ..] => rest,
        all => all,
    };
    let sent: Option<Value> = asked.body.as_ref().and_then(|body| serde_json::from_slice(body).ok());
    let decided = decide_only(project, caller, asked.method.as_str(), names, sent.as_ref());
    let mut told = Explanation {
        request: format!("{} {}", asked.method, asked.path),
        caller: described(caller),
        status: answer.status.as_u16(),
        outcome: "allowed",
        because: "level and rules allow it".to_owned(),
        rows: None,
        statements: answer.statements.iter().map(|said| json!({"sql": said.text, "params": said.values.iter().map(|value| value.to_text()).collect::<Vec<_>>()})).collect(),
        message: body["message"].as_str().filter(|_| !answer.status.is_success()).map(str::to_owned),
        decisions: decided,
    };
    match answer.status {
        status if status.is_success() => emptied(stand, caller, asked, &body, &mut told).await?,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => denied(&mut told),
        StatusCode::NOT_FOUND => absent(stand, caller, asked.method.as_str(), names, &mut told).await,
        status if status.is_server_error() => told.outcome = "failed",
        _ => told.outcome = "invalid",
    }
    if matches!(told.outcome, "failed" | "invalid") {
        told.because = told.message.clone().unwrap_or_else(|| "the request does not fit".to_owned());
    }
    Ok(told)
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
                            all.push(decisions::decision(project, caller, Action::Read, table).0);
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
