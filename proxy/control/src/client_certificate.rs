//! Client certificates: what a stage shows to the backends of its integrations.
//!
//! Each is self-signed, and valid for 365 days (AWS). Its key is ECDSA P-256, where AWS's is RSA
//! 2048: the one provider of cryptography here makes no RSA keys. It leaves the store by no call.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, SerialNumber, date_time_ymd,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire_tagged_without};
use crate::call::{Call, ID_LENGTH};
use crate::page;
use crate::patch::{self, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::Refusal;
use crate::rest_api::RestApi;
use crate::service::Handler;
use crate::stage::Stage;
use crate::tag::{self, Tags};

/// A certificate with its key.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ClientCertificate {
    client_certificate_id: String,
    description: Option<String>,
    pem_encoded_certificate: String,
    created_date: i64,
    expiration_date: i64,
    pub(crate) tags: Tags,
    /// PKCS #8, in PEM.
    pub(crate) private_key: String,
}

impl Document for ClientCertificate {
    type Owner = Account;
    const KIND: &'static str = "client-certificate";
    const SEALED: &'static [&'static str] = &["/privateKey"];

    fn id(&self) -> &str {
        &self.client_certificate_id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("DeleteClientCertificate", Handler::Write(delete)),
    ("GenerateClientCertificate", Handler::Write(generate)),
    ("GetClientCertificate", Handler::Read(get)),
    ("GetClientCertificates", Handler::Read(list)),
    ("UpdateClientCertificate", Handler::Write(update)),
];

const RULES: &[Rule] = &[rule("/description", REPLACE, Target::Text)];

const SECONDS_VALID: u32 = 365 * 24 * 60 * 60;

/// 9998-01-01: dates of certificates end with the year 9999, whatever the clock says.
const NOW_MAX: i64 = 253_339_228_800;

const SERIAL_NUMBER_BYTES: usize = 16;

pub(crate) fn by_id(
    transaction: &ReadTransaction<'_>,
    id: &str,
) -> Result<Stored<ClientCertificate>, Refusal> {
    let found = transaction.get(Account::row(), id)?;
    found.ok_or_else(|| Refusal::not_found("Invalid Client Certificate identifier specified"))
}

fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<ClientCertificate>, Refusal> {
    by_id(transaction, call.input.required("clientCertificateId"))
}

fn generate(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    #[derive(Deserialize)]
    struct Members {
        description: Option<String>,
        #[serde(default)]
        tags: Tags,
    }
    let members: Members = call.input.parse()?;
    tag::check(&members.tags)?;
    let (certificate, private_key) =
        self_signed(call).map_err(|error| Refusal::internal(&error.to_string()))?;
    let certificate = ClientCertificate {
        client_certificate_id: call.new_id(ID_LENGTH),
        description: members.description,
        pem_encoded_certificate: certificate,
        created_date: call.now,
        expiration_date: call.now.saturating_add(SECONDS_VALID.into()),
        tags: members.tags,
        private_key,
    };
    transaction.insert(Account::row(), &certificate)?;
    Ok(Answer::Json(certificate.show()?))
}

/// A new certificate and its key, in PEM.
fn self_signed(call: &Call) -> Result<(String, String), rcgen::Error> {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, "ApiGateway");
    subject.push(DnType::OrganizationName, "Edgeway");
    let mut serial_number = [0; SERIAL_NUMBER_BYTES];
    call.ambient.fill(&mut serial_number);
    // Serial numbers are not negative (RFC 5280, 4.1.2.2).
    serial_number[0] &= 0x7f;
    let epoch = date_time_ymd(1970, 1, 1);
    let now = Duration::from_secs(call.now.clamp(0, NOW_MAX).unsigned_abs());
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.serial_number = Some(SerialNumber::from_slice(&serial_number));
    params.not_before = epoch + now;
    params.not_after = epoch + now + Duration::from_secs(SECONDS_VALID.into());
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    Ok((params.self_signed(&key)?.pem(), key.serialize_pem()))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(find(call, transaction)?.document.show()?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let show = |stored: Stored<ClientCertificate>| stored.document.show();
    page::list::<ClientCertificate>(call, transaction, Account::row(), |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    transaction.update(&stored)?;
    Ok(Answer::Json(stored.document.show()?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    let id = &stored.document.client_certificate_id;
    for api in transaction.list::<RestApi>(Account::row())? {
        for stage in transaction.list::<Stage>(api.row)? {
            if stage.document.client_certificate_id.as_ref() == Some(id) {
                return Err(Refusal::conflict(format!(
                    "Cannot delete client certificate '{id}', is referenced in stage: {}/{}",
                    api.document.id, stage.document.stage_name
                )));
            }
        }
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl ClientCertificate {
    /// What upstreams are shown.
    pub(crate) fn to_model(&self) -> Arc<model::ClientCertificate> {
        Arc::new(model::ClientCertificate {
            certificate: self.pem_encoded_certificate.clone(),
            private_key: self.private_key.clone(),
        })
    }

    fn show(&self) -> Result<Value, Refusal> {
        to_wire_tagged_without(self, &["privateKey"])
    }
}
