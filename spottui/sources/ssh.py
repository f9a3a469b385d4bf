"""The SSH link that this terminal comes over: how long the terminal takes to answer, and what is written to it."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from spottui.events import SshHeard
from spottui.records_links import Ssh
from spottui.sources.text import clean

QUERY = "\x1b[6n"
"""DSR 6: every terminal answers it with where its cursor is, and it changes nothing."""
ESCAPE_HELD = 0.15
"""Seconds that a lone escape may be the beginning of an answer; then it was the key."""
BROKEN_HELD = 5.0
"""Seconds after which the beginning of an answer is dropped; no key begins like it."""
PERIOD, PERIOD_LOW = 15.0, 60.0
PATIENCE = 10.0
"""Seconds after which no answer is said."""
GIVES_UP_AFTER = 2
"""Questions in vain, if there never was an answer, after which a terminal is one that does not answer."""
HISTORY = 60
_ANSWER = re.compile(r"\x1b\[\d{1,4};\d{1,4}R")
_BEGINNING = re.compile(r"\x1b(?:\[(?:\d{1,4}(?:;\d{0,4})?)?)?\Z")


class TerminalMeter:
    """Takes the terminal's answers out of what is typed, whole or in pieces, and times them.

    `sift` and `tick` are called from the thread that reads the terminal, the others from the event loop's.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._asked_at: float | None = None
        self._held, self._given, self._held_since = "", "", 0.0
        """What may be the beginning of an answer; and what of it was already passed on as a key."""
        self._is_quiet = threading.Event()
        self._is_quiet.set()
        self.bytes_out = 0
        """Written to the terminal since the start."""
        self.write: Callable[[str], None] | None = None
        """Set by the driver once there is a terminal."""
        self.heard: Callable[[float], None] = lambda seconds: None
        """Called with the round trip in seconds, from the reading thread."""

    @property
    def is_waiting(self) -> bool:
        """An answer is owed."""
        return self._asked_at is not None

    def ask(self) -> bool:
        """Ask the terminal, unless an answer is owed already; say whether it was asked."""
        if self.write is None or self._asked_at is not None:
            return False
        self._is_quiet.clear()
        self._asked_at = self._monotonic()
        self.write(QUERY)
        return True

    def let_come(self, seconds: float) -> None:
        """Wait for an answer that is owed, so that it does not come to whoever has the terminal next."""
        self._is_quiet.wait(seconds)

    def sift(self, data: str) -> str:
        """Return what was typed, without the answer."""
        if self._asked_at is None:
            return data
        before = len(self._given)
        whole = self._given + self._held + data
        if (answer := _ANSWER.search(whole)) is not None:
            self._answered()
            return whole[before : answer.start()] + whole[max(before, answer.end()) :]
        beginning = _BEGINNING.search(whole)
        start = len(whole) if beginning is None else beginning.start()
        passed, self._held = whole[before : max(before, start)], whole[max(before, start) :]
        if start > 0 or not before:
            self._given = ""
        self._held_since = self._monotonic()
        return passed

    def tick(self) -> str:
        """Return what was held back and is no answer; to be called about ten times a second."""
        if not self._held:
            return ""
        waited = self._monotonic() - self._held_since
        if self._held == "\x1b" and waited > ESCAPE_HELD:
            self._held, self._given = "", "\x1b"
            return "\x1b"
        if waited > BROKEN_HELD:
            self._held = self._given = ""
        return ""

    def _answered(self) -> None:
        assert self._asked_at is not None
        seconds, self._asked_at = self._monotonic() - self._asked_at, None
        self._held = self._given = ""
        self._is_quiet.set()
        self.heard(seconds)


class SshSource:
    """Asks the terminal now and then, and says what the SSH link of this terminal costs and how quick it is."""

    name = "ssh"

    def __init__(
        self,
        meter: TerminalMeter,
        environ: Mapping[str, str],
        clock: Callable[[], float],
        *,
        low_data: Callable[[], str] = str,
        period: float = PERIOD,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
    ) -> None:
        self._meter, self._clock, self._low_data, self._period = meter, clock, low_data, period
        self._sleep = sleep
        self._client = clean(environ.get("SSH_CONNECTION", "").partition(" ")[0], 64)
        between = next((name for name in ("TMUX", "STY") if environ.get(name)), "")
        self._reason = (
            f"{ {'TMUX': 'tmux', 'STY': 'screen'}[between] } answers in the terminal's place." if between else ""
        )
        self._asks = not between
        self._round_trip: float | None = None
        self._history: deque[float | None] = deque(maxlen=HISTORY)
        self._before: tuple[float, int] | None = None

    async def events(self) -> AsyncIterator[SshHeard]:
        """Yield how the link stands until cancelled."""
        in_vain = 0
        while True:
            can_ask = self._asks and self._meter.write is not None  # a shell may have the terminal
            if can_ask and await self._answered():
                in_vain, self._reason = 0, ""
            elif can_ask:
                in_vain += 1
                self._reason = "The terminal has not answered yet."
                if in_vain >= GIVES_UP_AFTER and self._round_trip is None:
                    self._asks, self._reason = False, "This terminal does not answer when it is asked."
            yield SshHeard(self._read(), self._clock())
            await self._sleep(PERIOD_LOW if self._low_data() else self._period)

    async def _answered(self) -> bool:
        """Ask, unless an answer is owed, and wait a while; say whether the answer came."""
        loop, came = asyncio.get_running_loop(), asyncio.Event()

        def heard(seconds: float) -> None:
            loop.call_soon_threadsafe(take, seconds)

        def take(seconds: float) -> None:
            self._round_trip = seconds
            self._history.append(seconds)
            came.set()

        self._meter.heard = heard
        if not self._meter.ask() and not self._meter.is_waiting:
            return False
        try:
            async with asyncio.timeout(PATIENCE):
                await came.wait()
        except TimeoutError:
            self._history.append(None)
            return False
        return True

    def _read(self) -> Ssh:
        now, total = self._clock(), self._meter.bytes_out
        before, self._before = self._before, (now, total)
        rate = (total - before[1]) / (now - before[0]) if before is not None and now > before[0] else None
        return Ssh(
            client=self._client,
            round_trip=self._round_trip,
            bytes_out=rate,
            total_out=total,
            reason=self._reason,
            history=tuple(self._history),
        )
