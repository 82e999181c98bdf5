//! An authenticator in software: a browser and a passkey in one, which speak the browser's JSON and can misbehave.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const HAS_KEY: u8 = 0x40;

/// An authenticator with its own keys. A clone is a copied authenticator.
#[derive(Clone)]
pub struct SoftPasskey {
    /// The page it believes to be on.
    pub origin: String,
    /// Whether it checks a PIN or a finger.
    pub verifies_user: bool,
    /// Whether its signatures are counted.
    pub counts: bool,
    /// Answers with another handle than the user's, as an authenticator that lies would.
    pub handle: Option<Vec<u8>>,
    /// Registers under the id it used before, as a repeated or stolen id would be.
    pub repeats_id: bool,
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: Vec<u8>,
    rp_id: String,
    handle: String,
    pkcs8: Vec<u8>,
    counter: u32,
}

impl SoftPasskey {
    /// An honest authenticator on a page of this origin.
    pub fn new(origin: &str) -> Self {
        let origin = origin.to_owned();
        Self { origin, verifies_user: true, counts: true, handle: None, repeats_id: false, keys: Vec::new() }
    }

    /// What `navigator.credentials.create` would give, as JSON.
    ///
    /// # Panics
    ///
    /// When the options are none.
    pub fn create(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).expect("a key");
        let key = Key {
            id: self.keys.last().filter(|_| self.repeats_id).map_or_else(|| random(32), |key| key.id.clone()),
            rp_id: text(&options["rp"]["id"]),
            handle: text(&options["user"]["id"]),
            pkcs8: pkcs8.as_ref().to_vec(),
            counter: u32::from(self.counts),
        };
        let mut data = self.authenticator_data(&key, HAS_KEY);
        data.extend([0; 16]);
        data.extend(u16::try_from(key.id.len()).expect("short").to_be_bytes());
        data.extend(&key.id);
        data.extend(key.cose());
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": data}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).expect("short"));
        attestation.extend(data);
        let answer = json!({
            "id": encode(&key.id), "rawId": encode(&key.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "attestationObject": encode(&attestation),
                "clientDataJSON": encode(self.client_data("webauthn.create", options).as_bytes()),
                "transports": ["internal"],
            },
        });
        self.keys.push(key);
        answer
    }

    /// What `navigator.credentials.get` would give, as JSON: by the first allowed key, or the first of the domain.
    ///
    /// # Panics
    ///
    /// When there is no such key.
    pub fn get(&mut self, options: &Value) -> Value {
        let options = &options["publicKey"];
        let allowed: Vec<String> =
            options["allowCredentials"].as_array().into_iter().flatten().map(|key| text(&key["id"])).collect();
        let rp_id = text(&options["rpId"]);
        let found = |key: &Key| key.rp_id == rp_id && (allowed.is_empty() || allowed.contains(&encode(&key.id)));
        let at = self.keys.iter().position(found).expect("the authenticator has no key for this");
        self.sign_with(at, options)
    }

    /// As [`SoftPasskey::get`], with the newest key, allowed or not.
    ///
    /// # Panics
    ///
    /// When there is no key.
    pub fn get_with_newest(&mut self, options: &Value) -> Value {
        self.sign_with(self.keys.len() - 1, &options["publicKey"])
    }

    fn sign_with(&mut self, at: usize, options: &Value) -> Value {
        if self.counts {
            self.keys[at].counter += 1;
        }
        let key = &self.keys[at];
        let data = self.authenticator_data(key, 0);
        let client_data = self.client_data("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(digest(&SHA256, client_data.as_bytes()).as_ref());
        let signature = key.pair().sign(&SystemRandom::new(), &signed).expect("a signature");
        let handle = self.handle.as_ref().map_or_else(|| key.handle.clone(), |handle| encode(handle));
        json!({
            "id": encode(&key.id), "rawId": encode(&key.id), "type": "public-key", "clientExtensionResults": {},
            "response": {
                "authenticatorData": encode(&data),
                "clientDataJSON": encode(client_data.as_bytes()),
                "signature": encode(signature.as_ref()),
                "userHandle": handle,
            },
        })
    }

    fn authenticator_data(&self, key: &Key, flags: u8) -> Vec<u8> {
        let mut data = digest(&SHA256, key.rp_id.as_bytes()).as_ref().to_vec();
        data.push(flags | USER_PRESENT | if self.verifies_user { USER_VERIFIED } else { 0 });
        data.extend(key.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> String {
        let challenge = text(&options["challenge"]);
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false}).to_string()
    }
}

impl Key {
    fn pair(&self) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &self.pkcs8).expect("our own key")
    }

    /// CBOR: {1: 2, 3: -7, -1: 1, -2: x, -3: y}, a key of P-256 for ES256.
    fn cose(&self) -> Vec<u8> {
        let pair = self.pair();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        [b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20", x, b"\x22\x58\x20", y].concat()
    }
}

fn random(bytes: usize) -> Vec<u8> {
    let mut out = vec![0; bytes];
    aws_lc_rs::rand::fill(&mut out).expect("chance");
    out
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}
