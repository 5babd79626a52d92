"""Writes requests that botocore signed as the files of botocore/: what its clients send to the services that
Edgeway takes part of, and what a presigned URL looks like.

    pip install botocore==1.44.5
    sign_with_botocore.py
"""

import datetime
import pathlib
import shutil
from unittest import mock

import botocore.auth
import botocore.session
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials

FOLDER = pathlib.Path(__file__).parent / "botocore"
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEPT//////////wEaDH+a/b==+c/d="
NOW = datetime.datetime(2026, 11, 24, 9, 0, 0, tzinfo=datetime.timezone.utc)
ENDPOINT = "http://localhost:9080"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:pets"


def write(name, request, signer):
    """What is sent, and what botocore says it signed."""
    target = request.url.split("/", 3)[3]
    headers = {key: value if isinstance(value, str) else value.decode() for key, value in request.headers.items()}
    headers.setdefault("Host", request.url.split("/")[2])
    # They are not signed, and differ from run to run.
    for unsigned in ("User-Agent", "amz-sdk-invocation-id"):
        headers.pop(unsigned, None)
    head = "".join(f"{key}: {value}\n" for key, value in headers.items())
    body = request.body or b""
    body = body.decode() if isinstance(body, bytes) else body
    FOLDER.joinpath(f"{name}.txt").write_text(
        f"--- signed request\n{request.method} /{target} HTTP/1.1\n{head}\n{body}"
        f"\n--- canonical request\n{signer.canonical}\n--- string to sign\n{signer.to_sign}\n",
        encoding="utf-8",
    )


class Witness:
    """Keeps what the signers of botocore compute on the way."""

    def __init__(self):
        to_sign = SigV4Auth.string_to_sign

        def string_to_sign(auth, request, canonical_request):
            self.canonical = canonical_request
            self.to_sign = to_sign(auth, request, canonical_request)
            return self.to_sign

        SigV4Auth.string_to_sign = string_to_sign


def call(witness, case, service, operation, token=None, **arguments):
    session = botocore.session.Session()
    client = session.create_client(
        service,
        region_name="us-east-1",
        endpoint_url=arguments.pop("endpoint", ENDPOINT),
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
        aws_session_token=token,
        config=Config(retries={"max_attempts": 0}, parameter_validation=False),
    )
    sent = []

    def answer(request, **_):
        sent.append(request)
        return AWSResponse(request.url, 500, {}, mock.Mock(stream=lambda **_: iter([b"{}"])))

    client.meta.events.register("before-send", answer)
    try:
        getattr(client, operation)(**arguments)
    except Exception:
        pass
    write(case, sent[0], witness)


def sign(witness, name, service, method, path, headers=None, body=b"", token=None, presign=None):
    request = AWSRequest(method, f"http://abc123.execute-api.localhost:8080{path}", headers or {}, body)
    credentials = Credentials(KEY, SECRET, token)
    if presign:
        SigV4QueryAuth(credentials, service, "eu-central-1", expires=presign).add_auth(request)
    else:
        SigV4Auth(credentials, service, "eu-central-1").add_auth(request)
    write(name, request.prepare(), witness)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None)
    witness = Witness()

    call(witness, "apigateway-create", "apigateway", "create_rest_api", name="Pets", tags={"a b": "ä+c"})
    call(witness, "apigateway-get", "apigateway", "get_resources", restApiId="abc123", embed=["methods"], limit=500)
    call(witness, "apigateway-session", "apigateway", "get_rest_apis", token=TOKEN, position="a+b/c=")
    call(witness, "apigateway-tags", "apigateway", "tag_resource", resourceArn="arn:aws:apigateway:us-east-1::/restapis/abc123", tags={"x": "y"})
    call(witness, "apigateway-update", "apigateway", "update_stage", restApiId="abc123", stageName="$default", patchOperations=[{"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1"}])
    call(witness, "apigatewayv2-delete", "apigatewayv2", "delete_api", ApiId="a b~c")
    call(witness, "connections-post", "apigatewaymanagementapi", "post_to_connection", endpoint="http://abc123.execute-api.localhost:8080/prod", ConnectionId="JBDvjfGEIAMCERw=", Data=b"hello")
    call(witness, "iam-create-user", "iam", "create_user", UserName="ada+ä", Path="/team/")
    call(witness, "lambda-create", "lambda", "create_function", FunctionName="pets", Role="r", Code={"ZipFile": b"\0asm"}, Environment={"Variables": {"A": "ü"}})
    call(witness, "lambda-invoke", "lambda", "invoke", FunctionName=FUNCTION, Qualifier="live", InvocationType="Event", LogType="Tail", Payload=b'{"a": 1}')
    call(witness, "lambda-list", "lambda", "list_versions_by_function", FunctionName=FUNCTION, Marker="a&b=c d")
    call(witness, "sts-get-caller-identity", "sts", "get_caller_identity", token=TOKEN)

    sign(witness, "date-header", "execute-api", "GET", "/prod/pets", {"Date": "x"})
    sign(witness, "header-spaces", "execute-api", "GET", "/prod/pets", {"X-Note": "  a \t b   c  ", "x-tag": '"a  b"'})
    sign(witness, "path-segments", "execute-api", "GET", "/prod//pets/./a/../b%2Fc/%20~*'()@:/")
    sign(witness, "post-json", "execute-api", "POST", "/prod/pets?a=1&a=0&A=2&b", {"Content-Type": "application/json"}, '{"name": "Ada"}')
    sign(witness, "presigned", "execute-api", "GET", "/prod/pets?type=cat&type=", presign=604800)
    sign(witness, "presigned-connect", "execute-api", "GET", "/prod", token=TOKEN, presign=1)
    sign(witness, "session", "execute-api", "DELETE", "/prod/pets/7", token=TOKEN)
    sign(witness, "unsigned-headers", "execute-api", "GET", "/prod", {"X-Amzn-Trace-Id": "Root=1", "Connection": "close"})


main()
