"""Sync windows, against vectors that were made with Argo CD's own code; and when they change."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spottui.records_argocd import Application, SyncWindow
from spottui.verdicts.go_notation import Unreadable, duration, fits
from spottui.verdicts.sync_windows import can_sync, fault, is_active, matching, state

VECTORS = Path(__file__).parent / "data" / "argocd_window_vectors.jsonl"
HOUR = 3600 * 10**9


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


NOON = at("2026-09-22 12:00")
"""A Tuesday."""


def window(kind: str, schedule: str, length: str, *patterns: str, **more: Any) -> SyncWindow:
    return SyncWindow(kind=kind, schedule=schedule, duration=length, applications=patterns or ("*",), **more)


def an_app(name: str = "nav", **more: Any) -> Application:
    facts: dict[str, Any] = {"destination_namespace": "robot", "destination_name": "in-cluster", **more}
    return Application(uid=name, name=name, namespace="argocd", created_at=None, labels={}, **facts)


def _vectors() -> Iterator[tuple[dict[str, Any], list[SyncWindow], Application]]:
    for line in VECTORS.read_text().splitlines():
        vector = json.loads(line)
        windows = [
            SyncWindow(
                kind=raw["kind"],
                schedule=raw["schedule"],
                duration=raw["duration"],
                applications=tuple(raw.get("applications", ())),
                namespaces=tuple(raw.get("namespaces", ())),
                clusters=tuple(raw.get("clusters", ())),
                and_operator=raw.get("andOperator", False),
                manual_sync=raw.get("manualSync", False),
                sync_overrun=raw.get("syncOverrun", False),
                time_zone=raw.get("timeZone", ""),
                description=f"number {number}",
            )
            for number, raw in enumerate(vector["w"])
        ]
        spec = vector["app"]["spec"]["destination"]
        app = an_app(
            vector["app"]["metadata"]["name"],
            destination_namespace=spec.get("namespace", ""),
            destination_name=spec.get("name", ""),
            destination_server=spec.get("server", ""),
        )
        yield vector, windows, app


def test_every_vector_of_argo_cd_is_matched_and_decided_alike() -> None:
    count = 0
    for vector, windows, app in _vectors():
        about = matching(windows, app)
        assert [windows.index(each) for each in about] == vector["m"], vector
        for is_manual in (False, True):
            for started in (None, vector["st"]):
                expected = vector[f"{is_manual}{started is not None}".lower()]
                is_bad = any(fault(each) for each in about)
                assert is_bad is (expected == "err"), vector
                found = can_sync(about, vector["now"], is_manual=is_manual, started=started)
                assert found is (expected is True), vector
                count += 1
    assert count == 600


def test_the_verdict_is_that_of_the_vectors_and_turns_over_when_it_says() -> None:
    for vector, windows, app in _vectors():
        found = state(windows, app, vector["now"])
        if vector["falsefalse"] == "err":
            assert (found.allowed_auto, found.allowed_manual, found.next_change_at) == (False, False, None)
            assert "cannot be read" in found.reason
            continue
        assert (found.allowed_auto, found.allowed_manual) == (vector["falsefalse"], vector["truefalse"])
        about = matching(windows, app)
        for allowed, turn, is_manual in (
            (found.allowed_auto, found.auto_changes_at, False),
            (found.allowed_manual, found.manual_changes_at, True),
        ):
            if turn is not None:
                assert can_sync(about, turn + 0.5, is_manual=is_manual) is not allowed, vector
            if turn is not None and turn > vector["now"] + 1:
                middle = int((vector["now"] + turn) / 2) + 0.25
                assert can_sync(about, middle, is_manual=is_manual) is allowed, vector


def test_no_window_about_an_application_lets_everything_through() -> None:
    found = state([window("deny", "* * * * *", "1h", "other")], an_app(), NOON)
    assert found.allowed_auto and found.allowed_manual
    assert found.reason == "No sync window is about this Application."
    assert (found.windows, found.next_change_at) == ((), None)


def test_a_deny_window_blocks_until_it_closes() -> None:
    flight = window("deny", "0 8 * * *", "6h", description="flight hours")
    found = state([flight], an_app(), NOON)
    assert not found.allowed_auto and not found.allowed_manual
    assert found.reason == 'No sync runs: the deny window "flight hours" is open.'
    assert found.manual_changes_at == found.next_change_at == at("2026-09-22 14:00")
    assert found.active == (flight,)
    after = state([flight], an_app(), at("2026-09-22 14:00"))
    assert after.allowed_auto
    assert after.reason == "Syncs run: no deny window is open."
    assert after.auto_changes_at == at("2026-09-23 08:00")


def test_a_window_for_manual_syncs_blocks_only_auto_sync() -> None:
    night = window("allow", "0 22 * * *", "4h", manual_sync=True)
    found = state([night], an_app(), NOON)
    assert (found.allowed_auto, found.allowed_manual) == (False, True)
    assert found.reason == 'Only manual syncs run: the allow window "0 22 * * *" for 4h is not open.'
    assert found.auto_changes_at == at("2026-09-22 22:00")
    assert found.manual_changes_at is None
    assert found.windows[0].changes_at == at("2026-09-22 22:00")


def test_a_deny_window_wins_over_an_allow_window() -> None:
    windows = [window("allow", "0 10 * * *", "8h"), window("deny", "0 11 * * *", "2h")]
    found = state(windows, an_app(), NOON)
    assert not found.allowed_manual
    assert found.manual_changes_at == at("2026-09-22 13:00")
    assert [each.changes_at for each in found.windows] == [at("2026-09-22 18:00"), at("2026-09-22 13:00")]


def test_a_running_sync_may_finish_where_the_window_lets_it() -> None:
    flight = window("deny", "0 11 * * *", "2h", sync_overrun=True, description="flight")
    assert not state([flight], an_app(), NOON).allowed_auto
    found = state([flight], an_app(), NOON, started=at("2026-09-22 10:55"))
    assert found.allowed_auto
    assert found.reason == 'The running sync may finish: the deny window "flight" lets it.'
    assert not state([flight], an_app(), NOON, started=at("2026-09-22 11:05")).allowed_auto


@pytest.mark.parametrize(
    ("schedule", "length", "why"),
    [
        ("@daily", "1h", 'its schedule "@daily" cannot be read: parser does not accept descriptors: @daily'),
        ("0 8 * *", "1h", 'its schedule "0 8 * *" cannot be read: expected exactly 5 fields, found 4: [0 8 * *]'),
        ("0 8 * * *", "1d", 'its duration "1d" cannot be read: unknown unit "d" in duration "1d"'),
        ("0 8 * * *", "", 'its duration "" cannot be read: invalid duration ""'),
    ],
)
def test_one_window_that_cannot_be_read_blocks_all_and_is_named(schedule: str, length: str, why: str) -> None:
    bad = window("allow", schedule, length, description="nights")
    found = state([window("allow", "* * * * *", "1h"), bad], an_app(), NOON)
    assert not found.allowed_auto and not found.allowed_manual
    assert found.reason == f'No sync runs: of the allow window "nights", {why}. Correct it in the AppProject.'
    assert [each.active for each in found.windows] == [True, None]
    assert found.windows[1].error == why


def test_a_bad_window_about_another_application_does_no_harm() -> None:
    assert state([window("deny", "@daily", "1h", "other")], an_app(), NOON).allowed_auto


def test_a_time_zone_is_heeded_and_an_unknown_one_is_utc() -> None:
    berlin = window("deny", "0 14 * * *", "1h", time_zone="Europe/Berlin")
    assert is_active(berlin, at("2026-09-22 12:30"))
    assert not is_active(berlin, at("2026-09-22 14:30"))
    assert is_active(window("deny", "0 14 * * *", "1h", time_zone="Nope/Zone"), at("2026-09-22 14:30"))


@pytest.mark.parametrize(
    ("now", "change"),
    [
        # Put forward at 02:00: the window of 01:30 to 02:30 is over when the clock jumps to 03:00.
        ("2026-03-29 00:45", "2026-03-29 01:00"),
        # Put back at 03:00 to 02:00: closed at 02:30 the first time, it is open again from the jump on.
        ("2026-10-25 00:40", "2026-10-25 01:00"),
        ("2026-10-25 01:10", "2026-10-25 01:30"),
    ],
)
def test_a_change_of_the_clock_opens_and_closes_as_argo_cd_would(now: str, change: str) -> None:
    found = state([window("deny", "30 1 * * *", "1h", time_zone="Europe/Berlin")], an_app(), at(now))
    assert found.auto_changes_at == at(change)


def test_a_window_that_is_always_open_never_changes() -> None:
    for schedule, length in (("* * * * *", "1h"), ("0 0 30 2 *", "1h"), ("0 0 * * *", "24h"), ("0 0 * * 0", "168h")):
        found = state([window("deny", schedule, length)], an_app(), NOON)
        assert not found.allowed_auto
        assert found.next_change_at is None, schedule


def test_a_window_that_is_prolonged_closes_after_its_last_fire() -> None:
    found = state([window("deny", "*/5 8-17 * * *", "10m")], an_app(), NOON)
    assert found.auto_changes_at == at("2026-09-22 18:05")
    found = state([window("deny", "TZ=UTC */30 8-17 * * *", "45m")], an_app(), NOON)
    assert found.auto_changes_at == at("2026-09-22 18:15")


def test_a_duration_below_zero_is_a_window_that_never_opens() -> None:
    found = state([window("deny", "* * * * *", "-1h")], an_app(), NOON)
    assert found.allowed_auto
    assert found.next_change_at is None


@pytest.mark.parametrize("pattern", ["*", "?", "{,x}", ""])
def test_no_pattern_of_clusters_fits_a_destination_that_names_none(pattern: str) -> None:
    lost = an_app(destination_name="", destination_server="")
    one = SyncWindow(kind="deny", schedule="* * * * *", duration="1h", clusters=(pattern,))
    assert matching([one], lost) == ()
    by_server = an_app(destination_name="", destination_server="https://kubernetes.default.svc")
    assert bool(matching([one], by_server)) is (pattern == "*")


def test_lists_of_a_window_fit_any_of_them_or_all() -> None:
    both: dict[str, Any] = {"applications": ("other",), "namespaces": ("rob*",)}
    facts: dict[str, Any] = {"kind": "deny", "schedule": "* * * * *", "duration": "1h"}
    assert matching([SyncWindow(**facts, **both)], an_app())
    assert not matching([SyncWindow(**facts, **both, and_operator=True)], an_app())
    assert not matching([SyncWindow(**facts)], an_app()), "without a list it is about nothing"
    server = an_app(destination_name="", destination_server="https://kubernetes.default.svc")
    assert matching([SyncWindow(**facts, clusters=("https://*",))], server)


SCHEDULES = st.sampled_from(
    [
        "* * * * *",
        "0 8 * * *",
        "30 23 * * mon-fri",
        "*/20 6-9 * * *",
        "0 0 1 * *",
        "0 9 13 * 5",
        "TZ=Asia/Tokyo 0 6 * * *",
    ]
)
LENGTHS = st.sampled_from(["5m", "30m", "8h", "24h", "36h", "1h30m", "168h"])
ZONES = st.sampled_from(["", "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Nope"])
WINDOWS = st.builds(
    window,
    st.sampled_from(["allow", "deny"]),
    SCHEDULES,
    LENGTHS,
    time_zone=ZONES,
    manual_sync=st.booleans(),
    sync_overrun=st.booleans(),
)


@settings(max_examples=40, deadline=None)
@given(WINDOWS, st.integers(1_700_000_000, 1_900_000_000), st.floats(0.001, 0.999))
def test_a_window_keeps_its_state_until_it_changes_and_changes_then(one: SyncWindow, now: int, part: float) -> None:
    found = state([one], an_app(), now).windows[0]
    assert found.active is is_active(one, now)
    if found.changes_at is None:
        return
    assert found.changes_at >= now
    between = now + (found.changes_at - now) * part
    on_the_dot = between == now or (between - int(between) == 0)
    assert on_the_dot or is_active(one, between) is found.active
    assert is_active(one, found.changes_at + 1) is not found.active


@settings(max_examples=40, deadline=None)
@given(st.lists(WINDOWS, max_size=4), st.integers(1_700_000_000, 1_900_000_000))
def test_what_auto_sync_may_a_human_may_too(windows: list[SyncWindow], now: int) -> None:
    found = state(windows, an_app(), now)
    assert found.allowed_manual or not found.allowed_auto
    assert found.reason.endswith(".")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=20), st.text(max_size=10), st.text(max_size=10), st.text(max_size=20), st.floats(-1e12, 1e13))
def test_windows_of_nonsense_get_a_sentence(schedule: str, length: str, pattern: str, zone: str, now: float) -> None:
    found = state([window("deny", schedule, length, pattern, "*", time_zone=zone)], an_app(), now)
    assert found.reason
    assert isinstance(found.allowed_auto, bool)


@pytest.mark.parametrize(
    ("text", "hours"),
    [("1h", 1.0), ("1h30m", 1.5), ("45m", 0.75), ("1.5h", 1.5), (".5h", 0.5), ("-1h", -1.0), ("+2h", 2.0), ("0", 0.0)],
)
def test_a_go_duration_is_read(text: str, hours: float) -> None:
    assert duration(text) == hours * HOUR


@pytest.mark.parametrize("text", ["", "1", "1d", "h", "1 h", "-", "1h-1m", "9999999999h", "1..5h", "∞"])
def test_what_is_no_go_duration_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        duration(text)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("nav*", "nav-prod", True),
        ("*", "", True),
        ("", "", True),
        ("n?v", "nav", True),
        ("[a-n]*", "nav", True),
        ("[!n]*", "nav", False),
        ("{nav,arm}-*", "arm-1", True),
        ("web.app", "webxapp", False),
        ("\\*", "*", True),
        ("[a-cx]", "a", False),
        ("[]", "", False),
        ("{nav", "nav", False),
        # The library's own: found by comparing with it.
        ("?", "", True),
        ("[!a]", "", True),
        ("nav*v", "nav", True),
    ],
)
def test_a_pattern_fits_what_it_fits_in_argo_cd(pattern: str, text: str, expected: bool) -> None:
    assert fits(pattern, text) is expected


@settings(max_examples=60, deadline=None)
@given(st.text("ab-[]{}!*?,\\^.", max_size=10), st.text("ab-.", max_size=4))
def test_any_text_is_a_pattern(pattern: str, text: str) -> None:
    assert fits(pattern, text) in (True, False)
