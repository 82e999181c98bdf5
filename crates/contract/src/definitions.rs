//! The definitions of a document: what every project has, and what each table brings.

use crate::{
    api::{Api, Model},
    auth, columns, documents,
    names::FIXED,
    schema::{Property, Schema},
};
use portcullis_query::access::Action;
use serde_json::{Value, json};

/// One named shape.
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub schema: Schema,
    /// What it is.
    pub description: Option<String>,
    /// What one looks like.
    pub example: Option<Value>,
}

/// Every definition the operations of `api` reach.
pub fn all(api: &Api<'_>) -> Vec<Definition> {
    let mut all: Vec<Definition> = api.models.iter().flat_map(of_model).collect();
    all.extend(FIXED.iter().filter(|name| is_reached(api, name)).map(|name| fixed(name)));
    all.extend(auth::definitions(api));
    all.extend(documents::definitions(api));
    all
}

fn plain(name: &str, properties: Vec<Property>) -> Definition {
    Definition { name: name.to_owned(), schema: Schema::Object(properties), description: None, example: None }
}

fn of_model(model: &Model<'_>) -> Vec<Definition> {
    let names = &model.names;
    let row = || Schema::to(&names.model);
    let mut properties: Vec<_> = model.columns().map(|column| columns::property(model, column)).collect();
    properties.extend(model.relations.iter().map(|view| {
        let target = Schema::to(&view.definition);
        match view.relation.kind.is_many() {
            true => Property::new(&view.relation.json_name, Schema::list(target)),
            // Included, but there is none.
            false => Property::new(&view.relation.json_name, target).nullable(),
        }
    }));
    let mut all = vec![Definition {
        description: model.table.info.comment.clone(),
        example: columns::example(model),
        ..plain(&names.model, properties)
    }];
    if model.may(Action::Read) {
        all.push(plain(&names.page, page(row())));
        all.push(plain(&names.query, query(row())));
    } else if model.routes().any(|route| route.shows_sql) {
        all.push(plain(&names.query, query(row())));
    }
    if !model.table.primary_key.is_empty() && (model.may(Action::Update) || model.may(Action::Delete)) {
        all.push(plain(&names.mass, mass(row())));
    }
    if model.takes_rows() {
        let succeeded = Property::new("succeeded", Schema::list(row())).meaning("The written rows, in input order.");
        let failed = Property::new("failed", Schema::list(Schema::to("api.BulkError"))).meaning("The refused rows.");
        all.push(plain(&names.bulk, vec![succeeded, failed]));
    }
    all
}

fn page(row: Schema) -> Vec<Property> {
    vec![
        Property::new("data", Schema::list(row)).meaning("The rows; never null."),
        Property::new("total", Schema::whole())
            .nullable()
            .meaning("All rows that match; null with `total=false` and with a cursor."),
        Property::new("page", Schema::whole()).nullable().meaning("Counted from 1."),
        Property::new("page_size", Schema::whole()),
        Property::new("total_pages", Schema::whole()).nullable(),
        Property::new("next_cursor", Schema::text())
            .nullable()
            .meaning("With `cursor` only: what to ask for next, null at the end."),
    ]
}

fn query(row: Schema) -> Vec<Property> {
    let mut properties = page(row);
    properties.extend([
        Property::new("query", Schema::text()).meaning("The SQL with placeholders, for those who may see it."),
        Property::new("params", Schema::list(Schema::Any)).meaning("The values of the placeholders.").only_openapi(),
        Property::new("script", Schema::text()).meaning("The SQL with literals."),
    ]);
    properties
}

fn mass(row: Schema) -> Vec<Property> {
    let mut properties = vec![
        Property::new("success", Schema::truth()),
        Property::new("message", Schema::text()),
        Property::new("affected", Schema::whole()).meaning("How many rows were changed or deleted."),
    ];
    let sample = Property::new("sample", Schema::list(row.clone())).meaning("With `preview`: the first of them.");
    properties.extend(page(row).into_iter().filter(|property| property.name != "next_cursor"));
    properties.extend([
        Property::new("count", Schema::whole()).meaning("With `preview`: how many rows it would touch."),
        sample,
        Property::new("sql", Schema::text()).meaning("With `preview`: the SQL, for those who may see it."),
    ]);
    properties
}

fn is_reached(api: &Api<'_>, name: &str) -> bool {
    let any = |action| api.models.iter().any(|model| model.may(action));
    match name {
        "api.ErrorResponse" | "api.FieldError" | "api.ModelsResponse" => true,
        "api.BatchOperation" | "api.BatchRequest" | "api.BatchResponse" | "api.BatchResult" => api.writes(),
        "api.BulkError" | "api.BulkErrorReason" => any(Action::Create) || any(Action::Update),
        "api.ImportResult" => any(Action::Create),
        "api.FilterPayload" => any(Action::Read) || any(Action::Delete),
        "api.UpdateFilterPayload" => any(Action::Update),
        "api.QueryPreviewWithScript" => api.models.iter().any(|model| model.routes().any(|route| route.shows_sql)),
        _ => any(Action::Read),
    }
}

fn fixed(name: &str) -> Definition {
    let text = |name: &str| Property::new(name, Schema::text());
    let whole = |name: &str| Property::new(name, Schema::whole());
    let truth = |name: &str| Property::new(name, Schema::truth());
    let any = |name: &str| Property::new(name, Schema::Any);
    let texts = |name: &str| Property::new(name, Schema::list(Schema::text()));
    let many = |name: &str, of: &str| Property::new(name, Schema::list(Schema::to(of)));
    let expressions = || {
        Property::new("expressions", Schema::list(Schema::Any)).nullable().meaning(
            "Joined by AND. Each is `{field, operator, value}`, `{operator: AND|OR|NOT, expressions}` or \
             `{relationship, scope, include, expressions, aggregations}`.",
        )
    };
    let properties = match name {
        "api.BatchOperation" => vec![
            text("id").meaning("What later operations call its result, as in `{\"$ref\": \"id.column\"}`."),
            text("method").meaning("POST, PUT, PATCH or DELETE."),
            text("path").meaning("`/Model` or `/Model/{id}`."),
            Property::new("body", Schema::free()),
        ],
        "api.BatchRequest" => vec![many("operations", "api.BatchOperation")],
        "api.BatchResponse" => vec![many("results", "api.BatchResult")],
        "api.BatchResult" => vec![text("id").nullable(), whole("status"), any("body").meaning("The row.")],
        "api.BulkError" => vec![
            whole("index").meaning("The row's place in the input, counted from 0."),
            any("data").meaning("The row as it was sent."),
            Property::new("error", Schema::to("api.BulkErrorReason")),
        ],
        "api.BulkErrorReason" => vec![text("code"), text("message")],
        "api.CountResponse" => vec![whole("count")],
        "api.ErrorResponse" => error_members(),
        "api.FieldError" => vec![
            text("pointer").meaning("Where in the body, as a JSON pointer."),
            text("parameter").meaning("Which parameter."),
            text("code"),
            text("message"),
        ],
        "api.FieldSchema" => vec![
            text("name"),
            text("dbColumnName"),
            text("type")
                .meaning("integer, number, string, boolean, date, date-time, time, uuid, json, bytes or array."),
            truth("isPrimaryKey"),
            truth("autoIncrement"),
            truth("nullable"),
            truth("readOnly").meaning("Whether the caller cannot set it."),
            texts("values").meaning("The labels of an enum."),
            texts("operators").meaning("The operators a filter may use on it."),
        ],
        "api.FilterPayload" => vec![expressions()],
        "api.ImportResult" => vec![
            whole("succeeded").meaning("How many rows were written."),
            many("failed", "api.BulkError").meaning("The first 100 refused rows."),
            whole("failed_total").meaning("How many rows were refused."),
        ],
        "api.ModelSchema" => vec![many("fields", "api.FieldSchema"), many("relationships", "api.RelationshipSchema")],
        "api.ModelsResponse" => {
            vec![
                Property::new("models", Schema::Map(Box::new(Schema::text()))).meaning("Model names and their tables."),
            ]
        }
        "api.QueryPreviewWithScript" => vec![text("script").meaning("The SQL with literals.")],
        "api.RelationshipSchema" => vec![
            text("name"),
            text("jsonName").meaning("The key of embedded rows."),
            text("type").meaning("hasOne, hasMany, belongsTo or manyToMany."),
            text("relatedModel"),
            text("relatedTable"),
            text("foreignKey"),
            text("references"),
            text("joinTable"),
            truth("isSlice"),
            truth("isPolymorphic"),
            text("polymorphicType"),
        ],
        "api.UpdateFilterPayload" => {
            vec![expressions(), Property::new("updateData", Schema::free()).meaning("Columns and their new values.")]
        }
        "query.AggregateFunctionSpec" => vec![
            text("type").meaning("COUNT, SUM, AVG, MIN or MAX."),
            text("field").meaning("The column; empty or `*` counts rows."),
            text("alias"),
        ],
        "query.AggregationSpec" => vec![
            many("functions", "query.AggregateFunctionSpec"),
            texts("group_by"),
            Property::new("expressions", Schema::list(Schema::Any))
                .meaning("Conditions on the groups, over aliases or such as `SUM(total)`."),
            text("error_mode").meaning("strict or lenient."),
        ],
        "query.Filter" => vec![
            expressions(),
            many("sort", "query.SortSpec").nullable(),
            Property::new("aggregations", Schema::to("query.AggregationSpec")),
            texts("projections").nullable().meaning("The columns wanted; empty means all."),
            truth("distinct").nullable(),
        ],
        "query.SortSpec" => vec![text("field"), text("direction").meaning("asc or desc.")],
        _ => Vec::new(),
    };
    let example = match name {
        "query.Filter" => Some(json!({ "expressions": [], "sort": [] })),
        "api.FilterPayload" => Some(json!({ "expressions": [] })),
        "api.UpdateFilterPayload" => Some(json!({ "expressions": [], "updateData": {} })),
        _ => None,
    };
    Definition { example, ..plain(name, properties) }
}

/// RFC 9457 and what clients branch on beside it.
fn error_members() -> Vec<Property> {
    let text = |name: &str| Property::new(name, Schema::text());
    vec![
        text("type").meaning("`urn:portcullis:error:` and the code."),
        text("title").meaning("The whole sentence."),
        Property::new("status", Schema::formatted("integer", "int32")),
        text("code").meaning("Stable: branch on this."),
        text("message").meaning("The same as `title`."),
        text("detail"),
        Property::new("errors", Schema::list(Schema::to("api.FieldError")))
            .meaning("Problems of single fields or operations."),
        text("request_id"),
        Property::new("current", Schema::Any).meaning("With 412: the row as it is now."),
    ]
}
