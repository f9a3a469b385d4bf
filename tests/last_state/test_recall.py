"""What an earlier run left, in the store: shown as old, never called live, and gone when its kind is heard."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.events import (
    AccessChanged,
    KindAlive,
    LinkDown,
    ListEnded,
    ObjectsHeard,
    ObjectsRecalled,
    UsageHeard,
    UsageRecalled,
)
from spottui.records import Access, KubeEvent, Usage
from spottui.store import Store
from spottui.store_findings import findings
from tests.screens.app_case import NOW, a_deployment, a_node, a_pod

THEN = NOW - 3 * 3600


def a_store(*events: Any) -> Store:
    store = Store()
    store.apply(ObjectsRecalled("pods", (a_pod("cam"), a_pod("nav", well=False)), THEN))
    for event in events:
        store.apply(event)
    return store


def test_it_is_stale_and_as_old_as_it_was_heard() -> None:
    store = a_store()
    assert sorted(pod.name for pod in store.pods.values()) == ["cam", "nav"]
    assert (store.access["pods"].state, store.access["pods"].heard_at) == ("stale", THEN)
    assert store.heard_at == THEN and store.pods_on("spot-core") == 2 and len(store.pod_statuses) == 2
    assert len(store.timeline) == 0


def test_the_link_that_is_down_is_its_reason_and_its_age_stays() -> None:
    store = a_store(LinkDown("kube", "no route", NOW), AccessChanged("pods", Access("waiting", "no route")))
    assert store.access["pods"] == Access("stale", "no route", THEN)
    assert len(store.pods) == 2


def test_a_list_replaces_it_wholly_and_tells_what_happened_meanwhile() -> None:
    store = a_store()
    store.apply(ObjectsRecalled("deployments", (a_deployment("nav"),), THEN))
    store.apply(ObjectsHeard("pods", (a_pod("cam"), a_pod("new")), (), NOW))
    assert store.access["pods"].heard_at == THEN, "a page is not the list"
    store.apply(ListEnded("pods", frozenset(("pod-cam", "pod-new")), NOW))
    store.apply(ListEnded("deployments", frozenset(), NOW))
    assert sorted(pod.name for pod in store.pods.values()) == ["cam", "new"]
    assert store.access["pods"] == Access("live", "", NOW) and not store.recalled
    assert store.pods_on("spot-core") == 2 and store.pod_statuses.keys() == store.pods.keys()
    said = [line.text for line in store.timeline]
    assert "pods: 1 new, 1 gone, while not seen for 3h" in said
    assert "deleted" in said


def test_what_is_heard_first_is_not_overwritten() -> None:
    store = Store()
    store.apply(ObjectsHeard("pods", (a_pod("live"),), (), NOW))
    store.apply(ObjectsRecalled("pods", (a_pod("old"),), THEN))
    assert [pod.name for pod in store.pods.values()] == ["live"]
    late = a_store(ObjectsHeard("pods", (a_pod("nav"),), (), NOW))
    late.apply(ObjectsRecalled("pods", (a_pod("nav", well=False), a_pod("more")), THEN))
    assert late.pods["pod-nav"] == a_pod("nav") and "pod-more" in late.pods


@pytest.mark.parametrize("state", ["forbidden", "absent"])
def test_what_may_not_be_seen_or_is_not_there_any_more_goes_without_being_called_deleted(state: Any) -> None:
    store = a_store(AccessChanged("pods", Access(state, "No.")))
    assert not store.pods and not store.pod_statuses and store.pods_on("spot-core") == 0
    assert (store.access["pods"].state, store.access["pods"].reason) == (state, "No.")
    assert not [line for line in store.timeline if "deleted" in line.text]


def test_an_expired_login_keeps_it() -> None:
    store = a_store(AccessChanged("pods", Access("expired", "Log in again.")))
    assert len(store.pods) == 2 and store.access["pods"] == Access("expired", "Log in again.", THEN)


def test_events_of_an_earlier_run_go_with_the_list_too() -> None:
    told: dict[str, Any] = {"namespace": "robot", "created_at": THEN, "type": "Warning", "message": "no"}
    about: dict[str, Any] = {"object_kind": "Pod", "object_name": "cam"}
    old, new = (KubeEvent(uid=uid, name=uid, reason="Failed", **told, **about) for uid in ("old", "new"))
    store = Store()
    store.apply(ObjectsRecalled("events", (old,), THEN))
    store.apply(ObjectsHeard("events", (new,), (), NOW))
    store.apply(ListEnded("events", frozenset(("new",)), NOW))
    assert list(store.kube_events) == ["new"]
    store.apply(ListEnded("events", frozenset(), NOW + 600))
    assert list(store.kube_events) == ["new"], "what this run heard is kept longer than the API server keeps it"


def test_it_can_be_forgotten_when_it_was_of_another_cluster() -> None:
    store = a_store()
    store.apply(ObjectsHeard("nodes", (a_node(),), (), NOW))
    store.apply(ListEnded("nodes", frozenset(("node-spot-core",)), NOW))
    store.forget_recalled()
    assert not store.pods and store.nodes
    assert (store.access["pods"].state, store.access["pods"].heard_at) == ("waiting", None)


def test_usage_counts_until_there_is_newer_usage() -> None:
    then, now = Usage(1.0, 1, THEN, "kubelet"), Usage(2.0, 2, NOW, "kubelet")
    store = a_store(UsageRecalled({"spot-core": then}, {}, THEN))
    assert (store.node_usage["spot-core"], store.usage_heard_at) == (then, THEN) and store.usage_reason
    store.apply(UsageHeard({"spot-core": now}, {}, NOW))
    store.apply(UsageRecalled({"spot-core": then}, {}, THEN))
    assert (store.node_usage["spot-core"], store.usage_reason) == (now, "")


def test_a_bookmark_after_the_list_keeps_the_kind_live() -> None:
    store = a_store(ListEnded("pods", frozenset(("pod-cam",)), NOW), KindAlive("pods", NOW + 60))
    assert store.access["pods"] == Access("live", "", NOW + 60)


def test_a_pod_that_was_starting_is_not_said_to_have_been_starting_ever_since() -> None:
    young = a_pod("young", well=False, created_at=THEN - 2, containers=(), phase="Pending", conditions=())
    store = Store()
    store.apply(ObjectsRecalled("pods", (young,), THEN))
    assert findings(store, NOW) == ()
    store.apply(ObjectsHeard("pods", (young,), (), NOW))
    store.apply(ListEnded("pods", frozenset((young.uid,)), NOW))
    assert len(findings(store, NOW)) == 1, "once it is seen again, it is"
