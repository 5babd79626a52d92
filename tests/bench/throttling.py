"""How exactly limits hold: what is let through of three times as much as a limit.

Clients send at a fixed rate, whether or not the machine has time for them: what may be let through is of the
time that really passed. A node of its own, `edgeway serve`, on all cores.
"""

import http.client
import sys
import threading
import time
from urllib.parse import urlsplit

from machine import Failure
from node import Node, add_mock
from report import Bar, Section, significant

SECONDS, TIMES = 10, 3

# Each sends its part; enough that an answer that is late delays few others.
CLIENTS = 6

# Path, label, requests a second, and at once. The last one is within the one before it.
LEVELS = [
    ("method", "a stage's limit of a method", 300, 150),
    ("key", "a usage plan's limit of a key", 300, 150),
    ("key-method", "a usage plan's limit of a key and a method", 150, 75),
]


def measure(options, folder, cores, tools):
    node = Node(tools, folder, cores.all)
    api, key = limited(node)
    section = Section("throttling", ["", "sent", "let through", "rate × time + burst", "ratio"])
    for path, label, rate, burst in LEVELS:
        url, headers = node.url(api, f"/{path}"), {"X-API-Key": key}
        node.process.await_answer(url, headers=headers)
        # Until nothing is spent of it.
        time.sleep(burst / rate + 1)
        sent, accepted, seconds = offered(url, headers, rate * TIMES)
        expected = rate * seconds + burst
        ratio = accepted / expected
        section.rows.append([label, sent, accepted, significant(expected), f"{ratio:.4f}x"])
        section.bars.append(Bar.at_least(f"let through of {TIMES} times {label}", 0.98, ratio))
        section.bars.append(Bar.at_most(f"let through of {TIMES} times {label}", 1.02, ratio))
        print(f"bench: throttling, {path}", file=sys.stderr, flush=True)
    return section


def limited(node):
    """An API with a method for each level, and a key of its plan."""
    limits = {path: {"rateLimit": rate, "burstLimit": burst} for path, _, rate, burst in LEVELS}
    api = node.aws.create_rest_api(name="throttled")
    for path in limits:
        resource = node.aws.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart=path)
        method = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": "GET"}
        add_mock(node.aws, method)
        if path != "method":
            node.aws.update_method(**method, patchOperations=[{"op": "replace", "path": "/apiKeyRequired", "value": "true"}])
    node.deploy(api["id"])
    node.aws.update_stage(restApiId=api["id"], stageName="prod", patchOperations=[
        {"op": "replace", "path": f"/~1method/GET/throttling/{name}", "value": str(value)} for name, value in limits["method"].items()
    ])
    key = node.aws.create_api_key(name="customer", enabled=True)
    plan = node.aws.create_usage_plan(
        name="plan", throttle=limits["key"],
        apiStages=[{"apiId": api["id"], "stage": "prod", "throttle": {"/key-method/GET": limits["key-method"]}}],
    )
    node.aws.create_usage_plan_key(usagePlanId=plan["id"], keyId=key["id"], keyType="API_KEY")
    return api["id"], key["value"]


def offered(url, headers, rate):
    """What was sent, what was let through, and in how many seconds."""
    counts, began = [], time.monotonic()
    clients = [threading.Thread(target=client, args=(url, headers, CLIENTS / rate, began, counts)) for _ in range(CLIENTS)]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    if len(counts) != CLIENTS:
        raise Failure(f"{url}: a client failed")
    return sum(sent for sent, _, _ in counts), sum(accepted for _, accepted, _ in counts), max(end for *_, end in counts) - began


def client(url, headers, interval, began, counts):
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.netloc)
    sent = accepted = 0
    while time.monotonic() < began + SECONDS:
        due = began + sent * interval
        time.sleep(max(0, due - time.monotonic()))
        connection.request("GET", place.path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status not in (200, 429):
            raise Failure(f"{url} answers {answer.status}")
        sent += 1
        accepted += answer.status == 200
    counts.append((sent, accepted, time.monotonic()))
