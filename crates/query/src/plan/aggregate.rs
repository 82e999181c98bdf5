//! Figures and groups.

use super::{
    Aggregate, ColumnRef, Condition, Hop, ListPlan, Operand, OrderTerm, PagePlan, PlanError, Planner, Select, Selected,
    condition::{Ground, joined},
    groups::{Group, unknown_figure},
    order::make_total_by,
    planner::Aliases,
};
use crate::{
    access::Grant,
    request::{AggregateFunction, AggregateWords, Aggregations, Connective, Expression, ListRequest, Paging, SortKey},
};
use portcullis_schema::{ColumnType, Decode, Output, OutputShape, Storage, Table, names::loose};

/// A figure with the name it has in the answer.
#[derive(Debug, Clone)]
pub(super) struct Figure<'s> {
    pub alias: String,
    pub aggregate: Aggregate<'s>,
    ty: ColumnType,
    storage: Storage,
    decode: Decode,
}

/// The key of an answer under which a group's figures stand once more.
const ANSWER_KEY: &str = "aggregations";

impl<'s> Figure<'s> {
    /// Whether it is 0 and not null over no rows.
    pub fn counts(&self) -> bool {
        matches!(self.aggregate.function, AggregateFunction::Count | AggregateFunction::CountDistinct)
    }

    /// The figure as a column of the result.
    pub fn selected(self) -> Selected<'s> {
        let shape = OutputShape::new(&self.alias, self.decode);
        Selected {
            operand: Operand::Aggregate(self.aggregate),
            output: Output { shape, visible: true, captured: false },
        }
    }
}

impl<'s> Planner<'s> {
    /// Plans groups and their figures over a whole table.
    pub(super) fn groups(
        &self,
        table: &'s Table,
        grant: &Grant,
        request: &ListRequest,
        spec: &Aggregations,
    ) -> Result<ListPlan<'s>, PlanError> {
        let ground = Ground { table, alias: 0, grant };
        if super::include::has_includes(&request.filter) {
            return Err(invalid(
                spec,
                "groups have no rows to embed; leave out `include` and the relationships' figures",
            ));
        }
        let mut aliases = Aliases::default();
        let mut select = self.select(ground, &mut aliases);
        select.condition = self.conditions(ground, &mut aliases, &request.filter)?;
        let mut lookups: Vec<Hop<'s>> = Vec::new();
        let groups = self.groups_of(ground, spec, Some((&mut lookups, &mut aliases)))?;
        select.lookups = lookups;
        let figures = self.figures(ground, spec, &groups)?;
        if figures.iter().any(|figure| figure.alias == ANSWER_KEY) {
            return Err(invalid(spec, &format!("no figure can be called `{ANSWER_KEY}`: that key holds them all")));
        }
        let (rows, having) = self.split_having(ground, &figures, &groups, &spec.having)?;
        let own = std::mem::replace(&mut select.condition, Condition::always());
        select.condition = Condition::all([own, rows]);
        select.having = having;
        select.order = self.group_order(ground, &figures, &groups, &request.sort)?;
        make_total_by(&mut select.order, groups.iter().map(|group| group.operand.clone()));
        select.columns = groups.iter().map(Group::selected).collect();
        select.columns.extend(figures.into_iter().map(Figure::selected));
        select.group_by = groups.into_iter().map(|group| group.operand).collect();
        let count = request.total.then(|| Select { order: Vec::new(), ..select.clone() });
        if let Paging::Cursor { .. } = &request.paging {
            return Err(PlanError::Invalid {
                code: "invalid_cursor",
                message: "groups have no cursor; use `page`".to_owned(),
                place: "cursor".to_owned(),
            });
        }
        let plain = ListRequest { paging: request.paging.clone(), ..ListRequest::default() };
        let page = self.page_of(&mut select, &plain)?;
        Ok(ListPlan { captured: 0, includes: Vec::new(), select, count, page })
    }

    fn page_of(&self, select: &mut Select<'s>, request: &ListRequest) -> Result<PagePlan, PlanError> {
        let table = select.table;
        self.page(select, table, request)
    }

    /// Resolves the figures and settles their names, which stand beside those of the groups' columns.
    pub(super) fn figures(
        &self,
        ground: Ground<'s, '_>,
        spec: &Aggregations,
        groups: &[Group<'s>],
    ) -> Result<Vec<Figure<'s>>, PlanError> {
        let taken = |alias: &str| groups.iter().any(|group| group.name == alias);
        let mut figures: Vec<Figure<'s>> = Vec::with_capacity(spec.functions.len());
        for words in &spec.functions {
            let mut figure = self.figure(ground, words.function, &words.field, &spec.place)?;
            figure.alias = alias_of(words, &spec.functions, taken);
            if taken(&figure.alias) {
                return Err(invalid(spec, &format!("the alias `{}` is also a group's column", figure.alias)));
            }
            if figures.iter().any(|known| known.alias == figure.alias) {
                return Err(invalid(spec, &format!("two figures are called `{}`; give them aliases", figure.alias)));
            }
            figures.push(figure);
        }
        Ok(figures)
    }

    fn figure(
        &self,
        ground: Ground<'s, '_>,
        function: AggregateFunction,
        field: &str,
        place: &str,
    ) -> Result<Figure<'s>, PlanError> {
        let counted = |column| Figure {
            alias: String::new(),
            aggregate: Aggregate { function, column },
            ty: ColumnType::Integer { bits: 64, signed: true },
            storage: Storage::Native,
            decode: Decode::Int,
        };
        if field.is_empty() || field == "*" {
            if function == AggregateFunction::Count {
                return Ok(counted(None));
            }
            return Err(PlanError::Invalid {
                code: "invalid_filter",
                message: format!("{} needs a `field`", function.name()),
                place: place.to_owned(),
            });
        }
        let column = self.column(ground.table, ground.grant, field, place)?;
        let reference = Some(ColumnRef { alias: ground.alias, column });
        let ty = &column.info.ty;
        let fits = match function {
            AggregateFunction::Count => return Ok(counted(reference)),
            AggregateFunction::CountDistinct if ty.is_comparable() => return Ok(counted(reference)),
            AggregateFunction::CountDistinct => false,
            AggregateFunction::ArrayAgg if !self.dialect.collects() => {
                return Err(PlanError::Unsupported { feature: "a list of a group's values" });
            }
            AggregateFunction::ArrayAgg => collectable(ty, column.storage),
            AggregateFunction::Sum | AggregateFunction::Avg => ty.is_numeric(),
            AggregateFunction::Min | AggregateFunction::Max => {
                ty.is_ordered() && !matches!(ty, ColumnType::Uuid | ColumnType::Bytes)
            }
        };
        if !fits {
            return Err(PlanError::WrongOperation {
                operation: function.name().to_owned(),
                column: column.name.clone(),
                ty: ty.word(),
                place: place.to_owned(),
            });
        }
        let float = ColumnType::Float { bits: 64 };
        let unbounded = ColumnType::Decimal { precision: None, scale: None };
        let storage = match function {
            AggregateFunction::Min | AggregateFunction::Max => column.storage,
            _ => Storage::Native,
        };
        let (ty, decode) = match (function, ty) {
            (AggregateFunction::Avg, _) => (float, Decode::Float64),
            (AggregateFunction::ArrayAgg, _) => (ColumnType::Json, Decode::Json),
            (AggregateFunction::Sum, ColumnType::Float { .. }) => (float, Decode::Float64),
            (AggregateFunction::Sum, ColumnType::Decimal { scale: Some(scale), .. })
                if !self.dialect.keeps_decimals() =>
            {
                (unbounded, Decode::DecimalScale(*scale))
            }
            (AggregateFunction::Sum, _) => (unbounded, Decode::Decimal),
            (_, ty) => (ty.clone(), column.shape.decode.clone()),
        };
        let aggregate = Aggregate { function, column: reference };
        Ok(Figure { alias: String::new(), aggregate, ty, storage, decode })
    }

    /// HAVING: conditions over figures and group columns.
    pub(super) fn having(
        &self,
        ground: Ground<'s, '_>,
        figures: &[Figure<'s>],
        groups: &[Group<'s>],
        filter: &[Expression],
    ) -> Result<Condition<'s>, PlanError> {
        let mut term = |expression: &Expression| self.having_term(ground, figures, groups, expression);
        Ok(joined(Connective::And, filter, &mut term)?.unwrap_or_else(Condition::always))
    }

    fn having_term(
        &self,
        ground: Ground<'s, '_>,
        figures: &[Figure<'s>],
        groups: &[Group<'s>],
        expression: &Expression,
    ) -> Result<Option<Condition<'s>>, PlanError> {
        match expression {
            Expression::Field { place, field, operator, value } => {
                if let Some(figure) = self.named_figure(ground, figures, field, place)? {
                    if matches!(figure.ty, ColumnType::Json) {
                        return Err(lists_have_no_order(&figure.alias, place));
                    }
                    let operand = Operand::Aggregate(figure.aggregate);
                    let form = (&figure.ty, figure.storage);
                    return self.compare_figure(operand, form, field, *operator, value, place).map(Some);
                }
                match self.named_group(ground, groups, field) {
                    Some(group) => match &group.operand {
                        Operand::Column(column) => self.field(*column, *operator, value, place).map(Some),
                        operand => {
                            let form = (&group.ty, Storage::Native);
                            self.compare_figure(operand.clone(), form, field, *operator, value, place).map(Some)
                        }
                    },
                    None => Err(unknown_figure(figures, groups, field, place)),
                }
            }
            Expression::Logical { connective, expressions, .. } => {
                joined(*connective, expressions, &mut |expression| {
                    self.having_term(ground, figures, groups, expression)
                })
            }
            Expression::Columns { place, .. } | Expression::Path { place, .. } => Err(PlanError::Invalid {
                code: "invalid_filter",
                message: "a condition on groups compares an alias or a figure with a value".to_owned(),
                place: place.clone(),
            }),
            Expression::Relationship(words) => Err(PlanError::Invalid {
                code: "invalid_filter",
                message: "a condition on groups names an alias or a figure, not a relationship".to_owned(),
                place: words.place.clone(),
            }),
        }
    }

    /// The figure a word means: an alias, or a function over a column such as `SUM(total)`.
    pub(super) fn named_figure(
        &self,
        ground: Ground<'s, '_>,
        figures: &[Figure<'s>],
        word: &str,
        place: &str,
    ) -> Result<Option<Figure<'s>>, PlanError> {
        if let Some(figure) = figures.iter().find(|figure| figure.alias == word) {
            return Ok(Some(figure.clone()));
        }
        let call = word.strip_suffix(')').and_then(|word| word.split_once('('));
        if let Some((function, field)) = call
            && let Some(function) = AggregateFunction::from_word(function.trim())
        {
            return self.figure(ground, function, field.trim(), place).map(Some);
        }
        let key = loose(word);
        Ok(figures.iter().find(|figure| loose(&figure.alias) == key).cloned())
    }

    fn group_order(
        &self,
        ground: Ground<'s, '_>,
        figures: &[Figure<'s>],
        groups: &[Group<'s>],
        sort: &[SortKey],
    ) -> Result<Vec<OrderTerm<'s>>, PlanError> {
        sort.iter()
            .map(|key| {
                let operand = match self.named_figure(ground, figures, &key.field, "sort")? {
                    Some(figure) if matches!(figure.ty, ColumnType::Json) => {
                        return Err(lists_have_no_order(&figure.alias, "sort"));
                    }
                    Some(figure) => Operand::Aggregate(figure.aggregate),
                    None => match self.named_group(ground, groups, &key.field) {
                        Some(group) => group.operand.clone(),
                        None => return Err(unknown_figure(figures, groups, &key.field, "sort")),
                    },
                };
                Ok(OrderTerm { operand, descending: key.descending })
            })
            .collect()
    }
}

/// The alias asked for, else the function's name, else (where that would clash) function and column.
fn alias_of(words: &AggregateWords, all: &[AggregateWords], taken: impl Fn(&str) -> bool) -> String {
    if let Some(alias) = &words.alias {
        return alias.clone();
    }
    let name = words.function.name();
    let alone = all.iter().filter(|other| other.alias.is_none() && other.function == words.function).count() == 1
        && !all.iter().any(|other| other.alias.as_deref() == Some(name))
        && !taken(name);
    match words.field.as_str() {
        _ if alone => name.to_owned(),
        "" | "*" => format!("{name}_all"),
        field => format!("{name}_{}", field.to_lowercase()),
    }
}

fn invalid(spec: &Aggregations, message: &str) -> PlanError {
    PlanError::Invalid { code: "invalid_filter", message: message.to_owned(), place: spec.place.clone() }
}

/// Whether a list of such values is written by the engine as we write the values ourselves.
fn collectable(ty: &ColumnType, storage: Storage) -> bool {
    match ty {
        ColumnType::Uuid => storage != Storage::UuidBytes,
        ColumnType::Integer { .. } | ColumnType::Float { .. } | ColumnType::Text { .. } | ColumnType::Enum { .. } => {
            true
        }
        _ => false,
    }
}

fn lists_have_no_order(alias: &str, place: &str) -> PlanError {
    PlanError::WrongOperation {
        operation: "comparing".to_owned(),
        column: alias.to_owned(),
        ty: "array",
        place: place.to_owned(),
    }
}
