"""Ages as kubectl prints them, calm ages for tables, RFC 3339."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui import clock

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 365 * 86400

# k8s.io/apimachinery/pkg/util/duration, HumanDuration.
AGES = [
    (0, "0s"),
    (1, "1s"),
    (59, "59s"),
    (60, "60s"),
    (119, "119s"),
    (120, "2m"),
    (121, "2m1s"),
    (125, "2m5s"),
    (180, "3m"),
    (599, "9m59s"),
    (600, "10m"),
    (659, "10m"),
    (179 * MINUTE, "179m"),
    (3 * HOUR - 1, "179m"),
    (3 * HOUR, "3h"),
    (3 * HOUR + 59, "3h"),
    (3 * HOUR + 5 * MINUTE, "3h5m"),
    (8 * HOUR - 1, "7h59m"),
    (8 * HOUR, "8h"),
    (8 * HOUR + 30 * MINUTE, "8h"),
    (47 * HOUR, "47h"),
    (48 * HOUR - 1, "47h"),
    (48 * HOUR, "2d"),
    (2 * DAY + 3 * HOUR, "2d3h"),
    (8 * DAY - 1, "7d23h"),
    (8 * DAY, "8d"),
    (8 * DAY + 5 * HOUR, "8d"),
    (2 * YEAR - 1, "729d"),
    (2 * YEAR, "2y"),
    (2 * YEAR + 35 * DAY, "2y35d"),
    (8 * YEAR - 1, "7y364d"),
    (8 * YEAR, "8y"),
    (9 * YEAR + 100 * DAY, "9y"),
]


@pytest.mark.parametrize(("seconds", "text"), AGES)
def test_an_age_reads_as_in_kubectl(seconds: int, text: str) -> None:
    assert clock.age(1000.0, 1000.0 + seconds) == text


def test_fractions_of_a_second_are_cut_off() -> None:
    assert clock.age(0.0, 119.999) == "119s"


@pytest.mark.parametrize("ahead", [0.5, 1.0, 3.0, 86400.0])
def test_a_moment_to_come_is_zero_seconds_old(ahead: float) -> None:
    assert clock.age(1000.0 + ahead, 1000.0) == "0s"
    assert clock.calm_age(1000.0 + ahead, 1000.0) == "0s"


def test_an_unknown_moment_has_no_age() -> None:
    assert clock.age(None, 1000.0) == "?"
    assert clock.calm_age(None, 1000.0) == "?"


def test_the_start_of_the_epoch_is_a_moment_like_any_other() -> None:
    assert clock.age(0.0, 5.0) == "5s"


CALM_AGES = [
    (0, "0s"),
    (9, "0s"),
    (10, "10s"),
    (59, "50s"),
    (60, "1m"),
    (119, "1m"),
    (3 * HOUR - 1, "179m"),
    (3 * HOUR, "3h"),
    (72 * HOUR - 1, "71h"),
    (72 * HOUR, "3d"),
    (729 * DAY, "729d"),
    (730 * DAY, "2y"),
    (9 * YEAR, "9y"),
]


@pytest.mark.parametrize(("seconds", "text"), CALM_AGES)
def test_a_calm_age_has_one_unit(seconds: int, text: str) -> None:
    assert clock.calm_age(1000.0, 1000.0 + seconds) == text


@given(st.integers(0, 100 * YEAR))
def test_a_calm_age_fits_the_column_and_is_never_more_than_the_age(seconds: int) -> None:
    text = clock.calm_age(0.0, float(seconds))
    found = re.fullmatch(r"(\d+)([smhdy])", text)
    assert found is not None and len(text) <= 6
    unit = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "y": YEAR}[found[2]]
    assert int(found[1]) * unit <= seconds
    assert seconds - int(found[1]) * unit < (10 if unit == 1 else unit)


@given(st.integers(0, 100 * YEAR), st.integers(0, 100 * YEAR))
def test_an_older_thing_never_looks_younger(first: int, second: int) -> None:
    def as_seconds(text: str) -> int:
        units = {"s": 1, "m": MINUTE, "h": HOUR, "d": DAY, "y": YEAR}
        return sum(int(count) * units[unit] for count, unit in re.findall(r"(\d+)([smhdy])", text))

    younger, older = sorted((first, second))
    assert as_seconds(clock.age(0.0, younger)) <= as_seconds(clock.age(0.0, older))
    assert as_seconds(clock.age(0.0, older)) <= older


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", 0.0),
        ("2026-11-24T06:00:00Z", 1795500000.0),
        ("2026-11-24T06:00:00+00:00", 1795500000.0),
        ("2026-11-24T08:00:00+02:00", 1795500000.0),
        ("2026-11-24T00:30:00-05:30", 1795500000.0),
        ("2026-11-24T06:00:00.5Z", 1795500000.5),
        ("2026-11-24T06:00:00.123456Z", 1795500000.123456),
        ("2026-11-24T06:00:00.250000000Z", 1795500000.25),
        ("2026-11-24T06:00:00", 1795500000.0),
    ],
)
def test_a_time_is_read_whatever_its_zone_and_fraction(text: str, moment: float) -> None:
    assert clock.parse_time(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "now",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-11-24T25:00:00Z",
        "1795500000x",
        "[/]",
    ],
)
def test_what_is_no_time_is_none(text: str | None) -> None:
    assert clock.parse_time(text) is None


@given(st.text(max_size=40))
def test_no_text_whatever_raises(text: str) -> None:
    found = clock.parse_time(text)
    assert found is None or isinstance(found, float)


@given(st.integers(0, 253402300799))
def test_a_time_written_is_the_time_read(moment: int) -> None:
    text = clock.rfc3339(float(moment))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text)
    assert clock.parse_time(text) == moment


@given(st.floats(0, 253402300798.9))
def test_a_time_is_written_in_whole_seconds_below_it(moment: float) -> None:
    read = clock.parse_time(clock.rfc3339(moment))
    assert read is not None and -1e-6 <= moment - read < 1.0
