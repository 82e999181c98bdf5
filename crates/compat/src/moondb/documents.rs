//! What a project offers, for tools (OpenAPI 3.0.3) and for language models (plain text).

use portcullis_control::declared::{Declared, DeclaredColumn, DeclaredTable, DeclaredType};
use portcullis_project::Project;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// OpenAPI 3.0.3 of a project.
pub fn openapi(project: &Project, declared: Option<&Declared>, url: &str) -> Value {
    let tables = declared.map(|declared| declared.tables.as_slice()).unwrap_or_default();
    let mut paths = Map::new();
    for (path, method, summary) in AUTH {
        paths.entry(format!("/auth/{path}")).or_insert_with(|| json!({}))[method] = operation(summary, None);
    }
    let mut schemas = Map::new();
    for table in tables {
        let name = &table.name;
        schemas.insert(name.clone(), schema(table, declared.is_some_and(|declared| declared.timestamps)));
        let row = json!([{ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } }]);
        paths.insert(
            format!("/api/{name}"),
            json!({ "get": operation("List rows", Some((name, true))), "post": operation("Create a row", Some((name, false))) }),
        );
        paths.insert(
            format!("/api/{name}/bulk"),
            json!({ "post": operation("Create rows, all or none", Some((name, true))) }),
        );
        paths.insert(
            format!("/api/{name}/{{id}}"),
            json!({
                "parameters": row,
                "get": operation("Read a row", Some((name, false))),
                "patch": operation("Change columns", Some((name, false))),
                "put": operation("Replace a row", Some((name, false))),
                "delete": operation("Delete a row", None),
            }),
        );
    }
    let key = |name: &str| json!({ "type": "apiKey", "in": "header", "name": name });
    json!({
        "openapi": "3.0.3",
        "info": { "title": project.slug, "version": "1" },
        "servers": [{ "url": format!("{url}/p/{}", project.id) }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "publicKey": key("X-Public-Key"), "adminKey": key("X-Admin-Key"),
            },
        },
        "security": [{ "bearer": [] }, { "publicKey": [] }, { "adminKey": [] }],
    })
}

const AUTH: [(&str, &str, &str); 11] = [
    ("signup", "post", "Make an account"),
    ("login", "post", "Sign in"),
    ("refresh", "post", "New tokens for a refresh token"),
    ("me", "get", "The signed-in user"),
    ("me", "patch", "Change one's own columns"),
    ("logout", "post", "Sign out"),
    ("change-password", "post", "Change the password"),
    ("forgot-password", "post", "A mail with a link for a new password"),
    ("reset-password", "post", "Set a new password with that link"),
    ("verify", "get", "Verify an address"),
    ("resend-verification", "post", "Another mail for that"),
];

fn operation(summary: &str, of: Option<(&str, bool)>) -> Value {
    let content = match of {
        None => json!({ "type": "object" }),
        Some((table, many)) => {
            let one = json!({ "$ref": format!("#/components/schemas/{table}") });
            if many { json!({ "type": "array", "items": one }) } else { one }
        }
    };
    let body = json!({ "type": "object", "properties": { "data": content } });
    json!({
        "summary": summary,
        "responses": { "default": { "description": summary, "content": { "application/json": { "schema": body } } } },
    })
}

fn schema(table: &DeclaredTable, timestamps: bool) -> Value {
    let mut properties = Map::new();
    properties.insert("id".to_owned(), json!({ "type": "string", "format": "uuid", "readOnly": true }));
    if table.auth {
        properties.insert("email".to_owned(), json!({ "type": "string", "format": "email" }));
    }
    for column in &table.columns {
        properties.insert(column.name.clone(), property(column));
    }
    if timestamps {
        for name in ["created_at", "updated_at"] {
            properties.insert(name.to_owned(), json!({ "type": "string", "format": "date-time", "readOnly": true }));
        }
    }
    let required: Vec<&str> =
        table.columns.iter().filter(|column| column.required).map(|column| column.name.as_str()).collect();
    let mut schema = json!({ "type": "object", "properties": properties });
    // An empty list is not allowed.
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(column: &DeclaredColumn) -> Value {
    let mut out = match &column.ty {
        DeclaredType::String { max_length } => json!({ "type": "string", "maxLength": max_length }),
        DeclaredType::Text | DeclaredType::File => json!({ "type": "string" }),
        DeclaredType::Int | DeclaredType::Timestamp => json!({ "type": "integer", "format": "int64" }),
        DeclaredType::Float => json!({ "type": "number", "format": "double" }),
        DeclaredType::Bool => json!({ "type": "boolean" }),
        DeclaredType::Date => json!({ "type": "string", "format": "date" }),
        DeclaredType::DateTime => json!({ "type": "string", "format": "date-time" }),
        DeclaredType::Json => json!({}),
        DeclaredType::Enum(values) => json!({ "type": "string", "enum": values }),
        DeclaredType::Ref { table, .. } => {
            json!({ "type": "string", "format": "uuid", "description": format!("the id of a row of {table}") })
        }
        DeclaredType::Uuid => json!({ "type": "string", "format": "uuid" }),
    };
    for (name, value) in [("minimum", &column.min), ("maximum", &column.max), ("default", &column.default)] {
        if let Some(value) = value {
            out[name] = value.clone();
        }
    }
    if !column.required {
        out["nullable"] = json!(true);
    }
    out
}

/// The same for a language model to read.
pub fn llm_context(project: &Project, declared: Option<&Declared>, url: &str) -> String {
    let mut out = format!(
        "Project {} at {url}/p/{}\n\n\
         Every answer is JSON: {{\"data\": ...}}, lists with \"meta\"; every refusal {{\"error\": {{\"code\", \"message\", \"suggestion\"}}}}.\n\
         Send X-Public-Key from a browser, `Authorization: Bearer <token>` for a signed-in user, X-Admin-Key from a server only.\n\n\
         Users: POST /auth/signup and /auth/login give token and refresh_token; POST /auth/refresh spends a refresh token; GET and\n\
         PATCH /auth/me; POST /auth/logout, /auth/change-password, /auth/forgot-password, /auth/reset-password.\n\n\
         Rows: GET /api/{{table}}?column=op.value&sort=column.desc&limit=20&offset=0&include=refcolumn with the operators eq neq gt gte\n\
         lt lte like in is_null not_null; GET, PATCH, PUT, DELETE /api/{{table}}/{{id}}; POST /api/{{table}}; POST /api/{{table}}/bulk.\n",
        project.slug, project.id
    );
    for table in declared.map(|declared| declared.tables.as_slice()).unwrap_or_default() {
        let kind = if table.auth { " (the users)" } else { "" };
        let _ = write!(out, "\nTable {}{kind}\n  access:", table.name);
        for (what, level) in table.access.all() {
            let _ = write!(out, " {what}={}", level.word());
        }
        if let Some(owner) = &table.owner_field {
            let _ = write!(out, ", owner in {owner}");
        }
        out.push('\n');
        for column in &table.columns {
            let _ = write!(out, "  {}: {}", column.name, column.ty.word());
            match &column.ty {
                DeclaredType::Enum(values) => drop(write!(out, " ({})", values.join(", "))),
                DeclaredType::Ref { table, .. } => drop(write!(out, " to {table}")),
                _ => {}
            }
            for (word, said) in [("required", column.required), ("unique", column.unique)] {
                if said {
                    let _ = write!(out, " {word}");
                }
            }
            out.push('\n');
        }
    }
    out
}
