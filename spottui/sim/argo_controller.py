"""Argo CD's application controller and repo-server, as they are seen on Application objects; after Argo CD 3.6.

It works on the objects like the real one: it compares them with a simulated git (argo_git), writes status, applies
manifests as real objects that carry tracking ids, and prunes them. What comes of those objects (pods) is others' work.

Of the real Argo CD are left out: Helm, Kustomize and plugins (a commit holds what they would render), multiple
clusters, resource exclusions, PreDelete and PostDelete hooks, local manifests in an operation, signatures, the source
hydrator, ApplicationSets, impersonation, sharding, Redis, Lua health and actions, quantities that are written
differently, jq paths in ignoreDifferences, notifications, and argocd-server with its REST API. Each module says what
of its own part is left out. Two things are as up to 3.5: an operationState that is left when an operation is set is
mixed into the new one, and `status.health.message` is never written.

All waiting is by the story's clock; time stamps, and sync windows, are by the wall's.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from spottui.sim.argo_apply import Admit, Cluster, as_it_is
from spottui.sim.argo_autosync import is_on
from spottui.sim.argo_comparison import Comparer
from spottui.sim.argo_deletion import Deletions
from spottui.sim.argo_git import Git
from spottui.sim.argo_index import Tracked
from spottui.sim.argo_memory import LATEST, RECENT, Memory
from spottui.sim.argo_operation import Operations
from spottui.sim.argo_projects import APPLICATIONS, PROJECTS, app_of
from spottui.sim.argo_refresh import Refresher
from spottui.sim.argo_repo import RepoServer
from spottui.sim.controllers_events import Recorder
from spottui.sim.history import Change
from spottui.sim.objects import Key, Object, Objects
from spottui.sim.resources import resource
from spottui.sim.status import ApiError
from spottui.sim.story_clock import StoryClock

_log = logging.getLogger(__name__)

SKIP = "argocd.argoproj.io/skip-reconcile"
PICK_UP = 0.06
"""Seconds between a change and the controller's work on it, as measured on a real one."""
RESYNC = 120.0
"""Seconds between two looks at an Application of which nothing is heard (the informer's resync)."""
_FLEETING = {resource("events"), resource("leases", "coordination.k8s.io")}


class ArgoController:
    """Works on all Applications; as real, it can be stopped and run again, and then goes on from the objects."""

    def __init__(
        self,
        objects: Objects,
        clock: StoryClock,
        git: Git,
        *,
        namespace: str = "argocd",
        admit: Admit = as_it_is,
        seed: int = 0,
    ) -> None:
        """Make a controller.

        Args:
            namespace: Argo CD's own: where AppProjects and its ConfigMaps are.
            admit: What the API server would make of an object that is written; it may refuse it by an ApiError.
            seed: Of the jitter between comparisons.
        """
        self._objects, self._clock, self._namespace = objects, clock, namespace
        self.git = git
        self.repo_server = RepoServer(git, clock)
        self._tracked = Tracked(objects)
        cluster = Cluster(objects, admit)
        comparer = Comparer(objects, self.repo_server, self._tracked, namespace)
        recorder = self.recorder = Recorder(objects, clock, "argocd-application-controller")
        self._refresher = Refresher(objects, clock, comparer, self._tracked, recorder, namespace=namespace, seed=seed)
        self._operations = Operations(cluster, clock, comparer, recorder, namespace=namespace)
        self._deletions = Deletions(cluster, self._tracked, namespace=namespace)
        self.failures: deque[Exception] = deque(maxlen=100)
        """What went wrong with Applications that no real API server would have let in, or by a bug of ours."""
        self._workers: dict[Key, _Worker] = {}
        self._group: asyncio.TaskGroup | None = None
        objects.listen(self._tracked.hear)

    async def run(self) -> None:
        """Work until cancelled."""
        self._workers.clear()
        forget = self._objects.listen(self._hear)
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                for app in self._objects.all(APPLICATIONS):
                    self._wake((app["metadata"]["namespace"], app["metadata"]["name"]))
                await asyncio.Event().wait()
        finally:
            self._group = None
            forget()

    # -- hearing -----------------------------------------------------------------------------------

    def _hear(self, change: Change) -> None:
        if change.resource in _FLEETING:
            return
        if change.resource == APPLICATIONS:
            level = LATEST if _turned_on(change) else 0
            self._wake((change.object["metadata"]["namespace"], change.object["metadata"]["name"]), level)
        elif change.resource == PROJECTS:
            self._hear_of_project(change.object)
        owners = {self._tracked.owner(change.object)}
        if change.before is not None:
            owners.add(self._tracked.owner(change.before.object))
        for owner in owners - {""}:
            self._wake(self._key_of(owner), RECENT)

    def _hear_of_project(self, project: Object) -> None:
        for app in self._objects.all(APPLICATIONS):
            spec = app.get("spec")
            if isinstance(spec, dict) and (spec.get("project") or "default") == project["metadata"]["name"]:
                self._wake((app["metadata"]["namespace"], app["metadata"]["name"]), LATEST)

    def _key_of(self, instance: str) -> Key:
        if self._objects.find(APPLICATIONS, self._namespace, instance) is not None:
            return self._namespace, instance
        namespace, _, name = instance.partition("_")
        return namespace, name

    def _wake(self, key: Key, level: int = 0) -> None:
        if self._group is None or self._objects.find(APPLICATIONS, *key) is None:
            return
        worker = self._workers.get(key)
        if worker is None:
            worker = self._workers[key] = _Worker(self._clock)
            task = self._group.create_task(self._serve(key, worker))
            task.set_name(f"argo {key[0]}/{key[1]}")
        worker.memory.request(level)
        worker.wake()

    # -- working -----------------------------------------------------------------------------------

    async def _serve(self, key: Key, worker: _Worker) -> None:
        """Do what one Application asks for, until it is gone."""
        while True:
            await worker.woken()
            await self._clock.sleep(PICK_UP)
            worker.is_woken = False
            try:
                waits = await self._work(key, worker.memory)
            except ApiError as error:  # somebody wrote in between, in a way that does not go together with ours
                _log.warning("%s/%s: %s", *key, error)
                waits = [RESYNC]
            except (AttributeError, KeyError, TypeError, ValueError) as error:  # the real one recovers as well
                _log.exception("%s/%s cannot be worked on", *key)
                self.failures.append(error)
                waits = [RESYNC]
            app = self._objects.find(APPLICATIONS, *key)
            if app is None:
                self._workers.pop(key, None)
                worker.cancel_timer()
                return
            worker.wake_in(min(waits))

    async def _work(self, key: Key, memory: Memory) -> list[float]:
        """Do one round; return the seconds after which to come back unasked, any of them."""
        waits = [RESYNC]
        app = app_of(self._objects, *key)
        if app is None or not app.get("spec") or (app["metadata"].get("annotations") or {}).get(SKIP) == "true":
            return waits
        need = self._refresher.need(app, memory)
        if need is not None:
            await self._refresher.refresh(app, memory, need)
        app = app_of(self._objects, *key)
        if app is not None and app.get("operation"):
            waits.append(await self._operations.step(app, memory))
        app = app_of(self._objects, *key)
        if app is not None and "deletionTimestamp" in app["metadata"]:
            self._deletions.step(app)
        if memory.requested:
            waits.append(PICK_UP)
        if memory.look_again_at is not None:
            waits.append(max(PICK_UP, memory.look_again_at - self._clock.now()))
        if memory.period and memory.compared_at is not None:
            waits.append(memory.compared_at + memory.period - self._clock.now())  # past while an error is hidden
        return [wait for wait in waits if wait > 0]


def _turned_on(change: Change) -> bool:
    """Tell whether auto-sync was turned on: the real controller then compares at once."""
    now, before = change.object.get("spec"), change.before.object.get("spec") if change.before is not None else None
    return isinstance(now, dict) and isinstance(before, dict) and is_on(now) and not is_on(before)


class _Worker:
    """One Application's turn: woken by a change or by a timer, whichever comes first."""

    def __init__(self, clock: StoryClock) -> None:
        self.memory = Memory()
        self.is_woken = False
        self._clock = clock
        self._event = asyncio.Event()
        self._cancel: Callable[[], None] = lambda: None

    def wake(self) -> None:
        """Let it look, now or as soon as it is done with what it does."""
        self.is_woken = True
        self._event.set()

    def wake_in(self, seconds: float) -> None:
        """Let it look in so many story seconds, if nothing wakes it before."""
        self.cancel_timer()
        self._cancel = self._clock.call_later(seconds, self.wake)

    def cancel_timer(self) -> None:
        """Forget the timer."""
        self._cancel()

    async def woken(self) -> None:
        """Wait for the next turn."""
        if not self.is_woken:
            self._event.clear()
            await self._event.wait()
