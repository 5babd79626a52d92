"""The control API: calls that are on the disk when they are answered, and what a node makes of them. Without sockets."""

from micro import run
from report import Bar, Section
from tools import MANAGING

CALLERS = 64
STAGES, METHODS = 300, 50


def measure(_options, _folder, cores, tools):
    medians, held = run(tools.ours.executables[MANAGING], cores.server)
    one_by_one = 1e9 / medians["create_resource"]
    at_once = CALLERS * 1e9 / medians[f"create_{CALLERS}_resources_at_once"]
    deployment = medians["create_deployment_of_300_resources_with_4_methods"]
    loading = f"load_of_{STAGES}_stages_with_{METHODS}_methods"
    method = held[loading] / (STAGES * METHODS)
    switch = medians[f"switch_of_a_snapshot_of_{STAGES}_stages"]
    result = Section("managing")
    result.bars = [
        Bar.at_least("CreateResource, calls one by one", 100, one_by_one, " a second"),
        Bar.at_least(f"CreateResource, {CALLERS} callers at once", 500, at_once, " a second"),
        Bar.at_most("CreateDeployment of 300 resources with 4 methods", 200, deployment / 1e6, " ms"),
        Bar.at_most(f"{STAGES} stages of {METHODS} methods, read and compiled", 1_000, medians[loading] / 1e6, " ms"),
        Bar.at_most("memory of an idle deployed method", 4_096, method, " bytes"),
        Bar.at_most("switch of the snapshot", 1, switch / 1e6, " ms"),
    ]
    return result
