"""`spottui audit`: the log of our own commands as a person reads it, and whether it is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from spottui import clock
from spottui.actions.audit_chain import Verdict
from spottui.actions.audit_file import AuditFile
from spottui.actions.audit_read import Entry, entries_of, judged
from spottui.errors import BadConfig, SpottuiError
from spottui.sources.text import clean

SCHEMA = 1
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_MOST_BREAKS = 20
"""Places of a broken chain that are named one by one."""


def show(path: Path, since: str | None, *, as_json: bool, now: Callable[[], float] = clock.now) -> tuple[str, str]:
    """Return the commands of the log as text or JSON, and a warning when it is not whole (empty when it is).

    Raises:
        BadConfig: `since` is no time.
        SpottuiError: The log cannot be read.
    """
    start = None if since is None else _start(since, now())
    file = AuditFile(path)
    try:
        found = [judged(entry, file) for entry in entries_of(file.rows())]
        is_whole = file.verify().is_whole
    except OSError as error:
        raise _unreadable(path, error) from error
    shown = [entry for entry in found if start is None or entry.command.at >= start]
    warning = "" if is_whole else "The log is not whole: spottui audit --verify says where."
    return (_as_json(path, shown) if as_json else _as_text(path, shown, since)), warning


def verdict(path: Path, *, as_json: bool) -> tuple[str, bool]:
    """Return what a look at the whole chain found, as text or JSON, and whether it is whole.

    Raises:
        SpottuiError: The log cannot be read.
    """
    try:
        found = AuditFile(path).verify()
    except OSError as error:
        raise _unreadable(path, error) from error
    text = _verdict_as_json(path, found) if as_json else "\n".join(_verdict_lines(path, found))
    return text, found.is_whole


def _unreadable(path: Path, error: OSError) -> SpottuiError:
    return SpottuiError(f"The audit log {path} cannot be read: {error.strerror or error}.")


def _start(text: str, now: float) -> float:
    """Return seconds since the epoch of "24h" (ago) or of a moment."""
    if match := re.fullmatch(r"(\d{1,6})([smhd])", text.strip()):
        return now - int(match[1]) * _UNITS[match[2]]
    moment = clock.parse_time(text.strip())
    if moment is None:
        raise BadConfig(f'--since: a time such as 90m, 24h, 7d or 2027-01-15T08:00 is meant, not "{clean(text, 60)}".')
    return moment


# -- the commands ---------------------------------------------------------------------------------------


def _as_text(path: Path, entries: Sequence[Entry], since: str | None) -> str:
    if not entries:
        when = f" since {clean(since, 60)}" if since else ""
        return f"No command was sent from here{when}, as {path} has it."
    return "\n".join(line for entry in entries for line in _lines(entry))


def _lines(entry: Entry) -> list[str]:
    command = entry.command
    when = _utc(entry.asked_at)
    if entry.is_about_log:
        return [f"{when}  {'the log':<7}  {clean(command.detail, 2000)}"]
    word = "running" if command.outcome == "asked" else command.outcome
    who = "@".join(part for part in (clean(entry.user, 80), clean(entry.host, 80)) if part) or "?"
    where = f" on {clean(entry.context, 200)}" if entry.context else ""
    what = clean(entry.asked, 2000) or f"{command.action} {command.target or ''}".strip()
    lines = [f"{when}  {word:<7}  {who}{where}: {what}"]
    if command.outcome != "asked" and command.detail and command.detail != entry.asked:
        took = "" if command.seconds is None else f" ({command.seconds:.1f} s)"
        lines.append(f"{'':31}{clean(command.detail, 2000)}{took}")
    return lines


def _as_json(path: Path, entries: Sequence[Entry]) -> str:
    whole = {"schema": SCHEMA, "path": str(path), "commands": [_as_object(entry) for entry in entries]}
    return json.dumps(whole, indent=2)


def _as_object(entry: Entry) -> dict[str, Any]:
    command, target = entry.command, entry.command.target
    return {
        "id": clean(command.id, 80),
        "asked_at": clock.rfc3339(entry.asked_at),
        "ended_at": None if command.outcome == "asked" else clock.rfc3339(command.at),
        "user": entry.user,
        "host": entry.host,
        "context": entry.context,
        "action": command.action,
        "target": target
        and {"kind": target.kind, "namespace": target.namespace, "name": target.name, "uid": target.uid},
        "asked": entry.asked,
        "outcome": "running" if command.outcome == "asked" else command.outcome,
        "detail": "" if command.outcome == "asked" else command.detail,
        "seconds": command.seconds,
        "writes": entry.writes,
        "last_write": entry.request or None,
    }


def _utc(moment: float) -> str:
    return clock.rfc3339(moment).replace("T", " ")


# -- the chain ------------------------------------------------------------------------------------------


def _verdict_lines(path: Path, found: Verdict) -> list[str]:
    if not found.lines and found.is_whole:
        return [f"{path}: there is no line in it yet."]
    if found.is_whole and not found.chained:
        return [f"{path}: {_lines_of(found.lines)}, all from before the chain; the next command begins it."]
    counted = _lines_of(found.lines) + (f", {found.before_chain} from before the chain" if found.before_chain else "")
    state = "whole" if found.is_whole else "BROKEN"
    lines = [f"{path}: {state}, {counted}."]
    lines += [f"line {one.line}: {clean(one.what, 2000)}" for one in found.broken[:_MOST_BREAKS]]
    if len(found.broken) > _MOST_BREAKS:
        lines.append(f"and {len(found.broken) - _MOST_BREAKS} places more.")
    return [*lines, *found.notes]


def _verdict_as_json(path: Path, found: Verdict) -> str:
    whole = {
        "schema": SCHEMA,
        "path": str(path),
        "whole": found.is_whole,
        "lines": found.lines,
        "chained": found.chained,
        "before_chain": found.before_chain,
        "broken": [{"line": one.line, "what": clean(one.what, 2000)} for one in found.broken],
        "notes": found.notes,
    }
    return json.dumps(whole, indent=2)


def _lines_of(count: int) -> str:
    return "1 line" if count == 1 else f"{count} lines"
