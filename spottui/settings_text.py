"""Texts of settings: where a key stands in a TOML file, what a misspelt one meant, and `config show`.

Knows nothing of how values are read or checked.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from spottui.settings_values import Secret


def line_of(text: str, section: str, name: str) -> int | None:
    """Return the line of a key in TOML text (of its section's head when `name` is empty); None if not found.

    A look at the text, not a parser: good for the usual layouts, silent for the others.
    """
    current = ""
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[\s*([^\[\]#]+?)\s*\]", line):
            current = head[1].replace('"', "").replace(" ", "")
            if not name and current.split(".")[0] == section:
                return number
        elif entry := re.match(r"""\s*([\w."'-]+)\s*=""", line):
            key = ".".join(part for part in (current, entry[1].replace('"', "").replace("'", "")) if part)
            if key == (f"{section}.{name}" if name else section):
                return number
    return None


def nearest(word: str, words: Collection[str]) -> str:
    """Return the end of a sentence that names what was meant: one near word, else all of them."""
    near = difflib.get_close_matches(word, list(words), 1, 0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(words)}."


def effective(settings: Any) -> str:
    """Return the settings as TOML, each line with its origin; secrets stay "***".

    `settings` is a `spottui.settings.Settings`; the result is itself a valid settings file.
    """
    there = "" if settings.file.exists() else " (not there, which is fine)"
    lines = [f"# settings file: {settings.file}{there}"]
    for name in settings.__dataclass_fields__:
        section = getattr(settings, name)
        if is_dataclass(section) and not isinstance(section, type):
            lines += ["", f"[{name}]"]
            values = asdict(section)
            lines += [_line(key, value, settings.origins[f"{name}.{key}"]) for key, value in values.items()]
    lines += ["", "[keys]"]
    lines += _keymap_lines(settings.keys, settings.origins)
    return "\n".join(lines)


def _keymap_lines(keys: Mapping[str, str], origins: Mapping[str, str]) -> list[str]:
    if not keys:
        return ["# no key was remapped"]
    return [_line(f'"{action}"', value, origins[f"keys.{action}"]) for action, value in keys.items()]


def _line(key: str, value: object, origin: str) -> str:
    written = f"# {key} is not set" if value is None else f"{key} = {toml(value)}"
    return f"{written:<44}  # {origin}"


def toml(value: object) -> str:
    """Return a setting's value as TOML writes it."""
    if isinstance(value, Secret):
        return '"***"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(toml(each) for each in value)}]"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, str | Path):
        text = str(value).replace("\\", "\\\\").replace('"', '\\"')
        return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text) + '"'
    raise TypeError(f"no setting holds a {type(value).__name__}")
