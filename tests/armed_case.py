"""What the tests of armed syncs share: an Argo CD whose Application lies on the disk, and the program around it.

The stand-in for the API outlives its process, as a cluster does. Left out: HTTP, watches (a test tells the store),
resourceVersions, RBAC. Its controller does at once what `controller` says, and writes down every operation it was sent.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spottui.actions.audit import Audit
from spottui.actions.lock import WriteLock
from spottui.actions.permits import Permits
from spottui.actions.runner import Runner
from spottui.actions.services import Services
from spottui.app_armed import ArmedSyncs
from spottui.errors import Forbidden, NotFound, OutcomeUnknown, SpottuiError, Unreachable
from spottui.events import CommandHeard, LinkDown, LinkUp, ListEnded, ObjectsHeard
from spottui.records import Namespace
from spottui.records_argocd import Application
from spottui.records_armed import ArmedSync, Conditions
from spottui.store import Store
from spottui.store_kinds import KINDS
from tests.actions.fake_api import REVIEWS, FakeTime, merged
from tests.screens.app_case import an_application

Json = dict[str, Any]
NAME = "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/camera"
SHA = "a" * 40
PLAIN = Conditions(link_up=None, update_window=False, sync_window=False)
OFFLINE = "Failed to load target state: failed to list refs: dial tcp 10.0.0.1:443: connect: connection refused"


def never(step: str) -> None:
    """Let every step pass."""


class DiskArgo:
    """A cluster with one Application, camera, on the disk."""

    def __init__(self, folder: Path, clock: Callable[[], float], step: Callable[[str], None] = never) -> None:
        self._path, self._sent, self._clock, self.step = folder / "app.json", folder / "operations", clock, step
        self.controller: Callable[[Json], None] = succeed
        """Changes the Application after an operation was asked for."""
        self.comparison = ""
        """What a refresh finds out: the message of a ComparisonError, empty when git answers."""
        self.is_down = False
        self.is_open = True
        """kube-system may be read."""
        self.fails: list[SpottuiError] = []
        """Raised once each by the PATCH that asks for an operation; OutcomeUnknown after it was carried out."""
        self.reads = 0
        folder.mkdir(exist_ok=True)
        if not self._path.exists():
            self.save(an_object())

    @property
    def app(self) -> Json:
        """The Application."""
        return json.loads(self._path.read_text())

    def save(self, app: Json) -> None:
        """Store the Application."""
        self._path.write_text(json.dumps(app))

    @property
    def operations(self) -> list[Json]:
        """Every operation that was ever asked for, the oldest first."""
        return [json.loads(line) for line in self._sent.read_text().splitlines()] if self._sent.exists() else []

    async def request(self, method: str, path: str, *, body: Any = None, **_: Any) -> bytes:
        """Carry out one request."""
        await asyncio.sleep(0)
        if self.is_down:
            raise Unreachable("The API server does not answer.")
        if path == REVIEWS:
            return b'{"status": {"allowed": true}}'
        if path == "/api/v1/namespaces/kube-system":
            if not self.is_open:
                raise Forbidden("namespaces cannot be read.")
            return b'{"metadata": {"uid": "c-1"}}'
        if method == "POST":
            return b"{}"
        if path != NAME or not self._path.exists():
            raise NotFound(f"{path} is not there.")
        if method == "PATCH":
            return json.dumps(self._patch(body)).encode()
        self.reads += 1
        return self._path.read_bytes()

    def _patch(self, body: Json) -> Json:
        """Return the Application as the API server answers: before its controller looks at it."""
        app = merged(self.app, body)
        annotations = app["metadata"].pop("annotations", None)
        if annotations:
            self.step("before the refresh")
            app["status"]["reconciledAt"] = str(self._clock())
            app["status"]["conditions"] = (
                [{"type": "ComparisonError", "message": self.comparison}] if self.comparison else []
            )
            app["status"]["sync"]["status"] = "Unknown" if self.comparison else "OutOfSync"
            self.save(app)
            return app
        self.step("before the sync is sent")
        if self.fails and not isinstance(self.fails[0], OutcomeUnknown):
            raise self.fails.pop(0)
        with open(self._sent, "a") as file:
            file.write(json.dumps(app["operation"]) + "\n")
            file.flush()
            os.fsync(file.fileno())
        asked = json.loads(json.dumps(app))
        self.controller(app)
        self.save(app)
        self.step("after the sync was sent")
        if self.fails:
            raise self.fails.pop(0)
        return asked


def an_object() -> Json:
    """Return camera as the API server has it: behind git, at rest."""
    return {
        "metadata": {"name": "camera", "namespace": "argocd", "uid": "application-camera", "resourceVersion": "1"},
        "spec": {"project": "default", "syncPolicy": {"retry": {"limit": -1}}},
        "status": {"sync": {"status": "OutOfSync", "revision": SHA}, "reconciledAt": "2027-01-15T07:00:00Z"},
    }


def succeed(app: Json) -> None:
    """End the operation well."""
    end(app, "Succeeded", "successfully synced (all tasks run)")


def end(app: Json, phase: str, message: str) -> None:
    """End the operation."""
    app["status"]["operationState"] = {
        "operation": app.pop("operation"),
        "phase": phase,
        "message": message,
        "syncResult": {"revision": SHA},
    }


def linger(app: Json) -> None:
    """Take the operation up and go on with it."""
    app["status"]["operationState"] = {"operation": app["operation"], "phase": "Running", "message": "one of two"}


@dataclass
class Program:
    """One spottui around a folder: what it armed, what it wrote down."""

    folder: Path
    step: Callable[[str], None] = never
    time: FakeTime = field(default_factory=FakeTime)
    is_locked: bool = False
    heard: list[CommandHeard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.argo = DiskArgo(self.folder / "cluster", self.time, self.step)
        self.store = Store()
        self.audit = Audit(
            self.folder / "audit.jsonl", clock=self.time, user="ana", host="base", ssh_connection="", context="spot-07"
        )
        services = Services(self.argo, self.time, self.time.sleep, "spottui:ana@base")
        self.lock = WriteLock(False, self.time)
        self.runner = Runner(
            services, Permits(self.argo, self.time), self.audit, self.lock, self.time, self.heard.append
        )
        self.armed = ArmedSyncs(
            store=self.store,
            runner=self.runner,
            api=lambda: self.argo,
            monotonic=self.time,
            audit=self.audit,
            folder=self.folder,
            clock=self.time,
            is_locked=lambda: self.is_locked,
            place=lambda: ("https://robot:6443", "spot-07"),
            who="ana@base",
            heard=self.heard.append,
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.armed.close()
        self.audit.close()

    def hear_all(self, cluster: str = "c-1", **app: Any) -> None:
        """Have the store hear of a cluster whose link is up and whose Application is as git was last seen."""
        now = self.time()
        self.store.apply(LinkUp("kube", 0.01, now))
        spaces = () if not cluster else (Namespace(uid=cluster, name="kube-system", namespace="", created_at=None),)
        self.store.apply(ObjectsHeard("namespaces", spaces, (), now))
        camera = an_application("camera", **{"sync": "OutOfSync", **app})
        self.store.apply(ObjectsHeard("applications", (camera,), (), now))
        for kind in KINDS:
            uids = frozenset({camera.uid} if kind == "applications" else self.store.objects(kind))
            self.store.apply(ListEnded(kind, uids, now))

    def lose_link(self) -> None:
        """Have the store and the requests lose the cluster."""
        self.argo.is_down = True
        self.store.apply(LinkDown("kube", "no route to host", self.time()))

    def find_link(self) -> None:
        """Have the cluster answer again."""
        self.argo.is_down = False
        self.hear_all()

    @property
    def camera(self) -> Application:
        """The Application as the store has it."""
        return self.store.applications["application-camera"]

    async def arm(self, conditions: Conditions = PLAIN, hours: float = 8.0, revision: str = "") -> ArmedSync:
        """Arm a sync of camera."""
        return await self.armed.arm(
            self.camera,
            revision=revision,
            prune=False,
            conditions=conditions,
            expires_at=self.time() + hours * 3600,
        )

    @property
    def one(self) -> ArmedSync:
        """The newest entry."""
        return self.armed.items[-1]

    @property
    def lines(self) -> list[tuple[str, str]]:
        """Action and outcome of the audit log's lines that are no requests."""
        rows = [json.loads(line) for line in (self.folder / "audit.jsonl").read_text().splitlines()]
        return [(row["action"], row["outcome"]) for row in rows if not row["request"] or row["outcome"] != "asked"]
