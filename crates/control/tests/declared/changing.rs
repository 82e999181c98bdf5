//! A document changes, and the rows stay.

use crate::world::{ROWS, World, actions, blog};
use portcullis_testkit::{TestDatabase, cases, conformance::Case};
use serde_json::json;

pub const CASES: &[Case] = cases![
    columns_come_and_go_and_rows_stay,
    a_parent_that_is_made_anew_keeps_its_children,
    labels_are_added_without_asking,
    a_default_fills_the_gaps_of_a_column_that_becomes_required,
    keys_and_references_follow,
    what_stopped_on_its_way_is_gone_on_with,
];

fn columns_come_and_go_and_rows_stay(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    let mut document = blog();
    let columns = document["tables"]["posts"]["columns"].as_object_mut().unwrap();
    columns.remove("score");
    columns.insert("subtitle".to_owned(), json!("string default 'none yet'"));
    columns.insert("stars".to_owned(), json!("float"));
    let applied = world.apply(&document);
    let mut found = actions(&applied);
    found.sort();
    assert_eq!(found, ["add_column posts.subtitle", "change_type posts.stars", "drop_column posts.score"]);
    assert_eq!(database.texts("SELECT title FROM posts"), [Some("one".to_owned())]);
    assert_eq!(database.texts("SELECT subtitle FROM posts"), [Some("none yet".to_owned())]);
    assert_eq!(world.versions(), [(2, true), (1, true)]);
    let plan = world.plan(&document).unwrap();
    assert!(plan.is_empty(), "{:#?}", plan.sql);
}

fn a_parent_that_is_made_anew_keeps_its_children(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    let mut document = blog();
    document["tables"]["users"]["columns"]["name"] = json!("text");
    document["tables"]["posts"]["columns"]["body"] = json!("string max_length 500");
    world.apply(&document);
    for table in ["users", "posts", "comments"] {
        assert_eq!(database.texts(&format!("SELECT count(*) FROM {table}")), [Some("1".to_owned())], "{table}");
    }
    let posts = world.now().catalog.tables.into_iter().find(|table| table.name == "posts").unwrap();
    assert_eq!(posts.foreign_keys[0].parent, "users");
    assert!(posts.unique_keys.iter().any(|key| key.columns == ["author", "title"]));
}

fn labels_are_added_without_asking(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    let mut document = blog();
    document["tables"]["posts"]["columns"]["state"]["values"] = json!(["open", "closed", "later"]);
    document["tables"]["posts"]["columns"]["state"]["default"] = json!("later");
    let plan = world.plan(&document).unwrap();
    assert!(!plan.is_destructive());
    world.apply(&document);
    database.run("UPDATE posts SET state = 'later'");
    database.run("INSERT INTO posts (title, author) VALUES ('two', '6f1c0e5a-0000-4000-8000-000000000001')");
    assert_eq!(database.texts("SELECT state FROM posts WHERE title = 'two'"), [Some("later".to_owned())]);
    assert!(world.plan(&document).unwrap().is_empty());
}

fn a_default_fills_the_gaps_of_a_column_that_becomes_required(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    let mut document = blog();
    document["tables"]["posts"]["columns"]["body"] = json!("text required default nothing");
    document["tables"]["posts"]["columns"]["rank"] = json!("int required default 7");
    world.apply(&document);
    assert_eq!(database.texts("SELECT body FROM posts"), [Some("nothing".to_owned())]);
    assert_eq!(database.texts("SELECT rank FROM posts".replace("rank", "posts.rank").as_str()), [Some("7".to_owned())]);
    assert!(world.plan(&document).unwrap().is_empty());
}

fn keys_and_references_follow(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    let mut document = blog();
    document["tables"]["posts"]["unique"] = json!([["author", "slug"]]);
    document["tables"]["comments"]["columns"]["post"] = json!("ref posts cascade");
    document["tables"]["posts"]["columns"]["slug"] = json!("string index");
    let applied = world.apply(&document);
    let found = actions(&applied);
    for wanted in [
        "add_unique posts.author, slug",
        "drop_unique posts.author, title",
        "drop_unique posts.slug",
        "add_index posts.slug",
        "drop_reference comments.post",
        "add_reference comments.post",
        "change_column comments.post",
    ] {
        assert!(found.contains(&wanted.to_owned()), "{wanted}: {found:?}");
    }
    database.run(ROWS);
    database.run("UPDATE comments SET post = NULL");
    let plan = world.plan(&document).unwrap();
    assert!(plan.is_empty(), "{:#?}", plan.sql);
}

fn what_stopped_on_its_way_is_gone_on_with(database: &TestDatabase) {
    let world = World::managed(database);
    world.apply(&blog());
    database.run(ROWS);
    database.run("INSERT INTO posts (title, author, body) SELECT 'two', author, 'x' FROM posts");
    database.run("UPDATE posts SET stars = 1");
    let mut document = blog();
    document["tables"]["tags"] = json!({ "columns": { "word": "string" } });
    document["tables"]["posts"]["columns"]["stars"] = json!("int unique");
    let failed = world.try_apply(&document, Default::default()).unwrap_err();
    assert!(failed.to_string().contains("rows hold the same value"), "{failed}");
    database.run("DELETE FROM posts WHERE title = 'two'");
    let applied = world.apply(&document);
    let all_or_nothing = database.engine() != portcullis_testkit::Engine::MariaDb;
    assert_eq!(applied.changes.iter().any(|change| change.action == "create_table"), all_or_nothing);
    assert!(world.now().serves("tags"));
    assert!(world.plan(&document).unwrap().is_empty());
}
