"""A handler as for AWS Lambda. `event` is the proxy event of API Gateway (payload format 1.0)."""

import json
import logging

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)


def lambda_handler(event, context):
    logger.info("%s %s for %s", event["httpMethod"], event["path"], context.aws_request_id)
    name = (event["pathParameters"] or {}).get("name", "world")
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": f"Hello, {name}!"}),
    }
