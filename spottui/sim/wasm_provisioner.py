"""The runtime-class-manager: installs the shim of each Shim on the nodes that it selects, as v0.2 does.

The state per node is a node label whose key is the Shim's name: pending, then provisioned or failed. Left out: the
rolling strategy, an uninstall by Job (handler and label go at once), the shim's files, containerd's restart, and an
existing RuntimeClass stays as it is.
"""

from __future__ import annotations

from spottui.sim.api_defaults import fill_defaults
from spottui.sim.behaviour import Behaviour
from spottui.sim.controllers_job import JOBS, finished
from spottui.sim.controllers_pods import owner_reference
from spottui.sim.history import Change
from spottui.sim.kubelet_loop import Kubelet
from spottui.sim.kubelet_node import handlers_of
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource

SHIMS = resource("shims", "runtime.spinkube.dev")
NODES, NAMESPACES = resource("nodes"), resource("namespaces")
RUNTIME_CLASSES = resource("runtimeclasses", "node.k8s.io")
NAMESPACE = "rcm"
JOB_LABEL, SHIM_LABEL, OPERATION = "spinkube.dev/job", "spinkube.dev/shimName", "spinkube.dev/operation"
NODE_NOTE = "spinkube.dev/nodeName"
DOWNLOADER = "ghcr.io/spinframework/runtime-class-manager/shim-downloader:v0.2.0"
INSTALLER = "ghcr.io/spinframework/runtime-class-manager/node-installer:v0.2.0"

INSTALLERS = {
    "shim-downloader": Behaviour(
        finish_after=2.0, start_logs=("downloading the shim",), log_period=None, image_size=6_204_113, pull_seconds=1.0
    ),
    "node-installer": Behaviour(
        finish_after=1.5,
        start_logs=("shim installed; restarting containerd",),
        log_period=None,
        image_size=14_118_220,
        pull_seconds=1.5,
    ),
}
"""How the two images of its Job behave."""


class RuntimeClassManager:
    """Follows Shims, the labels of nodes, and its own Jobs."""

    def __init__(self, objects: Objects, kubelet: Kubelet) -> None:
        self._objects, self._kubelet = objects, kubelet
        objects.listen(self._hear)

    def _hear(self, change: Change) -> None:
        work, meta = self._kubelet.work, change.object["metadata"]
        if change.resource == SHIMS and change.type != "DELETED":
            for node in self._objects.all(NODES):
                work.add(self.look, meta["name"], node["metadata"]["name"])
        elif change.resource == NODES and _has_other_labels(change):
            for shim in self._objects.all(SHIMS):
                work.add(self.look, shim["metadata"]["name"], meta["name"])
        elif change.resource == JOBS and SHIM_LABEL in (meta.get("labels") or {}):
            work.add(self.look, meta["labels"][SHIM_LABEL], (meta.get("annotations") or {}).get(NODE_NOTE, ""))

    def look(self, shim_name: str, node_name: str) -> None:
        """Bring one node to what one Shim wants of it."""
        shim = self._objects.find(SHIMS, "", shim_name)
        node = self._objects.find(NODES, "", node_name)
        if shim is None or node is None or "deletionTimestamp" in shim["metadata"]:
            return
        self._make_class(shim)
        labels = node["metadata"].get("labels") or {}
        wanted = shim["spec"].get("nodeSelector") or {}
        state = labels.get(shim_name, "")
        if not all(labels.get(key) == value for key, value in wanted.items()):
            if state:
                self._remove(shim, node)
        elif not state:
            self._label(node_name, shim_name, "pending")
            self._make_job(shim, node)
        elif state == "pending":
            self._follow(shim, node)
        self._count(shim_name)

    def _follow(self, shim: Object, node: Object) -> None:
        """Take over how the Job ended."""
        job = self._objects.find(JOBS, NAMESPACE, _job_name(shim, node))
        ended = finished(job) if job is not None else ""
        if not ended:
            return
        name = node["metadata"]["name"]
        self._label(name, shim["metadata"]["name"], "provisioned" if ended == "Complete" else "failed")
        if ended == "Complete":
            handlers = handlers_of(node) | {shim["spec"]["runtimeClass"]["handler"]}
            self._kubelet.set_handlers(name, tuple(sorted(handlers - {""})))

    def _remove(self, shim: Object, node: Object) -> None:
        name = node["metadata"]["name"]
        self._label(name, shim["metadata"]["name"], None)
        self._objects.remove(JOBS, NAMESPACE, _job_name(shim, node))
        handlers = handlers_of(node) - {"", shim["spec"]["runtimeClass"]["handler"]}
        self._kubelet.set_handlers(name, tuple(sorted(handlers)))

    def _label(self, node: str, shim: str, value: str | None) -> None:
        def write(one: Object) -> None:
            labels = one["metadata"].setdefault("labels", {})
            if value is None:
                labels.pop(shim, None)
            else:
                labels[shim] = value

        self._objects.change(NODES, "", node, write)

    def _make_job(self, shim: Object, node: Object) -> None:
        if self._objects.find(JOBS, NAMESPACE, _job_name(shim, node)) is not None:
            return
        job = _job(shim, node)
        job["metadata"]["ownerReferences"] = [owner_reference(shim, SHIMS)]
        fill_defaults(JOBS, job)
        self._objects.create(JOBS, job)

    def _make_class(self, shim: Object) -> None:
        wanted = shim["spec"].get("runtimeClass") or {}
        if self._objects.find(RUNTIME_CLASSES, "", wanted["name"]) is None:
            made: Object = {"metadata": {"name": wanted["name"]}, "handler": wanted["handler"]}
            made["metadata"]["ownerReferences"] = [owner_reference(shim, SHIMS)]
            if selector := shim["spec"].get("nodeSelector"):
                made["scheduling"] = {"nodeSelector": dict(selector)}
            self._objects.create(RUNTIME_CLASSES, made)

    def _count(self, shim: str) -> None:
        states = [(one["metadata"].get("labels") or {}).get(shim) for one in self._objects.all(NODES)]
        told = {"nodes": sum(state is not None for state in states), "nodesReady": states.count("provisioned")}
        found = self._objects.find(SHIMS, "", shim)
        if found is not None and found.get("status") != told:
            self._objects.change(SHIMS, "", shim, lambda one: one.__setitem__("status", told))


def shim_of(name: str, runtime_class: str, handler: str) -> Object:
    """Return a Shim whose nodes are labelled `handler`=true."""
    url = f"https://github.com/containerd/runwasi/releases/download/containerd-shim-{name}"
    platforms = [
        {"os": "linux", "arch": arch, "location": f"{url}/containerd-shim-{name}-{arch}-linux-musl.tar.gz"}
        for arch in ("aarch64", "x86_64")
    ]
    return {
        "metadata": {"name": name},
        "spec": {
            "nodeSelector": {handler: "true"},
            "fetchStrategy": {"platforms": platforms},
            "runtimeClass": {"name": runtime_class, "handler": handler},
            "rolloutStrategy": {"type": "recreate"},
        },
    }


def _job_name(shim: Object, node: Object) -> str:
    return f"{node['metadata']['name']}-{shim['metadata']['name']}-install"[:63]


def _job(shim: Object, node: Object) -> Object:
    name = shim["metadata"]["name"]
    labels = {JOB_LABEL: "true", SHIM_LABEL: name, OPERATION: "install"}
    pod = {
        "nodeName": node["metadata"]["name"],
        "restartPolicy": "Never",
        "initContainers": [{"name": "downloader", "image": DOWNLOADER}],
        "containers": [{"name": "provisioner", "image": INSTALLER}],
    }
    return {
        "metadata": {
            "name": _job_name(shim, node),
            "namespace": NAMESPACE,
            "labels": labels,
            "annotations": {NODE_NOTE: node["metadata"]["name"]},
        },
        "spec": {"backoffLimit": 2, "template": {"metadata": {"labels": labels}, "spec": pod}},
    }


def _has_other_labels(change: Change) -> bool:
    if change.type == "ADDED" or change.before is None:
        return change.type != "DELETED"
    return change.before.object["metadata"].get("labels") != change.object["metadata"].get("labels")
