//! What rows are grouped by: columns, functions of columns, and columns of the one parent a row has.

use super::{
    Alias, ColumnRef, Condition, Hop, Operand, PlanError, Planner, Selected, aggregate::Figure, condition::Ground,
    planner::Aliases,
};
use crate::request::{Aggregations, Expression};
use portcullis_schema::{Column, ColumnType, Decode, Output, OutputShape, RelationKind, closest, names::loose};

/// One thing that rows are grouped by.
#[derive(Debug, Clone)]
pub(super) struct Group<'s> {
    /// Its value.
    pub operand: Operand<'s>,
    /// What it is called in the answer.
    pub name: String,
    /// The type of its value.
    pub ty: ColumnType,
    decode: Decode,
}

impl<'s> Group<'s> {
    fn of_column(alias: Alias, column: &'s Column, name: String) -> Self {
        let operand = Operand::Column(ColumnRef { alias, column });
        Self { operand, name, ty: column.ty.clone(), decode: column.shape.decode.clone() }
    }

    /// The group as a column of the result.
    pub fn selected(&self) -> Selected<'s> {
        let shape = match &self.operand {
            Operand::Column(own) if *own.column.shape.name == self.name => own.column.shape.clone(),
            _ => OutputShape::new(&self.name, self.decode.clone()),
        };
        Selected { operand: self.operand.clone(), output: Output { shape, visible: true, captured: false } }
    }
}

/// Where the ways to parents are kept, and what names their tables.
pub(super) type Lookups<'l, 's> = (&'l mut Vec<Hop<'s>>, &'l mut Aliases);

impl<'s> Planner<'s> {
    /// What rows are grouped by, each once. Without `lookups` only of the table itself.
    pub(super) fn groups_of(
        &self,
        ground: Ground<'s, '_>,
        spec: &Aggregations,
        mut lookups: Option<Lookups<'_, 's>>,
    ) -> Result<Vec<Group<'s>>, PlanError> {
        let mut groups: Vec<Group<'s>> = Vec::with_capacity(spec.group_by.len());
        for word in &spec.group_by {
            let group = self.group(ground, word, &spec.place, lookups.as_mut())?;
            if groups.iter().any(|known| known.operand.is(&group.operand)) {
                continue;
            }
            if groups.iter().any(|known| known.name == group.name) {
                let message = format!("two groups are called `{}`", group.name);
                return Err(PlanError::Invalid { code: "invalid_filter", message, place: spec.place.clone() });
            }
            groups.push(group);
        }
        Ok(groups)
    }

    fn group(
        &self,
        ground: Ground<'s, '_>,
        word: &str,
        place: &str,
        lookups: Option<&mut Lookups<'_, 's>>,
    ) -> Result<Group<'s>, PlanError> {
        if let Some(computed) = self.computed(ground, word, place)? {
            let (name, ty, decode) = (computed.name(), computed.ty.clone(), computed.decode());
            return Ok(Group { operand: Operand::Computed(computed), name, ty, decode });
        }
        let own = ground.grant.readable_column(ground.table, word);
        if let (None, Some((relation, column)), Some(lookups)) = (own, word.split_once('.'), lookups) {
            return self.parent_group(ground, (relation, column), place, lookups);
        }
        let column = self.column(ground.table, ground.grant, word, place)?;
        check(column, place)?;
        Ok(Group::of_column(ground.alias, column, column.shape.name.to_string()))
    }

    /// A column of the one parent of a row, confined to what the caller may read there.
    fn parent_group(
        &self,
        ground: Ground<'s, '_>,
        (relation, column): (&str, &str),
        place: &str,
        (hops, aliases): &mut Lookups<'_, 's>,
    ) -> Result<Group<'s>, PlanError> {
        let way = self.way(ground, relation, place)?;
        if way.relation.kind != RelationKind::BelongsTo {
            return Err(PlanError::Invalid {
                code: "invalid_filter",
                message: format!("rows have many `{}` and cannot be grouped by one", way.relation.json_name),
                place: place.to_owned(),
            });
        }
        let known = hops.iter().find(|hop| std::ptr::eq(hop.relation, way.relation)).map(|hop| hop.to);
        let alias = match known {
            Some(alias) => alias,
            None => {
                let hop = self.hop(&way, ground, aliases);
                let alias = hop.to;
                hops.push(hop);
                alias
            }
        };
        let column = self.column(way.target, &way.grant, column, place)?;
        check(column, place)?;
        let name = format!("{}.{}", way.relation.json_name, column.shape.name);
        Ok(Group::of_column(alias, column, name))
    }

    /// Conditions on groups: those on functions of columns as conditions on the rows, which some engines want and which
    /// say the same; the others as HAVING.
    pub(super) fn split_having(
        &self,
        ground: Ground<'s, '_>,
        figures: &[Figure<'s>],
        groups: &[Group<'s>],
        filter: &[Expression],
    ) -> Result<(Condition<'s>, Condition<'s>), PlanError> {
        let (mut rows, mut having) = (Vec::new(), Vec::new());
        for expression in filter {
            let mut reach = (false, false);
            self.reach(ground, figures, groups, expression, &mut reach)?;
            match reach {
                (true, true) => {
                    return Err(PlanError::Invalid {
                        code: "invalid_filter",
                        message: "a condition on a function of a column stands beside those on figures, not among them"
                            .to_owned(),
                        place: "expressions".to_owned(),
                    });
                }
                (true, false) => rows.push(expression.clone()),
                (false, _) => having.push(expression.clone()),
            }
        }
        Ok((self.having(ground, figures, groups, &rows)?, self.having(ground, figures, groups, &having)?))
    }

    /// Whether an expression asks for functions of columns, and whether for anything else.
    fn reach(
        &self,
        ground: Ground<'s, '_>,
        figures: &[Figure<'s>],
        groups: &[Group<'s>],
        expression: &Expression,
        found: &mut (bool, bool),
    ) -> Result<(), PlanError> {
        match expression {
            Expression::Field { place, field, .. } => {
                let figure = self.named_figure(ground, figures, field, place)?.is_some();
                let group = self.named_group(ground, groups, field);
                match group.filter(|_| !figure).map(|group| &group.operand) {
                    Some(Operand::Computed(_)) => found.0 = true,
                    Some(_) => {}
                    None => found.1 = true,
                }
            }
            Expression::Logical { expressions, .. } => {
                for inner in expressions {
                    self.reach(ground, figures, groups, inner, found)?;
                }
            }
            Expression::Columns { .. } | Expression::Path { .. } | Expression::Relationship(_) => found.1 = true,
        }
        Ok(())
    }

    /// The group a word means, by its name in the answer or as it was asked for.
    pub(super) fn named_group<'g>(
        &self,
        ground: Ground<'s, '_>,
        groups: &'g [Group<'s>],
        word: &str,
    ) -> Option<&'g Group<'s>> {
        let column = ground.grant.readable_column(ground.table, word);
        let own = |group: &&Group<'_>| match &group.operand {
            Operand::Column(own) => {
                own.alias == ground.alias && column.is_some_and(|column| column.id == own.column.id)
            }
            Operand::Computed(computed) => computed.function.of(&computed.column.column.name) == word,
            _ => false,
        };
        let key = loose(word);
        groups.iter().find(own).or_else(|| groups.iter().find(|group| loose(&group.name) == key))
    }
}

fn check(column: &Column, place: &str) -> Result<(), PlanError> {
    if column.ty.is_comparable() {
        return Ok(());
    }
    Err(PlanError::WrongOperation {
        operation: "group_by".to_owned(),
        column: column.name.clone(),
        ty: column.ty.word(),
        place: place.to_owned(),
    })
}

/// Refuses a word that is neither a figure nor a group.
pub(super) fn unknown_figure(figures: &[Figure<'_>], groups: &[Group<'_>], word: &str, place: &str) -> PlanError {
    let known: Vec<&str> = figures
        .iter()
        .map(|figure| figure.alias.as_str())
        .chain(groups.iter().map(|group| group.name.as_str()))
        .collect();
    let hint = closest(word, known.iter().copied())
        .map_or_else(|| format!("; known are {}", known.join(", ")), |near| format!("; did you mean `{near}`?"));
    PlanError::Invalid {
        code: "unknown_column",
        message: format!("`{word}` is no alias and no column of the group{hint}"),
        place: place.to_owned(),
    }
}
