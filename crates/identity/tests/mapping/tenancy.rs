//! Tenants.

use crate::{frameworks::script, support::proposals};
use portcullis_identity::propose::{Card, Membership, describe, to_json};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const SHOP: &str = "
    CREATE TABLE accounts (id INTEGER PRIMARY KEY, name TEXT);
    CREATE TABLE users (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), email TEXT UNIQUE, password TEXT);
    CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT);
    CREATE TABLE customers (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), country TEXT REFERENCES countries (code));
    CREATE TABLE orders (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id), customer_id INTEGER REFERENCES customers (id));
    CREATE TABLE invoices (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id));
    CREATE TABLE order_items (id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders (id), added_by INTEGER REFERENCES users (id));
    CREATE TABLE jobs (id INTEGER PRIMARY KEY, payload TEXT);";

#[test]
fn accounts_that_most_tables_point_at_are_tenants() {
    let found = proposals(SHOP);
    let tenancy = found.tenancy.as_ref().unwrap();
    assert_eq!((tenancy.tenant_table.as_str(), tenancy.tenant_column.as_str()), ("accounts", "account_id"));
    assert_eq!(tenancy.through, BTreeMap::from([("order_items".to_owned(), "orders".to_owned())]));
    assert_eq!(tenancy.exclude, ["countries"]);
    assert_eq!(tenancy.undecided, ["jobs"]);
    assert!(!tenancy.single_user && tenancy.confidence > 0.8, "{tenancy:?}");
    assert!(found.sure_tenancy());
    let text = describe(&found);
    for part in [
        "tenancy              accounts by account_id (",
        "through: order_items through orders",
        "shared: countries",
        "undecided: jobs",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (_, tenancy) = to_json(&found, &BTreeSet::new(), true);
    assert_eq!((&tenancy["tenant_table"], &tenancy["accepted"]), (&json!("accounts"), &json!(true)));
    assert_eq!(tenancy["through"], json!({"order_items": "orders"}));
}

#[test]
fn tenants_in_other_words() {
    for (table, column) in [
        ("tenants", "tenant_id"),
        ("organizations", "organization_id"),
        ("companies", "company_id"),
        ("teams", "team_id"),
        ("workspaces", "workspace_id"),
        ("mandanten", "mandanten_id"),
        ("Organisation", "OrganisationId"),
        ("empresas", "empresa_id"),
    ] {
        let script = SHOP.replace("account_id", column).replace("accounts", table);
        let found = proposals(&script);
        let tenancy = found.tenancy.as_ref().unwrap_or_else(|| panic!("{table}"));
        assert_eq!((tenancy.tenant_table.as_str(), tenancy.tenant_column.as_str()), (table, column));
        assert!(found.sure_tenancy(), "{tenancy:?}");
    }
}

#[test]
fn users_of_several_tenants_have_a_membership() {
    let found = proposals(
        "CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);
         CREATE TABLE team_members (id INTEGER PRIMARY KEY, team_id INTEGER REFERENCES teams (id), user_id INTEGER REFERENCES users (id), role TEXT);
         CREATE TABLE projects (id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams (id));
         CREATE TABLE files (id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams (id));
         CREATE TABLE notes (id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES teams (id));",
    );
    let tenancy = found.tenancy.unwrap();
    assert_eq!(tenancy.tenant_table, "teams");
    let membership =
        Membership { table: "team_members".into(), user_id: "user_id".into(), tenant_id: "team_id".into() };
    assert_eq!(tenancy.membership, Some(membership));
}

#[test]
fn single_user_tenancy_is_proposed_and_never_taken_unasked() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id));
         CREATE TABLE lists (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id));
         CREATE TABLE list_items (id INTEGER PRIMARY KEY, list_id INTEGER NOT NULL REFERENCES lists (id));",
    );
    let tenancy = found.tenancy.as_ref().unwrap();
    assert!(tenancy.single_user && tenancy.confidence <= 0.5, "{tenancy:?}");
    assert_eq!((tenancy.tenant_table.as_str(), tenancy.tenant_column.as_str()), ("users", "user_id"));
    assert!(found.sure_cards().contains(&Card::User) && !found.sure_tenancy());
}

#[test]
fn accounts_that_belong_to_users_are_data() {
    let found = proposals(
        "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);
         CREATE TABLE accounts (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users (id), iban TEXT);
         CREATE TABLE payments (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id));
         CREATE TABLE cards (id INTEGER PRIMARY KEY, account_id INTEGER NOT NULL REFERENCES accounts (id));",
    );
    assert_eq!(found.card(Card::User).unwrap().table, "users");
    assert!(found.tenancy.as_ref().is_none_or(|tenancy| tenancy.single_user), "{:?}", found.tenancy);
}

#[test]
fn tenants_without_a_way_to_their_users_are_doubted() {
    let found = proposals(
        "CREATE TABLE tenants (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id));
         CREATE TABLE files (id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id));",
    );
    let tenancy = found.tenancy.as_ref().unwrap();
    assert_eq!((tenancy.tenant_table.as_str(), tenancy.confidence <= 0.5), ("tenants", true));
    assert_eq!(tenancy.reasons[0], "nothing says which of `tenants` a user belongs to");
}

#[test]
fn companies_that_nothing_belongs_to_are_data() {
    let found = proposals(
        "CREATE TABLE companies (id INTEGER PRIMARY KEY, name TEXT);
         CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, password TEXT, company_id INTEGER REFERENCES companies (id));
         CREATE TABLE products (id INTEGER PRIMARY KEY, name TEXT);",
    );
    assert_eq!(found.tenancy, None);
}

#[test]
fn the_companies_of_odoo_are_tenants_and_accounts_of_nextauth_are_not() {
    let tenancy = proposals(&script("odoo", true)).tenancy.unwrap();
    assert_eq!((tenancy.tenant_table.as_str(), tenancy.tenant_column.as_str()), ("res_company", "company_id"));
    assert!(proposals(&script("nextauth", true)).tenancy.is_none_or(|found| found.single_user));
}
