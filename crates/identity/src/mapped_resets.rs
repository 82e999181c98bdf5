//! Tokens of reset mails in the customer's own table: with an end, used once, together with the new password.

use crate::{
    IdentityError,
    users::{
        Directory, NewRow, failed, has_passed, holds, id_json, id_text, is_token, moment, objects, run, spelled,
        statements, word,
    },
};
use portcullis_base::{Secret, Timestamp};
use portcullis_engines::{EngineError, TxMode};
use portcullis_project::{CardRef, Project, settings::CardKind};
use portcullis_query::{
    Json, Statement,
    access::Action,
    plan::{
        Condition,
        internal::{is, is_null},
    },
};
use portcullis_schema::Column;
use serde_json::Value;

/// How often a transaction that lost a race is tried again. REL-18.
const RETRIES: u32 = 3;

/// The mapped table.
#[derive(Clone, Copy)]
pub(crate) struct ResetTable<'p> {
    project: &'p Project,
    card: CardRef<'p>,
    user: &'p Column,
    token: &'p Column,
    until: &'p Column,
}

/// A token that works.
#[derive(Debug)]
pub(crate) struct ResetRow {
    /// Whose it is.
    pub user: String,
    kept: String,
}

impl<'p> ResetTable<'p> {
    pub fn of(project: &'p Project) -> Option<Self> {
        let card = project.cards.get(CardKind::PasswordResetToken)?;
        let column = |field: &str| card.column(field);
        let (user, token, until) = (column("user_id")?, column("token")?, column("expires_at")?);
        Some(Self { project, card, user, token, until })
    }

    /// Keeps a token; older ones of the user are void.
    pub async fn put(
        &self,
        user: &str,
        token: &Secret<String>,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let kept = spelled(self.project, self.card, self.token, token.expose()).await?;
        self.void(user, now).await?;
        let row = NewRow::new(self.project, self.card, "the token of a reset mail is kept")
            .text("user_id", user)?
            .text("token", &kept)?
            .time("expires_at", until)?
            .time("created_at", now)?;
        run(self.project, row.insert(now)?).await.map(drop)
    }

    /// The token, if it works. Does not use it up.
    pub async fn find(&self, token: &str, now: Timestamp) -> Result<Option<ResetRow>, IdentityError> {
        let read = statements(self.project, self.card.table, Action::Read, "the token of a reset mail is looked up");
        let Some(condition) = holds(&read, self.token, token) else { return Ok(None) };
        let mut columns = vec![self.user, self.token, self.until];
        columns.extend(self.card.column("used_at"));
        let mut rows = objects(&run(self.project, read.select(&columns, condition, None, 2)).await?)?;
        let Some(row) = rows.pop().filter(|_| rows.is_empty()) else { return Ok(None) };
        let kept = row.get(&self.token.name).and_then(Value::as_str).unwrap_or_default();
        let used = self.card.column("used_at").and_then(|column| row.get(&column.name)).is_some_and(|at| !at.is_null());
        let over = row.get(&self.until.name).is_none_or(|until| has_passed(until, now));
        if used || over || !is_token(kept, token) {
            return Ok(None);
        }
        Ok(row.get(&self.user.name).and_then(id_text).map(|user| ResetRow { user, kept: kept.to_owned() }))
    }

    /// Uses the token up and sets the password in one transaction; of many at once one gets through.
    pub async fn confirm(
        &self,
        directory: &Directory<'_>,
        row: &ResetRow,
        hash: &Secret<String>,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let spend = self.used(self.token, &Json::String(row.kept.clone()), now)?;
        let (Some(spend), Some(set)) = (spend, directory.password_statement(&row.user, hash, now)?) else {
            return Ok(false);
        };
        let mut tries = 0;
        loop {
            match self.both(spend.clone(), set.clone()).await {
                Err(error) if error.is_retryable() && tries < RETRIES => tries += 1,
                Err(error) => return Err(failed(self.project, error)),
                Ok(done) => return Ok(done),
            }
        }
    }

    async fn both(&self, spend: Statement, set: Statement) -> Result<bool, EngineError> {
        let mut tx = self.project.engine.begin(TxMode::Write).await?;
        let won = tx.fetch(spend).await?.affected == 1 && tx.fetch(set).await?.affected > 0;
        if won {
            tx.commit().await?
        } else {
            tx.rollback().await?
        }
        Ok(won)
    }

    /// Voids a user's tokens: a mail of before must not undo what came after it.
    pub async fn void(&self, user: &str, now: Timestamp) -> Result<(), IdentityError> {
        match self.used(self.user, &id_json(self.user, user), now)? {
            Some(void) => run(self.project, void).await.map(drop),
            None => Ok(()),
        }
    }

    /// The statement that marks unused tokens as used, or deletes them where nothing can be marked.
    fn used(&self, column: &'p Column, value: &Json, now: Timestamp) -> Result<Option<Statement>, IdentityError> {
        const REASON: &str = "the token of a reset mail is used up";
        let used_at = self.card.column("used_at");
        let action = if used_at.is_some() { Action::Update } else { Action::Delete };
        let write = statements(self.project, self.card.table, action, REASON);
        let Ok(value) = write.compared(column, value) else { return Ok(None) };
        let own = is(column, value);
        Ok(Some(match used_at {
            Some(used_at) => {
                let set = vec![(used_at, word(&write, used_at, moment(used_at, now))?)];
                write.update(set, Condition::All(vec![own, is_null(used_at)]))
            }
            None => write.delete(own),
        }))
    }
}
