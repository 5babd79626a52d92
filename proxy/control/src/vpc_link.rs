//! VPC links: names for what the configuration of the node says the place of. Their targets are
//! load balancers of AWS, and only shown.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire_tagged};
use crate::call::{Call, ID_LENGTH};
use crate::input::shown;
use crate::page;
use crate::patch::{self, PatchOperation, REPLACE, Rule, Target, Wording, rule};
use crate::refusal::Refusal;
use crate::service::Handler;
use crate::tag::{self, Tags};

/// A way into a private network.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VpcLink {
    #[serde(default)]
    pub(crate) id: String,
    pub(crate) name: String,
    description: Option<String>,
    target_arns: Vec<String>,
    #[serde(default)]
    pub(crate) tags: Tags,
}

impl Document for VpcLink {
    type Owner = Account;
    const KIND: &'static str = "vpc-link";

    fn id(&self) -> &str {
        &self.id
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateVpcLink", Handler::Write(create)),
    ("DeleteVpcLink", Handler::Write(delete)),
    ("GetVpcLink", Handler::Read(get)),
    ("GetVpcLinks", Handler::Read(list)),
    ("UpdateVpcLink", Handler::Write(update)),
];

const RULES: &[Rule] =
    &[rule("/name", REPLACE, Target::Text), rule("/description", REPLACE, Target::Text)];

pub(crate) fn by_id(
    transaction: &ReadTransaction<'_>,
    id: &str,
) -> Result<Stored<VpcLink>, Refusal> {
    let found = transaction.get(Account::row(), id)?;
    found.ok_or_else(|| Refusal::not_found("Invalid Vpc Link identifier specified"))
}

fn find(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Stored<VpcLink>, Refusal> {
    by_id(transaction, call.input.required("vpcLinkId"))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut link: VpcLink = call.input.parse()?;
    link.id = call.new_id(ID_LENGTH);
    link.check()?;
    transaction.insert(Account::row(), &link)?;
    let mut value = link.show()?;
    // It is being made while it is answered for, as on AWS; clients wait for it.
    value["status"] = "PENDING".into();
    if let Value::Object(members) = &mut value {
        members.shift_remove("statusMessage");
    }
    Ok(Answer::Json(value))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::Json(find(call, transaction)?.document.show()?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let show = |stored: Stored<VpcLink>| stored.document.show();
    page::list::<VpcLink>(call, transaction, Account::row(), |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let mut stored = find(call, transaction)?;
    let operations = PatchOperation::read(call)?;
    stored.document = patch::apply(&stored.document, &operations, RULES, Wording::Listing)?;
    stored.document.check()?;
    transaction.update(&stored)?;
    Ok(Answer::Json(stored.document.show()?))
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl VpcLink {
    fn check(&self) -> Result<(), Refusal> {
        if self.name.is_empty() {
            return Err(Refusal::bad_request("Name cannot be empty"));
        }
        for arn in &self.target_arns {
            let parts: Vec<&str> = arn.splitn(6, ':').collect();
            if parts.len() != 6 || parts[0] != "arn" || parts[5].is_empty() {
                return Err(Refusal::bad_request(format!(
                    "Invalid ARN. ARN is not well formed {}",
                    shown(arn)
                )));
            }
        }
        tag::check(&self.tags)
    }

    fn show(&self) -> Result<Value, Refusal> {
        let mut value = to_wire_tagged(self)?;
        value["status"] = "AVAILABLE".into();
        value["statusMessage"] = "Your vpc link is ready for use".into();
        Ok(value)
    }
}
