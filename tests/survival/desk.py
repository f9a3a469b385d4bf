"""An operator's desk: two spottui programs on ptys over one link, one at a table and one at a log."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.pty_screen import PtyScreen

from .world import TALKER

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 40.0
"""Seconds that a wait without a bound of its own may take."""
PROMPT = 0.3
"""Seconds that one look at both screens may take. What is beyond is time in which this computer gave us no processor,
and the programs likely none either: it does not count for any patience."""
SIZE = (130, 32)
_AGE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_HEARD = re.compile(r"NO LINK, heard (\w+) ago")
_BEAT = re.compile(r"beat (\d{5})")


@dataclass(frozen=True, slots=True)
class Sight:
    """Where an operator is: the title that is marked, and the pod under the cursor."""

    title: str
    pod: str


class Desk:
    """Both programs; all waits read both screens, as a program whose output nobody reads stands still."""

    def __init__(self, table: PtyScreen, log: PtyScreen) -> None:
        self.table, self.log = table, log

    def until(self, condition: Callable[[], object], what: str, patience: float = PATIENCE) -> float:
        """Read until the condition holds; return the seconds that it took.

        Raises:
            AssertionError: It did not in time, or a program ended; shows both screens.
        """
        began = looked = time.monotonic()
        starved = 0.0
        while not condition():
            self.look(0.05)
            self.check(f"waiting for {what}")
            before, looked = looked, time.monotonic()
            starved += max(0.0, looked - before - PROMPT)
            if looked - began - starved > patience and not condition():
                took = f"{looked - began:.1f} s, of which {starved:.1f} s without a processor"
                raise AssertionError(f"never saw {what} in {took}\n{self.picture()}")
        return time.monotonic() - began

    def watch(self, seconds: float, claim: Callable[[], object] = lambda: True, what: str = "") -> None:
        """Read for so long; the claim must hold all the time."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            self.look(0.05)
            self.check("standing by")
            assert claim(), f"it did not stay so: {what}\n{self.picture()}"

    def look(self, patience: float = 0.0) -> None:
        """Take in what both programs wrote."""
        for screen in (self.table, self.log):
            while screen.read(patience):
                patience = 0.0
            patience = 0.0

    def check(self, when: str) -> None:
        """Raise an AssertionError when one of the programs has ended."""
        for name, screen in (("table", self.table), ("log", self.log)):
            status = screen.process.poll()
            assert status is None, f"the program with the {name} ended with {status} while {when}\n{self.picture()}"

    def picture(self) -> str:
        """Return both screens as text."""
        return f"--- table\n{self.table.text}\n--- log\n{self.log.text}"

    # -- what is to be seen

    @property
    def sight(self) -> Sight:
        """Where the operator is in the table."""
        title = re.search(r"\[\d [A-Z]\w+\]", self.table.text)
        words = self.table.cursor_line.split()
        return Sight(title[0] if title else "", next((word for word in words if word.count("-") > 1), ""))

    @property
    def is_live(self) -> bool:
        """Whether both programs say that they are connected."""
        return all(re.search(r" live\b", _header(screen)) for screen in (self.table, self.log))

    @property
    def is_lost(self) -> bool:
        """Whether both programs say that there is no link."""
        return all("NO LINK" in _header(screen) for screen in (self.table, self.log))

    @property
    def age(self) -> float | None:
        """Seconds since the data were heard, as the table's header says beside NO LINK; None: it does not say so."""
        found = _HEARD.search(_header(self.table))
        return seconds_of(found[1]) if found else None

    @property
    def beats(self) -> list[int]:
        """Numbers of the lines of the log that are on the screen."""
        return [int(number) for number in _BEAT.findall(self.log.text)]

    def restarts_of(self, pod: str) -> bool:
        """Whether the table has the pod's row."""
        return pod in self.table.text


def _header(screen: PtyScreen) -> str:
    return screen.text.partition("\n")[0]


def seconds_of(age: str) -> float:
    """Return the seconds of an age as `spottui.clock.age` writes it."""
    found = _AGE.fullmatch(age)
    assert found is not None and age, f"{age} is no age"
    return sum(float(part or 0) * unit for part, unit in zip(found.groups(), (86400, 3600, 60, 1), strict=True))


@contextmanager
def opened(
    folder: Path,
    kubeconfigs: Mapping[str, Path],
    *,
    wrap: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Iterator[Desk]:
    """Start both programs, each with its kubeconfig, and bring one to a row of the pods and one to a log.

    `wrap` is a command that starts another, such as in a namespace of its own.
    """
    with ExitStack() as stack:
        screens = [
            stack.enter_context(_program(folder / name, kubeconfigs[name], wrap, environ or {}))
            for name in ("table", "log")
        ]
        desk = Desk(*screens)
        desk.until(lambda: desk.is_live, "both programs connected")
        for screen in screens:
            screen.press("3")
        desk.until(lambda: all(TALKER in screen.text for screen in screens), "the pods")
        desk.log.press("g")
        desk.until(lambda: TALKER in desk.log.cursor_line, "the cursor on the pod that has a log")
        desk.log.press("l")
        desk.until(lambda: desk.beats, "the log")
        first = desk.sight
        desk.table.press("jjjjj")
        desk.until(lambda: desk.sight.pod not in ("", first.pod), "the cursor on its way")
        yield desk


def _program(folder: Path, kubeconfig: Path, wrap: Sequence[str], environ: Mapping[str, str]) -> PtyScreen:
    folder.mkdir(parents=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "USER": "ana",
        "PYTHONPATH": str(ROOT),
        **environ,
    }
    command = [*wrap, sys.executable, "-m", "spottui", "--no-mouse", "--kubeconfig", str(kubeconfig)]
    return PtyScreen(command, environment, folder, columns=SIZE[0], rows=SIZE[1])
