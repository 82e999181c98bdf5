//! What SQL a request becomes: the select beside its data, an insert or update without running it.

use crate::{Page, RecordsError, Session, list, update::changes};
use portcullis_query::{
    Json, Statement, Value,
    access::{Action, Reason, Refusal},
    plan::{PlanError, parse_key},
    render::{
        self, Dialect,
        dialects::{MARIADB, POSTGRES, SQLITE},
    },
    request::ListRequest,
};
use portcullis_schema::Table;

/// A statement for people to read.
#[derive(Debug)]
pub struct Preview {
    /// The text with placeholders.
    pub query: String,
    /// The placeholders' values as a JSON array.
    pub params: Vec<u8>,
    /// The text with literals.
    pub script: String,
}

fn dialect(session: &Session<'_>, name: Option<&str>) -> Result<&'static dyn Dialect, RecordsError> {
    match name.map(str::to_ascii_lowercase).as_deref() {
        None => Ok(session.project.engine.dialect()),
        Some("postgres" | "postgresql") => Ok(&POSTGRES),
        Some("mysql" | "mariadb") => Ok(&MARIADB),
        Some("sqlite") => Ok(&SQLITE),
        Some(_) => Err(RecordsError::Invalid {
            code: "invalid_parameter",
            message: "`dialect` is postgres, mysql or sqlite".to_owned(),
            place: "dialect".to_owned(),
        }),
    }
}

fn preview(statement: &Statement, script: String) -> Preview {
    let params = Json::Array(statement.values.iter().map(json_of).collect());
    let mut bytes = Vec::new();
    params.write(&mut bytes);
    Preview { query: statement.text.clone(), params: bytes, script }
}

fn json_of(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::Number(value.to_string()),
        Value::UInt(value) => Json::Number(value.to_string()),
        Value::Float(value) if value.is_finite() => Json::Number(format!("{value:?}")),
        Value::List(items) => Json::Array(items.iter().map(json_of).collect()),
        other => Json::String(other.to_text().unwrap_or_default()),
    }
}

/// Lists rows and, for those who may see it, the statement that selects them.
///
/// # Errors
///
/// As a list.
pub async fn preview_list(
    session: Session<'_>,
    table: &Table,
    request: &ListRequest,
    dialect_name: Option<&str>,
) -> Result<(Page, Option<Preview>), RecordsError> {
    let dialect = dialect(&session, dialect_name)?;
    let page = list(session, table, request).await?;
    let mut planner = session.planner();
    if !planner.grant(Action::Read, table)?.sees_sql() {
        return Ok((page, None));
    }
    planner.dialect = dialect;
    let plan = planner.list(table, request)?.select;
    Ok((page, Some(preview(&render::select(&plan, dialect), render::select_script(&plan, dialect)))))
}

fn forbidden(table: &Table) -> RecordsError {
    RecordsError::Plan(PlanError::Refused {
        refusal: Refusal::forbidden(Reason::SqlHidden),
        action: "preview",
        table: table.name.clone(),
    })
}

/// The insert a body would become.
///
/// # Errors
///
/// The body does not fit, or the caller may not see SQL.
pub fn preview_insert(
    session: Session<'_>,
    table: &Table,
    members: &[(String, Json)],
    dialect_name: Option<&str>,
) -> Result<Preview, RecordsError> {
    let dialect = dialect(&session, dialect_name)?;
    let mut planner = session.planner();
    planner.dialect = dialect;
    let grant = planner.write_grant(Action::Create, table)?;
    if !grant.sees_sql() {
        return Err(forbidden(table));
    }
    let row = planner.write_row(table, &grant, members, "")?;
    let plan = planner.insert(table, &grant, row, None, "")?;
    Ok(preview(&render::insert(&plan, dialect), render::insert_script(&plan, dialect)))
}

/// The update a body would become.
///
/// # Errors
///
/// As [`preview_insert`].
pub fn preview_update(
    session: Session<'_>,
    table: &Table,
    key: &str,
    members: &[(String, Json)],
    dialect_name: Option<&str>,
) -> Result<Preview, RecordsError> {
    let dialect = dialect(&session, dialect_name)?;
    let mut planner = session.planner();
    planner.dialect = dialect;
    let grant = planner.write_grant(Action::Update, table)?;
    if !grant.sees_sql() {
        return Err(forbidden(table));
    }
    let key = parse_key(&planner, table, key)?;
    let set = changes(&planner, table, &grant, &key, members, "")?;
    let plan = planner.update(table, &grant, vec![key], set, false);
    Ok(preview(&render::update(&plan, dialect), render::update_script(&plan, dialect)))
}
