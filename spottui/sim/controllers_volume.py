"""Binds volume claims: a hostpath provisioner that makes a volume for each claim of a class that is there."""

from __future__ import annotations

from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource
from spottui.sim.story_clock import StoryClock

CLAIMS = resource("persistentvolumeclaims")
VOLUMES = resource("persistentvolumes")
CLASSES = resource("storageclasses", "storage.k8s.io")
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


class Volumes:
    """Makes and binds one volume for each pending claim, and takes it away with the claim."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work) -> None:
        self._objects, self._work = objects, work
        self.recorder = Recorder(objects, clock, "persistentvolume-controller")

    def hear(self, change: Change) -> None:
        """Take in a change of a claim."""
        meta = change.object["metadata"]
        if change.type == "DELETED":
            name = change.object["spec"].get("volumeName")
            volume = self._objects.find(VOLUMES, "", name) if name else None
            if volume is not None and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete":
                self._objects.remove(VOLUMES, "", name)
            return
        if (change.object.get("status") or {}).get("phase") != "Bound":
            self._work.add(self.look, meta["namespace"], meta["name"])

    def look(self, namespace: str, name: str) -> None:
        """Bind one claim, or say why it cannot be."""
        claim = self._objects.find(CLAIMS, namespace, name)
        if claim is None or (claim.get("status") or {}).get("phase") == "Bound":
            return
        class_name = claim["spec"].get("storageClassName") or self._default()
        found = self._objects.find(CLASSES, "", class_name) if class_name else None
        if found is None:
            if class_name:
                said = f'storageclass.storage.k8s.io "{class_name}" not found'
                self.recorder.record(claim, CLAIMS, "ProvisioningFailed", said, warning=True)
            else:
                said = "no persistent volumes available for this claim and no storage class is set"
                self.recorder.record(claim, CLAIMS, "FailedBinding", said)
            return
        self._bind(claim, found)

    def _default(self) -> str:
        for one in self._objects.all(CLASSES):
            if (one["metadata"].get("annotations") or {}).get(DEFAULT_CLASS) == "true":
                return one["metadata"]["name"]
        return ""

    def _bind(self, claim: Object, storage_class: Object) -> None:
        meta, spec = claim["metadata"], claim["spec"]
        size = ((spec.get("resources") or {}).get("requests") or {}).get("storage", "1Gi")
        modes = spec.get("accessModes") or ["ReadWriteOnce"]
        name = f"pvc-{meta['uid']}"
        reference = {"kind": "PersistentVolumeClaim", "apiVersion": "v1", "namespace": meta["namespace"]}
        path = f"/var/snap/microk8s/common/default-storage/{meta['namespace']}-{meta['name']}-{name}"
        volume: Object = {
            "metadata": {"name": name},
            "spec": {
                "capacity": {"storage": size},
                "accessModes": modes,
                "claimRef": {**reference, "name": meta["name"], "uid": meta["uid"]},
                "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy", "Delete"),
                "storageClassName": storage_class["metadata"]["name"],
                "hostPath": {"path": path, "type": "DirectoryOrCreate"},
            },
            "status": {"phase": "Bound"},
        }
        if self._objects.find(VOLUMES, "", name) is None:
            self._objects.create(VOLUMES, volume)
        bound = {**claim, "spec": {**spec, "volumeName": name, "storageClassName": storage_class["metadata"]["name"]}}
        bound["status"] = {"phase": "Bound", "accessModes": modes, "capacity": {"storage": size}}
        self._objects.put(CLAIMS, bound)
        said = f"Successfully provisioned volume {name}"
        self.recorder.record(claim, CLAIMS, "ProvisioningSucceeded", said)
