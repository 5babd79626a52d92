//! One statement of a policy: an effect, and which requests it applies to.

use crate::condition::Condition;
use crate::effect::Effect;
use crate::element::Element;
use crate::invalid_policy::{InvalidPolicy, PolicyProblem};
use crate::pattern::Variables;
use crate::policy::PolicyKind;
use crate::principal::{Principal, Principals};
use crate::request::Request;
use crate::selection::Selection;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Statement {
    actions: Selection,
    condition: Condition,
    effect: Effect,
    principals: Principals,
    resources: Selection,
}

/// The elements of a statement as the document has them.
#[derive(Default)]
struct RawStatement<'a> {
    action: Option<Element<'a>>,
    condition: Option<Element<'a>>,
    effect: Option<Element<'a>>,
    not_action: Option<Element<'a>>,
    not_principal: Option<Element<'a>>,
    not_resource: Option<Element<'a>>,
    principal: Option<Element<'a>>,
    resource: Option<Element<'a>>,
}

impl Statement {
    pub(crate) fn parse(
        element: &Element<'_>,
        variables: Variables,
        kind: PolicyKind,
    ) -> Result<Self, InvalidPolicy> {
        let raw = RawStatement::read(element)?;
        raw.check(element, kind)?;
        Ok(Self {
            actions: raw.actions(element)?,
            condition: match raw.condition {
                None => Condition::default(),
                Some(condition) => Condition::parse(&condition, variables)?,
            },
            effect: raw.effect(element)?,
            principals: raw.principals()?,
            resources: match kind {
                PolicyKind::Any | PolicyKind::Api | PolicyKind::Endpoint | PolicyKind::Identity => {
                    raw.resources(element, variables)?
                }
                PolicyKind::Trust => Selection::everything(),
            },
        })
    }

    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }

    pub(crate) fn applies_to(&self, request: &Request<'_>) -> bool {
        self.actions.selects(request.action, self.effect, request.context)
            && self.resources.selects(request.resource, self.effect, request.context)
            && self.principals.include(request.principal)
            && self.condition.holds(self.effect, request.context)
    }
}

impl<'a> RawStatement<'a> {
    fn read(element: &'a Element<'_>) -> Result<Self, InvalidPolicy> {
        let mut raw = Self::default();
        for (name, value) in element.fields()? {
            let slot = match name {
                "Action" => &mut raw.action,
                "Condition" => &mut raw.condition,
                "Effect" => &mut raw.effect,
                "NotAction" => &mut raw.not_action,
                "NotPrincipal" => &mut raw.not_principal,
                "NotResource" => &mut raw.not_resource,
                "Principal" => &mut raw.principal,
                "Resource" => &mut raw.resource,
                "Sid" => {
                    value.text()?;
                    continue;
                }
                _ => return Err(value.refuse(PolicyProblem::UnknownElement)),
            };
            *slot = Some(value);
        }
        Ok(raw)
    }

    /// What must not be there, or must, for what the policy is part of.
    fn check(&self, element: &Element<'_>, kind: PolicyKind) -> Result<(), InvalidPolicy> {
        let principal = self.principal.as_ref().or(self.not_principal.as_ref());
        let resource = self.resource.as_ref().or(self.not_resource.as_ref());
        match kind {
            PolicyKind::Identity => principal.map_or(Ok(()), |found| {
                Err(found.refuse(PolicyProblem::Misplaced { kind: "an identity policy" }))
            }),
            PolicyKind::Trust => match resource {
                Some(found) => {
                    Err(found.refuse(PolicyProblem::Misplaced { kind: "a trust policy" }))
                }
                None if principal.is_none() => Err(element.missing("Principal")),
                None => Ok(()),
            },
            PolicyKind::Api | PolicyKind::Endpoint if principal.is_none() => {
                Err(element.missing("Principal"))
            }
            PolicyKind::Api => self.check_api(),
            PolicyKind::Any | PolicyKind::Endpoint => Ok(()),
        }
    }

    /// A name that no call of an API has would never be matched: an Allow would let nobody in, a Deny everybody.
    fn check_api(&self) -> Result<(), InvalidPolicy> {
        let actions = self.action.as_ref().or(self.not_action.as_ref());
        for action in actions.iter().flat_map(|actions| actions.items()) {
            if !is_action_of_apis(action.text()?) {
                return Err(action.must_be("an action such as \"execute-api:Invoke\""));
            }
        }
        let resources = self.resource.as_ref().or(self.not_resource.as_ref());
        for resource in resources.iter().flat_map(|resources| resources.items()) {
            let text = resource.text()?;
            let is_known = ["arn:", "execute-api:/"].iter().any(|begin| text.starts_with(begin));
            if !is_known && text != "*" {
                return Err(resource.must_be("an ARN, \"execute-api:/...\" or \"*\""));
            }
        }
        Ok(())
    }

    fn effect(&self, element: &Element<'_>) -> Result<Effect, InvalidPolicy> {
        let effect = self.effect.as_ref().ok_or_else(|| element.missing("Effect"))?;
        match effect.as_text() {
            Some("Allow") => Ok(Effect::Allow),
            Some("Deny") => Ok(Effect::Deny),
            Some(_) | None => Err(effect.must_be("\"Allow\" or \"Deny\"")),
        }
    }

    fn actions(&self, element: &Element<'_>) -> Result<Selection, InvalidPolicy> {
        match (&self.action, &self.not_action) {
            (Some(only), None) => Selection::parse_actions(only).map(Selection::Only),
            (None, Some(all_but)) => {
                Selection::parse_actions(not_empty(all_but)?).map(Selection::AllBut)
            }
            (Some(_), Some(not)) => Err(not.refuse(PolicyProblem::Conflict { other: "Action" })),
            (None, None) => Err(element.missing("Action")),
        }
    }

    fn resources(
        &self,
        element: &Element<'_>,
        variables: Variables,
    ) -> Result<Selection, InvalidPolicy> {
        match (&self.resource, &self.not_resource) {
            (Some(only), None) => Selection::parse_resources(only, variables).map(Selection::Only),
            (None, Some(all_but)) => {
                Selection::parse_resources(not_empty(all_but)?, variables).map(Selection::AllBut)
            }
            (Some(_), Some(not)) => Err(not.refuse(PolicyProblem::Conflict { other: "Resource" })),
            (None, None) => Err(element.missing("Resource")),
        }
    }

    fn principals(&self) -> Result<Principals, InvalidPolicy> {
        match (&self.principal, &self.not_principal) {
            (Some(only), None) => Principal::parse_all(only).map(Principals::Only),
            (None, Some(all_but)) => {
                let principals = Principal::parse_all(all_but)?;
                if principals.is_empty() {
                    return Err(all_but.must_be("at least one principal"));
                }
                Ok(Principals::AllBut(principals))
            }
            (Some(_), Some(not)) => Err(not.refuse(PolicyProblem::Conflict { other: "Principal" })),
            (None, None) => Ok(Principals::Every),
        }
    }
}

/// Service Authorization Reference, "Actions defined by Amazon API Gateway" (`execute-api`). What wildcards match is
/// not looked at.
fn is_action_of_apis(text: &str) -> bool {
    const ACTIONS: [&str; 3] =
        ["execute-api:Invoke", "execute-api:InvalidateCache", "execute-api:ManageConnections"];
    text.contains(['*', '?']) || ACTIONS.iter().any(|action| action.eq_ignore_ascii_case(text))
}

/// An empty `Action` list is about nothing and harmless; an empty `NotAction` would be about everything.
fn not_empty<'e, 'a>(element: &'e Element<'a>) -> Result<&'e Element<'a>, InvalidPolicy> {
    if element.is_empty_list() {
        return Err(element.must_be("a list that is not empty"));
    }
    Ok(element)
}
