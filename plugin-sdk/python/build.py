"""Makes a component from a Python project with componentize-py. `edgeway build` runs it.

python -I build.py '{"project": ..., "handler": ..., "kind": ..., "outbound": ..., "sdk": ..., "work": ..., "output": ...}'
"""

import ast
import json
import os
import pathlib
import shutil
import subprocess
import sys

OPTIONS = json.loads(sys.argv[1])
PROJECT, SDK, WORK = (pathlib.Path(OPTIONS[name]) for name in ("project", "sdk", "work"))
SKIPPED = {"__pycache__", "tests", "test", "venv", "node_modules"}
KEY_VALUE = "wit_world.imports.key_value"
OWN = {"edgeway", "wit_world", "componentize_py_types"}
# Functions of a module, and the export that each makes.
TRANSFORMS = {"on_request": "request-transform", "on_response": "response-transform"}


def project_modules():
    """Every module of the project by its name: its file, whether it is a package, its text."""
    modules = {}
    for file in sorted(PROJECT.rglob("*.py")):
        below = file.relative_to(PROJECT)
        folders = below.parts[:-1]
        if any(part in SKIPPED or part.startswith(".") or not part.isidentifier() for part in folders):
            continue
        is_package = file.name == "__init__.py"
        name = ".".join(folders if is_package else (*folders, file.stem))
        if name:
            modules[name] = (str(below), is_package, file.read_text(encoding="utf-8"))
    for name in list(modules):  # folders without __init__.py are packages too
        while name := name.rpartition(".")[0]:
            modules.setdefault(name, (name.replace(".", "/"), True, ""))
    return modules


def imports(file, text):
    """What a module names in its import statements, wherever they stand."""
    for node in ast.walk(ast.parse(text, filename=file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def find_exports(modules):
    """What the module that the handler names is exported as."""
    required = next((name for name, kind in TRANSFORMS.items() if kind == OPTIONS["kind"]), None)
    if required:
        names = names_of_module(modules, OPTIONS["handler"], required)
        return [export for name, export in TRANSFORMS.items() if name in names]
    module, dot, function = OPTIONS["handler"].rpartition(".")
    if not dot:
        sys.exit(f"the handler {OPTIONS['handler']} names no function; write it as module.function")
    names_of_module(modules, module, function)
    return ["event-function"]


def names_of_module(modules, module, required):
    name = module.replace("/", ".")
    if name not in modules:
        sys.exit(f"{PROJECT} has no {name.replace('.', '/')}.py; the handler is {OPTIONS['handler']}")
    file, _, text = modules[name]
    names = names_of(ast.parse(text, filename=file))
    if required not in names:
        sys.exit(f"{file} has no {required}; the handler is {OPTIONS['handler']}")
    return names


def names_of(tree):
    """Every name that a module may get at its top level; a star import may bring any."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names.update((alias.asname or alias.name).split(".")[0] for alias in node.names)
    return names


def check_imports(modules, imported):
    standard = sys.stdlib_module_names
    for name, file in imported.items():
        first = name.partition(".")[0]
        if first in standard or first in OWN:
            continue
        if first not in {module.partition(".")[0] for module in modules}:
            print(
                f"note: {file} imports {first}, which is neither of the standard library nor in the project; "
                f"put it there with: pip install --target {PROJECT} {first}",
                file=sys.stderr,
            )


def main():
    modules = project_modules()
    exports = find_exports(modules)
    imported = {name: file for file, _, text in modules.values() for name in imports(file, text)}
    check_imports(modules, imported)
    standard = sorted(name for name in imported if name.partition(".")[0] in sys.stdlib_module_names)
    app = WORK / "app"
    app.mkdir()
    for adapter in (SDK / "python/adapter").iterdir():
        name = adapter.name if adapter.stem == "edgeway" else f"edgeway_{adapter.name}"
        shutil.copy(adapter, app / name)
    (app / "edgeway_project.py").write_text(
        f"HANDLER = {OPTIONS['handler']!r}\nSTANDARD_MODULES = {standard!r}\nMODULES = {modules!r}\n",
        encoding="utf-8",
    )
    wit = write_world(exports, any(name.startswith(KEY_VALUE) for name in imported))
    entry = "edgeway_event_function" if exports == ["event-function"] else "edgeway_transform"
    tool = pathlib.Path(sys.executable).with_name("componentize-py")
    command = [tool, "--quiet", "-d", wit, "-w", "plugin", "componentize", "-p", app, entry]
    # Whatever environment the user is in has nothing to do with the component.
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    sys.exit(subprocess.run([*command, "-o", OPTIONS["output"]], env=environment).returncode)


def write_world(exports, is_key_value_used):
    """A world with what is used: a component that imports what it is not granted is refused."""
    wit = WORK / "wit"
    shutil.copytree(SDK / "wasi", wit / "deps")
    shutil.copytree(SDK / "wit", wit / "deps/edgeway")
    lines = ["import edgeway:plugin/log@1.0.0;"]
    lines += ["import edgeway:plugin/key-value@1.0.0;"] * is_key_value_used
    lines += ["import wasi:http/outgoing-handler@0.2.10;"] * OPTIONS["outbound"]
    lines += [f"export edgeway:plugin/{export}@1.0.0;" for export in exports]
    world = "".join(f"    {line}\n" for line in lines)
    (wit / "world.wit").write_text(f"package edgeway:python;\n\nworld plugin {{\n{world}}}\n")
    return wit


main()
