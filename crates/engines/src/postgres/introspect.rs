//! Reads tables, columns, keys and comments from `pg_catalog`.
//!
//! One query for each kind of thing and [`BATCH_TABLES`] tables, so that thousands of tables take seconds. Needs no
//! more than the right to read; what the login may not read is not there.

use super::types::{self, TypeRow, Types};
use portcullis_schema::{Catalog, Check, ColumnInfo, ForeignKeyInfo, Generated, TableInfo, TableKind, UniqueKey};
use std::collections::{HashMap, HashSet};
use tokio_postgres::{Client, Error, Row};

/// Tables whose parts are read with one query.
const BATCH_TABLES: usize = 500;

/// Called with (tables done, tables in all).
pub type Progress<'p> = &'p (dyn Fn(usize, usize) + Send + Sync);

// Partitions are part of their parent, what an extension made is the extension's.
const TABLES: &str = "
    SELECT c.oid, n.nspname, c.relname, c.relkind::text, pg_catalog.obj_description(c.oid, 'pg_class'),
        c.relkind IN ('r', 'p', 'f') AND (
            EXISTS (SELECT 1 FROM pg_catalog.pg_trigger t
                WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled <> 'D')
            OR EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND r.ev_enabled <> 'D')),
        pg_catalog.has_table_privilege(c.oid, 'SELECT')
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1)
        AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
        AND NOT c.relispartition
        AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
        AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
        AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
    ORDER BY pg_catalog.array_position($1, n.nspname::text), c.relname COLLATE \"C\"";

const COLUMNS: &str = "
    SELECT a.attrelid, a.attname, a.atttypid, a.atttypmod, pg_catalog.format_type(a.atttypid, a.atttypmod),
        a.attnotnull, pg_catalog.pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text,
        pg_catalog.col_description(a.attrelid, a.attnum)
    FROM pg_catalog.pg_attribute a
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.attrelid = ANY ($2) OR pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT'))
    ORDER BY a.attrelid, a.attnum";

// Every type the columns use, and what those stand on. A fixed-length type with items (point) is no array.
const TYPES: &str = "
    WITH RECURSIVE used (oid) AS (
        SELECT DISTINCT a.atttypid FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
        UNION
        SELECT part.oid FROM used
        JOIN pg_catalog.pg_type t ON t.oid = used.oid
        CROSS JOIN LATERAL (VALUES (t.typbasetype), (t.typelem)) part (oid)
        WHERE part.oid <> 0)
    SELECT t.oid, t.typname, n.nspname, t.typtype::text,
        CASE WHEN t.typlen = -1 AND t.typtype = 'b' AND t.typcategory = 'A' THEN t.typelem ELSE 0 END,
        t.typbasetype, t.typtypmod,
        CASE WHEN t.typtype = 'd' THEN pg_catalog.format_type(t.typbasetype, t.typtypmod) END,
        t.typnotnull, pg_catalog.pg_get_expr(t.typdefaultbin, 0),
        CASE WHEN t.typtype = 'e' THEN (SELECT pg_catalog.array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
            FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid) END
    FROM used
    JOIN pg_catalog.pg_type t ON t.oid = used.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace";

// A key that is checked only at commit cannot settle ON CONFLICT; as a primary key it still names a row.
const KEYS: &str = "
    SELECT i.indrelid, c.relname, i.indisprimary, pg_catalog.array_agg(a.attname::text ORDER BY k.place)
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    CROSS JOIN LATERAL pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
    WHERE i.indrelid = ANY ($1) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
        AND (i.indimmediate OR i.indisprimary) AND k.place <= i.indnkeyatts
    GROUP BY i.indrelid, c.relname, i.indisprimary
    ORDER BY i.indrelid, c.relname COLLATE \"C\"";

// A key on a partitioned parent is kept once more for each partition; those have a parent themselves.
const FOREIGN_KEYS: &str = "
    SELECT f.conrelid, f.conname, n.nspname, c.relname, f.confdeltype::text, f.confupdtype::text,
        pg_catalog.array_agg(own.attname::text ORDER BY k.place),
        pg_catalog.array_agg(parent.attname::text ORDER BY k.place)
    FROM pg_catalog.pg_constraint f
    JOIN pg_catalog.pg_class c ON c.oid = f.confrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey))
        WITH ORDINALITY k (own, parent, place)
    JOIN pg_catalog.pg_attribute own ON own.attrelid = f.conrelid AND own.attnum = k.own
    JOIN pg_catalog.pg_attribute parent ON parent.attrelid = f.confrelid AND parent.attnum = k.parent
    WHERE f.conrelid = ANY ($1) AND f.contype = 'f' AND f.conparentid = 0
    GROUP BY f.oid, f.conrelid, f.conname, n.nspname, c.relname, f.confdeltype, f.confupdtype
    ORDER BY f.conrelid, f.conname COLLATE \"C\"";

const CHECKS: &str = "
    SELECT k.conrelid, k.conname, pg_catalog.pg_get_expr(k.conbin, k.conrelid)
    FROM pg_catalog.pg_constraint k
    WHERE k.conrelid = ANY ($1) AND k.contype = 'c'
    ORDER BY k.conrelid, k.conname COLLATE \"C\"";

const DOMAIN_CHECKS: &str = "
    SELECT k.contypid, k.conname, pg_catalog.pg_get_expr(k.conbin, 0)
    FROM pg_catalog.pg_constraint k
    WHERE k.contypid = ANY ($1) AND k.contype = 'c'
    ORDER BY k.contypid, k.conname COLLATE \"C\"";

/// Reads everything in these schemas (`public` if none is named), in their order.
pub async fn read(client: &Client, schemas: &[String], progress: Option<Progress<'_>>) -> Result<Catalog, Error> {
    let schemas = super::or_public(schemas);
    let found = client.query(TABLES, &[&schemas]).await?;
    let mut tables = Vec::with_capacity(found.len());
    let mut oids = Vec::with_capacity(found.len());
    let mut readable = HashSet::new();
    for row in &found {
        let oid: u32 = row.try_get(0)?;
        oids.push(oid);
        if row.try_get(6)? {
            readable.insert(oid);
        }
        tables.push(table(row)?);
    }
    let total = tables.len();
    for (batch, (oids, tables)) in oids.chunks(BATCH_TABLES).zip(tables.chunks_mut(BATCH_TABLES)).enumerate() {
        if let Some(progress) = progress {
            progress(batch * BATCH_TABLES, total);
        }
        let readable: Vec<u32> = oids.iter().copied().filter(|oid| readable.contains(oid)).collect();
        read_batch(client, oids, &readable, tables).await?;
    }
    if let Some(progress) = progress {
        progress(total, total);
    }
    Ok(Catalog { tables })
}

fn table(row: &Row) -> Result<TableInfo, Error> {
    Ok(TableInfo {
        schema: Some(row.try_get(1)?),
        name: row.try_get(2)?,
        kind: match row.try_get(3)? {
            "v" => TableKind::View,
            "m" => TableKind::MaterializedView,
            _ => TableKind::Table,
        },
        columns: Vec::new(),
        primary_key: Vec::new(),
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        comment: row.try_get(4)?,
        has_triggers: row.try_get(5)?,
    })
}

async fn read_batch(client: &Client, oids: &[u32], readable: &[u32], tables: &mut [TableInfo]) -> Result<(), Error> {
    let places: HashMap<u32, usize> = oids.iter().enumerate().map(|(at, oid)| (*oid, at)).collect();
    let place = |row: &Row| row.try_get::<_, u32>(0).map(|oid| places.get(&oid).copied().unwrap_or_default());

    let types: Types = client.query(TYPES, &[&oids]).await?.iter().map(TypeRow::read).collect::<Result<_, _>>()?;
    let mut domains: Vec<(usize, String, u32)> = Vec::new();
    for row in client.query(COLUMNS, &[&oids, &readable]).await? {
        let at = place(&row)?;
        let (column, its_domains) = column(&row, &types)?;
        domains.extend(its_domains.into_iter().map(|domain| (at, column.name.clone(), domain)));
        tables[at].columns.push(column);
    }
    for row in client.query(CHECKS, &[&oids]).await? {
        tables[place(&row)?].checks.push(Check { name: row.try_get(1)?, expression: row.try_get(2)? });
    }
    add_domain_checks(client, &domains, tables).await?;
    for row in client.query(KEYS, &[&oids]).await? {
        let table = &mut tables[place(&row)?];
        let key = UniqueKey { name: row.try_get(1)?, columns: row.try_get(3)? };
        if !has_all(table, &key.columns) {
            continue;
        }
        if row.try_get(2)? {
            table.primary_key = key.columns;
        } else {
            table.unique_keys.push(key);
        }
    }
    for row in client.query(FOREIGN_KEYS, &[&oids]).await? {
        let table = &mut tables[place(&row)?];
        let key = foreign_key(&row)?;
        if has_all(table, &key.columns) {
            table.foreign_keys.push(key);
        }
    }
    Ok(())
}

// A key over a column the login may not read cannot be used.
fn has_all(table: &TableInfo, columns: &[String]) -> bool {
    columns.iter().all(|name| table.columns.iter().any(|column| column.name == *name))
}

fn column(row: &Row, types: &Types) -> Result<(ColumnInfo, Vec<u32>), Error> {
    let resolved = types::resolve(types, row.try_get(2)?, row.try_get(3)?);
    let own_default: Option<String> = row.try_get(6)?;
    let identity: &str = row.try_get(7)?;
    let generated = match (identity, row.try_get::<_, &str>(8)?) {
        ("a", _) => Generated::CounterAlways,
        ("d", _) => Generated::Counter,
        (_, "") if own_default.as_deref().is_some_and(|default| default.starts_with("nextval(")) => Generated::Counter,
        (_, "") => Generated::No,
        _ => Generated::Computed,
    };
    let default = match generated {
        // What is kept there is the computation, not a default.
        Generated::Computed => None,
        _ => own_default.or(resolved.default),
    };
    let column = ColumnInfo {
        name: row.try_get(1)?,
        native_type: match resolved.base_format {
            Some(base) => base,
            None => row.try_get(4)?,
        },
        ty: resolved.ty,
        nullable: !row.try_get::<_, bool>(5)? && !resolved.not_null,
        default,
        generated,
        comment: row.try_get(9)?,
        storage: resolved.storage,
    };
    Ok((column, resolved.domains))
}

fn foreign_key(row: &Row) -> Result<ForeignKeyInfo, Error> {
    Ok(ForeignKeyInfo {
        name: row.try_get(1)?,
        columns: row.try_get(6)?,
        parent_schema: Some(row.try_get(2)?),
        parent: row.try_get(3)?,
        parent_columns: row.try_get(7)?,
        on_delete: action(row.try_get(4)?),
        on_update: action(row.try_get(5)?),
    })
}

fn action(code: &str) -> Option<String> {
    let word = match code {
        "r" => "RESTRICT",
        "c" => "CASCADE",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        _ => return None,
    };
    Some(word.to_owned())
}

// A domain's checks hold for each column of it, as if they stood at the table.
async fn add_domain_checks(
    client: &Client,
    uses: &[(usize, String, u32)],
    tables: &mut [TableInfo],
) -> Result<(), Error> {
    let domains: HashSet<u32> = uses.iter().map(|(_, _, domain)| *domain).collect();
    if domains.is_empty() {
        return Ok(());
    }
    let domains: Vec<u32> = domains.into_iter().collect();
    let mut checks: HashMap<u32, Vec<(String, String)>> = HashMap::new();
    for row in client.query(DOMAIN_CHECKS, &[&domains]).await? {
        checks.entry(row.try_get(0)?).or_default().push((row.try_get(1)?, row.try_get(2)?));
    }
    for (at, column, domain) in uses {
        for (name, expression) in checks.get(domain).into_iter().flatten() {
            tables[*at].checks.push(Check { name: name.clone(), expression: about(expression, column) });
        }
    }
    Ok(())
}

/// Puts a column's name where a domain's check says VALUE, outside of literals and quoted names.
fn about(expression: &str, column: &str) -> String {
    let name = format!("\"{}\"", column.replace('"', "\"\""));
    let mut out = String::with_capacity(expression.len());
    let mut rest = expression;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            // A doubled quote ends one literal and starts the next, which comes to the same.
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            c if c.is_alphanumeric() || c == '_' => {
                let word = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                if &rest[..word] == "VALUE" {
                    out.push_str(&name);
                    rest = &rest[word..];
                    continue;
                }
                word
            }
            c => c.len_utf8(),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domains_check_speaks_of_the_column() {
        assert_eq!(
            about("((VALUE)::text ~ 'VALUE ''x'''::text) AND (VALUE_2 > length(VALUE))", "Post \"code\""),
            r#"(("Post ""code""")::text ~ 'VALUE ''x'''::text) AND (VALUE_2 > length("Post ""code"""))"#
        );
    }
}
