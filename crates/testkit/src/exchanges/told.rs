//! What a run has shown of a surface's documented calls, and the list it is compared with.

use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// `calls.toml` of a surface: every call that its contract documents, in its order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    /// The product.
    pub product: String,
    /// The calls.
    #[serde(rename = "call")]
    pub calls: Vec<Call>,
}

/// A documented call.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its name: method and path.
    pub name: String,
    /// Where the contract has it.
    pub section: String,
    /// How it differs, and why.
    pub differs: Option<String>,
    /// Why there is none.
    pub absent: Option<String>,
    /// A check outside of the recorded exchanges that shows it, such as `swain-cli`.
    pub by: Option<String>,
}

impl Calls {
    /// Reads the list.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

/// What was shown, by call.
#[derive(Debug, Default)]
pub struct Told(BTreeMap<String, Counts>);

#[derive(Debug, Default)]
struct Counts {
    successes: u32,
    refusals: u32,
    failures: u32,
    contract: String,
}

impl Told {
    /// Notes an exchange.
    pub fn note(&mut self, call: &str, contract: &str, success: bool, passed: bool) {
        let counts = self.0.entry(call.to_owned()).or_default();
        contract.clone_into(&mut counts.contract);
        match (passed, success) {
            (false, _) => counts.failures += 1,
            (true, true) => counts.successes += 1,
            (true, false) => counts.refusals += 1,
        }
    }

    /// Takes in what another story has shown.
    pub fn merge(&mut self, other: Self) {
        for (call, counts) in other.0 {
            let own = self.0.entry(call).or_default();
            own.successes += counts.successes;
            own.refusals += counts.refusals;
            own.failures += counts.failures;
            own.contract = counts.contract;
        }
    }

    /// Compares with the list: every call is shown or said to be absent, and nothing is shown that is not on it.
    ///
    /// # Errors
    ///
    /// The calls that are not so.
    pub fn check(&self, calls: &Calls) -> Result<(), String> {
        let mut faults = Vec::new();
        for call in &calls.calls {
            let shown = self.0.get(&call.name).is_some_and(|counts| counts.successes > 0);
            match (&call.absent, &call.by, shown) {
                (Some(_), _, true) => faults.push(format!("`{}` is said to be absent and answers", call.name)),
                (None, None, false) => faults.push(format!("no exchange shows that `{}` works", call.name)),
                _ => {}
            }
        }
        let known = |name: &String| calls.calls.iter().any(|call| call.name == *name);
        faults.extend(self.0.keys().filter(|name| !known(name)).map(|name| format!("`{name}` is not in calls.toml")));
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
    }

    /// As it is kept for the page.
    pub fn to_json(&self, calls: &Calls) -> Value {
        let rows: Vec<Value> = calls
            .calls
            .iter()
            .map(|call| {
                let counts = self.0.get(&call.name);
                json!({
                    "name": call.name,
                    "section": call.section,
                    "differs": call.differs,
                    "absent": call.absent,
                    "by": call.by,
                    "successes": counts.map_or(0, |counts| counts.successes),
                    "refusals": counts.map_or(0, |counts| counts.refusals),
                    "failures": counts.map_or(0, |counts| counts.failures),
                })
            })
            .collect();
        json!({ "product": calls.product, "calls": rows })
    }
}
