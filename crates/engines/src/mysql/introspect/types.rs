//! Native column types in our words.

use portcullis_schema::{ColumnType, Generated, Storage, TableInfo};

/// The catalogue's numbers about a column.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sizes {
    /// `character_maximum_length`.
    pub chars: Option<u64>,
    /// `numeric_precision`.
    pub precision: Option<u64>,
    /// `numeric_scale`.
    pub scale: Option<u64>,
}

/// The column type a native type stands for. A `SET` and the address types travel as text; geometry is selected as
/// text by the dialect (`ST_AsText`); bit fields of more than one bit are unsigned numbers.
pub fn column_type(data_type: &str, native: &str, sizes: Sizes) -> (ColumnType, Storage) {
    let exact = native;
    let native = native.to_lowercase();
    let signed = !native.contains("unsigned");
    let integer = |bits| ColumnType::Integer { bits, signed };
    let narrow = |size: Option<u64>| size.and_then(|size| u32::try_from(size).ok());
    let ty = match data_type {
        "tinyint" if native.starts_with("tinyint(1)") && signed => ColumnType::Boolean,
        "tinyint" => integer(8),
        "smallint" => integer(16),
        "mediumint" => integer(24),
        "int" | "integer" => integer(32),
        "bigint" => integer(64),
        "year" => ColumnType::Integer { bits: 16, signed: false },
        "bit" if sizes.precision == Some(1) || native == "bit(1)" => ColumnType::Boolean,
        "bit" => ColumnType::Integer { bits: 64, signed: false },
        "decimal" | "numeric" => ColumnType::Decimal { precision: narrow(sizes.precision), scale: narrow(sizes.scale) },
        "float" => ColumnType::Float { bits: 32 },
        "double" | "real" => ColumnType::Float { bits: 64 },
        // A LONGTEXT's bound is that of a packet.
        "longtext" => ColumnType::Text { max_chars: None },
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" => ColumnType::Text { max_chars: narrow(sizes.chars) },
        "enum" => ColumnType::Enum { values: labels(exact) },
        "date" => ColumnType::Date,
        "time" => ColumnType::Time { zone: false },
        "datetime" => ColumnType::DateTime { zone: false },
        "timestamp" => ColumnType::DateTime { zone: true },
        "json" => ColumnType::Json,
        "uuid" => ColumnType::Uuid,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" | "vector" => ColumnType::Bytes,
        "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring" | "multipolygon"
        | "geometrycollection" | "geomcollection" => return (ColumnType::Other, Storage::CastText),
        _ => ColumnType::Other,
    };
    (ty, Storage::Native)
}

/// The labels of `enum('a','it''s','back\\\\slash')`, in their order and exactly.
fn labels(native: &str) -> Vec<String> {
    let mut labels = Vec::new();
    let mut label: Option<String> = None;
    let mut chars = native.chars().peekable();
    while let Some(c) = chars.next() {
        match (&mut label, c) {
            (Some(text), '\'') if chars.peek() == Some(&'\'') => {
                chars.next();
                text.push('\'');
            }
            (Some(_), '\'') => labels.extend(label.take()),
            (Some(text), '\\') => text.push(match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('0') => '\0',
                other => other.unwrap_or('\\'),
            }),
            (Some(text), c) => text.push(c),
            (None, '\'') => label = Some(String::new()),
            (None, _) => {}
        }
    }
    labels
}

/// Whether the database makes a column's value, by the catalogue's `extra`.
pub fn generated(extra: &str) -> Generated {
    let extra = extra.to_uppercase();
    let words = || extra.split_whitespace();
    if words().any(|word| word == "AUTO_INCREMENT") {
        Generated::Counter
    } else if words().any(|word| matches!(word, "GENERATED" | "VIRTUAL" | "PERSISTENT" | "STORED")) {
        // Not `DEFAULT_GENERATED`: that is MySQL's word for a default that is an expression.
        Generated::Computed
    } else {
        Generated::No
    }
}

/// The column whose text a check keeps to JSON: ``json_valid(`column`)``.
pub fn json_column(expression: &str) -> Option<String> {
    let name = expression.trim().strip_prefix("json_valid(`")?.strip_suffix("`)")?;
    let name = name.replace("``", "\0");
    (!name.contains('`')).then(|| name.replace('\0', "`"))
}

/// MariaDB lists the absence of a default as the text `NULL`.
pub fn settle_mariadb_defaults(table: &mut TableInfo) {
    for column in &mut table.columns {
        column.default = column.default.take().filter(|default| !default.eq_ignore_ascii_case("null"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ty(data_type: &str, native: &str) -> ColumnType {
        column_type(data_type, native, Sizes::default()).0
    }

    #[test]
    fn native_types_become_ours() {
        assert_eq!(ty("tinyint", "tinyint(1)"), ColumnType::Boolean);
        assert_eq!(ty("tinyint", "tinyint(1) unsigned"), ColumnType::Integer { bits: 8, signed: false });
        assert_eq!(ty("tinyint", "tinyint(4)"), ColumnType::Integer { bits: 8, signed: true });
        assert_eq!(ty("bigint", "bigint(20) unsigned zerofill"), ColumnType::Integer { bits: 64, signed: false });
        assert_eq!(ty("bit", "bit(1)"), ColumnType::Boolean);
        assert_eq!(ty("bit", "bit(9)"), ColumnType::Integer { bits: 64, signed: false });
        assert_eq!(ty("timestamp", "timestamp(6)"), ColumnType::DateTime { zone: true });
        assert_eq!(ty("binary", "binary(16)"), ColumnType::Bytes);
        assert_eq!(ty("set", "set('a','b')"), ColumnType::Other);
        assert_eq!(ty("inet6", "inet6"), ColumnType::Other);
        assert_eq!(column_type("point", "point", Sizes::default()), (ColumnType::Other, Storage::CastText));
        let sizes = Sizes { precision: Some(65), scale: Some(30), ..Sizes::default() };
        let decimal = ColumnType::Decimal { precision: Some(65), scale: Some(30) };
        assert_eq!(column_type("decimal", "decimal(65,30)", sizes).0, decimal);
    }

    #[test]
    fn labels_keep_quotes_commas_and_backslashes() {
        assert_eq!(labels(r"enum('a','it''s','x,y','','b\\c','d\ne')"), ["a", "it's", "x,y", "", r"b\c", "d\ne"]);
    }

    #[test]
    fn what_the_database_makes_is_known_by_extra() {
        assert_eq!(generated("auto_increment"), Generated::Counter);
        assert_eq!(generated("VIRTUAL GENERATED"), Generated::Computed);
        assert_eq!(generated("STORED GENERATED, INVISIBLE"), Generated::Computed);
        assert_eq!(generated("DEFAULT_GENERATED on update CURRENT_TIMESTAMP"), Generated::No);
        assert_eq!(generated("on update current_timestamp()"), Generated::No);
    }

    #[test]
    fn a_json_check_names_its_column() {
        assert_eq!(json_column("json_valid(`a``b`)").as_deref(), Some("a`b"));
        assert_eq!(json_column("json_valid(`a`) and json_valid(`b`)"), None);
        assert_eq!(json_column("`a` > 0"), None);
    }
}
