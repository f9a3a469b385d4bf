"""kubectl is the oracle: the lists' columns say what `kubectl get` prints on a real API server."""

from __future__ import annotations

import json
from typing import Any

import pytest

from spottui.clock import now
from spottui.screens.list_columns import COLUMNS
from spottui.sources.kube_objects import decode_list
from spottui.sources.kube_on_demand import ON_DEMAND
from spottui.widgets.row_painter import as_cell

from .asking import kubectl
from .control_plane import ControlPlane

OBJECTS: tuple[dict[str, Any], ...] = (
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "camera"},
        "spec": {"type": "NodePort", "selector": {"app": "camera"}, "ports": [{"port": 80}]},
    },
    {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "1", "b": "2"}},
    {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "git"}, "stringData": {"password": "hunter2"}},
    {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "maps"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    },
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "shut"},
        "spec": {"podSelector": {"matchLabels": {"b": "1", "a": "2"}}},
    },
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "door"},
        "spec": {"defaultBackend": {"service": {"name": "camera", "port": {"number": 80}}}},
    },
)
LISTS = ("services", "configmaps", "secrets", "persistentvolumeclaims", "networkpolicies", "ingresses")


@pytest.fixture
def furnished(control_plane: ControlPlane, namespace: str) -> str:
    """Return a namespace with one object of each kind."""
    for one in OBJECTS:
        control_plane.apply(one, namespace)
    return namespace


@pytest.mark.parametrize("name", LISTS)
def test_a_list_says_what_kubectl_get_prints(control_plane: ControlPlane, furnished: str, name: str) -> None:
    body = control_plane.admin.get(ON_DEMAND[name].list_path(furnished))
    records = decode_list(name, json.dumps(body).encode()).records
    printed = kubectl(control_plane.kubeconfig(), "get", name, "-n", furnished, "--no-headers").stdout
    said = {line.split()[0]: line.split()[1:-1] for line in printed.splitlines()}
    columns = {column.title: column for column in COLUMNS[name]()}
    left_out = ("NAMESPACE", "NAME", "AGE", "SELECTOR", "TYPES")
    ours = {
        record.name: [
            word
            for title, column in columns.items()
            if title not in left_out
            for word in as_cell(column.cell(record, now())).text.split()
        ]
        for record in records
    }
    assert said and ours == said
