//! What roles allow: their words from the settings, the customer's tables, or what is kept beside them, compiled.

use super::cache::key_of;
use crate::{
    Identity, IdentityError,
    users::{Directory, id_text, objects, run, statements},
};
use portcullis_base::Timestamp;
use portcullis_project::{
    CardRef, Project,
    settings::{CardKind, RoleRule, RoleSettings},
};
use portcullis_query::{
    Json,
    access::{Action, PermissionWords, Rights, RoleWords, RuleWords, compile},
    plan::{ColumnRef, Condition, internal::is},
};
use portcullis_schema::{Column, ColumnId};
use portcullis_store::roles;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Rows of roles and permissions that are read at most.
pub(crate) const ROWS: u64 = 5_000;

/// The customer's tables of roles and permissions.
pub(crate) struct Kept<'p> {
    pub role: CardRef<'p>,
    pub permission: CardRef<'p>,
    pub link: CardRef<'p>,
}

impl<'p> Kept<'p> {
    /// The tables, where all three are mapped.
    pub fn of(project: &'p Project) -> Option<Self> {
        let cards = &project.cards;
        let role = cards.get(CardKind::Role)?;
        let (permission, link) = (cards.get(CardKind::Permission)?, cards.get(CardKind::RolePermission)?);
        Some(Self { role, permission, link })
    }

    /// The permissions of some roles (`None`: of all), as (role, permission).
    pub async fn of_roles(
        &self,
        project: &Project,
        names: Option<&[String]>,
    ) -> Result<Vec<(String, PermissionWords)>, IdentityError> {
        let (id, name) = (must(self.role, "id")?, must(self.role, "name")?);
        let read = statements(project, self.role.table, Action::Read, "roles are looked up by name");
        let those = match names {
            None => Condition::always(),
            Some(names) => {
                let values = names.iter().filter_map(|role| read.compared(name, &Json::String(role.clone())).ok());
                any_of(name, values.collect())
            }
        };
        let rows = objects(&run(project, read.select(&[id, name], those, None, ROWS)).await?)?;
        let found: Vec<(String, String)> =
            rows.iter().filter_map(|row| Some((text(row, id)?, text(row, name)?))).collect();
        // A database's own idea of equal letters may be wider than ours.
        let found: Vec<_> =
            found.into_iter().filter(|(_, name)| names.is_none_or(|names| names.contains(name))).collect();
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let (role_id, permission_id) = (must(self.link, "role_id")?, must(self.link, "permission_id")?);
        let read = statements(project, self.link.table, Action::Read, "the permissions of roles are looked up");
        let values = found.iter().filter_map(|(id, _)| read.compared(role_id, &Json::String(id.clone())).ok());
        let those = any_of(role_id, values.collect());
        let links = objects(&run(project, read.select(&[role_id, permission_id], those, None, ROWS)).await?)?;
        let links: Vec<(String, String)> =
            links.iter().filter_map(|row| Some((text(row, role_id)?, text(row, permission_id)?))).collect();
        let mut ids: Vec<&str> = links.iter().map(|(_, permission)| permission.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let known = self.permissions(project, Some(&ids)).await?;
        Ok(links
            .iter()
            .filter_map(|(role, permission)| {
                let (_, role) = found.iter().find(|(id, _)| id == role)?;
                let (_, words) = known.iter().find(|(id, _)| id == permission)?;
                Some((role.clone(), words.clone()))
            })
            .collect())
    }

    /// Permissions by their ids (`None`: all), as (id, words).
    pub async fn permissions(
        &self,
        project: &Project,
        ids: Option<&[&str]>,
    ) -> Result<Vec<(String, PermissionWords)>, IdentityError> {
        let (id, name) = (must(self.permission, "id")?, must(self.permission, "name")?);
        let read = statements(project, self.permission.table, Action::Read, "permissions are looked up by id");
        let those = match ids {
            None => Condition::always(),
            Some([]) => return Ok(Vec::new()),
            Some(ids) => {
                let values = ids.iter().filter_map(|own| read.compared(id, &Json::String((*own).to_owned())).ok());
                any_of(id, values.collect())
            }
        };
        let further = ["entity_name", "allowed_actions", "scope_expression"].map(|field| self.permission.column(field));
        let mut columns = vec![id, name];
        columns.extend(further.iter().flatten());
        let rows = objects(&run(project, read.select(&columns, those, None, ROWS)).await?)?;
        let [entity, actions, scope] = further;
        let words = |row: &Map<String, Value>| {
            let value = |column: Option<&Column>| column.and_then(|column| row.get(&column.name));
            let words = PermissionWords {
                name: text(row, name)?,
                entity_name: value(entity).and_then(id_text),
                allowed_actions: value(actions).and_then(flat),
                scope_expression: value(scope).and_then(scope_words),
            };
            Some((text(row, id)?, words))
        };
        Ok(rows.iter().filter_map(words).collect())
    }
}

impl Identity {
    /// What roles allow now, or allowed a moment ago.
    pub(crate) async fn rights_of(
        &self,
        project: &Project,
        names: &[String],
        now: Timestamp,
    ) -> Result<Arc<Rights>, IdentityError> {
        let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        let key = key_of(std::iter::once(project.connection.as_str()).chain(sorted));
        let mark = self.mark(project);
        if let Some(known) = self.rights_of_roles.get(&key, mark, now) {
            return Ok(known);
        }
        let words = self.role_words(project, names).await?;
        let users = project.cards.get(CardKind::User).map(|card| card.table);
        let (rights, problems) = compile(&project.database, users, &words);
        for problem in problems {
            tracing::debug!(project = %project.slug, role = %problem.role, "A role is not wholly understood: {}", problem.message);
        }
        let rights = Arc::new(rights);
        self.rights_of_roles.put(key, mark, now, rights.clone());
        Ok(rights)
    }

    /// Roles as words: the entry of the settings, and the permissions of the tables or of what is kept beside them.
    pub(crate) async fn role_words(
        &self,
        project: &Project,
        names: &[String],
    ) -> Result<Vec<RoleWords>, IdentityError> {
        let mut words: Vec<RoleWords> =
            names.iter().map(|name| RoleWords { name: name.clone(), ..RoleWords::default() }).collect();
        for role in &mut words {
            if let Some(own) = project.settings.rbac.roles.iter().find(|own| own.name == role.name) {
                *role = words_of(own);
            }
        }
        if names.is_empty() {
            return Ok(words);
        }
        let further = match Kept::of(project) {
            Some(kept) => kept.of_roles(project, Some(names)).await?,
            None => self.kept_permissions(project).await?,
        };
        for (role, permission) in further {
            if let Some(words) = words.iter_mut().find(|words| words.name == role)
                && !words.permissions.contains(&permission)
            {
                words.permissions.push(permission);
            }
        }
        Self::add_kept_rules(&self.role_rules(project).await?, &mut words);
        Ok(words)
    }

    /// What is kept beside the tables of which role has which permission.
    pub(crate) async fn kept_permissions(
        &self,
        project: &Project,
    ) -> Result<Vec<(String, PermissionWords)>, IdentityError> {
        let connection = project.connection.clone();
        let (grants, known) = self
            .store
            .db()
            .read(move |tx| Ok((roles::grants(tx, &connection)?, roles::permissions(tx, &connection)?)))
            .await?;
        let words = |name: String| match known.iter().find(|own| own.name == name) {
            None => PermissionWords { name, ..PermissionWords::default() },
            Some(own) => PermissionWords {
                name,
                entity_name: own.entity_name.clone(),
                allowed_actions: own.allowed_actions.clone(),
                scope_expression: own.scope_expression.as_ref().and_then(|text| parsed(text.as_str())),
            },
        };
        Ok(grants.into_iter().map(|(role, permission)| (role, words(permission))).collect())
    }

    /// The columns of the user's own row that rules ask for.
    pub(crate) async fn asked_columns(
        &self,
        project: &Project,
        user: &str,
        of_roles: &[ColumnId],
    ) -> Result<Arc<[(ColumnId, Json)]>, IdentityError> {
        let mut asked = of_roles.to_vec();
        asked.extend(project.policy.user_columns());
        asked.sort_unstable();
        asked.dedup();
        let Ok(directory) = Directory::of(project) else { return Ok(Arc::from([])) };
        if asked.is_empty() {
            return Ok(Arc::from([]));
        }
        let table = directory.card.table;
        let columns: Vec<&Column> = table.columns.iter().filter(|column| asked.contains(&column.id)).collect();
        let read = directory.statements(Action::Read, "rules ask for columns of the user's own row");
        let id = directory.must("id")?;
        let Ok(value) = read.compared(id, &Json::String(user.to_owned())) else { return Ok(Arc::from([])) };
        let rows = run(project, read.select(&columns, is(id, value), None, 1)).await?;
        if rows.is_empty() {
            return Ok(Arc::from([]));
        }
        let row = Json::parse(rows.row(0)).map_err(|error| IdentityError::Internal(error.to_string()))?;
        let value = |column: &&Column| Some((column.id, row.get(&column.name)?.clone()));
        Ok(columns.iter().filter_map(value).collect())
    }
}

/// A role of the settings as words.
fn words_of(role: &RoleSettings) -> RoleWords {
    let json = |value: &Value| parsed(&value.to_string()).unwrap_or(Json::Null);
    let rule = |rule: &RoleRule| RuleWords {
        table: rule.table.clone(),
        actions: rule.actions.clone(),
        fields: rule.fields.clone(),
        condition: rule.condition.as_ref().map(json),
        defaults: rule.defaults.iter().map(|(name, value)| (name.clone(), json(value))).collect(),
    };
    RoleWords {
        name: role.name.clone(),
        permissions: role.permissions.iter().map(|name| PermissionWords::from(name.as_str())).collect(),
        rules: role.rules.iter().map(rule).collect(),
    }
}

fn must<'p>(card: CardRef<'p>, field: &str) -> Result<&'p Column, IdentityError> {
    card.column(field).ok_or(IdentityError::NotConfigured)
}

fn any_of<'p>(column: &'p Column, values: Vec<portcullis_query::Value>) -> Condition<'p> {
    match values.is_empty() {
        true => Condition::Any(Vec::new()),
        false => Condition::In { column: ColumnRef { alias: 0, column }, values, negated: false },
    }
}

fn text(row: &Map<String, Value>, column: &Column) -> Option<String> {
    row.get(&column.name).and_then(id_text)
}

/// `read,create` as text, or as a list of texts.
fn flat(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => Some(items.iter().filter_map(id_text).collect::<Vec<_>>().join(",")),
        other => id_text(other),
    }
}

/// A condition of a column of text or JSON. What cannot be read must not read like no condition: it stands as text,
/// which is none that can be compiled.
fn scope_words(value: &Value) -> Option<Json> {
    match value {
        Value::Null => None,
        Value::String(text) => parsed(text),
        other => parsed(&other.to_string()),
    }
}

pub(crate) fn parsed(text: &str) -> Option<Json> {
    if text.trim().is_empty() {
        return None;
    }
    Some(Json::parse(text.as_bytes()).unwrap_or_else(|_| Json::String(text.to_owned())))
}
