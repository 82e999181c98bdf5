//! Sessions that are kept in the customer's own table too: the old application sees and ends ours, and we take over its.
//!
//! Our store has the last word on tokens of ours; a row that is gone there ends its session here.

use crate::{
    Client, Identity, IdentityError,
    users::{
        Directory, NewRow, has_passed, holds, id_json, id_text, is_token, moment, objects, run, spelled, statements,
        word,
    },
};
use portcullis_base::{Secret, Timestamp, new_id};
use portcullis_crypto::sha256;
use portcullis_project::{CardRef, Project, settings::CardKind};
use portcullis_query::{
    Json,
    access::Action,
    plan::{
        Condition,
        internal::{Internal, is},
    },
    request::CompareOp,
};
use portcullis_schema::Column;
use portcullis_store::sessions::{self, Session};
use serde_json::Value;

/// The mapped table.
#[derive(Clone, Copy)]
struct Table<'p> {
    project: &'p Project,
    card: CardRef<'p>,
    id: &'p Column,
    user: &'p Column,
    token: &'p Column,
}

/// A row of it.
struct Row {
    id: String,
    user: String,
    kept: String,
}

impl<'p> Table<'p> {
    fn of(project: &'p Project) -> Option<Self> {
        let card = project.cards.get(CardKind::Session)?;
        let column = |field: &str| card.column(field);
        Some(Self { project, card, id: column("id")?, user: column("user_id")?, token: column("refresh_token")? })
    }

    fn statements(&self, action: Action, reason: &'static str) -> Internal<'p> {
        statements(self.project, self.card.table, action, reason)
    }

    async fn insert(
        &self,
        user: &str,
        token: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Option<String>, IdentityError> {
        let kept = spelled(self.project, self.card, self.token, token).await?;
        let row = NewRow::new(self.project, self.card, "a session is kept")
            .text("user_id", user)?
            .text("refresh_token", &kept)?
            .time("expires_at", until)?
            .time("last_used", now)?;
        run(self.project, row.insert(now)?).await?;
        Ok(self.find(token, now).await?.map(|row| row.id))
    }

    /// The row of a token that has not run out.
    async fn find(&self, token: &str, now: Timestamp) -> Result<Option<Row>, IdentityError> {
        let read = self.statements(Action::Read, "a session is looked up");
        let Some(condition) = holds(&read, self.token, token) else { return Ok(None) };
        let until = self.card.column("expires_at").ok_or(IdentityError::NotConfigured)?;
        let columns = [self.id, self.user, self.token, until];
        let mut rows = objects(&run(self.project, read.select(&columns, condition, None, 2)).await?)?;
        let Some(row) = rows.pop().filter(|_| rows.is_empty()) else { return Ok(None) };
        let kept = row.get(&self.token.name).and_then(Value::as_str).unwrap_or_default();
        if !is_token(kept, token) || row.get(&until.name).is_none_or(|until| has_passed(until, now)) {
            return Ok(None);
        }
        let text = |column: &Column| row.get(&column.name).and_then(id_text);
        let both = text(self.id).zip(text(self.user));
        Ok(both.map(|(id, user)| Row { id, user, kept: kept.to_owned() }))
    }

    /// Puts the successor of a token into its row; whether there is one. With `kept` only while the row still has that.
    async fn swap(
        &self,
        row: &str,
        kept: Option<&str>,
        successor: &str,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let write = self.statements(Action::Update, "a session goes on");
        let Ok(id) = write.compared(self.id, &id_json(self.id, row)) else { return Ok(false) };
        let mut condition = vec![is(self.id, id)];
        if let Some(kept) = kept {
            let Ok(kept) = write.compared(self.token, &Json::String(kept.to_owned())) else { return Ok(false) };
            condition.push(is(self.token, kept));
        }
        let text = spelled(self.project, self.card, self.token, successor).await?;
        let mut set = vec![(self.token, word(&write, self.token, Json::String(text))?)];
        for (field, at) in [("expires_at", until), ("last_used", now)] {
            if let Some(column) = self.card.column(field) {
                set.push((column, word(&write, column, moment(column, at))?));
            }
        }
        Ok(run(self.project, write.update(set, Condition::All(condition))).await?.affected > 0)
    }

    async fn delete(
        &self,
        condition: impl FnOnce(&Internal<'p>) -> Option<Condition<'p>>,
    ) -> Result<(), IdentityError> {
        let write = self.statements(Action::Delete, "a session ends");
        let Some(condition) = condition(&write) else { return Ok(()) };
        run(self.project, write.delete(condition)).await.map(drop)
    }
}

impl Identity {
    /// Keeps a new session in the customer's table too. A table that takes no row keeps nobody out.
    pub(crate) async fn keep_in_table(
        &self,
        project: &Project,
        session: &Session,
        token: &Secret<String>,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let Some(table) = Table::of(project) else { return Ok(()) };
        match table.insert(&session.user, token.expose(), session.idle_until, now).await {
            Ok(Some(row)) => {
                let id = session.id.clone();
                Ok(self.store.db().write(move |tx| sessions::set_card_row(tx, &id, &row)).await?)
            }
            Ok(None) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "A session is kept beside the customer's table only");
                Ok(())
            }
        }
    }

    /// Puts a session's new token into the customer's table; false where its row was taken away.
    pub(crate) async fn swap_in_table(
        &self,
        project: &Project,
        session: &Session,
        successor: &Secret<String>,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let Some(table) = Table::of(project) else { return Ok(true) };
        let (connection, id) = (project.connection.clone(), session.id.clone());
        let row = self.store.db().read(move |tx| sessions::card_row(tx, &connection, &id)).await?;
        let Some(row) = row else { return Ok(true) };
        match table.swap(&row, None, successor.expose(), session.idle_until, now).await {
            Err(IdentityError::ReadOnly) => Ok(true),
            other => other,
        }
    }

    /// A session that the old application began: its token is swapped for one of ours. Not for users who would have to
    /// show a second factor.
    pub(crate) async fn adopt_session(
        &self,
        project: &Project,
        token: &str,
        successor: &Secret<String>,
        client: &Client,
        now: Timestamp,
    ) -> Result<Option<Session>, IdentityError> {
        let Some(table) = Table::of(project) else { return Ok(None) };
        let Some(row) = table.find(token, now).await? else { return Ok(None) };
        let state = self.state_of(project, &row.user).await?;
        let user = Directory::of(project)?.by_id(&row.user).await?.filter(|user| user.active && !state.disabled);
        let Some(user) = user else { return Ok(None) };
        if self.owner(project, &user.id).second_factors().await?.any() {
            return Ok(None);
        }
        let (idle_until, expires_at) = crate::sessions::ends(project, client.surface, now);
        let session = Session {
            id: new_id("ses", &mut rand::rng()),
            connection: project.connection.clone(),
            user: user.id.clone(),
            refresh_hash: sha256(successor.expose().as_bytes()),
            method: "password".to_owned(),
            aal: "aal1".to_owned(),
            tenant: user.tenant.clone(),
            surface: client.surface.name.to_owned(),
            ip: client.ip_text(),
            user_agent: client.user_agent.clone(),
            created_at: now,
            last_used_at: now,
            idle_until,
            expires_at,
            end_reason: None,
        };
        // Of many uses at once one gets through.
        if !table.swap(&row.id, Some(&row.kept), successor.expose(), idle_until, now).await? {
            return Ok(None);
        }
        let (kept, presented) = (session.clone(), sha256(token.as_bytes()));
        self.store.db().write(move |tx| sessions::adopt(tx, &kept, &presented, &row.id)).await?;
        Ok(Some(session))
    }

    /// Takes the row of a session away.
    pub(crate) async fn end_in_table(&self, project: &Project, id: &str) -> Result<(), IdentityError> {
        let Some(table) = Table::of(project) else { return Ok(()) };
        let (connection, id) = (project.connection.clone(), id.to_owned());
        let row = self.store.db().read(move |tx| sessions::card_row(tx, &connection, &id)).await?;
        let Some(row) = row else { return Ok(()) };
        let done = table
            .delete(|write| write.compared(table.id, &id_json(table.id, &row)).ok().map(|value| is(table.id, value)));
        said(done.await);
        Ok(())
    }

    /// Takes away the row of a token that is none of ours.
    pub(crate) async fn end_token_in_table(
        &self,
        project: &Project,
        token: &str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let Some(table) = Table::of(project) else { return Ok(()) };
        let Some(row) = table.find(token, now).await? else { return Ok(()) };
        let done = table.delete(|write| {
            write.compared(table.id, &id_json(table.id, &row.id)).ok().map(|value| is(table.id, value))
        });
        said(done.await);
        Ok(())
    }

    /// Takes away all rows of a user but one session's: those of the old application too.
    pub(crate) async fn end_all_in_table(
        &self,
        project: &Project,
        user: &str,
        but: Option<&str>,
    ) -> Result<(), IdentityError> {
        let Some(table) = Table::of(project) else { return Ok(()) };
        let row = match but.map(str::to_owned) {
            None => None,
            Some(id) => {
                let connection = project.connection.clone();
                self.store.db().read(move |tx| sessions::card_row(tx, &connection, &id)).await?
            }
        };
        let done = table.delete(|write| {
            let own = write.compared(table.user, &id_json(table.user, user)).ok()?;
            let mut all = vec![is(table.user, own)];
            if let Some(row) = &row {
                let id = write.compared(table.id, &id_json(table.id, row)).ok()?;
                all.push(portcullis_query::plan::internal::compare(table.id, CompareOp::Neq, id));
            }
            Some(Condition::All(all))
        });
        said(done.await);
        Ok(())
    }
}

/// Our own end of a session holds whatever the customer's table says.
fn said(done: Result<(), IdentityError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "A session that ended could not be taken out of the customer's table");
    }
}
