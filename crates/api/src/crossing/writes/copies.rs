//! New rows that say whose they are like a row of another: alone, in bulk, in a batch, nested, imported, as an upsert of
//! it.

use super::super::{
    CrossingError,
    intruder::{Intruder, Tried},
    tree::{called, segment},
    truth::{Row, text},
};
use http::Method;
use portcullis_schema::{Generated, RelationKind, Table};
use serde_json::{Value, json};

pub(super) async fn try_all(
    intruder: &mut Intruder<'_>,
    table: &Table,
    name: &str,
    theirs: &Row,
) -> Result<(), CrossingError> {
    let (copy, fresh) = copies(table, theirs);
    let declared = intruder.declared;
    let says_whose = declared
        .tenant_column
        .as_deref()
        .is_some_and(|column| fresh.get(column).is_some_and(|value| text(value) != intruder.tenant))
        || declared.through.contains_key(&table.name);
    let operation = json!({"operations": [{"method": "POST", "path": format!("/{name}"), "body": fresh}]});
    let key: Vec<String> = table.primary_key.iter().map(|id| segment(&table.column(*id).name)).collect();
    let conflict = format!("on_conflict={}", key.join(","));
    let mut tries = vec![
        ("create", format!("/{name}"), json!(fresh), says_whose),
        ("bulk", format!("/{name}/bulk"), json!([fresh]), says_whose),
        ("batch", "/batch".to_owned(), operation, says_whose),
        ("preview", format!("/{name}/query"), json!(fresh), false),
    ];
    if !key.is_empty() {
        tries.push(("upsert", format!("/{name}?{conflict}"), json!(copy), true));
        tries.push(("upsert", format!("/{name}/bulk?{conflict}"), json!([copy]), true));
    }
    for (kind, path, body, must_fail) in tries {
        intruder.now(kind);
        let got = intruder.send(table, Method::POST, &path, Some(body.clone())).await?;
        let in_part = got.json["succeeded"].as_array().is_some_and(Vec::is_empty);
        if got.is_good() && !in_part && must_fail {
            let why = format!("answers {}: writes what is another tenant's", got.status);
            intruder.leak(&format!("POST {path} {body}"), why);
        }
    }
    if says_whose {
        imports(intruder, table, &format!("/{name}/import"), &fresh).await?;
    }
    if !key.is_empty() {
        imports(intruder, table, &format!("/{name}/import?{conflict}"), &copy).await?;
    }
    if says_whose { nested(intruder, table, &fresh).await } else { Ok(()) }
}

/// The row as it is, and one with a key of its own where the database counts, so that only the owner stands in the way.
fn copies(table: &Table, theirs: &Row) -> (Row, Row) {
    let mut copy = Row::new();
    for column in table.columns.iter().filter(|column| column.generated.writable() && !column.secret) {
        if let Some(value) = theirs.get(&column.name) {
            copy.insert(column.name.clone(), value.clone());
        }
    }
    let mut fresh = copy.clone();
    for id in &table.primary_key {
        let column = table.column(*id);
        if column.generated == Generated::Counter || column.default.is_some() {
            fresh.remove(&column.name);
        }
    }
    (copy, fresh)
}

async fn imports(intruder: &mut Intruder<'_>, table: &Table, path: &str, row: &Row) -> Result<(), CrossingError> {
    intruder.now("import");
    let flat: Vec<(&String, String)> = row.iter().filter_map(|(name, value)| Some((name, text(value)?))).collect();
    let cell = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let line = |cells: Vec<String>| format!("{}\r\n", cells.join(","));
    let header = line(flat.iter().map(|(name, _)| cell(name)).collect());
    let record = line(flat.iter().map(|(_, value)| cell(value)).collect());
    for (body, media_type) in
        [(format!("{}\n", json!(row)), "application/x-ndjson"), (format!("{header}{record}"), "text/csv")]
    {
        let mut tried = Tried::new(Method::POST, path, None);
        (tried.body, tried.media_type) = (Some(body), Some(media_type));
        let got = intruder.try_it(table, tried).await?;
        if got.is_good() && got.json["succeeded"].as_u64().unwrap_or(0) > 0 {
            intruder.leak(&format!("POST {path} as {media_type}"), "imports a row for another tenant".to_owned());
        }
    }
    Ok(())
}

/// The new row as a child of a new one of the caller's own.
async fn nested(intruder: &mut Intruder<'_>, table: &Table, fresh: &Row) -> Result<(), CrossingError> {
    let project = intruder.stand.project.clone();
    intruder.now("nested");
    for above in project.database.tables().iter().filter(|above| above.is_writable()) {
        for relation in &above.relations {
            let below =
                relation.target == table.id && relation.kind != RelationKind::BelongsTo && relation.join.is_none();
            let mine = intruder.sides(above).0.into_iter().next().and_then(|key| intruder.row(above, &key));
            let Some(mine) = mine.filter(|_| below) else { continue };
            let mut child = fresh.clone();
            for column in &relation.target_columns {
                child.remove(&table.column(*column).name);
            }
            // What says whose it is may have been the pointer at the parent.
            let says = intruder.declared.tenant_column.as_deref().is_some_and(|column| child.contains_key(column));
            let (_, mut parent) = copies(above, &mine);
            parent.insert(relation.json_name.clone(), Value::Array(vec![json!(child)]));
            let name = called(above);
            let operation = json!({"operations": [{"method": "POST", "path": format!("/{name}"), "body": parent}]});
            for (path, body) in [(format!("/{name}"), json!(parent)), ("/batch".to_owned(), operation)] {
                let got = intruder.send(above, Method::POST, &path, Some(body.clone())).await?;
                if got.is_good() && says {
                    let why = format!("answers {}: writes a row of `{}` for another tenant", got.status, table.name);
                    intruder.leak(&format!("POST {path} {body}"), why);
                }
            }
        }
    }
    Ok(())
}
