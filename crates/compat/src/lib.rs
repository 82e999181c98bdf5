//! Other products' surfaces over the same core.

pub mod baasix;
