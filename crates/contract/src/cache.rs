//! Rendered documents, kept until there is a newer build or no more room.

use crate::{Api, openapi31, swagger2};
use bytes::Bytes;
use parking_lot::Mutex;
use portcullis_project::Project;
use portcullis_query::access::{Caller, EndUser};
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

/// Callers for whom a document is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Nobody known, and holders of a public key.
    Anonymous,
    /// End users.
    User,
    /// End users who are administrators.
    UserAdministrator,
    /// Holders of an admin key.
    Administrator,
}

impl From<&Caller> for Audience {
    fn from(caller: &Caller) -> Self {
        match caller {
            Caller::Anonymous | Caller::PublicKey => Self::Anonymous,
            Caller::User(user) if user.administrator => Self::UserAdministrator,
            Caller::User(_) => Self::User,
            Caller::Administrator => Self::Administrator,
        }
    }
}

impl Audience {
    fn caller(self) -> Caller {
        let user = |administrator| Caller::User(Arc::new(EndUser { administrator, ..EndUser::default() }));
        match self {
            Self::Anonymous => Caller::Anonymous,
            Self::User => user(false),
            Self::UserAdministrator => user(true),
            Self::Administrator => Caller::Administrator,
        }
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
        let audience = Audience::from(caller);
        let key = Key { generation: project.generation, path: base_path.to_owned(), kind, audience };
        self.get_or_render(key, || render(project, kind, base_path, audience))
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

fn render(project: &Project, kind: DocumentKind, base_path: &str, audience: Audience) -> Document {
    let api = Api::of(project, &audience.caller());
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
            for audience in [Audience::Anonymous, Audience::Administrator] {
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
            cache.get_or_render(key(generation, "/api", Audience::Anonymous), render).body
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
