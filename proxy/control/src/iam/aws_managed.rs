//! The managed policies of AWS that people give to those who run an API, and to its functions.
//!
//! Source: AWS Managed Policy Reference Guide. What they allow on services that are not here has no
//! effect, and is shown as it is.

/// A policy that every account has.
pub(super) struct AwsManaged {
    pub(super) path: &'static str,
    pub(super) name: &'static str,
    /// Of the form that AWS's have: nothing depends on it.
    pub(super) id: &'static str,
    pub(super) created: &'static str,
    pub(super) document: &'static str,
}

/// Each is shown with one version.
pub(super) const VERSION: &str = "v1";

/// Sorted by name.
pub(super) const ALL: &[AwsManaged] = &[
    AwsManaged {
        path: "/service-role/",
        name: "AWSLambdaBasicExecutionRole",
        id: "ANPAJNCQGXC42545SKXIK",
        created: "2015-04-09T15:03:43Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    },
    AwsManaged {
        path: "/service-role/",
        name: "AWSLambdaRole",
        id: "ANPAJX4DPCRGTC4NFDUXI",
        created: "2015-02-06T18:41:28Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:InvokeFunction"],"Resource":["*"]}]}"#,
    },
    AwsManaged {
        path: "/service-role/",
        name: "AWSLambdaVPCAccessExecutionRole",
        id: "ANPAJVTME3YLVNL72YR2K",
        created: "2016-02-11T23:15:26Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents","ec2:CreateNetworkInterface","ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:DeleteNetworkInterface","ec2:AssignPrivateIpAddresses","ec2:UnassignPrivateIpAddresses"],"Resource":"*"}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "AWSLambda_FullAccess",
        id: "ANPAZKAPJZG4ONWCVO4OW",
        created: "2020-11-17T21:14:08Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:DescribeStacks","cloudformation:ListStackResources","cloudwatch:GetMetricData","cloudwatch:ListMetrics","ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVpcs","kms:ListAliases","iam:GetPolicy","iam:GetPolicyVersion","iam:GetRole","iam:GetRolePolicy","iam:ListAttachedRolePolicies","iam:ListRolePolicies","iam:ListRoles","logs:DescribeLogGroups","states:DescribeStateMachine","states:ListStateMachines","tag:GetResources","xray:BatchGetTraces","xray:GetTraceSummaries","lambda:*"],"Resource":"*"},{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}},{"Effect":"Allow","Action":["logs:DescribeLogStreams","logs:GetLogEvents","logs:FilterLogEvents"],"Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "AWSLambda_ReadOnlyAccess",
        id: "ANPAZKAPJZG4DZNXAJK6M",
        created: "2020-11-17T21:10:02Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudformation:DescribeStacks","cloudformation:ListStackResources","cloudwatch:GetMetricData","cloudwatch:ListMetrics","ec2:DescribeSecurityGroups","ec2:DescribeSubnets","ec2:DescribeVpcs","kms:ListAliases","iam:GetPolicy","iam:GetPolicyVersion","iam:GetRole","iam:GetRolePolicy","iam:ListAttachedRolePolicies","iam:ListRolePolicies","iam:ListRoles","logs:DescribeLogGroups","states:DescribeStateMachine","states:ListStateMachines","tag:GetResources","xray:BatchGetTraces","xray:GetTraceSummaries","lambda:Get*","lambda:List*"],"Resource":"*"},{"Effect":"Allow","Action":["logs:DescribeLogStreams","logs:GetLogEvents","logs:FilterLogEvents"],"Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "AWSXRayDaemonWriteAccess",
        id: "ANPAIOE47HSUE5AHIUQ5E",
        created: "2018-08-28T23:00:33Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["xray:PutTraceSegments","xray:PutTelemetryRecords","xray:GetSamplingRules","xray:GetSamplingTargets","xray:GetSamplingStatisticSummaries"],"Resource":["*"]}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "AdministratorAccess",
        id: "ANPAIWMBCKSKIEE64ZLYK",
        created: "2015-02-06T18:39:46Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "AmazonAPIGatewayAdministrator",
        id: "ANPAJ4PT6VY5NLKTNUYSI",
        created: "2015-07-09T17:34:45Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["apigateway:*"],"Resource":"arn:aws:apigateway:*::/*"}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "AmazonAPIGatewayInvokeFullAccess",
        id: "ANPAIIWAX2NOOQJ4AIEQ6",
        created: "2015-07-09T17:36:12Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["execute-api:Invoke","execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}]}"#,
    },
    AwsManaged {
        path: "/service-role/",
        name: "AmazonAPIGatewayPushToCloudWatchLogs",
        id: "ANPAIK4GFO7HLKYN64ASK",
        created: "2015-11-11T23:41:46Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:DescribeLogGroups","logs:DescribeLogStreams","logs:PutLogEvents","logs:GetLogEvents","logs:FilterLogEvents"],"Resource":"*"}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "IAMFullAccess",
        id: "ANPAI7XKCFMBPM3QQRRVQ",
        created: "2015-02-06T18:40:38Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*","organizations:DescribeAccount","organizations:DescribeOrganization","organizations:DescribeOrganizationalUnit","organizations:DescribePolicy","organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget","organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],"Resource":"*"}]}"#,
    },
    AwsManaged {
        path: "/",
        name: "IAMReadOnlyAccess",
        id: "ANPAJKSO7NDY4T57MWDSQ",
        created: "2015-02-06T18:40:39Z",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport","iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy","iam:SimulatePrincipalPolicy"],"Resource":"*"}]}"#,
    },
];

impl AwsManaged {
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:iam::aws:policy{}{}", self.path, self.name)
    }
}

pub(super) fn find(arn: &str) -> Option<&'static AwsManaged> {
    ALL.iter().find(|policy| policy.arn() == arn)
}
