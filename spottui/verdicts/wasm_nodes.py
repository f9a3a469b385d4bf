"""Which node can run which wasm runtime, and what says so; knows records only.

What nobody says is "unknown", never "no": containerd before 2.0 lists no handlers, and neither a label nor a
RuntimeClass proves that a node can run anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from spottui.clock import age
from spottui.records import Node, Pod, WasmRuntime, Workload
from spottui.records_wasm import Shim
from spottui.verdicts.conditions import condition
from spottui.verdicts.wasm import UNKNOWN_ENGINE, engine_of

KWASM_NODE = "kwasm.sh/kwasm-node"
"""Annotation of a node that asks KWasm's operator to provision it."""
KWASM_PROVISIONED = "kwasm.sh/kwasm-provisioned"
"""Label that KWasm's operator sets before its Job has run: no proof."""
KWASM_JOB = "-provision-kwasm"
KWASM_HANDLERS = frozenset({"lunatic", "slight", "spin", "wws", "wasmedge", "wasmer", "wasmtime"})
"""What KWasm's installer puts into containerd's configuration."""
SHIM_NAME, SHIM_OPERATION = "spinkube.dev/shimName", "spinkube.dev/operation"
"""Labels of the runtime-class-manager's Jobs."""
NAME_LIMIT = 63
"""Characters of a Job's name; longer ones are cut."""

State = Literal["yes", "no", "provisioning", "failed", "labelled", "removing", "unknown"]
WORST_FIRST: tuple[State, ...] = ("failed", "no", "provisioning", "removing", "labelled", "unknown", "yes")
TONES: Mapping[State, str] = {
    "yes": "good",
    "no": "bad",
    "failed": "bad",
    "provisioning": "info",
    "removing": "info",
    "labelled": "warn",
    "unknown": "dim",
}
WORDS: Mapping[State, str] = {"labelled": "labelled only"}


class Runtime(Struct, frozen=True, kw_only=True):
    """One wasm runtime, by all the names that it goes by."""

    uid: str
    name: str
    """The RuntimeClass that pods use; the Shim or the handler where there is none."""
    handler: str
    engine: str
    runtime_class: WasmRuntime | None = None
    shim: Shim | None = None

    @property
    def namespace(self) -> str:
        """Empty: runtimes belong to no namespace."""
        return ""


class NodeRuntime(Struct, frozen=True):
    """How one node stands with one runtime."""

    node: str
    state: State
    evidence: str
    """A sentence: who says so."""

    @property
    def word(self) -> str:
        """The state as it is shown."""
        return WORDS.get(self.state, self.state)

    @property
    def tone(self) -> str:
        """The state's tone."""
        return TONES[self.state]


def runtimes_of(classes: Iterable[WasmRuntime], shims: Iterable[Shim], nodes: Iterable[Node]) -> list[Runtime]:
    """Return the wasm runtimes that anything speaks of: RuntimeClasses, Shims, and handlers of the nodes."""
    found: dict[str, Runtime] = {}
    by_class = {shim.runtime_class: shim for shim in shims if shim.runtime_class}
    for one in classes:
        engine = engine_of(one.handler, one.name, one.engine_hint)
        shim = by_class.pop(one.name, None)
        if engine is not None or shim is not None:
            found[one.handler] = Runtime(
                uid=one.uid,
                name=one.name,
                handler=one.handler,
                engine=engine or UNKNOWN_ENGINE,
                runtime_class=one,
                shim=shim,
            )
    for shim in by_class.values():
        engine = engine_of(shim.handler, shim.runtime_class) or UNKNOWN_ENGINE
        found[f"shim {shim.name}"] = Runtime(
            uid=shim.uid, name=shim.runtime_class, handler=shim.handler, engine=engine, shim=shim
        )
    listed = {handler for node in nodes for handler in node.runtime_handlers or ()}
    known = {runtime.handler for runtime in found.values()}
    for handler in sorted(listed - known):
        if (engine := engine_of(handler)) is not None:
            found[f"handler {handler}"] = Runtime(
                uid=f"handler:{handler}", name=handler, handler=handler, engine=engine
            )
    return sorted(found.values(), key=lambda one: one.name)


def on_node(
    runtime: Runtime, node: Node, jobs: Iterable[Workload] = (), pods: Sequence[Pod] = (), now: float = 0.0
) -> NodeRuntime:
    """Return whether a node can run a runtime: yes, no, on the way, failed, labelled only, or unknown.

    `jobs` are those of the cluster, `pods` those that are ready on this node with this runtime.
    """
    installing = _by_shim(runtime, node, jobs, now) or _by_kwasm(runtime, node, jobs)
    if node.runtime_handlers is not None:
        return _listed(runtime, node, installing)
    if pods:
        return NodeRuntime(node.name, "yes", f"{pods[0].namespace}/{pods[0].name} runs on it with this runtime.")
    if installing is not None:
        return installing
    version = node.container_runtime.replace("://", " ") or "its container runtime"
    wanted = _selector(runtime)
    if wanted and _matches(wanted, node):
        said = f"It has the label {_said(wanted)}, which proves nothing: {version} lists no handlers."
        return NodeRuntime(node.name, "labelled", said)
    return NodeRuntime(node.name, "unknown", f"Nobody says: {version} lists no handlers, and no provisioner speaks.")


def _listed(runtime: Runtime, node: Node, installing: NodeRuntime | None) -> NodeRuntime:
    """Judge by Node.status.runtimeHandlers, which the kubelet writes from what containerd has."""
    if runtime.handler in (node.runtime_handlers or ()):
        wanted = _selector(runtime)
        if wanted and not _matches(wanted, node):
            said = f'Its kubelet lists handler "{runtime.handler}", but it lacks the label {_said(wanted)}: '
            return NodeRuntime(node.name, "yes", f"{said}pods come here only by nodeName.")
        return NodeRuntime(node.name, "yes", f'Its kubelet lists handler "{runtime.handler}".')
    if installing is not None and installing.state in ("provisioning", "failed", "removing"):
        return installing
    if installing is not None:
        said = f'It is labelled as provisioned, but its kubelet lists no handler "{runtime.handler}": pods will fail.'
        return NodeRuntime(node.name, "no", said)
    return NodeRuntime(node.name, "no", f'Its kubelet lists its handlers, and "{runtime.handler}" is none of them.')


def _by_shim(runtime: Runtime, node: Node, jobs: Iterable[Workload], now: float) -> NodeRuntime | None:
    """Judge by the label that the runtime-class-manager keeps on the node: its key is the Shim's name."""
    shim = runtime.shim
    word = node.labels.get(shim.name, "") if shim is not None else ""
    if shim is None or word not in ("pending", "provisioned", "failed", "uninstall"):
        return None
    job = _job(jobs, f"{node.name}-{shim.name}-{'uninstall' if word == 'uninstall' else 'install'}")
    said = f"The runtime-class-manager says {word} (label {shim.name})"
    if word == "failed" or (word == "pending" and job is not None and _true_of(job, "Failed") is not None):
        why = _true_of(job, "Failed") if job is not None else None
        return NodeRuntime(node.name, "failed", f"{said}{f': {why}' if why else ''}.")
    if word == "pending":
        if job is None:
            return NodeRuntime(node.name, "provisioning", f"{said}, and no install Job is there: it may stay so.")
        begun = "" if job.created_at is None else f", for {age(job.created_at, now)}"
        return NodeRuntime(node.name, "provisioning", f"{said}; its Job {job.name} runs{begun}.")
    if word == "uninstall":
        return NodeRuntime(node.name, "removing", f"{said}.")
    return NodeRuntime(node.name, "yes", f"{said}; containerd itself lists no handlers.")


def _by_kwasm(runtime: Runtime, node: Node, jobs: Iterable[Workload]) -> NodeRuntime | None:
    """Judge by KWasm's annotation, label and Job; the label alone is set before anything is installed."""
    is_labelled, is_asked = KWASM_PROVISIONED in node.labels, node.annotations.get(KWASM_NODE) == "true"
    if runtime.handler not in KWASM_HANDLERS or not (is_labelled or is_asked):
        return None
    job = _job(jobs, f"{node.name}{KWASM_JOB}")
    if job is not None:
        why = _true_of(job, "Failed")
        if why is not None:
            return NodeRuntime(node.name, "failed", f"KWasm's Job {job.name} failed{f': {why}' if why else ''}.")
        if _true_of(job, "Complete") is None:
            return NodeRuntime(node.name, "provisioning", f"KWasm's Job {job.name} runs.")
        return NodeRuntime(node.name, "yes", f"KWasm's Job {job.name} has succeeded; containerd lists no handlers.")
    if is_labelled:
        said = "KWasm's label is on it, which is set before anything is installed, and its Job is gone."
        return NodeRuntime(node.name, "labelled", said)
    return NodeRuntime(node.name, "provisioning", "KWasm was asked by annotation, and has not answered yet.")


def _job(jobs: Iterable[Workload], name: str) -> Workload | None:
    return next((job for job in jobs if job.kind == "Job" and job.name == name[:NAME_LIMIT]), None)


def _true_of(job: Workload, kind: str) -> str | None:
    """Return what a true condition says; None: it is not true."""
    found = condition(job.conditions, kind)
    return None if found is None or found.status != "True" else (found.message or found.reason).rstrip(".")


def _selector(runtime: Runtime) -> Mapping[str, str]:
    if runtime.runtime_class is not None and runtime.runtime_class.node_selector:
        return runtime.runtime_class.node_selector
    return runtime.shim.node_selector if runtime.shim is not None else {}


def _matches(wanted: Mapping[str, str], node: Node) -> bool:
    return all(node.labels.get(key) == value for key, value in wanted.items())


def _said(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items())
