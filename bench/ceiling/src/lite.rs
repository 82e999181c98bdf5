//! Embedded SQLite: on the runtime's own threads, and on dedicated ones with a writer that commits in groups.

use crate::{In, ser::*};
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, params, types::ValueRef};
use std::cell::RefCell;
use tokio::sync::oneshot;

const ONE: &str = "SELECT id, tenant_id, customer_id, status, total, note, paid, created_at FROM orders WHERE id = ?1";
const PAGE: &str = "SELECT id, tenant_id, customer_id, status, total, note, paid, created_at FROM orders \
     WHERE status = ?1 AND created_at < ?2 ORDER BY created_at DESC LIMIT 25";
const INSERT: &str = "INSERT INTO events (tenant_id, customer_id, kind, amount) VALUES (?1, ?2, ?3, ?4) \
     RETURNING id, tenant_id, customer_id, kind, amount, created_at";

fn value(out: &mut Buf, v: ValueRef) {
    match v {
        ValueRef::Null => out.extend_from_slice(b"null"),
        ValueRef::Integer(i) => int(out, i),
        ValueRef::Real(f) => out.extend_from_slice(ryu::Buffer::new().format(f).as_bytes()),
        ValueRef::Text(s) => json_str(out, s),
        ValueRef::Blob(_) => unreachable!("the dataset has no blobs"),
    }
}

fn row(out: &mut Buf, r: &rusqlite::Row, cols: &Cols) {
    for (i, (key, _)) in cols.iter().enumerate() {
        out.extend_from_slice(key.as_bytes());
        value(out, r.get_ref_unwrap(i));
    }
    out.push(b'}');
}

pub enum Job {
    One(i64),
    Page(String, String),
}

fn open(path: &str, write: bool) -> Connection {
    let flags = if write { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
    let c = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).unwrap();
    if write {
        c.execute_batch("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;").unwrap();
    }
    c.execute_batch(
        "PRAGMA mmap_size=1073741824; PRAGMA cache_size=-65536; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000;",
    )
    .unwrap();
    c
}

fn run(c: &Connection, job: &Job) -> Bytes {
    match job {
        Job::One(id) => {
            let mut statement = c.prepare_cached(ONE).unwrap();
            let mut rows = statement.query(params![id]).unwrap();
            let mut out = Vec::with_capacity(256);
            row(&mut out, rows.next().unwrap().unwrap(), ORDER);
            out.into()
        }
        Job::Page(status, before) => {
            let mut statement = c.prepare_cached(PAGE).unwrap();
            let mut rows = statement.query(params![status, before]).unwrap();
            let mut out = Vec::with_capacity(6144);
            while let Some(r) = rows.next().unwrap() {
                out.push(if out.is_empty() { b'[' } else { b',' });
                row(&mut out, r, ORDER);
            }
            close(out)
        }
    }
}

fn insert(c: &Connection, e: &In) -> Bytes {
    let mut statement = c.prepare_cached(INSERT).unwrap();
    let amount: f64 = e.amount.parse().unwrap();
    let mut rows = statement.query(params![e.tenant_id, e.customer_id, e.kind, amount]).unwrap();
    let mut out = Vec::with_capacity(256);
    row(&mut out, rows.next().unwrap().unwrap(), EVENT);
    // To the end: a RETURNING statement that is reset early never triggers the checkpoint.
    while rows.next().unwrap().is_some() {}
    out.into()
}

type Ask = (Job, oneshot::Sender<Bytes>);
type Put = (In, oneshot::Sender<Bytes>);
thread_local!(static LOCAL: RefCell<Option<Connection>> = const { RefCell::new(None) });

pub struct Lite {
    path: String,
    ask: crossbeam_channel::Sender<Ask>,
    put: crossbeam_channel::Sender<Put>,
}

impl Lite {
    pub fn new(path: &str, n: usize) -> Self {
        let (ask, asked) = crossbeam_channel::unbounded::<Ask>();
        for _ in 0..n {
            let (asked, c) = (asked.clone(), open(path, false));
            std::thread::spawn(move || {
                for (job, answer) in asked {
                    let _ = answer.send(run(&c, &job));
                }
            });
        }
        let (put, waiting) = crossbeam_channel::unbounded::<Put>();
        let c = open(path, true);
        std::thread::spawn(move || {
            // Group commit: all inserts waiting at this moment share one transaction.
            while let Ok(first) = waiting.recv() {
                c.execute_batch("BEGIN IMMEDIATE").unwrap();
                let mut done = vec![(insert(&c, &first.0), first.1)];
                while done.len() < 128 {
                    let Ok((row, answer)) = waiting.try_recv() else { break };
                    done.push((insert(&c, &row), answer));
                }
                c.execute_batch("COMMIT").unwrap();
                for (body, answer) in done {
                    let _ = answer.send(body);
                }
            }
        });
        Self { path: path.into(), ask, put }
    }

    /// On the calling runtime thread: blocks it for the length of the query.
    pub async fn inline(&self, job: Job) -> Bytes {
        LOCAL.with_borrow_mut(|c| run(c.get_or_insert_with(|| open(&self.path, false)), &job))
    }

    pub async fn threads(&self, job: Job) -> Bytes {
        let (answer, body) = oneshot::channel();
        self.ask.send((job, answer)).unwrap();
        body.await.unwrap()
    }

    pub async fn insert(&self, row: In) -> Bytes {
        let (answer, body) = oneshot::channel();
        self.put.send((row, answer)).unwrap();
        body.await.unwrap()
    }
}
