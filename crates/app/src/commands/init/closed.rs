//! What `init` leaves closed although everything else is exposed: tables with other people's logins and rights in
//! them, tables by which the old application works, and the columns of users that say what somebody may do.

use portcullis_identity::propose::{Card, Proposals};
use portcullis_project::{Settings, settings::UserCard};
use portcullis_query::access::AccessLevel;
use portcullis_schema::{
    Catalog, Column, ColumnType, Database, Serve, Table,
    names::{loose, snake, words},
};

/// Words in names of tables that hold logins.
const LOGINS: &[&str] = &["session", "sessions", "token", "tokens", "resets"];
/// Columns that make such a table a store of logins, and not one of conference sessions.
const HOLDS_LOGINS: &[&str] = &[
    "token",
    "token_hash",
    "refresh_token",
    "access_token",
    "session_key",
    "session_id",
    "session_data",
    "payload",
    "sess",
    "sid",
    "expires",
    "expires_at",
    "expire_date",
    "expiry",
    "last_activity",
];
/// Words in names of tables that say who may do what.
const RIGHTS: &[&str] = &["permission", "permissions", "privilege", "privileges"];
/// The same where the table also points at the users.
const MEMBERSHIP: &[&str] = &["role", "roles", "group", "groups"];
/// Columns that together make a table one of those by which an application works: who writes there, runs code there.
/// Queues (Laravel, Delayed Job), caches (Laravel, Django), options and powers (WordPress).
const WORKINGS: &[&[&str]] = &[
    &["payload", "queue"],
    &["handler", "queue"],
    &["payload", "failed_at"],
    &["key", "value", "expiration"],
    &["key", "owner", "expiration"],
    &["total_jobs", "pending_jobs"],
    &["cache_key", "value", "expires"],
    &["option_name", "option_value"],
    &["user_id", "meta_key", "meta_value"],
];
/// Names of tables in which frameworks keep how far their migrations went, loosely spelled.
const MIGRATIONS: &[&str] = &["arinternalmetadata", "alembicversion", "flywayschemahistory", "efmigrationshistory"];
/// Words in names of columns of users that hold something by which one gets in.
const KEYS: &[&str] = &["answer", "hash", "key", "otp", "recovery", "salt", "secret", "token"];
/// Words in names of columns of users that say what somebody may do or has.
const POWERS: &[&str] = &[
    "access",
    "account",
    "admin",
    "balance",
    "company",
    "credit",
    "credits",
    "group",
    "groups",
    "hash",
    "key",
    "level",
    "organisation",
    "organization",
    "otp",
    "permission",
    "permissions",
    "plan",
    "provider",
    "quota",
    "rights",
    "role",
    "roles",
    "secret",
    "staff",
    "state",
    "status",
    "superuser",
    "team",
    "tenant",
    "token",
    "type",
    "verified",
];

/// Closes what should be, and says what that was.
pub fn close(settings: &mut Settings, catalog: &Catalog, proposals: &Proposals) -> Vec<String> {
    let database = Database::build(catalog, settings.naming, &Serve::ALL);
    let users = proposals.card(Card::User).and_then(|card| database.by_name(&card.table));
    let proposed =
        |table: &Table| proposals.cards.iter().any(|card| card.card != Card::User && card.table == table.name);
    let mut closed = Vec::new();
    for table in database.tables() {
        let Some(own) = settings.tables.get_mut(&table.name).filter(|own| own.expose) else { continue };
        if proposed(table) || keeps_logins(table) || gives_rights(table, users) || is_workings(table) {
            own.expose = false;
            closed.push(table.name.clone());
        }
    }
    closed
}

/// Users are changed through our own routes: nobody who signs in may raise themselves in the old application.
pub fn guard_users(settings: &mut Settings, catalog: &Catalog) {
    let card = settings.mapping.user.clone();
    let database = Database::build(catalog, settings.naming, &Serve::ALL);
    let Some(users) = card.table.as_ref().and_then(|name| database.by_name(name)) else { return };
    let Some(own) = settings.tables.get_mut(&users.name) else { return };
    own.access.create = AccessLevel::Admin;
    own.access.update = AccessLevel::Admin;
    own.access.delete = AccessLevel::Admin;
    let powers = users.columns.iter().filter(|column| !column.secret && !is_own_business(&card, users, column));
    own.read_only = powers.map(|column| column.name.clone()).collect();
    let keys = users.columns.iter().filter(|column| !column.secret && is_key(&card, column));
    own.hidden = keys.map(|column| column.name.clone()).collect();
    own.read_only.retain(|name| !own.hidden.contains(name));
}

/// Whether a user may change the column of themselves: a name, a word about them, a day.
fn is_own_business(card: &UserCard, users: &Table, column: &Column) -> bool {
    let is = |field: &Option<String>| field.as_ref() == Some(&column.name);
    if is(&card.firstname) || is(&card.lastname) || is(&card.username) {
        return true;
    }
    let plain = matches!(column.ty, ColumnType::Text { .. } | ColumnType::Date);
    let linked = users.info.foreign_keys.iter().any(|key| key.columns.contains(&column.name));
    let power = words(&column.name).iter().any(|word| POWERS.contains(&word.to_lowercase().as_str()));
    let mapped =
        [&card.id, &card.email, &card.password, &card.is_active, &card.role, &card.email_verified].into_iter().any(is);
    plain && !linked && !power && !mapped && !users.info.primary_key.contains(&column.name)
}

/// Whether the column holds something by which one gets in, such as recovery codes.
fn is_key(card: &UserCard, column: &Column) -> bool {
    let mapped = [&card.id, &card.email, &card.username].into_iter().any(|field| field.as_ref() == Some(&column.name));
    let holds = matches!(column.ty, ColumnType::Text { .. } | ColumnType::Bytes | ColumnType::Json);
    holds && !mapped && words(&column.name).iter().any(|word| KEYS.contains(&word.to_lowercase().as_str()))
}

fn is_workings(table: &Table) -> bool {
    let names: Vec<String> = table.info.columns.iter().map(|column| snake(&column.name)).collect();
    let has = |all: &&[&str]| all.iter().all(|name| names.iter().any(|own| own == name));
    WORKINGS.iter().any(has)
        || MIGRATIONS.contains(&loose(&table.info.name).as_str())
        || has_word(table, &["migration", "migrations"])
}

fn keeps_logins(table: &Table) -> bool {
    let named = has_word(table, LOGINS);
    named && table.info.columns.iter().any(|column| HOLDS_LOGINS.contains(&snake(&column.name).as_str()))
}

fn gives_rights(table: &Table, users: Option<&Table>) -> bool {
    let at_users = users.is_some_and(|users| table.info.foreign_keys.iter().any(|key| key.parent == users.info.name));
    has_word(table, RIGHTS) || (has_word(table, MEMBERSHIP) && at_users)
}

fn has_word(table: &Table, wanted: &[&str]) -> bool {
    words(&table.info.name).iter().any(|word| wanted.contains(&word.to_lowercase().as_str()))
}
