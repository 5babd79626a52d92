"""What every kind of plugin has around it: the project's modules, the log, errors as Lambda reports them.

componentize-py evaluates this module when a plugin is built and keeps the interpreter as it is then; no
file can be opened later. So the project's modules are kept as source text and only run in the first call,
as in Lambda's init phase: they see the function's environment, and not the build's. What they
import from the standard library is imported here already.
"""

import importlib
import importlib.abc
import importlib.util
import linecache
import logging
import sys
import traceback

from wit_world.imports import log
from wit_world.imports.log import Level

import edgeway_project as project  # written by build.py: what the project consists of

for name in project.STANDARD_MODULES:
    try:
        importlib.import_module(name)
    except ImportError:
        pass  # the project may know that a module is not everywhere

if "urllib.request" in sys.modules:
    import edgeway_outbound  # noqa: F401

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


class NamedError(Exception):
    """An error of an adapter, with the name that Lambda gives it."""

    def __init__(self, error_type, message):
        super().__init__(message)
        self.error_type = error_type


def find_function(module_name, function):
    """Runs a module, and returns a function of it and the module."""
    module = importlib.import_module(module_name.replace("/", "."))
    found = getattr(module, function, None)
    if found is None:
        raise NamedError("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    if not callable(found):
        raise NamedError("Runtime.HandlerNotFound", f"Handler '{function}' of '{module_name}' is not a function")
    return found, module


FILES = {file for file, _, _ in project.MODULES.values()}


def report(error):
    """Logs an error as Lambda does, and returns its type, its message and its frames without the adapter's."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in FILES]
    error_type = error.error_type if isinstance(error, NamedError) else type(error).__name__
    stack_trace = traceback.format_list(frames)
    lines = [f"[ERROR] {error_type}: {error}\n"]
    if stack_trace:
        lines += ["Traceback (most recent call last):\n", *stack_trace]
    log.log(Level.ERROR, "".join(lines).rstrip())
    return error_type, str(error), stack_trace


def flush():
    """A line that was not ended is logged with its call, and not with the next."""
    sys.stdout.flush()
    sys.stderr.flush()
