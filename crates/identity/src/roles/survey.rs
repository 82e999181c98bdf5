//! What an operator should know of the roles: what of them cannot be used, which are held and defined nowhere, and which
//! allow nothing.

use crate::{
    Identity, IdentityError,
    standing::ADMINISTRATORS,
    users::{Directory, id_text, objects, run, statements},
};
use portcullis_project::{Project, settings::CardKind};
use portcullis_query::{
    access::{Action, Problem, RoleWords, compile},
    plan::Condition,
};
use portcullis_store::users;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with the roles of a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleSurvey {
    /// What cannot be used of a role: a permission for a table that is not served, a condition that does not parse.
    pub problems: Vec<Problem>,
    /// Roles that users have and that are defined nowhere, with how many users were seen to have them.
    pub undefined: Vec<(String, u64)>,
    /// Roles that are defined, and allow nothing that is served, with how many users were seen to have them.
    pub empty: Vec<(String, u64)>,
    /// Users who were looked at and have no role, where there is no default role.
    pub without: u64,
}

impl Identity {
    /// Looks at every role that is defined or held, and at up to `limit` users.
    ///
    /// # Errors
    ///
    /// The database's and the store's.
    pub async fn survey_roles(&self, project: &Project, limit: u64) -> Result<RoleSurvey, IdentityError> {
        let (held, without) = self.held_roles(project, limit).await?;
        let defined: BTreeSet<String> = self.roles(project).await?.into_iter().map(|role| role.name).collect();
        let rbac = &project.settings.rbac;
        let mut names: Vec<String> = defined.iter().cloned().collect();
        names.extend(held.keys().filter(|name| !defined.contains(*name)).cloned());
        let words = self.role_words(project, &names).await?;
        let mut survey = RoleSurvey { without, ..RoleSurvey::default() };
        for role in &words {
            let (problems, allows) = read(project, role);
            survey.problems.extend(problems);
            let users = held.get(&role.name).copied().unwrap_or_default();
            // An administrator needs no permission.
            let above = rbac.administrator_roles.contains(&role.name) || ADMINISTRATORS.contains(&role.name.as_str());
            // A permission without a role's entry is a definition too.
            let known = defined.contains(&role.name) || !role.permissions.is_empty();
            match (allows || above, known) {
                (true, _) => {}
                (false, true) => survey.empty.push((role.name.clone(), users)),
                (false, false) => survey.undefined.push((role.name.clone(), users)),
            }
        }
        Ok(survey)
    }

    /// The roles that users have, with how many were seen to have each; and how many users have none.
    async fn held_roles(&self, project: &Project, limit: u64) -> Result<(BTreeMap<String, u64>, u64), IdentityError> {
        let Ok(directory) = Directory::of(project) else { return Ok(Default::default()) };
        let connection = project.connection.clone();
        let given = self.store.db().read(move |tx| users::given_roles(tx, &connection)).await?;
        let mut holders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (user, role, _) in given {
            holders.entry(role).or_default().insert(user);
        }
        let titles = titles(project, limit).await?;
        for (user, role) in linked(project, limit).await? {
            let role = titles.get(&role).cloned().unwrap_or(role);
            holders.entry(role).or_default().insert(user);
        }
        let leads = directory.role_leads_to_table();
        let mut all = BTreeSet::new();
        for (user, role) in in_column(&directory, limit).await? {
            if let Some(role) = role {
                let name = if leads { titles.get(&role).cloned().unwrap_or(role) } else { role };
                holders.entry(name).or_default().insert(user.clone());
            }
            all.insert(user);
        }
        let default = project.settings.rbac.default_role.as_ref();
        holders.iter().for_each(|(_, users)| all.retain(|user| !users.contains(user)));
        let mut held: BTreeMap<String, u64> =
            holders.into_iter().map(|(role, users)| (role, users.len() as u64)).collect();
        let bare = all.len() as u64;
        match default {
            Some(role) => {
                *held.entry(role.clone()).or_default() += bare;
                Ok((held, 0))
            }
            None => Ok((held, bare)),
        }
    }
}

/// What of a role cannot be used, and whether it allows anything.
fn read(project: &Project, role: &RoleWords) -> (Vec<Problem>, bool) {
    let users = project.cards.get(CardKind::User).map(|card| card.table);
    let (rights, problems) = compile(&project.database, users, std::slice::from_ref(role));
    let tables = project.database.tables();
    let allows =
        tables.iter().any(|table| Action::ALL.into_iter().any(|action| rights.right(action, table.id).is_some()));
    (problems, allows)
}

/// Names of the mapped roles by their ids.
async fn titles(project: &Project, limit: u64) -> Result<BTreeMap<String, String>, IdentityError> {
    let Some(card) = project.cards.get(CardKind::Role) else { return Ok(BTreeMap::new()) };
    let (Some(id), Some(name)) = (card.column("id"), card.column("name")) else { return Ok(BTreeMap::new()) };
    let read = statements(project, card.table, Action::Read, "an operator asks what roles there are");
    let rows = objects(&run(project, read.select(&[id, name], Condition::always(), Some(id), limit)).await?)?;
    let pair = |row: &serde_json::Map<String, serde_json::Value>| {
        Some((row.get(&id.name).and_then(id_text)?, row.get(&name.name).and_then(id_text)?))
    };
    Ok(rows.iter().filter_map(pair).collect())
}

/// Users and the ids of their roles in the customer's table.
async fn linked(project: &Project, limit: u64) -> Result<Vec<(String, String)>, IdentityError> {
    let Some(card) = project.cards.get(CardKind::UserRole) else { return Ok(Vec::new()) };
    let (Some(user), Some(role)) = (card.column("user_id"), card.column("role_id")) else { return Ok(Vec::new()) };
    let read = statements(project, card.table, Action::Read, "an operator asks who has which role");
    let rows = objects(&run(project, read.select(&[user, role], Condition::always(), Some(user), limit)).await?)?;
    let pair = |row: &serde_json::Map<String, serde_json::Value>| {
        Some((row.get(&user.name).and_then(id_text)?, row.get(&role.name).and_then(id_text)?))
    };
    Ok(rows.iter().filter_map(pair).collect())
}

/// Users and what their role column says.
async fn in_column(directory: &Directory<'_>, limit: u64) -> Result<Vec<(String, Option<String>)>, IdentityError> {
    let id = directory.must("id")?;
    let role = directory.card.column("role");
    let mut columns = vec![id];
    columns.extend(role);
    let read = directory.statements(Action::Read, "an operator asks who has which role");
    let rows = objects(&run(directory.project, read.select(&columns, Condition::always(), Some(id), limit)).await?)?;
    let value = |row: &serde_json::Map<String, serde_json::Value>| {
        let said = role.and_then(|role| row.get(&role.name).and_then(id_text)).filter(|role| !role.trim().is_empty());
        Some((row.get(&id.name).and_then(id_text)?, said))
    };
    Ok(rows.iter().filter_map(value).collect())
}
