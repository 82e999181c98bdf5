//! Which user a person at a provider is: in the customer's own table where one is mapped, else in our store.

use crate::{
    Identity, IdentityError,
    methods::oauth::SocialIdentity,
    users::{NewRow, id_json, id_text, objects, run, statements},
};
use portcullis_base::Timestamp;
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::{
    access::Action,
    plan::{Condition, internal::is},
};
use portcullis_store::{
    StoreError,
    social_profiles::{self, SocialProfile},
};

impl Identity {
    /// The user a person was linked with.
    pub(crate) async fn linked_user(
        &self,
        project: &Project,
        person: &SocialIdentity,
    ) -> Result<Option<String>, IdentityError> {
        if let Some(user) = find(project, person).await? {
            return Ok(Some(user));
        }
        let (connection, provider, subject) =
            (project.connection.clone(), person.provider.clone(), person.subject.clone());
        let found = self.store.db().read(move |tx| social_profiles::find(tx, &connection, &provider, &subject)).await?;
        Ok(found.map(|profile| profile.user))
    }

    /// Links a person with a user; gives the user the person is linked with now, which may be another's doing.
    pub(crate) async fn link_person(
        &self,
        project: &Project,
        person: &SocialIdentity,
        user: &str,
        now: Timestamp,
    ) -> Result<String, IdentityError> {
        match insert(project, person, user, now).await {
            Ok(true) => return Ok(user.to_owned()),
            Ok(false) => {}
            // A table that takes no such row keeps nobody out.
            Err(error) => tracing::warn!(%error, "A social profile is kept beside the customer's table"),
        }
        let profile = SocialProfile {
            provider: person.provider.clone(),
            subject: person.subject.clone(),
            user: user.to_owned(),
            email: person.email.clone(),
            name: person.name.clone(),
            created_at: now,
            last_used_at: now,
        };
        let connection = project.connection.clone();
        match self.store.db().write(move |tx| social_profiles::insert(tx, &connection, &profile)).await {
            Ok(()) => Ok(user.to_owned()),
            Err(StoreError::Exists) => self.linked_user(project, person).await?.ok_or(IdentityError::NotFound),
            Err(error) => Err(error.into()),
        }
    }

    /// Forgets the rows of a user in the customer's table; ours go with everything else of theirs.
    pub(crate) async fn unlink_all(&self, project: &Project, user: &str) -> Result<(), IdentityError> {
        let Some(card) = project.cards.get(CardKind::SocialProfile) else { return Ok(()) };
        let Some(column) = card.column("user_id") else { return Ok(()) };
        let delete = statements(project, card.table, Action::Delete, "links of an account that changes hands end");
        let Ok(id) = delete.compared(column, &id_json(column, user)) else { return Ok(()) };
        run(project, delete.delete(is(column, id))).await.map(drop)
    }
}

async fn find(project: &Project, person: &SocialIdentity) -> Result<Option<String>, IdentityError> {
    let Some(card) = project.cards.get(CardKind::SocialProfile) else { return Ok(None) };
    let fields = (card.column("user_id"), card.column("provider"), card.column("provider_user_id"));
    let (Some(user), Some(provider), Some(subject)) = fields else { return Ok(None) };
    let read = statements(project, card.table, Action::Read, "a person at a provider is looked up");
    let (Ok(at), Ok(who)) = (
        read.compared(provider, &id_json(provider, &person.provider)),
        read.compared(subject, &id_json(subject, &person.subject)),
    ) else {
        return Ok(None);
    };
    let condition = Condition::All(vec![is(provider, at), is(subject, who)]);
    let rows = objects(&run(project, read.select(&[user, provider, subject], condition, None, 10)).await?)?;
    // A database's own idea of equal texts may be wider than ours.
    let exact = |row: &serde_json::Map<String, serde_json::Value>| {
        let text = |name: &str| row.get(name).and_then(id_text);
        text(&provider.name).as_ref() == Some(&person.provider) && text(&subject.name).as_ref() == Some(&person.subject)
    };
    let mut users: Vec<String> =
        rows.iter().filter(|row| exact(row)).filter_map(|row| row.get(&user.name).and_then(id_text)).collect();
    users.dedup();
    // Of several users nobody can tell which is meant.
    Ok(if users.len() == 1 { users.pop() } else { None })
}

async fn insert(project: &Project, person: &SocialIdentity, user: &str, now: Timestamp) -> Result<bool, IdentityError> {
    let Some(card) = project.cards.get(CardKind::SocialProfile) else { return Ok(false) };
    let row = NewRow::new(project, card, "a person at a provider is linked")
        .text("user_id", user)?
        .text("provider", &person.provider)?
        .text("provider_user_id", &person.subject)?
        .time("created_at", now)?;
    let row = match &person.email {
        Some(email) => row.text("email", email)?,
        None => row,
    };
    run(project, row.insert(now)?).await.map(|_| true)
}
