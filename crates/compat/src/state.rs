//! What every compatibility surface is given.

use crate::Enabled;
use portcullis_base::Timestamp;
use portcullis_control::{Control, Opener, RegistrationServer, operators::Operators};
use portcullis_identity::Identity;
use std::{fmt, sync::Arc};

/// The node as compatibility surfaces see it.
pub struct State {
    /// What all surfaces are given: open stages, identity, the time, remembered answers.
    pub web: portcullis_web::State,
    /// Projects, settings, builds, keys.
    pub control: Control,
    /// The operators.
    pub operators: Operators,
    /// Takes in at once what was changed through `control`; a node notices by itself a moment later.
    pub opener: Arc<Opener>,
    /// Which surfaces are on, and for which projects.
    pub enabled: Arc<Enabled>,
    /// Whether strangers may make themselves projects where a surface has calls for it.
    pub open_registration: bool,
    /// Where the databases of such projects are made; files in the data directory where there is none.
    pub registration_server: Option<RegistrationServer>,
    /// What single surfaces remember.
    pub own: Own,
}

/// What single surfaces remember on a node: caches and nothing else.
#[derive(Debug, Default)]
pub struct Own {
    pub(crate) swain: crate::swain::Cache,
}

impl State {
    /// End users.
    pub fn identity(&self) -> &Arc<Identity> {
        &self.web.identity
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.web.clock.now()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").field("open_registration", &self.open_registration).finish_non_exhaustive()
    }
}
