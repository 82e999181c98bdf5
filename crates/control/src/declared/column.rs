//! A column of a declared schema, in the short form `string required max_length 80` or the long one.

use portcullis_schema::closest;
use portcullis_schema::wanted::OnDelete;
use serde_json::{Map, Value};

/// A column as it was declared.
#[derive(Debug, Clone, PartialEq)]
pub struct DeclaredColumn {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub ty: DeclaredType,
    /// Whether a row must have it.
    pub required: bool,
    /// Whether its values occur once.
    pub unique: bool,
    /// What a row gets that does not say.
    pub default: Option<Value>,
    /// The smallest number.
    pub min: Option<Value>,
    /// The largest number.
    pub max: Option<Value>,
    /// Whether it is looked up by.
    pub index: bool,
}

/// What a declared column holds.
#[derive(Debug, Clone, PartialEq)]
pub enum DeclaredType {
    /// Text with a bound.
    String {
        /// The bound in characters; 255 unless it is said.
        max_length: u32,
    },
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// True or false.
    Bool,
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// Seconds since 1970.
    Timestamp,
    /// A document.
    Json,
    /// One of some words.
    Enum(Vec<String>),
    /// The key of another table's row.
    Ref {
        /// The table.
        table: String,
        /// What happens when that row goes.
        on_delete: OnDelete,
    },
    /// A UUID, made when absent.
    Uuid,
    /// The name of a file.
    File,
}

/// The words for types.
pub const TYPES: [&str; 13] =
    ["string", "text", "int", "float", "bool", "date", "datetime", "timestamp", "json", "enum", "ref", "uuid", "file"];
const KEYS: [&str; 13] = [
    "type",
    "required",
    "unique",
    "default",
    "values",
    "table",
    "on_delete",
    "min",
    "max",
    "max_length",
    "index",
    "accept",
    "max_size_mb",
];

impl DeclaredType {
    /// The word for it.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::String { .. } => "string",
            Self::Text => "text",
            Self::Int => "int",
            Self::Float => "float",
            Self::Bool => "bool",
            Self::Date => "date",
            Self::DateTime => "datetime",
            Self::Timestamp => "timestamp",
            Self::Json => "json",
            Self::Enum(_) => "enum",
            Self::Ref { .. } => "ref",
            Self::Uuid => "uuid",
            Self::File => "file",
        }
    }
}

/// Reads a column in either form. The error says what would be right.
pub fn parse(name: &str, value: &Value) -> Result<DeclaredColumn, String> {
    match value {
        Value::String(text) => long(name, &short(text)?),
        Value::Object(members) => long(name, members),
        _ => Err("a column is a text such as \"string required\" or an object with a `type`".to_owned()),
    }
}

/// The short form as the long one.
fn short(text: &str) -> Result<Map<String, Value>, String> {
    let words = words(text)?;
    let mut words = words.iter();
    let mut column = Map::new();
    let Some(ty) = words.next() else { return Err("a column needs a type, such as \"string\"".to_owned()) };
    column.insert("type".to_owned(), ty.as_str().into());
    if ty == "ref" {
        let table = words.next().ok_or("`ref` needs the table it points at, such as \"ref users\"")?;
        column.insert("table".to_owned(), table.as_str().into());
    }
    while let Some(word) = words.next() {
        let mut needs = |what: &str| words.next().cloned().ok_or_else(|| format!("`{word}` needs {what} behind it"));
        match word.as_str() {
            "required" | "unique" | "index" => drop(column.insert(word.clone(), true.into())),
            "cascade" | "restrict" | "set_null" => drop(column.insert("on_delete".to_owned(), word.as_str().into())),
            "default" => {
                let value = needs("a value")?;
                column.insert(word.clone(), literal(ty, &value));
            }
            "max_length" | "min" | "max" => {
                let number = needs("a number")?;
                let number = serde_json::from_str::<Value>(&number).ok().filter(Value::is_number);
                let number = number.ok_or_else(|| format!("`{word}` needs a number behind it"))?;
                column.insert(word.clone(), number);
            }
            other => {
                let known = ["required", "unique", "default", "max_length", "cascade", "index", "min", "max"];
                return Err(format!("`{other}` is not known here{}", hint(other, known)));
            }
        }
    }
    Ok(column)
}

/// Words apart by blanks; what stands between quotes is one.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if matches!(first, '"' | '\'') {
            let inner = &rest[1..];
            let end = inner.find(first).ok_or_else(|| format!("a quote is not closed in `{text}`"))?;
            (&inner[..end], &inner[end + 1..])
        } else {
            rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    Ok(words)
}

/// A default of the short form, which has no quotes around text.
fn literal(ty: &str, word: &str) -> Value {
    match ty {
        "int" | "float" | "bool" | "timestamp" | "json" => serde_json::from_str(word).unwrap_or_else(|_| word.into()),
        _ => word.into(),
    }
}

fn long(name: &str, members: &Map<String, Value>) -> Result<DeclaredColumn, String> {
    if let Some(key) = members.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(format!("`{key}` is not known here{}", hint(key, KEYS)));
    }
    let flag = |key: &str| match members.get(key) {
        None => Ok(false),
        Some(Value::Bool(value)) => Ok(*value),
        Some(_) => Err(format!("`{key}` is true or false")),
    };
    let number = |key: &str| match members.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value @ Value::Number(_)) => Ok(Some(value.clone())),
        Some(_) => Err(format!("`{key}` is a number")),
    };
    let ty = ty(members)?;
    let column = DeclaredColumn {
        name: name.to_owned(),
        required: flag("required")?,
        unique: flag("unique")?,
        default: members.get("default").filter(|value| !value.is_null()).cloned(),
        min: number("min")?,
        max: number("max")?,
        index: flag("index")?,
        ty,
    };
    if (column.min.is_some() || column.max.is_some())
        && !matches!(column.ty, DeclaredType::Int | DeclaredType::Float | DeclaredType::Timestamp)
    {
        return Err(format!("`min` and `max` are for numbers, not for `{}`", column.ty.word()));
    }
    if let DeclaredType::Ref { on_delete: OnDelete::SetNull, .. } = column.ty
        && column.required
    {
        return Err("a required column cannot be set to nothing: use `restrict` or `cascade`".to_owned());
    }
    if members.contains_key("default") {
        super::wanted::default(&column)?;
    }
    Ok(column)
}

fn ty(members: &Map<String, Value>) -> Result<DeclaredType, String> {
    let text = |key: &str| members.get(key).and_then(Value::as_str);
    let Some(word) = text("type") else { return Err(format!("`type` is missing; use one of {}", TYPES.join(", "))) };
    let max_length = match members.get("max_length") {
        None => 255,
        Some(value) => {
            let length = value.as_u64().and_then(|length| u32::try_from(length).ok());
            length.filter(|length| (1..=10_000).contains(length)).ok_or("`max_length` is a number from 1 to 10000")?
        }
    };
    if members.contains_key("max_length") && word != "string" {
        return Err(format!("`max_length` is for `string`, not for `{word}`"));
    }
    Ok(match word {
        "string" => DeclaredType::String { max_length },
        "text" => DeclaredType::Text,
        "int" => DeclaredType::Int,
        "float" => DeclaredType::Float,
        "bool" => DeclaredType::Bool,
        "date" => DeclaredType::Date,
        "datetime" => DeclaredType::DateTime,
        "timestamp" => DeclaredType::Timestamp,
        "json" => DeclaredType::Json,
        "uuid" => DeclaredType::Uuid,
        "file" => DeclaredType::File,
        "enum" => DeclaredType::Enum(values(members.get("values"))?),
        "ref" => DeclaredType::Ref {
            table: text("table").ok_or("`ref` needs `table`, the table it points at")?.to_owned(),
            on_delete: match text("on_delete").unwrap_or("restrict") {
                "restrict" => OnDelete::Restrict,
                "cascade" => OnDelete::Cascade,
                "set_null" => OnDelete::SetNull,
                other => return Err(format!("`on_delete` is restrict, cascade or set_null, not `{other}`")),
            },
        },
        other => return Err(format!("`{other}` is no type{}; use one of {}", hint(other, TYPES), TYPES.join(", "))),
    })
}

fn values(given: Option<&Value>) -> Result<Vec<String>, String> {
    let needed = || "`enum` needs `values`: a list of words of letters, digits, `_` and `-`".to_owned();
    let given = given.and_then(Value::as_array).filter(|values| !values.is_empty()).ok_or_else(needed)?;
    let mut values: Vec<String> = Vec::new();
    for value in given {
        let word = value.as_str().filter(|word| {
            !word.is_empty()
                && word.len() <= 100
                && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        });
        let word = word.ok_or_else(needed)?.to_owned();
        if values.iter().any(|known| known.eq_ignore_ascii_case(&word)) {
            return Err(format!("`values` names `{word}` twice"));
        }
        values.push(word);
    }
    Ok(values)
}

/// `; did you mean ...?`, or nothing.
fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    closest(word, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}
