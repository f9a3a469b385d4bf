"""The help text: only the keys that are valid on the screen it was asked on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spottui.actions.registry import ACTIONS
from spottui.widgets.tones import Line

if TYPE_CHECKING:
    from spottui.screens.base import MainScreen

SHOWN = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "exclamation_mark": "!",
    "escape": "esc",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "enter": "⏎",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


def help_lines(screen: MainScreen) -> list[Line]:
    """Return the keys of this screen, its table and the actions, with what each does."""
    here = {action.id for action in screen.actions()}
    lines: list[Line] = [(("Actions on the row under the cursor or on the marked rows", "title"),)]
    for action in ACTIONS:
        if action.id in here:
            lines.append(_key(screen.key_of(action) or "m", f"{action.title}: {action.help}"))
    if not here:
        lines.append((("  nothing is selected here", "dim"),))
    lines.append(())
    lines.append((("This screen", "title"),))
    own = {action.id for action in ACTIONS}
    focused = screen.focused
    keys: dict[str, list[str]] = {}
    for node in (focused, screen) if focused is not None else (screen,):
        for binding in (one for several in node._bindings.key_to_bindings.values() for one in several):
            if not screen.check_action(binding.action.partition("(")[0], ()):
                continue
            if binding.id and binding.id not in own and binding.description:
                keys.setdefault(binding.description, []).append(SHOWN.get(binding.key, binding.key))
    lines += [_key(" ".join(dict.fromkeys(several)), text) for text, several in keys.items()]
    lines += [
        (),
        (("Reading the screen", "title"),),
        (("  ●", "good"), (" well   ", ""), ("▲", "warn"), (" look at it   ", ""), ("✖", "bad"), (" broken", "")),
        (("  ?", ""), (" not known, never a guess. Dimmed rows: the link is gone, the age is in the header.", "")),
        (("  gone", ""), (" beside a row: it vanished while the cursor stood on it.", "")),
        (),
        (("Filter (/)", "title"),),
        (("  word        ", "key"), ("rows that hold it        ", ""), ("!word   ", "key"), ("rows that do not", "")),
        (("  a.*b        ", "key"), ("regular expression       ", ""), ("-l a=b  ", "key"), ("label selector", "")),
        (),
        (("Safety", "title"),),
        (("  Starts READ-ONLY. An action asked for while locked offers to unlock for a while (L).", ""),),
        (("  Nothing is deleted by a single key; what was done is on the Timeline (9).", ""),),
    ]
    return list(dict.fromkeys(lines))


def _key(key: str, text: str) -> Line:
    return ((f"  {SHOWN.get(key, key):<12}", "key"), (text, ""))
