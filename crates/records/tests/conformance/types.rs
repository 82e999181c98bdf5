//! Values of every type, in and out.

use crate::shop::{Shop, code, expected};
use portcullis_testkit::{TestDatabase, cases, conformance::Case};

pub const CASES: &[Case] = cases![
    every_type_is_written_and_read_back,
    null_of_every_type_stays_null,
    what_does_not_fit_is_refused_before_it_is_sent,
    numbers_and_booleans_may_stand_in_quotes,
    large_integers_keep_their_digits,
    long_decimals_keep_their_digits on Postgres MariaDb,
    fractions_of_a_second_leave_as_short_as_they_are,
];

const SCRIPT: &str = "CREATE TABLE things (id INT PRIMARY KEY, small SMALLINT, big BIGINT, exact DECIMAL(30,10),
    loose {double}, flag BOOLEAN, day DATE, moment {moment}, doc JSON, raw {bytes}, word TEXT, code VARCHAR(5))";

fn things(database: &TestDatabase) -> Shop {
    Shop::open_with(database, SCRIPT, |_| {})
}

fn every_type_is_written_and_read_back(database: &TestDatabase) {
    let shop = things(database);
    let body = r#"{"id":1,"small":-7,"big":1234567890123,"exact":12.125,"loose":0.1,"flag":true,"day":"2024-02-29",
        "moment":"2024-02-29T23:59:59.25Z","doc":{"a":[1,"x",null]},"raw":"AAH/","word":"Ünï \"q\" \\ \n","code":"abcde"}"#;
    assert_eq!(shop.create("things", body).unwrap(), expected(body));
    assert_eq!(shop.read("things", "1").unwrap(), expected(body));
    let changed = r#"{"small":8,"flag":false,"day":"1999-12-31","doc":[],"raw":"","word":""}"#;
    let row = shop.update("things", "1", changed, None).unwrap();
    for (name, value) in expected(changed).as_object().unwrap() {
        assert_eq!(&row[name], value, "{name}");
    }
}

fn null_of_every_type_stays_null(database: &TestDatabase) {
    let shop = things(database);
    let row = shop.create("things", r#"{"id":1}"#).unwrap();
    for (name, value) in row.as_object().unwrap().iter().filter(|(name, _)| *name != "id") {
        assert!(value.is_null(), "{name}: {value}");
        let null = format!(r#"{{"field":"{name}","operator":"isnull"}}"#);
        assert_eq!(shop.ids("things", &null), [1], "{name}");
    }
}

fn what_does_not_fit_is_refused_before_it_is_sent(database: &TestDatabase) {
    let shop = things(database);
    for (name, value) in [
        ("small", "1.5"),
        ("small", "\"x\""),
        ("big", "99999999999999999999"),
        ("exact", "\"1,5\""),
        ("loose", "[]"),
        ("flag", "7"),
        ("day", "\"2023-02-29\""),
        ("moment", "\"soon\""),
        ("raw", "\"no base64!\""),
        ("word", "{}"),
    ] {
        let body = format!(r#"{{"id":1,"{name}":{value}}}"#);
        assert_eq!(code(shop.create("things", &body)), "invalid_value", "{body}");
    }
    assert_eq!(shop.count("things"), 0);
}

fn numbers_and_booleans_may_stand_in_quotes(database: &TestDatabase) {
    let shop = things(database);
    let row = shop.create("things", r#"{"id":"1","small":"-7","exact":"12.50","loose":"1e3"}"#).unwrap();
    assert_eq!((&row["id"], &row["small"], &row["exact"]), (&expected("1"), &expected("-7"), &expected("12.5")));
    assert_eq!(shop.ids("things", r#"{"field":"exact","operator":"eq","value":"12.5"}"#), [1]);
}

fn large_integers_keep_their_digits(database: &TestDatabase) {
    let shop = things(database);
    for (id, number) in [(1, "9223372036854775807"), (2, "-9223372036854775808")] {
        let row = shop.create("things", &format!(r#"{{"id":{id},"big":{number}}}"#)).unwrap();
        assert_eq!(row["big"].to_string(), number);
        assert_eq!(shop.ids("things", &format!(r#"{{"field":"big","operator":"eq","value":{number}}}"#)), [id]);
    }
}

fn long_decimals_keep_their_digits(database: &TestDatabase) {
    let shop = things(database);
    let number = "12345678901234567890.0123456789";
    let row = shop.create("things", &format!(r#"{{"id":1,"exact":{number}}}"#)).unwrap();
    assert_eq!(row["exact"].to_string(), number);
    let sum = r#"{"aggregations":{"functions":[{"type":"SUM","field":"exact","alias":"s"}]}}"#;
    assert_eq!(shop.rows("things", sum)[0]["s"].to_string(), number);
}

fn fractions_of_a_second_leave_as_short_as_they_are(database: &TestDatabase) {
    let shop = things(database);
    for (id, sent, given) in [
        (1, "2026-01-01T00:00:00.000Z", "2026-01-01T00:00:00Z"),
        (2, "2026-01-01T00:00:00.120Z", "2026-01-01T00:00:00.12Z"),
        (3, "2026-01-01T02:00:00.000001+02:00", "2026-01-01T00:00:00.000001Z"),
        (4, "2026-01-01", "2026-01-01T00:00:00Z"),
    ] {
        let row = shop.create("things", &format!(r#"{{"id":{id},"moment":"{sent}"}}"#)).unwrap();
        assert_eq!(row["moment"], given, "{sent}");
    }
    let from = r#"{"field":"moment","operator":"gt","value":"2026-01-01T00:00:00Z"}"#;
    assert_eq!(shop.ids("things", from), [2, 3]);
}
