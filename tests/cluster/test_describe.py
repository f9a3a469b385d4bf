"""kubectl is the oracle: what `kubectl describe` says of an object, spottui's description says too."""

from __future__ import annotations

import re
from typing import Any

import pytest

from spottui.screens.describe_object import object_facts
from spottui.store import Store

from . import manifests
from .asking import kubectl
from .control_plane import ControlPlane
from .processes import wait_until
from .test_lists import OBJECTS

DATED = re.compile(r"\b(Started|Finished|Start Time|CreationTimestamp|Created|Age|AGE|LastHeartbeatTime)\b|^Events:|^$")
NOT_OURS = re.compile(
    r"^(Used By|Endpoints|Internal Traffic Policy|External Traffic Policy|Optional|Type: (ConfigMap|Secret|Projected))"
    r"|^(TokenExpirationSeconds|ConfigMapName|DownwardAPI|Mount|OldReplicaSets|NewReplicaSet|Spec|Rules|Backend|Data$)"
    r"|^=+$|^-+ |^-+$"
)


def facts(kind: str, found: dict[str, Any]) -> set[str]:
    """Return our lines with single spaces."""
    lines = object_facts(Store(), kind, found)
    return {" ".join("".join(text for text, _ in line).split()) for line in lines}


def oracle(control_plane: ControlPlane, namespace: str, kind: str, name: str) -> list[str]:
    """Return kubectl's lines up to the events, but for dates and what comes from other objects."""
    said = kubectl(control_plane.kubeconfig(), "describe", kind, name, "-n", namespace)
    assert said.returncode == 0, said.stderr
    lines = [" ".join(line.split()) for line in said.stdout.partition("\nEvents:")[0].splitlines()]
    return [line for line in lines if not DATED.search(line) and not NOT_OURS.search(line)]


@pytest.mark.parametrize("kind", ["Service", "Secret", "PersistentVolumeClaim"])
def test_it_says_what_kubectl_describe_says(control_plane: ControlPlane, namespace: str, kind: str) -> None:
    wanted = next(one for one in OBJECTS if one["kind"] == kind)
    (found,) = control_plane.apply(wanted, namespace)
    name = found["metadata"]["name"]
    ours = facts(kind, found)
    missing = [line for line in oracle(control_plane, namespace, kind, name) if line not in ours]
    assert not missing, sorted(ours)


def test_a_deployment_and_its_pod(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.apply(manifests.deployment("camera"), namespace)
    path = f"/apis/apps/v1/namespaces/{namespace}/deployments/camera"
    wait_until(lambda: control_plane.admin.get(path).get("status", {}).get("availableReplicas", 0) == 1, "it runs")
    pods = control_plane.admin.get(f"/api/v1/namespaces/{namespace}/pods")["items"]
    for kind, found in (("Deployment", control_plane.admin.get(path)), ("Pod", {"kind": "Pod", **pods[0]})):
        ours = facts(kind, found)
        lines = oracle(control_plane, namespace, kind, found["metadata"]["name"])
        missing = [line for line in lines if line not in ours]
        assert not missing, sorted(ours)
