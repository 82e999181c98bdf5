//! Where a user stands: roles, what they allow, and tenants. Read from the customer's tables and what is kept beside
//! them; what changes there takes effect within a second, what is changed here at once. SEC-18.

pub(crate) mod cache;
mod words;

use crate::{Accepted, CredentialFault, Identity, IdentityError, User, users::Directory};
use cache::{Fresh, Mark, key_of};
use parking_lot::Mutex;
use portcullis_base::Timestamp;
use portcullis_project::Project;
use portcullis_query::{
    Json,
    access::{EndUser, Rights},
};
use portcullis_schema::ColumnId;
use portcullis_store::{memberships, users::UserState};
use std::sync::Arc;

pub(crate) use words::{Kept, ROWS, parsed};

/// Roles that make an administrator when they are given here.
pub(crate) const ADMINISTRATORS: [&str; 2] = ["administrator", "admin"];

/// Where users stood a moment ago, by stage and user; nobody is a user who is gone.
pub(crate) type Standings = Fresh<Option<Arc<Standing>>>;
/// What roles allowed a moment ago, by stage and roles.
pub(crate) type RightsOfRoles = Fresh<Arc<Rights>>;

/// Where one user stands, whatever tenant is chosen.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    id: String,
    /// Roles the user has everywhere.
    pub(crate) roles: Vec<String>,
    /// Whether one of those given here makes an administrator.
    pub(crate) administrator: bool,
    /// Roles the user has in one tenant, as (tenant, role).
    in_tenants: Vec<(String, String)>,
    /// The user's tenants, the usual one first.
    pub tenants: Vec<String>,
    parts: Mutex<Vec<Arc<Part>>>,
}

/// Where a user stands in one tenant, or without one.
#[derive(Debug)]
pub(crate) struct Part {
    /// The tenant in force.
    pub tenant: Option<String>,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Whether the user is an administrator.
    pub administrator: bool,
    /// Names of permissions.
    pub permissions: Vec<String>,
    rights: Option<Arc<Rights>>,
    columns: Arc<[(ColumnId, Json)]>,
}

impl Standing {
    /// The tenant of this id, as it is written in the table.
    pub fn tenant(&self, id: &str) -> Option<&str> {
        let all = || self.tenants.iter().map(String::as_str);
        // UUIDs are equal in letters of any size.
        let uuid = id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
        all().find(|own| *own == id).or_else(|| all().find(|own| uuid && own.eq_ignore_ascii_case(id)))
    }

    /// The tenant that is in force when this one was chosen before: another one where it is the user's no more.
    pub fn chosen(&self, before: Option<&str>) -> Option<&str> {
        before.and_then(|id| self.tenant(id)).or_else(|| self.tenants.first().map(String::as_str))
    }
}

impl Part {
    /// The user of a request.
    pub fn end_user(&self, known: EndUser) -> EndUser {
        EndUser {
            roles: self.roles.clone(),
            tenant: self.tenant.clone(),
            administrator: self.administrator,
            rights: self.rights.clone(),
            columns: self.columns.clone(),
            ..known
        }
    }
}

impl Identity {
    /// Where a user stands whose row is at hand.
    pub(crate) async fn stands(
        &self,
        directory: &Directory<'_>,
        user: &User,
        state: &UserState,
    ) -> Result<Standing, IdentityError> {
        let mut roles = directory.roles(user).await?;
        // A role column that says `admin` is only a label; given here, or named in the settings, it is a right.
        let administrator = state.roles.iter().any(|role| ADMINISTRATORS.contains(&role.as_str()));
        for role in &state.roles {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        let mut standing = Standing { id: user.id.clone(), roles, administrator, ..Standing::default() };
        let tenancy = &directory.project.settings.tenancy;
        if tenancy.enabled {
            let (connection, id) = (directory.project.connection.clone(), user.id.clone());
            let kept = self.store.db().read(move |tx| memberships::of_user(tx, &connection, &id)).await?;
            standing.tenants = directory.tenants(user).await?;
            if !directory.users_are_tenants() {
                for tenant in kept.tenants {
                    if !standing.tenants.contains(&tenant) {
                        standing.tenants.push(tenant);
                    }
                }
            }
            standing.in_tenants = kept.roles;
        }
        Ok(standing)
    }

    /// Where a user stands in one tenant, or without one.
    pub(crate) async fn part(
        &self,
        project: &Project,
        standing: &Standing,
        tenant: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<Part>, IdentityError> {
        if let Some(known) = standing.parts.lock().iter().find(|part| part.tenant.as_deref() == tenant) {
            return Ok(known.clone());
        }
        let rbac = &project.settings.rbac;
        let mut roles = standing.roles.clone();
        let mut administrator = standing.administrator;
        for (_, role) in standing.in_tenants.iter().filter(|(own, _)| Some(own.as_str()) == tenant) {
            administrator |= ADMINISTRATORS.contains(&role.as_str());
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        if roles.is_empty() {
            roles.extend(rbac.default_role.clone());
        }
        administrator |= roles.iter().any(|role| rbac.administrator_roles.contains(role));
        let rights = self.rights_of(project, &roles, now).await?;
        let columns = self.asked_columns(project, &standing.id, rights.user_columns()).await?;
        let part = Arc::new(Part {
            tenant: tenant.map(str::to_owned),
            permissions: rights.words().to_vec(),
            rights: rbac.enabled.then_some(rights),
            roles,
            administrator,
            columns,
        });
        standing.parts.lock().push(part.clone());
        Ok(part)
    }

    /// Where a user stands now, or stood a moment ago; `None` for one who is gone or may not sign in.
    pub(crate) async fn live_standing(
        &self,
        project: &Project,
        user: &str,
        now: Timestamp,
    ) -> Result<Option<Arc<Standing>>, IdentityError> {
        let (key, mark) = (key_of([project.connection.as_str(), user]), self.mark(project));
        if let Some(known) = self.standings.get(&key, mark, now) {
            return Ok(known);
        }
        let directory = Directory::of(project)?;
        let state = self.state_of(project, user).await?;
        let found = match directory.by_id(user).await?.filter(|user| user.active && !state.disabled) {
            Some(user) => Some(Arc::new(self.stands(&directory, &user, &state).await?)),
            None => None,
        };
        self.standings.put(key, mark, now, found.clone());
        Ok(found)
    }

    /// What was read under another mark is read again.
    pub(crate) fn mark(&self, project: &Project) -> Mark {
        Mark { generation: project.generation, changes: self.revocations.standings(&project.connection) }
    }

    /// The same caller as the tables have them now: roles, rights, tenant. Costs nothing where nobody asks for them.
    ///
    /// # Errors
    ///
    /// [`IdentityError::BadCredentials`] where the user is gone, or the session's tenant is not theirs any more: a
    /// refresh tells which they have.
    pub(crate) async fn up_to_date(
        &self,
        project: &Project,
        accepted: Accepted,
        now: Timestamp,
    ) -> Result<Accepted, IdentityError> {
        if accepted.foreign || !project.follows_callers {
            return Ok(accepted);
        }
        let user = &accepted.user;
        let standing = self.live_standing(project, &user.id, now).await?;
        let standing = standing.ok_or_else(|| CredentialFault::UserGone { user: user.id.clone() })?;
        let of_session = user.session.as_deref().is_some_and(|id| id.starts_with("ses_"));
        let tenant = match &user.tenant {
            _ if !project.settings.tenancy.enabled => None,
            Some(chosen) if of_session => {
                let lost = || CredentialFault::TenantLost { user: user.id.clone(), tenant: chosen.clone() };
                Some(standing.tenant(chosen).ok_or_else(lost)?)
            }
            _ => standing.chosen(None),
        };
        let part = self.part(project, &standing, tenant, now).await?;
        let user = Arc::new(part.end_user(EndUser::clone(user)));
        Ok(Accepted { user, ..accepted })
    }

    /// A user as a request of theirs would have it now, in this tenant or the usual one.
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotAMember`] for a tenant that is none of the user's, [`IdentityError::BadCredentials`] for a
    /// user who is gone or may not sign in.
    pub async fn standing(
        &self,
        project: &Project,
        user: &str,
        tenant: Option<&str>,
        now: Timestamp,
    ) -> Result<Arc<EndUser>, IdentityError> {
        let directory = Directory::of(project)?;
        let state = self.state_of(project, user).await?;
        let found = directory.by_id(user).await?.filter(|user| user.active && !state.disabled);
        let user = found.ok_or_else(|| CredentialFault::UserGone { user: user.to_owned() })?;
        let standing = self.stands(&directory, &user, &state).await?;
        let tenant = match tenant.filter(|_| project.settings.tenancy.enabled) {
            Some(tenant) => Some(standing.tenant(tenant).ok_or(IdentityError::NotAMember)?),
            None => standing.chosen(None),
        };
        let part = self.part(project, &standing, tenant, now).await?;
        Ok(Arc::new(part.end_user(EndUser { id: user.id, email: user.email, ..EndUser::default() })))
    }

    /// The same caller in the tenant that a request names (`X-Tenant-ID`).
    ///
    /// # Errors
    ///
    /// [`IdentityError::NotAMember`] unless it is one of the user's.
    pub async fn in_tenant(
        &self,
        project: &Project,
        user: Arc<EndUser>,
        tenant: &str,
        now: Timestamp,
    ) -> Result<Arc<EndUser>, IdentityError> {
        if !project.settings.tenancy.enabled || user.tenant.as_deref() == Some(tenant) {
            return Ok(user);
        }
        let standing = match Directory::of(project) {
            Ok(_) => self.live_standing(project, &user.id, now).await?,
            Err(_) => None,
        };
        let standing = standing.ok_or(IdentityError::NotAMember)?;
        let tenant = standing.tenant(tenant).ok_or(IdentityError::NotAMember)?;
        let part = self.part(project, &standing, Some(tenant), now).await?;
        Ok(Arc::new(part.end_user(EndUser::clone(&user))))
    }
}
