"""Reads single objects for the screens, and hands text to the operator's clipboard."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from spottui.actions.objects import path_of, read
from spottui.errors import NotFound, SpottuiError
from spottui.records import Target

CLIPBOARD_LIMIT = 100_000
"""Bytes; most terminals take no more in one OSC 52."""


async def fetch_object(api: Any, target: Target) -> Mapping[str, Any]:
    """Return an object as the API server has it now.

    Raises:
        SpottuiError: It cannot be read; NotFound also when another object has its name by now.
    """
    try:
        path = path_of(target)
    except KeyError:
        raise SpottuiError(f"spottui does not know where a {target.kind} is kept.") from None
    found = await read(api, path)
    uid = (found.get("metadata") or {}).get("uid")
    if target.uid and uid != target.uid:
        raise NotFound(f"{target} is another one now: it was deleted and made anew.")
    return found


def clipboard(text: str, environ: Mapping[str, str]) -> str:
    """Return what makes the terminal take a text into its clipboard (OSC 52), through tmux and screen too.

    Raises:
        SpottuiError: The text is longer than terminals take.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > CLIPBOARD_LIMIT:
        raise SpottuiError(f"{len(data) // 1000} kB are too much for a terminal's clipboard; ctrl-s saves to a file.")
    plain = f"\x1b]52;c;{base64.b64encode(data).decode()}\x07"
    if environ.get("TMUX"):
        return "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\" + plain
    if environ.get("STY"):  # screen passes on at most 768 bytes at a time
        pieces = [plain[start : start + 700] for start in range(0, len(plain), 700)]
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return plain
