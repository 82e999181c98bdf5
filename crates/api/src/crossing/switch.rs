//! Users who ask to be in a tenant that is not theirs (`X-Tenant-ID`, `POST /auth/tenant`).

use super::{
    Crossing, Leak,
    owner::Whose,
    truth::{Truth, text},
};
use crate::Stand;
use portcullis_project::settings::TenancySettings;

/// Users who are looked at.
const USERS: usize = 20;
/// Tenants that each asks for.
const ASKED: usize = 5;

/// Asks for each user to be in each tenant.
pub async fn try_all(stand: &Stand, truth: &Truth, declared: &TenancySettings, report: &mut Crossing) {
    let project = &stand.project;
    let mapping = &project.settings.mapping.user;
    let users = mapping.table.as_deref().and_then(|name| project.database.by_name(name));
    let (Some(users), Some(id)) = (users, mapping.id.as_deref()) else { return };
    // Memberships that stand beside the tables are no rows: who has some is not looked at here.
    let by_column = declared.tenant_column.as_deref().is_some_and(|column| users.column_by_name(column).is_some());
    let by_user = declared.tenant_table.as_deref() == Some(users.name.as_str());
    if !by_column && !by_user && declared.membership.is_none() {
        return;
    }
    let Ok(known) = truth.table(users.id) else { return };
    let ties = |user: &str| -> Vec<String> {
        let Some(own) = &declared.membership else { return Vec::new() };
        let rows = project.database.by_name(&own.table).and_then(|table| truth.table(table.id).ok());
        let of = |row: &&super::truth::Known| row.row.get(&own.user_id).and_then(text).as_deref() == Some(user);
        let rows = rows.into_iter().flat_map(|known| &known.rows).filter(of);
        rows.filter_map(|row| text(row.row.get(&own.tenant_id)?)).collect()
    };
    for user in known.rows.iter().take(USERS) {
        let (Some(id), Whose::Tenants(own)) = (user.row.get(id).and_then(text), &user.whose) else {
            continue;
        };
        let ties = ties(&id);
        for tenant in truth.tenants.iter().take(ASKED) {
            let is_own = own.contains(tenant) || ties.contains(tenant);
            let Some(entered) = stand.enters(&id, tenant).await else { continue };
            *report.paths.entry("switch").or_default() += 1;
            match is_own {
                true => report.controls += 1,
                false => report.tried += 1,
            }
            let request = format!("X-Tenant-ID: {tenant} of user {id}");
            let noted = |why: &str| Leak { path: "switch", tenant: tenant.clone(), request, why: why.to_owned() };
            match (is_own, entered) {
                (false, true) => report.leaks.push(noted("is let into a tenant that is not theirs")),
                (true, false) => report.broken.push(noted("is not let into their own tenant")),
                _ => {}
            }
        }
    }
}
