//! A cheap word for the structure of a database.

use parking_lot::Mutex;
use tokio_postgres::{Client, Error};

// Sums of 64-bit hashes over the catalogue's rows. Transaction ids would not do: `xmin` has no hash and no cast but
// through text, and `age()` moves with every transaction. Nor would the statistics counters: they lag, can be
// switched off and move with temporary tables. A row's object id is the seed of its hash, so that two tables that
// exchange a name are told apart. What is replaced rather than changed (constraints, defaults, indexes, triggers)
// needs no more than its object id.
const MARK: &str = "
    WITH tables AS MATERIALIZED (
        SELECT c.oid, c.relname, c.relkind, c.relispartition, c.relacl FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'f', 'v', 'm'))
    SELECT pg_catalog.concat_ws('.',
        (SELECT pg_catalog.sum(pg_catalog.hashtextextended(
            relname || relkind::text || relispartition::text || coalesce(relacl::text, ''), oid::int8)) FROM tables),
        (SELECT pg_catalog.sum(pg_catalog.hashtextextended(a.attname::text,
            (a.attrelid::int8 << 32) # (a.atttypid::int8 << 12) # (a.atttypmod::int8 << 1)
                # (a.attnum::int8 << 48) # a.attnotnull::int4
                # CASE WHEN a.attacl IS NULL THEN 0 ELSE pg_catalog.hashtextextended(a.attacl::text, 0) END))
            FROM pg_catalog.pg_attribute a JOIN tables ON tables.oid = a.attrelid
            WHERE a.attnum > 0 AND NOT a.attisdropped),
        (SELECT pg_catalog.sum(pg_catalog.hashtextextended(conname::text, oid::int8)) FROM pg_catalog.pg_constraint),
        (SELECT pg_catalog.sum(pg_catalog.hashint8extended(oid::int8, 0)) FROM pg_catalog.pg_attrdef),
        (SELECT pg_catalog.sum(pg_catalog.hashint8extended(indexrelid::int8, indisvalid::int4))
            FROM pg_catalog.pg_index WHERE indisunique),
        (SELECT pg_catalog.sum(pg_catalog.hashtextextended(tgenabled::text, oid::int8))
            FROM pg_catalog.pg_trigger WHERE NOT tgisinternal),
        (SELECT pg_catalog.sum(pg_catalog.hashint8extended(oid::int8, 0)) FROM pg_catalog.pg_rewrite),
        (SELECT pg_catalog.sum(pg_catalog.hashtextextended(enumlabel || enumsortorder::text, oid::int8))
            FROM pg_catalog.pg_enum),
        (SELECT pg_catalog.sum(pg_catalog.hashtextextended(typname || typnotnull::text, oid::int8))
            FROM pg_catalog.pg_type WHERE typtype IN ('d', 'e')),
        (SELECT pg_catalog.sum(pg_catalog.hashtextextended(d.description, (d.objoid::int8 << 16) # d.objsubid))
            FROM pg_catalog.pg_description d
            WHERE d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid >= 16384))";

// Two equal snapshots see the same rows: where nobody wrote since, nothing can have changed.
const SNAPSHOT: &str = "SELECT pg_catalog.txid_current_snapshot()::text";

/// The last mark, with the snapshot it was made under.
#[derive(Default)]
pub struct Marks(Mutex<Option<Last>>);

struct Last {
    snapshot: String,
    schemas: Vec<String>,
    mark: String,
}

impl Marks {
    /// Changes when the structure of these schemas (`public` if none is named) may have changed. Takes no time where
    /// nothing was written since the last call, else about 15 ms for a thousand tables.
    pub async fn read(&self, client: &Client, schemas: &[String]) -> Result<String, Error> {
        let snapshot: String = client.query_one(SNAPSHOT, &[]).await?.try_get(0)?;
        if let Some(last) = &*self.0.lock()
            && last.snapshot == snapshot
            && last.schemas == schemas
        {
            return Ok(last.mark.clone());
        }
        let mark: String = client.query_one(MARK, &[&super::or_public(schemas)]).await?.try_get(0)?;
        *self.0.lock() = Some(Last { snapshot, schemas: schemas.to_vec(), mark: mark.clone() });
        Ok(mark)
    }
}
