//! The pages of the console that exist so far: `/console/setup`, where the one-time link leads. SEC-58, SEC-67.

use axum::body::Body;
use http::{HeaderValue, Response, header};
use portcullis_web::{finish, request_id};

/// What a page may do: its own scripts and styles, requests to where it came from, nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files below `/console/`, with their media types.
const FILES: [(&str, &str, &[u8]); 3] = [
    ("setup", "text/html; charset=utf-8", include_bytes!("setup.html")),
    ("setup.css", "text/css; charset=utf-8", include_bytes!("setup.css")),
    ("setup.js", "text/javascript; charset=utf-8", include_bytes!("setup.js")),
];

/// The file of a name below `/console/`.
pub fn file(name: &str) -> Option<Response<Body>> {
    let (_, media, bytes) = FILES.iter().find(|(known, _, _)| *known == name)?;
    let mut response = Response::new(Body::from(*bytes));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    finish(&mut response, &request_id());
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> &'static str {
        let (_, _, bytes) = FILES.iter().find(|(known, _, _)| *known == name).unwrap();
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn sec_58_the_page_needs_no_inline_script_or_style_and_nothing_from_elsewhere() {
        let page = text("setup");
        for script in page.split("<script").skip(1) {
            assert!(script.trim_start().starts_with("src=\""), "an inline script: {script}");
        }
        assert!(!page.contains(" style=") && !page.contains("<style") && !page.contains(" onsubmit="));
        for name in ["setup", "setup.css", "setup.js"] {
            assert!(!text(name).contains("://"), "{name} names another host");
        }
        let script = text("setup.js");
        assert!(!script.contains("innerHTML") && !script.contains("eval("));
        assert!(!CONTENT_SECURITY_POLICY.contains("unsafe"));
    }

    #[test]
    fn everything_the_page_names_is_there_and_nothing_else() {
        for word in text("setup").split('"').filter(|word| word.ends_with(".js") || word.ends_with(".css")) {
            assert!(file(word).is_some(), "{word} is missing");
        }
        assert!(file("").is_none() && file("setup.html").is_none() && file("../mod.rs").is_none());
        let answer = file("setup").unwrap();
        assert_eq!(answer.headers()["cross-origin-opener-policy"], "same-origin");
        assert_eq!(answer.headers()["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}
