//! Every route of every table, with values from its own rows and with nonsense: nothing may fail on our side.

use axum::body::Body;
use http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use portcullis_schema::{Column, Table};
use portcullis_testkit::{Answer, TestApp};
use serde_json::{Map, Value, json};

/// Words that every value may be asked with, whatever its type.
fn nonsense() -> Vec<Value> {
    let long = "x".repeat(5000);
    let words = ["", "'", "\"; --", "\\", "%", "\u{0}", "ünï🙂", "-1", "1e400", "NaN", "null", "{", "2024-13-45"];
    let mut all: Vec<Value> = words.iter().map(|word| json!(word)).collect();
    all.push(json!(long));
    for text in
        ["null", "true", "0", "-1", "1.5", "1e400", "9223372036854775808", "-0.0", "[]", "[[1]]", "{}", "[null]"]
    {
        all.push(serde_json::from_str(text).expect("JSON"));
    }
    all
}

const OPERATORS: [&str; 18] = [
    "eq",
    "neq",
    "gt",
    "gte",
    "lt",
    "lte",
    "like",
    "ilike",
    "notlike",
    "contains",
    "startswith",
    "endswith",
    "in",
    "notin",
    "between",
    "notbetween",
    "isnull",
    "isnotnull",
];

/// One table of one application under the sweep.
pub struct Sweep<'a> {
    app: &'a TestApp,
    table: &'a Table,
    path: String,
    failures: Vec<String>,
    /// How many requests were sent.
    pub requests: usize,
}

pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// The path segment that names a row.
pub fn key_of(table: &Table, row: &Value) -> Option<String> {
    let mut parts = Vec::new();
    for id in &table.primary_key {
        let part = match &row[&table.column(*id).name] {
            Value::Null => return None,
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        parts.push(part.replace('\\', "\\\\").replace(',', "\\,"));
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

impl<'a> Sweep<'a> {
    pub fn of(app: &'a TestApp, table: &'a Table) -> Self {
        // A fixed route keeps its word; the model name leads to the table.
        let fixed = ["models", "batch", "auth", "api", "swagger", ""].contains(&table.name.as_str());
        let path = format!("/{}", encode(if fixed { &table.model } else { &table.name }));
        Self { app, table, path, failures: Vec::new(), requests: 0 }
    }

    /// Sends everything; gives what failed.
    pub fn run(mut self) -> (usize, Vec<String>) {
        let rows = self.read();
        self.ask_by_every_column(&rows);
        self.relate();
        self.preview(&rows);
        self.write(&rows);
        (self.requests, self.failures)
    }

    fn send(&mut self, method: Method, tail: &str, body: Option<&Value>) -> Answer {
        let path = if tail.starts_with("/batch") { tail.to_owned() } else { format!("{}{tail}", self.path) };
        self.requests += 1;
        let answer = match body {
            Some(body) => self.app.json(method.clone(), &path, body),
            None => self.app.call(method.clone(), &path, &[], Body::empty()),
        };
        let status = answer.status.as_u16();
        let json = answer.header("content-type").is_some_and(|kind| kind.contains("json") && !kind.contains("ndjson"));
        let broken = json && serde_json::from_slice::<Value>(&answer.bytes).is_err();
        if status >= 500 || broken {
            let body = body.map(|body| body.to_string().chars().take(300).collect::<String>()).unwrap_or_default();
            let text: String = answer.text().chars().take(400).collect();
            self.failures.push(format!("{method} {path} {body}\n    {status} {text}"));
        }
        answer
    }

    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.failures.push(format!("{}: {}", self.path, what()));
        }
    }

    fn columns(&self) -> Vec<&'a Column> {
        self.table.columns.iter().collect()
    }

    fn read(&mut self) -> Vec<Value> {
        let first = self.send(Method::GET, "?pageSize=50", None);
        self.expect(first.status == 200, || format!("the list answers {}: {}", first.status, first.text()));
        if first.status != 200 {
            return Vec::new();
        }
        let rows = first.json()["data"].as_array().cloned().unwrap_or_default();
        let total = first.json()["total"].as_u64();
        self.expect(total == Some(rows.len() as u64), || format!("{} rows of {total:?}", rows.len()));
        let count = self.send(Method::GET, "/count", None).text();
        self.expect(count == format!("{{\"count\":{}}}", rows.len()), || format!("the count is {count}"));
        for tail in ["?cursor=&pageSize=1", "?page=7", "/schema", "?pageSize=0", "?nonsense=1", "?cursor=nonsense"] {
            self.send(Method::GET, tail, None);
        }
        let lines = self.send(Method::GET, "?format=ndjson", None).text();
        let exported: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        self.expect(exported.len() == rows.len(), || format!("{} rows of {} exported", exported.len(), rows.len()));
        self.send(Method::GET, "?format=csv", None);
        for row in &rows {
            if let Some(key) = key_of(self.table, row) {
                let one = self.send(Method::GET, &format!("/{}", encode(&key)), None);
                // The words of fixed routes are no keys.
                let fixed = ["filter", "count", "bulk", "query", "schema", "import"].contains(&key.as_str());
                let same = one.status == 200 && one.json() == *row;
                self.expect(same || fixed || key.is_empty(), || format!("row {key:?} answers {}", one.text()));
            }
        }
        rows
    }

    fn ask_by_every_column(&mut self, rows: &[Value]) {
        for column in self.columns() {
            let name = encode(&column.name);
            self.send(Method::GET, &format!("?sort={name}:desc&pageSize=3"), None);
            self.send(Method::GET, &format!("?{name}=x"), None);
            let field = &column.name;
            for body in [
                json!({"projections": [field], "distinct": true}),
                json!({"projections": [field], "sort": [{"field": field}]}),
                json!({"aggregations": {"group_by": [field], "functions": [{"type": "COUNT", "field": field}]}}),
            ] {
                self.send(Method::POST, "/filter", Some(&body));
            }
            for function in ["SUM", "AVG", "MIN", "MAX"] {
                let body = json!({"aggregations": {"functions": [{"type": function, "field": field}]}});
                self.send(Method::POST, "/filter", Some(&body));
            }
            let values: Vec<Value> = rows.iter().take(4).map(|row| row[field].clone()).collect();
            for value in &values {
                self.ask_with(field, value);
            }
            self.each_value_finds_its_row(field, &values, rows);
            if self.table.columns.len() < 100 {
                for value in nonsense() {
                    self.ask_with(field, &value);
                }
            }
        }
    }

    fn ask_with(&mut self, field: &str, value: &Value) {
        for operator in OPERATORS {
            let value = match operator {
                "in" | "notin" => json!([value]),
                "between" | "notbetween" => json!([value, value]),
                _ => value.clone(),
            };
            let body = json!({"expressions": [{"field": field, "operator": operator, "value": value}]});
            self.send(Method::POST, "/filter?total=false", Some(&body));
        }
    }

    /// A value as we gave it, asked for with `eq`, finds at least the row it came from.
    fn each_value_finds_its_row(&mut self, field: &str, values: &[Value], rows: &[Value]) {
        for value in values {
            let body = json!({"expressions": [{"field": field, "operator": "eq", "value": value}]});
            let found = self.send(Method::POST, "/filter?pageSize=100", Some(&body));
            if found.status == 200 {
                let wanted = rows.iter().filter(|row| row[field] == *value).count();
                let found = found.json()["total"].as_u64().unwrap_or(0) as usize;
                self.expect(found >= wanted, || format!("{field} eq {value} finds {found} of {wanted}"));
            }
        }
    }

    fn relate(&mut self) {
        for relation in &self.table.relations {
            let name = &relation.json_name;
            for body in [
                json!({"expressions": [{"relationship": name, "include": true}]}),
                json!({"expressions": [{"relationship": name}]}),
                json!({"expressions": [{"operator": "NOT", "expressions": [{"relationship": name}]}]}),
                json!({"expressions": [{"relationship": name, "aggregations": {"functions": [{"type": "COUNT"}]}}]}),
            ] {
                let answer = self.send(Method::POST, "/filter", Some(&body));
                self.expect(answer.status == 200, || format!("{body} answers {}", answer.text()));
            }
        }
    }

    fn preview(&mut self, rows: &[Value]) {
        let empty = json!({});
        let row = rows.first().unwrap_or(&empty);
        self.send(Method::POST, "/filter/query", Some(&empty));
        for dialect in ["postgres", "mysql", "sqlite", "nonsense"] {
            self.send(Method::POST, &format!("/query?dialect={dialect}"), Some(row));
        }
        if let Some(key) = key_of(self.table, row) {
            self.send(Method::PUT, &format!("/{}/query", encode(&key)), Some(row));
        }
        for (field, value) in row.as_object().into_iter().flatten() {
            let body = json!({"expressions": [{"field": field, "operator": "eq", "value": value}], "updateData": row});
            self.send(Method::PUT, "/filter?preview=true", Some(&body));
            self.send(Method::DELETE, "/filter?preview=true", Some(&body));
        }
    }

    fn write(&mut self, rows: &[Value]) {
        let columns = &self.table.columns;
        let writable = |row: &Value| -> Value {
            let members = row.as_object().cloned().unwrap_or_default().into_iter();
            let known = |name: &str| columns.iter().any(|c| c.name == name && c.generated.writable());
            Value::Object(members.filter(|(name, _)| known(name)).collect::<Map<_, _>>())
        };
        for body in [json!({}), json!([]), json!(null), json!("x"), json!({"no such column": 1})] {
            self.send(Method::POST, "", Some(&body));
            self.send(Method::POST, "/bulk", Some(&body));
            self.send(Method::PUT, "/bulk", Some(&body));
            self.send(Method::POST, "/count", Some(&body));
            self.send(Method::PUT, "/filter", Some(&body));
            self.send(Method::PUT, "/nonsense", Some(&body));
        }
        for key in ["nonsense", "0", "%27", "%F0%9F%99%82", ",", ",,", "%5C", "-1", "99999999999999999999"] {
            self.send(Method::GET, &format!("/{key}"), None);
            self.send(Method::DELETE, &format!("/{key}"), None);
        }
        let values = if columns.len() < 100 { nonsense() } else { vec![json!("\u{0}")] };
        for column in columns {
            for value in &values {
                let mut row = rows.first().map(writable).unwrap_or_else(|| json!({}));
                row[&column.name] = value.clone();
                self.send(Method::POST, "/bulk", Some(&json!([row])));
            }
        }
        self.restore(rows);
        for row in rows {
            let (Some(key), row) = (key_of(self.table, row), writable(row)) else { continue };
            let (path, url) = (format!("/{}", encode(&key)), format!("{}/{}", self.path, encode(&key)));
            for (field, value) in row.as_object().into_iter().flatten() {
                self.send(Method::PATCH, &path, Some(&json!({field: value})));
                for value in &values {
                    self.send(Method::PUT, &format!("{path}/query"), Some(&json!({field: value})));
                }
            }
            self.send(Method::PUT, &path, Some(&row));
            self.send(Method::POST, "", Some(&row));
            self.send(Method::PUT, "/bulk", Some(&json!([row, row])));
            self.send(Method::POST, "/bulk", Some(&json!([row, row])));
            let operations =
                json!([{"id": "a", "method": "PUT", "path": url, "body": row}, {"method": "DELETE", "path": url}]);
            self.send(Method::POST, "/batch", Some(&json!({"operations": operations})));
            self.send(Method::DELETE, &path, None);
            self.send(Method::POST, "", Some(&row));
        }
        let csv = self.send(Method::GET, "?format=csv", None);
        self.requests += 1;
        let import =
            self.app.call(Method::POST, &format!("{}/import", self.path), &[("content-type", "text/csv")], csv.bytes);
        let status = import.status.as_u16();
        self.expect(status < 500, || format!("the import answers {status}: {}", import.text()));
        self.send(Method::DELETE, "/filter", Some(&json!({"expressions": []})));
    }

    /// Takes away the rows that nonsense made, so that what follows meets the rows of the script.
    fn restore(&mut self, rows: &[Value]) {
        let now = self.app.get(&format!("{}?pageSize=1000", self.path));
        let now =
            if now.status == 200 { now.json()["data"].as_array().cloned().unwrap_or_default() } else { Vec::new() };
        for row in now.iter().filter(|row| !rows.contains(row)) {
            if let Some(key) = key_of(self.table, row) {
                self.send(Method::DELETE, &format!("/{}", encode(&key)), None);
            }
        }
    }
}
