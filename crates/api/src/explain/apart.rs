//! What would be if only one rule held: tells which of several decides. Everything is tried and nothing is kept.

use super::{Decider, Explanation, Question, decisions};
use crate::{RehearsalError, Rehearsed};
use portcullis_project::Settings;
use portcullis_query::access::{AccessLevel, Action, Caller, EndUser, decide};
use portcullis_schema::Table;
use serde_json::Value;
use std::sync::Arc;

/// A rule that confines rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Tenant,
    Owner,
    Row,
    Role,
}

/// All of them.
pub const RULES: [Rule; 4] = [Rule::Tenant, Rule::Owner, Rule::Row, Rule::Role];

impl Rule {
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Owner => "owner",
            Self::Row => "row_rule",
            Self::Role => "role",
        }
    }

    pub fn of(word: &str) -> Option<Self> {
        RULES.into_iter().find(|rule| rule.word() == word)
    }

    /// Where it is set.
    pub fn setting(self, table: &Table) -> Option<String> {
        Some(match self {
            Self::Tenant => "tenancy".to_owned(),
            Self::Owner => format!("tables.{}.owner_column", table.name),
            Self::Row => format!("tables.{}.row_rule", table.name),
            Self::Role => "rbac.roles.rules.condition".to_owned(),
        })
    }
}

/// How the request is answered where only these rules hold.
pub async fn under(question: &Question<'_>, rules: &[Rule]) -> Result<Rehearsed, RehearsalError> {
    let settings = only(&question.project().settings, rules);
    let stand = question.stand.supposing(settings);
    stand.rehearse(&held(question.caller, rules), question.asked).await
}

fn only(settings: &Settings, rules: &[Rule]) -> Settings {
    let mut settings = settings.clone();
    let held = |rule| rules.contains(&rule);
    settings.tenancy.enabled &= held(Rule::Tenant);
    settings.rbac.enabled &= held(Rule::Role);
    for table in settings.tables.values_mut() {
        if !held(Rule::Row) {
            table.row_rule = None;
        }
        let access = &mut table.access;
        for level in [&mut access.read, &mut access.create, &mut access.update, &mut access.delete] {
            let lifted = match level {
                AccessLevel::Owner => !held(Rule::Owner),
                AccessLevel::Role => !held(Rule::Role),
                AccessLevel::Public | AccessLevel::Authenticated | AccessLevel::Admin => false,
            };
            if lifted {
                *level = AccessLevel::Authenticated;
            }
        }
    }
    settings
}

fn held(caller: &Caller, rules: &[Rule]) -> Caller {
    match caller {
        Caller::User(user) if !rules.contains(&Rule::Role) => {
            Caller::User(Arc::new(EndUser { rights: None, ..EndUser::clone(user) }))
        }
        other => other.clone(),
    }
}

/// A row that as written lies outside of what its writer may come to: outside of which rule.
pub async fn row(question: &Question<'_>, told: &mut Explanation) -> Result<(), RehearsalError> {
    let outside = |answer: &Rehearsed| {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        body["code"] == "forbidden_row"
    };
    let Some((table, action)) = question.target() else {
        told.plainly("denied", told.message.clone().unwrap_or_default());
        return Ok(());
    };
    let mut found = Vec::new();
    // The tenant is always kept: without it the server would not fill in its column.
    if outside(&under(question, &[Rule::Tenant]).await?) {
        found.push(Rule::Tenant);
    } else {
        for rule in [Rule::Owner, Rule::Row, Rule::Role] {
            if outside(&under(question, &[Rule::Tenant, rule]).await?) {
                found.push(rule);
            }
        }
    }
    let confined = confined(question, table, action);
    let decider = |rule: &Rule| {
        let own = confined.iter().find(|one| one.rule == rule.word());
        let says = own.map_or_else(|| rule.word().to_owned(), |one| format!("{}: {}", rule.word(), one.says));
        Decider::new(rule.word(), rule.setting(table), own.map(|one| one.value.clone()).unwrap_or_default(), says)
    };
    let deciders: Vec<Decider> = found.iter().map(decider).collect();
    if deciders.is_empty() {
        told.plainly("denied", told.message.clone().unwrap_or_default());
    } else {
        told.decide("denied", "the row as written would be one of which it is not so that ", deciders);
    }
    Ok(())
}

fn confined(question: &Question<'_>, table: &Table, action: Action) -> Vec<decisions::Confinement> {
    if decide(&question.project().policy, question.caller, action, table.id).is_err() {
        return Vec::new();
    }
    decisions::decision(question.project(), question.caller, action, table).rows
}
