//! Routing rules of domain names: which stage a request is for by its headers and its path.
//!
//! Source: API Gateway Developer Guide, "Routing rules to connect API stages to a custom domain name for REST
//! APIs". What a condition can be, and how it is matched, is `model::RoutingRule`'s.

use model::{
    ApiId, BasePathCondition, BasePathStripping, HeaderCondition, InvalidCondition,
    RoutingRule as Compiled, StageName,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Account, Document, ReadTransaction, Row, Stored, WriteTransaction};

use crate::answer::{Answer, to_wire};
use crate::call::{Call, ID_LENGTH, Identity};
use crate::domain_name::{self, DomainName};
use crate::input::shown;
use crate::page;
use crate::refusal::Refusal;
use crate::rest_api::RestApi;
use crate::routing_mode::RoutingMode;
use crate::service::Handler;
use crate::stage::Stage;

/// Conditions, what is done where all of them match, and when the rule is asked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoutingRule {
    actions: Vec<Action>,
    conditions: Vec<Condition>,
    /// The lowest is asked first.
    pub(crate) priority: i32,
    #[serde(default)]
    routing_rule_id: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    invoke_api: InvokeApi,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct InvokeApi {
    api_id: String,
    stage: String,
    #[serde(default)]
    strip_base_path: bool,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    match_base_paths: Option<AnyOf<String>>,
    match_headers: Option<AnyOf<HeaderValue>>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct AnyOf<T> {
    any_of: Vec<T>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct HeaderValue {
    header: String,
    value_glob: String,
}

impl Document for RoutingRule {
    type Owner = DomainName;
    const KIND: &'static str = "routing-rule";

    fn id(&self) -> &str {
        &self.routing_rule_id
    }

    /// No two rules of a domain name have the same.
    fn alias(&self) -> Option<String> {
        Some(self.priority.to_string())
    }
}

pub(crate) const HANDLERS: &[(&str, Handler)] = &[
    ("CreateRoutingRule", Handler::Write(create)),
    ("DeleteRoutingRule", Handler::Write(delete)),
    ("GetRoutingRule", Handler::Read(get)),
    ("ListRoutingRules", Handler::Read(list)),
    ("PutRoutingRule", Handler::Write(put)),
];

/// Conditions of one rule on headers (AWS).
const HEADER_CONDITIONS_MAX: usize = 2;

/// Rules of one domain name: a request is looked at by each, one after another.
const RULES_MAX: usize = 100;

fn find(
    call: &Call,
    transaction: &ReadTransaction<'_>,
    domain: &Stored<DomainName>,
) -> Result<Stored<RoutingRule>, Refusal> {
    let found = transaction.get(domain.row, call.input.required("routingRuleId"))?;
    found.ok_or_else(|| Refusal::not_found("Invalid routing rule identifier specified"))
}

/// Whether a rule of a domain name leads to an API.
pub(crate) fn leads_to(
    transaction: &ReadTransaction<'_>,
    domain: Row<DomainName>,
    api: &str,
) -> Result<bool, Refusal> {
    let rules = transaction.list::<RoutingRule>(domain)?;
    let mut actions = rules.iter().flat_map(|rule| &rule.document.actions);
    Ok(actions.any(|action| action.invoke_api.api_id == api))
}

fn create(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    if domain.document.routing_mode == RoutingMode::MappingsOnly {
        return Err(Refusal::bad_request(format!(
            "Routing rules cannot be created for the domain name {}, whose routing mode is {}",
            domain.document.domain_name,
            RoutingMode::MappingsOnly.name_v2()
        )));
    }
    if transaction.count::<RoutingRule>(domain.row)? >= RULES_MAX {
        return Err(Refusal::bad_request(format!(
            "A domain name can have at most {RULES_MAX} routing rules"
        )));
    }
    let mut rule: RoutingRule = call.input.parse()?;
    rule.routing_rule_id = call.new_id(ID_LENGTH);
    rule.check(transaction, &domain)?;
    transaction.insert(domain.row, &rule)?;
    Ok(Answer::Json(rule.show(&call.identity, &domain.document)?))
}

/// All of a rule but its id is given anew.
fn put(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let mut stored = find(call, transaction, &domain)?;
    let given: RoutingRule = call.input.parse()?;
    let routing_rule_id = std::mem::take(&mut stored.document.routing_rule_id);
    stored.document = RoutingRule { routing_rule_id, ..given };
    stored.document.check(transaction, &domain)?;
    transaction.update(&stored)?;
    Ok(Answer::Json(stored.document.show(&call.identity, &domain.document)?))
}

fn get(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let rule = find(call, transaction, &domain)?;
    Ok(Answer::Json(rule.document.show(&call.identity, &domain.document)?))
}

fn list(call: &Call, transaction: &ReadTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    let show = |rule: Stored<RoutingRule>| rule.document.show(&call.identity, &domain.document);
    page::list_v2(call, transaction, (domain.row, "routingRules"), |_: &RoutingRule| true, show)
}

fn delete(call: &Call, transaction: &WriteTransaction<'_>) -> Result<Answer, Refusal> {
    let domain = domain_name::find(call, transaction)?;
    transaction.delete(find(call, transaction, &domain)?.row)?;
    Ok(Answer::Empty)
}

impl RoutingRule {
    /// Refuses a rule that cannot be, leads nowhere, or has the priority of another one.
    fn check(
        &self,
        transaction: &ReadTransaction<'_>,
        domain: &Stored<DomainName>,
    ) -> Result<(), Refusal> {
        let Compiled { api, stage, .. } = self.compile()?;
        let api = transaction.get::<RestApi>(Account::row(), api.as_str())?;
        let api = api.ok_or_else(|| Refusal::bad_request("Invalid API identifier specified"))?;
        if transaction.get::<Stage>(api.row, stage.as_str())?.is_none() {
            return Err(Refusal::bad_request("Invalid stage identifier specified"));
        }
        domain_name::check_reachable(&domain.document, &api.document)?;
        let alias = self.alias().unwrap_or_default();
        let same = transaction.get_by_alias::<Self>(domain.row, &alias)?;
        match same.filter(|same| same.document.routing_rule_id != self.routing_rule_id) {
            Some(_) => Err(Refusal::conflict(format!(
                "A routing rule with the priority {} already exists for this domain name",
                self.priority
            ))),
            None => Ok(()),
        }
    }

    /// What the data plane matches.
    pub(crate) fn compile(&self) -> Result<Compiled, Refusal> {
        let [Action { invoke_api }] = &self.actions[..] else {
            return Err(Refusal::bad_request("A routing rule has one action"));
        };
        let stripping = match invoke_api.strip_base_path {
            true => BasePathStripping::Strip,
            false => BasePathStripping::Keep,
        };
        let mut headers = Vec::new();
        let mut base_path = None;
        for Condition { match_base_paths, match_headers } in &self.conditions {
            if match_base_paths.is_none() && match_headers.is_none() {
                return Err(Refusal::bad_request(
                    "A condition has matchBasePaths, matchHeaders or both",
                ));
            }
            if let Some(paths) = match_base_paths {
                let path = paths.only("matchBasePaths")?;
                let condition = BasePathCondition::parse(path, stripping);
                if base_path.replace(condition.map_err(|it| invalid(path, it))?).is_some() {
                    return Err(Refusal::bad_request(
                        "A routing rule has at most one condition matchBasePaths",
                    ));
                }
            }
            if let Some(values) = match_headers {
                let HeaderValue { header, value_glob } = values.only("matchHeaders")?;
                let condition = HeaderCondition::parse(header, value_glob);
                let given = format!("{}: {}", shown(header), shown(value_glob));
                headers.push(condition.map_err(|it| invalid(&given, it))?);
            }
        }
        if HEADER_CONDITIONS_MAX < headers.len() {
            return Err(Refusal::bad_request(format!(
                "A routing rule has at most {HEADER_CONDITIONS_MAX} conditions matchHeaders"
            )));
        }
        if stripping == BasePathStripping::Strip && base_path.is_none() {
            return Err(Refusal::bad_request(
                "stripBasePath needs a condition matchBasePaths: there is no base path to strip",
            ));
        }
        let unknown = |what| move |_| Refusal::bad_request(format!("Invalid {what} specified"));
        Ok(Compiled {
            id: self.routing_rule_id.as_str().into(),
            headers,
            base_path,
            api: ApiId::parse(&invoke_api.api_id).map_err(unknown("API identifier"))?,
            stage: StageName::parse(&invoke_api.stage).map_err(unknown("stage identifier"))?,
        })
    }

    fn show(&self, identity: &Identity, domain: &DomainName) -> Result<Value, Refusal> {
        let Identity { account, region } = identity;
        let mut shown = to_wire(self)?;
        shown["routingRuleArn"] = format!(
            "arn:aws:apigateway:{region}:{account}:/domainnames/{}/routingrules/{}",
            domain.id(),
            self.routing_rule_id
        )
        .into();
        Ok(shown)
    }
}

impl<T> AnyOf<T> {
    /// The only one: as on AWS, a list of them has no more.
    fn only(&self, condition: &str) -> Result<&T, Refusal> {
        match &self.any_of[..] {
            [only] => Ok(only),
            _ => Err(Refusal::bad_request(format!("anyOf of {condition} has one value"))),
        }
    }
}

fn invalid(given: &str, problem: InvalidCondition) -> Refusal {
    Refusal::bad_request(format!("Invalid condition {}: {problem}", shown(given)))
}
