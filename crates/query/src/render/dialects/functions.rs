//! Functions of columns and places inside JSON documents, in each dialect.

use crate::{
    plan::JsonKind,
    render::JsonPiece::{self, Column, Path, Sql},
    request::ColumnFunction,
};
use portcullis_schema::Storage;

/// What stands before and after a column.
type Around = (&'static str, &'static str);

pub(super) const fn postgres(function: ColumnFunction) -> Around {
    use ColumnFunction as F;
    match function {
        F::Year => ("(date_part('year', ", "))::bigint"),
        F::Quarter => ("(date_part('quarter', ", "))::bigint"),
        F::Month => ("(date_part('month', ", "))::bigint"),
        F::Week => ("(date_part('week', ", "))::bigint"),
        F::Day => ("(date_part('day', ", "))::bigint"),
        F::Weekday => ("(date_part('dow', ", "))::bigint"),
        F::Yearday => ("(date_part('doy', ", "))::bigint"),
        F::Hour => ("(date_part('hour', ", "))::bigint"),
        F::Minute => ("(date_part('minute', ", "))::bigint"),
        F::Second => ("(floor(date_part('second', ", ")))::bigint"),
        F::Date => ("(", ")::date"),
        F::Time => ("(", ")::time"),
        F::Text => ("(", ")::text"),
    }
}

pub(super) const fn mysql(function: ColumnFunction) -> Around {
    use ColumnFunction as F;
    match function {
        F::Year => ("YEAR(", ")"),
        F::Quarter => ("QUARTER(", ")"),
        F::Month => ("MONTH(", ")"),
        // Mode 3 is the week of ISO 8601.
        F::Week => ("WEEK(", ", 3)"),
        F::Day => ("DAYOFMONTH(", ")"),
        F::Weekday => ("(DAYOFWEEK(", ") - 1)"),
        F::Yearday => ("DAYOFYEAR(", ")"),
        F::Hour => ("HOUR(", ")"),
        F::Minute => ("MINUTE(", ")"),
        F::Second => ("SECOND(", ")"),
        F::Date => ("DATE(", ")"),
        F::Time => ("TIME(", ")"),
        F::Text => ("CAST(", " AS CHAR)"),
    }
}

/// One function for the three ways in which SQLite keeps a moment.
macro_rules! sqlite_moments {
    ($storage:expr, $before:literal, $further:literal, $after:literal) => {
        match $storage {
            Storage::EpochSeconds => ($before, concat!(", 'unixepoch'", $further, $after)),
            Storage::EpochMillis => ($before, concat!(" / 1000.0, 'unixepoch'", $further, $after)),
            _ => ($before, concat!($further, $after)),
        }
    };
}

pub(super) const fn sqlite(function: ColumnFunction, storage: Storage) -> Around {
    use ColumnFunction as F;
    match function {
        F::Year => sqlite_moments!(storage, "CAST(strftime('%Y', ", "", ") AS INTEGER)"),
        F::Quarter => sqlite_moments!(storage, "((CAST(strftime('%m', ", "", ") AS INTEGER) + 2) / 3)"),
        F::Month => sqlite_moments!(storage, "CAST(strftime('%m', ", "", ") AS INTEGER)"),
        // The week of a day is that of its Thursday.
        F::Week => {
            sqlite_moments!(storage, "((CAST(strftime('%j', ", ", '-3 days', 'weekday 4'", ") AS INTEGER) + 6) / 7)")
        }
        F::Day => sqlite_moments!(storage, "CAST(strftime('%d', ", "", ") AS INTEGER)"),
        F::Weekday => sqlite_moments!(storage, "CAST(strftime('%w', ", "", ") AS INTEGER)"),
        F::Yearday => sqlite_moments!(storage, "CAST(strftime('%j', ", "", ") AS INTEGER)"),
        F::Hour => sqlite_moments!(storage, "CAST(strftime('%H', ", "", ") AS INTEGER)"),
        F::Minute => sqlite_moments!(storage, "CAST(strftime('%M', ", "", ") AS INTEGER)"),
        F::Second => sqlite_moments!(storage, "CAST(strftime('%S', ", "", ") AS INTEGER)"),
        F::Date => sqlite_moments!(storage, "date(", "", ")"),
        F::Time => sqlite_moments!(storage, "time(", "", ")"),
        F::Text => ("CAST(", " AS TEXT)"),
    }
}

pub(super) const fn postgres_json(kind: JsonKind) -> &'static [JsonPiece] {
    match kind {
        JsonKind::Any => &[Sql("(("), Column, Sql(")::jsonb #>> "), Path, Sql("::text[])")],
        JsonKind::Type => &[Sql("jsonb_typeof(("), Column, Sql(")::jsonb #> "), Path, Sql("::text[])")],
        JsonKind::Text => &[
            Sql("(CASE jsonb_typeof(("),
            Column,
            Sql(")::jsonb #> "),
            Path,
            Sql("::text[]) WHEN 'string' THEN ("),
            Column,
            Sql(")::jsonb #>> "),
            Path,
            Sql("::text[] END)"),
        ],
        JsonKind::Number => &[
            Sql("(CASE jsonb_typeof(("),
            Column,
            Sql(")::jsonb #> "),
            Path,
            Sql("::text[]) WHEN 'number' THEN (("),
            Column,
            Sql(")::jsonb #>> "),
            Path,
            Sql("::text[])::numeric END)"),
        ],
        JsonKind::Boolean => &[
            Sql("(CASE jsonb_typeof(("),
            Column,
            Sql(")::jsonb #> "),
            Path,
            Sql("::text[]) WHEN 'boolean' THEN (("),
            Column,
            Sql(")::jsonb #>> "),
            Path,
            Sql("::text[])::boolean END)"),
        ],
        JsonKind::Length => &[
            Sql("(CASE jsonb_typeof(("),
            Column,
            Sql(")::jsonb #> "),
            Path,
            Sql("::text[]) WHEN 'array' THEN jsonb_array_length(("),
            Column,
            Sql(")::jsonb #> "),
            Path,
            Sql("::text[]) END)"),
        ],
    }
}

pub(super) const fn mysql_json(kind: JsonKind) -> &'static [JsonPiece] {
    match kind {
        JsonKind::Any => &[
            Sql("(CASE JSON_TYPE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) WHEN 'NULL' THEN NULL ELSE JSON_UNQUOTE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) END)"),
        ],
        JsonKind::Type => &[
            Sql("(CASE JSON_TYPE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'STRING' THEN 'string' WHEN 'BOOLEAN' \
                 THEN 'boolean' WHEN 'NULL' THEN 'null' WHEN 'INTEGER' THEN 'number' WHEN 'UNSIGNED INTEGER' THEN \
                 'number' WHEN 'DOUBLE' THEN 'number' WHEN 'DECIMAL' THEN 'number' END)"),
        ],
        JsonKind::Text => &[
            Sql("(CASE JSON_TYPE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) WHEN 'STRING' THEN JSON_UNQUOTE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) END)"),
        ],
        JsonKind::Number => &[
            Sql("(CASE WHEN JSON_TYPE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) IN ('INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL') THEN JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(") + 0e0 END)"),
        ],
        JsonKind::Boolean => &[
            Sql("(CASE JSON_TYPE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) WHEN 'BOOLEAN' THEN JSON_UNQUOTE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) = 'true' END)"),
        ],
        JsonKind::Length => &[
            Sql("(CASE JSON_TYPE(JSON_EXTRACT("),
            Column,
            Sql(", "),
            Path,
            Sql(")) WHEN 'ARRAY' THEN JSON_LENGTH("),
            Column,
            Sql(", "),
            Path,
            Sql(") END)"),
        ],
    }
}

// A column of a JSON type may hold anything here: what is no JSON has no places.
pub(super) const fn sqlite_json(kind: JsonKind) -> &'static [JsonPiece] {
    match kind {
        JsonKind::Any => {
            &[Sql("iif(json_valid("), Column, Sql("), json_extract("), Column, Sql(", "), Path, Sql("), NULL)")]
        }
        JsonKind::Type => &[
            Sql("(CASE iif(json_valid("),
            Column,
            Sql("), json_type("),
            Column,
            Sql(", "),
            Path,
            Sql(
                "), NULL) WHEN 'object' THEN 'object' WHEN 'array' THEN 'array' WHEN 'text' THEN 'string' WHEN 'true' \
                 THEN 'boolean' WHEN 'false' THEN 'boolean' WHEN 'null' THEN 'null' WHEN 'integer' THEN 'number' WHEN \
                 'real' THEN 'number' END)",
            ),
        ],
        JsonKind::Text => &[
            Sql("(CASE iif(json_valid("),
            Column,
            Sql("), json_type("),
            Column,
            Sql(", "),
            Path,
            Sql("), NULL) WHEN 'text' THEN json_extract("),
            Column,
            Sql(", "),
            Path,
            Sql(") END)"),
        ],
        JsonKind::Number => &[
            Sql("(CASE WHEN iif(json_valid("),
            Column,
            Sql("), json_type("),
            Column,
            Sql(", "),
            Path,
            Sql("), NULL) IN ('integer', 'real') THEN json_extract("),
            Column,
            Sql(", "),
            Path,
            Sql(") END)"),
        ],
        JsonKind::Boolean => &[
            Sql("(CASE iif(json_valid("),
            Column,
            Sql("), json_type("),
            Column,
            Sql(", "),
            Path,
            Sql("), NULL) WHEN 'true' THEN 1 WHEN 'false' THEN 0 END)"),
        ],
        JsonKind::Length => &[
            Sql("(CASE iif(json_valid("),
            Column,
            Sql("), json_type("),
            Column,
            Sql(", "),
            Path,
            Sql("), NULL) WHEN 'array' THEN json_array_length("),
            Column,
            Sql(", "),
            Path,
            Sql(") END)"),
        ],
    }
}

/// `$."a"."b"`: keys have no quotes and no backslashes.
pub(super) fn dollar_path(keys: &[String]) -> String {
    let mut path = "$".to_owned();
    for key in keys {
        path.push_str(".\"");
        path.push_str(key);
        path.push('"');
    }
    path
}
