"""Runs the network tools that are installed here, without a shell and with a deadline; knows no output format."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping

from spottui.errors import SpottuiError
from spottui.sources.text import clean

DEADLINE = 3.0
"""Seconds for one tool."""
MOST = 256 * 2**10
"""Characters kept of its output."""
SYSTEM_PATHS = ("/usr/sbin", "/sbin", "/usr/bin", "/bin")
"""Where iw is; a plain user's PATH often lacks it."""


class ToolFailed(SpottuiError):
    """A tool is not installed, did not end in time or refused; the text says which."""


Run = Callable[..., str]
"""Runs a tool by name with arguments and returns its output, or raises `ToolFailed`; blocks."""


def tools_of(environ: Mapping[str, str], deadline: float = DEADLINE) -> Run:
    """Return what runs the tools that this PATH, or the system's own folders, hold."""
    folders = [folder for folder in environ.get("PATH", "").split(":") if folder.startswith("/")]
    path = ":".join(dict.fromkeys([*folders, *SYSTEM_PATHS]))

    def run(name: str, *arguments: str) -> str:
        found = shutil.which(name, path=path)
        if found is None:
            raise ToolFailed(f"{name} is not installed here.")
        try:
            done = subprocess.run(
                [found, *arguments],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=deadline,
                env={"PATH": path, "LC_ALL": "C"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise ToolFailed(f"{name} did not end within {deadline:.0f} s.") from None
        except OSError as error:
            raise ToolFailed(f"{name} cannot be run: {error.strerror}.") from error
        if done.returncode != 0:
            said = clean((done.stderr or done.stdout).decode("utf-8", "replace").strip(), 120)
            raise ToolFailed(f"{name} failed: {said or f'exit status {done.returncode}'}")
        return done.stdout.decode("utf-8", "replace")[:MOST]

    return run
