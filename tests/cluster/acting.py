"""One who commands a real API server through the real Runner, and the objects that tests of acts aim at."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spottui import clock
from spottui.actions.audit import Audit
from spottui.actions.lock import WriteLock
from spottui.actions.objects import path_of
from spottui.actions.permits import Permits
from spottui.actions.questions import Question
from spottui.actions.registry import Action, by_id
from spottui.actions.runner import Runner
from spottui.actions.services import Services
from spottui.records import Target
from spottui.sources.kube_api import KubeApi

from . import manifests
from .control_plane import ControlPlane
from .processes import wait_until

Json = dict[str, Any]
USER = "spottui:ana@base"


@dataclass
class Operator:
    """One user with a real client and a real audit log, who says yes to each question."""

    api: KubeApi
    folder: Path
    questions: list[Question] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        who = {"user": "ana", "host": "base", "ssh_connection": "", "context": "test"}
        self.audit = Audit(self.folder / "audit.jsonl", clock=clock.now, **who)
        self.services = Services(self.api, clock.now, asyncio.sleep, USER, "test", self.told.append)
        permits = Permits(self.api, clock.now)
        lock = WriteLock(True, clock.now)
        self.runner = Runner(self.services, permits, self.audit, lock, clock.now, lambda _: None)

    async def perform(self, action: str | Action, target: Target, **options: Any) -> str:
        """Run one action."""
        known = by_id(action) if isinstance(action, str) else action
        return await self.runner.perform(known, target, self._confirm, options)

    async def _confirm(self, question: Question) -> bool:
        self.questions.append(question)
        return True

    @property
    def lines(self) -> list[Json]:
        """The audit log's lines."""
        if not self.audit.path.exists():
            return []
        return [json.loads(line) for line in self.audit.path.read_text().splitlines()]

    @property
    def outcome(self) -> str:
        """The last line's outcome."""
        return self.lines[-1]["outcome"]


def create(plane: ControlPlane, namespace: str, found: Json) -> Target:
    """Create an object and return it as a target."""
    meta = {"namespace": namespace, **found["metadata"]}
    (made,) = plane.apply({**found, "metadata": meta}, namespace)
    return target_of(made, found["kind"])


def target_of(found: Json, kind: str) -> Target:
    meta = found["metadata"]
    return Target(kind=kind, namespace=meta["namespace"], name=meta["name"], uid=meta["uid"])


def rolled_out(plane: ControlPlane, target: Target, replicas: int) -> None:
    """Wait until the pods of a Deployment are available."""
    path = path_of(target)

    def available() -> bool:
        return plane.admin.get(path).get("status", {}).get("availableReplicas", 0) == replicas

    wait_until(available, f"{target} is available")


def pods(plane: ControlPlane, namespace: str, name: str) -> list[Json]:
    found = plane.admin.get(f"/api/v1/namespaces/{namespace}/pods", labelSelector=f"app={name}")["items"]
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def workload(kind: str, name: str) -> Json:
    """Return a workload of one pod and of any kind."""
    found = manifests.deployment(name)
    found["kind"] = kind
    if kind == "DaemonSet":
        del found["spec"]["replicas"]
    if kind == "StatefulSet":
        found["spec"]["serviceName"] = name
    return found


def bare_pod(name: str) -> Json:
    containers = [{"name": name, "image": "example.invalid/x:1"}]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": containers}}
