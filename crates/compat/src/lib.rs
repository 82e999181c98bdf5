//! Other products' HTTP over the same core, one folder each, so that their clients work unchanged.
//!
//! A surface is a translation and holds no rule of its own: foreign paths and bodies into our words, our answers into
//! foreign ones. What all of them need on the way stands here: finding the surface and the project of a request, CORS,
//! limits, the request's id, refusals that no surface has thought of. Surfaces never see each other.

mod baasix;
mod call;
mod cors;
mod enabled;
mod hooked;
mod moondb;
mod route;
mod serve;
mod solobase;
mod state;
pub mod staticbackend;
mod surface;
pub mod swain;
mod target;

pub use call::Call;
pub use cors::NoCors;
pub use enabled::Enabled;
pub use route::{Found, find, mounted};
pub use serve::serve;
pub use state::{Own, State};
pub use surface::{Answer, Cors, Enabling, Needs, Scope, Surface, base_url_only};
pub use target::Target;

/// The surfaces there are. A new one is a folder beside this file and a line here.
pub static SURFACES: &[&Surface] =
    &[&swain::SURFACE, &moondb::SURFACE, &solobase::SURFACE, &baasix::SURFACE, &staticbackend::SURFACE];

/// The surface of this name.
pub fn surface(name: &str) -> Option<&'static Surface> {
    SURFACES.iter().copied().find(|surface| surface.rules.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use portcullis_identity::LONGEST_ACCESS_TTL_S;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_no_surface_has_ours() {
        let names: BTreeSet<&str> = SURFACES.iter().map(|surface| surface.rules.name).collect();
        assert_eq!(names.len(), SURFACES.len());
        for ours in ["native", "admin", "command"] {
            assert!(!names.contains(ours));
        }
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase())));
    }

    #[test]
    fn sec_18_no_token_lives_longer_than_its_end_is_remembered() {
        for surface in SURFACES {
            assert!(surface.rules.access_ttl_s.is_none_or(|ttl| ttl <= LONGEST_ACCESS_TTL_S), "{}", surface.rules.name);
        }
    }
}
