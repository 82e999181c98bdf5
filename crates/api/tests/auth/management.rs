//! What a project's server side manages with its admin key.

use crate::support::Site;
use http::Method;
use serde_json::{Value, json};

#[test]
fn origins_are_replaced_as_a_whole_and_must_be_origins() {
    let site = Site::start();
    assert_eq!(site.app.get("/v1/redirect-origins").ok(200), json!({"allowed_redirect_origins": []}));
    let all = json!({"allowed_redirect_origins": ["https://a.example", "https://b.example:8443"]});
    assert_eq!(site.app.put("/v1/redirect-origins", &all).ok(200), all);
    let ask = json!({"email": "ada@example.com", "redirect_url": "https://b.example:8443/x"});
    site.post("/auth/password_reset", ask).ok(200);
    for wrong in ["https://a.example/path", "a.example", "ftp://a.example", "https://a.example/", "*", "null"] {
        let body = json!({ "allowed_redirect_origins": [wrong] });
        site.app.put("/v1/redirect-origins", &body).refused(400, "invalid_origin");
    }
    site.app.put("/v1/redirect-origins", &json!({"allowed_redirect_origins": "x"})).refused(400, "invalid_value");
    site.app.stranger(Method::GET, "/v1/redirect-origins", &Value::Null).refused(401, "unauthenticated");
    let request = site.app.request(
        Method::GET,
        "/v1/redirect-origins",
        &[("x-public-key", portcullis_testkit::PUBLIC_KEY)],
        &Value::Null,
    );
    site.app.send(request).refused(401, "unauthenticated");
    site.app.get("/v1/nothing").refused(404, "not_found");
    site.app.delete("/v1/redirect-origins").refused(405, "method_not_allowed");
}

#[test]
fn keys_are_made_in_place_of_the_former_ones() {
    let site = Site::start();
    let both = site.app.post("/v1/rotate-keys", &json!({})).ok(200);
    assert!(both["admin_key"].as_str().unwrap().starts_with("sk_"));
    assert!(both["public_key"].as_str().unwrap().starts_with("pk_"));
    let one = site.app.post("/v1/rotate-keys", &json!({"public": true})).ok(200);
    assert!(one.get("admin_key").is_none() && one.get("public_key").is_some());
    site.app.post("/v1/rotate-keys", &json!({"admin": "yes"})).refused(400, "invalid_value");
}

#[test]
fn another_issuer_is_named_only_where_that_is_possible() {
    let site = Site::start();
    let document =
        json!({"provider": "external", "jwks_url": "https://id.example/jwks", "issuer": "https://id.example"});
    // The test's node fetches no keys.
    site.app.put("/v1/auth-config", &document).refused(403, "switched_off");
    site.app.put("/v1/auth-config", &json!({"provider": "external"})).refused(400, "missing_field");
    assert_eq!(site.app.delete("/v1/auth-config").ok(200), json!({"removed": false}));
}
