//! The settings' rules compiled against the served tables.

use crate::{
    Cards, Settings,
    settings::{CardKind, RoleSettings, TableSettings},
};
use portcullis_query::{
    Json,
    access::{
        AccessLevel, ColumnSet, PermissionWords, Policy, RoleWords, RuleGround, RuleWords, TablePolicy, Tenancy,
        TenancyWords,
    },
};
use portcullis_schema::{Catalog, ColumnType, Database, Serve, Table};
use std::sync::Arc;

/// Compiles who may do what. What the settings name and the schema lacks is refused by the build; where it went missing
/// since, its table is closed.
pub(crate) fn policy(settings: &Settings, catalog: &Catalog, database: &Database, cards: &Cards) -> Policy {
    let server_set: Vec<(&str, &str)> = cards.server_set().collect();
    let secrets: Vec<(&str, &str)> = cards.secrets().collect();
    let users = cards.get(CardKind::User);
    let ground = RuleGround { database, users: users.map(|card| card.table) };
    let mut policy = Policy::new(database, |table| {
        let rules = settings.tables.get(&table.name).cloned().unwrap_or_default();
        let ours = server_set.iter().filter(|(name, _)| *name == table.name).map(|(_, column)| (*column).to_owned());
        let read_only: Vec<String> = rules.read_only.iter().cloned().chain(ours).collect();
        let mut policy = TablePolicy::new(table, rules.access, &rules.hidden, &read_only);
        let (readable, writable) = cards.openness(&table.name);
        let access = &mut policy.access;
        if !readable {
            access.read = AccessLevel::Admin;
        }
        if !writable {
            (access.create, access.update, access.delete) =
                (AccessLevel::Admin, AccessLevel::Admin, AccessLevel::Admin);
        }
        // A password or token that came this way would lie there as it was sent.
        let secret = |id| secrets.contains(&(table.name.as_str(), table.column(id).name.as_str()));
        policy.writable = ColumnSet::of(table, |id| policy.writable.has(id) && !secret(id));
        policy.password = users
            .filter(|card| card.table.name == table.name)
            .and_then(|card| table.column_by_name(&card.column("password")?.name))
            .map(|column| column.id);
        if let Err(fault) = add_rules(&mut policy, table, &rules, ground) {
            tracing::error!(table = %table.name, "The table is closed to end users: {fault}");
            policy.broken = true;
        }
        policy
    });
    policy.open = !settings.auth.enabled;
    policy.rbac = settings.rbac.enabled;
    policy.public_routes = settings.auth.public_routes.iter().map(|route| segments(route)).collect();
    if settings.tenancy.enabled && !policy.open {
        let whole = Database::build(catalog, settings.naming, &Serve::ALL);
        policy.tenancy = Some(Arc::new(tenancy(settings, whole, database, cards)));
    }
    policy
}

fn add_rules(
    policy: &mut TablePolicy,
    table: &Table,
    rules: &TableSettings,
    ground: RuleGround<'_>,
) -> Result<(), String> {
    if let Some(owner) = &rules.owner_column {
        let column = table.column_by_name(owner).ok_or_else(|| format!("`owner_column`: no column `{owner}`"))?;
        policy.owner = Some(column.id);
    }
    if let Some(name) = &rules.deleted_column {
        let column = table.column_by_name(name).ok_or_else(|| format!("`deleted_column`: no column `{name}`"))?;
        if !matches!(column.ty, ColumnType::DateTime { .. }) || !column.nullable {
            return Err(format!("`deleted_column`: `{name}` must hold a date with a time, or nothing"));
        }
        *policy = policy.clone().with_deleted(table, column.id);
    }
    if let Some(words) = &rules.row_rule {
        let rule = ground.read(table.id, &json(words)?).map_err(|fault| format!("`row_rule`: {fault}"))?;
        policy.row_rule = Some(Arc::new(rule));
    }
    Ok(())
}

/// A public route as the segments of its path.
fn segments(route: &str) -> Vec<String> {
    route.trim().trim_start_matches('/').split('/').map(str::to_owned).collect()
}

/// A value of the settings as a word of our own.
fn json(value: &serde_json::Value) -> Result<Json, String> {
    Json::parse(value.to_string().as_bytes()).map_err(|error| error.to_string())
}

/// Settles whose the rows of each table are.
pub fn tenancy(settings: &Settings, whole: Database, served: &Database, cards: &Cards) -> Tenancy {
    let tenancy = &settings.tenancy;
    let column = |kind, field| {
        let card = cards.get(kind)?;
        Some((card.table.name.as_str(), card.column(field)?.name.as_str()))
    };
    let of_users = [
        CardKind::PasswordResetToken,
        CardKind::Session,
        CardKind::ApiKey,
        CardKind::SocialProfile,
        CardKind::UserRole,
    ];
    let shared = [CardKind::Role, CardKind::Permission, CardKind::RolePermission];
    let words = TenancyWords {
        tenant_table: tenancy.tenant_table.as_deref(),
        tenant_column: tenancy.tenant_column.as_deref(),
        exclude: tenancy.exclude.iter().map(String::as_str).collect(),
        through: tenancy.through.iter().map(|(table, parent)| (table.as_str(), parent.as_str())).collect(),
        membership: tenancy.membership.as_ref().map(|own| (&*own.table, &*own.user_id, &*own.tenant_id)),
        users: column(CardKind::User, "id"),
        of_users: of_users.into_iter().filter_map(|kind| column(kind, "user_id")).collect(),
        of_tenants: column(CardKind::ApiKey, "account_id").into_iter().collect(),
        shared: shared.into_iter().filter_map(|kind| cards.get(kind)).map(|card| card.table.name.as_str()).collect(),
    };
    Tenancy::build(whole, served, &words)
}

/// What is wrong with the rules of a table's settings; empty where nothing is.
pub fn rule_faults(table: &Table, rules: &TableSettings, ground: RuleGround<'_>) -> Option<String> {
    let mut policy = TablePolicy::new(table, rules.access, &[], &[]);
    add_rules(&mut policy, table, rules, ground).err()
}

impl RoleSettings {
    /// The role as words, to be compiled.
    pub fn words(&self) -> RoleWords {
        let rule = |rule: &crate::settings::RoleRule| RuleWords {
            table: rule.table.clone(),
            actions: rule.actions.clone(),
            fields: rule.fields.clone(),
            // What cannot be read stays a condition that cannot be read: it allows nothing.
            condition: rule.condition.as_ref().map(|words| json(words).unwrap_or(Json::Bool(false))),
            defaults: rule
                .defaults
                .iter()
                .map(|(name, value)| (name.clone(), json(value).unwrap_or(Json::String("$".to_owned()))))
                .collect(),
        };
        RoleWords {
            name: self.name.clone(),
            permissions: self.permissions.iter().map(|name| PermissionWords::from(name.as_str())).collect(),
            rules: self.rules.iter().map(rule).collect(),
        }
    }
}
