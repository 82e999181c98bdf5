//! The sections of identity: read, checked against the schema, written back.

use super::World;
use crate::{ControlError, document};
use portcullis_project::{Settings, Stage, settings::SurfaceSettings};

const USERS: &str = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, first_name TEXT, \
                     password_hash TEXT NOT NULL, active INTEGER, settings JSON); \
                     CREATE TABLE user_roles (user_id INTEGER, role_id INTEGER);";

const MAPPED: &str = r#"
version = 1
[auth]
access_token_ttl = "30m"
legacy_hashes = ["md5", "plain"]
algorithm = "HS256"
jwt_secret = "secret:jwt"
[auth.rate_limits]
login = "9/15m/ip+account"
[mapping.user]
table = "users"
id = "id"
email = "email"
firstname = "first_name"
password = "password_hash"
is_active = "active"
[social.github]
client_id = "abc"
client_secret = "secret:github"
[rbac]
default_role = "member"
[[rbac.roles]]
name = "manager"
permissions = ["orders.*"]
[[rbac.roles.rules]]
table = "orders"
actions = ["read"]
condition = { field = "status", operator = "neq", value = "archived" }
"#;

/// What the fault begins with, and a change that makes it.
type Case = (&'static str, fn(&mut Settings));

fn faults(world: &World, before: crate::InForce, change: impl FnOnce(&mut Settings)) -> Vec<String> {
    let mut settings = document::parse(MAPPED).unwrap();
    settings.rbac.roles[0].rules.clear();
    settings.rbac.roles[0].permissions = vec!["users.*".to_owned()];
    change(&mut settings);
    match world.control.plan(before, settings) {
        Ok(_) => Vec::new(),
        Err(ControlError::Settings(faults)) => faults.0,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_document_with_every_section_of_identity_is_written_back_as_it_was() {
    let settings = document::parse(MAPPED).unwrap();
    let text = document::export(&settings);
    assert_eq!(document::parse(&text).unwrap(), settings, "{text}");
    assert!(text.contains("[mapping.user]\n") && text.contains("[auth.rate_limits]\n"), "{text}");
    assert!(!text.contains("username"), "{text}");
}

#[test]
fn unknown_keys_of_identity_are_refused_with_a_suggestion() {
    for (text, near) in [
        ("[auth]\nacces_token_ttl = \"1h\"", "`auth.access_token_ttl`"),
        ("[auth.rate_limits]\nlogn = \"5/1m/ip\"", "`auth.rate_limits.login`"),
        ("[mapping.usr]\ntable = \"users\"", "`mapping.user`"),
        ("[mapping.user]\npasword = \"p\"", "`mapping.user.password`"),
        ("[tenancy]\ntenant_tabel = \"a\"", "`tenancy.tenant_table`"),
        ("[social.github]\nclient_key = \"a\"", "`social.github.client_id`"),
        ("[rbac]\ndefault_rol = \"a\"", "`rbac.default_role`"),
    ] {
        let error = document::parse(text).unwrap_err().to_string();
        assert!(error.contains("did you mean") && error.contains(near), "{text}: {error}");
    }
    for text in ["[auth]\nalgorithm = \"none\"", "[auth]\nlegacy_hashes = [\"rot13\"]", "[auth]\ncookie_mode = \"yes\""]
    {
        assert!(document::parse(text).is_err(), "{text}");
    }
}

#[tokio::test]
async fn faults_of_a_card_name_card_field_and_the_likely_column() {
    let world = World::new(USERS);
    world.create("shop", Stage::Development).await;
    let before = world.now().await;
    let faults = |change: fn(&mut Settings)| faults(&world, before.clone(), change);
    assert_eq!(faults(|_| {}), [] as [String; 0]);
    assert_eq!(
        faults(|settings| settings.mapping.user.table = Some("usres".into())),
        ["`mapping.user.table`: the database has no table `usres`; did you mean `users`?"]
    );
    assert_eq!(
        faults(|settings| settings.mapping.user.password = Some("pasword_hash".into())),
        ["`mapping.user.password`: table `users` has no column `pasword_hash`; did you mean `password_hash`?"]
    );
    assert_eq!(
        faults(|settings| settings.mapping.user.password = None),
        ["`mapping.user.password` is missing: name its column of `users`; did you mean `password_hash`?"]
    );
    assert_eq!(
        faults(|settings| settings.mapping.user.password = Some("active".into())),
        ["`mapping.user.password`: the column `users.active` holds integer, which cannot be a `password`"]
    );
    assert_eq!(
        faults(|settings| {
            settings.mapping.user_role.table = Some("user_roles".into());
            settings.mapping.user_role.user_id = Some("user_id".into());
        }),
        ["`mapping.user_role.role_id` is missing: name its column of `user_roles`; did you mean `role_id`?"]
    );
}

#[tokio::test]
async fn sec_1_sec_15_values_out_of_their_bounds_are_refused() {
    let world = World::new(USERS);
    world.create("shop", Stage::Development).await;
    let before = world.now().await;
    let cases: [Case; 11] = [
        ("`auth.password_min_length`", |settings| settings.auth.password_min_length = 7),
        ("`surfaces.moondb.password_min_length`", |settings| {
            let own = SurfaceSettings { password_min_length: Some(5), ..SurfaceSettings::default() };
            settings.surfaces.insert("moondb".into(), own);
        }),
        ("`surfaces.mondb`: there is no such surface; did you mean `moondb`?", |settings| {
            settings.surfaces.insert("mondb".into(), SurfaceSettings::default());
        }),
        ("`auth.access_token_ttl`", |settings| settings.auth.access_token_ttl = "soon".into()),
        ("`auth.access_token_ttl`", |settings| settings.auth.access_token_ttl = "30d".into()),
        ("`auth.reset_token_ttl`", |settings| settings.auth.reset_token_ttl = "2h".into()),
        ("`auth.rate_limits.login`", |settings| settings.auth.rate_limits.login = "5".into()),
        ("`auth.lockout.max_failures`", |settings| settings.auth.lockout.max_failures = 0),
        ("`auth.jwt_secret`", |settings| settings.auth.jwt_secret = Some("hunter2".into())),
        ("`auth.redirect_origins`", |settings| settings.auth.redirect_origins = vec!["https://a.example/x".into()]),
        ("`social.github`: `client_secret`", |settings| {
            settings.social.get_mut("github").unwrap().client_secret = Some("plain".into());
        }),
    ];
    for (place, change) in cases {
        let found = faults(&world, before.clone(), change);
        assert!(found.len() == 1 && found[0].starts_with(place), "{place}: {found:?}");
    }
}
