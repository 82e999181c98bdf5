//! Whether every table of a plan is confined to the caller's tenant.

use super::tenants::TENANT;
use portcullis_query::{
    Value,
    plan::{ColumnRef, Condition, Delete, Hop, Include, Operand, Select, Update},
    request::CompareOp,
};

/// Whether the condition, outside of everything else, keeps the table of this name to the tenant.
fn keeps(condition: &Condition<'_>, alias: u16) -> bool {
    match condition {
        Condition::All(parts) => parts.iter().any(|part| keeps(part, alias)),
        // No row at all is confined enough.
        Condition::Any(parts) => parts.is_empty(),
        Condition::Compare { left: Operand::Column(own), op: CompareOp::Eq, value } => {
            own.alias == alias
                && *value == Value::Int(TENANT)
                && (own.column.name == "account_id" || own.column.name == "id")
        }
        Condition::Exists { hop, .. } | Condition::Leads { hop, .. } => hop.from == alias && keeps(&hop.scope, hop.to),
        _ => false,
    }
}

/// Checks the ways that lead out of rows just written.
pub fn ways(of: &Condition<'_>, tables: &mut usize) {
    let before = *tables;
    condition(of, tables);
    assert!(*tables > before, "no parent is looked at");
}

/// Every table of a condition, however deep.
fn condition(condition_: &Condition<'_>, tables: &mut usize) {
    match condition_ {
        Condition::All(parts) | Condition::Any(parts) => parts.iter().for_each(|part| condition(part, tables)),
        Condition::Not(inner) | Condition::Fixed(inner) => condition(inner, tables),
        Condition::Leads { hop: way, .. } => hop(way, tables),
        Condition::Exists { hop: way, condition: inner } => {
            hop(way, tables);
            condition(inner, tables);
        }
        Condition::Compare { left, .. } | Condition::Between { left, .. } | Condition::Null { left, .. } => {
            operand(left, tables);
        }
        Condition::CompareTo { left, right, .. } => {
            operand(left, tables);
            operand(right, tables);
        }
        Condition::Matches { left, .. } => operand(left, tables),
        Condition::Array { .. }
        | Condition::JsonContains { .. }
        | Condition::Like { .. }
        | Condition::Folded { .. }
        | Condition::In { .. }
        | Condition::KeyIn { .. } => {}
    }
}

fn operand(operand: &Operand<'_>, tables: &mut usize) {
    if let Operand::Related { hop: way, .. } = operand {
        hop(way, tables);
    }
}

fn hop(hop: &Hop<'_>, tables: &mut usize) {
    *tables += 1;
    assert!(keeps(&hop.scope, hop.to), "the way to {} is open: {:?}", hop.target.name, hop.scope);
    if let Some((between, alias)) = &hop.join {
        *tables += 1;
        assert!(keeps(&hop.scope, *alias), "the way over {} is open: {:?}", between.name, hop.scope);
    }
    condition(&hop.scope, tables);
}

/// Checks a select; counts its tables.
pub fn select(select: &Select<'_>, tables: &mut usize) {
    *tables += 1;
    assert!(keeps(&select.scope, 0), "{} is open: {:?}", select.table.name, select.scope);
    if let Some(join) = &select.join {
        *tables += 1;
        assert!(keeps(&join.scope, join.alias), "{} is open: {:?}", join.table.name, join.scope);
        condition(&join.scope, tables);
    }
    select.lookups.iter().for_each(|way| hop(way, tables));
    select.group_by.iter().for_each(|group| operand(group, tables));
    for part in [&select.scope, &select.condition, &select.having] {
        condition(part, tables);
    }
    select.order.iter().for_each(|term| operand(&term.operand, tables));
    for selected in &select.columns {
        operand(&selected.operand, tables);
        let hidden = selected.operand.column().is_some_and(|column| column.name == "secret");
        assert!(!hidden, "a hidden column is selected");
    }
}

/// Checks what hangs on a list.
pub fn includes(all: &[Include<'_>], tables: &mut usize) {
    for include in all {
        if let Some(rows) = &include.rows {
            select(&rows.select, tables);
            select(&rows.select.of_parents(&rows.key, some_keys(&rows.key)), tables);
            includes(&rows.includes, tables);
        }
        if let Some(figures) = &include.figures {
            select(&figures.select, tables);
            select(&figures.select.of_parents(&figures.key, some_keys(&figures.key)), tables);
        }
    }
}

fn some_keys(key: &[ColumnRef<'_>]) -> Vec<Vec<Value>> {
    vec![key.iter().map(|_| Value::Int(7)).collect()]
}

pub fn update(update: &Update<'_>, tables: &mut usize) {
    *tables += 1;
    assert!(keeps(&update.scope, 0), "{} is open", update.table.name);
    condition(&update.scope, tables);
}

pub fn delete(delete: &Delete<'_>, tables: &mut usize) {
    *tables += 1;
    assert!(keeps(&delete.scope, 0), "{} is open", delete.table.name);
    condition(&delete.scope, tables);
}
