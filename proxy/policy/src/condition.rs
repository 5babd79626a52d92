//! The `Condition` of a statement: clauses over condition keys, all of which must hold.
//!
//! IAM User Guide, "IAM JSON policy elements: Condition operators" and "Conditions with multiple context keys or
//! values": several operators and several keys are joined by AND, several operands by OR, and by NOR under a
//! negated operator.

mod comparison;
mod operator;

use crate::context::{ConditionContext, Values};
use crate::effect::Effect;
use crate::element::Element;
use crate::invalid_policy::{InvalidPolicy, PolicyProblem};
use crate::pattern::Variables;

use comparison::Comparison;
use operator::{Comparing, Operator, Polarity, WhenMissing};

/// Holds when each clause does; the empty one always holds.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Condition {
    clauses: Box<[Clause]>,
}

/// One operator applied to one key.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Clause {
    /// In lower case: condition keys compare without case.
    key: Box<str>,
    test: Test,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Test {
    Compare { comparison: Comparison, operator: Comparing },
    Null(Box<[Presence]>),
}

/// An operand of `Null`: `"true"` asks that the key be missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Presence {
    Missing,
    Present,
}

impl Condition {
    pub(crate) fn parse(
        element: &Element<'_>,
        variables: Variables,
    ) -> Result<Self, InvalidPolicy> {
        let mut clauses = Vec::new();
        for (name, keys) in element.fields()? {
            let operator =
                Operator::parse(name).ok_or_else(|| keys.refuse(PolicyProblem::UnknownOperator))?;
            for (key, operands) in keys.fields()? {
                if key.is_empty() {
                    return Err(operands.must_be("under the name of a condition key"));
                }
                // AWS documents no meaning for an empty list; neither "always" nor "never" would be safe.
                if operands.is_empty_list() {
                    return Err(operands.must_be("at least one value"));
                }
                let test = Test::parse(operator, &operands, variables)?;
                clauses.push(Clause { key: key.to_ascii_lowercase().into_boxed_str(), test });
            }
        }
        Ok(Self { clauses: clauses.into_boxed_slice() })
    }

    pub(crate) fn holds(&self, effect: Effect, context: &dyn ConditionContext) -> bool {
        self.clauses.iter().all(|clause| clause.holds(effect, context))
    }
}

impl Test {
    fn parse(
        operator: Operator,
        operands: &Element<'_>,
        variables: Variables,
    ) -> Result<Self, InvalidPolicy> {
        match operator {
            Operator::Compare(operator) => {
                let comparison = Comparison::parse(operator.family, operands, variables)?;
                Ok(Self::Compare { comparison, operator })
            }
            Operator::Null => {
                let presences: Result<_, _> =
                    operands.items().map(|operand| Presence::parse(&operand)).collect();
                Ok(Self::Null(presences?))
            }
        }
    }
}

impl Presence {
    fn parse(element: &Element<'_>) -> Result<Self, InvalidPolicy> {
        let text = element.scalar()?;
        if text.eq_ignore_ascii_case("true") {
            Ok(Self::Missing)
        } else if text.eq_ignore_ascii_case("false") {
            Ok(Self::Present)
        } else {
            Err(element.must_be("\"true\" or \"false\""))
        }
    }
}

impl Clause {
    fn holds(&self, effect: Effect, context: &dyn ConditionContext) -> bool {
        let values: Values<'_> = context.values(&self.key);
        let values = values.as_slice();
        let (operator, comparison) = match &self.test {
            Test::Compare { comparison, operator } => (operator, comparison),
            Test::Null(presences) => {
                let found = if values.is_empty() { Presence::Missing } else { Presence::Present };
                return presences.contains(&found);
            }
        };
        if values.is_empty() && operator.when_missing == WhenMissing::Holds {
            return true;
        }
        // An operand whose variable has no value matches nothing, and "not equal to nothing" must not allow
        // (see `Selection::selects`).
        let negated = operator.polarity == Polarity::Negated;
        if negated && effect == Effect::Allow && !comparison.resolves(context) {
            return false;
        }
        operator.holds(values, |value| comparison.matches(value, context))
    }
}

#[cfg(test)]
mod tests;
