"""A whole session with secrets in every corner: nothing of them on the disk, on the screen, or in the process list.

Also: what the session wrote is its owner's alone, and nobody listens but on loopback.
"""

from __future__ import annotations

import base64
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import psutil
import pytest

from tests.pty_screen import PtyScreen
from tests.secrets.planted import PLANTED, Planted, planted

pytestmark = pytest.mark.slow
SPOTTUI = [sys.executable, "-m", "spottui"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with planted(tmp_path_factory.mktemp("planted")) as found:
        yield found


class Watch:
    """What others on this computer can see of a program and of its children."""

    def __init__(self, process: int) -> None:
        self._process = psutil.Process(process)
        self.arguments: set[str] = set()
        self.listening: set[tuple[str, int]] = set()

    def look(self) -> None:
        for one in (self._process, *self._process.children(recursive=True)):
            try:
                self.arguments.add(" ".join(one.cmdline()))
                found = one.net_connections("inet")
            except psutil.Error:
                continue
            self.listening |= {(each.laddr.ip, each.laddr.port) for each in found if each.status == psutil.CONN_LISTEN}


def spellings(secret: str) -> tuple[bytes, bytes]:
    """Return a secret as it is, and as Kubernetes writes it."""
    return secret.encode(), base64.b64encode(secret.encode())


def found_in(text: bytes, secrets: dict[str, str]) -> list[str]:
    """Return the names of the secrets that a text has."""
    return [name for name, secret in secrets.items() if any(one in text for one in spellings(secret))]


def is_loopback(address: str) -> bool:
    """Whether only this computer reaches an address, in either family's spelling."""
    found = ip_address(address)
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return (mapped or found).is_loopback


def written(world: Planted) -> Iterator[Path]:
    """Yield what spottui made in the operator's home."""
    operators_own = {world.home / ".kube" / "config", world.home / ".config" / "spottui" / "config.toml"}
    for path in sorted(world.home.rglob("*")):
        if path not in operators_own and path not in (world.home / ".kube", *world.home.glob(".config/**")):
            yield path


def settle(screen: PtyScreen) -> None:
    """Wait until nothing is drawn any more: what is still being drawn takes no key."""
    screen.until(lambda: not screen.read(0.3), "a quiet screen")


def answer(screen: PtyScreen, question: str, *keys: str) -> None:
    """Wait for a question, then press keys until it is gone."""
    screen.until_text(question)
    settle(screen)
    for key in keys:
        screen.press(key)
    screen.until_gone(question)


def command(screen: PtyScreen, words: str, offered: str) -> None:
    """Run a command of the palette."""
    screen.press(":")
    screen.until_text("type to narrow")
    screen.press(words)
    screen.until_text(offered)
    screen.until_gone("type to narrow")
    screen.press("\r")


def saved(screen: PtyScreen, world: Planted) -> None:
    """Save what is shown, and wait for the file."""
    folder = world.home / ".local/state/spottui/views"
    before = len(list(folder.glob("*"))) if folder.exists() else 0
    screen.press("\x13")
    screen.until(lambda: folder.exists() and len(list(folder.glob("*"))) > before, "another saved view")


def play(screen: PtyScreen, world: Planted, watch: Watch) -> bytes:
    """Use everything that reads, shows, writes or sends; return what was drawn but for the revealed Secret."""
    screen.until_text("● live")
    for number, title in enumerate(("Overview", "Nodes", "Workloads", "Wasm", "GitOps", "Links", "Robot", "Host"), 1):
        screen.press(str(number))
        screen.until_text(f"[{number} {title}]")
        saved(screen, world)
        watch.look()
    screen.press("3")
    screen.until_text("aaa-planted")
    screen.press("y")
    screen.until_text("YAML of pod/aaa-planted", "DB_PASSWORD", "last-applied")
    saved(screen, world)
    screen.press("q")
    screen.until_gone("YAML of pod")
    screen.press("d")
    screen.until_text("Container ID", "DB_PASSWORD")
    saved(screen, world)
    screen.press("q")
    screen.until_gone("Container ID")
    screen.press("l")
    screen.until_text("logs of pod/aaa-planted")
    saved(screen, world)
    watch.look()
    screen.press("q")
    screen.until_gone("logs of pod")
    screen.press("L")
    answer(screen, "Unlock writing", "y")
    act(screen, watch)
    return reveal(screen, world)


def act(screen: PtyScreen, watch: Watch) -> None:
    """Forward a port, run a shell, restart a pod."""
    command(screen, "forward a", "Forward a port")
    screen.until_text("Which port?")
    screen.press("80\r")
    screen.until_text("1 port forwarded")
    watch.look()
    screen.press("s")
    screen.until(lambda: "/ #" in screen.text, "the shell")
    watch.look()
    screen.press("exit\r")
    screen.until_gone("/ #")
    screen.until_text("? help")
    settle(screen)


def reveal(screen: PtyScreen, world: Planted) -> bytes:
    """Reveal the Secret, and fail to save it; return what was drawn before."""
    command(screen, "secrets", "Secrets (names only)")
    screen.until_text("Secrets  1")
    screen.press("y")
    screen.until_text("YAML of secret/planted", "••••")
    saved(screen, world)
    screen.press("q")
    screen.until_gone("YAML of secret")
    before = screen.raw
    screen.press("m")
    screen.until_text("Reveal secret/planted")
    screen.press("\r")
    screen.until(lambda: PLANTED["secret_value"] in screen.text or "Show the values" in screen.text, "the question")
    if PLANTED["secret_value"] not in screen.text:
        screen.press("y")
    screen.until_text(PLANTED["secret_value"])
    screen.press("\x13")
    screen.until_text("written to no file")
    screen.press("q")
    return before


def test_a_session_leaves_no_secret_behind_and_what_it_wrote_is_private(world: Planted) -> None:
    old = os.umask(0o022)
    try:
        with PtyScreen(SPOTTUI, world.environ, world.home, columns=150, rows=45) as screen:
            watch = Watch(screen.process.pid)
            drawn = play(screen, world, watch)
            screen.press("q")
            answer(screen, "Leave spottui?", "y") if "Leave spottui?" in screen.text else screen.signal(signal.SIGTERM)
            screen.until_end()
            assert found_in(screen.raw, world.secrets) == ["secret_value"], "it was asked for"
    finally:
        os.umask(old)
    files = [path for path in written(world) if path.is_file()]
    names = " ".join(str(path) for path in files)
    for part in ("spottui.log", "audit.jsonl", "timeline-", "last-", "views/pod-aaa-planted", "views/log-"):
        assert part in names, f"the session wrote no {part}"
    leaked = {str(path): found for path in files if (found := found_in(path.read_bytes(), world.secrets))}
    assert not leaked
    assert not found_in(drawn, world.secrets), "on the screen"
    assert not found_in("\n".join(watch.arguments).encode(), world.secrets), "in the process list"
    modes = {str(path): f"{stat.S_IMODE(path.stat().st_mode):04o}" for path in written(world)}
    assert {path for path, mode in modes.items() if mode not in ("0600", "0700")} == set()
    assert len(watch.listening) == 1 and all(is_loopback(address) for address, _ in watch.listening)


@pytest.mark.parametrize("words", [["config", "show"], ["doctor"], ["status"], ["status", "-o", "json"]])
def test_a_command_says_no_secret(world: Planted, words: list[str]) -> None:
    with subprocess.Popen(
        [*SPOTTUI, *words], env=world.environ, cwd=world.home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        watch = Watch(process.pid)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            watch.look()
            try:
                process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
        assert process.stdout is not None
        said = process.stdout.read()
    assert len(said) > 100 and not found_in(said, world.secrets)
    assert not found_in("\n".join(watch.arguments).encode(), world.secrets)
    assert not watch.listening


def test_the_embedded_robot_listens_on_loopback_only(world: Planted) -> None:
    watch = Watch(world.process.pid)
    watch.look()
    assert len(watch.listening) >= 4
    assert all(is_loopback(address) for address, _ in watch.listening)
    assert not found_in("\n".join(watch.arguments).encode(), world.secrets)
