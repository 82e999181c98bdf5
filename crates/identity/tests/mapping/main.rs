//! Proposals over the schemas of frameworks and over schemas made to mislead.

mod cards;
mod decoys;
mod frameworks;
mod support;
mod tenancy;
