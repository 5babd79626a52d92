# An API whose stage caches, made with boto3 at a node, asked over real connections, signed and not. Its
# backend is here: it answers what the query says, and counts. The scenarios beside it begin with this.
# Arguments: the port of the node's APIs, and the node's process.
import boto3, http.client, http.server, json, sys, threading, time, urllib.parse
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

node, process = map(int, sys.argv[1:])
gateway, iam = boto3.client("apigateway"), boto3.client("iam")
reached = []


class Backend(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        reached.append((self.command, self.path, self.headers))
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        wanted = json.loads(query.get("answer", ["{}"])[0])
        body = wanted.get("body", f"answer {len(reached)}").encode() * wanted.get("times", 1)
        if self.headers["range"] and self.command == "GET":
            self.send_response(206)
            self.send_header("content-range", f"bytes 0-1/{len(body)}")
            body = body[:2]
        else:
            self.send_response(wanted.get("status", 200))
        for name, value in wanted.get("headers", {}).items():
            self.send_header(name, value)
        # What a poisoned answer would show.
        self.send_header("x-forwarded-host-was", str(self.headers["x-forwarded-host"]))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass


backend = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Backend)
threading.Thread(target=backend.serve_forever, daemon=True).start()


# Methods of `/{path}/{name}`, each keyed by the name.
def method(path, verb, authorization):
    resources = {item["path"]: item["id"] for item in gateway.get_resources(restApiId=api)["items"]}
    parent = resources.get(f"/{path}") or gateway.create_resource(
        restApiId=api, parentId=resources["/"], pathPart=path)["id"]
    name = resources.get(f"/{path}/{{name}}") or gateway.create_resource(
        restApiId=api, parentId=parent, pathPart="{name}")["id"]
    at = dict(restApiId=api, resourceId=name, httpMethod=verb)
    gateway.put_method(authorizationType=authorization,
                       requestParameters={"method.request.path.name": True}, **at)
    gateway.put_integration(
        type="HTTP_PROXY", integrationHttpMethod="ANY" if verb == "ANY" else verb,
        uri=f"http://127.0.0.1:{backend.server_port}/{{name}}",
        requestParameters={"integration.request.path.name": "method.request.path.name"},
        cacheKeyParameters=["method.request.path.name"], **at)


api = gateway.create_rest_api(name="shop")["id"]
method("open", "ANY", "NONE")
method("signed", "GET", "AWS_IAM")
gateway.create_deployment(restApiId=api, stageName="prod", cacheClusterEnabled=True,
                          cacheClusterSize="0.5")


def patch(**settings):
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=[
        dict(op="replace", path=path, value=value) for path, value in settings.items()])


# Settings of a method, by their names in a path.
def setting(method, **settings):
    patch(**{f"/{method}/caching/{name}": value for name, value in settings.items()})


def user(name, *actions):
    iam.create_user(UserName=name)
    statement = [{"Effect": "Allow", "Action": list(actions), "Resource": f"arn:aws:execute-api:*:*:{api}/*"}]
    iam.put_user_policy(UserName=name, PolicyName="calls", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": statement}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


HOST = f"{api}.execute-api.localhost:{node}"


# Status, headers and body.
def send(target, verb="GET", credentials=None, host=HOST, body=None, **headers):
    made = AWSRequest(verb, f"http://{host}/prod{target}", data=body or b"")
    for name, value in headers.items():
        made.headers[name.replace("_", "-")] = value
    if credentials:
        SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(made)
    connection = http.client.HTTPConnection("127.0.0.1", node)
    _, _, _, path = made.prepare().url.split("/", 3)
    connection.putrequest(verb, "/" + path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"host": host, **made.headers}.items():
        connection.putheader(name, value)
    if body:
        connection.putheader("content-length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode()


def get(target, **more):
    status, _, body = send(target, **more)
    assert status == 200, (target, more, status, body)
    return body


def answering(name, **wanted):
    return f"/open/{name}?" + urllib.parse.urlencode({"answer": json.dumps(wanted)})


def wait(what, holds):
    for _ in range(400):
        if holds():
            return
        time.sleep(0.025)
    raise Exception(f"waited in vain for {what}")


def is_kept(target, **more):
    return get(target, **more) == get(target, **more)


# Whether the second of two requests is answered by the backend, which the first one left.
def check_kept(target, expected, **more):
    first = send(target, **more)
    before = len(reached)
    second = send(target, **more)
    assert (len(reached) == before) == expected, (target, more, first, second)
    return second


setting("*/*", enabled="true")
wait("the API", lambda: send("/open/deployed")[0] == 200)
wait("the cache", lambda: is_kept("/open/first"))
ada = user("ada", "execute-api:Invoke", "execute-api:InvalidateCache")
bob = user("bob", "execute-api:Invoke")
for credentials in ada, bob:
    wait("the users", lambda: send("/signed/ready", credentials=credentials)[0] == 200)
