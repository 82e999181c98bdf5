//! A whole result as a stream: keyset batches, a statement and a pool turn each.

use crate::{RecordsError, Session, embed::embed};
use bytes::Bytes;
use portcullis_base::Timestamp;
use portcullis_engines::EngineError;
use portcullis_project::Project;
use portcullis_query::{
    RowFormat, Rows,
    access::Caller,
    plan::{ListPlan, PagePlan, PlanError, cursor_of},
    render,
    request::{ListRequest, Paging},
};
use portcullis_schema::{Table, TableId};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

/// Rows of a batch.
const BATCH: u64 = 1000;
/// How long a client may take nothing before it is cut. REL-15.
const SLOW_READER: Duration = Duration::from_secs(30);

/// A running export: chunks of bytes; an error ends it. The first item tells whether it began at all.
pub type Exported = mpsc::Receiver<Result<Bytes, RecordsError>>;

/// Starts an export of everything a request matches (or of its one page, where it names one).
pub fn export(
    project: Arc<Project>,
    caller: Caller,
    (now, opened): (Timestamp, Option<TableId>),
    table: TableId,
    request: ListRequest,
    format: RowFormat,
    whole: bool,
) -> Exported {
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let session = Session { project: &project, caller: &caller, now, opened };
        let mut out = Out { sender, format };
        let result = run(session, session.project.database.table(table), request, whole, &mut out).await;
        if let Err(error) = result {
            // A receiver that is gone needs no error.
            let _ = out.sender.send(Err(error)).await;
        }
    });
    receiver
}

struct Out {
    sender: mpsc::Sender<Result<Bytes, RecordsError>>,
    format: RowFormat,
}

impl Out {
    /// Waits until the client has taken all but the last chunk, so that no more is read than it takes; `None` where
    /// it is gone or too slow.
    async fn place(&self) -> Option<mpsc::Permit<'_, Result<Bytes, RecordsError>>> {
        tokio::time::timeout(SLOW_READER, self.sender.reserve()).await.ok()?.ok()
    }

    /// Hands a chunk over; false where the client is gone or too slow.
    async fn send(&self, bytes: Vec<u8>) -> bool {
        self.place().await.map(|place| place.send(Ok(chunk(bytes)))).is_some()
    }
}

/// Chunks wait for slow readers: without the room they grew into.
fn chunk(mut bytes: Vec<u8>) -> Bytes {
    bytes.shrink_to_fit();
    bytes.into()
}

/// The header record of a CSV export: the JSON names.
pub fn export_header(plan: &ListPlan<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    for selected in plan.select.columns.iter().filter(|selected| selected.output.visible) {
        if !out.is_empty() {
            out.push(b',');
        }
        let name = &selected.output.shape.name;
        if name.contains(['"', ',', '\r', '\n']) || name.is_empty() {
            out.extend_from_slice(format!("\"{}\"", name.replace('"', "\"\"")).as_bytes());
        } else {
            out.extend_from_slice(name.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

async fn run(
    session: Session<'_>,
    table: &Table,
    mut request: ListRequest,
    whole: bool,
    out: &mut Out,
) -> Result<(), RecordsError> {
    request.total = false;
    let mut planner = session.planner();
    let keyset = whole && !table.primary_key.is_empty() && !request.distinct && request.aggregations.is_none();
    if whole {
        planner.limits.page_size_max = planner.limits.page_size_max.max(BATCH);
    }
    if keyset {
        request.paging = Paging::Cursor { after: None, size: Some(BATCH) };
    }
    let mut plan = planner.list(table, &request)?;
    let includes = !plan.includes.is_empty();
    if includes && (out.format == RowFormat::Csv || (whole && !keyset)) {
        return Err(RecordsError::Plan(PlanError::Unsupported { feature: "embedding rows in this kind of export" }));
    }
    let mut head = if out.format == RowFormat::Csv { export_header(&plan) } else { Vec::new() };
    if whole && !keyset {
        plan.select.limit = None;
        plan.select.offset = 0;
        return stream(session, table, &plan, head, out).await;
    }
    loop {
        let Some(place) = out.place().await else { return Ok(()) };
        let mut statement = render::select(&plan.select, planner.dialect);
        statement.format = if includes { RowFormat::Json } else { out.format };
        let mut rows = session.fetch_once(statement, table).await?;
        let next = match &plan.page {
            PagePlan::Cursor { size, keys, fingerprint } if rows.len() as u64 > *size => {
                let shown = rows.len() - 1;
                let last = rows.captured(shown - 1, plan.captured);
                let cursor = cursor_of(*fingerprint, keys.iter().map(|at| &last[*at]));
                rows.keep(shown, plan.captured);
                Some(cursor)
            }
            _ => None,
        };
        let mut bytes = std::mem::take(&mut head);
        write_rows(session, rows, &plan, includes, &mut bytes).await?;
        place.send(Ok(chunk(bytes)));
        let Some(cursor) = next else { return Ok(()) };
        request.paging = Paging::Cursor { after: Some(cursor), size: Some(BATCH) };
        plan = planner.list(table, &request)?;
    }
}

async fn write_rows(
    session: Session<'_>,
    rows: Rows,
    plan: &ListPlan<'_>,
    includes: bool,
    chunk: &mut Vec<u8>,
) -> Result<(), RecordsError> {
    if !includes {
        if chunk.is_empty() {
            *chunk = rows.bytes;
        } else {
            chunk.extend_from_slice(&rows.bytes);
        }
        return Ok(());
    }
    let embedded = embed(session, rows, plan.captured, &plan.includes).await?;
    for span in embedded.spans {
        chunk.extend_from_slice(&embedded.bytes[span]);
        chunk.push(b'\n');
    }
    Ok(())
}

/// Rows that cannot be walked by key: one statement, without the time limit.
async fn stream(
    session: Session<'_>,
    table: &Table,
    plan: &ListPlan<'_>,
    head: Vec<u8>,
    out: &mut Out,
) -> Result<(), RecordsError> {
    let mut statement = render::select(&plan.select, session.project.engine.dialect());
    statement.format = out.format;
    let (sender, mut chunks) = mpsc::channel::<Rows>(1);
    let reading = session.project.engine.stream(statement, sender);
    let writing = async {
        let mut first = Some(head);
        while let Some(rows) = chunks.recv().await {
            let bytes = match first.take() {
                Some(mut head) if !head.is_empty() => {
                    head.extend_from_slice(&rows.bytes);
                    head
                }
                _ => rows.bytes,
            };
            if !out.send(bytes).await {
                return first;
            }
        }
        first
    };
    let (read, head) = futures_util::future::join(reading, writing).await;
    match read {
        // The reading ends early when nobody takes its rows any more.
        Err(EngineError::Unavailable { .. }) if out.sender.is_closed() => return Ok(()),
        Err(error) => return Err(session.failed(error, table, false)),
        Ok(()) => {}
    }
    if let Some(head) = head {
        out.send(head).await;
    }
    Ok(())
}
