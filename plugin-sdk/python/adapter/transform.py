"""From `edgeway:plugin/request-transform` and `response-transform` to the functions of a module:
`needs = {"headers": ["x-client"]}` and `def on_request(request)`, or `on_response`, which return what to change.
"""

import os

from componentize_py_types import Err
from wit_world import exports

try:  # the name depends on what else there is in the world
    from wit_world.imports import edgeway_plugin_types as types
except ImportError:
    from wit_world.imports import types

import edgeway_project as project
from edgeway import Response
from edgeway_runtime import find_function, flush, report

NEEDS = ("headers", "query", "context", "body")
NEEDS_OF_RESPONSE = ("headers", "context", "body")


class Values(dict):
    """Values by their names; of several of one name, `get_all` has each."""

    def __init__(self, pairs, join):
        self._all = {}
        for pair in pairs:
            self._all.setdefault(pair.name, []).append(pair.value)
        super().__init__((name, join(values)) for name, values in self._all.items())

    def get_all(self, name):
        return list(self._all.get(name, []))


def last(values):
    return values[-1]


class Context:
    """Where a request stands: `requestContext` of a Lambda event."""

    def __init__(self, context):
        self.__dict__.update(vars(context))
        self.stage_variables = Values(context.stage_variables, last)
        self.authorizer_context = Values(context.authorizer_context, last)


class Request:
    """What `on_request` gets. Names of headers are in lower case."""

    def __init__(self, request):
        head = request.head
        self.method = head.method
        self.path = head.path
        self.path_parameters = Values(head.path_parameters, last)
        self.query = Values(head.query, last)
        self.headers = Values(head.headers, ", ".join)
        self.context = request.context and Context(request.context)
        self.body = request.body


def check_parts(value, known, what):
    """Another name is a mistake, and not passed over."""
    if not isinstance(value, dict):
        raise TypeError(f"{what} must be a dict with {', '.join(known)}, not {type(value).__name__}")
    for name in value:
        if name not in known:
            raise TypeError(f"{what} has {name}; there are {', '.join(known)}")
    return value


def parse_needs(needs, known):
    """A module that has both functions asks once, for both."""
    check_parts(needs, NEEDS if hasattr(exports, "RequestTransform") else known, "`needs`")
    headers = needs.get("headers", False)
    for name in ("query", "context", "body"):
        if not isinstance(needs.get(name, False), bool):
            raise TypeError(f"`needs` has {name} that is neither True nor False")
    if isinstance(headers, bool):
        headers = types.HeaderNeeds_All() if headers else types.HeaderNeeds_None_()
    elif isinstance(headers, (list, tuple, set)):
        headers = types.HeaderNeeds_Named([str(name).lower() for name in headers])
    else:
        raise TypeError("`needs` has headers that are neither a list of names nor True or False")
    query, context, body = (name in known and needs.get(name, False) for name in ("query", "context", "body"))
    return types.PluginNeeds(headers, query, context, body)


def to_text(name, value):
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError(f"{name} must be a str, a list of them, None, or {{'append': str}}")


def operations(changes, item, set_, append, remove):
    """`{name: value}` sets, `{name: [value, value]}` sets several, `{name: None}` removes, and
    `{name: {"append": value}}` adds to what there is."""
    made = []
    for name, change in changes.items():
        if isinstance(change, dict):
            added = check_parts(change, ("append",), name)["append"]
            added = added if isinstance(added, (list, tuple)) else [added]
            made += (append(item(name, to_text(name, value))) for value in added)
            continue
        values = change if isinstance(change, (list, tuple)) else [] if change is None else [change]
        if not values:
            made.append(remove(name))
        for number, value in enumerate(values):
            made.append((append if number else set_)(item(name, to_text(name, value))))
    return made


def header_operations(changes):
    return operations(
        changes, types.Header, types.HeaderOperation_Set, types.HeaderOperation_Append, types.HeaderOperation_Remove
    )


def query_operations(changes):
    return operations(
        changes, types.Parameter, types.QueryOperation_Set, types.QueryOperation_Append, types.QueryOperation_Remove
    )


def to_bytes(body):
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str):
        return body.encode()
    raise TypeError(f"body must be a str or bytes, not {type(body).__name__}; json.dumps makes a str of a dict")


def to_status(status):
    if status is None or (isinstance(status, int) and 200 <= status <= 599):
        return status
    raise TypeError(f"status_code must be 200-599, not {status!r}")


def immediate(response, kind):
    headers = [
        types.Header(name, to_text(name, value))
        for name, change in response.headers.items()
        for value in (change if isinstance(change, (list, tuple)) else [change])
    ]
    return kind(to_status(response.status_code), headers, to_bytes(response.body) or b"")


class Transform:
    """A function of the project's module and what it needs; the module is run when the gateway asks for that."""

    found = {}

    def __init__(self, function, known):
        self.function, self.known = function, known

    def find(self):
        if self.function not in Transform.found:
            try:
                function, module = find_function(project.HANDLER, self.function)
                needs = parse_needs(getattr(module, "needs", {}), self.known)
            except Exception as error:
                report(error)
                flush()
                os._exit(1)  # an instance that did not start is of no use
            Transform.found[self.function] = (function, needs)
        return Transform.found[self.function]

    def needs(self):
        return self.find()[1]

    def call(self, given, outcome):
        function, _ = self.find()
        try:
            return outcome(function(given))
        except Exception as error:
            error_type, message, _ = report(error)
            raise Err(f"{error_type}: {message}") from error
        finally:
            flush()


if hasattr(exports, "RequestTransform"):
    from wit_world.exports import request_transform

    ON_REQUEST = Transform("on_request", NEEDS)

    def request_outcome(value):
        if value is None:
            return request_transform.RequestOutcome_Unchanged()
        if isinstance(value, Response):
            return request_transform.RequestOutcome_Respond(immediate(value, request_transform.ImmediateResponse))
        patch = check_parts(value, ("headers", "query", "body"), "what on_request returns")
        headers = header_operations(patch.get("headers", {}))
        query = query_operations(patch.get("query", {}))
        return request_transform.RequestOutcome_Patch(
            request_transform.RequestPatch(headers, query, to_bytes(patch.get("body")))
        )

    class RequestTransform(exports.RequestTransform):
        def needs(self):
            return ON_REQUEST.needs()

        def on_request(self, request):
            return ON_REQUEST.call(Request(request), request_outcome)


if hasattr(exports, "ResponseTransform"):
    from wit_world.exports import response_transform

    ON_RESPONSE = Transform("on_response", NEEDS_OF_RESPONSE)

    def response_outcome(value):
        if value is None:
            return response_transform.ResponseOutcome_Unchanged()
        patch = check_parts(value, ("status_code", "headers", "body"), "what on_response returns")
        headers = header_operations(patch.get("headers", {}))
        return response_transform.ResponseOutcome_Patch(
            response_transform.ResponsePatch(
                to_status(patch.get("status_code")), headers, to_bytes(patch.get("body"))
            )
        )

    class ResponseTransform(exports.ResponseTransform):
        def needs(self):
            return ON_RESPONSE.needs()

        def on_response(self, response):
            headers = Values(response.headers, ", ".join)
            context = response.context and Context(response.context)
            return ON_RESPONSE.call(Response(response.status, headers, response.body, context), response_outcome)
