//! The use-cases over a customer's rows: list, read, create, update, delete, count, bulk, batch, export, import.
//!
//! Each takes words and gives response bytes. Knows no HTTP, no SQL text, and not how the caller was proved.

mod batch;
mod bulk;
mod create;
mod delete;
mod embed;
mod error;
mod export;
mod groups;
mod import;
mod list;
mod mass;
mod password;
mod preview;
mod read;
mod run;
mod session;
mod update;

pub use batch::{Operation, OperationKind, OperationResult, batch};
pub use bulk::{BulkOutcome, FailedRow, bulk_create, bulk_update};
pub use create::{Created, create};
pub use delete::delete;
pub use error::RecordsError;
pub use export::{Exported, export, export_header};
pub use import::{ImportFormat, ImportOutcome, Importer, read_csv};
pub use list::{Page, count, list};
pub use mass::{MassOutcome, MassPreview, MassRequest, mass_delete, mass_preview, mass_update};
pub use preview::{Preview, preview_insert, preview_list, preview_update};
pub use read::{etag, read};
pub use session::Session;
pub use update::update;
