"""The simulator answers every case as the real API server did."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .caller import Caller
from .cases import CASES
from .serving import RECORDED, recorded, run_case, simulator


@pytest.fixture(scope="module")
def caller() -> Iterator[Caller]:
    with simulator() as served:
        yield served


@pytest.mark.parametrize("name", CASES)
def test_the_simulator_says_what_the_real_server_said(caller: Caller, name: str) -> None:
    said, wanted = run_case(caller, name), recorded(name)
    assert [one["asked"] for one in said] == [one["asked"] for one in wanted]
    for ours, theirs in zip(said, wanted, strict=True):
        assert ours == theirs, ours["asked"]


def test_every_case_is_recorded_and_every_record_is_a_case() -> None:
    assert {path.stem for path in RECORDED.glob("*.json")} == set(CASES)
    assert len(CASES) >= 60
