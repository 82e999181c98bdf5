//! Documents over a real store: who sees what, pages, changes, and what is refused.

mod indexes;
mod quota;

use portcullis_base::{ConnectionId, ProjectId, Secret, Timestamp};
use portcullis_documents::{
    Author, BULK_DOCUMENTS, Clause, Collection, Document, Documents, DocumentsError, Field, List, Order, Page,
};
use portcullis_query::Json;
use portcullis_store::{OpenOptions, Store, connections, projects};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

struct World {
    documents: Documents,
    store: Store,
    connection: ConnectionId,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = OpenOptions {
            dir: folder.path().join("data"),
            master_key: Some(Secret::new("a master key for tests, and for nothing else".to_owned())),
            create: true,
        };
        let store = Store::open(&options).unwrap();
        for stage in ["development", "production"] {
            keep_connection(&store, stage).await;
        }
        Self { documents: Documents::new(store.clone()), store, connection: connection("development"), _folder: folder }
    }

    async fn create(&self, name: &str, author: &Author, body: Value) -> Result<Document, DocumentsError> {
        self.documents.create(&self.connection, &Collection::parse(name)?, author, json_of(&body), NOW).await
    }

    async fn list(&self, name: &str, author: &Author, list: List) -> Result<Page, DocumentsError> {
        self.documents.list(&self.connection, &Collection::parse(name)?, author, &list).await
    }

    async fn names(&self, name: &str, author: &Author, list: List) -> Vec<String> {
        let page = self.list(name, author, list).await.unwrap();
        page.documents.iter().map(|one| one.body["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn connection(stage: &str) -> ConnectionId {
    ConnectionId(format!("conn_{stage}"))
}

async fn keep_connection(store: &Store, stage: &'static str) {
    let (project, id) = (ProjectId(format!("proj_{stage}")), connection(stage));
    let record = connections::Connection {
        url: store.seal_url(&id, &Secret::new("sqlite:x".to_owned())),
        id,
        project: project.clone(),
        slug: stage.to_owned(),
        stage: stage.to_owned(),
        engine: "test".to_owned(),
        display: "test".to_owned(),
        identity: [0; 32],
        version: 1,
        settings_revision: 1,
        catalog: None,
        build: None,
        created_at: NOW,
        synced_at: None,
    };
    let work = move |tx: &portcullis_store::Tx<'_>| {
        projects::insert(tx, &projects::Project { id: project, slug: stage.to_owned(), created_at: NOW })?;
        connections::insert(tx, &record)
    };
    store.db().write(work).await.unwrap();
}

fn member(user: &str, account: &str) -> Author {
    Author::Member { user: user.to_owned(), account: account.to_owned() }
}

fn json_of(value: &Value) -> Json {
    Json::parse(value.to_string().as_bytes()).unwrap()
}

fn clauses(value: Value) -> Vec<Clause> {
    Clause::parse_all(json_of(&value), |name| Field::Data(name.to_owned())).unwrap()
}

fn all() -> List {
    List { clauses: Vec::new(), order: Order::Created, descending: false, page: 1, size: 25 }
}

#[tokio::test]
async fn a_document_is_read_by_its_account_and_written_by_its_owner() {
    let world = World::start().await;
    let (ada, bob, eve) = (member("ada", "a"), member("bob", "a"), member("eve", "e"));
    let made = world.create("tasks", &ada, json!({"name": "one", "done": false})).await.unwrap();
    assert_eq!((made.account.as_str(), made.owner.as_str(), made.created_at), ("a", "ada", NOW));
    let tasks = Collection::parse("tasks").unwrap();
    let (documents, place) = (&world.documents, &world.connection);

    assert_eq!(documents.read(place, &tasks, &bob, &made.id).await.unwrap(), made);
    let hidden = documents.read(place, &tasks, &eve, &made.id).await.unwrap_err();
    assert!(matches!(hidden, DocumentsError::NotFound));
    let nobody = documents.read(place, &tasks, &Author::Anonymous, &made.id).await.unwrap_err();
    assert!(matches!(nobody, DocumentsError::Unauthenticated));

    let set = || json_of(&json!({"done": true}));
    let refused = documents.update(place, &tasks, &bob, (&made.id, set()), NOW).await.unwrap_err();
    assert!(matches!(refused, DocumentsError::Forbidden));
    let refused = documents.update(place, &tasks, &eve, (&made.id, set()), NOW).await.unwrap_err();
    assert!(matches!(refused, DocumentsError::NotFound));
    let later = NOW.plus_s(5);
    let changed = documents.update(place, &tasks, &ada, (&made.id, set()), later).await.unwrap();
    assert_eq!(Value::Object(changed.body.clone()), json!({"name": "one", "done": true}));
    assert_eq!((changed.created_at, changed.updated_at), (NOW, later));
    assert_eq!(documents.read(place, &tasks, &ada, &made.id).await.unwrap(), changed);

    let refused = documents.delete(place, &tasks, &bob, &made.id).await.unwrap_err();
    assert!(matches!(refused, DocumentsError::Forbidden));
    documents.delete(place, &tasks, &ada, &made.id).await.unwrap();
    let gone = documents.delete(place, &tasks, &ada, &made.id).await.unwrap_err();
    assert!(matches!(gone, DocumentsError::NotFound));
}

#[tokio::test]
async fn a_collection_of_one_stage_is_unknown_to_another() {
    let world = World::start().await;
    let ada = member("ada", "a");
    let made = world.create("tasks_777_", &ada, json!({"name": "one"})).await.unwrap();
    let tasks = Collection::parse("tasks_777_").unwrap();
    let other = connection("production");
    let found = world.documents.read(&other, &tasks, &ada, &made.id).await;
    assert!(matches!(found, Err(DocumentsError::NotFound)));
    let root = Author::Unlimited { user: "r".to_owned(), account: "r".to_owned() };
    assert_eq!(world.documents.collections(&world.connection, &root).await.unwrap(), ["tasks_777_"]);
    assert!(world.documents.collections(&other, &root).await.unwrap().is_empty());
    assert!(matches!(world.documents.collections(&other, &ada).await, Err(DocumentsError::Forbidden)));
    // Another suffix is another collection.
    let bare = Collection::parse("tasks").unwrap();
    assert!(matches!(
        world.documents.read(&world.connection, &bare, &root, &made.id).await,
        Err(DocumentsError::NotFound)
    ));
}

#[tokio::test]
async fn pages_come_in_the_order_asked_for() {
    let world = World::start().await;
    let ada = member("ada", "a");
    for (name, rank) in [("c", json!(10)), ("a", json!(9)), ("b", json!("x")), ("d", json!(null))] {
        world.create("tasks", &ada, json!({"name": name, "rank": rank})).await.unwrap();
    }
    assert_eq!(world.names("tasks", &ada, all()).await, ["c", "a", "b", "d"]);
    assert_eq!(world.names("tasks", &ada, List { descending: true, ..all() }).await, ["d", "b", "a", "c"]);
    let by = |name: &str| Order::Data(name.to_owned());
    assert_eq!(world.names("tasks", &ada, List { order: by("name"), ..all() }).await, ["a", "b", "c", "d"]);
    let ranked = List { order: by("rank"), ..all() };
    assert_eq!(world.names("tasks", &ada, ranked).await, ["d", "a", "c", "b"]);
    let second = List { page: 2, size: 3, ..all() };
    let page = world.list("tasks", &ada, second).await.unwrap();
    assert_eq!((page.total, page.documents.len()), (4, 1));
    let found = List { clauses: clauses(json!([["rank", ">", 5]])), size: 1, page: 2, ..all() };
    let page = world.list("tasks", &ada, found).await.unwrap();
    assert_eq!((page.total, page.documents[0].body["name"].as_str().unwrap()), (2, "a"));
    let far = List { page: u64::MAX, ..all() };
    assert!(world.list("tasks", &ada, far).await.unwrap().documents.is_empty());
    for wrong in [List { page: 0, ..all() }, List { size: 0, ..all() }, List { size: 1_001, ..all() }] {
        assert_eq!(world.list("tasks", &ada, wrong).await.unwrap_err().code(), "invalid_query");
    }
}

#[tokio::test]
async fn a_long_collection_is_walked_through_to_its_end() {
    let world = World::start().await;
    let (ada, eve) = (member("ada", "a"), member("eve", "e"));
    let tasks = Collection::parse("tasks").unwrap();
    for (author, count) in [(&ada, 600), (&eve, 3), (&ada, 700)] {
        let bodies = (0..count).map(|n| json_of(&json!({"n": n}))).collect();
        world.documents.create_many(&world.connection, &tasks, author, bodies, NOW).await.unwrap();
    }
    let count = |author, wanted| world.documents.count(&world.connection, &tasks, author, wanted);
    assert_eq!(count(&ada, &[]).await.unwrap(), 1_300);
    let (late, any) = (clauses(json!([["n", ">=", 599]])), clauses(json!([["n", ">=", 0]])));
    assert_eq!(count(&ada, &late).await.unwrap(), 102);
    assert_eq!(count(&eve, &any).await.unwrap(), 3);
}

#[tokio::test]
async fn changes_by_clauses_skip_what_the_author_may_not_write() {
    let world = World::start().await;
    let (ada, bob) = (member("ada", "a"), member("bob", "a"));
    for (author, name) in [(&ada, "one"), (&bob, "two"), (&ada, "three")] {
        world.create("tasks", author, json!({"name": name, "done": false})).await.unwrap();
    }
    let (documents, place) = (&world.documents, &world.connection);
    let tasks = Collection::parse("tasks").unwrap();
    let open = || clauses(json!([["done", "=", false]]));
    let set = json_of(&json!({"done": true}));
    assert_eq!(documents.update_many(place, &tasks, &ada, (open(), set), NOW).await.unwrap(), 2);
    assert_eq!(documents.count(place, &tasks, &ada, &open()).await.unwrap(), 1);
    let none = documents.delete_many(place, &tasks, &bob, clauses(json!([["name", "=", "one"]]))).await.unwrap();
    assert_eq!(none, 0);
    assert_eq!(documents.delete_many(place, &tasks, &ada, Vec::new()).await.unwrap(), 2);
    assert_eq!(world.names("tasks", &ada, all()).await, ["two"]);
    let nobody = documents.delete_many(place, &tasks, &Author::Anonymous, Vec::new()).await.unwrap_err();
    assert!(matches!(nobody, DocumentsError::Unauthenticated));
}

#[tokio::test]
async fn what_may_be_written_but_not_read_is_not_there() {
    let world = World::start().await;
    let (ada, eve) = (member("ada", "a"), member("eve", "e"));
    let made = world.create("box_722_", &ada, json!({"name": "secret"})).await.unwrap();
    let (documents, place) = (&world.documents, &world.connection);
    let boxed = Collection::parse("box_722_").unwrap();
    let set = || json_of(&json!({"x": 1}));
    let refused = documents.update(place, &boxed, &eve, (&made.id, set()), NOW).await.unwrap_err();
    assert!(matches!(refused, DocumentsError::NotFound));
    let found = clauses(json!([["name", "=", "secret"]]));
    assert_eq!(documents.update_many(place, &boxed, &eve, (found, set()), NOW).await.unwrap(), 0);
    assert!(matches!(documents.delete(place, &boxed, &eve, &made.id).await, Err(DocumentsError::NotFound)));
}

#[tokio::test]
async fn counting_up_begins_at_nothing_and_is_never_lost() {
    let world = World::start().await;
    let ada = member("ada", "a");
    let made = world.create("tasks", &ada, json!({"name": "one", "big": i64::MAX, "half": 1.5})).await.unwrap();
    let (documents, place) = (world.documents.clone(), world.connection.clone());
    let tasks = Collection::parse("tasks").unwrap();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (documents, place, tasks, ada, id) =
            (documents.clone(), place.clone(), tasks.clone(), ada.clone(), made.id.clone());
        running.spawn(async move { documents.increment(&place, &tasks, &ada, (&id, "likes", 2), NOW).await });
    }
    while let Some(done) = running.join_next().await {
        done.unwrap().unwrap();
    }
    let less = documents.increment(&place, &tasks, &ada, (&made.id, "likes", -1), NOW).await.unwrap();
    assert_eq!(less.body["likes"], json!(99));
    for field in ["name", "big", "half"] {
        let refused = documents.increment(&place, &tasks, &ada, (&made.id, field, 1), NOW).await.unwrap_err();
        assert_eq!(refused.code(), "not_a_number", "{field}");
    }
}

#[tokio::test]
async fn bulk_is_all_or_nothing_and_bounded() {
    let world = World::start().await;
    let ada = member("ada", "a");
    let tasks = Collection::parse("tasks").unwrap();
    let (documents, place) = (&world.documents, &world.connection);
    let mixed = vec![json_of(&json!({"name": "one"})), json_of(&json!(7))];
    let refused = documents.create_many(place, &tasks, &ada, mixed, NOW).await.unwrap_err();
    assert!(matches!(refused, DocumentsError::NotAnObject));
    let many = vec![json_of(&json!({})); BULK_DOCUMENTS + 1];
    let refused = documents.create_many(place, &tasks, &ada, many, NOW).await.unwrap_err();
    assert_eq!(refused.code(), "too_many_documents");
    assert_eq!(documents.count(place, &tasks, &ada, &[]).await.unwrap(), 0);
    let long = || json!({"text": "x".repeat(portcullis_documents::DOCUMENT_BYTES / 2)});
    let half = world.create("tasks", &ada, long()).await.unwrap();
    let other = json!({"more": "x".repeat(portcullis_documents::DOCUMENT_BYTES / 2)});
    let set = || json_of(&other);
    let refused = documents.update(place, &tasks, &ada, (&half.id, set()), NOW).await.unwrap_err();
    assert_eq!(refused.code(), "document_too_large");
    // A change by clauses that one document cannot take is taken by none.
    world.create("tasks", &ada, json!({"name": "short"})).await.unwrap();
    let refused = documents.update_many(place, &tasks, &ada, (Vec::new(), set()), NOW).await.unwrap_err();
    assert_eq!(refused.code(), "document_too_large");
    let changed = clauses(json!([["more", "!=", ""], ["more", ">", ""]]));
    assert_eq!(documents.count(place, &tasks, &ada, &changed).await.unwrap(), 0);
    assert_eq!(documents.delete_many(place, &tasks, &ada, Vec::new()).await.unwrap(), 2);
    let nobody = documents.create_many(place, &tasks, &Author::Anonymous, vec![json_of(&json!({}))], NOW).await;
    assert!(matches!(nobody, Err(DocumentsError::Unauthenticated)));
    let ids = documents.create_many(place, &tasks, &ada, vec![json_of(&json!({"n": 1})); 2], NOW).await.unwrap();
    let found = documents.read_many(place, &tasks, &ada, vec![ids[1].clone(), "no".to_owned(), ids[0].clone()]).await;
    let found: Vec<_> = found.unwrap().into_iter().map(|one| one.id).collect();
    assert_eq!(found, [ids[1].clone(), ids[0].clone()]);
}
