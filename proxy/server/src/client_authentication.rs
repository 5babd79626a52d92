//! Mutual TLS at the handshake: any certificate is taken whose key the client has. Whose it must be is asked of each
//! request (`pipeline/src/connection.rs`), as a connection may serve several domain names.

use std::fmt;

use mutual_tls::verify_signature;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved,
    SignatureScheme,
};

/// The client signed otherwise than it was asked to.
const NOT_OFFERED: Error =
    Error::PeerMisbehaved(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme);

/// Takes any certificate whose key the client has.
pub(crate) struct AnyOwner {
    algorithms: WebPkiSupportedAlgorithms,
    /// Of keys that certificates may be for (AWS).
    schemes: Vec<SignatureScheme>,
}

impl AnyOwner {
    pub(crate) fn new() -> Self {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        let mut schemes = algorithms.supported_schemes();
        schemes.retain(|scheme| *scheme != SignatureScheme::ED25519);
        Self { algorithms, schemes }
    }

    fn verify(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
        algorithms_max: usize,
    ) -> Result<HandshakeSignatureValid, Error> {
        // rustls leaves it to the verifier whether it was offered.
        if !self.schemes.contains(&signature.scheme) {
            return Err(NOT_OFFERED);
        }
        let found = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signature.scheme);
        let algorithms = found.map(|(_, algorithms)| *algorithms).unwrap_or_default();
        let algorithms = &algorithms[..algorithms.len().min(algorithms_max)];
        match verify_signature(certificate, algorithms, message, signature.signature()) {
            true => Ok(HandshakeSignatureValid::assertion()),
            false => Err(Error::InvalidCertificate(CertificateError::BadSignature)),
        }
    }
}

impl ClientCertVerifier for AnyOwner {
    /// Who has none is told so over HTTP.
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    /// In TLS 1.2 a scheme does not say which curve it is for.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verify(message, certificate, signature, usize::MAX)
    }

    /// In TLS 1.3 it does, and the first is the one; those of PKCS#1 are for signatures of certificates alone (RFC 8446
    /// section 4.2.3).
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        match signature.scheme {
            SignatureScheme::RSA_PKCS1_SHA256
            | SignatureScheme::RSA_PKCS1_SHA384
            | SignatureScheme::RSA_PKCS1_SHA512 => Err(NOT_OFFERED),
            _ => self.verify(message, certificate, signature, 1),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

impl fmt::Debug for AnyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyOwner").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
