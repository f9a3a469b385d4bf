"""spottui on terminals of all kinds: how it is started there, and how the terminal has to look afterwards."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from tests.pty_screen import PtyScreen

ROOT = Path(__file__).parents[2]
SPOTTUI = [sys.executable, "-m", "spottui"]
DRAWN = "READ-ONLY"
"""What only the app's own header says."""
KUBECONFIG = """\
apiVersion: v1
kind: Config
current-context: field
contexts: [{name: field, context: {cluster: robot, user: ana}}]
clusters: [{name: robot, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: ana, user: {token: none}}]
"""
OURS = re.compile(
    rb"\x1b(?:"
    rb"\[\?(?:25|7|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)[hl]"  # modes
    rb"|\[\?(?:2026|2048)\$p"  # questions about modes
    rb"|\[[<>]\d*u"  # the keyboard protocol
    rb"|\[\d*(?:;\d*)?H"  # where to write
    rb"|\[2J"
    rb"|\[[\d;:]*m"  # how
    rb"|\[6n"  # the round trip of SSH
    rb"|\]52;c;[A-Za-z0-9+/=]*\x07"  # what the operator copied
    rb")"
)
"""Every sequence that spottui writes."""
MOUSE = (1000, 1002, 1003, 1006, 1015, 1016)


def environment(home: Path, **changes: str | None) -> dict[str, str]:
    """Return an operator's environment; None takes a variable out."""
    (home / ".kube").mkdir(exist_ok=True)
    (home / ".kube" / "config").write_text(KUBECONFIG)
    known: dict[str, str | None] = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT)}
    known |= {"TERM": "xterm-256color", "LANG": "C.UTF-8", "USER": "ana", **changes}
    return {name: value for name, value in known.items() if value is not None}


def assert_restored(screen: PtyScreen) -> None:
    """The terminal is as it was: main screen, cursor shown, mouse and pasting modes off, line settings equal."""
    assert screen.mode(1049) is False, "still in the alternate screen"
    assert screen.mode(25) is True, "the cursor is still hidden"
    assert screen.mode(7) is not False, "lines still do not wrap"
    for mode in (*MOUSE, 2004, 1004, 2048):
        assert not screen.mode(mode), f"mode {mode} is still on"
    assert screen.termios_now == screen.termios_before


def strange_sequences(raw: bytes) -> list[bytes]:
    """Return what of the bytes begins with a control and is none of our sequences."""
    rest = OURS.sub(b"", raw).decode("utf-8", "replace")
    return [found.encode() for found in re.findall("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f].{0,12}", rest)]


def press_all(screen: PtyScreen, keys: str = "234567891") -> None:
    """Go through the screens; each is drawn before the next key."""
    for key in keys:
        before = len(screen.raw)
        screen.press(key)
        screen.until_change(before)


def leave(screen: PtyScreen) -> int:
    """Leave by q and y; return the exit status."""
    screen.press("q")
    screen.until_text("Leave spottui?")
    screen.press("y")
    return screen.until_end()
