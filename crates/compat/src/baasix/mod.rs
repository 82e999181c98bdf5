//! Baasix: `/auth/*`, `/permissions`, `/items/{collection}` in its forms.

mod aggregate;
mod conditions;
mod error;
mod fields;
mod filter;
mod list;
mod params;
mod variables;
