"""Makes text from outside safe to show: knows control characters, not what the text means."""

from __future__ import annotations

import re

LIMIT = 4096
"""Characters kept of one text when nothing else is asked for."""

LINE_MARK = " ⏎ "
"""Stands for a line break where a text has one line."""

_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor moves
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]?"  # the short ones, and a lone ESC
)
_BREAKS = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
_CONTROLS = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # bidi: they let one name pass for another
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str, limit: int = LIMIT, *, keep_newlines: bool = False) -> str:
    """Return `text` without control, escape and bidi characters, at most `limit` characters long.

    Line breaks become " ⏎ ", or "\\n" when `keep_newlines` is set; tabs become spaces.
    """
    if not text.isprintable():  # false for each character that is taken out below
        text = _SEQUENCES.sub("", text[: limit * 4 + 256])
        text = _BREAKS.sub("\n", text)
        if not keep_newlines:
            text = text.strip("\n").replace("\n", LINE_MARK)
        text = _CONTROLS.sub("", text.replace("\t", " "))
        text = _SURROGATES.sub("\ufffd", text)  # a terminal cannot encode half a character
    if len(text) > limit:
        text = text[: max(0, limit - 1)] + "…"
    return text
