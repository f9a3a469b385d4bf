"""The contract of server-side apply: ownership, conflicts, taking back."""

from __future__ import annotations

from typing import Any

from .caller import APPLY, MERGE, Caller
from .cases import case, deployment

APPS = "apps/v1"
Json = dict[str, Any]


def _config(**data: str) -> Json:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": data}


def _owners(api: Caller, answer: Json) -> None:
    """Keep who owns what beside the answer: the order of the entries is nobody's contract."""
    entries = answer.get("metadata", {}).get("managedFields", [])
    kept = [
        {key: entry.get(key, "") for key in ("manager", "operation", "subresource", "fieldsV1")} for entry in entries
    ]
    kept.sort(key=lambda entry: (entry["manager"], entry["operation"]))
    api.said[-1]["owners"] = kept


@case
def apply_creates_and_changes(api: Caller) -> None:
    path = api.path("configmaps", "a")
    _owners(api, api.patch(path, _config(x="1"), APPLY, fieldManager="one"))
    _owners(api, api.patch(path, _config(x="2", y="1"), APPLY, fieldManager="one"))
    _owners(api, api.patch(path, _config(y="1"), APPLY, fieldManager="one"))


@case
def apply_takes_yaml(api: Caller) -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: '1'\n"
    api.patch(api.path("configmaps", "a"), text, APPLY, fieldManager="one")


@case
def apply_without_a_change_writes_nothing(api: Caller) -> None:
    path = api.path("configmaps", "a")
    first = api.patch(path, _config(x="1"), APPLY, fieldManager="one")
    second = api.patch(path, _config(x="1"), APPLY, fieldManager="one")
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]


@case
def apply_over_another_owner_is_a_conflict(api: Caller) -> None:
    path = api.path("configmaps", "a")
    api.patch(path, _config(x="1", y="1"), APPLY, fieldManager="one")
    api.patch(path, _config(x="2"), APPLY, fieldManager="two")
    api.patch(path, _config(x="2", y="2"), APPLY, fieldManager="two")
    _owners(api, api.patch(path, _config(x="1"), APPLY, fieldManager="two"))
    _owners(api, api.patch(path, _config(x="2"), APPLY, fieldManager="two", force="true"))
    _owners(api, api.get(path))


@case
def apply_over_an_update_is_a_conflict(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    api.patch(path, deployment("a", replicas=1), APPLY, fieldManager="git")
    _owners(api, api.patch(path, {"spec": {"replicas": 3}}, MERGE, fieldManager="hand"))
    api.patch(path, deployment("a", replicas=1), APPLY, fieldManager="git")
    changed = deployment("a", replicas=3)
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example/a:2"
    _owners(api, api.patch(path, changed, APPLY, fieldManager="git"))
    api.patch(f"{path}/scale", {"spec": {"replicas": 5}}, MERGE, fieldManager="scaler")
    api.patch(path, deployment("a", replicas=1), APPLY, fieldManager="git")
    _owners(api, api.patch(path, deployment("a", replicas=1), APPLY, fieldManager="git", force="true"))


@case
def what_is_no_longer_applied_goes(api: Caller) -> None:
    path = api.path("deployments", "a", APPS)
    body = deployment("a")
    body["spec"]["template"]["spec"]["containers"].append({"name": "second", "image": "registry.example/s:1"})
    api.patch(path, body, APPLY, fieldManager="git")
    api.patch(path, deployment("a"), APPLY, fieldManager="git")
    body = deployment("a")
    del body["spec"]["template"]["spec"]["containers"][0]["env"]
    api.patch(path, body, APPLY, fieldManager="git")


@case
def what_two_apply_stays_when_one_lets_go(api: Caller) -> None:
    path = api.path("configmaps", "a")
    api.patch(path, _config(x="1", y="1"), APPLY, fieldManager="one")
    api.patch(path, _config(x="1"), APPLY, fieldManager="two")
    api.patch(path, _config(y="1"), APPLY, fieldManager="one")
    api.patch(path, _config(), APPLY, fieldManager="two")


@case
def apply_needs_its_words(api: Caller) -> None:
    path = api.path("configmaps", "a")
    api.patch(path, _config(x="1"), APPLY)
    api.patch(path, {"metadata": {"name": "a"}}, APPLY, fieldManager="one")
    api.patch(path, {**_config(), "metadata": {"name": "b"}}, APPLY, fieldManager="one")
    api.patch(path, {**_config(), "kind": "Secret"}, APPLY, fieldManager="one")
    api.patch(path, {}, MERGE, force="true")
    managed = {"name": "a", "managedFields": [{"manager": "x"}]}
    api.patch(path, {**_config(), "metadata": managed}, APPLY, fieldManager="one")


@case
def apply_of_custom_kinds(api: Caller) -> None:
    path = api.path("appprojects", "a", "argoproj.io/v1alpha1")
    body = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "a"}}
    api.patch(path, {**body, "spec": {"description": "x"}}, APPLY, fieldManager="one")
    api.patch(path, {**body, "spec": {"description": "y"}}, APPLY, fieldManager="two")
    api.patch(path, {**body, "spec": {"description": "y"}}, APPLY, fieldManager="two", force="true")


@case
def a_dry_run_of_apply(api: Caller) -> None:
    path = api.path("configmaps", "a")
    api.patch(path, _config(x="1"), APPLY, fieldManager="one", dryRun="All")
    api.get(path)
    api.patch(path, _config(x="1"), APPLY, fieldManager="one")
    api.patch(path, _config(x="2"), APPLY, fieldManager="one", dryRun="All")
    api.get(path)
