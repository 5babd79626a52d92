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

fn parse(uri: &str) -> Result<FunctionAddress, String> {
    let wrong = || format!("must be {FORMS}, got {:?}", shown(uri));
    if uri.contains("${stageVariables.") {
        return Err("names its function by a stage variable, which is not supported yet; \
                    write the name of the function"
            .to_owned());
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
