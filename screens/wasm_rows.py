"""The rows of the Wasm screen, judged: pods with their engine and trouble, runtimes with every node, Spin apps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import median

from msgspec import Struct

from spottui.records import Pod
from spottui.records_wasm import SpinApp
from spottui.screens.glyphs import gib
from spottui.store import Store
from spottui.store_findings import around, executors, shims, spin_apps
from spottui.verdicts.troubles import LACKS_RUNTIME, Trouble, pod_trouble
from spottui.verdicts.wasm import WasmVerdict, wasm_by_trouble, wasm_of
from spottui.verdicts.wasm_nodes import WORST_FIRST, NodeRuntime, Runtime, on_node, runtimes_of
from spottui.widgets.tones import Line

BEFORE_START = ("PodScheduled", "Initialized", "PodReadyToStartContainers")
"""Conditions that are met before a container is started: the node is chosen, init containers done, sandbox made."""


class WasmPod(Struct, frozen=True, kw_only=True):
    """A wasm pod with what there is to say of it."""

    pod: Pod
    wasm: WasmVerdict
    trouble: Trouble | None

    @property
    def uid(self) -> str:
        """That of the pod."""
        return self.pod.uid

    @property
    def namespace(self) -> str:
        """That of the pod."""
        return self.pod.namespace

    @property
    def lacks_runtime(self) -> bool:
        """Whether provisioning its node would mend it."""
        return self.trouble is not None and self.trouble.code in LACKS_RUNTIME


class RuntimeRow(Struct, frozen=True, kw_only=True):
    """A runtime, and how every node stands with it, the worst first."""

    runtime: Runtime
    nodes: tuple[NodeRuntime, ...]
    pods: int

    @property
    def uid(self) -> str:
        """That of the runtime."""
        return self.runtime.uid

    @property
    def namespace(self) -> str:
        """Empty."""
        return ""


class AppRow(Struct, frozen=True, kw_only=True):
    """A SpinApp, how its executor runs it, and what keeps it."""

    app: SpinApp
    runs_by: str
    trouble: str
    """A sentence; empty when nothing is wrong."""

    @property
    def uid(self) -> str:
        """That of the app."""
        return self.app.uid

    @property
    def namespace(self) -> str:
        """That of the app."""
        return self.app.namespace


def wasm_pods(store: Store, now: float) -> list[WasmPod]:
    """Return every wasm pod; also those that only their failure shows to be wasm."""
    classes = store.runtime_classes()
    of = around(store)
    found = []
    for uid, pod in store.pods.items():
        wasm = wasm_of(pod, classes)
        status = store.pod_statuses[uid]
        if wasm is None and status.tone in ("good", "dim"):
            continue
        trouble = pod_trouble(pod, status, store.events_about, now, of(pod))
        if wasm is None:
            wasm = wasm_by_trouble(trouble.code) if trouble is not None else None
        if wasm is not None:
            found.append(WasmPod(pod=pod, wasm=wasm, trouble=trouble))
    return found


def runtime_rows(store: Store, now: float) -> list[RuntimeRow]:
    """Return every wasm runtime that anything speaks of, against every node."""
    jobs = list(store.workloads("jobs").values())
    users: defaultdict[str, list[Pod]] = defaultdict(list)
    for pod in store.pods.values():
        if pod.runtime_class:
            users[pod.runtime_class].append(pod)
    rows = []
    nodes = list(store.nodes.values())
    for runtime in runtimes_of(store.wasm_runtimes.values(), shims(store).values(), nodes):
        mine = users[runtime.name]
        ready = [pod for pod in mine if store.pod_statuses[pod.uid].tone == "good"]
        judged = [on_node(runtime, node, jobs, [pod for pod in ready if pod.node == node.name], now) for node in nodes]
        judged.sort(key=lambda one: (WORST_FIRST.index(one.state), one.node))
        rows.append(RuntimeRow(runtime=runtime, nodes=tuple(judged), pods=len(mine)))
    return rows


def app_rows(store: Store) -> list[AppRow]:
    """Return every SpinApp with its executor; one without is what its operator only says in an event."""
    known = {(one.namespace, one.name): one for one in executors(store).values()}
    rows = []
    for app in spin_apps(store).values():
        executor = known.get((app.namespace, app.executor))
        if executor is None:
            runs_by, trouble = "?", ""
            if store.access["spinappexecutors"].state == "live":
                trouble = f"Executor {app.executor} does not exist in namespace {app.namespace}: nothing is made of it."
        elif executor.spin_image:
            runs_by, trouble = "Linux container with Spin inside", ""
        else:
            runs_by, trouble = f"RuntimeClass {executor.runtime_class or '?'}", ""
        rows.append(AppRow(app=app, runs_by=runs_by, trouble=trouble or _unready(app)))
    return rows


def _unready(app: SpinApp) -> str:
    """Return what its conditions say against it."""
    for one in app.conditions:
        if one.type in ("Available", "Progressing") and one.status == "False":
            return one.message or one.reason
    return ""


def start_seconds(pod: Pod) -> float | None:
    """Return how long its container took from when nothing else was waited for; None when it was restarted since.

    Kubernetes keeps whole seconds: a wasm module's start of milliseconds reads as 0.
    """
    begun = [one.started_at for one in pod.containers if not one.is_init and one.state == "running"]
    times = [at for at in begun if at is not None]
    if not times or any(one.restarts for one in pod.containers):
        return None
    held = {one.type: one.since for one in pod.conditions if one.status == "True" and one.since is not None}
    before = [held[name] for name in BEFORE_START if name in held and held[name] <= max(times)]
    return max(times) - max(before) if "PodScheduled" in held and before else None


def compared(store: Store, wasm: Iterable[WasmPod]) -> Line:
    """Return memory and start of wasm pods beside those of containers: medians over what runs."""
    names = {row.uid for row in wasm if row.wasm.kind != "hosted"}
    parts = []
    for title, of_wasm in (("wasm", True), ("containers", False)):
        running = [
            pod
            for uid, pod in store.pods.items()
            if (uid in names) is of_wasm and store.pod_statuses[uid].tone == "good"
        ]
        used = [store.pod_usage.get((pod.namespace, pod.name)) for pod in running]
        memory = _median([one.memory for one in used if one is not None and one.memory is not None])
        start = _median([seconds for pod in running if (seconds := start_seconds(pod)) is not None])
        began = "?" if start is None else f"{start:.0f} s"
        parts.append(f"{title} {gib(None if memory is None else int(memory))}, {began} to start ({len(running)})")
    return (("median  ", "dim"), ("   ".join(parts), ""))


def _median(values: Sequence[float]) -> float | None:
    return median(values) if values else None
