"""The contract of what the server does not have or cannot read."""

from __future__ import annotations

from .caller import MERGE, Caller
from .cases import case, config, deployment, pod


@case
def a_kind_that_is_not_there(api: Caller) -> None:
    api.get("/api/v1/foos")
    api.get(api.path("foos"))
    api.get(api.path("foos", "x"))
    api.post(api.path("foos"), {})
    api.get("/apis/apps/v1/foos")


@case
def an_object_that_is_not_there(api: Caller) -> None:
    for plural, group in (("pods", ""), ("configmaps", ""), ("deployments", "apps/v1"), ("jobs", "batch/v1")):
        api.get(api.path(plural, "x", group))
        api.delete(api.path(plural, "x", group))
        api.patch(api.path(plural, "x", group), {"metadata": {"labels": {"a": "b"}}})
    api.get("/api/v1/nodes/x")
    api.get("/apis/argoproj.io/v1alpha1/namespaces/default/applications/x")


@case
def a_method_that_is_not_there(api: Caller) -> None:
    api.put("/api/v1/pods", {})
    api.post("/api/v1/pods", pod("x"))
    api.patch(api.path("pods"), {})
    api.put(api.path("pods"), {})
    api.post(api.path("pods", "x"), {})
    api.delete("/api/v1/pods")
    api.get("/api/v1/pods/x")


@case
def a_kind_in_the_wrong_place(api: Caller) -> None:
    api.get(f"/api/v1/namespaces/{api.namespace}/nodes")
    api.get("/api/v1/configmaps/x")


@case
def a_namespace_that_is_not_there(api: Caller) -> None:
    api.post("/api/v1/namespaces/nowhere/configmaps", config("a"))
    api.get("/api/v1/namespaces/nowhere/configmaps")
    api.get("/api/v1/namespaces/nowhere")
    api.post("/apis/apps/v1/namespaces/nowhere/deployments", deployment("a"))


@case
def a_subresource_that_is_not_there(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.get(api.path("configmaps", "a/status"))
    api.get(api.path("configmaps", "a/scale"))


@case
def a_name_that_does_not_do(api: Caller) -> None:
    api.post(api.path("pods"), pod("Bad_Name", labels={}))
    api.post(api.path("configmaps"), config("-a"))
    api.post(api.path("services"), {"metadata": {"name": "1a"}, "spec": {"ports": [{"port": 80}]}})
    api.post("/api/v1/namespaces", {"metadata": {"name": "a.b"}})
    api.post(api.path("configmaps"), {"metadata": {}})
    api.post(api.path("deployments", group="apps/v1"), deployment("UPPER"))


@case
def labels_that_do_not_do(api: Caller) -> None:
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "labels": {"bad key": "x"}}})
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "labels": {"a": "bad value"}}})
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "labels": {"x_y/a": "x"}}})
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "labels": {"a": "x" * 64}}})
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "annotations": {"bad key": "x"}}})


@case
def a_pod_that_is_not_whole(api: Caller) -> None:
    api.post(api.path("pods"), {"metadata": {"name": "a"}, "spec": {}})
    api.post(api.path("pods"), {"metadata": {"name": "a"}, "spec": {"containers": []}})
    api.post(api.path("pods"), {"metadata": {"name": "a"}, "spec": {"containers": [{"name": "main"}]}})
    api.post(api.path("pods"), {"metadata": {"name": "a"}, "spec": {"containers": [{"image": "x"}]}})
    two = [{"name": "main", "image": "x"}, {"name": "main", "image": "y"}]
    api.post(api.path("pods"), {"metadata": {"name": "a"}, "spec": {"containers": two}})
    api.post(api.path("pods"), pod("a", restartPolicy="Sometimes"))
    mounted = [{"name": "main", "image": "x", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]
    api.post(api.path("pods"), {"metadata": {"name": "a"}, "spec": {"containers": mounted}})


@case
def a_deployment_that_is_not_whole(api: Caller) -> None:
    path = api.path("deployments", group="apps/v1")
    wrong = deployment("a")
    wrong["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    api.post(path, wrong)
    wrong = deployment("a")
    del wrong["spec"]["selector"]
    api.post(path, wrong)
    api.post(path, deployment("a", replicas=-1))
    wrong = deployment("a")
    wrong["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    api.post(path, wrong)
    wrong = deployment("a")
    del wrong["spec"]["template"]["spec"]["containers"][0]["image"]
    api.post(path, wrong)


@case
def a_runtime_class_that_is_not_there(api: Caller) -> None:
    api.post(api.path("pods"), pod("a", runtimeClassName="nobody-has-this"))


@case
def a_priority_class_that_is_not_there(api: Caller) -> None:
    api.post(api.path("pods"), pod("a", priorityClassName="nobody-has-this"))


@case
def a_service_without_ports(api: Caller) -> None:
    api.post(api.path("services"), {"metadata": {"name": "a"}, "spec": {}})
    api.post(api.path("services"), {"metadata": {"name": "a"}, "spec": {"ports": [{"port": 0}]}})


@case
def a_config_map_with_a_bad_key(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a", **{"bad key": "x"}))


@case
def a_name_that_is_taken(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.post(api.path("configmaps"), config("a"))
    api.post(api.path("deployments", group="apps/v1"), deployment("a"))
    api.post(api.path("deployments", group="apps/v1"), deployment("a"))
    api.post("/api/v1/namespaces", {"metadata": {"name": "default"}})


@case
def an_object_of_another_place(api: Caller) -> None:
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "namespace": "default"}})
    api.post(api.path("configmaps"), config("a"))
    api.put(api.path("configmaps", "a"), config("b"))
    api.put(api.path("configmaps", "a"), {"metadata": {"name": "a", "namespace": "default"}})


@case
def a_creation_with_a_version(api: Caller) -> None:
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "resourceVersion": "1"}})


@case
def a_shape_that_is_not_there(api: Caller) -> None:
    api.get(api.path("pods"), accept="image/png")
    api.post(api.path("configmaps"), config("a"), media="image/png")
    api.post(api.path("configmaps"), config("a"))
    api.patch(api.path("configmaps", "a"), {}, media="application/json")
    api.patch(api.path("configmaps", "a"), {}, media="text/plain")


@case
def a_body_that_cannot_be_read(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.patch(api.path("configmaps", "a"), "[]", media=MERGE)


@case
def a_value_of_the_wrong_type(api: Caller) -> None:
    for body in (
        {"metadata": {"name": 7}},
        {"metadata": {"name": "a", "labels": {"a": 7}}},
        {"metadata": {"name": "a"}, "spec": "x"},
        {"metadata": {"name": "a"}, "spec": {"containers": "x"}},
        {"metadata": {"name": "a"}, "spec": {"containers": [7]}},
        {"metadata": {"name": "a"}, "spec": {"terminationGracePeriodSeconds": "x"}},
        {"metadata": {"name": "a"}, "spec": {"hostNetwork": "x"}},
        {"metadata": {"name": "a"}, "spec": {"nodeSelector": ["x"]}},
    ):
        api.post(api.path("pods"), body)
        api.said[-1]["answer"]["message"] = api.said[-1]["answer"]["message"].partition(" of type ")[0]


@case
def a_field_that_is_not_known(api: Caller) -> None:
    api.post(api.path("pods"), pod("a", nodeNme="x"), fieldValidation="Strict")
    api.post(api.path("pods"), pod("a", nodeNme="x", other={"a": "b"}), fieldValidation="Strict")
    api.post(api.path("configmaps"), config("a") | {"dat": {}})
    api.patch(api.path("configmaps", "a"), {"dta": {"a": "b"}}, MERGE)


@case
def a_dry_run_that_is_not_known(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"), dryRun="Some")
