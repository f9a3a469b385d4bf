"""Which tests need the real control plane, and what runs them; for the conftest of each folder that has some."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

HOW = "needs a real kube-apiserver built with Go; run `make check-cluster`, or set SPOTTUI_CLUSTER=1"


def mark(items: list[pytest.Item], folder: Path) -> None:
    """Mark the tests of a folder as those of the control plane, and skip them unless they are asked for."""
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker(pytest.mark.cluster)
            if os.environ.get("SPOTTUI_CLUSTER") != "1":
                item.add_marker(pytest.mark.skip(reason=HOW))
