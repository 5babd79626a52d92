"""From `edgeway:plugin/event-function` to a handler as it is written for AWS Lambda's Python runtime."""

import json
import os
import time

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.event_function import FunctionError

import edgeway_project as project
from edgeway_runtime import NamedError, find_function, flush, report


class Context:
    """What Lambda's Python runtime passes as `context`."""

    client_context = None
    identity = None

    def __init__(self, invocation):
        self._deadline = invocation.deadline
        self.aws_request_id = invocation.request_id
        self.function_name = invocation.function_name
        self.function_version = invocation.function_version
        self.invoked_function_arn = invocation.invoked_function_arn
        self.log_group_name = f"/aws/lambda/{invocation.function_name}"
        self.log_stream_name = f"[{invocation.function_version}]"
        self.memory_limit_in_mb = str(invocation.memory_limit_in_mb)

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        print(message)


def set_environment(invocation):
    os.environ.setdefault("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", str(invocation.memory_limit_in_mb))
    os.environ.setdefault("AWS_LAMBDA_FUNCTION_NAME", invocation.function_name)
    os.environ.setdefault("AWS_LAMBDA_FUNCTION_VERSION", invocation.function_version)
    os.environ.setdefault("AWS_REGION", invocation.invoked_function_arn.split(":")[3])
    if invocation.trace_id is not None:
        os.environ["_X_AMZN_TRACE_ID"] = invocation.trace_id


def to_json(answer):
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        raise NamedError("Runtime.MarshalError", message) from error


class EventFunction(exports.EventFunction):
    handler = None

    def handle(self, event, invocation):
        try:
            set_environment(invocation)
            if EventFunction.handler is None:  # as in Lambda's init phase; again if it failed
                module, _, function = project.HANDLER.rpartition(".")
                EventFunction.handler, _ = find_function(module, function)
            return to_json(EventFunction.handler(json.loads(event), Context(invocation)))
        except Exception as error:
            raise Err(FunctionError(*report(error))) from error
        finally:
            flush()
