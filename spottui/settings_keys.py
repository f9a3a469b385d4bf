"""The [keys] section: which key an operator may put on which action, and why not.

Knows Textual's names of keys, but must not import Textual: settings are read before it.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping

RESERVED = {
    "ctrl+a": "screen and tmux take it",
    "ctrl+b": "tmux takes it",
    "ctrl+space": "terminals send it as NUL, or not at all",
    "ctrl+@": "terminals send it as NUL, or not at all",
    "ctrl+h": "terminals send it as backspace",
    "ctrl+i": "terminals send it as tab",
    "ctrl+j": "terminals send it as enter",
    "ctrl+m": "terminals send it as enter",
    "ctrl+[": "terminals send it as escape",
    "ctrl+\\": "it kills the program",
    "ctrl+c": "it ends the program",
    "ctrl+z": "it stops the program",
}
NAMED = {
    *("tab", "space", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown"),
    *("up", "down", "left", "right", "shift+tab", "enter", "escape"),
    *("shift+up", "shift+down", "shift+left", "shift+right", "shift+home", "shift+end"),
    *("ctrl+up", "ctrl+down", "ctrl+left", "ctrl+right", "ctrl+home", "ctrl+end"),
    *("ctrl+space", "ctrl+@", "ctrl+[", "ctrl+\\"),
    *(f"ctrl+{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
}
_TEXTUAL_NAMES = {
    "minus": "-",
    "plus": "+",
    "hyphen_minus": "-",
    "plus_sign": "+",
    "underscore": "_",
    "low_line": "_",
    "slash": "/",
    "solidus": "/",
    "at": "@",
}


def flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Return nested tables as dotted names: TOML reads `workload.restart = "R"` as a table in a table."""
    found: dict[str, object] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            found.update(flat(value, f"{prefix}{name}."))
        else:
            found[prefix + name] = value
    return found


def canonical(key: str) -> str:
    """Return a key in one spelling: a single character as itself, "ctrl-r" and "Ctrl+R" as "ctrl+r"."""
    key = key.strip()
    if len(key) <= 1:
        return key
    lowered = re.sub(r"^(ctrl|shift|alt|super|meta)[-+]", r"\1+", key.lower())
    if lowered in NAMED or lowered in RESERVED:
        return lowered
    if lowered in _TEXTUAL_NAMES:
        return _TEXTUAL_NAMES[lowered]
    try:
        return unicodedata.lookup(lowered.replace("_", " "))
    except KeyError:
        return lowered


def problem_of(key: str) -> str | None:
    """Return why an operator may not use this key (in its one spelling), or None when it is fine."""
    if len(key) == 1:
        return None if key.isprintable() and not key.isspace() else "is not a key that can be typed"
    if key in RESERVED:
        return f"cannot be used: {RESERVED[key]}"
    if key.startswith(("alt+", "meta+", "super+")):
        return "cannot be used: terminals send Alt as escape and a letter"
    if re.fullmatch(r"(\w+\+)*f\d{1,2}", key):
        return "cannot be used: F-keys differ from terminal to terminal"
    if key not in NAMED:
        near = difflib.get_close_matches(key, sorted(NAMED), 1)
        hint = f"; did you mean {near[0]}?" if near else "; write one character, or a name such as ctrl+r"
        return f"is not a key{hint}"
    return None


def check(table: Mapping[str, object], defaults: Mapping[str, str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Check a [keys] table against the known actions.

    `defaults` is action id -> its own keys, comma-separated and maybe empty. Returns the accepted keymap
    (action id -> comma-separated keys as Textual takes them) and the problems as (action id, sentence).
    """
    keymap: dict[str, str] = {}
    problems: list[tuple[str, str]] = []
    for action, value in flat(table).items():
        if action not in defaults:
            near = difflib.get_close_matches(action, sorted(defaults), 1)
            problems.append((action, "is no action" + (f"; did you mean {near[0]}?" if near else ".")))
            continue
        keys = [canonical(key) for key in _listed(value)]
        wrong = [f'the key "{key}" {why}.' for key in keys if (why := problem_of(key))]
        if not keys:
            wrong = ['must be a key, such as "R", or keys with commas between, such as "R,ctrl+r".']
        problems.extend((action, text) for text in wrong)
        if not wrong:
            keymap[action] = ",".join("comma" if key == "," else key for key in keys)
    problems.extend(_clashes(keymap, defaults))
    return keymap, problems


def _listed(value: object) -> list[str]:
    """Return the keys of one entry: a text with commas, or a list of texts; empty when it is neither."""
    if isinstance(value, str):
        return [","] if value.strip() == "," else [key for key in value.split(",") if key.strip()]
    if isinstance(value, list) and all(isinstance(key, str) for key in value):
        return [key for key in value if key.strip()]
    return []


def _clashes(keymap: Mapping[str, str], defaults: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return one problem per key that a remapped action newly shares with another action."""
    effective = {action: _set(keymap.get(action, keys)) for action, keys in defaults.items()}
    users: defaultdict[str, list[str]] = defaultdict(list)
    for action, keys in effective.items():
        for key in keys:
            users[key].append(action)
    problems: list[tuple[str, str]] = []
    told: set[str] = set()
    for action in keymap:
        for key in sorted(effective[action] - _set(defaults[action]) - told):
            others = [other for other in users[key] if other != action]
            if others:
                told.add(key)
                problems.append((action, f'the key "{key}" is already the key of {", ".join(others)}.'))
    return problems


def _set(keys: str) -> set[str]:
    return {canonical(key) for key in keys.split(",") if key.strip()}
