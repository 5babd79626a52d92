//! Which endpoints of VPCs lead to a private domain name.

use model::{AccountId, Region};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire_tagged};
use crate::call::{Call, Identity};
use crate::domain_name;
use crate::domain_policy;
use crate::input::shown;
use crate::page;
use crate::refusal::Refusal;
use crate::service::Handler;
use crate::tag::{self, Tags};

/// A way from an endpoint to a domain name.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DomainNameAccessAssociation {
    #[serde(rename = "domainNameAccessAssociationArn", default)]
    arn: String,
    domain_name_arn: String,
    access_association_source_type: String,
    access_association_source: String,
    #[serde(default)]
    pub(crate) tags: Tags,
}

impl Document for DomainNameAccessAssociation {
    type Owner = Account;
    const KIND: &'static str = "domain-name-access-association";

    fn id(&self) -> &str {
        &self.arn
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateDomainNameAccessAssociation", Handler::Write(create)),
    ("DeleteDomainNameAccessAssociation", Handler::Write(delete)),
    ("GetDomainNameAccessAssociations", Handler::Read(list)),
    ("RejectDomainNameAccessAssociation", Handler::Write(reject)),
];

/// Longest id of an endpoint: more than any has.
const SOURCE_LENGTH_MAX: usize = 64;

pub(crate) fn by_arn(
    transaction: &ReadTransaction<'_>,
    arn: &str,
) -> Result<Stored<DomainNameAccessAssociation>, Refusal> {
    let found = transaction.get(Account::row(), arn)?;
    found.ok_or_else(|| {
        Refusal::not_found("Invalid domain name access association identifier specified")
    })
}

/// The endpoints that lead to a domain name.
pub(crate) fn endpoints_of(
    transaction: &ReadTransaction<'_>,
    domain_name_arn: &str,
) -> Result<Vec<String>, Refusal> {
    let all = transaction.list::<DomainNameAccessAssociation>(Account::row())?;
    let all = all.into_iter().map(|stored| stored.document);
    let own = all.filter(|association| association.domain_name_arn == domain_name_arn);
    Ok(own.map(|association| association.access_association_source).collect())
}

/// Removes those of a domain name, which goes.
pub(crate) fn delete_all(
    transaction: &WriteTransaction<'_>,
    domain_name_arn: &str,
) -> Result<(), Refusal> {
    for stored in transaction.list::<DomainNameAccessAssociation>(Account::row())? {
        if stored.document.domain_name_arn == domain_name_arn {
            transaction.delete(stored.row)?;
        }
    }
    Ok(())
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut association: DomainNameAccessAssociation = call.input.parse()?;
    let Identity { account, region } = &call.identity;
    let arn = &association.domain_name_arn;
    let domain = domain_name::by_arn(transaction, &call.identity, arn)?;
    let domain = domain.ok_or_else(|| {
        Refusal::bad_request(format!("Invalid domain name ARN specified: {}", shown(arn)))
    })?;
    association.check()?;
    let domain = &domain.document;
    domain_policy::check_association(call, domain.management_policy.as_deref(), arn)?;
    association.arn = association.arn_for(domain.id(), account, region);
    if transaction.get::<DomainNameAccessAssociation>(Account::row(), &association.arn)?.is_some() {
        return Err(Refusal::conflict("The domain name access association already exists"));
    }
    association.check_free(call, transaction, &domain.domain_name)?;
    transaction.insert(Account::row(), &association)?;
    Ok(Answer::Json(association.show()?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    // There is one account.
    let is_own = call.input.text("resourceOwner") != Some("OTHER_ACCOUNTS");
    let show = |stored: Stored<DomainNameAccessAssociation>| stored.document.show();
    page::list(call, transaction, Account::row(), |_: &DomainNameAccessAssociation| is_own, show)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = by_arn(transaction, call.input.required("domainNameAccessAssociationArn"))?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

/// What the owner of the domain name does, where [`delete`] is what the owner of the endpoint does:
/// here they are one.
fn reject(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = by_arn(transaction, call.input.required("domainNameAccessAssociationArn"))?;
    if stored.document.domain_name_arn != call.input.required("domainNameArn") {
        return Err(Refusal::bad_request(
            "The domain name access association is not of the domain name specified",
        ));
    }
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl DomainNameAccessAssociation {
    fn check(&self) -> Result<(), Refusal> {
        let source = &self.access_association_source;
        let id = source.strip_prefix("vpce-").unwrap_or_default();
        if id.is_empty()
            || source.len() > SOURCE_LENGTH_MAX
            || !id.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            return Err(Refusal::bad_request(format!(
                "Invalid access association source specified: {}",
                shown(source)
            )));
        }
        tag::check(&self.tags)
    }

    /// As one name leads to one place, an endpoint leads to one domain name of a name (AWS).
    fn check_free(
        &self,
        call: &Call,
        transaction: &ReadTransaction<'_>,
        domain_name: &str,
    ) -> Result<(), Refusal> {
        for other in transaction.list::<Self>(Account::row())? {
            let other = other.document;
            if other.access_association_source != self.access_association_source {
                continue;
            }
            let domain = domain_name::by_arn(transaction, &call.identity, &other.domain_name_arn)?;
            if domain.is_some_and(|domain| domain.document.domain_name == domain_name) {
                return Err(Refusal::conflict(format!(
                    "The access association source {} is associated with another domain name {domain_name}",
                    self.access_association_source
                )));
            }
        }
        Ok(())
    }

    fn arn_for(&self, domain: &str, account: &AccountId, region: &Region) -> String {
        format!(
            "arn:aws:apigateway:{region}:{account}:/domainnameaccessassociations/domainname/{domain}/vpcesource/{}",
            self.access_association_source
        )
    }

    fn show(&self) -> Result<Value, Refusal> {
        to_wire_tagged(self)
    }
}
