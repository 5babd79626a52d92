"""Routes that ask who calls and how often, by the same route that asks for nothing.

A node of its own, `edgeway serve`: users, keys and plans are in a store.
"""

import json
import sys
from collections import defaultdict

from contestants import nginx
from load import sample
from machine import free_ports
from node import Node
from report import SAMPLED, Bar, Section, ratio_of_samples, sampled

# Path, label, and of those with a bar: at least so many times which one.
ROUTES = [
    ("open", "Edgeway `HTTP_PROXY`, open", None),
    ("keyed", "the same, called with a key", None),
    ("signed", "`AWS_IAM`: signed by a user whose policy lets it", (0.75, "open")),
    # By the same requests: a header that goes on to the upstream costs what it costs, whether it is looked at or not.
    ("planned", "API key, usage plan with throttle and quota", (0.97, "keyed")),
]
BY = {"open": "the open route", "keyed": "the open route, called with a key"}


def measure(options, folder, cores, tools):
    (origin,) = free_ports(1)
    nginx("origin", origin, origin, cores.origin, folder).await_answer(f"http://127.0.0.1:{origin}/origin")
    node = Node(tools, folder, [cores.server], threads=1)
    api = deployed(node, origin)
    credentials, key = user(node, api), customer(node, api)

    def headers(path):
        """Signatures are believed for five minutes."""
        if path == "signed":
            return signed(node.url(api, "/signed"), credentials)
        return {"X-API-Key": key} if path in ("keyed", "planned") else {}

    for path, _, _ in ROUTES:
        node.process.await_answer(node.url(api, f"/{path}"), headers=headers(path))
    samples = defaultdict(list)
    for round_number in range(1, options.rounds + 1):
        for path, _, _ in ROUTES:
            url = node.url(api, f"/{path}")
            samples[path].append(sample(node.process, url, options, cores.load, headers(path)))
        print(f"bench: guarded, round {round_number} of {options.rounds}", file=sys.stderr, flush=True)
    return section(samples)


def section(samples):
    result = Section("guarded", SAMPLED)
    for path, label, bar in ROUTES:
        result.rows.append([label, *sampled(samples[path], samples["open"])])
        if bar:
            minimum, other = bar
            ratio = ratio_of_samples(samples[path], samples[other])
            result.bars.append(Bar.at_least(f"{label}, by {BY[other]}", minimum, ratio))
    return result


def deployed(node, origin):
    """An API of the routes, deployed; its id."""
    api = node.aws.create_rest_api(name="guarded")
    for path, _, _ in ROUTES:
        resource = node.aws.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart=path)
        method = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": "GET"}
        authorization = "AWS_IAM" if path == "signed" else "NONE"
        node.aws.put_method(**method, authorizationType=authorization, apiKeyRequired=path == "planned")
        uri = f"http://127.0.0.1:{origin}/origin"
        node.aws.put_integration(**method, type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    node.deploy(api["id"])
    return api["id"]


def user(node, api):
    """Keys of a user who may call the API."""
    iam = node.client("iam")
    iam.create_user(UserName="caller")
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"arn:aws:execute-api:*:*:{api}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.put_user_policy(UserName="caller", PolicyName="call", PolicyDocument=policy)
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def customer(node, api):
    """A key of a plan that nobody uses up."""
    key = node.aws.create_api_key(name="customer", enabled=True)
    plan = node.aws.create_usage_plan(
        name="plan", apiStages=[{"apiId": api, "stage": "prod"}],
        throttle={"rateLimit": 1e6, "burstLimit": 1_000_000}, quota={"limit": 1_000_000_000, "period": "MONTH"},
    )
    node.aws.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    return key["value"]


def signed(url, credentials):
    """The headers of a signed GET."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(*credentials), "execute-api", "us-east-1").add_auth(request)
    return dict(request.headers)
