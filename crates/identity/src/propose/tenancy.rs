//! Which table holds the tenants, and which column says whose a row is.

use super::{columns::key_column, ground::Ground};
use portcullis_schema::{Column, Table, TableId};
use std::collections::{BTreeMap, BTreeSet};

/// Tenancy as it seems to be.
#[derive(Debug, Clone, PartialEq)]
pub struct TenancyProposal {
    /// The table of tenants.
    pub tenant_table: String,
    /// The column by which rows belong to a tenant.
    pub tenant_column: String,
    /// Tables whose rows everybody shares.
    pub exclude: Vec<String>,
    /// Tables that belong to a tenant through the table their foreign key points at.
    pub through: BTreeMap<String, String>,
    /// Tables about which somebody has to decide; they stay unexposed until then.
    pub undecided: Vec<String>,
    /// Where users belong to several tenants.
    pub membership: Option<Membership>,
    /// Whether each user is a tenant of their own: never taken without a person's yes.
    pub single_user: bool,
    /// 0 to 1.
    pub confidence: f64,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

impl TenancyProposal {
    /// Whether it is taken without being asked about.
    pub fn is_sure(&self) -> bool {
        self.confidence >= super::ACCEPT_ABOVE && !self.single_user
    }
}

/// A table between users and tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The table.
    pub table: String,
    /// Its column that points at the users.
    pub user_id: String,
    /// Its column that points at the tenants.
    pub tenant_id: String,
}

/// Proposes tenancy; `mapped` are the tables of the cards, which never need a decision.
pub fn propose<'t>(ground: &Ground<'t>, users: &'t Table, mapped: &[TableId]) -> Option<TenancyProposal> {
    let tables = ground.database.tables();
    let named = tables.iter().filter(|table| table.id != users.id && !mapped.contains(&table.id));
    let best = named
        .filter(|table| ground.noun(table.id).tenant > 0.0 && !ground.noun(table.id).beside)
        .filter_map(|table| weigh(ground, users, mapped, table))
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence).then_with(|| b.tenant_table.cmp(&a.tenant_table)));
    best.filter(|proposal| proposal.confidence >= 0.45).or_else(|| each_user_alone(ground, users, mapped))
}

/// How each table belongs to a tenant.
struct Reach {
    own: BTreeSet<TableId>,
    column: String,
}

// The column name by which most tables point at the tenants, and the tables that have it.
fn reach<'t>(ground: &Ground<'t>, tenants: &'t Table, mapped: &[TableId]) -> Option<Reach> {
    let mut by_name: BTreeMap<&str, BTreeSet<TableId>> = BTreeMap::new();
    for table in ground.database.tables().iter().filter(|table| table.id != tenants.id && !mapped.contains(&table.id)) {
        if let Some(reference) = ground.reference(table, tenants.id) {
            by_name.entry(&reference.column.name).or_default().insert(table.id);
        }
    }
    let (column, own) = by_name.into_iter().max_by_key(|(name, tables)| (tables.len(), std::cmp::Reverse(*name)))?;
    Some(Reach { own, column: column.to_owned() })
}

fn weigh<'t>(ground: &Ground<'t>, users: &'t Table, mapped: &[TableId], tenants: &'t Table) -> Option<TenancyProposal> {
    key_column(tenants)?;
    let others: Vec<TableId> = mapped.iter().copied().filter(|id| *id != users.id).collect();
    let reach = reach(ground, tenants, &others)?;
    let scoped = reach.own.iter().filter(|id| **id != users.id).count();
    let membership = membership(ground, users, tenants);
    let members = membership.as_ref().map(|found| found.table.clone());
    if reach.own.contains(&users.id) && scoped == 0 {
        return None;
    }
    let mut score = 0.35 * ground.noun(tenants.id).tenant;
    let mut reasons = vec![format!("`{}` is a usual name for tenants", tenants.name)];
    if reach.own.contains(&users.id) {
        score += 0.25;
        reasons.push(format!("`{}` says which one a user belongs to: `{}`", users.name, reach.column));
    } else if let Some(found) = &membership {
        score += 0.20;
        reasons.push(format!("`{}` says which ones a user belongs to", found.table));
    }
    let linked = reach.own.contains(&users.id) || membership.is_some();
    // What belongs to a user is no tenant: bank accounts, game teams.
    if !linked && ground.reference(tenants, users.id).is_some() {
        return None;
    }
    let data = scoped
        - usize::from(
            members.is_some_and(|members| reach.own.iter().any(|id| ground.database.table(*id).name == members)),
        );
    score += [0.0, 0.20, 0.28, 0.33][data.min(3)];
    let tables = if data == 1 { "table has" } else { "tables have" };
    reasons.push(format!("{data} further {tables} `{}`", reach.column));
    let declared = |id: &TableId| {
        let table = ground.database.table(*id);
        ground.reference(table, tenants.id).is_some_and(|reference| reference.declared)
    };
    if reach.own.iter().all(declared) {
        score += 0.05;
    }
    if !linked {
        score = score.min(0.5);
        reasons.insert(0, format!("nothing says which of `{}` a user belongs to", tenants.name));
    }
    let mut proposal = settle(ground, tenants, &reach, mapped);
    proposal.membership = membership.filter(|_| !reach.own.contains(&users.id));
    proposal.undecided.retain(|name| proposal.membership.as_ref().is_none_or(|found| found.table != *name));
    proposal.confidence = score.min(0.97);
    proposal.reasons = reasons;
    Some(proposal)
}

fn membership<'t>(ground: &Ground<'t>, users: &'t Table, tenants: &'t Table) -> Option<Membership> {
    const NAMES: &str = "membership memberships member members mitgliedschaft mitgliedschaften";
    let both = |table: &&'t Table| {
        let (near, far) = (ground.noun(users.id), ground.noun(tenants.id));
        let noun = ground.noun(table.id);
        let last = |noun: &super::nouns::Noun| noun.words.last().cloned().unwrap_or_default();
        let stem = |word: String| portcullis_schema::names::singular(&word);
        noun.has(NAMES)
            || [stem(last(near)), stem(last(far))].iter().all(|part| noun.words.concat().contains(part.as_str()))
    };
    let others = ground.database.tables().iter().filter(|table| table.id != users.id && table.id != tenants.id);
    others.filter(both).find_map(|table| {
        let user = ground.reference(table, users.id)?;
        let tenant = ground.reference(table, tenants.id)?;
        Some(Membership {
            table: table.name.clone(),
            user_id: user.column.name.clone(),
            tenant_id: tenant.column.name.clone(),
        })
    })
}

// Sorts the tables into those with the column, those behind one of them, shared ones and the rest.
fn settle<'t>(ground: &Ground<'t>, tenants: &'t Table, reach: &Reach, mapped: &[TableId]) -> TenancyProposal {
    let mut proposal = TenancyProposal {
        tenant_table: tenants.name.clone(),
        tenant_column: reach.column.clone(),
        exclude: Vec::new(),
        through: BTreeMap::new(),
        undecided: Vec::new(),
        membership: None,
        single_user: false,
        confidence: 0.0,
        reasons: Vec::new(),
    };
    for table in ground.database.tables() {
        if table.id == tenants.id || mapped.contains(&table.id) || table.column_by_name(&reach.column).is_some() {
            continue;
        }
        let parents = ground.declared(table.id);
        let scoped = |id: &TableId| *id != table.id && reach.own.contains(id);
        let mut ways: Vec<&(&Column, TableId)> = parents.iter().filter(|(_, id)| scoped(id)).collect();
        // A row without a parent would belong to nobody; a person as the parent says less than a thing.
        ways.sort_by_key(|(column, id)| (column.nullable, mapped.contains(id), column.id.0));
        if let Some((_, parent)) = ways.first() {
            proposal.through.insert(table.name.clone(), ground.database.table(*parent).name.clone());
        } else if is_shared(ground, table) {
            proposal.exclude.push(table.name.clone());
        } else {
            proposal.undecided.push(table.name.clone());
        }
    }
    proposal
}

// A table that others point at and that points at nothing: countries, currencies, products.
fn is_shared(ground: &Ground<'_>, table: &Table) -> bool {
    table.info.foreign_keys.is_empty()
        && ground.database.tables().iter().any(|other| {
            let parents = ground.declared(other.id);
            other.id != table.id && parents.iter().any(|(_, id)| *id == table.id)
        })
}

fn each_user_alone<'t>(ground: &Ground<'t>, users: &'t Table, mapped: &[TableId]) -> Option<TenancyProposal> {
    let reach = reach(ground, users, mapped)?;
    if reach.own.len() < 2 {
        return None;
    }
    let mut proposal = settle(ground, users, &reach, mapped);
    proposal.single_user = true;
    proposal.confidence = 0.5;
    proposal.reasons = vec![
        format!("{} tables say by `{}` whose a row is", reach.own.len(), reach.column),
        "no table of tenants was found: each user would see their own rows only".to_owned(),
    ];
    Some(proposal)
}
