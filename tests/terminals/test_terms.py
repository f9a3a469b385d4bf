"""Terminals of other names, sizes, colours and characters."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen

from .case import DRAWN, SPOTTUI, assert_restored, environment, leave, press_all, strange_sequences

TERMS = ("linux", "screen", "screen-256color", "tmux-256color", "xterm", "xterm-kitty", "vt220", "nobody-knows-it")
COLOUR = re.compile(rb"\x1b\[(?:[\d;:]*;)?(?:3[0-9]|4[0-9]|9[0-7]|10[0-7])(?:[;:][\d;:]*)?m")


def look_around(screen: PtyScreen) -> None:
    """Draw every screen, the help, the palette and a question."""
    screen.until_text(DRAWN)
    press_all(screen)
    for key, seen, back in (("?", "This screen", "q"), (":", "type to narrow", "\x1b"), ("L", "Unlock writing", "n")):
        screen.press(key)
        screen.until_text(seen)
        screen.press(back)
        screen.until_gone(seen)
    screen.until_text(DRAWN)


@pytest.mark.slow
@pytest.mark.parametrize("term", TERMS)
def test_any_terminal_is_drawn_on_with_our_own_sequences_and_left_as_it_was(tmp_path: Path, term: str) -> None:
    with PtyScreen(SPOTTUI, environment(tmp_path, TERM=term), tmp_path) as screen:
        look_around(screen)
        assert leave(screen) == 0
        assert_restored(screen)
        assert not strange_sequences(screen.raw)


@pytest.mark.slow
def test_the_linux_console_is_asked_nothing_that_it_would_print(tmp_path: Path) -> None:
    with PtyScreen(SPOTTUI, environment(tmp_path, TERM="linux"), tmp_path) as screen:
        screen.until_text(DRAWN)
        assert leave(screen) == 0
        assert not re.search(rb"\x1b\[\?\d+\$p", screen.raw)


@pytest.mark.slow
def test_a_terminal_without_a_name_gets_a_sentence(tmp_path: Path) -> None:
    with PtyScreen(SPOTTUI, environment(tmp_path, TERM=None), tmp_path) as screen:
        assert screen.until_end() == 2
        assert "TERM is not set" in screen.text and b"\x1b" not in screen.raw


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (0, 0), (2, 1), (1, 40), (500, 3), (500, 100)])
def test_a_terminal_of_any_size_at_the_start_grows_into_a_whole_screen(tmp_path: Path, columns: int, rows: int) -> None:
    with PtyScreen(SPOTTUI, environment(tmp_path), tmp_path, columns=columns, rows=rows) as screen:
        screen.until(lambda: b"\x1b[?2004h" in screen.raw, "the app")
        screen.press("2341")
        before = len(screen.raw)
        screen.forget()
        screen.resize(80, 24)
        screen.until_change(before)
        screen.until_text(DRAWN, "[1 Overview]", "? help")
        assert leave(screen) == 0
        assert_restored(screen)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["dark", "light", "ansi"])
def test_no_color_means_no_colour_at_all(tmp_path: Path, theme: str) -> None:
    environ = environment(tmp_path, NO_COLOR="1", SPOTTUI_UI_THEME=theme, COLORTERM="truecolor")
    with PtyScreen(SPOTTUI, environ, tmp_path) as screen:
        look_around(screen)
        screen.press("q")
        screen.until_text("Leave spottui?")
        assert not COLOUR.search(screen.raw)
        assert b"\x1b[7m" in screen.raw or b";7m" in screen.raw, "what has the focus is reversed"


@pytest.mark.slow
def test_with_colours_there_are_some(tmp_path: Path) -> None:
    """Else the test before could not fail."""
    with PtyScreen(SPOTTUI, environment(tmp_path), tmp_path) as screen:
        screen.until_text(DRAWN)
        assert COLOUR.search(screen.raw)


@pytest.mark.slow
@pytest.mark.parametrize(
    "locale", [{"LC_ALL": "C"}, {"LC_ALL": "POSIX"}, {"LANG": "C"}, {"LANG": "ja_JP.none"}, {"LC_CTYPE": "de_DE"}]
)
def test_without_utf_8_everything_drawn_is_ascii(tmp_path: Path, locale: dict[str, str]) -> None:
    environ = environment(tmp_path, **{"LANG": None, **locale})
    with PtyScreen(SPOTTUI, environ, tmp_path) as screen:
        look_around(screen)
        screen.press("q")
        screen.until_text("Leave spottui?")
        beyond = sorted({bytes([byte]) for byte in screen.raw if byte > 0x7F})
        assert not beyond


@pytest.mark.slow
def test_a_latin_1_terminal_gets_its_own_letters_and_no_others(tmp_path: Path) -> None:
    config = tmp_path / "own.yaml"
    environ = environment(tmp_path, LANG="de_DE.ISO-8859-1")
    config.write_text((tmp_path / ".kube" / "config").read_text().replace("field", "Büro-名前-●"), encoding="utf-8")
    with PtyScreen([*SPOTTUI, "--kubeconfig", str(config)], environ, tmp_path) as screen:
        screen.until(lambda: b"B\xfcro-????-+" in screen.raw, "the context's name")
        look_around(screen)
        assert leave(screen) == 0
        assert not re.search(rb"[\xc2-\xf4][\x80-\xbf]", screen.raw), "UTF-8 on a Latin-1 terminal"


def test_a_utf_8_terminal_gets_the_glyphs_though_standard_error_goes_elsewhere(tmp_path: Path) -> None:
    """The screen is drawn on standard output."""
    command = ["sh", "-c", f"exec {' '.join(SPOTTUI)} 2>errors"]
    with PtyScreen(command, environment(tmp_path), tmp_path) as screen:
        screen.until_text(DRAWN, "○")
        assert leave(screen) == 0
        assert_restored(screen)
    assert (tmp_path / "errors").read_bytes() == b""
