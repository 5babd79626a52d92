//! Base path mappings: which API and stage a path of a domain name is. In the second API: [`api_mapping`].

mod api_mapping;

use serde::{Deserialize, Serialize};
use store::{Account, Document, ReadTransaction, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire};
use crate::call::Call;
use crate::domain_name::{self, DomainName};
use crate::input::shown;
use crate::page;
use crate::patch::{Op, PatchOperation, REPLACE, Rule, Target, rule};
use crate::refusal::Refusal;
use crate::rest_api::RestApi;
use crate::routing_mode::RoutingMode;
use crate::routing_rule;
use crate::service::Handler;
use crate::stage::Stage;

/// The API behind the first segment of a path.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BasePathMapping {
    #[serde(default)]
    pub(crate) base_path: String,
    pub(crate) rest_api_id: String,
    /// None: the next segment names it.
    pub(crate) stage: Option<String>,
}

impl Document for BasePathMapping {
    type Owner = DomainName;
    const KIND: &'static str = "base-path-mapping";

    fn id(&self) -> &str {
        &self.base_path
    }
}

pub(crate) use api_mapping::HANDLERS as API_MAPPING_HANDLERS;

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateBasePathMapping", Handler::Write(create)),
    ("DeleteBasePathMapping", Handler::Write(delete)),
    ("GetBasePathMapping", Handler::Read(get)),
    ("GetBasePathMappings", Handler::Read(list)),
    ("UpdateBasePathMapping", Handler::Write(update)),
];

/// The reference and clients write these paths in different cases.
const RULES: &[Rule] = &[
    rule("/basePath", REPLACE, Target::Text),
    rule("/restapiId", REPLACE, Target::Text),
    rule("/stage", REPLACE, Target::Text),
];

/// The name of the mapping of a whole domain name.
pub(crate) const NONE: &str = "(none)";

const BASE_PATH_LENGTH_MAX: usize = 300;

fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
) -> Result<Stored<BasePathMapping>, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let found = transaction.get(domain.row, call.input.required("basePath"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid base path mapping identifier specified"))
}

/// Refuses a domain name that no longer takes base paths of several segments, and has some.
pub(crate) fn check_levels_of(
    transaction: &ReadTransaction<'_>,
    domain: &Stored<DomainName>,
) -> Result<(), Refusal> {
    if domain.document.takes_levels() {
        return Ok(());
    }
    let mappings = transaction.list::<BasePathMapping>(domain.row)?;
    match mappings.iter().any(|mapping| mapping.document.has_levels()) {
        true => Err(no_levels()),
        false => Ok(()),
    }
}

fn no_levels() -> Refusal {
    Refusal::bad_request(
        "Base paths of several levels are for regional custom domain names with TLS_1_2 or later",
    )
}

/// Refuses to delete an API that a domain name leads to.
pub(crate) fn check_unused(transaction: &ReadTransaction<'_>, api: &str) -> Result<(), Refusal> {
    for domain in transaction.list::<DomainName>(Account::row())? {
        let refusal = |what| {
            Err(Refusal::bad_request(format!(
                "Please remove all {what} related to the API {api}: domain name {} has one",
                domain.document.domain_name
            )))
        };
        let mappings = transaction.list::<BasePathMapping>(domain.row)?;
        if mappings.iter().any(|mapping| mapping.document.rest_api_id == api) {
            return refusal("base path mappings");
        }
        if routing_rule::leads_to(transaction, domain.row, api)? {
            return refusal("routing rules");
        }
    }
    Ok(())
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let mut mapping: BasePathMapping = call.input.parse()?;
    mapping.check_one_level()?;
    mapping.complete(transaction, &domain.document)?;
    check_mode(&domain.document)?;
    if transaction.get::<BasePathMapping>(domain.row, &mapping.base_path)?.is_some() {
        return Err(exists());
    }
    transaction.insert(domain.row, &mapping)?;
    Answer::of(&mapping)
}

/// Refuses another mapping where none is looked at.
fn check_mode(domain: &DomainName) -> Result<(), Refusal> {
    if domain.routing_mode != RoutingMode::RulesOnly {
        return Ok(());
    }
    Err(Refusal::bad_request(format!(
        "Base path mappings cannot be created for the domain name {}, whose routing mode is {}",
        domain.domain_name,
        RoutingMode::RulesOnly.name_v2()
    )))
}

fn exists() -> Refusal {
    Refusal::conflict("Base path already exists for this domain name")
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    Answer::of(&find(call, transaction)?.document)
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let show = |stored: Stored<BasePathMapping>| to_wire(&stored.document);
    page::list::<BasePathMapping>(call, transaction, domain.row, |_| true, show)
}

fn update(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let mut stored = find(call, transaction)?;
    let before = stored.document.base_path.clone();
    for operation in PatchOperation::read(call)? {
        let text = operation.text().to_owned();
        let mapping = &mut stored.document;
        match (operation.op, operation.path()?.to_ascii_lowercase().as_str()) {
            (Some(Op::Replace), "/basepath") => mapping.base_path = text,
            (Some(Op::Replace), "/restapiid") => mapping.rest_api_id = text,
            (Some(Op::Replace), "/stage") => mapping.stage = (!text.is_empty()).then_some(text),
            _ => return Err(operation.unsupported(RULES)),
        }
    }
    stored.document.check_one_level()?;
    stored.document.complete(transaction, &domain.document)?;
    let after = &stored.document.base_path;
    if *after != before && transaction.get::<BasePathMapping>(domain.row, after)?.is_some() {
        return Err(exists());
    }
    transaction.update(&stored)?;
    Answer::of(&stored.document)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let stored = find(call, transaction)?;
    transaction.delete(stored.row)?;
    Ok(Answer::Empty)
}

impl BasePathMapping {
    fn has_levels(&self) -> bool {
        self.base_path.contains('/')
    }

    /// In the first API there is no more.
    fn check_one_level(&self) -> Result<(), Refusal> {
        if !self.has_levels() {
            return Ok(());
        }
        Err(Refusal::bad_request(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To \
             create a multi-level base path mapping, use API Gateway V2.",
        ))
    }

    /// Names the empty path, and refuses what cannot be.
    fn complete(
        &mut self,
        transaction: &ReadTransaction<'_>,
        domain: &DomainName,
    ) -> Result<(), Refusal> {
        if self.base_path.is_empty() {
            NONE.clone_into(&mut self.base_path);
        }
        if self.has_levels() && !domain.takes_levels() {
            return Err(no_levels());
        }
        let base_path = self.base_path.as_str();
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"$-_.+!*'()/".contains(&byte);
        if base_path.len() > BASE_PATH_LENGTH_MAX || !base_path.bytes().all(is_allowed) {
            return Err(Refusal::bad_request(format!(
                "Invalid base path specified: {}",
                shown(base_path)
            )));
        }
        let api = transaction.get::<RestApi>(Account::row(), &self.rest_api_id)?;
        let api =
            api.ok_or_else(|| Refusal::bad_request("Invalid REST API identifier specified"))?;
        self.stage = self.stage.take().filter(|stage| !stage.is_empty());
        if let Some(stage) = &self.stage
            && transaction.get::<Stage>(api.row, stage)?.is_none()
        {
            return Err(Refusal::bad_request("Invalid stage identifier specified"));
        }
        domain_name::check_reachable(domain, &api.document)
    }
}
