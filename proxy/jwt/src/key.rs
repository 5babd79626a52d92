//! Public keys, from JSON Web Keys (RFC 7517).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p521::ecdsa::signature::Verifier as _;
use ring::signature::{self, RsaParameters, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

use crate::Algorithm;

/// Of RSA moduli: 2,048 to 8,192 bits. Below, signatures can be made up; above, checking them is slow.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1_024;

/// Of RSA exponents: 33 bits, as `ring` takes them.
const EXPONENT_BYTES_MAX: usize = 5;

/// A key, as it stands in a set.
#[derive(Deserialize)]
pub(crate) struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// A public key that checks signatures.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Key {
    pub(crate) id: String,
    /// The only one, where the key says so.
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Material {
    Ed25519(Vec<u8>),
    /// An uncompressed point.
    P256(Vec<u8>),
    P384(Vec<u8>),
    P521(Box<p521::ecdsa::VerifyingKey>),
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl Key {
    /// None for what checks no signature of a token: another purpose, an unknown kind, a weak or broken
    /// key, or one that no token can name.
    pub(crate) fn from_jwk(jwk: &Jwk) -> Option<Self> {
        let is_for_signatures = jwk.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let verifies =
            jwk.key_ops.as_ref().is_none_or(|uses| uses.iter().any(|name| name == "verify"));
        if !is_for_signatures || !verifies {
            return None;
        }
        let material = Material::from_jwk(jwk)?;
        let algorithm = match &jwk.alg {
            Some(name) => Some(Algorithm::parse(name).filter(|it| material.has(*it))?),
            None => None,
        };
        Some(Self { id: jwk.kid.clone()?, algorithm, material })
    }

    /// Whether signatures of this algorithm can be of this key.
    pub(crate) fn has(&self, algorithm: Algorithm) -> bool {
        match self.algorithm {
            Some(only) => only == algorithm,
            None => self.material.has(algorithm),
        }
    }

    /// Whether the signature is of this key; false for an algorithm that it does not have.
    pub(crate) fn verifies(&self, algorithm: Algorithm, message: &[u8], signed: &[u8]) -> bool {
        if !self.has(algorithm) {
            return false;
        }
        let verified = match &self.material {
            Material::Ed25519(key) => {
                UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signed)
            }
            Material::P256(point) => {
                let algorithm = &signature::ECDSA_P256_SHA256_FIXED;
                UnparsedPublicKey::new(algorithm, point).verify(message, signed)
            }
            Material::P384(point) => {
                let algorithm = &signature::ECDSA_P384_SHA384_FIXED;
                UnparsedPublicKey::new(algorithm, point).verify(message, signed)
            }
            Material::P521(key) => {
                let signature = p521::ecdsa::Signature::from_slice(signed);
                return signature.is_ok_and(|signature| key.verify(message, &signature).is_ok());
            }
            Material::Rsa { modulus, exponent } => {
                let Some(parameters) = rsa_parameters(algorithm) else { return false };
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(parameters, message, signed)
            }
        };
        verified.is_ok()
    }
}

impl Material {
    fn from_jwk(jwk: &Jwk) -> Option<Self> {
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some("P-256")) => point(jwk, 32).map(Self::P256),
            ("EC", Some("P-384")) => point(jwk, 48).map(Self::P384),
            ("EC", Some("P-521")) => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(&point(jwk, 66)?).ok()?;
                Some(Self::P521(Box::new(key)))
            }
            ("OKP", Some("Ed25519")) => coordinate(jwk.x.as_ref(), 32).map(Self::Ed25519),
            ("RSA", _) => {
                let modulus = without_leading_zeros(decoded(jwk.n.as_ref())?);
                let exponent = without_leading_zeros(decoded(jwk.e.as_ref())?);
                let is_usable = RSA_BYTES.contains(&modulus.len())
                    && (1..=EXPONENT_BYTES_MAX).contains(&exponent.len());
                is_usable.then_some(Self::Rsa { modulus, exponent })
            }
            _ => None,
        }
    }

    fn has(&self, algorithm: Algorithm) -> bool {
        match self {
            Self::Ed25519(_) => algorithm == Algorithm::EdDsa,
            Self::P256(_) => algorithm == Algorithm::Es256,
            Self::P384(_) => algorithm == Algorithm::Es384,
            Self::P521(_) => algorithm == Algorithm::Es512,
            Self::Rsa { .. } => rsa_parameters(algorithm).is_some(),
        }
    }
}

/// None for what is not of RSA.
fn rsa_parameters(algorithm: Algorithm) -> Option<&'static RsaParameters> {
    match algorithm {
        Algorithm::EdDsa | Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => None,
        Algorithm::Ps256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Algorithm::Ps384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Algorithm::Ps512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        Algorithm::Rs256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Algorithm::Rs384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Algorithm::Rs512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
    }
}

fn decoded(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

/// In full length, as RFC 7518 section 6.2.1.2 has it.
fn coordinate(text: Option<&String>, bytes: usize) -> Option<Vec<u8>> {
    decoded(text).filter(|decoded| decoded.len() == bytes)
}

/// Uncompressed (SEC 1 section 2.3.3).
fn point(jwk: &Jwk, bytes: usize) -> Option<Vec<u8>> {
    const UNCOMPRESSED: u8 = 4;
    let (x, y) = (coordinate(jwk.x.as_ref(), bytes)?, coordinate(jwk.y.as_ref(), bytes)?);
    Some([&[UNCOMPRESSED], &x[..], &y[..]].concat())
}

fn without_leading_zeros(mut bytes: Vec<u8>) -> Vec<u8> {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes.drain(..zeros);
    bytes
}
