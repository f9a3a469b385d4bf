"""The contract of who may do what, and of what the server says about itself."""

from __future__ import annotations

from .caller import Caller
from .cases import case, config

REVIEWS = "/apis/authorization.k8s.io/v1"


@case
def a_token_that_is_not_known_is_refused(api: Caller) -> None:
    api.get("/api/v1/pods", user="not-a-token")


@case
def without_a_token_one_is_anonymous(api: Caller) -> None:
    api.get("/api", user="")
    api.get("/api/v1/pods", user="")
    api.get(api.path("pods", "x"), user="")
    api.get("/livez", user="")


@case
def a_list_that_is_not_allowed_names_verb_and_place(api: Caller) -> None:
    api.get("/api/v1/pods", user="nobody")
    api.get(api.path("pods"), user="nobody")
    api.get(api.path("deployments", group="apps/v1"), user="nobody")
    api.get("/api/v1/nodes", user="nobody", watch="1")


@case
def one_object_that_is_not_allowed_is_named(api: Caller) -> None:
    api.get(api.path("secrets", "x"), user="viewer")
    api.get(api.path("secrets"), user="viewer", fieldSelector="metadata.name=x")
    api.delete(api.path("pods", "x"), user="viewer")
    api.patch(api.path("deployments", "x", "apps/v1"), {}, user="viewer")
    api.put(api.path("configmaps", "x"), {}, user="viewer")
    api.post(api.path("configmaps"), {}, user="viewer")
    api.delete(api.path("configmaps"), user="viewer")


@case
def subresources_are_named_where_they_are_refused(api: Caller) -> None:
    api.post(api.path("pods", "x/exec"), {}, user="viewer")
    api.get(api.path("pods", "x/exec"), user="viewer")
    api.post(api.path("pods", "x/eviction"), {}, user="viewer")
    api.patch(api.path("deployments", "x/scale", "apps/v1"), {}, user="viewer")


@case
def a_path_that_is_not_allowed_is_named(api: Caller) -> None:
    api.get("/metrics", user="viewer")
    api.get("/logs", user="viewer")


@case
def the_operator_may_steer_and_no_more(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"), user="operator")
    api.get(api.path("secrets"), user="operator")
    api.delete(api.path("deployments", "x", "apps/v1"), user="operator")


@case
def may_i_is_answered(api: Caller) -> None:
    for user in ("admin", "viewer", "operator", "nobody"):
        for verb, resource in (("list", "pods"), ("get", "secrets"), ("delete", "pods"), ("create", "pods")):
            asked = {"verb": verb, "resource": resource, "namespace": api.namespace}
            said = api.post(f"{REVIEWS}/selfsubjectaccessreviews", _review(asked), user=user)
            assert isinstance(said["status"]["allowed"], bool)
            api.said[-1]["answer"]["status"].pop("reason", None)  # names the real server's own roles


def _review(asked: dict[str, str]) -> dict[str, object]:
    return {"spec": {"resourceAttributes": asked}}


@case
def may_i_knows_groups_and_subresources(api: Caller) -> None:
    for asked in (
        {"verb": "patch", "group": "apps", "resource": "deployments"},
        {"verb": "create", "resource": "pods", "subresource": "exec"},
        {"verb": "list", "group": "argoproj.io", "resource": "applications"},
    ):
        api.post(f"{REVIEWS}/selfsubjectaccessreviews", _review(asked), user="viewer")
        api.said[-1]["answer"]["status"].pop("reason", None)


@case
def may_i_on_paths(api: Caller) -> None:
    for path in ("/version", "/metrics"):
        body = {"spec": {"nonResourceAttributes": {"verb": "get", "path": path}}}
        api.post(f"{REVIEWS}/selfsubjectaccessreviews", body, user="viewer")
        api.said[-1]["answer"]["status"].pop("reason", None)


@case
def may_i_without_a_question_is_refused(api: Caller) -> None:
    api.post(f"{REVIEWS}/selfsubjectaccessreviews", {"spec": {}}, user="viewer")
    api.post(f"{REVIEWS}/selfsubjectrulesreviews", {"spec": {}}, user="viewer")
    api.get(f"{REVIEWS}/selfsubjectaccessreviews")


@case
def who_am_i(api: Caller) -> None:
    api.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, user="viewer")
    info = api.said[-1]["answer"]["status"]["userInfo"]
    info["groups"] = [group for group in info["groups"] if group.startswith("system:")]


@case
def the_server_answers_for_its_health(api: Caller) -> None:
    for path in ("/healthz", "/livez", "/readyz"):
        api.get(path, user="viewer")


@case
def a_kind_is_described_as_it_is_served(api: Caller) -> None:
    """Only what both have: the simulator serves fewer kinds."""
    wanted = {"pods", "pods/status", "pods/log", "pods/eviction", "pods/binding", "nodes", "namespaces", "events"}
    wanted |= {"configmaps", "services", "secrets"}
    found = api.get("/api/v1")["resources"]
    lines = [line for line in found if line["name"] in wanted]
    _keep_lines(api, lines)
    found = api.get("/apis/apps/v1")["resources"]
    _keep_lines(api, [line for line in found if not line["name"].startswith("controllerrevisions")])
    found = api.get("/apis/batch/v1")["resources"]
    _keep_lines(api, found)


def _keep_lines(api: Caller, lines: list[dict[str, object]]) -> None:
    kept = sorted(({k: v for k, v in line.items() if k != "storageVersionHash"} for line in lines), key=_name)
    for line in kept:
        verbs = line["verbs"]
        line["verbs"] = sorted(verbs) if isinstance(verbs, list) else verbs
    api.said[-1]["answer"]["resources"] = kept


def _name(line: dict[str, object]) -> str:
    return str(line["name"])


@case
def a_group_is_described(api: Caller) -> None:
    api.get("/apis/apps")
    api.get("/apis/node.k8s.io")


@case
def aggregated_discovery_has_the_same_kinds(api: Caller) -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    for path, name, plural in (("/api", "", "pods"), ("/apis", "apps", "deployments")):
        said = api.get(path, accept=accept)
        groups = [group for group in said["items"] if group["metadata"].get("name", "") == name]
        kinds = [kind for kind in groups[0]["versions"][0]["resources"] if kind["resource"] == plural]
        kinds[0].pop("subresources")
        kinds[0]["verbs"].sort()
        api.said[-1]["answer"] = {"kind": said["kind"], "apiVersion": said["apiVersion"], "kinds": kinds}
