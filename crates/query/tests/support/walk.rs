//! A table to walk over page by page, in any order.

use super::{Build, naive::insert};
use portcullis_query::{
    Json, Statement, Value,
    access::Caller,
    plan::{PagePlan, cursor_of},
    render::{self, Dialect},
    request::{ListRequest, Paging, SortKey},
};
use proptest::{collection::vec, option, prelude::*};

/// Things with a composite key, nullable columns and an owner.
pub const TABLES: &str = "
owners
  id    int key
  name  text null
  e     enum(z|a|m) null
things
  k1    int key
  k2    text key
  owner_id int null ->owners.id
  a     int null
  b     text null
  f     float null
  full  int
  e     enum(z|a|m) null
  d     decimal(10,2) null
  u     uuid null
  t     datetime null
  day   date null
  h     time null
  c     bool null
  x     bytes null
";

/// owner, a, b, f, full, and a number from which the columns of further types come.
pub type Thing = (Option<i64>, Option<i64>, Option<String>, Option<f64>, i64, usize);

/// Random things.
pub fn things() -> impl Strategy<Value = Vec<Thing>> {
    let text = proptest::sample::select(vec!["", "a", "A", "b", "é", "a\"b", "\\"]);
    let number = prop_oneof![Just(0.1), Just(0.1 + 0.2), Just(-1.5), Just(1e300)];
    let thing = (
        option::of(0_i64..4),
        option::of(0_i64..3),
        option::of(text.prop_map(str::to_owned)),
        option::of(number),
        0_i64..2,
        0_usize..40,
    );
    vec(thing, 0..25)
}

/// A random order.
pub fn sort() -> impl Strategy<Value = Vec<SortKey>> {
    let column = proptest::sample::select(vec![
        "a",
        "b",
        "f",
        "full",
        "Owner.name",
        "Owner.e",
        "k2",
        "k1",
        "e",
        "d",
        "u",
        "t",
        "day",
        "h",
        "c",
        "x",
    ]);
    vec((column, any::<bool>()).prop_map(|(field, descending)| SortKey { field: field.to_owned(), descending }), 0..4)
}

/// The things as inserts, planned as the product plans them.
pub fn inserts(things: &[Thing], build: &Build, dialect: &'static dyn Dialect) -> Vec<Statement> {
    let number = |number: i64| Json::Number(number.to_string());
    let text = |text: &str| Json::String(text.to_owned());
    let mut out = Vec::new();
    for (id, name) in [Some("x"), None, Some("y")].into_iter().enumerate() {
        let members = [
            ("id".to_owned(), number(id as i64)),
            ("name".to_owned(), name.map_or(Json::Null, text)),
            ("e".to_owned(), text(["m", "z", "a"][id])),
        ];
        out.push(insert(build, dialect, "owners", &members));
    }
    for (at, (owner, a, b, f, full, n)) in things.iter().enumerate() {
        let members = [
            ("k1", number((at / 3) as i64)),
            ("k2", text(["p", "q", "r"][at % 3])),
            ("owner_id", owner.map_or(Json::Null, number)),
            ("a", a.map_or(Json::Null, number)),
            ("b", b.as_deref().map_or(Json::Null, text)),
            ("f", f.map_or(Json::Null, |f| Json::Number(format!("{f:?}")))),
            ("full", number(*full)),
            ("e", text(["z", "a", "m"][n % 3])),
            ("d", Json::Number(["1.10", "1.1", "-0.05", "99999999.99"][n % 4].to_owned())),
            ("u", text(&format!("{}f1c0e5a-0000-4000-8000-00000000000{}", n % 5, n % 2))),
            ("t", text(["2026-01-31T10:00:00Z", "2026-01-31T09:00:00Z", "1999-12-31T23:59:59Z"][n % 3])),
            ("day", text(["2026-01-31", "0999-01-01"][n % 2])),
            ("h", text(["10:00:00", "09:59:59.5", "10:00:00.25"][n % 3])),
            ("c", Json::Bool(n % 2 == 0)),
            ("x", text(["", "AA==", "AAE=", "/w=="][n % 4])),
        ];
        // Every ninth thing has none of the further ones.
        let kept = members.into_iter().take(if n % 9 == 0 { 7 } else { 15 });
        let members: Vec<_> = kept.map(|(name, value)| (name.to_owned(), value)).collect();
        out.push(insert(build, dialect, "things", &members));
    }
    out
}

/// What a statement gives: each row as shown, and its captured values.
pub type Fetch<'f> = dyn FnMut(&Statement) -> Vec<(String, Vec<Value>)> + 'f;

/// One page: its rows as shown, and the cursor to the next page.
fn page(
    build: &Build,
    dialect: &'static dyn Dialect,
    fetch: &mut Fetch<'_>,
    request: &ListRequest,
) -> (Vec<String>, Option<String>) {
    let planner = build.planner(&Caller::Administrator, dialect);
    let plan = planner.list(build.table("things"), request).unwrap();
    let mut rows = fetch(&render::select(&plan.select, dialect));
    let next = match &plan.page {
        PagePlan::Page { .. } | PagePlan::Rows { .. } => None,
        PagePlan::Cursor { size, keys, fingerprint } => {
            let size = usize::try_from(*size).unwrap();
            let more = rows.len() > size;
            rows.truncate(size);
            more.then(|| {
                let (_, captured) = rows.last().unwrap();
                assert_eq!(captured.len(), plan.captured);
                cursor_of(*fingerprint, keys.iter().map(|key| &captured[*key]))
            })
        }
    };
    (rows.into_iter().map(|(shown, _)| shown).collect(), next)
}

/// Walks by cursor, and asks for the whole list at once: both ways must show the same rows.
pub fn walk(
    build: &Build,
    dialect: &'static dyn Dialect,
    fetch: &mut Fetch<'_>,
    request: &ListRequest,
    size: u64,
) -> Result<(), TestCaseError> {
    let mut request = request.clone();
    request.paging = Paging::Page { page: 1, size: Some(1000) };
    let (whole, _) = page(build, dialect, fetch, &request);
    let mut walked = Vec::new();
    let mut after = None;
    loop {
        request.paging = Paging::Cursor { after, size: Some(size) };
        let (rows, next) = page(build, dialect, fetch, &request);
        prop_assert!(walked.len() <= whole.len(), "the walk does not end");
        walked.extend(rows);
        match next {
            None => break,
            next => after = next,
        }
    }
    prop_assert_eq!(walked, whole);
    Ok(())
}

/// Walks page by page: every row comes, each once.
pub fn turn_pages(
    build: &Build,
    dialect: &'static dyn Dialect,
    fetch: &mut Fetch<'_>,
    request: &ListRequest,
    size: u64,
    count: usize,
) -> Result<(), TestCaseError> {
    let mut request = request.clone();
    let mut walked = Vec::new();
    for number in 1.. {
        request.paging = Paging::Page { page: number, size: Some(size) };
        let (rows, _) = page(build, dialect, fetch, &request);
        if rows.is_empty() {
            break;
        }
        walked.extend(rows);
    }
    walked.sort();
    walked.dedup();
    prop_assert_eq!(walked.len(), count);
    Ok(())
}

/// Some of the things.
pub const FILTER: &str = r#"{"expressions":[{"operator":"OR","expressions":[
    {"field":"a","operator":"isnull"},{"field":"full","operator":"eq","value":1}]}]}"#;
