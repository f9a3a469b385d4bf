"""A start without a link on a real terminal: the last known state, dated, at once; and nothing where none is to be."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path

import psutil
import pytest

from spottui.app_last_state_file import LastStateFile
from spottui.app_place import place_of
from spottui.events import ListEnded, ObjectsHeard
from spottui.sources.kube_identity import identity
from spottui.store import Store
from spottui.store_last_state import page, seen
from tests.last_state.test_keeping import kubeconfig
from tests.pty_screen import PtyScreen
from tests.screens.app_case import a_deployment, a_node, a_pod, settings_in

ROOT = Path(__file__).parent.parent.parent
SPOTTUI = [sys.executable, "-m", "spottui"]
WITHIN = 0.6
"""Seconds from exec to the last known state on the screen."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kubeconfig(tmp_path, more="tls-server-name: robot")
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "USER": "ana",
        "PYTHONPATH": str(ROOT),
    }


def leave_state(home: Path, pods: int = 3, hours: float = 3.0) -> Path:
    """Leave what an earlier run would have left: heard so many hours ago."""
    at = time.time() - hours * 3600 - 30
    store = Store()
    broken = a_pod("cam-front", well=False)
    others = [a_pod(f"nav-{number:05}") for number in range(pods - 1)]
    for kind, records in (
        ("nodes", (a_node(),)),
        ("deployments", (a_deployment("nav"),)),
        ("pods", (broken, *others)),
    ):
        store.apply(ObjectsHeard(kind, records, (), at))
        store.apply(ListEnded(kind, frozenset(one.uid for one in records), at))
    place = place_of(settings_in(home), {}, home)
    who = identity(place)
    assert who is not None
    file = LastStateFile(home / ".cache" / "spottui", str(place), who)
    file.write(page(store, str(place), at), seen(store))
    return file.path


def test_the_last_state_is_drawn_before_the_app_and_stays_when_there_is_no_link(
    environ: dict[str, str], tmp_path: Path
) -> None:
    path = leave_state(tmp_path)
    before = path.read_bytes()
    with PtyScreen(SPOTTUI, environ, tmp_path, columns=130) as screen:
        screen.until(lambda: b"READ-ONLY" in screen.raw, "the app")
        before_the_app = screen.raw.partition(b"READ-ONLY")[0].decode()
        for text in (
            "spot-07  heard 3h ago, connecting",
            "\x1b[2m✖ robot/cam-front",
            "CrashLoopBackOff",
            "2/3 pods well",
        ):
            assert text in before_the_app
        screen.until_text(
            "NO LINK, heard 3h", "stale, heard 3h", "robot/cam-front", "CrashLoopBackOff", "2/3 pods well"
        )
        screen.press("3")
        screen.until_text("[3 Workloads]", "nav-00000", "stale, heard 3h", "cannot be reached")
        screen.press("2")
        screen.until_text("[2 Nodes]", "spot-core", "stale, heard 3h")
        screen.press("q")
        screen.until_text("Leave spottui?")
        screen.press("y")
        assert screen.until_end() == 0
    assert path.read_bytes() == before, "nothing newer was heard"


def test_a_command_on_what_is_only_remembered_is_refused_with_the_reason(
    environ: dict[str, str], tmp_path: Path
) -> None:
    leave_state(tmp_path)
    with PtyScreen(SPOTTUI, environ, tmp_path, columns=130) as screen:
        screen.until_text("NO LINK, heard 3h")
        screen.press("3\t")
        screen.until_text("robot", "nav", "stale")
        screen.press("r")
        screen.until(lambda: len(re.findall(r"cannot be reached|no link", screen.text)) > 1, "the reason")
        assert not (tmp_path / ".local/state/spottui/audit.jsonl").exists(), "nothing was asked, nothing sent"


def test_without_cache_nothing_is_shown_and_nothing_kept(environ: dict[str, str], tmp_path: Path) -> None:
    path = leave_state(tmp_path)
    before = path.stat().st_mtime_ns
    with PtyScreen([*SPOTTUI, "--no-cache"], environ, tmp_path, columns=130) as screen:
        screen.until_text("NO LINK, never heard")
        assert "cam-front" not in screen.text and b"heard 3h" not in screen.raw
    assert path.stat().st_mtime_ns == before


def test_a_broken_state_is_dropped_with_a_word_and_the_program_starts(environ: dict[str, str], tmp_path: Path) -> None:
    path = leave_state(tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with PtyScreen(SPOTTUI, environ, tmp_path, columns=160) as screen:
        screen.until_text("NO LINK, never heard")
        screen.press("9")
        screen.until_text("[9 Timeline]", "was dropped: it is damaged")
    assert "was dropped: it is damaged" in (tmp_path / ".local/state/spottui/spottui.log").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("pods", [3, 5000])
def test_the_last_state_is_on_the_screen_in_time(environ: dict[str, str], tmp_path: Path, pods: int) -> None:
    """Counted in processor time, which on an idle machine is the time that passes; the best of some."""
    leave_state(tmp_path, pods)
    figures = [_seconds_to_page(environ, tmp_path, f"{pods - 1}/{pods} pods well") for _ in range(5)]
    assert min(figures) <= WITHIN, figures


def _seconds_to_page(environ: dict[str, str], folder: Path, text: str) -> float:
    """Return the processor time from exec until the last state was seen on the screen."""
    with PtyScreen(SPOTTUI, environ, folder, columns=130) as screen:
        program = psutil.Process(screen.process.pid)
        screen.until_text("heard 3h ago", text)
        spent = program.cpu_times()
    return spent.user + spent.system
