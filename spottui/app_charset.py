"""What a terminal that does not speak UTF-8 is shown in place of characters that it has not, cell for cell."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import get_character_cell_size

UTF8 = "utf-8"
_STAND_INS = {
    "~": "…",
    "-": "─━–—░▔",
    "|": "│┃▎▌▐▕▏",
    "+": "┌┐┘└├┤┬┴┼╭╮╯╰●⬤⚡",
    ">": "→",
    "<": "←",
    "^": "↑▲",
    "v": "↓▼✓",
    ";": "⏎",
    "x": "✖×✕✗",
    "o": "○°",
    "*": "◆•",
    ".": "·▁▂",
    ":": "▃",
    "=": "▄▅▒",
    "#": "▆▇█▓▊",
    "'": "‘’",
    '"': "“”„",
}
_STANDS_FOR = str.maketrans({each: plain for plain, several in _STAND_INS.items() for each in several})
"""Our own glyphs, and signs that messages are full of, as ASCII of the same width."""
_BRAILLE = range(0x2800, 0x2900)


def as_charset(text: str, charset: str) -> bytes:
    """Return the text as bytes for a terminal; what its charset has not is drawn as ASCII in as many cells."""
    if charset == UTF8 or text.isascii():
        return text.encode(UTF8, "replace")
    try:
        return text.encode(charset)
    except UnicodeEncodeError:
        return "".join(_shown(character, charset) for character in text).encode(charset)


@lru_cache(4096)
def _shown(character: str, charset: str) -> str:
    try:
        character.encode(charset)
    except UnicodeEncodeError:
        cells, code = get_character_cell_size(character), ord(character)
        known = character.translate(_STANDS_FOR)
        if code in _BRAILLE:  # a curve, as dense as it is
            known = " .:*#"[((code & 0xFF).bit_count() + 1) // 2]
        elif known == character:
            known = unicodedata.normalize("NFKD", character)[:1]
        is_good = known.isascii() and known.isprintable() and len(known) == cells
        return known if is_good else "?" * cells
    return character
