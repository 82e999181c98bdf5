//! The practical ceiling: fixed statements, no generality, no checks. What a generic server is measured against.
//!
//! Environment: PORT; PGHOST (host:port), PGUSER, PGDB; SQLITE (path); POOL connections or threads each; WORKERS
//! runtime threads. Without PGHOST or SQLITE the routes of that engine are left out. Each prefix is one way:
//! `tb` tokio-postgres with a checkout pool, `pb` the same over clients shared by all requests (pipelined);
//! `li` SQLite on the runtime's own threads, `lt` on dedicated threads with one writer that commits in groups.
#![forbid(unsafe_code)]

mod lite;
mod pg;
mod ser;
mod sql;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use lite::{Job, Lite};
use serde::Deserialize;
use std::{env, net::SocketAddr, sync::Arc};

#[global_allocator]
static ALLOC: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Deserialize)]
pub struct In {
    tenant_id: i32,
    customer_id: i64,
    kind: String,
    amount: String,
}

#[derive(Deserialize)]
struct PageQuery {
    status: String,
    before: String,
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn created(body: Bytes) -> Response {
    (StatusCode::CREATED, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn var(name: &str, default: &str) -> String {
    env::var(name).unwrap_or_else(|_| default.to_owned())
}

macro_rules! one {
    ($routes:ident, $path:expr, $backend:ident, |$id:ident| $answer:expr) => {{
        let b = $backend.clone();
        $routes = $routes.route(
            $path,
            get(move |Path($id): Path<i64>| {
                let $backend = b.clone();
                async move { json($answer.await) }
            }),
        );
    }};
}
macro_rules! page {
    ($routes:ident, $path:expr, $backend:ident, |$query:ident| $answer:expr) => {{
        let b = $backend.clone();
        $routes = $routes.route(
            $path,
            get(move |Query($query): Query<PageQuery>| {
                let $backend = b.clone();
                async move { json($answer.await) }
            }),
        );
    }};
}
macro_rules! insert {
    ($routes:ident, $path:expr, $backend:ident, |$row:ident| $answer:expr) => {{
        let b = $backend.clone();
        $routes = $routes.route(
            $path,
            post(move |body: Bytes| {
                let $backend = b.clone();
                async move {
                    let $row: In = serde_json::from_slice(&body).unwrap();
                    created($answer.await)
                }
            }),
        );
    }};
}

async fn routes(pool: usize) -> Router {
    let mut r = Router::new();
    if let Ok(host) = env::var("PGHOST") {
        let (user, db) = (var("PGUSER", "postgres"), var("PGDB", "bench"));
        let url = format!("postgres://{user}@{host}/{db}?sslmode=disable&options=-c%20TimeZone%3DUTC");
        for (name, shared) in [("tb", false), ("pb", true)] {
            let p = Arc::new(pg::Pg::new(&url, pool, shared).await);
            one!(r, &format!("/{name}/orders/{{id}}"), p, |id| p.one(id));
            page!(r, &format!("/{name}/page"), p, |q| p.page(&q.status, &q.before));
            page!(r, &format!("/{name}/nested"), p, |q| p.nested(&q.status, &q.before));
            insert!(r, &format!("/{name}/events"), p, |row| p.insert(&row));
        }
    }
    if let Ok(path) = env::var("SQLITE") {
        let l = Arc::new(Lite::new(&path, pool));
        one!(r, "/li/orders/{id}", l, |id| l.inline(Job::One(id)));
        one!(r, "/lt/orders/{id}", l, |id| l.threads(Job::One(id)));
        page!(r, "/li/page", l, |q| l.inline(Job::Page(q.status, q.before)));
        page!(r, "/lt/page", l, |q| l.threads(Job::Page(q.status, q.before)));
        insert!(r, "/lt/events", l, |row| l.insert(row));
    }
    r
}

async fn serve(port: u16, pool: usize) -> std::io::Result<()> {
    let routes = routes(pool).await;
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], port)).into())?;
    socket.listen(1024)?;
    let listener = tokio::net::TcpListener::from_std(socket.into())?;
    loop {
        let Ok((connection, _)) = listener.accept().await else { continue };
        let _ = connection.set_nodelay(true);
        let service = TowerToHyperService::new(routes.clone());
        tokio::spawn(async move {
            let _ =
                hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(connection), service).await;
        });
    }
}

fn main() -> std::io::Result<()> {
    let number = |name, default| var(name, default).parse::<usize>().unwrap_or_else(|_| panic!("{name} is no number"));
    let (port, pool, workers) = (number("PORT", "8700"), number("POOL", "8"), number("WORKERS", "2"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build()?;
    runtime.block_on(serve(port as u16, pool))
}
