//! Settings against schema: every fault with its place and, where we can, what would be right.

use crate::{check_access, check_auth};
use portcullis_project::{Settings, settings::parse_duration};
use portcullis_schema::{Catalog, Database, Serve, Table, closest};

/// What keeps a settings document from fitting a schema; empty when it fits.
pub fn check(settings: &Settings, catalog: &Catalog) -> Vec<String> {
    let mut faults = Vec::new();
    let database = Database::build(catalog, settings.naming, &Serve::ALL);
    for (name, table) in &settings.tables {
        let Some(found) = database.by_name(name) else {
            let names = database.tables().iter().map(|table| table.name.as_str());
            faults.push(format!("`tables.{name}`: the database has no table `{name}`{}", hint(name, names)));
            continue;
        };
        for (list, columns) in [("hidden", &table.hidden), ("read_only", &table.read_only)] {
            check_columns(&format!("tables.{name}.{list}"), found, columns, &mut faults);
        }
    }
    check_limits(settings, &mut faults);
    faults.extend(settings.email.faults());
    for origin in &settings.cors.origins {
        check_origin("cors.origins", origin, &mut faults);
    }
    check_auth::check(settings, &database, &mut faults);
    check_access::check(settings, catalog, &database, &mut faults);
    faults
}

fn check_columns(place: &str, table: &Table, columns: &[String], faults: &mut Vec<String>) {
    for column in columns {
        let known = || table.info.columns.iter().map(|column| column.name.as_str());
        if !known().any(|name| name == column) {
            let hint = hint(column, known());
            faults.push(format!("`{place}`: table `{}` has no column `{column}`{hint}", table.name));
        }
    }
}

fn check_limits(settings: &Settings, faults: &mut Vec<String>) {
    let limits = &settings.limits;
    for (name, text) in [("statement_timeout", &limits.statement_timeout), ("request_timeout", &limits.request_timeout)]
    {
        match parse_duration(text) {
            Err(error) => faults.push(format!("`limits.{name}`: {error}")),
            Ok(time) if time.is_zero() => faults.push(format!("`limits.{name}` must be longer than nothing")),
            Ok(_) => {}
        }
    }
    let counts = [
        ("page_size_max", u64::from(limits.page_size_max)),
        ("page_size_default", u64::from(limits.page_size_default)),
        ("body_bytes", limits.body_bytes as u64),
        ("bulk_rows", limits.bulk_rows as u64),
        ("mass_rows", limits.mass_rows),
        ("batch_operations", limits.batch_operations as u64),
        ("filter_depth", limits.filter_depth as u64),
        ("filter_conditions", limits.filter_conditions as u64),
        ("list_values", limits.list_values as u64),
        ("sort_keys", limits.sort_keys as u64),
        ("relationship_levels", limits.relationship_levels as u64),
    ];
    faults
        .extend(counts.iter().filter(|(_, n)| *n == 0).map(|(name, _)| format!("`limits.{name}` must be at least 1")));
}

// SEC-56: an exact list of origins; `*` and `null` are none.
pub(crate) fn check_origin(place: &str, origin: &str, faults: &mut Vec<String>) {
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let good = rest.is_some_and(|host| !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' ', '\\']));
    if !good {
        faults.push(format!(
            "`{place}`: `{origin}` is not an origin; write scheme, host and port only, such as https://app.example"
        ));
    }
}

/// `; did you mean ...?`, or nothing.
pub fn hint<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, candidates).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
