"""What the doctor can check without a cluster: Python, terminal, locale, files, disk."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from spottui.actions.audit_file import AuditFile
from spottui.oneshot.checks import Check
from spottui.private_file import open_private
from spottui.settings import Settings
from spottui.settings_terminal import colours, speaks_utf8

LEAST_SIZE = (80, 24)
LITTLE_SPACE = 200 * 2**20
NO_SPACE = 10 * 2**20


def checks(settings: Settings, environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield the checks of this computer and this terminal."""
    yield Check("ok", "python", f"{platform.python_version()} on {platform.machine()}")
    there = "read" if settings.file.exists() else "not there, defaults hold"
    yield Check("ok", "settings", f"{settings.file} ({there})")
    yield _terminal(environ)
    yield _size()
    yield _locale(environ)
    yield _colours(environ)
    yield _writable("audit file", settings.audit.path, "Commands are refused until it can be written.")
    yield from _chain(settings.audit.path)
    yield _writable("log file", settings.log.file, "Without it nothing tells why spottui stopped.")
    yield _disk(settings.audit.path.parent)


def _chain(path: Path) -> Iterator[Check]:
    """Yield a check when the log of our commands is not whole; that it cannot be read is said by another."""
    with suppress(OSError):
        found = AuditFile(path).verify()
        if not found.is_whole:
            text = f"line {found.broken[0].line}: {found.broken[0].what}"
            yield Check("warn", "audit chain", text, "spottui audit --verify says what is wrong with the log.")


def _terminal(environ: Mapping[str, str]) -> Check:
    term = environ.get("TERM", "")
    if term in ("", "dumb"):
        said = f'TERM is "{term}"' if term else "TERM is not set"
        return Check("warn", "terminal", said, "The full screen cannot start here; set TERM, or use spottui status.")
    if environ.get("TMUX"):
        advice = "If escape feels slow, put this into ~/.tmux.conf: set -g escape-time 10"
        return Check("ok", "terminal", f"{term} inside tmux", advice)
    return Check("ok", "terminal", term)


def _size() -> Check:
    if not sys.stdout.isatty():
        return Check("ok", "size", "the output is no terminal now")
    size = os.get_terminal_size(sys.stdout.fileno())
    text = f"{size.columns} columns, {size.lines} rows"
    if size.columns < LEAST_SIZE[0] or size.lines < LEAST_SIZE[1]:
        return Check("warn", "size", text, "It works, but 80 x 24 or more shows what matters.")
    return Check("ok", "size", text)


def _locale(environ: Mapping[str, str]) -> Check:
    name = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "not set"
    if speaks_utf8(environ):
        return Check("ok", "locale", name)
    return Check("warn", "locale", name, "Borders are drawn in ASCII; for better ones: export LANG=C.UTF-8")


def _colours(environ: Mapping[str, str]) -> Check:
    count = colours(environ)
    if count == "256" and environ.get("SSH_CONNECTION"):
        return Check("ok", "colours", "256 (over SSH)", "If the terminal can do more: export COLORTERM=truecolor")
    return Check("ok", "colours", count)


def _writable(name: str, path: Path, loss: str) -> Check:
    try:
        os.close(open_private(path))
    except OSError as error:
        advice = f"{loss} Make its folder writable, or choose another path in the settings."
        return Check("fail", name, f"{path} cannot be written: {error.strerror}", advice)
    return Check("ok", name, str(path))


def _disk(folder: Path) -> Check:
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    text = f"{free / 2**30:.1f} GiB free at {folder}"
    if free < NO_SPACE:
        return Check("fail", "disk", text, "Free some: without an audit line no command is sent.")
    if free < LITTLE_SPACE:
        return Check("warn", "disk", text, "Free some before it is full: without an audit line no command is sent.")
    return Check("ok", "disk", text)
