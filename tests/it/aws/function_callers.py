# A function that is called as whoever signs the call: made with boto3, called as botocore signs. After signing.py, at a
# node with the function `pets`, which answers with the event.
function = "arn:aws:lambda:us-east-1:000000000000:function:pets"
api = gateway.create_rest_api(name="as-the-caller")["id"]
root = gateway.get_resources(restApiId=api)["items"][0]["id"]
at = dict(restApiId=api, resourceId=root, httpMethod="GET")
gateway.put_method(authorizationType="AWS_IAM", **at)
gateway.put_integration(
    type="AWS_PROXY", integrationHttpMethod="POST", credentials="arn:aws:iam::*:user/*",
    uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations", **at)
gateway.create_deployment(restApiId=api, stageName="prod")


def put_policy(user, **statements):
    statements = [{"Effect": effect, "Action": action, "Resource": "*"} for action, effect in statements.values()]
    iam.put_user_policy(UserName=user, PolicyName="calls", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statements}))


call, invoke = ("execute-api:Invoke", "Allow"), ("lambda:InvokeFunction", "Allow")
for name in ["ada", "bo"]:
    iam.create_user(UserName=name)
    put_policy(name, call=call)
ada, bo = key_of("ada"), key_of("bo")
failed = (500, "InternalServerErrorException")
by = lambda credentials: lambda: signed(credentials, "GET /")

# To call the API is not enough, and what API Gateway may do does not count.
wait(by(ada), failed)
boto3.client("lambda").add_permission(
    FunctionName="pets", StatementId="api", Action="lambda:InvokeFunction",
    Principal="apigateway.amazonaws.com", SourceArn=f"arn:aws:execute-api:us-east-1:000000000000:{api}/*/*/*")
put_policy("ada", call=call, invoke=invoke)
_, _, event = wait(by(ada), (200, ""))
assert json.loads(event)["requestContext"]["identity"]["userArn"] == "arn:aws:iam::000000000000:user/ada", event
answer = send(signed(bo, "GET /"))
assert answer == failed + ("Internal server error",), answer

# The function lets one user, whom a policy of his own may deny it.
boto3.client("lambda").add_permission(
    FunctionName="pets", StatementId="bo", Action="lambda:InvokeFunction", Principal="arn:aws:iam::000000000000:user/bo")
wait(by(bo), (200, ""))
put_policy("bo", call=call, invoke=("lambda:*", "Deny"))
wait(by(bo), failed)

# Who tests a method is its caller.
iam.attach_user_policy(UserName="ada", PolicyArn="arn:aws:iam::aws:policy/AmazonAPIGatewayAdministrator")
as_ada = boto3.client("apigateway", aws_access_key_id=ada.access_key, aws_secret_access_key=ada.secret_key)
tested = as_ada.test_invoke_method(**at)
assert tested["status"] == 200, tested
identity = json.loads(tested["body"])["requestContext"]["identity"]
assert identity["userArn"] == "arn:aws:iam::000000000000:user/ada", identity
assert identity["accessKey"] == ada.access_key, identity
put_policy("ada", call=call)
tested = as_ada.test_invoke_method(**at)
assert tested["status"] == 500, tested
assert "Execution failed due to configuration error: Invalid permissions on Lambda function" in tested["log"], tested
