"""What all tests share: the slow ones run only when they are asked for."""

from __future__ import annotations

import os

import pytest

HOW = "takes long; run `make check-slow`, or set SPOTTUI_SLOW=1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `slow` unless SPOTTUI_SLOW=1."""
    if os.environ.get("SPOTTUI_SLOW") == "1":
        return
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.skip(reason=HOW))
