//! Values of `$context` variables.
//!
//! Source: API Gateway Developer Guide, "Variables for data transformations".

use std::borrow::Cow;

use chrono::{DateTime, Datelike as _, Timelike as _};
use http::header::USER_AGENT;
use model::{ContextVariable, PeerCertificateField};
use mutual_tls::PeerCertificate;
use template::Data;

use crate::authorize::{Caller, Signer};
use crate::exchange::Exchange;

/// The value for this request; none if it has none.
pub(crate) fn value<'v>(
    exchange: &'v Exchange<'_>,
    variable: &ContextVariable,
    caller: Option<&'v Caller>,
) -> Option<Cow<'v, str>> {
    let request = exchange.request;
    let deployment = &exchange.stage.deployment;
    Some(match variable {
        ContextVariable::Absent(_) => return None,
        ContextVariable::AccessKey
        | ContextVariable::CallerAccountId
        | ContextVariable::CallerId
        | ContextVariable::UserArn => {
            return signer_value(caller?.signer()?, variable).map(Cow::from);
        }
        ContextVariable::AccountId => exchange.snapshot.account().as_str().into(),
        ContextVariable::ApiKey => exchange.api_key(caller)?.into(),
        ContextVariable::ApiKeyId => caller?.api_key_id()?.into(),
        ContextVariable::ApiId => deployment.api().id.as_str().into(),
        ContextVariable::Authorizer(key) if key == "principalId" => caller?.principal_id()?.into(),
        ContextVariable::Authorizer(key) => caller?.value(key)?.into(),
        ContextVariable::DeploymentId => deployment.id().as_str().into(),
        ContextVariable::DomainName => request.host().into(),
        ContextVariable::DomainPrefix => domain_prefix(request.host()).into(),
        ContextVariable::ExtendedRequestId => request.extended_request_id().into(),
        ContextVariable::HttpMethod => exchange.verb.as_str().into(),
        ContextVariable::IsCanaryRequest => match exchange.stage.is_canary()? {
            true => "true".into(),
            false => "false".into(),
        },
        ContextVariable::Path => exchange.context_path.into(),
        ContextVariable::PeerCertificate(field) => {
            peer_value(exchange.peer_certificate?, *field).into()
        }
        ContextVariable::Protocol => request.protocol().into(),
        ContextVariable::RequestId => request.request_id().into(),
        ContextVariable::RequestTime => request_time(request.time_epoch_millis).into(),
        ContextVariable::RequestTimeEpoch => request.time_epoch_millis.to_string().into(),
        ContextVariable::ResourceId => exchange.resource.id.as_str().into(),
        ContextVariable::ResourcePath => exchange.resource.path.as_str().into(),
        ContextVariable::SourceIp => request.source_ip.to_string().into(),
        ContextVariable::Stage => exchange.stage.name.as_str().into(),
        ContextVariable::UserAgent => request.header(&USER_AGENT)?.into(),
        ContextVariable::VpcEndpointId => request.vpc_endpoint()?.id.as_str().into(),
        ContextVariable::VpcId => request.vpc_endpoint()?.vpc.as_deref()?.into(),
    })
}

/// What a client's certificate says.
fn peer_value(certificate: &PeerCertificate, field: PeerCertificateField) -> &str {
    match field {
        PeerCertificateField::IssuerDn => &certificate.issuer_dn,
        PeerCertificateField::NotAfter => &certificate.not_after,
        PeerCertificateField::NotBefore => &certificate.not_before,
        PeerCertificateField::Pem => &certificate.pem,
        PeerCertificateField::SerialNumber => &certificate.serial_number,
        PeerCertificateField::SubjectDn => &certificate.subject_dn,
    }
}

/// What is known of who signed; none for what is not about them.
pub(crate) fn signer_value<'s>(signer: &'s Signer, variable: &ContextVariable) -> Option<&'s str> {
    match variable {
        ContextVariable::AccessKey => Some(&signer.access_key_id),
        ContextVariable::CallerAccountId => Some(signer.identity.account.as_str()),
        ContextVariable::CallerId => Some(&signer.identity.id),
        ContextVariable::UserArn => Some(&signer.identity.arn),
        _ => None,
    }
}

fn map(entries: Vec<(&str, Data)>) -> Data {
    Data::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// `$context.identity.clientCert`
fn client_cert(certificate: &PeerCertificate) -> Data {
    let field = |field| Data::Text(peer_value(certificate, field).to_owned());
    let validity = vec![
        ("notBefore", field(PeerCertificateField::NotBefore)),
        ("notAfter", field(PeerCertificateField::NotAfter)),
    ];
    map(vec![
        ("clientCertPem", field(PeerCertificateField::Pem)),
        ("subjectDN", field(PeerCertificateField::SubjectDn)),
        ("issuerDN", field(PeerCertificateField::IssuerDn)),
        ("serialNumber", field(PeerCertificateField::SerialNumber)),
        ("validity", map(validity)),
    ])
}

/// `$context` of a template: everything that this request has, and the places for what templates
/// override.
pub(crate) fn data(exchange: &Exchange<'_>, caller: &Caller) -> Data {
    let value = |variable| match value(exchange, &variable, Some(caller)) {
        Some(text) => Data::Text(text.into_owned()),
        None => Data::Null,
    };
    let mut identity = vec![
        ("sourceIp", value(ContextVariable::SourceIp)),
        ("userAgent", value(ContextVariable::UserAgent)),
    ];
    if exchange.request.vpc_endpoint().is_some() {
        identity.push(("vpcId", value(ContextVariable::VpcId)));
        identity.push(("vpceId", value(ContextVariable::VpcEndpointId)));
    }
    if let Some(certificate) = exchange.peer_certificate {
        identity.push(("clientCert", client_cert(certificate)));
    }
    if caller.signer().is_some() {
        identity.extend([
            ("accessKey", value(ContextVariable::AccessKey)),
            ("accountId", value(ContextVariable::CallerAccountId)),
            ("caller", value(ContextVariable::CallerId)),
            ("user", value(ContextVariable::CallerId)),
            ("userArn", value(ContextVariable::UserArn)),
        ]);
    }
    if caller.api_key_id().is_some() {
        identity.push(("apiKey", value(ContextVariable::ApiKey)));
        identity.push(("apiKeyId", value(ContextVariable::ApiKeyId)));
    }
    let mut entries = vec![
        ("accountId", value(ContextVariable::AccountId)),
        ("apiId", value(ContextVariable::ApiId)),
        ("deploymentId", value(ContextVariable::DeploymentId)),
        ("domainName", value(ContextVariable::DomainName)),
        ("domainPrefix", value(ContextVariable::DomainPrefix)),
        ("extendedRequestId", value(ContextVariable::ExtendedRequestId)),
        ("httpMethod", value(ContextVariable::HttpMethod)),
        ("path", value(ContextVariable::Path)),
        ("protocol", value(ContextVariable::Protocol)),
        ("requestId", value(ContextVariable::RequestId)),
        ("requestTime", value(ContextVariable::RequestTime)),
        ("requestTimeEpoch", value(ContextVariable::RequestTimeEpoch)),
        ("resourceId", value(ContextVariable::ResourceId)),
        ("resourcePath", value(ContextVariable::ResourcePath)),
        ("stage", value(ContextVariable::Stage)),
        ("identity", map(identity)),
        (
            "requestOverride",
            map(["header", "path", "querystring"].map(|name| (name, map(Vec::new()))).to_vec()),
        ),
        ("responseOverride", map(vec![("header", map(Vec::new()))])),
    ];
    if exchange.stage.is_canary().is_some() {
        entries.push(("isCanaryRequest", value(ContextVariable::IsCanaryRequest)));
    }
    if let Some(token) = caller.token() {
        let claims = token.claims().map(|(name, value)| (name, Data::Text(value.to_owned())));
        entries.push(("authorizer", map(vec![("claims", map(claims.collect()))])));
    }
    if let Some(principal_id) = caller.principal_id() {
        let context = caller.context().iter();
        let context = context.map(|(name, value)| (name.as_str(), Data::Text(value.clone())));
        let principal = ("principalId", Data::Text(principal_id.to_owned()));
        entries.push(("authorizer", map(context.chain([principal]).collect())));
    }
    map(entries)
}

/// The first label of a host name.
pub(crate) fn domain_prefix(host: &str) -> &str {
    host.split('.').next().unwrap_or_default()
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Common Log Format: `22/Nov/2026:19:03:58 +0000`. Written by hand: every event of a function has it, and a
/// format that is parsed each time costs several times as much.
pub(crate) fn request_time(epoch_millis: u64) -> String {
    let moment = i64::try_from(epoch_millis).ok().and_then(DateTime::from_timestamp_millis);
    let moment = moment.unwrap_or_default();
    let month = MONTHS.get(moment.month0() as usize).unwrap_or(&"Jan");
    let (day, year) = (moment.day(), moment.year());
    let (hour, minute, second) = (moment.hour(), moment.minute(), moment.second());
    format!("{day:02}/{month}/{year:04}:{hour:02}:{minute:02}:{second:02} +0000")
}

/// As Java writes a date: `Sun Nov 22 19:03:58 UTC 2026`; none outside what a calendar has.
pub(crate) fn java_date(epoch_seconds: i64) -> Option<String> {
    let moment = DateTime::from_timestamp(epoch_seconds, 0)?;
    Some(moment.format("%a %b %d %H:%M:%S UTC %Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn a_request_time_is_what_a_format_would_print(millis in 0..253_402_300_800_000_u64) {
            let moment = DateTime::from_timestamp_millis(millis.try_into().unwrap()).unwrap();
            let formatted = moment.format("%d/%b/%Y:%H:%M:%S +0000").to_string();
            proptest::prop_assert_eq!(request_time(millis), formatted);
        }
    }
}
