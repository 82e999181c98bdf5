//! Their routes, in the order of their documentation: which there are, and who answers them.

mod db;
pub(super) mod init;
mod login;
mod mail;
mod password;
mod people;

use super::{Routed, error::Refused};
use axum::body::Body;
use http::{Method, Response};

/// The methods of a path; `None` where there is no such path. HEAD comes as GET.
pub fn allowed(path: &[&str]) -> Option<&'static [&'static str]> {
    Some(match path {
        ["register"] | ["password", "send" | "reset"] | ["user", "changepw"] | ["setrole"] => &["POST"],
        ["login"] => &["POST"],
        ["login", "magic"] => &["GET", "POST"],
        ["email" | "me" | "newid" | "sudolistall"] | ["password", "resetcode"] | ["sudogettoken", _] => &["GET"],
        ["account", "users"] => &["GET", "POST"],
        ["account", "users", _] => &["DELETE"],
        ["sudo", "index" | "sendmail"] => &["POST"],
        // Their cache and their files.
        ["sudo", "cache"] => return None,
        ["db" | "sudo", _] => &["GET", "POST", "PUT", "DELETE"],
        ["db" | "sudo", "count", _] => &["GET", "POST", "PUT", "DELETE"],
        ["db" | "sudo", _, _] => &["GET", "PUT", "DELETE"],
        ["query" | "sudoquery", _] => &["POST"],
        ["inc", _, _] => &["PUT"],
        _ => return None,
    })
}

/// Whether only the holder of the root token may call.
pub fn is_for_servers(path: &[&str]) -> bool {
    matches!(
        path,
        ["sudo" | "sudogettoken", ..] | ["sudoquery", ..] | ["sudolistall"] | ["password", "send" | "resetcode"]
    )
}

/// Answers a call to a path that there is, with a method that it knows.
pub async fn answer(call: &Routed, path: &[&str], method: &Method) -> Result<Response<Body>, Refused> {
    match (path, method.as_str()) {
        (["register"], _) => login::register(call).await,
        (["login"], _) => login::login(call).await,
        (["login", "magic"], "POST") => login::send_link(call).await,
        (["login", "magic"], _) => login::use_link(call).await,
        (["email"], _) => people::email(call).await,
        (["me"], _) => people::me(call).await,
        (["password", "send"], _) => password::send(call).await,
        (["password", "resetcode"], _) => password::reset_code(call).await,
        (["password", "reset"], _) => password::reset(call).await,
        (["user", "changepw"], _) => password::change(call).await,
        (["setrole"], _) => people::set_role(call).await,
        (["account", "users"], "GET") => people::list(call).await,
        (["account", "users"], _) => people::add(call).await,
        (["account", "users", id], _) => people::remove(call, id).await,
        (["sudogettoken", account], _) => people::token_of(call, account).await,
        (["newid"], _) => db::new_id(call).await,
        (["sudolistall"], _) => db::names(call).await,
        (["sudo", "index"], "POST") => db::index(call).await,
        (["sudo", "sendmail"], "POST") => mail::send(call).await,
        (["query", name], _) => db::query(call, name, false).await,
        (["sudoquery", name], _) => db::query(call, name, true).await,
        (["inc", name, id], _) => db::increase(call, name, id).await,
        (["db" | "sudo", "count", name], "POST") => db::count(call, name, path[0] == "sudo").await,
        ([kind, name], "GET") => db::list(call, name, *kind == "sudo").await,
        ([kind, name], "POST") => db::create(call, name, *kind == "sudo").await,
        ([kind, name], "PUT") => db::update_many(call, name, *kind == "sudo").await,
        ([kind, name], "DELETE") => db::delete_many(call, name, *kind == "sudo").await,
        ([kind, name, id], "GET") => db::read(call, name, id, *kind == "sudo").await,
        ([kind, name, id], "PUT") => db::update(call, name, id, *kind == "sudo").await,
        ([kind, name, id], "DELETE") => db::delete(call, name, id, *kind == "sudo").await,
        _ => Err(Refused::NotFound),
    }
}
