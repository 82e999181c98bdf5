//! What was decided about each table of a request, and why: the words an operator reads.

use portcullis_project::Project;
use portcullis_query::access::{Action, Caller, Grant, TenantRule, decide};
use portcullis_schema::Table;
use serde::Serialize;
use serde_json::{Value, json};

/// One decision.
#[derive(Debug, Clone, Serialize)]
pub struct Decision {
    /// The table.
    pub table: String,
    /// `read`, `create`, `update` or `delete`.
    pub action: &'static str,
    /// Whether it is allowed at all.
    pub allowed: bool,
    /// The table's access level for the action.
    pub level: &'static str,
    /// Why not, if not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What confines the rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Confinement>,
    /// Columns that do not exist for this caller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

/// One thing that confines rows.
#[derive(Debug, Clone, Serialize)]
pub struct Confinement {
    /// `deleted_column`, `tenant`, `owner`, `row_rule` or `role`.
    pub rule: &'static str,
    /// What the rows are held to.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub value: Value,
    /// In words.
    pub says: String,
}

/// Decides about one table and says why.
pub fn decision(project: &Project, caller: &Caller, action: Action, table: &Table) -> Decision {
    let level = project.policy.table(table.id).access.of(action).word();
    let word = action.word();
    let mut told = Decision {
        table: table.name.clone(),
        action: word,
        allowed: false,
        level,
        reason: None,
        rows: Vec::new(),
        unreadable: Vec::new(),
    };
    match decide(&project.policy, caller, action, table.id) {
        Err(refusal) => {
            told.reason = Some(refusal.reason.to_string());
            told
        }
        Ok(grant) => {
            told.allowed = true;
            told.rows = confinements(project, caller, table, &grant);
            let hidden = table.columns.iter().filter(|column| !grant.reads(column.id));
            told.unreadable = hidden.map(|column| column.name.clone()).collect();
            told
        }
    }
}

fn confinements(project: &Project, caller: &Caller, table: &Table, grant: &Grant) -> Vec<Confinement> {
    let scope = grant.scope();
    let mut all = Vec::new();
    let user = caller.user();
    if scope.tenant {
        let tenant = user.and_then(|user| user.tenant.clone()).unwrap_or_else(|| "none".to_owned());
        let rule = project.policy.tenancy.as_ref().map(|tenancy| tenancy.of(table.id));
        let column = |id: &portcullis_schema::ColumnId| table.column(*id).name.clone();
        let says = match rule {
            Some(TenantRule::Column(id)) => format!("`{}` is the caller's tenant, {tenant}", column(id)),
            Some(TenantRule::Own(id)) => format!("`{}` is the caller's tenant, {tenant}", column(id)),
            Some(TenantRule::Through(relation)) => {
                // The way is kept over the whole table, served or not.
                let whole =
                    project.policy.tenancy.as_ref().and_then(|tenancy| tenancy.whole_of(table.id)).unwrap_or(table);
                let names = relation.columns.iter().map(|id| whole.column(*id).name.as_str());
                let names = names.collect::<Vec<_>>().join(", ");
                format!("the row that `{names}` points at is of the caller's tenant, {tenant}")
            }
            Some(TenantRule::Member(..)) => format!("the user is a member of the caller's tenant, {tenant}"),
            Some(TenantRule::OwnRow(_)) => "the row is the caller's own".to_owned(),
            Some(TenantRule::Free | TenantRule::Undecided) | None => "nothing".to_owned(),
        };
        all.push(Confinement { rule: "tenant", value: json!(tenant), says });
    }
    if let Some(deleted) = scope.live {
        let name = &table.column(deleted).name;
        let says = format!("`{name}` holds nothing: the row was not deleted");
        all.push(Confinement { rule: "deleted_column", value: json!(name), says });
    }
    if let Some(owner) = scope.owner {
        let id = user.map_or("nobody", |user| user.id.as_str());
        all.push(Confinement {
            rule: "owner",
            value: json!(id),
            says: format!("`{}` is the caller's id, {id}", table.column(owner).name),
        });
    }
    if scope.rule.is_some() {
        let words = project.settings.tables.get(&table.name).and_then(|table| table.row_rule.clone());
        let says = words
            .as_ref()
            .map_or_else(|| "the table's row_rule".to_owned(), |words| format!("the table's row_rule holds, {words}"));
        all.push(Confinement { rule: "row_rule", value: words.unwrap_or_default(), says });
    }
    if scope.role.is_some() {
        let roles = user.map(|user| user.roles.clone()).unwrap_or_default();
        let conditions = conditions(project, table, &roles);
        let words: Vec<String> = conditions.iter().map(|(role, words)| format!("{role}: {words}")).collect();
        let words = if words.is_empty() { "kept in the tables of roles".to_owned() } else { words.join(" or ") };
        let says = format!("a condition of the caller's roles ({}) on this table holds, {words}", roles.join(", "));
        let value = conditions.into_iter().collect::<serde_json::Map<_, _>>();
        all.push(Confinement { rule: "role", value: Value::Object(value), says });
    }
    all
}

/// The conditions that the settings give these roles on a table.
fn conditions(project: &Project, table: &Table, roles: &[String]) -> Vec<(String, Value)> {
    let own = project.settings.rbac.roles.iter().filter(|role| roles.contains(&role.name));
    let rules = own.flat_map(|role| role.rules.iter().map(move |rule| (role, rule)));
    rules
        .filter(|(_, rule)| rule.table == table.name || rule.table == table.model)
        .filter_map(|(role, rule)| Some((role.name.clone(), rule.condition.clone()?)))
        .collect()
}

/// The caller in words.
pub fn described(project: &Project, caller: &Caller) -> Value {
    match caller {
        Caller::Anonymous => json!({"kind": "anonymous"}),
        Caller::PublicKey => json!({"kind": "public_key"}),
        Caller::Administrator => json!({"kind": "admin_key"}),
        Caller::User(user) => json!({
            "kind": "user",
            "id": user.id,
            "tenant": user.tenant,
            "roles": user.roles,
            "administrator": user.administrator,
            "scopes": user.scopes.as_ref().map(|_| super::causes::scopes(project, user)),
            "permissions": user.rights.as_ref().map(|rights| rights.words().to_vec()),
        }),
    }
}
