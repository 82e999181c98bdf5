use super::*;
use portcullis_base::{BuildId, ConnectionId, ManualClock, ProjectId, Secret, Timestamp};
use portcullis_engines::{EngineOptions, IntrospectOptions, connect};
use portcullis_mail::{
    MailError, Memory, SmtpSettings, Transport, smtp,
    templates::{Content, Language},
};
use portcullis_project::{Keys, Opened, Project, Registry, Settings, Stage, settings::EmailSettings};
use portcullis_store::{
    OpenOptions, Store, connections,
    mails::{self, LEASE_S, MailState},
    projects,
};
use portcullis_testkit::{SinkTls, SmtpSink};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
    },
};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp(1_795_528_800_000_000);

struct House {
    _dir: TempDir,
    store: Store,
    outbox: Outbox,
    project: Arc<Project>,
    registry: Arc<Registry>,
}

fn email() -> EmailSettings {
    EmailSettings {
        host: Some("localhost".into()),
        port: Some(1025),
        from_address: Some("no-reply@shop.example".into()),
        from_name: Some("Shop".into()),
        ..EmailSettings::default()
    }
}

impl House {
    async fn build(stage: Stage, email: EmailSettings, options: OutboxOptions) -> Self {
        let dir = TempDir::new().unwrap();
        let store = Store::open(&OpenOptions { dir: dir.path().join("data"), master_key: None, create: true }).unwrap();
        let url = Secret::new(format!("sqlite:{}", dir.path().join("shop.db").display()));
        std::fs::write(dir.path().join("shop.db"), b"").unwrap();
        let engine = connect(&url, &EngineOptions::default()).await.unwrap();
        let introspect = IntrospectOptions { schemas: Vec::new(), progress: None };
        let catalog = Arc::new(engine.introspect(&introspect).await.unwrap());
        let (id, connection) = (ProjectId("proj_1".into()), ConnectionId("conn_1".into()));
        let fresh = projects::Project { id: id.clone(), slug: "shop".into(), created_at: NOW };
        let record = connections::Connection {
            id: connection.clone(),
            project: id.clone(),
            slug: "shop".into(),
            stage: stage.word().into(),
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
        let written = store.db().write(move |tx| {
            projects::insert(tx, &fresh)?;
            connections::insert(tx, &record)
        });
        written.await.unwrap();
        let opened = Opened {
            id,
            slug: "shop".into(),
            stage,
            connection,
            build: BuildId("bld_1".into()),
            settings: Settings { email, ..Settings::default() },
            catalog,
            unapproved: BTreeSet::new(),
            keys: Keys::new([]),
            development: stage == Stage::Development,
        };
        let project = Arc::new(Project::open(opened, engine, 1, Arc::default()));
        let registry = Arc::new(Registry::default());
        registry.publish([project.clone()]);
        let outbox = Outbox::new(store.clone(), OutboxOptions { allow_private: true, ..options });
        Self { _dir: dir, store, outbox, project, registry }
    }

    async fn sending() -> Self {
        Self::build(Stage::Production, email(), OutboxOptions::default()).await
    }

    async fn send(&self) -> String {
        self.outbox.send(&self.project, &letter(), NOW).await.unwrap()
    }

    fn worker(&self, transport: &Arc<Memory>) -> Worker {
        let transport: Arc<dyn Transport> = transport.clone();
        Worker::with_dial(self.outbox.clone(), self.registry.clone(), Arc::new(move |_| transport.clone()))
    }

    /// Sends to whatever listens on the port at the moment.
    fn worker_to(&self, port: &Arc<AtomicU16>) -> Worker {
        let port = port.clone();
        let dial = move |_| -> Arc<dyn Transport> {
            Arc::new(smtp(
                SmtpSettings::new("localhost", port.load(Ordering::SeqCst)).security(portcullis_mail::Security::Plain),
            ))
        };
        Worker::with_dial(self.outbox.clone(), self.registry.clone(), Arc::new(dial))
    }

    async fn look(&self, id: &str) -> Shown {
        self.outbox.find(&self.project, id).await.unwrap().unwrap()
    }

    async fn state(&self, id: &str) -> MailState {
        self.look(id).await.mail.state
    }
}

fn letter() -> Letter {
    Letter {
        to: "ada@shop.example".parse().unwrap(),
        name: Some("Ada".into()),
        language: None,
        content: Content::PasswordReset { link: "https://app.example/r?token=open-sesame".into(), valid_s: 3_600 },
        expires_at: NOW.plus_s(3_600),
    }
}

fn temporary(detail: &str) -> MailError {
    MailError::Temporary { code: Some(451), detail: detail.into() }
}

#[tokio::test]
async fn in_development_without_a_server_mails_stay_in_the_outbox_to_be_read() {
    let house = House::build(Stage::Development, EmailSettings::default(), OutboxOptions::default()).await;
    assert!(house.outbox.is_set_up(&house.project));
    let id = house.send().await;
    let memory = Arc::new(Memory::default());
    assert_eq!(house.worker(&memory).run_once(NOW).await.unwrap(), Ran::default());
    let shown = house.outbox.list(&house.project).await.unwrap().remove(0);
    assert_eq!((shown.mail.id.as_str(), shown.mail.state), (id.as_str(), MailState::Held));
    let payload = shown.payload.unwrap();
    assert_eq!(payload.subject, "Set a new password for shop");
    assert!(payload.text.contains("https://app.example/r?token=open-sesame") && payload.html.is_some());
    assert!(memory.taken().is_empty());
}

#[tokio::test]
async fn elsewhere_without_a_server_there_are_no_mails() {
    for stage in [Stage::Staging, Stage::Production] {
        let house = House::build(stage, EmailSettings::default(), OutboxOptions::default()).await;
        assert!(!house.outbox.is_set_up(&house.project));
        let error = house.outbox.send(&house.project, &letter(), NOW).await.unwrap_err();
        assert_eq!(error.code(), "mail_not_configured");
        assert_eq!(house.outbox.test(&house.project, &letter(), NOW).await.unwrap_err().code(), "mail_not_configured");
    }
}

#[tokio::test]
async fn a_mail_is_sent_once_and_what_it_said_is_forgotten() {
    let house = House::sending().await;
    let id = house.send().await;
    // On its way it is nobody's to read.
    assert!(house.look(&id).await.payload.is_none());
    let memory = Arc::new(Memory::default());
    let worker = house.worker(&memory);
    assert_eq!(worker.run_once(NOW).await.unwrap(), Ran { sent: 1, ..Ran::default() });
    assert_eq!(worker.run_once(NOW.plus_s(9_999)).await.unwrap(), Ran::default());
    let message = memory.taken().remove(0);
    assert_eq!((message.id.as_str(), message.date, message.to.as_str()), (id.as_str(), NOW, "ada@shop.example"));
    assert_eq!((message.from.address.as_str(), message.from.name.unwrap().as_str()), ("no-reply@shop.example", "Shop"));
    let shown = house.look(&id).await;
    assert_eq!((shown.mail.state, shown.mail.payload.len()), (MailState::Sent, 0));
}

#[tokio::test]
async fn rel_9_while_the_server_is_down_mails_wait_and_then_they_arrive() {
    let house = House::sending().await;
    let sink = SmtpSink::start(SinkTls::None).await;
    let port = Arc::new(AtomicU16::new(sink.port()));
    drop(sink);
    tokio::task::yield_now().await;
    let worker = house.worker_to(&port);
    let (one, two) = (house.send().await, house.send().await);
    assert_eq!(worker.run_once(NOW).await.unwrap().retried, 2);
    assert!(house.look(&one).await.mail.last_error.is_some());
    // 10 s, then a minute, then five.
    for (wait_s, at_s) in [(10, 10), (60, 70), (300, 370)] {
        assert_eq!(worker.run_once(NOW.plus_s(at_s - 1)).await.unwrap().claimed(), 0, "{wait_s}");
        if at_s < 370 {
            assert_eq!(worker.run_once(NOW.plus_s(at_s)).await.unwrap().retried, 2, "{wait_s}");
        }
    }
    let sink = SmtpSink::start(SinkTls::None).await;
    port.store(sink.port(), Ordering::SeqCst);
    assert_eq!(worker.run_once(NOW.plus_s(370)).await.unwrap().sent, 2);
    assert_eq!(sink.mails().len(), 2);
    assert_eq!((house.state(&one).await, house.state(&two).await), (MailState::Sent, MailState::Sent));
}

#[tokio::test]
async fn rel_9_one_try_at_a_dead_server_puts_off_all_its_mails() {
    let house = House::sending().await;
    for _ in 0..6 {
        house.send().await;
    }
    let memory = Arc::new(Memory::default());
    for _ in 0..4 {
        memory.refuse_next(MailError::Unavailable { code: Some(535), detail: "wrong login".into() });
    }
    let worker = house.worker(&memory);
    assert_eq!(worker.run_once(NOW).await.unwrap().retried, 4);
    assert_eq!(worker.run_once(NOW.plus_s(9)).await.unwrap().claimed(), 0);
    assert_eq!(worker.run_once(NOW.plus_s(10)).await.unwrap().sent, 4);
    assert_eq!(worker.run_once(NOW.plus_s(10)).await.unwrap().sent, 2);
}

#[tokio::test]
async fn a_4xx_is_tried_again_and_a_5xx_is_not() {
    let house = House::sending().await;
    let sink = SmtpSink::start(SinkTls::None).await;
    let worker = house.worker_to(&Arc::new(AtomicU16::new(sink.port())));
    let id = house.send().await;
    sink.answer_next("RCPT", "451 4.7.1 greylisted");
    assert_eq!(worker.run_once(NOW).await.unwrap().retried, 1);
    assert_eq!(house.look(&id).await.mail.last_error.unwrap(), "the server answered 451 4.7.1 greylisted");
    assert_eq!(worker.run_once(NOW.plus_s(10)).await.unwrap().sent, 1);
    let refused = house.send().await;
    sink.answer_next("RCPT", "550 5.1.1 no such user");
    assert_eq!(worker.run_once(NOW.plus_s(20)).await.unwrap().failed, 1);
    let shown = house.look(&refused).await;
    assert_eq!((shown.mail.state, shown.mail.payload.len()), (MailState::Failed, 0));
    assert_eq!(sink.mails().len(), 1);
}

#[tokio::test]
async fn rel_9_a_mail_is_dropped_with_its_token() {
    let house = House::sending().await;
    let id = house.send().await;
    let memory = Arc::new(Memory::default());
    memory.refuse_next(temporary("later"));
    let worker = house.worker(&memory);
    worker.run_once(NOW).await.unwrap();
    assert_eq!(worker.run_once(NOW.plus_s(3_600)).await.unwrap(), Ran { expired: 1, ..Ran::default() });
    assert_eq!(house.state(&id).await, MailState::Expired);
    assert!(memory.taken().is_empty());
}

#[tokio::test]
async fn rel_24_many_workers_send_a_mail_once_and_take_over_from_a_dead_node() {
    let house = House::sending().await;
    for _ in 0..10 {
        house.send().await;
    }
    // A node has claimed one of them, and died.
    house.store.db().write(|tx| mails::claim(tx, "boot_dead", 1, NOW)).await.unwrap();
    let memory = Arc::new(Memory::default());
    let worker = Arc::new(house.worker(&memory));
    let round = |at: Timestamp| {
        let workers: Vec<_> = (0..10)
            .map(|_| {
                let worker = worker.clone();
                tokio::spawn(async move { worker.run_once(at).await.unwrap().sent })
            })
            .collect();
        async move {
            let mut sent = 0;
            for worker in workers {
                sent += worker.await.unwrap();
            }
            sent
        }
    };
    assert_eq!(round(NOW).await, 9);
    assert_eq!(round(NOW.plus_s(LEASE_S)).await, 1);
    let ids: BTreeSet<_> = memory.taken().into_iter().map(|message| message.id).collect();
    assert_eq!((memory.taken().len(), ids.len()), (10, 10));
}

#[tokio::test]
async fn the_test_mail_tells_each_step_with_the_stages_own_login() {
    let sink = SmtpSink::start(SinkTls::None).await;
    sink.require_login("apikey", "hunter2");
    let settings = EmailSettings {
        port: Some(sink.port()),
        security: Some(portcullis_project::settings::EmailSecurity::Plain),
        username: Some("apikey".into()),
        password: Some("secret:smtp".into()),
        ..email()
    };
    let house = House::build(Stage::Production, settings, OutboxOptions::default()).await;
    let test = Letter { content: Content::Test { at: NOW }, ..letter() };
    let error = house.outbox.test(&house.project, &test, NOW).await.unwrap_err();
    assert!(error.to_string().contains("portcullis settings secret set smtp"), "{error}");
    let sealed = house.store.seal_secret(&house.project.connection, "smtp", &Secret::new("hunter2".into()));
    house.store.db().write(move |tx| portcullis_store::secrets::set(tx, &sealed, NOW)).await.unwrap();
    let steps = house.outbox.test(&house.project, &test, NOW).await.unwrap();
    let names: Vec<_> = steps.iter().map(|step| (step.name, step.ok)).collect();
    assert_eq!(names, ["dns", "connect", "tls", "login", "accepted"].map(|name| (name, true)));
    assert!(!format!("{steps:?}").contains("hunter2"));
    let mail = sink.mails().remove(0);
    assert!(mail.data.contains("Subject: Test mail from Shop\n") && mail.user.as_deref() == Some("apikey"));
}

#[tokio::test]
async fn the_nodes_server_serves_projects_without_their_own() {
    let node = NodeEmail {
        settings: EmailSettings {
            host: Some("mail.node.example".into()),
            username: Some("node".into()),
            base_url: Some("https://node.example".into()),
            verify_path: Some("/verify/%s".into()),
            ..email()
        },
        password: Some(Secret::new("hunter2".into())),
    };
    let options = OutboxOptions { node_email: Some(node), ..OutboxOptions::default() };
    let house = House::build(Stage::Development, EmailSettings::default(), options.clone()).await;
    let sending = house.outbox.sending(&house.project).await.unwrap();
    assert_eq!((sending.server.host.as_str(), sending.server.port), ("mail.node.example", 1025));
    assert_eq!(sending.server.password.unwrap().expose(), "hunter2");
    let verify = |house: &House| house.outbox.link(&house.project, LinkPurpose::Verify, None, "t");
    assert_eq!(verify(&house), "https://node.example/verify/t");
    let house = House::build(Stage::Development, email(), options).await;
    assert!(!verify(&house).contains("node.example"));
    let sending = house.outbox.sending(&house.project).await.unwrap();
    assert_eq!((sending.server.host.as_str(), sending.server.username), ("localhost", None));
}

#[tokio::test]
async fn a_mail_that_the_caller_brings_goes_out_from_the_projects_address() {
    let house = House::sending().await;
    let given = |subject: &str| Given {
        to: "ada@shop.example".parse().unwrap(),
        from_name: Some("Grace".parse().unwrap()),
        reply_to: Some("grace@other.example".parse().unwrap()),
        subject: subject.into(),
        text: "Hello".into(),
        html: Some("<p>Hello</p>".into()),
        expires_at: NOW.plus_s(3_600),
    };
    let mail = house.outbox.prepare_given(&house.project, given("Your link"), NOW).unwrap();
    assert_eq!(mail.kind, "given");
    house.store.db().write(move |tx| mails::enqueue(tx, &mail)).await.unwrap();
    let memory = Arc::new(Memory::default());
    house.worker(&memory).run_once(NOW).await.unwrap();
    let message = memory.taken().remove(0);
    assert_eq!(message.from.address.as_str(), "no-reply@shop.example");
    assert_eq!(message.from.name.unwrap().as_str(), "Grace");
    assert_eq!((message.reply_to.unwrap().as_str(), message.subject.as_str()), ("grace@other.example", "Your link"));
    // SEC-26.
    let error = house.outbox.prepare_given(&house.project, given("Hi\r\nBcc: eve@evil.example"), NOW).unwrap_err();
    assert_eq!(error.code(), "invalid_mail");
}

#[tokio::test]
async fn a_stage_replaces_texts_and_a_wrong_one_is_refused_or_passed_over() {
    let house = House::build(Stage::Development, EmailSettings::default(), OutboxOptions::default()).await;
    let (outbox, project) = (&house.outbox, &house.project);
    let place = ("password_reset", "en", "subject");
    outbox.set_template(project, place, "Reset, {{ name }}!", NOW).await.unwrap();
    let id = house.send().await;
    assert_eq!(house.look(&id).await.payload.unwrap().subject, "Reset, Ada!");
    for (place, body, code) in [
        (place, "{{ nmae }}", "invalid_template"),
        (("reset", "en", "subject"), "x", "not_found"),
        (("password_reset", "english", "subject"), "x", "not_found"),
        (("password_reset", "en", "body"), "x", "not_found"),
    ] {
        assert_eq!(outbox.set_template(project, place, body, NOW).await.unwrap_err().code(), code, "{place:?}");
    }
    // One that was right for an earlier version.
    let connection = project.connection.clone();
    let stale = portcullis_store::mail_templates::MailTemplate {
        kind: "password_reset".into(),
        language: "en".into(),
        part: "subject".into(),
        body: "{{ gone }}".into(),
        updated_at: NOW,
    };
    house.store.db().write(move |tx| portcullis_store::mail_templates::set(tx, &connection, &stale)).await.unwrap();
    let id = house.send().await;
    assert_eq!(house.look(&id).await.payload.unwrap().subject, "Set a new password for shop");
    assert!(outbox.remove_template(project, place).await.unwrap());
    assert!(outbox.templates(project).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_language_is_the_readers_else_the_projects() {
    let settings = EmailSettings { language: Some("de".into()), ..email() };
    let house = House::build(Stage::Development, settings, OutboxOptions::default()).await;
    let subject = async |language: Option<&str>| {
        let language = language.map(|language| language.parse::<Language>().unwrap());
        let memory = Arc::new(Memory::default());
        house.outbox.send(&house.project, &Letter { language, ..letter() }, NOW).await.unwrap();
        house.worker(&memory).run_once(NOW).await.unwrap();
        memory.taken().remove(0).subject
    };
    assert_eq!(subject(None).await, "Neues Passwort für Shop");
    assert_eq!(subject(Some("en-GB")).await, "Set a new password for Shop");
}

#[tokio::test]
async fn sec_23_links_of_a_stage_name_it() {
    let options = OutboxOptions { public_url: "https://api.example".into(), ..OutboxOptions::default() };
    let house = House::build(Stage::Staging, email(), options.clone()).await;
    let made = house.outbox.link(&house.project, LinkPurpose::Verify, None, "t");
    assert_eq!(made, "https://api.example/p/shop@staging/auth/verify?token=t");
    let house = House::build(Stage::Production, email(), options).await;
    let made = house.outbox.link(&house.project, LinkPurpose::Verify, None, "t");
    assert_eq!(made, "https://api.example/p/shop/auth/verify?token=t");
}

#[tokio::test]
async fn a_running_worker_is_woken_by_a_mail() {
    let house = House::sending().await;
    let memory = Arc::new(Memory::default());
    let (worker, clock) = (house.worker(&memory), ManualClock::new(NOW));
    let arrives = async {
        let id = house.send().await;
        while house.state(&id).await != MailState::Sent {
            tokio::task::yield_now().await;
        }
    };
    let both = async {
        tokio::select! {
            () = worker.run(&clock) => unreachable!("it works until it is dropped"),
            () = arrives => memory.taken().len(),
        }
    };
    assert_eq!(tokio::time::timeout(std::time::Duration::from_secs(20), both).await.unwrap(), 1);
}

#[test]
fn waits_grow_to_an_hour() {
    let waits: Vec<_> = (0..=8).map(retry_after_s).collect();
    assert_eq!(waits, [10, 10, 60, 300, 900, 3_600, 3_600, 3_600, 3_600]);
}
