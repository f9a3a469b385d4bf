"""A restart is aimed at what makes the pods, and only where that can restart."""

from __future__ import annotations

import pytest

from spottui.records import Workload
from spottui.verdicts.owners import controller_of, restart_target

from .make import a_pod, a_workload, owned_by

WORKLOADS: dict[str, Workload] = {
    workload.uid: workload
    for workload in (
        a_workload("Deployment", "deployment"),
        a_workload("ReplicaSet", "replicaset", owner=owned_by("Deployment", "deployment")),
        a_workload("ReplicaSet", "orphan", owner=owned_by("Deployment", "unknown")),
        a_workload("ReplicaSet", "bare"),
        a_workload("StatefulSet", "statefulset"),
        a_workload("DaemonSet", "daemonset"),
        a_workload("CronJob", "cronjob"),
        a_workload("Job", "job", owner=owned_by("CronJob", "cronjob")),
        a_workload("ReplicaSet", "circle", owner=owned_by("ReplicaSet", "circle")),
    )
}


@pytest.mark.parametrize(
    ("owner", "root", "target"),
    [
        ("replicaset", "deployment", "deployment/deployment"),
        ("statefulset", "statefulset", "statefulset/statefulset"),
        ("daemonset", "daemonset", "daemonset/daemonset"),
        ("job", "cronjob", "pod/p"),
        ("bare", "bare", "pod/p"),
        ("orphan", "orphan", "pod/p"),
        ("circle", "circle", "pod/p"),
        ("unknown", None, "pod/p"),
        (None, None, "pod/p"),
    ],
)
def test_the_root_is_restarted_or_else_the_pod(owner: str | None, root: str | None, target: str) -> None:
    pod = a_pod(uid="p", owner=owned_by("X", owner) if owner else None)
    found = controller_of(pod, WORKLOADS.get)
    assert (found and found.uid) == root
    assert str(restart_target(pod, WORKLOADS.get)) == target


def test_a_workload_leads_to_its_owner() -> None:
    above = controller_of(WORKLOADS["job"], WORKLOADS.get)
    assert above is not None and above.kind == "CronJob"
    assert controller_of(WORKLOADS["deployment"], WORKLOADS.get) is None
