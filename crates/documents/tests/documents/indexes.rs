//! Looking up by a field: the same answers as reading everything, whatever is written before, meanwhile and after.

use super::{NOW, World, all, clauses, json_of, member};
use portcullis_documents::{Author, Clause, Collection, DocumentsError, Field, INDEXES, List};
use portcullis_store::documents::{self, Place, StoredDocument};
use serde_json::{Value, json};

fn root() -> Author {
    Author::Unlimited { user: "r".to_owned(), account: "r".to_owned() }
}

/// Values of every kind, and such as are nearly one another.
fn values() -> Vec<Value> {
    let long = "x".repeat(64);
    vec![
        json!(null),
        json!(true),
        json!(false),
        json!(0),
        json!(-0.0),
        json!(9),
        json!(10),
        json!(-9),
        json!(9.5),
        json!(1e300),
        json!(-1e300),
        json!(9_007_199_254_740_992_i64),
        json!(9_007_199_254_740_993_i64),
        json!(""),
        json!("9"),
        json!("10"),
        json!("a"),
        json!("b"),
        json!("ä"),
        json!("*"),
        json!(long.clone()),
        json!(format!("{long}a")),
        json!(format!("{long}b")),
        json!("\u{10ffff}\u{10ffff}"),
        json!(["a", "b"]),
        json!(["a", 9, null]),
        json!([]),
        json!([["a"]]),
        json!((0..150).collect::<Vec<_>>()),
        json!({"a": 1}),
    ]
}

#[tokio::test]
async fn an_index_answers_as_reading_everything_does() {
    let world = World::start().await;
    let (ada, eve) = (member("ada", "a"), member("eve", "e"));
    let (place, tasks) = (&world.connection, Collection::parse("tasks").unwrap());
    for (author, from) in [(&ada, 0), (&eve, 1)] {
        let bodies = values().into_iter().enumerate().skip(from).step_by(2);
        let bodies =
            bodies.map(|(n, value)| json_of(&json!({"name": n.to_string(), "f": value, "g": value}))).collect();
        world.documents.create_many(place, &tasks, author, bodies, NOW).await.unwrap();
    }
    assert!(world.documents.create_index(place, &tasks, &root(), "f", NOW).await.unwrap());
    // What is written later, changed and deleted is in it too.
    for (n, value) in values().into_iter().enumerate() {
        let made = world.create("tasks", &ada, json!({"name": n.to_string(), "f": "old", "g": "old"})).await.unwrap();
        let set = json_of(&json!({"f": value, "g": value}));
        world.documents.update(place, &tasks, &ada, (&made.id, set), NOW).await.unwrap();
        let gone = world.create("tasks", &ada, json!({"f": value, "g": value})).await.unwrap();
        world.documents.delete(place, &tasks, &ada, &gone.id).await.unwrap();
    }
    for operator in ["=", "!=", "<", "<=", ">", ">=", "in", "!in"] {
        for value in values().into_iter().chain([json!(["a", 10]), json!([null]), json!("old")]) {
            for author in [&ada, &eve, &root()] {
                let found = |field: &str| {
                    let list = List { clauses: clauses(json!([[field, operator, value]])), size: 200, ..all() };
                    let (tasks, world) = (&tasks, &world);
                    async move {
                        let page = world.documents.list(place, tasks, author, &list).await.unwrap();
                        page.documents.into_iter().map(|one| one.id).collect::<Vec<_>>()
                    }
                };
                assert_eq!(found("f").await, found("g").await, "{operator} {value}");
            }
        }
    }
}

#[tokio::test]
async fn an_index_is_what_is_asked_and_the_id_needs_none() {
    let world = World::start().await;
    let ada = member("ada", "a");
    let (place, tasks) = (&world.connection, Collection::parse("tasks").unwrap());
    let one = world.create("tasks", &ada, json!({"f": 1, "g": 1})).await.unwrap();
    world.documents.create_index(place, &tasks, &root(), "f", NOW).await.unwrap();
    // Put there behind the index's back: whoever asks the index does not see it.
    let hidden = StoredDocument {
        seq: 0,
        id: "hidden".to_owned(),
        account: "a".to_owned(),
        owner: "ada".to_owned(),
        body: r#"{"f":1,"g":1}"#.to_owned(),
        created_at: NOW,
        updated_at: NOW,
    };
    let own = Place { connection: place.clone(), collection: "tasks".to_owned() };
    world.store.db().write(move |tx| documents::insert(tx, &own, &hidden)).await.unwrap();
    let count = |wanted: Vec<Clause>| {
        let (world, tasks, ada) = (&world, &tasks, &ada);
        async move { world.documents.count(place, tasks, ada, &wanted).await.unwrap() }
    };
    assert_eq!(count(clauses(json!([["f", "=", 1]]))).await, 1);
    assert_eq!(count(clauses(json!([["g", "=", 1], ["f", ">", 0]]))).await, 1);
    assert_eq!(count(clauses(json!([["g", "=", 1]]))).await, 2);
    let ids = |value: Value| Clause::parse_all(json_of(&json!([["id", "in", value]])), |_| Field::Id).unwrap();
    assert_eq!(count(ids(json!([one.id, "nobody", 7]))).await, 1);
    assert_eq!(count(ids(json!("hidden"))).await, 1);
    // Dropped, everything is read again.
    world.documents.delete_index(place, &tasks, &root(), "f").await.unwrap();
    assert_eq!(count(clauses(json!([["f", "=", 1]]))).await, 2);
}

#[tokio::test]
async fn a_long_collection_is_built_piece_by_piece_and_only_once() {
    let world = World::start().await;
    let ada = member("ada", "a");
    let (place, tasks) = (&world.connection, Collection::parse("tasks").unwrap());
    let bodies = (0..950).map(|n| json_of(&json!({"n": n % 10}))).collect();
    world.documents.create_many(place, &tasks, &ada, bodies, NOW).await.unwrap();
    assert!(world.documents.create_index(place, &tasks, &root(), "n", NOW).await.unwrap());
    assert!(!world.documents.create_index(place, &tasks, &root(), "n", NOW).await.unwrap());
    assert_eq!(world.documents.indexes(place, &tasks, &root()).await.unwrap(), ["n"]);
    let seven = clauses(json!([["n", "=", 7]]));
    assert_eq!(world.documents.count(place, &tasks, &ada, &seven).await.unwrap(), 95);
    let set = json_of(&json!({"n": 8}));
    assert_eq!(world.documents.update_many(place, &tasks, &ada, (seven.clone(), set), NOW).await.unwrap(), 95);
    assert_eq!(world.documents.count(place, &tasks, &ada, &seven).await.unwrap(), 0);
    let eight = clauses(json!([["n", "=", 8]]));
    assert_eq!(world.documents.delete_many(place, &tasks, &ada, eight).await.unwrap(), 190);
    assert_eq!(world.documents.count(place, &tasks, &ada, &[]).await.unwrap(), 760);
    // Another collection of the stage has its own.
    let other = Collection::parse("tasks_760_").unwrap();
    assert!(world.documents.indexes(place, &other, &root()).await.unwrap().is_empty());
}

#[tokio::test]
async fn indexes_are_the_administrators_and_no_more_than_so_many() {
    let world = World::start().await;
    let (place, tasks) = (&world.connection, Collection::parse("tasks").unwrap());
    let ada = member("ada", "a");
    let documents = &world.documents;
    for author in [&ada, &Author::Anonymous] {
        let refused = documents.create_index(place, &tasks, author, "f", NOW).await.unwrap_err();
        assert!(matches!(refused, DocumentsError::Forbidden | DocumentsError::Unauthenticated));
        documents.indexes(place, &tasks, author).await.unwrap_err();
        documents.delete_index(place, &tasks, author, "f").await.unwrap_err();
    }
    for wrong in [String::new(), "x".repeat(129)] {
        let refused = documents.create_index(place, &tasks, &root(), &wrong, NOW).await.unwrap_err();
        assert_eq!(refused.code(), "invalid_query");
    }
    for n in 0..INDEXES {
        documents.create_index(place, &tasks, &root(), &format!("f{n}"), NOW).await.unwrap();
    }
    let refused = documents.create_index(place, &tasks, &root(), "more", NOW).await.unwrap_err();
    assert_eq!(refused.code(), "too_many_documents");
    let refused = documents.delete_index(place, &tasks, &root(), "more").await.unwrap_err();
    assert!(matches!(refused, DocumentsError::NotFound));
    documents.delete_index(place, &tasks, &root(), "f0").await.unwrap();
    documents.create_index(place, &tasks, &root(), "more", NOW).await.unwrap();
}
