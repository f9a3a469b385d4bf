"""The real API server still says what was recorded of it: what the simulator is held to by default."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..contract.caller import Caller
from ..contract.cases import CASES
from ..contract.serving import real_server, recorded, run_case

IN_ORDER = [
    *(name for name in CASES if not name.startswith("zz_")),
    *(name for name in CASES if name.startswith("zz_")),
]
"""The cases that need a restarted server come last."""


@pytest.fixture(scope="module")
def caller(crds_at_hand: None) -> Iterator[Caller]:
    with real_server() as real:
        yield real


@pytest.mark.parametrize("name", IN_ORDER)
def test_the_real_server_says_what_is_recorded(caller: Caller, name: str) -> None:
    said, wanted = run_case(caller, name), recorded(name)
    assert [one["asked"] for one in said] == [one["asked"] for one in wanted]
    for ours, theirs in zip(said, wanted, strict=True):
        assert ours == theirs, ours["asked"]
