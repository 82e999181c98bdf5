//! A database of very many tables.

use portcullis_testkit::{Engine, TestApp, TestDatabase};
use std::{fmt::Write as _, time::Instant};

const TABLES: usize = 5_000;

/// Reads the structure of 5,000 tables in less than a minute, and finds the last of them as it finds the first.
///
/// Slow to set up on the servers, so that it runs there only when it is asked for by `PORTCULLIS_TEST_SLOW=1`.
pub fn rel_12_five_thousand_tables_are_read_in_a_minute(database: &TestDatabase) {
    let slow = std::env::var_os("PORTCULLIS_TEST_SLOW").is_some();
    let tables = if slow || database.engine() == Engine::Sqlite { TABLES } else { 300 };
    let mut script = String::new();
    for n in 0..tables {
        let parent = if n > 0 { format!(" REFERENCES table_{:04} (id)", n - 1) } else { String::new() };
        let end = if n % 500 == 499 { "COMMIT; BEGIN;" } else { "" };
        let _ =
            writeln!(script, "CREATE TABLE table_{n:04} (id int PRIMARY KEY, parent_id int{parent}, v text); {end}");
    }
    database.run(&format!("BEGIN; {script} INSERT INTO table_{0:04} VALUES (1, NULL, 'last'); COMMIT;", tables - 1));
    let start = Instant::now();
    let app = TestApp::start(database);
    let took = start.elapsed();
    assert_eq!(app.database().tables().len(), tables);
    assert!(took.as_secs() < 60, "the structure took {took:?}");
    assert_eq!(app.get(&format!("/table_{:04}/1", tables - 1)).ok(200)["v"], "last");
    assert_eq!(app.get("/Table0000/count").status, 200);
    app.get("/table_99999").refused(404, "not_found");
}
