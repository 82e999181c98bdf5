//! Who a request acts for: users mapped onto the customer's own tables, the methods that prove them, sessions and tokens.
//!
//! Every method ends in a proof, and opening a session is the only door behind it. Serves no HTTP.

pub mod mails;
