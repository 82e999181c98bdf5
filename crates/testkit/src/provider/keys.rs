//! The provider's signing keys, and ID tokens good and bad.

use super::{CLIENT_SECRET, Trick};
use aws_lc_rs::{
    digest::{SHA256, digest},
    encoding::AsDer as _,
    hmac,
    rand::SystemRandom,
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    },
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// How the provider signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    /// RSA with SHA-256.
    Rs256,
    /// P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

/// The key in use, and another one nobody was told of.
pub struct Keys {
    algorithm: SigningAlgorithm,
    generation: u32,
    current: Pair,
    hidden: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Keys {
    pub fn new(algorithm: SigningAlgorithm) -> Self {
        Self { algorithm, generation: 1, current: Pair::new(algorithm), hidden: Pair::new(algorithm) }
    }

    pub fn rotate(&mut self) {
        self.generation += 1;
        self.current = Pair::new(self.algorithm);
    }

    fn kid(&self) -> String {
        format!("key-{}", self.generation)
    }

    /// The document at `jwks_uri`.
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk(&self.current)]})
    }

    fn jwk(&self, pair: &Pair) -> Value {
        let mut jwk = pair.jwk();
        jwk["kid"] = self.kid().into();
        jwk["use"] = "sig".into();
        jwk["alg"] = pair.name().into();
        jwk
    }

    /// An ID token, signed as the trick says.
    pub fn sign(&self, claims: &Value, trick: Option<Trick>) -> String {
        let mut head = json!({"typ": "JWT", "alg": self.current.name(), "kid": self.kid()});
        let hmac = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
        match trick {
            Some(Trick::Unsigned) => head["alg"] = "none".into(),
            Some(Trick::HmacWithPublicKey | Trick::HmacWithClientSecret) => head["alg"] = "HS256".into(),
            Some(Trick::OwnKeyInHead) => head["jwk"] = self.jwk(&self.hidden),
            _ => {}
        }
        let text = format!("{}.{}", encode(head.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = match trick {
            Some(Trick::Unsigned) => Vec::new(),
            Some(Trick::HmacWithPublicKey) => hmac(&self.current.public(), &text).as_ref().to_vec(),
            Some(Trick::HmacWithClientSecret) => hmac(CLIENT_SECRET.as_bytes(), &text).as_ref().to_vec(),
            Some(Trick::OtherKey | Trick::OwnKeyInHead) => self.hidden.sign(text.as_bytes()),
            _ => self.current.sign(text.as_bytes()),
        };
        format!("{text}.{}", encode(&signature))
    }
}

impl Pair {
    fn new(algorithm: SigningAlgorithm) -> Self {
        let random = SystemRandom::new();
        match algorithm {
            SigningAlgorithm::Rs256 => {
                Self::Rsa(Box::new(RsaKeyPair::generate(rsa::KeySize::Rsa2048).expect("an RSA key")))
            }
            SigningAlgorithm::Es256 => {
                let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref());
                Self::P256(pair.expect("our own key"))
            }
            SigningAlgorithm::EdDsa => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).expect("a key");
                Self::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("our own key"))
            }
        }
    }

    const fn name(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::P256(_) => "ES256",
            Self::Ed25519(_) => "EdDSA",
        }
    }

    fn jwk(&self) -> Value {
        match self {
            // RSAPublicKey in DER: a sequence of the modulus (257 bytes, a zero in front) and 65537.
            Self::Rsa(pair) => json!({"kty": "RSA", "n": encode(&pair.public_key().as_ref()[9..265]), "e": "AQAB"}),
            Self::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kty": "EC", "crv": "P-256", "x": encode(x), "y": encode(y)})
            }
            Self::Ed25519(pair) => json!({"kty": "OKP", "crv": "Ed25519", "x": encode(pair.public_key().as_ref())}),
        }
    }

    /// The public key as everybody can have it: what a confused client would take for a shared secret.
    fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(pair) => pair.public_key().as_der().expect("DER").as_ref().to_vec(),
            Self::P256(pair) => pair.public_key().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).expect("a signature");
                signature
            }
            Self::P256(pair) => pair.sign(&random, text).expect("a signature").as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(text).as_ref().to_vec(),
        }
    }
}

/// 32 random bytes as text.
pub fn random() -> String {
    let mut bytes = [0; 32];
    aws_lc_rs::rand::fill(&mut bytes).expect("chance");
    encode(&bytes)
}

/// The challenge of a verifier: RFC 7636 §4.6.
pub fn challenge(verifier: &str) -> String {
    encode(digest(&SHA256, verifier.as_bytes()).as_ref())
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
