"""Every way to be stopped, continued or ended: the exit status tells it, and the terminal is as it was."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pty_screen import PtyScreen

from .case import DRAWN, SPOTTUI, assert_restored, environment, leave

ENDING = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGQUIT: 131, signal.SIGTERM: 143}
OPEN = {
    "help": ("?", "Help"),
    "a question": ("q", "Leave spottui?"),
    "the palette": (":", "Command"),
    "a filter": ("3/x", "filter"),
}


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[PtyScreen]:
    with PtyScreen(SPOTTUI, environment(tmp_path), tmp_path) as screen:
        screen.until_text(DRAWN)
        yield screen


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[PtyScreen]:
    """spottui as an interactive shell started it, which controls jobs."""
    with PtyScreen(["bash", "--norc", "--noprofile", "-i"], environment(tmp_path, PS1="ready> "), tmp_path) as screen:
        screen.until_text("ready>")
        screen.press(f"{' '.join(SPOTTUI)}\n")
        screen.until_text(DRAWN)
        yield screen


def test_stopped_and_continued_from_outside_the_terminal_is_given_back_in_the_end(screen: PtyScreen) -> None:
    """kill -STOP tells nobody; entering the screen twice once took the raw mode for how the terminal had been."""
    screen.signal(signal.SIGSTOP)
    _, status = os.waitpid(screen.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    before = len(screen.raw)
    screen.signal(signal.SIGCONT)
    screen.until_change(before)
    screen.press("2")
    screen.until_text("[2 Nodes]")
    assert leave(screen) == 0
    assert_restored(screen)


def test_keys_of_another_encoding_end_nothing(screen: PtyScreen) -> None:
    screen.send(b"\xe9\xff\xc3")
    screen.press("2")
    screen.until_text("[2 Nodes]")


def test_ctrl_z_gives_the_terminal_to_the_shell_and_fg_brings_everything_back(shell: PtyScreen) -> None:
    shell.press("2")
    shell.until_text("[2 Nodes]")
    shell.press("\x1a")
    shell.until_text("Stopped")
    assert shell.mode(1049) is False and shell.mode(25) is True and not shell.mode(1003)
    shell.forget()
    shell.press("fg\n")
    shell.until_text(DRAWN, "[2 Nodes]", "? help", "Timeline"[:4])
    shell.press("1")
    shell.until_text("[1 Overview]")
    shell.press("q")
    shell.until_text("Leave spottui?")
    shell.forget()
    shell.press("y")
    shell.until(lambda: shell.mode(1049) is False, "the shell's own screen")
    shell.until_text("ready>")  # what is typed before the program has ended is its own, and goes with it
    shell.press("echo ended with $?\n")
    shell.until_text("ended with 0")
    assert shell.mode(1049) is False and shell.mode(25) is True


@pytest.mark.slow
def test_in_the_background_it_stays_stopped_and_leaves_the_shell_alone(shell: PtyScreen) -> None:
    shell.press("\x1a")
    shell.until_text("Stopped")
    shell.press("bg\n")
    shell.press("echo it is $((40+2))\n")
    shell.until_text("it is 42")
    assert shell.mode(1049) is False
    shell.forget()
    shell.press("fg\n")
    shell.until_text(DRAWN, "[1 Overview]")


@pytest.mark.slow
def test_who_has_no_shell_is_not_stopped_for_ever(screen: PtyScreen) -> None:
    screen.signal(signal.SIGTSTP)
    screen.press("\x1a")
    screen.until_text("No shell started spottui")
    screen.press("2")
    screen.until_text("[2 Nodes]")
    assert screen.mode(1049) is True


@pytest.mark.slow
@pytest.mark.parametrize("what", ["nothing", *OPEN])
@pytest.mark.parametrize("number", ENDING)
def test_each_signal_ends_it_in_order_whatever_is_open(screen: PtyScreen, number: signal.Signals, what: str) -> None:
    if what in OPEN:
        keys, seen = OPEN[what]
        for key in keys:
            screen.press(key)
            time.sleep(0.1)  # a person types so; what each key does is not at issue here
        if what != "a filter":
            screen.until_text(seen)
    screen.signal(number)
    assert screen.until_end() == ENDING[number]
    assert_restored(screen)


@pytest.mark.slow
@pytest.mark.parametrize("number", ENDING)
@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.3, 0.6, 1.0])
def test_a_signal_while_it_starts_leaves_the_terminal_as_it_was(
    tmp_path: Path, number: signal.Signals, seconds: float
) -> None:
    with PtyScreen(SPOTTUI, environment(tmp_path), tmp_path) as screen:
        screen.until(lambda: b"\x1b[?1049h" in screen.raw, "the first frame")
        time.sleep(seconds)  # not waited for: it has to hold at any moment
        screen.signal(number)
        assert screen.until_end() == ENDING[number]
        assert_restored(screen)


@pytest.mark.slow
def test_a_terminal_that_goes_away_without_a_signal_ends_it_as_a_hang_up(tmp_path: Path) -> None:
    """In a container's exec, for one, nobody leads a session on that terminal."""
    command = ["setsid", "--wait", "sh", "-c", f"{' '.join(SPOTTUI)}; echo ended with $? > status"]
    told = tmp_path / "status"
    with PtyScreen(command, environment(tmp_path), tmp_path) as screen:
        screen.until_text(DRAWN)
        screen.hang_up()
        screen.let_go()
        deadline = time.monotonic() + 20
        while not told.exists() or not told.read_text():
            assert time.monotonic() < deadline, "it lives on without a terminal"
            time.sleep(0.02)
        assert told.read_text() == "ended with 129\n"


@pytest.mark.slow
def test_a_terminal_that_takes_nothing_holds_up_neither_the_program_nor_its_end(tmp_path: Path) -> None:
    """As at the other end of an SSH link that is gone, before anybody noticed."""
    with PtyScreen(SPOTTUI, environment(tmp_path), tmp_path, columns=200, rows=50) as screen:
        screen.until_text(DRAWN)
        for turn in range(100):
            screen.press("23456789"[turn % 8])
            time.sleep(0.03)  # nothing is read meanwhile
        screen.press("3")
        screen.forget()
        screen.until(
            lambda: all(part in screen.text for part in ("[3 Workloads]", " Pods  Workloads", DRAWN)), "all of it"
        )
        for turn in range(100):
            screen.press("23456789"[turn % 8])
            time.sleep(0.03)
        screen.signal(signal.SIGTERM)
        assert screen.process.wait(10) == 143
        assert screen.termios_now == screen.termios_before
