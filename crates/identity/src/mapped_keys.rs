//! API keys that lie in the customer's own table: the value as it is, or its SHA-256 in hexadecimal.

use crate::{
    IdentityError,
    users::{NewRow, id_json, id_text, is_token, moment, objects, run, spelled, statements, word},
};
use portcullis_base::{Secret, Timestamp};
use portcullis_crypto::{same, sha256};
use portcullis_project::{CardRef, Project, settings::CardKind};
use portcullis_query::{
    Json,
    access::Action,
    convert::parse_moment,
    plan::{
        Condition,
        internal::{is, is_null},
    },
};
use portcullis_schema::Column;
use serde_json::Value;

/// Whose a key of the mapped table is; `None` where it is not known, has run out or was revoked.
pub(crate) async fn owner(project: &Project, text: &str, now: Timestamp) -> Result<Option<String>, IdentityError> {
    let Some(card) = project.cards.get(CardKind::ApiKey) else { return Ok(None) };
    let (Some(key), Some(user)) = (card.column("key"), card.column("user_id")) else { return Ok(None) };
    if text.is_empty() || text.contains('\0') {
        return Ok(None);
    }
    let read = statements(project, card.table, Action::Read, "the owner of an API key is looked up");
    let hex = hex(&sha256(text.as_bytes()));
    // What looks like a hash may be one that was read from a copy of the table: it is no key.
    let plain = !(text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let words = if plain { vec![text, hex.as_str()] } else { vec![hex.as_str()] };
    let either = words
        .into_iter()
        .map(|word| read.compared(key, &Json::String(word.to_owned())).ok().map(|value| is(key, value)));
    let condition = Condition::Any(either.flatten().collect());
    let columns: Vec<_> =
        ["key", "user_id", "expires_at", "revoked_at"].iter().filter_map(|name| card.column(name)).collect();
    let rows = objects(&run(project, read.select(&columns, condition, None, 2)).await?)?;
    // A database's own idea of equal texts may be wider than ours; and of two rows neither is meant.
    let mut good = rows.iter().filter(|row| {
        let kept = row.get(&key.name).and_then(Value::as_str).unwrap_or_default();
        (plain && same(kept.as_bytes(), text.as_bytes())) || same(kept.as_bytes(), hex.as_bytes())
    });
    let Some(row) = good.next().filter(|_| rows.len() == 1) else { return Ok(None) };
    let moment =
        |name: &str| card.column(name).and_then(|column| row.get(&column.name)).filter(|value| !value.is_null());
    let expired = match moment("expires_at") {
        None => false,
        // A time that cannot be read has passed.
        Some(value) => {
            value.as_str().and_then(parse_moment).is_none_or(|until| until.and_utc().timestamp_micros() <= now.micros())
        }
    };
    if expired || moment("revoked_at").is_some() {
        return Ok(None);
    }
    Ok(row.get(&user.name).and_then(crate::users::id_text))
}

/// Rows of a user that are looked at for a list.
const LISTED: u64 = 1_000;

/// A key of the mapped table, without its text.
#[derive(Debug)]
pub(crate) struct MappedKey {
    /// The row's id.
    pub row: String,
    /// What the key is called where its text may not stand.
    pub id: String,
    /// Until when it works.
    pub expires_at: Option<Timestamp>,
    /// Since when it is there.
    pub created_at: Option<Timestamp>,
}

/// What a key without an id of ours is called: made of its hash, so that it is the same in lists and in what ended.
pub(crate) fn name_of(hash: &[u8; 32]) -> String {
    format!("mapped_{}", hex(&sha256(hash)))
}

/// The keys of a user in the mapped table that work.
pub(crate) async fn list(project: &Project, user: &str, now: Timestamp) -> Result<Vec<MappedKey>, IdentityError> {
    let Some(card) = project.cards.get(CardKind::ApiKey) else { return Ok(Vec::new()) };
    let fields = (card.column("id"), card.column("key"), card.column("user_id"));
    let (Some(id), Some(key), Some(owner)) = fields else { return Ok(Vec::new()) };
    let read = statements(project, card.table, Action::Read, "the API keys of a user are listed");
    let Ok(value) = read.compared(owner, &id_json(owner, user)) else { return Ok(Vec::new()) };
    let mut condition = vec![is(owner, value)];
    condition.extend(card.column("revoked_at").map(is_null));
    let times: Vec<_> = ["expires_at", "created_at"].iter().filter_map(|name| card.column(name)).collect();
    let columns: Vec<_> = [id, key, owner].into_iter().chain(times).collect();
    let rows = objects(&run(project, read.select(&columns, Condition::All(condition), Some(id), LISTED)).await?)?;
    let at = |row: &serde_json::Map<String, Value>, name: &str| {
        let value = row.get(&card.column(name)?.name).filter(|value| !value.is_null())?;
        // A time that cannot be read has passed.
        Some(
            value.as_str().and_then(parse_moment).map_or(Timestamp(0), |at| Timestamp(at.and_utc().timestamp_micros())),
        )
    };
    let shown = rows.iter().filter_map(|row| {
        let kept = row.get(&key.name).and_then(Value::as_str).filter(|kept| !kept.is_empty())?;
        // A database's own idea of equal texts may be wider than ours.
        row.get(&owner.name).and_then(id_text).filter(|own| own == user)?;
        let expires_at = at(row, "expires_at");
        let row_id = row.get(&id.name).and_then(id_text)?;
        let key = MappedKey { row: row_id, id: name_of(&hash_of(kept)), expires_at, created_at: at(row, "created_at") };
        expires_at.is_none_or(|until| until > now).then_some(key)
    });
    Ok(shown.collect())
}

/// The hash of the key that a row keeps as it is, or as the hash itself.
fn hash_of(kept: &str) -> [u8; 32] {
    let digit = |at: usize| kept.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let mut hash = [0; 32];
    for (at, byte) in hash.iter_mut().enumerate() {
        match digit(2 * at).filter(|_| kept.len() == 64 && kept.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            Some(value) => *byte = value,
            None => return sha256(kept.as_bytes()),
        }
    }
    hash
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps a new key in the mapped table too, as its rows are kept; gives the row. `None` where the table keeps no users'
/// keys or takes no row: then the key is kept beside it.
pub(crate) async fn keep(
    project: &Project,
    user: &str,
    key: &Secret<String>,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Option<String> {
    let card = project.cards.get(CardKind::ApiKey)?;
    let (text, owner) = (card.column("key")?, card.column("user_id")?);
    match insert(project, card, text, (owner, user), key.expose(), until, now).await {
        Ok(row) => row,
        Err(error) => {
            tracing::warn!(%error, "An API key is kept beside the customer's table only");
            None
        }
    }
}

async fn insert(
    project: &Project,
    card: CardRef<'_>,
    column: &Column,
    (owner, user): (&Column, &str),
    text: &str,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<Option<String>, IdentityError> {
    let id = card.column("id").ok_or(IdentityError::NotConfigured)?;
    // A key that ends must not live on in a table that cannot say so.
    if until.is_some() && card.column("expires_at").is_none() {
        return Ok(None);
    }
    let kept = spelled(project, card, column, text).await?;
    let row = NewRow::new(project, card, "an API key is kept").text("user_id", user)?.text("key", &kept)?;
    let row = row.time("created_at", now)?;
    let row = match until {
        Some(until) => row.time("expires_at", until)?,
        None => row,
    };
    run(project, row.insert(now)?).await?;
    let read = statements(project, card.table, Action::Read, "the row of a new API key is looked up");
    let Ok(value) = read.compared(column, &Json::String(kept)) else { return Ok(None) };
    let rows = objects(&run(project, read.select(&[id, column, owner], is(column, value), None, 10)).await?)?;
    let own = |row: &&serde_json::Map<String, Value>| {
        let kept = row.get(&column.name).and_then(Value::as_str).unwrap_or_default();
        is_token(kept, text) && row.get(&owner.name).and_then(id_text).as_deref() == Some(user)
    };
    Ok(rows.iter().find(own).and_then(|row| row.get(&id.name).and_then(id_text)))
}

/// Ends the row of a key.
pub(crate) async fn revoke(project: &Project, row: &str, now: Timestamp) -> Result<(), IdentityError> {
    end(project, "id", row, now).await
}

/// Ends all keys of a user in the mapped table.
pub(crate) async fn revoke_all(project: &Project, user: &str, now: Timestamp) -> Result<(), IdentityError> {
    end(project, "user_id", user, now).await
}

/// Marks rows as revoked, or deletes them where nothing can be marked.
async fn end(project: &Project, field: &str, id: &str, now: Timestamp) -> Result<(), IdentityError> {
    const REASON: &str = "an API key ends";
    let Some(card) = project.cards.get(CardKind::ApiKey) else { return Ok(()) };
    let Some(column) = card.column(field) else { return Ok(()) };
    let revoked = card.column("revoked_at").filter(|column| column.generated.writable());
    let action = if revoked.is_some() { Action::Update } else { Action::Delete };
    let write = statements(project, card.table, action, REASON);
    let Ok(value) = write.compared(column, &id_json(column, id)) else { return Ok(()) };
    let own = is(column, value);
    let statement = match revoked {
        Some(revoked) => {
            let set = vec![(revoked, word(&write, revoked, moment(revoked, now))?)];
            write.update(set, Condition::All(vec![own, is_null(revoked)]))
        }
        None => write.delete(own),
    };
    run(project, statement).await.map(drop)
}
