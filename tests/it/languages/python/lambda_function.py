"""What a Lambda handler may do, by the last part of its path."""

import decimal
import json
import logging
import os
import time

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


MODES = {function.__name__: function for function in (answer, log, sleep, count, throw, marshal, late_import)}


def lambda_handler(event, context):
    return MODES[event["path"].rpartition("/")[2]](event, context)
