"""spottui on a real pseudo-terminal: first paint, keys, sizes, signals, crashes, and the terminal afterwards."""

from __future__ import annotations

import os
import re
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen

ROOT = Path(__file__).parent.parent
TOKEN = "hunter2-kubeconfig-token"
KUBECONFIG = f"""\
apiVersion: v1
kind: Config
current-context: field
contexts: [{{name: field, context: {{cluster: robot, user: ana}}}}]
clusters: [{{name: robot, cluster: {{server: "https://127.0.0.1:9"}}}}]
users: [{{name: ana, user: {{token: {TOKEN}}}}}]
"""
TABS = "READ-ONLY"
"""What the app's own header says; the tabs stand already in the frame that is drawn before it."""
CRASHES = """\
import os, sys
from pathlib import Path
from spottui import clock
from spottui.app import build_app
from spottui.config import load

def boom(app):
    password = "hunter2-in-a-local"
    raise ValueError("login failed: token=hunter2-in-a-message")

settings = load(environ=os.environ, home=Path.home(), folder=Path.cwd())
app = build_app(settings, environ=os.environ, home=Path.home(), clock=clock.now)
app.bind("Z", "boom")
app.action_boom = lambda: boom(app)
app.run(mouse=settings.ui.mouse)
sys.exit(app.return_code)
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of an operator whose kubeconfig leads nowhere."""
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(KUBECONFIG)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "USER": "ana",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def screen(environ: dict[str, str], tmp_path: Path) -> Iterator[PtyScreen]:
    """Spottui, started and drawn for the first time."""
    with PtyScreen([sys.executable, "-m", "spottui"], environ, tmp_path) as screen:
        screen.until_text(TABS)
        yield screen


def assert_restored(screen: PtyScreen) -> None:
    """The terminal is as it was: main screen, cursor shown, mouse and pasting modes off, line settings equal."""
    assert screen.mode(1049) is False, "still in the alternate screen"
    assert screen.mode(25) is True, "the cursor is still hidden"
    for mouse in (1000, 1002, 1003, 1006, 1015, 1016):
        assert not screen.mode(mouse), f"mouse mode {mouse} is still on"
    assert not screen.mode(2004), "bracketed paste is still on"
    assert not screen.mode(1004), "focus reports are still on"
    assert screen.termios_now == screen.termios_before


def after_the_screen(screen: PtyScreen) -> str:
    """Return what was written after the alternate screen was left, without control sequences."""
    _, _, tail = screen.raw.rpartition(b"\x1b[?1049l")
    return re.sub(r"\x1b\[[0-9;?<>=]*[a-zA-Z]", "", tail.decode())


def test_the_first_paint_shows_the_screens_and_that_it_is_read_only(screen: PtyScreen) -> None:
    screen.until_text("READ-ONLY", "2 Nodes", "3 Workloads", "? help")


def test_the_first_paint_comes_before_the_kubernetes_client_is_imported(
    environ: dict[str, str], tmp_path: Path
) -> None:
    script = textwrap.dedent(
        """
        import sys
        from spottui.app import SpottuiApp
        start = SpottuiApp._start
        def heavy(app):
            found = sorted({"kubernetes", "aiohttp", "pydantic"} & set(sys.modules))
            open("heavy", "w").write(" ".join(found))
            start(app)
        SpottuiApp._start = heavy
        from spottui.__main__ import main
        main()
        """
    )
    with PtyScreen([sys.executable, "-c", script], environ, tmp_path) as screen:
        screen.until_text(TABS)
        screen.until((tmp_path / "heavy").exists, "the start of the sources")
        screen.press("q")
    assert (tmp_path / "heavy").read_text() == ""


def test_number_keys_change_the_screen_and_help_opens_and_closes(screen: PtyScreen) -> None:
    for key, tab in (("2", "[2 Nodes]"), ("3", "[3 Workloads]"), ("8", "[8 Host]"), ("1", "[1 Overview]")):
        screen.press(key)
        screen.until_text(tab)
    screen.press("?")
    screen.until_text("Help", "Overview", "Nodes")
    screen.press("\x1b")
    screen.until_text("[1 Overview]")


def test_a_cluster_that_refuses_connections_is_said_with_its_cause(screen: PtyScreen) -> None:
    screen.until_text("refused")


def test_any_size_is_survived(screen: PtyScreen) -> None:
    for columns, rows in ((60, 16), (200, 60), (1, 1), (3, 2), (500, 4), (80, 24)):
        before = len(screen.raw)
        screen.resize(columns, rows)
        screen.until_change(before)
        screen.press("23")
    screen.press("1")
    screen.until_text(TABS)


def test_q_asks_and_enter_alone_does_not_leave(screen: PtyScreen) -> None:
    screen.press("q")
    screen.until_text("Leave spottui?")
    screen.press("\r")
    screen.until_gone("Leave spottui?")
    screen.press("2")
    screen.until_text("[2 Nodes]")


def test_q_and_yes_leave_with_status_0_and_restores_the_terminal(screen: PtyScreen) -> None:
    screen.press("q")
    screen.until_text("Leave spottui?")
    screen.press("y")
    assert screen.until_end() == 0
    assert_restored(screen)
    assert after_the_screen(screen).strip() == ""


def test_ctrl_c_leaves_only_when_pressed_twice(screen: PtyScreen) -> None:
    screen.press("\x03")
    screen.until_text("ctrl-c once more")
    screen.press("\x03")
    assert screen.until_end() == 0
    assert_restored(screen)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_it_in_order(screen: PtyScreen, number: signal.Signals, status: int) -> None:
    screen.signal(number)
    assert screen.until_end() == status
    assert_restored(screen)
    assert after_the_screen(screen).strip() == ""


def test_what_is_continued_while_it_ends_still_ends(screen: PtyScreen) -> None:
    """When a terminal goes, the system continues those that ran in it, also while they end already."""
    screen.hang_up()

    def continued_and_ended() -> bool:
        screen.signal(signal.SIGCONT)
        return screen.process.poll() is not None

    screen.until(continued_and_ended, "the end")
    assert screen.until_end() == 129


def test_a_lost_terminal_ends_it_as_a_hang_up(screen: PtyScreen) -> None:
    screen.hang_up()
    assert screen.until_end() == 129


def test_no_mouse_leaves_the_mouse_to_the_terminal(environ: dict[str, str], tmp_path: Path) -> None:
    with PtyScreen([sys.executable, "-m", "spottui", "--no-mouse"], environ, tmp_path) as screen:
        screen.until_text(TABS)
        assert screen.mode(1000) is None
        assert screen.mode(1003) is None


def test_a_crash_says_one_line_and_keeps_locals_and_secrets_to_itself(environ: dict[str, str], tmp_path: Path) -> None:
    with PtyScreen([sys.executable, "-c", CRASHES], environ, tmp_path) as screen:
        screen.until_text(TABS)
        screen.press("Z")
        assert screen.until_end() == 1
        assert_restored(screen)
        said = " ".join(after_the_screen(screen).split())
        log = tmp_path / ".local/state/spottui/spottui.log"
        assert said.startswith("spottui stopped by a fault of its own (ValueError in <string>:9).")
        assert "Traceback" not in said
        assert "hunter2" not in screen.raw.decode()
    written = log.read_text()
    assert "Traceback (most recent call last)" in written
    assert "in boom" in written
    assert "hunter2" not in written
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o777 == 0o700


def test_the_token_of_the_kubeconfig_is_neither_shown_nor_logged(screen: PtyScreen, tmp_path: Path) -> None:
    screen.until_text("refused")
    screen.signal(signal.SIGTERM)
    screen.until_end()
    assert TOKEN not in screen.raw.decode()
    assert TOKEN not in (tmp_path / ".local/state/spottui/spottui.log").read_text()


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_draw_gets_a_sentence(environ: dict[str, str], tmp_path: Path, term: str) -> None:
    with PtyScreen([sys.executable, "-m", "spottui"], environ | {"TERM": term}, tmp_path) as screen:
        assert screen.until_end() == 2
        assert "spottui status" in screen.text
        assert b"\x1b" not in screen.raw
