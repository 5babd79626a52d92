//! IAM and STS on the wire.

use axum::body::Body;
use axum::http::Request;
use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::client::{Signed, root_key};
use super::harness::Gateway;
use crate::Credentials;
use crate::query::Operation;

/// Every operation that is done.
fn operations() -> impl Iterator<Item = &'static Operation> {
    crate::iam::OPERATIONS.iter().copied().flatten().chain(crate::sts::OPERATIONS)
}

/// Sends a form, and answers status and XML without what is the same in every answer.
pub(super) fn query(gateway: &Gateway, key: &Credentials, form: &str) -> String {
    query_as(gateway, key, None, form)
}

/// The same with the token of a temporary key.
pub(super) fn query_as(
    gateway: &Gateway,
    key: &Credentials,
    token: Option<&str>,
    form: &str,
) -> String {
    let action = form.split('&').next().unwrap().trim_start_matches("Action=");
    let (service, version) = match crate::sts::OPERATIONS.iter().any(|it| it.name == action) {
        true => ("sts", "2011-06-15"),
        false => ("iam", "2010-05-08"),
    };
    let body = format!("{form}&Version={version}");
    let key = key.clone();
    let signed = Signed { line: "POST /", body: &body, service, key, token, ..Signed::default() };
    let (status, headers, body) = gateway.send_request(signed.request());
    assert_eq!(headers["content-type"], "text/xml");
    let request_id = headers["x-amzn-requestid"].to_str().unwrap();
    assert!(body.contains(&format!("<RequestId>{request_id}</RequestId>")), "{body}");
    let xmlns = format!(r#" xmlns="https://{service}.amazonaws.com/doc/{version}/""#);
    assert!(body.contains(&xmlns), "{body}");
    let mut xml =
        body.replace(&xmlns, "").replace(&format!("<RequestId>{request_id}</RequestId>"), "");
    for noise in [
        "<ResponseMetadata></ResponseMetadata>",
        "<ErrorResponse><Error>",
        "</Error></ErrorResponse>",
    ] {
        xml = xml.replace(noise, "");
    }
    format!("{} {}", status.as_u16(), xml.trim_end())
}

#[track_caller]
fn check(forms: &[&str], expected: Expect) {
    let gateway = Gateway::new();
    check_on(&gateway, forms, expected);
}

#[track_caller]
fn check_on(gateway: &Gateway, forms: &[&str], expected: Expect) {
    let answers = forms.iter().map(|form| query(gateway, &root_key(), form) + "\n");
    expected.assert_eq(&answers.collect::<String>());
}

const DOCUMENT: &str = "PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22*%22%2C%22Resource%22%3A%22*%22%7D%7D";
const TRUST: &str = "AssumeRolePolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D";

#[test]
fn users_are_created_shown_renamed_and_deleted() {
    check(
        &[
            "Action=CreateUser&UserName=Ada&Path=/team/&Tags.member.1.Key=a&Tags.member.1.Value=b",
            "Action=CreateUser&UserName=ada",
            "Action=GetUser&UserName=Ada",
            "Action=GetUser&UserName=bo",
            "Action=GetUser",
            "Action=UpdateUser&UserName=Ada&NewUserName=Bo&NewPath=/",
            "Action=ListUsers",
            "Action=ListUsers&PathPrefix=/team",
            "Action=ListGroupsForUser&UserName=Bo",
            "Action=DeleteUser&UserName=Bo",
            "Action=DeleteUser&UserName=Bo",
        ],
        expect![[r#"
            200 <CreateUserResponse><CreateUserResult><User><Path>/team/</Path><UserName>Ada</UserName><UserId>AIDALVGEMXNKMJ3AQWSPF</UserId><Arn>arn:aws:iam::000000000000:user/team/Ada</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate><Tags><member><Key>a</Key><Value>b</Value></member></Tags></User></CreateUserResult></CreateUserResponse>
            409 <Type>Sender</Type><Code>EntityAlreadyExists</Code><Message>User with name ada already exists.</Message>
            200 <GetUserResponse><GetUserResult><User><Path>/team/</Path><UserName>Ada</UserName><UserId>AIDALVGEMXNKMJ3AQWSPF</UserId><Arn>arn:aws:iam::000000000000:user/team/Ada</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate><Tags><member><Key>a</Key><Value>b</Value></member></Tags></User></GetUserResult></GetUserResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name bo cannot be found.</Message>
            200 <GetUserResponse><GetUserResult><User><Path>/</Path><UserId>000000000000</UserId><Arn>arn:aws:iam::000000000000:root</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate></User></GetUserResult></GetUserResponse>
            200 <UpdateUserResponse></UpdateUserResponse>
            200 <ListUsersResponse><ListUsersResult><IsTruncated>false</IsTruncated><Users><member><Path>/</Path><UserName>Bo</UserName><UserId>AIDALVGEMXNKMJ3AQWSPF</UserId><Arn>arn:aws:iam::000000000000:user/Bo</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate></member></Users></ListUsersResult></ListUsersResponse>
            200 <ListUsersResponse><ListUsersResult><IsTruncated>false</IsTruncated><Users></Users></ListUsersResult></ListUsersResponse>
            200 <ListGroupsForUserResponse><ListGroupsForUserResult><IsTruncated>false</IsTruncated><Groups></Groups></ListGroupsForUserResult></ListGroupsForUserResponse>
            200 <DeleteUserResponse></DeleteUserResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user with name Bo cannot be found.</Message>
        "#]],
    );
}

#[test]
fn keys_are_shown_once_and_turned_off() {
    let gateway = Gateway::new();
    query(&gateway, &root_key(), "Action=CreateUser&UserName=ada");
    let made = create_key(&gateway, "ada");
    assert!(query(&gateway, &made, "Action=GetCallerIdentity").starts_with("200 "));
    let turn = |status: &str| {
        let id = &made.access_key_id;
        let form = format!("Action=UpdateAccessKey&UserName=ada&AccessKeyId={id}&Status={status}");
        query(&gateway, &root_key(), &form)
    };
    turn("Inactive");
    let listed = query(&gateway, &root_key(), "Action=ListAccessKeys&UserName=ada");
    assert!(listed.contains("<Status>Inactive</Status>") && !listed.contains("Secret"), "{listed}");
    expect!["403 <Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message>"].assert_eq(&query(&gateway, &made, "Action=GetCallerIdentity"));
    turn("Active");
    assert!(query(&gateway, &made, "Action=GetCallerIdentity").starts_with("200 "));
    create_key(&gateway, "ada");
    check_on(
        &gateway,
        &[
            "Action=CreateAccessKey&UserName=ada",
            "Action=DeleteUser&UserName=ada",
            "Action=CreateAccessKey",
            "Action=DeleteAccessKey&UserName=ada&AccessKeyId=AKIAAAAAAAAAAAAAAAAA",
        ],
        expect![[r#"
            409 <Type>Sender</Type><Code>LimitExceeded</Code><Message>Cannot exceed quota for AccessKeysPerUser: 2</Message>
            409 <Type>Sender</Type><Code>DeleteConflict</Code><Message>Cannot delete entity, must delete access keys first.</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>Must specify userName when calling with non-User credentials</Message>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The Access Key with id AKIAAAAAAAAAAAAAAAAA cannot be found.</Message>
        "#]],
    );
    let form = format!("Action=DeleteAccessKey&UserName=ada&AccessKeyId={}", made.access_key_id);
    query(&gateway, &root_key(), &form);
    assert!(query(&gateway, &made, "Action=GetCallerIdentity").starts_with("403 "));
}

/// A key of a user, as its answer tells it.
pub(super) fn create_key(gateway: &Gateway, user: &str) -> Credentials {
    let form = format!("Action=CreateAccessKey&UserName={user}");
    let made = query(gateway, &root_key(), &form);
    let text = |name: &str| {
        let (_, rest) = made.split_once(&format!("<{name}>")).unwrap();
        rest.split_once('<').unwrap().0.to_owned()
    };
    Credentials { access_key_id: text("AccessKeyId"), secret_access_key: text("SecretAccessKey") }
}

#[test]
fn policies_of_a_user_are_put_shown_attached_and_removed() {
    check(
        &[
            "Action=CreateUser&UserName=ada",
            &format!("Action=PutUserPolicy&UserName=ada&PolicyName=all&{DOCUMENT}"),
            "Action=GetUserPolicy&UserName=ada&PolicyName=all",
            "Action=GetUserPolicy&UserName=ada&PolicyName=none",
            "Action=ListUserPolicies&UserName=ada",
            "Action=AttachUserPolicy&UserName=ada&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
            "Action=AttachUserPolicy&UserName=ada&PolicyArn=arn:aws:iam::aws:policy/Nothing",
            "Action=ListAttachedUserPolicies&UserName=ada",
            "Action=DeleteUser&UserName=ada",
            "Action=DetachUserPolicy&UserName=ada&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
            "Action=DetachUserPolicy&UserName=ada&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
            "Action=DeleteUser&UserName=ada",
            "Action=DeleteUserPolicy&UserName=ada&PolicyName=all",
            "Action=DeleteUserPolicy&UserName=ada&PolicyName=all",
            "Action=DeleteUser&UserName=ada",
        ],
        expect![[r#"
            200 <CreateUserResponse><CreateUserResult><User><Path>/</Path><UserName>ada</UserName><UserId>AIDALVGEMXNKMJ3AQWSPF</UserId><Arn>arn:aws:iam::000000000000:user/ada</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate></User></CreateUserResult></CreateUserResponse>
            200 <PutUserPolicyResponse></PutUserPolicyResponse>
            200 <GetUserPolicyResponse><GetUserPolicyResult><UserName>ada</UserName><PolicyName>all</PolicyName><PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D</PolicyDocument></GetUserPolicyResult></GetUserPolicyResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user policy with name none cannot be found.</Message>
            200 <ListUserPoliciesResponse><ListUserPoliciesResult><IsTruncated>false</IsTruncated><PolicyNames><member>all</member></PolicyNames></ListUserPoliciesResult></ListUserPoliciesResponse>
            200 <AttachUserPolicyResponse></AttachUserPolicyResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>Policy arn:aws:iam::aws:policy/Nothing does not exist or is not attachable.</Message>
            200 <ListAttachedUserPoliciesResponse><ListAttachedUserPoliciesResult><IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyName>AdministratorAccess</PolicyName><PolicyArn>arn:aws:iam::aws:policy/AdministratorAccess</PolicyArn></member></AttachedPolicies></ListAttachedUserPoliciesResult></ListAttachedUserPoliciesResponse>
            409 <Type>Sender</Type><Code>DeleteConflict</Code><Message>Cannot delete entity, must detach all policies first.</Message>
            200 <DetachUserPolicyResponse></DetachUserPolicyResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>Policy arn:aws:iam::aws:policy/AdministratorAccess was not found.</Message>
            409 <Type>Sender</Type><Code>DeleteConflict</Code><Message>Cannot delete entity, must delete policies first.</Message>
            200 <DeleteUserPolicyResponse></DeleteUserPolicyResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The user policy with name all cannot be found.</Message>
            200 <DeleteUserResponse></DeleteUserResponse>
        "#]],
    );
}

#[test]
fn roles_have_a_trust_policy() {
    check(
        &[
            &format!("Action=CreateRole&RoleName=run&Path=/service-role/&Description=x&{TRUST}"),
            "Action=GetRole&RoleName=run",
            "Action=ListRoles",
            "Action=UpdateRole&RoleName=run&MaxSessionDuration=7200",
            &format!(
                "Action=UpdateAssumeRolePolicy&RoleName=run&{}",
                TRUST.replace("AssumeRole", "").replace("sts%3A", "sts%3AAssumeRole")
            ),
            &format!("Action=UpdateAssumeRolePolicy&RoleName=run&{DOCUMENT}"),
            &format!(
                "Action=CreateRole&RoleName=bad&{}",
                DOCUMENT.replace("Policy", "AssumeRolePolicy")
            ),
            "Action=AttachRolePolicy&RoleName=run&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "Action=ListAttachedRolePolicies&RoleName=run",
            "Action=ListInstanceProfilesForRole&RoleName=run",
            "Action=DeleteRole&RoleName=run",
            "Action=DetachRolePolicy&RoleName=run&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "Action=DeleteRole&RoleName=run",
            "Action=GetRole&RoleName=run",
        ],
        expect![[r#"
            200 <CreateRoleResponse><CreateRoleResult><Role><Path>/service-role/</Path><RoleName>run</RoleName><RoleId>AROALVGEMXNKMJ3AQWSPF</RoleId><Arn>arn:aws:iam::000000000000:role/service-role/run</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D</AssumeRolePolicyDocument><Description>x</Description><MaxSessionDuration>3600</MaxSessionDuration></Role></CreateRoleResult></CreateRoleResponse>
            200 <GetRoleResponse><GetRoleResult><Role><Path>/service-role/</Path><RoleName>run</RoleName><RoleId>AROALVGEMXNKMJ3AQWSPF</RoleId><Arn>arn:aws:iam::000000000000:role/service-role/run</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D</AssumeRolePolicyDocument><Description>x</Description><MaxSessionDuration>3600</MaxSessionDuration><RoleLastUsed></RoleLastUsed></Role></GetRoleResult></GetRoleResponse>
            200 <ListRolesResponse><ListRolesResult><IsTruncated>false</IsTruncated><Roles><member><Path>/service-role/</Path><RoleName>run</RoleName><RoleId>AROALVGEMXNKMJ3AQWSPF</RoleId><Arn>arn:aws:iam::000000000000:role/service-role/run</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate><AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%7D</AssumeRolePolicyDocument><Description>x</Description><MaxSessionDuration>3600</MaxSessionDuration></member></Roles></ListRolesResult></ListRolesResponse>
            200 <UpdateRoleResponse><UpdateRoleResult></UpdateRoleResult></UpdateRoleResponse>
            200 <UpdateAssumeRolePolicyResponse></UpdateAssumeRolePolicyResponse>
            400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Has prohibited field Resource.</Message>
            400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Has prohibited field Resource.</Message>
            200 <AttachRolePolicyResponse></AttachRolePolicyResponse>
            200 <ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyName>AWSLambdaBasicExecutionRole</PolicyName><PolicyArn>arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole</PolicyArn></member></AttachedPolicies></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>
            200 <ListInstanceProfilesForRoleResponse><ListInstanceProfilesForRoleResult><IsTruncated>false</IsTruncated><InstanceProfiles></InstanceProfiles></ListInstanceProfilesForRoleResult></ListInstanceProfilesForRoleResponse>
            409 <Type>Sender</Type><Code>DeleteConflict</Code><Message>Cannot delete entity, must detach all policies first.</Message>
            200 <DetachRolePolicyResponse></DetachRolePolicyResponse>
            200 <DeleteRoleResponse></DeleteRoleResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>The role with name run cannot be found.</Message>
        "#]],
    );
}

#[test]
fn managed_policies_have_versions() {
    let arn = "PolicyArn=arn:aws:iam::000000000000:policy/all";
    check(
        &[
            &format!("Action=CreatePolicy&PolicyName=all&Description=x&{DOCUMENT}"),
            &format!("Action=CreatePolicy&PolicyName=ALL&{DOCUMENT}"),
            &format!("Action=CreatePolicyVersion&{arn}&{DOCUMENT}&SetAsDefault=true"),
            &format!("Action=ListPolicyVersions&{arn}"),
            &format!("Action=GetPolicyVersion&{arn}&VersionId=v1"),
            &format!("Action=GetPolicyVersion&{arn}&VersionId=v9"),
            &format!("Action=DeletePolicy&{arn}"),
            &format!("Action=DeletePolicyVersion&{arn}&VersionId=v2"),
            &format!("Action=SetDefaultPolicyVersion&{arn}&VersionId=v1"),
            &format!("Action=DeletePolicyVersion&{arn}&VersionId=v2"),
            "Action=CreateUser&UserName=ada",
            &format!("Action=AttachUserPolicy&UserName=ada&{arn}"),
            &format!("Action=GetPolicy&{arn}"),
            &format!("Action=DeletePolicy&{arn}"),
            "Action=ListPolicies&Scope=Local",
            "Action=ListPolicies&OnlyAttached=true&Scope=AWS",
            "Action=ListPolicies&Scope=AWS&MaxItems=1",
            "Action=GetPolicy&PolicyArn=arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator",
            "Action=GetPolicyVersion&PolicyArn=arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator&VersionId=v1",
            "Action=DeletePolicy&PolicyArn=arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator",
            &format!("Action=DetachUserPolicy&UserName=ada&{arn}"),
            &format!("Action=DeletePolicy&{arn}"),
            &format!("Action=GetPolicy&{arn}"),
        ],
        expect![[r#"
            200 <CreatePolicyResponse><CreatePolicyResult><Policy><PolicyName>all</PolicyName><PolicyId>ANPALVGEMXNKMJ3AQWSPF</PolicyId><Arn>arn:aws:iam::000000000000:policy/all</Arn><Path>/</Path><DefaultVersionId>v1</DefaultVersionId><AttachmentCount>0</AttachmentCount><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable><CreateDate>2023-11-14T22:13:20Z</CreateDate><UpdateDate>2023-11-14T22:13:20Z</UpdateDate></Policy></CreatePolicyResult></CreatePolicyResponse>
            409 <Type>Sender</Type><Code>EntityAlreadyExists</Code><Message>A policy called ALL already exists. Duplicate names are not allowed.</Message>
            200 <CreatePolicyVersionResponse><CreatePolicyVersionResult><PolicyVersion><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion><CreateDate>2023-11-14T22:13:20Z</CreateDate></PolicyVersion></CreatePolicyVersionResult></CreatePolicyVersionResponse>
            200 <ListPolicyVersionsResponse><ListPolicyVersionsResult><IsTruncated>false</IsTruncated><Versions><member><VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion><CreateDate>2023-11-14T22:13:20Z</CreateDate></member><member><VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion><CreateDate>2023-11-14T22:13:20Z</CreateDate></member></Versions></ListPolicyVersionsResult></ListPolicyVersionsResponse>
            200 <GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><VersionId>v1</VersionId><IsDefaultVersion>false</IsDefaultVersion><CreateDate>2023-11-14T22:13:20Z</CreateDate><Document>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%7D</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>Policy arn:aws:iam::000000000000:policy/all version v9 does not exist or is not attachable.</Message>
            409 <Type>Sender</Type><Code>DeleteConflict</Code><Message>This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.</Message>
            409 <Type>Sender</Type><Code>DeleteConflict</Code><Message>Cannot delete the default version of a policy.</Message>
            200 <SetDefaultPolicyVersionResponse></SetDefaultPolicyVersionResponse>
            200 <DeletePolicyVersionResponse></DeletePolicyVersionResponse>
            200 <CreateUserResponse><CreateUserResult><User><Path>/</Path><UserName>ada</UserName><UserId>AIDA5XYZP4S2ZINOOF4T2</UserId><Arn>arn:aws:iam::000000000000:user/ada</Arn><CreateDate>2023-11-14T22:13:20Z</CreateDate></User></CreateUserResult></CreateUserResponse>
            200 <AttachUserPolicyResponse></AttachUserPolicyResponse>
            200 <GetPolicyResponse><GetPolicyResult><Policy><PolicyName>all</PolicyName><PolicyId>ANPALVGEMXNKMJ3AQWSPF</PolicyId><Arn>arn:aws:iam::000000000000:policy/all</Arn><Path>/</Path><DefaultVersionId>v1</DefaultVersionId><AttachmentCount>1</AttachmentCount><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable><CreateDate>2023-11-14T22:13:20Z</CreateDate><UpdateDate>2023-11-14T22:13:20Z</UpdateDate><Description>x</Description></Policy></GetPolicyResult></GetPolicyResponse>
            409 <Type>Sender</Type><Code>DeleteConflict</Code><Message>Cannot delete a policy attached to entities.</Message>
            200 <ListPoliciesResponse><ListPoliciesResult><IsTruncated>false</IsTruncated><Policies><member><PolicyName>all</PolicyName><PolicyId>ANPALVGEMXNKMJ3AQWSPF</PolicyId><Arn>arn:aws:iam::000000000000:policy/all</Arn><Path>/</Path><DefaultVersionId>v1</DefaultVersionId><AttachmentCount>1</AttachmentCount><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable><CreateDate>2023-11-14T22:13:20Z</CreateDate><UpdateDate>2023-11-14T22:13:20Z</UpdateDate></member></Policies></ListPoliciesResult></ListPoliciesResponse>
            200 <ListPoliciesResponse><ListPoliciesResult><IsTruncated>false</IsTruncated><Policies></Policies></ListPoliciesResult></ListPoliciesResponse>
            200 <ListPoliciesResponse><ListPoliciesResult><IsTruncated>true</IsTruncated><Marker>arn:aws:iam::aws:policy/AWSLambda_FullAccess</Marker><Policies><member><PolicyName>AWSLambda_FullAccess</PolicyName><PolicyId>ANPAZKAPJZG4ONWCVO4OW</PolicyId><Arn>arn:aws:iam::aws:policy/AWSLambda_FullAccess</Arn><Path>/</Path><DefaultVersionId>v1</DefaultVersionId><AttachmentCount>0</AttachmentCount><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable><CreateDate>2020-11-17T21:14:08Z</CreateDate><UpdateDate>2020-11-17T21:14:08Z</UpdateDate></member></Policies></ListPoliciesResult></ListPoliciesResponse>
            200 <GetPolicyResponse><GetPolicyResult><Policy><PolicyName>AmazonAPIGatewayAdministrator</PolicyName><PolicyId>ANPAJ4PT6VY5NLKTNUYSI</PolicyId><Arn>arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator</Arn><Path>/</Path><DefaultVersionId>v1</DefaultVersionId><AttachmentCount>0</AttachmentCount><PermissionsBoundaryUsageCount>0</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable><CreateDate>2015-07-09T17:34:45Z</CreateDate><UpdateDate>2015-07-09T17:34:45Z</UpdateDate></Policy></GetPolicyResult></GetPolicyResponse>
            200 <GetPolicyVersionResponse><GetPolicyVersionResult><PolicyVersion><VersionId>v1</VersionId><IsDefaultVersion>true</IsDefaultVersion><CreateDate>2015-07-09T17:34:45Z</CreateDate><Document>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%5B%22apigateway%3A%2A%22%5D%2C%22Resource%22%3A%22arn%3Aaws%3Aapigateway%3A%2A%3A%3A%2F%2A%22%7D%5D%7D</Document></PolicyVersion></GetPolicyVersionResult></GetPolicyVersionResponse>
            400 <Type>Sender</Type><Code>UnmodifiableEntity</Code><Message>Policies of AWS cannot be changed.</Message>
            200 <DetachUserPolicyResponse></DetachUserPolicyResponse>
            200 <DeletePolicyResponse></DeletePolicyResponse>
            404 <Type>Sender</Type><Code>NoSuchEntity</Code><Message>Policy arn:aws:iam::000000000000:policy/all was not found.</Message>
        "#]],
    );
}

#[test]
fn what_is_no_policy_is_refused_with_aws_texts() {
    let gateway = Gateway::new();
    let refused = |document: &str| {
        let document: String = form_urlencoded::byte_serialize(document.as_bytes()).collect();
        let form = format!("Action=CreatePolicy&PolicyName=p&PolicyDocument={document}");
        query(&gateway, &root_key(), &form)
    };
    let statement = |statement: &str| {
        refused(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#))
    };
    let answers = [
        refused("no json"),
        refused(r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#),
        statement(r#"{"Effect": "Allow", "Resource": "*"}"#),
        statement(r#"{"Effect": "Allow", "Action": "s3:GetObject"}"#),
        statement(r#"{"Effect": "Allow", "Action": "get", "Resource": "*"}"#),
        statement(r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "bucket"}"#),
        statement(r#"{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}"#),
        statement(r#"{"Effect": "allow", "Action": "*", "Resource": "*"}"#),
        statement(r#"{"Sid": "a b", "Effect": "Allow", "Action": "*", "Resource": "*"}"#),
    ];
    expect![[r#"
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Syntax errors in policy.</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Policy document must be version 2012-10-17 or greater.</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Policy statement must contain actions.</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Policy statement must contain resources.</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Resource bucket must be in ARN format or &quot;*&quot;.</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Policy document should not specify a principal.</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Syntax errors in policy. Statement[0].Effect must be &quot;Allow&quot; or &quot;Deny&quot;, got &quot;allow&quot;</Message>
        400 <Type>Sender</Type><Code>MalformedPolicyDocument</Code><Message>Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*</Message>
    "#]].assert_eq(&(answers.join("\n") + "\n"));
}

#[test]
fn parameters_are_checked() {
    check(
        &[
            "Action=CreateUser",
            "Action=CreateUser&UserName=a%20b",
            &format!("Action=CreateUser&UserName={}", "a".repeat(65)),
            "Action=CreateUser&UserName=a&Path=team",
            "Action=CreateUser&UserName=a&UserName=b",
            "Action=CreateUser&UserName=a&PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess",
            "Action=CreateUser&UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=&Tags.member.2.Key=K&Tags.member.2.Value=",
            "Action=UpdateAccessKey&UserName=a&AccessKeyId=x&Status=Off",
            "Action=ListUsers&MaxItems=0",
            "Action=CreateGroup&GroupName=g",
            "UserName=a",
        ],
        expect![[r#"
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>1 validation error detected: Value 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>The parameter UserName is given twice</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>The parameter PermissionsBoundary of CreateUser is not supported by this gateway</Message>
            400 <Type>Sender</Type><Code>InvalidInput</Code><Message>Duplicate tag keys found. Please note that Tag keys are case insensitive.</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>2 validation errors detected: Value 'x' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16; Value 'Off' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive]</Message>
            400 <Type>Sender</Type><Code>ValidationError</Code><Message>1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater than or equal to 1</Message>
            400 <Type>Sender</Type><Code>InvalidAction</Code><Message>Could not find operation CreateGroup for version 2010-05-08</Message>
            400 <Type>Sender</Type><Code>MissingAction</Code><Message>Missing Action parameter</Message>
        "#]],
    );
}

#[test]
fn lists_come_in_pages() {
    let gateway = Gateway::new();
    for name in ["c", "a", "B"] {
        query(&gateway, &root_key(), &format!("Action=CreateUser&UserName={name}"));
    }
    let names = |form: &str| {
        let xml = query(&gateway, &root_key(), form);
        let names = xml.split("<UserName>").skip(1).map(|it| it.split_once('<').unwrap().0);
        let marker = xml.split_once("<Marker>").map(|(_, it)| it.split_once('<').unwrap().0);
        format!("{} {}", names.collect::<Vec<_>>().join(","), marker.unwrap_or("end"))
    };
    assert_eq!(names("Action=ListUsers&MaxItems=2"), "a,B b");
    assert_eq!(names("Action=ListUsers&MaxItems=2&Marker=b"), "c end");
}

#[test]
fn refusals_of_signatures_are_those_of_query_services() {
    let gateway = Gateway::new();
    let key = |id: &str, secret: &str| Credentials {
        access_key_id: id.to_owned(),
        secret_access_key: secret.to_owned(),
    };
    let form = "Action=GetCallerIdentity";
    let mut answers = vec![
        query(&gateway, &key("AKIANOBODY", "x"), form),
        query(&gateway, &key("AKIAROOT", "guess"), form),
    ];
    for signed in [
        Signed { service: "apigateway", ..Signed::default() },
        Signed { service: "sts", region: "eu-west-1", ..Signed::default() },
    ] {
        let signed = Signed { line: "GET /?Action=GetCallerIdentity&Version=2011-06-15", ..signed };
        let (status, _, body) = gateway.send_request(signed.request());
        answers.push(format!("{status} {}", body.split("<RequestId>").next().unwrap()));
    }
    let request = Request::post("/").body(Body::from(form)).unwrap();
    let (status, _, body) = gateway.send_request(request);
    answers.push(format!("{status} {}", body.split("<RequestId>").next().unwrap()));
    expect![[r#"
        403 <Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message>
        403 <Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.</Message>
        403 Forbidden <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Credential should be scoped to correct service: 'iam'. </Message></Error>
        403 Forbidden <ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>SignatureDoesNotMatch</Code><Message>Credential should be scoped to a valid region, not 'eu-west-1'. </Message></Error>
        403 Forbidden <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message></Error>
    "#]].assert_eq(&(answers.join("\n") + "\n"));
}

#[test]
fn the_caller_is_told_who_they_are() {
    check(
        &["Action=GetCallerIdentity"],
        expect![[r#"
        200 <GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:root</Arn><UserId>000000000000</UserId><Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>
    "#]],
    );
    let gateway = Gateway::new();
    let line = "GET /?Action=GetCallerIdentity&Version=2011-06-15";
    let signed = Signed { line, service: "sts", ..Signed::default() };
    assert_eq!(gateway.send_request(signed.request()).0, 200);
}

#[test]
fn the_documentation_names_every_operation_and_policy() {
    let text = include_str!("../../../../docs/identity.md");
    for operation in operations() {
        assert!(text.contains(&format!("`{}`", operation.name)), "{}", operation.name);
    }
    let gateway = Gateway::new();
    let policies = query(&gateway, &root_key(), "Action=ListPolicies");
    for policy in policies.split("<PolicyName>").skip(1) {
        let (name, _) = policy.split_once('<').unwrap();
        assert!(text.contains(&format!("`{name}`")), "{name}");
        let arn = policy.split_once("<Arn>").unwrap().1.split_once('<').unwrap().0;
        let form = format!("Action=AttachUserPolicy&UserName=ada&PolicyArn={arn}");
        query(&gateway, &root_key(), "Action=CreateUser&UserName=ada");
        assert!(query(&gateway, &root_key(), &form).starts_with("200"), "{arn}");
        // What is attached can be evaluated.
        let key = create_key(&gateway, "ada");
        assert!(query(&gateway, &key, "Action=GetCallerIdentity").starts_with("200"), "{arn}");
        for form in [
            format!("Action=DeleteAccessKey&UserName=ada&AccessKeyId={}", key.access_key_id),
            format!("Action=DetachUserPolicy&UserName=ada&PolicyArn={arn}"),
        ] {
            assert!(query(&gateway, &root_key(), &form).starts_with("200"), "{form}");
        }
    }
}

#[test]
fn nobody_learns_or_does_anything_without_a_policy() {
    let gateway = Gateway::new();
    query(&gateway, &root_key(), "Action=CreateUser&UserName=ada");
    let key = create_key(&gateway, "ada");
    let before = gateway.store.change();
    // What AWS says that everybody may.
    let open = ["GetCallerIdentity", "GetSessionToken"];
    for operation in operations().filter(|operation| !open.contains(&operation.name)) {
        let parameters = operation.required.iter().map(|name| match *name {
            "AccessKeyId" => "&AccessKeyId=AKIAAAAAAAAAAAAAAAAA".to_owned(),
            "PolicyArn" => "&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
            "RoleArn" => "&RoleArn=arn:aws:iam::000000000000:role/v1".to_owned(),
            "Status" => "&Status=Active".to_owned(),
            "UserName" => "&UserName=ada".to_owned(),
            name => format!("&{name}=v1"),
        });
        let form = format!("Action={}{}", operation.name, parameters.collect::<String>());
        let answer = query(&gateway, &key, &form);
        assert!(answer.contains("<Code>AccessDenied</Code>"), "{form}: {answer}");
    }
    assert_eq!(gateway.store.change(), before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_the_parameters_are_it_is_answered(
        number in 0_usize..64,
        values in prop::collection::vec("(\\PC{0,12}|ada|[a-z/:*]{0,40}|\\{\\PC{0,20}\\}|v[0-9]{1,12}|[0-9]{1,12})", 8),
        extra in "\\PC{0,16}",
    ) {
        thread_local!(static GATEWAY: Gateway = Gateway::new());
        let operations: Vec<&Operation> = operations().collect();
        let operation = operations[number % operations.len()];
        let names = operation.required.iter().chain(operation.optional);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", operation.name);
        names.zip(&values).for_each(|(name, value)| {
            form.append_pair(name, value);
        });
        if extra.len() % 2 == 0 {
            form.append_pair(&extra, &extra);
        }
        let body = form.append_pair("Version", "2010-05-08").finish();
        let signed = Signed { line: "POST /", body: &body, service: "iam", ..Signed::default() };
        let (status, _, answer) = GATEWAY.with(|gateway| gateway.send_request(signed.request()));
        prop_assert!(!status.is_server_error(), "{body}: {answer}");
    }
}
