"""The contract of patches: JSON, merge and strategic merge."""

from __future__ import annotations

from .caller import JSON_PATCH, MERGE, STRATEGIC, Caller
from .cases import case, config, deployment, pod

APPS = "apps/v1"


def _template(api: Caller) -> None:
    """Keep only the template: the rest is another case's matter."""
    answer = api.said[-1]["answer"]
    if "spec" in answer:
        api.said[-1]["answer"] = answer["spec"]["template"]


@case
def a_json_patch_does_its_operations(api: Caller) -> None:
    path = api.path("configmaps", "a")
    api.post(api.path("configmaps"), config("a", one="1", two="2"))
    for operations in (
        [{"op": "add", "path": "/data/three", "value": "3"}],
        [{"op": "replace", "path": "/data/one", "value": "other"}],
        [{"op": "remove", "path": "/data/two"}],
        [
            {"op": "copy", "from": "/data/one", "path": "/data/four"},
            {"op": "move", "from": "/data/one", "path": "/data/x"},
        ],
        [{"op": "test", "path": "/data/three", "value": "3"}, {"op": "add", "path": "/data/y", "value": "y"}],
        [{"op": "add", "path": "/metadata/labels", "value": {"a/b": "1", "c~d": "2"}}],
        [],
    ):
        api.patch(path, operations, JSON_PATCH)


@case
def a_json_patch_that_does_not_fit_is_refused_whole(api: Caller) -> None:
    path = api.path("configmaps", "a")
    api.post(api.path("configmaps"), config("a"))
    for operations in (
        [{"op": "test", "path": "/data/key", "value": "other"}],
        [{"op": "add", "path": "/data/x", "value": "x"}, {"op": "test", "path": "/data/key", "value": "other"}],
        [{"op": "remove", "path": "/data/missing"}],
        [{"op": "remove", "path": "/missing/deeper"}],
        [{"op": "add", "path": "/missing/deeper", "value": 1}],
        [{"op": "other", "path": "/data/key"}],
        [{"op": "move", "from": "/data/missing", "path": "/data/x"}],
        [{"op": "copy", "from": "/data/missing", "path": "/data/x"}],
        {},
    ):
        api.patch(path, operations, JSON_PATCH)
    api.get(path)


@case
def a_json_patch_in_lists(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.post(api.path("deployments", group=APPS), deployment("a"))
    env = "/spec/template/spec/containers/0/env"
    for operations in (
        [{"op": "add", "path": f"{env}/-", "value": {"name": "B", "value": "2"}}],
        [{"op": "add", "path": f"{env}/0", "value": {"name": "C", "value": "3"}}],
        [{"op": "replace", "path": f"{env}/1/value", "value": "9"}],
        [{"op": "remove", "path": f"{env}/0"}],
        [{"op": "remove", "path": f"{env}/7"}],
        [{"op": "add", "path": f"{env}/7", "value": {}}],
        [{"op": "test", "path": f"{env}/0/name", "value": "A"}],
    ):
        api.patch(path, operations, JSON_PATCH)
        _template(api)


@case
def a_json_patch_may_test_the_version(api: Caller) -> None:
    path = api.path("configmaps", "a")
    version = api.post(api.path("configmaps"), config("a"))["metadata"]["resourceVersion"]
    test = {"op": "test", "path": "/metadata/resourceVersion", "value": version}
    api.patch(path, [test, {"op": "add", "path": "/data/x", "value": "x"}], JSON_PATCH)
    api.patch(path, [test, {"op": "add", "path": "/data/y", "value": "y"}], JSON_PATCH)


@case
def a_merge_patch_merges_maps_and_replaces_lists(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.post(api.path("deployments", group=APPS), deployment("a"))
    api.patch(path, {"spec": {"template": {"metadata": {"labels": {"x": "y"}}}}}, MERGE)
    _template(api)
    api.patch(path, {"spec": {"template": {"metadata": {"labels": {"x": None}}}}}, MERGE)
    _template(api)
    containers = [{"name": "other", "image": "registry.example/b:1"}]
    api.patch(path, {"spec": {"template": {"spec": {"containers": containers}}}}, MERGE)
    _template(api)
    api.patch(path, {"metadata": {"annotations": {"a": "b"}}, "spec": {"replicas": None}}, MERGE)


@case
def a_merge_patch_with_a_stale_version_is_a_conflict(api: Caller) -> None:
    old = api.post(api.path("configmaps"), config("a"))["metadata"]["resourceVersion"]
    api.patch(api.path("configmaps", "a"), {"data": {"x": "y"}})
    api.patch(api.path("configmaps", "a"), {"metadata": {"resourceVersion": old}, "data": {"x": "z"}})
    api.patch(api.path("configmaps", "a"), {"metadata": {"uid": "other"}, "data": {"x": "z"}})


@case
def kubectl_restarts_a_rollout(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.post(api.path("deployments", group=APPS), deployment("a"))
    stamp = {"kubectl.kubernetes.io/restartedAt": "2026-01-01T00:00:00Z"}
    api.patch(path, {"spec": {"template": {"metadata": {"annotations": stamp}}}}, STRATEGIC)


@case
def kubectl_sets_an_image(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    body = deployment("a")
    body["spec"]["template"]["spec"]["containers"].append({"name": "second", "image": "registry.example/s:1"})
    api.post(api.path("deployments", group=APPS), body)
    order = [{"name": "main"}, {"name": "second"}]
    changed = [{"name": "second", "image": "registry.example/s:2"}]
    spec = {"$setElementOrder/containers": order, "containers": changed}
    api.patch(path, {"spec": {"template": {"spec": spec}}}, STRATEGIC)
    _template(api)


@case
def a_strategic_patch_merges_lists_by_their_key(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.post(api.path("deployments", group=APPS), deployment("a"))
    for container in (
        {"name": "main", "env": [{"name": "B", "value": "2"}]},
        {"name": "main", "env": [{"name": "A", "value": "9"}]},
        {"name": "main", "env": [{"name": "A", "$patch": "delete"}]},
        {"name": "main", "ports": [{"containerPort": 81, "name": "more"}]},
        {"name": "main", "args": ["one"]},
        {"name": "main", "args": ["two"]},
        {"name": "main", "env": [{"$patch": "replace"}, {"name": "Z", "value": "z"}]},
        {"name": "new", "image": "registry.example/n:1"},
        {"name": "main", "$patch": "delete"},
        {"image": "nameless"},
    ):
        api.patch(path, {"spec": {"template": {"spec": {"containers": [container]}}}}, STRATEGIC)
        _template(api)


@case
def a_strategic_patch_of_volumes_and_selectors(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.post(api.path("deployments", group=APPS), deployment("a"))
    for spec in (
        {"volumes": [{"name": "v", "emptyDir": {}}]},
        {"volumes": [{"name": "w", "configMap": {"name": "x"}}]},
        {"volumes": [{"name": "v", "$patch": "delete"}]},
        {"nodeSelector": {"a": "b"}},
        {"nodeSelector": {"c": "d"}},
        {"nodeSelector": {"a": None}},
        {"tolerations": [{"key": "a", "operator": "Exists"}]},
        {"tolerations": [{"key": "b", "operator": "Exists"}]},
        {"imagePullSecrets": [{"name": "one"}]},
        {"imagePullSecrets": [{"name": "two"}]},
    ):
        api.patch(path, {"spec": {"template": {"spec": spec}}}, STRATEGIC)
        _template(api)


@case
def a_strategic_patch_of_finalizers(api: Caller) -> None:
    path = api.path("configmaps", "a")
    api.post(api.path("configmaps"), config("a"))
    for meta in (
        {"finalizers": ["x.dev/a"]},
        {"finalizers": ["x.dev/b"]},
        {"$deleteFromPrimitiveList/finalizers": ["x.dev/a"]},
        {"finalizers": None},
    ):
        api.patch(path, {"metadata": meta}, STRATEGIC)


@case
def a_strategic_patch_of_service_ports(api: Caller) -> None:
    path = api.path("services", "a")
    spec = {"ports": [{"name": "a", "port": 80}]}
    api.post(api.path("services"), {"metadata": {"name": "a"}, "spec": spec})
    api.patch(path, {"spec": {"ports": [{"name": "b", "port": 81}]}}, STRATEGIC)
    api.patch(path, {"spec": {"ports": [{"port": 80, "targetPort": 8080}]}}, STRATEGIC)


@case
def a_strategic_patch_of_conditions(api: Caller) -> None:
    api.post(api.path("pods"), pod("a"))
    for type_, status in (("Ready", "False"), ("Initialized", "True"), ("Ready", "True")):
        condition = {"type": type_, "status": status}
        api.patch(f"{api.path('pods', 'a')}/status", {"status": {"conditions": [condition]}}, STRATEGIC)


@case
def kubectl_cordons_a_node(api: Caller) -> None:
    path, name = "/api/v1/nodes", api.namespace
    api.post(path, {"metadata": {"name": name}})
    api.patch(f"{path}/{name}", {"spec": {"unschedulable": True}}, STRATEGIC)
    api.patch(f"{path}/{name}", {"spec": {"unschedulable": None}}, STRATEGIC)
    api.delete(f"{path}/{name}")
    for said in api.said:
        said["answer"].get("spec", {}).pop("taints", None)  # the real one's, until a controller takes it away


@case
def custom_kinds_take_no_strategic_patch(api: Caller) -> None:
    path = api.path("appprojects", group="argoproj.io/v1alpha1")
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "a"}, "spec": {}}
    api.post(path, body)
    api.patch(f"{path}/a", {"spec": {"description": "x"}}, STRATEGIC)
    api.patch(f"{path}/a", {"spec": {"description": "x"}}, MERGE)
    api.patch(f"{path}/a", [{"op": "replace", "path": "/spec/description", "value": "y"}], JSON_PATCH)


@case
def a_patch_of_what_is_not_there(api: Caller) -> None:
    api.patch(api.path("configmaps", "a"), {"data": {"a": "b"}})
    api.patch(api.path("configmaps", "a"), [], JSON_PATCH)
    api.patch(api.path("deployments", "a", APPS), {}, STRATEGIC)
