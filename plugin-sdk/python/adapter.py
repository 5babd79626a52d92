"""From `edgeway:plugin/event-function` to a handler as it is written for AWS Lambda's Python runtime.

componentize-py evaluates this module when a plugin is built and keeps the interpreter as it is then; no
file can be opened later. So the project's modules are kept as source text and only run in the first call,
as in Lambda's init phase: they see the function's environment, and not the build's. What they
import from the standard library is imported here already.
"""

import importlib
import importlib.abc
import importlib.util
import json
import linecache
import logging
import os
import sys
import time
import traceback

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.event_function import FunctionError
from wit_world.imports import log
from wit_world.imports.log import Level

import edgeway_project as project  # written by build.py: what the project consists of

for name in project.STANDARD_MODULES:
    try:
        importlib.import_module(name)
    except ImportError:
        pass  # the project may know that a module is not everywhere


class ProjectModules(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the project's modules from the texts that were kept."""

    def find_spec(self, name, path=None, target=None):
        if name not in project.MODULES:
            return None
        file, is_package, _ = project.MODULES[name]
        return importlib.util.spec_from_loader(name, self, origin=file, is_package=is_package)

    def get_source(self, name):
        return project.MODULES[name][2]

    def is_package(self, name):
        return project.MODULES[name][1]

    def exec_module(self, module):
        file, _, text = project.MODULES[module.__name__]
        module.__file__ = file
        # Tracebacks show lines of the source.
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec"), module.__dict__)


sys.meta_path.insert(0, ProjectModules())


class GatewayLog(logging.Handler):
    """The root logger's handler, as Lambda's runtime has one."""

    LEVELS = [
        (logging.ERROR, Level.ERROR),
        (logging.WARNING, Level.WARN),
        (logging.INFO, Level.INFO),
        (logging.DEBUG, Level.DEBUG),
    ]

    def emit(self, record):
        try:
            level = next((to for least, to in self.LEVELS if record.levelno >= least), Level.TRACE)
            log.log(level, self.format(record))
        except Exception:
            self.handleError(record)


logging.getLogger().addHandler(GatewayLog())


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


class NamedError(Exception):
    """An error of this adapter, with the name that Lambda gives it."""

    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def find_handler():
    module_name, _, function = project.HANDLER.rpartition(".")
    module = importlib.import_module(module_name.replace("/", "."))
    handler = getattr(module, function, None)
    if handler is None:
        raise NamedError("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    if not callable(handler):
        raise NamedError("Runtime.HandlerNotFound", f"Handler '{function}' of '{module_name}' is not a function")
    return handler


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


def describe(error):
    """Without this file's own frames."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in FILES]
    error_type = error.error_type if isinstance(error, NamedError) else type(error).__name__
    return FunctionError(error_type, str(error), traceback.format_list(frames))


FILES = {file for file, _, _ in project.MODULES.values()}


class EventFunction(exports.EventFunction):
    handler = None

    def handle(self, event, invocation):
        try:
            set_environment(invocation)
            if EventFunction.handler is None:
                EventFunction.handler = find_handler()
            return to_json(EventFunction.handler(json.loads(event), Context(invocation)))
        except Exception as error:
            failure = describe(error)
            lines = [f"[ERROR] {failure.error_type}: {failure.error_message}\n"]
            if failure.stack_trace:
                lines += ["Traceback (most recent call last):\n", *failure.stack_trace]
            log.log(Level.ERROR, "".join(lines).rstrip())
            raise Err(failure) from error
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
