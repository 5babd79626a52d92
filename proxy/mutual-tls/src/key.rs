//! Keys and signatures that are strong enough, and signatures of certificates that `webpki` does not read.

use rustls_pki_types::{SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer};
use webpki::RawPublicKeyEntity;
use webpki::ring::{
    ECDSA_P256_SHA256, ECDSA_P256_SHA384, ECDSA_P384_SHA256, ECDSA_P384_SHA384,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY, RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::{Oid, oid};
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// What chains may be signed with (AWS): SHA-256 or stronger, RSA of 2048 bits or more, ECDSA P-256 and P-384.
pub(crate) const ALGORITHMS: &[Algorithm] = &[
    ECDSA_P256_SHA256,
    ECDSA_P256_SHA384,
    ECDSA_P384_SHA256,
    ECDSA_P384_SHA384,
    RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA384_LEGACY_KEY,
    RSA_PSS_2048_8192_SHA512_LEGACY_KEY,
];

const RSA_BITS_MIN: usize = 2_048;

const P256: Oid<'static> = oid!(1.2.840.10045.3.1.7);
const P384: Oid<'static> = oid!(1.3.132.0.34);

/// `signatureAlgorithm` (RFC 5758 section 3.2, RFC 4055 section 5), and what it may mean.
const BY_IDENTIFIER: &[(Oid<'static>, &[Algorithm])] = &[
    (oid!(1.2.840.10045.4.3.2), &[ECDSA_P256_SHA256, ECDSA_P384_SHA256]),
    (oid!(1.2.840.10045.4.3.3), &[ECDSA_P256_SHA384, ECDSA_P384_SHA384]),
    (oid!(1.2.840.113549.1.1.11), &[RSA_PKCS1_2048_8192_SHA256]),
    (oid!(1.2.840.113549.1.1.12), &[RSA_PKCS1_2048_8192_SHA384]),
    (oid!(1.2.840.113549.1.1.13), &[RSA_PKCS1_2048_8192_SHA512]),
];

/// RSASSA-PSS, whose parameters say the rest.
const RSA_PSS: Oid<'static> = oid!(1.2.840.113549.1.1.10);

/// Whether a key is one that AWS takes.
pub(crate) fn is_strong(certificate: &X509Certificate<'_>) -> bool {
    let key = certificate.public_key();
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) => RSA_BITS_MIN <= rsa.key_size(),
        Ok(PublicKey::EC(_)) => {
            let curve = key.algorithm.parameters.as_ref().and_then(|it| it.as_oid().ok());
            curve.is_some_and(|curve| curve == P256 || curve == P384)
        }
        _ => false,
    }
}

/// Whether a certificate was signed with SHA-256 or stronger.
pub(crate) fn is_signed_strongly(certificate: &X509Certificate<'_>) -> bool {
    let algorithm = &certificate.signature_algorithm.algorithm;
    *algorithm == RSA_PSS || BY_IDENTIFIER.iter().any(|(known, _)| known == algorithm)
}

/// Whether the owner of a key signed a certificate.
pub(crate) fn signed(certificate: &X509Certificate<'_>, key: &SubjectPublicKeyInfoDer<'_>) -> bool {
    let algorithm = &certificate.signature_algorithm;
    // Both say how it is signed, and only the inner one is signed itself (RFC 5280 section 4.1.1.2).
    if *algorithm != certificate.tbs_certificate.signature {
        return false;
    }
    let found = BY_IDENTIFIER.iter().find(|(known, _)| *known == algorithm.algorithm);
    let Some((_, algorithms)) = found else { return false };
    let message = certificate.tbs_certificate.as_ref();
    is_of(key, algorithms, message, &certificate.signature_value.data)
}

/// Whether the key of a certificate made a signature. Also of certificates of X.509 version 1, which clients
/// of AWS have, and which `webpki` does not read.
pub fn verify_signature(
    certificate: &[u8],
    algorithms: &[&dyn SignatureVerificationAlgorithm],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Ok((_, certificate)) = X509Certificate::from_der(certificate) else { return false };
    let key = SubjectPublicKeyInfoDer::from(certificate.public_key().raw);
    is_of(&key, algorithms, message, signature)
}

fn is_of(
    key: &SubjectPublicKeyInfoDer<'_>,
    algorithms: &[&dyn SignatureVerificationAlgorithm],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Ok(key) = RawPublicKeyEntity::try_from(key) else { return false };
    algorithms.iter().any(|algorithm| key.verify_signature(*algorithm, message, signature).is_ok())
}
