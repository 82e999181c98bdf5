//! Whose the rows of each table are.
//!
//! A tenant is reached from a row by the row itself, or along foreign keys; the way may lead over tables that are not
//! served, so it is kept over the whole schema.

use super::rule::hint;
use portcullis_schema::{Column, ColumnId, Database, Relation, RelationKind, Table, TableId, closest};
use std::collections::{BTreeMap, BTreeSet};

/// How many foreign keys lie between a row and its tenant at most.
const STEPS: usize = 6;

/// How the rows of a table belong to tenants.
#[derive(Debug, Default)]
pub enum TenantRule {
    /// Everybody's.
    Free,
    /// The column holds the tenant.
    Column(ColumnId),
    /// The table of tenants: the column is its key, and only the caller's own row is seen.
    Own(ColumnId),
    /// The tenant of the row that a foreign key of this table points at.
    Through(Box<Relation>),
    /// Users, by the table that joins them with tenants: one of its rows names the tenant in the column.
    Member(Box<Relation>, ColumnId),
    /// Users who belong to no known tenant: the column is their key, and only the caller's own row is seen.
    OwnRow(ColumnId),
    /// Nobody decided: nobody but operators and `sk_` keys passes.
    #[default]
    Undecided,
}

impl TenantRule {
    /// Whether the caller needs a tenant.
    pub const fn needs_tenant(&self) -> bool {
        matches!(self, Self::Column(_) | Self::Own(_) | Self::Through(_) | Self::Member(..))
    }
}

/// The settings of tenancy and the mapping, as far as rows are concerned. Tables by their API names.
#[derive(Debug, Default)]
pub struct TenancyWords<'w> {
    /// The table of tenants.
    pub tenant_table: Option<&'w str>,
    /// The column that holds the tenant.
    pub tenant_column: Option<&'w str>,
    /// Tables that are everybody's.
    pub exclude: BTreeSet<&'w str>,
    /// Tables scoped through a foreign key: to a parent table, or by the key's column.
    pub through: BTreeMap<&'w str, &'w str>,
    /// Table, column of users, column of tenants.
    pub membership: Option<(&'w str, &'w str, &'w str)>,
    /// The users table and its key.
    pub users: Option<(&'w str, &'w str)>,
    /// Tables whose rows are users', and the column that says whose: table and column.
    pub of_users: Vec<(&'w str, &'w str)>,
    /// Tables with a tenant column of another name: table and column.
    pub of_tenants: Vec<(&'w str, &'w str)>,
    /// Tables that need no decision and are everybody's: roles and what they may do.
    pub shared: BTreeSet<&'w str>,
}

/// Whose the rows of each table are.
#[derive(Debug, Default)]
pub struct Tenancy {
    whole: Database,
    /// By the tables of `whole`.
    rules: Vec<TenantRule>,
    /// By the served tables.
    served: Vec<(TenantRule, Option<TableId>)>,
    /// Whether each user is a tenant.
    by_user: bool,
    faults: Vec<String>,
}

impl Tenancy {
    /// Settles whose the rows are: `whole` are all tables there are, `served` those of the data routes.
    pub fn build(whole: Database, served: &Database, words: &TenancyWords<'_>) -> Self {
        let mut faults = Vec::new();
        let mut rules: Vec<TenantRule> =
            whole.tables().iter().map(|table| rule(&whole, table, words, &mut faults)).collect();
        broken_chains(&whole, &mut rules, &mut faults);
        let served = served.tables().iter().map(|table| served_rule(&whole, &rules, table)).collect();
        let by_user = words.users.is_some_and(|(users, _)| words.tenant_table == Some(users));
        if words.tenant_table.is_none() {
            faults.push("`tenancy.tenant_table` is missing: name the table of tenants".to_owned());
        }
        if words.tenant_column.is_none() {
            faults.push("`tenancy.tenant_column` is missing: name the column that holds a row's tenant".to_owned());
        }
        Self { whole, rules, served, by_user, faults }
    }

    /// What is wrong with the settings.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// The served tables of which nobody decided whose their rows are.
    pub fn undecided<'d>(&self, served: &'d Database) -> Vec<&'d str> {
        let own = served.tables().iter().zip(&self.served);
        own.filter(|(_, (rule, _))| matches!(rule, TenantRule::Undecided))
            .map(|(table, _)| table.name.as_str())
            .collect()
    }

    /// Whether each user is a tenant.
    pub const fn by_user(&self) -> bool {
        self.by_user
    }

    /// The rule of a served table.
    pub fn of(&self, table: TableId) -> &TenantRule {
        self.served.get(table.0).map_or(&TenantRule::Undecided, |(rule, _)| rule)
    }

    /// The whole form of a served table: ways to tenants start from it.
    pub fn whole_of(&self, table: TableId) -> Option<&Table> {
        self.served.get(table.0).and_then(|(_, whole)| *whole).map(|id| self.whole.table(id))
    }

    /// A table of the whole schema, and its rule.
    pub fn whole(&self, table: TableId) -> (&Table, &TenantRule) {
        (self.whole.table(table), self.rules.get(table.0).unwrap_or(&TenantRule::Undecided))
    }

    /// The foreign keys of a served table to tables that are not served, and are tenants': the relationships over the
    /// whole schema.
    pub fn hidden_parents<'t>(&'t self, table: TableId, served: &'t Database) -> impl Iterator<Item = &'t Relation> {
        let relations = self.whole_of(table).map_or(&[][..], |whole| &whole.relations);
        relations.iter().filter(move |relation| {
            relation.kind == RelationKind::BelongsTo
                && served.by_name(&self.whole.table(relation.target).name).is_none()
                && self.whole(relation.target).1.needs_tenant()
        })
    }
}

/// The same rule by the columns of the served table. A column that is not served cannot be kept to.
fn served_rule(whole: &Database, rules: &[TenantRule], table: &Table) -> (TenantRule, Option<TableId>) {
    let Some(own) = whole.by_name(&table.name) else { return (TenantRule::Undecided, None) };
    let here = |id: &ColumnId| table.column_by_name(&own.column(*id).name).map(|column| column.id);
    let rule = match &rules[own.id.0] {
        TenantRule::Free => TenantRule::Free,
        TenantRule::Column(id) => here(id).map_or(TenantRule::Undecided, TenantRule::Column),
        TenantRule::Own(id) => here(id).map_or(TenantRule::Undecided, TenantRule::Own),
        TenantRule::OwnRow(id) => here(id).map_or(TenantRule::Undecided, TenantRule::OwnRow),
        TenantRule::Through(relation) => TenantRule::Through(copy(relation)),
        TenantRule::Member(relation, column) => TenantRule::Member(copy(relation), *column),
        TenantRule::Undecided => TenantRule::Undecided,
    };
    (rule, Some(own.id))
}

fn copy(relation: &Relation) -> Box<Relation> {
    Box::new(link(relation.kind, relation.target, relation.columns.clone(), relation.target_columns.clone()))
}

fn link(kind: RelationKind, target: TableId, columns: Vec<ColumnId>, target_columns: Vec<ColumnId>) -> Relation {
    Relation {
        name: String::new(),
        json_name: String::new(),
        json_key: "".into(),
        kind,
        target,
        columns,
        target_columns,
        join: None,
        foreign_key: String::new(),
    }
}

fn named<'d>(table: &'d Table, column: &str, place: &str, faults: &mut Vec<String>) -> Option<&'d Column> {
    let found = table.column_by_name(column);
    if found.is_none() {
        let near = closest(column, table.columns.iter().map(|column| column.name.as_str()));
        faults.push(format!("`{place}`: table `{}` has no column `{column}`{}", table.name, hint(near)));
    }
    found
}

fn rule(whole: &Database, table: &Table, words: &TenancyWords<'_>, faults: &mut Vec<String>) -> TenantRule {
    let name = table.name.as_str();
    let column = |name: &str| table.column_by_name(name).map(|column| column.id);
    if words.exclude.contains(name) {
        return TenantRule::Free;
    }
    if words.tenant_table == Some(name) {
        return match (words.users.filter(|(users, _)| *users == name), table.primary_key.as_slice()) {
            (Some((_, id)), _) => column(id).map_or(TenantRule::Undecided, TenantRule::Own),
            (None, [key]) => TenantRule::Own(*key),
            (None, _) => {
                faults.push(format!("`tenancy.tenant_table`: `{name}` has no primary key of one column"));
                TenantRule::Undecided
            }
        };
    }
    if let Some(parent) = words.through.get(name) {
        return through(whole, table, parent, faults);
    }
    if let Some(own) = words.tenant_column.and_then(column) {
        return TenantRule::Column(own);
    }
    if let Some((_, own)) = words.of_tenants.iter().find(|(table, _)| *table == name) {
        return column(own).map_or(TenantRule::Undecided, TenantRule::Column);
    }
    if let Some((_, _, tenant)) = words.membership.filter(|(between, ..)| *between == name) {
        return named(table, tenant, "tenancy.membership", faults)
            .map_or(TenantRule::Undecided, |column| TenantRule::Column(column.id));
    }
    if let Some((_, id)) = words.users.filter(|(users, _)| *users == name) {
        let Some(id) = column(id) else { return TenantRule::Undecided };
        return member(whole, id, words, faults).unwrap_or(TenantRule::OwnRow(id));
    }
    if let Some((_, own)) = words.of_users.iter().find(|(table, _)| *table == name) {
        return of_user(whole, table, own, words).unwrap_or_default();
    }
    if words.shared.contains(name) { TenantRule::Free } else { TenantRule::Undecided }
}

fn through(whole: &Database, table: &Table, parent: &str, faults: &mut Vec<String>) -> TenantRule {
    let place = format!("tenancy.through.{}", table.name);
    let parents = table.relations.iter().filter(|relation| relation.kind == RelationKind::BelongsTo);
    let by = |relation: &&Relation| {
        let column = match relation.columns.as_slice() {
            [one] => table.column(*one).name == parent,
            _ => false,
        };
        column || whole.table(relation.target).name == parent
    };
    let found: Vec<&Relation> = parents.filter(by).collect();
    match found.as_slice() {
        [one] => TenantRule::Through(copy(one)),
        [] => {
            faults.push(format!("`{place}`: `{}` has no foreign key to `{parent}`", table.name));
            TenantRule::Undecided
        }
        several => {
            let keys: Vec<&str> = several.iter().map(|relation| relation.foreign_key.as_str()).collect();
            faults.push(format!(
                "`{place}`: `{}` has several foreign keys to `{parent}`; write the column of the right one: {}",
                table.name,
                keys.join(", ")
            ));
            TenantRule::Undecided
        }
    }
}

fn member(whole: &Database, id: ColumnId, words: &TenancyWords<'_>, faults: &mut Vec<String>) -> Option<TenantRule> {
    let (between, user, tenant) = words.membership?;
    let between = whole.by_name(between)?;
    let user = named(between, user, "tenancy.membership", faults)?.id;
    // Whether the column exists is told where the rule of the table itself is made.
    let tenant = between.column_by_name(tenant)?.id;
    Some(TenantRule::Member(Box::new(link(RelationKind::HasMany, between.id, vec![id], vec![user])), tenant))
}

fn of_user(whole: &Database, table: &Table, column: &str, words: &TenancyWords<'_>) -> Option<TenantRule> {
    let (users, id) = words.users?;
    let users = whole.by_name(users)?;
    let (own, id) = (table.column_by_name(column)?.id, users.column_by_name(id)?.id);
    Some(TenantRule::Through(Box::new(link(RelationKind::BelongsTo, users.id, vec![own], vec![id]))))
}

/// A way that leads nowhere decides nothing.
fn broken_chains(whole: &Database, rules: &mut [TenantRule], faults: &mut Vec<String>) {
    for id in 0..rules.len() {
        let (mut at, mut steps) = (id, 0);
        while let TenantRule::Through(relation) = &rules[at]
            && steps < STEPS
        {
            (at, steps) = (relation.target.0, steps + 1);
        }
        let name = &whole.tables()[id].name;
        let fault = match &rules[at] {
            _ if steps == 0 => continue,
            TenantRule::Through(_) => format!("the way from `{name}` to a tenant is longer than {STEPS} foreign keys"),
            TenantRule::Free => {
                format!("the rows of `{}` are everybody's, so they scope nothing", whole.tables()[at].name)
            }
            TenantRule::Undecided => format!("`{}` has no tenant itself", whole.tables()[at].name),
            _ => continue,
        };
        faults.push(format!("`tenancy.through.{name}`: {fault}"));
        rules[id] = TenantRule::Undecided;
    }
}
