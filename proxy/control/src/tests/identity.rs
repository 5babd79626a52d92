//! What policies let a user do.

use expect_test::{Expect, expect};

use super::client::{Signed, root_key};
use super::harness::Gateway;
use super::iam::{create_key, query};
use crate::Credentials;

/// A gateway with an API, and a user with a policy of these statements.
fn gateway(statements: &str) -> (Gateway, Credentials) {
    let gateway = Gateway::with_api();
    query(&gateway, &root_key(), "Action=CreateUser&UserName=ada&Path=/team/");
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
    let policy: String = form_urlencoded::byte_serialize(policy.as_bytes()).collect();
    let form = format!("Action=PutUserPolicy&UserName=ada&PolicyName=p&PolicyDocument={policy}");
    assert!(query(&gateway, &root_key(), &form).starts_with("200"));
    let key = create_key(&gateway, "ada");
    (gateway, key)
}

/// Does calls as the user: of the API, or forms of IAM.
#[track_caller]
pub(super) fn check(statements: &str, calls: &[(&str, &str)], expected: Expect) {
    let (gateway, key) = gateway(statements);
    let mut answers = String::new();
    for (line, body) in calls {
        if let Some(form) = line.strip_prefix("IAM ") {
            answers += &format!("{}\n", query(&gateway, &key, form));
            continue;
        }
        let line = gateway.with_ids(line);
        let signed = Signed { line: &line, body, key: key.clone(), ..Signed::default() };
        let (status, headers, body) = gateway.send_request(signed.request());
        let error = headers.get("x-amzn-errortype").map_or("", |it| it.to_str().unwrap());
        let body = if status.is_success() { String::new() } else { gateway.with_names(&body) };
        answers += &format!("{} {error} {body}\n", status.as_u16());
    }
    expected.assert_eq(&answers);
}

#[test]
fn nothing_is_allowed_that_no_policy_allows() {
    check(
        r#"{"Effect": "Allow", "Action": "apigateway:GET", "Resource": "arn:aws:apigateway:us-east-1::/restapis/*"}"#,
        &[
            ("GET /restapis/API", ""),
            ("GET /restapis", ""),
            ("DELETE /restapis/API", ""),
            ("IAM Action=ListUsers", ""),
            ("IAM Action=CreateUser&UserName=bo", ""),
            ("IAM Action=GetUser", ""),
            ("IAM Action=GetCallerIdentity", ""),
        ],
        expect![[r#"
            200  
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis because no identity-based policy allows the apigateway:GET action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:DELETE on resource: arn:aws:apigateway:us-east-1::/restapis/API because no identity-based policy allows the apigateway:DELETE action"}
            403 <Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::000000000000:user/ because no identity-based policy allows the iam:ListUsers action</Message>
            403 <Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: iam:CreateUser on resource: arn:aws:iam::000000000000:user/bo because no identity-based policy allows the iam:CreateUser action</Message>
            403 <Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: iam:GetUser on resource: arn:aws:iam::000000000000:user/team/ada because no identity-based policy allows the iam:GetUser action</Message>
            200 <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/team/ada</Arn><UserId>AIDAJRFQBWJTHKLSN4NJ5</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
        "#]],
    );
}

#[test]
fn a_deny_wins_however_the_path_is_escaped() {
    check(
        r#"{"Effect": "Allow", "Action": "*", "Resource": "*"},
           {"Effect": "Deny", "Action": "apigateway:*", "Resource": "arn:aws:apigateway:*::/apikeys/secret"}"#,
        &[("GET /apikeys", ""), ("GET /apikeys/secret", ""), ("GET /apikeys/%73ecret", "")],
        expect![[r#"
            200  
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/apikeys/secret with an explicit deny in an identity-based policy"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/apikeys/secret with an explicit deny in an identity-based policy"}
        "#]],
    );
}

#[test]
fn the_policy_of_an_api_needs_a_permission_of_its_own() {
    check(
        r#"{"Effect": "Allow", "Action": ["apigateway:PATCH", "apigateway:POST"], "Resource": "*"}"#,
        &[
            (
                "PATCH /restapis/API",
                r#"{"patchOperations": [{"op": "replace", "path": "/name", "value": "x"}]}"#,
            ),
            (
                "PATCH /restapis/API",
                r#"{"patchOperations": [{"op": "replace", "path": "/policy", "value": "{}"}]}"#,
            ),
            ("POST /restapis", r#"{"name": "a", "policy": "{}"}"#),
        ],
        expect![[r#"
            200  
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:UpdateRestApiPolicy on resource: arn:aws:apigateway:us-east-1::/restapis/API because no identity-based policy allows the apigateway:UpdateRestApiPolicy action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:UpdateRestApiPolicy on resource: arn:aws:apigateway:us-east-1::/restapis because no identity-based policy allows the apigateway:UpdateRestApiPolicy action"}
        "#]],
    );
}

#[test]
fn access_to_a_domain_name_needs_a_permission_of_its_own() {
    const ARN: &str = "arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b+x";
    let body = format!(
        r#"{{"domainNameArn": "{ARN}", "accessAssociationSourceType": "VPCE", "accessAssociationSource": "vpce-1"}}"#
    );
    let arn = ARN.replace('+', "%2B");
    let reject = format!(
        "POST /rejectdomainnameaccessassociations?domainNameAccessAssociationArn=x&domainNameArn={arn}"
    );
    check(
        r#"{"Effect": "Allow", "Action": "apigateway:POST", "Resource": "*"}"#,
        &[
            ("POST /domainnameaccessassociations", &body),
            (&reject, ""),
            ("POST /domainnames", r#"{"domainName": "a.b", "policy": "{}"}"#),
        ],
        expect![[r#"
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:CreateAccessAssociation on resource: arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b+x because no identity-based policy allows the apigateway:CreateAccessAssociation action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:RejectAccessAssociation on resource: arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b+x because no identity-based policy allows the apigateway:RejectAccessAssociation action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:UpdateDomainNamePolicy on resource: arn:aws:apigateway:us-east-1::/domainnames because no identity-based policy allows the apigateway:UpdateDomainNamePolicy action"}
        "#]],
    );
}

#[test]
fn conditions_and_variables_see_the_caller_and_the_policy() {
    check(
        r#"{"Effect": "Allow", "Action": "iam:*AccessKey*", "Resource": "arn:aws:iam::*:user/team/${aws:username}"},
           {"Effect": "Allow", "Action": "iam:AttachUserPolicy", "Resource": "*", "Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/IAMReadOnlyAccess"}}},
           {"Effect": "Allow", "Action": "apigateway:GET", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2024-01-01T00:00:00Z"}}}"#,
        &[
            ("IAM Action=ListAccessKeys&MaxItems=1&UserName=bo", ""),
            (
                "IAM Action=AttachUserPolicy&UserName=ada&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
                "",
            ),
            ("GET /restapis/API", ""),
            (
                "IAM Action=AttachUserPolicy&UserName=ada&PolicyArn=arn:aws:iam::aws:policy/IAMReadOnlyAccess",
                "",
            ),
            ("IAM Action=GetUserPolicy&UserName=ada&PolicyName=none", ""),
        ],
        expect![[r#"
            403 <Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: iam:ListAccessKeys on resource: arn:aws:iam::000000000000:user/bo because no identity-based policy allows the iam:ListAccessKeys action</Message>
            403 <Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: iam:AttachUserPolicy on resource: arn:aws:iam::000000000000:user/team/ada because no identity-based policy allows the iam:AttachUserPolicy action</Message>
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis/API because no identity-based policy allows the apigateway:GET action"}
            200 <AttachUserPolicyResponse></AttachUserPolicyResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user policy with name none cannot be found.</Message>
        "#]],
    );
}

#[test]
fn the_second_api_has_the_resources_of_the_first_and_routing_rules_their_own() {
    let rules = "/v2/domainnames/a.b/routingrules";
    check(
        r#"{"Effect": "Allow", "Action": ["apigateway:GET", "apigateway:POST"], "Resource": "arn:aws:apigateway:us-east-1::/domainnames/*"},
           {"Effect": "Allow", "Action": ["apigateway:ListRoutingRules", "apigateway:GetRoutingRule"], "Resource": "arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/*"}"#,
        &[
            ("GET /v2/domainnames/a.b", ""),
            ("GET /v2/domainnames", ""),
            ("GET /v2/domainnames/a.b/apimappings", ""),
            (&format!("GET {rules}"), ""),
            (&format!("GET {rules}/x"), ""),
            (&format!("GET {rules}?domainNameId=x"), ""),
            (&format!("POST {rules}"), "{}"),
            (&format!("PUT {rules}/x"), "{}"),
            (&format!("DELETE {rules}/x"), ""),
        ],
        expect![[r#"
            404 NotFoundException {"message":"Invalid domain name identifier specified"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/domainnames because no identity-based policy allows the apigateway:GET action"}
            404 NotFoundException {"message":"Invalid domain name identifier specified"}
            404 NotFoundException {"message":"Invalid domain name identifier specified"}
            404 NotFoundException {"message":"Invalid domain name identifier specified"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:ListRoutingRules on resource: arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b+x/routingrules/* because no identity-based policy allows the apigateway:ListRoutingRules action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:CreateRoutingRule on resource: arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/* because no identity-based policy allows the apigateway:CreateRoutingRule action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:UpdateRoutingRule on resource: arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/x because no identity-based policy allows the apigateway:UpdateRoutingRule action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:DeleteRoutingRule on resource: arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b/routingrules/x because no identity-based policy allows the apigateway:DeleteRoutingRule action"}
        "#]],
    );
}

#[test]
fn private_domain_names_have_arns_with_their_id() {
    let one = "/domainnames/a.b?domainNameId=x";
    let policies = r#"{"patchOperations": [{"op": "replace", "path": "/policy", "value": "{}"}, {"op": "replace", "path": "/managementPolicy", "value": "{}"}]}"#;
    check(
        r#"{"Effect": "Allow", "Action": ["apigateway:GET", "apigateway:PATCH", "apigateway:UpdateDomainNamePolicy"], "Resource": "arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b+x*"}"#,
        &[
            (&format!("GET {one}"), ""),
            ("GET /domainnames/a.b/basepathmappings/y?domainNameId=x", ""),
            ("GET /domainnames/a.b", ""),
            ("GET /domainnames/a.b+x", ""),
            ("GET /restapis?domainNameId=x", ""),
            (&format!("PATCH {one}"), policies),
        ],
        expect![[r#"
            404 NotFoundException {"message":"Invalid domain name identifier specified"}
            404 NotFoundException {"message":"Invalid domain name identifier specified"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/domainnames/a.b because no identity-based policy allows the apigateway:GET action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/domainnames/a.b+x because no identity-based policy allows the apigateway:GET action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:GET on resource: arn:aws:apigateway:us-east-1::/restapis because no identity-based policy allows the apigateway:GET action"}
            403 AccessDeniedException {"message":"User: arn:aws:iam::000000000000:user/team/ada is not authorized to perform: apigateway:UpdateDomainNameManagementPolicy on resource: arn:aws:apigateway:us-east-1:000000000000:/domainnames/a.b+x because no identity-based policy allows the apigateway:UpdateDomainNameManagementPolicy action"}
        "#]],
    );
}
