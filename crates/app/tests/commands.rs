//! The commands, run as a person or a script runs them.

mod support;

use serde_json::json;
use support::{Place, entries};

#[test]
fn init_prints_the_one_object_and_a_second_one_shows_no_key() {
    let place = Place::new();
    place.sql(
        "shop.db",
        "CREATE TABLE order_items (id INTEGER PRIMARY KEY); CREATE VIEW v AS SELECT id FROM order_items; \
         CREATE TABLE users (id INTEGER PRIMARY KEY, password TEXT)",
    );
    let first = place.run(&["init", "sqlite:shop.db", "--name", "my-shop", "--json"]).json();
    let keys: Vec<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    let expected =
        ["project", "stage", "base_url", "public_key", "admin_key", "tables", "mapping", "tenancy", "warnings"];
    assert_eq!(keys, expected);
    assert_eq!(first["project"]["slug"], "my-shop");
    assert!(first["project"]["id"].as_str().unwrap().starts_with("proj_"));
    assert_eq!(first["stage"], "development");
    assert_eq!(first["base_url"], "http://127.0.0.1:8080/p/my-shop");
    assert!(first["public_key"].as_str().unwrap().starts_with("pk_"));
    assert!(first["admin_key"].as_str().unwrap().starts_with("sk_"));
    assert_eq!(
        first["tables"][0],
        json!({"name": "order_items", "model": "OrderItems", "kind": "table", "exposed": true})
    );
    assert_eq!(first["tables"][2]["kind"], "view");
    assert!(first["warnings"].to_string().contains("users.password"), "{}", first["warnings"]);

    let second = place.run(&["init", "shop.db", "--name", "my-shop", "--json"]).json();
    assert_eq!(second["project"], first["project"]);
    assert_eq!((&second["public_key"], &second["admin_key"]), (&json!(null), &json!(null)));

    place.sql("other.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    place.run(&["init", "other.db", "--name", "my-shop"]).refused("has another database");
    let stage = place.run(&["init", "other.db", "--name", "my-shop", "--stage", "production", "--json"]).json();
    assert_eq!((&stage["project"], &stage["base_url"]), (&first["project"], &json!("http://127.0.0.1:8080/p/my-shop")));
    // `/p/my-shop` is the production stage now.
    let again = place.run(&["init", "shop.db", "--name", "my-shop", "--json"]).json();
    assert_eq!(again["base_url"], "http://127.0.0.1:8080/p/my-shop@development");
}

#[test]
fn init_for_people_names_the_keys_once_and_a_curl() {
    let place = Place::new();
    place.sql("Chinook 1.db", "CREATE TABLE artists (id INTEGER PRIMARY KEY)");
    let done = place.run(&["init", "Chinook 1.db"]);
    assert!(done.err.contains("artists (table, 1 column)"), "{}", done.err);
    let out = done.ok();
    for part in [
        "Project chinook-1 (development)",
        "/p/chinook-1/swagger/index.html",
        "shown only this once",
        "curl -H 'X-Admin-Key: sk_",
        "portcullis serve",
    ] {
        assert!(out.contains(part), "{part}: {out}");
    }
}

#[test]
fn init_managed_makes_a_database_of_its_own_with_users() {
    let place = Place::new();
    let made = place.run(&["init", "managed", "--name", "notes", "--yes", "--json"]).json();
    assert_eq!((&made["project"]["slug"], &made["tables"][0]["name"]), (&json!("notes"), &json!("users")));
    let user = &made["mapping"]["user"];
    assert_eq!(
        (&user["table"], &user["password"], &user["accepted"]),
        (&json!("users"), &json!("password_hash"), &json!(true))
    );
    let document = place.run(&["settings", "export", "--project", "notes"]).ok();
    for line in ["email_verified = \"email_verified\"", "lastname = \"last_name\"", "created_at = \"created_at\""] {
        assert!(document.contains(line), "{line}: {document}");
    }
    // Nobody is asked: without users there would be nobody to sign in.
    let quiet = place.run(&["init", "managed", "--name", "quiet", "--json"]).json();
    assert_eq!((&quiet["tables"][0]["name"], &quiet["tables"][0]["exposed"]), (&json!("users"), &json!(true)));
    assert_eq!(quiet["mapping"]["user"]["accepted"], true);
    // Once more is a sync, and what was made stays.
    place.run(&["init", "managed", "--name", "notes", "--json"]).json();
    assert_eq!(entries(&place.path("portcullis-data/managed"))[0], "notes-development.sqlite");
    place.run(&["init", "managed", "--name", "../x"]).refused("cannot be a project's name");
}

#[test]
fn a_database_that_cannot_be_used_is_one_clear_line_and_nothing_is_written() {
    let place = Place::new();
    place.run(&["init", "nowhere.db"]).refused("the SQLite file `nowhere.db` cannot be opened");
    place.run(&["init", "oracle://x"]).refused("is not a database URL we know");
    place
        .run(&["init", "postgres://ada:hunter2@127.0.0.1:9/shop"])
        .refused("postgres://127.0.0.1:9/shop cannot be reached");
    place
        .run(&["init", "mysql://ada:hunter2@127.0.0.1:9/shop"])
        .refused("mysql://127.0.0.1:9/shop cannot be reached: Connection refused");
    std::fs::write(place.path("text.db"), "not a database at all").unwrap();
    place.run(&["init", "text.db"]).refused("is not an SQLite database");
    assert_eq!(entries(place.dir.path()), ["text.db"]);
}

#[test]
fn wrong_usage_is_exit_code_2_and_help_is_0() {
    let place = Place::new();
    for arguments in [
        &["init", "--nonsense"][..],
        &["frobnicate"],
        &["init"],
        &["init", "x", "--stage", "prod"],
        &["key"],
        &["schema", "approve"],
    ] {
        let done = place.run(arguments);
        assert_eq!((done.code, done.out.as_str()), (2, ""), "{arguments:?}");
    }
    assert!(place.run(&["--help"]).ok().contains("Commands:"));
    assert!(place.run(&["--version"]).ok().starts_with("portcullis "));
}

#[test]
fn what_is_not_available_yet_is_refused_instead_of_ignored() {
    let (place, _) = Place::with_shop();
    place.run(&["project", "list", "--server", "https://x"]).refused("--server");
    place.run(&["project", "list", "--control", "postgres://x/y"]).refused("--control postgres://");
    place.run_with(&["project", "list"], &[("PORTCULLIS_SERVER", "https://x")], "").refused("--server");
    place.run(&["project", "list", "--control", "sqlite"]).ok();
}

#[test]
fn rel_22_a_wrong_master_key_or_config_is_refused_and_a_missing_instance_is_told() {
    let (place, _) = Place::with_shop();
    let other = "x".repeat(40);
    let wrong = [("PORTCULLIS_MASTER_KEY", other.as_str())];
    place.run_with(&["project", "list"], &wrong, "").refused("the master key is wrong");
    place.run_with(&["serve", "--listen", "127.0.0.1:0"], &wrong, "").refused("the master key is wrong");
    place.run(&["project", "list", "--data-dir", "elsewhere"]).refused("portcullis init");
    assert!(!place.path("elsewhere").exists());
    std::fs::write(place.path("portcullis.toml"), "data_dirr = \"x\"").unwrap();
    place.run(&["project", "list"]).refused("did you mean `data_dir`?");
    place.run(&["project", "list", "--config", "missing.toml"]).refused("missing.toml");
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let (place, _) = Place::with_shop();
    std::fs::rename(place.path("portcullis-data"), place.path("there")).unwrap();
    std::fs::write(place.path("portcullis.toml"), "data_dir = \"there\"\njson = true\n").unwrap();
    assert_eq!(place.run(&["project", "list"]).json()["data"][0]["slug"], "shop");
    let environment = [("PORTCULLIS_DATA_DIR", "nowhere")];
    place.run_with(&["project", "list"], &environment, "").refused("no portcullis instance in `nowhere`");
    place.run_with(&["project", "list", "--data-dir", "there"], &environment, "").ok();
}

#[test]
fn settings_travel_as_a_file_and_are_applied_without_a_terminal() {
    let (place, _) = Place::with_shop();
    let exported = place.run(&["settings", "export"]).ok();
    std::fs::write(place.path("settings.toml"), &exported).unwrap();
    assert!(place.run(&["settings", "apply"]).ok().contains("already as the document says"));
    let changed = exported.replace("[tables.orders]", "[limits]\npage_size_max = 50\n\n[tables.orders]");
    std::fs::write(place.path("settings.toml"), &changed).unwrap();
    let plan = place.run(&["settings", "plan"]).ok();
    assert!(plan.contains("+ page_size_max = 50"), "{plan}");
    let applied = place.run(&["settings", "apply", "--json"]).json();
    assert_eq!(applied["changed"], true);
    let from_input = place.run_with(&["settings", "apply", "--file", "-"], &[], &exported).ok();
    assert!(from_input.contains("Applied to shop (development)"), "{from_input}");
    assert_eq!(place.run(&["settings", "export"]).ok(), exported);
    let json = place.run(&["settings", "export", "--json"]).json();
    let again = place.run_with(&["settings", "plan", "--json", "--file", "-"], &[], &json.to_string()).json();
    assert_eq!(again["changed"], false);
    let builds = place.run(&["build", "list", "--json"]).json();
    assert_eq!(builds["data"].as_array().unwrap().len(), 3);
    place.run(&["build", "deploy", "2"]).ok();
    assert!(place.run(&["settings", "export"]).ok().contains("page_size_max = 50"));
}

#[test]
fn a_document_with_faults_is_refused_whole() {
    let (place, _) = Place::with_shop();
    let before = place.run(&["settings", "export"]).ok();
    let fault = "version = 1\n[auth]\nenabeld = false\n";
    place.run_with(&["settings", "apply", "--file", "-"], &[], fault).refused("did you mean `auth.enabled`?");
    let fault = "version = 1\n[tables.ordrs]\nexpose = true\n";
    place.run_with(&["settings", "apply", "--file", "-"], &[], fault).refused("did you mean `orders`?");
    place.run(&["settings", "apply", "--file", "missing.toml"]).refused("missing.toml");
    assert_eq!(place.run(&["settings", "export"]).ok(), before);
}

#[test]
fn a_secret_comes_from_standard_input_and_is_nowhere_to_be_read() {
    let (place, _) = Place::with_shop();
    place.run_with(&["settings", "secret", "set", "smtp"], &[], "open sesame\n").ok();
    place.run(&["settings", "secret", "set", "smtp"]).refused("the value is empty");
    for name in entries(&place.path("portcullis-data")) {
        let bytes = std::fs::read(place.path("portcullis-data").join(&name)).unwrap_or_default();
        assert!(!String::from_utf8_lossy(&bytes).contains("open sesame"), "{name}");
    }
}

#[test]
fn what_comes_later_is_shown_and_approved() {
    let (place, _) = Place::with_shop();
    place.sql("shop.db", "ALTER TABLE orders ADD COLUMN total INTEGER; CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    let synced = place.run(&["connection", "sync"]).ok();
    assert!(synced.contains("table `invoices` is new and waits for approval"), "{synced}");
    let doctor = place.run(&["doctor"]).ok();
    assert!(doctor.contains("schema approve --project shop --stage development invoices orders.total"), "{doctor}");
    let shown = place.run(&["schema", "show", "--json"]).json();
    assert_eq!((&shown["tables"][0]["name"], &shown["tables"][0]["waiting"]), (&json!("invoices"), &json!(true)));
    place.run(&["schema", "approve", "orders.totl"]).refused("did you mean `orders.total`?");
    let approved = place.run(&["schema", "approve", "orders.total", "--json"]).json();
    assert_eq!(approved["approved"], json!(["orders.total"]));
    assert!(place.run(&["schema", "approve", "--all"]).ok().contains("invoices"));
    let shown = place.run(&["schema", "show", "--json"]).json();
    assert_eq!(shown["tables"][0]["exposed"], true);
}

#[test]
fn doctor_finds_what_is_wrong_and_fails() {
    let (place, _) = Place::with_shop();
    let good = place.run(&["doctor", "--json"]).json();
    assert_eq!(good["ok"], true);
    assert!(good["checks"].to_string().contains("users.password_hash"));
    let open = place.run(&["settings", "export"]).ok().replace("enabled = true", "enabled = false");
    place.run_with(&["settings", "apply", "--file", "-"], &[], &open).ok();
    assert!(place.run(&["doctor"]).ok().contains("auth.enabled is false"));
    std::fs::remove_file(place.path("shop.db")).unwrap();
    let broken = place.run(&["doctor"]);
    assert!(broken.code == 1 && broken.out.contains("FAILED   database: shop (development)"), "{}", broken.out);
    let missing = place.run(&["doctor", "--data-dir", "elsewhere", "--json"]);
    assert_eq!(missing.code, 1);
    assert!(missing.out.contains("portcullis init"), "{}", missing.out);
}

#[test]
fn whoever_gets_an_api_that_serves_nothing_is_told_what_to_do() {
    let place = Place::new();
    place.sql("empty.db", "CREATE TABLE t (id INTEGER); DROP TABLE t");
    let out = place.run(&["init", "empty.db", "--name", "notes"]).ok();
    assert!(out.contains("portcullis schema approve --all --project notes"), "{out}");
    place.sql("shop.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    let out = place.run(&["init", "shop.db"]).ok();
    assert!(!out.contains("nothing to serve"), "{out}");
}

#[test]
fn a_stage_that_takes_over_the_short_path_says_so() {
    let place = Place::new();
    place.sql("shop.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    let first = place.run(&["init", "shop.db", "--json"]).json();
    assert_eq!(first["warnings"], json!([]));
    let second = place.run(&["init", "shop.db", "--stage", "production", "--json"]).json();
    let warnings = second["warnings"].to_string();
    assert!(warnings.contains("/p/shop is the stage production from now on"), "{warnings}");
    assert!(warnings.contains("/p/shop@development"), "{warnings}");
}

#[test]
fn a_project_is_shown_by_its_name_and_moments_are_rfc_3339() {
    let place = Place::new();
    place.sql("shop.db", "CREATE TABLE t (id INTEGER PRIMARY KEY)");
    place.run(&["init", "shop.db"]).ok();
    let shown = place.run(&["project", "show", "shop", "--json"]).json();
    let synced_at = shown["synced_at"].as_str().unwrap();
    assert!(synced_at.len() == 20 && synced_at.as_bytes()[10] == b'T' && synced_at.ends_with('Z'), "{synced_at}");
    place.run(&["project", "show", "shp"]).refused("shp");
    place.sql("shop.db", "ALTER TABLE t ADD COLUMN note TEXT");
    place.run(&["connection", "sync"]).ok();
    let tables = place.run(&["schema", "show"]).ok();
    assert!(tables.contains("served, 1 of them waiting for approval"), "{tables}");
}

#[test]
fn operators_are_made_listed_and_given_another_password_from_the_command_line() {
    let place = Place::new();
    let create = ["operator", "create", "--email", "Ada@example.com", "--password-stdin"];
    place.run(&create[..4]).refused("--password-stdin");
    place.run(&create).refused("the password is empty");
    assert_eq!(entries(place.dir.path()), [""; 0]);
    // Before the first start: the instance is made.
    place.run_with(&create, &[], "short").refused("fewer than 8 characters");
    let made = place.run_with(&create, &[], "correct horse battery staple\n").ok();
    assert_eq!(made, "ada@example.com can sign in.\n");
    place.run_with(&create, &[], "correct horse battery staple").refused("`ada@example.com` already");
    let wrong = ["operator", "create", "--email", "ada", "--password-stdin"];
    place.run_with(&wrong, &[], "correct horse battery staple").refused("`ada` is no mail address");
    let bob = ["operator", "create", "--email", "bob@example.com", "--password-stdin", "--json"];
    let bob = place.run_with(&bob, &[], "another good password").json();
    assert!(bob["operator"]["id"].as_str().unwrap().starts_with("op_"), "{bob}");
    let listed = place.run(&["operator", "list", "--json"]).json();
    assert_eq!(listed["data"][1], bob["operator"]);
    assert!(place.run(&["operator", "list"]).ok().contains("ada@example.com"));
    let passwd = ["operator", "passwd", "--email", "ada@example.com", "--password-stdin"];
    assert!(place.run_with(&passwd, &[], "a third good password").ok().contains("has another password"));
    let passwd = ["operator", "passwd", "--email", "eve@example.com", "--password-stdin"];
    place.run_with(&passwd, &[], "a third good password").refused("there is no operator `eve@example.com`");
    place.run(&["operator", "list", "--data-dir", "elsewhere"]).refused("no portcullis instance");
}
