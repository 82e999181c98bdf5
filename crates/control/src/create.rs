//! A new project, or a new stage of one: connection, first build and keys in one step.

use crate::{
    Control, ControlError, InForce, Target, document,
    in_force::{build, text},
    keys,
};
use portcullis_base::{ConnectionId, ProjectId, Secret};
use portcullis_project::{KeyKind, Settings, Stage, settings::TableSettings};
use portcullis_schema::{Catalog, Database, Serve};
use portcullis_store::{
    StoreError,
    connections::{self, Connection},
    keys as kept, projects, settings,
};

/// What a new stage is made of.
#[derive(Debug)]
pub struct NewStage {
    /// The project's name in paths; an existing project gets one more stage.
    pub slug: String,
    /// The stage.
    pub stage: Stage,
    /// The database.
    pub target: Target,
    /// Its schema.
    pub catalog: Catalog,
    /// The settings document.
    pub settings: Settings,
}

/// Keys as they are shown once.
#[derive(Debug)]
pub struct FreshKeys {
    /// `pk_...`.
    pub public: Secret<String>,
    /// `sk_...`.
    pub admin: Secret<String>,
}

/// A stage that was made.
#[derive(Debug)]
pub struct Created {
    /// The project.
    pub project: projects::Project,
    /// What is in force.
    pub in_force: InForce,
    /// Its keys.
    pub keys: FreshKeys,
}

/// The settings document of a new stage: every table and view exposed to whoever is signed in, if `expose` says so.
pub fn propose(catalog: &Catalog, expose: bool) -> Settings {
    let mut settings = Settings::default();
    for table in Database::build(catalog, settings.naming, &Serve::ALL).tables() {
        settings.tables.insert(table.name.clone(), TableSettings { expose, ..TableSettings::default() });
    }
    settings
}

/// A project name made of any text: `My Shop` gives `my-shop`.
pub fn slug_of(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'a'..='z' | '0'..='9' | '_' => slug.push(c),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.truncate(63);
    slug.trim_matches(['-', '_']).to_owned()
}

impl Control {
    /// The connection of this project and stage, if there is one; it must be to the same database.
    ///
    /// # Errors
    ///
    /// [`ControlError::BadName`], [`ControlError::OtherDatabase`].
    pub async fn existing(
        &self,
        slug: &str,
        stage: Stage,
        target: &Target,
    ) -> Result<Option<Connection>, ControlError> {
        check_slug(slug)?;
        let found = self
            .connections()
            .await?
            .into_iter()
            .find(|connection| connection.slug == slug && connection.stage == stage.word());
        match found {
            Some(found) if found.identity != target.identity => Err(ControlError::OtherDatabase {
                slug: slug.to_owned(),
                stage: stage.to_string(),
                display: found.display,
            }),
            found => Ok(found),
        }
    }

    /// Makes a project, or one more stage of it: all of it or nothing.
    ///
    /// # Errors
    ///
    /// [`ControlError::BadName`]; [`StoreError::Exists`] when someone else made it at the same moment.
    pub async fn create(&self, new: NewStage) -> Result<Created, ControlError> {
        let NewStage { slug, stage, target, catalog, settings: document } = new;
        check_slug(&slug)?;
        let faults = crate::check(&document, &catalog);
        if !faults.is_empty() {
            return Err(ControlError::Settings(crate::Faults(faults)));
        }
        let now = self.now();
        let id = ConnectionId::new(&mut rand::rng());
        let (public, public_text) = keys::fresh(&id, KeyKind::Public, "public", now);
        let (admin, admin_text) = keys::fresh(&id, KeyKind::Admin, "admin", now);
        let sealed = self.store.seal_url(&id, &target.url);
        let (settings_text, catalog_text) = (text(&document)?, text(&catalog)?);
        let connection_id = id.clone();
        let fresh = projects::Project { id: ProjectId::new(&mut rand::rng()), slug, created_at: now };
        let project = self
            .store
            .db()
            .write(move |tx| {
                let project = match projects::find(tx, &fresh.slug)? {
                    Some(project) => project,
                    None => {
                        projects::insert(tx, &fresh)?;
                        fresh
                    }
                };
                let connection = Connection {
                    id: id.clone(),
                    project: project.id.clone(),
                    slug: project.slug.clone(),
                    stage: stage.word().to_owned(),
                    engine: target.engine.to_owned(),
                    url: sealed,
                    display: target.display,
                    identity: target.identity,
                    version: 0,
                    settings_revision: 0,
                    catalog: None,
                    build: None,
                    created_at: now,
                    synced_at: None,
                };
                connections::insert(tx, &connection)?;
                connections::touch(tx, &id, 0)?;
                connections::set_synced(tx, &id, now)?;
                let revision = settings::append(tx, &id, &settings_text, "init", now)?;
                build(tx, &id, revision, &catalog_text, "init", now)?;
                kept::insert(tx, &public)?;
                kept::insert(tx, &admin)?;
                Ok::<_, StoreError>(project)
            })
            .await?;
        let keys = FreshKeys { public: public_text, admin: admin_text };
        Ok(Created { project, in_force: self.in_force(&connection_id).await?, keys })
    }

    /// Makes a project without a database; connections are added later.
    ///
    /// # Errors
    ///
    /// [`ControlError::BadName`]; [`StoreError::Exists`] where the name is taken.
    pub async fn create_project(&self, slug: &str) -> Result<projects::Project, ControlError> {
        check_slug(slug)?;
        let id = ProjectId::new(&mut rand::rng());
        let project = projects::Project { id, slug: slug.to_owned(), created_at: self.now() };
        let fresh = project.clone();
        let work = move |tx: &portcullis_store::Tx<'_>| {
            projects::insert(tx, &fresh)?;
            portcullis_store::revision::bump(tx).map(drop)
        };
        self.store.db().write(work).await?;
        Ok(project)
    }

    /// Takes over another login or other parameters for a connection's same database.
    ///
    /// # Errors
    ///
    /// [`ControlError::Store`].
    pub async fn set_url(&self, connection: &Connection, target: &Target) -> Result<(), ControlError> {
        if self.store.open_url(connection)?.expose() == target.url.expose() {
            return Ok(());
        }
        let (id, version) = (connection.id.clone(), connection.version);
        let (sealed, display) = (self.store.seal_url(&id, &target.url), target.display.clone());
        let work = move |tx: &portcullis_store::Tx<'_>| {
            connections::touch(tx, &id, version)?;
            connections::set_url(tx, &id, sealed, &display)
        };
        Ok(self.store.db().write(work).await?)
    }

    /// Keeps the value behind `secret:NAME` of a stage.
    ///
    /// # Errors
    ///
    /// [`ControlError::Settings`] for a name that cannot be one.
    pub async fn set_secret(
        &self,
        connection: &Connection,
        name: &str,
        value: &Secret<String>,
    ) -> Result<(), ControlError> {
        let good = !name.is_empty()
            && name.len() <= 64
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
        if !good {
            let fault = format!("`{name}` cannot be a secret's name: use letters, digits, `_`, `-` and `.`");
            return Err(ControlError::Settings(crate::Faults(vec![fault])));
        }
        let sealed = self.store.seal_secret(&connection.id, name, value);
        let (id, version, now) = (connection.id.clone(), connection.version, self.now());
        let work = move |tx: &portcullis_store::Tx<'_>| {
            connections::touch(tx, &id, version)?;
            portcullis_store::secrets::set(tx, &sealed, now)
        };
        Ok(self.store.db().write(work).await?)
    }

    /// The settings document of a stage as TOML.
    pub fn export(&self, in_force: &InForce) -> String {
        document::export(&in_force.settings)
    }
}

/// Whether a name can be a project's.
///
/// # Errors
///
/// [`ControlError::BadName`], with one that would do.
pub fn check_slug(slug: &str) -> Result<(), ControlError> {
    let first = slug.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let rest = slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
    // What looks like an id would be ambiguous in a path.
    if first && rest && slug.len() <= 63 && !slug.starts_with("proj_") {
        return Ok(());
    }
    let suggestion = Some(slug_of(slug.trim_start_matches("proj_"))).filter(|s| !s.is_empty());
    Err(ControlError::BadName { name: slug.to_owned(), suggestion })
}
