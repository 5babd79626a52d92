//! What a call names: a function, and perhaps one of its versions or aliases.
//!
//! Source: Lambda API Reference, `FunctionName`: a name, a partial ARN or an ARN, each with or
//! without a qualifier.

use std::sync::LazyLock;

use model::FunctionName;
use regex::Regex;

use crate::call::{Call, Identity};
use crate::input::shown;
use crate::refusal::{Refusal, RefusalKind};

static FORMS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:([a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-[0-9]):)?(?:([0-9]{12}):)?(?:function:)?([a-zA-Z0-9-_.]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$",
    )
    .expect("a test reads every form")
});

/// A function of this account and region, which need not be there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FunctionReference {
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

impl FunctionReference {
    /// What `FunctionName` and `Qualifier` of a call name together.
    pub(crate) fn of(call: &Call) -> Result<Self, Refusal> {
        let qualifier = call.input.text("Qualifier").filter(|qualifier| !qualifier.is_empty());
        Self::read(&call.identity, call.input.required("FunctionName"), qualifier)
    }

    /// A function as a whole: what is named must have no qualifier.
    pub(crate) fn unqualified(call: &Call, refusal: &str) -> Result<Self, Refusal> {
        let reference = Self::of(call)?;
        match reference.qualifier {
            None => Ok(reference),
            Some(_) => Err(Refusal::bad_request(refusal)),
        }
    }

    pub(crate) fn read(
        identity: &Identity,
        text: &str,
        qualifier: Option<&str>,
    ) -> Result<Self, Refusal> {
        let forms = FORMS.captures(text);
        let not_found = || Refusal::not_found(format!("Function not found: {}", shown(text)));
        let forms = forms.ok_or_else(not_found)?;
        let part = |number: usize| forms.get(number).map(|found| found.as_str());
        if part(2).is_some_and(|account| account != identity.account.as_str()) {
            return Err(Refusal::new(
                RefusalKind::AccessDenied,
                format!("Functions of other accounts are not here: {}", shown(text)),
            ));
        }
        if let Some(region) = part(1).filter(|region| *region != identity.region.as_str()) {
            return Err(Refusal::not_found(format!(
                "Functions from '{region}' are not reachable in this region ('{}')",
                identity.region
            )));
        }
        let derived = part(4);
        if let (Some(derived), Some(given)) = (derived, qualifier)
            && derived != given
        {
            return Err(Refusal::bad_request(
                "The derived qualifier from the function name does not match the specified \
                 qualifier.",
            ));
        }
        let name = part(3).ok_or_else(not_found)?.to_owned();
        Ok(Self { name, qualifier: derived.or(qualifier).map(str::to_owned) })
    }

    pub(crate) fn arn(&self, identity: &Identity) -> String {
        arn(identity, &self.name, self.qualifier.as_deref())
    }

    /// What a call gets that names what is not there.
    pub(crate) fn not_found(&self, identity: &Identity) -> Refusal {
        Refusal::not_found(format!("Function not found: {}", self.arn(identity)))
    }

    /// The name of a function that may be made.
    pub(crate) fn new_name(&self) -> Result<FunctionName, Refusal> {
        FunctionName::parse(&self.name).map_err(|_| {
            let constraint = match self.name.contains('.') {
                true => "Member must satisfy regular expression pattern: [a-zA-Z0-9-_]+",
                false => "Member must have length less than or equal to 64",
            };
            Refusal::bad_request(format!(
                "1 validation error detected: Value '{}' at 'functionName' failed to satisfy \
                 constraint: {constraint}",
                shown(&self.name)
            ))
        })
    }
}

/// `arn:aws:lambda:{region}:{account}:function:{name}[:{qualifier}]`
pub(crate) fn arn(identity: &Identity, name: &str, qualifier: Option<&str>) -> String {
    let Identity { account, region } = identity;
    let arn = format!("arn:aws:lambda:{region}:{account}:function:{name}");
    qualifier.map_or(arn.clone(), |qualifier| format!("{arn}:{qualifier}"))
}
