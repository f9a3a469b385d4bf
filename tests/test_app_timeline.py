"""The Timeline on the disk: private, bounded, shared, and never in the way."""

from __future__ import annotations

import asyncio
import os
import stat
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spottui import app_timeline, app_timeline_file
from spottui.app_timeline import TimelineKeeper
from spottui.app_timeline_file import KEPT_FOR, TimelineFile, remove_old
from spottui.errors import SpottuiError
from spottui.records import Target
from spottui.records_timeline import TimelineEntry
from spottui.store_timeline import Timeline
from spottui.verdicts.changes_words import entry
from tests.verdicts.make import NOW

POD = Target(kind="Pod", namespace="robot", name="cam", uid="u")


def line(number: int, at: float | None = None, text: str = "") -> TimelineEntry:
    moment = NOW - 1000 + 10 * number if at is None else at
    return entry(f"u{number}", moment, "warn", "restart", "robot/cam", text or f"restart {number}", POD)


def a_file(folder: Path, context: str = "spot-07", now: float = NOW) -> TimelineFile:
    return TimelineFile(folder, context, "https://10.0.0.1:16443", lambda: now)


def a_timeline() -> Timeline:
    return Timeline(lambda target: (target, ()), lambda: None)


class Gate:
    """Stands for the pauses between batches: a test lets one batch after the other go."""

    def __init__(self) -> None:
        self.waiting, self.go = asyncio.Event(), asyncio.Event()

    async def pause(self, seconds: float) -> None:
        self.waiting.set()
        await self.go.wait()
        self.go.clear()

    async def batch(self) -> None:
        """Let one batch be written; return when the next pause begins."""
        async with asyncio.timeout(5):
            await self.waiting.wait()
            self.waiting.clear()
            self.go.set()
            await self.waiting.wait()


async def kept(timeline: Timeline, file: TimelineFile, steps: Callable[[Gate], Any]) -> None:
    """Run a keeper until `steps` are over, then cancel it as the end of the program does."""
    gate = Gate()
    task = asyncio.create_task(TimelineKeeper(timeline, file, lambda: NOW, gate.pause).run())
    async with asyncio.timeout(5):
        await gate.waiting.wait()
    await steps(gate)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


# -- the file ------------------------------------------------------------------------------------------


def test_lines_come_back_as_they_were_from_a_file_of_ones_own(tmp_path: Path) -> None:
    file = a_file(tmp_path / "state")
    lines = [replace(line(1), chain=("d",), group="g", count=3, until=NOW), line(2)]
    file.append(lines)
    assert list(file.read().entries) == lines
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.path.parent.stat().st_mode) == 0o700


def test_a_file_that_others_may_read_is_made_private(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.path.touch(mode=0o644)
    os.chmod(file.path, 0o644)
    file.append([line(1)])
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


def test_each_cluster_has_its_own_file_whatever_its_context_is_called(tmp_path: Path) -> None:
    files = {a_file(tmp_path, context).path for context in ("a/b", "a-b", "../../x", "", "ü" * 300)}
    assert len(files) == 5 and all(path.parent == tmp_path and len(path.name) < 80 for path in files)
    assert TimelineFile(tmp_path, "a", "one", lambda: NOW).path != TimelineFile(tmp_path, "a", "two", lambda: NOW).path


def test_a_line_of_the_same_happening_replaces_the_one_before(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.append([line(1)])
    file.append([replace(line(1), count=7)])
    assert [one.count for one in file.read().entries] == [7]


def test_what_is_older_than_a_day_goes_and_the_file_gets_smaller(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.append([line(1, NOW - KEPT_FOR - 1), line(2)])
    size = file.path.stat().st_size
    assert [one.uid for one in file.read().entries] == ["u2"]
    assert file.path.stat().st_size < size


def test_a_line_of_the_future_is_left_out(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.append([line(1, NOW + 86400), line(2)])
    assert [one.uid for one in file.read().entries] == ["u2"]


def test_the_file_is_bounded_and_keeps_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_timeline_file, "LARGEST", 20_000)
    file = a_file(tmp_path)
    for start in range(0, 300, 10):
        file.append([line(number, NOW - 900 + number) for number in range(start, start + 10)])
        assert file.path.stat().st_size <= 20_000 + 4_000
    found = file.read().entries
    assert found[-1].uid == "u299" and 20 < len(found) < 200


def test_broken_lines_are_left_out_counted_and_gone_after_the_reading(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.append([line(1)])
    with file.path.open("ab") as raw:
        raw.write(b'{"uid": 3}\n\xff\xfe\n\x00\x00\n[]\n{"uid":"half')
    file.append([line(2)])
    found = file.read()
    assert [one.uid for one in found.entries] == ["u1", "u2"] and found.dropped == 5
    assert file.read().dropped == 0


def test_control_characters_in_the_file_do_not_get_to_the_terminal(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.path.write_bytes(msgspec.json.encode(line(1, text="x\x1b[2Jy\u202e")) + b"\n")
    (found,) = file.read().entries
    assert "\x1b" not in found.text and "\u202e" not in found.text


def test_what_looks_like_a_password_is_not_written(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    file.append([line(1, text="exit code 1, login failed: password=hunter2 at https://me:geheim@git.example/x")])
    text = file.path.read_text()
    assert "hunter2" not in text and "geheim" not in text and "git.example" in text


def test_a_link_in_the_place_of_the_file_is_not_followed(tmp_path: Path) -> None:
    file, other = a_file(tmp_path), tmp_path / "other"
    other.write_text("mine")
    file.path.symlink_to(other)
    with pytest.raises(SpottuiError, match="cannot be written"):
        file.append([line(1)])
    assert other.read_text() == "mine"


def test_two_processes_at_once_lose_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_timeline_file, "LARGEST", 60_000)

    def write(who: int) -> None:
        file = a_file(tmp_path)  # a lock is held by an open file: two of one process stand for two processes
        for number in range(40):
            file.append([line(1000 * who + number, NOW - 500 + number, f"{who}: {number}")])
            if number % 10 == 0:
                file.read()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    found = {one.text for one in a_file(tmp_path).read().entries}
    assert found == {f"{who}: {number}" for who in range(3) for number in range(40)}


def test_what_two_spottuis_heard_at_once_is_one_line(tmp_path: Path) -> None:
    file = a_file(tmp_path)
    both = [entry(f"kube@{at}", at, "bad", "link", "kube", "link lost") for at in (NOW - 60, NOW - 59.5, NOW - 9)]
    file.append(both)
    assert [one.at for one in file.read().entries] == [NOW - 60, NOW - 9]


def test_a_lock_that_nobody_lets_go_is_a_sentence_not_a_wait_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app_timeline_file, "LOCK_WITHIN", 0.05)
    holder, file = a_file(tmp_path), a_file(tmp_path)
    with holder._locked(), pytest.raises(SpottuiError, match="held by another spottui"):
        file.append([line(1)])


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = a_file(tmp_path)
    file.append([line(1)])
    before = file.path.read_bytes()
    really = os.write

    def half(descriptor: int, text: bytes) -> int:
        return really(descriptor, text[: len(text) // 2])

    monkeypatch.setattr(os, "write", half)
    with pytest.raises(SpottuiError, match="the disk may be full"):
        file.append([line(2)])
    assert file.path.read_bytes() == before


def test_timelines_of_clusters_that_nobody_looks_at_go_after_a_day(tmp_path: Path) -> None:
    old, young, other = tmp_path / "timeline-a.jsonl", tmp_path / "timeline-b.jsonl", tmp_path / "audit.jsonl"
    for path in (old, young, other):
        path.touch()
        os.utime(path, (NOW - 9e4, NOW - 9e4) if path != young else (NOW, NOW))
    remove_old(tmp_path, NOW)
    assert not old.exists() and young.exists() and other.exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=80).map(str.encode))
def test_no_content_of_the_file_breaks_the_reading(tmp_path: Path, content: bytes) -> None:
    file = a_file(tmp_path)
    file.path.write_bytes(content)
    found = file.read()
    assert all(isinstance(one, TimelineEntry) for one in found.entries)


# -- the keeper ----------------------------------------------------------------------------------------


async def test_lines_are_written_in_batches_and_read_back_by_the_next_spottui(tmp_path: Path) -> None:
    first, second = a_timeline(), a_timeline()

    async def one(gate: Gate) -> None:
        first.note(line(1), line(2))
        await gate.batch()
        assert [read.uid for read in a_file(tmp_path).read().entries] == ["u1", "u2"]
        first.note(line(3))  # goes out with the end

    await kept(first, a_file(tmp_path), one)

    async def two(gate: Gate) -> None:
        earlier = [known.uid for known in second if known.is_earlier]
        assert earlier[:3] == ["u1", "u2", "u3"]
        assert list(second)[-1].text.startswith("spottui started; nothing was watched for ")

    await kept(second, a_file(tmp_path), two)


async def test_a_spottui_that_was_killed_leaves_its_last_line_as_the_last_word(tmp_path: Path) -> None:
    a_file(tmp_path).append([line(1, NOW - 120)])
    timeline = a_timeline()

    async def look(gate: Gate) -> None:
        assert list(timeline)[-1].text == "spottui started; last line 2m ago"

    await kept(timeline, a_file(tmp_path), look)


async def test_broken_lines_are_said(tmp_path: Path) -> None:
    file, timeline = a_file(tmp_path), a_timeline()
    file.path.write_text("nonsense\n")

    async def look(gate: Gate) -> None:
        (said,) = timeline
        assert "1 lines of" in said.text and said.tone == "warn"

    await kept(timeline, file, look)


async def test_a_full_disk_is_said_once_and_the_lines_go_out_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline, file = a_timeline(), a_file(tmp_path)
    is_full = True
    really = TimelineFile.append

    def append(self: TimelineFile, entries: Any) -> None:
        if is_full:
            raise SpottuiError("No space left on device.")
        really(self, entries)

    monkeypatch.setattr(TimelineFile, "append", append)

    async def steps(gate: Gate) -> None:
        nonlocal is_full
        for number in range(3):
            timeline.note(line(number))
            await gate.batch()
        said = [one.text for one in timeline if one.what == "spottui"]
        assert said == ["the Timeline is not kept: No space left on device."]
        is_full = False
        await gate.batch()
        assert "the Timeline is kept on the disk again" in [one.text for one in timeline]

    await kept(timeline, file, steps)
    assert {"u0", "u1", "u2"} <= {one.uid for one in file.read().entries}


async def test_a_disk_that_hangs_does_not_keep_the_program_from_ending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline, file = a_timeline(), a_file(tmp_path)
    release = threading.Event()
    monkeypatch.setattr(app_timeline, "LAST_WITHIN", 0.05)
    monkeypatch.setattr(TimelineFile, "append", lambda self, entries: release.wait(5))
    begun = time.monotonic()

    async def steps(gate: Gate) -> None:
        timeline.note(line(1))

    await kept(timeline, file, steps)
    took = time.monotonic() - begun
    release.set()
    assert took < 2
