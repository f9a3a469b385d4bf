"""The log file, what is said after a crash, and how signals end the program.

Neither shows local variables or secrets: a field terminal is looked over, and log files are sent around.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import threading
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from spottui import early_signals
from spottui.private_file import open_private
from spottui.safe_text import clean

LOG_BYTES = 1_000_000
LOG_FILES = 3
LONGEST = 200_000
"""Characters of one record or traceback."""
LOG = logging.getLogger("spottui")

_SECRETS = (
    re.compile(r"-----BEGIN [^-]*PRIVATE KEY-----.*?(-----END [^-]*-----|\Z)", re.DOTALL),
    re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.?[\w-]*"),
    re.compile(r"(?i)(?<=\bbearer )[^\s'\",]+"),
    re.compile(r"(?i)(?<=\bbasic )[a-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^/\s@:]+:[^/\s@]+(?=@)"),
)
_NAMED_SECRET = re.compile(
    r"""(?i)(["']?[\w-]*(?:token|password|passwd|secret|api[_-]?key|client-key-data)["']?\s*[=:]\s*)"""
    r"""("[^"]*"|'[^']*'|(?!Bearer |Basic )[^\s,;)}\]]+)"""
)


def scrub(text: str) -> str:
    """Return the text with whatever looks like a credential replaced by "***", and without what a terminal obeys."""
    for pattern in _SECRETS:
        text = pattern.sub("***", text)
    return clean(_NAMED_SECRET.sub(r"\1***", text), LONGEST, keep_newlines=True)


class PlainFormatter(logging.Formatter):
    """Writes a record with its traceback, without locals and without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the finished text of a record."""
        return scrub(super().format(record))


class PrivateFileHandler(RotatingFileHandler):
    """A rotating log file that only its owner can read."""

    def _open(self) -> io.TextIOWrapper:
        return open(open_private(Path(self.baseFilename)), "a", encoding="utf-8", errors="backslashreplace")


def set_up_log(path: Path, level: str) -> str | None:
    """Send all logging to a rotating file, and nothing to the terminal.

    Returns a sentence when the file cannot be written; the program then goes on without a log.
    """
    root = logging.getLogger()
    problem = None
    try:
        handler: logging.Handler = PrivateFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES - 1)
    except OSError as error:
        handler = logging.NullHandler()
        problem = f"The log file {path} cannot be written: {error.strerror}."
    handler.setFormatter(PlainFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # foreign libraries log request headers at lower levels
    LOG.setLevel(level.upper())
    logging.raiseExceptions = False  # a full disk must not write tracebacks over the screen
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_thread
    return problem


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    LOG.error("uncaught", exc_info=(kind, error, trace))


def _log_unraisable(hint: Any) -> None:
    LOG.error("ignored error: %s", hint.err_msg, exc_info=hint.exc_value)


def _log_thread(hint: Any) -> None:
    LOG.error("error in a thread", exc_info=hint.exc_value)


def record_crash(error: BaseException, log_path: Path) -> str:
    """Append the traceback of `error` to the log file; return the one line that may go to the screen.

    The line names the kind of error and its place, not its message: messages carry values.
    """
    while isinstance(inner := getattr(error, "error", None), BaseException):
        error = inner  # Textual's WorkerFailed has no frames of its own; what it wraps has
    trace = traceback.TracebackException.from_exception(error, capture_locals=False)
    text = scrub("".join(trace.format()))
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    said = f"spottui stopped by a fault of its own ({type(error).__name__}{place})."
    try:
        with open(open_private(log_path), "a", encoding="utf-8", errors="backslashreplace") as log:
            log.write(f"crash: {said}\n{text}")
    except OSError as problem:
        return f"{said} The log file {log_path} could not be written: {problem.strerror}."
    return f"{said} Details: {log_path}"


class Exits(Protocol):
    """An app that can be told to end (Textual's App)."""

    def exit(self, result: Any = None, return_code: int = 0, message: Any = None) -> None:
        """End with this exit status."""
        ...


def install_signals(app: Exits) -> None:
    """Let the signals that end programs end the app in order, with status 128 + signal; call it on the app's loop."""
    import asyncio  # 0.2 s on a small computer, and most that import this module need none

    loop = asyncio.get_running_loop()
    for number in early_signals.ENDING:
        loop.add_signal_handler(number, app.exit, None, 128 + number)
    if (status := early_signals.status()) is not None:
        app.exit(None, status)
