"""The Timeline hears of restarts, nodes, syncs and warnings, and of nothing else."""

from __future__ import annotations

import time
from typing import Any

from hypothesis import given, settings
from msgspec.structs import replace

from spottui.records import Command, Condition, Meta, Node, Pod, Target
from spottui.records_argocd import Application, Operation
from spottui.records_timeline import ENTRY_KINDS, TimelineEntry
from spottui.verdicts.changes import entries_for, entry_for_command

from .make import NOW, a_pod, a_workload, an_event, pods, running


def only(before: Meta, after: Meta) -> TimelineEntry:
    """Return the one entry of a change."""
    (entry,) = entries_for(before, after, NOW)
    return entry


def a_node(**more: Any) -> Node:
    facts: dict[str, Any] = {"conditions": (Condition("Ready", "True"),), **more}
    return Node(uid="n", name="spot-core", namespace="", created_at=0.0, **facts)


def an_app(**more: Any) -> Application:
    return Application(uid="a", name="nav", namespace="argocd", created_at=0.0, **more)


def test_a_restart_has_its_cause_and_the_time_of_the_end() -> None:
    facts: dict[str, Any] = {"last_reason": "OOMKilled", "last_exit_code": 137, "memory_limit": 128 * 2**20}
    entry = only(a_pod(running()), a_pod(running(restarts=1, last_finished_at=NOW - 3, **facts)))
    assert (entry.what, entry.tone, entry.subject, entry.at) == ("restart", "bad", "robot/pod-1", NOW - 3)
    assert entry.text == "main restarted, 1 in all: out of memory, limit 128 MiB, exit code 137"


def test_a_restart_without_a_cause_is_told_as_it_is_heard() -> None:
    entry = only(a_pod(running()), a_pod(running(restarts=2)))
    assert (entry.text, entry.at) == ("main restarted, 2 in all", NOW)


def test_a_text_is_one_line() -> None:
    entry = only(a_pod(running()), a_pod(running(restarts=1, last_message="a\nb", last_exit_code=1)))
    assert entry.text.endswith("exit code 1, a b")


def test_other_changes_of_a_pod_are_silent() -> None:
    assert entries_for(a_pod(running()), a_pod(running(ready=False), phase="Failed"), NOW) == ()


def test_a_first_hearing_is_no_change() -> None:
    for record in (a_pod(running(restarts=9)), a_node(unschedulable=True), an_app(sync="OutOfSync"), a_workload()):
        assert entries_for(None, record, NOW) == ()


def test_a_warning_event_is_told_with_its_own_time() -> None:
    (entry,) = entries_for(None, an_event("BackOff", "restarting", "p", at=NOW - 99), NOW)
    assert (entry.what, entry.at, entry.text) == ("event", NOW - 99, "BackOff: restarting")


def test_a_normal_event_is_silent() -> None:
    assert entries_for(None, an_event("Pulled", "m", "p", type="Normal"), NOW) == ()


def test_a_warning_that_repeats_itself_says_how_often_since_and_belongs_to_one_group() -> None:
    first = an_event("BackOff", "m", "p", at=NOW - 600)
    again = only(first, replace(first, count=4, last_at=NOW - 590))
    assert (again.count, again.at, again.text) == (3, NOW - 590, "BackOff: m")
    assert again.group == only(first, replace(first, message="other")).group == "event:p:BackOff"
    assert entries_for(first, replace(first, labels={"a": "b"}), NOW) == ()


def test_a_warning_that_was_counted_before_we_came_is_dated_by_its_first_time_within_an_hour() -> None:
    (young,) = entries_for(None, an_event("FailedScheduling", "m", "p", count=9, first_at=NOW - 60, last_at=NOW), NOW)
    assert (young.at, young.until, young.count) == (NOW - 60, NOW, 9)
    (old,) = entries_for(None, an_event("FailedScheduling", "m", "p", count=900, first_at=NOW - 9e4, last_at=NOW), NOW)
    assert (old.at, old.until, old.count) == (NOW, None, 900)


def test_a_warning_that_nobody_can_act_on_is_silent() -> None:
    assert entries_for(None, an_event("DNSConfigForming", "Nameserver limits were exceeded", "p"), NOW) == ()


def test_a_node_tells_readiness_pressure_and_cordon() -> None:
    lost = Condition("Ready", "Unknown", "NodeStatusUnknown", "Kubelet stopped posting", NOW - 40)
    entry = only(a_node(), a_node(conditions=(lost,)))
    assert (entry.tone, entry.at, entry.text) == ("bad", NOW - 40, "not heard from: Kubelet stopped posting")
    assert only(a_node(conditions=(lost,)), a_node()).text == "ready again"
    full, fine = (a_node(conditions=(Condition("DiskPressure", status),)) for status in ("True", "False"))
    assert only(fine, full).tone == "bad"
    assert only(full, fine).tone == "good"
    assert only(a_node(), a_node(unschedulable=True)).text == "cordoned: no new pods"
    assert only(a_node(unschedulable=True), a_node()).text == "uncordoned"


def test_an_application_tells_sync_health_and_operation() -> None:
    commit = "1a2b3c4d" + "0" * 32
    entry = only(an_app(sync="OutOfSync"), an_app(sync="Synced", revision=commit))
    assert (entry.tone, entry.text) == ("good", "OutOfSync -> Synced at 1a2b3c4")
    entry = only(an_app(health="Healthy"), an_app(health="Degraded", health_message="crash"))
    assert (entry.tone, entry.text) == ("bad", "health Healthy -> Degraded: crash")
    begun = Operation(phase="Running", started_at=NOW - 9, initiated_by="ana")
    assert only(an_app(), an_app(operation=begun)).text == "sync Running by ana"
    ended = Operation(phase="Failed", started_at=NOW - 9, finished_at=NOW - 2, revision="1.4.2", message="no")
    entry = only(an_app(operation=begun), an_app(operation=ended))
    assert (entry.tone, entry.at, entry.text) == ("bad", NOW - 2, "sync Failed at 1.4.2 after 7 s: no")


def test_a_command_is_told_with_its_outcome() -> None:
    target = Target(kind="Deployment", namespace="robot", name="cam", uid="u")
    command = Command(id="1", at=NOW, action="Restart", target=target, outcome="failed", detail="no", seconds=1.25)
    entry = entry_for_command(command)
    assert (entry.what, entry.tone, entry.subject) == ("command", "bad", "robot/deployment/cam")
    assert entry.text == "Restart failed after 1.2 s: no"
    assert entry_for_command(replace(command, target=None, outcome="asked")).subject == "spottui"


@settings(max_examples=40)
@given(pods(), pods())
def test_any_change_of_a_pod_is_lines_and_none_where_nothing_changed(before: Pod, after: Pod) -> None:
    for entry in entries_for(before, after, NOW):
        assert "\n" not in entry.text and entry.what in ENTRY_KINDS
        assert entry.target is not None and entry.target.uid == after.uid
    assert entries_for(after, after, NOW) == ()


def test_an_unchanged_pod_costs_next_to_nothing() -> None:
    before, after = a_pod(running()), a_pod(running(), ip="10.0.0.1")
    begun = time.perf_counter()
    for _ in range(10_000):
        entries_for(before, after, NOW)
    assert time.perf_counter() - begun < 0.5
