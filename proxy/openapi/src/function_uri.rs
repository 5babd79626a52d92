//! The address of a function: Lambda's invocation path, or the function's ARN.
//!
//! Account and region may be any: a function is found by its name among `x-edgeway-functions`.
//! Source: API Gateway REST API Reference, `Integration.uri`; Lambda Developer Guide, ARNs.

use model::{AccountId, FunctionIndex, FunctionName, Region, ResponseTransfer};

use crate::extension::functions::Functions;
use crate::node::{Node, shown};
use crate::pseudo_parameter::PseudoParameters;

const FORMS: &str = "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/\
     arn:aws:lambda:{region}:{account}:function:{name}/invocations, or the function's ARN alone";

/// How a stage variable begins.
const VARIABLE: &str = "${stageVariables.";

/// Finds the function that an address names.
pub(crate) fn function(
    node: &Node<'_>,
    pseudo_parameters: &PseudoParameters<'_>,
    functions: &Functions,
) -> Option<FunctionIndex> {
    let uri = pseudo_parameters.substitute(node)?;
    match function_name(&uri) {
        Ok(name) => functions.find(node, &name),
        Err(problem) => {
            node.report(problem);
            None
        }
    }
}

/// A document's functions have one version.
fn function_name(uri: &str) -> Result<FunctionName, String> {
    let address = FunctionAddress::parse(uri)?;
    match address.qualifier {
        None => Ok(address.name),
        Some(qualifier) => Err(format!(
            "names the version or alias {:?}, which come with the control API and are not \
             supported yet; drop the qualifier",
            shown(&qualifier)
        )),
    }
}

/// Which function an address names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FunctionAddress {
    /// The function.
    pub name: FunctionName,
    /// Its version or alias; none for the latest.
    pub qualifier: Option<String>,
}

impl FunctionAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about it.
    pub fn parse(uri: &str) -> Result<Self, String> {
        parse(uri)
    }

    /// Reads an address that names its function, version or alias by stage variables, with the value of
    /// each. None if it has none, or is no address whatever their values are.
    pub fn parse_at_stage<'v>(
        uri: &str,
        value: impl Fn(&str) -> Option<&'v str>,
    ) -> Option<Result<Self, String>> {
        // A name as good as any.
        substituted(uri, |_| Some("x")).filter(|uri| parse(uri).is_ok())?;
        Some(parse(&substituted(uri, value)?))
    }

    /// The stage variables that an address names its function by.
    pub fn variables(uri: &str) -> impl Iterator<Item = &str> {
        uri.split(VARIABLE).skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
    }

    /// Whether an address and a transfer mode go together: of a response that streams, the address says
    /// so; a function's ARN alone says nothing.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about it.
    pub fn check_transfer(uri: &str, transfer: ResponseTransfer) -> Result<(), String> {
        let is_streaming = uri.ends_with("/response-streaming-invocations");
        match transfer {
            ResponseTransfer::Buffered if is_streaming => Err(
                "streams the function's response, which needs the responseTransferMode STREAM".to_owned(),
            ),
            ResponseTransfer::Stream { .. } if uri.ends_with("/invocations") && !is_streaming => {
                Err("holds the function's response back; for STREAM, use path/2021-11-15/functions/\
                     {function ARN}/response-streaming-invocations"
                    .to_owned())
            }
            ResponseTransfer::Buffered | ResponseTransfer::Stream { .. } => Ok(()),
        }
    }
}

/// With the values of stage variables, the undefined ones as nothing; none if it has no variable, or one
/// that does not end.
fn substituted<'v>(uri: &str, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let (first, mut rest) = uri.split_once(VARIABLE)?;
    let mut text = first.to_owned();
    loop {
        let (name, after) = rest.split_once('}')?;
        text.push_str(value(name).unwrap_or_default());
        let Some((literal, next)) = after.split_once(VARIABLE) else {
            text.push_str(after);
            return Some(text);
        };
        text.push_str(literal);
        rest = next;
    }
}

fn parse(uri: &str) -> Result<FunctionAddress, String> {
    let wrong = || format!("must be {FORMS}, got {:?}", shown(uri));
    if uri.contains(VARIABLE) {
        return Err(
            "names its function by a stage variable, which only the name, the version and the \
                    alias of a function of the control API can be; write the name of the function"
                .to_owned(),
        );
    }
    let parts: Vec<&str> = uri.splitn(6, ':').collect();
    let [arn, partition, service, region, owner, resource] = parts[..] else {
        return Err(wrong());
    };
    if arn != "arn" || !partition.starts_with("aws") || Region::parse(region).is_err() {
        return Err(wrong());
    }
    match (service, owner) {
        ("lambda", _) => address_of_arn(uri, owner, resource),
        ("apigateway", "lambda") => {
            let buffered = resource
                .strip_prefix("path/2015-03-31/functions/")
                .and_then(|rest| rest.strip_suffix("/invocations"));
            let streaming = resource
                .strip_prefix("path/2021-11-15/functions/")
                .and_then(|rest| rest.strip_suffix("/response-streaming-invocations"));
            let arn =
                buffered.or(streaming).filter(|arn| arn.contains(":lambda:")).ok_or_else(wrong)?;
            parse(arn)
        }
        ("apigateway", "firehose") => Err(
            "calls Firehose with the whole request, which is not supported; use the type AWS with \
                 a mapping template"
                .to_owned(),
        ),
        ("apigateway", service) => Err(format!(
            "calls the AWS service {:?}, which is not supported; only functions are: {FORMS}",
            shown(service)
        )),
        _ => Err(wrong()),
    }
}

fn address_of_arn(uri: &str, account: &str, resource: &str) -> Result<FunctionAddress, String> {
    let wrong = || format!("must be {FORMS}, got {:?}", shown(uri));
    AccountId::parse(account)
        .map_err(|error| format!("names an account that {error}; in {:?}", shown(uri)))?;
    let rest = resource.strip_prefix("function:").ok_or_else(wrong)?;
    let (name, qualifier) = match rest.split_once(':') {
        Some((name, qualifier)) => (name, Some(qualifier)),
        None => (rest, None),
    };
    let name = FunctionName::parse(name)
        .map_err(|error| format!("names a function whose name {error}; in {:?}", shown(uri)))?;
    let qualifier = qualifier.filter(|qualifier| *qualifier != "$LATEST").map(str::to_owned);
    Ok(FunctionAddress { name, qualifier })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:pets";

    fn name(uri: &str) -> Option<String> {
        function_name(uri).ok().map(|name| name.to_string())
    }

    #[test]
    fn every_form_names_its_function() {
        let path = |arn: &str| {
            format!(
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
            )
        };
        assert_eq!(name(ARN).as_deref(), Some("pets"));
        assert_eq!(name(&format!("{ARN}:$LATEST")).as_deref(), Some("pets"));
        assert_eq!(name(&path(ARN)).as_deref(), Some("pets"));
        assert_eq!(name(&path(&format!("{ARN}:$LATEST"))).as_deref(), Some("pets"));
        let prod = FunctionAddress::parse(&path(&format!("{ARN}:prod"))).unwrap();
        assert_eq!((prod.name.as_str(), prod.qualifier.as_deref()), ("pets", Some("prod")));
        let china = path(ARN).replace("arn:aws:", "arn:aws-cn:");
        assert_eq!(name(&china).as_deref(), Some("pets"));
    }

    #[test]
    fn stage_variables_name_functions_and_their_versions() {
        let value = |name: &str| {
            [("fn", "pets"), ("alias", "prod")]
                .into_iter()
                .find_map(|(known, value)| (known == name).then_some(value))
        };
        let at_stage = |rest: &str| {
            let uri = format!(
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/\
                 arn:aws:lambda:us-east-1:123456789012:function:{rest}/invocations"
            );
            FunctionAddress::parse_at_stage(&uri, value)
                .map(|address| address.map(|it| (it.name.to_string(), it.qualifier)).ok())
        };
        let address = |name: &str, qualifier: Option<&str>| {
            Some(Some((name.to_owned(), qualifier.map(str::to_owned))))
        };
        assert_eq!(at_stage("${stageVariables.fn}"), address("pets", None));
        assert_eq!(at_stage("my-${stageVariables.fn}-x"), address("my-pets-x", None));
        let both = "${stageVariables.fn}:${stageVariables.alias}";
        assert_eq!(at_stage(both), address("pets", Some("prod")));
        assert_eq!(at_stage("pets:${stageVariables.alias}"), address("pets", Some("prod")));
        assert_eq!(at_stage("${stageVariables.none}"), Some(None), "no name is left");
        assert_eq!(at_stage("${stageVariables.fn"), None);
        assert_eq!(at_stage("pets"), None);
        assert_eq!(at_stage("a b${stageVariables.fn}"), None);
        assert_eq!(FunctionAddress::variables(both).collect::<Vec<_>>(), ["fn", "alias"]);
        let whole = FunctionAddress::parse_at_stage("${stageVariables.arn}", |_| Some(ARN));
        assert_eq!(whole, None, "not the whole address, as on AWS");
    }

    #[test]
    fn what_names_no_function_is_refused() {
        let nested = format!(
            "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/{}/invocations",
            "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/x/invocations"
        );
        for uri in [
            "",
            "pets",
            "https://example.com",
            "arn:aws:lambda:eu-west-1:123:function:pets",
            "arn:aws:lambda:eu-west-1:123456789012:function:",
            "arn:aws:lambda:eu-west-1:123456789012:layer:pets",
            "arn:aws:apigateway:eu-west-1:s3:path/bucket",
            "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/pets/invocations",
            &nested,
            &format!("{ARN}:prod"),
            &format!("{ARN}${{stageVariables.x}}"),
        ] {
            assert_eq!(name(uri), None, "{uri}");
        }
    }
}
