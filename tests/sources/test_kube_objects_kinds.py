"""Each kind's fields on the wire arrive in its record."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records import KubeEvent, Node, WasmRuntime, Workload
from spottui.records_argocd import Application
from spottui.sources.kube_raw_values import parse_bytes, parse_quantity

from .wire import AT, Json, meta, one


def test_a_node_has_its_facts() -> None:
    node = one(
        "nodes",
        {
            "metadata": meta(labels={"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/edge": ""}),
            "spec": {"unschedulable": True, "taints": [{"key": "k", "value": "v", "effect": "NoSchedule"}]},
            "status": {
                "capacity": {"cpu": "8", "nvidia.com/gpu": "1"},
                "allocatable": {"cpu": "7500m", "memory": "16Gi", "pods": "110"},
                "addresses": [{"type": "Hostname", "address": "x"}, {"type": "InternalIP", "address": "10.0.0.3"}],
                "nodeInfo": {"kubeletVersion": "v1.37.2", "osImage": "Ubuntu", "kernelVersion": "6.8"},
                "runtimeHandlers": [{"name": ""}, {"name": "spin"}],
            },
        },
    )
    assert isinstance(node, Node)
    assert node.roles == ("edge", "worker")
    assert node.taints == ("k=v:NoSchedule",)
    assert (node.capacity_cpu, node.allocatable_cpu, node.allocatable_memory) == (8, 7.5, 16 * 2**30)
    assert (node.allocatable_pods, node.gpus, node.internal_ip) == (110, 1, "10.0.0.3")
    assert node.runtime_handlers == ("", "spin")
    assert one("nodes", {"metadata": meta()}).runtime_handlers is None


@pytest.mark.parametrize(
    ("kind", "spec", "status", "counts"),
    [
        ("deployments", {"replicas": 3}, {"readyReplicas": 2, "updatedReplicas": 3}, (3, 2, 3, 0)),
        ("deployments", {"replicas": 0}, {}, (0, 0, 0, 0)),
        ("deployments", {"replicas": 3}, None, (3, None, None, None)),
        ("statefulsets", {}, {"readyReplicas": 1, "availableReplicas": 1}, (1, 1, 0, 1)),
        ("daemonsets", {}, {"desiredNumberScheduled": 2, "numberReady": 1}, (2, 1, 0, 0)),
        ("replicasets", {"replicas": 2}, {"readyReplicas": 2, "availableReplicas": 2}, (2, 2, None, 2)),
        ("jobs", {"completions": 4}, {"succeeded": 1}, (4, 1, None, None)),
        ("cronjobs", {"schedule": "* * * * *", "suspend": True}, {}, (None, None, None, None)),
    ],
)
def test_a_workload_counts_its_pods(kind: str, spec: Json, status: Json | None, counts: tuple[int | None, ...]) -> None:
    found = one(kind, {"metadata": meta(), "spec": spec, **({} if status is None else {"status": status})})
    assert isinstance(found, Workload)
    assert (found.desired, found.ready, found.updated, found.available) == counts
    assert found.paused == bool(spec.get("suspend"))


def test_a_workload_reads_its_pod_template() -> None:
    template = {
        "metadata": {"creationTimestamp": None, "annotations": {"kubectl.kubernetes.io/restartedAt": AT}},
        "spec": {"runtimeClassName": "spin", "containers": [{"name": "a", "image": "r/a:1"}]},
    }
    notes = {"deployment.kubernetes.io/revision": "4"}
    spec = {"template": template, "selector": {"matchLabels": {"app": "a"}}}
    found = one("deployments", {"metadata": meta(annotations=notes, generation=9), "spec": spec})
    assert (found.kind, found.revision, found.generation) == ("Deployment", "4", 9)
    assert (found.images, found.runtime_class, found.selector) == (("r/a:1",), "spin", {"app": "a"})
    assert found.restarted_at == found.created_at
    cron = one("cronjobs", {"metadata": meta(), "spec": {"jobTemplate": {"spec": {"template": template}}}})
    assert (cron.kind, cron.images) == ("CronJob", ("r/a:1",))


def test_a_runtime_class_has_its_hint() -> None:
    notes = {"spottui.dev/wasm-engine": "wasmedge"}
    item = {"metadata": meta(annotations=notes), "handler": "x1", "scheduling": {"nodeSelector": {"spin": "true"}}}
    found = one("runtimeclasses", item)
    assert isinstance(found, WasmRuntime)
    assert (found.handler, found.engine_hint, found.node_selector) == ("x1", "wasmedge", {"spin": "true"})


def test_an_event_of_either_api_has_its_count_and_time() -> None:
    about = {"kind": "Pod", "name": "p", "uid": "u"}
    old = {"metadata": meta(), "involvedObject": about, "type": "Warning", "reason": "BackOff", "message": "m"}
    event = one("events", {**old, "count": 7, "firstTimestamp": AT, "lastTimestamp": "2026-11-24T01:05:00Z"})
    assert isinstance(event, KubeEvent)
    assert (event.count, event.object_uid, (event.last_at or 0) - (event.first_at or 0)) == (7, "u", 300)
    new = {**old, "eventTime": "2026-11-24T01:00:00.123456Z", "reportingComponent": "scheduler"}
    event = one("events", {**new, "series": {"count": 3, "lastObservedTime": "2026-11-24T01:01:00.000000Z"}})
    assert (event.count, event.component) == (3, "scheduler")
    assert one("events", {"metadata": meta()}).count == 1


def application(spec: Json | None = None, **more: Any) -> Application:
    found = one("applications", {"metadata": meta(**more.pop("meta", {})), "spec": spec or {}, **more})
    assert isinstance(found, Application)
    return found


def test_an_application_without_a_status_says_nothing() -> None:
    app = application({"project": "default"})
    assert (app.sync, app.health, app.operation, app.reconciled_at) == ("", "", None, None)
    assert not app.auto_sync


@pytest.mark.parametrize(
    ("automated", "is_on"),
    [(None, False), ({}, True), ({"enabled": None}, True), ({"enabled": True}, True), ({"enabled": False}, False)],
)
def test_auto_sync_is_on_unless_it_says_otherwise(automated: Json | None, is_on: bool) -> None:
    assert application({"syncPolicy": {"automated": automated}}).auto_sync is is_on


def test_several_sources_win_over_one() -> None:
    values = {"repoURL": "git://values", "ref": "values"}
    chart = {"repoURL": "https://charts", "chart": "nav", "targetRevision": "1.4.2"}
    status = {"sync": {"status": "Synced", "revisions": ["a" * 40, "1.4.2"]}}
    app = application({"source": {"repoURL": ""}, "sources": [values, chart]}, status=status)
    assert (app.repo, app.path, app.target_revision) == ("https://charts", "nav", "1.4.2")
    assert app.revision == "a" * 40 + "+1.4.2"


def test_a_hydrator_names_its_dry_repository() -> None:
    hydrator = {"drySource": {"repoURL": "git://dry"}, "syncSource": {"targetBranch": "env/robot", "path": "nav"}}
    app = application({"sourceHydrator": hydrator})
    assert (app.repo, app.target_revision, app.path) == ("git://dry", "env/robot", "nav")


def test_the_last_operation_and_the_last_row_of_history_are_read() -> None:
    resources = [
        {"kind": "Job", "name": "pre", "hookType": "PreSync", "hookPhase": "Succeeded", "status": "Synced"},
        {"kind": "ConfigMap", "name": "c", "hookPhase": "Running", "status": "Synced", "message": "created"},
    ]
    state = {
        "operation": {"initiatedBy": {"username": "ana"}, "sync": {"dryRun": True}},
        "phase": "Novel",
        "startedAt": AT,
        "syncResult": {"revision": "abc", "resources": resources},
    }
    history = [{"id": 1, "revision": "old"}, {"id": 2, "revision": "new", "deployedAt": AT}]
    app = application(status={"operationState": state, "history": history}, operation={"sync": {}})
    assert app.operation is not None and app.has_pending_operation
    assert (app.operation.phase, app.operation.initiated_by, app.operation.dry_run) == ("Novel", "ana", True)
    assert [row.hook_phase for row in app.operation.resources] == ["Succeeded", ""]
    assert (app.deployed_revision, app.deployed_at) == ("new", app.created_at)


def test_only_what_differs_is_kept_and_pruning_is_not_believed_while_unknown() -> None:
    rows = [
        {"kind": "ConfigMap", "name": "a", "status": "Synced"},
        {"kind": "ConfigMap", "name": "b", "status": "OutOfSync", "requiresPruning": True},
        {"kind": "Job", "name": "hook", "hook": True},
    ]
    app = application(status={"sync": {"status": "OutOfSync"}, "resources": rows})
    assert [(row.name, row.message) for row in app.out_of_sync] == [("b", "to be pruned")]
    assert app.resource_count == 3
    app = application(status={"sync": {"status": "Unknown"}, "resources": rows})
    assert [row.message for row in app.out_of_sync] == [""]


def test_a_refresh_and_the_parent_are_seen() -> None:
    notes = {"argocd.argoproj.io/refresh": "hard", "argocd.argoproj.io/tracking-id": "all:argoproj.io/Application:n/a"}
    app = application(meta={"annotations": notes})
    assert (app.refreshing, app.parent) == ("hard", "Application/all")
    app = application(meta={"ownerReferences": [{"kind": "ApplicationSet", "name": "robots", "uid": "x"}]})
    assert (app.refreshing, app.parent) == ("", "ApplicationSet/robots")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *(("250m", 0.25), ("1", 1), ("1Gi", 2**30), ("128974848", 128974848), ("1e9", 1e9), ("12k", 12000)),
        *(("412938175n", 0.412938175), ("750u", 0.00075), ("1.5Ki", 1536), ("2E", 2e18), ("1E3", 1000), ("+5M", 5e6)),
        *((".5", 0.5), ("-1", -1), ("12e-3", 0.012), (3, 3), (0.5, 0.5), ("1Ei", 2**60)),
        *((None, None), ("", None), ("Gi", None), ("1 Gi", None), ("1gi", None), ("0x10", None), ("1e999", None)),
        *(("inf", None), ("1K", None), ("١", None), (10**400, None)),
    ],
)
def test_quantities_are_read_as_kubernetes_writes_them(text: str | int | None, value: float | None) -> None:
    assert parse_quantity(text) == (None if value is None else pytest.approx(value))


@given(st.integers(0, 10**12), st.sampled_from(["", "k", "M", "G", "Ki", "Mi", "Gi"]))
def test_a_whole_quantity_is_exact(number: int, suffix: str) -> None:
    factor = {"": 1, "k": 1000, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}[suffix]
    assert parse_bytes(f"{number}{suffix}") == pytest.approx(number * factor)


@given(st.text(max_size=12) | st.text("0123456789.eE+-KMGi", max_size=12) | st.integers() | st.floats())
def test_any_quantity_is_a_finite_number_or_none(text: str | float) -> None:
    value = parse_quantity(text)
    assert value is None or math.isfinite(value)
    parse_bytes(text)
