"""The defaults of a pod's spec and of its containers, probes and volumes."""

from __future__ import annotations

from typing import Any

Spec = dict[str, Any]

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def fill_pod_spec(spec: Spec) -> None:
    """Fill in a pod's spec, in place."""
    for name in ("initContainers", "containers"):
        for container in _dicts(spec.get(name)):
            _container(container)
    for volume in _dicts(spec.get("volumes")):
        _volume(volume)
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("dnsPolicy", "ClusterFirst")
    if spec.get("serviceAccountName"):
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    spec.setdefault("securityContext", {})
    spec.setdefault("schedulerName", "default-scheduler")


def _dicts(value: Any) -> list[Spec]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _container(container: Spec) -> None:
    for port in _dicts(container.get("ports")):
        port.setdefault("protocol", "TCP")
    resources = container.setdefault("resources", {})
    if resources.get("limits"):
        resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}
    for name in _PROBES:
        if isinstance(container.get(name), dict):
            _probe(container[name])
    for variable in _dicts(container.get("env")):
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            reference.setdefault("apiVersion", "v1")
    container.setdefault("terminationMessagePath", "/dev/termination-log")
    container.setdefault("terminationMessagePolicy", "File")
    container.setdefault("imagePullPolicy", pull_policy(container.get("image", "")))


def _probe(probe: Spec) -> None:
    if isinstance(probe.get("httpGet"), dict):
        probe["httpGet"].setdefault("path", "/")
        probe["httpGet"].setdefault("scheme", "HTTP")
    for name, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        probe.setdefault(name, value)


def pull_policy(image: str) -> str:
    """Return when an image is pulled if nobody says: always for one without a tag or with `latest`."""
    if "@" in image:
        return "IfNotPresent"
    tag = image.rpartition("/")[2].partition(":")[2]
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _volume(volume: Spec) -> None:
    if len(volume) == 1:
        volume["emptyDir"] = {}
    for name in ("configMap", "secret", "downwardAPI", "projected"):
        if isinstance(volume.get(name), dict):
            volume[name].setdefault("defaultMode", 420)
    if isinstance(volume.get("hostPath"), dict):
        volume["hostPath"].setdefault("type", "")


def quality_of(spec: Spec) -> str:
    """Return a pod's quality of service class."""
    containers = [*_dicts(spec.get("initContainers")), *_dicts(spec.get("containers"))]
    resources = [container.get("resources") or {} for container in containers]
    if not any(one.get("requests") or one.get("limits") for one in resources):
        return "BestEffort"
    for one in resources:
        limits, requests = one.get("limits") or {}, one.get("requests") or {}
        if not {"cpu", "memory"} <= set(limits):
            return "Burstable"
        if any(requests.get(name, limits[name]) != limits[name] for name in ("cpu", "memory")):
            return "Burstable"
    return "Guaranteed"
