//! Writes every mail that comes with the program into a folder, to be looked at in a browser:
//! `cargo run -p portcullis-mail --example preview -- FOLDER`.

use portcullis_mail::templates::{Content, LANGUAGES, MailKind, Shared, Templates};
use std::{error::Error, fs, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("name a folder")?);
    fs::create_dir_all(&folder)?;
    let shared = Shared { app_name: "Shop".into(), email: "ada@shop.example".into(), name: "Ada Lovelace".into() };
    for kind in MailKind::ALL {
        for language in LANGUAGES {
            let mail = Templates::default().render(&Content::example(kind), &language.parse()?, &shared)?;
            let path = folder.join(format!("{}.{language}", kind.word()));
            fs::write(path.with_extension(format!("{language}.txt")), format!("{}\n\n{}", mail.subject, mail.text))?;
            fs::write(path.with_extension(format!("{language}.html")), mail.html.unwrap_or_default())?;
        }
    }
    Ok(())
}
