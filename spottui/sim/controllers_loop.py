"""All controllers of the embedded cluster, joined to one queue and one ear."""

from __future__ import annotations

import base64
import hashlib

from spottui.sim.controllers_budget import Budgets
from spottui.sim.controllers_cronjob import CRON_JOBS, CronJobs
from spottui.sim.controllers_daemonset import DAEMON_SETS, DaemonSets
from spottui.sim.controllers_deployment import Deployments
from spottui.sim.controllers_deployment_sets import DEPLOYMENTS
from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_garbage import NAMESPACES, Garbage
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_job import JOBS, Jobs
from spottui.sim.controllers_node import Nodes
from spottui.sim.controllers_replicaset import REPLICA_SETS, ReplicaSets
from spottui.sim.controllers_service import Services
from spottui.sim.controllers_statefulset import STATEFUL_SETS, StatefulSets
from spottui.sim.controllers_volume import CLAIMS, Volumes
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import RESOURCES, resource
from spottui.sim.scheduler import Scheduler
from spottui.sim.story_clock import StoryClock

CONFIG_MAPS = resource("configmaps")
ACCOUNTS = resource("serviceaccounts")
ROOT_CA = "kube-root-ca.crt"
_LABEL = "kubernetes.io/metadata.name"


class Controllers:
    """kube-controller-manager and kube-scheduler; work is done only when something changes or a timer is due."""

    def __init__(self, objects: Objects, clock: StoryClock, *, work: Work | None = None, ca: str = "") -> None:
        """Join the controllers.

        Args:
            work: The queue; share one with the kubelet and only one of the two needs to run.
            ca: PEM of the cluster's CA, for kube-root-ca.crt; without it a placeholder stands there.
        """
        self._objects = objects
        self.work = Work() if work is None else work
        self.index = Index(objects)
        self._ca = ca or _placeholder()
        parts = (objects, clock, self.work, self.index)
        self.scheduler = Scheduler(objects, clock, self.work)
        self.deployments, self.replica_sets = Deployments(*parts), ReplicaSets(*parts)
        self.stateful_sets, self.daemon_sets = StatefulSets(*parts), DaemonSets(*parts)
        self.jobs, self.cron_jobs = Jobs(*parts), CronJobs(*parts)
        self.nodes, self.garbage = Nodes(*parts), Garbage(*parts)
        self.services, self.budgets = Services(objects, self.work, self.index), Budgets(objects, self.work, self.index)
        self.volumes = Volumes(objects, clock, self.work)
        self._looks = {
            DEPLOYMENTS.kind: self.deployments.look,
            REPLICA_SETS.kind: self.replica_sets.look,
            STATEFUL_SETS.kind: self.stateful_sets.look,
            DAEMON_SETS.kind: self.daemon_sets.look,
            JOBS.kind: self.jobs.look,
            CRON_JOBS.kind: self.cron_jobs.look,
        }
        self._stop = objects.listen(self._hear)
        self._take_in_what_is_there()

    async def run(self) -> None:
        """Work for ever."""
        await self.work.run()

    def stop(self) -> None:
        """Hear no more."""
        self._stop()
        self.index.stop()

    @property
    def recorders(self) -> list[Recorder]:
        """Every component's recorder, to make them quiet while a cluster is set up."""
        parts = (self.deployments, self.replica_sets, self.stateful_sets, self.daemon_sets, self.jobs, self.cron_jobs)
        parts += (self.volumes,)
        return [self.scheduler.recorder, self.nodes.recorder, self.nodes.evictions, *(part.recorder for part in parts)]

    def _take_in_what_is_there(self) -> None:
        for kind in RESOURCES:
            if kind.group == "events.k8s.io":
                continue
            for key in self._objects.keys(kind):
                stored = self._objects.at(kind, key)
                if stored is not None:
                    change = Change("ADDED", kind, 0, stored, None)
                    self.index.hear(change)
                    self._hear(change)

    def _hear(self, change: Change) -> None:
        kind, meta = change.resource.kind, change.object["metadata"]
        self.garbage.hear(change)
        for owner in meta.get("ownerReferences") or ():
            if owner.get("controller") and owner["kind"] in self._looks and kind != "Event":
                self._work_on(owner["kind"], meta.get("namespace", ""), owner["name"])
        if kind in self._looks and change.resource.group in ("apps", "batch"):
            if change.type == "DELETED":
                self._forget(kind, meta["uid"])
            else:
                self._work_on(kind, meta["namespace"], meta["name"])
        if kind == "Pod":
            if change.type == "DELETED":
                self._pod_gone(meta)
            self.scheduler.hear(change)
            self.services.hear(change)
            self.budgets.hear(change)
            self.nodes.hear(change)
        elif kind == "Node":
            self.scheduler.hear(change)
            self.nodes.hear(change)
            if change.type != "MODIFIED" or _placing(change):
                for namespace, name in self._objects.keys(DAEMON_SETS):
                    self._work_on(DAEMON_SETS.kind, namespace, name)
        elif kind == "Lease":
            self.nodes.hear(change)
        elif kind == "Service":
            self.services.hear(change)
        elif kind == "PodDisruptionBudget":
            self.budgets.hear(change)
        elif kind == "Namespace" or (kind in ("ServiceAccount", "ConfigMap") and change.type == "DELETED"):
            self.work.add(self._furnish, meta["name"] if kind == "Namespace" else meta["namespace"])
        elif kind == "PersistentVolumeClaim":
            self.volumes.hear(change)
            self.scheduler.claims_changed()
        elif kind == "StorageClass" and change.type == "ADDED":
            for namespace, name in self._objects.keys(CLAIMS):
                self.work.add(self.volumes.look, namespace, name)

    def _pod_gone(self, meta: Object) -> None:
        """Let a Deployment that waits for the end of its old pods (Recreate) go on: no status tells it."""
        for owner in meta.get("ownerReferences") or ():
            found = self._objects.find(REPLICA_SETS, meta["namespace"], owner["name"])
            for above in (found or {}).get("metadata", {}).get("ownerReferences") or ():
                if above["kind"] == DEPLOYMENTS.kind:
                    self._work_on(above["kind"], meta["namespace"], above["name"])

    def _work_on(self, kind: str, namespace: str, name: str) -> None:
        self.work.add(self._looks[kind], namespace, name)

    def _forget(self, kind: str, uid: str) -> None:
        if kind == DEPLOYMENTS.kind:
            self.deployments.forget(uid)
        elif kind == JOBS.kind:
            self.jobs.forget(uid)
        elif kind == CRON_JOBS.kind:
            self.cron_jobs.forget(uid)

    def _furnish(self, name: str) -> None:
        """Give a namespace what every namespace has."""
        namespace = self._objects.find(NAMESPACES, "", name)
        if namespace is None or "deletionTimestamp" in namespace["metadata"]:
            return
        labels = namespace["metadata"].get("labels") or {}
        has_phase = (namespace.get("status") or {}).get("phase")
        if labels.get(_LABEL) != name or not has_phase or "finalizers" not in (namespace.get("spec") or {}):
            made = {**namespace, "metadata": {**namespace["metadata"], "labels": {**labels, _LABEL: name}}}
            made["spec"] = {"finalizers": ["kubernetes"], **(namespace.get("spec") or {})}
            self._objects.put(NAMESPACES, {**made, "status": {"phase": "Active", **(namespace.get("status") or {})}})
        if self._objects.find(ACCOUNTS, name, "default") is None:
            self._objects.create(ACCOUNTS, {"metadata": {"name": "default", "namespace": name}})
        if self._objects.find(CONFIG_MAPS, name, ROOT_CA) is None:
            why = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints."
            meta = {"name": ROOT_CA, "namespace": name, "annotations": {"kubernetes.io/description": why}}
            self._objects.create(CONFIG_MAPS, {"metadata": meta, "data": {"ca.crt": self._ca}})


def _placing(change: Change) -> bool:
    """Return whether a node's change concerns which pods belong there."""
    if change.before is None:
        return True
    before, after = change.before.object, change.object
    return before["metadata"].get("labels") != after["metadata"].get("labels") or before.get("spec") != after.get(
        "spec"
    )


def _placeholder() -> str:
    body = base64.b64encode(hashlib.sha256(b"spottui embedded robot").digest()).decode()
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
