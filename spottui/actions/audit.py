"""The written record of our own commands: one JSON line for asked, sent and ended; only appended to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spottui.actions.audit_chain import Row
from spottui.actions.audit_file import AuditFile
from spottui.actions.audit_read import TAIL, Entry, entries_of, without_end
from spottui.errors import SpottuiError
from spottui.records import Command


@dataclass(frozen=True)
class Request:
    """A request as it is sent, but for what looks like a secret in it."""

    method: str
    path: str
    body: Any


class Audit:
    """Appends to the audit log; a line is on the disk before its method returns.

    Several spottui processes may share the file; each line holds the hash of the one before.
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
        self.server = server
        """Address or version of the API server, once it is known."""
        self.context = context
        """The kubeconfig's context; may be known only once the cluster is found."""
        self._who = {"user": user, "host": host, "ssh_connection": ssh_connection}
        self._file = AuditFile(path)
        self._clock = clock
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="audit")

    @property
    def path(self) -> Path:
        """Where the log is."""
        return self._file.path

    @path.setter
    def path(self, path: Path) -> None:
        self._file.close()
        self._file = AuditFile(path)

    async def asked(self, command: Command, request: Request | None = None) -> None:
        """Write down that a command is about to be sent, off the event loop.

        Raises:
            SpottuiError: It could not be written; then the command must not be sent.
        """
        await self._off_loop(self.write, command, request)

    async def ended(self, command: Command, request: Request | None = None) -> None:
        """Write down how a command ended, off the event loop; it is written even if the caller is cancelled.

        Raises:
            SpottuiError: It could not be written.
        """
        await self._off_loop(self.write, command, request)

    async def end_those_cut_off(self) -> list[Entry]:
        """Write down the end of every command whose spottui ended before the answer, off the event loop.

        Returns them, oldest first, as the log has them now: their outcome is "unknown".

        Raises:
            SpottuiError: The log could not be read or written.
        """
        return await self._off_loop(self.write_ends)

    def write(self, command: Command, request: Request | None = None) -> None:
        """Append one line and wait until the disk has it; blocks.

        Raises:
            SpottuiError: It could not be written; names the path and the reason.
        """
        try:
            self._file.append([self._line(command, request)], self._about())
        except OSError as error:
            raise self._unusable("written", error) from error

    def write_ends(self) -> list[Entry]:
        """Do what `end_those_cut_off` does; blocks.

        Raises:
            SpottuiError: As there.
        """
        try:
            if not self._cut_off():
                return []  # the log is not even touched: it may be on a disk that is read only
            with self._file.opened() as descriptor:
                rows = [self._end(entry) for entry in self._cut_off(is_locked=True)]
                if rows:
                    self._file.append_to(descriptor, rows, self._about())
        except OSError as error:
            raise self._unusable("written", error) from error
        return entries_of(rows)

    def close(self) -> None:
        """Wait for lines on their way to the disk, and end the thread."""
        self._pool.shutdown(wait=True)
        self._file.close()

    def _cut_off(self, *, is_locked: bool = False) -> list[Entry]:
        found = entries_of(self._file.rows(TAIL, is_locked=is_locked))
        return [entry for entry in found if entry.command.outcome == "asked" and not self._file.is_alive(entry.session)]

    async def _off_loop(self, work: Callable[..., Any], *given: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._pool, work, *given))

    def _line(self, command: Command, request: Request | None) -> Row:
        target, sent = command.target, request
        return {
            "time": _with_milliseconds(self._clock()),
            "id": command.id,
            **self._who,
            "context": self.context,
            "server": self.server,
            "session": self._file.session,
            "action": command.action,
            "target": target
            and {"kind": target.kind, "namespace": target.namespace, "name": target.name, "uid": target.uid},
            "request": sent and {"method": sent.method, "path": sent.path, "body": sent.body},
            "outcome": command.outcome,
            "detail": command.detail,
            "seconds": None if command.seconds is None else round(command.seconds, 3),
        }

    def _end(self, entry: Entry) -> Row:
        """Return the line that ends a command of a spottui that is gone, in the name of who commanded."""
        last = {name: value for name, value in entry.last.items() if name not in ("n", "prev")}
        end = {"outcome": "unknown", "detail": without_end(entry), "seconds": None}
        return {**last, "time": _with_milliseconds(self._clock()), "session": self._file.session, **end}

    def _about(self) -> Row:
        """Return who writes about the log itself, and when."""
        when = {"time": _with_milliseconds(self._clock()), "id": "audit", **self._who}
        return {**when, "context": self.context, "server": self.server, "session": self._file.session}

    def _unusable(self, how: str, error: OSError) -> SpottuiError:
        return SpottuiError(f"The audit log {self.path} cannot be {how}: {error.strerror or error}.")


def _with_milliseconds(moment: float) -> str:
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
