"""Workloads on the Timeline: images, rollouts that begin, end, stall and are undone, scale, failed Jobs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.records import Condition, Owner, Workload
from spottui.records_timeline import ENTRY_KINDS
from spottui.verdicts.changes_words import image_change
from spottui.verdicts.changes_workloads import workload_entries

from .make import NOW, a_workload

DIGEST = "sha256:" + "ab12" * 16
SETTLED: dict[str, Any] = {"desired": 2, "updated": 2, "ready": 2, "generation": 4, "observed_generation": 4}


def told(before: Workload, after: Workload) -> list[str]:
    return [f"{line.what} {line.tone}: {line.text}" for line in workload_entries(before, after, NOW)]


def progressing(reason: str, message: str = "") -> tuple[Condition, ...]:
    return (Condition("Progressing", "True", reason, message),)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("r:5000/cam:1.2", "r:5000/cam:1.3", "r:5000/cam:1.2 -> 1.3"),
        ("cam", "cam:1.3", "cam -> cam:1.3"),
        ("a/cam:1", "b/cam:1", "a/cam:1 -> b/cam:1"),
        (f"cam@{DIGEST}", "cam:2", "cam@sha256:ab12ab12ab12 -> 2"),
        (f"cam:1@{DIGEST}", f"cam:2@{DIGEST}", "cam:1@sha256:ab12ab12ab12 -> 2@sha256:ab12ab12ab12"),
    ],
)
def test_an_image_change_names_the_repository_once_and_shortens_digests(before: str, after: str, said: str) -> None:
    assert image_change(before, after) == said


def test_only_the_images_that_changed_are_named() -> None:
    before, after = a_workload(images=("a:1", "b:1")), a_workload(images=("a:1", "b:2"))
    assert told(before, after) == ["image info: b:1 -> 2"]
    assert told(before, a_workload(images=("a:1",))) == ["image info: gone b:1"]
    assert told(before, a_workload(images=("a:1", "b:1", "c:1"))) == ["image info: new c:1"]
    assert told(before, a_workload(images=("b:1", "a:1"))) != []


def test_a_deployments_rollout_begins_with_its_revision_and_ends_with_its_condition() -> None:
    old = a_workload(revision="4", conditions=progressing("NewReplicaSetAvailable"), **SETTLED)
    begun = a_workload(revision="5", conditions=progressing("ReplicaSetUpdated"), **{**SETTLED, "updated": 1})
    done = a_workload(revision="5", conditions=progressing("NewReplicaSetAvailable"), **SETTLED)
    stalled = a_workload(revision="5", conditions=progressing("ProgressDeadlineExceeded", "timed out"), **SETTLED)
    assert told(old, begun) == ["rollout info: rollout began: revision 4 -> 5"]
    assert told(begun, done) == ["rollout good: rollout done: revision 5, 2 of 2 ready"]
    assert told(begun, stalled) == ["rollout bad: rollout stalled: timed out"]
    assert told(stalled, stalled) == [] and told(stalled, done)[0].startswith("rollout good")
    assert len(told(old, done)) == 2  # all of it between two words


def test_the_first_word_of_a_new_revision_does_not_call_it_done() -> None:
    old = a_workload(revision="4", conditions=progressing("NewReplicaSetAvailable"), **SETTLED)
    early = a_workload(revision="5", conditions=progressing("NewReplicaSetAvailable"), **{**SETTLED, "generation": 5})
    assert told(old, early) == ["rollout info: rollout began: revision 4 -> 5"]


def test_a_scale_and_a_crash_are_no_rollout() -> None:
    old = a_workload(revision="4", conditions=progressing("NewReplicaSetAvailable"), **SETTLED)
    more = a_workload(revision="4", conditions=old.conditions, **{**SETTLED, "desired": 3})
    assert told(old, more) == ["scale info: scaled from 2 to 3"]
    crashed = a_workload(revision="4", conditions=old.conditions, **{**SETTLED, "ready": 0})
    assert told(old, crashed) == told(crashed, old) == []


def test_a_restart_by_hand_says_so() -> None:
    old, new = a_workload(revision="4"), a_workload(revision="5", restarted_at=NOW)
    assert told(old, new) == ["rollout info: rollout began by a restart: revision 4 -> 5"]


def test_an_old_replica_set_with_a_new_revision_is_an_undone_rollout_of_its_deployment() -> None:
    facts: dict[str, Any] = {"kind": "ReplicaSet", "uid": "rs", "owner": Owner("Deployment", "cam", "d")}
    (line,) = workload_entries(a_workload(revision="2", **facts), a_workload(revision="5", **facts), NOW)
    assert line.text == "rollout undone: back to revision 2, which is now revision 5"
    assert line.target is not None and (line.target.kind, line.target.uid) == ("Deployment", "d")
    assert workload_entries(a_workload(revision="", **facts), a_workload(revision="1", **facts), NOW) == ()


def test_a_stateful_sets_rollout_is_read_from_its_revision_and_counts() -> None:
    old = a_workload("StatefulSet", revision="a", **SETTLED)
    begun = a_workload("StatefulSet", revision="b", **{**SETTLED, "updated": 0})
    done = a_workload("StatefulSet", revision="b", **SETTLED)
    assert told(old, begun) == ["rollout info: rollout began"]
    assert told(begun, done) == ["rollout good: rollout done: 2 of 2 ready"]


def test_a_job_that_failed_is_told_and_one_that_is_done_is_not() -> None:
    failed = a_workload("Job", conditions=(Condition("Failed", "True", "BackoffLimitExceeded", "too often", NOW - 3),))
    (line,) = workload_entries(a_workload("Job"), failed, NOW)
    assert (line.at, line.text, line.tone) == (NOW - 3, "Job failed: too often", "bad")
    assert told(a_workload("Job"), a_workload("Job", conditions=(Condition("Complete", "True"),))) == []


_counts = st.none() | st.integers(-1, 4)
workloads = st.builds(
    Workload,
    uid=st.sampled_from("ab"),
    name=st.just("w"),
    namespace=st.sampled_from(["", "n"]),
    created_at=st.none(),
    kind=st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Other"]),
    desired=_counts,
    ready=_counts,
    updated=_counts,
    generation=_counts,
    observed_generation=_counts,
    owner=st.none() | st.builds(Owner, st.sampled_from(["Deployment", "x"]), st.just("d"), st.just("d")),
    images=st.lists(st.text(max_size=6) | st.sampled_from(["a:1", "a@sha256:ff"]), max_size=3).map(tuple),
    conditions=st.lists(
        st.builds(
            Condition,
            st.sampled_from(["Progressing", "Failed"]),
            st.sampled_from(["True", "False"]),
            st.sampled_from(["", "NewReplicaSetAvailable", "ReplicaSetUpdated", "ProgressDeadlineExceeded"]),
        ),
        max_size=2,
    ).map(tuple),
    paused=st.booleans(),
    revision=st.sampled_from(["", "1", "2"]),
    restarted_at=st.none() | st.just(NOW),
)


@settings(max_examples=40)
@given(workloads, workloads)
def test_any_change_of_a_workload_is_lines_and_none_where_nothing_changed(before: Workload, after: Workload) -> None:
    lines = workload_entries(before, after, NOW)
    assert all(line.what in ENTRY_KINDS and line.target is not None for line in lines)
    assert len({line.uid for line in lines}) == len(lines)
    assert workload_entries(after, after, NOW) == ()
