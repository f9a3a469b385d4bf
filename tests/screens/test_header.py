"""The header: how the link stands, how old what is shown is, and whether writing is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from spottui.actions.lock import WriteLock
from spottui.events import (
    AccessChanged,
    Event,
    KindAlive,
    LinkDown,
    LinkUp,
    ObjectsRecalled,
    RobotHeard,
    SourceFailed,
)
from spottui.records import Access, Condition
from spottui.screens.header import (
    FRESH,
    SCREENS,
    calm_milliseconds,
    header_parts,
    link_line,
    lock_span,
    screen_parts,
)
from spottui.store import Store
from spottui.widgets.one_line import Part, fitting
from tests.screens.app_case import (
    NOW,
    Clock,
    a_node,
    an_application,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
)
from tests.verdicts.robot_make import a_robot


def store_of(*events: Event) -> Store:
    store = Store()
    for event in events:
        store.apply(event)
    return store


def link(store: Store, now: float = NOW, problem: str = "", plain: bool = False) -> str:
    return "".join(text for text, _ in link_line(store, now, problem, plain))


def header(store: Store, width: int, *, place: str = "spot-07") -> str:
    parts = header_parts(store, WriteLock(False, lambda: NOW), NOW, place=place, problem="", plain=False)
    return text_of(fitting(parts, width, 2))[:width]


def text_of(parts: list[Part]) -> str:
    return "  ".join("".join(text for text, _ in part.spans) for part in parts)


def robot() -> list[Event]:
    return [
        *everything_listed(),
        heard("nodes", a_node()),
        heard("applications", an_application("navigation", sync="OutOfSync"), an_application("perception")),
    ]


def standings() -> dict[str, str]:
    """Return the link line of each way in which the link can stand."""
    up = LinkUp("kube", 0.012, NOW)
    expired = AccessChanged("pods", Access("expired", "The login has expired.", NOW))
    return {
        "live": link(store_of(up)),
        "quiet": link(store_of(up), NOW + 40),
        "down": link(store_of(up, KindAlive("pods", NOW), LinkDown("kube", "no route", NOW)), NOW + 95),
        "never": link(store_of(LinkDown("kube", "no route", NOW))),
        "expired": link(store_of(up, expired)),
        "failed": link(store_of(up, KindAlive("pods", NOW), SourceFailed("kube", "a bug", NOW)), NOW + 5),
        "connecting": link(Store()),
        "remembered": link(store_of(ObjectsRecalled("pods", (), NOW - 9000))),
        "no cluster": link(Store(), problem="No kubeconfig."),
    }


# -- the link ------------------------------------------------------------------------------------------


def test_each_standing_of_the_link_is_another_text() -> None:
    assert standings() == {
        "live": "● live 10 ms",
        "quiet": "▲ quiet, heard 40s ago",
        "down": "✖ NO LINK, heard 95s ago",
        "never": "✖ NO LINK, never heard",
        "expired": "✖ login expired",
        "failed": "✖ NOT READING, heard 5s ago",
        "connecting": "○ connecting",
        "remembered": "○ connecting, heard 150m ago",
        "no cluster": "✖ no cluster",
    }


def test_only_a_live_link_says_live() -> None:
    assert [name for name, text in standings().items() if "live" in text] == ["live"]


def test_the_link_turns_quiet_after_the_limit_and_not_before() -> None:
    store = store_of(LinkUp("kube", None, NOW))
    assert link(store, NOW + FRESH) == "● live"
    assert link(store, NOW + FRESH + 0.1) == "▲ quiet, heard 15s ago"


def test_any_word_of_any_kind_keeps_the_link_live() -> None:
    store = store_of(LinkUp("kube", None, NOW), KindAlive("pods", NOW + 100))
    assert link(store, NOW + 110) == "● live"


def test_a_lost_link_is_dated_by_what_was_heard_last() -> None:
    store = store_of(LinkUp("kube", None, NOW), KindAlive("pods", NOW + 50), LinkDown("kube", "x", NOW + 60))
    assert link(store, NOW + 3 * 3600 + 50) == "✖ NO LINK, heard 3h ago"


def test_the_plain_marks_are_ascii() -> None:
    assert link(store_of(LinkUp("kube", 0.2, NOW)), plain=True) == "+ live 200 ms"
    assert link(Store(), plain=True).isascii()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "<10 ms"),
        (0.0099, "<10 ms"),
        (0.01, "10 ms"),
        (0.034, "30 ms"),
        (0.12, "100 ms"),
        (0.6, "500 ms"),
        (2.1, "2000 ms"),
    ],
)
def test_a_round_trip_moves_in_calm_steps(seconds: float, text: str) -> None:
    assert calm_milliseconds(seconds) == text


# -- the lock ------------------------------------------------------------------------------------------


def test_a_closed_lock_reads_read_only() -> None:
    assert lock_span(WriteLock(False, lambda: NOW), NOW)[0] == "READ-ONLY"


def test_an_open_lock_tells_the_minutes_left() -> None:
    clock = Clock()
    lock = WriteLock(False, clock)
    lock.unlock(900)
    assert lock_span(lock, clock.now) == ("WRITE 15 min", "warn")
    clock.now += 600
    assert lock_span(lock, clock.now)[0] == "WRITE 5 min"
    clock.now += 290
    assert lock_span(lock, clock.now)[0] == "WRITE 1 min"
    clock.now += 10
    assert lock_span(lock, clock.now)[0] == "READ-ONLY"


def test_a_lock_open_without_an_end_tells_no_minutes() -> None:
    assert lock_span(WriteLock(True, lambda: NOW), NOW) == ("WRITE", "warn")


# -- the whole line ------------------------------------------------------------------------------------


def test_a_wide_header_shows_all() -> None:
    assert header(store_of(*robot()), 200) == "spot-07  ● live 10 ms  node 1/1  apps 1/2 synced  READ-ONLY"


def test_a_node_that_is_not_ready_is_not_counted_and_is_bad() -> None:
    unready = a_node("b", conditions=(Condition("Ready", "Unknown"),))
    store = store_of(*robot(), heard("nodes", unready))
    parts = header_parts(store, WriteLock(False, lambda: NOW), NOW, place="x", problem="", plain=False)
    assert ("node 1/2", "bad") in [span for part in parts for span in part.spans]


@pytest.mark.parametrize("width", [40, 50, 60])
def test_on_a_narrow_header_the_link_survives_and_counts_drop_out(width: int) -> None:
    store = store_of(*robot(), LinkDown("kube", "no route", NOW))
    text = header(store, width, place="spot-07.field")
    assert "NO LINK, heard 0s ago" in text
    assert "node 1/1" not in text


def test_nodes_drop_out_before_applications_and_the_closed_lock_last() -> None:
    store = store_of(*robot())
    assert [header(store, width) for width in (59, 58, 48, 30)] == [
        "spot-07  ● live 10 ms  node 1/1  apps 1/2 synced  READ-ONLY",
        "spot-07  ● live 10 ms  apps 1/2 synced  READ-ONLY",
        "spot-07  ● live 10 ms  READ-ONLY",
        "spot-07  ● live 10 ms",
    ]


@pytest.mark.parametrize("width", [10, 20, 40])
def test_open_writing_never_drops_out(width: int) -> None:
    parts = header_parts(
        store_of(*robot()), WriteLock(True, lambda: NOW), NOW, place="spot-07", problem="", plain=False
    )
    assert text_of(fitting(parts, width, 2)) == "spot-07  ● live 10 ms  WRITE"


def test_a_long_name_of_the_place_does_not_push_the_link_out() -> None:
    store = store_of(*robot(), LinkDown("kube", "no route", NOW))
    assert "NO LINK" in header(store, 60, place="arn:aws:eks:eu-central-1:123456789012:cluster/spot-fleet-field-07")


async def test_at_sixty_columns_the_drawn_header_keeps_the_link(tmp_path: Path) -> None:
    clock = Clock()
    async with make_app(tmp_path, clock=clock).run_test(size=(60, 16)) as pilot:
        await tell(pilot, *robot())
        clock.now += 95
        await tell(pilot, LinkDown("kube", "no route", clock.now))
        first = screen_text(pilot.app).splitlines()[0]
        assert "NO LINK, heard 95s ago" in first and "node" not in first


def test_the_header_tells_dock_charge_and_update_window() -> None:
    store = store_of(*robot(), RobotHeard(a_robot(NOW), NOW))
    assert "live 10 ms  docked ⚡81 %  window HOLD  node 1/1" in header(store, 200)
    assert "docked ⚡81 %  window HOLD  READ-ONLY" in header(store, 62)
    plain = header_parts(store, WriteLock(False, lambda: NOW), NOW, place="x", problem="", plain=True)
    assert "docked +81 %" in text_of(plain) and text_of(plain).isascii()


def test_an_open_window_reads_open() -> None:
    store = store_of(*robot(), *(RobotHeard(a_robot(NOW + after), NOW + after) for after in range(-11, 1)))
    assert "window OPEN" in header(store, 200)


def test_without_a_robot_the_header_says_nothing_of_one() -> None:
    assert "dock" not in header(store_of(*robot()), 200) and "window" not in header(store_of(*robot()), 200)


def test_a_silent_robot_is_dimmed_and_dated() -> None:
    store = store_of(RobotHeard(a_robot(NOW - 95), NOW - 95))
    parts = header_parts(store, WriteLock(False, lambda: NOW), NOW, place="x", problem="", plain=False)
    assert ("docked ⚡81 %, heard 1m ago", "dim") in [span for part in parts for span in part.spans]


def test_a_robot_that_acts_on_a_loss_of_comms_is_red() -> None:
    store = store_of(RobotHeard(a_robot(NOW, control_actions=("auto_return",)), NOW))
    parts = header_parts(store, WriteLock(False, lambda: NOW), NOW, place="x", problem="", plain=False)
    assert ("✖ auto return ", "bad") in [span for part in parts for span in part.spans]


ALL_SCREENS = ("Overview", "Nodes", "Workloads", "Wasm", "GitOps", "Links", "Robot", "Host", "Timeline")


@pytest.mark.parametrize("current", ALL_SCREENS)
def test_the_line_of_all_nine_screens_fits_into_eighty_columns(current: str, monkeypatch: pytest.MonkeyPatch) -> None:
    screens = tuple((str(key), title.lower(), title) for key, title in enumerate(ALL_SCREENS, 1))
    monkeypatch.setattr("spottui.screens.header.SCREENS", screens)
    parts = fitting(screen_parts(current.lower()), 80, 0)
    text = "".join(span for part in parts for span, _ in part.spans)
    assert len(parts) == 9 and cell_len(text) <= 80
    assert all(f"{key} {title[:4]}" in text for key, title in enumerate(ALL_SCREENS, 1))
    wide = "".join(span for part in screen_parts(current.lower()) for span, _ in part.spans)
    assert all(title in wide for title in ALL_SCREENS)


@pytest.mark.parametrize("current", [name for _, name, _ in SCREENS])
def test_the_current_screen_is_told_by_brackets_not_by_colour_alone(current: str) -> None:
    parts = screen_parts(current)
    marked: list[Any] = [part.sends for part in parts if part.spans[0][0].startswith("[")]
    assert marked == [current]
    assert {part.sends for part in parts} == {name for _, name, _ in SCREENS}
