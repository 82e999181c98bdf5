//! Roles as this surface shows them: rows with ids, one of which is a session's.
//!
//! Our roles are known by their names; the id is made of the name, so that every node makes the same one.

use portcullis_crypto::sha256;
use portcullis_identity::{INTO_ROLE, Identity};
use portcullis_project::Project;
use portcullis_query::access::EndUser;
use serde_json::{Value, json};

use super::error::Refused;

/// The role that passes every permission.
pub const ADMINISTRATOR: &str = "administrator";
/// The role of whoever is not signed in.
pub const PUBLIC: &str = "public";
/// The role of users who have none, unless the settings name another.
pub const USER: &str = "user";

/// One role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its id, made of its name.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Names of the roles its holders may invite into.
    pub invites: Vec<String>,
}

impl Role {
    /// A role by its name.
    pub fn named(project: &Project, name: &str, description: Option<String>) -> Self {
        Self { id: uuid_of(project, &["role", name]), name: name.to_owned(), description, invites: Vec::new() }
    }

    /// Whether its holders see their tenant only.
    pub fn is_tenant_specific(&self) -> bool {
        self.name != ADMINISTRATOR
    }

    /// Whether it can be neither renamed nor deleted.
    pub fn is_system(&self) -> bool {
        matches!(self.name.as_str(), ADMINISTRATOR | PUBLIC)
    }

    /// The row.
    pub fn row(&self, project: &Project) -> Value {
        let invites: Vec<_> = self.invites.iter().map(|name| uuid_of(project, &["role", name])).collect();
        json!({
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "isTenantSpecific": self.is_tenant_specific(),
            "canInviteRoleIds": invites,
            "createdAt": null,
            "updatedAt": null,
        })
    }
}

/// The roles of a stage.
#[derive(Debug, Clone)]
pub struct Roles {
    all: Vec<Role>,
    usual: Role,
    public: Role,
}

impl Roles {
    /// Those of the settings, those that are kept, and the three that are always there.
    ///
    /// # Errors
    ///
    /// The store's.
    pub async fn load(identity: &Identity, project: &Project) -> Result<Self, Refused> {
        let mut all: Vec<Role> =
            [ADMINISTRATOR, USER, PUBLIC].iter().map(|name| Role::named(project, name, None)).collect();
        let kept = identity.role_rules(project).await?.into_iter().map(|rule| (rule.role, None, Vec::new()));
        let known = identity.roles(project).await?.into_iter().map(|role| {
            let into = role.permissions.iter().filter_map(|word| word.strip_prefix(INTO_ROLE)).map(str::to_owned);
            (role.name, role.description, into.collect::<Vec<_>>())
        });
        for (name, description, invites) in known.chain(kept) {
            let role = match all.iter_mut().find(|role| role.name == name) {
                Some(role) => role,
                None => {
                    all.push(Role::named(project, &name, None));
                    let last = all.len() - 1;
                    &mut all[last]
                }
            };
            role.description = description.or_else(|| role.description.take());
            role.invites.extend(invites);
        }
        let usual = project.settings.rbac.default_role.as_deref().unwrap_or(USER);
        Ok(Self { usual: Role::named(project, usual, None), public: Role::named(project, PUBLIC, None), all })
    }

    /// Every role.
    pub fn all(&self) -> &[Role] {
        &self.all
    }

    /// The role of this id, or of this name.
    pub fn find(&self, id: &str) -> Option<&Role> {
        self.all.iter().find(|role| role.id == id).or_else(|| self.all.iter().find(|role| role.name == id))
    }

    /// The role of whoever is not signed in.
    pub fn public(&self) -> Role {
        self.public.clone()
    }

    /// The role of users who have none.
    pub fn usual(&self) -> &Role {
        &self.usual
    }

    /// The one role of a session: an administrator's, else the first the user has, else the usual one.
    pub fn active(&self, user: &EndUser) -> Role {
        self.of(user.administrator, &user.roles)
    }

    /// The same for a user who has just signed in.
    pub fn of(&self, administrator: bool, roles: &[String]) -> Role {
        let wanted = match roles.first() {
            _ if administrator => ADMINISTRATOR,
            Some(first) => first.as_str(),
            None => self.usual.name.as_str(),
        };
        // Nobody who is signed in gets less than a role of their own.
        let known = self.all.iter().find(|role| role.name == wanted);
        known.cloned().unwrap_or_else(|| Role { name: wanted.to_owned(), ..self.usual.clone() })
    }
}

/// An id in the form of a UUID, made of what it names.
pub fn uuid_of(project: &Project, parts: &[&str]) -> String {
    let mut text = project.connection.as_str().to_owned();
    for part in parts {
        text.push('\u{0}');
        text.push_str(part);
    }
    let mut bytes = [0u8; 16];
    bytes.copy_from_slice(&sha256(text.as_bytes())[..16]);
    // RFC 9562, version 8: made in our own way.
    bytes[6] = (bytes[6] & 0x0f) | 0x80;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    uuid::Uuid::from_bytes(bytes).to_string()
}
