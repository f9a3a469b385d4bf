"""The live table in a running app: cursor by uid, gone rows, marks, flashes, repainting, hostile texts."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from spottui.widgets.live_table import LiveTable
from spottui.widgets.row_index import Cell, Column


@dataclass(frozen=True)
class Pod:
    uid: str
    name: str
    status: str = "Running"
    restarts: int | None = 0
    started: float = 0.0


def status_cell(pod: Pod, now: float) -> Cell:
    return Cell(pod.status, "good" if pod.status == "Running" else "bad")


COLUMNS: list[Column[Pod]] = [
    Column("name", "NAME", lambda pod, now: pod.name),
    Column("status", "STATUS", status_cell, width=12, search=lambda pod: pod.status),
    Column(
        "restarts",
        "RESTARTS",
        lambda pod, now: str(pod.restarts),
        sort=lambda pod: pod.restarts,
        width=9,
        priority=1,
        align="right",
    ),
    Column("age", "AGE", lambda pod, now: f"{now - pod.started:.0f}s", width=5, priority=2, ages=True),
    Column("node", "NODE", lambda pod, now: "spot-core", width=30, wide_only=True),
]


class Table(LiveTable[Pod]):
    """Notes which of its lines are asked to be painted again."""

    refreshed: list[int]

    def refresh(self, *regions: Region, **how: Any) -> "Table":
        if not hasattr(self, "refreshed"):
            self.refreshed = []
        for region in regions or (Region(0, 0, 1, 1000),):
            self.refreshed += region.line_range
        return super().refresh(*regions, **how)


class TableApp(App[None]):
    def __init__(self, **how: Any) -> None:
        super().__init__()
        self.table = Table(COLUMNS, key=lambda pod: pod.uid, text=lambda pod: pod.name, **how)
        self.said: list[tuple[str, object]] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_live_table_moved(self, message: LiveTable.Moved) -> None:
        self.said.append(("moved", message.uid))

    def on_live_table_opened(self, message: LiveTable.Opened) -> None:
        self.said.append(("opened", message.uid))

    def on_live_table_marked(self, message: LiveTable.Marked) -> None:
        self.said.append(("marked", message.uids))


@asynccontextmanager
async def running(
    rows: Iterable[Pod] = (), size: tuple[int, int] = (60, 12), **how: Any
) -> AsyncIterator[tuple[Table, Pilot[None]]]:
    app = TableApp(**how)
    async with app.run_test(size=size) as pilot:
        app.table.show(tuple(rows), 0.0)
        await pilot.pause()
        yield app.table, pilot


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def pods(count: int) -> list[Pod]:
    return [Pod(f"u{number:03}", f"pod-{number:03}") for number in range(count)]


def screen(table: LiveTable[Pod]) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


def cursor_line(table: LiveTable[Pod]) -> int:
    """Return the screen line drawn in the style of the cursor."""
    style = table.get_component_rich_style("live-table--cursor")
    lines = [
        y
        for y in range(1, table.size.height)
        if (segments := list(table.render_line(y))) and segments[0].style == style
    ]
    assert len(lines) == 1
    return lines[0]


async def test_rows_are_drawn_under_their_titles() -> None:
    async with running(pods(3)) as (table, _):
        lines = screen(table)
        assert lines[0].split() == ["NAME", "STATUS", "RESTARTS", "AGE"]
        assert lines[1].split() == ["pod-000", "Running", "0", "0s"]
        assert lines[1].index("Running") == lines[0].index("STATUS")
        assert {cell_len(line) for line in lines} == {60}


async def test_cursor_stays_on_its_row_while_rows_move() -> None:
    async with running(pods(50)) as (table, pilot):
        table.sort_by("name")
        for _ in range(20):
            await pilot.press("j")
        line = cursor_line(table)
        earlier = [Pod(f"new{number}", f"a-{number}") for number in range(7)]
        table.show((*earlier, *pods(50)[3:]), 0.0)
        await pilot.pause()
        assert table.selected_uid == "u020"
        assert cursor_line(table) == line
        table.sort_by("name", descending=True)
        await pilot.pause()
        assert table.selected == Pod("u020", "pod-020")
        assert cursor_line(table) == line


async def test_rows_that_move_above_the_view_repaint_nothing() -> None:
    async with running(pods(50)) as (table, pilot):
        table.sort_by("name")
        await pilot.press("G")
        await pilot.pause()
        table.refreshed.clear()
        table.show((Pod("new", "a-new"), *pods(50)[1:], Pod("new2", "a-new2")), 0.0)
        await pilot.pause()
        assert table.refreshed == []
        assert table.order[:2] == ("new", "new2")


async def test_new_rows_at_the_top_are_seen_until_the_cursor_is_moved() -> None:
    async with running(pods(50)) as (table, pilot):
        table.sort_by("name")
        table.show((Pod("new", "a-new"), *pods(50)), 0.0)
        await pilot.pause()
        assert "a-new" in screen(table)[1]
        assert (table.selected_uid, cursor_line(table)) == ("u000", 2)


async def test_a_row_that_left_stays_under_the_cursor_and_says_gone() -> None:
    async with running(pods(5)) as (table, pilot):
        await pilot.press("j")
        table.show([pod for pod in pods(5) if pod.uid != "u001"], 1.0)
        await pilot.pause()
        assert (table.selected_uid, table.selected_is_gone) == ("u001", True)
        assert table.selected == Pod("u001", "pod-001")
        line = screen(table)[2]
        assert "pod-001" in line and line.rstrip().endswith("gone")
        await pilot.press("j")
        assert (table.selected_uid, table.selected_is_gone) == ("u002", False)
        assert table.order == ("u000", "u002", "u003", "u004")
        assert "u001" not in {pod.uid for pod in table.rows}


async def test_the_cursor_leaves_the_last_row_when_that_is_gone() -> None:
    async with running(pods(1), empty="No pods here.") as (table, pilot):
        table.show((), 1.0)
        assert table.selected_is_gone
        await pilot.press("j")
        await pilot.pause()
        assert (table.selected_uid, table.selected, table.order) == (None, None, ())
        assert "No pods here." in screen(table)[1]


async def test_a_row_that_comes_back_is_not_gone() -> None:
    async with running(pods(3)) as (table, _):
        table.show(pods(3)[1:], 1.0)
        assert table.selected_is_gone
        table.show(pods(3), 2.0)
        assert (table.selected_uid, table.selected_is_gone) == ("u000", False)
        assert "gone" not in screen(table)[1]


async def test_keys_move_the_cursor() -> None:
    async with running(pods(50)) as (table, pilot):
        steps = [
            ("j", 1), ("down", 2), ("k", 1), ("up", 0), ("up", 0), ("G", 49), ("g", 0), ("end", 49), ("home", 0),
            ("pagedown", 11), ("ctrl+f", 22), ("pageup", 11), ("ctrl+d", 16), ("ctrl+u", 11),
        ]  # fmt: skip
        for key, place in steps:
            await pilot.press(key)
            assert table.selected_uid == f"u{place:03}", key
            cursor_line(table)


async def test_moving_the_cursor_repaints_the_two_lines_concerned() -> None:
    async with running(pods(50)) as (table, pilot):
        table.refreshed.clear()
        await pilot.press("j")
        await pilot.pause()
        assert sorted(table.refreshed) == [1, 2]


async def test_nothing_is_repainted_when_nothing_changed() -> None:
    async with running(pods(50)) as (table, pilot):
        table.refreshed.clear()
        table.show(pods(50), 0.0)
        changed = pods(50)
        changed[40] = replace(changed[40], status="Failed")
        table.show(changed, 0.0)
        changed[2] = replace(changed[2], started=-0.2)
        table.show(changed, 0.0)
        await pilot.pause()
        assert table.refreshed == []


async def test_only_the_changed_line_is_repainted() -> None:
    async with running(pods(50), flash=False) as (table, pilot):
        table.refreshed.clear()
        changed = pods(50)
        changed[3] = replace(changed[3], status="Failed")
        table.update([changed[3]], now=0.0)
        await pilot.pause()
        assert table.refreshed == [4]
        assert "Failed" in screen(table)[4]


async def test_time_repaints_only_lines_whose_age_reads_differently() -> None:
    rows = [replace(pod, started=-10.0 * number) for number, pod in enumerate(pods(3))]
    rows[1] = replace(rows[1], started=-10.4)
    async with running(rows) as (table, pilot):
        table.refreshed.clear()
        assert table.tick(0.2) == 1
        await pilot.pause()
        assert table.refreshed == [2]
        assert table.tick(0.2) == 0


async def test_changed_cells_flash_and_the_timer_goes_with_the_flash() -> None:
    async with running(pods(5)) as (table, pilot):
        assert table._fading is None
        table.update([Pod("u002", "pod-002", "Failed")], now=0.0)
        await pilot.pause()
        assert table._fading is not None
        flashing = [segment.text.strip() for segment in table.render_line(3) if segment.style.reverse]  # type: ignore[union-attr]
        assert flashing == ["Failed"]
        await until(lambda: table._fading is None)
        assert not any(segment.style.reverse for segment in table.render_line(3))  # type: ignore[union-attr]


async def test_new_rows_ages_and_a_table_without_flashing_do_not_flash() -> None:
    async with running(pods(5)) as (table, _):
        table.show([*pods(5), Pod("new", "new")], 1.0)
        table.show([*(replace(pod, started=-5.0) for pod in pods(5)), Pod("new", "new")], 1.0)
        assert table._fading is None
        table.flash = False
        table.update([Pod("u002", "pod-002", "Failed")])
        assert table._fading is None


async def test_marks_stay_on_their_rows_and_go_with_them() -> None:
    async with running(pods(5)) as (table, pilot):
        await pilot.press("space", "j", "space")
        assert table.marks == {"u000", "u001"}
        assert [line[0] for line in screen(table)[1:4]] == ["●", "●", " "]
        table.sort_by("name", descending=True)
        assert screen(table)[5].startswith("●pod-000")
        table.show(pods(5)[1:], 1.0)
        assert table.marks == {"u001"}
        await pilot.press("space")
        assert table.marks == frozenset()
        await pilot.pause()
        assert pilot.app.said[-1] == ("marked", frozenset())  # type: ignore[attr-defined]


async def test_a_gone_row_cannot_be_marked() -> None:
    async with running(pods(2)) as (table, pilot):
        table.show(pods(2)[1:], 1.0)
        await pilot.press("space")
        assert table.marks == frozenset()


async def test_filter_keeps_the_cursor_on_its_row_or_goes_to_the_nearest() -> None:
    async with running(pods(30)) as (table, pilot):
        table.select("u015")
        table.set_filter("5")
        assert (table.selected_uid, table.order) == ("u015", ("u005", "u015", "u025"))
        table.set_filter("pod-02")
        assert table.selected_uid == "u025"
        table.set_filter("pod-0 !pod-02")
        assert table.selected_uid == "u000"
        table.set_filter("nothing")
        await pilot.pause()
        assert table.selected_uid is None
        assert "No row matches “nothing”. esc clears the filter" in screen(table)[1]
        table.set_filter("")
        assert table.selected_uid == "u000"


async def test_filter_sees_text_and_search_and_a_refused_one_hides_nothing() -> None:
    async with running([*pods(3), Pod("x", "x", "CrashLoopBackOff")]) as (table, _):
        table.set_filter("crashloop")
        assert table.order == ("x",)
        refused = table.set_filter("pod(")
        assert refused.error and len(table.order) == 4


async def test_sorting_turns_round_and_shows_an_arrow() -> None:
    rows = [replace(pod, restarts=value) for pod, value in zip(pods(4), (3, None, 1, 2), strict=True)]
    async with running(rows) as (table, pilot):
        table.sort_by("restarts")
        assert table.order == ("u002", "u003", "u000", "u001")
        assert "RESTARTS▲" in screen(table)[0]
        table.sort_by("restarts")
        assert table.order == ("u000", "u003", "u002", "u001")
        assert "RESTARTS▼" in screen(table)[0]
        table.sort_by(None)
        assert table.order == ("u000", "u001", "u002", "u003")
        await pilot.click(table, offset=(screen(table)[0].index("STATUS"), 0))
        assert table.sorted_by == ("status", False)
        with pytest.raises(KeyError):
            table.sort_by("no such column")


async def test_click_selects_and_double_click_or_enter_opens() -> None:
    async with running(pods(5)) as (table, pilot):
        await pilot.click(table, offset=(3, 3))
        assert table.selected_uid == "u002"
        await pilot.press("enter")
        await pilot.double_click(table, offset=(3, 4))
        await pilot.click(table, offset=(3, 9))
        await pilot.pause()
        said = pilot.app.said  # type: ignore[attr-defined]
        assert [uid for what, uid in said if what == "opened"] == ["u002", "u003"]
        assert [uid for what, uid in said if what == "moved"] == ["u000", "u002", "u003"]


async def test_the_wheel_moves_the_view_and_updates_leave_it_there() -> None:
    async with running(pods(50)) as (table, pilot):
        table.scroll_to(y=20)
        await pilot.pause()
        assert "pod-020" in screen(table)[1]
        table.show([Pod("new", "a-new"), *pods(50)], 1.0)
        await pilot.pause()
        assert "pod-020" in screen(table)[1]
        assert table.selected_uid == "u000"


async def test_wide_mode_shows_all_columns_and_scrolls_sideways_past_the_name() -> None:
    async with running([Pod("u", "pod-name"), *pods(30)], size=(110, 12)) as (table, pilot):
        assert "NODE" not in screen(table)[0]
        table.toggle_wide()
        await pilot.pause()
        await pilot.press(*["right"] * 10)
        await pilot.pause()
        lines = screen(table)
        assert lines[0].rstrip().endswith("NODE") or "spot-core" in lines[1]
        assert lines[1].startswith(" pod-name")
        assert {cell_len(line) for line in lines} == {table.scrollable_content_region.width}
        await pilot.press(*["left"] * 20)
        assert table.scroll_offset.x == 0
        table.toggle_wide()
        await pilot.press("right")
        assert table.scroll_offset.x == 0
        assert "NODE" not in screen(table)[0]


async def test_narrow_tables_drop_columns_and_keep_the_first() -> None:
    async with running(pods(3), size=(29, 8)) as (table, pilot):
        assert screen(table)[0].split() == ["NAME", "STATUS"]
        await pilot.resize_terminal(30, 8)
        await pilot.pause()
        assert screen(table)[0].split() == ["NAME", "STATUS", "RESTARTS"]


HOSTILE = [
    "\x1b]0;owned\x07\x1b[2J", "[/]", "[red]x[/red]", "[@click=app.quit]x", "\u202egnp.exe", "日本語" * 30,
    "👩‍👩‍👧‍👦❤️" * 9, "e\u0301" * 80, "\ud800", "a\nb\tc\r", "x" * 1_000_000, "\u200b" * 1_000_000, "", "\x00",
]  # fmt: skip


async def test_no_text_from_outside_breaks_or_commands_the_screen() -> None:
    rows = [Pod(f"u{place}", text, text) for place, text in enumerate(HOSTILE)]
    async with running(rows, size=(60, 20)) as (table, pilot):
        for key in ("j", "space", "G"):
            await pilot.press(key)
        table.sort_by("name")
        for text in HOSTILE:
            table.empty = text
            table.set_filter(text)
            await pilot.pause()
            table.set_filter("")
        table.toggle_wide()
        await pilot.press("right")
        await pilot.pause()
        for line in screen(table):
            assert cell_len(line) == table.scrollable_content_region.width
            assert line.isprintable()


async def test_it_draws_at_every_size() -> None:
    async with running(pods(30), size=(80, 24)) as (table, pilot):
        table.select("u020")
        for wide in (False, True):
            for width, height in ((1, 1), (2, 1), (1, 2), (3, 3), (500, 50), (7, 1), (80, 2), (40, 12)):
                await pilot.resize_terminal(width, height)
                await pilot.press("j", "right", "k", "pagedown", "pageup")
                table.show(pods(30), float(width))
                await pilot.pause()
                assert {cell_len(line) for line in screen(table)} <= {table.scrollable_content_region.width}
            table.toggle_wide()
            assert table.wide is not wide
        assert table.selected_uid is not None
        cursor_line(table)


async def test_the_first_key_after_a_resize_repaints_no_more_than_any_other() -> None:
    async with running(pods(30)) as (table, pilot):
        await pilot.resize_terminal(50, 14)
        await pilot.pause()
        table.refreshed.clear()
        await pilot.press("j")
        await pilot.pause()
        assert sorted(table.refreshed) == [1, 2]


async def test_rows_may_come_before_the_table_is_on_the_screen() -> None:
    app = TableApp()
    app.table.sort_by("name")
    app.table.show(pods(3), 0.0)
    app.table.set_filter("pod")
    async with app.run_test(size=(60, 8)) as pilot:
        await pilot.pause()
        assert "pod-000" in screen(app.table)[1]
        app.table.styles.display = "none"
        await pilot.pause()
        app.table.show(pods(9), 1.0)
        app.table.action_last()
        app.table.styles.display = "block"
        await pilot.pause()
        assert table_text(app.table).count("pod-00") == 7


def table_text(table: LiveTable[Pod]) -> str:
    return "\n".join(screen(table))


async def test_stale_rows_are_all_dimmed_and_fresh_ones_are_not() -> None:
    async with running(pods(3)) as (table, _):
        dim = table.get_component_rich_style("live-table--dim")
        assert dim not in {segment.style for segment in table.render_line(2)}
        table.show(pods(3), 5.0, stale=True)
        assert {segment.style for segment in table.render_line(2)} == {dim}


async def test_the_cursor_shows_without_colour() -> None:
    async with running(pods(3)) as (table, pilot):
        cursor = table.get_component_rich_style("live-table--cursor")
        assert cursor.reverse and cursor.bold
        table.can_focus = False
        pilot.app.set_focus(None)
        await pilot.pause()
        assert table.get_component_rich_style("live-table--cursor").bold


async def test_a_new_theme_is_seen_at_once() -> None:
    async with running(pods(3)) as (table, pilot):
        before = list(table.render_line(2))
        pilot.app.theme = "textual-light"
        await pilot.pause()
        assert list(table.render_line(2)) != before


async def test_a_style_update_that_changes_nothing_repaints_nothing() -> None:
    async with running(pods(30)) as (table, pilot):
        table.refreshed.clear()
        table.notify_style_update()
        await pilot.press("j")
        await pilot.pause()
        assert sorted(table.refreshed) == [1, 2]


async def test_plain_tables_draw_ascii_only() -> None:
    async with running([Pod("u", "long-name-" * 20)], plain=True) as (table, pilot):
        await pilot.press("space")
        table.sort_by("name")
        assert table_text(table).isascii()
        assert screen(table)[1].startswith("*")
