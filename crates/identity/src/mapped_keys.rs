//! API keys that lie in the customer's own table: the value as it is, or its SHA-256 in hexadecimal.

use crate::{
    IdentityError,
    users::{objects, run, statements},
};
use portcullis_base::Timestamp;
use portcullis_crypto::{same, sha256};
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::{
    Json,
    access::Action,
    convert::parse_moment,
    plan::{Condition, internal::is},
};
use serde_json::Value;

/// Whose a key of the mapped table is; `None` where it is not known, has run out or was revoked.
pub(crate) async fn owner(project: &Project, text: &str, now: Timestamp) -> Result<Option<String>, IdentityError> {
    let Some(card) = project.cards.get(CardKind::ApiKey) else { return Ok(None) };
    let (Some(key), Some(user)) = (card.column("key"), card.column("user_id")) else { return Ok(None) };
    if text.is_empty() || text.contains('\0') {
        return Ok(None);
    }
    let read = statements(project, card.table, Action::Read, "the owner of an API key is looked up");
    let hex: String = sha256(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
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
