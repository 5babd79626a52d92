"""What a Lambda handler may do, by the last part of its path."""

import decimal
import json
import logging
import os
import time
import urllib.error
import urllib.request

from shop.answer import respond
from wit_world.imports import key_value

TABLE = os.environ["TABLE"]  # read while the module is run, as on Lambda

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


class OutOfStock(Exception):
    pass


def answer(event, context):
    return respond(
        200,
        {
            "table": TABLE,
            "name": os.environ["AWS_LAMBDA_FUNCTION_NAME"],
            "region": os.environ["AWS_REGION"],
            "function": context.function_name,
            "memory": context.memory_limit_in_mb,
            "inTime": context.get_remaining_time_in_millis() > 0,
            "price": str(decimal.Decimal("1.10")),
        },
    )


def log(event, context):
    print("stock of socks is 3")
    logger.info("low on %s", "socks")
    logging.warning("no more %s", "socks")
    return respond(200, {})


def sleep(event, context):
    started = time.monotonic()
    time.sleep(0.02)
    return respond(200, {"slept": time.monotonic() - started >= 0.019})


def count(event, context):
    return respond(200, {"count": key_value.increment("counts", "socks", 2)})


def throw(event, context):
    raise OutOfStock("no socks")


def marshal(event, context):
    return {"statusCode": 200, "body": {1, 2}}


def late_import(event, context):
    import textwrap

    return respond(200, textwrap.dedent("  dedented"))


def fetch(event, context):
    with urllib.request.urlopen(os.environ["ORIGIN"] + "/headers", timeout=5) as answer:
        found = {"status": answer.status, "own": answer.headers["x-own"], "cookies": answer.headers.get_all("set-cookie")}
        return respond(200, found | {"body": answer.read().decode()})


def post(event, context):
    headers = {"content-type": "application/json", "x-own": "1"}
    request = urllib.request.Request(os.environ["ORIGIN"] + "/echo-body", b"1" * 10_000, headers, method="PUT")
    with urllib.request.urlopen(request) as answer:
        return respond(200, len(answer.read()))


def unavailable(event, context):
    try:
        urllib.request.urlopen(os.environ["ORIGIN"] + "/unavailable")
    except urllib.error.HTTPError as error:
        return respond(200, [error.code, error.headers["retry-after"], error.read().decode()])


def half(event, context):
    with urllib.request.urlopen(os.environ["ORIGIN"] + "/half") as answer:
        return respond(200, answer.read().decode())


def elsewhere(event, context):
    try:
        urllib.request.urlopen("https://elsewhere.example/")
    except urllib.error.URLError as error:
        return respond(200, str(error.reason))


def stall(event, context):
    try:
        urllib.request.urlopen(os.environ["ORIGIN"] + "/stall", timeout=0.05)
    except urllib.error.URLError as error:
        return respond(200, isinstance(error.reason, TimeoutError))


MODES = (answer, log, sleep, count, throw, marshal, late_import, fetch, post, unavailable, half, elsewhere, stall)
MODES = {function.__name__: function for function in MODES}


def lambda_handler(event, context):
    return MODES[event["path"].rpartition("/")[2]](event, context)
