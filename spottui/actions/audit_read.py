"""Reads the audit log back as commands: what was asked, what was sent, how it ended; broken lines are left out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from spottui.actions.audit_chain import GAP, MEND, Row
from spottui.actions.audit_file import AuditFile
from spottui.actions.objects import said
from spottui.clock import parse_time, rfc3339
from spottui.records import Command, Target

TAIL = 4 * 1024 * 1024
"""Bytes read back from the end of the log at a start; thousands of commands."""
NO_ANSWER = "The program ended before the answer"
_WORD = 300
"""Characters of a name that are shown."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One command as the log has it."""

    command: Command
    """With its last outcome; `at` and `detail` are of the last line."""
    asked_at: float
    """Seconds since the epoch."""
    asked: str
    """What was to be done; empty when that line is missing."""
    user: str
    host: str
    context: str
    session: str
    """Which spottui wrote the last line; empty in lines from before the chain."""
    writes: int
    """Writes that were sent, or were about to be."""
    request: str
    """Method and path of the last one, empty when there was none."""
    last: Row
    """The last line as it stands in the file: not cleaned."""

    @property
    def is_about_log(self) -> bool:
        """It tells of the log itself, not of a command."""
        return self.command.action in (MEND, GAP)


def entries_of(rows: Iterable[Row]) -> list[Entry]:
    """Return the commands that rows tell of, in the order in which they were asked."""
    entries: dict[str, Entry] = {}
    for row in rows:
        entry = _entry(row)
        if entry is None:
            continue
        key = f"{row.get('n')}:{entry.command.action}" if entry.is_about_log else entry.command.id
        entries[key] = _joined(entries.get(key), entry)
    return list(entries.values())


def read(path: Path) -> list[Command]:
    """Return the commands of the log's last megabytes, each with its last word; an unreadable log is an empty one.

    A command without an outcome is "unknown" unless the spottui that wrote it still runs.
    """
    file = AuditFile(path)
    try:
        found = entries_of(file.rows(TAIL))
    except OSError:
        return []
    return [judged(entry, file).command for entry in found]


def judged(entry: Entry, file: AuditFile) -> Entry:
    """Return an entry whose command nobody is at any more as "unknown"."""
    command = entry.command
    if command.outcome != "asked" or file.is_alive(entry.session):
        return entry
    ended = structs.replace(command, outcome="unknown", detail=without_end(entry), seconds=None)
    return replace(entry, command=ended)


def without_end(entry: Entry) -> str:
    """Return what can be said of a command whose spottui ended before the answer."""
    if not entry.writes:
        return f"{NO_ANSWER}; no write of it had left. {_what(entry)}"
    sent = "its only write" if entry.writes == 1 else f"the last of its {entry.writes} writes"
    return f"{NO_ANSWER}; {sent}, {entry.request}, may or may not have been done. {_what(entry)}"


def _what(entry: Entry) -> str:
    when = rfc3339(entry.asked_at).replace("T", " ")
    return f"It was: {entry.asked}, {when}." if entry.asked else f"It was asked at {when}."


def _joined(before: Entry | None, now: Entry) -> Entry:
    """Return what two lines of one command say together."""
    if before is None or (now.command.outcome == "asked" and not now.writes):
        return now
    return replace(
        now,
        asked_at=before.asked_at,
        asked=before.asked or now.asked,
        writes=before.writes + now.writes,
        request=now.request or before.request,
    )


def _entry(row: Row) -> Entry | None:
    at = parse_time(row["time"]) if isinstance(row.get("time"), str) else None
    outcome, seconds = row.get("outcome"), row.get("seconds")
    if at is None or not isinstance(row.get("id"), str) or not isinstance(row.get("action"), str):
        return None
    if outcome not in ("asked", "done", "failed", "unknown"):
        return None
    command = Command(
        id=row["id"],
        at=at,
        action=said(row["action"], 80),
        target=_target(row.get("target")),
        outcome=outcome,
        detail=_line(row.get("detail")),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
    )
    request = _request(row.get("request"))
    is_asked = outcome == "asked"
    return Entry(
        command=command,
        asked_at=at,
        asked=command.detail if is_asked else "",
        user=said(row.get("user"), 80),
        host=said(row.get("host"), 80),
        context=said(row.get("context"), _WORD),
        session=str(row.get("session") or ""),
        writes=1 if request and is_asked else 0,
        request=request,
        last=row,
    )


def _line(text: object) -> str:
    """Return a sentence of the log as one line without control characters, its final stop kept."""
    shown = said(text, 2000)
    return f"{shown}." if shown and str(text).rstrip().endswith(".") else shown


def _request(row: object) -> str:
    return f"{said(row.get('method'), 10)} {said(row.get('path'), _WORD)}" if isinstance(row, dict) else ""


def _target(row: object) -> Target | None:
    if not isinstance(row, dict):
        return None
    kind, namespace, name, uid = (said(row.get(field), _WORD) for field in ("kind", "namespace", "name", "uid"))
    return Target(kind=kind, namespace=namespace, name=name, uid=uid)
