"""Makes text from outside safe to show: knows what terminals obey and where they differ, not what the text means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

LIMIT = 4096
"""Characters kept of one text when nothing else is asked for."""

LINE_MARK = " ⏎ "
"""Stands for a line break where a text has one line."""

MARKS = 4
"""Combining marks kept on one character; no script needs more, and thousands hide what stands above and below."""

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor moves
    # OSC, DCS, SOS, PM, APC: what is not ended ends with its line, so that it cannot hide the others
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c\n\r]*(?:\x07|\x1b\\|\x9c|(?=[\n\r])|$)"
    r"|\x1b[ -/]*[0-~]?"  # the short ones, and a lone ESC
)
_MARKED = frozenset(("Mn", "Me"))
"""Categories of the characters that stand on the one before."""
_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_CONTROLS = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi: they let one name pass for another
    "\u00ad\u180e\u200b-\u200d\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # so do those that have no width
    "\ufe00-\ufe0f\U000e0000-\U000e0fff]"  # terminals differ in the width of what they select
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNSTEADY = re.compile(
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef\U0001f3fb-\U0001f3ff\U0001f1e6-\U0001f1ff"  # selectors, skin, halves of flags
    "\u0488\u0489\u1abe\u20dd-\u20e0\u20e2-\u20e4\ua670-\ua672"  # enclosing marks
    "\u115f-\u11ff\u3164\uffa0\ud7b0-\ud7ff]"  # pieces of Hangul syllables that make none, and their fillers
)
"""Terminals give them, and what they stand beside, different widths."""
_FIRST_HALF, _LAST_HALF = "\U0001f1e6", "\U0001f1ff"


def clean(text: str, limit: int = LIMIT, *, keep_newlines: bool = False) -> str:
    """Return `text` without control, escape, bidi and invisible characters, at most `limit` characters long.

    Line breaks become " ⏎ ", or "\\n" when `keep_newlines` is set; tabs become spaces.
    """
    if not (text.isascii() and text.isprintable()):
        text = _SEQUENCES.sub("", text[: limit * 4 + 256])
        text = _BREAKS.sub("\n", text)
        if not keep_newlines:
            text = text.strip("\n").replace("\n", LINE_MARK)
        text = _CONTROLS.sub("", text.replace("\t", " "))
        text = whole(text)
        text = steady(text)
    if len(text) > limit:
        text = text[: max(0, limit - 1)] + "…"
    return text


def escaped(text: str, write: Callable[[str], str]) -> str:
    """Return a line with `write` of each character in place of those that `clean` would leave out.

    For texts that must stay what they are: two that differ go on differing.
    """
    if text.isprintable() and (text.isascii() or _MARKED.isdisjoint(map(unicodedata.category, text))):
        return text
    kept, row = list[str](), 0
    for character in text:
        row = row + 1 if unicodedata.category(character) in _MARKED else 0
        is_odd = row > MARKS or _CONTROLS.match(character) or _BREAKS.match(character)
        kept.append(write(character) if is_odd else character)
    return "".join(kept)


def whole(text: str) -> str:
    """Return the text with a mark in place of halves of characters, which no terminal and no file takes."""
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def steady(text: str) -> str:
    """Return the text without what terminals measure differently: its cells can be counted.

    Flags become their two letters, Hangul its syllables; of marks on one character, `MARKS` are kept.
    """
    if text.isascii():
        return text
    return _steady(text) if len(text) < 200 else _steady.__wrapped__(text)


@lru_cache(1024)
def _steady(text: str) -> str:
    kept, row = list[str](), 0
    for character in _UNSTEADY.sub(_letter, unicodedata.normalize("NFC", text)):
        row = row + 1 if unicodedata.category(character) in _MARKED else 0
        if row <= MARKS:
            kept.append(character)
    return "".join(kept)


def _letter(found: re.Match[str]) -> str:
    """Return the letter that half a flag stands for; nothing for what has none."""
    half = found[0]
    return chr(ord("A") + ord(half) - ord(_FIRST_HALF)) if _FIRST_HALF <= half <= _LAST_HALF else ""
