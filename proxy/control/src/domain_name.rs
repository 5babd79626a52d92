//! Custom domain names: what else than its id an API is reached by.
//!
//! A certificate that is given is shown to clients of the name (`server_certificate.rs`); one that is named by an ARN
//! is kept as a name. Whom its clients are vouched for by is `trust_store.rs`'s. How paths are matched, and connections
//! looked at, is `model::Domain`'s. What the second API makes of them: [`v2`].

mod v2;

use model::{EndpointAccessMode, EndpointType, Region, TlsVersion};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use store::{Account, Document, ReadTransaction, Row, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire_tagged_without};
use crate::base_path_mapping;
use crate::call::{Call, Identity, LONG_ID_LENGTH};
use crate::domain_name_access_association;
use crate::domain_policy;
use crate::endpoint_configuration::EndpointConfiguration;
use crate::page;
use crate::patch::{
    self, ADD_REMOVE, ADD_REPLACE_REMOVE, PatchOperation, REPLACE, Rule, Target, Wording, rule,
};
use crate::refusal::{Refusal, RefusalKind};
use crate::rest_api::RestApi;
use crate::route::Routed;
use crate::routing_mode::RoutingMode;
use crate::server_certificate::ServerCertificate;
use crate::service::Handler;
use crate::tag::{self, Tags};
use crate::trust_store::{KeptTrustStore, MutualTlsAuthentication, TrustStoreLocation};

/// A host name, and how it is reached.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DomainName {
    pub(crate) domain_name: String,
    /// Of a private one: there may be others of its name.
    domain_name_id: Option<String>,
    pub(crate) domain_name_arn: Option<String>,
    certificate_name: Option<String>,
    certificate_arn: Option<String>,
    certificate_upload_date: Option<i64>,
    regional_domain_name: Option<String>,
    regional_hosted_zone_id: Option<String>,
    regional_certificate_name: Option<String>,
    regional_certificate_arn: Option<String>,
    distribution_domain_name: Option<String>,
    distribution_hosted_zone_id: Option<String>,
    #[serde(default)]
    endpoint_configuration: EndpointConfiguration,
    #[serde(default = "available")]
    domain_name_status: String,
    #[serde(default = "security_policy")]
    security_policy: String,
    endpoint_access_mode: Option<String>,
    #[serde(default)]
    pub(crate) tags: Tags,
    mutual_tls_authentication: Option<MutualTlsAuthentication>,
    ownership_verification_certificate_arn: Option<String>,
    pub(crate) management_policy: Option<String>,
    pub(crate) policy: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(crate) routing_mode: RoutingMode,
    pub(crate) server_certificate: Option<ServerCertificate>,
    /// None where mutual TLS is off.
    pub(crate) trust_store: Option<KeptTrustStore>,
}

fn available() -> String {
    "AVAILABLE".to_owned()
}

fn security_policy() -> String {
    "TLS_1_2".to_owned()
}

/// Of a document that is older than its member, which says null.
fn or_default<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: Default + Deserialize<'de>,
    D: Deserializer<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl Document for DomainName {
    type Owner = Account;
    const KIND: &'static str = "domain-name";
    const SEALED: &'static [&'static str] = &["/serverCertificate"];

    /// The name, with the id after it if it has one.
    fn id(&self) -> &str {
        let arn = self.domain_name_arn.as_deref();
        arn.and_then(|arn| arn.rsplit_once('/')).map_or(&self.domain_name, |(_, id)| id)
    }
}

pub(crate) use v2::HANDLERS as HANDLERS_V2;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateDomainName", Handler::Fetch(created_location, create)),
    ("DeleteDomainName", Handler::Write(delete)),
    ("GetDomainName", Handler::Read(get)),
    ("GetDomainNames", Handler::Read(list)),
    ("UpdateDomainName", Handler::Fetch(updated_location, update)),
];

const RULES: &[Rule] = &[
    rule("/certificateName", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/certificateArn", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/regionalCertificateName", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/regionalCertificateArn", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/endpointAccessMode", REPLACE, Target::Choice("EndpointAccessMode")),
    rule("/endpointConfiguration/ipAddressType", REPLACE, Target::Text),
    rule("/endpointConfiguration/types", ADD_REMOVE, Target::Item),
    rule("/endpointConfiguration/types/{type}", REPLACE, Target::Position),
    rule("/managementPolicy", REPLACE, Target::TextOrNone),
    rule("/mutualTlsAuthentication/truststoreUri", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/mutualTlsAuthentication/truststoreVersion", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/ownershipVerificationCertificateArn", ADD_REPLACE_REMOVE, Target::TextOrNone),
    rule("/policy", REPLACE, Target::TextOrNone),
    rule("/routingMode", REPLACE, Target::Choice("RoutingMode")),
    rule("/securityPolicy", REPLACE, Target::Choice("SecurityPolicy")),
];

/// Longest host name (RFC 1035), and of one label.
const NAME_LENGTH_MAX: usize = 253;
const LABEL_LENGTH_MAX: usize = 63;

/// Zones of CloudFront and of API Gateway in us-east-1: what DNS aliases name.
const DISTRIBUTION_HOSTED_ZONE_ID: &str = "Z2FDTNDATAQYW2";
const REGIONAL_HOSTED_ZONE_ID: &str = "Z1UJRXOUMOOFQ8";

pub(crate) fn by_name(
    transaction: &ReadTransaction<'_>,
    name: &str,
) -> Result<Stored<DomainName>, Refusal> {
    let found = transaction.get(Account::row(), name)?;
    found.ok_or_else(unknown)
}

/// The private domain name of an ARN.
pub(crate) fn by_arn(
    transaction: &ReadTransaction<'_>,
    identity: &Identity,
    arn: &str,
) -> Result<Option<Stored<DomainName>>, Refusal> {
    let found = match arn.strip_prefix(&arn_of(identity, "")) {
        Some(id) => transaction.get::<DomainName>(Account::row(), id)?,
        None => None,
    };
    Ok(found.filter(|stored| stored.document.is_private()))
}

fn arn_of(identity: &Identity, id: &str) -> String {
    let Identity { account, region } = identity;
    format!("arn:aws:apigateway:{region}:{account}:/domainnames/{id}")
}

/// What a caller of the first API must be allowed: the action, and the resource. Private domain names, and what is
/// beneath them, have ARNs with an account and their id (Service Authorization Reference).
pub(crate) fn asked(
    identity: &Identity,
    routed: &Routed,
    query: &[(String, String)],
) -> (String, String) {
    let (path, action) = (routed.path(), format!("apigateway:{}", routed.operation.verb));
    let id = query.iter().find(|(name, id)| name == "domainNameId" && !id.is_empty());
    let named = path.strip_prefix("/domainnames/").zip(id);
    let resource = match named {
        Some((named, (_, id))) => {
            let (name, rest) = named.split_at(named.find('/').unwrap_or(named.len()));
            arn_of(identity, &format!("{name}+{id}{rest}"))
        }
        None => format!("arn:aws:apigateway:{}::{path}", identity.region),
    };
    (action, resource)
}

/// The domain name that a call is about. Only private ones have an id beside their name.
pub(crate) fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<DomainName>, Refusal> {
    let name = call.input.required("domainName");
    match call.input.text("domainNameId").filter(|id| !id.is_empty()) {
        Some(id) => by_name(transaction, &format!("{name}+{id}")),
        None => public_by_name(transaction, name),
    }
}

/// The one of this name that has no id: a name with an id in it is another resource to policies.
pub(crate) fn public_by_name(
    transaction: &ReadTransaction<'_>,
    name: &str,
) -> Result<Stored<DomainName>, Refusal> {
    let found = by_name(transaction, name)?;
    if found.document.is_private() { Err(unknown()) } else { Ok(found) }
}

fn unknown() -> Refusal {
    Refusal::not_found("Invalid domain name identifier specified")
}

/// Refuses to lead from a private domain name to a public API, or from a public one to a private one (AWS).
pub(crate) fn check_reachable(domain: &DomainName, api: &RestApi) -> Result<(), Refusal> {
    if domain.is_private() == api.endpoint_configuration.is_private() {
        return Ok(());
    }
    Err(Refusal::bad_request(
        "Private custom domain names lead to private APIs, and public ones to public APIs",
    ))
}

/// What a call gives, checked.
fn given(call: &Call) -> Result<DomainName, Refusal> {
    let mut domain: DomainName = call.input.parse()?;
    domain.endpoint_configuration.fill_defaults();
    domain.check()?;
    Ok(domain)
}

fn created_location(
    call: &Call,
    _: &ReadTransaction<'_>,
) -> Result<Option<TrustStoreLocation>, Refusal> {
    given(call)?.trust_store_location()
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = insert(call, transaction, given(call)?)?;
    Ok(Answer::Json(stored.document.show()?))
}

/// Keeps a new domain name, which is checked.
fn insert(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    mut domain: DomainName,
) -> Result<Stored<DomainName>, Refusal> {
    if domain.is_private() {
        let id = call.new_id(LONG_ID_LENGTH);
        let arn = arn_of(&call.identity, &format!("{}+{id}", domain.domain_name));
        domain.domain_name_arn = Some(arn);
        domain.domain_name_id = Some(id);
    }
    domain.expand_policy(&call.identity)?;
    if transaction.get::<DomainName>(Account::row(), domain.id())?.is_some() {
        return Err(Refusal::conflict("The domain name you provided already exists."));
    }
    domain.fill_targets(|length| call.new_id(length), &call.identity.region);
    domain.server_certificate = ServerCertificate::of_call(call, &domain.domain_name)?;
    let is_there = domain.certificate_arn.is_some() || domain.server_certificate.is_some();
    domain.certificate_upload_date = is_there.then_some(call.now);
    let row = transaction.insert(Account::row(), &domain)?;
    // The bundle is kept for as long as the domain name is: that must be there first.
    let mut stored = by_name(transaction, domain.id())?;
    stored.document.take_trust_store(call, transaction, row, &domain)?;
    transaction.update(&stored)?;
    Ok(stored)
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(find(call, transaction)?.document.show()?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    // There is one account.
    let is_own = call.input.text("resourceOwner") != Some("OTHER_ACCOUNTS");
    let show = |stored: Stored<DomainName>| stored.document.show();
    page::list::<DomainName>(call, transaction, Account::row(), |_| is_own, show)
}

/// A domain name as a call changes it, checked.
fn patched(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<DomainName>, Refusal> {
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    let was_private = stored.document.is_private();
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    if stored.document.is_private() != was_private {
        return Err(Refusal::bad_request("Cannot update endpoint type from or to PRIVATE."));
    }
    stored.document.check()?;
    Ok(stored)
}

/// Where the bundle is that is to be fetched: it is so whenever mutual TLS is spoken of.
fn updated_location(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Option<TrustStoreLocation>, Refusal> {
    let location = patched(call, transaction)?.document.trust_store_location()?;
    let operations = PatchOperation::read(call)?;
    let is_spoken_of = operations.iter().any(PatchOperation::is_of_mutual_tls);
    Ok(location.filter(|_| is_spoken_of))
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let before = find(call, transaction)?.document;
    let stored = replace(call, transaction, &before, patched(call, transaction)?)?;
    Ok(Answer::Json(stored.document.show()?))
}

/// Keeps a domain name as it was changed, which is checked.
fn replace(
    call: &Call,
    transaction: &WriteTransaction<'_>,
    before: &DomainName,
    mut stored: Stored<DomainName>,
) -> Result<Stored<DomainName>, Refusal> {
    base_path_mapping::check_levels_of(transaction, &stored)?;
    stored.document.expand_policy(&call.identity)?;
    stored.document.take_trust_store(call, transaction, stored.row, before)?;
    stored.document.fill_targets(|length| call.new_id(length), &call.identity.region);
    transaction.update(&stored)?;
    Ok(stored)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    remove(transaction, &find(call, transaction)?)
}

/// Removes a domain name with all that leads from it and to it.
fn remove(
    transaction: &WriteTransaction<'_>,
    stored: &Stored<DomainName>,
) -> Result<Answer, Refusal> {
    if let Some(arn) = &stored.document.domain_name_arn {
        domain_name_access_association::delete_all(transaction, arn)?;
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl DomainName {
    /// Whether it is reached through endpoints of VPCs alone, those that are associated with it.
    pub(crate) fn is_private(&self) -> bool {
        self.endpoint_configuration.is_private()
    }

    fn check(&self) -> Result<(), Refusal> {
        if !is_host_name(&self.domain_name) {
            return Err(Refusal::bad_request(format!(
                "Invalid domain name specified: {}",
                crate::input::shown(&self.domain_name)
            )));
        }
        self.endpoint_configuration.check()?;
        self.check_tls()?;
        if !self.is_private() && (self.policy.is_some() || self.management_policy.is_some()) {
            return Err(Refusal::bad_request(
                "Policies are supported for private custom domain names only",
            ));
        }
        if let Some(policy) = &self.management_policy {
            domain_policy::check_management(policy)?;
        }
        tag::check(&self.tags)
    }

    /// Where it is reached.
    pub(crate) fn endpoint_type(&self) -> EndpointType {
        self.endpoint_configuration.endpoint_type()
    }

    /// What policies of calls name a private one by.
    pub(crate) fn execute_api_arn(&self, identity: &Identity) -> String {
        let Identity { account, region } = identity;
        format!("arn:aws:execute-api:{region}:{account}:/domainnames/{}", self.id())
    }

    /// The policy of a private one with its shorthand written out; refuses what is none.
    fn expand_policy(&mut self, identity: &Identity) -> Result<(), Refusal> {
        if let Some(text) = &self.policy {
            self.policy = Some(domain_policy::expand(text, &self.execute_api_arn(identity))?);
        }
        Ok(())
    }

    fn check_tls(&self) -> Result<(), Refusal> {
        let policy = self.security_policy.as_str();
        let invalid = |problem: String| Err(Refusal::bad_request(problem));
        if TlsVersion::oldest_of(policy).is_none() {
            return Err(Refusal::new(
                RefusalKind::NotImplemented,
                format!(
                    "The security policy {policy} is not implemented by this gateway, whose cryptography \
                     is not validated to FIPS 140: choose one without FIPS"
                ),
            ));
        }
        let (is_enhanced, is_edge) =
            (policy.starts_with("SecurityPolicy_"), policy.ends_with("_EDGE"));
        if is_enhanced && is_edge != self.endpoint_configuration.is_edge() {
            return invalid(format!("The security policy {policy} is not for this endpoint type"));
        }
        if policy == "TLS_1_0" && self.is_private() {
            return invalid("Private custom domain names support TLS_1_2 and later".to_owned());
        }
        if self.endpoint_access_mode.as_deref() == Some("STRICT") && !is_enhanced {
            return invalid(format!(
                "The endpoint access mode STRICT is for security policies that begin with SecurityPolicy_, not for {policy}"
            ));
        }
        if self.trust_store_location()?.is_none() {
            return Ok(());
        }
        if policy == "TLS_1_0" {
            return invalid("Mutual TLS needs the security policy TLS_1_2 or later".to_owned());
        }
        if self.endpoint_configuration.is_edge() || self.is_private() {
            return invalid("Mutual TLS is for regional custom domain names only".to_owned());
        }
        Ok(())
    }

    fn trust_store_location(&self) -> Result<Option<TrustStoreLocation>, Refusal> {
        let mutual = self.mutual_tls_authentication.as_ref();
        mutual.map_or(Ok(None), MutualTlsAuthentication::location)
    }

    /// The bundle that was fetched, in place of the one before; none where mutual TLS is off.
    fn take_trust_store(
        &mut self,
        call: &Call,
        transaction: &WriteTransaction<'_>,
        row: Row<Self>,
        before: &Self,
    ) -> Result<(), Refusal> {
        let location = self.trust_store_location()?;
        self.trust_store = match &location {
            None => {
                self.mutual_tls_authentication = None;
                None
            }
            Some(location) => {
                let is_same = self.mutual_tls_authentication == before.mutual_tls_authentication;
                let kept = KeptTrustStore::keep(call, transaction, row, location)?;
                let kept = kept.or_else(|| before.trust_store.clone().filter(|_| is_same));
                // Never without one: nobody would be asked for a certificate.
                Some(kept.ok_or_else(Refusal::concurrent_modification)?)
            }
        };
        if let Some(old) = &before.trust_store
            && self.trust_store.as_ref().is_none_or(|new| !new.is_same_bundle(old))
        {
            transaction.release_blob(row, old.digest()?)?;
        }
        Ok(())
    }

    /// The oldest version that is spoken; the newest, should a policy be kept that is not known.
    pub(crate) fn oldest_version(&self) -> TlsVersion {
        TlsVersion::oldest_of(&self.security_policy).unwrap_or(TlsVersion::V1_3)
    }

    pub(crate) fn access_mode(&self) -> EndpointAccessMode {
        match self.endpoint_access_mode.as_deref() {
            Some("STRICT") => EndpointAccessMode::Strict,
            _ => EndpointAccessMode::Basic,
        }
    }

    /// What DNS would point to on AWS: clients read it, nothing is there.
    fn fill_targets(&mut self, new_id: impl Fn(usize) -> String, region: &Region) {
        let types = self.endpoint_configuration.types.iter().flatten();
        for kind in types {
            if kind == "EDGE" && self.distribution_domain_name.is_none() {
                let id = new_id(LONG_ID_LENGTH);
                self.distribution_domain_name = Some(format!("d{id}.cloudfront.net"));
                self.distribution_hosted_zone_id = Some(DISTRIBUTION_HOSTED_ZONE_ID.to_owned());
            }
            if kind == "REGIONAL" && self.regional_domain_name.is_none() {
                let id = new_id(LONG_ID_LENGTH);
                let name = format!("d-{id}.execute-api.{region}.amazonaws.com");
                self.regional_domain_name = Some(name);
                self.regional_hosted_zone_id = Some(REGIONAL_HOSTED_ZONE_ID.to_owned());
            }
        }
    }

    fn show(&self) -> Result<Value, Refusal> {
        let mut shown = to_wire_tagged_without(self, &["serverCertificate", "trustStore"])?;
        self.add_warnings(&mut shown);
        Ok(shown)
    }

    /// What of its bundle cannot be trusted.
    fn add_warnings(&self, shown: &mut Value) {
        let warnings = self.trust_store.iter().flat_map(|kept| &kept.warnings);
        let warnings: Vec<Value> = warnings.map(|warning| warning.as_str().into()).collect();
        if !warnings.is_empty() {
            shown["mutualTlsAuthentication"]["truststoreWarnings"] = warnings.into();
        }
    }

    /// Whether its base paths may have several segments (AWS).
    pub(crate) fn takes_levels(&self) -> bool {
        !self.endpoint_configuration.is_edge() && self.security_policy != "TLS_1_0"
    }
}

/// In lower case; the first label may be a wildcard.
fn is_host_name(name: &str) -> bool {
    let rest = name.strip_prefix("*.").unwrap_or(name);
    let is_label = |label: &str| {
        (1..=LABEL_LENGTH_MAX).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    name.len() <= NAME_LENGTH_MAX && rest.contains('.') && rest.split('.').all(is_label)
}
