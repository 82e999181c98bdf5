//! Users and their tenants: which there are, joining and leaving, choosing one. One file per concern.

mod join;
mod list;
mod switch;

pub(crate) use list::check_tenancy;
pub use list::{Tenant, TenantSource};
