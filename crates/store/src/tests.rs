use super::*;
use portcullis_base::{ConnectionId, ProjectId, Secret, Timestamp};
use std::{fs, path::Path};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp(1_000_000_000_000);

fn options(dir: &Path) -> OpenOptions {
    OpenOptions { dir: dir.to_owned(), master_key: None, create: true }
}

fn open(dir: &TempDir) -> Store {
    Store::open(&options(dir.path())).unwrap()
}

fn entries(dir: &TempDir) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn connection(store: &Store) -> connections::Connection {
    let project = projects::Project { id: ProjectId("proj_1".into()), slug: "shop".into(), created_at: NOW };
    let id = ConnectionId("conn_1".into());
    let url = store.seal_url(&id, &Secret::new("postgres://ada:hunter2@db/shop".to_owned()));
    let connection = connections::Connection {
        id: id.clone(),
        project: project.id.clone(),
        slug: project.slug.clone(),
        stage: "development".into(),
        engine: "postgres".into(),
        url,
        display: "postgres://db/shop".into(),
        identity: [1; 32],
        version: 0,
        settings_revision: 0,
        catalog: None,
        build: None,
        created_at: NOW,
        synced_at: None,
    };
    store
        .db()
        .write(move |tx| {
            projects::insert(tx, &project)?;
            connections::insert(tx, &connection)?;
            connections::load(tx, &id)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn what_was_written_is_there_after_the_next_start() {
    let dir = TempDir::new().unwrap();
    let written = connection(&open(&dir)).await;
    let store = open(&dir);
    let read = store.db().read(connections::list).await.unwrap().remove(0);
    assert_eq!((read.id.clone(), read.slug.as_str()), (written.id, "shop"));
    assert_eq!(store.open_url(&read).unwrap().expose(), "postgres://ada:hunter2@db/shop");
}

#[tokio::test]
async fn sec_60_no_secret_lies_in_the_files_as_text() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let id = connection(&store).await.id;
    let sealed = store.seal_secret(&id, "smtp", &Secret::new("open sesame".to_owned()));
    store.db().write(move |tx| secrets::set(tx, &sealed, NOW)).await.unwrap();
    assert_eq!(store.secret(&id, "smtp").await.unwrap().unwrap().expose(), "open sesame");
    assert!(store.secret(&id, "other").await.unwrap().is_none());
    for name in entries(&dir).iter().filter(|name| name.starts_with("control.db")) {
        let bytes = fs::read(dir.path().join(name)).unwrap();
        for secret in ["hunter2", "open sesame"] {
            assert!(!bytes.windows(secret.len()).any(|at| at == secret.as_bytes()), "{name}");
        }
    }
}

#[cfg(unix)]
#[test]
fn the_directory_and_its_files_belong_to_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let outside = TempDir::new().unwrap();
    let dir = outside.path().join("data");
    let _store = Store::open(&options(&dir)).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in ["control.db", "master.key", "control.db-wal"] {
        assert_eq!(mode(&dir.join(name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn rel_22_a_wrong_or_missing_master_key_is_refused_and_nothing_is_written() {
    let dir = TempDir::new().unwrap();
    drop(open(&dir));
    fs::remove_file(dir.path().join("master.key")).unwrap();
    let before = entries(&dir);
    let missing = Store::open(&options(dir.path())).unwrap_err();
    assert!(missing.to_string().contains("master key is missing"), "{missing}");
    let given = OpenOptions { master_key: Some(Secret::new("another key ".repeat(4))), ..options(dir.path()) };
    let wrong = Store::open(&given).unwrap_err();
    assert!(matches!(&wrong, StoreError::MasterKeyWrong { from } if from == "PORTCULLIS_MASTER_KEY"), "{wrong}");
    let short = OpenOptions { master_key: Some(Secret::new("short".to_owned())), ..options(dir.path()) };
    assert!(Store::open(&short).unwrap_err().to_string().contains("openssl rand"));
    assert_eq!(entries(&dir), before);
}

#[test]
fn rel_22_a_store_of_a_newer_version_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    drop(open(&dir));
    let raw = rusqlite::Connection::open(dir.path().join("control.db")).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(&options(dir.path())).unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
}

#[test]
fn an_instance_is_made_only_where_that_was_asked_for() {
    let dir = TempDir::new().unwrap();
    let error = Store::open(&OpenOptions { create: false, ..options(dir.path()) }).unwrap_err();
    assert!(matches!(error, StoreError::NoInstance(_)) && entries(&dir).is_empty());
}

#[test]
fn rel_17_stores_opened_at_the_same_time_on_a_fresh_directory_agree() {
    let dir = TempDir::new().unwrap();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| Store::open(&options(dir.path())))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().unwrap().sealer().key_id()).collect()
    });
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn an_error_undoes_its_own_work_and_nothing_else() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let (good, bad) = tokio::join!(
        store.db().write(revision::bump),
        store.db().write(|tx| {
            revision::bump(tx)?;
            Err::<(), _>(StoreError::Other("no".to_owned()))
        }),
    );
    assert!(good.is_ok() && bad.is_err());
    assert_eq!(store.revision().await.unwrap(), 1);
}

#[tokio::test]
async fn a_job_that_panics_fails_alone() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let panicked = store.db().write(|_| -> Result<(), StoreError> { panic!("oh") }).await;
    assert!(panicked.is_err());
    store.db().write(revision::bump).await.unwrap();
}

#[tokio::test]
async fn of_two_changes_to_the_same_version_one_is_refused() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let id = connection(&store).await.id;
    let touch = |id: ConnectionId| store.db().write(move |tx| connections::touch(tx, &id, 0));
    touch(id.clone()).await.unwrap();
    assert!(matches!(touch(id).await, Err(StoreError::Changed)));
}

#[tokio::test]
async fn old_builds_and_their_schemas_are_forgotten() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let id = connection(&store).await.id;
    let made = store
        .db()
        .write(move |tx| {
            for n in 0..150 {
                let catalog = catalogs::keep(tx, &id, &format!("{{\"n\":{n}}}"), NOW)?;
                let build = builds::Build {
                    id: portcullis_base::BuildId(format!("bld_{n}")),
                    connection: id.clone(),
                    number: 0,
                    settings_revision: settings::append(tx, &id, "{}", "test", NOW)?,
                    catalog,
                    made_by: "test".into(),
                    created_at: NOW,
                };
                builds::insert(tx, &build)?;
                connections::set_in_force(tx, &id, build.settings_revision, catalog, &build.id)?;
            }
            let catalogs = tx.fetch_one("SELECT COUNT(*) FROM catalogs", &[])?.int(0)?;
            Ok((builds::list(tx, &id)?, catalogs))
        })
        .await
        .unwrap();
    assert_eq!((made.0.len(), made.0[0].number, made.1), (100, 150, 100));
}

#[tokio::test]
async fn sec_65_a_key_is_claimed_once_and_its_answer_replayed() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let keys = store.idempotency();
    let claims = futures(20, || {
        let keys = keys.clone();
        async move { keys.claim("shop/create", "k1", [1; 32], NOW).await.unwrap() }
    })
    .await;
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::Claimed).count(), 1);
    assert_eq!(claims.iter().filter(|claim| **claim == Claim::InProgress).count(), 19);
    let answer = StoredAnswer {
        status: 201,
        headers: vec![("location".into(), "/orders/7".into())],
        body: b"{\"id\":7}".into(),
    };
    keys.finish("shop/create", "k1", answer.clone()).await.unwrap();
    assert_eq!(keys.claim("shop/create", "k1", [1; 32], NOW).await.unwrap(), Claim::Replay(answer.clone()));
    assert_eq!(keys.claim("shop/create", "k1", [2; 32], NOW).await.unwrap(), Claim::Mismatch);
    assert_eq!(keys.claim("shop/update", "k1", [2; 32], NOW).await.unwrap(), Claim::Claimed);
    // It survives a restart, and ends after a day.
    drop((store, keys));
    let keys = open(&dir).idempotency();
    assert_eq!(keys.claim("shop/create", "k1", [1; 32], NOW).await.unwrap(), Claim::Replay(answer));
    assert_eq!(keys.claim("shop/create", "k1", [1; 32], NOW.plus_s(86_401)).await.unwrap(), Claim::Claimed);
}

#[tokio::test]
async fn sec_65_a_request_that_a_crash_cut_off_is_unknown_and_a_released_one_free() {
    let dir = TempDir::new().unwrap();
    let first = open(&dir);
    let lease = first.register_node("http://127.0.0.1:1", NOW).await.unwrap();
    let keys = first.idempotency();
    assert_eq!(keys.claim("s", "cut", [1; 32], NOW).await.unwrap(), Claim::Claimed);
    assert_eq!(keys.claim("s", "free", [1; 32], NOW).await.unwrap(), Claim::Claimed);
    keys.release("s", "free").await.unwrap();
    // Another node on the same store sees that the first one lives.
    let second = open(&dir);
    let other = second.register_node("http://127.0.0.1:2", NOW).await.unwrap();
    assert_eq!(second.idempotency().claim("s", "cut", [1; 32], NOW).await.unwrap(), Claim::InProgress);
    assert_eq!(second.idempotency().claim("s", "free", [2; 32], NOW).await.unwrap(), Claim::Claimed);
    // The first one dies without saying goodbye.
    drop(lease);
    assert_eq!(second.live_nodes().await.unwrap().len(), 1);
    assert_eq!(second.idempotency().claim("s", "cut", [1; 32], NOW).await.unwrap(), Claim::Unknown);
    other.end().await.unwrap();
    assert!(second.live_nodes().await.unwrap().is_empty());
}

#[tokio::test]
async fn answers_older_than_a_day_are_purged() {
    let dir = TempDir::new().unwrap();
    let keys = open(&dir).idempotency();
    for n in 0..3 {
        keys.claim("s", &n.to_string(), [0; 32], NOW.plus_s(n * 50_000)).await.unwrap();
    }
    assert_eq!(keys.purge(NOW.plus_s(86_401)).await.unwrap(), 1);
}

#[tokio::test]
async fn rel_7_a_full_disk_refuses_writes_and_nothing_else_until_there_is_room() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let keys = store.idempotency();
    // As if the disk ended a little behind the last page of the file.
    let pages = |n: &str| {
        let sql = format!("PRAGMA max_page_count = {n}");
        store.db().write(move |tx| tx.fetch_all(&sql, &[]).map(drop))
    };
    pages("60").await.unwrap();
    keys.claim("s", "big", [1; 32], NOW).await.unwrap();
    let answer = || StoredAnswer { status: 200, headers: Vec::new(), body: vec![7; 400_000] };
    let refused = keys.finish("s", "big", answer()).await.unwrap_err();
    assert!(matches!(refused, StoreError::DiskFull), "{refused}");
    store.revision().await.unwrap();
    assert_eq!(keys.claim("s", "big", [1; 32], NOW).await.unwrap(), Claim::InProgress);
    pages("1000000").await.unwrap();
    keys.finish("s", "big", answer()).await.unwrap();
    assert_eq!(keys.claim("s", "big", [1; 32], NOW).await.unwrap(), Claim::Replay(answer()));
}

async fn futures<T: Send + 'static, F: Future<Output = T> + Send + 'static>(n: usize, make: impl Fn() -> F) -> Vec<T> {
    let tasks: Vec<_> = (0..n).map(|_| tokio::spawn(make())).collect();
    let mut all = Vec::new();
    for task in tasks {
        all.push(task.await.unwrap());
    }
    all
}

#[tokio::test]
async fn a_stage_has_one_issuer_until_it_is_removed() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let id = connection(&store).await.id;
    let (before, first, second, removed, after) = store
        .db()
        .write(move |tx| {
            let before = issuers::find(tx, &id)?;
            issuers::set(tx, &id, "{}", NOW)?;
            let first = issuers::find(tx, &id)?;
            issuers::set(tx, &id, "{\"issuer\":\"x\"}", NOW)?;
            let second = issuers::find(tx, &id)?;
            let removed = (issuers::remove(tx, &id)?, issuers::remove(tx, &id)?);
            Ok((before, first, second, removed, issuers::find(tx, &id)?))
        })
        .await
        .unwrap();
    assert_eq!((before, after), (None, None));
    assert_eq!((first.as_deref(), second.as_deref()), (Some("{}"), Some("{\"issuer\":\"x\"}")));
    assert_eq!(removed, (true, false));
}

#[tokio::test]
async fn an_issuer_needs_its_stage() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let error = store.db().write(|tx| issuers::set(tx, &ConnectionId("conn_0".into()), "{}", NOW)).await.unwrap_err();
    assert!(matches!(error, StoreError::Other(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sec_18_a_read_sees_what_was_committed_before_it_was_asked() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let connection = connection(&store).await.id;
    let (let_go, gate) = std::sync::mpsc::channel::<()>();
    let (began, begun) = tokio::sync::oneshot::channel();
    let slow = store.clone();
    let slow = tokio::spawn(async move {
        let work = move |tx: &Tx<'_>| {
            let before = revision::current(tx)?;
            let _ = began.send(());
            let _ = gate.recv();
            Ok(before)
        };
        slow.db().read(work).await.unwrap()
    });
    begun.await.unwrap();
    let own = connection.clone();
    let insert = move |tx: &Tx<'_>| users::bump_version(tx, &own, "1");
    assert_eq!(store.db().write(insert).await.unwrap(), 1);
    // Waits behind the slow one, whose snapshot is older.
    let other = store.clone();
    let read = tokio::spawn(async move { other.db().read(move |tx| users::load(tx, &connection, "1")).await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let_go.send(()).unwrap();
    slow.await.unwrap();
    assert_eq!(read.await.unwrap().unwrap().password_version, 1);
}
