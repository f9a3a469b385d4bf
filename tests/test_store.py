"""The store: the last word on everything, kept when the link is not, and told once per flush."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.events import (
    AccessChanged,
    CommandHeard,
    Event,
    HostHeard,
    KindAlive,
    LinkDown,
    LinkUp,
    ListEnded,
    ObjectsHeard,
    SourceFailed,
    UsageHeard,
)
from spottui.records import Access, Command, KubeEvent, Node, Pod, Target, Usage
from spottui.records_host import Host
from spottui.store import Store
from spottui.store_held import EVENTS_KEPT
from spottui.store_kinds import KINDS
from spottui.store_timeline import TIMELINE_LENGTH

NOW = 1_800_000_000.0


def a_pod(uid: str, **fields: Any) -> Pod:
    known: dict[str, Any] = {"name": uid, "namespace": "robot", "created_at": NOW, "phase": "Running"}
    return Pod(uid=uid, **{**known, **fields})


def an_event(uid: str, about: str = "pod-1", **fields: Any) -> KubeEvent:
    known: dict[str, Any] = {
        "name": uid,
        "namespace": "robot",
        "created_at": NOW,
        "type": "Warning",
        "reason": "BackOff",
        "message": f"back-off {uid}",
        "object_kind": "Pod",
        "object_name": about,
        "object_uid": about,
    }
    return KubeEvent(uid=uid, **{**known, **fields})


def heard(kind: str, *changed: Any, gone: tuple[str, ...] = (), at: float = NOW) -> ObjectsHeard:
    return ObjectsHeard(kind, changed, gone, at)


def ended(kind: str, *uids: str, at: float = NOW) -> ListEnded:
    return ListEnded(kind, frozenset(uids), at)


def store_of(*events: Event) -> Store:
    store = Store()
    for event in events:
        store.apply(event)
    return store


class Calls:
    """A subscriber that counts."""

    def __init__(self, store: Store, *topics: str) -> None:
        self.count = 0
        self.undo = [store.subscribe(topic, self.called) for topic in topics]

    def called(self) -> None:
        self.count += 1


# -- lists ------------------------------------------------------------------------------------------


def test_a_list_that_ends_removes_what_is_not_in_it() -> None:
    store = store_of(heard("pods", a_pod("a"), a_pod("b")), ended("pods", "b"))
    assert set(store.pods) == {"b"}
    assert set(store.pod_statuses) == {"b"}


def test_a_list_that_ends_leaves_other_kinds_alone() -> None:
    node = Node(uid="n", name="n", namespace="", created_at=NOW)
    store = store_of(heard("nodes", node), heard("pods", a_pod("a")), ended("pods"))
    assert set(store.nodes) == {"n"} and store.pods == {}


def test_a_relist_keeps_the_rows_until_it_ends() -> None:
    store = store_of(heard("pods", a_pod("a"), a_pod("b"), a_pod("c")), ended("pods", "a", "b", "c"))
    store.apply(heard("pods", a_pod("a"), at=NOW + 60))  # first page
    assert set(store.pods) == {"a", "b", "c"}
    store.apply(heard("pods", a_pod("d"), at=NOW + 61))  # second page
    assert set(store.pods) == {"a", "b", "c", "d"}
    store.apply(ended("pods", "a", "d", at=NOW + 61))
    assert set(store.pods) == {"a", "d"}


def test_an_empty_list_makes_a_waiting_kind_live() -> None:
    store = store_of(ended("pods"))
    assert store.access["pods"] == Access("live", "", NOW)
    assert store.access["nodes"].state == "waiting"


def test_what_is_gone_is_gone_whether_known_or_not() -> None:
    store = store_of(heard("pods", a_pod("a"), gone=("a", "never-heard")))
    assert store.pods == {}


_UIDS = st.sampled_from("abcde")
_STEPS = st.one_of(
    st.tuples(st.just("heard"), st.lists(st.tuples(_UIDS, st.integers(0, 3)), max_size=5), st.lists(_UIDS, max_size=3)),
    st.tuples(st.just("ended"), st.frozensets(_UIDS), st.just([])),
)


@given(st.lists(_STEPS, max_size=30))
def test_any_sequence_of_pages_and_lists_leaves_what_a_plain_dict_would(
    steps: list[tuple[str, Any, list[str]]],
) -> None:
    store, plain = Store(), dict[str, Pod]()
    for word, first, gone in steps:
        if word == "heard":
            changed = [a_pod(uid, node=f"node-{version}") for uid, version in first]
            store.apply(heard("pods", *changed, gone=tuple(gone)))
            plain.update({pod.uid: pod for pod in changed})
            for uid in gone:
                plain.pop(uid, None)
        else:
            store.apply(ListEnded("pods", first, NOW))
            plain = {uid: pod for uid, pod in plain.items() if uid in first}
        assert store.pods == plain
        assert set(store.pod_statuses) == set(plain)
    counts = Counter(pod.node for pod in plain.values())
    assert [store.pods_on(f"node-{number}") for number in range(4)] == [counts[f"node-{n}"] for n in range(4)]


# -- how we stand with a kind ------------------------------------------------------------------------


def test_a_stale_kind_keeps_its_values_and_the_time_it_was_heard() -> None:
    store = store_of(heard("pods", a_pod("a")), ended("pods", "a"))
    store.apply(AccessChanged("pods", Access("stale", "No link.", None)))
    assert set(store.pods) == {"a"}
    assert store.access["pods"] == Access("stale", "No link.", NOW)
    assert store.heard_at == NOW


def test_a_change_of_access_that_names_a_time_overwrites_the_one_before() -> None:
    store = store_of(ended("pods"), AccessChanged("pods", Access("stale", "No link.", NOW + 5)))
    assert store.access["pods"].heard_at == NOW + 5


def test_a_kind_never_heard_has_no_time() -> None:
    store = store_of(AccessChanged("pods", Access("forbidden", "You may not list pods.")))
    assert store.access["pods"].heard_at is None and store.heard_at is None


def test_objects_of_a_kind_that_is_not_live_do_not_make_it_live_before_the_list_ends() -> None:
    store = store_of(ended("pods"), AccessChanged("pods", Access("stale", "No link.")))
    store.apply(heard("pods", a_pod("a"), at=NOW + 60))
    assert store.access["pods"] == Access("stale", "No link.", NOW)
    store.apply(ended("pods", "a", at=NOW + 61))
    assert store.access["pods"] == Access("live", "", NOW + 61)


def test_pages_of_a_first_list_are_dated_but_not_live_before_it_ends() -> None:
    store = store_of(heard("pods", a_pod("a")))
    assert (store.access["pods"].state, store.access["pods"].heard_at) == ("waiting", NOW)
    store.apply(ended("pods", "a", at=NOW + 1))
    assert store.access["pods"] == Access("live", "", NOW + 1)


def test_a_reason_stays_while_the_kind_stays_live() -> None:
    store = store_of(ended("pods"), AccessChanged("pods", Access("live", "Only namespace robot.", NOW)))
    for event in (heard("pods", a_pod("a"), at=NOW + 1), KindAlive("pods", NOW + 2), ended("pods", "a", at=NOW + 3)):
        store.apply(event)
        assert store.access["pods"].reason == "Only namespace robot."
    assert store.access["pods"].heard_at == NOW + 3


@pytest.mark.parametrize("state", ["waiting", "stale", "forbidden", "absent", "expired", "failed"])
def test_a_reason_goes_when_the_kind_comes_alive_again(state: Any) -> None:
    store = store_of(AccessChanged("pods", Access(state, "Something was wrong.", NOW)), KindAlive("pods", NOW + 9))
    assert store.access["pods"] == Access("live", "", NOW + 9)


def test_a_bookmark_only_moves_the_time() -> None:
    store = store_of(heard("pods", a_pod("a")), ended("pods", "a"))
    store.flush()
    calls = Calls(store, "pods", "access")
    store.apply(KindAlive("pods", NOW + 60))
    store.flush()
    assert store.heard_at == NOW + 60 and calls.count == 0


# -- usage, host -------------------------------------------------------------------------------------


def test_usage_without_numbers_keeps_the_last_ones_with_the_reason() -> None:
    used = Usage(0.5, 2**30, NOW, "metrics.k8s.io")
    store = store_of(UsageHeard({"n": used}, {("robot", "a"): used}, NOW))
    store.apply(UsageHeard({}, {}, NOW + 60, "The metrics API does not answer."))
    assert (store.node_usage, store.pod_usage) == ({"n": used}, {("robot", "a"): used})
    assert store.usage_heard_at == NOW
    assert store.usage_reason == "The metrics API does not answer."


def test_usage_with_numbers_replaces_the_last_ones_and_clears_the_reason() -> None:
    used = Usage(0.5, 2**30, NOW, "kubelet")
    store = store_of(UsageHeard({}, {}, NOW, "None."), UsageHeard({"n": used}, {}, NOW + 1))
    assert store.node_usage == {"n": used} and store.usage_reason == "" and store.usage_heard_at == NOW + 1


def test_usage_of_nothing_without_a_reason_is_believed() -> None:
    used = Usage(0.5, 2**30, NOW, "kubelet")
    store = store_of(UsageHeard({"n": used}, {}, NOW), UsageHeard({}, {}, NOW + 1))
    assert store.node_usage == {} and store.usage_heard_at == NOW + 1


def test_the_last_reading_of_the_host_is_kept() -> None:
    store = store_of(HostHeard(Host(name="core", heard_at=NOW)))
    calls = Calls(store, "host")
    store.apply(HostHeard(Host(name="core", heard_at=NOW + 1)))
    store.flush()
    assert store.host is not None and store.host.heard_at == NOW + 1 and calls.count == 1


# -- telling -----------------------------------------------------------------------------------------


def test_a_flush_calls_a_subscriber_once_though_several_of_its_topics_changed() -> None:
    store = Store()
    calls = Calls(store, "pods", "nodes", "access", "links", "timeline")
    store.apply(heard("pods", a_pod("a")))
    store.apply(ended("nodes"))
    store.apply(LinkUp("kube", 0.01, NOW))
    store.apply(SourceFailed("host", "a bug", NOW))
    store.flush()
    assert calls.count == 1
    store.flush()
    assert calls.count == 1


def test_every_subscriber_of_a_topic_is_called() -> None:
    store = Store()
    first, second, other = Calls(store, "pods"), Calls(store, "pods"), Calls(store, "host")
    store.apply(heard("pods", a_pod("a")))
    store.flush()
    assert (first.count, second.count, other.count) == (1, 1, 0)


def test_an_equal_record_marks_nothing_dirty() -> None:
    store = store_of(heard("pods", a_pod("a")), ended("pods", "a"))
    store.flush()
    calls = Calls(store, *KINDS, "access", "usage", "host", "links", "timeline")
    store.apply(heard("pods", a_pod("a"), at=NOW + 1))
    store.apply(ended("pods", "a", at=NOW + 1))
    store.flush()
    assert calls.count == 0


def test_a_record_that_differs_in_one_field_marks_its_kind_dirty() -> None:
    store = store_of(heard("pods", a_pod("a")), ended("pods", "a"))
    store.flush()
    pods, nodes = Calls(store, "pods"), Calls(store, "nodes")
    store.apply(heard("pods", a_pod("a", phase="Failed")))
    store.flush()
    assert (pods.count, nodes.count) == (1, 0)


def test_after_the_undo_a_subscriber_is_not_called() -> None:
    store = Store()
    undone, kept = Calls(store, "pods", "nodes"), Calls(store, "pods")
    for undo in undone.undo:
        undo()
    store.apply(heard("pods", a_pod("a")))
    store.flush()
    assert (undone.count, kept.count) == (0, 1)


def test_a_subscriber_may_undo_itself_and_apply_events_while_it_is_called() -> None:
    store = Store()
    seen: list[str] = []

    def once() -> None:
        seen.append("once")
        undo()
        store.apply(heard("pods", a_pod("b")))

    undo = store.subscribe("pods", once)
    store.subscribe("pods", lambda: seen.append("always"))
    store.apply(heard("pods", a_pod("a")))
    store.flush()
    assert sorted(seen) == ["always", "once"]
    store.flush()  # what was applied during the flush belongs to the next one
    assert sorted(seen) == ["always", "always", "once"]


# -- link and timeline --------------------------------------------------------------------------------


def test_a_link_that_goes_and_comes_is_told_once_each_on_the_timeline() -> None:
    store = store_of(
        LinkUp("kube", 0.01, NOW),
        LinkDown("kube", "no route", NOW + 1),
        LinkDown("kube", "no route", NOW + 2),
        LinkDown("kube", "connection refused", NOW + 3),
        LinkUp("kube", 0.01, NOW + 4),
        LinkUp("kube", 0.02, NOW + 5),
    )
    told = [(entry.at, entry.tone, entry.text) for entry in list(store.timeline)]
    assert told == [(NOW + 1, "bad", "link lost: no route"), (NOW + 4, "good", "link is back after 4s")]
    assert store.is_down is False


def test_the_first_link_is_not_news_and_the_first_loss_is() -> None:
    assert list(store_of(LinkUp("kube", None, NOW)).timeline) == []
    store = store_of(LinkDown("kube", "no route", NOW))
    assert len(list(store.timeline)) == 1 and store.is_down


def test_the_links_of_two_sources_do_not_mix() -> None:
    store = store_of(LinkDown("metrics", "no route", NOW), LinkUp("kube", 0.01, NOW + 1))
    assert [entry.subject for entry in list(store.timeline)] == ["metrics"]
    assert store.is_down is False and store.heard_at == NOW + 1


def test_a_lost_link_keeps_the_time_the_cluster_was_heard() -> None:
    store = store_of(ended("pods"), KindAlive("pods", NOW + 7), LinkDown("kube", "no route", NOW + 50))
    assert store.heard_at == NOW + 7


@pytest.mark.parametrize("outcome", ["asked", "done", "failed", "unknown"])
def test_a_command_lands_on_the_timeline(outcome: Any) -> None:
    target = Target(kind="Deployment", namespace="robot", name="perception", uid="d")
    command = Command(id="1", at=NOW, action="restart", target=target, outcome=outcome, seconds=2.0)
    store = Store()
    calls = Calls(store, "timeline")
    store.apply(CommandHeard(command))
    store.flush()
    (entry,) = list(store.timeline)
    assert (entry.what, entry.subject) == ("command", "robot/deployment/perception")
    assert f"restart {outcome}" in entry.text
    assert store.commands == {"1": command} and calls.count == 1


def test_a_command_and_its_end_are_two_entries_and_one_command() -> None:
    asked = Command(id="1", at=NOW, action="restart", target=None, outcome="asked")
    done = Command(id="1", at=NOW + 3, action="restart", target=None, outcome="done")
    store = store_of(CommandHeard(asked), CommandHeard(done))
    assert store.commands == {"1": done}
    assert len({entry.uid for entry in list(store.timeline)}) == 2


def test_a_source_that_failed_is_noted() -> None:
    store = Store()
    calls = Calls(store, "timeline")
    failed = SourceFailed("host", "spottui's source host stopped.", NOW)
    store.apply(failed)
    store.flush()
    (entry,) = list(store.timeline)
    assert store.failures == {"host": failed} and calls.count == 1
    assert (entry.tone, entry.subject, entry.text) == ("bad", "host", "spottui's source host stopped.")


def test_a_cluster_nobody_listens_to_is_down_until_its_link_is_up_again() -> None:
    store = store_of(LinkUp("kube", None, NOW), SourceFailed("kube", "a bug", NOW + 1))
    assert store.is_down
    store.apply(LinkUp("kube", None, NOW + 2))
    assert not store.is_down and store.failures == {}


def test_the_timeline_is_bounded_and_keeps_the_newest() -> None:
    failures = [SourceFailed("host", f"{number}", NOW + number) for number in range(TIMELINE_LENGTH + 10)]
    entries = list(store_of(*failures).timeline)
    assert len(entries) == TIMELINE_LENGTH
    assert (entries[0].text, entries[-1].text) == ("10", f"{TIMELINE_LENGTH + 9}")


# -- Kubernetes Events ----------------------------------------------------------------------------------


def test_events_are_kept_although_the_server_forgets_them() -> None:
    store = store_of(heard("events", an_event("e1"), an_event("e2")), ended("events", "e1", "e2"))
    store.apply(heard("events", gone=("e1",), at=NOW + 300))
    store.apply(ended("events", at=NOW + 600))
    assert set(store.kube_events) == {"e1", "e2"}


def test_events_are_bounded_and_the_oldest_go_first() -> None:
    store = store_of(heard("events", *(an_event(f"e{number}") for number in range(EVENTS_KEPT + 5))))
    assert len(store.kube_events) == EVENTS_KEPT
    assert "e4" not in store.kube_events and "e5" in store.kube_events


def test_events_about_an_object_come_oldest_first_and_no_others() -> None:
    events = [an_event("late", last_at=NOW + 9), an_event("early", first_at=NOW + 1), an_event("other", about="pod-2")]
    store = store_of(heard("events", *events))
    assert [event.uid for event in store.events_about("pod-1")] == ["early", "late"]


# -- pods on nodes ---------------------------------------------------------------------------------------


def test_pods_on_a_node_follow_moves_and_deletions() -> None:
    store = store_of(heard("pods", a_pod("a"), a_pod("b", node="one"), a_pod("c", node="one")))
    assert (store.pods_on("one"), store.pods_on("two"), store.pods_on("")) == (2, 0, 1)
    store.apply(heard("pods", a_pod("a", node="two")))  # scheduled
    assert (store.pods_on("two"), store.pods_on("")) == (1, 0)
    store.apply(heard("pods", a_pod("b", node="two")))  # the same name came back elsewhere
    assert (store.pods_on("one"), store.pods_on("two")) == (1, 2)
    store.apply(heard("pods", gone=("c", "c")))
    store.apply(heard("pods", gone=("c",)))
    assert store.pods_on("one") == 0
    store.apply(ended("pods"))
    assert store.pods_on("two") == 0


def test_a_pod_that_changes_in_place_is_counted_once() -> None:
    store = store_of(heard("pods", a_pod("a", node="one")), heard("pods", a_pod("a", node="one", phase="Failed")))
    assert store.pods_on("one") == 1
