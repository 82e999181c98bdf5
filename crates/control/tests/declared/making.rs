//! A document becomes tables, settings and a build.

use crate::world::{ROWS, World, actions, blog};
use portcullis_query::access::AccessLevel;
use portcullis_testkit::{TestDatabase, cases, conformance::Case};

pub const CASES: &[Case] = cases![
    a_document_becomes_tables_that_are_served,
    an_unchanged_document_changes_nothing,
    the_database_fills_in_what_a_row_leaves_out,
    the_users_table_is_mapped_and_access_follows,
    tables_that_nobody_declared_are_left_alone,
];

fn a_document_becomes_tables_that_are_served(database: &TestDatabase) {
    let world = World::managed(database);
    let applied = world.apply(&blog());
    assert_eq!(actions(&applied), ["create_table users", "create_table posts", "create_table comments"]);
    assert_eq!(applied.version, 1);
    assert!(applied.build.is_some());
    let now = world.now();
    assert!(now.waiting().tables.is_empty() && now.waiting().columns.is_empty());
    for table in ["users", "posts", "comments"] {
        assert!(now.serves(table), "{table}");
    }
    assert_eq!(world.versions(), [(1, true)]);
}

fn an_unchanged_document_changes_nothing(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    let plan = world.plan(&blog()).unwrap();
    assert!(plan.sql.is_empty(), "{:#?}", plan.sql);
    assert!(plan.is_empty());
    let again = world.apply(&blog());
    assert_eq!((again.version, again.build), (1, None));
    // Also with rows, from which some engines learn more about their columns.
    database.run(ROWS);
    let plan = world.plan(&blog()).unwrap();
    assert!(plan.sql.is_empty(), "{:#?}", plan.sql);
}

fn the_database_fills_in_what_a_row_leaves_out(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    let one = |sql: &str| database.texts(sql).remove(0);
    let id = one("SELECT id FROM comments").unwrap();
    assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
    assert_eq!(id.as_bytes()[14], b'4', "{id}");
    assert_eq!(one("SELECT state FROM posts").unwrap(), "open");
    assert_eq!(one("SELECT stars FROM posts").unwrap(), "0");
    assert_eq!(one("SELECT code FROM posts").unwrap().len(), 36);
    assert!(one("SELECT created_at FROM posts").unwrap().starts_with("20"));
    // `updated_at` follows a change, whoever makes it.
    database.run("UPDATE posts SET updated_at = '2020-01-01 00:00:00'");
    assert!(one("SELECT updated_at FROM posts").unwrap().starts_with("2020"));
    database.run("UPDATE posts SET title = 'two'");
    assert!(!one("SELECT updated_at FROM posts").unwrap().starts_with("2020"));
    // A user takes their posts along; a post with comments stays.
    database.run("DELETE FROM comments");
    database.run("DELETE FROM users");
    assert_eq!(one("SELECT count(*) FROM posts").unwrap(), "0");
}

fn the_users_table_is_mapped_and_access_follows(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    let settings = world.now().settings;
    let card = &settings.mapping.user;
    assert_eq!(card.table.as_deref(), Some("users"));
    assert_eq!(card.password.as_deref(), Some("password_hash"));
    assert!(settings.auth.verify_email);
    let posts = &settings.tables["posts"];
    assert_eq!(posts.access.read, AccessLevel::Public);
    assert_eq!(posts.access.create, AccessLevel::Authenticated);
    assert_eq!(posts.access.update, AccessLevel::Owner);
    assert_eq!(posts.owner_column.as_deref(), Some("author"));
    assert!(settings.tables["users"].read_only.contains(&"email_verified".to_owned()));
}

fn tables_that_nobody_declared_are_left_alone(database: &TestDatabase) {
    database.run("CREATE TABLE others (n INTEGER PRIMARY KEY)");
    let world = World::managed(database);
    world.apply(&blog());
    let mut document = blog();
    document["tables"].as_object_mut().unwrap().remove("comments");
    let applied = world.apply(&document);
    assert_eq!(actions(&applied), ["drop_table comments"]);
    assert_eq!(database.texts("SELECT count(*) FROM others"), [Some("0".to_owned())]);
    assert!(!world.now().settings.tables.contains_key("comments"));
}
