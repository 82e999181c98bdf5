//! Prints hashes made here, one JSON object a line, for other libraries to check: scripts/checks/password-interop.sh.

use portcullis_crypto::password::{Format, Spelling, make};
use std::collections::HashSet;

const PASSWORDS: [&str; 3] = ["correct horse", "Пароль-密码-ñ🔑", " spaces stay "];

#[derive(serde::Deserialize)]
struct Row {
    stored: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rows: Vec<Row> = serde_json::from_str(include_str!("../tests/fixtures/password-hashes.json"))?;
    let usual = Format::ALL.into_iter().filter(|format| *format != Format::FirebaseScrypt).map(Spelling::of);
    let of_rows = rows.iter().filter_map(|row| Spelling::like(&row.stored));
    let mut seen = HashSet::new();
    let spellings = usual.chain(of_rows).filter(|spelling| spelling.format().is_sound());
    for (at, spelling) in spellings.filter(|spelling| seen.insert(spelling.clone())).enumerate() {
        let password = PASSWORDS[at % PASSWORDS.len()];
        let stored = make(&spelling, password, &mut rand::rng())?;
        let (format, stored) = (spelling.format().word(), stored.expose());
        println!("{}", serde_json::json!({ "format": format, "password": password, "stored": stored }));
    }
    Ok(())
}
