"""A runner with everything around it fake but the audit log, and the objects that its tests aim at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spottui.actions.audit import Audit
from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.questions import Question
from spottui.actions.runner import Runner
from spottui.actions.services import Services
from spottui.events import CommandHeard
from spottui.records import Target

from .fake_api import FakeApi, FakeTime

Json = dict[str, Any]

DEPLOYMENTS = "/apis/apps/v1/namespaces/robot/deployments"
PODS = "/api/v1/namespaces/robot/pods"
ARGO = "/apis/argoproj.io/v1alpha1/namespaces/argocd"
PERCEPTION = Target(kind="Deployment", namespace="robot", name="perception", uid="u-perception")
APPLICATION = Target(kind="Application", namespace="argocd", name="perception", uid="u-app")
SHA = "a1b2c3d" + "0" * 33


@dataclass
class Bench:
    """One runner; what it asked, what was heard, what it wrote down."""

    folder: Path
    starts_unlocked: bool = True
    answers: bool = True
    time: FakeTime = field(default_factory=FakeTime)
    api: FakeApi = field(default_factory=FakeApi)
    questions: list[Question] = field(default_factory=list)
    heard: list[CommandHeard] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        who = {"user": "ana", "host": "laptop", "ssh_connection": "10.0.0.2 22", "context": "spot-07"}
        self.audit = Audit(self.folder / "log" / "audit.jsonl", clock=self.time, **who)
        self.lock = WriteLock(self.starts_unlocked, self.time)
        self.services = Services(
            self.api, self.time, self.time.sleep, "spottui:ana@laptop", "spot-07", self.told.append
        )
        self.permits = Permits(self.api, self.time)
        self.runner = Runner(self.services, self.permits, self.audit, self.lock, self.time, self.heard.append)

    async def confirm(self, question: Question) -> bool:
        """Answer each question alike and remember it."""
        self.questions.append(question)
        return self.answers

    @property
    def lines(self) -> list[Json]:
        """The audit log's lines."""
        if not self.audit.path.exists():
            return []
        return [json.loads(line) for line in self.audit.path.read_text().splitlines()]

    @property
    def outcomes(self) -> list[str]:
        """The outcomes of the audit log's lines; each request as sent is an "asked" of its own."""
        return [line["outcome"] for line in self.lines]

    @property
    def commands(self) -> list[tuple[str, Any]]:
        """Method and body of what was sent, Events left out."""
        return [(method, body) for method, path, body in self.api.sent if not path.endswith("/events")]


def deployment(name: str = "perception", replicas: int = 2, **spec: Any) -> Json:
    """Return a Deployment whose rollout is complete."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "robot", "uid": f"u-{name}", "generation": 1},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {}},
            **spec,
        },
        "status": {
            "observedGeneration": 1,
            "replicas": replicas,
            "updatedReplicas": replicas,
            "availableReplicas": replicas,
        },
    }


def pod(name: str, owner: str | None = "ReplicaSet", **status: Any) -> Json:
    """Return a pod of perception; `status` replaces that of a ready one."""
    refs = [{"kind": owner, "name": "perception-1", "uid": "u-rs", "controller": True}] if owner else []
    ready = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
    return {
        "metadata": {
            "name": name,
            "namespace": "robot",
            "uid": f"u-{name}",
            "labels": {"app": "perception"},
            "creationTimestamp": "2027-01-15T08:00:00Z",
            "ownerReferences": refs,
        },
        "spec": {"terminationGracePeriodSeconds": 30},
        "status": status or ready,
    }


def application(**parts: Any) -> Json:
    """Return an Application that is behind git and does nothing."""
    return {
        "metadata": {"name": "perception", "namespace": "argocd", "uid": "u-app"},
        "spec": {
            "project": "robots",
            "syncPolicy": {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 2}},
        },
        "status": {
            "sync": {"status": "OutOfSync", "revision": SHA},
            "operationState": {"phase": "Succeeded", "message": "old"},
            "reconciledAt": "2027-01-15T07:00:00Z",
        },
        **parts,
    }


def target_of(found: Json, kind: str) -> Target:
    """Return the target that a screen would make of an object."""
    meta = found["metadata"]
    return Target(kind=kind, namespace=meta["namespace"], name=meta["name"], uid=meta["uid"])
