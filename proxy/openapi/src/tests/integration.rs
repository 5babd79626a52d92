//! What is said of integrations.

use expect_test::expect;

use super::check;
use super::sample::integration;

#[test]
fn settings_of_integrations_that_are_not_supported() {
    check(
        &integration(
            "type: http_proxy
httpMethod: GET
uri: http://example.com
credentials: arn:aws:iam::123456789012:role/x
contentHandling: CONVERT_TO_TEXT
tlsConfig: {insecureSkipVerification: 'no', serverNameToVerify: x}
connectionType: VPC_LINK
connectionId: x
integrationTarget: y
cacheKeyParameters: [method.request.path.id]
responseTransferMode: STREAM
integrationSubtype: SQS-SendMessage
payloadFormatVersion: '2.0'
timeoutInMilis: 100
banana: 1",
        ),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.integrationTarget:
              names a load balancer of AWS; remove it, the VPC link says where the upstream is
            paths./pets/{id}.get.x-amazon-apigateway-integration.integrationSubtype:
              belongs to HTTP APIs and is not supported; remove it
            paths./pets/{id}.get.x-amazon-apigateway-integration.payloadFormatVersion:
              belongs to HTTP APIs and is not supported; remove it, functions get format 1.0
            paths./pets/{id}.get.x-amazon-apigateway-integration.timeoutInMilis:
              is not a setting of an integration; did you mean timeoutInMillis?
            paths./pets/{id}.get.x-amazon-apigateway-integration.banana:
              is not a setting of an integration; known are type, httpMethod, uri, timeoutInMillis, requestParameters, requestTemplates, passthroughBehavior, responses, connectionType, connectionId, contentHandling, responseTransferMode, tlsConfig, credentials, cacheNamespace, cacheKeyParameters
            paths./pets/{id}.get.x-amazon-apigateway-integration.credentials:
              is for services of AWS; remove it, functions need no permission here
            paths./pets/{id}.get.x-amazon-apigateway-integration.connectionId:
              names the VPC link "x", which this node does not know; tell it where that is: --vpc-link NAME=http://HOST:PORT
            paths./pets/{id}.get.x-amazon-apigateway-integration.tlsConfig.serverNameToVerify:
              belongs to HTTP APIs and is not supported; remove it
            paths./pets/{id}.get.x-amazon-apigateway-integration.tlsConfig.insecureSkipVerification:
              must be true or false, got "no"; write one of them
        "#]],
    );
    check(
        &integration("$ref: '#/components/x-amazon-apigateway-integrations/a'"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.$ref:
          shared integrations belong to HTTP APIs and are not supported; write the integration here
    "#]],
    );
}

#[test]
fn integration_types() {
    check(
        &integration("type: aws\nuri: x\nhttpMethod: POST"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration:
              must have responses; write at least default: {statusCode: "200"}, without which API Gateway answers 500 to every call
            paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
              must be arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:{name}/invocations, or the function's ARN alone, got "x"
        "#]],
    );
    check(
        &integration("type: http_prxy"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.type:
              must be aws, aws_proxy, http, http_proxy or mock, got "http_prxy"; did you mean http_proxy?
        "#]],
    );
    check(
        &integration("type: [mock]"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.type:
          must be text, got a list
    "#]],
    );
    check(
        &integration("type: aws_proxy\nuri: pets\nhttpMethod: GET"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.httpMethod:
          must be POST, got "GET"; API Gateway answers 500 to every call of a function by another method
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          must be arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:{name}/invocations, or the function's ARN alone, got "pets"
    "#]],
    );
    check(
        &integration("type: http_proxy\nuri: ftp://x\nhttpMethod: TRACE"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.httpMethod:
          must be ANY, DELETE, GET, HEAD, OPTIONS, PATCH, POST or PUT, got "TRACE"
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          must be http://host/path or https://host/path, got "ftp://x"
    "#]],
    );
    check(
        &integration("type: http"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration:
          must have httpMethod; write the upstream's method, or ANY for the client's
        paths./pets/{id}.get.x-amazon-apigateway-integration:
          must have uri; write the upstream's address
        paths./pets/{id}.get.x-amazon-apigateway-integration:
          must have responses; write at least default: {statusCode: "200"}, without which API Gateway answers 500 to every call
    "#]],
    );
    check(
        &integration("type: mock\nresponses: {}\npassthroughBehavior: always"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.passthroughBehavior:
          must be when_no_match, when_no_templates or never, got "always"
        paths./pets/{id}.get.x-amazon-apigateway-integration.responses:
          must not be empty; write at least default: {statusCode: "200"}, without which API Gateway answers 500 to every call
    "#]],
    );
}

#[test]
fn timeouts_at_their_limits() {
    let with = |timeout: &str| {
        integration(&format!(
            "type: http_proxy\nuri: http://a\nhttpMethod: ANY\ntimeoutInMillis: {timeout}"
        ))
    };
    check(&with("50"), expect![[""]]);
    check(&with("29000"), expect![[""]]);
    check(
        &with("49"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.timeoutInMillis:
              must be 50-300000, got 49; raise it, or remove it to use the default 29000
        "#]],
    );
    check(&with("300000"), expect![""]);
    check(
        &with("300001"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.timeoutInMillis:
          must be 50-300000, got 300001; lower it, or remove it to use the default 29000
    "#]],
    );
    check(
        &with("5000.5"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.timeoutInMillis:
              must be 50-300000, got 5000.5; write whole milliseconds
        "#]],
    );
    check(
        &with("-1"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.timeoutInMillis:
              must be 50-300000, got -1; write whole milliseconds
        "#]],
    );
    check(
        &with("'5000'"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.timeoutInMillis:
              must be 50-300000, got "5000"; write whole milliseconds
        "#]],
    );
    check(
        &with(""),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.timeoutInMillis:
              must be 50-300000, got nothing; write whole milliseconds
        "#]],
    );
}

#[test]
fn addresses_of_functions() {
    let with = |uri: &str| integration(&format!("type: aws_proxy\nhttpMethod: POST\nuri: {uri}"));
    let arn = |rest: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{rest}");
    check(&with(&arn("pets")), expect![[""]]);
    check(
        &with(&arn("pet")),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          names the function "pet", which x-edgeway-functions does not have; did you mean pets?
    "#]],
    );
    check(
        &with(&arn("banana")),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          names the function "banana", which x-edgeway-functions does not have; known are pets
    "#]],
    );
    check(
        &with(&arn("pets:prod")),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          names the version or alias "prod", which come with the control API and are not supported yet; drop the qualifier
    "#]],
    );
    check(
        &with(&arn("${stageVariables.name}")),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
              names its function by a stage variable, which only the name, the version and the alias of a function of the control API can be; write the name of the function
        "#]],
    );
    check(
        &with("arn:aws:apigateway:us-east-1:s3:path/bucket"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          calls the AWS service "s3", which is not supported; only functions are: arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:{name}/invocations, or the function's ARN alone
    "#]],
    );
    check(
        &with("https://example.com"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          must be arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/arn:aws:lambda:{region}:{account}:function:{name}/invocations, or the function's ARN alone, got "https://example.com"
    "#]],
    );
    check(
        &with("arn:aws:lambda:${AWS::Zone}:1:function:pets"),
        expect![[r#"
        paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
          has the unknown variable "${AWS::Zone}"; known are ${AWS::AccountId}, ${AWS::Partition}, ${AWS::Region}
    "#]],
    );
    check(
        &with("{Fn::Sub: x}"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
              must be text, got a CloudFormation function (write what it stands for)
            paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
              must be text, got a CloudFormation function (write what it stands for)
        "#]],
    );
}

#[test]
fn parameter_mappings() {
    check(
        &integration(
            r#"type: http
httpMethod: GET
uri: http://a/{id}/{name}
requestParameters:
  integration.request.path.id: method.request.path.idd
  integration.request.header.Content-Length: "'5'"
  integration.request.body: method.request.body
  integration.request.header.A: method.request.body.a[
  integration.request.header.B: true
responses:
  default:
    statusCode: 200
    responseParameters:
      method.response.header.A: integration.response.body.a
      A: "'x'""#,
        ),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.requestParameters.integration.request.path.id:
              names the variable "idd", which the path /pets/{id} does not have; did you mean id?
            paths./pets/{id}.get.x-amazon-apigateway-integration.requestParameters.integration.request.header.Content-Length:
              cannot set the header content-length, which belongs to the gateway; remove the mapping
            paths./pets/{id}.get.x-amazon-apigateway-integration.requestParameters.integration.request.body:
              has no such target as "integration.request.body"; expected integration.request.header.NAME, .querystring.NAME or .path.NAME
            paths./pets/{id}.get.x-amazon-apigateway-integration.requestParameters.integration.request.header.A:
              takes its value from a part of the body by "$.a[", which is no JSONPath: invalid JSONPath at byte 4: expected an index, a quoted name, `*` or `?(`
            paths./pets/{id}.get.x-amazon-apigateway-integration.requestParameters.integration.request.header.B:
              must be text, got true; put it in quotes
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.default.responseParameters.A:
              has no such target as "A"; expected method.response.header.NAME
        "#]],
    );
    check(
        &integration("type: http_proxy\nhttpMethod: GET\nuri: http://a/{id}/{name}"),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
              has the placeholder {id} that nothing fills; add integration.request.path.id to requestParameters, for example from method.request.path.id
            paths./pets/{id}.get.x-amazon-apigateway-integration.uri:
              has the placeholder {name} that nothing fills; add integration.request.path.name to requestParameters, for example from method.request.path.name
        "#]],
    );
}

#[test]
fn mapping_templates() {
    check(
        &integration(
            r##"type: mock
requestTemplates:
  application/json: $input.json('$')
  Application/JSON: x
  $default: x
  text/plain: {}
responses:
  default:
    statusCode: 200
    responseTemplates:
      application/json: "#set($a = )""##,
        ),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.requestTemplates.Application/JSON:
              is a second template for application/json, which is compared without case and parameters; keep one
            paths./pets/{id}.get.x-amazon-apigateway-integration.requestTemplates.text/plain:
              must be text, got a map
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.default.responseTemplates.application/json:
              cannot be compiled: line 1, column 11: expected a value, found `)`
        "#]],
    );
}

#[test]
fn integration_responses() {
    check(
        &integration(
            r#"type: mock
responses:
  (?=a): {statusCode: "200"}
  "a*+": {statusCode: "200"}
  "": {statusCode: "200"}
  b: {statusCode: "99", contentHandling: CONVERT_TO_TEXT}
  c: {}
  d: 200
  default: {statusCode: 600}"#,
        ),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.(?=a):
              is not an expression that can be used: look-around, including look-ahead and look-behind, is not supported; mend it, and write it without what only Java has (look-around, back-references, atomic groups)
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.a*+:
              has a possessive quantifier (such as *+), which is not supported; remove the second +
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.:
              must not be an empty expression; write one, or remove it
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.b.statusCode:
              must be 200-599, got "99"
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.c:
              must have statusCode; write the client's, such as "200"
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.d:
              must be a map, got 200
            paths./pets/{id}.get.x-amazon-apigateway-integration.responses.default.statusCode:
              must be 200-599, got 600
        "#]],
    );
}

#[test]
fn keys_of_cached_responses_are_declared_parameters() {
    check(
        &integration(
            "type: http_proxy
httpMethod: GET
uri: http://example.com
cacheNamespace: pets
requestParameters: {integration.request.header.a: \"'x'\"}
cacheKeyParameters:
  - method.request.path.id
  - method.request.path.other
  - method.request.querystring.q
  - method.request.header.X-Tenant
  - method.request.body
  - integration.request.header.a
  - integration.request.header.b
  - banana",
        ),
        expect![[r#"
            paths./pets/{id}.get.x-amazon-apigateway-integration.cacheKeyParameters[1]:
              names the parameter "other", which the operation does not declare; add it to parameters with in: path
            paths./pets/{id}.get.x-amazon-apigateway-integration.cacheKeyParameters[2]:
              names the parameter "q", which the operation does not declare; add it to parameters with in: query
            paths./pets/{id}.get.x-amazon-apigateway-integration.cacheKeyParameters[3]:
              names the parameter "x-tenant", which the operation does not declare; add it to parameters with in: header
            paths./pets/{id}.get.x-amazon-apigateway-integration.cacheKeyParameters[4]:
              is no parameter of a request; write method.request.{header|multivalueheader|querystring|multivaluequerystring|path}.NAME, or integration.request.{header|querystring|path}.NAME
            paths./pets/{id}.get.x-amazon-apigateway-integration.cacheKeyParameters[6]:
              is set by no mapping in requestParameters; add one, or name the parameter of the method
            paths./pets/{id}.get.x-amazon-apigateway-integration.cacheKeyParameters[7]:
              is no parameter of a request; write method.request.{header|multivalueheader|querystring|multivaluequerystring|path}.NAME, or integration.request.{header|querystring|path}.NAME
        "#]],
    );
}
