//! A project over a test's database, and documents applied to it.

use portcullis_base::{Secret, SystemClock};
use portcullis_control::{
    Control, ControlError, InForce, NewStage, Target, connect,
    declared::{AppliedSchema, Approval, Declared, SchemaPlan},
    introspect, propose,
};
use portcullis_engines::Engine;
use portcullis_project::Stage;
use portcullis_store::{OpenOptions, Store};
use portcullis_testkit::TestDatabase;
use serde_json::Value;
use std::sync::Arc;

pub struct World {
    pub control: Control,
    engine: Arc<dyn Engine>,
    runtime: tokio::runtime::Runtime,
    _dir: tempfile::TempDir,
}

impl World {
    /// A project on a database that is ours to change.
    pub fn managed(database: &TestDatabase) -> Self {
        let world = Self::new(database);
        let connection = world.now().connection;
        world.runtime.block_on(world.control.set_managed(&connection, true)).unwrap();
        world
    }

    /// A project on somebody else's database.
    pub fn new(database: &TestDatabase) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let dir = tempfile::TempDir::new().unwrap();
        // The file of a fresh SQLite database is made by whoever writes first.
        database.run("CREATE TABLE portcullis_probe (n INTEGER)");
        database.run("DROP TABLE portcullis_probe");
        let (control, engine) = runtime.block_on(async {
            let options = OpenOptions { dir: dir.path().join("data"), master_key: None, create: true };
            let control = Control::new(Store::open(&options).unwrap(), Arc::new(SystemClock));
            let target = Target::parse(&Secret::new(database.url().to_owned())).unwrap();
            let engine = connect(&target).await.unwrap();
            let catalog = introspect(&target, &*engine, None).await.unwrap();
            let settings = propose(&catalog, true);
            let new = NewStage { slug: "blog".to_owned(), stage: Stage::Development, target, catalog, settings };
            control.create(new).await.unwrap();
            (control, engine)
        });
        Self { control, engine, runtime, _dir: dir }
    }

    pub fn now(&self) -> InForce {
        self.runtime.block_on(async {
            let connection = self.control.connection(Some("blog"), None).await.unwrap();
            self.control.in_force(&connection.id).await.unwrap()
        })
    }

    pub fn plan(&self, document: &Value) -> Result<SchemaPlan, ControlError> {
        let declared = Declared::from_tree(document)?;
        self.runtime.block_on(self.control.plan_schema(self.now(), &*self.engine, declared))
    }

    pub fn try_apply(&self, document: &Value, approval: Approval) -> Result<AppliedSchema, ControlError> {
        let plan = self.plan(document)?;
        self.runtime.block_on(self.control.apply_schema(plan, &*self.engine, approval))
    }

    #[track_caller]
    pub fn apply(&self, document: &Value) -> AppliedSchema {
        self.try_apply(document, Approval { destructive: true, customer: false })
            .unwrap_or_else(|error| panic!("{error}"))
    }

    /// The versions as (number, whether it is done).
    pub fn versions(&self) -> Vec<(i64, bool)> {
        let id = self.now().connection.id;
        let all = self.runtime.block_on(self.control.declared_versions(&id)).unwrap();
        all.iter().map(|version| (version.version, version.applied)).collect()
    }
}

/// The actions of an applied plan, `action table[.column]`.
pub fn actions(applied: &AppliedSchema) -> Vec<String> {
    let one = |change: &portcullis_control::declared::SchemaChange| match &change.column {
        Some(column) => format!("{} {}.{column}", change.action, change.table),
        None => format!("{} {}", change.action, change.table),
    };
    applied.changes.iter().map(one).collect()
}

/// The document the cases begin with.
pub fn blog() -> Value {
    serde_json::json!({
        "tables": {
            "users": {
                "auth_table": true,
                "verify_email": true,
                "columns": { "name": "string", "role": { "type": "enum", "values": ["user", "admin"], "default": "user" } },
                "access": { "read": "authenticated", "create": "admin", "update": "owner", "delete": "admin" },
                "owner_field": "id"
            },
            "posts": {
                "columns": {
                    "title": "string required max_length 80",
                    "body": "text",
                    "slug": "string unique",
                    "author": "ref users required cascade",
                    "stars": { "type": "int", "default": 0, "min": 0, "max": 5 },
                    "score": "float",
                    "draft": "bool default true",
                    "day": "date",
                    "at": "datetime",
                    "seen": "timestamp",
                    "extra": "json",
                    "state": { "type": "enum", "values": ["open", "closed"], "default": "open", "index": true },
                    "code": "uuid"
                },
                "access": { "read": "public", "create": "auth", "update": "owner", "delete": "owner" },
                "owner_field": "author",
                "unique": [["author", "title"]]
            },
            "comments": { "columns": { "post": "ref posts required", "text": "string required" } }
        }
    })
}

/// A user and their post, with everything else left to the database.
pub const ROWS: &str = "INSERT INTO users (id, email, password_hash) VALUES ('6f1c0e5a-0000-4000-8000-000000000001', 'ada@example.com', 'x'); \
     INSERT INTO posts (id, title, author) VALUES ('6f1c0e5a-0000-4000-8000-00000000000a', 'one', '6f1c0e5a-0000-4000-8000-000000000001'); \
     INSERT INTO comments (post, text) VALUES ('6f1c0e5a-0000-4000-8000-00000000000a', 'fine')";
