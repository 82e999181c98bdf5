//! A shop to plan requests over, shared by the tests of this crate.

#![allow(dead_code, reason = "each test target uses its own part")]

#[path = "../../../schema/tests/support/mod.rs"]
pub mod catalog;
pub mod commands;
pub mod confined;
pub mod ddl;
pub mod every;
pub mod naive;
pub mod random;
pub mod tenants;
pub mod walk;

use portcullis_base::Timestamp;
use portcullis_query::{
    Json, Statement,
    access::{AccessLevel, Caller, Policy, TableAccess, TablePolicy},
    plan::{ListPlan, PlanError, PlanLimits, Planner},
    render::{self, Dialect, dialects::POSTGRES},
    request::{ListRequest, parse_filter},
};
use portcullis_schema::{Catalog, Database, Naming, Serve, Table};

/// The tables of the shop.
pub const SHOP: &str = "
accounts
  id          int counter key
  name        text(80)
users
  id          int counter key
  account_id  int null ->accounts.id
  email       text(254) unique
  first_name  text null
  password_hash text null
  is_active   bool default
  created_at  datetimetz default
profiles
  user_id     int key ->users.id
  bio         text null
addresses
  id          int counter key
  city        text
orders
  id          int counter key
  user_id     int ->users.id
  billing_address_id  int null ->addresses.id
  shipping_address_id int null ->addresses.id
  status      enum(open|paid|sent)
  total       decimal(10,2) null
  note        text null
  placed_at   datetime
products
  id          int counter key
  sku         text(20) unique
  name        text
  price       decimal(10,2) null
  weight      float null
  stock       int default
  guid        uuid
  released    date null
  opens       time null
  data        json null
  image       bytes null
order_items
  order_id    int ->orders.id
  line        int
  product_id  int ->products.id
  quantity    int
  key (order_id, line)
tags
  id          int counter key
  name        text(40) unique
product_tags
  product_id  int key ->products.id
  tag_id      int key ->tags.id
  position    int default
employees
  EmployeeId  int counter key
  Name        text
  ReportsTo   int null ->employees.EmployeeId
counters
  id          int always key
  n           int default
  twice       int computed null
events
  at          datetime
  kind        text null
  data        json null
view active_users
  id          int
  email       text
";

/// One build: tables and who may do what to them.
pub struct Build {
    pub database: Database,
    pub policy: Policy,
}

impl Build {
    /// Everything open to an administrator; `hidden` names columns that end users do not see.
    pub fn new(catalog: &Catalog, access: TableAccess, hidden: &[&str]) -> Self {
        let database = Database::build(catalog, Naming::Table, &Serve::ALL);
        let hidden: Vec<String> = hidden.iter().map(|&name| name.to_owned()).collect();
        let policy = Policy::new(&database, |table| TablePolicy::new(table, access, &hidden, &[]));
        Self { database, policy }
    }

    /// The shop, served to administrators.
    pub fn shop() -> Self {
        Self::new(&catalog::catalog(SHOP), TableAccess::default(), &[])
    }

    /// The shop, served to everybody but for some columns.
    pub fn public_shop(hidden: &[&str]) -> Self {
        let open = AccessLevel::Public;
        let access = TableAccess { read: open, create: open, update: open, delete: open };
        Self::new(&catalog::catalog(SHOP), access, hidden)
    }

    pub fn table(&self, name: &str) -> &Table {
        self.database.by_name(name).unwrap_or_else(|| panic!("no table {name}"))
    }

    pub fn planner<'s>(&'s self, caller: &'s Caller, dialect: &'static dyn Dialect) -> Planner<'s> {
        let limits = PlanLimits::default();
        Planner {
            database: &self.database,
            policy: &self.policy,
            caller,
            dialect,
            limits,
            now: Timestamp(1_767_225_600_000_000),
            opened: None,
        }
    }

    /// An administrator's planner for PostgreSQL.
    pub fn admin(&self) -> Planner<'_> {
        self.planner(&Caller::Administrator, &POSTGRES)
    }

    /// Plans a list from its body.
    pub fn list(&self, table: &str, body: &str) -> Result<ListPlan<'_>, PlanError> {
        self.admin().list(self.table(table), &words(body)?)
    }

    /// A list's SQL on PostgreSQL.
    pub fn sql(&self, table: &str, body: &str) -> Result<Statement, PlanError> {
        Ok(render::select(&self.list(table, body)?.select, &POSTGRES))
    }

    /// What stands between WHERE and ORDER BY, on PostgreSQL.
    pub fn condition(&self, table: &str, body: &str) -> Result<String, PlanError> {
        let text = self.sql(table, body)?.text;
        let found = text.split_once(" WHERE ").map_or("", |(_, rest)| rest);
        Ok(found.rsplit_once(" ORDER BY ").map_or(found, |(condition, _)| condition).to_owned())
    }

    /// The code of the refusal a list's body meets.
    pub fn refused(&self, table: &str, body: &str) -> &'static str {
        match self.list(table, body) {
            Ok(_) => "accepted",
            Err(error) => error.code(),
        }
    }
}

/// A body as words.
pub fn words(body: &str) -> Result<ListRequest, PlanError> {
    let json = Json::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"));
    Ok(parse_filter(&json)?)
}

/// The members of an object.
pub fn members(body: &str) -> Vec<(String, Json)> {
    let json = Json::parse(body.as_bytes()).unwrap_or_else(|error| panic!("{error}: {body}"));
    json.as_object().unwrap_or_else(|| panic!("no object: {body}")).to_vec()
}
