"""What follows from a container's command: small shells and sleeps live as long as they say.

Only for images that are shells; a scenario's own images live by their behaviour alone.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from spottui.sim.behaviour import Behaviour, short_name

SHELLS = {"busybox", "alpine", "bash", "debian", "ubuntu", "dash"}
_SENSOR = re.compile(r"/dev/(?:sensors/)?([\w.-]+)")
_WAITS = re.compile(r"\b(?:until|while)\b.*/dev/")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def with_command(behaviour: Behaviour, container: Mapping[str, Any], *, is_init: bool) -> Behaviour:
    """Return a behaviour with what a container's command says of its life."""
    words = [*(container.get("command") or ()), *(container.get("args") or ())]
    text = " ".join(words)
    changes: dict[str, Any] = {}
    if _WAITS.search(text) and not behaviour.needs_sensor:
        found = _SENSOR.search(text)
        if found:
            changes["needs_sensor"] = found[1]
    elif short_name(container.get("image", "")) in SHELLS and words:
        changes = _life_of(words)
    if is_init and container.get("restartPolicy") != "Always":
        merged = behaviour.with_changes(changes)
        if merged.finish_after is None and merged.crash_after is None and not merged.needs_sensor and not words:
            changes["finish_after"] = 0.5
        elif merged.finish_after is None and merged.crash_after is None and not _runs_on(words):
            changes["finish_after"] = 0.5
    return behaviour.with_changes(changes) if changes else behaviour


def _runs_on(words: list[str]) -> bool:
    """Return whether a command of a shell image never ends by itself."""
    return bool(words) and words[0].rsplit("/", 1)[-1] in ("tail", "sleep", "sh", "ash", "bash") and "inf" in words[-1]


def _life_of(words: list[str]) -> dict[str, Any]:
    """Return fields of a behaviour for the command of a shell image."""
    program = words[0].rsplit("/", 1)[-1]
    if program == "busybox" and len(words) > 1:
        return _life_of(words[1:])
    script = (
        words[2:3] if program in ("sh", "ash", "bash") and len(words) > 2 and "c" in words[1] else [shlex.join(words)]
    )
    if program in ("sh", "ash", "bash") and len(words) == 1:
        return {}
    said: list[str] = []
    seconds, code = 0.05, 0
    for step in re.split(r"\s*(?:;|&&|\n)\s*", script[0]) if script else ():
        try:
            parts = shlex.split(step)
        except ValueError:
            return {}
        name = parts[0].rsplit("/", 1)[-1] if parts else "true"
        if name == "busybox" and len(parts) > 1:
            parts = parts[1:]
            name = parts[0]
        if name == "echo":
            said.append(" ".join(parts[1:]))
        elif name == "sleep":
            length = _seconds(parts[1] if len(parts) > 1 else "0")
            if length is None:
                return {"start_logs": tuple(said)}
            seconds += length
        elif name == "exit":
            code = int(parts[1]) if len(parts) > 1 and parts[1].isdecimal() else code
            break
        elif name in ("true", "false", "date", "env", "ls", "cat", "pwd"):
            code = 1 if name == "false" else 0
        else:
            return {"start_logs": tuple(said)}
    ends = {"crash_after": seconds, "exit_code": code} if code else {"finish_after": seconds}
    return {"start_logs": tuple(said), **ends}


def _seconds(text: str) -> float | None:
    """Return what `sleep` is told, None for ever."""
    match = re.fullmatch(r"([0-9.]+)([smhd]?)", text)
    return float(match[1]) * _UNITS[match[2] or "s"] if match else None
