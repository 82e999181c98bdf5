//! What the hooks of an embedding program are given.

use super::AppHandle;
use axum::Router;
use portcullis_web::hooks::{self, Outcome};
use std::ops::{Deref, DerefMut};

/// A request before its operation. Reads as [`hooks::Event`]; its body may be replaced.
#[derive(Debug)]
pub struct Event {
    pub(super) inner: hooks::Event,
    pub(super) app: AppHandle,
}

impl Event {
    /// The node.
    pub const fn app(&self) -> &AppHandle {
        &self.app
    }

    /// Runs the hooks that follow, and the operation; gives its answer. A hook that does not call it has to answer
    /// by itself or to refuse.
    ///
    /// # Errors
    ///
    /// A later hook's refusal.
    pub async fn next(self) -> Outcome {
        self.inner.next().await
    }
}

impl Deref for Event {
    type Target = hooks::Event;

    fn deref(&self) -> &hooks::Event {
        &self.inner
    }
}

impl DerefMut for Event {
    fn deref_mut(&mut self) -> &mut hooks::Event {
        &mut self.inner
    }
}

/// An answer on its way out. Reads as [`hooks::AfterEvent`]; the answer may be changed.
#[derive(Debug)]
pub struct AfterEvent {
    pub(super) inner: hooks::AfterEvent,
    pub(super) app: AppHandle,
}

impl AfterEvent {
    /// The node.
    pub const fn app(&self) -> &AppHandle {
        &self.app
    }

    /// Runs the hooks that follow; gives the answer as they leave it.
    ///
    /// # Errors
    ///
    /// A later hook's refusal, which takes the answer's place.
    pub async fn next(self) -> Outcome {
        self.inner.next().await
    }
}

impl Deref for AfterEvent {
    type Target = hooks::AfterEvent;

    fn deref(&self) -> &hooks::AfterEvent {
        &self.inner
    }
}

impl DerefMut for AfterEvent {
    fn deref_mut(&mut self) -> &mut hooks::AfterEvent {
        &mut self.inner
    }
}

/// The moment before anything is served.
#[derive(Debug)]
pub struct ServeEvent {
    /// The node.
    pub app: AppHandle,
    /// What is served; routes that are added stand before ours.
    pub router: Router,
}
