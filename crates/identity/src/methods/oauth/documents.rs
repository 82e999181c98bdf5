//! Providers' public documents (discovery, keys), remembered for a while.

use super::{HttpFailure, ProviderHttp};
use parking_lot::Mutex;
use portcullis_base::Timestamp;
use serde_json::Value;
use std::{collections::HashMap, sync::Arc};

/// How long a document is good. Seconds.
pub const FRESH_S: i64 = 3_600;
/// How old a key set must be before a token with an unknown key makes us ask for a newer one. Seconds.
/// Short enough for a rotation, long enough that a stranger cannot make us ask all day.
pub const REFRESH_S: i64 = 30;
/// More than an instance has providers; then all are forgotten.
const AT_MOST: usize = 512;

/// By address, so that projects with different settings never share one.
#[derive(Debug, Default)]
pub struct Documents(Mutex<HashMap<String, (Timestamp, Arc<Value>)>>);

impl Documents {
    /// A document that is at most `max_age_s` old.
    pub async fn get(
        &self,
        http: &dyn ProviderHttp,
        url: &str,
        max_age_s: i64,
        now: Timestamp,
    ) -> Result<Arc<Value>, HttpFailure> {
        if let Some((at, document)) = self.0.lock().get(url)
            && now < at.plus_s(max_age_s)
        {
            return Ok(document.clone());
        }
        let document = Arc::new(http.get_json(url, None).await?);
        let mut all = self.0.lock();
        if all.len() >= AT_MOST {
            all.clear();
        }
        all.insert(url.to_owned(), (now, document.clone()));
        Ok(document)
    }
}
