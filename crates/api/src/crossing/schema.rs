//! What describes the interface says nothing about rows: it is the same for every tenant.

use super::{Crossing, CrossingError, INTRUDERS, Leak, tree::called, truth::Truth};
use crate::{Asked, Stand};
use http::Method;
use portcullis_contract::{DocumentCache, DocumentKind};
use portcullis_query::access::{Caller, EndUser};
use std::sync::Arc;

/// Compares documents and schemas of the tenants.
pub async fn try_all(stand: &Stand, truth: &Truth, report: &mut Crossing) -> Result<(), CrossingError> {
    let mut paths = vec!["/models".to_owned()];
    paths.extend(stand.project.database.tables().iter().map(|table| format!("/{}/schema", called(table))));
    let mut first: Option<Vec<Vec<u8>>> = None;
    for tenant in truth.tenants.iter().take(INTRUDERS) {
        let user = EndUser { tenant: Some(tenant.clone()), administrator: true, ..EndUser::default() };
        let caller = Caller::User(Arc::new(user));
        let mut told = Vec::new();
        for kind in [DocumentKind::OpenApi31, DocumentKind::Swagger2] {
            // A cache of its own: a document that was made for another would be no proof.
            told.push(DocumentCache::new(1).get(&stand.project, kind, "/p/x", &caller).body.to_vec());
        }
        for path in &paths {
            let asked = Asked { method: Method::GET, path: path.clone(), body: None, media_type: None };
            told.push(stand.rehearse(&caller, &asked).await?.body.to_vec());
        }
        report.tried += told.len();
        *report.paths.entry("schema").or_default() += told.len();
        let known = first.get_or_insert_with(|| told.clone());
        let names = ["openapi.json", "swagger.json"].into_iter().chain(paths.iter().map(String::as_str));
        for (name, _) in names.zip(known.iter().zip(&told)).filter(|(_, (known, told))| known != told) {
            let why = "is another for another tenant".to_owned();
            report.leaks.push(Leak { path: "schema", tenant: tenant.clone(), request: format!("GET {name}"), why });
        }
    }
    Ok(())
}
