//! Whose a row is, by the settings and the rows that it points at.

use super::truth::{Row, text};
use portcullis_project::{
    Project,
    settings::{CardField, CardKind, TenancySettings},
};
use portcullis_schema::{ColumnId, RelationKind, Table, TableId};
use std::collections::{BTreeSet, HashMap};

/// Rows on the way to a tenant at most.
const STEPS: usize = 8;

/// Whose a row is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whose {
    /// Everybody's.
    All,
    /// These tenants'; of none, it is nobody's.
    Tenants(BTreeSet<String>),
    /// One user's alone, by the user's id.
    User(String),
    /// Hangs on a row that was not looked at.
    Unknown,
}

impl Whose {
    /// Whether a caller of this tenant, with this id, may have the row. `None` where nobody can say.
    pub fn may(&self, tenant: Option<&str>, user: &str) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Tenants(all) => Some(tenant.is_some_and(|own| all.contains(own))),
            Self::User(id) => Some(id == user),
            Self::Unknown => None,
        }
    }

    fn one(tenant: Option<String>) -> Self {
        Self::Tenants(tenant.into_iter().collect())
    }
}

/// How the rows of a table belong to tenants, as the settings say it.
pub enum Way<'a> {
    /// Everybody's.
    Shared,
    /// The column holds the tenant.
    Column(&'a str),
    /// The column of ours holds a value of the other table's column; that row tells.
    Above(Vec<(&'a str, &'a str)>, TableId),
    /// Users, by the rows of a table that joins them with tenants: its columns of users and of tenants.
    Member(&'a str, TableId, &'a str, &'a str),
    /// A user's own row, by the key.
    OwnRow(&'a str),
    /// The settings name a table that is not served.
    Unserved,
    /// Nobody decided: nobody's.
    Nobody,
}

/// What is read, and what the settings say about it.
pub struct Owners<'a> {
    project: &'a Project,
    declared: &'a TenancySettings,
    tables: &'a HashMap<TableId, Vec<Row>>,
    /// For each way up that was gone: the rows above by their values there.
    above: HashMap<(TableId, Vec<ColumnId>), HashMap<Vec<String>, usize>>,
}

impl<'a> Owners<'a> {
    /// Over these rows.
    pub fn new(project: &'a Project, declared: &'a TenancySettings, tables: &'a HashMap<TableId, Vec<Row>>) -> Self {
        let mut own = Self { project, declared, tables, above: HashMap::new() };
        for table in project.database.tables() {
            let above = match own.way(table) {
                Way::Above(by, target) => Some((target, by.iter().map(|(_, theirs)| (*theirs).to_owned()).collect())),
                _ => None,
            };
            let above: Option<(TableId, Vec<String>)> = above;
            if let Some((target, columns)) = above {
                own.index(target, &columns);
            }
        }
        own
    }

    fn index(&mut self, table: TableId, columns: &[String]) {
        let Some(rows) = self.tables.get(&table) else { return };
        let table_of = self.project.database.table(table);
        let ids: Option<Vec<ColumnId>> =
            columns.iter().map(|name| table_of.column_by_name(name).map(|column| column.id)).collect();
        let Some(ids) = ids else { return };
        let values = |row: &Row| -> Option<Vec<String>> { columns.iter().map(|name| text(row.get(name)?)).collect() };
        let found = rows.iter().enumerate().filter_map(|(at, row)| Some((values(row)?, at))).collect();
        self.above.insert((table, ids), found);
    }

    /// Whose the row is.
    pub fn whose(&self, table: &Table, row: &Row) -> Whose {
        self.step(table, row, 0)
    }

    fn step(&self, table: &Table, row: &Row, depth: usize) -> Whose {
        if depth > STEPS {
            return Whose::Unknown;
        }
        let value = |column: &str| row.get(column).and_then(text);
        match self.way(table) {
            Way::Shared => Whose::All,
            Way::Nobody => Whose::one(None),
            Way::Unserved => Whose::Unknown,
            Way::Column(column) => Whose::one(value(column)),
            Way::OwnRow(id) => value(id).map_or(Whose::Unknown, Whose::User),
            Way::Member(id, between, user, tenant) => {
                let Some(rows) = self.tables.get(&between) else { return Whose::Unknown };
                let id = value(id);
                let of = |row: &&Row| id.is_some() && row.get(user).and_then(text) == id;
                Whose::Tenants(rows.iter().filter(of).filter_map(|row| text(row.get(tenant)?)).collect())
            }
            Way::Above(by, target) => {
                let wanted: Option<Vec<String>> = by.iter().map(|(ours, _)| value(ours)).collect();
                // A row that points at nothing is nobody's.
                let Some(wanted) = wanted else { return Whose::one(None) };
                let above = self.project.database.table(target);
                let ids: Option<Vec<ColumnId>> =
                    by.iter().map(|(_, theirs)| above.column_by_name(theirs).map(|column| column.id)).collect();
                let found = ids.and_then(|ids| self.above.get(&(target, ids))?.get(&wanted).copied());
                let row = found.and_then(|at| self.tables.get(&target)?.get(at));
                row.map_or(Whose::Unknown, |row| self.step(above, row, depth + 1))
            }
        }
    }

    /// The settings about a table, in the order in which they count.
    pub fn way<'t>(&'t self, table: &'t Table) -> Way<'t> {
        let (declared, name) = (self.declared, table.name.as_str());
        let card = |kind: CardKind, field: &str| {
            let (of, fields) = self.project.settings.mapping.card(kind).filter(|(of, _)| *of == name)?;
            let found = fields.into_iter().find(|one: &CardField<'_>| one.name == field)?;
            (of == name).then_some(found.column?)
        };
        if declared.exclude.iter().any(|out| out == name) {
            return Way::Shared;
        }
        if declared.tenant_table.as_deref() == Some(name) {
            let key = card(CardKind::User, "id");
            let key = key.or_else(|| table.primary_key.first().map(|id| table.column(*id).name.as_str()));
            return key.map_or(Way::Nobody, Way::Column);
        }
        if let Some(parent) = declared.through.get(name) {
            return self.through(table, parent);
        }
        if let Some(column) = declared.tenant_column.as_deref().filter(|own| table.column_by_name(own).is_some()) {
            return Way::Column(column);
        }
        if let Some(column) = card(CardKind::ApiKey, "account_id") {
            return Way::Column(column);
        }
        if let Some(between) = declared.membership.as_ref().filter(|between| between.table == name) {
            return Way::Column(&between.tenant_id);
        }
        let users = self.project.settings.mapping.card(CardKind::User).map(|(users, _)| users);
        if let Some(id) = card(CardKind::User, "id") {
            return match &declared.membership {
                None => Way::OwnRow(id),
                Some(own) => self
                    .project
                    .database
                    .by_name(&own.table)
                    .map_or(Way::Unserved, |between| Way::Member(id, between.id, &own.user_id, &own.tenant_id)),
            };
        }
        let of_users = [
            CardKind::PasswordResetToken,
            CardKind::Session,
            CardKind::ApiKey,
            CardKind::SocialProfile,
            CardKind::UserRole,
        ];
        if let Some(own) = of_users.into_iter().find_map(|kind| card(kind, "user_id")) {
            let id = self.project.settings.mapping.user.id.as_deref();
            let users = users.and_then(|users| self.project.database.by_name(users));
            return users.zip(id).map_or(Way::Unserved, |(users, id)| Way::Above(vec![(own, id)], users.id));
        }
        let shared = [CardKind::Role, CardKind::Permission, CardKind::RolePermission];
        let is = |kind: &CardKind| self.project.settings.mapping.card(*kind).is_some_and(|(of, _)| of == name);
        if shared.iter().any(is) { Way::Shared } else { Way::Nobody }
    }

    /// Up to a table, or by a column of a foreign key.
    fn through<'t>(&'t self, table: &'t Table, parent: &str) -> Way<'t> {
        let database = &self.project.database;
        let relation = table.relations.iter().filter(|one| one.kind == RelationKind::BelongsTo).find(|one| {
            let by_column = matches!(one.columns.as_slice(), [own] if table.column(*own).name == parent);
            by_column || database.table(one.target).name == parent
        });
        let Some(relation) = relation else { return Way::Unserved };
        let above = database.table(relation.target);
        let pairs = relation.columns.iter().zip(&relation.target_columns);
        let by = pairs.map(|(ours, theirs)| (table.column(*ours).name.as_str(), above.column(*theirs).name.as_str()));
        Way::Above(by.collect(), above.id)
    }
}
