"""The contract of tables: columns and cells of what kubectl get prints."""

from __future__ import annotations

from typing import Any

from .caller import TABLE, Caller
from .cases import case, config, deployment, pod

APPS = "apps/v1"
LONG_AGO = "2026-01-01T00:00:00Z"


def _state(**state: Any) -> list[dict[str, Any]]:
    more = state.pop("more", {})
    return [{"name": "main", "image": "x", "imageID": "", "ready": False, "restartCount": 0, "state": state, **more}]


def _rows(api: Caller, path: str, **query: object) -> None:
    """Keep columns and cells; the objects of the rows are another case's matter."""
    api.get(path, accept=TABLE, **query)
    table = api.said[-1]["answer"]
    api.said[-1]["answer"] = {
        "columns": [(one["name"], one["type"], one["format"], one["priority"]) for one in table["columnDefinitions"]],
        "cells": [row["cells"] for row in table["rows"]],
    }


@case
def pods_in_every_state(api: Caller) -> None:
    running = {"startedAt": LONG_AGO}
    ended = {"exitCode": 1, "startedAt": LONG_AGO, "finishedAt": LONG_AGO}
    last = {"lastState": {"terminated": ended}, "restartCount": 3}
    conditions = [{"type": "Ready", "status": "True"}]
    statuses: list[dict[str, Any]] = [
        {"phase": "Pending"},
        {
            "phase": "Running",
            "containerStatuses": _state(running=running, more={"ready": True}),
            "conditions": conditions,
        },
        {"phase": "Running", "containerStatuses": _state(waiting={"reason": "CrashLoopBackOff"}, more=last)},
        {"phase": "Pending", "containerStatuses": _state(waiting={"reason": "ImagePullBackOff"})},
        {"phase": "Pending", "containerStatuses": _state(waiting={"reason": "ContainerCreating"})},
        {"phase": "Succeeded", "containerStatuses": _state(terminated={**ended, "exitCode": 0, "reason": "Completed"})},
        {"phase": "Failed", "containerStatuses": _state(terminated={**ended, "reason": "Error"})},
        {"phase": "Failed", "containerStatuses": _state(terminated=ended)},
        {"phase": "Failed", "containerStatuses": _state(terminated={**ended, "signal": 9})},
        {"phase": "Failed", "reason": "Evicted", "message": "low on memory"},
        {"phase": "Running", "podIP": "192.0.2.1", "podIPs": [{"ip": "192.0.2.1"}]},
    ]
    for number, status in enumerate(statuses):
        name = f"pod-{number:02}"
        api.post(api.path("pods"), pod(name, nodeName="node-x"))
        api.patch(f"{api.path('pods', name)}/status", {"status": status})
        assert api.said[-1]["status"] == 200, api.said[-1]
    api.said.clear()
    _rows(api, api.path("pods"))


@case
def pods_with_init_containers(api: Caller) -> None:
    ended = {"startedAt": LONG_AGO, "finishedAt": LONG_AGO}
    for number, state in enumerate(
        (
            {"waiting": {"reason": "PodInitializing"}},
            {"running": {"startedAt": LONG_AGO}},
            {"terminated": {**ended, "exitCode": 0}},
            {"terminated": {**ended, "exitCode": 2}},
            {"waiting": {"reason": "CrashLoopBackOff"}},
        )
    ):
        name = f"pod-{number}"
        inits = [{"name": "init", "image": "x"}, {"name": "side", "image": "y", "restartPolicy": "Always"}]
        api.post(api.path("pods"), pod(name, initContainers=inits))
        one = {"name": "init", "image": "x", "imageID": "", "ready": False, "restartCount": 2, "state": state}
        side = {**one, "name": "side", "started": True, "ready": True, "restartCount": 1}
        side["state"] = {"running": {"startedAt": LONG_AGO}}
        status = {"phase": "Pending", "initContainerStatuses": [one, side]}
        api.patch(f"{api.path('pods', name)}/status", {"status": status})
    api.said.clear()
    _rows(api, api.path("pods"))


@case
def pods_that_go_or_wait_for_gates(api: Caller) -> None:
    api.post(api.path("pods"), pod("going", nodeName="node-x"))
    api.delete(api.path("pods", "going"))
    api.post(api.path("pods"), pod("gated", readinessGates=[{"conditionType": "x.dev/ready"}]))
    api.said.clear()
    _rows(api, api.path("pods"))


@case
def one_pod_as_table(api: Caller) -> None:
    api.post(api.path("pods"), pod("a"))
    api.get(api.path("pods", "a"), accept=TABLE)
    api.get(api.path("pods", "a"), accept=TABLE, includeObject="None")
    api.get(api.path("pods", "a"), accept=TABLE, includeObject="Object")
    api.get(api.path("pods"), accept=TABLE, limit=1)


@case
def workloads(api: Caller) -> None:
    for plural, kind in (
        ("deployments", "Deployment"),
        ("replicasets", "ReplicaSet"),
        ("statefulsets", "StatefulSet"),
        ("daemonsets", "DaemonSet"),
    ):
        path = api.path(plural, group=APPS)
        api.post(path, deployment("a") | {"kind": kind})
        body: dict[str, Any] = {**deployment("b", replicas=3), "kind": kind}
        body["spec"]["template"]["spec"]["containers"].append({"name": "second", "image": "registry.example/s:1"})
        body["spec"]["template"]["spec"]["nodeSelector"] = {"x": "y", "a": "b"}
        body["spec"]["selector"]["matchExpressions"] = [{"key": "app", "operator": "In", "values": ["b", "c"]}]
        api.post(path, body)
        api.patch(f"{path}/b/status", {"status": _counts(plural)})
    api.said.clear()
    for plural in ("deployments", "replicasets", "statefulsets", "daemonsets"):
        _rows(api, api.path(plural, group=APPS))


def _counts(plural: str) -> dict[str, int]:
    if plural == "daemonsets":
        names = ("currentNumberScheduled", "desiredNumberScheduled", "numberReady", "updatedNumberScheduled")
        return {**dict.fromkeys(names, 2), "numberAvailable": 1, "numberMisscheduled": 0}
    counts = {"replicas": 3, "readyReplicas": 2, "availableReplicas": 2}
    return counts if plural == "replicasets" else {**counts, "updatedReplicas": 3}


@case
def jobs(api: Caller) -> None:
    path = api.path("jobs", group="batch/v1")
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "a"}]}}
    for name, more in (("a", {}), ("b", {"completions": 3, "parallelism": 2}), ("c", {"parallelism": 2})):
        api.post(path, {"metadata": {"name": name}, "spec": {"template": template, **more}})
    api.patch(f"{path}/b/status", {"status": {"startTime": LONG_AGO, "active": 1, "succeeded": 2}})
    api.said.clear()
    _rows(api, path)
    for row in api.said[-1]["answer"]["cells"]:
        row[7] = "<selector>"  # the real one names the job's uid
    path = api.path("cronjobs", group="batch/v1")
    for name, more in (("a", {}), ("b", {"suspend": True, "timeZone": "Europe/Berlin"})):
        spec = {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": template}}, **more}
        api.post(path, {"metadata": {"name": name}, "spec": spec})
    api.said.pop()
    api.said.pop()
    _rows(api, path)


@case
def nodes(api: Caller) -> None:
    path, name = "/api/v1/nodes", api.namespace
    labels = {"node-role.kubernetes.io/control-plane": "", "kubernetes.io/role": "robot", "case": name}
    info = {
        "kubeletVersion": "v1.37.2",
        "osImage": "Ubuntu",
        "kernelVersion": "6.1",
        "containerRuntimeVersion": "containerd://2",
        "architecture": "arm64",
        "bootID": "",
        "kubeProxyVersion": "",
        "machineID": "",
        "operatingSystem": "linux",
        "systemUUID": "",
    }
    api.post(path, {"metadata": {"name": name, "labels": labels}})
    _rows(api, path, labelSelector=f"case={name}")
    status = {
        "conditions": [{"type": "Ready", "status": "True"}],
        "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}, {"type": "Hostname", "address": "spot"}],
        "nodeInfo": info,
    }
    api.patch(f"{path}/{name}/status", {"status": status})
    api.patch(f"{path}/{name}", {"spec": {"unschedulable": True}})
    _rows(api, path, labelSelector=f"case={name}")
    api.patch(f"{path}/{name}/status", {"status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}})
    _rows(api, path, labelSelector=f"case={name}")
    api.delete(f"{path}/{name}")
    api.said = [one for one in api.said if "columns" in one["answer"]]


@case
def services(api: Caller) -> None:
    for name, spec in (
        ("a", {"selector": {"app": "a", "b": "c"}, "ports": [{"port": 80}]}),
        ("b", {"clusterIP": "None", "ports": [{"port": 80}]}),
        ("c", {"type": "ExternalName", "externalName": "example.com"}),
        ("d", {"ports": [{"name": "a", "port": 80}, {"name": "b", "port": 53, "protocol": "UDP"}]}),
        ("e", {"ports": [{"port": 80}], "externalIPs": ["192.0.2.7"]}),
    ):
        api.post(api.path("services"), {"metadata": {"name": name}, "spec": spec})
    api.said.clear()
    _rows(api, api.path("services"))


@case
def events(api: Caller) -> None:
    about = {"kind": "Pod", "namespace": api.namespace, "name": "a", "fieldPath": "spec.containers{main}"}
    base = {"involvedObject": about, "reason": "Pulled", "message": " pulled\n", "type": "Normal"}
    stamps = {"firstTimestamp": LONG_AGO, "lastTimestamp": LONG_AGO, "count": 4}
    source = {"source": {"component": "kubelet", "host": "node-x"}}
    meta = {"namespace": api.namespace}
    api.post(api.path("events"), {**base, **stamps, **source, "metadata": {**meta, "name": "a"}})
    api.post(api.path("events"), {**base, "metadata": {**meta, "name": "b"}})
    api.said.clear()
    _rows(api, api.path("events"))


@case
def small_kinds(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a", one="1", two="2"))
    api.post(api.path("secrets"), {"metadata": {"name": "a"}, "stringData": {"one": "1"}})
    api.post(api.path("serviceaccounts"), {"metadata": {"name": "a"}})
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    api.post(api.path("persistentvolumeclaims"), {"metadata": {"name": "a"}, "spec": claim})
    budget = {"maxUnavailable": "10%", "selector": {"matchLabels": {"a": "b"}}}
    api.post(api.path("poddisruptionbudgets", group="policy/v1"), {"metadata": {"name": "a"}, "spec": budget})
    policy = {"podSelector": {"matchLabels": {"a": "b"}}, "policyTypes": ["Ingress"]}
    api.post(api.path("networkpolicies", group="networking.k8s.io/v1"), {"metadata": {"name": "a"}, "spec": policy})
    lease = {"holderIdentity": "me", "leaseDurationSeconds": 5}
    api.post(api.path("leases", group="coordination.k8s.io/v1"), {"metadata": {"name": "a"}, "spec": lease})
    api.said.clear()
    for plural, group in (
        ("configmaps", ""),
        ("secrets", ""),
        ("serviceaccounts", ""),
        ("persistentvolumeclaims", ""),
        ("poddisruptionbudgets", "policy/v1"),
        ("networkpolicies", "networking.k8s.io/v1"),
        ("leases", "coordination.k8s.io/v1"),
    ):
        _rows(api, api.path(plural, group=group))


@case
def cluster_kinds(api: Caller) -> None:
    name = api.namespace
    _rows(api, "/api/v1/namespaces", fieldSelector=f"metadata.name={name}")
    path = "/apis/node.k8s.io/v1/runtimeclasses"
    api.post(path, {"metadata": {"name": name}, "handler": "spin"})
    _rows(api, path, fieldSelector=f"metadata.name={name}")
    api.delete(f"{path}/{name}")
    path = "/apis/scheduling.k8s.io/v1/priorityclasses"
    api.post(path, {"metadata": {"name": name}, "value": 7, "preemptionPolicy": "Never"})
    _rows(api, path, fieldSelector=f"metadata.name={name}")
    api.delete(f"{path}/{name}")
    api.said = [one for one in api.said if "columns" in one["answer"]]


@case
def applications(api: Caller) -> None:
    path = api.path("applications", group="argoproj.io/v1alpha1")
    spec = {"project": "default", "destination": {"server": "https://x"}, "source": {"repoURL": "https://y"}}
    for name in ("a", "b"):
        body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
        api.post(path, body)
    sync = {
        "status": "OutOfSync",
        "revision": "abc",
        "comparedTo": {"destination": {}, "source": {"repoURL": "https://y"}},
    }
    api.patch(f"{path}/b", {"status": {"sync": sync, "health": {"status": "Degraded"}}})
    api.said.clear()
    _rows(api, path)
    path = api.path("appprojects", group="argoproj.io/v1alpha1")
    api.post(path, {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "a"}, "spec": {}})
    api.said.clear()
    _rows(api, path)
