//! Every statement that comes of one random request.

use super::{
    Build,
    random::{Filler, Shape},
};
use portcullis_query::{
    Json, Statement, Value,
    access::{Action, Caller},
    plan::{Include, PlanError, Select},
    render::{self, Dialect},
};

/// Statements and scripts of a request: the list with its count and children, one row, an insert, an update, a delete, the
/// keys of a mass write. What the planner refuses is left out.
pub fn statements(build: &Build, dialect: &'static dyn Dialect, shape: &Shape, salt: usize) -> Vec<Statement> {
    let planner = build.planner(&Caller::Administrator, dialect);
    let tables = build.database.tables();
    let table = &tables[shape.table % tables.len()];
    let filler = Filler { database: &build.database, salt };
    let request = filler.list(shape, table);
    let mut out = Vec::new();
    if let Ok(plan) = planner.list(table, &request) {
        out.push(render::select(&plan.select, dialect));
        out.extend(plan.count.iter().map(|count| render::count(count, dialect)));
        children(&plan.includes, dialect, salt, &mut out);
    }
    let grant = planner.write_grant(Action::Delete, table).expect("an administrator writes");
    if let Ok(keys) = planner.mass_keys(table, &grant, &request.filter, 10) {
        out.push(render::select(&keys, dialect));
    }
    let members = filler.row(shape, table);
    out.push(insert(&planner, table, &members, &shape.row));
    if !table.primary_key.is_empty() {
        let key = |n: usize| table.primary_key.iter().map(|_| Value::Int((n + salt) as i64)).collect::<Vec<_>>();
        out.push(render::select(&planner.row(table, &grant, &key(0)), dialect));
        let grant = planner.write_grant(Action::Update, table).expect("an administrator writes");
        let set = planner.write_row(table, &grant, &members, "").expect("a row that fits");
        for keys in [vec![key(1)], (0..3).map(key).collect()] {
            if !set.is_empty() {
                out.push(render::update(&planner.update(table, &grant, keys.clone(), set.clone(), true), dialect));
            }
            let grant = planner.write_grant(Action::Delete, table).expect("an administrator writes");
            out.push(render::delete(&planner.delete(table, &grant, keys, true), dialect));
        }
    }
    out
}

fn insert(
    planner: &portcullis_query::plan::Planner<'_>,
    table: &portcullis_schema::Table,
    members: &[(String, Json)],
    row: &[(usize, usize)],
) -> Statement {
    let planned = || -> Result<Statement, PlanError> {
        let grant = planner.write_grant(Action::Create, table)?;
        let key: Vec<String> = table.primary_key.iter().map(|id| table.column(*id).name.clone()).collect();
        let conflict = (row.len().is_multiple_of(2) && !key.is_empty()).then_some(key);
        let values = planner.write_row(table, &grant, members, "")?;
        Ok(render::insert(&planner.insert(table, &grant, values, conflict.as_deref(), "")?, planner.dialect))
    };
    planned().unwrap_or_else(|error| panic!("a row that fits is refused: {error}"))
}

fn children(includes: &[Include<'_>], dialect: &dyn Dialect, salt: usize, out: &mut Vec<Statement>) {
    for include in includes {
        let mut push = |select: &Select<'_>, key: &[portcullis_query::plan::ColumnRef<'_>]| {
            let keys = (0..3).map(|n| key.iter().map(|_| Value::Int((n + salt) as i64)).collect()).collect();
            out.push(render::select(&select.of_parents(key, keys), dialect));
        };
        if let Some(rows) = &include.rows {
            push(&rows.select, &rows.key);
        }
        if let Some(figures) = &include.figures {
            push(&figures.select, &figures.key);
        }
        if let Some(rows) = &include.rows {
            children(&rows.includes, dialect, salt, out);
        }
    }
}
