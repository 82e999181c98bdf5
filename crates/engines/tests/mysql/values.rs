//! Values in and out.

use crate::site::{Site, count, json, read, text, write};
use portcullis_query::{Cost, Statement, Value};
use portcullis_schema::{Decode, Output, OutputShape};

/// Column, type, how it is read, the value bound, the JSON expected.
type Column = (&'static str, &'static str, Decode, Value, &'static str);

fn every_type() -> Vec<Column> {
    let long = "12345678901234567890123456789012345.123456789012345678901234567890";
    vec![
        ("yes", "tinyint(1)", Decode::Bool, Value::Bool(true), "true"),
        ("bit1", "bit(1)", Decode::Bool, Value::Int(1), "true"),
        ("bit9", "bit(9)", Decode::UInt, Value::Int(257), "257"),
        ("bit64", "bit(64)", Decode::UInt, Value::UInt(u64::MAX), "18446744073709551615"),
        ("tiny", "tinyint unsigned", Decode::Int, Value::Int(255), "255"),
        ("small", "smallint", Decode::Int, Value::Int(-32768), "-32768"),
        ("medium", "mediumint", Decode::Int, Value::Int(-8_388_608), "-8388608"),
        ("whole", "int unsigned", Decode::Int, Value::Int(4_294_967_295), "4294967295"),
        ("big", "bigint", Decode::Int, Value::Int(i64::MIN), "-9223372036854775808"),
        ("ubig", "bigint unsigned", Decode::UInt, Value::UInt(u64::MAX), "18446744073709551615"),
        ("yr", "year", Decode::Int, Value::Int(2024), "2024"),
        ("dec65", "decimal(65,30)", Decode::Decimal, text(long), long),
        ("deci", "decimal(10,2)", Decode::Decimal, text("-0.50"), "-0.50"),
        ("flo", "float", Decode::Float32, Value::Float(0.1), "0.1"),
        ("dou", "double", Decode::Float64, Value::Float(1.0e300), "1e300"),
        ("cha", "char(5)", Decode::Text, text("añ🦀\"\\"), r#""añ🦀\"\\""#),
        ("tex", "text", Decode::Text, text("line\n\u{1}'`;--"), "\"line\\n\\u0001'`;--\""),
        ("enu", "enum('a','it''s')", Decode::Text, text("it's"), r#""it's""#),
        ("choice", "set('x','y','z')", Decode::Text, text("x,z"), r#""x,z""#),
        (
            "uui",
            "uuid",
            Decode::Uuid,
            text("0191D9A0-0000-7000-8000-00000000ABCD"),
            r#""0191d9a0-0000-7000-8000-00000000abcd""#,
        ),
        (
            "ubi",
            "binary(16)",
            Decode::UuidBytes,
            Value::Bytes((0xf0..=0xff).collect()),
            r#""f0f1f2f3-f4f5-f6f7-f8f9-fafbfcfdfeff""#,
        ),
        ("addr", "inet6", Decode::Text, text("2001:db8::1"), r#""2001:db8::1""#),
        ("da", "date", Decode::Date, text("2024-02-29"), r#""2024-02-29""#),
        ("ti", "time(3)", Decode::Time, text("-838:59:58.250"), r#""-838:59:58.25""#),
        ("dt", "datetime(6)", Decode::DateTime, text("9999-12-31 23:59:59.999999"), r#""9999-12-31T23:59:59.999999Z""#),
        ("dt0", "datetime", Decode::DateTime, text("2024-02-29 00:00:00"), r#""2024-02-29T00:00:00Z""#),
        ("ts", "timestamp(3)", Decode::DateTime, text("2024-02-29 12:34:56.250"), r#""2024-02-29T12:34:56.25Z""#),
        ("js", "json", Decode::Json, text(r#"{"a":[1,"ä"],"n":1e400}"#), r#"{"a":[1,"ä"],"n":1e400}"#),
        ("blo", "blob", Decode::Bytes, Value::Bytes(vec![0, 255, 39, 92, 200]), r#""AP8nXMg=""#),
    ]
}

pub async fn every_type_is_written_as_json_and_found_again(site: Site) {
    let columns = every_type();
    let definitions: Vec<_> = columns.iter().map(|(name, ty, ..)| format!("{name} {ty}")).collect();
    site.setup(&[&format!("CREATE TABLE t (id int PRIMARY KEY, {})", definitions.join(","))]).await;
    let engine = site.engine().await;
    let names: Vec<_> = columns.iter().map(|(name, ..)| *name).collect();
    let places = vec!["?"; columns.len()].join(",");
    let values = columns.iter().map(|(_, _, _, value, _)| value.clone()).collect();
    let inserted = engine.fetch(write(&format!("INSERT INTO t(id,{}) VALUES (1,{places})", names.join(",")), values));
    assert_eq!(inserted.await.unwrap().affected, 1);

    let outputs: Vec<_> = columns.iter().map(|(name, _, decode, ..)| (*name, decode.clone())).collect();
    let rows = engine.fetch(read(&format!("SELECT {} FROM t", names.join(",")), vec![], &outputs)).await.unwrap();
    let expected: Vec<_> = columns.iter().map(|(name, .., json)| format!("\"{name}\":{json}")).collect();
    assert_eq!(json(&rows), format!("[{{{}}}]", expected.join(",")));

    // What was captured finds its row again.
    for ((name, ..), value) in columns.iter().zip(&rows.captured) {
        let found = count(&engine, &format!("SELECT COUNT(*) FROM t WHERE {name} = ?"), vec![value.clone()]).await;
        assert_eq!(found, 1, "{name} as {value:?}");
    }
}

pub async fn nothing_is_null(site: Site) {
    let columns = every_type();
    let definitions: Vec<_> = columns.iter().map(|(name, ty, ..)| format!("{name} {ty} NULL")).collect();
    site.setup(&[&format!("CREATE TABLE t ({})", definitions.join(","))]).await;
    let engine = site.engine().await;
    let places = vec!["?"; columns.len()].join(",");
    engine.fetch(write(&format!("INSERT INTO t VALUES ({places})"), vec![Value::Null; columns.len()])).await.unwrap();
    let outputs: Vec<_> = columns.iter().map(|(name, _, decode, ..)| (*name, decode.clone())).collect();
    let rows = engine.fetch(read("SELECT * FROM t", vec![], &outputs)).await.unwrap();
    let expected: Vec<_> = columns.iter().map(|(name, ..)| format!("\"{name}\":null")).collect();
    assert_eq!(json(&rows), format!("[{{{}}}]", expected.join(",")));
    assert!(rows.captured.iter().all(Value::is_null));
}

pub async fn days_that_do_not_exist_are_null(site: Site) {
    site.setup(&[
        "SET SESSION sql_mode = ''",
        "CREATE TABLE t (d date, dt datetime, ts timestamp)",
        "INSERT INTO t VALUES ('0000-00-00', '0000-00-00 00:00:00', '0000-00-00 00:00:00')",
        "INSERT INTO t VALUES ('2024-00-10', '2024-05-00 10:00:00', '2024-05-01 10:00:00')",
    ])
    .await;
    let outputs = [("d", Decode::Date), ("dt", Decode::DateTime), ("ts", Decode::DateTime)];
    let rows = site.engine().await.fetch(read("SELECT d, dt, ts FROM t ORDER BY ts", vec![], &outputs)).await.unwrap();
    assert_eq!(json(&rows), r#"[{"d":null,"dt":null,"ts":null},{"d":null,"dt":null,"ts":"2024-05-01T10:00:00Z"}]"#);
}

pub async fn a_retyped_column_still_gives_valid_json(site: Site) {
    let columns = every_type();
    let definitions: Vec<_> = columns.iter().map(|(name, ty, ..)| format!("{name} {ty}")).collect();
    site.setup(&[&format!("CREATE TABLE t ({})", definitions.join(","))]).await;
    let engine = site.engine().await;
    let places = vec!["?"; columns.len()].join(",");
    let values = columns.iter().map(|(_, _, _, value, _)| value.clone()).collect();
    engine.fetch(write(&format!("INSERT INTO t VALUES ({places})"), values)).await.unwrap();
    for decode in [
        Decode::Bool,
        Decode::Int,
        Decode::UInt,
        Decode::Float32,
        Decode::Float64,
        Decode::Decimal,
        Decode::DecimalScale(2),
        Decode::Text,
        Decode::Uuid,
        Decode::UuidBytes,
        Decode::Date,
        Decode::Time,
        Decode::TimeZone,
        Decode::DateTime,
        Decode::EpochSeconds,
        Decode::EpochMillis,
        Decode::Json,
        Decode::Bytes,
        Decode::Array(Box::new(Decode::Int)),
    ] {
        let outputs: Vec<_> = columns.iter().map(|(name, ..)| (*name, decode.clone())).collect();
        let rows = engine.fetch(read("SELECT * FROM t", vec![], &outputs)).await.unwrap();
        let parsed: Result<serde_json::Value, _> = serde_json::from_slice(&rows.bytes);
        assert!(parsed.is_ok(), "{decode:?}: {}", json(&rows));
    }
}

pub async fn what_a_write_did_is_told(site: Site) {
    site.setup(&["CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, n int)"]).await;
    let engine = site.engine().await;
    let inserted = engine.fetch(write("INSERT INTO t(n) VALUES (?), (?)", vec![Value::Int(1), Value::Int(2)]));
    let inserted = inserted.await.unwrap();
    assert_eq!((inserted.affected, inserted.last_insert_id), (2, Some(1)));
    // The second row already holds the value: it is matched all the same.
    let updated = engine.fetch(write("UPDATE t SET n = ?", vec![Value::Int(2)])).await.unwrap();
    assert_eq!((updated.affected, updated.last_insert_id), (2, None));
    let none = engine.fetch(write("DELETE FROM t WHERE id = ?", vec![Value::Int(9)])).await.unwrap();
    assert_eq!((none.affected, none.len()), (0, 0));
}

pub async fn rows_written_come_back(site: Site) {
    site.setup(&["CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, n int DEFAULT 7)"]).await;
    let engine = site.engine().await;
    let outputs = [("id", Decode::Int), ("n", Decode::Int)];
    let returning = |sql: &str, values| Statement { cost: Cost::Write, ..read(sql, values, &outputs) };
    let rows =
        engine.fetch(returning("INSERT INTO t(id) VALUES (NULL), (NULL) RETURNING id, n", vec![])).await.unwrap();
    assert_eq!((json(&rows).as_str(), rows.affected), (r#"[{"id":1,"n":7},{"id":2,"n":7}]"#, 2));
    let rows =
        engine.fetch(returning("DELETE FROM t WHERE id = ? RETURNING id, n", vec![Value::Int(2)])).await.unwrap();
    assert_eq!((json(&rows).as_str(), rows.affected), (r#"[{"id":2,"n":7}]"#, 1));
}

pub async fn sec_49_values_never_become_sql(site: Site) {
    site.setup(&["CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, s varchar(200))"]).await;
    let engine = site.engine().await;
    for nasty in ["'; DROP TABLE t; --", "\\' OR 1=1 #", "\u{0}\u{1a}", "?", ":name", "/*! 1 */", "\u{ff07} OR 1=1"] {
        engine.fetch(write("INSERT INTO t(s) VALUES (?)", vec![text(nasty)])).await.unwrap();
        let found = count(&engine, "SELECT COUNT(*) FROM t WHERE s = BINARY ?", vec![text(nasty)]).await;
        assert_eq!(found, 1, "{nasty}");
    }
    assert_eq!(count(&engine, "SELECT COUNT(*) FROM t", vec![]).await, 7);
}

pub async fn json_documents_stay_on_one_line(site: Site) {
    site.setup(&["CREATE TABLE t (j json)", "INSERT INTO t VALUES ('{\n  \"a\": \"x\\\\ny\"\r\n}')"]).await;
    let output = Output { shape: OutputShape::new("j", Decode::Json), visible: true, captured: false };
    let statement = Statement {
        outputs: vec![output].into(),
        format: portcullis_query::RowFormat::Ndjson,
        ..read("SELECT j FROM t", vec![], &[])
    };
    let rows = site.engine().await.fetch(statement).await.unwrap();
    assert_eq!(String::from_utf8(rows.bytes).unwrap(), "{\"j\":{  \"a\": \"x\\ny\"}}\n");
}

pub async fn names_may_hold_what_looks_like_a_placeholder(site: Site) {
    site.setup(&["CREATE TABLE `t:a?` (`x:y``:z?` int, `'#--` int)"]).await;
    let engine = site.engine().await;
    let values = vec![Value::Int(1), Value::Int(2)];
    engine.fetch(write("INSERT INTO `t:a?` (`x:y``:z?`, `'#--`) VALUES (?, ?)", values)).await.unwrap();
    let sql = "SELECT `t:a?`.`x:y``:z?` + `'#--` FROM `t:a?` WHERE `x:y``:z?` = ? AND `'#--` > ?";
    assert_eq!(count(&engine, sql, vec![Value::Int(1), Value::Int(0)]).await, 3);
}
