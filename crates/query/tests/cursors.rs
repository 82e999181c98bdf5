//! Keyset pages walk over every row exactly once, in the order of the whole list.

mod support;

use portcullis_query::{
    Value,
    access::Caller,
    plan::{PagePlan, cursor_of},
    render::{self, dialects::SQLITE},
    request::{ListRequest, Paging, SortKey},
};
use proptest::{collection::vec, option, prelude::*};
use rusqlite::Connection;
use support::{Build, catalog::catalog, sqlite, words};

const TABLES: &str = "
owners
  id    int key
  name  text null
things
  k1    int key
  k2    text key
  owner_id int null ->owners.id
  a     int null
  b     text null
  f     float null
  full  int
";

type Thing = (Option<i64>, Option<i64>, Option<String>, Option<f64>, i64);

fn things() -> impl Strategy<Value = Vec<Thing>> {
    let text = proptest::sample::select(vec!["", "a", "A", "b", "é", "a\0b", "\""]);
    let number = prop_oneof![Just(0.1), Just(0.1 + 0.2), Just(-1.5), Just(1e300)];
    let thing = (
        option::of(0_i64..4),
        option::of(0_i64..3),
        option::of(text.prop_map(str::to_owned)),
        option::of(number),
        0_i64..2,
    );
    vec(thing, 0..25)
}

fn sort() -> impl Strategy<Value = Vec<SortKey>> {
    let column = proptest::sample::select(vec!["a", "b", "f", "full", "Owner.name", "k2", "k1"]);
    vec((column, any::<bool>()).prop_map(|(field, descending)| SortKey { field: field.to_owned(), descending }), 0..4)
}

fn fill(connection: &Connection, things: &[Thing]) {
    for (id, name) in [Some("x"), None, Some("y")].iter().enumerate() {
        connection.execute("INSERT INTO owners VALUES (?, ?)", (id as i64, name)).unwrap();
    }
    for (at, (owner, a, b, f, full)) in things.iter().enumerate() {
        let (k1, k2) = ((at / 3) as i64, ["p", "q", "r"][at % 3]);
        let values = (k1, k2, owner, a, b, f, full);
        connection.execute("INSERT INTO things VALUES (?, ?, ?, ?, ?, ?, ?)", values).unwrap();
    }
}

/// One page: its rows as shown, and the cursor to the next page.
fn page(connection: &Connection, build: &Build, request: &ListRequest) -> (Vec<Vec<Value>>, Option<String>) {
    let planner = build.planner(&Caller::Administrator, &SQLITE);
    let plan = planner.list(build.table("things"), request).unwrap();
    let outputs: Vec<_> = plan.select.columns.iter().map(|selected| selected.output.clone()).collect();
    let part = |row: &[Value], keep: fn(&portcullis_schema::Output) -> bool| -> Vec<Value> {
        row.iter().zip(&outputs).filter(|(_, output)| keep(output)).map(|(value, _)| value.clone()).collect()
    };
    let mut rows = sqlite::fetch(connection, &render::select(&plan.select, &SQLITE)).unwrap();
    let next = match &plan.page {
        PagePlan::Page { .. } => None,
        PagePlan::Cursor { size, keys, fingerprint } => {
            let size = usize::try_from(*size).unwrap();
            let more = rows.len() > size;
            rows.truncate(size);
            more.then(|| {
                let captured = part(rows.last().unwrap(), |output| output.captured);
                assert_eq!(captured.len(), plan.captured);
                cursor_of(*fingerprint, keys.iter().map(|key| &captured[*key]))
            })
        }
    };
    (rows.iter().map(|row| part(row, |output| output.visible)).collect(), next)
}

proptest! {
    #[test]
    fn a_cursor_walks_over_every_row_once(
        things in things(), sort in sort(), size in 1_u64..9, projected in any::<bool>(), filtered in any::<bool>()
    ) {
        let catalog = catalog(TABLES);
        let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
        let connection = sqlite::database(&catalog);
        fill(&connection, &things);
        let filter = r#"{"expressions":[{"operator":"OR","expressions":[{"field":"a","operator":"isnull"},{"field":"full","operator":"eq","value":1}]}]}"#;
        let mut request = words(if filtered { filter } else { "{}" }).unwrap();
        request.sort = sort;
        if projected {
            request.projections = vec!["k2".to_owned(), "b".to_owned()];
        }
        request.paging = Paging::Page { page: 1, size: Some(1000) };
        let (whole, _) = page(&connection, &build, &request);
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            request.paging = Paging::Cursor { after, size: Some(size) };
            let (rows, next) = page(&connection, &build, &request);
            prop_assert!(walked.len() <= whole.len(), "the walk does not end");
            walked.extend(rows);
            match next {
                None => break,
                next => after = next,
            }
        }
        prop_assert_eq!(walked, whole);
    }

    #[test]
    fn pages_cover_every_row_once(things in things(), sort in sort(), size in 1_u64..9) {
        let catalog = catalog(TABLES);
        let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
        let connection = sqlite::database(&catalog);
        fill(&connection, &things);
        let mut request = ListRequest { sort, ..words("{}").unwrap() };
        let mut walked = Vec::new();
        for number in 1.. {
            request.paging = Paging::Page { page: number, size: Some(size) };
            let (rows, _) = page(&connection, &build, &request);
            if rows.is_empty() {
                break;
            }
            walked.extend(rows);
        }
        prop_assert_eq!(walked.len(), things.len());
        let mut keys: Vec<_> = walked.iter().map(|row| format!("{:?}", &row[..2])).collect();
        keys.sort();
        keys.dedup();
        prop_assert_eq!(keys.len(), things.len());
    }
}
