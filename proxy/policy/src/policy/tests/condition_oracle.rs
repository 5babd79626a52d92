//! A naive evaluator of conditions, written from IAM's rules without looking at ours, and small generated conditions for
//! both.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::Policy;
use crate::context::{ConditionContext, Values};
use crate::decision::Decision;
use crate::request::Request;

/// Of variables, and of clauses.
const NAME: &str = "aws:username";
const KEYS: [&str; 3] = [NAME, "a:b", "aws:SourceIp"];

/// What a request says: names in any case, values in any number.
type Facts = BTreeMap<&'static str, Vec<String>>;

struct Context<'a>(BTreeMap<String, Vec<&'a str>>);

impl<'a> Context<'a> {
    fn new(facts: &'a Facts) -> Self {
        let texts = |values: &'a Vec<String>| values.iter().map(String::as_str).collect();
        Self(facts.iter().map(|(key, values)| (key.to_lowercase(), texts(values))).collect())
    }
}

impl ConditionContext for Context<'_> {
    fn values(&self, key: &str) -> Values<'_> {
        match self.0.get(key).map(Vec::as_slice) {
            None => Values::Missing,
            Some([value]) => Values::One(value),
            Some(values) => Values::Many(values),
        }
    }
}

#[derive(Clone, Debug)]
struct Clause {
    base: &'static str,
    if_exists: bool,
    quantifier: &'static str,
    key: &'static str,
    operands: Vec<String>,
}

impl Clause {
    fn operator(&self) -> String {
        let suffix = if self.if_exists { "IfExists" } else { "" };
        format!("{}{}{suffix}", self.quantifier, self.base)
    }

    /// IAM User Guide: missing keys fail, but under negated operators, `IfExists` and `ForAllValues`.
    fn holds(&self, allows: bool, facts: &Facts) -> bool {
        let values = facts.get(self.key).cloned().unwrap_or_default();
        if self.base == "Null" {
            return self.operands.iter().any(|it| (it == "true") == values.is_empty());
        }
        if values.is_empty() && self.if_exists {
            return true;
        }
        let negated = self.base.contains("Not");
        // Ours: what is compared with a variable that has no value must not be allowed for being another.
        let is_open = self.operands.iter().any(|it| it.contains("${") && name(facts).is_none());
        if negated && allows && is_open {
            return false;
        }
        let is_one = |value: &String| self.operands.iter().any(|it| self.matches(value, it, facts));
        match self.quantifier {
            "ForAllValues:" => values.iter().all(|value| is_one(value) != negated),
            "ForAnyValue:" => values.iter().any(|value| is_one(value) != negated),
            _ if negated => !values.iter().any(is_one),
            _ => values.iter().any(is_one),
        }
    }

    fn matches(&self, value: &str, operand: &str, facts: &Facts) -> bool {
        let base = self.base.replace("Not", "");
        if let Some(relation) = base.strip_prefix("Numeric") {
            return compare(relation, value.parse().ok(), operand.parse().ok());
        }
        if let Some(relation) = base.strip_prefix("Date") {
            return compare(relation, day(value), day(operand));
        }
        if base == "IpAddress" {
            return value.parse().is_ok_and(|value| is_within(value, operand));
        }
        let Some(tokens) =
            tokens(operand, facts, base.ends_with("Like") || base.starts_with("Arn"))
        else {
            return false;
        };
        let value: Vec<char> = value.chars().collect();
        match &*base {
            "StringEqualsIgnoreCase" | "Bool" => {
                let lower = |text: Vec<char>| text.into_iter().collect::<String>().to_lowercase();
                let operand = tokens.iter().map(|it| match it {
                    Token::Character(it) => *it,
                    Token::Run | Token::One => unreachable!("wildcards are characters here"),
                });
                lower(operand.collect()) == lower(value)
            }
            "ArnEquals" | "ArnLike" => {
                let colon = |token: &Token| *token == Token::Character(':');
                let parts: Vec<&[Token]> = tokens.splitn(6, colon).collect();
                let texts: Vec<&[char]> = value.splitn(6, |it| *it == ':').collect();
                parts.len() == 6
                    && texts.len() == 6
                    && parts.iter().zip(texts).all(|(part, text)| glob(part, text))
            }
            _ => glob(&tokens, &value),
        }
    }
}

/// A key with several values is no variable.
fn name(facts: &Facts) -> Option<&String> {
    facts.get(NAME).filter(|values| values.len() == 1).map(|values| &values[0])
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Character(char),
    One,
    Run,
}

/// A value that a variable stands for is text; none if there is none.
fn tokens(operand: &str, facts: &Facts, has_wildcards: bool) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    for (index, piece) in operand.split("${aws:username}").enumerate() {
        if index != 0 {
            tokens.extend(name(facts)?.chars().map(Token::Character));
        }
        tokens.extend(piece.chars().map(|character| match character {
            '*' if has_wildcards => Token::Run,
            '?' if has_wildcards => Token::One,
            other => Token::Character(other),
        }));
    }
    Some(tokens)
}

fn glob(pattern: &[Token], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((Token::Run, rest)) => (0..=text.len()).any(|start| glob(rest, &text[start..])),
        Some((token, rest)) => text.split_first().is_some_and(|(first, text)| {
            (*token == Token::One || *token == Token::Character(*first)) && glob(rest, text)
        }),
    }
}

fn compare(relation: &str, value: Option<i32>, operand: Option<i32>) -> bool {
    let (Some(value), Some(operand)) = (value, operand) else { return false };
    match relation {
        "Equals" => value == operand,
        "GreaterThan" => value > operand,
        "GreaterThanEquals" => value >= operand,
        "LessThan" => value < operand,
        "LessThanEquals" => value <= operand,
        other => panic!("{other}"),
    }
}

/// Of the first days of 1970, as a date or in seconds.
fn day(text: &str) -> Option<i32> {
    match text.strip_prefix("1970-01-0") {
        Some(digit) => digit.parse::<i32>().ok().map(|day| (day - 1) * 86_400),
        None => text.parse::<u16>().ok().map(i32::from).or((text == "86400").then_some(86_400)),
    }
}

fn is_within(value: Ipv4Addr, operand: &str) -> bool {
    let (address, bits) = operand.split_once('/').unwrap_or((operand, "32"));
    let address: Ipv4Addr = address.parse().unwrap();
    let bits: usize = bits.parse().unwrap();
    let digits = |address: Ipv4Addr| format!("{:032b}", address.to_bits());
    digits(value)[..bits] == digits(address)[..bits]
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        "[aAb*?]{0,3}",
        select(vec!["true", "False", "1", "2", "-1", "0", "1970-01-02", "86400", "1970-01-03"])
            .prop_map(str::to_owned),
        select(vec!["10.0.0.1", "10.0.0.2", "11.0.0.1"]).prop_map(str::to_owned),
        "arn:[ab]{0,1}:[ab]{0,1}:[ab]{0,1}:[ab]{0,1}:[ab:]{0,3}",
    ]
}

fn facts() -> impl Strategy<Value = Facts> {
    let of_key = || prop::option::weighted(0.8, prop::collection::vec(values(), 0..3));
    (of_key(), of_key(), of_key()).prop_map(|(first, second, third)| {
        KEYS.into_iter()
            .zip([first, second, third])
            .filter_map(|(key, values)| Some((key, values?)))
            .collect()
    })
}

fn operands(pattern: BoxedStrategy<String>) -> BoxedStrategy<Vec<String>> {
    prop::collection::vec(pattern, 1..3).boxed()
}

fn clause() -> impl Strategy<Value = Clause> {
    let fixed = |texts: Vec<&'static str>| operands(select(texts).prop_map(str::to_owned).boxed());
    let text = prop_oneof![3 => "[aAb*?]{0,3}", 1 => "[a*]{0,1}\\$\\{aws:username\\}[a*]{0,1}"];
    let arn = "arn:[ab*]{0,1}:[ab?]{0,1}:[ab*]{0,1}:[ab]{0,1}:[ab*:]{0,3}";
    let kind = prop_oneof![
        (
            select(vec![
                "StringEquals",
                "StringNotEquals",
                "StringEqualsIgnoreCase",
                "StringNotEqualsIgnoreCase",
                "StringLike",
                "StringNotLike",
            ]),
            operands(text.boxed())
        ),
        (select(vec!["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]), operands(arn.boxed())),
        (
            select(vec![
                "NumericEquals",
                "NumericNotEquals",
                "NumericLessThan",
                "NumericLessThanEquals",
                "NumericGreaterThan",
                "NumericGreaterThanEquals",
            ]),
            fixed(vec!["-1", "0", "1", "2"])
        ),
        (
            select(vec![
                "DateEquals",
                "DateNotEquals",
                "DateLessThan",
                "DateLessThanEquals",
                "DateGreaterThan",
                "DateGreaterThanEquals",
            ]),
            fixed(vec!["1970-01-02", "1970-01-03", "0", "86400"])
        ),
        (
            select(vec!["IpAddress", "NotIpAddress"]),
            fixed(vec!["10.0.0.0/8", "10.0.0.0/31", "10.0.0.1", "0.0.0.0/0"])
        ),
        (Just("Bool"), fixed(vec!["true", "false"])),
        (Just("Null"), fixed(vec!["true", "false"])),
    ];
    let quantifier = select(vec!["", "", "ForAllValues:", "ForAnyValue:"]);
    (kind, quantifier, any::<bool>(), select(KEYS.to_vec())).prop_map(
        |((base, operands), quantifier, if_exists, key)| {
            let is_null = base == "Null";
            let quantifier = if is_null { "" } else { quantifier };
            Clause { base, if_exists: if_exists && !is_null, quantifier, key, operands }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn conditions_agree_with_the_naive_evaluator(
        clauses in prop::collection::vec(clause(), 1..4),
        facts in facts(),
        allows in any::<bool>(),
    ) {
        let mut condition = json!({});
        let mut kept: BTreeMap<(String, &str), &Clause> = BTreeMap::new();
        for clause in &clauses {
            let operator = clause.operator();
            condition[&operator][clause.key] = Value::from(clause.operands.clone());
            // Of two for one key under one operator, the document has the last.
            kept.insert((operator, clause.key), clause);
        }
        let effect = if allows { "Allow" } else { "Deny" };
        let document = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition},
        ]});
        let policy = Policy::from_json(&document).unwrap();
        let context = Context::new(&facts);
        let request = Request { action: "a:b", context: &context, principal: None, resource: "r" };
        let expected = match (kept.values().all(|clause| clause.holds(allows, &facts)), allows) {
            (true, true) => Decision::Allow,
            (true, false) => Decision::ExplicitDeny,
            (false, _) => Decision::ImplicitDeny,
        };
        prop_assert_eq!(policy.evaluate(&request), expected, "{}", document);
    }
}
