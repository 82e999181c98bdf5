//! The roles of a user in the customer's tables.

use super::{
    Directory, User,
    directory::{objects, run, statements},
    id_text,
};
use crate::IdentityError;
use portcullis_project::settings::CardKind;
use portcullis_query::{
    Json,
    access::Action,
    plan::{ColumnRef, Condition, internal::is},
};

/// Roles of a user at most.
const ROLES: u64 = 200;

impl Directory<'_> {
    /// The names of the user's roles: the role column and the mapped role cards.
    ///
    /// # Errors
    ///
    /// The database's.
    pub async fn roles(&self, user: &User) -> Result<Vec<String>, IdentityError> {
        let mut roles: Vec<String> = user.role.iter().cloned().collect();
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
}
