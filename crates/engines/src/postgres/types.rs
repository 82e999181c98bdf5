//! PostgreSQL's types in our words.

use portcullis_schema::{ColumnType, Storage};
use std::collections::HashMap;
use tokio_postgres::Row;

/// A row of `pg_type`, with what hangs on it.
pub struct TypeRow {
    name: String,
    schema: String,
    /// `b`ase, `c`omposite, `d`omain, `e`num, `p`seudo, `r`ange, `m`ultirange.
    kind: String,
    /// The item type of a true array, else 0.
    item: u32,
    /// What a domain stands on, else 0.
    base: u32,
    base_modifier: i32,
    base_format: Option<String>,
    not_null: bool,
    default: Option<String>,
    labels: Option<Vec<String>>,
}

/// Types by their object id.
pub type Types = HashMap<u32, TypeRow>;

/// A column's type with its domains followed to the ground.
pub struct Resolved {
    /// In our words.
    pub ty: ColumnType,
    /// Whether values are read natively or as text.
    pub storage: Storage,
    /// The base type's own words if there was a domain.
    pub base_format: Option<String>,
    /// Whether a domain forbids NULL.
    pub not_null: bool,
    /// The outermost domain's default.
    pub default: Option<String>,
    /// The domains on the way, whose checks hold as well.
    pub domains: Vec<u32>,
}

impl TypeRow {
    /// Takes a row of [`super::introspect`]'s type query.
    pub fn read(row: &Row) -> Result<(u32, Self), tokio_postgres::Error> {
        Ok((
            row.try_get(0)?,
            Self {
                name: row.try_get(1)?,
                schema: row.try_get(2)?,
                kind: row.try_get(3)?,
                item: row.try_get(4)?,
                base: row.try_get(5)?,
                base_modifier: row.try_get(6)?,
                base_format: row.try_get(7)?,
                not_null: row.try_get(8)?,
                default: row.try_get(9)?,
                labels: row.try_get(10)?,
            },
        ))
    }
}

/// Follows a type to the ground and names it.
pub fn resolve(types: &Types, oid: u32, modifier: i32) -> Resolved {
    let mut found = Resolved {
        ty: ColumnType::Other,
        storage: Storage::CastText,
        base_format: None,
        not_null: false,
        default: None,
        domains: Vec::new(),
    };
    let (mut oid, mut modifier) = (oid, modifier);
    while let Some(domain) = types.get(&oid).filter(|ty| ty.kind == "d") {
        found.not_null |= domain.not_null;
        found.default = found.default.or_else(|| domain.default.clone());
        found.base_format = domain.base_format.clone();
        found.domains.push(oid);
        (oid, modifier) = (domain.base, domain.base_modifier);
    }
    let Some(ty) = types.get(&oid) else { return found };
    if ty.item != 0 {
        // What looks like an array and is printed like a list of words.
        if matches!(ty.name.as_str(), "int2vector" | "oidvector") {
            return found;
        }
        // Boxes are parted by `;` and hold commas: their arrays stay one text.
        if types.get(&ty.item).is_some_and(|item| item.name == "box" && item.schema == "pg_catalog") {
            return found;
        }
        let item = resolve(types, ty.item, modifier);
        found.ty = ColumnType::Array { item: Box::new(item.ty) };
        found.storage = item.storage;
    } else if let Some(native) = native(ty, modifier) {
        found.ty = native;
        found.storage = Storage::Native;
    }
    found
}

/// The types with a reader of ours; `None` travels as text.
fn native(ty: &TypeRow, modifier: i32) -> Option<ColumnType> {
    if ty.kind == "e" {
        return Some(ColumnType::Enum { values: ty.labels.clone().unwrap_or_default() });
    }
    if ty.kind == "b" && ty.name == "citext" {
        return Some(ColumnType::Text { max_chars: None });
    }
    if ty.schema != "pg_catalog" {
        return None;
    }
    Some(match ty.name.as_str() {
        "bool" => ColumnType::Boolean,
        "int2" => ColumnType::Integer { bits: 16, signed: true },
        "int4" => ColumnType::Integer { bits: 32, signed: true },
        "int8" => ColumnType::Integer { bits: 64, signed: true },
        "oid" => ColumnType::Integer { bits: 32, signed: false },
        "float4" => ColumnType::Float { bits: 32 },
        "float8" => ColumnType::Float { bits: 64 },
        "numeric" => decimal(modifier),
        "text" => ColumnType::Text { max_chars: None },
        // The modifier counts four bytes of header.
        "varchar" | "bpchar" => ColumnType::Text { max_chars: u32::try_from(modifier - 4).ok() },
        "char" => ColumnType::Text { max_chars: Some(1) },
        "name" => ColumnType::Text { max_chars: Some(63) },
        "uuid" => ColumnType::Uuid,
        "date" => ColumnType::Date,
        "time" => ColumnType::Time { zone: false },
        "timetz" => ColumnType::Time { zone: true },
        "timestamp" => ColumnType::DateTime { zone: false },
        "timestamptz" => ColumnType::DateTime { zone: true },
        "json" | "jsonb" => ColumnType::Json,
        "bytea" => ColumnType::Bytes,
        _ => return None,
    })
}

/// Source: PostgreSQL, `numeric.c`, `numeric_typmod_precision` and `numeric_typmod_scale` (11 bits, signed).
fn decimal(modifier: i32) -> ColumnType {
    if modifier < 4 {
        return ColumnType::Decimal { precision: None, scale: None };
    }
    let precision = ((modifier - 4) >> 16) & 0xffff;
    let scale = (((modifier - 4) & 0x7ff) ^ 1024) - 1024;
    // numeric(3,-2) holds 99900: five digits, none behind the point.
    let whole = precision - scale.min(0);
    ColumnType::Decimal { precision: u32::try_from(whole).ok(), scale: u32::try_from(scale.max(0)).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modifier_of_a_numeric_gives_precision_and_scale() {
        let of = |precision: i32, scale: i32| decimal(((precision << 16) | (scale & 0x7ff)) + 4);
        assert_eq!(of(12, 2), ColumnType::Decimal { precision: Some(12), scale: Some(2) });
        assert_eq!(of(3, -2), ColumnType::Decimal { precision: Some(5), scale: Some(0) });
        assert_eq!(of(2, 5), ColumnType::Decimal { precision: Some(2), scale: Some(5) });
        assert_eq!(decimal(-1), ColumnType::Decimal { precision: None, scale: None });
    }
}
