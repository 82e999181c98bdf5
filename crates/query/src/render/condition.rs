//! Conditions, operands and aggregates as text.

use super::{JsonPiece, text::SqlText};
use crate::{
    Value,
    plan::{Aggregate, ColumnRef, Condition, Hop, Operand},
};

/// Writes a resolved condition, with parentheses around every group.
pub(super) fn write_condition(out: &mut SqlText<'_>, condition: &Condition<'_>) {
    match condition {
        Condition::All(parts) => write_group(out, parts, " AND ", "1 = 1"),
        Condition::Any(parts) => write_group(out, parts, " OR ", "1 = 0"),
        Condition::Not(inner) => {
            out.push_sql("NOT (");
            write_condition(out, inner);
            out.push_sql(")");
        }
        Condition::Compare { left, op, value } => {
            write_operand(out, left);
            out.push_sql(op.sql());
            out.push_value(value.clone());
        }
        Condition::Like { column, pattern, mode } => {
            out.has_pattern();
            let like = out.dialect.like(*mode);
            out.push_sql(like.before);
            match out.dialect.text_cast(&column.column.ty) {
                Some((before, after)) => {
                    out.push_sql(before);
                    out.push_column(*column);
                    out.push_sql(after);
                }
                None => out.push_column(*column),
            }
            out.push_sql(like.between);
            out.push_value(Value::Text(pattern.clone()));
            out.push_sql(like.after);
        }
        Condition::CompareTo { left, op, right } => {
            write_operand(out, left);
            out.push_sql(op.sql());
            write_operand(out, right);
        }
        Condition::Array { column, op, value } => {
            out.push_column(*column);
            out.push_sql(op.sql());
            out.push_value(value.clone());
        }
        Condition::JsonContains { column, value, turned } => {
            let (before, between, after) = out.dialect.json_contains();
            out.push_sql(before);
            if *turned {
                out.push_value(value.clone());
                out.push_sql(between);
                out.push_column(*column);
            } else {
                out.push_column(*column);
                out.push_sql(between);
                out.push_value(value.clone());
            }
            out.push_sql(after);
        }
        Condition::Matches { left, pattern, mode } => {
            out.has_pattern();
            let like = out.dialect.like(*mode);
            out.push_sql(like.before);
            write_operand(out, left);
            out.push_sql(like.between);
            out.push_value(Value::Text(pattern.clone()));
            out.push_sql(like.after);
        }
        Condition::Folded { column, text } => {
            out.push_sql("lower(");
            match out.dialect.text_cast(&column.column.ty) {
                Some((before, after)) => {
                    out.push_sql(before);
                    out.push_column(*column);
                    out.push_sql(after);
                }
                None => out.push_column(*column),
            }
            out.push_sql(") = ");
            out.push_value(Value::Text(text.clone()));
        }
        Condition::In { column, values, negated } => write_in(out, *column, values.clone(), *negated),
        Condition::KeyIn { columns, keys } => write_key_in(out, columns, keys),
        Condition::Between { left, low, high, negated } => {
            write_operand(out, left);
            out.push_sql(if *negated { " NOT BETWEEN " } else { " BETWEEN " });
            out.push_value(low.clone());
            out.push_sql(" AND ");
            out.push_value(high.clone());
        }
        Condition::Null { left, negated } => {
            write_operand(out, left);
            out.push_sql(if *negated { " IS NOT NULL" } else { " IS NULL" });
        }
        Condition::Leads { hop, keys } => write_leads(out, hop, keys),
        Condition::Fixed(inner) => {
            let outer = out.take_fixed(true);
            write_condition(out, inner);
            out.take_fixed(outer);
        }
        Condition::Exists { hop, condition } => {
            out.push_sql("EXISTS (SELECT 1 FROM ");
            write_hop(out, hop);
            if !hop.scope.is_always() {
                out.push_sql(" AND ");
                write_condition(out, &hop.scope);
            }
            if !condition.is_always() {
                out.push_sql(" AND ");
                write_condition(out, condition);
            }
            out.push_sql(")");
        }
    }
}

/// Writes WHERE and the parts that restrict anything, joined by AND; nothing where there are none.
pub(super) fn write_where(out: &mut SqlText<'_>, parts: [Option<&Condition<'_>>; 3]) {
    let mut before = " WHERE ";
    for part in parts.into_iter().flatten().filter(|part| !part.is_always()) {
        out.push_sql(before);
        write_condition(out, part);
        before = " AND ";
    }
}

fn write_group(out: &mut SqlText<'_>, parts: &[Condition<'_>], between: &'static str, empty: &'static str) {
    match parts {
        [] => out.push_sql(empty),
        [one] => write_condition(out, one),
        many => {
            out.push_sql("(");
            for (at, part) in many.iter().enumerate() {
                if at > 0 {
                    out.push_sql(between);
                }
                write_condition(out, part);
            }
            out.push_sql(")");
        }
    }
}

/// Writes the one parent of a row, or nothing where the caller may not come to it.
pub(super) fn write_hop_join(out: &mut SqlText<'_>, hop: &Hop<'_>) {
    out.push_sql(" LEFT JOIN ");
    out.push_table_as(hop.target, hop.to);
    for (at, own) in hop.relation.target_columns.iter().enumerate() {
        out.push_sql(if at > 0 { " AND " } else { " ON " });
        out.push_bare_column(hop.to, hop.target.column(*own));
        out.push_sql(" = ");
        write_from_column(out, hop, at);
    }
    if !hop.scope.is_always() {
        out.push_sql(" AND ");
        write_condition(out, &hop.scope);
    }
}

/// Writes the related table and what joins it to the table it is reached from: `<tables> WHERE <join>`.
fn write_hop(out: &mut SqlText<'_>, hop: &Hop<'_>) {
    let relation = hop.relation;
    out.push_table_as(hop.target, hop.to);
    match (&hop.join, &relation.join) {
        (Some((between, alias)), Some(join)) => {
            out.push_sql(" JOIN ");
            out.push_table_as(between, *alias);
            out.push_sql(" ON ");
            for (at, (own, far)) in relation.target_columns.iter().zip(&join.far).enumerate() {
                if at > 0 {
                    out.push_sql(" AND ");
                }
                out.push_bare_column(hop.to, hop.target.column(*own));
                out.push_sql(" = ");
                out.push_bare_column(*alias, between.column(*far));
            }
            out.push_sql(" WHERE ");
            for (at, near) in join.near.iter().enumerate() {
                if at > 0 {
                    out.push_sql(" AND ");
                }
                out.push_bare_column(*alias, between.column(*near));
                out.push_sql(" = ");
                write_from_column(out, hop, at);
            }
        }
        _ => {
            out.push_sql(" WHERE ");
            for (at, own) in relation.target_columns.iter().enumerate() {
                if at > 0 {
                    out.push_sql(" AND ");
                }
                out.push_bare_column(hop.to, hop.target.column(*own));
                out.push_sql(" = ");
                write_from_column(out, hop, at);
            }
        }
    }
}

/// Writes a foreign key and the keys it may have: the far end is looked up once for each of them, and not for each row.
fn write_leads(out: &mut SqlText<'_>, hop: &Hop<'_>, keys: &[Value]) {
    let far = hop.target.column(hop.relation.target_columns[0]);
    let near = hop.source.column(hop.relation.columns[0]);
    // As a list PostgreSQL looks the keys up in an index, as it does with those of a caller.
    let (before, after) = if out.dialect.lists_are_values() && near.ty == far.ty {
        (" = ANY(ARRAY(SELECT ", "))")
    } else {
        (" IN (SELECT ", ")")
    };
    write_from_column(out, hop, 0);
    out.push_sql(before);
    out.push_bare_column(hop.to, far);
    out.push_sql(" FROM ");
    out.push_table_as(hop.target, hop.to);
    out.push_sql(" WHERE ");
    write_in(out, ColumnRef { alias: hop.to, column: far }, keys.to_vec(), false);
    if !hop.scope.is_always() {
        out.push_sql(" AND ");
        write_condition(out, &hop.scope);
    }
    out.push_sql(after);
}

fn write_from_column(out: &mut SqlText<'_>, hop: &Hop<'_>, at: usize) {
    out.push_bare_column(hop.from, hop.source.column(hop.relation.columns[at]));
}

pub(super) fn write_operand(out: &mut SqlText<'_>, operand: &Operand<'_>) {
    match operand {
        Operand::Column(column) => out.push_column(*column),
        Operand::Aggregate(aggregate) => write_aggregate(out, *aggregate),
        Operand::Computed(computed) => {
            let (before, after) = out.dialect.function(computed.function, computed.column.column.storage);
            out.push_sql(before);
            out.push_column(computed.column);
            out.push_sql(after);
        }
        Operand::Json { column, path, kind } => {
            let path = out.dialect.json_path(path);
            for piece in out.dialect.json(*kind) {
                match piece {
                    JsonPiece::Sql(sql) => out.push_sql(sql),
                    JsonPiece::Column => out.push_column(*column),
                    JsonPiece::Path => out.push_value(path.clone()),
                }
            }
        }
        Operand::Related { hop, column } => {
            out.push_sql("(SELECT ");
            out.push_column(ColumnRef { alias: hop.to, column });
            out.push_sql(" FROM ");
            write_hop(out, hop);
            if !hop.scope.is_always() {
                out.push_sql(" AND ");
                write_condition(out, &hop.scope);
            }
            out.push_sql(")");
        }
    }
}

fn write_aggregate(out: &mut SqlText<'_>, aggregate: Aggregate<'_>) {
    let ty = aggregate.column.map(|reference| &reference.column.info.ty);
    let (before, after) = out.dialect.aggregate(aggregate.function, ty);
    out.push_sql(before);
    match aggregate.column {
        Some(column) => out.push_column(column),
        None => out.push_sql("*"),
    }
    out.push_sql(after);
}

fn write_in(out: &mut SqlText<'_>, column: ColumnRef<'_>, mut values: Vec<Value>, negated: bool) {
    out.push_column(column);
    if out.dialect.lists_are_values() {
        out.push_sql(if negated { " <> ALL(" } else { " = ANY(" });
        out.push_value(Value::List(values));
        out.push_sql(")");
        return;
    }
    pad(&mut values);
    out.push_sql(if negated { " NOT IN (" } else { " IN (" });
    for (at, value) in values.into_iter().enumerate() {
        if at > 0 {
            out.push_sql(", ");
        }
        out.push_value(value);
    }
    out.push_sql(")");
}

/// Repeats the last value up to a power of two, so that lists of any length are few prepared statements.
fn pad<T: Clone>(values: &mut Vec<T>) {
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
}

fn write_key_in(out: &mut SqlText<'_>, columns: &[ColumnRef<'_>], keys: &[Vec<Value>]) {
    if keys.is_empty() {
        out.push_sql("1 = 0");
        return;
    }
    if let [column] = columns {
        let values = keys.iter().filter_map(|key| key.first().cloned()).collect();
        return write_in(out, *column, values, false);
    }
    let mut keys = keys.to_vec();
    pad(&mut keys);
    out.push_sql("(");
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            out.push_sql(", ");
        }
        out.push_column(*column);
    }
    out.push_sql(") IN (");
    out.push_sql(out.dialect.row_list_prefix());
    for (at, key) in keys.into_iter().enumerate() {
        out.push_sql(if at > 0 { ", (" } else { "(" });
        for (at, value) in key.into_iter().enumerate() {
            if at > 0 {
                out.push_sql(", ");
            }
            out.push_value(value);
        }
        out.push_sql(")");
    }
    out.push_sql(")");
}
