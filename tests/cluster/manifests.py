"""The objects that tests put into the cluster: roles, nodes, pods; plain dicts, no requests."""

from __future__ import annotations

import random
from typing import Any

Json = dict[str, Any]

READ = ("get", "list", "watch")
ARGO = "argoproj.io"
FAKE_NODE = {"kwok.x-k8s.io/node": "fake"}
"""The annotation by which kwok knows the nodes that it may play."""

_VIEWER_RULES = (
    {"apiGroups": [""], "resources": ["nodes"], "verbs": [*READ]},
    {"apiGroups": [ARGO], "resources": ["applications", "appprojects"], "verbs": [*READ]},
)
_OPERATOR_RULES = (
    {"apiGroups": ["apps"], "resources": ["deployments", "statefulsets", "daemonsets"], "verbs": ["patch"]},
    {"apiGroups": [ARGO], "resources": ["applications"], "verbs": ["patch"]},
    {"apiGroups": ["apps"], "resources": ["deployments/scale", "statefulsets/scale"], "verbs": ["get", "patch"]},
    {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete"]},
    {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["events"], "verbs": ["create"]},
)


def roles() -> list[Json]:
    """Return the roles of the users `viewer` and `operator`."""
    return [
        cluster_role("spottui-test-viewer", _VIEWER_RULES),
        cluster_role("spottui-test-operator", _OPERATOR_RULES),
        # What ClusterRole `view` holds. That one is filled by the controllers, which may not run.
        binding("spottui-test-view", "system:aggregate-to-view", ("viewer", "operator")),
        binding("spottui-test-viewer", "spottui-test-viewer", ("viewer", "operator")),
        binding("spottui-test-operator", "spottui-test-operator", ("operator",)),
    ]


def cluster_role(name: str, rules: tuple[Json, ...]) -> Json:
    """Return a ClusterRole."""
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": list(rules),
    }


def binding(name: str, role: str, users: tuple[str, ...]) -> Json:
    """Return a ClusterRoleBinding of users to a ClusterRole."""
    api = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{api}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "User", "apiGroup": api, "name": user} for user in users],
    }


def node(name: str, architecture: str, fake: bool, version: str) -> Json:
    """Return a node as large as a test may need; `fake` ones are played by kwok."""
    room = {"cpu": "64", "memory": "256Gi", "pods": "20000", "ephemeral-storage": "1Ti"}
    labels = {"kubernetes.io/hostname": name, "kubernetes.io/arch": architecture, "kubernetes.io/os": "linux"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels, "annotations": dict(FAKE_NODE) if fake else {}},
        "status": {
            "capacity": room,
            "allocatable": room,
            "nodeInfo": {
                "architecture": architecture,
                "operatingSystem": "linux",
                "kernelVersion": "5.15.148-tegra",
                "osImage": "Ubuntu 22.04.5 LTS",
                "containerRuntimeVersion": "containerd://1.7.27",
                "kubeletVersion": version,
                "kubeProxyVersion": version,
                "bootID": "",
                "machineID": "",
                "systemUUID": "",
            },
        },
    }


def deployment(name: str, replicas: int = 1, annotations: Json | None = None, **pod_spec: Any) -> Json:
    """Return a Deployment; `annotations` go to its pods (`spottui.test/stage` picks their fate)."""
    labels = {"app": name}
    spec = {"containers": [{"name": name, "image": f"example.invalid/{name}:1.0"}], **pod_spec}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels, "annotations": annotations or {}}, "spec": spec},
        },
    }


_TEAMS = ("perception", "navigation", "arm", "telemetry", "mission", "gateway", "audio", "thermal")
_PARTS = ("api", "worker", "store", "agent", "bridge")


def large_pod(index: int, node_name: str, dice: random.Random) -> Json:
    """Return a pod of about 5 kB as the server gives it back, with labels and variables as real ones have.

    Args:
        dice: Decides what varies; the same seed and index give the same pod.
    """
    team, part = _TEAMS[index % len(_TEAMS)], dice.choice(_PARTS)
    name = f"{team}-{part}-{dice.getrandbits(40):010x}-{index:05d}"
    labels = {
        "app.kubernetes.io/name": f"{team}-{part}",
        "app.kubernetes.io/instance": f"{team}-{part}-{index % 40}",
        "app.kubernetes.io/part-of": team,
        "app.kubernetes.io/version": f"1.{index % 7}.{dice.randrange(20)}",
        "app.kubernetes.io/managed-by": "argocd",
        "pod-template-hash": f"{dice.getrandbits(36):09x}",
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "labels": labels,
            "annotations": {
                "checksum/config": f"{dice.getrandbits(256):064x}",
                "prometheus.io/scrape": "true",
            },
        },
        "spec": {
            "nodeName": node_name,
            "restartPolicy": "Always",
            "containers": [_container(part, team, dice)],
            "volumes": [
                {"name": "config", "configMap": {"name": f"{team}-{part}"}},
            ],
        },
    }


def _container(name: str, team: str, dice: random.Random) -> Json:
    variables = [{"name": f"{team.upper()}_SETTING_{i:02d}", "value": f"{dice.getrandbits(96):024x}"} for i in range(5)]
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10, "failureThreshold": 3}
    return {
        "name": name,
        "image": f"registry.example.invalid/{team}/{name}:1.{dice.randrange(30)}.{dice.randrange(9)}",
        "args": ["--listen=:8080", f"--team={team}", "--log-format=json", "--zone=payload"],
        "env": [
            *variables,
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "ports": [{"name": "http", "containerPort": 8080}],
        "resources": {"requests": {"cpu": "1m", "memory": "8Mi"}, "limits": {"memory": "128Mi"}},
        "livenessProbe": probe,
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/config", "readOnly": True},
        ],
    }
