//! Settings of access against schema: tenants, roles, rules of tables.

use crate::check::hint;
use portcullis_project::{
    Cards, Settings,
    filling::unfilled,
    rule_faults,
    settings::{CardKind, OnSignup, TableSettings},
    tenancy,
};
use portcullis_query::access::{AccessLevel, Action, RuleGround, compile};
use portcullis_schema::{Catalog, Database, Serve, Table};

/// What keeps the sections of access from fitting a schema; `database` is all of it.
pub fn check(settings: &Settings, catalog: &Catalog, database: &Database, faults: &mut Vec<String>) {
    let cards = Cards::resolve(&settings.mapping, catalog, settings.naming);
    let ground = RuleGround { database, users: cards.get(CardKind::User).map(|card| card.table) };
    for (name, rules) in &settings.tables {
        let Some(table) = database.by_name(name) else { continue };
        if let Some(fault) = rule_faults(table, rules, ground) {
            faults.push(format!("`tables.{name}`: {fault}"));
        }
        check_levels(settings, table, rules, faults);
    }
    let roles: Vec<_> = settings.rbac.roles.iter().map(|role| role.words()).collect();
    let (_, problems) = compile(database, ground.users, &roles);
    faults.extend(
        problems.into_iter().map(|problem| format!("`rbac.roles`, role `{}`: {}", problem.role, problem.message)),
    );
    check_roles(settings, faults);
    check_names(settings, database, faults);
    if settings.tenancy.enabled {
        check_tenancy(settings, catalog, &cards, faults);
        check_people(settings, database, &cards, faults);
    }
}

/// Names of roles that could not mean what they say.
fn check_roles(settings: &Settings, faults: &mut Vec<String>) {
    let rbac = &settings.rbac;
    let nameless = |name: &str| name.is_empty() || name.trim() != name;
    for (at, role) in rbac.roles.iter().enumerate() {
        if nameless(&role.name) {
            faults.push(format!("`rbac.roles`, entry {}: `name` is a name, without blanks around it", at + 1));
        }
        // Of two entries only the first would count.
        if rbac.roles.iter().take(at).any(|before| before.name == role.name) {
            faults.push(format!(
                "`rbac.roles`: the role `{}` has two entries; write its permissions and rules into one",
                role.name
            ));
        }
    }
    let named = rbac.administrator_roles.iter().map(|name| ("administrator_roles", name));
    for (key, name) in named.chain(rbac.default_role.iter().map(|name| ("default_role", name))) {
        if nameless(name) {
            faults.push(format!("`rbac.{key}`: `{name}` is no role's name; write one without blanks around it"));
        }
    }
    if let Some(role) = rbac.default_role.as_ref().filter(|role| rbac.administrator_roles.contains(role)) {
        faults.push(format!(
            "`rbac.default_role`: `{role}` is also among `rbac.administrator_roles`, which would make an administrator of \
             everybody without a role; name another one"
        ));
    }
}

/// A level that nobody could ever pass is a slip.
fn check_levels(settings: &Settings, table: &Table, rules: &TableSettings, faults: &mut Vec<String>) {
    for action in Action::ALL {
        let place = format!("tables.{}.access.{}", table.name, action.word());
        match rules.access.of(action) {
            AccessLevel::Owner if rules.owner_column.is_none() => faults.push(format!(
                "`{place}`: the level `owner` needs `owner_column`, the column that holds the id of a row's owner"
            )),
            AccessLevel::Role if !settings.rbac.enabled => faults.push(format!(
                "`{place}`: the level `role` needs permissions; write `[rbac] enabled = true`, or another level"
            )),
            _ => {}
        }
    }
}

/// What is asked of users and of the table of tenants.
fn check_people(settings: &Settings, database: &Database, cards: &Cards, faults: &mut Vec<String>) {
    let tenancy = &settings.tenancy;
    for table in tenancy.exclude.iter().filter(|table| tenancy.through.contains_key(*table)) {
        faults.push(format!(
            "`tenancy.exclude`: `{table}` is in `tenancy.through` too; its rows are either everybody's or a tenant's, so \
             take it out of one of them"
        ));
    }
    let users = cards.get(CardKind::User).map(|card| card.table);
    let are_tenants = users.is_some_and(|users| tenancy.tenant_table.as_ref() == Some(&users.name));
    if tenancy.email_per_tenant {
        let column = tenancy.tenant_column.as_deref().unwrap_or_default();
        let reason = match users {
            None => Some("no users table is mapped; write `[mapping.user]`".to_owned()),
            Some(users) if are_tenants => {
                Some(format!("each user of `{}` is a tenant of their own; leave it out", users.name))
            }
            Some(users) if users.column_by_name(column).is_none() => Some(format!(
                "the users table `{}` has no column `{column}` that says of which tenant a user is; add it, or leave \
                 `email_per_tenant` out",
                users.name
            )),
            Some(_) => None,
        };
        faults.extend(reason.map(|reason| format!("`tenancy.email_per_tenant`: {reason}")));
    }
    if tenancy.on_signup == OnSignup::Create
        && !are_tenants
        && let Some(table) = tenancy.tenant_table.as_ref().and_then(|name| database.by_name(name))
    {
        let place = "`tenancy.on_signup`: \"create\" makes a row of";
        let else_ = "or write \"invite\" or \"none\"";
        let name = &table.name;
        match table.primary_key.as_slice() {
            _ if !table.is_writable() => faults
                .push(format!("{place} `{name}`, which is a view; name a table in `tenancy.tenant_table`, {else_}")),
            [key] => {
                if let Some(column) = unfilled(table, table.column(*key)) {
                    let column = &column.name;
                    faults.push(format!(
                        "{place} `{name}`, whose column `{column}` must be filled and is neither a key, a name nor a time; \
                         give it a default, {else_}"
                    ));
                }
            }
            _ => faults.push(format!("{place} `{name}`, which has no primary key of one column; give it one, {else_}")),
        }
    }
}

/// Names of tables are right even while tenancy is off.
fn check_names(settings: &Settings, database: &Database, faults: &mut Vec<String>) {
    let tenancy = &settings.tenancy;
    let membership = tenancy.membership.as_ref().map(|membership| ("membership.table", membership.table.as_str()));
    let named = tenancy.tenant_table.iter().map(|name| ("tenant_table", name.as_str()));
    let excluded = tenancy.exclude.iter().map(|name| ("exclude", name.as_str()));
    let through = tenancy.through.keys().map(|table| ("through", table.as_str()));
    for (key, name) in named.chain(excluded).chain(through).chain(membership) {
        if database.by_name(name).is_none() {
            let names = database.tables().iter().map(|table| table.name.as_str());
            faults.push(format!("`tenancy.{key}`: the database has no table `{name}`{}", hint(name, names)));
        }
    }
}

/// With tenancy on, every exposed table is somebody's.
fn check_tenancy(settings: &Settings, catalog: &Catalog, cards: &Cards, faults: &mut Vec<String>) {
    let exposed = |name: &str| settings.tables.get(name).is_some_and(|table| table.expose);
    let serve = Serve { table: &exposed, column: &|_, _| true };
    let served = Database::build(catalog, settings.naming, &serve);
    let whole = Database::build(catalog, settings.naming, &Serve::ALL);
    let settled = tenancy(settings, whole, &served, cards);
    faults.extend(settled.faults().iter().cloned());
    let undecided = settled.undecided(&served);
    if !undecided.is_empty() {
        let column = settings.tenancy.tenant_column.as_deref().unwrap_or("the tenant column");
        faults.push(format!(
            "`tenancy`: nobody decided whose the rows of these exposed tables are: {}. For each, give it the column \
             `{column}`, or name the table it belongs to in `tenancy.through`, or name it in `tenancy.exclude` where its \
             rows are everybody's, or do not expose it",
            undecided.join(", ")
        ));
    }
}
