//! What is there, and not for this caller: rows behind 404, lists that come back empty, parents that cannot be pointed
//! at, rows of others that hold a unique value.

use super::{
    Decider, Explanation, Question, apart,
    causes::{unexposed, unknown_table},
    decisions, is_list,
};
use crate::{Asked, RehearsalError};
use http::Method;
use portcullis_query::{
    access::{Action, Caller, Grant, RowScope, decide},
    plan::parse_key,
    render,
};
use portcullis_records::Session;
use portcullis_schema::{RelationKind, Table};
use serde_json::{Value, json};

/// Why a row that is there is not for the caller.
const NOT_SO: &str = "the row is there, and not for this caller: it is not so that ";

/// A list with fewer rows than match: which rules left them out.
pub async fn emptied(question: &Question<'_>, body: &Value, told: &mut Explanation) -> Result<(), RehearsalError> {
    let count = |body: &Value| ["total", "count"].iter().find_map(|name| body[*name].as_u64());
    let Some((table, action)) = question.target().filter(|(_, action)| is_list(question.asked, *action)) else {
        return Ok(());
    };
    let (Some(own), false) = (count(body), matches!(question.caller, Caller::Administrator)) else { return Ok(()) };
    let all = question.stand.rehearse(&Caller::Administrator, question.asked).await?;
    let all: Value = serde_json::from_slice(&all.body).unwrap_or_default();
    let Some(all) = count(&all) else { return Ok(()) };
    let mut rows = json!({"without_rules": all, "for_caller": own});
    if own == 0 && all > 0 {
        let mut deciders = Vec::new();
        let confined = confinements(question, table, action);
        for rule in apart::RULES {
            let answer = apart::under(question, &[rule]).await?;
            let left = serde_json::from_slice(&answer.body).ok().and_then(|body: Value| count(&body));
            let Some(left) = left.filter(|left| *left < all) else { continue };
            rows["left_by"][rule.word()] = json!(left);
            let says = format!("{} leaves {left} of {all}", says_of(&confined, rule.word()));
            deciders.push(Decider::new(rule.word(), rule.setting(table), json!(left), says));
        }
        told.decide("emptied", &format!("{all} rows match, and the rules leave none of them: "), deciders);
    } else if own == 0 {
        told.plainly("absent", "no row matches, whoever asks");
    }
    told.rows = Some(rows);
    Ok(())
}

/// What confines the rows of a table for the caller, in words.
fn confinements(question: &Question<'_>, table: &Table, action: Action) -> Vec<decisions::Confinement> {
    decisions::decision(question.project(), question.caller, action, table).rows
}

fn says_of(confined: &[decisions::Confinement], rule: &str) -> String {
    let own = confined.iter().find(|one| one.rule == rule);
    own.map_or_else(|| format!("`{rule}` of a related table"), |one| format!("{rule} ({})", one.says))
}

/// A row that is not there for the caller: whether it is there at all, and which rule hides it.
pub async fn absent(question: &Question<'_>, told: &mut Explanation) {
    let project = question.project();
    let Some((table, action)) = question.target() else {
        let name = question.names.first().map(String::as_str).unwrap_or_default();
        match unexposed(project, name).filter(|_| project.database.by_name(name).is_none()) {
            Some(one) if !is_served(question) => told.decide("hidden", "", vec![one]),
            _ => told.plainly("absent", unknown_table(project, name)),
        }
        return;
    };
    told.plainly("absent", "there is no such row");
    let key = match question.names.as_slice() {
        [_, key] => key,
        [_, key, word] if word == "query" => key,
        _ => return,
    };
    let Ok(grant) = decide(&project.policy, question.caller, action, table.id) else { return };
    if let Some(deciders) = hiding(question, table, &grant, key).await {
        told.decide("hidden", NOT_SO, deciders);
    }
}

fn is_served(question: &Question<'_>) -> bool {
    let name = question.names.first().map(String::as_str).unwrap_or_default();
    matches!(question.project().database.find(name), portcullis_schema::TableLookup::Found(_))
}

/// The rules that hide a row from the caller; `None` where it is not there, or not hidden.
async fn hiding(question: &Question<'_>, table: &Table, grant: &Grant, key: &str) -> Option<Vec<Decider>> {
    let scope = grant.scope().clone();
    let parts = [
        ("deleted_column", RowScope { live: scope.live, ..RowScope::default() }),
        ("tenant", RowScope { tenant: scope.tenant, ..RowScope::default() }),
        ("owner", RowScope { owner: scope.owner, ..RowScope::default() }),
        ("row_rule", RowScope { rule: scope.rule.clone(), ..RowScope::default() }),
        ("role", RowScope { role: scope.role.clone(), ..RowScope::default() }),
    ];
    if !there(question, table, grant, RowScope::default(), key).await {
        return None;
    }
    let confined = confinements(question, table, grant.action());
    let mut deciders = Vec::new();
    for (rule, part) in parts {
        if !part.is_all() && !there(question, table, grant, part, key).await {
            let setting = apart::Rule::of(rule).and_then(|rule| rule.setting(table));
            let own = confined.iter().find(|one| one.rule == rule);
            let says = own.map_or_else(|| rule.to_owned(), |one| format!("{rule}: {}", one.says));
            deciders.push(Decider::new(rule, setting, own.map(|one| one.value.clone()).unwrap_or_default(), says));
        }
    }
    (!deciders.is_empty()).then_some(deciders)
}

async fn there(question: &Question<'_>, table: &Table, grant: &Grant, part: RowScope, key: &str) -> bool {
    let stand = question.stand;
    // Whether a key fits is asked as an operator would: a caller may be one who cannot read it.
    let operator = Session::new(&stand.project, &Caller::Administrator, stand.now());
    let Ok(key) = parse_key(&operator.planner(), table, key) else { return false };
    let session = Session::new(&stand.project, question.caller, stand.now());
    let planner = session.planner();
    let grant = grant.confined_to(part, "which rule hides a row is explained to an operator");
    let select = planner.row(table, &grant, &key);
    let statement = render::select(&select, planner.dialect);
    stand.project.engine.fetch(statement).await.is_ok_and(|rows| !rows.is_empty())
}

/// A foreign key that points at no row: or at one that the caller may not see.
pub async fn parent(question: &Question<'_>, place: &str, told: &mut Explanation) {
    told.plainly("invalid", told.message.clone().unwrap_or_default());
    let Some((table, _)) = question.target() else { return };
    // Some databases do not tell which key it was.
    let named = place.rsplit('/').next().unwrap_or_default();
    for relation in table.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo) {
        let [column] = relation.columns.as_slice() else { continue };
        let name = table.column(*column).name.as_str();
        let value = given(&question.sent, name);
        let far = question.project().database.table(relation.target);
        if (!named.is_empty() && named != name) || value.is_empty() || far.primary_key != relation.target_columns {
            continue;
        }
        let Ok(grant) = decide(&question.project().policy, question.caller, Action::Read, far.id) else { continue };
        if let Some(deciders) = hiding(question, far, &grant, &value).await {
            let head = format!("`{}.{name}` points at `{}` {value}: {NOT_SO}", table.name, far.name);
            return told.decide("hidden", &head, deciders);
        }
    }
}

/// A value of the body, wherever it stands first.
fn given(sent: &Value, name: &str) -> String {
    fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
        match value {
            Value::Object(members) => {
                members.get(name).or_else(|| members.values().find_map(|inner| find(inner, name)))
            }
            Value::Array(items) => items.iter().find_map(|inner| find(inner, name)),
            _ => None,
        }
    }
    match find(sent, name) {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// A unique value that another row has: or one that the caller may not see.
pub async fn conflict(question: &Question<'_>, told: &mut Explanation) -> Result<(), RehearsalError> {
    told.plainly("invalid", told.message.clone().unwrap_or_default());
    let Some((table, action)) = question.target().filter(|(_, action)| *action != Action::Delete) else {
        return Ok(());
    };
    let sent = |name: &str| given(&question.sent, name);
    let keys = table.unique_keys.iter().chain(std::iter::once(&table.primary_key));
    for key in keys {
        let names: Vec<&str> = key.iter().map(|id| table.column(*id).name.as_str()).collect();
        if names.is_empty() || names.iter().any(|name| sent(name).is_empty()) {
            continue;
        }
        let pairs = names.iter().map(|name| (*name, sent(name)));
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let path = format!("/{}?{query}", table.name);
        let asked = Asked { method: Method::GET, path, body: None, media_type: None };
        let all = question.stand.rehearse(&Caller::Administrator, &asked).await?;
        let all: Value = serde_json::from_slice(&all.body).unwrap_or_default();
        let Some(row) = all["data"].as_array().and_then(|rows| rows.first()) else { continue };
        let Ok(grant) = decide(&question.project().policy, question.caller, action, table.id) else { continue };
        let key = table.primary_key.iter().map(|id| given(row, &table.column(*id).name)).collect::<Vec<_>>().join(",");
        // The rules of reading hide it from an insert; a create is not confined to rows.
        let read = decide(&question.project().policy, question.caller, Action::Read, table.id);
        let grant = if action == Action::Create { read.unwrap_or(grant) } else { grant };
        if let Some(deciders) = hiding(question, table, &grant, &key).await {
            let head = format!("row {key} of `{}` has that {} already: {NOT_SO}", table.name, names.join(", "));
            told.decide("hidden", &head, deciders);
            return Ok(());
        }
    }
    Ok(())
}
