//! The roles of a user in the customer's tables.

use super::{
    Directory, User,
    directory::{objects, run, statements},
    id_text,
};
use crate::IdentityError;
use portcullis_project::{CardRef, settings::CardKind};
use portcullis_query::{
    Json,
    access::Action,
    plan::{ColumnRef, Condition, internal::is},
};
use portcullis_schema::Column;

/// Roles of a user at most.
const ROLES: u64 = 200;

impl Directory<'_> {
    /// The names of the user's roles: the role column and the mapped role cards.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn roles(&self, user: &User) -> Result<Vec<String>, IdentityError> {
        let mut roles: Vec<String> = self.role_of_column(user).await?.into_iter().collect();
        let cards = &self.project.cards;
        let (Some(links), Some(names)) = (cards.get(CardKind::UserRole), cards.get(CardKind::Role)) else {
            return Ok(roles);
        };
        let column = |card: portcullis_project::CardRef<'_>, field: &str| {
            card.column(field).map(|column| column.id).ok_or(IdentityError::NotConfigured)
        };
        let link = statements(self.project, links.table, Action::Read, "a user's roles are looked up");
        let (user_id, role_id) =
            (links.table.column(column(links, "user_id")?), links.table.column(column(links, "role_id")?));
        let Ok(id) = link.compared(user_id, &Json::String(user.id.clone())) else { return Ok(roles) };
        let found = objects(&run(self.project, link.select(&[role_id], is(user_id, id), None, ROLES)).await?)?;
        let name = statements(self.project, names.table, Action::Read, "roles are looked up by id");
        let (id, title) = (names.table.column(column(names, "id")?), names.table.column(column(names, "name")?));
        let values: Vec<_> = found
            .iter()
            .filter_map(|row| row.get(&role_id.name).and_then(id_text))
            .filter_map(|text| name.compared(id, &Json::String(text)).ok())
            .collect();
        if values.is_empty() {
            return Ok(roles);
        }
        let those = Condition::In { column: ColumnRef { alias: 0, column: id }, values, negated: false };
        for row in objects(&run(self.project, name.select(&[title], those, None, ROLES)).await?)? {
            if let Some(role) = row.get(&title.name).and_then(id_text)
                && !roles.contains(&role)
            {
                roles.push(role);
            }
        }
        Ok(roles)
    }

    /// Whether the role column holds keys of the roles' table instead of names.
    pub(crate) fn role_leads_to_table(&self) -> bool {
        let column = self.card.column("role").zip(self.project.cards.get(CardKind::Role));
        column.is_some_and(|(column, names)| self.leads(column, names))
    }

    fn leads(&self, column: &Column, names: CardRef<'_>) -> bool {
        self.card.table.info.foreign_keys.iter().any(|key| {
            matches!(key.columns.as_slice(), [own] if *own == column.name) && key.parent == names.table.info.name
        })
    }

    /// The role column's value: a name, or where it is a foreign key of the roles' table the name that it leads to.
    pub(crate) async fn role_of_column(&self, user: &User) -> Result<Option<String>, IdentityError> {
        let (Some(value), Some(column), Some(names)) =
            (&user.role, self.card.column("role"), self.project.cards.get(CardKind::Role))
        else {
            return Ok(user.role.clone());
        };
        let leads = self.leads(column, names);
        let (Some(id), Some(title)) = (names.column("id"), names.column("name")) else { return Ok(None) };
        if !leads {
            return Ok(Some(value.clone()));
        }
        let read = statements(self.project, names.table, Action::Read, "a user's role is looked up by id");
        let Ok(wanted) = read.compared(id, &Json::String(value.clone())) else { return Ok(None) };
        let rows = objects(&run(self.project, read.select(&[title], is(id, wanted), None, 1)).await?)?;
        Ok(rows.first().and_then(|row| row.get(&title.name)).and_then(id_text))
    }
}
