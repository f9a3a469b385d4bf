"""Inside tmux and GNU screen, the real ones: what is drawn, what comes back on attaching, what is left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen

from .case import DRAWN, SPOTTUI, environment

pytestmark = pytest.mark.slow
START = " ".join(SPOTTUI)
PATIENCE = 30.0


def until(holds: Callable[[], bool], what: str, seen: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never saw {what}; the screen:\n{seen()}"
        time.sleep(0.1)


class Tmux:
    """A tmux server of our own, with one shell in one pane."""

    def __init__(self, folder: Path, term: str) -> None:
        self._socket = str(folder / "socket")
        self._environ = environment(folder, PS1="ready> ", SHELL="/bin/sh", TERM="xterm-256color")
        (folder / "tmux.conf").write_text(f"set -g default-terminal {term}\nset -sg escape-time 10\n")
        self._config = str(folder / "tmux.conf")
        self.folder = folder
        self("new-session", "-d", "-x", "80", "-y", "24", "sh")
        until(lambda: "ready>" in self.text, "the shell", lambda: self.text)

    def __call__(self, *words: str) -> str:
        command = ["tmux", "-u", "-S", self._socket, "-f", self._config, *words]
        done = subprocess.run(command, env=self._environ, capture_output=True, timeout=20)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    @property
    def text(self) -> str:
        """What stands in the pane."""
        return self("capture-pane", "-p")

    def keys(self, *keys: str) -> None:
        self("send-keys", *keys)

    def until(self, *texts: str) -> None:
        until(lambda: all(text in self.text for text in texts), " and ".join(texts), lambda: self.text)

    def flags(self) -> str:
        """Alternate screen, cursor shown, mouse wanted, keypad."""
        return self("display-message", "-p", "#{alternate_on} #{cursor_flag} #{mouse_any_flag}").strip()

    @property
    def attaching(self) -> list[str]:
        return ["tmux", "-u", "-S", self._socket, "attach"]

    def end(self) -> None:
        self("kill-server")


@pytest.fixture(params=["tmux-256color", "screen-256color", "screen"])
def tmux(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Tmux]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed here: apt-get install tmux")
    one = Tmux(tmp_path, request.param)
    yield one
    one.end()


def test_tmux_shows_it_whole_and_has_its_pane_back_afterwards(tmux: Tmux) -> None:
    tmux.keys(START, "Enter")
    tmux.until(DRAWN, "[1 Overview]", "? help")
    lines = tmux.text.splitlines()
    assert "[1 Overview]2 Nodes 3 Workloads" in lines[1] and not lines[0].strip().startswith("$")
    assert tmux.flags().startswith("1 0 0"), "the mouse is tmux's own"
    tmux.keys("3")
    tmux.until("[3 Workloads]")
    tmux.keys("q")
    tmux.until("Leave spottui?")
    tmux.keys("y")
    until(lambda: tmux.flags().startswith("0 1 0"), "the shell's own screen", lambda: tmux.text)
    tmux.keys("echo it was $?", "Enter")
    tmux.until("it was 0")
    assert DRAWN not in tmux.text


def test_tmux_draws_all_of_it_for_who_attaches_later(tmux: Tmux) -> None:
    tmux.keys(START, "Enter")
    tmux.until(DRAWN)
    environ = environment(tmux.folder)
    with PtyScreen(tmux.attaching, environ, tmux.folder, columns=80, rows=25) as screen:
        screen.until_text(DRAWN, "[1 Overview]", "? help", "●" if "●" in tmux.text else "Workloads")
        screen.press("2")
        screen.until_text("[2 Nodes]")
        screen.press("\x02d")
        screen.until_end()
    tmux.until("[2 Nodes]")


def test_tmux_kills_the_pane_and_nothing_stays(tmux: Tmux) -> None:
    tmux.keys("exec " + START, "Enter")
    tmux.until(DRAWN)
    tmux("resize-window", "-x", "120", "-y", "40")
    tmux.until("9 Timeline", "? help")
    pid = int(tmux("display-message", "-p", "#{pane_pid}"))
    tmux("new-window", "-d", "sh")
    tmux("kill-pane", "-t", ":0")
    until(lambda: not os.path.exists(f"/proc/{pid}"), "the end of it", lambda: str(pid))


class Screen:
    """A GNU screen of our own, with one shell in one window."""

    def __init__(self, folder: Path) -> None:
        sockets = folder / "sockets"
        sockets.mkdir(mode=0o700)
        self.environ = environment(folder, PS1="ready> ", SCREENDIR=str(sockets), SHELL="/bin/sh", TERM="screen")
        self.name, self.folder = f"s{uuid.uuid4().hex[:8]}", folder
        (folder / "screenrc").write_text("defutf8 on\nstartup_message off\naltscreen on\n")
        self._run("-c", str(folder / "screenrc"), "-U", "-d", "-m", "-S", self.name, "sh")
        until(lambda: "ready>" in self.text, "the shell", lambda: self.text)

    def _run(self, *words: str) -> None:
        done = subprocess.run(["screen", *words], env=self.environ, capture_output=True, timeout=20, cwd=self.folder)
        assert done.returncode == 0, done.stdout + done.stderr

    def __call__(self, *words: str) -> None:
        self._run("-S", self.name, "-p", "0", "-X", *words)

    @property
    def text(self) -> str:
        """What stands in the window."""
        copy = self.folder / "hardcopy"
        copy.unlink(missing_ok=True)
        self("hardcopy", str(copy))
        deadline = time.monotonic() + 5
        while not copy.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        return copy.read_text(errors="replace") if copy.exists() else ""

    def keys(self, keys: str) -> None:
        self("stuff", keys)

    def until(self, *texts: str) -> None:
        until(lambda: all(text in self.text for text in texts), " and ".join(texts), lambda: self.text)

    def end(self) -> None:
        self("quit")


@pytest.fixture
def gnu_screen(tmp_path: Path) -> Iterator[Screen]:
    if shutil.which("screen") is None:
        pytest.skip("GNU screen is not installed here: apt-get install screen")
    one = Screen(tmp_path)
    yield one
    one.end()


def test_gnu_screen_shows_it_whole_and_has_its_window_back_afterwards(gnu_screen: Screen) -> None:
    gnu_screen.keys(f"{START}\n")
    gnu_screen.until(DRAWN, "[1 Overview]", "? help")
    lines = gnu_screen.text.splitlines()
    assert "[1 Overview]2 Nodes 3 Workloads" in lines[1], "nothing that it does not know was printed"
    assert not any(stray in gnu_screen.text for stray in ("$p", "25u", "2026", "2048", "1016"))
    gnu_screen.keys("3")
    gnu_screen.until("[3 Workloads]")
    gnu_screen.keys("q")
    gnu_screen.until("Leave spottui?")
    gnu_screen.keys("y")
    gnu_screen.until("ready>")
    gnu_screen.keys("echo it was $?\n")
    gnu_screen.until("it was 0")
    assert DRAWN not in gnu_screen.text


def test_gnu_screen_draws_all_of_it_for_who_attaches_later(gnu_screen: Screen) -> None:
    gnu_screen.keys(f"{START}\n")
    gnu_screen.until(DRAWN)
    environ = {**gnu_screen.environ, "TERM": "xterm-256color"}
    with PtyScreen(["screen", "-U", "-r", gnu_screen.name], environ, gnu_screen.folder) as screen:
        screen.until_text(DRAWN, "[1 Overview]", "? help")
        screen.press("2")
        screen.until_text("[2 Nodes]")
        screen.press("\x01d")
        screen.until_end()
    gnu_screen.until("[2 Nodes]")
