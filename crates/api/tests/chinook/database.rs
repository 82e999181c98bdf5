//! The database, loaded and served.

pub use portcullis_testkit::chinook::is_there;
use portcullis_testkit::{TestApp, TestDatabase, chinook};

/// Loads the database and serves it.
pub fn serve(database: &TestDatabase) -> TestApp {
    chinook::load(database);
    TestApp::start(database)
}
