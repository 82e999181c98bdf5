//! One line of a golden file: a request in, statements out.
//!
//! ```text
//! list orders {"expressions":[..]}                     rows, and a statement for each relationship
//! list orders page=2 size=5 {..}                       the same with the count of all rows
//! list orders after=["open",3] {"sort":[..]}           the page behind these values
//! count orders {..}          get orders 5
//! insert users on_conflict=email {..}
//! update orders 5 {..}       delete order_items 1,2 1,3
//! mass orders {..}           the keys of the rows a mass write touches
//! script list|count|insert|update ..                   the same with literals, for people
//! ```

use super::{Build, members, words};
use portcullis_query::{
    Json, Statement, Value,
    access::{Action, Caller},
    plan::{Include, PlanError, Planner, Select, cursor_of, fingerprint, parse_key},
    render::{self, Dialect},
    request::{ListRequest, Paging},
};
use portcullis_schema::Table;

/// What a command gave.
pub enum Answer {
    Statement(String, Statement),
    Script(String, String),
}

/// Runs a command for an administrator.
pub fn run(build: &Build, dialect: &'static dyn Dialect, command: &str) -> Result<Vec<Answer>, PlanError> {
    run_as(&Caller::Administrator, build, dialect, command)
}

/// Runs a command for any caller.
pub fn run_as(
    caller: &Caller,
    build: &Build,
    dialect: &'static dyn Dialect,
    command: &str,
) -> Result<Vec<Answer>, PlanError> {
    let command = Command::read(command);
    let planner = build.planner(caller, dialect);
    let table = build.table(&command.table);
    let statement = |name: &str, statement| Ok(vec![Answer::Statement(name.to_owned(), statement)]);
    let script = |text| Ok(vec![Answer::Script("script".to_owned(), text)]);
    match (command.script, command.verb.as_str()) {
        (false, "list") => list(&planner, table, &command.request(table)?),
        (true, "list") => {
            script(render::select_script(&planner.list(table, &command.request(table)?)?.select, dialect))
        }
        (false, "count") => {
            statement("count", render::count(&planner.count(table, &command.request(table)?)?, dialect))
        }
        (true, "count") => script(render::count_script(&planner.count(table, &command.request(table)?)?, dialect)),
        (false, "get") => statement("row", render::select(&planner.get(table, &command.keys[0])?, dialect)),
        (_, "insert") => {
            let grant = planner.write_grant(Action::Create, table)?;
            let row = planner.write_row(table, &grant, &members(&command.body), "")?;
            let plan = planner.insert(table, &grant, row, command.conflict.as_deref(), "")?;
            match command.script {
                true => script(render::insert_script(&plan, dialect)),
                false => statement("insert", render::insert(&plan, dialect)),
            }
        }
        (_, "update") => {
            let grant = planner.write_grant(Action::Update, table)?;
            let set = planner.write_row(table, &grant, &members(&command.body), "")?;
            let plan = planner.update(table, &grant, command.keys(&planner, table)?, set, true);
            match command.script {
                true => script(render::update_script(&plan, dialect)),
                false => statement("update", render::update(&plan, dialect)),
            }
        }
        (false, "delete") => {
            let grant = planner.write_grant(Action::Delete, table)?;
            statement(
                "delete",
                render::delete(&planner.delete(table, &grant, command.keys(&planner, table)?, true), dialect),
            )
        }
        (false, "mass") => {
            let grant = planner.write_grant(Action::Delete, table)?;
            let filter = command.request(table)?.filter;
            statement("keys", render::select(&planner.mass_keys(table, &grant, &filter, 1000)?, dialect))
        }
        (_, other) => panic!("no command {other}"),
    }
}

#[derive(Default)]
struct Command {
    script: bool,
    verb: String,
    table: String,
    keys: Vec<String>,
    page: Option<u64>,
    size: Option<u64>,
    after: Option<String>,
    conflict: Option<Vec<String>>,
    body: String,
}

impl Command {
    fn read(text: &str) -> Self {
        let mut command = Self::default();
        let (head, body) = match text.find(" {") {
            Some(at) => text.split_at(at + 1),
            None => (text, "{}"),
        };
        command.body = body.to_owned();
        let mut words = head.split_whitespace();
        command.verb = words.next().expect("a verb").to_owned();
        if command.verb == "script" {
            command.script = true;
            command.verb = words.next().expect("a verb").to_owned();
        }
        command.table = words.next().expect("a table").to_owned();
        for word in words {
            match word.split_once('=') {
                Some(("page", page)) => command.page = page.parse().ok(),
                Some(("size", size)) => command.size = size.parse().ok(),
                Some(("after", values)) => command.after = Some(values.to_owned()),
                Some(("on_conflict", names)) => {
                    command.conflict = Some(names.split(',').map(ToOwned::to_owned).collect());
                }
                _ => command.keys.push(word.to_owned()),
            }
        }
        command
    }

    fn request(&self, table: &Table) -> Result<ListRequest, PlanError> {
        let mut request = words(&self.body)?;
        request.total = self.page.is_some();
        request.paging = match &self.after {
            None => Paging::Page { page: self.page.unwrap_or(1), size: self.size },
            Some(values) => {
                let json = Json::parse(values.as_bytes()).unwrap_or_else(|error| panic!("{error}: {values}"));
                let values: Vec<Value> = json.as_array().expect("an array").iter().map(value).collect();
                let first = values.is_empty();
                let token = cursor_of(fingerprint(table, &request), values.iter());
                Paging::Cursor { after: (!first).then_some(token), size: self.size }
            }
        };
        Ok(request)
    }

    fn keys(&self, planner: &Planner<'_>, table: &Table) -> Result<Vec<Vec<Value>>, PlanError> {
        self.keys.iter().map(|key| parse_key(planner, table, key)).collect()
    }
}

fn value(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(digits) => {
            digits.parse().map(Value::Int).unwrap_or_else(|_| Value::Float(digits.parse().unwrap()))
        }
        Json::String(text) => Value::Text(text.clone()),
        other => panic!("no value: {}", other.to_text()),
    }
}

fn list(planner: &Planner<'_>, table: &Table, request: &ListRequest) -> Result<Vec<Answer>, PlanError> {
    let plan = planner.list(table, request)?;
    let dialect = planner.dialect;
    let mut answers = vec![Answer::Statement("rows".to_owned(), render::select(&plan.select, dialect))];
    if let Some(count) = &plan.count {
        answers.push(Answer::Statement("count".to_owned(), render::count(count, dialect)));
    }
    children("", &plan.includes, dialect, &mut answers);
    Ok(answers)
}

/// The statements of what hangs on the rows, for two parents.
fn children(path: &str, includes: &[Include<'_>], dialect: &dyn Dialect, answers: &mut Vec<Answer>) {
    for include in includes {
        let name = format!("{path}{}", include.relation.json_name);
        if let Some(rows) = &include.rows {
            let select = of_parents(&rows.select, &rows.key);
            answers.push(Answer::Statement(name.clone(), render::select(&select, dialect)));
            children(&format!("{name}."), &rows.includes, dialect, answers);
        }
        if let Some(figures) = &include.figures {
            let select = of_parents(&figures.select, &figures.key);
            answers.push(Answer::Statement(format!("{name} figures"), render::select(&select, dialect)));
        }
    }
}

fn of_parents<'s>(select: &Select<'s>, key: &[portcullis_query::plan::ColumnRef<'s>]) -> Select<'s> {
    select.of_parents(key, [7, 8].map(|id| key.iter().map(|_| Value::Int(id)).collect()).to_vec())
}
