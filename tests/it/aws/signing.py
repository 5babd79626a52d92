# Calls of the stage `prod` of the API whose id is in `api`, as botocore signs them. Argument: the port of the node's APIs.
import boto3, http.client, json, sys, time
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

node = int(sys.argv[1])
gateway, iam = boto3.client("apigateway"), boto3.client("iam")


def key_of(user):
    key = iam.create_access_key(UserName=user)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def request(line, body=b""):
    method, target = line.split(" ")
    return AWSRequest(method, f"http://{api}.execute-api.localhost:{node}/prod{target}", data=body)


def signed(credentials, line, body=b"", region="us-east-1", service="execute-api"):
    made = request(line, body)
    SigV4Auth(credentials, service, region).add_auth(made)
    return made.prepare()


def presigned(credentials, line, expires):
    made = request(line)
    SigV4QueryAuth(credentials, "execute-api", "us-east-1", expires=expires).add_auth(made)
    return made.prepare()


# Status, type of the error and message.
def send(prepared):
    _, _, host, *path = prepared.url.split("/", 3)
    connection = http.client.HTTPConnection("127.0.0.1", node)
    headers = {"host": host} | {name: value if isinstance(value, str) else value.decode()
                                for name, value in prepared.headers.items()}
    connection.request(prepared.method, "/" + path[0], prepared.body or None, headers)
    answer = connection.getresponse()
    body = answer.read().decode()
    if answer.status == 200:
        return 200, "", body
    message = json.loads(body)
    return (answer.status, answer.headers["x-amzn-ErrorType"],
            message.get("message") or message["Message"])


def wait(make, expected):
    for _ in range(100):
        answer = send(make())
        if answer[:2] == expected:
            return answer
        time.sleep(0.05)
    raise Exception(f"{answer}, and not {expected}")
