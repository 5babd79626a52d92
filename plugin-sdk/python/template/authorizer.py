"""A Lambda authorizer of type TOKEN: lets through who knows a pass phrase."""

import json
import os

# Its configuration is its environment: pass phrase -> name, as JSON.
PHRASES = json.loads(os.environ["PHRASES"])


def lambda_handler(event, context):
    name = PHRASES.get(event["authorizationToken"])
    if name is None:
        raise Exception("Unauthorized")  # answers 401
    # Holds for every method of the stage while it is cached, so allow them all.
    api, stage, *_ = event["methodArn"].split("/")
    return {
        "principalId": name,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{api}/{stage}/*"}],
        },
        "context": {"name": name},
    }
