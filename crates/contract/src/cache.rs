//! Rendered documents, kept until there is a newer build or no more room.

use crate::{Api, DocumentsReach, openapi31, swagger2};
use bytes::Bytes;
use parking_lot::Mutex;
use portcullis_project::Project;
use portcullis_query::access::{Action, Caller, decide};
use std::{
    collections::VecDeque,
    sync::{Arc, OnceLock},
};
use xxhash_rust::xxh3::xxh3_128;

/// Which document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// Swagger 2.0.
    Swagger2,
    /// OpenAPI 3.1.
    OpenApi31,
}

/// What a caller may do with a project, as one number: callers for whom it is the same see the same document. SEC-68.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Audience(u128);

impl Audience {
    /// Asks for every table and action. What differs from caller to caller without a trace in the document, such as
    /// the rows of a tenant, does not count.
    pub fn of(project: &Project, caller: &Caller) -> Self {
        let documents = DocumentsReach::of(project, caller).map_or(0, |reach| 1 + reach as u8);
        let mut shape = vec![u8::from(caller.is_signed_in()), documents];
        for table in project.database.tables() {
            for action in [Action::Read, Action::Create, Action::Update, Action::Delete] {
                let Ok(grant) = decide(&project.policy, caller, action, table.id) else {
                    shape.push(0);
                    continue;
                };
                shape.push(1 | (u8::from(grant.sees_sql()) << 1));
                let columns = table.columns.iter().map(|column| column.id);
                shape.extend(columns.map(|id| u8::from(grant.reads(id)) | (u8::from(grant.writes(id)) << 1)));
            }
        }
        Self(xxh3_128(&shape))
    }
}

/// A rendered document.
#[derive(Debug, Clone)]
pub struct Document {
    /// The JSON text.
    pub body: Bytes,
    /// A strong ETag with its quotes.
    pub etag: String,
}

impl Document {
    fn new(text: String) -> Self {
        let body = Bytes::from(text);
        let etag = format!("\"{:032x}\"", xxh3_128(&body));
        Self { body, etag }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Key {
    generation: u64,
    path: String,
    kind: DocumentKind,
    audience: Audience,
}

type Slot = Arc<OnceLock<Document>>;

/// The rendered documents of a node, at most so many; the one unused for longest gives way.
#[derive(Debug)]
pub struct DocumentCache {
    capacity: usize,
    /// In order of use, the latest last. Few enough that searching costs nothing beside sending one.
    slots: Mutex<VecDeque<(Key, Slot)>>,
}

impl Default for DocumentCache {
    fn default() -> Self {
        Self::new(64)
    }
}

impl DocumentCache {
    /// A cache for so many documents.
    pub fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), slots: Mutex::default() }
    }

    /// The document of `project` for `caller`, rendered if it is not there yet. `base_path` is the whole path below
    /// which the data routes stand.
    pub fn get(&self, project: &Project, kind: DocumentKind, base_path: &str, caller: &Caller) -> Document {
        let audience = Audience::of(project, caller);
        let key = Key { generation: project.generation, path: base_path.to_owned(), kind, audience };
        self.get_or_render(key, || render(project, kind, base_path, caller))
    }

    fn get_or_render(&self, key: Key, render: impl FnOnce() -> Document) -> Document {
        let slot = self.slot(key);
        // Rendered outside the lock, once: whoever comes meanwhile for the same document waits for it.
        slot.get_or_init(render).clone()
    }

    fn slot(&self, key: Key) -> Slot {
        let mut slots = self.slots.lock();
        let known = slots.iter().position(|(known, _)| *known == key).and_then(|at| slots.remove(at));
        let (key, slot) = known.unwrap_or_else(|| (key, Slot::default()));
        while slots.len() >= self.capacity {
            slots.pop_front();
        }
        slots.push_back((key, slot.clone()));
        slot
    }
}

fn render(project: &Project, kind: DocumentKind, base_path: &str, caller: &Caller) -> Document {
    let api = Api::of(project, caller);
    let document = match kind {
        DocumentKind::Swagger2 => swagger2(&api, base_path),
        DocumentKind::OpenApi31 => openapi31(&api, base_path),
    };
    Document::new(document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(generation: u64, path: &str, audience: Audience) -> Key {
        Key { generation, path: path.to_owned(), kind: DocumentKind::Swagger2, audience }
    }

    fn never() -> Document {
        panic!("it is there already")
    }

    #[test]
    fn a_document_is_rendered_once_for_each_build_path_and_audience() {
        let cache = DocumentCache::default();
        for (generation, path) in [(1, "/p/shop/api"), (2, "/p/shop/api"), (2, "/p/shop@staging/api")] {
            for audience in [Audience(1), Audience(2)] {
                let text = format!("{generation} {path} {audience:?}");
                let first = cache.get_or_render(key(generation, path, audience), || Document::new(text.clone()));
                let again = cache.get_or_render(key(generation, path, audience), never);
                assert_eq!((&first.body, &first.etag), (&again.body, &again.etag));
                assert_eq!(again.body, text);
            }
        }
    }

    #[test]
    fn the_document_unused_for_longest_gives_way() {
        let cache = DocumentCache::new(2);
        let ask = |generation, render: fn() -> Document| {
            cache.get_or_render(key(generation, "/api", Audience(1)), render).body
        };
        ask(1, || Document::new("one".to_owned()));
        ask(2, || Document::new("two".to_owned()));
        ask(1, never);
        ask(3, || Document::new("three".to_owned()));
        assert_eq!(ask(1, never), "one");
        assert_eq!(ask(2, || Document::new("two again".to_owned())), "two again");
        assert_eq!(cache.slots.lock().len(), 2);
    }
}
