"""The spin-operator: makes the Deployment and the Service of each SpinApp, and tells its state, as v0.6 does.

Left out: autoscaling's HPA, the runtime-config Secret, and spintainer executors.
"""

from __future__ import annotations

from typing import Any

from spottui.sim.api_defaults import fill_defaults
from spottui.sim.controllers_events import Recorder
from spottui.sim.controllers_pods import owner_reference
from spottui.sim.controllers_work import Work
from spottui.sim.history import Change
from spottui.sim.objects import Object, Objects, rfc3339
from spottui.sim.resources import resource
from spottui.sim.story_clock import StoryClock

SPIN_APPS = resource("spinapps", "core.spinkube.dev")
EXECUTORS = resource("spinappexecutors", "core.spinkube.dev")
DEPLOYMENTS = resource("deployments", "apps")
SERVICES = resource("services")
APP_LABEL = "core.spinkube.dev/app-name"


class SpinOperator:
    """Follows SpinApps and what was made of them."""

    def __init__(self, objects: Objects, clock: StoryClock, work: Work) -> None:
        self._objects, self._work = objects, work
        self.recorder = Recorder(objects, clock, "spinapp-controller")
        objects.listen(self._hear)

    def _hear(self, change: Change) -> None:
        meta = change.object["metadata"]
        if change.resource == SPIN_APPS and change.type != "DELETED":
            self._work.add(self.look, meta["namespace"], meta["name"])
        elif change.resource == DEPLOYMENTS:
            for owner in meta.get("ownerReferences", ()):
                if owner["kind"] == SPIN_APPS.kind:
                    self._work.add(self.look, meta["namespace"], owner["name"])
        elif change.resource == EXECUTORS:
            for app in self._objects.all(SPIN_APPS, meta["namespace"]):
                self._work.add(self.look, meta["namespace"], app["metadata"]["name"])

    def look(self, namespace: str, name: str) -> None:
        """Bring the Deployment, the Service and the status of one SpinApp to what its spec wants."""
        app = self._objects.find(SPIN_APPS, namespace, name)
        if app is None or "deletionTimestamp" in app["metadata"]:
            return
        wanted = app["spec"].get("executor", "")
        executor = self._objects.find(EXECUTORS, namespace, wanted)
        if executor is None:
            said = f"Could not find SpinAppExecutor {namespace}/{wanted}"
            self.recorder.record(app, SPIN_APPS, "MissingExecutor", said, warning=True)
            return
        if executor["spec"].get("createDeployment", True):
            self._apply(DEPLOYMENTS, app, _deployment(app, executor))
        self._apply(SERVICES, app, _service(app))
        self._tell(app, executor)

    def _apply(self, kind: Any, app: Object, made: Object) -> None:
        meta = app["metadata"]
        made["metadata"] |= {"namespace": meta["namespace"], "name": meta["name"]}
        made["metadata"]["ownerReferences"] = [owner_reference(app, SPIN_APPS)]
        fill_defaults(kind, made)
        found = self._objects.find(kind, meta["namespace"], meta["name"])
        if found is None:
            self._objects.create(kind, made)
            return

        def bring_up(old: Object) -> None:
            for key, value in made["spec"].items():
                if key != "replicas" or app["spec"].get("replicas") is not None:
                    old["spec"][key] = _merged(old["spec"].get(key), value)
            labels = old["metadata"].setdefault("labels", {})
            labels.update(made["metadata"].get("labels", {}))

        self._objects.change(kind, meta["namespace"], meta["name"], bring_up)

    def _tell(self, app: Object, executor: Object) -> None:
        meta = app["metadata"]
        deployment = self._objects.find(DEPLOYMENTS, meta["namespace"], meta["name"])
        status = (deployment or {}).get("status", {})
        told = {
            "activeScheduler": executor["metadata"]["name"],
            "readyReplicas": status.get("readyReplicas", 0),
            "conditions": _conditions(status, rfc3339(self._objects.wall())),
        }
        if told != app.get("status"):
            self._objects.change(
                SPIN_APPS, meta["namespace"], meta["name"], lambda one: one.__setitem__("status", told)
            )


def _conditions(deployment: Object, now: str) -> list[Object]:
    """Return Available and Progressing, as the Deployment has them."""
    found = [one for one in deployment.get("conditions", ()) if one["type"] in ("Available", "Progressing")]
    if found:
        return [
            {key: one[key] for key in ("type", "status", "reason", "message", "lastTransitionTime") if key in one}
            for one in found
        ]
    unknown = {"status": "Unknown", "reason": "Reconciling", "message": "Starting reconciliation"}
    return [{"type": kind, **unknown, "lastTransitionTime": now} for kind in ("Available", "Progressing")]


def _deployment(app: Object, executor: Object) -> Object:
    name, spec = app["metadata"]["name"], app["spec"]
    labels = {APP_LABEL: name, f"core.spinkube.dev/app.{name}.status": "ready"}
    container: Object = {
        "name": name,
        "image": spec["image"],
        "command": ["/"],
        "ports": [{"name": "http-app", "containerPort": 80, "protocol": "TCP"}],
        "env": [
            {"name": "SPIN_HTTP_LISTEN_ADDR", "value": "0.0.0.0:80"},
            *(
                {"name": f"SPIN_VARIABLE_{one['name'].upper()}", "value": one.get("value", "")}
                for one in spec.get("variables", ())
            ),
        ],
    }
    if spec.get("resources"):
        container["resources"] = spec["resources"]
    for check, probe in (("liveness", "livenessProbe"), ("readiness", "readinessProbe")):
        if wanted := spec.get("checks", {}).get(check, {}).get("httpGet"):
            container[probe] = {"httpGet": {"path": wanted.get("path", "/"), "port": 80}}
    pod: Object = {"containers": [container]}
    config = executor["spec"].get("deploymentConfig", {})
    if config.get("runtimeClassName"):
        pod["runtimeClassName"] = config["runtimeClassName"]
    template = {"metadata": {"labels": {**spec.get("podLabels", {}), **labels}}, "spec": pod}
    if spec.get("podAnnotations"):
        template["metadata"]["annotations"] = spec["podAnnotations"]
    return {
        "metadata": {"labels": {APP_LABEL: name}, "annotations": spec.get("deploymentAnnotations", {})},
        "spec": {
            "replicas": spec.get("replicas", 1),
            "selector": {"matchLabels": {APP_LABEL: name}},
            "template": template,
        },
    }


def _service(app: Object) -> Object:
    name = app["metadata"]["name"]
    return {
        "metadata": {"labels": {APP_LABEL: name}},
        "spec": {
            "selector": {f"core.spinkube.dev/app.{name}.status": "ready"},
            "ports": [{"port": 80, "protocol": "TCP", "targetPort": "http-app"}],
            "type": "ClusterIP",
        },
    }


def _merged(old: Any, new: Any) -> Any:
    """Lay what the operator wants over what is there: defaults that the server filled in stay."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [_merged(one, other) for one, other in zip(old, new, strict=True)]
    return new
