//! What a certificate says of its owner: `$context.identity.clientCert`.
//!
//! Texts are as OpenSSL writes them, which is how recorded events of AWS have them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use x509_parser::certificate::X509Certificate;
use x509_parser::der_parser::asn1_rs::Tag;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::FromDer as _;
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

/// Characters of a line of PEM (RFC 7468 section 2).
const PEM_LINE_LENGTH: usize = 64;

/// Longest serial number that is written as a decimal number.
const DECIMAL_BYTES_MAX: usize = 8;

/// A client's certificate, believed or not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PeerCertificate {
    /// `clientCertPem`
    pub pem: String,
    /// `subjectDN`
    pub subject_dn: String,
    /// `issuerDN`
    pub issuer_dn: String,
    /// `serialNumber`
    pub serial_number: String,
    /// `validity.notBefore`
    pub not_before: String,
    /// `validity.notAfter`
    pub not_after: String,
}

/// Those of clients have one or two thousand. What they say is kept, and shown to functions.
const CERTIFICATE_BYTES_MAX: usize = 16 * 1024;

impl PeerCertificate {
    /// Reads a certificate in DER; none if it cannot be read, or is larger than 16 KiB.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return None;
        }
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let validity = certificate.validity();
        Some(Self {
            pem: pem(der),
            subject_dn: name(certificate.subject()),
            issuer_dn: name(certificate.issuer()),
            serial_number: serial_number(certificate.raw_serial()),
            not_before: date(validity.not_before.timestamp()),
            not_after: date(validity.not_after.timestamp()),
        })
    }
}

fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = String::with_capacity(encoded.len() + encoded.len() / PEM_LINE_LENGTH + 64);
    pem.push_str("-----BEGIN CERTIFICATE-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, more) = rest.split_at(rest.len().min(PEM_LINE_LENGTH));
        pem.push_str(line);
        pem.push('\n');
        rest = more;
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// `C=US,O=Example,CN=My Client`: in the order of the certificate.
pub(crate) fn name(name: &X509Name<'_>) -> String {
    let parts = name.iter().map(|part| {
        let attributes: Vec<String> = part.iter().map(attribute).collect();
        attributes.join("+")
    });
    parts.collect::<Vec<_>>().join(",")
}

fn attribute(attribute: &AttributeTypeAndValue<'_>) -> String {
    let oid = attribute.attr_type();
    let key = match oid2abbrev(oid, oid_registry()) {
        Ok(abbreviation) => abbreviation.to_owned(),
        Err(_) => oid.to_id_string(),
    };
    format!("{key}={}", escape(&value(attribute)))
}

/// As text; what is none as `#` and its bytes (RFC 4514 section 2.4).
fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    let value = attribute.attr_value();
    if let Ok(text) = attribute.as_str() {
        return text.to_owned();
    }
    if value.tag() == Tag::BmpString {
        let units = value.data.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
        return char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    }
    let hex: String = value.data.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("#{hex}")
}

/// So that a value cannot pass for the next attribute (RFC 4514 section 2.4).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (position, character) in text.char_indices() {
        let is_end = position == 0 || position + character.len_utf8() == text.len();
        match character {
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=' => escaped.extend(['\\', character]),
            ' ' if is_end => escaped.push_str("\\ "),
            control if control.is_control() => {
                let mut bytes = [0; 4];
                for byte in control.encode_utf8(&mut bytes).bytes() {
                    escaped.push_str(&format!("\\{byte:02X}"));
                }
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A number where it is small, else its bytes: `a1:b2`.
fn serial_number(bytes: &[u8]) -> String {
    if bytes.len() <= DECIMAL_BYTES_MAX && bytes.first().is_none_or(|first| *first < 0x80) {
        let number = bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        return number.to_string();
    }
    // A leading zero says that the number is not negative, and is no part of it.
    let digits = match bytes {
        [0, rest @ ..] => rest,
        all => all,
    };
    digits.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// `Aug  5 00:28:21 2120 GMT`
fn date(timestamp: i64) -> String {
    let date = DateTime::from_timestamp(timestamp, 0).unwrap_or_default();
    date.format("%b %e %H:%M:%S %Y GMT").to_string()
}
