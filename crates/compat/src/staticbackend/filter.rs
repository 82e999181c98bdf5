//! Their clauses, and what stands in the query of a list, as words of `documents`.

use super::{Routed, error::Refused};
use base64::{
    Engine as _, alphabet::STANDARD, engine::DecodePaddingMode, engine::GeneralPurpose, engine::GeneralPurposeConfig,
};
use portcullis_documents::{Clause, DocumentsError, Field, List, Order};
use portcullis_query::Json;

/// Documents of a page that names no size.
const SIZE: u64 = 25;

/// With padding or without, as clients in different languages write it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The clauses of a body.
pub fn clauses(json: Json) -> Result<Vec<Clause>, DocumentsError> {
    Clause::parse_all(json, field)
}

fn field(name: &str) -> Field {
    match name {
        "id" => Field::Id,
        "accountId" => Field::Account,
        other => Field::Data(other.to_owned()),
    }
}

/// The clauses of the parameter `x`: base64 that clients do not percent-encode, so that `+` arrives as a space.
pub fn clauses_of_x(x: &str) -> Result<Vec<Clause>, Refused> {
    let wrong = || Refused::bad("`x` must be the clauses as base64");
    let text: String = x
        .chars()
        .map(|c| match c {
            ' ' | '-' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let bytes = LENIENT.decode(text.trim()).map_err(|_| wrong())?;
    let json = Json::parse(&bytes).map_err(|_| wrong())?;
    Ok(clauses(json)?)
}

/// Page, size and order; what is no number is as if it were not there.
pub fn list(call: &Routed, clauses: Vec<Clause>) -> List {
    let number = |name| call.parameter(name).and_then(|text| text.parse::<u64>().ok()).filter(|number| *number > 0);
    let order = match call.parameter("sort").as_deref() {
        None | Some("" | "created") => Order::Created,
        Some("id") => Order::Id,
        Some(name) => Order::Data(name.to_owned()),
    };
    List {
        clauses,
        order,
        descending: call.parameter("desc").is_some_and(|text| !text.is_empty()),
        page: number("page").unwrap_or(1),
        size: number("size").unwrap_or(SIZE),
    }
}
