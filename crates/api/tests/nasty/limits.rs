//! What an engine's nature keeps us from: the list behind `docs/engine-limits.md`.

use portcullis_testkit::Engine::{self, MariaDb, Postgres, Sqlite};

/// A finding of the sweep that is no fault.
pub struct Limit {
    pub engine: Engine,
    /// What the finding's text holds: first how it begins, then further words.
    pub about: &'static [&'static str],
    #[expect(dead_code, reason = "read by people")]
    pub reason: &'static str,
}

const NO_JSON: &str = "JSON has no infinite numbers or days and no NaN: they leave as null";
const LOOSE: &str = "a value of another type than its column's, or in another spelling than the column's others";
const NO_TYPE: &str = "a column without a type holds strings for us, and numbers in it equal no string";
const BROKEN_KEY: &str = "a foreign key to nowhere: SQLite refuses every write to both tables";

const fn limit(engine: Engine, about: &'static [&'static str], reason: &'static str) -> Limit {
    Limit { engine, about, reason }
}

pub const LIMITS: &[Limit] = &[
    limit(Postgres, &["/extremes: ", " eq null finds"], NO_JSON),
    limit(Postgres, &["/time%5Fkey: t eq null finds"], NO_JSON),
    limit(Postgres, &["/float%5Fkey: f eq null finds"], NO_JSON),
    limit(Postgres, &["/arrays: n eq [1.50,null] finds"], NO_JSON),
    limit(Postgres, &["/arrays: f eq [0.1,null] finds"], NO_JSON),
    limit(Postgres, &["/arrays: i eq [7,8] finds"], "arrays that do not count from 1 equal none that does"),
    limit(Postgres, &["/exotic: mos eq"], "lists of types that travel as text are not compared"),
    limit(Postgres, &["/json%5Fkey: row"], "documents are not compared, so that a key of them names no row"),
    limit(Postgres, &["/zero%5Fcolumns: the count"], "rows without columns cannot be shown, only counted"),
    limit(Postgres, &["501", "unsupported", "/mat%5Fempty"], "a materialised view that was never filled"),
    limit(Postgres, &["/mat%5Fempty: the list"], "a materialised view that was never filled"),
    limit(Postgres, &["501", "unsupported", "/collated"], "LIKE over a collation that is not deterministic"),
    limit(Postgres, &["501", "unsupported", "/ruled"], "a rule that replaces a statement gives no rows back"),
    limit(MariaDb, &["/numbers: b1 eq true finds"], "tinyint(1) is a boolean: what is neither 0 nor 1 reads as true"),
    limit(MariaDb, &["/numbers: f eq -0.1 finds"], "a float of 32 bits equals no decimal fraction"),
    limit(MariaDb, &["/zero%5Fdates: ", " eq null finds"], "days of zeros leave as null"),
    limit(Sqlite, &["/float%5Fkey: f eq null finds"], NO_JSON),
    limit(Sqlite, &["/generated: twice eq"], NO_TYPE),
    limit(Sqlite, &["/no%5Ftypes: "], NO_TYPE),
    limit(Sqlite, &["/strict: x eq"], NO_TYPE),
    limit(Sqlite, &["/loose: "], LOOSE),
    limit(Sqlite, &["/mixed%5Ftimes: t eq"], LOOSE),
    limit(Sqlite, &["/iso%5Ftimes: t eq"], LOOSE),
    limit(Sqlite, &["501", "unsupported", "/broken%5Ffk"], BROKEN_KEY),
    limit(Sqlite, &["/broken%5Ffk: the import answers 501"], BROKEN_KEY),
    limit(Sqlite, &["501", "unsupported", "/people"], BROKEN_KEY),
    limit(Sqlite, &["/people: the import answers 501"], BROKEN_KEY),
    limit(Sqlite, &["503", "schema_changed", "/orphan%5Ffk"], BROKEN_KEY),
    limit(Sqlite, &["/orphan%5Ffk: the import answers 503"], BROKEN_KEY),
    limit(Sqlite, &["501", "unsupported", "/ignoring"], "a row that a trigger passes over has no key to be found by"),
];

/// The findings that no limit explains, and the limits that explained none: those are to be struck out.
pub fn unexplained(engine: Engine, findings: Vec<String>) -> Vec<String> {
    let mut used = vec![false; LIMITS.len()];
    let mut left: Vec<String> = findings
        .into_iter()
        .filter(|finding| {
            let explains =
                |limit: &Limit| limit.engine == engine && limit.about.iter().all(|word| finding.contains(word));
            let mut explained = false;
            for (used, limit) in used.iter_mut().zip(LIMITS) {
                if explains(limit) {
                    (*used, explained) = (true, true);
                }
            }
            !explained
        })
        .collect();
    let idle = LIMITS.iter().zip(used).filter(|(limit, used)| limit.engine == engine && !used);
    left.extend(idle.map(|(limit, _)| format!("the limit {:?} is not met any more", limit.about)));
    left
}
