"""The highest memory of each pod is remembered through its crash, and only so many of them."""

from __future__ import annotations

from spottui.events import UsageHeard
from spottui.records import Container, Pod, Usage
from spottui.store import Store
from spottui.store_findings import around
from spottui.store_usage import PEAKS, Peaks


def used(memory: int | None) -> Usage:
    return Usage(0.1, memory, 0.0, "kubelet")


def test_the_highest_memory_outlives_the_reading_and_explains_the_pod() -> None:
    store = Store()
    for memory in (40, 90, 60, None):
        store.apply(UsageHeard({}, {("robot", "cam"): used(memory)}, 1.0, ""))
    store.apply(UsageHeard({}, {("robot", "other"): used(5)}, 2.0, ""))
    pod = Pod(uid="p", name="cam", namespace="robot", created_at=0.0, containers=(Container(name="main"),))
    assert around(store)(pod).peak_memory == 90


def test_so_many_are_kept_and_those_that_are_gone_go_first() -> None:
    peaks = Peaks()
    peaks.hear({("ns", f"old-{n}"): used(1) for n in range(10)})
    peaks.hear({("ns", f"new-{n}"): used(1) for n in range(PEAKS - 5)})
    assert len(peaks) == PEAKS
    assert ("ns", "old-0") not in peaks and ("ns", "old-9") in peaks and ("ns", "new-0") in peaks
