//! Pages of documents, and how many there are.

use crate::{Author, Clause, Collection, Document, Documents, DocumentsError, PAGE_SIZE_MAX, clause::sort_order};
use portcullis_base::ConnectionId;
use portcullis_store::documents::{self, Place, StoredDocument, Within};
use serde_json::Value;

/// In which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Order {
    /// As they were made.
    #[default]
    Created,
    /// By their ids.
    Id,
    /// By a member of what they say; documents without it come first.
    Data(String),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// All must hold.
    pub clauses: Vec<Clause>,
    /// The order.
    pub order: Order,
    /// Whether it is turned round.
    pub descending: bool,
    /// From 1.
    pub page: u64,
    /// Documents of a page.
    pub size: u64,
}

/// One page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub page: u64,
    /// Documents of a page at most.
    pub size: u64,
    /// Documents of all pages.
    pub total: u64,
    /// The documents.
    pub documents: Vec<Document>,
}

impl Documents {
    /// One page of the documents that the author may read and for which the clauses hold.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::InvalidQuery`] for a page that cannot be.
    pub async fn list(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        list: &List,
    ) -> Result<Page, DocumentsError> {
        if list.page < 1 {
            return Err(DocumentsError::query("page", "pages are counted from 1"));
        }
        if !(1..=PAGE_SIZE_MAX).contains(&list.size) {
            let message = format!("a page has 1 to {PAGE_SIZE_MAX} documents");
            return Err(DocumentsError::query("size", message));
        }
        let (place, within) = (collection.place(connection), collection.readable(author)?);
        let (total, found) = if list.clauses.is_empty() && list.order == Order::Created {
            self.in_order(&place, &within, list).await?
        } else {
            self.sought(&place, &within, list).await?
        };
        let documents = found.into_iter().map(Document::read).collect::<Result<_, _>>()?;
        Ok(Page { page: list.page, size: list.size, total, documents })
    }

    /// How many documents the author may read for which the clauses hold.
    ///
    /// # Errors
    ///
    /// [`DocumentsError::Unauthenticated`].
    pub async fn count(
        &self,
        connection: &ConnectionId,
        collection: &Collection,
        author: &Author,
        clauses: &[Clause],
    ) -> Result<u64, DocumentsError> {
        let (place, within) = (collection.place(connection), collection.readable(author)?);
        if clauses.is_empty() {
            let count = self.store.db().read(move |tx| documents::count(tx, &place, &within)).await?;
            return Ok(u64::try_from(count).unwrap_or(0));
        }
        let mut count = 0;
        self.scan(&place, &within, clauses, |_, _| {
            count += 1;
            Ok(())
        })
        .await?;
        Ok(count)
    }

    async fn in_order(
        &self,
        place: &Place,
        within: &Within,
        list: &List,
    ) -> Result<(u64, Vec<StoredDocument>), DocumentsError> {
        let limit = i64::try_from(list.size).unwrap_or(i64::MAX);
        let offset = i64::try_from((list.page - 1).saturating_mul(list.size)).unwrap_or(i64::MAX);
        let (place, within, descending) = (place.clone(), within.clone(), list.descending);
        let (total, found) = self
            .store
            .db()
            .read(move |tx| {
                let total = documents::count(tx, &place, &within)?;
                Ok((total, documents::page(tx, &place, &within, descending, (limit, offset))?))
            })
            .await?;
        Ok((u64::try_from(total).unwrap_or(0), found))
    }

    /// Walks through all, keeps what is sorted by, and reads the page.
    async fn sought(
        &self,
        place: &Place,
        within: &Within,
        list: &List,
    ) -> Result<(u64, Vec<StoredDocument>), DocumentsError> {
        let mut found: Vec<(Value, i64)> = Vec::new();
        self.scan(place, within, &list.clauses, |document, body| {
            let key = match &list.order {
                Order::Created => Value::Null,
                Order::Id => Value::String(document.id.clone()),
                Order::Data(name) => body.get(name).cloned().unwrap_or(Value::Null),
            };
            found.push((key, document.seq));
            Ok(())
        })
        .await?;
        found.sort_by(|a, b| sort_order(&a.0, &b.0).then(a.1.cmp(&b.1)));
        if list.descending {
            found.reverse();
        }
        let total = found.len() as u64;
        let skipped = usize::try_from((list.page - 1).saturating_mul(list.size)).unwrap_or(usize::MAX);
        let size = usize::try_from(list.size).unwrap_or(usize::MAX);
        let page: Vec<i64> = found.into_iter().skip(skipped).take(size).map(|(_, seq)| seq).collect();
        let place = place.clone();
        let documents = self
            .store
            .db()
            .read(move |tx| page.iter().map(|seq| documents::at(tx, &place, *seq)).collect::<Result<Vec<_>, _>>())
            .await?;
        Ok((total, documents.into_iter().flatten().collect()))
    }
}
