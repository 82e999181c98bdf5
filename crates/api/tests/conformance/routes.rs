//! Paths, methods, media types and the headers of every answer.

use crate::shop::{SHOP, get, with};
use axum::body::Body;
use http::Method;
use portcullis_testkit::{
    conformance::{Served, Suite},
    served,
};
use serde_json::json;

pub const SUITE: Suite = Suite {
    name: "paths_and_bodies_over_HTTP",
    fixture: &SHOP,
    cases: served![
        paths_take_every_spelling_of_a_table,
        methods_that_do_not_work_are_told_which_do,
        head_is_answered_like_get,
        bodies_are_json,
        compressed_bodies_are_refused,
        paths_are_clean_utf_8,
        there_is_nothing_at_other_paths,
        every_answer_has_its_headers,
    ],
};

fn paths_take_every_spelling_of_a_table(app: &Served) {
    let whole = get(app, "/order_items");
    for name in ["order_item", "OrderItems", "OrderItem", "ORDER_ITEMS", "orderitems", "orderItem", "Order_Items"] {
        for prefix in ["", "/api"] {
            assert_eq!(get(app, &format!("{prefix}/{name}")), whole, "{prefix}/{name}");
        }
    }
    assert_eq!(get(app, "/category/1"), get(app, "/api/Categories/1"));
    assert_eq!(get(app, "/api/tag/1/"), get(app, "/tags/1"));
    assert_eq!(get(app, "/t%61gs/1"), get(app, "/tags/1"));
}

fn methods_that_do_not_work_are_told_which_do(app: &Served) {
    for (method, path, allow) in [
        (Method::PUT, "/tags", "GET, HEAD, POST"),
        (Method::DELETE, "/tags", "GET, HEAD, POST"),
        (Method::POST, "/tags/1", "GET, HEAD, PUT, PATCH, DELETE"),
        (Method::GET, "/tags/filter", "POST, PUT, PATCH, DELETE"),
        (Method::GET, "/tags/bulk", "POST, PUT, PATCH"),
        (Method::DELETE, "/tags/bulk", "POST, PUT, PATCH"),
        (Method::PUT, "/tags/count", "GET, HEAD, POST"),
        (Method::GET, "/tags/import", "POST"),
        (Method::GET, "/tags/query", "POST"),
        (Method::POST, "/tags/1/query", "PUT"),
        (Method::POST, "/tags/schema", "GET, HEAD"),
        (Method::GET, "/batch", "POST"),
        (Method::POST, "/models", "GET, HEAD"),
        (Method::OPTIONS, "/tags", "GET, HEAD, POST"),
    ] {
        let answer = app.call(method.clone(), path, &[], Body::empty());
        assert_eq!(answer.header("allow"), Some(allow), "{method} {path}");
        answer.refused(405, "method_not_allowed");
    }
}

fn head_is_answered_like_get(app: &Served) {
    for path in ["/tags", "/tags/1", "/tags/count"] {
        let (head, get) = (app.call(Method::HEAD, path, &[], Body::empty()), app.get(path));
        assert_eq!((head.status, head.header("etag")), (get.status, get.header("etag")), "{path}");
    }
    assert_eq!(app.call(Method::HEAD, "/tags/99", &[], Body::empty()).status, 404);
}

fn bodies_are_json(app: &Served) {
    for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", ""] {
        for path in ["/tags", "/tags/bulk", "/batch"] {
            app.call(Method::POST, path, &[("content-type", media)], "{\"label\":\"x\"}")
                .refused(415, "unsupported_media_type");
        }
    }
    app.call(Method::POST, "/tags/filter", &[("content-type", "text/plain")], "{}")
        .refused(415, "unsupported_media_type");
    // A read needs no type: nothing can be done with it unasked.
    app.call(Method::POST, "/tags/filter", &[], "{}").ok(200);
    for media in ["application/json; charset=utf-8", "Application/JSON", "application/vnd.api+json"] {
        app.call(Method::POST, "/tags/filter", &[("content-type", media)], "{}").ok(200);
    }
}

fn compressed_bodies_are_refused(app: &Served) {
    for coding in ["gzip", "br", "deflate", "gzip, identity"] {
        with(app, Method::POST, "/tags/filter", ("content-encoding", coding), &json!({}))
            .refused(415, "unsupported_encoding");
    }
    with(app, Method::POST, "/tags/filter", ("content-encoding", "identity"), &json!({})).ok(200);
}

fn paths_are_clean_utf_8(app: &Served) {
    for path in ["/tags/%ff", "/%ff", "/tags/a%00b"] {
        app.get(path).refused(400, "invalid_path");
    }
    for query in ["label=%ff", "label=a%00b", "%ff=1"] {
        app.get(&format!("/tags?{query}")).refused(400, "invalid_parameter");
    }
}

fn there_is_nothing_at_other_paths(app: &Served) {
    for path in ["/", "/tags/1/2", "/tags/1/labels/3", "/api/api/tags", "//tags", "/nothing", "/tags/filter/other"] {
        let answer = app.get(path);
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}

fn every_answer_has_its_headers(app: &Served) {
    for path in ["/tags", "/tags/1", "/tags/99", "/nothing", "/tags?format=csv"] {
        let answer = app.get(path);
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.header("x-request-id").map(str::len), Some(16), "{path}");
    }
}
