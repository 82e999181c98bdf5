//! tokio-postgres: a checkout pool, or a few clients shared by all requests (pipelined). Rows come in binary and the
//! JSON is written by hand.

use crate::{In, ser::*, sql};
use bytes::Bytes;
use parking_lot::Mutex;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres::{
    Client, NoTls, Row, Statement,
    types::{FromSql, Type},
};

struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Raw(raw))
    }
    fn accepts(_: &Type) -> bool {
        true
    }
}

fn column(row: &Row, i: usize) -> Option<&[u8]> {
    row.get::<_, Option<Raw>>(i).map(|x| x.0)
}

struct Connection {
    client: Client,
    one: Statement,
    page: Statement,
    items: Statement,
    insert: Statement,
}

async fn open(url: &str) -> Connection {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    let prepare = async |text| client.prepare(text).await.unwrap();
    let (one, page) = (prepare(sql::ONE).await, prepare(sql::PAGE).await);
    let (items, insert) = (prepare(sql::ITEMS).await, prepare(sql::INSERT).await);
    Connection { client, one, page, items, insert }
}

pub struct Pg {
    shared: Option<AtomicUsize>,
    all: Vec<Arc<Connection>>,
    free: Mutex<Vec<usize>>,
    permits: Semaphore,
}

struct Guard<'a>(&'a Pg, Arc<Connection>, Option<(usize, SemaphorePermit<'a>)>);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        if let Some((i, _)) = &self.2 {
            self.0.free.lock().push(*i);
        }
    }
}

impl Pg {
    pub async fn new(url: &str, n: usize, shared: bool) -> Self {
        let mut all = vec![];
        for _ in 0..n {
            all.push(Arc::new(open(url).await));
        }
        Self {
            shared: shared.then(|| AtomicUsize::new(0)),
            all,
            free: Mutex::new((0..n).collect()),
            permits: Semaphore::new(n),
        }
    }

    async fn get(&self) -> Guard<'_> {
        if let Some(n) = &self.shared {
            let connection = self.all[n.fetch_add(1, Ordering::Relaxed) % self.all.len()].clone();
            return Guard(self, connection, None);
        }
        let permit = self.permits.acquire().await.unwrap();
        let i = self.free.lock().pop().unwrap();
        Guard(self, self.all[i].clone(), Some((i, permit)))
    }

    pub async fn one(&self, id: i64) -> Bytes {
        let guard = self.get().await;
        let row = guard.1.client.query_one(&guard.1.one, &[&id]).await.unwrap();
        drop(guard);
        let mut out = Vec::with_capacity(256);
        write_row(&mut out, ORDER, |i| column(&row, i));
        out.push(b'}');
        out.into()
    }

    pub async fn page(&self, status: &str, before: &str) -> Bytes {
        let guard = self.get().await;
        let rows = guard.1.client.query(&guard.1.page, &[&status, &before]).await.unwrap();
        drop(guard);
        let mut out = Vec::with_capacity(6144);
        for row in &rows {
            out.push(if out.is_empty() { b'[' } else { b',' });
            write_row(&mut out, ORDER, |i| column(row, i));
            out.push(b'}');
        }
        close(out)
    }

    /// Two statements; the second fetches all children by `= ANY(ids)`.
    pub async fn nested(&self, status: &str, before: &str) -> Bytes {
        let guard = self.get().await;
        let rows = guard.1.client.query(&guard.1.page, &[&status, &before]).await.unwrap();
        let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        let items = guard.1.client.query(&guard.1.items, &[&ids]).await.unwrap();
        drop(guard);
        let mut out = Vec::with_capacity(12288);
        for (row, id) in rows.iter().zip(ids) {
            out.push(if out.is_empty() { b'[' } else { b',' });
            write_row(&mut out, ORDER, |i| column(row, i));
            out.extend_from_slice(b",\"items\":");
            let from = items.partition_point(|item| item.get::<_, i64>(4) < id);
            let n = items[from..].iter().take_while(|item| item.get::<_, i64>(4) == id).count();
            let mut separator = b'[';
            for item in &items[from..from + n] {
                out.push(separator);
                separator = b',';
                write_row(&mut out, ITEM, |i| column(item, i));
                out.push(b'}');
            }
            out.extend_from_slice(if n == 0 { b"[]}" } else { b"]}" });
        }
        close(out)
    }

    pub async fn insert(&self, row: &In) -> Bytes {
        let guard = self.get().await;
        let values: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
            [&row.tenant_id, &row.customer_id, &row.kind, &row.amount];
        let row = guard.1.client.query_one(&guard.1.insert, &values).await.unwrap();
        drop(guard);
        let mut out = Vec::with_capacity(256);
        write_row(&mut out, EVENT, |i| column(&row, i));
        out.push(b'}');
        out.into()
    }
}
