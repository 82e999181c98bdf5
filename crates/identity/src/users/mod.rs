//! Users in the customer's own table, by the mapped columns.

mod directory;
mod find;
mod mapped;
mod password;
mod roles;
mod row;
mod survey;
mod tenants;
mod write;

pub use directory::Directory;
pub use row::User;
pub use survey::Survey;
pub use write::NewUser;

pub(crate) use directory::{failed, objects, run, statements};
pub(crate) use mapped::{NewRow, has_passed, holds, id_json, is_token, spelled};
pub(crate) use password::TableFormat;
pub(crate) use portcullis_project::filling::is_uuid;
pub(crate) use row::{id_text, normalised};
pub(crate) use tenants::Home;
pub(crate) use write::{moment, uuid, word};
