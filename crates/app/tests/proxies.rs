//! Whose word about a client's address counts, and the mail server of the node, through the real binary.

mod support;

use portcullis_testkit::{SinkTls, SmtpSink, bcrypt};
use serde_json::json;
use std::time::{Duration, Instant};
use support::{Place, Running};

/// A project with one user and a limit of two logins for one address.
fn place() -> Place {
    let place = Place::new();
    let hash = bcrypt("correct horse battery");
    place.sql(
        "shop.db",
        &format!(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email VARCHAR(255) NOT NULL UNIQUE, \
             password VARCHAR(255) NOT NULL); INSERT INTO users VALUES (1, 'Ada', 'ada@example.com', '{hash}')"
        ),
    );
    place.run(&["init", "shop.db", "--yes", "--json"]).ok();
    place
}

fn limited() -> Place {
    let place = place();
    let settings = place.run(&["settings", "export"]).ok();
    let mut settings: toml::Table = toml::from_str(&settings).unwrap();
    let auth = settings.entry("auth").or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
    let limits = auth.entry("rate_limits").or_insert_with(|| toml::Table::new().into()).as_table_mut().unwrap();
    limits.insert("login".to_owned(), "2/1h/ip".into());
    place.run_with(&["settings", "apply", "--file", "-"], &[], &settings.to_string()).ok();
    place
}

fn post(node: &Running, path: &str, forwarded: &str, body: &serde_json::Value) -> u16 {
    let body = body.to_string();
    let answer = node.send(&format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {forwarded}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    ));
    answer.status
}

fn login(node: &Running, forwarded: &str) -> u16 {
    post(node, "/p/shop/auth/login", forwarded, &json!({"email": "ada@example.com", "password": "wrong wrong"}))
}

#[test]
fn sec_8_limits_count_by_the_address_that_a_trusted_proxy_names() {
    let place = limited();
    std::fs::write(place.path("portcullis.toml"), "trusted_proxies = [\"10.0.0.0/8\", \"127.0.0.1\"]\n").unwrap();
    let node = place.serve();
    let statuses = |words: &[&str]| words.iter().map(|word| login(&node, word)).collect::<Vec<_>>();
    assert_eq!(statuses(&["198.51.100.1", "198.51.100.1", "198.51.100.1"]), [401, 401, 429]);
    // Another client has its own budget, whatever it wrote itself and by however many proxies it comes.
    assert_eq!(
        statuses(&["6.6.6.1, 198.51.100.2", "6.6.6.2, 198.51.100.2, 10.0.0.9", "198.51.100.2"]),
        [401, 401, 429]
    );
    // What leads nowhere counts as the proxy's own.
    assert_eq!(statuses(&["nonsense", "198.51.100.3, unknown", "10.1.1.1"]), [401, 401, 429]);
}

#[test]
fn sec_8_without_trusted_proxies_nobody_is_believed() {
    let place = limited();
    let node = place.start(&["serve", "--listen", "127.0.0.1:0", "--trusted-proxies", "10.0.0.0/8"], &[]);
    let statuses = ["198.51.100.1", "198.51.100.2", "198.51.100.3"].map(|word| login(&node, word));
    assert_eq!(statuses, [401, 401, 429]);
    let environment = [("PORTCULLIS_TRUSTED_PROXIES", "proxy.example")];
    let wrong = place.run_with(&["serve", "--listen", "127.0.0.1:0"], &environment, "");
    assert!(wrong.code == 2 && wrong.err.contains("`proxy.example` is no address"), "{}", wrong.err);
}

#[test]
fn a_project_without_a_mail_server_sends_by_that_of_the_node() {
    let place = place();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let sink = runtime.block_on(SmtpSink::start(SinkTls::None));
    sink.require_login("apikey", "hunter2");
    let file = format!(
        "[email]\nhost = \"localhost\"\nport = {}\nsecurity = \"plain\"\nusername = \"apikey\"\n\
         password = \"env:SHOP_SMTP\"\nfrom_address = \"no-reply@node.example\"\n",
        sink.port()
    );
    std::fs::write(place.path("portcullis.toml"), file).unwrap();
    place.run(&["serve", "--listen", "127.0.0.1:0"]).refused("`SHOP_SMTP`, which is not set");
    let node = place.start(&["serve", "--listen", "127.0.0.1:0"], &[("SHOP_SMTP", "hunter2")]);
    let asked = post(&node, "/p/shop/auth/password_reset", "198.51.100.1", &json!({"email": "ada@example.com"}));
    assert_eq!(asked, 200);
    let began = Instant::now();
    while sink.mails().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "no mail: {}", node.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let mail = sink.mails().remove(0);
    assert_eq!((mail.to, mail.user), (vec!["ada@example.com".to_owned()], Some("apikey".to_owned())));
    assert!(mail.data.contains("From: shop <no-reply@node.example>"), "{}", mail.data);
}
