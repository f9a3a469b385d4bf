"""`spottui --demo` on a pseudo-terminal: what is seen, and that nothing of it stays behind, whatever way it ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen

ROOT = Path(__file__).parent.parent
PATIENCE = 20.0
DEMO = [sys.executable, "-m", "spottui", "--demo", "--scenario", "quiet"]
OTHER = "the-real-robot"
KUBECONFIG = f"""\
apiVersion: v1
kind: Config
current-context: {OTHER}
contexts: [{{name: {OTHER}, context: {{cluster: {OTHER}, user: ana}}}}]
clusters: [{{name: {OTHER}, cluster: {{server: "https://127.0.0.1:9"}}}}]
users: [{{name: ana, user: {{token: secret}}}}]
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of an operator who has a kubeconfig for a real robot."""
    for folder in (".kube", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / ".kube" / "config").write_text(KUBECONFIG)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path / "tmp"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "USER": "ana",
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def screen(environ: dict[str, str], tmp_path: Path) -> Iterator[PtyScreen]:
    with PtyScreen(DEMO, environ, tmp_path) as screen:
        yield screen


def notes(home: Path) -> list[dict[str, object]]:
    """Return what the embedded robots that run told of themselves."""
    found = []
    for path in (home / ".local/state/spottui/sim").glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            found.append(json.loads(path.read_text()))
    return found


def pid_of(screen: PtyScreen, home: Path) -> int:
    """Wait until the embedded robot is ready; return its process id."""
    screen.until(lambda: bool(notes(home)), "the note of the embedded robot")
    return int(str(notes(home)[0]["pid"]))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:1]
    return True


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never saw {what}"
        time.sleep(0.02)


def assert_nothing_is_left(pid: int, home: Path) -> None:
    until(lambda: not is_alive(pid), "the end of the embedded robot")
    until(lambda: not list((home / "tmp").iterdir()), "an empty folder for temporary files")
    assert not notes(home)


def test_it_shows_the_embedded_robot_and_says_that_it_is_none_and_leaves_nothing(
    screen: PtyScreen, tmp_path: Path
) -> None:
    screen.until_text("starting: the embedded robot")
    screen.until_text("DEMO", "spottui --kubeconfig FILE --robot ADDRESS", "live")
    (line,) = [line for line in screen.text.splitlines() if "DEMO" in line]
    assert len(line) <= 80 and line.endswith("ADDRESS")
    assert OTHER not in screen.text
    (folder,) = (tmp_path / "tmp").glob("spottui-demo-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "kubeconfig").stat().st_mode & 0o777 == 0o600
    pid = pid_of(screen, tmp_path)
    assert os.getsid(pid) != os.getsid(screen.process.pid)
    screen.press("\x03")
    screen.until_text("ctrl-c once more")
    assert is_alive(pid)
    screen.press("q")
    screen.until_text("Leave spottui?")
    screen.press("y")
    assert screen.until_end() == 0
    assert_nothing_is_left(pid, tmp_path)


def test_no_process_and_no_file_stays_when_spottui_is_killed(screen: PtyScreen, tmp_path: Path) -> None:
    pid = pid_of(screen, tmp_path)
    screen.signal(signal.SIGKILL)
    screen.until_end()
    assert_nothing_is_left(pid, tmp_path)


def test_no_process_stays_when_spottui_crashes(environ: dict[str, str], tmp_path: Path) -> None:
    crash = "import spottui.app as app; app.SpottuiApp._second = lambda self: 1 / 0; from spottui.__main__ import main"
    script = f"{crash}; import sys; sys.argv = ['spottui', '--demo', '--scenario', 'quiet']; main()"
    with PtyScreen([sys.executable, "-c", script], environ, tmp_path) as screen:
        assert screen.until_end() == 1
        assert "fault of its own" in screen.text
    until(lambda: not list((tmp_path / "tmp").iterdir()), "an empty folder for temporary files")
    until(lambda: not notes(tmp_path), "the end of the embedded robot")


def test_a_robot_that_dies_is_said_at_the_bottom(screen: PtyScreen, tmp_path: Path) -> None:
    pid = pid_of(screen, tmp_path)
    screen.until_text("live")
    os.kill(pid, signal.SIGKILL)
    screen.until_text("the embedded robot has ended (status -9)")
    screen.signal(signal.SIGTERM)
    assert screen.until_end() == 143
    assert_nothing_is_left(pid, tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--demo", "--scenario", "quite"], 'There is no scenario "quite"; did you mean "quiet"?'),
        (["--demo", "--kubeconfig", "mine.yaml"], "--demo brings its own robot: leave out --kubeconfig"),
        (["--scenario", "quiet"], "add --demo"),
        (["--demo", "status"], 'start the embedded robot with "spottui sim"'),
    ],
)
def test_what_cannot_be_is_said_without_a_screen(
    environ: dict[str, str], tmp_path: Path, arguments: list[str], said: str
) -> None:
    with PtyScreen([sys.executable, "-m", "spottui", *arguments], environ, tmp_path, columns=160) as screen:
        assert screen.until_end() == 2
        assert said in screen.text
        assert "Traceback" not in screen.text
    until(lambda: not list((tmp_path / "tmp").iterdir()), "an empty folder for temporary files")


def sim(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spottui", "sim", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def running(environ: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """`spottui sim` in the background."""
    command = [sys.executable, "-m", "spottui", "sim", "--scenario", "quiet", *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environ, text=True, stdout=pipe, stderr=pipe) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_running_robot_is_steered_from_the_command_line(environ: dict[str, str], tmp_path: Path) -> None:
    with running(environ, "--speed", "0") as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert {"kubeconfig", "robot", "ca", "credentials", "control"} <= told.keys()
        assert "operator up (500 ms, 24 kB/s)" in sim(environ, "link", "slow", "--latency", "0.5").stdout
        assert "at 60.0 s" in sim(environ, "step", "60").stdout
        refused = sim(environ, "event", "nothing-like-it")
        assert refused.returncode == 1 and "no event" in refused.stderr
        assert "ends" in sim(environ, "stop").stdout
        assert process.wait(PATIENCE) == 0
    gone = sim(environ, "status")
    assert gone.returncode == 2 and "No embedded robot runs here" in gone.stderr


def test_a_home_that_cannot_be_written_is_said_and_no_obstacle(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("a file where a folder should be")
    with running(environ) as process:
        assert process.stdout is not None and process.stderr is not None
        assert "kubeconfig" in json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
        said = process.stderr.read()
    assert '"spottui sim" will not find this robot' in said and "Traceback" not in said
