//! What a program that embeds a node hangs before and after its operations.
//!
//! A surface asks [`chain`] which hooks an operation has, after its limits and before its work. Without hooks that is
//! one look into the request's extensions.

mod error;
mod event;
mod paths;

pub use error::HookError;
pub use event::{About, AfterEvent, Answer, Event};
pub use paths::operation;

use axum::body::Body;
use bytes::Bytes;
use http::{Extensions, Response};
use paths::Pattern;
use std::{fmt, pin::Pin, sync::Arc};

/// What a hook comes to.
pub type Outcome = Result<Answer, HookError>;
/// A hook at work.
pub type Hooking = Pin<Box<dyn Future<Output = Outcome> + Send>>;
/// A hook before an operation.
pub type BeforeHook = Arc<dyn Fn(Event) -> Hooking + Send + Sync>;
/// A hook after an operation.
pub type AfterHook = Arc<dyn Fn(AfterEvent) -> Hooking + Send + Sync>;

/// The hooks of a node, in the order in which they were registered.
#[derive(Default)]
pub struct Hooks {
    before: Vec<(Pattern, BeforeHook)>,
    after: Vec<(Pattern, AfterHook)>,
}

impl Hooks {
    /// Adds a hook before the operations of a path; a `*` at its end stands for whatever follows.
    pub fn before(&mut self, path: &str, hook: BeforeHook) {
        self.before.push((Pattern::new(path), hook));
    }

    /// Adds a hook after the operations of a path.
    pub fn after(&mut self, path: &str, hook: AfterHook) {
        self.after.push((Pattern::new(path), hook));
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks").field("before", &self.before.len()).field("after", &self.after.len()).finish()
    }
}

/// The hooks of one operation.
pub struct Chain {
    operation: String,
    before: Vec<BeforeHook>,
    after: Vec<AfterHook>,
}

/// The hooks of an operation, or `None` where it has none; `segments` is its decoded path below the surface's base.
pub fn chain<'s>(extensions: &Extensions, segments: impl IntoIterator<Item = &'s str>) -> Option<Chain> {
    let hooks = extensions.get::<Arc<Hooks>>()?;
    let operation = paths::of_segments(segments);
    let before: Vec<_> = hooks.before.iter().filter(|(own, _)| own.matches(&operation)).collect();
    let after: Vec<_> = hooks.after.iter().filter(|(own, _)| own.matches(&operation)).collect();
    if before.is_empty() && after.is_empty() {
        return None;
    }
    let before = before.into_iter().map(|(_, hook)| hook.clone()).collect();
    let after = after.into_iter().map(|(_, hook)| hook.clone()).collect();
    Some(Chain { operation, before, after })
}

impl Chain {
    /// Runs the hooks and, unless one of those before it refuses, the operation. Hooks after it see every answer, the
    /// refusals of hooks included; `refuse` writes those as the surface does.
    pub async fn run<F, A>(
        self,
        mut about: About,
        body: Bytes,
        refuse: impl Fn(HookError) -> Response<Body>,
        handler: F,
    ) -> Response<Body>
    where
        F: FnOnce(Bytes) -> A + Send + 'static,
        A: Future<Output = Response<Body>> + Send + 'static,
    {
        about.operation = self.operation;
        let about = Arc::new(about);
        let event = Event::new(about.clone(), body, self.before, Box::new(move |body| Box::pin(handler(body))));
        let answer = event.next().await.unwrap_or_else(|error| refuse(error).into());
        let after = AfterEvent::new(about, answer, self.after);
        after.next().await.map_or_else(refuse, Answer::into_response)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("operation", &self.operation).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
