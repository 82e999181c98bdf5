//! One caller at one opened stage: what every use-case starts from.

use crate::RecordsError;
use portcullis_base::Timestamp;
use portcullis_engines::EngineError;
use portcullis_project::Project;
use portcullis_query::{
    access::Caller,
    plan::{PlanLimits, Planner},
};
use portcullis_schema::{Table, TableId};

/// One caller at one opened stage.
#[derive(Clone, Copy)]
pub struct Session<'a> {
    /// The stage.
    pub project: &'a Project,
    /// Who asks.
    pub caller: &'a Caller,
    /// The moment of the request.
    pub now: Timestamp,
    /// The table that a public route opens to everybody.
    pub opened: Option<TableId>,
}

impl<'a> Session<'a> {
    /// A caller at a stage; no public route.
    pub const fn new(project: &'a Project, caller: &'a Caller, now: Timestamp) -> Self {
        Self { project, caller, now, opened: None }
    }

    /// The planner for this caller.
    pub fn planner(&self) -> Planner<'a> {
        let limits = &self.project.settings.limits;
        Planner {
            database: &self.project.database,
            policy: &self.project.policy,
            caller: self.caller,
            dialect: self.project.engine.dialect(),
            now: self.now,
            opened: self.opened,
            limits: PlanLimits {
                page_size_max: u64::from(limits.page_size_max),
                page_size_default: u64::from(limits.page_size_default.min(limits.page_size_max)),
                filter_depth: limits.filter_depth,
                filter_conditions: limits.filter_conditions,
                list_values: limits.list_values,
                sort_keys: limits.sort_keys,
                relationship_levels: limits.relationship_levels,
            },
        }
    }

    /// Gives an engine's error its meaning, and has the schema read again where it shows drift. REL-12.
    pub(crate) fn failed(&self, error: EngineError, table: &Table, deleting: bool) -> RecordsError {
        if matches!(error, EngineError::Drift { .. }) {
            self.project.report_drift();
        }
        if let Some(cause) = error.cause() {
            tracing::warn!(project = %self.project.slug, table = %table.name, cause, "The database refused a statement");
        }
        RecordsError::of_table(error, table, deleting)
    }
}
