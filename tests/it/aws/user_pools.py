# APIs that believe tokens of a user pool: made with boto3 at a node, called with tokens that moto's Cognito
# issues. Arguments: the ports of the node's APIs and of moto_server, and the steps: `make POOL_FILE`
# makes the pool and writes its id; `call POOL_FILE` makes the API and calls it; `again POOL_FILE` calls it when
# the issuer is gone.
import base64, boto3, http.client, json, sys, time

node, moto, step, file = sys.argv[1:]
cognito = boto3.client("cognito-idp", endpoint_url=f"http://127.0.0.1:{moto}",
                       aws_access_key_id="edgeway", aws_secret_access_key="edgeway")


def make():
    pool = cognito.create_user_pool(PoolName="pets")["UserPool"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool["Id"], ClientName="web",
        ExplicitAuthFlows=["ADMIN_NO_SRP_AUTH"])["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool["Id"], Username="ada", TemporaryPassword="Secret1!",
                              UserAttributes=[{"Name": "email", "Value": "ada@example.com"}])
    cognito.admin_set_user_password(UserPoolId=pool["Id"], Username="ada", Password="Secret2!",
                                    Permanent=True)
    signed_in = cognito.admin_initiate_auth(
        UserPoolId=pool["Id"], ClientId=client, AuthFlow="ADMIN_NO_SRP_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Secret2!"})["AuthenticationResult"]
    json.dump({"id": pool["Id"], "arn": pool["Arn"], "client": client,
               "idToken": signed_in["IdToken"], "accessToken": signed_in["AccessToken"]},
              open(file, "w"))


def send(made, path, token):
    connection = http.client.HTTPConnection("127.0.0.1", int(node))
    headers = {"Host": f"{made['api']}.execute-api.localhost"}
    connection.request("GET", f"/prod{path}", headers=headers | ({"Authorization": token} if token else {}))
    response = connection.getresponse()
    return response.status, json.loads(response.read())


def check(made, path, token, expected):
    answer = send(made, path, token)
    assert answer == expected, (path, token, answer, expected)


def call():
    made = json.load(open(file))
    gateway = boto3.client("apigateway")
    api = made["api"] = gateway.create_rest_api(name="pets")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    authorizer = gateway.create_authorizer(
        restApiId=api, name="pool", type="COGNITO_USER_POOLS", providerARNs=[made["arn"]],
        identitySource="method.request.header.Authorization",
        identityValidationExpression=made["client"])["id"]
    trusting = gateway.create_authorizer(
        restApiId=api, name="any", type="COGNITO_USER_POOLS", providerARNs=[made["arn"]],
        identitySource="method.request.header.Authorization")["id"]
    claims = ('{"sub": "$context.authorizer.claims.sub", "user": '
              '"$context.authorizer.claims[\'cognito:username\']", "aud": "$context.authorizer.claims.aud"}')
    for path, id, scopes in [("id", authorizer, []), ("access", trusting, ["aws.cognito.signin.user.admin", "x"]),
                             ("other", trusting, ["pets/read"])]:
        resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=path)["id"]
        at = dict(restApiId=api, resourceId=resource, httpMethod="GET")
        gateway.put_method(authorizationType="COGNITO_USER_POOLS", authorizerId=id,
                           authorizationScopes=scopes, **at)
        gateway.put_integration(type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}, **at)
        gateway.put_method_response(statusCode="200", **at)
        gateway.put_integration_response(statusCode="200", responseTemplates={"application/json": claims}, **at)
    gateway.create_deployment(restApiId=api, stageName="prod")
    json.dump(made, open(file, "w"))

    deadline = time.monotonic() + 30
    while send(made, "/id", None)[0] != 401 and time.monotonic() < deadline:
        time.sleep(0.05)
    token = made["idToken"]
    claimed = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    told = {"sub": claimed["sub"], "user": "ada", "aud": made["client"]}
    unauthorized = 401, {"message": "Unauthorized"}
    check(made, "/id", token, (200, told))
    check(made, "/id", "Bearer " + token, (200, told))
    check(made, "/id", None, unauthorized)
    check(made, "/id", made["accessToken"], unauthorized)
    check(made, "/other", made["accessToken"], unauthorized)
    check(made, "/access", token, unauthorized)
    header, payload, signature = token.split(".")
    other = base64.urlsafe_b64encode(json.dumps(claimed | {"sub": "root"}).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none","kid":"dummy"}').decode().rstrip("=")
    for forged in [f"{header}.{other}.{signature}", f"{none}.{payload}.", f"{header}.{payload}."]:
        check(made, "/id", forged, unauthorized)

    def tested(headers):
        return gateway.test_invoke_authorizer(restApiId=api, authorizerId=authorizer, headers=headers)

    answer = tested({"Authorization": token})
    assert answer["clientStatus"] == 0 and answer["claims"]["sub"] == claimed["sub"], answer
    assert answer["claims"]["exp"].endswith(tuple("0123456789")) and " UTC " in answer["claims"]["exp"], answer
    answer = tested({"Authorization": "x"})
    assert answer["clientStatus"] == 401 and "claims" not in answer, answer


def again():
    made = json.load(open(file))
    status, told = send(made, "/id", made["idToken"])
    assert status == 200 and told["user"] == "ada", (status, told)
    header, payload, signature = made["idToken"].split(".")
    assert send(made, "/id", f"{header}.{payload}.{signature[::-1]}")[0] == 401


{"make": make, "call": call, "again": again}[step]()
