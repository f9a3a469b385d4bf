"""The store's Timeline: repetitions are counted, gaps are said, owners are known, and it stays bounded."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui.events import (
    AccessChanged,
    KindAlive,
    LinkDown,
    LinkUp,
    ListEnded,
    LoginRefused,
    LoginTaken,
    ObjectsHeard,
    ProbesHeard,
    RobotHeard,
    TrafficHeard,
)
from spottui.records import Access, Container, Meta, Owner, Pod, Workload
from spottui.records_argocd import Application
from spottui.records_links import Probe
from spottui.records_robot import Dock, Robot
from spottui.records_timeline import TimelineEntry
from spottui.store import Store
from spottui.store_timeline import MOST_AFTER_A_GAP
from spottui.verdicts.changes_words import entry
from tests.verdicts.make import NOW, a_pod, a_workload, an_event, running


def heard(kind: str, *records: Meta, at: float = NOW, gone: tuple[str, ...] = ()) -> ObjectsHeard:
    return ObjectsHeard(kind, records, gone, at)


def listed(kind: str, *records: Meta, at: float = NOW) -> tuple[ObjectsHeard, ListEnded]:
    return heard(kind, *records, at=at), ListEnded(kind, frozenset(one.uid for one in records), at)


def told(store: Store) -> list[str]:
    return [line.text for line in store.timeline]


def a_store(*events: Any) -> Store:
    store = Store()
    for event in events:
        store.apply(event)
    return store


def lost(at: float) -> tuple[Any, ...]:
    """Return what the Kubernetes source says when the link goes."""
    return LinkDown("kube", "no route", at), AccessChanged("pods", Access("stale", "no route"))


def test_a_warning_every_five_seconds_is_one_line_with_a_count() -> None:
    store = a_store(*listed("events"))
    for number in range(1, 21):
        at = NOW + 5 * number
        store.apply(
            heard("events", an_event("FailedScheduling", f"0/1 nodes, try {number}", "p", at=at, uid=f"e{number}"))
        )
    (line,) = store.timeline
    assert (line.count, line.at, line.until) == (20, NOW + 5, NOW + 100)
    assert line.text == "FailedScheduling: 0/1 nodes, try 20"


def test_a_warning_that_is_heard_again_after_minutes_is_another_line() -> None:
    store = a_store(heard("events", an_event("Failed", "m", "p", at=NOW, uid="a")))
    store.apply(heard("events", an_event("Failed", "m", "p", at=NOW + 301, uid="b")))
    assert len(store.timeline) == 2


def test_a_count_that_goes_on_at_the_server_goes_on_here() -> None:
    event = an_event("BackOff", "m", "p", count=3, first_at=NOW - 60, last_at=NOW)
    store = a_store(heard("events", event), heard("events", replace(event, count=5, last_at=NOW + 20)))
    (line,) = store.timeline
    assert (line.count, line.at, line.until) == (5, NOW - 60, NOW + 20)


def test_what_happened_while_we_were_away_is_said_as_not_seen() -> None:
    store = a_store(LinkUp("kube", None, NOW), *listed("pods", a_pod(running())), *lost(NOW + 10))
    store.apply(LinkUp("kube", None, NOW + 34))
    for event in listed("pods", a_pod(running(restarts=2)), a_pod(running(), uid="new"), at=NOW + 34):
        store.apply(event)
    lines = {line.text: line for line in store.timeline}
    assert lines["main restarted, 2 in all"].unseen == 34
    assert lines["link is back after 34s"].tone == "good"
    assert lines["pods: 1 new, while not seen for 34s"].unseen == 34


def test_what_has_a_time_of_its_own_is_dated_by_it_even_after_a_gap() -> None:
    store = a_store(*listed("pods", a_pod(running())), *lost(NOW + 10))
    after = a_pod(running(restarts=1, last_finished_at=NOW + 12, last_exit_code=1))
    for event in listed("pods", after, at=NOW + 40):
        store.apply(event)
    (line,) = (line for line in store.timeline if line.what == "restart")
    assert (line.at, line.unseen) == (NOW + 12, None)


def test_a_list_after_a_gap_is_no_flood() -> None:
    pods = [a_pod(running(), uid=f"p{number}") for number in range(200)]
    store = a_store(*listed("pods", *pods), *lost(NOW + 10))
    restarted = [a_pod(running(restarts=1), uid=pod.uid) for pod in pods[:150]]
    for event in listed("pods", *restarted, at=NOW + 60):
        store.apply(event)
    restarts = [line for line in store.timeline if line.what == "restart"]
    assert len(restarts) == MOST_AFTER_A_GAP
    assert told(store)[-1] == "pods: 50 gone, 125 more changed, while not seen for 60s"


def test_a_list_after_a_gap_in_which_nothing_changed_says_nothing() -> None:
    pods = [a_pod(running(), uid=f"p{number}") for number in range(9)]
    store = a_store(*listed("pods", *pods), *lost(NOW + 10))
    for event in (*listed("pods", *pods, at=NOW + 60), KindAlive("pods", NOW + 90)):
        store.apply(event)
    assert told(store) == ["link lost: no route"]


def test_a_watch_that_goes_on_ends_the_gap_after_the_late_words() -> None:
    store = a_store(*listed("pods", a_pod(running())), *lost(NOW + 10), KindAlive("pods", NOW + 30))
    store.apply(heard("pods", a_pod(running(restarts=1)), at=NOW + 31))
    store.apply(heard("pods", a_pod(running(restarts=2)), at=NOW + 90))
    assert [line.unseen for line in store.timeline if line.what == "restart"] == [31, None]


def test_workloads_that_are_made_and_deleted_are_told_but_not_those_of_the_first_list() -> None:
    owned = a_workload("ReplicaSet", uid="rs", owner=Owner("Deployment", "d", "d"))
    store = a_store(*listed("deployments", a_workload()), *listed("replicasets"), heard("replicasets", owned))
    assert told(store) == []
    store.apply(heard("deployments", a_workload(uid="two", created_at=NOW - 1)))
    store.apply(heard("deployments", gone=("deployment-1",), at=NOW + 9))
    assert [(line.subject, line.text, line.at) for line in store.timeline] == [
        ("robot/deployment/two", "new", NOW - 1),
        ("robot/deployment/deployment-1", "deleted", NOW + 9),
    ]


def test_a_line_knows_the_owners_and_the_application_of_its_object() -> None:
    labels = {"app.kubernetes.io/instance": "nav"}
    deployment = a_workload(uid="d", labels=labels)
    replica_set = a_workload("ReplicaSet", uid="rs", owner=Owner("Deployment", "d", "d"))
    pod = a_pod(running(), owner=Owner("ReplicaSet", "rs", "rs"))
    application = Application(uid="app", name="nav", namespace="argocd", created_at=0.0)
    store = a_store(
        *listed("applications", application),
        *listed("deployments", deployment),
        *listed("replicasets", replica_set),
        *listed("pods", pod),
    )
    store.apply(heard("pods", replace(pod, containers=(running(restarts=1),))))
    store.apply(heard("events", an_event("BackOff", "m", "pod-1")))
    assert [line.chain for line in store.timeline] == [("rs", "d", "app")] * 2


def test_an_event_about_a_node_finds_the_node_by_its_name() -> None:
    from tests.verdicts.make import a_node

    event = an_event("SystemOOM", "m", "spot-core", object_kind="Node", namespace="")
    store = a_store(*listed("nodes", a_node()), heard("events", event))
    (line,) = store.timeline
    assert line.target is not None and line.target.uid == "n"


def test_a_circle_of_owners_ends() -> None:
    one = a_workload(uid="a", owner=Owner("Deployment", "b", "b"))
    two = a_workload(uid="b", owner=Owner("Deployment", "a", "a"))
    store = a_store(*listed("deployments", one, two))
    store.apply(heard("deployments", replace(one, images=("x:1",))))
    (line,) = store.timeline
    assert set(line.chain) <= {"a", "b"}


def test_a_scale_of_a_stateful_set_is_not_called_a_rollout() -> None:
    facts: dict[str, Any] = {
        "kind": "StatefulSet",
        "uid": "s",
        "revision": "a",
        "generation": 1,
        "observed_generation": 1,
    }
    two, three = a_workload(desired=2, updated=2, ready=2, **facts), a_workload(desired=3, updated=2, ready=2, **facts)
    done = a_workload(desired=3, updated=3, ready=3, **facts)
    store = a_store(*listed("statefulsets", two), heard("statefulsets", three), heard("statefulsets", done))
    assert told(store) == ["scaled from 2 to 3"]
    newer = {**facts, "revision": "b", "generation": 2, "observed_generation": 2}
    store.apply(heard("statefulsets", a_workload(desired=3, updated=0, ready=3, **newer), at=NOW + 9))
    store.apply(heard("statefulsets", a_workload(desired=3, updated=3, ready=3, **newer), at=NOW + 19))
    assert told(store)[1:] == ["rollout began", "rollout done: 3 of 3 ready"]


def test_robot_probes_and_low_data_mode_come_through_the_store() -> None:
    probe = Probe(id="g", kind="git", name="git", url="https://g", state="good")
    store = a_store(
        RobotHeard(Robot(address="r", dock=Dock(status="docked")), NOW),
        RobotHeard(Robot(address="r", dock=Dock(status="undocked")), NOW + 1),
        ProbesHeard((probe,), NOW),
        ProbesHeard((replace(probe, state="down", reason="no route."),), NOW + 2),
        TrafficHeard((), NOW + 3, "asked for"),
    )
    assert told(store) == ["undocked", "does not answer: no route.", "low-data mode on: asked for"]


def test_lines_are_taken_to_the_disk_once_and_counts_when_asked() -> None:
    store = a_store(heard("events", an_event("Failed", "m", "p", at=NOW, uid="a")))
    assert len(store.timeline.take()) == 1 and store.timeline.take() == []
    store.apply(heard("events", an_event("Failed", "m", "p", at=NOW + 1, uid="b")))
    assert store.timeline.take() == []
    (line,) = store.timeline.take(counted=True)
    assert line.count == 2 and store.timeline.take(counted=True) == []


def test_what_an_earlier_spottui_wrote_comes_first_and_goes_on_counting() -> None:
    event = an_event("Failed", "m", "p", count=4, first_at=NOW - 60, last_at=NOW - 5)
    before = a_store(heard("events", event)).timeline.take()
    store = a_store(heard("events", an_event("Other", "m", "p", at=NOW)))
    store.timeline.remember([*before, entry("x", NOW + 5, "", "link", "kube", "later")])
    assert [line.is_earlier for line in store.timeline] == [True, False, True]
    assert store.timeline.take() == [line for line in store.timeline if not line.is_earlier]
    store.apply(heard("events", event))  # the first list says it again
    assert [line.count for line in store.timeline] == [4, 1, 1]
    store.apply(heard("events", replace(event, count=6, last_at=NOW + 9)))
    assert next(iter(store.timeline)).count > 4


_lines = st.builds(
    TimelineEntry,
    uid=st.sampled_from("abcdef"),
    at=st.floats(NOW - 9e4, NOW + 9e4),
    tone=st.just(""),
    what=st.sampled_from(["event", "rollout"]),
    subject=st.just("s"),
    text=st.just("t"),
    group=st.sampled_from(["", "g", "h"]),
    count=st.integers(1, 9),
    until=st.none() | st.floats(NOW, NOW + 9e4),
)


@settings(max_examples=40)
@given(st.lists(_lines, max_size=12), st.lists(_lines, max_size=12))
def test_no_order_of_lines_breaks_the_timeline(earlier: list[TimelineEntry], later: list[TimelineEntry]) -> None:
    store = Store()
    store.timeline.note(*later[:6])
    store.timeline.remember(earlier)
    store.timeline.note(*later[6:])
    uids = [line.uid for line in store.timeline]
    assert len(set(uids)) == len(uids)
    assert {line.uid for line in store.timeline.take(counted=True)} <= set(uids)


def test_kinds_of_record_that_change_under_one_uid_are_no_change() -> None:
    pod: Pod = a_pod(Container(name="main"))
    store = a_store(*listed("pods", pod))
    store.apply(heard("pods", Workload(uid=pod.uid, name="w", namespace="", created_at=None, kind="Job")))
    assert told(store) == []


def test_a_login_that_is_refused_and_taken_again_is_told_once_each() -> None:
    store = a_store(
        LoginTaken("kube", NOW),
        LoginRefused("kube", "Login expired: it no longer takes the login of user ana.", NOW + 1),
        LoginRefused("kube", "Login expired: it no longer takes the login of user ana, which ended.", NOW + 5),
        LoginTaken("kube", NOW + 26),
        LoginTaken("kube", NOW + 27),
    )
    assert [(line.tone, line.text) for line in store.timeline] == [
        ("bad", "login expired: it no longer takes the login of user ana."),
        ("good", "the login is taken again after 25s"),
    ]
