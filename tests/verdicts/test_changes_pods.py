"""Pods on the Timeline: restarts with their cause, ends that are final, evictions."""

from __future__ import annotations

from spottui.records import Condition
from spottui.records_timeline import TimelineEntry
from spottui.verdicts.changes_pods import pod_entries

from .make import NOW, a_pod, ended, running


def told(before: object, after: object) -> list[tuple[str, str, str]]:
    lines: tuple[TimelineEntry, ...] = pod_entries(before, after, NOW)  # type: ignore[arg-type]
    return [(line.what, line.tone, line.text) for line in lines]


def test_a_signal_is_named() -> None:
    ((what, tone, text),) = told(a_pod(running()), a_pod(running(restarts=1, last_exit_code=143, last_reason="Error")))
    assert (what, tone, text) == ("restart", "bad", "main restarted, 1 in all: exit code 143 (SIGTERM)")


def test_several_restarts_between_two_words_are_one_line() -> None:
    ((_, _, text),) = told(a_pod(running(restarts=4)), a_pod(running(restarts=7, last_exit_code=1)))
    assert text == "main restarted 3 times, 7 in all: exit code 1"


def test_an_end_that_nothing_restarts_is_told_with_its_cause() -> None:
    over = a_pod(ended(137, "OOMKilled", memory_limit=64 * 2**20, finished_at=NOW - 4), phase="Failed")
    (line,) = pod_entries(a_pod(running()), over, NOW)
    assert (line.what, line.at, line.tone) == ("pod", NOW - 4, "bad")
    assert line.text == "main failed and is not started again: out of memory, limit 64 MiB, exit code 137"
    assert pod_entries(over, over, NOW) == ()


def test_an_end_before_the_next_start_is_left_to_the_restart() -> None:
    assert told(a_pod(running()), a_pod(ended(1, "Error"))) == []


def test_an_eviction_is_told_once() -> None:
    mark = Condition("DisruptionTarget", "True", "TerminationByKubelet", "", NOW - 9)
    marked = a_pod(running(), conditions=(mark,))
    (line,) = pod_entries(a_pod(running()), marked, NOW)
    assert (line.at, line.text) == (NOW - 9, "evicted by its node")
    gone = a_pod(running(), conditions=(mark,), phase="Failed", reason="Evicted", message="low on memory")
    assert pod_entries(marked, gone, NOW) == ()
    assert told(a_pod(running()), a_pod(running(), reason="Evicted", message="low on memory")) == [
        ("pod", "bad", "evicted: low on memory")
    ]
