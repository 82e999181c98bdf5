//! What our mails say: texts that come with the program, replaced part by part per project and language.
//!
//! Takes a [`Content`] and gives subject, text and HTML. A template sees the variables of its kind and nothing else;
//! whatever a user wrote is escaped in HTML (SEC-26).

mod defaults;
mod kind;
mod language;
mod limited;
mod render;
mod syntax;
mod words;

pub use defaults::{LANGUAGES, default_template};
pub use kind::{Content, MailKind, Part};
pub use language::{FALLBACK_LANGUAGE, Language};

use render::{Renderer, Variables};
use std::collections::BTreeMap;

/// Bytes a replaced template may have.
pub const MAX_TEMPLATE_BYTES: usize = 64 * 1024;
/// Characters of a rendered subject; what is longer is cut.
const MAX_SUBJECT_CHARS: usize = 200;

/// A replaced template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Of which mail.
    pub kind: MailKind,
    /// In which language.
    pub language: Language,
    /// Which part.
    pub part: Part,
    /// What it says.
    pub body: String,
}

/// What every mail knows besides its content.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shared {
    /// What the application calls itself.
    pub app_name: String,
    /// The address the mail goes to.
    pub email: String,
    /// What its owner is called; empty when that is not known.
    pub name: String,
}

/// A mail's parts, ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// What everyone can read.
    pub text: String,
    /// The same with HTML.
    pub html: Option<String>,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("mail template `{name}`, line {line}: {what}")]
pub struct TemplateError {
    /// Such as `password_reset.de.html`.
    pub name: String,
    /// The line in it.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

/// A project's templates: its own where it has some, the program's elsewhere.
#[derive(Debug, Clone, Default)]
pub struct Templates {
    own: BTreeMap<(MailKind, Language, Part), String>,
}

impl Templates {
    /// Templates of which some are replaced.
    pub fn new(own: impl IntoIterator<Item = Override>) -> Self {
        Self { own: own.into_iter().map(|one| ((one.kind, one.language, one.part), one.body)).collect() }
    }

    /// Writes a mail in the language wanted, or the nearest there is.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] names a replaced template and its line; the program's own always render.
    pub fn render(
        &self,
        content: &Content,
        wanted: &Language,
        shared: &Shared,
    ) -> Result<Rendered, Box<TemplateError>> {
        let kind = content.kind();
        let language = self.language(kind, wanted);
        let variables = Variables::new(content, shared, &language);
        let renderer = Renderer::new();
        let part = |part| {
            let (body, written_in) = self.body(kind, &language, part);
            renderer.render(&name(kind, written_in, part), body, &variables)
        };
        let subject = one_line(&part(Part::Subject)?);
        let html = if self.text_only(kind, &language) {
            None
        } else {
            Some(renderer.document(part(Part::Html)?, &subject, &language, &variables))
        };
        Ok(Rendered { text: part(Part::Text)?.trim().to_owned() + "\n", subject, html })
    }

    /// Tries a replaced template on an example, before it is kept.
    ///
    /// # Errors
    ///
    /// [`TemplateError`] with the line: unknown variables, wrong syntax, too long, too much work.
    pub fn check(one: &Override) -> Result<(), Box<TemplateError>> {
        let content = Content::example(one.kind);
        let shared = Shared { app_name: "Shop".into(), email: "ada@shop.example".into(), name: "Ada Lovelace".into() };
        let templates = Self::new([one.clone()]);
        let rendered = templates.render(&content, &one.language, &shared)?;
        if one.part == Part::Subject && rendered.subject.is_empty() {
            let what = "the subject is empty".to_owned();
            return Err(Box::new(TemplateError { name: name(one.kind, &one.language, one.part), line: 1, what }));
        }
        Ok(())
    }

    /// The variables that the templates of a kind may use.
    pub fn variables(kind: MailKind) -> Vec<&'static str> {
        let fallback = Language::default();
        Variables::new(&Content::example(kind), &Shared::default(), &fallback).names()
    }

    // The wanted language, its parent, English: the first in which anything is written.
    fn language(&self, kind: MailKind, wanted: &Language) -> Language {
        let written = |language: &Language| {
            LANGUAGES.contains(&language.as_str())
                || Part::ALL.iter().any(|part| self.own.contains_key(&(kind, language.clone(), *part)))
        };
        [wanted.clone(), wanted.parent()].into_iter().find(written).unwrap_or_default()
    }

    fn body<'t>(&'t self, kind: MailKind, language: &'t Language, part: Part) -> (&'t str, &'t str) {
        if let Some(own) = self.own.get(&(kind, language.clone(), part)) {
            return (own, language.as_str());
        }
        for language in [language.as_str(), language.parent_str()] {
            if let Some(text) = default_template(kind, language, part) {
                return (text, language);
            }
        }
        (default_template(kind, FALLBACK_LANGUAGE, part).unwrap_or_default(), FALLBACK_LANGUAGE)
    }

    // A text of one's own beside HTML of ours would say two things in one mail.
    fn text_only(&self, kind: MailKind, language: &Language) -> bool {
        self.own.contains_key(&(kind, language.clone(), Part::Text))
            && !self.own.contains_key(&(kind, language.clone(), Part::Html))
    }
}

fn name(kind: MailKind, language: impl AsRef<str>, part: Part) -> String {
    format!("{}.{}.{}", kind.word(), language.as_ref(), part.word())
}

fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(MAX_SUBJECT_CHARS).collect()
}

#[cfg(test)]
mod tests;
