//! The mapping resolved against the synced schema: the customer's tables and columns behind each card.

use crate::settings::{CardKind, Mapping, TenancySettings};
use portcullis_schema::{Catalog, Column, ColumnId, Database, Naming, Serve, Table, TableId};
use std::collections::BTreeMap;

/// The mapped cards of one opened stage. Their tables are whole, whether the data routes serve them or not.
#[derive(Debug, Default)]
pub struct Cards {
    tables: Database,
    cards: BTreeMap<CardKind, Card>,
    tenancy: Tenancy,
}

/// The tables that tell tenants apart, whole too.
#[derive(Debug, Default)]
struct Tenancy {
    tables: Database,
    tenants: Option<TableId>,
    membership: Option<(TableId, ColumnId, ColumnId)>,
}

/// The customer's table of users and their tenants.
#[derive(Debug, Clone, Copy)]
pub struct MembershipRef<'c> {
    /// The table, with every column there is.
    pub table: &'c Table,
    /// Its column of users.
    pub user_id: &'c Column,
    /// Its column of tenants.
    pub tenant_id: &'c Column,
}

#[derive(Debug)]
struct Card {
    table: TableId,
    columns: BTreeMap<&'static str, ColumnId>,
}

/// One mapped card.
#[derive(Debug, Clone, Copy)]
pub struct CardRef<'c> {
    /// Its table, with every column there is.
    pub table: &'c Table,
    card: &'c Card,
}

impl<'c> CardRef<'c> {
    /// The column of a field, if it is mapped.
    pub fn column(&self, field: &str) -> Option<&'c Column> {
        self.card.columns.get(field).map(|id| self.table.column(*id))
    }

    /// The field a column is mapped to.
    pub fn field_of(&self, column: ColumnId) -> Option<&'static str> {
        self.card.columns.iter().find(|(_, id)| **id == column).map(|(field, _)| *field)
    }
}

impl Cards {
    /// Resolves a mapping. A card that does not fit the schema (the build checks it; a column may have been dropped
    /// since) is left out, and said in the log.
    pub fn resolve(mapping: &Mapping, catalog: &Catalog, naming: Naming) -> Self {
        let mapped: Vec<&str> =
            CardKind::ALL.iter().filter_map(|kind| mapping.card(*kind).map(|(table, _)| table)).collect();
        if mapped.is_empty() {
            return Self::default();
        }
        let serve = Serve { table: &|table| mapped.contains(&table), column: &|_, _| true };
        let tables = Database::build(catalog, naming, &serve);
        let mut cards = BTreeMap::new();
        for kind in CardKind::ALL {
            match resolve(mapping, kind, &tables) {
                Ok(Some(card)) => drop(cards.insert(kind, card)),
                Ok(None) => {}
                Err(missing) => {
                    tracing::error!("The card `mapping.{}` is out of use: {missing} is missing", kind.word());
                }
            }
        }
        Self { tables, cards, tenancy: Tenancy::default() }
    }

    /// The same with the tables that tell tenants apart.
    #[must_use]
    pub fn with_tenancy(mut self, settings: &TenancySettings, catalog: &Catalog, naming: Naming) -> Self {
        if !settings.enabled {
            return self;
        }
        let named = |table: &str| {
            settings.tenant_table.as_deref() == Some(table)
                || settings.membership.as_ref().is_some_and(|one| one.table == table)
        };
        let tables = Database::build(catalog, naming, &Serve { table: &named, column: &|_, _| true });
        let tenants = settings.tenant_table.as_deref().and_then(|name| tables.by_name(name)).map(|table| table.id);
        let membership = settings.membership.as_ref().and_then(|one| {
            let table = tables.by_name(&one.table)?;
            Some((table.id, table.column_by_name(&one.user_id)?.id, table.column_by_name(&one.tenant_id)?.id))
        });
        self.tenancy = Tenancy { tables, tenants, membership };
        self
    }

    /// The table of tenants, with tenancy on.
    pub fn tenants(&self) -> Option<&Table> {
        self.tenancy.tenants.map(|id| self.tenancy.tables.table(id))
    }

    /// The customer's table of users and their tenants, with tenancy on.
    pub fn membership(&self) -> Option<MembershipRef<'_>> {
        let (table, user_id, tenant_id) = self.tenancy.membership?;
        let table = self.tenancy.tables.table(table);
        Some(MembershipRef { table, user_id: table.column(user_id), tenant_id: table.column(tenant_id) })
    }

    /// A card, if it is mapped.
    pub fn get(&self, kind: CardKind) -> Option<CardRef<'_>> {
        let card = self.cards.get(&kind)?;
        Some(CardRef { table: self.tables.table(card.table), card })
    }

    /// Columns nobody reads through the data routes, as (API table name, column): passwords, tokens, keys. SEC-40.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &str)> {
        const SECRET: [(CardKind, &str); 4] = [
            (CardKind::User, "password"),
            (CardKind::PasswordResetToken, "token"),
            (CardKind::Session, "refresh_token"),
            (CardKind::ApiKey, "key"),
        ];
        SECRET.into_iter().filter_map(|(kind, field)| {
            let card = self.get(kind)?;
            Some((card.table.name.as_str(), card.column(field)?.name.as_str()))
        })
    }

    /// Whether end users may read and may write a table through the data routes at all, as far as the mapping says:
    /// sessions, tokens, keys and links have routes of their own, and roles are given by others. SEC-43.
    pub fn openness(&self, table: &str) -> (bool, bool) {
        let users = self.get(CardKind::User).is_some_and(|card| card.table.name == table);
        let is = |kinds: &[CardKind]| {
            !users && kinds.iter().any(|kind| self.get(*kind).is_some_and(|card| card.table.name == table))
        };
        let closed = is(&[CardKind::PasswordResetToken, CardKind::Session, CardKind::ApiKey, CardKind::SocialProfile]);
        let fixed = is(&[CardKind::Role, CardKind::Permission, CardKind::RolePermission, CardKind::UserRole]);
        (!closed, !closed && !fixed)
    }

    /// Columns that only our own routes write, as (API table name, column). SEC-42.
    pub fn server_set(&self) -> impl Iterator<Item = (&str, &str)> {
        const OURS: [&str; 8] =
            ["id", "email", "is_active", "role", "email_verified", "created_at", "updated_at", "last_login"];
        self.get(CardKind::User).into_iter().flat_map(|card| {
            OURS.into_iter()
                .filter_map(move |field| Some((card.table.name.as_str(), card.column(field)?.name.as_str())))
        })
    }
}

fn resolve(mapping: &Mapping, kind: CardKind, tables: &Database) -> Result<Option<Card>, String> {
    let Some((name, fields)) = mapping.card(kind) else { return Ok(None) };
    let table = tables.by_name(name).ok_or_else(|| format!("table `{name}`"))?;
    let mut columns = BTreeMap::new();
    for field in fields {
        match field.column.map(|column| (column, table.column_by_name(column))) {
            Some((_, Some(found))) => drop(columns.insert(field.name, found.id)),
            Some((column, None)) => return Err(format!("column `{name}.{column}`")),
            None if field.required => return Err(format!("field `{}`", field.name)),
            None => {}
        }
    }
    Ok(Some(Card { table: table.id, columns }))
}
