//! Why control refused.

use portcullis_store::StoreError;
use std::fmt;

/// Everything that is wrong with a settings document; each line names its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<String>);

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => f.write_str(one),
            many => {
                write!(f, "{} faults:", many.len())?;
                many.iter().try_for_each(|fault| write!(f, "\n  - {fault}"))
            }
        }
    }
}

/// Why a project could not be made or changed. Knows no HTTP.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// The settings document cannot be used; nothing was changed.
    #[error("the settings were refused: {0}")]
    Settings(Faults),
    /// The customer's database cannot be used. Says what is wrong and what to try.
    #[error("{what}; {hint}")]
    Database {
        /// What is wrong.
        what: String,
        /// What would help.
        hint: String,
    },
    /// No project of that name.
    #[error("there is no project `{name}`; {}", .suggestion.as_ref().map_or_else(|| "`portcullis project list` shows those there are".to_owned(), |s| format!("did you mean `{s}`?")))]
    UnknownProject {
        /// What was asked for.
        name: String,
        /// The nearest name there is.
        suggestion: Option<String>,
    },
    /// There are several projects and none was named.
    #[error("which project? name one with --project: {0}")]
    WhichProject(String),
    /// There are no projects at all.
    #[error("there are no projects yet; make one with `portcullis init <DATABASE_URL>`")]
    NoProjects,
    /// The project has no such stage.
    #[error("project `{slug}` has no stage `{stage}`; it has {has}")]
    UnknownStage {
        /// The project.
        slug: String,
        /// What was asked for.
        stage: String,
        /// What there is.
        has: String,
    },
    /// A project name that cannot stand in a path.
    #[error(
        "`{name}` cannot be a project's name: use small letters, digits, `-` and `_`, at most 63, with a letter or \
         digit first{}", .suggestion.as_ref().map_or(String::new(), |s| format!("; `{s}` would do"))
    )]
    BadName {
        /// What was asked for.
        name: String,
        /// What would do.
        suggestion: Option<String>,
    },
    /// The stage has another database already.
    #[error(
        "project `{slug}` has another database for its stage `{stage}` ({display}); give the new project another \
         name with --name, or add a stage with --stage"
    )]
    OtherDatabase {
        /// The project.
        slug: String,
        /// The stage.
        stage: String,
        /// The database it has.
        display: String,
    },
    /// Neither a table nor a column of that name waits or exists.
    #[error("the database has no table or column `{name}`{}", .suggestion.as_ref().map_or(String::new(), |s| format!("; did you mean `{s}`?")))]
    UnknownTable {
        /// What was asked for.
        name: String,
        /// The nearest name there is.
        suggestion: Option<String>,
    },
    /// No such build.
    #[error("there is no build `{0}` of this stage; `portcullis build list` shows them")]
    UnknownBuild(String),
    /// The stage has not been synced yet.
    #[error("project `{0}` has not been synced yet; run `portcullis connection sync`")]
    NotSynced(String),
    /// The declared schema cannot be used; nothing was changed.
    #[error("the declared schema was refused: {0}")]
    Declared(Faults),
    /// Applying a declared schema would lose rows or values, and nobody said that it may.
    #[error("applying this loses rows or values and needs --confirm-destructive: {}", .0.join("; "))]
    NeedsConfirmation(Vec<String>),
    /// The structure of a database is not ours to change.
    #[error(
        "the database of project `{0}` is not managed by portcullis: read the SQL and approve it with --approve-sql, or say once that portcullis may change it with `portcullis connection manage`"
    )]
    NotManaged(String),
    /// The database refused a change of its structure.
    #[error("the database refused `{statement}`: {why}; {left}")]
    Restructure {
        /// The statement.
        statement: String,
        /// Why, in our words.
        why: String,
        /// What is done and what is not.
        left: &'static str,
    },
    /// The control store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ControlError {
    pub(crate) fn database(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Database { what: what.into(), hint: hint.into() }
    }
}
