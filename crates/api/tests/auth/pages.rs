//! Which pages of other origins may call. SEC-56.

use crate::support::Site;
use http::Method;
use serde_json::{Value, json};

const APPLICATION: &str = "https://app.example";

fn allowed(site: &Site, origin: &str) -> bool {
    let asked = [("origin", origin), ("access-control-request-method", "POST")];
    let preflight = site.app.send(site.app.request(Method::OPTIONS, "/auth/login", &asked, &Value::Null));
    let login = site.app.request(Method::POST, "/auth/login", &[("origin", origin)], &json!({}));
    let answers = [preflight, site.app.send(login)];
    let told = answers.each_ref().map(|answer| answer.header("access-control-allow-origin").map(str::to_owned));
    assert_eq!(told[0], told[1], "the answer to the question and the answer itself");
    assert!(told[0].as_deref().is_none_or(|told| told == origin), "{told:?}");
    told[0].is_some()
}

#[test]
fn sec_56_the_application_people_are_sent_back_to_may_call_unless_the_settings_name_pages() {
    let site = Site::with(|settings| settings.auth.redirect_origins = vec![APPLICATION.to_owned()]);
    assert!(allowed(&site, APPLICATION));
    assert!(!allowed(&site, "https://app.example.evil.example"));
    let named = Site::with(|settings| {
        settings.auth.redirect_origins = vec![APPLICATION.to_owned()];
        settings.cors.origins = vec!["https://admin.example".to_owned()];
    });
    assert!(allowed(&named, "https://admin.example"));
    assert!(!allowed(&named, APPLICATION));
    assert!(!allowed(&Site::start(), APPLICATION));
}
