//! Values: in as text, out as JSON, and back again.

use crate::server::{Db, json, point, scan, text, write};
use portcullis_engines::Engine;
use portcullis_query::{RowFormat, Statement, Value};
use portcullis_schema::Decode::{self, *};

/// Column type, reader, a value as it goes in, the JSON that comes out.
fn samples() -> Vec<(&'static str, Decode, Value, &'static str)> {
    let ints = || Array(Box::new(Int));
    let texts = || Array(Box::new(Text));
    vec![
        ("boolean", Bool, Value::Bool(true), "true"),
        ("smallint", Int, Value::Int(-32_768), "-32768"),
        ("integer", Int, Value::Int(2_147_483_647), "2147483647"),
        ("bigint", Int, Value::Int(i64::MIN), "-9223372036854775808"),
        ("oid", Int, Value::Int(4_294_967_295), "4294967295"),
        ("real", Float32, Value::Float(0.1), "0.1"),
        ("double precision", Float64, Value::Float(-1.5e300), "-1.5e300"),
        ("double precision", Float64, text("NaN"), "null"),
        (
            "numeric",
            Decimal,
            text("1234567890123456789012345678901234567.891"),
            "1234567890123456789012345678901234567.891",
        ),
        ("numeric(40,10)", Decimal, text("-0.0000000001"), "-0.0000000001"),
        ("numeric(12,2)", Decimal, Value::Int(100_000), "100000.00"),
        ("numeric", Decimal, text("NaN"), "null"),
        ("numeric", Decimal, text("-Infinity"), "null"),
        ("text", Text, text("a \"b\" \\ \n \u{1} é ☃"), r#""a \"b\" \\ \n \u0001 é ☃""#),
        ("varchar(5)", Text, text("äöüß"), r#""äöüß""#),
        ("char(3)", Text, text("ab"), r#""ab ""#),
        ("name", Text, text("id"), r#""id""#),
        ("\"char\"", Text, text("x"), r#""x""#),
        ("citext", Text, text("Ada"), r#""Ada""#),
        ("mood", Text, text("not so \"sad\""), r#""not so \"sad\"""#),
        ("uuid", Uuid, text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), r#""a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11""#),
        ("date", Date, text("2024-02-29"), r#""2024-02-29""#),
        ("date", Date, text("infinity"), "null"),
        ("time", Time, text("23:59:59.5"), r#""23:59:59.5""#),
        ("timetz", TimeZone, text("01:02:03+05:30"), r#""01:02:03+05:30""#),
        ("timestamp", DateTime, text("2024-02-29 12:34:56.25"), r#""2024-02-29T12:34:56.25Z""#),
        ("timestamptz", DateTime, text("2024-02-29 12:34:56.000001+02"), r#""2024-02-29T10:34:56.000001Z""#),
        ("timestamptz", DateTime, text("-infinity"), "null"),
        ("timestamptz", DateTime, text("0044-03-15 12:00:00+00 BC"), "null"),
        ("json", Json, text("{\"a\":\n 1e400}"), "{\"a\":  1e400}"),
        ("jsonb", Json, text(r#"{"b":[1,null],"a":"é"}"#), r#"{"a": "é", "b": [1, null]}"#),
        ("bytea", Bytes, Value::Bytes(vec![0, 255, 16]), r#""AP8Q""#),
        ("integer[]", ints(), Value::List(vec![Value::Int(1), Value::Null]), "[1,null]"),
        ("text[]", texts(), Value::List(vec![text("a,\"b"), text("NULL")]), r#"["a,\"b","NULL"]"#),
        ("mood[]", texts(), Value::List(vec![text("ok")]), r#"["ok"]"#),
        ("positive", Int, Value::Int(7), "7"),
        ("positive[]", ints(), Value::List(vec![Value::Int(7)]), "[7]"),
    ]
}

/// Types without a reader: selected and written as text.
const AS_TEXT: &[(&str, &str, &str)] = &[
    ("interval", "1 year 2 days 03:04:05", r#""1 year 2 days 03:04:05""#),
    ("inet", "10.0.0.1/8", r#""10.0.0.1/8""#),
    ("int4range", "[1,5)", r#""[1,5)""#),
    ("int4multirange", "{[1,3),[5,7)}", r#""{[1,3),[5,7)}""#),
    ("pair", "(1,\"a,b\")", r#""(1,\"a,b\")""#),
    ("money", "$12.50", r#""$12.50""#),
    ("xml", "<a>1</a>", r#""<a>1</a>""#),
    ("tsvector", "'a':1", r#""'a':1""#),
    ("bit(3)", "101", r#""101""#),
    ("point", "(1,2)", r#""(1,2)""#),
    ("macaddr", "08:00:2b:01:02:03", r#""08:00:2b:01:02:03""#),
];

const SETUP: &str = "
    CREATE EXTENSION citext;
    CREATE TYPE mood AS ENUM ('ok', 'not so \"sad\"');
    CREATE TYPE pair AS (n int, t text);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);";

async fn round_trip(db: &Db, engine: &dyn Engine, ty: &str, decode: Decode, value: Value) -> (String, Value) {
    db.sql(&format!("DROP TABLE IF EXISTS sample; CREATE TABLE sample (v {ty})")).await;
    // A text of its own for each type: the table is another one each time.
    engine.fetch(write(&format!("INSERT INTO sample (v) VALUES ($1) /* {ty} */"), vec![value])).await.unwrap();
    let select = format!("SELECT v FROM sample /* {ty} */");
    let rows = engine.fetch(scan(&select, vec![], &[("v", decode)])).await.unwrap();
    let text = String::from_utf8(rows.bytes).unwrap();
    let json = text.strip_prefix("{\"v\":").unwrap().strip_suffix('}').unwrap().to_owned();
    (json, rows.captured.into_iter().next().unwrap())
}

pub async fn every_type_goes_in_as_text_and_comes_out_as_json(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    for (ty, decode, value, expected) in samples() {
        let (json, _) = round_trip(&db, &*engine, ty, decode, value.clone()).await;
        assert_eq!(json, expected, "{ty} {value:?}");
    }
    for (ty, value, expected) in AS_TEXT {
        db.sql(&format!("DROP TABLE IF EXISTS sample; CREATE TABLE sample (v {ty}, list {ty}[])")).await;
        let insert = format!("INSERT INTO sample (v, list) VALUES ($1, $2) /* {ty} */");
        let list = Value::List(vec![text(value), Value::Null]);
        engine.fetch(write(&insert, vec![text(value), list])).await.unwrap();
        let columns = [("v", Text), ("list", Array(Box::new(Text)))];
        let select = format!("SELECT v::text, list::text FROM sample /* {ty} */");
        let rows = json(engine.fetch(scan(&select, vec![], &columns)).await);
        assert_eq!(rows, format!(r#"{{"v":{expected},"list":[{expected},null]}}"#), "{ty}");
    }
}

pub async fn null_of_every_type_is_null(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    for (ty, decode, _, _) in samples() {
        let (json, captured) = round_trip(&db, &*engine, ty, decode, Value::Null).await;
        assert_eq!((json.as_str(), captured), ("null", Value::Null), "{ty}");
    }
}

pub async fn captured_values_can_be_bound_again(db: Db) {
    db.sql(SETUP).await;
    let engine = db.engine().await;
    let mut extra = vec![
        ("timestamptz", DateTime, text("294276-12-31 23:59:59.999999+00"), "null"),
        ("timestamp", DateTime, text("infinity"), "null"),
        ("timestamp", DateTime, text("4713-01-01 00:00:00 BC"), "null"),
        ("date", Date, text("0044-03-15 BC"), "null"),
        ("integer[]", Array(Box::new(Int)), Value::List(vec![]), "[]"),
        ("bytea[]", Array(Box::new(Bytes)), Value::List(vec![Value::Bytes(vec![1, 2])]), "[\"AQI=\"]"),
    ];
    // The JSON types alone have no equality.
    extra.extend(samples().into_iter().filter(|(ty, ..)| *ty != "json"));
    for (ty, decode, value, _) in extra {
        let (_, captured) = round_trip(&db, &*engine, ty, decode, value.clone()).await;
        let select = format!("SELECT count(*) AS n FROM sample WHERE v = $1 /* {ty} */");
        let rows = json(engine.fetch(scan(&select, vec![captured.clone()], &[("n", Int)])).await);
        assert_eq!(rows, r#"{"n":1}"#, "{ty} {value:?} came back as {captured:?}");
    }
}

pub async fn casts_and_aggregates_are_read_by_their_wire_type(db: Db) {
    let engine = db.engine().await;
    for (select, decode, expected) in [
        ("sum(i)", Int, "6"),
        ("sum(i::bigint)", Decimal, "6"),
        ("avg(i)", Decimal, "2.0000000000000000"),
        ("avg(i)", Float64, "2.0"),
        ("count(*)", Int, "3"),
        ("max(i)::text", Int, "3"),
        ("'12.50'::text", Decimal, "12.50"),
        ("'t'::text", Bool, "true"),
        ("'2024-01-02 03:04:05.6+00'::text", DateTime, r#""2024-01-02T03:04:05.6Z""#),
        ("max(i)", Text, r#""3""#),
        ("true", Text, r#""true""#),
        ("json_agg(i ORDER BY i)", Json, "[1, 2, 3]"),
        ("array_agg(i ORDER BY i)", Array(Box::new(Text)), r#"["1","2","3"]"#),
        ("jsonb_build_object('n', 1)::text", Json, r#"{"n": 1}"#),
    ] {
        let rows = engine.fetch(scan(
            &format!("SELECT {select} FROM generate_series(1, 3) i LIMIT 1"),
            vec![],
            &[("v", decode)],
        ));
        assert_eq!(json(rows.await), format!(r#"{{"v":{expected}}}"#), "{select}");
    }
}

pub async fn arrays_nest_and_hold_nulls(db: Db) {
    let engine = db.engine().await;
    let array = || Array(Box::new(Int));
    let nested = Value::List(vec![
        Value::List(vec![Value::Int(1), Value::Null]),
        Value::List(vec![Value::Int(3), Value::Int(4)]),
    ]);
    let rows = engine.fetch(scan("SELECT $1::int[] AS v", vec![nested.clone()], &[("v", array())])).await.unwrap();
    assert_eq!(rows.bytes, br#"{"v":[[1,null],[3,4]]}"#);
    assert_eq!(rows.captured, [nested]);
    let any = scan(
        "SELECT i FROM generate_series(1, 9) i WHERE i = ANY ($1)",
        vec![Value::List(vec![Value::Int(2), Value::Int(5)])],
        &[("i", Int)],
    );
    assert_eq!(json(engine.fetch(any).await), r#"{"i":2},{"i":5}"#);
}

pub async fn one_text_may_be_asked_for_in_two_ways(db: Db) {
    let engine = db.engine().await;
    for (decode, expected) in [(Int, r#"{"v":5}"#), (Text, r#"{"v":"5"}"#), (Int, r#"{"v":5}"#)] {
        assert_eq!(json(engine.fetch(point("SELECT 5 AS v", vec![], &[("v", decode)])).await), expected);
    }
    let lines = Statement { format: RowFormat::Ndjson, ..scan("SELECT 5 AS v", vec![], &[("v", Int)]) };
    assert_eq!(json(engine.fetch(lines).await), "{\"v\":5}\n");
}
