"""The command line: what each form says, on which stream, with which exit status."""

from __future__ import annotations

import importlib
import logging
import os
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from spottui import __main__ as command_line
from spottui import __version__, cli_request, crash

ROOT = Path(__file__).parent.parent
CLOSED_PORT = "https://127.0.0.1:9"
KUBECONFIG = f"""\
apiVersion: v1
kind: Config
current-context: field
contexts: [{{name: field, context: {{cluster: robot, user: ana}}}}]
clusters: [{{name: robot, cluster: {{server: "{CLOSED_PORT}"}}}}]
users: [{{name: ana, user: {{token: hunter2-kubeconfig-token}}}}]
"""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str


Spottui = Callable[..., Said]


@pytest.fixture
def spottui(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Spottui:
    """Run the command line in this process, with a home of its own."""
    for name in [name for name in os.environ if name.startswith(("SPOTTUI", "XDG", "KUBE", "TMUX", "SSH"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["spottui", *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        out, err = capsys.readouterr()
        return Said(int(ended.value.code or 0), out, err)

    return run


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    """Put back what `set_up_log` changes for the whole process."""
    root = logging.getLogger()
    before = root.handlers[:], root.level, logging.raiseExceptions
    hooks = sys.excepthook, sys.unraisablehook, threading.excepthook
    yield
    root.handlers[:], level, logging.raiseExceptions = before
    root.setLevel(level)
    logging.getLogger("spottui").setLevel(logging.NOTSET)
    logging.captureWarnings(False)
    sys.excepthook, sys.unraisablehook, threading.excepthook = hooks


@pytest.fixture
def nowhere(tmp_path: Path) -> Path:
    """A kubeconfig whose server is a port where nobody listens."""
    (tmp_path / ".kube").mkdir()
    path = tmp_path / ".kube" / "config"
    path.write_text(KUBECONFIG)
    return path


def test_version_is_one_line(spottui: Spottui) -> None:
    assert spottui("--version") == Said(0, f"spottui {__version__}\n", "")


def test_version_imports_nothing_heavy() -> None:
    script = "import sys; sys.argv = ['spottui', '--version']; from spottui.__main__ import main\n"
    script += "try: main()\nexcept SystemExit: print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    modules = set(done.stdout.split())
    assert not modules & {"textual", "rich", "kubernetes", "aiohttp", "msgspec", "pydantic", "asyncio"}


@pytest.mark.parametrize(
    "words", [(), ("status",), ("sync",), ("restart",), ("doctor",), ("config",), ("config", "show")]
)
def test_every_command_explains_itself(spottui: Spottui, words: tuple[str, ...]) -> None:
    said = spottui(*words, "--help")
    assert said.status == 0
    assert said.out.startswith(" ".join(("Usage: spottui", *words)))
    assert "…" not in said.out
    assert not re.search(r"[^\]]\.\.\.$", said.out, re.MULTILINE), "a description was cut"


def test_help_names_the_exit_statuses_and_gives_examples(spottui: Spottui) -> None:
    out = spottui("--help").out
    assert "Examples:" in out
    assert "Exit status: 0 done" in out


@pytest.mark.parametrize("words", [("stauts",), ("--colour",), ("sync",), ("status", "-o", "xml"), ("--demo",)])
def test_wrong_use_is_status_2_on_stderr(spottui: Spottui, words: tuple[str, ...]) -> None:
    said = spottui(*words)
    assert (said.status, said.out) == (2, "")
    assert said.err


def test_the_demo_has_no_place_for_a_real_robot_or_cluster(spottui: Spottui) -> None:
    assert "leave out --kubeconfig" in spottui("--demo", "--kubeconfig", "mine.yaml").err
    assert "leave out --robot" in spottui("--demo", "--robot", "192.168.80.3").err
    assert "add --demo" in spottui("--pods", "10").err


def test_without_a_terminal_the_screen_points_to_status(spottui: Spottui) -> None:
    said = spottui()
    assert said.status == 2
    assert "spottui status" in said.err


# -- settings ----------------------------------------------------------------------------------------------


def test_config_show_names_the_origin_of_a_flag(spottui: Spottui) -> None:
    said = spottui("--no-mouse", "--write", "-n", "perception", "config", "show")
    assert said.status == 0
    shown = tomllib.loads(said.out)
    assert shown["ui"]["mouse"] is False
    assert shown["safety"]["start_unlocked"] is True
    assert shown["cluster"]["namespace"] == "perception"
    assert re.search(r"^mouse = false +# flag$", said.out, re.MULTILINE)


def test_config_path_names_the_file_that_is_read(spottui: Spottui, tmp_path: Path) -> None:
    assert spottui("config", "path").out == f"{tmp_path}/.config/spottui/config.toml\n"
    (tmp_path / "mine.toml").write_text("")
    assert spottui("--config", "mine.toml", "config", "path").out == f"{tmp_path}/mine.toml\n"


def test_bad_settings_are_status_2_and_all_told(spottui: Spottui, tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("[ui]\ntheem = 'x'\nmouse = 3\n[keys]\n'spottui.hepl' = 'x'\n")
    said = spottui("--config", "bad.toml", "config", "show")
    assert (said.status, said.out) == (2, "")
    assert len(said.err.splitlines()) == 3
    assert "did you mean ui.theme?" in said.err
    assert "did you mean spottui.help?" in said.err


def test_a_log_file_that_cannot_be_written_is_said_and_does_not_stop_us(spottui: Spottui) -> None:
    said = spottui("--log-file", "/proc/no/spottui.log", "config", "path")
    assert said.status == 0
    assert "The log file /proc/no/spottui.log cannot be written" in said.err


# -- clusters that are not there -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("status",), ("sync", "navigation"), ("restart", "deploy/camera")])
@pytest.mark.usefixtures("nowhere")
def test_an_unreachable_cluster_is_status_3_in_one_sentence(spottui: Spottui, words: tuple[str, ...]) -> None:
    said = spottui(*words)
    assert (said.status, said.out) == (3, "")
    assert said.err.startswith("spottui: ")
    assert len(said.err.splitlines()) == 1
    assert "hunter2" not in said.err


def test_no_kubeconfig_is_status_2_and_tells_where_it_was_looked_for(spottui: Spottui, tmp_path: Path) -> None:
    said = spottui("status")
    assert said.status == 2
    assert f"{tmp_path}/.kube/config" in said.err


def test_a_command_takes_the_cluster_options_too(spottui: Spottui, nowhere: Path) -> None:
    nowhere.rename(nowhere.parent / "other.yaml")
    for words in (("--kubeconfig", ".kube/other.yaml", "status"), ("status", "--kubeconfig", ".kube/other.yaml")):
        assert spottui(*words).status == 3
    said = spottui("status", "--kubeconfig", ".kube/other.yaml", "--context", "feild")
    assert said.status == 2
    assert "Did you mean field?" in said.err


def test_the_option_after_the_command_beats_the_one_before_it(spottui: Spottui, nowhere: Path) -> None:
    said = spottui("--context", "gone", "status", "--context", "field")
    assert said.status == 3


@pytest.mark.usefixtures("nowhere")
def test_doctor_goes_through_everything_it_can_and_ends_with_the_worst(spottui: Spottui) -> None:
    said = spottui("doctor")
    assert said.status == 3
    names = [line.split(":")[0].split(maxsplit=1)[1] for line in said.out.splitlines() if line[:1] != " "]
    assert names[:3] == ["python", "settings", "terminal"]
    assert names[-2:] == ["kubeconfig", "server"]
    assert {"locale", "colours", "audit file", "log file", "disk"} <= set(names)


@pytest.mark.parametrize("words", ["pod/x", "deploy", "deploy/", "/x", "deploy/a/b"])
def test_what_is_no_workload_is_wrong_use(spottui: Spottui, words: str) -> None:
    said = spottui("restart", words)
    assert said.status == 2
    assert "write deploy/NAME, sts/NAME or ds/NAME" in said.err


@pytest.mark.usefixtures("nowhere")
def test_read_only_on_the_command_line_refuses_commands(spottui: Spottui) -> None:
    said = spottui("--read-only", "restart", "deploy/camera")
    assert said.status == 2
    assert "--read-only was given, so nothing was sent." in said.err


def test_prune_and_dry_run_exclude_one_another(spottui: Spottui) -> None:
    assert spottui("sync", "navigation", "--prune", "--dry-run").status == 2


# -- completion ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(spottui: Spottui, shell: str) -> None:
    said = spottui("completion", shell)
    assert said.status == 0
    assert "_SPOTTUI_COMPLETE" in said.out


def test_the_completion_that_the_script_asks_for_is_answered() -> None:
    environ = {"COMP_WORDS": "spottui st", "COMP_CWORD": "1", "_SPOTTUI_COMPLETE": "bash_complete"}
    command = [sys.executable, "-m", "spottui"]
    done = subprocess.run(command, env=os.environ | environ, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["plain,status"]


# -- faults ----------------------------------------------------------------------------------------------------


def test_a_fault_of_ours_is_one_line_and_a_traceback_in_the_log(
    spottui: Spottui, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> dict[str, str]:
        password = "hunter2-local"
        raise RuntimeError(f"token={password[:7]}-in-a-message")

    monkeypatch.setattr(cli_request, "known_keys", broken)
    said = spottui("config", "show")
    assert (said.status, said.out) == (1, "")
    log = tmp_path / ".local/state/spottui/spottui.log"
    place = "RuntimeError in test_command_line.py"
    assert re.fullmatch(
        rf"spottui stopped by a fault of its own \({place}:\d+\)\. Details: {re.escape(str(log))}\n", said.err
    )
    assert "RuntimeError: token=***" in log.read_text()
    assert "hunter2" not in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_reader_that_leaves_early_ends_it_silently() -> None:
    script = f"{sys.executable} -m spottui completion bash | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer hunter2",
        "token=hunter2",
        '{"password": "hunter2 with blanks"}',
        "client-key-data: hunter2",
        "https://ana:hunter2@git.example/repo",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
        "Basic aHVudGVyMjpodW50ZXIy",
    ],
)
def test_what_looks_like_a_credential_is_struck_out(text: str) -> None:
    struck = crash.scrub(f"before {text} after")
    assert "hunter2" not in struck
    assert "aHVudGVy" not in struck
    assert "***" in struck
    assert struck.startswith("before ")
    assert struck.endswith(" after")


def test_the_log_is_rotated_and_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crash, "LOG_BYTES", 2000)
    path = tmp_path / "state" / "spottui.log"
    assert crash.set_up_log(path, "debug") is None
    for number in range(100):
        crash.LOG.debug("line %d with token=hunter2", number)
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == ["spottui.log", "spottui.log.1", "spottui.log.2"]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)
    assert all("hunter2" not in file.read_text() for file in files)


def test_logging_never_reaches_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    crash.set_up_log(Path("/proc/no/spottui.log"), "debug")
    logging.getLogger("spottui").error("not for the screen")
    crash.set_up_log(tmp_path / "spottui.log", "info")
    logging.getLogger("asyncio").error("neither is this")
    assert capfd.readouterr() == ("", "")
    assert "neither is this" in (tmp_path / "spottui.log").read_text()


@pytest.mark.parametrize("module", sorted(set(command_line.COMMANDS.values())))
def test_every_command_of_a_module_is_reached_by_its_name(module: str) -> None:
    names = {command.name for command in importlib.import_module(module).COMMANDS}
    assert names == {name for name, where in command_line.COMMANDS.items() if where == module}
