"""What all tests share: the slow ones run only when they are asked for, and the longest begin first."""

from __future__ import annotations

import os

import pytest

HOW = "takes long; run `make check-slow`, or set SPOTTUI_SLOW=1"
LONGEST = (
    "tests/test_demo.py",
    "tests/screens/",
    "tests/test_pty",
    "tests/hostile/test_screens.py",
    "tests/test_armed_simulator.py",
    "tests/last_state/test_start.py",
    "tests/sim/test_field_day.py",
    "tests/sources/test_kube_login.py",
    "tests/terminals/",
    "tests/test_argo",
    "tests/acts/",
)
"""A file runs whole on one worker: one that takes long and begins last is waited for by the others."""


def pytest_xdist_auto_num_workers() -> int:
    """Return one worker more than there are cores: tests of screens and programs wait for much of their time."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with the longest files; leave out the tests marked `slow` unless SPOTTUI_SLOW=1."""
    items.sort(key=_place)
    if os.environ.get("SPOTTUI_SLOW") == "1":
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if len(slow) == len(items):  # they were asked for by name: say why they do not run
        for item in slow:
            item.add_marker(pytest.mark.skip(reason=HOW))
    elif slow:  # not skipped one by one: a thousand reports take seconds
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def _place(item: pytest.Item) -> int:
    found = (place for place, start in enumerate(LONGEST) if item.nodeid.startswith(start))
    return next(found, len(LONGEST))
