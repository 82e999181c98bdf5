//! Values of every type: in, out and found again.

use crate::shop::{field, first, ids};
use http::Method;
use portcullis_testkit::{
    Answer, Engine,
    conformance::{Fixture, Served, Suite},
    served,
};
use serde_json::{Value, json};

pub const SUITE: Suite = Suite {
    name: "types_over_HTTP",
    fixture: &Fixture {
        name: "types",
        script: |engine| {
            let script = match engine {
                Engine::Sqlite => include_str!("types.sqlite.sql"),
                Engine::Postgres => include_str!("types.postgres.sql"),
                Engine::MariaDb => include_str!("types.mariadb.sql"),
            };
            script.to_owned()
        },
        settings: |_| {},
    },
    cases: served![
        whole_numbers_keep_every_digit_to_their_ends,
        sec_51_whole_numbers_beyond_their_ends_are_refused,
        sec_51_whole_numbers_have_the_ends_of_their_column on Postgres MariaDb
            => "SQLite keeps 64 bits in every integer column",
        sec_51_text_has_the_length_of_its_column on Postgres MariaDb
            => "SQLite keeps text of any length, whatever the column declares",
        decimals_of_fifteen_digits_are_exact,
        decimals_keep_their_zeros on Postgres MariaDb
            => "SQLite keeps numbers, not their spelling: 5.50 leaves as 5.5",
        decimals_of_thirty_and_more_digits_are_exact on Postgres MariaDb
            => "SQLite keeps about 15 digits of a decimal; longer ones are refused",
        decimals_without_bounds_are_exact on Postgres => "Only PostgreSQL has decimals without bounds",
        unsigned_numbers_keep_every_digit on MariaDb => "Only MariaDB and MySQL have unsigned numbers",
        floats_come_back_as_they_went,
        booleans_are_true_and_false,
        null_is_not_the_empty_text,
        text_of_every_kind_comes_back_as_it_went,
        moments_are_given_in_utc_with_the_digits_they_need,
        days_and_times_have_their_own_form,
        uuids_are_found_in_every_spelling,
        documents_keep_their_shape,
        bytes_travel_as_base64,
        labels_of_an_enumeration_are_checked,
        long_decimals_are_refused_rather_than_rounded on Sqlite,
        arrays_are_arrays on Postgres => "Only PostgreSQL has array columns",
        other_types_travel_as_text on Postgres => "Only PostgreSQL has types such as `inet` and `interval`",
        computed_columns_are_read_and_not_written,
        values_of_the_wrong_type_are_refused_with_their_place,
    ],
};

/// Creates a row with one value, as JSON text; gives the value of the column as it comes back.
fn stored(app: &Served, column: &str, word: &str) -> (i64, String) {
    let answer = create(app, column, word);
    let row = answer.ok(201);
    let id = row["id"].as_i64().unwrap();
    let read = app.get(&format!("/things/{id}")).ok(200);
    assert_eq!(read[column], row[column]);
    (id, row[column].to_string())
}

fn create(app: &Served, column: &str, word: &str) -> Answer {
    let body = format!("{{\"{column}\":{word}}}");
    app.call(Method::POST, "/things", &[("content-type", "application/json")], body)
}

/// Stores a value, expects its form, and finds the row again by it.
#[track_caller]
fn round(app: &Served, column: &str, sent: &str, given: &str) {
    let (id, found) = stored(app, column, sent);
    assert_eq!(found, given, "{column}: {sent}");
    for word in [sent, given] {
        let value: Value = serde_json::from_str(word).unwrap();
        assert!(ids(app, "things", &field(column, "eq", value)).contains(&id), "{column} eq {word}");
    }
}

fn whole_numbers_keep_every_digit_to_their_ends(app: &Served) {
    for (column, number) in [
        ("big", "9223372036854775807"),
        ("big", "-9223372036854775808"),
        ("big", "9007199254740993"),
        ("whole", "2147483647"),
        ("whole", "-2147483648"),
        ("small", "-32768"),
        ("tiny", "127"),
    ] {
        round(app, column, number, number);
        round(app, column, &format!("\"{number}\""), number);
    }
}

fn sec_51_whole_numbers_beyond_their_ends_are_refused(app: &Served) {
    for (column, number) in
        [("big", "9223372036854775808"), ("big", "-9223372036854775809"), ("big", "1.5"), ("whole", "1e400")]
    {
        create(app, column, number).refused(400, "invalid_value");
    }
}

fn decimals_of_fifteen_digits_are_exact(app: &Served) {
    for number in ["9999999999.99", "-0.01", "0.1", "1234567890.12", "0"] {
        let (id, found) = stored(app, "money", number);
        assert_eq!(crate::shop::tidy(serde_json::from_str(&found).unwrap()).to_string(), number);
        let value: Value = serde_json::from_str(number).unwrap();
        assert!(ids(app, "things", &field("money", "eq", value)).contains(&id), "{number}");
    }
    for number in ["10000000000", "0.001", "\"1,5\"", "\"NaN\"", "1e20"] {
        create(app, "money", number).refused(400, "invalid_value");
    }
    assert_eq!(crate::shop::tidy(serde_json::from_str(&stored(app, "money", "1.5e2").1).unwrap()), json!(150));
}

fn decimals_keep_their_zeros(app: &Served) {
    round(app, "money", "5.5", "5.50");
    round(app, "money", "7", "7.00");
}

fn decimals_of_thirty_and_more_digits_are_exact(app: &Served) {
    for number in [
        "123456789012345678901234567890.12345678901234567890",
        "-0.00000000000000000001",
        "999999999999999999999999999999.99999999999999999999",
    ] {
        round(app, "exact", number, number);
    }
    create(app, "exact", "1e30").refused(400, "invalid_value");
    create(app, "exact", "0.000000000000000000001").refused(400, "invalid_value");
}

fn decimals_without_bounds_are_exact(app: &Served) {
    for number in ["1.10", "12345678901234567890123456789012345678901234567890.000000000000000000000000000000000000001"]
    {
        round(app, "free", number, number);
    }
}

fn unsigned_numbers_keep_every_digit(app: &Served) {
    round(app, "huge", "18446744073709551615", "18446744073709551615");
    create(app, "huge", "18446744073709551616").refused(400, "invalid_value");
    create(app, "huge", "-1").refused(400, "invalid_value");
}

fn floats_come_back_as_they_went(app: &Served) {
    for number in [0.1, 1.0 / 3.0, -1e300, 5e-324, 1_234_567.125] {
        let (_, found) = stored(app, "half", &format!("{number:e}"));
        assert_eq!(found.parse::<f64>().unwrap().to_bits(), f64::to_bits(number), "{number} {found}");
    }
    for word in ["1e999", "\"NaN\"", "\"Infinity\""] {
        create(app, "half", word).refused(400, "invalid_value");
    }
}

fn booleans_are_true_and_false(app: &Served) {
    for (word, given) in [("true", "true"), ("false", "false"), ("1", "true"), ("\"false\"", "false")] {
        round(app, "flag", word, given);
    }
    create(app, "flag", "\"yes\"").refused(400, "invalid_value");
}

fn null_is_not_the_empty_text(app: &Served) {
    let (empty, found) = stored(app, "prose", "\"\"");
    assert_eq!(found, "\"\"");
    let (null, found) = stored(app, "prose", "null");
    assert_eq!(found, "null");
    let nulls = ids(
        app,
        "things",
        &json!({"operator": "AND", "expressions": [field("prose", "isnull", json!(null)), field("id", "gte", empty), field("id", "lte", null)]}),
    );
    assert!(nulls.contains(&null) && !nulls.contains(&empty));
    assert!(ids(app, "things", &field("prose", "eq", "")).contains(&empty));
}

fn text_of_every_kind_comes_back_as_it_went(app: &Served) {
    for text in [
        "plain",
        "Ünïcödé ß ł",
        "漢字かな",
        "emoji 👩‍👩‍👧‍👦🎲",
        "it's",
        "\"double\"",
        "`back`",
        "back\\slash \\n",
        "line\nbreak\r\n\ttab",
        "'; DROP TABLE things; --",
        "100% _under_",
        "\u{1}\u{1f}\u{7f}",
        "\u{2028}\u{feff}",
        "?1 $1 :a @b",
    ] {
        let sent = serde_json::to_string(text).unwrap();
        let (id, found) = stored(app, "prose", &sent);
        assert_eq!(serde_json::from_str::<String>(&found).unwrap(), text);
        assert!(ids(app, "things", &field("prose", "eq", text)).contains(&id), "{text}");
        assert!(ids(app, "things", &field("prose", "contains", text)).contains(&id), "{text}");
    }
}

fn sec_51_whole_numbers_have_the_ends_of_their_column(app: &Served) {
    for (column, number) in [("whole", "2147483648"), ("whole", "-2147483649"), ("small", "32768")] {
        create(app, column, number).refused(400, "invalid_value");
    }
}

// Characters, not bytes.
fn sec_51_text_has_the_length_of_its_column(app: &Served) {
    create(app, "word", &format!("\"{}\"", "🎲".repeat(50))).ok(201);
    create(app, "word", &format!("\"{}\"", "x".repeat(51))).refused(400, "invalid_value");
}

fn moments_are_given_in_utc_with_the_digits_they_need(app: &Served) {
    for (sent, given) in [
        ("2026-01-31T13:45:00Z", "2026-01-31T13:45:00Z"),
        ("2026-01-31T13:45:00+02:00", "2026-01-31T11:45:00Z"),
        ("2026-01-01T00:30:00.5+05:30", "2025-12-31T19:00:00.5Z"),
        ("2026-01-31T13:45:00.123456Z", "2026-01-31T13:45:00.123456Z"),
        ("2026-01-31T13:45:00.120000Z", "2026-01-31T13:45:00.12Z"),
        ("2026-01-31 13:45:01", "2026-01-31T13:45:01Z"),
        ("2026-01-30", "2026-01-30T00:00:00Z"),
        ("1969-12-31T23:59:59.000001Z", "1969-12-31T23:59:59.000001Z"),
        ("2024-02-29T00:00:00-12:00", "2024-02-29T12:00:00Z"),
    ] {
        round(app, "moment", &format!("\"{sent}\""), &format!("\"{given}\""));
    }
    for word in ["\"2026-02-30T00:00:00Z\"", "\"soon\"", "17", "\"2026-01-31T25:00:00Z\""] {
        create(app, "moment", word).refused(400, "invalid_value");
    }
}

fn days_and_times_have_their_own_form(app: &Served) {
    round(app, "day", "\"2024-02-29\"", "\"2024-02-29\"");
    round(app, "day", "\"0999-01-01\"", "\"0999-01-01\"");
    round(app, "hour", "\"13:45\"", "\"13:45:00\"");
    round(app, "hour", "\"23:59:59.25\"", "\"23:59:59.25\"");
    for (column, word) in [
        ("day", "\"2023-02-29\""),
        ("day", "\"29.02.2024\""),
        ("day", "\"2024-2-9\""),
        ("hour", "\"24:01\""),
        ("hour", "\"noon\""),
    ] {
        create(app, column, word).refused(400, "invalid_value");
    }
    assert!(!ids(app, "things", &field("day", "between", json!(["2024-01-01", "2024-12-31"]))).is_empty());
}

fn uuids_are_found_in_every_spelling(app: &Served) {
    let plain = "\"6f1c0e5a-1234-4abc-8def-0123456789ab\"";
    round(app, "code", plain, plain);
    round(app, "code", "\"6F1C0E5A-1234-4ABC-8DEF-0123456789AB\"", plain);
    round(app, "code", "\"6f1c0e5a12344abc8def0123456789ab\"", plain);
    create(app, "code", "\"6f1c0e5a\"").refused(400, "invalid_value");
}

fn documents_keep_their_shape(app: &Served) {
    for document in [
        r#"{"a":[1,2.5,"x",null,true],"b":{"c":{}}}"#,
        "[]",
        "{}",
        "\"text\"",
        "17",
        "true",
        r#"{"ü":"\"q\" \\ 🎲"}"#,
        r#"{"big":12345678901234567890123}"#,
    ] {
        let (_, found) = stored(app, "doc", document);
        let wanted: Value = serde_json::from_str(document).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&found).unwrap(), wanted, "{document}");
    }
    let filter = json!({"expressions": [field("doc", "eq", json!({}))]});
    app.post("/things/filter", &filter).refused(400, "invalid_operator");
}

fn bytes_travel_as_base64(app: &Served) {
    round(app, "raw", "\"AAECA/8=\"", "\"AAECA/8=\"");
    round(app, "raw", "\"AAECA_8\"", "\"AAECA/8=\"");
    round(app, "raw", "\"\"", "\"\"");
    create(app, "raw", "\"no base64!\"").refused(400, "invalid_value");
}

fn labels_of_an_enumeration_are_checked(app: &Served) {
    round(app, "level", "\"low\"", "\"low\"");
    let refused = create(app, "level", "\"middle\"").refused(400, "invalid_value");
    assert!(refused["title"].as_str().unwrap().contains("low, high"), "{refused}");
    app.post("/things/filter", &json!({"expressions": [field("level", "eq", "middle")]})).refused(400, "invalid_value");
}

fn long_decimals_are_refused_rather_than_rounded(app: &Served) {
    for number in ["123456789012345678901234567890.12345678901234567890", "0.1234567890123456789", "9007199254740993.5"]
    {
        create(app, "exact", number).refused(400, "invalid_value");
    }
    assert_eq!(stored(app, "exact", "123456789.012345").1, "123456789.012345");
}

fn arrays_are_arrays(app: &Served) {
    for (column, word) in [
        ("words", r#"["a","b,c","\"q\" {x}",null,""]"#),
        ("words", "[]"),
        ("numbers", "[9223372036854775807,-1,null]"),
        ("grid", "[[1,2],[3,4]]"),
        ("days", r#"["2024-02-29"]"#),
    ] {
        let (_, found) = stored(app, column, word);
        assert_eq!(found, word, "{column}");
    }
    for (column, word) in [("numbers", "[1,\"x\"]"), ("numbers", "1"), ("days", "[\"soon\"]"), ("grid", "[[1],[2,3]]")]
    {
        create(app, column, word).refused(400, "invalid_value");
    }
}

fn other_types_travel_as_text(app: &Served) {
    round(app, "address", "\"10.0.0.0/8\"", "\"10.0.0.0/8\"");
    assert_eq!(stored(app, "span", "\"1 day 02:00:00\"").1, "\"1 day 02:00:00\"");
    create(app, "address", "\"nowhere\"").refused(400, "invalid_value");
    create(app, "span", "\"whenever\"").refused(400, "invalid_value");
    round(app, "local", "\"2026-01-31T13:45:00+02:00\"", "\"2026-01-31T11:45:00Z\"");
    assert_eq!(stored(app, "single", "0.5").1, "0.5");
}

fn computed_columns_are_read_and_not_written(app: &Served) {
    let row = create(app, "small", "21").ok(201);
    assert_eq!(row["twice"], 42);
    create(app, "twice", "1").refused(400, "not_writable");
    app.put(&format!("/things/{}", row["id"]), &json!({"twice": 1})).refused(400, "not_writable");
}

fn values_of_the_wrong_type_are_refused_with_their_place(app: &Served) {
    for (column, word, ty) in [
        ("whole", "\"x\"", "integer"),
        ("whole", "true", "integer"),
        ("money", "{}", "number"),
        ("flag", "[]", "boolean"),
        ("word", "5", "string"),
        ("day", "5", "date"),
        ("moment", "true", "date-time"),
        ("hour", "[]", "time"),
        ("code", "5", "uuid"),
        ("raw", "5", "bytes"),
    ] {
        let refused = create(app, column, word).refused(400, "invalid_value");
        assert_eq!(first(&refused), (format!("/{column}"), "invalid_value".to_owned()));
        assert!(refused["title"].as_str().unwrap().contains(&format!("of type {ty}:")), "{refused}");
    }
}
