//! A small shop with everything a document can meet: all kinds of relationship, a composite key, no key, a view,
//! and a column of every type.

use portcullis_contract::{Api, ApiLimits};
use portcullis_project::settings::Limits;
use portcullis_query::access::{AccessLevel, Caller, Policy, TableAccess, TablePolicy};
use portcullis_schema::{
    Catalog, ColumnInfo, ColumnType, Database, ForeignKeyInfo, Generated, Naming, Serve, Storage, TableInfo, TableKind,
    UniqueKey,
};

pub const WHOLE: ColumnType = ColumnType::Integer { bits: 32, signed: true };
pub const BIG: ColumnType = ColumnType::Integer { bits: 64, signed: true };
pub const TEXT: ColumnType = ColumnType::Text { max_chars: None };

pub fn column(name: &str, ty: ColumnType) -> ColumnInfo {
    ColumnInfo {
        name: name.to_owned(),
        native_type: String::new(),
        ty,
        nullable: false,
        default: None,
        generated: Generated::No,
        comment: None,
        storage: Storage::Native,
    }
}

pub fn nullable(name: &str, ty: ColumnType) -> ColumnInfo {
    ColumnInfo { nullable: true, ..column(name, ty) }
}

pub fn counter(name: &str, ty: ColumnType) -> ColumnInfo {
    ColumnInfo { generated: Generated::Counter, ..column(name, ty) }
}

pub fn table(name: &str, key: &[&str], columns: Vec<ColumnInfo>) -> TableInfo {
    TableInfo {
        schema: None,
        name: name.to_owned(),
        kind: TableKind::Table,
        columns,
        primary_key: key.iter().map(|name| (*name).to_owned()).collect(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        comment: None,
        has_triggers: false,
    }
}

fn unique(mut table: TableInfo, column: &str) -> TableInfo {
    table
        .unique_keys
        .push(UniqueKey { name: format!("{}_{column}_key", table.name), columns: vec![column.to_owned()] });
    table
}

fn points(mut table: TableInfo, column: &str, parent: &str) -> TableInfo {
    table.foreign_keys.push(ForeignKeyInfo {
        name: format!("{}_{column}_fkey", table.name),
        columns: vec![column.to_owned()],
        parent_schema: None,
        parent: parent.to_owned(),
        parent_columns: vec!["id".to_owned()],
        on_delete: None,
        on_update: None,
    });
    table
}

fn customers() -> TableInfo {
    let columns = vec![
        counter("id", WHOLE),
        column("email", ColumnType::Text { max_chars: Some(254) }),
        nullable("full_name", TEXT),
        column("password_hash", TEXT),
        ColumnInfo { default: Some("true".to_owned()), ..column("active", ColumnType::Boolean) },
    ];
    TableInfo { comment: Some("Who buys.".to_owned()), ..unique(table("customers", &["id"], columns), "email") }
}

fn profiles() -> TableInfo {
    let columns = vec![counter("id", WHOLE), column("customer_id", WHOLE), nullable("birthday", ColumnType::Date)];
    unique(points(table("profiles", &["id"], columns), "customer_id", "customers"), "customer_id")
}

fn employees() -> TableInfo {
    let columns = vec![counter("id", WHOLE), column("name", TEXT), nullable("manager_id", WHOLE)];
    points(table("employees", &["id"], columns), "manager_id", "employees")
}

fn orders() -> TableInfo {
    let status = ColumnType::Enum { values: ["new", "paid", "sent"].map(str::to_owned).into() };
    let columns = vec![
        ColumnInfo { generated: Generated::CounterAlways, ..column("id", BIG) },
        column("customer_id", WHOLE),
        nullable("sold_by_id", WHOLE),
        nullable("checked_by_id", WHOLE),
        ColumnInfo { comment: Some("How far it is.".to_owned()), ..column("status", status) },
        column("total", ColumnType::Decimal { precision: Some(10), scale: Some(2) }),
        column("placed_at", ColumnType::DateTime { zone: true }),
        nullable("internal_note", TEXT),
    ];
    let orders = points(table("orders", &["id"], columns), "customer_id", "customers");
    points(points(orders, "sold_by_id", "employees"), "checked_by_id", "employees")
}

fn products() -> TableInfo {
    let columns = vec![
        column("id", ColumnType::Uuid),
        column("name", ColumnType::Text { max_chars: Some(80) }),
        column("price", ColumnType::Decimal { precision: None, scale: None }),
        nullable("weight", ColumnType::Float { bits: 64 }),
        nullable("rating", ColumnType::Float { bits: 32 }),
        nullable("attributes", ColumnType::Json),
        nullable("tags", ColumnType::Array { item: Box::new(TEXT) }),
        nullable("sizes", ColumnType::Array { item: Box::new(WHOLE) }),
        nullable("picture", ColumnType::Bytes),
        nullable("released", ColumnType::Date),
        nullable("sold_from", ColumnType::Time { zone: false }),
        nullable("address", ColumnType::Other),
        ColumnInfo { storage: Storage::UuidText, ..nullable("legacy_id", ColumnType::Uuid) },
        nullable("views", ColumnType::Integer { bits: 64, signed: false }),
        ColumnInfo { generated: Generated::Computed, ..nullable("search_name", TEXT) },
    ];
    table("products", &["id"], columns)
}

fn order_items() -> TableInfo {
    let columns = vec![
        column("order_id", BIG),
        column("product_id", ColumnType::Uuid),
        column("quantity", ColumnType::Integer { bits: 16, signed: true }),
    ];
    let items = table("order_items", &["order_id", "product_id"], columns);
    points(points(items, "order_id", "orders"), "product_id", "products")
}

fn event_log() -> TableInfo {
    table("event_log", &[], vec![column("at", ColumnType::DateTime { zone: false }), column("message", TEXT)])
}

fn order_totals() -> TableInfo {
    let columns =
        vec![nullable("customer_id", WHOLE), nullable("total", ColumnType::Decimal { precision: None, scale: None })];
    TableInfo { kind: TableKind::View, ..table("order_totals", &[], columns) }
}

pub fn build(tables: Vec<TableInfo>) -> Database {
    Database::build(&Catalog { tables }, Naming::Table, &Serve::ALL)
}

pub fn shop() -> Database {
    build(vec![customers(), employees(), event_log(), order_items(), order_totals(), orders(), products(), profiles()])
}

/// Everybody signed in may do everything; products are there for everyone, and everyone may leave a line in the log.
pub fn policy(database: &Database) -> Policy {
    Policy::new(database, |table| {
        let mut access = TableAccess::default();
        match table.name.as_str() {
            "products" => access.read = AccessLevel::Public,
            "event_log" => access.create = AccessLevel::Public,
            "orders" => (access.read, access.update) = (AccessLevel::Public, AccessLevel::Public),
            _ => {}
        }
        let hidden = match table.name.as_str() {
            "orders" => vec!["internal_note".to_owned(), "customer_id".to_owned()],
            _ => Vec::new(),
        };
        TablePolicy::new(table, access, &hidden, &["total".to_owned()])
    })
}

pub fn api<'s>(database: &'s Database, policy: &Policy, caller: &Caller) -> Api<'s> {
    Api::build("shop", database, policy, caller, ApiLimits::from(&Limits::default())).with_users(caller)
}
