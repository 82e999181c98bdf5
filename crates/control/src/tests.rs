mod access;
mod identity;
mod pages;

use super::*;
use portcullis_base::{Secret, SystemClock};
use portcullis_engines::Engine;
use portcullis_project::{KeyKind, Registry, Settings, Stage};
use portcullis_query::access::AccessLevel;
use portcullis_store::{OpenOptions, Store};
use std::{path::PathBuf, sync::Arc};
use tempfile::TempDir;

/// A control store beside one SQLite database.
struct World {
    dir: TempDir,
    control: Control,
}

impl World {
    fn new(sql: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let options = OpenOptions { dir: dir.path().join("data"), master_key: None, create: true };
        let control = Control::new(Store::open(&options).unwrap(), Arc::new(SystemClock));
        let world = Self { dir, control };
        world.sql(sql);
        world
    }

    fn file(&self) -> PathBuf {
        self.dir.path().join("shop.db")
    }

    fn sql(&self, sql: &str) {
        rusqlite::Connection::open(self.file()).unwrap().execute_batch(sql).unwrap();
    }

    fn target(&self) -> Target {
        Target::parse(&Secret::new(format!("sqlite:{}", self.file().display()))).unwrap()
    }

    async fn engine(&self) -> Arc<dyn Engine> {
        connect(&self.target()).await.unwrap()
    }

    async fn create(&self, slug: &str, stage: Stage) -> Created {
        let (target, engine) = (self.target(), self.engine().await);
        let catalog = introspect(&target, &*engine, None).await.unwrap();
        let settings = propose(&catalog, true);
        self.control.create(NewStage { slug: slug.into(), stage, target, catalog, settings }).await.unwrap()
    }

    async fn now(&self) -> InForce {
        let connection = self.control.connection(Some("shop"), None).await.unwrap();
        self.control.in_force(&connection.id).await.unwrap()
    }

    async fn sync(&self) -> Synced {
        let connection = self.now().await.connection;
        self.control.sync(&connection.id, &*self.engine().await, None).await.unwrap()
    }

    async fn apply(&self, change: impl FnOnce(&mut Settings)) -> Option<portcullis_base::BuildId> {
        let before = self.now().await;
        let mut settings = before.settings.clone();
        change(&mut settings);
        let plan = self.control.plan(before, settings).unwrap();
        self.control.apply(plan).await.unwrap()
    }

    /// What a node would serve, as `table.column`.
    async fn served(&self) -> Vec<String> {
        let registry = Arc::new(Registry::default());
        Opener::new(self.control.clone(), registry.clone(), true).refresh().await.unwrap();
        let project = registry.get("shop").unwrap();
        let mut names = Vec::new();
        for table in project.database.tables() {
            names.extend(table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)));
        }
        names
    }
}

const SHOP: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, note TEXT); \
                    CREATE TABLE tags (id INTEGER PRIMARY KEY);";

fn faults(error: ControlError) -> Vec<String> {
    match error {
        ControlError::Settings(Faults(faults)) => faults,
        other => panic!("another error: {other}"),
    }
}

#[tokio::test]
async fn a_project_is_made_whole_and_its_keys_open_it() {
    let world = World::new(SHOP);
    let created = world.create("shop", Stage::Development).await;
    assert_eq!(world.served().await, ["orders.id", "orders.status", "orders.note", "tags.id"]);
    let registry = Arc::new(Registry::default());
    Opener::new(world.control.clone(), registry.clone(), true).refresh().await.unwrap();
    let project = registry.get(created.project.id.as_str()).unwrap();
    let kind = |key: &Secret<String>| project.keys.kind(&portcullis_crypto::sha256(key.expose().as_bytes()));
    assert_eq!(kind(&created.keys.admin), Some(KeyKind::Admin));
    assert_eq!(kind(&created.keys.public), Some(KeyKind::Public));
}

#[tokio::test]
async fn sec_14_a_key_of_one_stage_is_unknown_in_another() {
    let world = World::new(SHOP);
    let development = world.create("shop", Stage::Development).await;
    let production = world.create("shop", Stage::Production).await;
    assert_eq!(development.project.id, production.project.id);
    let registry = Arc::new(Registry::default());
    Opener::new(world.control.clone(), registry.clone(), true).refresh().await.unwrap();
    let project = registry.get("shop").unwrap();
    assert_eq!(project.stage, Stage::Production);
    let hash = portcullis_crypto::sha256(development.keys.admin.expose().as_bytes());
    assert_eq!(project.keys.kind(&hash), None);
    assert!(registry.get("shop@development").unwrap().keys.kind(&hash).is_some());
}

#[tokio::test]
async fn another_database_under_the_same_name_and_stage_is_refused() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let same = world.control.existing("shop", Stage::Development, &world.target()).await.unwrap();
    assert!(same.is_some());
    let other = Target { identity: [9; 32], ..world.target() };
    let error = world.control.existing("shop", Stage::Development, &other).await.unwrap_err();
    assert!(matches!(error, ControlError::OtherDatabase { .. }), "{error}");
    assert!(world.control.existing("shop", Stage::Staging, &other).await.unwrap().is_none());
    let error = world.control.existing("My Shop", Stage::Staging, &other).await.unwrap_err();
    assert!(error.to_string().contains("`my-shop` would do"), "{error}");
}

#[tokio::test]
async fn what_comes_later_waits_for_approval() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    world.sql("ALTER TABLE orders ADD COLUMN total DECIMAL(10,2); CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    let synced = world.sync().await;
    assert_eq!(
        synced.changes,
        [Change::ColumnAdded("orders".into(), "total".into()), Change::TableAdded("invoices".into())]
    );
    assert_eq!(world.served().await, ["orders.id", "orders.status", "orders.note", "tags.id"]);
    // A sync that finds nothing new changes nothing.
    assert!(world.sync().await.build.is_none());
    let wrong = world.control.approve(world.now().await, Some(&["orders.totl".to_owned()])).await.unwrap_err();
    assert!(wrong.to_string().contains("did you mean `orders.total`?"), "{wrong}");
    let approved = world.control.approve(world.now().await, Some(&["orders.total".to_owned()])).await.unwrap();
    assert_eq!(approved.names, ["orders.total"]);
    let approved = world.control.approve(world.now().await, None).await.unwrap();
    assert_eq!(approved.names, ["invoices"]);
    assert_eq!(
        world.served().await,
        ["invoices.id", "orders.id", "orders.status", "orders.note", "orders.total", "tags.id"]
    );
    assert!(document::export(&world.now().await.settings).contains("[tables.invoices]\nexpose = true\n"));
}

#[tokio::test]
async fn sec_45_a_dropped_table_loses_its_rights_and_comes_back_without_any() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    world.apply(|settings| settings.tables.get_mut("orders").unwrap().access.read = AccessLevel::Public).await.unwrap();
    world.sql("DROP TABLE orders; CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    assert!(world.sync().await.changes.contains(&Change::TableDropped("orders".into())));
    assert_eq!(world.served().await, ["tags.id"]);
    world.sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, note TEXT)");
    world.sync().await;
    assert_eq!(world.served().await, ["tags.id"]);
    // Not even an earlier build, which exposed the old one, brings it back.
    let first = world.control.builds(&world.now().await.connection).await.unwrap().pop().unwrap();
    world.control.deploy(world.now().await, &first.build.number.to_string()).await.unwrap();
    assert_eq!(world.served().await, ["tags.id"]);
    world.control.approve(world.now().await, Some(&["orders".to_owned()])).await.unwrap();
    assert_eq!(world.served().await, ["orders.id", "orders.status", "orders.note", "tags.id"]);
    assert_eq!(world.now().await.settings.tables["orders"].access.read, AccessLevel::Authenticated);
}

#[tokio::test]
async fn sec_45_a_dropped_column_goes_with_its_settings_and_a_retyped_one_follows() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    world.apply(|settings| settings.tables.get_mut("orders").unwrap().hidden = vec!["note".into()]).await.unwrap();
    world.sql("ALTER TABLE orders DROP COLUMN note; ALTER TABLE orders DROP COLUMN status");
    world.sql("ALTER TABLE orders ADD COLUMN note INTEGER");
    let synced = world.sync().await;
    assert_eq!(
        synced.changes,
        [
            Change::ColumnDropped("orders".into(), "status".into()),
            Change::ColumnChanged("orders".into(), "note".into())
        ]
    );
    world.sql("ALTER TABLE orders DROP COLUMN note");
    world.sync().await;
    assert_eq!(world.served().await, ["orders.id", "tags.id"]);
    assert!(world.now().await.settings.tables["orders"].hidden.is_empty());
    world.sql("ALTER TABLE orders ADD COLUMN note TEXT");
    world.sync().await;
    assert_eq!(world.served().await, ["orders.id", "tags.id"]);
}

#[tokio::test]
async fn exposing_a_waiting_table_by_settings_approves_it_with_its_columns() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    world.sql("CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    world.sync().await;
    world.sql("ALTER TABLE invoices ADD COLUMN total INTEGER");
    world.sync().await;
    world.apply(|settings| settings.tables.entry("invoices".into()).or_default().expose = true).await.unwrap();
    assert!(world.served().await.contains(&"invoices.total".to_owned()));
    assert!(world.now().await.unapproved.is_empty());
}

#[tokio::test]
async fn an_earlier_build_is_served_again_with_the_schema_of_today() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    world.apply(|settings| settings.tables.get_mut("tags").unwrap().expose = false).await.unwrap();
    world.sql("ALTER TABLE orders DROP COLUMN note");
    world.sync().await;
    assert_eq!(world.served().await, ["orders.id", "orders.status"]);
    let error = world.control.deploy(world.now().await, "99").await.unwrap_err();
    assert!(matches!(error, ControlError::UnknownBuild(_)), "{error}");
    world.control.deploy(world.now().await, "#1").await.unwrap().unwrap();
    assert_eq!(world.served().await, ["orders.id", "orders.status", "tags.id"]);
    // What is served already makes no build.
    assert!(world.control.deploy(world.now().await, "#1").await.unwrap().is_none());
}

#[tokio::test]
async fn a_plan_shows_lines_and_effects_and_writes_nothing() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let before = world.now().await;
    let mut settings = before.settings.clone();
    settings.auth.enabled = false;
    settings.tables.get_mut("tags").unwrap().expose = false;
    settings.limits.statement_timeout = "9s".into();
    let plan = world.control.plan(before, settings).unwrap();
    assert_eq!(
        plan.diff,
        "  [auth]\n- enabled = true\n+ enabled = false\n+ [limits]\n+ statement_timeout = \"9s\"\n  [tables.tags]\n\
         - expose = true\n+ expose = false\n"
    );
    assert_eq!(
        plan.effects,
        [
            "WARNING: everything exposed becomes public, for reading and writing",
            "no longer served: tags",
            "the database is connected anew, with the other statement timeout"
        ]
    );
    assert_eq!(world.control.builds(&world.now().await.connection).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_document_that_does_not_fit_is_refused_whole_with_every_fault() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let text = "version = 1\n[cors]\norigins = [\"*\"]\n[limits]\nstatement_timeout = \"5\"\npage_size_max = 0\n\
                [tables.ordrs]\nexpose = true\n[tables.orders]\nhidden = [\"statsu\"]\n";
    let error = world.control.plan(world.now().await, document::parse(text).unwrap()).unwrap_err();
    assert_eq!(
        faults(error),
        [
            "`tables.orders.hidden`: table `orders` has no column `statsu`; did you mean `status`?",
            "`tables.ordrs`: the database has no table `ordrs`; did you mean `orders`?",
            "`limits.statement_timeout`: `5` is not a duration; write one such as 5s, 1m30s, 250ms or 30d",
            "`limits.page_size_max` must be at least 1",
            "`cors.origins`: `*` is not an origin; write scheme, host and port only, such as https://app.example",
        ]
    );
}

#[test]
fn unknown_keys_and_wrong_values_are_named_with_their_place() {
    let read = |text: &str| faults(document::parse(text).unwrap_err());
    assert_eq!(read("[auth]\nenabeld = true"), ["`auth.enabeld` is not a setting; did you mean `auth.enabled`?"]);
    assert_eq!(
        read("{\"tables\":{\"orders\":{\"acess\":{}}}}"),
        ["`tables.orders.acess` is not a setting; did you mean `tables.orders.access`?"]
    );
    assert_eq!(
        read("zzz = 1"),
        [
            "`zzz` is not a setting; known here: version, naming, auth, tenancy, mapping, email, social, outbound, rbac, cors, \
             documents, limits, surfaces, tables"
        ]
    );
    assert_eq!(read("auth = 5"), ["`auth` is a section, not a value"]);
    let wrong = read("[auth]\nenabled = \"yes\"\n[tables.orders.access]\nread = \"everyone\"");
    assert!(wrong[0].starts_with("`auth.enabled`: invalid type: string \"yes\", expected a boolean"), "{wrong:?}");
    assert!(wrong[1].starts_with("`tables.orders.access.read`: unknown variant `everyone`"), "{wrong:?}");
    assert_eq!(read("version = 2"), ["`version`: 2 is not a format this version knows; write version = 1"]);
    assert!(read("[auth")[0].starts_with("the document is not TOML: "));
    assert!(read("{")[0].starts_with("the document is not JSON: "));
}

#[test]
fn an_exported_document_reads_back_the_same() {
    let mut settings = Settings::default();
    settings.limits.page_size_max = 50;
    settings.cors.origins = vec!["https://app.example".into()];
    settings.email.host = Some("smtp.example".into());
    settings.email.port = Some(465);
    settings.email.security = Some(portcullis_project::settings::EmailSecurity::StartTls);
    let odd = settings.tables.entry("odd \"name\"\nof a\u{7f}.table".into()).or_default();
    odd.expose = true;
    odd.access.delete = AccessLevel::Admin;
    odd.owner_column = Some("by".into());
    odd.row_rule = Some(
        serde_json::json!({"operator": "OR", "expressions": [{"field": "a", "operator": "eq", "value": "$user.id"}]}),
    );
    odd.hidden = vec!["back\\slash".into(), "ünïcode".into()];
    let text = document::export(&settings);
    assert_eq!(document::parse(&text).unwrap(), settings, "{text}");
    let json = serde_json::to_string(&settings).unwrap();
    assert_eq!(document::parse(&json).unwrap(), settings);
    assert_eq!(document::export(&Settings::default()), "version = 1\nnaming = \"table\"\n\n[auth]\nenabled = true\n");
}

#[tokio::test]
async fn of_two_changes_decided_on_the_same_state_the_second_is_refused() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let stale = world.now().await;
    world.apply(|settings| settings.auth.enabled = false).await.unwrap();
    let mut settings = stale.settings.clone();
    settings.limits.page_size_max = 7;
    let plan = world.control.plan(stale, settings).unwrap();
    let error = world.control.apply(plan).await.unwrap_err();
    assert!(error.to_string().contains("someone else changed it"), "{error}");
}

#[tokio::test]
async fn an_engine_is_kept_when_only_settings_change() {
    let world = World::new(SHOP);
    world.create("shop", Stage::Development).await;
    let registry = Arc::new(Registry::default());
    let opener = Opener::new(world.control.clone(), registry.clone(), true);
    opener.refresh().await.unwrap();
    let first = registry.get("shop").unwrap();
    opener.refresh().await.unwrap();
    assert!(Arc::ptr_eq(&first, &registry.get("shop").unwrap()), "nothing changed");
    world.apply(|settings| settings.limits.page_size_max = 7).await.unwrap();
    opener.refresh().await.unwrap();
    let second = registry.get("shop").unwrap();
    assert!(Arc::ptr_eq(&first.engine, &second.engine) && second.generation > first.generation);
    world.apply(|settings| settings.limits.statement_timeout = "7s".into()).await.unwrap();
    opener.refresh().await.unwrap();
    assert!(!Arc::ptr_eq(&first.engine, &registry.get("shop").unwrap().engine));
}

#[tokio::test]
async fn a_database_that_is_gone_is_served_as_unavailable_until_it_is_back() {
    let world = World::new(SHOP);
    let created = world.create("shop", Stage::Development).await;
    let away = world.dir.path().join("away.db");
    std::fs::rename(world.file(), &away).unwrap();
    let registry = Arc::new(Registry::default());
    let opener = Opener::new(world.control.clone(), registry.clone(), true);
    opener.refresh().await.unwrap();
    assert!(registry.get("shop").unwrap().engine.ping().await.is_err());
    assert!(!world.file().exists(), "no empty database was made in its place");
    std::fs::rename(&away, world.file()).unwrap();
    opener.retry(&created.in_force.connection.id).await.unwrap();
    registry.get("shop").unwrap().engine.ping().await.unwrap();
}

#[tokio::test]
async fn a_rotated_key_ends_at_once_and_a_created_one_lives_beside() {
    let world = World::new(SHOP);
    let created = world.create("shop", Stage::Development).await;
    let connection = world.now().await.connection;
    world.control.create_key(&connection, KeyKind::Admin, "ci").await.unwrap();
    let fresh = world.control.rotate_key(&world.now().await.connection, KeyKind::Admin).await.unwrap();
    let live = world.control.keys(&connection).await.unwrap();
    assert_eq!(live.iter().map(|key| key.kind.as_str()).collect::<Vec<_>>(), ["public", "admin"]);
    assert!(fresh.expose().starts_with(&live[1].prefix) && live[1].readable.is_none());
    assert_eq!(live[0].readable.as_ref(), Some(created.keys.public.expose()));
}

#[tokio::test]
async fn projects_are_found_by_name_and_the_nearest_is_suggested() {
    let world = World::new(SHOP);
    assert!(matches!(world.control.project(None).await.unwrap_err(), ControlError::NoProjects));
    world.create("shop", Stage::Staging).await;
    assert_eq!(world.control.project(None).await.unwrap().slug, "shop");
    let error = world.control.project(Some("shpo")).await.unwrap_err();
    assert!(error.to_string().contains("did you mean `shop`?"), "{error}");
    let error = world.control.connection(None, Some(Stage::Production)).await.unwrap_err();
    assert_eq!(error.to_string(), "project `shop` has no stage `production`; it has staging");
}

#[test]
fn sec_61_an_error_about_a_url_never_repeats_its_password() {
    for url in
        ["postgres://ada:hunter2@/shop", "mysql://ada:hunter2@db", "postgres://ada:hunter2@db/shop?sslmode=hunter2x"]
    {
        let error = Target::parse(&Secret::new(url.to_owned())).unwrap_err().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
    let target = Target::parse(&Secret::new("postgres://ada:hunter2@db.example/shop".to_owned())).unwrap();
    assert_eq!(target.display, "postgres://db.example:5432/shop");
    assert!(!format!("{target:?}").contains("hunter2"));
    // Another login is the same database, another host is not.
    let same = Target::parse(&Secret::new("postgres://eve:x@DB.example:5432/shop?sslmode=require".to_owned())).unwrap();
    let other = Target::parse(&Secret::new("postgres://ada:hunter2@db2.example/shop".to_owned())).unwrap();
    assert!(same.identity == target.identity && other.identity != target.identity);
}

#[test]
fn a_file_that_is_missing_or_no_database_is_told_with_what_to_try() {
    let dir = TempDir::new().unwrap();
    let text = dir.path().join("shop.db");
    std::fs::write(&text, "once upon a time there was a file").unwrap();
    let error = |path: PathBuf| Target::parse(&Secret::new(path.display().to_string())).unwrap_err().to_string();
    assert!(error(text).contains("is not an SQLite database"));
    assert!(error(dir.path().join("shpo.db")).contains("did you mean `shop.db`?"));
    assert!(error(dir.path().to_owned()).contains("is not a file"));
    std::fs::write(dir.path().join("empty.db"), "").unwrap();
    Target::parse(&Secret::new(dir.path().join("empty.db").display().to_string())).unwrap();
}
