//! `/sudo/sendmail`: a mail whose subject and text the application's server brings.

use super::super::{
    Routed,
    error::Refused,
    wire::{fields, ok},
};
use axum::body::Body;
use http::Response;
use portcullis_identity::ServerLetter;
use serde_json::json;

/// `POST /sudo/sendmail` `{fromName, to, subject, body|htmlBody|textBody, replyTo}`: true. The sender is the project's.
pub async fn send(call: &Routed) -> Result<Response<Body>, Refused> {
    call.root().await?;
    let mut fields = fields(call)?;
    let (html, body) = (fields.text("htmlBody")?, fields.text("body")?);
    let letter = ServerLetter {
        to: fields.required("to")?,
        from_name: fields.text("fromName")?,
        reply_to: fields.text("replyTo")?,
        subject: fields.required("subject")?,
        html: html.or(body),
        text: fields.text("textBody")?,
    };
    let project = &call.project;
    call.identity().send_server_letter(project, letter, call.now()).await?;
    Ok(ok(&json!(true)))
}
