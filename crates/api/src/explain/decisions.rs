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
    /// In words.
    pub says: String,
}

/// Decides about one table and says why.
pub fn decision(project: &Project, caller: &Caller, action: Action, table: &Table) -> (Decision, Option<Grant>) {
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
            (told, None)
        }
        Ok(grant) => {
            told.allowed = true;
            told.rows = confinements(project, caller, table, &grant);
            let hidden = table.columns.iter().filter(|column| !grant.reads(column.id));
            told.unreadable = hidden.map(|column| column.name.clone()).collect();
            (told, Some(grant))
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
        all.push(Confinement { rule: "tenant", says });
    }
    if let Some(deleted) = scope.live {
        let says = format!("`{}` holds nothing: the row was not deleted", table.column(deleted).name);
        all.push(Confinement { rule: "deleted_column", says });
    }
    if let Some(owner) = scope.owner {
        let id = user.map_or("nobody", |user| user.id.as_str());
        all.push(Confinement {
            rule: "owner",
            says: format!("`{}` is the caller's id, {id}", table.column(owner).name),
        });
    }
    if scope.rule.is_some() {
        let words = project.settings.tables.get(&table.name).and_then(|table| table.row_rule.clone());
        let says = words.map_or_else(|| "the table's row_rule".to_owned(), |words| words.to_string());
        all.push(Confinement { rule: "row_rule", says });
    }
    if let Some(rules) = &scope.role {
        let roles = user.map(|user| user.roles.join(", ")).unwrap_or_default();
        let many =
            if rules.len() == 1 { "a condition".to_owned() } else { format!("any of {} conditions", rules.len()) };
        all.push(Confinement { rule: "role", says: format!("{many} of the caller's roles ({roles}) on this table") });
    }
    all
}

/// The caller in words.
pub fn described(caller: &Caller) -> Value {
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
            "permissions": user.rights.as_ref().map(|rights| rights.words().to_vec()),
        }),
    }
}
