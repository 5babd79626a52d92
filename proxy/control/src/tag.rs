//! Tags of what can be tagged, and the operations on them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use store::{Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::Answer;
use crate::api_key::{self, ApiKey};
use crate::call::{Call, Identity};
use crate::client_certificate::{self, ClientCertificate};
use crate::domain_name::{self, DomainName};
use crate::domain_name_access_association::{self, DomainNameAccessAssociation};
use crate::refusal::Refusal;
use crate::rest_api::{self, RestApi};
use crate::service::Handler;
use crate::stage::{self, Stage};
use crate::usage_plan::{self, UsagePlan};
use crate::vpc_link::{self, VpcLink};

/// Names and values.
pub(crate) type Tags = BTreeMap<String, String>;

/// Tags of one resource, and lengths of their names and values (AWS).
const TAGS_MAX: usize = 50;
const KEY_LENGTH_MAX: usize = 128;
const VALUE_LENGTH_MAX: usize = 256;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("GetTags", Handler::Read(get)),
    ("TagResource", Handler::Write(add)),
    ("UntagResource", Handler::Write(remove)),
];

/// A document that has tags.
pub(crate) trait Tagged: Document {
    fn tags(&mut self) -> &mut Tags;
}

macro_rules! tagged {
    ($($document:ty),*) => {$(
        impl Tagged for $document {
            fn tags(&mut self) -> &mut Tags {
                &mut self.tags
            }
        }
    )*};
}

tagged!(
    ApiKey,
    ClientCertificate,
    DomainName,
    DomainNameAccessAssociation,
    RestApi,
    Stage,
    UsagePlan,
    VpcLink
);

pub(crate) fn check(tags: &Tags) -> Result<(), Refusal> {
    if tags.len() > TAGS_MAX {
        return Err(Refusal::bad_request(format!(
            "The number of tags exceeds the limit of {TAGS_MAX} tags per resource"
        )));
    }
    for (key, value) in tags {
        if !(1..=KEY_LENGTH_MAX).contains(&key.chars().count()) {
            return Err(Refusal::bad_request(format!(
                "Tag keys must have 1 to {KEY_LENGTH_MAX} characters"
            )));
        }
        if value.chars().count() > VALUE_LENGTH_MAX {
            return Err(Refusal::bad_request(format!(
                "Tag values can have at most {VALUE_LENGTH_MAX} characters"
            )));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(Refusal::bad_request("aws: prefixed tag key names are not allowed"));
        }
    }
    Ok(())
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let tags = visit(call, transaction, Reading)?;
    Ok(Answer::Json(json!({ "tags": tags })))
}

fn add(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    #[derive(Deserialize)]
    struct Members {
        tags: Tags,
    }
    let members: Members = call.input.parse()?;
    let change = |tags: &mut Tags| tags.extend(members.tags.clone());
    visit(call, transaction, Writing { transaction, change: &change })?;
    Ok(Answer::Empty)
}

fn remove(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let keys = call.input.texts("tagKeys");
    let change = |tags: &mut Tags| tags.retain(|key, _| !keys.contains(key));
    visit(call, transaction, Writing { transaction, change: &change })?;
    Ok(Answer::Empty)
}

/// What is done with the resource of an ARN.
trait Visitor {
    fn visit<D: Tagged>(self, stored: Stored<D>) -> Result<Tags, Refusal>;
}

struct Reading;

impl Visitor for Reading {
    fn visit<D: Tagged>(self, mut stored: Stored<D>) -> Result<Tags, Refusal> {
        Ok(std::mem::take(stored.document.tags()))
    }
}

struct Writing<'a> {
    transaction: &'a WriteTransaction<'a>,
    change: &'a dyn Fn(&mut Tags),
}

impl Visitor for Writing<'_> {
    fn visit<D: Tagged>(self, mut stored: Stored<D>) -> Result<Tags, Refusal> {
        (self.change)(stored.document.tags());
        let tags = stored.document.tags().clone();
        check(&tags)?;
        self.transaction.update(&stored)?;
        Ok(tags)
    }
}

/// Finds what `arn:aws:apigateway:{region}:{account}:/{kind}/{id}` names; most have no account.
fn visit(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    visitor: impl Visitor,
) -> Result<Tags, Refusal> {
    let arn = call.input.required("resourceArn");
    let invalid = || Refusal::bad_request("Invalid ARN specified in the request");
    let Identity { account, region } = &call.identity;
    let rest = arn.strip_prefix(&format!("arn:aws:apigateway:{region}:"));
    let path = rest
        .and_then(|rest| rest.strip_prefix(account.as_str()).unwrap_or(rest).strip_prefix(":/"));
    let path = path.ok_or_else(invalid)?;
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        ["apikeys", id] => visitor.visit(api_key::by_id(transaction, id)?),
        ["clientcertificates", id] => visitor.visit(client_certificate::by_id(transaction, id)?),
        ["domainnameaccessassociations", ..] => {
            visitor.visit(domain_name_access_association::by_arn(transaction, arn)?)
        }
        ["domainnames", name] => visitor.visit(domain_name::by_name(transaction, name)?),
        ["restapis", id] => visitor.visit(rest_api::by_id(call, transaction, id)?),
        ["restapis", id, "stages", name] => {
            let api = rest_api::by_id(call, transaction, id)?;
            visitor.visit(stage::by_name(transaction, api.row, name)?)
        }
        ["usageplans", id] => visitor.visit(usage_plan::by_id(transaction, id)?),
        ["vpclinks", id] => visitor.visit(vpc_link::by_id(transaction, id)?),
        _ => Err(invalid()),
    }
}
