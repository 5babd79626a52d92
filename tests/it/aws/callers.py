# An API whose methods want signed calls: made with boto3 at a node, called as botocore signs, and as
# nobody may. Its backend is here, to see what reaches it. After signing.py.
import http.server, threading

reached = []


class Backend(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        reached.append((self.command, self.path, self.headers, body))
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, *_):
        pass


backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=backend.serve_forever, daemon=True).start()

api = gateway.create_rest_api(name="signed")["id"]
root = gateway.get_resources(restApiId=api)["items"][0]["id"]
pets = gateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
at = dict(restApiId=api, resourceId=pets, httpMethod="ANY")
gateway.put_method(authorizationType="AWS_IAM",
                   requestParameters={"method.request.path.proxy": True}, **at)
gateway.put_integration(
    type="HTTP_PROXY", integrationHttpMethod="ANY",
    uri=f"http://127.0.0.1:{backend.server_port}/{{proxy}}",
    requestParameters={"integration.request.path.proxy": "method.request.path.proxy",
                       "integration.request.header.x-arn": "context.identity.userArn",
                       "integration.request.header.x-key": "context.identity.accessKey"}, **at)
gateway.create_deployment(restApiId=api, stageName="prod")


def user(name, *resources):
    iam.create_user(UserName=name)
    statement = [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": list(resources)}]
    if resources:
        iam.put_user_policy(UserName=name, PolicyName="calls", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": statement}))
    return key_of(name)


arn = f"arn:aws:execute-api:us-east-1:000000000000:{api}/prod"
ada, bo = user("ada", f"{arn}/GET/pets/*", f"{arn}/POST/*"), user("bo")


def refused(prepared, status, kind, begin):
    before = len(reached)
    answer = send(prepared)
    assert answer[:2] == (status, kind) and answer[2].startswith(begin), answer
    assert len(reached) == before, reached[before:]


mismatch = (403, "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided.")
invalid = (403, "UnrecognizedClientException",
           "The security token included in the request is invalid.")

# Signed calls arrive, whole, with who signed them and without the signature.
wait(lambda: signed(ada, "GET /pets/1?b=2&a=1%20x"), (200, ""))
method, path, headers, body = reached[-1]
assert (method, path) == ("GET", "/pets/1?b=2&a=1%20x"), reached[-1]
assert headers["authorization"] is None
assert headers["x-arn"] == "arn:aws:iam::000000000000:user/ada", headers["x-arn"]
assert headers["x-key"] == ada.access_key, headers["x-key"]
assert send(signed(ada, "POST /pets/caf%C3%A9", b"a body"))[0] == 200
assert reached[-1][3] == b"a body", reached[-1]
assert send(presigned(ada, "GET /pets/2?x=%2F", 60))[0] == 200

# Whatever is changed of them is refused.
call = signed(ada, "POST /pets/1?a=1", b"a body")
call.body = b"a bodz"
refused(call, *mismatch)
for line in ["GET /pets/1?a=1", "POST /pets/2?a=1", "POST /pets/1?a=2", "POST /pets/1"]:
    call, other = signed(ada, "POST /pets/1?a=1"), request(line).prepare()
    call.method, call.url = other.method, other.url
    refused(call, *mismatch)
call = signed(ada, "GET /pets/1")
call.headers["X-Amz-Target"] = "other"
refused(call, 403, "InvalidSignatureException", "'x-amz-target' must be a 'SignedHeader'")
call = signed(ada, "GET /pets/1")
call.headers["X-HTTP-Method-Override"] = "POST"
refused(call, 403, "InvalidSignatureException", "'x-http-method-override' must be")
scope = (403, "InvalidSignatureException", "Credential should be scoped to ")
refused(signed(ada, "GET /pets/1", region="eu-west-1"), *scope)
refused(signed(ada, "GET /pets/1", service="apigateway"), *scope)
wrong = Credentials(ada.access_key, ada.secret_key[:-1] + "-")
refused(signed(wrong, "GET /pets/1"), *mismatch)
refused(signed(Credentials("AKIANOBODY0000000000", "secret"), "GET /pets/1"), *invalid)
token = Credentials(ada.access_key, ada.secret_key, "no token")
refused(signed(token, "GET /pets/1"), *invalid)
refused(request("GET /pets/1").prepare(), 403, "MissingAuthenticationTokenException",
        "Missing Authentication Token")
short = presigned(ada, "GET /pets/1", 1)
time.sleep(2.1)
refused(short, 403, "InvalidSignatureException", "Signature expired: ")

# What policies say.
denied = (403, "AccessDeniedException",
          "User: arn:aws:iam::000000000000:user/{} is not authorized to perform: "
          f"execute-api:Invoke on resource: {arn.replace('00000000', '********', 1)}/GET/")
refused(signed(bo, "GET /pets/1"), *denied[:2], denied[2].format("bo") + "pets/1 because no identity")
refused(signed(ada, "GET /owners"), *denied[:2], denied[2].format("ada") + "owners because no ")
iam.attach_user_policy(UserName="bo", PolicyArn="arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess")
wait(lambda: signed(bo, "GET /pets/1"), (200, ""))
policy = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::000000000000:user/bo"},
     "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/GET/pets/*"}]}
gateway.update_rest_api(restApiId=api, patchOperations=[
    {"op": "replace", "path": "/policy", "value": json.dumps(policy)}])
gateway.create_deployment(restApiId=api, stageName="prod")
answer = wait(lambda: signed(bo, "GET /pets/1"), denied[:2])
assert answer[2].endswith("with an explicit deny in a resource-based policy"), answer
assert send(signed(bo, "GET /owners"))[0] == 200
assert send(signed(ada, "GET /pets/1"))[0] == 200

# Who becomes a role calls as it, with the token of the session.
trust = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:user/ada"}, "Action": "sts:AssumeRole"}]}
role = iam.create_role(RoleName="keeper", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
iam.attach_role_policy(RoleName="keeper", PolicyArn="arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess")
sts = boto3.client("sts", aws_access_key_id=ada.access_key, aws_secret_access_key=ada.secret_key)
session = sts.assume_role(RoleArn=role, RoleSessionName="night")["Credentials"]
keeper = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
wait(lambda: signed(keeper, "GET /owners"), (200, ""))
assert reached[-1][2]["x-arn"] == "arn:aws:sts::000000000000:assumed-role/keeper/night", reached[-1]
assert send(presigned(keeper, "GET /pets/1", 60))[0] == 200
keeper.token = keeper.token[:-1] + "-"
refused(signed(keeper, "GET /owners"), *invalid)
keeper.token = None
refused(signed(keeper, "GET /owners"), *invalid)

# A key that is turned off is good for nothing.
iam.update_access_key(UserName="ada", AccessKeyId=ada.access_key, Status="Inactive")
wait(lambda: signed(ada, "GET /pets/1"), invalid[:2])
