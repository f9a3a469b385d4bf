"""The colour themes; every state also has a glyph and a word, so none of them carries meaning alone."""

from __future__ import annotations

from textual.theme import Theme

THEMES = {
    "dark": Theme(
        name="dark",
        primary="#5fafff",
        accent="#5fd7d7",
        success="#87d75f",
        warning="#ffd75f",
        error="#ff7070",
        foreground="#e4e4e4",
        background="#121212",
        surface="#1c1c1c",
        panel="#262626",
        dark=True,
    ),
    "light": Theme(
        name="light",
        primary="#005faf",
        accent="#00607a",
        success="#1f6f00",
        warning="#8a5a00",
        error="#b00020",
        foreground="#1c1c1c",
        background="#fafafa",
        surface="#f0f0f0",
        panel="#e0e0e0",
        dark=False,
    ),
    "high-contrast": Theme(
        name="high-contrast",
        primary="#00ffff",
        accent="#ffff00",
        success="#00ff00",
        warning="#ffff00",
        error="#ff5f5f",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#303030",
        dark=True,
    ),
    # Okabe and Ito's palette: told apart with any of the common colour blindnesses.
    "colour-blind": Theme(
        name="colour-blind",
        primary="#56b4e9",
        accent="#cc79a7",
        success="#56b4e9",
        warning="#f0e442",
        error="#e69f00",
        foreground="#f0f0f0",
        background="#101010",
        surface="#1a1a1a",
        panel="#282828",
        dark=True,
    ),
}
