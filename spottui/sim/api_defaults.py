"""What the API server fills in when a client leaves it out, for the kinds that run something."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spottui.sim.api_default_pods import fill_pod_spec, quality_of
from spottui.sim.api_default_services import fill_secret, fill_service
from spottui.sim.objects import Object
from spottui.sim.resources import Resource

Spec = dict[str, Any]


def fill_defaults(kind: Resource, made: Object) -> None:
    """Fill in the defaults of an object, in place; unknown kinds are left alone."""
    fill = _KINDS.get((kind.group, kind.plural))
    if fill is not None:
        fill(made)


def first_status(kind: Resource, made: Object) -> Object:
    """Return the status with which an object begins, as {"status": ...}; empty where it begins without one."""
    if (kind.group, kind.plural) == ("", "pods"):
        return {"status": {"phase": "Pending", "qosClass": quality_of(made.get("spec") or {})}}
    found = _FIRST.get((kind.group, kind.plural))
    return {} if found is None else {"status": {**found}}


_FIRST: dict[tuple[str, str], Spec] = {
    ("", "namespaces"): {"phase": "Active"},
    ("", "services"): {"loadBalancer": {}},
    ("", "persistentvolumeclaims"): {"phase": "Pending"},
    ("", "persistentvolumes"): {"phase": "Pending"},
    ("", "resourcequotas"): {},
    ("apps", "deployments"): {},
    ("apps", "replicasets"): {"replicas": 0},
    ("apps", "statefulsets"): {"replicas": 0, "availableReplicas": 0},
    ("apps", "daemonsets"): {
        "currentNumberScheduled": 0,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 0,
        "numberReady": 0,
    },
    ("batch", "jobs"): {},
    ("batch", "cronjobs"): {},
    ("policy", "poddisruptionbudgets"): {
        "disruptionsAllowed": 0,
        "currentHealthy": 0,
        "desiredHealthy": 0,
        "expectedPods": 0,
    },
    ("networking.k8s.io", "ingresses"): {"loadBalancer": {}},
}


def _pod(made: Object) -> None:
    spec = made.get("spec")
    if isinstance(spec, dict):
        fill_pod_spec(spec)
        spec.setdefault("enableServiceLinks", True)


def _template(spec: Spec) -> None:
    template = spec.get("template")
    if isinstance(template, dict):
        template.setdefault("metadata", {})
        if isinstance(template.get("spec"), dict):
            fill_pod_spec(template["spec"])


def _deployment(made: Object) -> None:
    spec = made.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(spec)
    strategy = spec.setdefault("strategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)


def _replica_set(made: Object) -> None:
    spec = made.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(spec)


def _stateful_set(made: Object) -> None:
    spec = made.setdefault("spec", {})
    spec.setdefault("replicas", 1)
    _template(spec)
    spec.setdefault("serviceName", "")
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
        strategy["rollingUpdate"].setdefault("maxUnavailable", 1)
    spec.setdefault("revisionHistoryLimit", 10)
    kept = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    kept.setdefault("whenDeleted", "Retain")
    kept.setdefault("whenScaled", "Retain")


def _daemon_set(made: Object) -> None:
    spec = made.setdefault("spec", {})
    made["metadata"].setdefault("annotations", {}).setdefault("deprecated.daemonset.template.generation", "1")
    _template(spec)
    strategy = spec.setdefault("updateStrategy", {})
    if strategy.setdefault("type", "RollingUpdate") == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)


def _job_spec(spec: Spec) -> None:
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 6)
    _template(spec)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("podReplacementPolicy", "TerminatingOrFailed")


def _job(made: Object) -> None:
    spec = made.setdefault("spec", {})
    _job_spec(spec)
    if spec.get("completionMode") == "Indexed":
        spec.setdefault("backoffLimit", 6)


def _cron_job(made: Object) -> None:
    spec = made.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    template = spec.get("jobTemplate")
    if isinstance(template, dict):
        template.setdefault("metadata", {})
        if isinstance(inner := template.get("spec"), dict):
            _template(inner)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)


def _namespace(made: Object) -> None:
    name = made["metadata"].get("name", "")
    made["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = name
    made.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])


_NODE_INFO = (
    "architecture",
    "bootID",
    "containerRuntimeVersion",
    "kernelVersion",
    "kubeProxyVersion",
    "kubeletVersion",
    "machineID",
    "operatingSystem",
    "osImage",
    "systemUUID",
)


def _node(made: Object) -> None:
    made.setdefault("spec", {})
    status = made.setdefault("status", {})
    status.setdefault("daemonEndpoints", {"kubeletEndpoint": {"Port": 0}})
    info = status.setdefault("nodeInfo", {})
    for name in _NODE_INFO:
        info.setdefault(name, "")


def _claim(made: Object) -> None:
    made.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")


def _event(made: Object) -> None:
    made.setdefault("source", {})
    made.setdefault("reportingComponent", "")
    made.setdefault("reportingInstance", "")


_KINDS: dict[tuple[str, str], Callable[[Object], None]] = {
    ("", "pods"): _pod,
    ("", "namespaces"): _namespace,
    ("", "nodes"): _node,
    ("", "persistentvolumeclaims"): _claim,
    ("", "events"): _event,
    ("", "secrets"): fill_secret,
    ("", "services"): fill_service,
    ("apps", "deployments"): _deployment,
    ("apps", "replicasets"): _replica_set,
    ("apps", "statefulsets"): _stateful_set,
    ("apps", "daemonsets"): _daemon_set,
    ("batch", "jobs"): _job,
    ("batch", "cronjobs"): _cron_job,
}
