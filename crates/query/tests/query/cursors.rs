//! Keyset pages walk over every row exactly once, in the order of the whole list; numbered pages leave none out.

use crate::sqlite;
use crate::support::{
    Build,
    catalog::catalog,
    walk::{FILTER, TABLES, Thing, inserts, sort, things, turn_pages, walk},
    words,
};
use portcullis_query::{Statement, Value, access::TableAccess, render::dialects::SQLITE, request::ListRequest};
use proptest::prelude::*;
use rusqlite::Connection;

fn filled(things: &[Thing]) -> (Build, Connection) {
    let catalog = catalog(TABLES);
    let build = Build::new(&catalog, TableAccess::default(), &[]);
    let connection = sqlite::database(&catalog);
    for statement in inserts(things, &build, &SQLITE) {
        sqlite::fetch(&connection, &statement).unwrap();
    }
    (build, connection)
}

/// Each row as shown, and its captured values.
fn fetch(connection: &Connection) -> impl FnMut(&Statement) -> Vec<(String, Vec<Value>)> {
    |statement| {
        let part = |row: &[Value], keep: fn(&portcullis_schema::Output) -> bool| -> Vec<Value> {
            let kept = row.iter().zip(statement.outputs.iter()).filter(|(_, output)| keep(output));
            kept.map(|(value, _)| value.clone()).collect()
        };
        let rows = sqlite::fetch(connection, statement).unwrap();
        let shown = |row: &[Value]| format!("{:?}", part(row, |output| output.visible));
        rows.iter().map(|row| (shown(row), part(row, |output| output.captured))).collect()
    }
}

proptest! {
    #[test]
    fn a_cursor_walks_over_every_row_once(
        things in things(), sort in sort(), size in 1_u64..9, projected in any::<bool>(), filtered in any::<bool>()
    ) {
        let (build, connection) = filled(&things);
        let mut request = words(if filtered { FILTER } else { "{}" }).unwrap();
        request.sort = sort;
        if projected {
            request.projections = vec!["k2".to_owned(), "b".to_owned()];
        }
        walk(&build, &SQLITE, &mut fetch(&connection), &request, size)?;
    }

    #[test]
    fn pages_cover_every_row_once(things in things(), sort in sort(), size in 1_u64..9) {
        let (build, connection) = filled(&things);
        let request = ListRequest { sort, ..words("{}").unwrap() };
        turn_pages(&build, &SQLITE, &mut fetch(&connection), &request, size, things.len())?;
    }
}
