//! The texts a stage has replaced: tried before they are kept, read when a mail is written.

use super::{MailsError, Outbox};
use portcullis_base::Timestamp;
use portcullis_mail::templates::{Language, MailKind, Override, Part, Templates};
use portcullis_project::Project;
use portcullis_store::mail_templates::{self, MailTemplate};

impl Outbox {
    /// The texts the stage has replaced.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn templates(&self, project: &Project) -> Result<Vec<MailTemplate>, MailsError> {
        let connection = project.connection.clone();
        Ok(self.store.db().read(move |tx| mail_templates::list(tx, &connection)).await?)
    }

    /// Replaces one part of a mail in one language, after trying it on an example.
    ///
    /// # Errors
    ///
    /// [`MailsError::Template`] with the line; [`MailsError::Unknown`] for a kind, language or part that is none.
    pub async fn set_template(
        &self,
        project: &Project,
        (kind, language, part): (&str, &str, &str),
        body: &str,
        now: Timestamp,
    ) -> Result<(), MailsError> {
        let one = read(kind, language, part, body)?;
        Templates::check(&one)?;
        let template = MailTemplate {
            kind: one.kind.word().to_owned(),
            language: one.language.to_string(),
            part: one.part.word().to_owned(),
            body: one.body,
            updated_at: now,
        };
        let connection = project.connection.clone();
        Ok(self.store.db().write(move |tx| mail_templates::set(tx, &connection, &template)).await?)
    }

    /// Goes back to the program's own text. `false` when it was not replaced.
    ///
    /// # Errors
    ///
    /// [`MailsError::Unknown`] for a kind, language or part that is none.
    pub async fn remove_template(
        &self,
        project: &Project,
        (kind, language, part): (&str, &str, &str),
    ) -> Result<bool, MailsError> {
        let one = read(kind, language, part, "")?;
        let connection = project.connection.clone();
        let removed = self.store.db().write(move |tx| {
            mail_templates::remove(tx, &connection, one.kind.word(), one.language.as_str(), one.part.word())
        });
        Ok(removed.await?)
    }

    pub(super) async fn templates_of(&self, project: &Project, kind: MailKind) -> Result<Templates, MailsError> {
        let connection = project.connection.clone();
        let kept = self.store.db().read(move |tx| mail_templates::of_kind(tx, &connection, kind.word())).await?;
        // A part that this version does not know is of no use to it.
        let own = kept.iter().filter_map(|one| read(&one.kind, &one.language, &one.part, &one.body).ok());
        Ok(Templates::new(own))
    }
}

fn read(kind: &str, language: &str, part: &str, body: &str) -> Result<Override, MailsError> {
    let words = |words: Vec<&str>| words.join(", ");
    let found = MailKind::find(kind).ok_or_else(|| {
        MailsError::Unknown(format!(
            "there is no mail `{kind}`; use one of {}",
            words(MailKind::ALL.map(MailKind::word).to_vec())
        ))
    })?;
    let language: Language = language.parse().map_err(MailsError::Unknown)?;
    let part = Part::find(part).ok_or_else(|| {
        MailsError::Unknown(format!(
            "a mail has no part `{part}`; use one of {}",
            words(Part::ALL.map(Part::word).to_vec())
        ))
    })?;
    Ok(Override { kind: found, language, part, body: body.to_owned() })
}
