//! How much a stage keeps. SEC-50.

use super::{NOW, World, all, clauses, json_of, member};
use portcullis_documents::{Collection, Documents, DocumentsError, Quota};
use serde_json::json;

fn full<T: std::fmt::Debug>(answer: Result<T, DocumentsError>, word: &str) {
    let refused = answer.unwrap_err();
    assert_eq!(refused.code(), "documents_full");
    assert!(refused.to_string().contains(word), "{refused}");
}

#[tokio::test]
async fn sec_50_a_stage_keeps_so_many_documents_collections_and_bytes() {
    let mut world = World::start().await;
    let quota = Quota { documents: 3, collections: 2, bytes: 200 };
    world.documents = world.documents.within(quota);
    let (place, ada) = (world.connection.clone(), member("ada", "a"));
    let tasks = Collection::parse("tasks").unwrap();
    let bodies = |n: usize| (0..n).map(|n| json_of(&json!({"name": n.to_string()}))).collect::<Vec<_>>();
    world.documents.create_many(&place, &tasks, &ada, bodies(2), NOW).await.unwrap();
    // All or none.
    full(world.documents.create_many(&place, &tasks, &ada, bodies(2), NOW).await, "documents");
    assert_eq!(world.list("tasks", &ada, all()).await.unwrap().total, 2);
    let one = world.create("tasks", &ada, json!({"name": "3"})).await.unwrap();
    full(world.create("tasks", &ada, json!({})).await, "documents");
    world.documents.delete(&place, &tasks, &ada, &one.id).await.unwrap();
    let one = world.create("tasks", &ada, json!({"name": "3"})).await.unwrap();

    world.create("second", &ada, json!({})).await.unwrap();
    full(world.create("third", &ada, json!({})).await, "collections");

    // A document may not grow beyond it, one by one or by clauses; shrinking and deleting go on.
    let long = || json_of(&json!({"text": "x".repeat(150)}));
    let grown = world.documents.update(&place, &tasks, &ada, (&one.id, long()), NOW).await.unwrap();
    full(
        world.documents.update(&place, &tasks, &ada, (&one.id, json_of(&json!({"more": "y".repeat(50)}))), NOW).await,
        "bytes",
    );
    let others = clauses(json!([["name", "!=", "3"]]));
    full(world.documents.update_many(&place, &tasks, &ada, (others.clone(), long()), NOW).await, "bytes");
    assert_eq!(world.documents.read(&place, &tasks, &ada, &one.id).await.unwrap(), grown);
    let short = json_of(&json!({"text": ""}));
    world.documents.update(&place, &tasks, &ada, (&one.id, short), NOW).await.unwrap();
    assert_eq!(
        world.documents.update_many(&place, &tasks, &ada, (others, long()), NOW).await.unwrap_err().code(),
        "documents_full"
    );
    assert_eq!(world.documents.delete_many(&place, &tasks, &ada, Vec::new()).await.unwrap(), 3);
    world.create("third", &ada, json!({"text": "x".repeat(150)})).await.unwrap();
    // Another stage has its own.
    let other = super::connection("production");
    world.documents.create_many(&other, &tasks, &ada, bodies(3), NOW).await.unwrap();
}

#[tokio::test]
async fn without_a_word_a_stage_keeps_a_million_documents_and_no_more_than_a_gibibyte() {
    let world = World::start().await;
    let quota = Quota::default();
    assert_eq!((quota.documents, quota.collections, quota.bytes), (1_000_000, 1_000, 1 << 30));
    let again: Documents = world.documents.within(quota);
    let tasks = Collection::parse("tasks").unwrap();
    again.create(&world.connection, &tasks, &member("ada", "a"), json_of(&json!({})), NOW).await.unwrap();
}
