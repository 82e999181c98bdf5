//! A shop of two tenants, and its policy.

use super::{Build, catalog::catalog};
use portcullis_query::{
    Json,
    access::{AccessLevel, Caller, EndUser, Policy, RuleGround, TableAccess, TablePolicy, Tenancy, TenancyWords},
};
use portcullis_schema::{Catalog, Database, Naming, Serve};
use std::sync::Arc;

pub const TABLES: &str = "
accounts
  id          int key
  name        text null
users
  id          int key
  account_id  int null ->accounts.id
  email       text null
  team        text null
orders
  id          int key
  account_id  int null ->accounts.id
  user_id     int null ->users.id
  status      text null
  total       decimal(10,2) null
  secret      text null
order_items
  order_id    int ->orders.id
  line        int
  product_id  int null ->products.id
  quantity    int null
  key (order_id, line)
shipments
  id          int key
  item_order  int null
  item_line   int null
  note        text null
  fk (item_order, item_line) order_items (order_id, line)
products
  id          int key
  account_id  int null ->accounts.id
  name        text null
  price       float null
tags
  id          int key
  account_id  int null ->accounts.id
  name        text null
product_tags
  product_id  int key ->products.id
  tag_id      int key ->tags.id
employees
  id          int key
  account_id  int null ->accounts.id
  boss_id     int null ->employees.id
  name        text null
";

/// The tenant of the caller.
pub const TENANT: i64 = 7;
/// Somebody else's.
pub const OTHER: i64 = 8;

pub fn shop() -> Catalog {
    catalog(TABLES)
}

/// Tables reached through others.
pub const THROUGH: [(&str, &str); 3] =
    [("order_items", "orders"), ("shipments", "order_items"), ("product_tags", "products")];

/// The shop as end users have it; `confined` tells whether tenants and the rule of orders are kept.
pub fn build(catalog: &Catalog, confined: bool) -> Build {
    let database = Database::build(catalog, Naming::Table, &Serve::ALL);
    let access = TableAccess::default();
    let hidden = ["secret".to_owned()];
    let mut policy = Policy::new(&database, |table| {
        let mut policy = TablePolicy::new(table, access, &hidden, &[]);
        if confined && table.name == "orders" {
            let words = Json::parse(br#"{"field":"status","operator":"neq","value":"archived"}"#).unwrap();
            let rule = RuleGround { database: &database, users: None }.read(table.id, &words).unwrap();
            policy.row_rule = Some(Arc::new(rule));
        }
        policy
    });
    if confined {
        let words = TenancyWords {
            tenant_table: Some("accounts"),
            tenant_column: Some("account_id"),
            through: THROUGH.into_iter().collect(),
            users: Some(("users", "id")),
            ..TenancyWords::default()
        };
        let tenancy = Tenancy::build(Database::build(catalog, Naming::Table, &Serve::ALL), &database, &words);
        assert_eq!(tenancy.faults(), [] as [String; 0]);
        assert!(tenancy.undecided(&database).is_empty());
        policy.tenancy = Some(Arc::new(tenancy));
    }
    Build { database, policy }
}

/// A member of [`TENANT`].
pub fn member() -> Caller {
    Caller::User(Arc::new(EndUser { id: "1".into(), tenant: Some(TENANT.to_string()), ..EndUser::default() }))
}

/// Opens every table to everybody.
pub fn public(build: &mut Build) {
    let open = AccessLevel::Public;
    let access = TableAccess { read: open, create: open, update: open, delete: open };
    let database = &build.database;
    let tenancy = build.policy.tenancy.take();
    build.policy = Policy::new(database, |table| TablePolicy::new(table, access, &[], &[]));
    build.policy.tenancy = tenancy;
}
