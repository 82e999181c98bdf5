//! Schemas with hostile names, and requests over whatever schema there is.
//!
//! A [`Shape`] says what a request looks like by numbers; [`Filler`] turns it into words for one schema. The same shape
//! filled with two salts differs in its values and in nothing else.

use portcullis_query::{
    Json,
    plan::operators_of,
    request::{
        AggregateFunction, AggregateWords, Aggregations, CompareOp, Connective, Expression, ListRequest, Operator,
        RelationshipWords, SortKey,
    },
};
use portcullis_schema::{
    Catalog, Column, ColumnInfo, ColumnType, Database, ForeignKeyInfo, Generated, Storage, Table, TableInfo, TableKind,
};
use proptest::{collection::vec, prelude::*};

/// What every word of a request holds and no SQL text may: a quote of each kind, and an end of a statement.
pub const MARK: &str = "e\"v`i'l;--\\";

/// Names made to break out of quotes, or to be taken for names of our own.
fn hostile_name() -> impl Strategy<Value = String> {
    let parts = vec![
        "\"", "`", "'", ";", "--", "\\", "é", "日", "$1", "?", "%s", "a", "B", "_", "t0", "t1", "d", "n", "select",
        "/*", ")", "x y",
    ];
    vec(proptest::sample::select(parts), 1..5).prop_map(|parts| parts.concat())
}

/// The types every engine has.
fn column_type() -> impl Strategy<Value = ColumnType> {
    prop_oneof![
        3 => Just(ColumnType::Integer { bits: 64, signed: true }),
        3 => Just(ColumnType::Text { max_chars: Some(80) }),
        1 => Just(ColumnType::Integer { bits: 16, signed: true }),
        1 => Just(ColumnType::Boolean),
        1 => Just(ColumnType::Decimal { precision: Some(12), scale: Some(2) }),
        1 => Just(ColumnType::Float { bits: 64 }),
        1 => Just(ColumnType::Uuid),
        1 => Just(ColumnType::Date),
        1 => Just(ColumnType::Time { zone: false }),
        1 => Just(ColumnType::DateTime { zone: false }),
        1 => Just(ColumnType::DateTime { zone: true }),
        1 => Just(ColumnType::Json),
        1 => Just(ColumnType::Bytes),
        1 => Just(ColumnType::Enum { values: vec!["open".to_owned(), "paid".to_owned()] }),
    ]
}

#[derive(Debug, Clone)]
struct TableShape {
    name: String,
    columns: Vec<(String, ColumnType, bool)>,
    /// Columns of the key, 0 for none.
    key: usize,
    /// Tables this one points at.
    parents: Vec<usize>,
    /// Whether two of the parents make the key.
    joins: bool,
}

fn table_shape() -> impl Strategy<Value = TableShape> {
    let column = (hostile_name(), column_type(), any::<bool>());
    let key = prop_oneof![1 => Just(0_usize), 3 => Just(1), 1 => Just(2)];
    (hostile_name(), vec(column, 1..6), key, vec(0_usize..8, 0..3), any::<bool>()).prop_map(
        |(name, columns, key, mut parents, joins)| {
            if joins {
                parents.resize(2, 1);
            }
            TableShape { name, columns, key: if joins { 0 } else { key }, parents, joins }
        },
    )
}

/// A few tables with hostile names, some of them pointing at others.
pub fn catalog() -> impl Strategy<Value = Catalog> {
    vec(table_shape(), 2..5).prop_map(|shapes| {
        let mut tables: Vec<TableInfo> = shapes.iter().enumerate().map(|(at, shape)| table(at, shape)).collect();
        for (at, shape) in shapes.iter().enumerate() {
            connect(&mut tables, at, shape);
        }
        Catalog { tables }
    })
}

fn column(name: String, ty: ColumnType, nullable: bool) -> ColumnInfo {
    ColumnInfo {
        name,
        native_type: String::new(),
        ty,
        nullable,
        default: None,
        generated: Generated::No,
        comment: None,
        storage: Storage::Native,
    }
}

fn integer() -> ColumnType {
    ColumnType::Integer { bits: 64, signed: true }
}

fn table(at: usize, shape: &TableShape) -> TableInfo {
    let mut columns: Vec<_> = (0..shape.key).map(|n| column(format!("{MARK}k{n}"), integer(), false)).collect();
    columns.extend(shape.columns.iter().enumerate().map(|(n, (name, ty, nullable))| {
        // A number at the end keeps names apart in any case.
        column(format!("{name}{n}"), ty.clone(), *nullable)
    }));
    TableInfo {
        schema: None,
        name: format!("{}{at}", shape.name),
        kind: TableKind::Table,
        primary_key: columns[..shape.key].iter().map(|column| column.name.clone()).collect(),
        columns,
        unique_keys: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        comment: None,
        has_triggers: false,
    }
}

fn connect(tables: &mut [TableInfo], at: usize, shape: &TableShape) {
    let mut pointing = Vec::new();
    for (n, parent) in shape.parents.iter().enumerate() {
        let parent = parent % tables.len();
        let (parent_name, parent_columns) = (tables[parent].name.clone(), tables[parent].primary_key.clone());
        if parent_columns.is_empty() {
            continue;
        }
        let columns: Vec<_> = (0..parent_columns.len()).map(|part| format!("f{n}{MARK}{part}_id")).collect();
        tables[at].columns.extend(columns.iter().map(|name| column(name.clone(), integer(), !shape.joins)));
        pointing.push(columns.clone());
        tables[at].foreign_keys.push(ForeignKeyInfo {
            name: format!("fk{n}"),
            columns,
            parent_schema: None,
            parent: parent_name,
            parent_columns,
            on_delete: None,
            on_update: None,
        });
    }
    if shape.joins && pointing.len() == 2 {
        tables[at].primary_key = pointing.concat();
    }
}

/// A request by numbers.
#[derive(Debug, Clone)]
pub struct Shape {
    pub table: usize,
    filter: Vec<Term>,
    sort: Vec<(usize, bool)>,
    projections: Vec<usize>,
    distinct: bool,
    figures: Option<Figures>,
    pub row: Vec<(usize, usize)>,
    pub page: (u64, u64),
}

#[derive(Debug, Clone)]
enum Term {
    Field { column: usize, operator: usize, values: Vec<usize> },
    Logic { connective: usize, terms: Vec<Term> },
    Related { relation: usize, scope: usize, terms: Vec<Term>, figures: Option<Figures> },
}

#[derive(Debug, Clone)]
struct Figures {
    functions: Vec<(usize, usize)>,
    groups: Vec<usize>,
    having: Vec<(usize, usize)>,
}

fn figures() -> impl Strategy<Value = Figures> {
    (vec((0_usize..5, 0_usize..16), 1..4), vec(0_usize..16, 0..3), vec((0_usize..5, 0_usize..9), 0..2))
        .prop_map(|(functions, groups, having)| Figures { functions, groups, having })
}

fn term() -> impl Strategy<Value = Term> {
    let field = (0_usize..16, 0_usize..18, vec(0_usize..9, 0..4)).prop_map(|(column, operator, values)| Term::Field {
        column,
        operator,
        values,
    });
    field.prop_recursive(3, 12, 3, |inner| {
        let logic =
            (0_usize..3, vec(inner.clone(), 0..3)).prop_map(|(connective, terms)| Term::Logic { connective, terms });
        let related = (0_usize..6, 0_usize..5, vec(inner, 0..3), proptest::option::weighted(0.3, figures()))
            .prop_map(|(relation, scope, terms, figures)| Term::Related { relation, scope, terms, figures });
        prop_oneof![logic, related]
    })
}

/// Any request.
pub fn shape() -> impl Strategy<Value = Shape> {
    (
        0_usize..8,
        vec(term(), 0..4),
        vec((0_usize..16, any::<bool>()), 0..3),
        vec(0_usize..16, 0..4),
        proptest::bool::weighted(0.2),
        proptest::option::weighted(0.3, figures()),
        vec((0_usize..16, 0_usize..9), 0..5),
        (1_u64..4, 1_u64..20),
    )
        .prop_map(|(table, filter, sort, projections, distinct, figures, row, page)| Shape {
            table,
            filter,
            sort,
            projections,
            distinct,
            figures,
            row,
            page,
        })
}

/// Turns numbers into words.
pub struct Filler<'d> {
    pub database: &'d Database,
    /// Goes into every value.
    pub salt: usize,
}

impl Filler<'_> {
    /// The words of a list request. Aliases hold the mark and the salt too.
    pub fn list(&self, shape: &Shape, table: &Table) -> ListRequest {
        let name = |at: &usize| table.columns[at % table.columns.len()].name.clone();
        ListRequest {
            filter: self.terms(&shape.filter, table, 2),
            sort: match shape.figures {
                None => shape
                    .sort
                    .iter()
                    .map(|(at, descending)| SortKey { field: name(at), descending: *descending })
                    .collect(),
                Some(_) => Vec::new(),
            },
            projections: shape.projections.iter().map(name).collect(),
            distinct: shape.distinct,
            aggregations: shape.figures.as_ref().map(|figures| self.figures(figures, table)),
            paging: portcullis_query::request::Paging::Page { page: shape.page.0, size: Some(shape.page.1) },
            total: true,
        }
    }

    fn terms(&self, terms: &[Term], table: &Table, levels: usize) -> Vec<Expression> {
        terms.iter().filter_map(|term| self.term(term, table, levels)).collect()
    }

    fn term(&self, term: &Term, table: &Table, levels: usize) -> Option<Expression> {
        let place = String::new();
        Some(match term {
            Term::Field { column, operator, values } => {
                let column = &table.columns[column % table.columns.len()];
                let operators: Vec<_> = operators_of(column).collect();
                let operator = operators[operator % operators.len()];
                Expression::Field {
                    place,
                    field: column.name.clone(),
                    operator,
                    value: self.operand(column, operator, values),
                }
            }
            Term::Logic { connective, terms } => Expression::Logical {
                place,
                connective: [Connective::And, Connective::Or, Connective::Not][*connective],
                expressions: self.terms(terms, table, levels),
            },
            Term::Related { relation, scope, terms, figures } => {
                if table.relations.is_empty() || levels == 0 {
                    return None;
                }
                let relation = &table.relations[relation % table.relations.len()];
                let target = self.database.table(relation.target);
                Expression::Relationship(RelationshipWords {
                    place,
                    relationship: relation.json_name.clone(),
                    filters_parent: scope % 2 == 0,
                    include: *scope > 1,
                    expressions: self.terms(terms, target, levels - 1),
                    aggregations: figures.as_ref().map(|figures| self.figures(figures, target)),
                })
            }
        })
    }

    fn figures(&self, figures: &Figures, table: &Table) -> Aggregations {
        let column = |at: &usize| table.columns[at % table.columns.len()].name.clone();
        let alias = |at: usize| format!("{MARK}{}alias{at}", self.salt);
        let functions: Vec<_> = figures
            .functions
            .iter()
            .enumerate()
            .map(|(at, (function, field))| {
                let column = &table.columns[field % table.columns.len()];
                let ty = &column.ty;
                let wanted = ["count", "sum", "avg", "min", "max"][*function];
                let fits = match wanted {
                    "sum" | "avg" => ty.is_numeric(),
                    "min" | "max" => ty.is_ordered() && !matches!(ty, ColumnType::Uuid | ColumnType::Bytes),
                    _ => true,
                };
                let function = AggregateFunction::from_word(if fits { wanted } else { "count" }).unwrap();
                AggregateWords { function, field: column.name.clone(), alias: Some(alias(at)) }
            })
            .collect();
        let having = figures
            .having
            .iter()
            .map(|(at, value)| Expression::Field {
                place: String::new(),
                field: "COUNT(*)".to_owned(),
                operator: if at % 2 == 0 { Operator::Compare(CompareOp::Gt) } else { Operator::Null { negated: true } },
                value: if at % 2 == 0 { Json::Number((value + self.salt).to_string()) } else { Json::Null },
            })
            .collect();
        Aggregations { place: String::new(), functions, group_by: figures.groups.iter().map(column).collect(), having }
    }

    fn operand(&self, column: &Column, operator: Operator, values: &[usize]) -> Json {
        let seed = |at: usize| values.get(at).copied().unwrap_or(at);
        match operator {
            Operator::Compare(CompareOp::Eq | CompareOp::Neq) if seed(0) == 8 => Json::Null,
            Operator::Compare(_) => self.value(&column.ty, seed(0)),
            Operator::Array(_) | Operator::JsonContains { .. } => self.value(&column.ty, seed(0)),
            Operator::Like(_) => Json::String(format!("{MARK}{}%_\\\\", seed(0) + self.salt)),
            Operator::Between { .. } => {
                Json::Array(vec![self.value(&column.ty, seed(0)), self.value(&column.ty, seed(1))])
            }
            Operator::In { .. } => {
                let item = |seed: &usize| if *seed == 8 { Json::Null } else { self.value(&column.ty, *seed) };
                Json::Array(values.iter().map(item).collect())
            }
            Operator::Null { .. } => Json::Null,
        }
    }

    /// A value of a type; texts hold the mark.
    pub fn value(&self, ty: &ColumnType, seed: usize) -> Json {
        let n = seed + self.salt;
        let text = |text: String| Json::String(text);
        match ty {
            ColumnType::Boolean => Json::Bool(n.is_multiple_of(2)),
            ColumnType::Integer { .. } => Json::Number((n * 7).to_string()),
            ColumnType::Decimal { .. } | ColumnType::Float { .. } => Json::Number(format!("{n}.25")),
            ColumnType::Uuid => text(format!("00000000-0000-4000-8000-{n:012}")),
            ColumnType::Date => text(format!("{:04}-01-31", 2000 + n)),
            ColumnType::Time { .. } => text(format!("10:00:{:02}", n % 60)),
            ColumnType::DateTime { .. } => text(format!("{:04}-01-31T10:00:00Z", 2000 + n)),
            ColumnType::Enum { values } => text(values[n % values.len()].clone()),
            ColumnType::Bytes => text("aGk=".to_owned()),
            ColumnType::Json => Json::Object(vec![(format!("{MARK}{n}"), Json::Null)]),
            _ => text(format!("{MARK}{n}")),
        }
    }

    /// The members of a row: every column that must be there, and some of the others.
    pub fn row(&self, shape: &Shape, table: &Table) -> Vec<(String, Json)> {
        let asked = |at: usize| shape.row.iter().find(|(column, _)| column % table.columns.len() == at);
        let columns = table.columns.iter().enumerate();
        columns
            .filter_map(|(at, column)| {
                let seed = match (asked(at), column.nullable) {
                    (Some((_, seed)), _) => *seed,
                    (None, false) => at,
                    (None, true) => return None,
                };
                let value = if column.nullable && seed == 8 { Json::Null } else { self.value(&column.ty, seed) };
                Some((column.name.clone(), value))
            })
            .collect()
    }
}
