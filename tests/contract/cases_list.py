"""The contract of lists: selectors, pages, versions, shapes."""

from __future__ import annotations

from .caller import METADATA_LIST, Caller
from .cases import case, config, pod


def _three(api: Caller) -> None:
    for name, tier in (("a", "one"), ("b", "two"), ("c", "two")):
        api.post(api.path("pods"), pod(name, labels={"app": name, "tier": tier}))
    api.said.clear()


def _names(api: Caller, **query: object) -> None:
    """Keep only the names: what the objects are is another case's matter."""
    said = api.get(api.path("pods"), **query)
    if "items" in said:
        api.said[-1]["answer"] = [one["metadata"]["name"] for one in said["items"]]


@case
def an_empty_list(api: Caller) -> None:
    api.get(api.path("pods"))
    api.get(api.path("deployments", group="apps/v1"))
    api.get(api.path("applications", group="argoproj.io/v1alpha1"))


@case
def items_of_a_list_name_no_kind(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.get(api.path("configmaps"))


@case
def items_of_custom_kinds_name_their_kind(api: Caller) -> None:
    path = api.path("appprojects", group="argoproj.io/v1alpha1")
    api.post(path, {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject", "metadata": {"name": "a"}, "spec": {}})
    api.get(path)


@case
def label_selectors(api: Caller) -> None:
    _three(api)
    for text in (
        "tier=two",
        "tier==two",
        "tier!=two",
        "tier in (one,three)",
        "tier notin (one)",
        "tier",
        "!tier",
        "other",
        "!other",
        "tier=two,app=c",
        "tier in (two),app!=c",
        "",
        "other!=x",
    ):
        _names(api, labelSelector=text)


@case
def label_selectors_that_cannot_be_read(api: Caller) -> None:
    for text in ("a b", "a in", "a in (b", "=b", "a=b,", "a>b", "a=b=c", "a in b", "!", "a=,b"):
        api.get(api.path("pods"), labelSelector=text)


@case
def field_selectors(api: Caller) -> None:
    _three(api)
    for text in (
        "metadata.name=b",
        "metadata.name!=b",
        f"metadata.namespace={api.namespace}",
        "metadata.namespace=other",
        "status.phase=Pending",
        "status.phase!=Pending",
        "spec.nodeName=",
        "spec.nodeName!=",
        "status.phase=Pending,metadata.name==c",
        "spec.restartPolicy=Always",
        "spec.schedulerName=default-scheduler",
    ):
        _names(api, fieldSelector=text)


@case
def field_selectors_that_are_not_known(api: Caller) -> None:
    api.get(api.path("pods"), fieldSelector="spec.foo=bar")
    api.get(api.path("pods"), fieldSelector="foo")
    api.get(api.path("configmaps"), fieldSelector="data.a=b")
    api.get("/api/v1/nodes", fieldSelector="spec.foo=bar")
    api.get(api.path("deployments", group="apps/v1"), fieldSelector="spec.replicas=1")
    api.get(api.path("applications", group="argoproj.io/v1alpha1"), fieldSelector="spec.project=a")
    api.get(api.path("events"), fieldSelector="foo=bar")
    api.get(api.path("services"), fieldSelector="foo=bar")
    api.get(api.path("secrets"), fieldSelector="foo=bar")
    api.get(api.path("jobs", group="batch/v1"), fieldSelector="foo=bar")
    api.get("/api/v1/namespaces", fieldSelector="foo=bar")


@case
def pages(api: Caller) -> None:
    _three(api)
    first = api.get(api.path("configmaps"), limit=2)
    for name in ("a", "b", "c", "d", "e"):
        api.post(api.path("configmaps"), config(name))
    api.said.clear()
    first = api.get(api.path("configmaps"), limit=2)
    api.post(api.path("configmaps"), config("bb"))
    api.delete(api.path("configmaps", "e"))
    second = api.get(api.path("configmaps"), limit=2, **{"continue": first["metadata"]["continue"]})
    assert first["metadata"]["resourceVersion"] == second["metadata"]["resourceVersion"]
    third = api.get(api.path("configmaps"), limit=2, **{"continue": second["metadata"]["continue"]})
    assert "continue" not in third["metadata"]


@case
def pages_with_a_selector_do_not_count_the_rest(api: Caller) -> None:
    _three(api)
    said = api.get(api.path("pods"), limit=1, labelSelector="tier=two")
    api.said[-1]["answer"] = api.said[-1]["answer"]["metadata"]
    api.get(api.path("pods"), limit=1, labelSelector="tier=two", **{"continue": said["metadata"]["continue"]})
    api.said[-1]["answer"] = api.said[-1]["answer"]["metadata"]


@case
def an_exact_version_is_the_past(api: Caller) -> None:
    version = api.post(api.path("configmaps"), config("a"))["metadata"]["resourceVersion"]
    api.post(api.path("configmaps"), config("b"))
    api.get(api.path("configmaps"), resourceVersion=version, resourceVersionMatch="Exact")
    api.get(api.path("configmaps"), resourceVersion=version, resourceVersionMatch="NotOlderThan")
    api.get(api.path("configmaps"), resourceVersion=version)


@case
def list_options_that_do_not_go_together(api: Caller) -> None:
    for query in (
        {"limit": "x"},
        {"resourceVersion": "x"},
        {"resourceVersionMatch": "Exact"},
        {"resourceVersionMatch": "Exact", "resourceVersion": "0"},
        {"resourceVersionMatch": "Other", "resourceVersion": "1"},
        {"continue": "abc"},
        {"sendInitialEvents": "true"},
        {"resourceVersion": "99999999999"},
    ):
        api.get(api.path("pods"), **query)


@case
def metadata_only(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.get(api.path("configmaps"), accept=METADATA_LIST)
    api.get(api.path("configmaps", "a"), accept="application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1")


@case
def lists_over_all_namespaces(api: Caller) -> None:
    api.post(api.path("configmaps"), {"metadata": {"name": "a", "labels": {"case": "all-namespaces"}}})
    api.get("/api/v1/configmaps", labelSelector="case=all-namespaces")


@case
def a_version_that_is_to_come(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.get(api.path("configmaps", "a"), resourceVersion="99999999999")
