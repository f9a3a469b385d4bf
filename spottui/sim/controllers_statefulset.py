"""The StatefulSet controller: numbered pods, one after the other, each with its claims."""

from __future__ import annotations

from typing import Any

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_index import Index
from spottui.sim.controllers_pods import PODS, available_in, create_pod, is_over, is_ready, pod_from
from spottui.sim.controllers_quantity import share
from spottui.sim.controllers_revisions import HASH, current, hash_label
from spottui.sim.controllers_work import Work
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource
from spottui.sim.status import ApiError
from spottui.sim.story_clock import StoryClock

STATEFUL_SETS = resource("statefulsets", "apps")
CLAIMS = resource("persistentvolumeclaims")
RETRY = 5.0


class StatefulSets:
    """Keeps the pods of each StatefulSet, in order."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work, index: Index) -> None:
        self._objects, self._clock, self._work, self._index = objects, clock, work, index
        self.recorder = Recorder(objects, clock, "statefulset-controller")

    def look(self, namespace: str, name: str) -> None:
        """Bring one StatefulSet closer to what it asks for, by one pod at most unless it is Parallel."""
        one = self._objects.find(STATEFUL_SETS, namespace, name)
        if one is None:
            return
        pods = {_ordinal(pod, name): pod for pod in self._index.controlled(one["metadata"]["uid"])}
        pods.pop(-1, None)
        if "deletionTimestamp" in one["metadata"]:
            return
        revision = current(self._objects, self._index, one, STATEFUL_SETS)
        digest = revision["metadata"]["labels"][HASH]
        self._step(one, pods, digest)
        pods = {_ordinal(pod, name): pod for pod in self._index.controlled(one["metadata"]["uid"])}
        self._tell(one, pods, digest)

    def _step(self, one: Object, pods: dict[int, Object], digest: str) -> None:
        start = (one["spec"].get("ordinals") or {}).get("start", 0)
        wanted = range(start, start + one["spec"].get("replicas", 1))
        in_order = one["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
        for ordinal in wanted:
            pod = pods.get(ordinal)
            if pod is not None and is_over(pod) and "deletionTimestamp" not in pod["metadata"]:
                self._delete(one, pod)
                return
            if pod is None:
                self._create(one, ordinal, self._digest_for(one, ordinal, digest))
            if in_order and (pod is None or not self._is_available(one, pod) or "deletionTimestamp" in pod["metadata"]):
                return
        for ordinal in sorted(set(pods) - set(wanted), reverse=True):
            if "deletionTimestamp" not in pods[ordinal]["metadata"]:
                self._delete(one, pods[ordinal])
            if in_order:
                return
        self._update(one, pods, digest, wanted)

    def _digest_for(self, one: Object, ordinal: int, digest: str) -> str:
        """Return the revision of a new pod: below the partition the old one stays."""
        old = ((one.get("status") or {}).get("currentRevision") or "").rpartition("-")[2]
        return old if old and ordinal < _partition(one) else digest

    def _update(self, one: Object, pods: dict[int, Object], digest: str, wanted: range) -> None:
        strategy = one["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return
        room = share((strategy.get("rollingUpdate") or {}).get("maxUnavailable", 1), len(wanted), up=True) or 1
        for ordinal in sorted(pods, reverse=True):
            pod = pods[ordinal]
            if ordinal < _partition(one) or room <= 0:
                return
            if "deletionTimestamp" in pod["metadata"] or not self._is_available(one, pod):
                room -= 1
            if hash_label(pod) != digest and "deletionTimestamp" not in pod["metadata"] and room >= 0:
                self._delete(one, pod)
                room -= 1

    def _is_available(self, one: Object, pod: Object) -> bool:
        wait = available_in(pod, one["spec"].get("minReadySeconds", 0), self._objects.wall())
        if wait:
            meta = one["metadata"]
            self._clock.call_later(wait, lambda: self._work.add(self.look, meta["namespace"], meta["name"]))
        return wait == 0

    def _create(self, one: Object, ordinal: int, digest: str) -> None:
        meta = one["metadata"]
        template = self._template(one, digest)
        pod = pod_from(template, one, STATEFUL_SETS, f"{meta['name']}-{ordinal}")
        name = pod["metadata"]["name"]
        more = {HASH: digest, "statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": str(ordinal)}
        pod["metadata"]["labels"] = {**(pod["metadata"].get("labels") or {}), **more}
        pod["spec"].setdefault("hostname", name)
        pod["spec"].setdefault("subdomain", one["spec"].get("serviceName", ""))
        self._claims(one, pod)
        try:
            create_pod(self._objects, pod)
        except ApiError as error:
            said = f"create Pod {name} in StatefulSet {meta['name']} failed error: {error.message}"
            self.recorder.record(one, STATEFUL_SETS, "FailedCreate", said, warning=True)
            self._clock.call_later(RETRY, lambda: self._work.add(self.look, meta["namespace"], meta["name"]))
            return
        said = f"create Pod {name} in StatefulSet {meta['name']} successful"
        self.recorder.record(one, STATEFUL_SETS, "SuccessfulCreate", said)

    def _template(self, one: Object, digest: str) -> Any:
        for revision in self._index.controlled(one["metadata"]["uid"], resource("controllerrevisions", "apps")):
            if revision["metadata"]["labels"].get(HASH) == digest:
                template = dict(revision["data"]["spec"]["template"])
                template.pop("$patch", None)
                return template
        return one["spec"]["template"]

    def _claims(self, one: Object, pod: Object) -> None:
        """Make the pod's claims from the templates."""
        namespace, name = one["metadata"]["namespace"], pod["metadata"]["name"]
        for template in one["spec"].get("volumeClaimTemplates") or ():
            claim = f"{template['metadata']['name']}-{name}"
            volumes = [
                each for each in pod["spec"].get("volumes") or () if each["name"] != template["metadata"]["name"]
            ]
            volumes.append({"name": template["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim}})
            pod["spec"]["volumes"] = volumes
            if self._objects.find(CLAIMS, namespace, claim) is not None:
                continue
            spec = {"volumeMode": "Filesystem", **template["spec"]}
            meta = {"name": claim, "namespace": namespace, "labels": one["spec"]["selector"].get("matchLabels") or {}}
            self._objects.create(CLAIMS, {"metadata": meta, "spec": spec, "status": {"phase": "Pending"}})
            said = f"create Claim {claim} Pod {name} in StatefulSet {one['metadata']['name']} success"
            self.recorder.record(one, STATEFUL_SETS, "SuccessfulCreate", said)

    def _delete(self, one: Object, pod: Object) -> None:
        meta = pod["metadata"]
        self._objects.delete(PODS, meta["namespace"], meta["name"])
        said = f"delete Pod {meta['name']} in StatefulSet {one['metadata']['name']} successful"
        self.recorder.record(one, STATEFUL_SETS, "SuccessfulDelete", said)

    def _tell(self, one: Object, pods: dict[int, Object], digest: str) -> None:
        meta, old = one["metadata"], one.get("status") or {}
        update = f"{meta['name']}-{digest}"
        alive = [pod for pod in pods.values() if not is_over(pod)]
        updated = [pod for pod in alive if hash_label(pod) == digest]
        ready = [pod for pod in alive if is_ready(pod)]
        available = [pod for pod in ready if self._is_available(one, pod)]
        wanted = one["spec"].get("replicas", 1)
        present = old.get("currentRevision") or update
        if len(updated) == len(ready) == wanted and not _partition(one):
            present = update
        on_present = sum(f"{meta['name']}-{hash_label(pod)}" == present for pod in alive)
        status = {
            "observedGeneration": meta.get("generation", 1),
            "replicas": len(alive),
            "readyReplicas": len(ready),
            "currentReplicas": on_present,
            "updatedReplicas": len(updated),
            "currentRevision": present,
            "updateRevision": update,
            "collisionCount": 0,
            "availableReplicas": len(available),
        }
        keep_zero = {"replicas", "collisionCount", "availableReplicas"}
        status = {name: value for name, value in status.items() if value or name in keep_zero}
        if status != old:
            self._objects.replace(STATEFUL_SETS, {**one, "status": status})


def _ordinal(pod: Object, name: str) -> int:
    """Return the number in a pod's name, -1 for a foreign one."""
    number = pod["metadata"]["name"].removeprefix(f"{name}-")
    return int(number) if number.isdecimal() else -1


def _partition(one: Object) -> int:
    return ((one["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition", 0)
