"""Cron schedules, against vectors that were made with the library that Argo CD uses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.verdicts.cron import BadSchedule, Schedule, parse

VECTORS = Path(__file__).parent / "data" / "argocd_cron_vectors.jsonl"
NAMES = st.sampled_from(["jan", "MON", "Dec", "sun", "*", "?", "0", "7", "12", "31", "59"])


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def following(schedule: str, since: str) -> str | None:
    found = parse(schedule).after(at(since))
    return None if found is None else f"{datetime.fromtimestamp(found, UTC):%Y-%m-%d %H:%M}"


def test_every_schedule_fires_when_argo_cd_says_or_is_refused_as_it_refuses() -> None:
    fires = refused = 0
    for line in VECTORS.read_text().splitlines():
        vector = json.loads(line)
        if "e" in vector:
            with pytest.raises(BadSchedule) as caught:
                parse(vector["s"])
            assert vector["e"].startswith(str(caught.value)), vector
            refused += 1
        else:
            assert (parse(vector["s"]).after(vector["t"] / 1e9) or 0) == vector["n"], vector
            fires += 1
    assert fires > 150
    assert refused > 5


@pytest.mark.parametrize(
    ("schedule", "since", "expected"),
    [
        ("0 8 * * *", "2026-09-22 08:00", "2026-09-23 08:00"),
        ("0 8 * * mon-fri", "2026-09-25 09:00", "2026-09-28 08:00"),
        ("5/20 * * * *", "2026-09-22 08:06", "2026-09-22 08:25"),
        ("0 0 ? JAN ?", "2026-09-22 00:00", "2027-01-01 00:00"),
        ("0 0 13 * 5", "2026-09-14 00:00", "2026-09-18 00:00"),  # either
        ("0 0 13 * */1", "2026-09-14 00:00", "2026-10-13 00:00"),  # both: */1 is a star
        ("0 0 13 * */2", "2026-09-14 00:00", "2026-09-15 00:00"),  # either: */2 is none
        ("0 0 29 2 *", "2026-09-22 00:00", "2028-02-29 00:00"),
        ("0 0 30 2 *", "2026-09-22 00:00", None),
        (",, 0 * * *", "2026-09-22 00:00", None),
        ("1,,2 0 * * *", "2026-09-22 00:01", "2026-09-22 00:02"),
        ("*-9 0 * * *", "2026-09-22 00:30", "2026-09-22 00:31"),
        ("+5 0 * * *", "2026-09-22 00:00", "2026-09-22 00:05"),
        ("TZ=America/New_York 0 8 * * *", "2026-09-22 00:00", "2026-09-22 12:00"),
        ("CRON_TZ=Europe/Berlin 0 8 * * *", "2026-12-22 00:00", "2026-12-22 07:00"),
        # Put forward: half past two is left out, and Go fires at half past three.
        ("TZ=Europe/Berlin 30 2 * * *", "2026-03-28 12:00", "2026-03-30 00:30"),
        ("TZ=Europe/Berlin 30 * * * *", "2026-03-29 00:45", "2026-03-29 01:30"),
        # Put back: half past two is there twice.
        ("TZ=Europe/Berlin 30 2 * * *", "2026-10-24 12:00", "2026-10-25 00:30"),
        ("TZ=Europe/Berlin 30 2 * * *", "2026-10-25 00:30", "2026-10-25 01:30"),
        # Put back by half an hour, on the same day: the library misses a day.
        ("TZ=Australia/Lord_Howe 0 0 * * *", "2028-04-01 15:13:09", "2028-04-03 13:30"),
        # Midnight is left out.
        ("TZ=America/Santiago 0 0 * * *", "2026-09-05 12:00", "2026-09-07 03:00"),
    ],
)
def test_a_schedule_fires_next(schedule: str, since: str, expected: str | None) -> None:
    assert following(schedule, since) == expected


@pytest.mark.parametrize(
    ("schedule", "why"),
    [
        ("", "empty spec string"),
        ("@daily", "parser does not accept descriptors: @daily"),
        ("0 0 * * 7", "end of range (7) above maximum (6): 7"),
        ("0 0 0 * *", "beginning of range (0) below minimum (1): 0"),
        ("0 0 1-2-3 * *", "too many hyphens: 1-2-3"),
        ("0 0 1/2/3 * *", "too many slashes: 1/2/3"),
        ("*/0 * * * *", "step of range should be a positive number: */0"),
        ("0 0 * * L", "failed to parse int from L"),
        ("TZ=Mars/Base 0 0 * * *", "provided bad location Mars/Base: unknown time zone Mars/Base"),
        ("TZ=UTC", "nothing after the time zone UTC"),
        ("TZ=../etc/passwd 0 0 * * *", "provided bad location ../etc/passwd: unknown time zone ../etc/passwd"),
        ("٣ * * * *", "failed to parse int from ٣"),
        ("9" * 5000 + " * * * *", "failed to parse int from " + "9" * 5000),
    ],
)
def test_a_bad_schedule_is_refused_and_says_why(schedule: str, why: str) -> None:
    with pytest.raises(BadSchedule) as caught:
        parse(schedule)
    assert str(caught.value) == why


@settings(max_examples=50, deadline=None)
@given(
    st.text(max_size=30)
    | st.lists(NAMES | st.text("0123456789*/-,?", max_size=6), min_size=4, max_size=6).map(" ".join)
)
def test_any_text_is_a_schedule_or_is_refused(text: str) -> None:
    try:
        assert isinstance(parse(text), Schedule)
    except BadSchedule as error:
        assert str(error)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(["*", "*/7", "3", "1-5/2", "2,4"]), min_size=5, max_size=5),
    st.integers(0, 4_000_000_000),
    st.integers(1, 500_000),
)
def test_the_next_time_is_later_is_a_fire_and_comes_no_later_for_who_asks_earlier(
    fields: list[str], since: int, earlier: int
) -> None:
    schedule = parse(" ".join(fields))
    found = schedule.after(since)
    assert found is not None and found > since
    when = datetime.fromtimestamp(found, UTC)
    assert when.second == 0
    assert when.minute in schedule.minutes and when.hour in schedule.hours and when.month in schedule.months
    assert schedule.is_day(when)
    assert schedule.after(found - 1) == found
    before = schedule.after(since - earlier)
    assert before is not None and before <= found


@pytest.mark.parametrize("when", [-1e18, 1e18, -62135596900.0, 253402300799.0])
def test_a_clock_that_is_far_off_gives_no_time_and_no_crash(when: float) -> None:
    assert parse("0 0 1 1 *").after(when) is None
