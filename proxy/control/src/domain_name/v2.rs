//! Domain names in the second API: the same documents, which it shows and takes in a form of its own.
//!
//! It has no private ones, which are told apart by an id that its operations do not take.

use serde::Deserialize;
use serde_json::{Value, json};
use store::{Account, ReadTransaction, Stored, WriteTransaction};

use super::DomainName;
use crate::answer::{Answer, to_wire};
use crate::call::{Call, Identity};
use crate::iam::date;
use crate::page;
use crate::refusal::Refusal;
use crate::routing_mode::RoutingMode;
use crate::service::Handler;
use crate::tag::Tags;
use crate::trust_store::{MutualTlsAuthentication, TrustStoreLocation};

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateDomainName", Handler::Fetch(created_location, create)),
    ("DeleteDomainName", Handler::Write(delete)),
    ("GetDomainName", Handler::Read(get)),
    ("GetDomainNames", Handler::Read(list)),
    ("UpdateDomainName", Handler::Fetch(updated_location, update)),
];

/// What calls give of a domain name; what they do not, stays as it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    domain_name_configurations: Option<Vec<Configuration>>,
    mutual_tls_authentication: Option<MutualTlsAuthentication>,
    routing_mode: Option<RoutingMode>,
    tags: Option<Tags>,
}

/// `domainNameConfigurations`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    certificate_arn: Option<String>,
    certificate_name: Option<String>,
    endpoint_type: Option<String>,
    ip_address_type: Option<String>,
    ownership_verification_certificate_arn: Option<String>,
    security_policy: Option<String>,
    #[serde(flatten)]
    shown: Shown,
}

/// What a configuration has in answers alone.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    api_gateway_domain_name: Option<Value>,
    certificate_upload_date: Option<Value>,
    domain_name_status: Option<Value>,
    domain_name_status_message: Option<Value>,
    hosted_zone_id: Option<Value>,
}

impl Shown {
    fn check(&self) -> Result<(), Refusal> {
        let given = [
            ("apiGatewayDomainName", &self.api_gateway_domain_name),
            ("certificateUploadDate", &self.certificate_upload_date),
            ("domainNameStatus", &self.domain_name_status),
            ("domainNameStatusMessage", &self.domain_name_status_message),
            ("hostedZoneId", &self.hosted_zone_id),
        ];
        match given.iter().find(|(_, value)| value.is_some()) {
            None => Ok(()),
            Some((name, _)) => Err(Refusal::bad_request(format!(
                "{name} of a domain name configuration cannot be set: leave it out"
            ))),
        }
    }
}

impl Given {
    fn apply(self, domain: &mut DomainName) -> Result<(), Refusal> {
        match self.domain_name_configurations.map(Vec::into_iter) {
            None => {}
            Some(mut configurations) => match (configurations.next(), configurations.next()) {
                (Some(configuration), None) => configuration.apply(domain)?,
                (None, _) | (Some(_), Some(_)) => {
                    return Err(Refusal::bad_request("A domain name has one configuration"));
                }
            },
        }
        if self.mutual_tls_authentication.is_some() {
            domain.mutual_tls_authentication = self.mutual_tls_authentication;
        }
        if let Some(mode) = self.routing_mode {
            domain.routing_mode = mode;
        }
        if let Some(tags) = self.tags {
            domain.tags = tags;
        }
        domain.endpoint_configuration.fill_defaults();
        domain.check()
    }
}

impl Configuration {
    fn apply(self, domain: &mut DomainName) -> Result<(), Refusal> {
        self.shown.check()?;
        let endpoint = &mut domain.endpoint_configuration;
        if let Some(kind) = self.endpoint_type {
            endpoint.types = Some(vec![kind]);
        }
        if self.ip_address_type.is_some() {
            endpoint.ip_address_type = self.ip_address_type;
        }
        let (arn, name) = match endpoint.is_edge() {
            true => (&mut domain.certificate_arn, &mut domain.certificate_name),
            false => (&mut domain.regional_certificate_arn, &mut domain.regional_certificate_name),
        };
        let ownership = &mut domain.ownership_verification_certificate_arn;
        for (member, given) in [
            (arn, self.certificate_arn),
            (name, self.certificate_name),
            (ownership, self.ownership_verification_certificate_arn),
        ] {
            if given.is_some() {
                *member = given.filter(|text| !text.is_empty());
            }
        }
        if let Some(policy) = self.security_policy {
            domain.security_policy = policy;
        }
        Ok(())
    }
}

fn find(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<DomainName>, Refusal> {
    super::public_by_name(transaction, call.input.required("domainName"))
}

/// What a call gives, checked: a regional one, unless it says so.
fn given(call: &Call) -> Result<DomainName, Refusal> {
    let name = call.input.required("domainName");
    let blank = json!({ "domainName": name, "endpointConfiguration": { "types": ["REGIONAL"] } });
    let blank: Result<DomainName, _> = serde_json::from_value(blank);
    let mut domain = blank.map_err(|error| Refusal::serialization(error.to_string()))?;
    call.input.parse::<Given>()?.apply(&mut domain)?;
    Ok(domain)
}

fn created_location(
    call: &Call,
    _: &ReadTransaction<'_>,
) -> Result<Option<TrustStoreLocation>, Refusal> {
    given(call)?.trust_store_location()
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = super::insert(call, transaction, given(call)?)?;
    Ok(Answer::Json(show(&stored.document, &call.identity)?))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(show(&find(call, transaction)?.document, &call.identity)?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let is_public = |domain: &DomainName| !domain.is_private();
    let show = |stored: Stored<DomainName>| show(&stored.document, &call.identity);
    page::list_v2(call, transaction, (Account::row(), "items"), is_public, show)
}

/// A domain name as a call changes it, checked.
fn patched(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<DomainName>, Refusal> {
    let mut stored = find(call, transaction)?;
    call.input.parse::<Given>()?.apply(&mut stored.document)?;
    Ok(stored)
}

fn updated_location(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Option<TrustStoreLocation>, Refusal> {
    let location = patched(call, transaction)?.document.trust_store_location()?;
    Ok(location.filter(|_| call.input.has("mutualTlsAuthentication")))
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let before = find(call, transaction)?.document;
    let stored = super::replace(call, transaction, &before, patched(call, transaction)?)?;
    Ok(Answer::Json(show(&stored.document, &call.identity)?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    super::remove(transaction, &find(call, transaction)?)
}

fn show(domain: &DomainName, identity: &Identity) -> Result<Value, Refusal> {
    let is_edge = domain.endpoint_configuration.is_edge();
    let (endpoint_type, target, zone, arn, name) = match is_edge {
        true => (
            "EDGE",
            &domain.distribution_domain_name,
            &domain.distribution_hosted_zone_id,
            &domain.certificate_arn,
            &domain.certificate_name,
        ),
        false => (
            "REGIONAL",
            &domain.regional_domain_name,
            &domain.regional_hosted_zone_id,
            &domain.regional_certificate_arn,
            &domain.regional_certificate_name,
        ),
    };
    let name_of = &domain.domain_name;
    let mut shown = to_wire(&json!({
        "apiMappingSelectionExpression": "$request.basepath",
        "domainName": name_of,
        "domainNameArn": format!("arn:aws:apigateway:{}::/domainnames/{name_of}", identity.region),
        "domainNameConfigurations": [{
            "apiGatewayDomainName": target,
            "certificateArn": arn,
            "certificateName": name,
            "certificateUploadDate": domain.certificate_upload_date.map(date::iso_8601),
            "domainNameStatus": domain.domain_name_status,
            "endpointType": endpoint_type,
            "hostedZoneId": zone,
            "ipAddressType": domain.endpoint_configuration.ip_address_type,
            "ownershipVerificationCertificateArn": domain.ownership_verification_certificate_arn,
            "securityPolicy": domain.security_policy,
        }],
        "mutualTlsAuthentication": domain.mutual_tls_authentication,
        "routingMode": domain.routing_mode.name_v2(),
        "tags": (!domain.tags.is_empty()).then_some(&domain.tags),
    }))?;
    domain.add_warnings(&mut shown);
    Ok(shown)
}
