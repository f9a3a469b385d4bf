"""The contract of watches: what is told, from where on, and how they end."""

from __future__ import annotations

from .caller import METADATA, TABLE, Caller
from .cases import case, config, pod


def _version(api: Caller) -> str:
    return api.get(api.path("configmaps"))["metadata"]["resourceVersion"]


@case
def a_watch_tells_what_changed_since(api: Caller) -> None:
    version = _version(api)
    api.post(api.path("configmaps"), config("a"))
    api.patch(api.path("configmaps", "a"), {"data": {"key": "other"}})
    api.delete(api.path("configmaps", "a"))
    api.watch(api.path("configmaps"), 3, resourceVersion=version)


@case
def a_watch_without_a_version_begins_with_what_is_there(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.post(api.path("configmaps"), config("b"))
    api.watch(api.path("configmaps"), 2)
    api.watch(api.path("configmaps"), 2, resourceVersion="0")


@case
def a_watch_with_a_selector_tells_of_coming_and_going(api: Caller) -> None:
    version = _version(api)
    path = api.path("configmaps", "a")
    api.post(api.path("configmaps"), config("a"))
    api.patch(path, {"metadata": {"labels": {"in": "yes"}}})
    api.patch(path, {"data": {"key": "other"}})
    api.patch(path, {"metadata": {"labels": {"in": "no"}}})
    api.patch(path, {"metadata": {"labels": {"in": "yes"}}})
    api.delete(path)
    api.watch(api.path("configmaps"), 5, resourceVersion=version, labelSelector="in=yes")


@case
def a_watch_of_one_object(api: Caller) -> None:
    version = _version(api)
    api.post(api.path("configmaps"), config("a"))
    api.post(api.path("configmaps"), config("b"))
    api.patch(api.path("configmaps", "a"), {"data": {"key": "other"}})
    api.watch(api.path("configmaps"), 2, resourceVersion=version, fieldSelector="metadata.name=a")
    api.get(api.path("configmaps", "b"), watch="1")  # by its path it is read, not watched


@case
def a_watch_ends_when_its_time_is_over(api: Caller) -> None:
    version = _version(api)
    api.post(api.path("configmaps"), config("a"))
    api.watch(api.path("configmaps"), 0, resourceVersion=version, timeoutSeconds=1)


@case
def a_watch_list_ends_its_beginning_with_a_bookmark(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    query = {"sendInitialEvents": "true", "resourceVersionMatch": "NotOlderThan", "allowWatchBookmarks": "true"}
    api.watch(api.path("configmaps"), 2, **query)
    api.watch(api.path("configmaps"), 2, resourceVersion="0", **query)
    api.watch(api.path("configmaps"), 2, accept=METADATA, **query)
    api.watch(api.path("configmaps"), 2, accept=TABLE, **query)


@case
def a_watch_list_needs_its_other_words(api: Caller) -> None:
    for query in (
        {"sendInitialEvents": "true"},
        {"sendInitialEvents": "true", "resourceVersionMatch": "Exact"},
        {"resourceVersionMatch": "NotOlderThan"},
        {"resourceVersion": "x"},
        {"timeoutSeconds": "x"},
    ):
        api.get(api.path("configmaps"), watch="1", **query)


@case
def a_watch_as_table_names_its_columns_once(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.post(api.path("configmaps"), config("b"))
    api.watch(api.path("configmaps"), 2, accept=TABLE)


@case
def a_watch_of_metadata(api: Caller) -> None:
    api.post(api.path("configmaps"), config("a"))
    api.watch(api.path("configmaps"), 1, accept=METADATA)


@case
def a_pod_leaves_a_watch_by_phase(api: Caller) -> None:
    version = api.get(api.path("pods"))["metadata"]["resourceVersion"]
    api.post(api.path("pods"), pod("a"))
    api.patch(api.path("pods", "a/status"), {"status": {"phase": "Running"}})
    api.watch(api.path("pods"), 2, resourceVersion=version, fieldSelector="status.phase=Pending")


@case
def zz_after_a_compaction_the_past_is_gone(api: Caller) -> None:
    """Last of all: the real server is restarted for it."""
    version = api.post(api.path("configmaps"), config("a"))["metadata"]["resourceVersion"]
    for name in ("b", "c"):
        api.post(api.path("configmaps"), config(name))
    token = api.get(api.path("configmaps"), limit=1)["metadata"]["continue"]
    api.delete(api.path("configmaps", "a"))
    api.said.clear()
    api.compact()
    api.watch(api.path("configmaps"), 1, resourceVersion=version)
    api.get(api.path("configmaps"), resourceVersion=version, resourceVersionMatch="Exact")
    said = api.get(api.path("configmaps"), limit=1, **{"continue": token})
    api.get(api.path("configmaps"), limit=1, **{"continue": said["metadata"]["continue"]})
