//! How much a request may ask for. SEC-50.

use super::PlanError;
use crate::{
    Json,
    request::{Expression, ListRequest},
};

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
        if let Some(figures) = &request.aggregations {
            self.check_expressions(&figures.having)?;
        }
        Ok(())
    }

    /// Checks a filter on its own.
    ///
    /// # Errors
    ///
    /// As [`PlanLimits::check`].
    pub fn check_expressions(&self, filter: &[Expression]) -> Result<(), PlanError> {
        self.walk(filter, 1, 0, &mut 0)
    }

    fn walk(&self, filter: &[Expression], depth: usize, level: usize, conditions: &mut usize) -> Result<(), PlanError> {
        for expression in filter {
            match expression {
                Expression::Field { value, place, .. } => {
                    *conditions += 1;
                    if *conditions > self.filter_conditions {
                        return Err(limit("too_many_conditions", "conditions", self.filter_conditions, place));
                    }
                    if let Json::Array(items) = value
                        && items.len() > self.list_values
                    {
                        return Err(limit("too_many_values", "values in a list", self.list_values, place));
                    }
                }
                Expression::Logical { place, expressions, .. } => {
                    if depth >= self.filter_depth {
                        return Err(limit("filter_too_deep", "levels of a filter", self.filter_depth, place));
                    }
                    self.walk(expressions, depth + 1, level, conditions)?;
                }
                Expression::Relationship(words) => {
                    if level >= self.relationship_levels {
                        let max = self.relationship_levels;
                        return Err(limit("too_many_relationships", "levels of relationships", max, &words.place));
                    }
                    *conditions += 1;
                    if *conditions > self.filter_conditions {
                        return Err(limit("too_many_conditions", "conditions", self.filter_conditions, &words.place));
                    }
                    self.walk(&words.expressions, depth, level + 1, conditions)?;
                    if let Some(figures) = &words.aggregations {
                        self.walk(&figures.having, depth, level + 1, conditions)?;
                    }
                }
            }
        }
        Ok(())
    }
}

fn limit(code: &'static str, what: &'static str, max: usize, place: &str) -> PlanError {
    PlanError::Limit { code, what, max, place: place.to_owned() }
}
