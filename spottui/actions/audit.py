"""The written record of our own commands: one JSON line for asked, sent and ended; only appended to."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spottui.clock import parse_time
from spottui.errors import SpottuiError
from spottui.records import Command, Target

TAIL = 4 * 1024 * 1024
"""Bytes read back from the end of the log; thousands of commands."""
NO_ANSWER = "spottui ended before the answer."


@dataclass(frozen=True)
class Request:
    """A request as it is sent, but for what looks like a secret in it."""

    method: str
    path: str
    body: Any


class Audit:
    """Appends to the audit log; a line is on the disk before its method returns.

    Several spottui processes may share the file: each line is one write in append mode.
    """

    def __init__(
        self,
        path: Path,
        *,
        user: str,
        host: str,
        ssh_connection: str,
        context: str,
        clock: Callable[[], float],
        server: str = "",
    ) -> None:
        self.path = path
        self.server = server
        """Address or version of the API server, once it is known."""
        self.context = context
        """The kubeconfig's context; may be known only once the cluster is found."""
        self._who = {"user": user, "host": host, "ssh_connection": ssh_connection}
        self._clock = clock
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="audit")

    async def asked(self, command: Command, request: Request | None = None) -> None:
        """Write down that a command is about to be sent, off the event loop.

        Raises:
            SpottuiError: It could not be written; then the command must not be sent.
        """
        await self._write_off_loop(command, request)

    async def ended(self, command: Command, request: Request | None = None) -> None:
        """Write down how a command ended, off the event loop; it is written even if the caller is cancelled.

        Raises:
            SpottuiError: It could not be written.
        """
        await self._write_off_loop(command, request)

    def write(self, command: Command, request: Request | None = None) -> None:
        """Append one line and wait until the disk has it; blocks.

        Raises:
            SpottuiError: It could not be written; names the path and the reason.
        """
        line = json.dumps(self._line(command, request), separators=(",", ":")).encode() + b"\n"
        try:
            _append(self.path, line)
        except OSError as error:
            reason = error.strerror or str(error)
            raise SpottuiError(f"The audit log {self.path} cannot be written: {reason}.") from error

    def close(self) -> None:
        """Wait for lines on their way to the disk, and end the thread."""
        self._pool.shutdown(wait=True)

    async def _write_off_loop(self, command: Command, request: Request | None) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.shield(loop.run_in_executor(self._pool, self.write, command, request))

    def _line(self, command: Command, request: Request | None) -> dict[str, Any]:
        target, sent = command.target, request
        return {
            "time": _with_milliseconds(self._clock()),
            "id": command.id,
            **self._who,
            "context": self.context,
            "server": self.server,
            "action": command.action,
            "target": target
            and {"kind": target.kind, "namespace": target.namespace, "name": target.name, "uid": target.uid},
            "request": sent and {"method": sent.method, "path": sent.path, "body": sent.body},
            "outcome": command.outcome,
            "detail": command.detail,
            "seconds": None if command.seconds is None else round(command.seconds, 3),
        }


def read(path: Path) -> list[Command]:
    """Return the commands in the log, oldest first, each with its last word; broken lines are left out.

    A command without an outcome is "unknown": spottui was killed, or another spottui is still at it.
    An absent or unreadable log is an empty one.
    """
    commands: dict[str, Command] = {}
    for line in _tail(path).splitlines():
        command = _parse(line)
        if command is not None:
            commands[command.id] = command
    return [_answered(command) for command in commands.values()]


def _append(path: Path, line: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077 and status.st_uid == os.geteuid():
            os.fchmod(descriptor, 0o600)
        if status.st_size and os.pread(descriptor, 1, status.st_size - 1) != b"\n":
            line = b"\n" + line  # power was lost, or the disk full, in the middle of the last line
        written = os.write(descriptor, line)
        if written != len(line):
            raise OSError(f"only {written} of {len(line)} bytes were taken: is the disk full?")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if not status.st_size:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a new file's name survive a loss of power, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tail(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            return file.read(TAIL)
    except OSError:
        return b""


def _parse(line: bytes) -> Command | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    at = parse_time(row["time"]) if isinstance(row, dict) and isinstance(row.get("time"), str) else None
    if at is None or not isinstance(row.get("id"), str) or not isinstance(row.get("action"), str):
        return None
    outcome, seconds = row.get("outcome"), row.get("seconds")
    if outcome not in ("asked", "done", "failed", "unknown"):
        return None
    return Command(
        id=row["id"],
        at=at,
        action=row["action"],
        target=_target(row.get("target")),
        outcome=outcome,
        detail=str(row.get("detail") or ""),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
    )


def _target(row: object) -> Target | None:
    if not isinstance(row, dict):
        return None
    kind, namespace, name, uid = (str(row.get(field) or "") for field in ("kind", "namespace", "name", "uid"))
    return Target(kind=kind, namespace=namespace, name=name, uid=uid)


def _answered(command: Command) -> Command:
    if command.outcome != "asked":
        return command
    return Command(
        id=command.id,
        at=command.at,
        action=command.action,
        target=command.target,
        outcome="unknown",
        detail=NO_ANSWER,
        seconds=None,
    )


def _with_milliseconds(moment: float) -> str:
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
