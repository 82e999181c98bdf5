//! An operator at work on an opened stage: what operations on its users, roles and invitations share.

use crate::{
    Surface,
    call::Call,
    refusal,
    route::{Answer, Route, Run, Running},
    wire,
};
use http::Method;
use portcullis_base::Timestamp;
use portcullis_control::operators::{self, Deed, OperatorCaller};
use portcullis_identity::{Client, Identity, IdentityError, User, users::Directory};
use portcullis_project::Project;
use portcullis_web::ApiError;
use serde_json::{Value, json};
use std::sync::Arc;

/// An operator at work on an opened stage.
pub struct Acting {
    /// The stage.
    pub project: Arc<Project>,
    /// Where the request came from, as identity is told.
    pub client: Client,
    /// The present.
    pub now: Timestamp,
    surface: Surface,
    /// The values of the path's parameters.
    values: Vec<String>,
    operator: OperatorCaller,
    from: operators::Client,
}

impl Acting {
    /// Opens the stage that the path and `?stage=` name; there is no other parameter.
    pub async fn begin(mut call: Call, caller: OperatorCaller) -> Result<Self, ApiError> {
        let project = call.open_project().await?;
        call.query.end(&["stage"])?;
        let (client, now) = (crate::users::client(&call), call.surface.clock.now());
        let Call { surface, values, client: from, .. } = call;
        Ok(Self { project, client, now, surface, values, operator: caller, from })
    }

    /// Who knows users and roles.
    pub fn identity(&self) -> &Identity {
        &self.surface.identity
    }

    /// A value of the path, counted from the project's 0.
    pub fn value(&self, at: usize) -> &str {
        self.values.get(at).map_or("", String::as_str)
    }

    /// The user that the path names.
    pub async fn user(&self) -> Result<User, ApiError> {
        let directory = Directory::of(&self.project).map_err(refusal::of_identity)?;
        directory.by_id(self.value(1)).await.map_err(refusal::of_identity)?.ok_or_else(ApiError::no_such_route)
    }

    /// Tells the audit what was done to whom, where it was done, and answers that it is.
    pub async fn done<T>(
        self,
        done: Result<T, IdentityError>,
        name: &'static str,
        subject: &str,
        detail: Option<Value>,
    ) -> Answer {
        done.map_err(refusal::of_identity)?;
        let deed = Deed { name, connection: self.project.connection.clone(), subject: subject.to_owned(), detail };
        self.surface.operators.tell(&self.operator, deed, &self.from).await.map_err(refusal::of_operators)?;
        Ok(wire::done())
    }
}

/// `{"data": [..]}` of what there is, each as it is shown.
pub fn listed<T>(all: Result<Vec<T>, IdentityError>, shown: impl Fn(&T) -> Value) -> Answer {
    let all = all.map_err(refusal::of_identity)?;
    Ok(wire::ok(&json!({ "data": all.iter().map(shown).collect::<Vec<_>>() })))
}

impl Route {
    /// An operation on an opened stage that takes no body and has nothing to say but that it is done.
    pub const fn deed(
        method: Method,
        path: &'static str,
        id: &'static str,
        about: &'static str,
        refusals: &'static [(u16, &'static str)],
        run: fn(Acting) -> Running,
    ) -> Self {
        Self {
            method,
            path,
            id,
            about,
            query: &[crate::projects::STAGE],
            body: None,
            answer: None,
            refusals,
            run: Run::Acting(run),
        }
    }

    /// A list of what an opened stage has.
    pub const fn listing(
        path: &'static str,
        id: &'static str,
        about: &'static str,
        refusals: &'static [(u16, &'static str)],
        answer: fn() -> Value,
        run: fn(Acting) -> Running,
    ) -> Self {
        Self {
            method: Method::GET,
            path,
            id,
            about,
            query: &[crate::projects::STAGE],
            body: None,
            answer: Some(answer),
            refusals,
            run: Run::Acting(run),
        }
    }
}
