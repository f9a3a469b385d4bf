"""The whole program on a pty, and its commands on pipes, over a cluster whose every text is nasty."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen
from tests.terminals.case import SPOTTUI, environment, leave, strange_sequences

from .corpus import unsafe
from .field import hostile_field

pytestmark = pytest.mark.slow
DRAWN = ("READ-ONLY", "live")


@contextmanager
def served(folder: Path, seed: int) -> Iterator[Path]:
    """Serve a spoiled cluster on a thread of its own; give its kubeconfig."""
    ready = threading.Event()
    found: list[Path] = []
    ends: list[Callable[[], object]] = []

    async def serve() -> None:
        done, loop = asyncio.Event(), asyncio.get_running_loop()
        async with hostile_field(folder, seed) as field:
            found.append(field.kubeconfig)
            ends.append(lambda: loop.call_soon_threadsafe(done.set))
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(30)
    try:
        yield found[0]
    finally:
        ends[0]()
        thread.join(10)


@pytest.fixture(scope="module", params=[11, 12])
def kubeconfig(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Path]:
    with served(tmp_path_factory.mktemp("field"), request.param) as path:
        yield path


def test_the_terminal_gets_our_own_sequences_and_no_others(kubeconfig: Path, tmp_path: Path) -> None:
    """Read by a terminal emulator: what the texts would do to a terminal did not happen."""
    command = [*SPOTTUI, "--kubeconfig", str(kubeconfig)]
    with PtyScreen(command, environment(tmp_path), tmp_path, columns=140, rows=40) as screen:
        screen.until_text(*DRAWN)
        for key in "234567891":
            before = len(screen.raw)
            screen.press(key)
            screen.until_change(before)
        screen.press("3")
        screen.until_text("[3 Workloads]")
        for key, seen in (("\r", "esc back"), (":", "type to narrow"), ("?", "This screen")):
            screen.press(key)
            screen.until_text(seen)
            screen.press("\x1b")
            screen.until_gone(seen)
            screen.until_text("[3 Workloads]")
        assert leave(screen) == 0
        assert not strange_sequences(screen.raw)
        assert b"\x1b]52" not in screen.raw, "nobody copied anything"
        assert not unsafe(screen.text, breaks="\n")


@pytest.mark.parametrize(
    "arguments",
    [
        "status",
        "status -o json",
        "apps",
        "apps -o json",
        "doctor",
        "sync --yes --wait 0 {app}",
        "refresh {app}",
        "diff {app}",
        "diff -o json {app}",
        "history {app}",
        "restart deploy/x",
        "--context nothing status",
    ],
)
def test_no_command_prints_what_a_terminal_obeys(kubeconfig: Path, tmp_path: Path, arguments: str) -> None:
    environ = environment(tmp_path, KUBECONFIG=str(kubeconfig), SPOTTUI_SAFETY_START_UNLOCKED="true")
    words = arguments.replace("{app}", "navigation").split()
    done = subprocess.run([*SPOTTUI, *words], env=environ, cwd=tmp_path, capture_output=True, timeout=120)
    for said in (done.stdout.decode(), done.stderr.decode()):
        assert not unsafe(said, breaks="\n"), said
        assert "Traceback" not in said and "fault of its own" not in said, said
    if "json" in arguments and done.returncode == 0:
        for _, text in _texts(json.loads(done.stdout)):
            assert not unsafe(text), text


def _texts(value: object) -> Iterator[tuple[str, str]]:
    from .corpus import texts_of

    yield from texts_of(value)
