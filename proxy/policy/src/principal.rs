//! `Principal` and `NotPrincipal`: whose requests a statement is about.
//!
//! IAM User Guide, "AWS JSON policy elements: Principal" and "NotPrincipal". Names are compared whole and with
//! case: "you cannot use a wildcard to match part of a principal name or ARN".

use crate::caller::Caller;
use crate::element::Element;
use crate::invalid_policy::{InvalidPolicy, PolicyProblem};

const ACCOUNT_DIGITS: usize = 12;
/// IAM User Guide, "IAM identifiers": `AIDA..`, `AROA..`; the IAM API gives 16 to 128 characters.
const UNIQUE_ID_CHARACTERS: std::ops::RangeInclusive<usize> = 16..=128;
const EXPECTED_AWS: &str = "an account of 12 digits, an ARN, a unique id or \"*\"";
const EXPECTED_NAME: &str = "a name without wildcards";

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Principals {
    /// Every caller but these.
    AllBut(Box<[Principal]>),
    /// The statement has neither element, as in identity and authorizer policies.
    Every,
    /// Only these callers.
    Only(Box<[Principal]>),
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Principal {
    /// Everybody of an account: `123456789012`, `arn:aws:iam::123456789012:root`.
    Account(Box<str>),
    /// A user, role or session, by ARN or unique id.
    AwsName(Box<str>),
    CanonicalUser(Box<str>),
    /// `*`: everybody, anonymous callers too.
    Everybody,
    Federated(Box<str>),
    Service(Box<str>),
}

impl Principals {
    pub(crate) fn include(&self, caller: Option<&Caller<'_>>) -> bool {
        match self {
            Self::AllBut(principals) => !principals.iter().any(|it| it.is(caller)),
            Self::Every => true,
            Self::Only(principals) => principals.iter().any(|it| it.is(caller)),
        }
    }
}

impl Principal {
    /// Reads the value of `Principal` or `NotPrincipal`.
    pub(crate) fn parse_all(element: &Element<'_>) -> Result<Box<[Self]>, InvalidPolicy> {
        if let Some(text) = element.as_text() {
            return match text {
                "*" => Ok(Box::new([Self::Everybody])),
                _ => Err(element.must_be("\"*\" or an object")),
            };
        }
        let mut principals = Vec::new();
        for (kind, names) in element.fields()? {
            let parse: fn(&str) -> Result<Self, &'static str> = match kind {
                "AWS" => Self::parse_aws,
                "CanonicalUser" => |text| parse_name(text).map(Self::CanonicalUser),
                "Federated" => |text| parse_name(text).map(Self::Federated),
                "Service" => |text| parse_name(text).map(Self::Service),
                _ => return Err(names.refuse(PolicyProblem::UnknownElement)),
            };
            for name in names.items() {
                principals.push(parse(name.text()?).map_err(|expected| name.must_be(expected))?);
            }
        }
        Ok(principals.into_boxed_slice())
    }

    fn parse_aws(text: &str) -> Result<Self, &'static str> {
        if text == "*" {
            return Ok(Self::Everybody);
        }
        if is_account(text) {
            return Ok(Self::Account(text.into()));
        }
        let name = parse_name(text).map_err(|_| EXPECTED_AWS)?;
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        match parts.as_slice() {
            ["arn", _, "iam", "", account, "root"] if is_account(account) => {
                Ok(Self::Account((*account).into()))
            }
            ["arn", _, "iam" | "sts", _, _, _] => Ok(Self::AwsName(name)),
            [id] if is_unique_id(id) => Ok(Self::AwsName(name)),
            _ => Err(EXPECTED_AWS),
        }
    }

    fn is(&self, caller: Option<&Caller<'_>>) -> bool {
        match (self, caller) {
            (Self::Everybody, _) => true,
            (Self::Account(own), Some(Caller::Aws { account, .. })) => **own == **account,
            (Self::AwsName(own), Some(Caller::Aws { names, .. })) => names.contains(&&**own),
            (Self::CanonicalUser(own), Some(Caller::CanonicalUser(name)))
            | (Self::Federated(own), Some(Caller::Federated(name)))
            | (Self::Service(own), Some(Caller::Service(name))) => **own == **name,
            (
                Self::Account(_)
                | Self::AwsName(_)
                | Self::CanonicalUser(_)
                | Self::Federated(_)
                | Self::Service(_),
                _,
            ) => false,
        }
    }
}

fn parse_name(text: &str) -> Result<Box<str>, &'static str> {
    if text.is_empty() || text.contains(['*', '?']) {
        return Err(EXPECTED_NAME);
    }
    Ok(text.into())
}

fn is_account(text: &str) -> bool {
    text.len() == ACCOUNT_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_unique_id(text: &str) -> bool {
    UNIQUE_ID_CHARACTERS.contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
