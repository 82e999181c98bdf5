//! Creating rows: one, one with its children, or one that may exist already.

use crate::{
    RecordsError, Session,
    run::{Work, key_of, retrying},
};
use futures_util::future::BoxFuture;
use portcullis_engines::EngineError;
use portcullis_query::{
    Json, Rows, Value,
    access::{Action, Grant},
    plan::{Insert, PlanError, WriteRow},
    render,
};
use portcullis_schema::{ColumnId, Generated, Relation, RelationKind, Table};

/// A created row.
#[derive(Debug)]
pub struct Created {
    /// The row as stored, as JSON, with its children where some were created.
    pub row: Vec<u8>,
    /// False where an upsert changed a row that existed.
    pub inserted: bool,
}

/// A written row.
pub(crate) struct Written {
    pub row: Vec<u8>,
    pub inserted: bool,
}

/// Creates one row; members that name a relationship create children in the same transaction.
///
/// # Errors
///
/// The body does not fit the table, or the database refuses the row.
pub async fn create(
    session: Session<'_>,
    table: &Table,
    members: &[(String, Json)],
    conflict: Option<&[String]>,
) -> Result<Created, RecordsError> {
    let planner = session.planner();
    let grant = planner.write_grant(Action::Create, table)?;
    let (columns, nested) = split(table, members);
    let secret = session.has_password(table, &grant, &columns);
    let plain = nested.is_empty() && conflict.is_none() && !table.info.has_triggers && !secret;
    if plain && planner.dialect.returning().insert {
        let row = planner.write_row(table, &grant, &columns, "")?;
        let insert = planner.insert(table, &grant, row, None, "")?;
        if !planner.needs_checks(table, &grant, &insert.values) {
            let rows = session.fetch(render::insert(&insert, planner.dialect), table).await?;
            return match rows.is_empty() {
                true => Err(vanished()),
                false => Ok(Created { row: rows.row(0).to_vec(), inserted: true }),
            };
        }
    }
    retrying!(async {
        let mut work = session.begin(table).await?;
        let written = create_in(&mut work, session, table, members, conflict, String::new()).await?;
        session.commit(work, table).await?;
        if secret {
            session.passwords_written(table, [written.row.as_slice()]).await?;
        }
        Ok(Created { row: written.row, inserted: written.inserted })
    })
}

fn vanished() -> RecordsError {
    RecordsError::Invalid {
        code: "check_failed",
        message: "the row was not kept: a trigger of the table took it back".to_owned(),
        place: String::new(),
    }
}

/// A nested create: the relationship and what its member held.
type Nested<'t> = (&'t Relation, &'t Json);

/// Tells the members that are columns from those that are relationships with rows to create.
fn split<'t>(table: &'t Table, members: &'t [(String, Json)]) -> (Vec<(String, Json)>, Vec<Nested<'t>>) {
    let mut columns = Vec::with_capacity(members.len());
    let mut nested = Vec::new();
    for (name, value) in members {
        let relation = match table.find_column(name) {
            None if matches!(value, Json::Array(_) | Json::Object(_)) => table.find_relation(name),
            _ => None,
        };
        match relation {
            Some(relation) => nested.push((relation, value)),
            None => columns.push((name.clone(), value.clone())),
        }
    }
    (columns, nested)
}

/// Creates one row, and what hangs on it, inside a transaction.
pub(crate) fn create_in<'a>(
    work: &'a mut Work,
    session: Session<'a>,
    table: &'a Table,
    members: &'a [(String, Json)],
    conflict: Option<&'a [String]>,
    place: String,
) -> BoxFuture<'a, Result<Written, RecordsError>> {
    Box::pin(async move {
        let planner = session.planner();
        let grant = planner.write_grant(Action::Create, table)?;
        let (mut columns, nested) = split(table, members);
        let mut parts: Vec<(&Relation, Vec<u8>)> = Vec::new();
        // Parents first: the row needs their keys.
        for (relation, value) in nested.iter().filter(|(relation, _)| relation.kind == RelationKind::BelongsTo) {
            let place = format!("{place}/{}", relation.json_name);
            let parent = object(value, &place)?;
            let target = session.project.database.table(relation.target);
            let written = create_in(work, session, target, parent, None, place.clone()).await?;
            let made = Json::parse(&written.row).map_err(|_| vanished())?;
            for (own, theirs) in relation.columns.iter().zip(&relation.target_columns) {
                columns.push(foreign(table, *own, target, *theirs, &made, &place)?);
            }
            parts.push((relation, written.row));
        }
        let (columns, password) = session.take_password(table, &grant, &columns, &place).await?;
        let mut row = planner.write_row(table, &grant, &columns, &place)?;
        row.extend(password);
        let insert = planner.insert(table, &grant, row, conflict, &place)?;
        let mut written = write(work, session, table, &grant, &insert).await?;
        if nested.is_empty() {
            return Ok(written);
        }
        let made = Json::parse(&written.row).map_err(|_| vanished())?;
        for (relation, value) in nested.iter().filter(|(relation, _)| relation.kind != RelationKind::BelongsTo) {
            let place = format!("{place}/{}", relation.json_name);
            parts.push((relation, children(work, session, table, relation, value, &made, &place).await?));
        }
        written.row.pop();
        for (relation, json) in parts {
            if written.row.len() > 1 {
                written.row.push(b',');
            }
            written.row.extend_from_slice(relation.json_key.as_bytes());
            written.row.extend_from_slice(&json);
        }
        written.row.push(b'}');
        Ok(written)
    })
}

fn object<'j>(value: &'j Json, place: &str) -> Result<&'j [(String, Json)], RecordsError> {
    value.as_object().ok_or_else(|| RecordsError::Invalid {
        code: "invalid_body",
        message: format!("an object is needed, not {}", value.kind()),
        place: place.to_owned(),
    })
}

/// The member that points from one table at a row just made in another.
fn foreign(
    table: &Table,
    own: ColumnId,
    other: &Table,
    theirs: ColumnId,
    made: &Json,
    place: &str,
) -> Result<(String, Json), RecordsError> {
    let value = made.get(&other.column(theirs).name).cloned().ok_or_else(|| RecordsError::Invalid {
        code: "invalid_body",
        message: format!(
            "`{}.{}` cannot be read, so nothing can be made to refer to it",
            other.name,
            other.column(theirs).name
        ),
        place: place.to_owned(),
    })?;
    Ok((table.column(own).name.clone(), value))
}

/// Creates the children of a row; gives them as JSON: a list, or one object for a has-one.
async fn children(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    relation: &Relation,
    value: &Json,
    parent: &Json,
    place: &str,
) -> Result<Vec<u8>, RecordsError> {
    let target = session.project.database.table(relation.target);
    let items: Vec<&Json> = match (relation.kind, value) {
        (RelationKind::HasOne, one) => vec![one],
        (_, Json::Array(items)) => items.iter().collect(),
        (_, other) => {
            return Err(RecordsError::Invalid {
                code: "invalid_body",
                message: format!("an array of objects is needed, not {}", other.kind()),
                place: place.to_owned(),
            });
        }
    };
    let max = session.project.settings.limits.bulk_rows;
    if items.len() > max {
        return Err(RecordsError::Plan(PlanError::Limit {
            code: "too_many_rows",
            what: "nested rows",
            max,
            place: place.to_owned(),
        }));
    }
    let mut out = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let place = format!("{place}/{at}");
        let mut members = object(item, &place)?.to_vec();
        if at > 0 {
            out.push(b',');
        }
        let row = match &relation.join {
            None => {
                for (own, theirs) in relation.columns.iter().zip(&relation.target_columns) {
                    let link = foreign(target, *theirs, table, *own, parent, &place)?;
                    members.retain(|(name, _)| target.find_column(name).is_none_or(|column| column.id != *theirs));
                    members.push(link);
                }
                create_in(work, session, target, &members, None, place).await?.row
            }
            Some(join) => {
                let between = session.project.database.table(join.table);
                let written = create_in(work, session, target, &members, None, place.clone()).await?;
                let made = Json::parse(&written.row).map_err(|_| vanished())?;
                let mut link = Vec::new();
                for (near, own) in join.near.iter().zip(&relation.columns) {
                    link.push(foreign(between, *near, table, *own, parent, &place)?);
                }
                for (far, theirs) in join.far.iter().zip(&relation.target_columns) {
                    link.push(foreign(between, *far, target, *theirs, &made, &place)?);
                }
                create_in(work, session, between, &link, None, place).await?;
                written.row
            }
        };
        out.extend_from_slice(&row);
    }
    if relation.kind == RelationKind::HasOne {
        return Ok(out);
    }
    out.insert(0, b'[');
    out.push(b']');
    Ok(out)
}

/// Writes one planned row inside a transaction and gives it back as stored.
pub(crate) async fn write(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    grant: &Grant,
    insert: &Insert<'_>,
) -> Result<Written, RecordsError> {
    let dialect = session.project.engine.dialect();
    if insert.on_conflict.is_some()
        && !dialect.skips_conflicts()
        && let Some(existing) = upsert_existing(work, session, table, insert, true).await?
    {
        return Ok(existing);
    }
    let statement = render::insert(insert, dialect);
    let rows = work.fetch(&session, statement, table, false).await?;
    let passed_over = insert.on_conflict.is_some() && dialect.skips_conflicts() && rows.is_empty();
    if passed_over {
        return match upsert_existing(work, session, table, insert, false).await? {
            Some(written) => Ok(written),
            // A row that the caller may not come to: as for any insert whose key is taken.
            None if !session.planner().write_grant(Action::Update, table)?.scope().is_all() => {
                let columns = insert.on_conflict.iter().flat_map(|conflict| &conflict.key);
                Err(RecordsError::Duplicate { columns: columns.map(|column| column.name.clone()).collect() })
            }
            // Gone between the two statements: as if the database had lost a race, so that the whole is tried again.
            None => Err(RecordsError::Database(EngineError::Serialization)),
        };
    }
    let key = match rows.is_empty() {
        false => key_of(table, &insert.returning, &rows, 0),
        true => known_key(table, &insert.values, rows.last_insert_id),
    };
    work.check(&session, table, grant, key.iter().cloned().collect(), &insert.values).await?;
    if !rows.is_empty() && !table.info.has_triggers {
        return Ok(Written { row: rows.row(0).to_vec(), inserted: true });
    }
    reread(work, session, table, grant, rows, key, true).await
}

/// The key of an inserted row where the engine does not give the row back.
fn known_key(table: &Table, values: &WriteRow<'_>, counter: Option<u64>) -> Option<Vec<Value>> {
    table
        .primary_key
        .iter()
        .map(|id| {
            let given = values.iter().find(|(column, _)| column.id == *id).map(|(_, value)| value.clone());
            given.or_else(|| {
                let counted = table.column(*id).generated == Generated::Counter;
                counter.filter(|_| counted).and_then(|id| i64::try_from(id).ok()).map(Value::Int)
            })
        })
        .collect()
}

/// Reads a written row again: a trigger may have changed it, or the engine gives none back.
pub(crate) async fn reread(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    grant: &Grant,
    first: Rows,
    key: Option<Vec<Value>>,
    inserted: bool,
) -> Result<Written, RecordsError> {
    let planner = session.planner();
    match key.filter(|key| !key.is_empty()) {
        Some(key) => {
            let select = planner.row(table, grant, &key);
            let rows = work.fetch(&session, render::select(&select, planner.dialect), table, false).await?;
            if rows.is_empty() { Err(vanished()) } else { Ok(Written { row: rows.row(0).to_vec(), inserted }) }
        }
        // Without a key the row cannot be found again; what the statement gave is what there is.
        None if !first.is_empty() => Ok(Written { row: first.row(0).to_vec(), inserted }),
        None => Err(RecordsError::Plan(PlanError::Unsupported {
            feature: "giving back a row whose key the database makes",
        })),
    }
}

/// Changes the row that holds an upsert's key already; `None` where there is none.
async fn upsert_existing(
    work: &mut Work,
    session: Session<'_>,
    table: &Table,
    insert: &Insert<'_>,
    lock: bool,
) -> Result<Option<Written>, RecordsError> {
    let Some(conflict) = &insert.on_conflict else { return Ok(None) };
    let planner = session.planner();
    let grant = planner.write_grant(Action::Update, table)?;
    let mut select = planner.conflicting(table, &grant, insert, conflict);
    select.lock = lock;
    let found = work.fetch(&session, render::select(&select, planner.dialect), table, false).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let key = key_of(table, &select.columns, &found, 0);
    let Some(update) = planner.update_conflicting(table, &grant, insert, conflict) else {
        return Ok(Some(Written { row: found.row(0).to_vec(), inserted: false }));
    };
    work.fetch(&session, render::update(&update, planner.dialect), table, false).await?;
    work.check(&session, table, &grant, key.iter().cloned().collect(), &update.set).await?;
    if key.is_none() {
        let rows = work.fetch(&session, render::select(&select, planner.dialect), table, false).await?;
        return Ok((!rows.is_empty()).then(|| Written { row: rows.row(0).to_vec(), inserted: false }));
    }
    reread(work, session, table, &grant, Rows::default(), key, false).await.map(Some)
}
