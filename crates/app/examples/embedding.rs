//! A backend of one's own around a node: who may sign up, what a login leads to, and a route beside ours.
//!
//! `cargo run -p portcullis-app --example embedding -- sqlite:notes.db 127.0.0.1:8080`, over a database with a users
//! table. `docs/guide/embedding.md` walks through it.

use portcullis::{Answer, App, Event, HookError, axum::routing::get};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Account {
    email: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let database = arguments.next().unwrap_or_else(|| "sqlite:notes.db".to_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let data = arguments.next().unwrap_or_else(|| "./portcullis-data".to_owned());
    let mut app = App::builder()
        .data_dir(data)
        .database(database)
        .project("notes")
        .listen(address)
        .on_before("/api/auth/register", only_of_our_house)
        .on_before("/api/auth/login", small_letters)
        .on_after_success("/api/auth/login", |mut event| async move {
            let user = event.answer.value().await?["user"]["email"].clone();
            println!("{user} signed in at the surface `{}`", event.surface);
            event.answer.headers_mut().insert("x-welcome", "back".parse()?);
            event.next().await
        })
        .on_serve(|serve| async move {
            let app = serve.app.clone();
            let tables = get(move || async move {
                app.project("notes").map(|notes| notes.database.tables().len().to_string()).unwrap_or_default()
            });
            Ok(serve.router.route("/tables", tables))
        });
    if let (Ok(email), Ok(password)) = (std::env::var("ADMIN_EMAIL"), std::env::var("ADMIN_PASSWORD")) {
        app = app.default_admin(email, password);
    }
    let app = app.build().await?;
    if let Some(address) = app.address() {
        println!("ready at http://{address}/p/notes");
    }
    app.start().await
}

/// Refuses strangers: the surface writes the refusal in its own envelope.
async fn only_of_our_house(event: Event) -> Result<Answer, HookError> {
    let account: Account = event.json()?;
    if !account.email.ends_with("@house.example") {
        return Err(HookError::new("only people of the house have an account here")
            .status(403)
            .code("not_of_the_house"));
    }
    event.next().await
}

/// Changes the request before the login sees it.
async fn small_letters(mut event: Event) -> Result<Answer, HookError> {
    let mut body: Value = event.json()?;
    if let Some(email) = body["email"].as_str() {
        body["email"] = email.to_lowercase().into();
        event.set_json(&body)?;
    }
    event.next().await
}
