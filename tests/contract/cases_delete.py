"""The contract of deletion: preconditions, grace, finalizers, collections, evictions, namespaces."""

from __future__ import annotations

from .caller import Caller
from .cases import case, config, deployment, pod

APPS = "apps/v1"


@case
def what_is_deleted_is_told(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.delete(api.path("configmaps", "a"))
    api.post(api.path("deployments", group=APPS), deployment("a"))
    api.delete(api.path("deployments", "a", APPS), {"propagationPolicy": "Background"})
    api.post(api.path("services"), {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 80}]}})
    api.delete(api.path("services", "a"))
    api.post(api.path("serviceaccounts"), {"metadata": {"name": "a"}})
    api.delete(api.path("serviceaccounts", "a"))
    api.post(api.path("secrets"), {"metadata": {"name": "a"}})
    api.delete(api.path("secrets", "a"))


@case
def a_pod_that_no_node_has_goes_at_once(api: Caller) -> None:
    api.post(api.path("pods"), pod("a"))
    api.delete(api.path("pods", "a"))
    api.get(api.path("pods", "a"))


@case
def a_pod_on_a_node_is_given_its_grace(api: Caller) -> None:
    for name in ("a", "b", "c"):
        api.post(api.path("pods"), pod(name, nodeName="node-x"))
    api.delete(api.path("pods", "a"))
    api.delete(api.path("pods", "a"))
    api.delete(api.path("pods", "a"), gracePeriodSeconds=5)
    api.delete(api.path("pods", "a"), gracePeriodSeconds=60)
    api.delete(api.path("pods", "a"), {"gracePeriodSeconds": 0})
    api.get(api.path("pods", "a"))
    api.delete(api.path("pods", "b"), {"gracePeriodSeconds": 7})
    api.delete(api.path("pods", "b"), {"gracePeriodSeconds": 0})
    api.delete(api.path("pods", "c"), gracePeriodSeconds=0)


@case
def a_pod_that_is_over_needs_no_grace(api: Caller) -> None:
    api.post(api.path("pods"), pod("a", nodeName="node-x"))
    api.patch(f"{api.path('pods', 'a')}/status", {"status": {"phase": "Succeeded"}})
    api.delete(api.path("pods", "a"))
    api.get(api.path("pods", "a"))


@case
def preconditions_hold_or_nothing_is_deleted(api: Caller) -> None:
    one = api.post(api.path("configmaps"), config("a"))["metadata"]
    path = api.path("configmaps", "a")
    api.delete(path, {"preconditions": {"uid": "11111111-2222-3333-4444-555555555555"}})
    api.delete(path, {"preconditions": {"resourceVersion": "1"}})
    api.delete(path, {"preconditions": {"uid": one["uid"], "resourceVersion": one["resourceVersion"]}})
    api.post(api.path("pods"), pod("a", nodeName="node-x"))
    api.delete(api.path("pods", "a"), {"preconditions": {"uid": "11111111-2222-3333-4444-555555555555"}})
    api.post(api.path("deployments", group=APPS), deployment("a"))
    api.delete(api.path("deployments", "a", APPS), {"preconditions": {"resourceVersion": "1"}})


@case
def finalizers_are_waited_for(api: Caller) -> None:
    path = api.path("configmaps", "a")
    meta = {"name": "a", "finalizers": ["x.dev/wait"]}
    api.post(api.path("configmaps"), {"metadata": meta})
    api.delete(path)
    api.delete(path)
    api.get(path)
    api.patch(path, {"metadata": {"finalizers": ["x.dev/wait", "x.dev/new"]}})
    api.patch(path, {"data": {"still": "writable"}})
    api.patch(path, {"metadata": {"finalizers": None}})
    api.get(path)


@case
def propagation_is_kept_as_a_finalizer(api: Caller) -> None:
    path = api.path("deployments", group=APPS)
    for name, policy in (("a", "Foreground"), ("b", "Orphan"), ("c", "Other")):
        api.post(path, deployment(name))
        api.delete(f"{path}/{name}", {"propagationPolicy": policy})
        api.patch(f"{path}/{name}", {"metadata": {"finalizers": None}})


@case
def a_collection_is_deleted_by_selector(api: Caller) -> None:
    for name in ("a", "b", "c"):
        labels = {"keep": "yes" if name == "b" else "no"}
        api.post(api.path("configmaps"), {"metadata": {"name": name, "labels": labels}})
    api.delete(api.path("configmaps"), labelSelector="keep=no")
    api.get(api.path("configmaps"))


@case
def a_namespace_that_is_deleted_takes_nothing_more(api: Caller) -> None:
    """No controllers run: the real namespace stays in its last state, and so the simulator's must not be empty."""
    name = f"{api.namespace}-gone"
    meta = {"name": "a", "namespace": name, "finalizers": ["x.dev/wait"]}
    api.post("/api/v1/namespaces", {"metadata": {"name": name}})
    api.post(f"/api/v1/namespaces/{name}/configmaps", {"metadata": meta})
    api.delete(f"/api/v1/namespaces/{name}")
    api.post(f"/api/v1/namespaces/{name}/configmaps", config("b"))
    api.post(f"/apis/apps/v1/namespaces/{name}/deployments", deployment("b"))
    said = api.get(f"/api/v1/namespaces/{name}")
    assert said["status"]["phase"] == "Terminating"


@case
def an_eviction_asks_the_budget(api: Caller) -> None:
    for name in ("a", "b"):
        api.post(api.path("pods"), pod(name, labels={"app": "guarded"}, nodeName="node-x"))
        ready = [{"type": "Ready", "status": "True"}]
        api.patch(f"{api.path('pods', name)}/status", {"status": {"phase": "Running", "conditions": ready}})
    group = "policy/v1"
    spec = {"minAvailable": 2, "selector": {"matchLabels": {"app": "guarded"}}}
    api.post(api.path("poddisruptionbudgets", group=group), {"metadata": {"name": "two"}, "spec": spec})
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
    api.said.clear()
    api.post(f"{api.path('pods', 'a')}/eviction", eviction)
    status = {"observedGeneration": 1, "disruptionsAllowed": 0, "currentHealthy": 2, "desiredHealthy": 2}
    budget = api.path("poddisruptionbudgets", "two", group)
    api.patch(f"{budget}/status", {"status": {**status, "expectedPods": 2}})
    api.post(f"{api.path('pods', 'a')}/eviction", eviction)
    api.patch(f"{budget}/status", {"status": {"disruptionsAllowed": 1}})
    api.post(f"{api.path('pods', 'a')}/eviction", eviction)
    said = api.get(budget)["status"]
    assert said["disruptionsAllowed"] == 0
    api.post(f"{api.path('pods', 'b')}/eviction", {**eviction, "metadata": {"name": "b"}})
    api.get(api.path("pods", "a"))


@case
def an_eviction_without_a_budget_is_a_deletion(api: Caller) -> None:
    api.post(api.path("pods"), pod("a", nodeName="node-x"))
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "a"}}
    api.post(f"{api.path('pods', 'a')}/eviction", {**eviction, "deleteOptions": {"gracePeriodSeconds": 3}})
    api.get(api.path("pods", "a"))
    api.post(f"{api.path('pods', 'x')}/eviction", {**eviction, "metadata": {"name": "x"}})
