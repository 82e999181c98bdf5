//! The shapes of bodies and parameters, free of either document's spelling, and how each spells them.

use serde_json::{Map, Value, json};

/// Which document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// Swagger 2.0.
    Swagger2,
    /// OpenAPI 3.1, whose schemas are JSON Schema.
    OpenApi31,
}

impl Version {
    /// Where definitions stand.
    const fn definitions(self) -> &'static str {
        match self {
            Self::Swagger2 => "#/definitions/",
            Self::OpenApi31 => "#/components/schemas/",
        }
    }
}

/// A shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Schema {
    /// A definition by its name.
    Ref(String),
    /// A list of one shape.
    List(Box<Schema>),
    /// A text, number or truth value.
    Scalar(Scalar),
    /// A shape, or null.
    Nullable(Box<Schema>),
    /// Any JSON value.
    Any,
    /// An object whose members all have one shape.
    Map(Box<Schema>),
    /// An object of named members. None is required: one model is request and answer, and keys are generated.
    Object(Vec<Property>),
}

/// A text, number or truth value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Scalar {
    /// `string`, `integer`, `number` or `boolean`.
    pub ty: &'static str,
    /// `int64`, `date-time`, `byte`, ...
    pub format: Option<&'static str>,
    /// The only words allowed.
    pub words: &'static [&'static str],
    /// What holds when nothing is given.
    pub default: Option<Value>,
    /// The smallest number allowed.
    pub minimum: Option<u64>,
    /// The largest number allowed.
    pub maximum: Option<u64>,
    /// Characters at least.
    pub min_length: Option<u64>,
    /// Characters at most.
    pub max_length: Option<u64>,
}

/// A member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// The JSON name.
    pub name: String,
    /// Its shape.
    pub schema: Schema,
    /// What it means.
    pub description: Option<String>,
    /// Whether null may stand there.
    pub nullable: bool,
    /// Whether a request cannot set it.
    pub read_only: bool,
    /// Whether Swagger 2.0 leaves it out: its clients take every value without a type for an object.
    pub only_openapi: bool,
}

impl Schema {
    /// A scalar without a format.
    pub fn scalar(ty: &'static str) -> Self {
        Self::Scalar(Scalar { ty, ..Scalar::default() })
    }

    /// A scalar with a format.
    pub fn formatted(ty: &'static str, format: &'static str) -> Self {
        Self::Scalar(Scalar { ty, format: Some(format), ..Scalar::default() })
    }

    /// Text.
    pub fn text() -> Self {
        Self::scalar("string")
    }

    /// A whole number of 64 bits.
    pub fn whole() -> Self {
        Self::formatted("integer", "int64")
    }

    /// True or false.
    pub fn truth() -> Self {
        Self::scalar("boolean")
    }

    /// A list of `item`.
    pub fn list(item: Self) -> Self {
        Self::List(Box::new(item))
    }

    /// An object with any members.
    pub fn free() -> Self {
        Self::Map(Box::new(Self::Any))
    }

    /// A definition by its name.
    pub fn to(name: impl Into<String>) -> Self {
        Self::Ref(name.into())
    }

    /// The shape as the document of this version spells it.
    pub fn render(&self, version: Version) -> Value {
        match self {
            Self::Ref(name) => json!({ "$ref": format!("{}{name}", version.definitions()) }),
            Self::List(item) => json!({ "type": "array", "items": item.render(version) }),
            Self::Any => json!({}),
            Self::Map(item) => match item.as_ref() {
                Self::Any => json!({ "type": "object", "additionalProperties": true }),
                item => json!({ "type": "object", "additionalProperties": item.render(version) }),
            },
            Self::Scalar(scalar) => Value::Object(scalar.render(version)),
            Self::Nullable(schema) => {
                let mut out = schema.render(version);
                make_nullable(&mut out, version);
                out
            }
            Self::Object(properties) => {
                let members: Map<String, Value> = properties
                    .iter()
                    .filter(|property| version == Version::OpenApi31 || !property.only_openapi)
                    .map(|property| (property.name.clone(), property.render(version)))
                    .collect();
                json!({ "type": "object", "properties": members })
            }
        }
    }
}

impl Scalar {
    /// The members of the schema; in Swagger 2.0 they stand in a parameter itself.
    pub fn render(&self, version: Version) -> Map<String, Value> {
        let mut out = Map::new();
        out.insert("type".into(), self.ty.into());
        if let Some(format) = self.format {
            out.insert("format".into(), format.into());
            if format == "byte" && version == Version::OpenApi31 {
                out.insert("contentEncoding".into(), "base64".into());
            }
        }
        if !self.words.is_empty() {
            out.insert("enum".into(), json!(self.words));
        }
        for (name, value) in [
            ("minimum", self.minimum),
            ("maximum", self.maximum),
            ("minLength", self.min_length),
            ("maxLength", self.max_length),
        ] {
            if let Some(value) = value {
                out.insert(name.into(), value.into());
            }
        }
        if let Some(default) = &self.default {
            out.insert("default".into(), default.clone());
        }
        out
    }
}

impl Property {
    /// A member that a request may set and that is never null.
    pub fn new(name: impl Into<String>, schema: Schema) -> Self {
        Self { name: name.into(), schema, description: None, nullable: false, read_only: false, only_openapi: false }
    }

    /// The member with its meaning.
    pub fn meaning(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The member, left out of Swagger 2.0.
    pub fn only_openapi(mut self) -> Self {
        self.only_openapi = true;
        self
    }

    /// The member, which may be null.
    pub fn nullable(mut self) -> Self {
        self.nullable = true;
        self
    }

    fn render(&self, version: Version) -> Value {
        let mut out = self.schema.render(version);
        // A reference stands alone: generators drop or trip over what stands beside it.
        if matches!(self.schema, Schema::Ref(_)) {
            // Swagger 2.0 has no word for it.
            let takes_null = self.nullable && version == Version::OpenApi31;
            return if takes_null { json!({ "anyOf": [out, { "type": "null" }] }) } else { out };
        }
        if self.nullable {
            make_nullable(&mut out, version);
        }
        let Value::Object(members) = &mut out else { return out };
        if self.read_only {
            members.insert("readOnly".into(), true.into());
        }
        if let Some(description) = &self.description {
            members.insert("description".into(), description.as_str().into());
        }
        out
    }
}

fn make_nullable(schema: &mut Value, version: Version) {
    // A shape without a type takes null already.
    let Some(ty) = schema.get("type").cloned() else { return };
    match version {
        Version::Swagger2 => schema["x-nullable"] = true.into(),
        Version::OpenApi31 => schema["type"] = json!([ty, "null"]),
    }
}
