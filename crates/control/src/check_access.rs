//! Settings of access against schema: tenants, roles, rules of tables.

use crate::check::hint;
use portcullis_project::{
    Cards, Settings, rule_faults,
    settings::{CardKind, TableSettings},
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
    check_names(settings, database, faults);
    if settings.tenancy.enabled {
        check_tenancy(settings, catalog, &cards, faults);
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
