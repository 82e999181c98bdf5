//! Declared type names as our types. SQLite takes any words as a type, so the words decide.

use portcullis_schema::ColumnType;

/// What a declared type means.
pub fn of(declared: &str) -> ColumnType {
    let upper = declared.trim().to_ascii_uppercase();
    let (name, arguments) = match upper.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.split_once(')').map_or(rest, |(arguments, _)| arguments)),
        None => (upper.as_str(), ""),
    };
    let is = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let mut numbers = arguments.split(',').map(|number| number.trim().parse().ok());
    if name.starts_with("BOOL") {
        ColumnType::Boolean
    } else if is(&["INTERVAL", "POINT"]) {
        ColumnType::Other
    } else if is(&["INT"]) {
        ColumnType::Integer { bits: 64, signed: true }
    } else if name == "NUM" || name.starts_with("NUMBER") || is(&["NUMERIC", "DECIMAL"]) {
        let precision = numbers.next().flatten();
        let scale = numbers.next().flatten().or(precision.map(|_| 0));
        ColumnType::Decimal { precision, scale }
    } else if is(&["REAL", "DOUBLE", "FLOAT"]) {
        ColumnType::Float { bits: 64 }
    } else if is(&["DATETIME", "TIMESTAMP"]) {
        ColumnType::DateTime { zone: false }
    } else if name == "DATE" {
        ColumnType::Date
    } else if name == "TIME" {
        ColumnType::Time { zone: false }
    } else if is(&["UUID", "GUID", "UNIQUEIDENTIFIER"]) {
        ColumnType::Uuid
    } else if is(&["JSON"]) {
        ColumnType::Json
    } else if is(&["BLOB", "BINARY", "BYTEA"]) {
        ColumnType::Bytes
    } else if name.is_empty() || is(&["CHAR", "TEXT", "CLOB", "STRING"]) {
        ColumnType::Text { max_chars: None }
    } else {
        ColumnType::Other
    }
}

/// `TINYINT(1)`: how frameworks without a boolean of their own declare one.
pub fn may_be_boolean(declared: &str) -> bool {
    declared.trim().eq_ignore_ascii_case("tinyint(1)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_names_become_types() {
        use ColumnType as T;
        for (declared, ty) in [
            ("boolean", T::Boolean),
            ("BOOL", T::Boolean),
            ("INTEGER", T::Integer { bits: 64, signed: true }),
            ("unsigned big int", T::Integer { bits: 64, signed: true }),
            ("DECIMAL(10, 2)", T::Decimal { precision: Some(10), scale: Some(2) }),
            ("NUMERIC(5)", T::Decimal { precision: Some(5), scale: Some(0) }),
            ("numeric", T::Decimal { precision: None, scale: None }),
            ("DOUBLE PRECISION", T::Float { bits: 64 }),
            ("datetime(6)", T::DateTime { zone: false }),
            ("TIMESTAMP WITH TIME ZONE", T::DateTime { zone: false }),
            ("date", T::Date),
            ("TIME", T::Time { zone: false }),
            ("uuid", T::Uuid),
            ("jsonb", T::Json),
            ("VARBINARY(16)", T::Bytes),
            ("VARCHAR(40)", T::Text { max_chars: None }),
            ("", T::Text { max_chars: None }),
            ("ANY", T::Other),
            ("POINT", T::Other),
        ] {
            assert_eq!(of(declared), ty, "{declared}");
        }
    }
}
