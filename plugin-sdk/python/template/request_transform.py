"""Lets no request through that does not say which client sends it."""

import logging

from edgeway import Response

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)

# What it wants to be given: "headers" (some, or True for all), "query", "context", "body".
needs = {"headers": ["x-client"]}


def on_request(request):
    client = request.headers.get("x-client")
    if client is None:
        return Response(400, body='{"message": "which client are you?"}')
    logger.info("%s %s from %s", request.method, request.path, client)
    return {"headers": {"x-client": client.strip()}}  # what is not named stays as it is
