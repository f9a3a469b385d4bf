"""Workloads: the live table of pods, and that of their owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spottui import clock
from spottui.actions.registry import Action, by_id
from spottui.errors import SpottuiError
from spottui.records import Access, Pod, Target, Workload
from spottui.screens.columns import age_column
from spottui.screens.glyphs import cores, gib, glyph
from spottui.screens.palette import target_of
from spottui.screens.parts import Parts
from spottui.screens.tables import TableScreen
from spottui.screens.wasm_aim import aim_provision
from spottui.store_kinds import WORKLOAD_KINDS
from spottui.verdicts.gpus import mean_use
from spottui.verdicts.owners import controller_of, restart_target
from spottui.verdicts.pod_status import PodStatus, pod_status
from spottui.verdicts.wasm import wasm_of
from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column


class WorkloadsScreen(TableScreen):
    """Pods, and by `tab` the Deployments, StatefulSets, DaemonSets, Jobs and CronJobs behind them."""

    NAME = "workloads"
    TOPICS = ("pods", "usage", "runtimeclasses", *WORKLOAD_KINDS)
    TABLES = (("pods", "Pods"), ("owners", "Workloads"))

    def make_table(self, name: str) -> LiveTable[Any]:
        columns: list[Column[Any]] = pod_columns(self.parts) if name == "pods" else workload_columns(self.parts)
        return LiveTable(
            columns,
            key=lambda row: row.uid,
            text=self._pod_text if name == "pods" else _workload_text,
            labels=lambda row: row.labels,
            flash=self.parts.flash,
            plain=self.parts.plain,
            id=name,
        )

    def _pod_text(self, pod: Pod) -> str:
        status = self.parts.store.pod_statuses.get(pod.uid)
        wasm = f" wasm {pod.runtime_class}" if pod.runtime_class else ""
        return f"{pod.namespace} {pod.name} {status.word if status else ''} {pod.node}{wasm}"

    def rows(self, name: str) -> Sequence[Any]:
        store = self.parts.store
        return list(store.pods.values()) if name == "pods" else store.all_workloads()

    def is_healthy(self, row: Pod | Workload) -> bool:
        if isinstance(row, Pod):
            return status_of(self.parts, row).tone in ("good", "dim")
        return workload_state(row)[1] in ("good", "dim")

    def access(self, name: str) -> Access:
        kinds = ("pods",) if name == "pods" else WORKLOAD_KINDS
        standing = [self.parts.store.access[kind] for kind in kinds]
        troubled = [one for one in standing if one.state not in ("live", "waiting", "absent")]
        return troubled[0] if troubled else standing[0]

    def nothing(self, name: str) -> str:
        return "No pods here." if name == "pods" else "No workloads here."

    def target(self, row: Pod | Workload) -> Target:
        return target_of(row, "Pod" if isinstance(row, Pod) else row.kind)

    def aim(self, action: Action, targets: Sequence[Target]) -> tuple[Action, Sequence[Target]]:
        return aim_restart(self.parts, action, aim_provision(self.parts, action, targets))


def aim_restart(parts: Parts, action: Action, targets: Sequence[Target]) -> tuple[Action, Sequence[Target]]:
    """Return what `r` means: what owns a pod and can be rolled out, else the pod itself.

    A pod that nothing would make again is never restarted by a question alone: that is a deletion.
    """
    if action.id not in ("workload.restart", "pod.restart"):
        return action, targets
    store = parts.store
    aimed: dict[str, Target] = {}
    for target in targets:
        pod = store.pods.get(target.uid)
        meant = restart_target(pod, store.workload) if pod is not None else target
        aimed[meant.uid] = meant
    restart = by_id("workload.restart")
    rolled = [target for target in aimed.values() if target.kind in restart.kinds]
    if len(rolled) == len(aimed):
        return restart, tuple(rolled)
    if rolled:
        odd = next(target for target in aimed.values() if target.kind not in restart.kinds)
        raise SpottuiError(f"{odd} is not restarted together with workloads; take its mark away (space) or all (esc).")
    if not all(target.kind == "Pod" for target in aimed.values()):
        return restart, tuple(aimed.values())
    pods = [store.pods[target.uid] for target in aimed.values() if target.uid in store.pods]
    makers = {pod.owner is not None for pod in pods}
    if len(makers) > 1:
        raise SpottuiError("Some of the marked pods would not come back, some would; restart them apart.")
    return by_id("pod.restart" if makers == {True} else "pod.delete"), tuple(aimed.values())


def status_of(parts: Parts, pod: Pod) -> PodStatus:
    """Return the pod's status as the store has it."""
    return parts.store.pod_statuses.get(pod.uid) or pod_status(pod)


def pod_columns(parts: Parts) -> list[Column[Any]]:
    """Return the columns of the table of pods."""
    store, plain = parts.store, parts.plain

    def status(pod: Pod, _: float) -> Cell:
        found = status_of(parts, pod)
        return Cell(f"{glyph(found.tone, plain)} {found.word}", found.tone)

    def ready(pod: Pod, _: float) -> str:
        found = status_of(parts, pod)
        return f"{found.ready}/{found.total}"

    def restarts(pod: Pod, now: float) -> Cell:
        found = status_of(parts, pod)
        if found.restarts and found.last_restart_at is not None:
            return Cell(f"{found.restarts} ({clock.calm_age(found.last_restart_at, now)})", "warn")
        return Cell(str(found.restarts), "warn" if found.restarts else "dim")

    def wasm(pod: Pod, _: float) -> Cell:
        found = wasm_of(pod, store.runtime_classes())
        return Cell(found.engine or "wasm", "accent") if found else Cell("")

    def used(pod: Pod, what: str) -> float | None:
        usage = store.pod_usage.get((pod.namespace, pod.name))
        return getattr(usage, what) if usage else None

    def gpu(pod: Pod, _: float) -> str:
        """Show the GPUs asked for, and how busy they are where an exporter names the pod."""
        cards = [one for gpus in store.gpus.values() for one in gpus.gpus if one.pod == f"{pod.namespace}/{pod.name}"]
        use = mean_use(cards)
        asked = "-" if pod.gpus is None else str(pod.gpus)
        return asked if use is None else f"{asked} {use:.0f}%"

    def owner(pod: Pod, _: float) -> str:
        root = controller_of(pod, store.workload)
        if root is not None:
            return f"{root.kind}/{root.name}"
        return f"{pod.owner.kind}/{pod.owner.name}" if pod.owner else "-"

    return [
        Column("namespace", "NAMESPACE", lambda pod, _: pod.namespace, min_width=9, max_width=20, priority=3),
        Column("name", "NAME", lambda pod, _: pod.name, min_width=18, max_width=60),
        Column("ready", "READY", ready, sort=lambda pod: status_of(parts, pod).ready, width=5, priority=1),
        Column("status", "STATUS", status, sort=lambda pod: status_of(parts, pod).word, width=19),
        Column("restarts", "RESTARTS", restarts, sort=lambda pod: status_of(parts, pod).restarts, width=9, priority=2),
        Column("wasm", "WASM", wasm, sort=lambda pod: pod.runtime_class or None, width=8, priority=4),
        Column(
            "cpu",
            "CPU",
            lambda pod, _: cores(used(pod, "cpu")),
            sort=lambda pod: used(pod, "cpu"),
            width=6,
            priority=6,
            align="right",
        ),
        Column(
            "mem",
            "MEM",
            lambda pod, _: gib(_whole(used(pod, "memory"))),
            sort=lambda pod: used(pod, "memory"),
            width=7,
            priority=6,
            align="right",
        ),
        Column("gpu", "GPU", gpu, sort=lambda pod: pod.gpus, width=7, wide_only=True),
        Column("node", "NODE", lambda pod, _: pod.node or "-", min_width=8, max_width=24, priority=7),
        Column("owner", "OWNER", owner, min_width=12, max_width=40, priority=9),
        Column("ip", "IP", lambda pod, _: pod.ip or "-", width=16, wide_only=True),
        Column("images", "IMAGES", _images, width=40, wide_only=True),
        age_column(),
    ]


def _images(pod: Pod, _: float) -> str:
    return " ".join(container.image for container in pod.containers)


def _whole(count: float | None) -> int | None:
    return None if count is None else int(count)


def workload_state(workload: Workload) -> tuple[str, str]:
    """Return one word for how a workload stands, and its tone."""
    if any(one.type == "ReplicaFailure" and one.status == "True" for one in workload.conditions):
        return "ReplicaFailure", "bad"
    if workload.kind == "CronJob":
        return ("Suspended", "dim") if workload.paused else ("Scheduled", "good")
    if workload.kind == "Job":
        return _job_state(workload)
    if workload.paused:
        return "Paused", "warn"
    if workload.desired is None or workload.ready is None:
        return "?", "dim"
    if workload.desired == 0:
        return "Scaled to 0", "dim"
    if any(one.reason == "ProgressDeadlineExceeded" for one in workload.conditions):
        return "Stuck", "bad"
    behind = (workload.observed_generation or 0) < (workload.generation or 0)
    if behind or (workload.updated is not None and workload.updated < workload.desired):
        return "Updating", "warn"
    if workload.ready < workload.desired:
        return ("Down", "bad") if workload.ready == 0 else ("Degraded", "warn")
    return "Ready", "good"


def _job_state(job: Workload) -> tuple[str, str]:
    for one in job.conditions:
        if one.status == "True" and one.type in ("Complete", "Failed", "Suspended"):
            return one.type, {"Complete": "dim", "Failed": "bad"}.get(one.type, "dim")
    return "Running", "good"


def workload_columns(parts: Parts) -> list[Column[Any]]:
    """Return the columns of the table of workloads."""
    plain = parts.plain

    def state(workload: Workload, _: float) -> Cell:
        word, tone = workload_state(workload)
        return Cell(f"{glyph(tone, plain)} {word}", tone)

    def ready(workload: Workload, _: float) -> str:
        if workload.kind == "CronJob":
            return "-"
        return "/".join("?" if count is None else str(count) for count in (workload.ready, workload.desired))

    def restarted(workload: Workload, now: float) -> str:
        return clock.calm_age(workload.restarted_at, now) if workload.restarted_at else "-"

    return [
        Column("namespace", "NAMESPACE", lambda row, _: row.namespace, min_width=9, max_width=20, priority=3),
        Column("kind", "KIND", lambda row, _: row.kind, width=11, priority=2),
        Column("name", "NAME", lambda row, _: row.name, min_width=14, max_width=50),
        Column("ready", "READY", ready, sort=lambda row: row.ready, width=7),
        Column("status", "STATUS", state, sort=lambda row: workload_state(row)[0], width=16),
        Column("updated", "UPDATED", lambda row, _: _count(row.updated), width=7, priority=5, align="right"),
        Column("available", "AVAIL", lambda row, _: _count(row.available), width=5, priority=5, align="right"),
        Column("restarted", "RESTARTED", restarted, sort=lambda row: row.restarted_at, width=9, priority=6, ages=True),
        Column("images", "IMAGES", lambda row, _: " ".join(row.images), min_width=20, max_width=60, priority=8),
        age_column(),
    ]


def _count(count: int | None) -> str:
    return "-" if count is None else str(count)


def _workload_text(workload: Workload) -> str:
    return f"{workload.namespace} {workload.kind} {workload.name} {workload_state(workload)[0]}"
