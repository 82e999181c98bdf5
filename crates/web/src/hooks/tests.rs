use super::*;
use crate::ApiError;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use std::sync::Mutex;

fn about() -> About {
    About {
        project: "shop".to_owned(),
        stage: "development",
        surface: "native",
        operation: String::new(),
        method: Method::POST,
        path: "/auth/login".to_owned(),
        query: None,
        headers: HeaderMap::new(),
        peer: None,
        user: None,
        request_id: "1".to_owned(),
    }
}

fn refuse(error: HookError) -> Response<Body> {
    ApiError::from(error).into_response("1")
}

fn before<F, A>(hook: F) -> BeforeHook
where
    F: Fn(Event) -> A + Send + Sync + 'static,
    A: Future<Output = Outcome> + Send + 'static,
{
    Arc::new(move |event| Box::pin(hook(event)))
}

fn after<F, A>(hook: F) -> AfterHook
where
    F: Fn(AfterEvent) -> A + Send + Sync + 'static,
    A: Future<Output = Outcome> + Send + 'static,
{
    Arc::new(move |event| Box::pin(hook(event)))
}

/// Runs the login of these hooks over an operation that answers with its body; gives status, body, and whether the
/// operation ran.
async fn login(hooks: Hooks, body: &'static str) -> (u16, Value, bool) {
    let mut extensions = Extensions::new();
    extensions.insert(Arc::new(hooks));
    let ran = Arc::new(Mutex::new(false));
    let seen = ran.clone();
    let chain = chain(&extensions, ["auth", "login"]).expect("hooks of the login");
    let answer = chain
        .run(about(), Bytes::from_static(body.as_bytes()), refuse, move |body| async move {
            *seen.lock().unwrap() = true;
            Response::new(Body::from(body))
        })
        .await;
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await.expect("a body");
    let ran = *ran.lock().unwrap();
    (status, serde_json::from_slice(&body).expect("JSON"), ran)
}

#[tokio::test]
async fn hooks_run_in_the_order_of_their_registration_around_the_operation() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut hooks = Hooks::default();
    for name in ["first", "second"] {
        let own = order.clone();
        hooks.before(
            "/api/auth/login",
            before(move |event| {
                let own = own.clone();
                async move {
                    own.lock().unwrap().push(format!("{name} before {}", event.operation));
                    event.next().await
                }
            }),
        );
        let own = order.clone();
        hooks.after(
            "/api/auth/*",
            after(move |event| {
                let own = own.clone();
                async move {
                    own.lock().unwrap().push(format!("{name} after {}", event.answer.status()));
                    event.next().await
                }
            }),
        );
    }
    assert_eq!(login(hooks, "{}").await, (200, json!({}), true));
    let seen = order.lock().unwrap().clone();
    let before = |name: &str| format!("{name} before /api/auth/login");
    let after = |name: &str| format!("{name} after 200 OK");
    assert_eq!(seen, [before("first"), before("second"), after("first"), after("second")]);
}

#[tokio::test]
async fn a_refusal_stops_the_operation_and_is_seen_afterwards() {
    let mut hooks = Hooks::default();
    hooks.before("/auth/login", before(|_| async { Err(HookError::new("not today")) }));
    hooks.before("/auth/login", before(|_| async { Err(HookError::new("never reached")) }));
    let seen = Arc::new(Mutex::new(0));
    let own = seen.clone();
    hooks.after(
        "/auth/login",
        after(move |event| {
            *own.lock().unwrap() = event.answer.status().as_u16();
            event.next()
        }),
    );
    let (status, body, ran) = login(hooks, "{}").await;
    assert_eq!(
        (status, &body["code"], &body["message"], ran),
        (400, &json!("hook_rejected"), &json!("not today"), false)
    );
    assert_eq!(*seen.lock().unwrap(), 400);
}

#[tokio::test]
async fn a_refusal_has_the_status_and_code_it_was_given() {
    let mut hooks = Hooks::default();
    let refusal = || HookError::new("pay first").status(402).code("payment_required");
    hooks.before("*", before(move |_| async move { Err(refusal()) }));
    let (status, body, ran) = login(hooks, "{}").await;
    assert_eq!((status, &body["code"], ran), (402, &json!("payment_required"), false));
    assert_eq!(HookError::new("fine").status(200).http_status(), 400);
}

#[tokio::test]
async fn sec_62_a_fault_of_a_hook_tells_the_client_nothing() {
    let mut hooks = Hooks::default();
    hooks.before(
        "*",
        before(|_| async {
            let number: u8 = "a secret".parse::<u8>()?;
            Answer::json(200, &number)
        }),
    );
    let (status, body, ran) = login(hooks, "{}").await;
    assert_eq!((status, &body["code"], ran), (500, &json!("internal"), false));
    assert!(!body.to_string().contains("digit"), "{body}");
}

#[tokio::test]
async fn a_hook_may_answer_by_itself_and_change_bodies_both_ways() {
    let mut own = Hooks::default();
    own.before("*", before(|_| async { Answer::json(202, &json!({"later": true})) }));
    assert_eq!(login(own, "{}").await, (202, json!({"later": true}), false));
    let mut hooks = Hooks::default();
    hooks.before(
        "*",
        before(|mut event| async move {
            let mut body: Value = event.json()?;
            body["email"] = json!("ada@shop.example");
            event.set_json(&body)?;
            event.next().await
        }),
    );
    hooks.after(
        "*",
        after(|mut event| async move {
            let mut body = event.answer.value().await?;
            body["seen"] = json!(event.succeeded());
            event.answer.set_json(&body)?;
            event.next().await
        }),
    );
    let wanted = json!({"email": "ada@shop.example", "seen": true});
    assert_eq!(login(hooks, r#"{"email": "ADA"}"#).await, (200, wanted, true));
}

#[test]
fn operations_without_hooks_have_no_chain() {
    let mut extensions = Extensions::new();
    assert!(chain(&extensions, ["auth", "login"]).is_none());
    let mut hooks = Hooks::default();
    hooks.before("/api/auth/login", before(|event| event.next()));
    extensions.insert(Arc::new(hooks));
    assert!(chain(&extensions, ["auth", "me"]).is_none());
    assert!(chain(&extensions, ["api", "auth", "token"]).is_some());
}
