"""Writes the Kubernetes objects of a scenario's workloads, as a Helm chart of the same name would render them."""

from __future__ import annotations

from spottui.sim.kubelet_node import make_node
from spottui.sim.objects import Object
from spottui.sim.resources import BY_KIND, Resource
from spottui.sim.scenario import ApplicationSpec, NodeSpec, RuntimeClassSpec, Scenario, WorkloadSpec

GROUPS = {"CronJob": "batch", "Job": "batch", "Pod": "", "SpinApp": "core.spinkube.dev"}
NEEDS_SENSOR = "spottui.dev/needs-sensor"
"""Annotation that tells readers what a pod waits for; nothing in the cluster acts on it."""
EXECUTOR = "containerd-shim-spin"
SPIN_CLASS = "wasmtime-spin-v2"
HTTP_PORT = 8080


def kind_of(manifest: Object) -> Resource:
    """Return where an object is stored."""
    group, _, _ = manifest["apiVersion"].rpartition("/")
    return BY_KIND[group, manifest["kind"]]


def manifest_of(workload: WorkloadSpec) -> Object:
    """Return the object of one workload."""
    group = GROUPS.get(workload.kind, "apps")
    version = {"core.spinkube.dev": "core.spinkube.dev/v1alpha1", "": "v1"}.get(group, f"{group}/v1")
    manifest: Object = {
        "apiVersion": version,
        "kind": workload.kind,
        "metadata": {"name": workload.name, "namespace": workload.namespace, "labels": _labels(workload)},
    }
    if workload.wave:
        manifest["metadata"]["annotations"] = {"argocd.argoproj.io/sync-wave": str(workload.wave)}
    return manifest | _BODIES.get(workload.kind, _replicated)(workload)


def _labels(workload: WorkloadSpec) -> dict[str, str]:
    image = workload.image.rpartition("@")[0] or workload.image
    _, colon, tag = image.rpartition("/")[2].partition(":")
    labels = {
        "app.kubernetes.io/name": workload.name,
        "app.kubernetes.io/instance": workload.application or workload.name,
        "app.kubernetes.io/part-of": workload.part_of or workload.namespace,
        "app.kubernetes.io/managed-by": "Helm",
    }
    if colon:
        labels["app.kubernetes.io/version"] = tag
    if workload.component:
        labels["app.kubernetes.io/component"] = workload.component
    return labels


def _selector(workload: WorkloadSpec) -> dict[str, str]:
    return {"app.kubernetes.io/name": workload.name}


def _resources(workload: WorkloadSpec) -> Object:
    wanted = {"cpu": workload.cpu, "memory": workload.memory}
    limits: dict[str, str] = {"memory": workload.memory}
    if workload.gpus:
        limits["nvidia.com/gpu"] = wanted["nvidia.com/gpu"] = str(workload.gpus)
    return {"requests": wanted, "limits": limits}


def pod_spec(workload: WorkloadSpec) -> Object:
    """Return the spec of its pods."""
    container: Object = {
        "name": workload.name,
        "image": workload.image,
        "imagePullPolicy": "IfNotPresent",
        "resources": _resources(workload),
    }
    if workload.env:
        container["env"] = [{"name": name, "value": value} for name, value in workload.env.items()]
    is_service = workload.kind in ("Deployment", "StatefulSet", "DaemonSet")
    if is_service and not workload.runtime_class:
        probe = {"httpGet": {"path": "/healthz", "port": HTTP_PORT}, "periodSeconds": 10, "timeoutSeconds": 2}
        container["ports"] = [{"name": "http", "containerPort": HTTP_PORT}]
        container["readinessProbe"] = {**probe, "periodSeconds": 5}
        container["livenessProbe"] = {**probe, "failureThreshold": 6}
    spec: Object = {"containers": [container], "terminationGracePeriodSeconds": 10}
    if workload.sensor:
        wait = {"name": f"wait-for-{workload.sensor}", "image": "registry.field.example/base/busybox:1.37"}
        wait["command"] = ["sh", "-c", f"until test -e /dev/sensors/{workload.sensor}; do sleep 1; done"]  # type: ignore[assignment]
        spec["initContainers"] = [wait]
    if workload.runtime_class:
        spec["runtimeClassName"] = workload.runtime_class
    return spec


def _template(workload: WorkloadSpec) -> Object:
    template: Object = {"metadata": {"labels": _labels(workload)}, "spec": pod_spec(workload)}
    if workload.sensor:
        template["metadata"]["annotations"] = {NEEDS_SENSOR: workload.sensor}
    return template


def _replicated(workload: WorkloadSpec) -> Object:
    spec: Object = {"selector": {"matchLabels": _selector(workload)}, "template": _template(workload)}
    if workload.kind != "DaemonSet":
        spec["replicas"] = workload.replicas
    if workload.kind == "StatefulSet":
        spec["serviceName"] = workload.name
    if workload.kind == "Deployment":
        # One sensor has one reader, and the robot has no room for a second copy: the old pod goes first.
        spec["strategy"] = {"type": "Recreate"}
    return {"spec": spec}


def _once(workload: WorkloadSpec) -> Object:
    template = _template(workload)
    template["spec"]["restartPolicy"] = "OnFailure"
    return {"spec": {"backoffLimit": 3, "template": template}}


def _on_schedule(workload: WorkloadSpec) -> Object:
    return {"spec": {"schedule": workload.schedule, "concurrencyPolicy": "Forbid", "jobTemplate": _once(workload)}}


def _spin_app(workload: WorkloadSpec) -> Object:
    return {
        "spec": {
            "image": workload.image,
            "executor": EXECUTOR,
            "replicas": workload.replicas,
            "resources": _resources(workload),
            "variables": [{"name": name.lower(), "value": value} for name, value in workload.env.items()],
        }
    }


_BODIES = {
    "Pod": lambda workload: {"spec": pod_spec(workload)},
    "Job": _once,
    "CronJob": _on_schedule,
    "SpinApp": _spin_app,
}


def registries_of(scenario: Scenario) -> set[str]:
    """Return the hosts that the scenario's images come from; Docker Hub by the name that it is asked by."""
    firsts = {workload.image.partition("/")[0] for workload in scenario.workload if "/" in workload.image}
    return {first.partition(":")[0] for first in firsts if "." in first} | {"registry-1.docker.io"}


# -- what is not a workload ------------------------------------------------------------------------


def namespace_of(name: str) -> Object:
    """Return a Namespace."""
    return {"metadata": {"name": name, "labels": {"kubernetes.io/metadata.name": name}}, "status": {"phase": "Active"}}


def runtime_class_of(spec: RuntimeClassSpec) -> Object:
    """Return a RuntimeClass."""
    return {"metadata": {"name": spec.name}, "handler": spec.handler}


def executor_of(namespace: str) -> Object:
    """Return the SpinAppExecutor that SpinApps of a namespace need."""
    return {
        "metadata": {"name": EXECUTOR, "namespace": namespace},
        "spec": {"createDeployment": True, "deploymentConfig": {"runtimeClassName": SPIN_CLASS}},
    }


def application_of(spec: ApplicationSpec, namespace: str) -> Object:
    """Return an Application that deploys into a namespace."""
    policy: Object = {"syncOptions": ["CreateNamespace=true"], "retry": {"limit": 3}}
    if spec.auto_sync:
        policy["automated"] = {"prune": spec.prune, "selfHeal": spec.self_heal}
    return {
        "metadata": {"name": spec.name, "namespace": "argocd"},
        "spec": {
            "project": spec.project,
            "source": {"repoURL": spec.repository, "path": spec.path, "targetRevision": spec.branch},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": namespace},
            "syncPolicy": policy,
        },
    }


def project_of(name: str) -> Object:
    """Return an AppProject that allows everything."""
    anything = [{"group": "*", "kind": "*"}]
    return {
        "metadata": {"name": name, "namespace": "argocd"},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"server": "*", "namespace": "*"}],
            "clusterResourceWhitelist": anything,
        },
    }


def node_of(spec: NodeSpec, address: str) -> Object:
    """Return a Node as the kubelet of a CORE I/O registers it."""
    return make_node(
        spec.name,
        address=address,
        arch=spec.arch,
        cpu=spec.cpu,
        memory=spec.memory,
        disk=spec.disk,
        gpus=spec.gpus,
        max_pods=spec.pods,
        handlers=spec.handlers,
        labels={"node-role.kubernetes.io/control-plane": "", **spec.labels},
    )
