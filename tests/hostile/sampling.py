"""Which of the nasty texts are tried by default: one of each danger; the others take the same road and are slow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

FEW = frozenset(("colour", "unended osc", "8 bit", "override", "marks by the thousand", "newlines", "closing", "half"))


def sampled(names: Iterable[str]) -> list[Any]:
    """Return the names as parameters of a test."""
    return [pytest.param(name, marks=() if name in FEW else pytest.mark.slow) for name in names]
