"""Fixtures of the action tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a bench whose writing is unlocked and whose operator says yes."""
    one = Bench(tmp_path)
    yield one
    one.audit.close()


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Bench]:
    """Return a bench as spottui starts: locked; its operator says yes."""
    one = Bench(tmp_path, starts_unlocked=False)
    yield one
    one.audit.close()
