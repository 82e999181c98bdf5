use super::*;
use crate::{OpenOptions, connections, mail_templates, projects};
use portcullis_base::ProjectId;
use std::fs;
use tempfile::TempDir;

const NOW: Timestamp = Timestamp(1_000_000_000_000);

async fn store() -> (TempDir, Store, ConnectionId) {
    let dir = TempDir::new().unwrap();
    let store = Store::open(&OpenOptions { dir: dir.path().to_owned(), master_key: None, create: true }).unwrap();
    let id = ConnectionId("conn_1".into());
    let project = projects::Project { id: ProjectId("proj_1".into()), slug: "shop".into(), created_at: NOW };
    let connection = connections::Connection {
        id: id.clone(),
        project: project.id.clone(),
        slug: "shop".into(),
        stage: "development".into(),
        engine: "sqlite".into(),
        url: vec![1],
        display: "sqlite:shop.db".into(),
        identity: [1; 32],
        version: 0,
        settings_revision: 0,
        catalog: None,
        build: None,
        created_at: NOW,
        synced_at: None,
    };
    let write = store.db().write(move |tx| {
        projects::insert(tx, &project)?;
        connections::insert(tx, &connection)
    });
    write.await.unwrap();
    (dir, store, id)
}

fn mail(store: &Store, connection: &ConnectionId, id: &str) -> NewMail {
    NewMail {
        id: id.into(),
        connection: connection.clone(),
        kind: "password_reset".into(),
        to: "ada@shop.example".into(),
        payload: store.seal_mail(id, &Secret::new("the link is open-sesame".to_owned())),
        held: false,
        created_at: NOW,
        expires_at: NOW.plus_s(3_600),
    }
}

async fn put(store: &Store, mail: NewMail) {
    store.db().write(move |tx| enqueue(tx, &mail)).await.unwrap();
}

async fn claim_as(store: &Store, owner: &'static str, now: Timestamp) -> Vec<String> {
    let claimed = store.db().write(move |tx| claim(tx, owner, 10, now)).await.unwrap();
    claimed.into_iter().map(|mail| mail.id).collect()
}

async fn look(store: &Store, connection: &ConnectionId, id: &'static str) -> Mail {
    let connection = connection.clone();
    store.db().read(move |tx| find(tx, &connection, id)).await.unwrap().unwrap()
}

#[tokio::test]
async fn rel_24_a_mail_is_claimed_once_and_taken_over_when_the_lease_ends() {
    let (_dir, store, connection) = store().await;
    put(&store, mail(&store, &connection, "mail_1")).await;
    let claims: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { claim_as(&store, "node_a", NOW).await.len() })
        })
        .collect();
    let mut claimed = 0;
    for claim in claims {
        claimed += claim.await.unwrap();
    }
    assert_eq!(claimed, 1);
    assert!(claim_as(&store, "node_b", NOW.plus_s(LEASE_S - 1)).await.is_empty());
    // The first node has died.
    assert_eq!(claim_as(&store, "node_b", NOW.plus_s(LEASE_S)).await, ["mail_1"]);
    // Should it come back, it cannot put the mail back or give it up.
    let later = store.db().write(move |tx| {
        let retried = retry(tx, "mail_1", "node_a", NOW, "x")?;
        Ok((retried, failed(tx, "mail_1", "node_a", NOW, "x")?))
    });
    assert_eq!(later.await.unwrap(), (false, false));
    assert_eq!(look(&store, &connection, "mail_1").await.attempts, 2);
}

#[tokio::test]
async fn rel_9_a_sent_mail_is_never_claimed_again_even_where_the_lease_was_lost() {
    let (_dir, store, connection) = store().await;
    put(&store, mail(&store, &connection, "mail_1")).await;
    claim_as(&store, "node_a", NOW).await;
    claim_as(&store, "node_b", NOW.plus_s(60)).await;
    assert!(store.db().write(|tx| sent(tx, "mail_1", NOW.plus_s(61))).await.unwrap());
    assert!(claim_as(&store, "node_c", NOW.plus_s(600)).await.is_empty());
    assert!(!store.db().write(|tx| retry(tx, "mail_1", "node_b", NOW, "x")).await.unwrap());
    let mail = look(&store, &connection, "mail_1").await;
    assert_eq!((mail.state, mail.sent_at, mail.payload.len()), (MailState::Sent, Some(NOW.plus_s(61)), 0));
    assert!(store.open_mail(&mail).unwrap().is_none());
}

#[tokio::test]
async fn rel_9_a_mail_given_back_is_due_later_and_expires_with_its_token() {
    let (_dir, store, connection) = store().await;
    put(&store, mail(&store, &connection, "mail_1")).await;
    claim_as(&store, "a", NOW).await;
    assert!(store.db().write(|tx| retry(tx, "mail_1", "a", NOW.plus_s(10), "451 later")).await.unwrap());
    assert_eq!(store.db().read(next_due).await.unwrap(), Some(NOW.plus_s(10)));
    assert!(claim_as(&store, "a", NOW.plus_s(9)).await.is_empty());
    assert_eq!(claim_as(&store, "a", NOW.plus_s(10)).await, ["mail_1"]);
    assert!(store.db().write(|tx| retry(tx, "mail_1", "a", NOW.plus_s(3_599), "451 later")).await.unwrap());
    assert_eq!(store.db().write(|tx| expire(tx, NOW.plus_s(3_599))).await.unwrap(), 0);
    assert!(claim_as(&store, "a", NOW.plus_s(3_600)).await.is_empty());
    assert_eq!(store.db().write(|tx| expire(tx, NOW.plus_s(3_600))).await.unwrap(), 1);
    let mail = look(&store, &connection, "mail_1").await;
    assert_eq!((mail.state, mail.payload.len(), mail.attempts), (MailState::Expired, 0, 2));
    assert_eq!(mail.last_error.as_deref(), Some("451 later"));
    assert_eq!(store.db().read(next_due).await.unwrap(), None);
}

#[tokio::test]
async fn a_refused_mail_is_kept_as_failed_without_what_it_said() {
    let (_dir, store, connection) = store().await;
    put(&store, mail(&store, &connection, "mail_1")).await;
    claim_as(&store, "a", NOW).await;
    assert!(store.db().write(|tx| failed(tx, "mail_1", "a", NOW, &"5".repeat(9_999))).await.unwrap());
    let mail = look(&store, &connection, "mail_1").await;
    assert_eq!((mail.state, mail.failed_at, mail.payload.len()), (MailState::Failed, Some(NOW), 0));
    assert_eq!(mail.last_error.unwrap().len(), MAX_ERROR_CHARS);
}

#[tokio::test]
async fn the_mails_of_a_dead_server_are_put_off_together() {
    let (_dir, store, connection) = store().await;
    for id in ["mail_1", "mail_2", "mail_3"] {
        put(&store, mail(&store, &connection, id)).await;
    }
    let first = store.db().write(|tx| claim(tx, "a", 1, NOW)).await.unwrap();
    assert_eq!(first[0].id, "mail_1");
    let put_off = store.db().write(move |tx| put_off(tx, &connection, NOW.plus_s(10), NOW));
    assert_eq!(put_off.await.unwrap(), 2);
    assert!(claim_as(&store, "a", NOW.plus_s(9)).await.is_empty());
    assert_eq!(claim_as(&store, "a", NOW.plus_s(10)).await.len(), 2);
}

#[tokio::test]
async fn a_held_mail_stays_in_the_outbox_and_is_never_sent() {
    let (_dir, store, connection) = store().await;
    put(&store, NewMail { held: true, ..mail(&store, &connection, "mail_1") }).await;
    assert!(claim_as(&store, "a", NOW).await.is_empty());
    store.db().write(|tx| expire(tx, NOW.plus_s(9_999))).await.unwrap();
    let shown = connection.clone();
    let mails = store.db().read(move |tx| list(tx, &shown)).await.unwrap();
    assert_eq!((mails.len(), mails[0].state), (1, MailState::Held));
    assert_eq!(store.open_mail(&mails[0]).unwrap().unwrap().expose(), "the link is open-sesame");
    // A payload does not open in the place of another.
    let moved = Mail { id: "mail_2".into(), ..mails[0].clone() };
    assert!(store.open_mail(&moved).is_err());
    // SEC-14: it is nobody else's.
    let other = store.db().read(|tx| find(tx, &ConnectionId("conn_2".into()), "mail_1")).await.unwrap();
    assert_eq!(other, None);
}

#[tokio::test]
async fn the_outbox_shows_the_latest_hundred_and_a_week_later_they_are_gone() {
    let (_dir, store, connection) = store().await;
    for n in 0..120i64 {
        let one = mail(&store, &connection, &format!("mail_{n:03}"));
        put(&store, NewMail { created_at: NOW.plus_s(n), held: true, ..one }).await;
    }
    let shown = connection.clone();
    let mails = store.db().read(move |tx| list(tx, &shown)).await.unwrap();
    assert_eq!((mails.len(), mails[0].id.as_str(), mails[99].id.as_str()), (100, "mail_119", "mail_020"));
    assert_eq!(store.db().write(|tx| purge(tx, NOW.plus_s(7 * 86_400))).await.unwrap(), 0);
    assert_eq!(store.db().write(|tx| purge(tx, NOW.plus_s(7 * 86_400 + 60))).await.unwrap(), 60);
}

#[tokio::test]
async fn rel_9_mail_and_token_are_there_together_or_not_at_all() {
    let (_dir, store, connection) = store().await;
    let one = mail(&store, &connection, "mail_1");
    let refused = store.db().write(move |tx| {
        enqueue(tx, &one)?;
        Err::<(), _>(StoreError::Other("the token could not be made".to_owned()))
    });
    refused.await.unwrap_err();
    assert!(claim_as(&store, "a", NOW).await.is_empty());
}

#[tokio::test]
async fn sec_60_no_link_lies_in_the_files_as_text() {
    let (dir, store, connection) = store().await;
    put(&store, mail(&store, &connection, "mail_1")).await;
    for entry in fs::read_dir(dir.path()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = fs::read(entry.path()).unwrap();
        assert!(!bytes.windows(11).any(|at| at == b"open-sesame"), "{}", entry.path().display());
    }
}

#[tokio::test]
async fn templates_are_replaced_listed_and_given_back() {
    let (_dir, store, connection) = store().await;
    let template = |kind: &str, body: &str| mail_templates::MailTemplate {
        kind: kind.into(),
        language: "de".into(),
        part: "subject".into(),
        body: body.into(),
        updated_at: NOW,
    };
    let (one, two, three) = (template("welcome", "Hallo"), template("welcome", "Servus"), template("test", "Test"));
    let lists = store.db().write(move |tx| {
        for one in [&one, &two, &three] {
            mail_templates::set(tx, &connection, one)?;
        }
        let all = mail_templates::list(tx, &connection)?;
        let of_kind = mail_templates::of_kind(tx, &connection, "welcome")?;
        let removed = mail_templates::remove(tx, &connection, "welcome", "de", "subject")?;
        let again = mail_templates::remove(tx, &connection, "welcome", "de", "subject")?;
        let elsewhere = mail_templates::list(tx, &ConnectionId("conn_2".into()))?;
        Ok((all, of_kind, removed, again, elsewhere))
    });
    let (all, of_kind, removed, again, elsewhere) = lists.await.unwrap();
    assert_eq!(all.iter().map(|one| one.body.as_str()).collect::<Vec<_>>(), ["Test", "Servus"]);
    assert_eq!((of_kind.len(), removed, again, elsewhere.len()), (1, true, false, 0));
}
