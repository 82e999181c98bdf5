//! What decided a refusal, in words and in parts.

use super::{Explanation, Question};
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::access::{Action, Caller, Grant, Reason, TenantRule, decide};
use portcullis_schema::{Column, Database, Generated, Serve, Table, TableLookup, closest};
use portcullis_web::Cause;
use serde::Serialize;
use serde_json::{Value, json};

/// One rule that decided.
#[derive(Debug, Clone, Serialize)]
pub struct Decider {
    /// `credentials`, `exposure`, `level`, `permission`, `key_scope`, `tenant`, `owner`, `row_rule`, `role`, `hidden`,
    /// `read_only`, `secret`, `computed`, `view`, `sql` or `account`.
    pub rule: &'static str,
    /// Where it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// What it says there, or what the caller is to it.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub value: Value,
    /// In words.
    pub says: String,
}

impl Decider {
    /// A rule, where it is set, what it says there, and the whole in words.
    pub fn new(rule: &'static str, setting: impl Into<Option<String>>, value: Value, says: impl Into<String>) -> Self {
        Self { rule, setting: setting.into(), value, says: says.into() }
    }
}

/// Tells what decided, where the cause says so; `false` where it is the request alone.
pub fn tell(question: &Question<'_>, cause: &Cause, place: &str, told: &mut Explanation) -> bool {
    let project = question.project();
    match cause {
        Cause::Credentials(why) => {
            let says = format!("the credentials do not hold: {why}");
            told.decide("denied", "", vec![Decider::new("credentials", None, json!(why), says)]);
        }
        Cause::Refused { table, action, reason } => {
            let one = of_reason(project, question.caller, table, action, *reason);
            told.decide("denied", &format!("{action} of `{table}`: "), vec![one]);
        }
        Cause::View { table } => {
            let says = format!("`{table}` is a view, and views are only read");
            told.decide("denied", "", vec![Decider::new("view", None, json!(table), says)]);
        }
        Cause::ServerSet { column } => {
            let given = question.sent.pointer(place).cloned().unwrap_or_default();
            let Some((table, action)) = question.target() else { return false };
            told.decide("denied", "", vec![set_by_server(project, question.caller, table, action, column, &given)]);
        }
        Cause::UnknownColumn { table, word } => {
            let Some(one) = of_column(project, question.caller, question.target(), table, word) else { return false };
            told.decide("hidden", "the column is there, and not for this caller: ", vec![one]);
        }
        Cause::NotWritable { word } => {
            let Some((table, action)) = question.target() else { return false };
            let Some(column) = table.find_column(word) else { return false };
            let Ok(grant) = decide(&project.policy, question.caller, action, table.id) else { return false };
            told.decide("denied", "", vec![unwritable(project, question.caller, table, column, &grant)]);
        }
        Cause::UnknownRelationship { table, word } => return far_table(project, table, word, told),
    }
    true
}

/// A 401 of which nothing more is known: what it would take, as far as there is a table.
pub fn stranger(question: &Question<'_>, told: &mut Explanation) {
    if question.target().is_none()
        && let Some(name) = question.names.first()
        && let Some(one) = unexposed(question.project(), name)
    {
        told.decide("denied", "nobody is known to call; and ", vec![one]);
        return;
    }
    let says = "the request brings no credentials that open it";
    told.decide("denied", "", vec![Decider::new("credentials", None, Value::Null, says)]);
}

/// The caller in a few words.
pub fn who(caller: &Caller) -> String {
    match caller {
        Caller::Anonymous => "nobody known".to_owned(),
        Caller::PublicKey => "the public key, which opens no more than what is public".to_owned(),
        Caller::Administrator => "an admin key or an operator".to_owned(),
        Caller::User(user) => {
            let roles = if user.roles.is_empty() { "none".to_owned() } else { user.roles.join(", ") };
            let tenant = user.tenant.as_deref().unwrap_or("none");
            format!("user {} (roles: {roles}; tenant: {tenant})", user.id)
        }
    }
}

fn of_reason(project: &Project, caller: &Caller, table: &str, action: &str, reason: Reason) -> Decider {
    let setting = format!("tables.{table}.access.{action}");
    let user = caller.user();
    let who = who(caller);
    let words = reason.to_string();
    match reason {
        Reason::Level(level) => {
            Decider::new("level", setting, json!(level.word()), format!("{words}, and the caller is {who}"))
        }
        Reason::Permission => {
            let takes = format!("`{table}.{action}`, `{table}.*`, `*.{action}` or `*`");
            let have = holders(project, table, action);
            let have =
                if have.is_empty() { String::new() } else { format!("; roles that have it: {}", have.join(", ")) };
            let says = format!("{words}: it takes {takes}, and the caller is {who}{have}");
            Decider::new("permission", "rbac".to_owned(), json!(user.map(|user| &user.roles)), says)
        }
        Reason::KeyScope => {
            let scopes = user.map(|user| scopes(project, user)).unwrap_or_default();
            let says = format!("the API key of {who} is confined to {}", scopes.join(", "));
            Decider::new("key_scope", None, json!(scopes), says)
        }
        Reason::NoTenant => Decider::new("tenant", "tenancy".to_owned(), Value::Null, format!("{words}; it is {who}")),
        Reason::UndecidedTenancy | Reason::MadeElsewhere => {
            Decider::new("tenant", "tenancy".to_owned(), Value::Null, words)
        }
        Reason::NoOwner => Decider::new("owner", format!("tables.{table}.owner_column"), Value::Null, words),
        Reason::BrokenRule => Decider::new("row_rule", format!("tables.{table}"), Value::Null, words),
        Reason::SqlHidden => {
            let says = format!("SQL is shown to who holds `{table}.preview`, and the caller is {who}");
            Decider::new("sql", "rbac".to_owned(), json!(format!("{table}.preview")), says)
        }
    }
}

/// Roles of the settings that have a permission for an action.
fn holders<'p>(project: &'p Project, table: &str, action: &str) -> Vec<&'p str> {
    let (Some(table), Some(action)) = (project.database.by_name(table), Action::from_word(action)) else {
        return Vec::new();
    };
    let users = project.cards.get(CardKind::User).map(|card| card.table);
    let has = |role: &portcullis_project::settings::RoleSettings| {
        let (rights, _) = portcullis_query::access::compile(&project.database, users, &[role.words()]);
        rights.right(action, table.id).is_some()
    };
    project.settings.rbac.roles.iter().filter(|role| has(role)).map(|role| role.name.as_str()).collect()
}

/// What an API key is confined to, as it was written.
pub fn scopes(project: &Project, user: &portcullis_query::access::EndUser) -> Vec<String> {
    let word = |scope: &portcullis_query::access::Scope| {
        let table = scope.table.map_or("*", |id| project.database.table(id).name.as_str());
        format!("{table}.{}", scope.action.map_or("*", Action::word))
    };
    let all: Vec<String> = user.scopes.iter().flatten().map(word).collect();
    if all.is_empty() && user.scopes.is_some() { vec!["nothing that is served".to_owned()] } else { all }
}

fn set_by_server(
    project: &Project,
    caller: &Caller,
    table: &Table,
    action: Action,
    name: &str,
    given: &Value,
) -> Decider {
    let user = caller.user();
    let own = table.column_by_name(name).map(|column| column.id);
    let grant = decide(&project.policy, caller, action, table.id).ok();
    let rule = project.policy.tenancy.as_ref().map(|tenancy| tenancy.of(table.id));
    let of_tenant = matches!(rule, Some(TenantRule::Column(id)) if Some(*id) == own);
    let sets = grant.is_some_and(|grant| grant.sets_tenant());
    if of_tenant && sets {
        let tenant = user.and_then(|user| user.tenant.as_deref()).unwrap_or("none");
        let says = format!(
            "`{}.{name}` is set by the server to the caller's tenant, {tenant}, and the request gives {given}",
            table.name
        );
        return Decider::new("tenant", "tenancy.tenant_column".to_owned(), json!(tenant), says);
    }
    let id = user.map_or("nobody", |user| user.id.as_str());
    let says =
        format!("`{}.{name}` is set by the server to the caller's id, {id}, and the request gives {given}", table.name);
    Decider::new("owner", format!("tables.{}.owner_column", table.name), json!(id), says)
}

/// Why a word means no column for this caller; `None` where it means none for anybody.
fn of_column(
    project: &Project,
    caller: &Caller,
    target: Option<(&Table, Action)>,
    table: &str,
    word: &str,
) -> Option<Decider> {
    let served = project.database.by_name(table)?;
    let Some(column) = served.find_column(word) else {
        let whole = whole(project);
        let column = whole.by_name(table)?.find_column(word)?;
        let says = format!(
            "`{table}.{}` is in the database and not served: it came after the approved ones; approve it with \
             `portcullis schema approve {table}.{}`",
            column.name, column.name
        );
        return Some(Decider::new("exposure", None, json!(column.name), says));
    };
    let action = target.filter(|(own, _)| own.id == served.id).map_or(Action::Read, |(_, action)| action);
    let reads = |action| decide(&project.policy, caller, action, served.id).ok();
    let grant = reads(action)?;
    match unreadable(project, caller, served, column, &grant) {
        Some(one) => Some(one),
        // A write names columns to write, and its filter columns to read.
        None => reads(Action::Read)
            .and_then(|read| unreadable(project, caller, served, column, &read))
            .or_else(|| (!grant.writes(column.id)).then(|| unwritable(project, caller, served, column, &grant))),
    }
}

fn unreadable(project: &Project, caller: &Caller, table: &Table, column: &Column, grant: &Grant) -> Option<Decider> {
    if grant.reads(column.id) {
        return None;
    }
    let rules = project.policy.table(table.id);
    let place = format!("{}.{}", table.name, column.name);
    if rules.password == Some(column.id) {
        let says = format!(
            "`{place}` is the mapped password column: nobody reads it, and it is written by who holds `{}.password`, \
             admin keys and operators",
            table.name
        );
        return Some(Decider::new("secret", "mapping.user.password".to_owned(), json!(column.name), says));
    }
    if !rules.readable.has(column.id) {
        let says = format!("`{place}` holds a secret, by the mapping or by its name: nobody reads or writes it");
        return Some(Decider::new("secret", "mapping".to_owned(), json!(column.name), says));
    }
    if !rules.user_readable.has(column.id) {
        let setting = format!("tables.{}.hidden", table.name);
        let says = format!("`{place}` is hidden from end users by `{setting}`");
        return Some(Decider::new("hidden", setting, json!(column.name), says));
    }
    Some(by_role(caller, table, column, "read"))
}

/// Why a column cannot be written by this caller, who may read it.
fn unwritable(project: &Project, caller: &Caller, table: &Table, column: &Column, grant: &Grant) -> Decider {
    if let Some(one) = unreadable(project, caller, table, column, grant) {
        return one;
    }
    let rules = project.policy.table(table.id);
    let place = format!("{}.{}", table.name, column.name);
    let computed = matches!(column.generated, Generated::Computed | Generated::CounterAlways);
    if computed || !table.is_writable() {
        return Decider::new("computed", None, json!(column.name), format!("`{place}` is made by the database"));
    }
    if !rules.user_writable.has(column.id) {
        let setting = format!("tables.{}.read_only", table.name);
        let says = format!("`{place}` is read-only for end users by `{setting}`");
        return Decider::new("read_only", setting, json!(column.name), says);
    }
    by_role(caller, table, column, "write")
}

fn by_role(caller: &Caller, table: &Table, column: &Column, verb: &str) -> Decider {
    let roles = caller.user().map(|user| user.roles.clone()).unwrap_or_default();
    let says = format!(
        "the rules that the caller's roles ({}) have for `{}` do not name `{}` among the fields to {verb}",
        roles.join(", "),
        table.name,
        column.name
    );
    Decider::new("role", "rbac.roles.rules.fields".to_owned(), json!(roles), says)
}

fn whole(project: &Project) -> Database {
    Database::build(&project.catalog, project.settings.naming, &Serve::ALL)
}

/// Why a name means no served table: it is there and not exposed, or it is not there.
pub fn unexposed(project: &Project, name: &str) -> Option<Decider> {
    let whole = whole(project);
    let TableLookup::Found(table) = whole.find(name) else { return None };
    let setting = format!("tables.{}.expose", table.name);
    let says = format!("the table `{}` is in the database and not exposed: `{setting}` is not true", table.name);
    Some(Decider::new("exposure", setting, json!(false), says))
}

/// There is no such table; what may have been meant.
pub fn unknown_table(project: &Project, name: &str) -> String {
    let near = closest(name, project.database.tables().iter().map(|table| table.name.as_str()));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    format!("the database has no such table as `{name}`, and there is no such route{near}")
}

fn far_table(project: &Project, table: &str, word: &str, told: &mut Explanation) -> bool {
    let whole = whole(project);
    let Some(relation) = whole.by_name(table).and_then(|table| table.find_relation(word)) else { return false };
    let far = &whole.table(relation.target).name;
    let Some(one) = unexposed(project, far).filter(|_| project.database.by_name(far).is_none()) else { return false };
    told.decide("hidden", &format!("the relationship `{word}` of `{table}` is there: "), vec![one]);
    true
}
