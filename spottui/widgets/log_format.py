"""How a log line is drawn: its level, its JSON as words, its time in the operator's zone."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from spottui.records_logs import LogLine
from spottui.widgets.tones import Line, Span

LEVEL_AREA = 400
"""Characters in which a level is looked for."""
_LEVEL = re.compile(
    r"\b(?P<word>TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERR(?:OR)?|FATAL|CRIT(?:ICAL)?|PANIC|EMERG|ALERT)\b"
    r"|\b(?:level|lvl|severity)[\"']?\s*[=:]\s*[\"']?(?P<key>[A-Za-z]+)"
    r"|^(?P<klog>[IWEF])\d{4} \d\d:\d\d:\d\d",
    re.IGNORECASE,
)
_TONES = {
    "t": "dim",
    "d": "dim",
    "i": "",
    "n": "",
    "w": "warn",
    "e": "bad",
    "f": "bad",
    "c": "bad",
    "p": "bad",
    "a": "bad",
}
_NUMBERS = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
"""Levels of pino and bunyan."""
_TIME, _LEVELS, _TEXTS = (
    ("time", "ts", "timestamp", "@timestamp"),
    ("level", "lvl", "severity"),
    ("msg", "message", "text"),
)
JSON_DEPTH = 3


def tone_of(text: str) -> str:
    """Return the tone of a line by the level that it names; empty when it names none, or an ordinary one."""
    found = _LEVEL.search(text, 0, LEVEL_AREA)
    if found is None:
        return ""
    word = found["word"] or found["key"] or found["klog"] or ""
    if found["word"] and not (word.isupper() or word.istitle()) and found.start() > 40:
        return ""  # "no error so far" deep in a sentence is no level
    return _TONES.get(word[:1].lower(), "")


@lru_cache(maxsize=512)
def readable(text: str) -> str:
    """Return a JSON object as "LEVEL message key=value …"; other text as it is."""
    if not text.startswith("{") or not text.rstrip().endswith("}"):
        return text
    try:
        known = msgspec.json.decode(text)
    except (msgspec.MsgspecError, RecursionError):
        return text
    if not isinstance(known, dict):
        return text
    level = _taken(known, _LEVELS)
    message = _taken(known, _TEXTS)
    _taken(known, _TIME)  # the kubelet's stamp says it too
    if isinstance(level, (int, float)):
        level = _NUMBERS.get(int(level), level)
    head = [str(level).upper() if level is not None else "", str(message) if message is not None else ""]
    rest = [f"{key}={_short(value)}" for key, value in known.items()]
    return "  ".join(part for part in (*head, " ".join(rest)) if part)


def _taken(known: dict[Any, Any], names: tuple[str, ...]) -> Any:
    return next((known.pop(name) for name in names if name in known), None)


def _short(value: Any, depth: int = 0) -> str:
    if isinstance(value, dict):
        inner = (
            "…" if depth >= JSON_DEPTH else ",".join(f"{key}:{_short(one, depth + 1)}" for key, one in value.items())
        )
        return "{" + inner + "}"
    if isinstance(value, list):
        return "[" + ("…" if depth >= JSON_DEPTH else ",".join(_short(one, depth + 1) for one in value)) + "]"
    return msgspec.json.encode(value).decode() if value is None or isinstance(value, bool) else str(value)


@lru_cache(maxsize=1024)
def local_time(stamp: str) -> str:
    """Return a kubelet's stamp as local time with milliseconds; blanks of that width when it is none."""
    try:
        moment = datetime.fromisoformat(stamp).astimezone()
    except ValueError:
        return " " * 12
    return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def spans_of(line: LogLine, *, times: bool, names: dict[str, str], pretty: bool, plain: bool) -> Line:
    """Return a line's spans; `names` maps pods to the tag drawn before their lines, empty for none."""
    if line.kind == "gap":
        mark = "--" if plain else "──"
        tag = names.get(_key(line), "")
        about = f"{tag.strip()}: " if tag else ""
        return ((f"{mark} {local_time(line.stamp)} {about}{line.text} {mark}", "info"),)
    spans: list[Span] = []
    if times:
        spans.append((f"{local_time(line.stamp)} ", "dim"))
    if tag := names.get(_key(line), ""):
        spans.append((f"{tag} ", "accent"))
    text = readable(line.text) if pretty else line.text
    spans.append((text, tone_of(text)))
    return tuple(spans)


def _key(line: LogLine) -> str:
    return f"{line.pod}/{line.container}"
