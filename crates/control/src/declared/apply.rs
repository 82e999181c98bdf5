//! Carrying a declared schema out: the structure changed, read again, settings derived, a build served.

use super::{Declared, SchemaChange, SchemaPlan, history::changes_text};
use crate::{
    Control, ControlError, Faults, InForce,
    check::check,
    connect,
    in_force::{Next, text},
};
use portcullis_base::BuildId;
use portcullis_engines::{Engine, EngineError, Restructure};
use portcullis_project::Settings;
use portcullis_schema::Catalog;
use portcullis_store::{StoreError, declared};

/// Other changes at the same moment after which it gives up.
const TRIES: usize = 5;

/// What whoever applies a schema has agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Approval {
    /// Rows or values may be lost.
    pub destructive: bool,
    /// The SQL may be run on a database that is not ours.
    pub customer: bool,
}

/// What applying a schema did.
#[derive(Debug)]
pub struct AppliedSchema {
    /// The version in force now.
    pub version: i64,
    /// What was changed.
    pub changes: Vec<SchemaChange>,
    /// The build that is served now, if it is a new one.
    pub build: Option<BuildId>,
    /// What is in force now.
    pub in_force: InForce,
}

impl Control {
    /// Carries a plan out. Where the engine cannot do all of it or nothing, applying again goes on from where it
    /// stopped.
    ///
    /// # Errors
    ///
    /// [`ControlError::NeedsConfirmation`], [`ControlError::NotManaged`]; [`ControlError::Restructure`] when the
    /// database refuses a statement.
    pub async fn apply_schema(
        &self,
        plan: SchemaPlan,
        engine: &dyn Engine,
        approval: Approval,
    ) -> Result<AppliedSchema, ControlError> {
        if !plan.sql.is_empty() && !plan.managed && !approval.customer {
            return Err(ControlError::NotManaged(plan.before.connection.slug));
        }
        if plan.is_destructive() && !approval.destructive {
            let lost = plan.changes.iter().filter(|change| change.destructive).map(|change| change.message.clone());
            return Err(ControlError::NeedsConfirmation(lost.collect()));
        }
        if let (true, Some(earlier)) = (plan.is_empty() && !plan.resumes, &plan.earlier) {
            let (version, in_force) = (earlier.version, plan.before);
            return Ok(AppliedSchema { version, changes: Vec::new(), build: None, in_force });
        }
        let id = plan.before.connection.id.clone();
        let (document, changes, now) = (text(&plan.declared.source)?, changes_text(&plan.changes), self.now());
        let of = id.clone();
        let version = self.store.db().write(move |tx| declared::begin(tx, &of, &document, &changes, now)).await?;
        if let Err(failure) = engine.restructure(&plan.sql).await {
            if engine.dialect().structure().is_transactional() {
                let of = id.clone();
                self.store.db().write(move |tx| declared::forget(tx, &of, version)).await?;
            }
            return Err(refused(&plan, engine, failure));
        }
        let target = self.target(&plan.before.connection)?;
        let catalog = connect::introspect(&target, engine, None).await?;
        let SchemaPlan { declared, earlier, changes, .. } = plan;
        let earlier = earlier.map(|earlier| earlier.declared);
        let build = self.serve(&id, &declared, earlier.as_ref(), catalog).await?;
        let (of, now) = (id.clone(), self.now());
        self.store.db().write(move |tx| declared::finish(tx, &of, version, now)).await?;
        Ok(AppliedSchema { version, changes, build, in_force: self.in_force(&id).await? })
    }

    /// Serves what the document says of the structure as it is now; a watching node may have synced meanwhile.
    async fn serve(
        &self,
        id: &portcullis_base::ConnectionId,
        declared: &Declared,
        earlier: Option<&Declared>,
        catalog: Catalog,
    ) -> Result<Option<BuildId>, ControlError> {
        let mut tries = 0;
        loop {
            let before = self.in_force(id).await?;
            let synced = crate::derive::derive(&before.catalog, &catalog, &before.settings, &before.unapproved);
            let mut settings: Settings = super::settings::derive(declared, earlier, &synced.settings);
            if self.is_embedded(&before.connection)? {
                crate::managed::keep_users(&mut settings, &catalog);
            }
            let faults = check(&settings, &catalog);
            if !faults.is_empty() {
                return Err(ControlError::Settings(Faults(faults)));
            }
            let mut unapproved = synced.unapproved;
            // What is declared is approved.
            unapproved.retain(|(table, column)| match declared.table(table) {
                Some(own) => {
                    !column.is_empty()
                        && !own.columns.iter().any(|known| known.name == *column)
                        && !super::document::is_built_in(column, own.auth)
                }
                None => true,
            });
            let next = Next { before, settings, catalog: catalog.clone(), unapproved, made_by: "schema" };
            match self.put_in_force(next).await {
                Err(ControlError::Store(StoreError::Changed)) if tries < TRIES => tries += 1,
                done => return done,
            }
        }
    }
}

/// What the database refused, with the statement; what the driver said goes to the log.
fn refused(plan: &SchemaPlan, engine: &dyn Engine, failure: Restructure) -> ControlError {
    let Restructure { at, error } = failure;
    let statement = plan.sql.get(at).map_or("the end of it", String::as_str);
    tracing::warn!("A change of structure failed at `{statement}`: {error}: {}", error.cause().unwrap_or_default());
    let why = match &error {
        EngineError::UniqueViolation { .. } => "rows hold the same value where values are to occur once".to_owned(),
        EngineError::ForeignKeyViolation { .. } => "rows point at rows that are not there".to_owned(),
        EngineError::NotNull { .. } => "rows have no value where one is required".to_owned(),
        EngineError::Check { .. } | EngineError::InvalidValue { .. } => "rows hold values that do not fit".to_owned(),
        error => error.to_string(),
    };
    let left = match engine.dialect().structure().is_transactional() {
        true => "nothing was changed",
        false => "what came before it is done; apply the schema again to go on from there",
    };
    ControlError::Restructure { statement: statement.to_owned(), why, left }
}
