//! Embedded rows and figures of relationships: one statement per relationship, whatever the number of parents.

use super::{
    ColumnRef, Condition, FigureName, Include, IncludeFigures, IncludeRows, Operand, PlanError, Planner, Select,
    condition::Ground,
    order::{make_total, make_total_by, tie_breakers},
    planner::Aliases,
    relation::Way,
};
use crate::{
    Value,
    request::{Expression, RelationshipWords},
};
use std::collections::HashMap;

/// Includes whose parent keys are still places among the selected columns.
pub(super) struct Draft<'s>(Vec<Include<'s>>);

impl<'s> Draft<'s> {
    /// Turns the places among the selected columns into places among the captured values: all captures are known now.
    pub fn settle(mut self, parent: &Select<'s>) -> Vec<Include<'s>> {
        for include in &mut self.0 {
            for key in &mut include.parent_keys {
                *key = parent.captured_place(*key);
            }
        }
        self.0
    }
}

/// The relationship terms that embed something, wherever they stand among AND, OR and NOT.
fn wanted<'r>(filter: &'r [Expression], found: &mut Vec<&'r RelationshipWords>) {
    for expression in filter {
        match expression {
            Expression::Relationship(words) if words.include || words.aggregations.is_some() => found.push(words),
            Expression::Logical { expressions, .. } => wanted(expressions, found),
            Expression::Relationship(_)
            | Expression::Field { .. }
            | Expression::Columns { .. }
            | Expression::Path { .. } => {}
        }
    }
}

/// Whether a filter embeds anything.
pub(super) fn has_includes(filter: &[Expression]) -> bool {
    let mut found = Vec::new();
    wanted(filter, &mut found);
    !found.is_empty()
}

impl<'s> Planner<'s> {
    /// Plans what hangs on the rows of `parent`, whose join columns are captured.
    pub(super) fn includes(
        &self,
        ground: Ground<'s, '_>,
        parent: &mut Select<'s>,
        filter: &[Expression],
    ) -> Result<Draft<'s>, PlanError> {
        let mut found = Vec::new();
        wanted(filter, &mut found);
        let mut includes: Vec<Include<'s>> = Vec::with_capacity(found.len());
        for words in found {
            let way = self.way(ground, &words.relationship, &words.place)?;
            let relation = way.relation;
            let include = self.include(ground, parent, &way, words)?;
            match includes.iter_mut().find(|known| std::ptr::eq(known.relation, relation)) {
                None => includes.push(include),
                // One term may embed the rows and another ask for figures.
                Some(known) if known.rows.is_none() && include.figures.is_none() => known.rows = include.rows,
                Some(known) if known.figures.is_none() && include.rows.is_none() => known.figures = include.figures,
                Some(_) => {
                    return Err(PlanError::Invalid {
                        code: "duplicate_include",
                        message: format!("`{}` is included twice", relation.json_name),
                        place: words.place.clone(),
                    });
                }
            }
        }
        name_figures(&mut includes);
        Ok(Draft(includes))
    }

    fn include(
        &self,
        ground: Ground<'s, '_>,
        parent: &mut Select<'s>,
        way: &Way<'s>,
        words: &RelationshipWords,
    ) -> Result<Include<'s>, PlanError> {
        let relation = way.relation;
        let parent_keys = relation
            .columns
            .iter()
            .map(|id| {
                let column = ColumnRef { alias: ground.alias, column: ground.table.column(*id) };
                parent.capture(Operand::Column(column))
            })
            .collect();
        let there = Ground { table: way.target, alias: 0, grant: &way.grant };
        Ok(Include {
            relation,
            target: way.target,
            parent_keys,
            rows: if words.include { Some(self.include_rows(way, there, words)?) } else { None },
            figures: self.include_figures(way, there, words)?,
        })
    }

    fn include_rows(
        &self,
        way: &Way<'s>,
        ground: Ground<'s, '_>,
        words: &RelationshipWords,
    ) -> Result<IncludeRows<'s>, PlanError> {
        let Ground { table: target, grant, .. } = ground;
        let mut aliases = Aliases::default();
        let mut select = self.select(ground, &mut aliases);
        let key = self.child_key(way, &mut select, &mut aliases);
        select.condition = self.conditions(ground, &mut aliases, &words.expressions)?;
        select.columns = self.readable(target, grant);
        let places: Vec<_> = key.iter().map(|column| select.capture(Operand::Column(*column))).collect();
        let includes = self.includes(ground, &mut select, &words.expressions)?;
        // The parent's key first, so that the children of one parent come together.
        for column in &key {
            make_total(&mut select.order, column.alias, std::iter::once(column.column));
        }
        make_total(&mut select.order, 0, tie_breakers(target, grant).into_iter());
        let child_keys = places.into_iter().map(|place| select.captured_place(place)).collect();
        let includes = includes.settle(&select);
        Ok(IncludeRows { captured: select.captured(), child_keys, key, includes, select })
    }

    /// The columns that carry the parent's key: the child's own, or those of the table between.
    fn child_key(&self, way: &Way<'s>, select: &mut Select<'s>, aliases: &mut Aliases) -> Vec<ColumnRef<'s>> {
        let (relation, target) = (way.relation, select.table);
        self.join_between(way, select, aliases);
        let (Some(join), Some(between)) = (&relation.join, &select.join) else {
            let columns = relation.target_columns.iter();
            return columns.map(|id| ColumnRef { alias: 0, column: target.column(*id) }).collect();
        };
        join.near.iter().map(|id| ColumnRef { alias: between.alias, column: between.table.column(*id) }).collect()
    }

    fn include_figures(
        &self,
        way: &Way<'s>,
        ground: Ground<'s, '_>,
        words: &RelationshipWords,
    ) -> Result<Option<IncludeFigures<'s>>, PlanError> {
        let Some(spec) = &words.aggregations else { return Ok(None) };
        let mut aliases = Aliases::default();
        let mut select = self.select(ground, &mut aliases);
        let key = self.child_key(way, &mut select, &mut aliases);
        select.condition = self.conditions(ground, &mut aliases, &words.expressions)?;
        // Grouping by the key that leads to the parent says nothing new.
        let mut further = self.groups_of(ground, spec, None)?;
        further.retain(|group| !key.iter().any(|own| Operand::Column(*own).is(&group.operand)));
        let figures = self.figures(ground, spec, &further)?;
        for column in &key {
            select.capture(Operand::Column(*column));
        }
        select.columns.extend(further.iter().map(super::groups::Group::selected));
        let keys = key.iter().map(|column| Operand::Column(*column));
        select.group_by = keys.chain(further.iter().map(|group| group.operand.clone())).collect();
        let (rows, having) = self.split_having(ground, &figures, &further, &spec.having)?;
        let own = std::mem::replace(&mut select.condition, super::Condition::always());
        select.condition = super::Condition::all([own, rows]);
        select.having = having;
        make_total_by(&mut select.order, select.group_by.clone().into_iter());
        let names = figures
            .iter()
            .map(|figure| FigureName {
                key: figure.alias.clone(),
                alias: figure.alias.clone(),
                counts: figure.counts(),
            })
            .collect();
        select.columns.extend(figures.into_iter().map(super::aggregate::Figure::selected));
        Ok(Some(IncludeFigures { select, key, names, grouped: !further.is_empty() }))
    }
}

impl<'s> Select<'s> {
    /// The same select of the children of parents that were read, by their keys.
    ///
    /// Where the children are confined over the parents themselves, the parents are asked once for each of the keys
    /// instead of once for each child.
    #[must_use]
    pub fn of_parents(&self, key: &[ColumnRef<'s>], keys: Vec<Vec<Value>>) -> Self {
        let mut select = self.clone();
        let leads = match &mut select.scope {
            Condition::All(parts) => parts.iter_mut().find(|part| leads_over(part, key)),
            one => Some(one).filter(|part| leads_over(part, key)),
        };
        if let Some(part) = leads
            && let Condition::Exists { hop, .. } = part
        {
            let keys = keys.into_iter().flatten().collect();
            *part = Condition::Leads { hop: hop.clone(), keys };
            return select;
        }
        let theirs = Condition::KeyIn { columns: key.to_vec(), keys };
        let own = std::mem::replace(&mut select.condition, Condition::always());
        select.condition = if own.is_always() { theirs } else { Condition::All(vec![theirs, own]) };
        select
    }
}

/// Whether a part of a scope says no more than that this key, of one column, leads to a row within reach.
fn leads_over(part: &Condition<'_>, key: &[ColumnRef<'_>]) -> bool {
    let Condition::Exists { hop, condition } = part else { return false };
    let [ColumnRef { alias: 0, column }] = key else { return false };
    condition.is_always() && hop.from == 0 && hop.join.is_none() && hop.relation.columns == [column.id]
}

/// Where two relationships ask for figures of one name, each gets its relationship's name in front.
fn name_figures(includes: &mut [Include<'_>]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for name in includes.iter().filter_map(|include| include.figures.as_ref()).flat_map(|figures| &figures.names) {
        *seen.entry(name.alias.clone()).or_default() += 1;
    }
    for include in includes {
        let Some(figures) = &mut include.figures else { continue };
        for name in &mut figures.names {
            if seen.get(&name.alias).is_some_and(|times| *times > 1) {
                name.key = format!("{}_{}", include.relation.json_name, name.alias);
            }
        }
    }
}
