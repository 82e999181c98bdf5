//! How much a request may ask for. SEC-50.

use super::PlanError;
use crate::{
    Json,
    request::{Aggregations, Expression, ListRequest},
};

/// How many full lists a filter may hold in all.
const LISTS: usize = 10;

/// What a request has used up.
#[derive(Default)]
struct Used {
    conditions: usize,
    values: usize,
    figures: usize,
}

/// Bounds the planner checks before the database is asked.
#[derive(Debug, Clone, Copy)]
pub struct PlanLimits {
    /// Rows of a page at most.
    pub page_size_max: u64,
    /// Rows of a page when the request does not say.
    pub page_size_default: u64,
    /// How deep a filter may nest.
    pub filter_depth: usize,
    /// Conditions of a filter at most.
    pub filter_conditions: usize,
    /// Values of an `in` at most.
    pub list_values: usize,
    /// Sort keys at most.
    pub sort_keys: usize,
    /// How many relationships may hang on one another.
    pub relationship_levels: usize,
}

impl Default for PlanLimits {
    fn default() -> Self {
        Self {
            page_size_max: 1000,
            page_size_default: 10,
            filter_depth: 8,
            filter_conditions: 100,
            list_values: 1000,
            sort_keys: 8,
            relationship_levels: 3,
        }
    }
}

impl PlanLimits {
    /// Checks a request's words against the limits.
    ///
    /// # Errors
    ///
    /// [`PlanError::Limit`] with a code for each limit.
    pub fn check(&self, request: &ListRequest) -> Result<(), PlanError> {
        if request.sort.len() > self.sort_keys {
            return Err(limit("too_many_sort_keys", "sort keys", self.sort_keys, "sort"));
        }
        self.check_expressions(&request.filter)?;
        match &request.aggregations {
            Some(figures) => self.check_figures(figures, 0, &mut Used::default()),
            None => Ok(()),
        }
    }

    /// Checks a filter on its own.
    ///
    /// # Errors
    ///
    /// As [`PlanLimits::check`].
    pub fn check_expressions(&self, filter: &[Expression]) -> Result<(), PlanError> {
        self.walk(filter, 1, 0, &mut Used::default())
    }

    fn walk(&self, filter: &[Expression], depth: usize, level: usize, used: &mut Used) -> Result<(), PlanError> {
        for expression in filter {
            match expression {
                Expression::Columns { place, .. } => self.count_condition(used, place)?,
                Expression::Field { value, place, .. } | Expression::Path { value, place, .. } => {
                    self.count_condition(used, place)?;
                    if let Json::Array(items) = value {
                        if items.len() > self.list_values {
                            return Err(limit("too_many_values", "values in a list", self.list_values, place));
                        }
                        // Engines take some ten thousand values with one statement.
                        used.values += items.len();
                        let max = self.list_values.saturating_mul(LISTS);
                        if used.values > max {
                            return Err(limit("too_many_values", "values in all lists", max, place));
                        }
                    }
                }
                Expression::Logical { place, expressions, .. } => {
                    if depth >= self.filter_depth {
                        return Err(limit("filter_too_deep", "levels of a filter", self.filter_depth, place));
                    }
                    // Empty groups cost as much as conditions.
                    if expressions.is_empty() {
                        self.count_condition(used, place)?;
                    }
                    self.walk(expressions, depth + 1, level, used)?;
                }
                Expression::Relationship(words) => {
                    if level >= self.relationship_levels {
                        let max = self.relationship_levels;
                        return Err(limit("too_many_relationships", "levels of relationships", max, &words.place));
                    }
                    self.count_condition(used, &words.place)?;
                    self.walk(&words.expressions, depth, level + 1, used)?;
                    if let Some(figures) = &words.aggregations {
                        self.check_figures(figures, level + 1, used)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn count_condition(&self, used: &mut Used, place: &str) -> Result<(), PlanError> {
        used.conditions += 1;
        if used.conditions > self.filter_conditions {
            return Err(limit("too_many_conditions", "conditions", self.filter_conditions, place));
        }
        Ok(())
    }

    fn check_figures(&self, figures: &Aggregations, level: usize, used: &mut Used) -> Result<(), PlanError> {
        used.figures += figures.functions.len() + figures.group_by.len();
        if used.figures > self.filter_conditions {
            return Err(limit("too_many_figures", "figures and groups", self.filter_conditions, &figures.place));
        }
        self.walk(&figures.having, 1, level, used)
    }
}

fn limit(code: &'static str, what: &'static str, max: usize, place: &str) -> PlanError {
    PlanError::Limit { code, what, max, place: place.to_owned() }
}
