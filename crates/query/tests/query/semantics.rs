//! The same filter finds the same rows as a reading of the contract, word by word, over the data itself.

use crate::sqlite;
use crate::support::{
    Build,
    catalog::catalog,
    naive::{Data, Row, TABLES, data, field, term},
    words,
};
use portcullis_query::{
    Json, Value,
    access::Caller,
    plan::PlanError,
    render::{self, dialects::SQLITE},
    request::ListRequest,
};
use proptest::{collection::vec, prelude::*};
use rusqlite::Connection;
use std::collections::BTreeMap;

fn fill(connection: &Connection, build: &Build, data: &Data) {
    for statement in data.inserts(build, &SQLITE) {
        sqlite::fetch(connection, &statement).unwrap();
    }
}

fn ids(
    connection: &Connection,
    build: &Build,
    table: &str,
    request: &ListRequest,
) -> Result<(Vec<i64>, i64), PlanError> {
    let planner = build.planner(&Caller::Administrator, &SQLITE);
    let plan = planner.list(build.table(table), request)?;
    let rows = sqlite::fetch(connection, &render::select(&plan.select, &SQLITE)).unwrap();
    let count = sqlite::fetch(connection, &render::count(plan.count.as_ref().unwrap(), &SQLITE)).unwrap();
    let number = |value: &Value| match value {
        Value::Int(value) => *value,
        other => panic!("no number: {other:?}"),
    };
    Ok((rows.iter().map(|row| number(&row[0])).collect(), number(&count[0][0])))
}

proptest! {
    #[test]
    fn a_filter_finds_the_rows_that_its_words_say(data in data(), filters in vec((0_usize..2).prop_flat_map(|table| {
        (Just(table), vec(term(table, 3), 0..3))
    }), 4)) {
        let catalog = catalog(TABLES);
        let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
        let connection = sqlite::database(&catalog);
        fill(&connection, &build, &data);
        for (table, terms) in filters {
            let body = format!(r#"{{"expressions":[{}]}}"#, terms.join(","));
            let parsed = Json::parse(body.as_bytes()).unwrap();
            let mut request = words(&body).unwrap();
            request.paging = portcullis_query::request::Paging::Page { page: 1, size: Some(100) };
            let expected = data.matching(table, parsed.get("expressions").unwrap().as_array().unwrap());
            let found = ids(&connection, &build, ["parents", "kids"][table], &request);
            // The same rows cannot be embedded twice.
            if found.as_ref().is_err_and(|error| error.code() == "duplicate_include") {
                continue;
            }
            let (found, count) = found.map_err(|error| TestCaseError::fail(format!("{error}: {body}")))?;
            prop_assert_eq!(&found, &expected, "{}", body);
            prop_assert_eq!(count, expected.len() as i64, "{}", body);
        }
    }

    #[test]
    fn figures_are_those_of_the_rows(data in data(), terms in vec(field(), 0..2)) {
        let catalog = catalog(TABLES);
        let build = Build::new(&catalog, portcullis_query::access::TableAccess::default(), &[]);
        let connection = sqlite::database(&catalog);
        fill(&connection, &build, &data);
        let body = format!(
            r#"{{"expressions":[{}],"aggregations":{{"group_by":["c"],"functions":[{{"type":"COUNT"}},{{"type":"COUNT","field":"a","alias":"as"}},
                {{"type":"SUM","field":"a"}},{{"type":"MIN","field":"a"}},{{"type":"MAX","field":"b"}}]}}}}"#,
            terms.join(",")
        );
        let parsed = Json::parse(body.as_bytes()).unwrap();
        let mut expected: BTreeMap<Option<bool>, Vec<&Row>> = BTreeMap::new();
        for id in data.matching(0, parsed.get("expressions").unwrap().as_array().unwrap()) {
            let row = &data.parents[usize::try_from(id).unwrap()];
            expected.entry(row.c).or_default().push(row);
        }
        let expected: Vec<Vec<Value>> = expected
            .into_iter()
            .map(|(c, rows)| {
                let numbers: Vec<i64> = rows.iter().filter_map(|row| row.a).collect();
                let int = |value: Option<i64>| value.map_or(Value::Null, Value::Int);
                let last = rows.iter().filter_map(|row| row.b.as_ref()).max_by_key(|text| text.as_bytes().to_vec());
                vec![
                    int(c.map(i64::from)),
                    Value::Int(rows.len() as i64),
                    Value::Int(numbers.len() as i64),
                    int((!numbers.is_empty()).then(|| numbers.iter().sum())),
                    int(numbers.iter().min().copied()),
                    last.map_or(Value::Null, |text| Value::Text(text.clone())),
                ]
            })
            .collect();
        let planner = build.planner(&Caller::Administrator, &SQLITE);
        let plan = planner.list(build.table("parents"), &words(&body).unwrap()).unwrap();
        let found = sqlite::fetch(&connection, &render::select(&plan.select, &SQLITE)).unwrap();
        prop_assert_eq!(found, expected, "{}", body);
        let count = sqlite::fetch(&connection, &render::count(plan.count.as_ref().unwrap(), &SQLITE)).unwrap();
        prop_assert_eq!(&count[0][0], &Value::Int(plan_len(&connection, &plan)), "{}", body);
    }
}

fn plan_len(connection: &Connection, plan: &portcullis_query::plan::ListPlan<'_>) -> i64 {
    sqlite::fetch(connection, &render::select(&plan.select, &SQLITE)).unwrap().len() as i64
}
