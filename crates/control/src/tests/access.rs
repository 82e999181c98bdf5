//! The sections of access: what cannot be kept is refused, with every table named.

use super::World;
use crate::{ControlError, InForce, document};
use portcullis_project::{
    Settings, Stage,
    settings::{Membership, OnSignup, RoleRule, RoleSettings},
};
use portcullis_query::access::AccessLevel;
use serde_json::json;

const SHOP: &str = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT); \
    CREATE TABLE users (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts(id), email TEXT NOT NULL); \
    CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts(id), user_id INTEGER, \
        status TEXT); \
    CREATE TABLE items (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders(id), \
        other_id INTEGER REFERENCES orders(id)); \
    CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); CREATE TABLE countries (code TEXT PRIMARY KEY);";

fn tenancy(settings: &mut Settings) {
    settings.tenancy.enabled = true;
    settings.tenancy.tenant_table = Some("accounts".into());
    settings.tenancy.tenant_column = Some("account_id".into());
    settings.tenancy.exclude = vec!["countries".into()];
    settings.tenancy.through.insert("items".into(), "order_id".into());
    settings.tables.get_mut("notes").unwrap().expose = false;
}

fn faults(world: &World, before: &InForce, change: impl FnOnce(&mut Settings)) -> Vec<String> {
    let mut settings = before.settings.clone();
    for table in ["accounts", "users", "orders", "items", "notes", "countries"] {
        settings.tables.entry(table.into()).or_default().expose = true;
    }
    change(&mut settings);
    match world.control.plan(before.clone(), settings) {
        Ok(_) => Vec::new(),
        Err(ControlError::Settings(faults)) => faults.0,
        Err(error) => panic!("{error}"),
    }
}

/// What is changed, and what the one fault says.
type Case = (fn(&mut Settings), &'static str);

#[tokio::test]
async fn a_build_with_a_table_that_is_nobodys_is_refused_and_lists_them() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let before = world.now().await;
    assert_eq!(faults(&world, &before, tenancy), [] as [String; 0]);
    let found = faults(&world, &before, |settings| {
        tenancy(settings);
        settings.tenancy.through.clear();
        settings.tables.get_mut("notes").unwrap().expose = true;
    });
    assert!(found.len() == 1 && found[0].contains(": items, notes. For each,"), "{found:?}");
}

#[tokio::test]
async fn a_tenancy_that_cannot_be_kept_is_refused() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let before = world.now().await;
    let cases: [Case; 6] = [
        (|settings| settings.tenancy.tenant_column = None, "`tenancy.tenant_column` is missing"),
        (|settings| settings.tenancy.tenant_table = None, "`tenancy.tenant_table` is missing"),
        (
            |settings| drop(settings.tenancy.through.insert("items".into(), "orders".into())),
            "`tenancy.through.items`: `items` has several foreign keys to `orders`; write the column of the right one: \
             order_id, other_id",
        ),
        (
            |settings| drop(settings.tenancy.through.insert("orders".into(), "countries".into())),
            "`tenancy.through.orders`: `orders` has no foreign key to `countries`",
        ),
        (
            |settings| settings.tenancy.exclude.push("orders".into()),
            "`tenancy.through.items`: the rows of `orders` are everybody's, so they scope nothing",
        ),
        (
            |settings| {
                let (table, user_id, tenant_id) = ("orders".into(), "user_id".into(), "team_id".into());
                settings.tenancy.tenant_column = Some("no_column".into());
                settings.tenancy.membership = Some(Membership { table, user_id, tenant_id });
            },
            "`tenancy.membership`: table `orders` has no column `team_id`",
        ),
    ];
    for (change, says) in cases {
        let found = faults(&world, &before, |settings| {
            tenancy(settings);
            change(settings);
        });
        assert!(found.iter().any(|fault| fault.starts_with(says)), "{says}: {found:?}");
    }
}

#[tokio::test]
async fn rules_and_roles_that_cannot_be_read_are_refused() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let before = world.now().await;
    fn orders(settings: &mut Settings) -> &mut portcullis_project::settings::TableSettings {
        settings.tables.get_mut("orders").unwrap()
    }
    fn role(settings: &mut Settings, permission: &str, rule: RoleRule) {
        settings.rbac.roles =
            vec![RoleSettings { name: "clerk".into(), permissions: vec![permission.into()], rules: vec![rule] }];
    }
    let cases: [Case; 11] = [
        (
            |settings| orders(settings).deleted_column = Some("gone".into()),
            "`tables.orders`: `deleted_column`: no column `gone`",
        ),
        (
            |settings| orders(settings).deleted_column = Some("id".into()),
            "`tables.orders`: `deleted_column`: `id` must hold a date with a time, or nothing",
        ),
        (
            |settings| orders(settings).owner_column = Some("usr_id".into()),
            "`tables.orders`: `owner_column`: no column `usr_id`",
        ),
        (
            |settings| orders(settings).access.update = AccessLevel::Owner,
            "`tables.orders.access.update`: the level `owner`",
        ),
        (|settings| orders(settings).access.read = AccessLevel::Role, "`tables.orders.access.read`: the level `role`"),
        (
            |settings| orders(settings).row_rule = Some(json!({"field": "state", "operator": "eq", "value": 1})),
            "`tables.orders`: `row_rule`: table `orders` has no column `state`",
        ),
        (
            |settings| orders(settings).row_rule = Some(json!({"field": "id", "operator": "eq", "value": "$usr.id"})),
            "`tables.orders`: `row_rule`: no variable `$usr.id`",
        ),
        (
            |settings| {
                orders(settings).row_rule = Some(json!({"field": "id", "operator": "eq", "value": "$user.team"}))
            },
            "`tables.orders`: `row_rule`: `$user.<column>` needs a mapped users table",
        ),
        (
            |settings| {
                role(settings, "ordrs.read", RoleRule::default());
                settings.rbac.roles[0].rules.clear();
            },
            "`rbac.roles`, role `clerk`: the permission `ordrs.read`: no table `ordrs` is served; did you mean `orders`?",
        ),
        (
            |settings| {
                let rule = RoleRule { table: "orders".into(), actions: vec!["reed".into()], ..RoleRule::default() };
                role(settings, "orders.read", rule);
            },
            "`rbac.roles`, role `clerk`: the rule for `orders`: no action `reed`",
        ),
        (
            |settings| {
                let rule = RoleRule { table: "orders".into(), actions: vec!["delete".into()], ..RoleRule::default() };
                role(settings, "orders.read", rule);
            },
            "`rbac.roles`, role `clerk`: the rule for `orders` refines nothing",
        ),
    ];
    for (change, says) in cases {
        let found = faults(&world, &before, change);
        assert!(found.len() == 1 && found[0].starts_with(says), "{says}: {found:?}");
    }
}

const SCHOOL: &str = "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT NOT NULL, plan TEXT NOT NULL); \
    CREATE TABLE plain (id INTEGER PRIMARY KEY, name TEXT NOT NULL, created_at TEXT NOT NULL, plan TEXT NOT NULL DEFAULT 'free'); \
    CREATE TABLE pairs (a INTEGER, b INTEGER, PRIMARY KEY (a, b)); \
    CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, password_hash TEXT);";

#[tokio::test]
async fn keys_of_tenancy_and_roles_that_could_not_work_are_refused_with_what_to_do() {
    let world = World::new(SCHOOL);
    world.create("shop", Stage::Development).await;
    let before = world.now().await;
    let plan = |change: fn(&mut Settings)| {
        let mut settings = before.settings.clone();
        let user = &mut settings.mapping.user;
        (user.table, user.id) = (Some("users".into()), Some("id".into()));
        (user.email, user.password) = (Some("email".into()), Some("password_hash".into()));
        settings.tenancy.enabled = true;
        settings.tenancy.tenant_table = Some("plain".into());
        settings.tenancy.tenant_column = Some("account_id".into());
        for table in ["accounts", "plain", "pairs"] {
            settings.tables.entry(table.into()).or_default().expose = false;
        }
        change(&mut settings);
        match world.control.plan(before.clone(), settings) {
            Ok(_) => Vec::new(),
            Err(ControlError::Settings(faults)) => faults.0,
            Err(error) => panic!("{error}"),
        }
    };
    fn role(name: &str) -> RoleSettings {
        RoleSettings { name: name.into(), ..RoleSettings::default() }
    }
    assert_eq!(plan(|_| {}), [] as [String; 0]);
    assert_eq!(plan(|settings| settings.tenancy.on_signup = OnSignup::Create), [] as [String; 0]);
    let cases: [Case; 10] = [
        (
            |settings| settings.tenancy.email_per_tenant = true,
            "`tenancy.email_per_tenant`: the users table `users` has no column `account_id` that says of which tenant a \
             user is; add it, or leave `email_per_tenant` out",
        ),
        (
            |settings| {
                settings.tenancy.email_per_tenant = true;
                settings.tenancy.tenant_table = Some("users".into());
            },
            "`tenancy.email_per_tenant`: each user of `users` is a tenant of their own; leave it out",
        ),
        (
            |settings| {
                settings.tenancy.email_per_tenant = true;
                settings.mapping.user.table = None;
            },
            "`tenancy.email_per_tenant`: no users table is mapped; write `[mapping.user]`",
        ),
        (
            |settings| {
                settings.tenancy.on_signup = OnSignup::Create;
                settings.tenancy.tenant_table = Some("accounts".into());
            },
            "`tenancy.on_signup`: \"create\" makes a row of `accounts`, whose column `plan` must be filled and is neither \
             a key, a name nor a time; give it a default, or write \"invite\" or \"none\"",
        ),
        (
            |settings| {
                settings.tenancy.on_signup = OnSignup::Create;
                settings.tenancy.tenant_table = Some("pairs".into());
            },
            "`tenancy.on_signup`: \"create\" makes a row of `pairs`, which has no primary key of one column",
        ),
        (
            |settings| {
                settings.tenancy.exclude.push("accounts".into());
                settings.tenancy.through.insert("accounts".into(), "plain".into());
            },
            "`tenancy.exclude`: `accounts` is in `tenancy.through` too",
        ),
        (
            |settings| settings.rbac.roles = vec![role("clerk"), role("clerk")],
            "`rbac.roles`: the role `clerk` has two entries",
        ),
        (|settings| settings.rbac.roles = vec![role(" clerk")], "`rbac.roles`, entry 1: `name` is a name"),
        (|settings| settings.rbac.administrator_roles = vec![String::new()], "`rbac.administrator_roles`: `` is no"),
        (
            |settings| {
                settings.rbac.default_role = Some("chief".into());
                settings.rbac.administrator_roles = vec!["chief".into()];
            },
            "`rbac.default_role`: `chief` is also among `rbac.administrator_roles`",
        ),
    ];
    for (change, says) in cases {
        let found = plan(change);
        assert!(found.iter().any(|fault| fault.starts_with(says)), "{says}: {found:?}");
    }
}

#[test]
fn deleted_rows_and_surfaces_are_settings_of_a_file() {
    let text = "[tables.orders]\nexpose = true\ndeleted_column = \"deleted_at\"\n\
                [surfaces.moondb]\npassword_min_length = 6\nkeep_refresh_on_password_change = false\n\
                [documents]\nenabled = true\nmax_documents = 5\n";
    let settings = document::parse(text).unwrap();
    assert_eq!(settings.tables["orders"].deleted_column.as_deref(), Some("deleted_at"));
    assert_eq!(settings.surfaces["moondb"].password_min_length, Some(6));
    assert_eq!(settings.documents.max_documents, 5);
    assert_eq!(document::parse(&document::export(&settings)).unwrap(), settings);
    document::parse("[surfaces.moondb]\npasword_min_length = 6").unwrap_err();
}
