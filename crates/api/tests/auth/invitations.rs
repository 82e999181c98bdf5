//! Invitations: asked for by those who may, accepted once, by their address, and worth no more than their sender.

use crate::support::{ADA, Site, hash, last, map, text};
use http::Method;
use portcullis_identity::Client;
use portcullis_project::{
    Settings,
    settings::{OnSignup, RoleSettings, UserCard},
};
use portcullis_testkit::{Answer, Engine, TestApp, TestDatabase};
use serde_json::{Value, json};

const NEW: &str = "a fine new password";

fn column(name: &str) -> Option<String> {
    Some(name.to_owned())
}

fn settings(settings: &mut Settings) {
    map(settings);
    settings.mapping.user = UserCard {
        table: column("members"),
        id: column("uid"),
        email: column("mail"),
        password: column("secret"),
        firstname: column("name"),
        ..UserCard::default()
    };
    settings.auth.signup_fields.clear();
    settings.tenancy.enabled = true;
    settings.tenancy.tenant_table = column("accounts");
    settings.tenancy.tenant_column = column("account_id");
    settings.tenancy.on_signup = OnSignup::Invite;
    settings.rbac.enabled = true;
    let role = |name: &str, permissions: &[&str]| RoleSettings {
        name: name.to_owned(),
        permissions: permissions.iter().map(|word| (*word).to_owned()).collect(),
        rules: Vec::new(),
    };
    settings.rbac.roles = vec![role("host", &["invitations.*"]), role("clerk", &["members.read"])];
}

fn start(change: impl FnOnce(&mut Settings)) -> Site {
    let hash = hash();
    let script = format!(
        "CREATE TABLE accounts (id INTEGER PRIMARY KEY, name VARCHAR(80) NOT NULL); \
         CREATE TABLE members (uid INTEGER PRIMARY KEY, mail VARCHAR(190) NOT NULL UNIQUE, name VARCHAR(80), \
         secret VARCHAR(200) NOT NULL, account_id INTEGER); \
         INSERT INTO accounts VALUES (1, 'Acme'), (2, 'Bolt'); \
         INSERT INTO members VALUES (1, 'ada@example.com', 'Ada', '{hash}', 1), (2, 'bob@example.com', 'Bob', '{hash}', 2), \
         (3, 'cyd@example.com', 'Cyd', '{hash}', 1);"
    );
    let database = TestDatabase::create(Engine::Sqlite, &script);
    let app = TestApp::with(&database, |all| {
        settings(all);
        change(all);
    });
    let site = Site { app, database };
    let (project, identity) = (site.app.project().clone(), site.app.state.identity.clone());
    let client = Client { surface: &portcullis_identity::COMMAND, ..Client::default() };
    let now = portcullis_base::Clock::now(&*site.app.clock);
    site.app.run(identity.set_role(&project, "1", "administrator", true, &client, now)).unwrap();
    site.app.run(identity.set_role(&project, "3", "host", true, &client, now)).unwrap();
    site
}

fn token(site: &Site, email: &str) -> String {
    text(&site.login(email, ADA).ok(200), "token")
}

fn invite(site: &Site, by: &str, body: Value) -> Answer {
    site.app.bearer(by, Method::POST, "/auth/invitations", &body)
}

fn signup(site: &Site, email: &str, invitation: Option<&str>) -> Answer {
    let mut body = json!({"email": email, "password": NEW});
    if let Some(token) = invitation {
        body["invitation"] = json!(token);
    }
    site.post("/auth/signup", body)
}

#[test]
fn an_invited_stranger_signs_up_into_the_tenant_in_the_role_and_is_verified() {
    let site = start(|settings| {
        settings.auth.require_verified_email = true;
        settings.auth.self_signup = false;
    });
    // Ada's address is not verified; the operators' key invites instead.
    let body = json!({"email": "Eve@example.com", "role": "clerk", "tenant_id": 2});
    let made = site.app.post("/auth/invitations", &body).ok(201);
    assert_eq!((&made["email"], &made["status"]), (&json!("eve@example.com"), &json!("open")));
    assert_eq!((&made["tenant_id"], &made["role"]), (&json!("2"), &json!("clerk")));
    let link = last(&site, "Eve@example.com").token();
    signup(&site, "eve@example.com", None).refused(403, "switched_off");
    signup(&site, "mal@example.com", Some(&link)).refused(409, "invitation_of_another");
    signup(&site, "eve@example.com", Some("mt_wrong")).refused(400, "invalid_token");
    let read = site.app.stranger(Method::GET, &format!("/auth/invitations/accept?token={link}"), &Value::Null).ok(200);
    assert_eq!(read["email"], "eve@example.com");
    let eve = signup(&site, "eve@example.com", Some(&link)).ok(201);
    assert_eq!((&eve["tenant"], &eve["roles"]), (&json!("2"), &json!(["clerk"])));
    assert_eq!(eve["user"]["email_verified"], true);
    // Once.
    signup(&site, "eve@example.com", Some(&link)).refused(400, "invalid_token");
    let all = site.app.get("/auth/invitations").ok(200);
    assert_eq!(all["data"][0]["status"], "accepted");
}

#[test]
fn who_is_there_already_accepts_signed_in_and_goes_on_in_the_tenant() {
    let site = start(|_| {});
    let ada = token(&site, "ada@example.com");
    invite(&site, &ada, json!({"email": "bob@example.com", "role": "administrator"})).ok(201);
    let link = last(&site, "bob@example.com");
    assert!(link.text.contains("Ada"), "{}", link.text);
    let link = link.token();
    let accept = |by: &str| site.app.bearer(by, Method::POST, "/auth/invitations/accept", &json!({ "token": link }));
    signup(&site, "bob@example.com", Some(&link)).refused(409, "email_taken");
    accept(&token(&site, "cyd@example.com")).refused(409, "invitation_of_another");
    let bob = token(&site, "bob@example.com");
    let joined = accept(&bob).ok(200);
    assert_eq!((&joined["tenant"], &joined["roles"]), (&json!("1"), &json!(["administrator"])));
    accept(&bob).refused(400, "invalid_token");
    // An administrator there is none at home.
    let home = site.login("bob@example.com", ADA).ok(200);
    assert_eq!((&home["tenant"], &home["roles"]), (&json!("2"), &json!([])));
    invite(&site, &text(&home, "token"), json!({"email": "x@example.com"})).refused(403, "forbidden");
    invite(&site, &text(&joined, "token"), json!({"email": "x@example.com"})).ok(201);
}

#[test]
fn nobody_invites_beyond_their_tenant_or_gives_more_than_they_have() {
    let site = start(|_| {});
    let (ada, bob, cyd) =
        (token(&site, "ada@example.com"), token(&site, "bob@example.com"), token(&site, "cyd@example.com"));
    let to = |more: Value| {
        let mut body = json!({"email": "x@example.com"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    site.post("/auth/invitations", to(json!({}))).refused(401, "unauthenticated");
    invite(&site, &bob, to(json!({}))).refused(403, "forbidden");
    invite(&site, &ada, to(json!({"tenant_id": "2"}))).refused(403, "not_a_member");
    invite(&site, &ada, to(json!({"role": "nobody"}))).refused(400, "unknown_role");
    invite(&site, &ada, to(json!({"email": "no address"}))).refused(400, "invalid_email");
    invite(&site, &ada, to(json!({"redirect_url": "https://evil.example/"}))).refused(400, "redirect_refused");
    // By the permission; but only a role one has.
    invite(&site, &cyd, to(json!({"role": "clerk"}))).refused(403, "forbidden");
    invite(&site, &cyd, to(json!({"role": "administrator"}))).refused(403, "forbidden");
    let made = invite(&site, &cyd, to(json!({"role": "host"}))).ok(201);
    // What another tenant has is not there.
    let other = site.app.post("/auth/invitations", &json!({"email": "y@example.com", "tenant_id": "2"})).ok(201);
    let list = site.app.bearer(&ada, Method::GET, "/auth/invitations", &Value::Null).ok(200);
    let listed: Vec<&Value> = list["data"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(listed, [&made["id"]]);
    let end = |by: &str, id: &Value| {
        let path = format!("/auth/invitations/{}", id.as_str().unwrap());
        site.app.bearer(by, Method::DELETE, &path, &Value::Null)
    };
    end(&ada, &other["id"]).refused(404, "not_found");
    assert_eq!(end(&ada, &made["id"]).status, 204);
    end(&ada, &made["id"]).refused(404, "not_found");
    site.app
        .post("/auth/invitations", &json!({"email": "y@example.com", "tenant_id": "9"}))
        .refused(400, "unknown_tenant");
}

#[test]
fn of_an_address_and_tenant_one_invitation_is_open_for_seven_days() {
    let site = start(|_| {});
    let ada = token(&site, "ada@example.com");
    let to = || invite(&site, &ada, json!({"email": "eve@example.com"})).ok(201);
    to();
    let first = last(&site, "eve@example.com").token();
    to();
    let second = last(&site, "eve@example.com").token();
    let open =
        |token: &str| site.app.stranger(Method::GET, &format!("/auth/invitations/accept?token={token}"), &Value::Null);
    open(&first).refused(400, "invalid_token");
    open(&second).ok(200);
    site.app.clock.advance_s(7 * 86_400 - 1);
    open(&second).ok(200);
    site.app.clock.advance_s(1);
    open(&second).refused(400, "invalid_token");
    signup(&site, "eve@example.com", Some(&second)).refused(400, "invalid_token");
    signup(&site, "eve@example.com", None).refused(403, "invitation_required");
}

#[test]
fn sec_26_nobodys_mailbox_is_flooded_with_invitations() {
    let site = start(|settings| settings.auth.rate_limits.reset = "2/1h/account".to_owned());
    let ada = token(&site, "ada@example.com");
    for _ in 0..2 {
        invite(&site, &ada, json!({"email": "eve@example.com"})).ok(201);
    }
    invite(&site, &ada, json!({"email": "EVE@example.com"})).refused(429, "rate_limited");
    invite(&site, &ada, json!({"email": "fay@example.com"})).ok(201);
}

#[test]
fn without_tenants_an_invitation_brings_a_role() {
    let site = start(|settings| settings.tenancy = Default::default());
    let ada = token(&site, "ada@example.com");
    invite(&site, &ada, json!({"email": "bob@example.com", "role": "clerk", "tenant_id": "1"}))
        .refused(400, "invalid_value");
    invite(&site, &ada, json!({"email": "bob@example.com", "role": "clerk"})).ok(201);
    let link = last(&site, "bob@example.com").token();
    let bob = token(&site, "bob@example.com");
    let joined = site.app.bearer(&bob, Method::POST, "/auth/invitations/accept", &json!({ "token": link })).ok(200);
    assert_eq!((&joined["tenant"], &joined["roles"]), (&Value::Null, &json!(["clerk"])));
}
