//! A caller that was settled inside the process, for requests that are rehearsed.

use portcullis_query::access::Caller;

/// Who a request acts for, put among its extensions by our own code. Nothing on the wire becomes an extension, so that
/// nobody outside can say who they are by it.
#[derive(Debug, Clone)]
pub struct ActAs(pub Caller);
