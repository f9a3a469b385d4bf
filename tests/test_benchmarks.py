"""The arithmetic of the benchmarks: what counts as growth, what counts as met, what a table says."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))  # the benchmarks are no part of the package

from benchmarks import peer
from benchmarks.figures import Figure, missed, read_table, table
from benchmarks.slopes import judged, slope

AT = [5.0 * number for number in range(300)]


def wave(number: int) -> float:
    return math.sin(number) * 0.5


def test_the_slope_of_a_line_is_found_through_noise_and_spikes() -> None:
    values = [100 + 0.01 * at + wave(number) + (50 if number % 17 == 0 else 0) for number, at in enumerate(AT)]
    found = slope(AT, values)
    assert found.middle == pytest.approx(0.01, rel=0.05) and found.low < 0.01 < found.high


def test_two_samples_are_no_slope() -> None:
    with pytest.raises(ValueError, match="three samples"):
        slope([0.0, 1.0], [1.0, 2.0])


def test_memory_that_wavers_is_flat_and_memory_that_creeps_is_not() -> None:
    assert judged("rss", AT, [100 + wave(number) for number in range(300)]).is_flat
    creeping = judged("rss", AT, [100 + at * 4 / 3600 + wave(number) for number, at in enumerate(AT)])
    assert not creeping.is_flat and creeping.an_hour == pytest.approx(4, rel=0.1)


def test_one_task_more_every_ten_minutes_is_a_leak() -> None:
    assert judged("tasks", AT, [160.0 + number % 3 for number in range(300)]).is_flat
    assert not judged("tasks", AT, [160.0 + at // 600 * 4 + number % 3 for number, at in enumerate(AT)]).is_flat


def figure(**fields: object) -> Figure:
    return Figure(section="s", name="n", **{"value": 1.0, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "is_met"),
    [
        ({"wanted": "<= 0.4x", "k9s": 3.0}, True),
        ({"wanted": "<= 0.3x", "k9s": 3.0}, False),
        ({"wanted": "<= 0.4x"}, None),
        ({"wanted": "<= 100 ms", "value": 101.0}, False),
        ({"wanted": ">= 475", "value": 499.0}, True),
        ({"wanted": ""}, None),
    ],
)
def test_a_share_of_k9s_needs_k9s_and_a_bound_needs_nothing(fields: dict[str, object], is_met: bool | None) -> None:
    found = figure(**fields)
    assert found.is_met is is_met
    assert (found in missed([found])) == (is_met is False)


def test_what_is_missed_and_what_could_not_be_compared_stand_in_the_table() -> None:
    lines = table([figure(wanted="<= 0.3x", k9s=3.0), figure(wanted="<= 0.3x")]).splitlines()
    assert "| MISSED |" in lines[-2] and "| k9s not measured |" in lines[-1]


def test_the_tables_of_other_programs_are_read() -> None:
    found = read_table(
        "x",
        "Python 3.11\n\n| | measured | wanted |\n|---|---|---|\n| filter | 2.4 ms | <= 20 ms |\n| rows | none | |\n"
        "| | alone | all | difference | wanted |\n|---|---|---|---|---|\n| cpu | 1.5 % | 2.8 % | +1.28 | <= 1 % |\n",
    )
    assert [(one.name, one.value, one.is_met) for one in found] == [("filter", 2.4, True), ("cpu", 1.28, False)]


def test_the_k9s_that_is_built_is_the_one_that_is_named() -> None:
    assert f"\tgithub.com/derailed/k9s {peer.VERSION} // indirect\n" in (peer.MODULE / "go.mod").read_text()


def test_without_k9s_and_without_go_the_table_says_why_its_column_is_of_another_day(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("SPOTTUI_CLUSTER_DIR", str(tmp_path / "empty"))
    told: list[str] = []
    found = peer.k9s(told.append)
    assert found.path is None and "no `go` on PATH" in found.said and peer.VERSION in told[0]


def test_a_k9s_of_the_operator_is_measured_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    theirs = tmp_path / "k9s"
    theirs.write_text("#!/bin/sh\n")
    theirs.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert peer.k9s(lambda _: None).path == str(theirs)
