"""Standard streams that are closed, full, broken or of another charset: no traceback, and a status that says it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from spottui.app_charset import as_charset
from spottui.settings_terminal import charset

from .case import SPOTTUI, environment

WORDS = " ".join(SPOTTUI)


def run(script: str, home: Path, **changes: str | None) -> subprocess.CompletedProcess[bytes]:
    """Run a line of bash without any terminal."""
    environ = environment(home, **changes)
    command = ["bash", "-c", f"set -o pipefail; {script}"]
    return subprocess.run(command, env=environ, cwd=home, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)


@pytest.mark.slow
@pytest.mark.parametrize("arguments", ["", "config show", "status", "--help", "completion bash", "doctor", "apps"])
@pytest.mark.parametrize("how", [">&-", "2>&-", "<&-", ">&- 2>&- <&-", "| true", ">/dev/full", "2>/dev/full"])
def test_no_stream_of_any_state_brings_a_traceback(tmp_path: Path, arguments: str, how: str) -> None:
    done = run(f"{WORDS} {arguments} {how}", tmp_path)
    assert b"Traceback" not in done.stderr + done.stdout
    assert b"fault of its own" not in done.stderr
    assert done.returncode in (0, 1, 2, 3)
    assert (
        not (tmp_path / ".local/state/spottui/spottui.log").exists()
        or b"crash:" not in (tmp_path / ".local/state/spottui/spottui.log").read_bytes()
    )


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    done = run(f"{WORDS} config show >/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (1, b"spottui: The answer cannot be written: No space left on device.\n")


@pytest.mark.slow
def test_a_file_that_is_opened_never_becomes_a_closed_standard_stream(tmp_path: Path) -> None:
    """Else what is printed would land in the log."""
    assert run(f"{WORDS} config show >&- 2>&-", tmp_path).returncode == 0
    assert b"[cluster]" not in (tmp_path / ".local/state/spottui/spottui.log").read_bytes()


@pytest.mark.slow
def test_a_name_that_the_locale_cannot_say_does_not_end_the_answer(tmp_path: Path) -> None:
    name = "büro-名前-💥"
    done = run(f"{WORDS} --context '{name}' config show", tmp_path, PYTHONIOENCODING="latin-1")
    assert done.returncode == 0
    assert 'context = "büro-\\u540d\\u524d-\\ud83d\\udca5"'.encode("latin-1") in done.stdout
    assert json.loads('"\\u540d\\ud83d\\udca5"') == "名💥"


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", ["--config {} config show", "--kubeconfig {} status", "--log-file /dev/null/{} config show"]
)
def test_a_path_with_escapes_is_said_without_them(tmp_path: Path, arguments: str) -> None:
    path = r"$'/tmp/a\x1b[31m\x9b2J\u202eb.toml'"
    done = run(f"{WORDS} {arguments.replace('{}', path)}", tmp_path)
    said = (done.stdout + done.stderr).decode("utf-8", "surrogateescape")
    assert "Traceback" not in said and "/tmp/a" in said.replace("/dev/null", "")
    assert not any(one in said for one in "\x1b\x9b\u202e")


@pytest.mark.parametrize(
    ("environ", "name"),
    [
        ({}, "utf-8"),
        ({"LANG": "de_DE.UTF-8"}, "utf-8"),
        ({"LANG": "de_DE.utf8@euro"}, "utf-8"),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, "utf-8"),
        ({"LC_ALL": "C"}, "ascii"),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, "ascii"),
        ({"LANG": "C"}, "ascii"),
        ({"LANG": "de_DE"}, "ascii"),
        ({"LANG": "de_DE.ISO-8859-1"}, "iso8859-1"),
        ({"LANG": "de_DE.ISO-8859-15@euro"}, "iso8859-15"),
        ({"LANG": "xx.utf-16"}, "ascii"),
        ({"LANG": "xx.rot13"}, "ascii"),
        ({"LANG": "xx.no-such"}, "ascii"),
    ],
)
def test_the_locale_says_what_the_terminal_can_show(environ: dict[str, str], name: str) -> None:
    assert charset(environ) == name


def test_what_a_charset_has_not_is_drawn_in_as_many_cells() -> None:
    assert as_charset("plain", "ascii") == b"plain"
    assert as_charset("é漢●…⣿⠀─\u0301💥", "ascii") == b"e??+~# -??"
    assert as_charset("é漢", "iso8859-1") == b"\xe9??"
    assert as_charset("é漢", "utf-8") == "é漢".encode()
    assert as_charset("\x1b[31m▲\x1b[0m", "ascii") == b"\x1b[31m^\x1b[0m"
