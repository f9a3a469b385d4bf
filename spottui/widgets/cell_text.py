"""Knows how to make any text from outside safe to draw in a given number of cells; must not know tables."""

import unicodedata
from functools import lru_cache
from typing import Literal

from rich.cells import cell_len, set_cell_size

from spottui.safe_text import steady


def clean(text: str) -> str:
    """Return the text without what a terminal would obey, reorder or measure differently.

    Control characters become a dot; joiners, direction marks and variation selectors go without a trace.
    """
    if text.isascii() and text.isprintable():
        return text
    return steady("".join(map(_clean_character, text)))


@lru_cache(maxsize=4096)
def _clean_character(character: str) -> str:
    if character.isprintable():
        return character
    match unicodedata.category(character):
        case "Zs":
            return " "
        case "Cf":
            return ""
    return "·"


@lru_cache(maxsize=2048)
def _fit_short(text: str, width: int, align: str, ellipsis: str) -> str:
    text = clean(text)
    size = cell_len(text)
    if size > width:
        text = set_cell_size(text, max(0, width - cell_len(ellipsis))) + ellipsis
        return set_cell_size(text, width)
    room = " " * (width - size)
    return room + text if align == "right" else text + room


def fit(text: str, width: int, align: Literal["left", "right"] = "left", ellipsis: str = "…") -> str:
    """Return the text in exactly `width` cells: filled up with spaces, or cut with an ellipsis.

    Only the beginning of a long text is looked at, so a cell of a megabyte costs no more than a short one.
    """
    if width <= 0:
        return ""
    return _fit_short(text[: 4 * width + 16], width, align, ellipsis)
