"""What must be true while and after the link was bad: the claims that all tests of this folder share."""

from __future__ import annotations

import itertools
import re
import time
from collections import Counter
from pathlib import Path
from typing import ClassVar

from .desk import Desk
from .fault_proxy import FaultProxy
from .world import World

KNOWN_LOST = 16.0
"""Seconds within which a dead link must be known: 15, and one for a busy machine."""
BACK_WITHIN = 10.0
"""Seconds after the link is whole within which everything must be live."""
SETTLED_WITHIN = 45.0
"""Seconds after all is live within which the server has seen the end of every stream that was given up: where it was
given up while it was being opened, TLS waits half a minute for the other side's farewell."""
AT_REST = 2.0
TEN_MINUTES = 600.0
LOST, BACK = "link lost", "link is back after"
"""Words that mark a gap."""
_RESTARTS = re.compile(r"Running\s+(\d+)")
_counts = itertools.count(1)


class Ordeal:
    """Remembers how all was before, and says whether it is so again."""

    USERS: ClassVar[dict[str, str]] = {"table": "viewer", "log": "operator"}
    """Whose login each program has."""

    def __init__(self, world: World, desk: Desk, proxy: FaultProxy, users: dict[str, str] | None = None) -> None:
        self.world, self.desk, self.proxy = world, desk, proxy
        self._users = users or self.USERS
        self.sight = desk.sight
        assert self.sight.title == "[3 Workloads]" and self.sight.pod, desk.picture()
        self._pod = next(name for name in world.pods if name.startswith(self.sight.pod.rstrip("…")))
        self.streams = self._streams_at_rest()
        self.mark = world.audit.mark()
        self.connections = proxy.connections
        self.began = time.monotonic()
        self._restarts = 0

    # -- while it lasts

    def until_lost(self, patience: float = KNOWN_LOST) -> None:
        """Both programs say so in time, and from when their data are."""
        self.desk.until(lambda: self.desk.is_lost, "NO LINK in both programs", patience)
        assert self.desk.age is not None, self.desk.picture()

    def stay_lost(self, seconds: float) -> None:
        """For so long, both programs keep saying that there is no link, and the data grow old."""
        first, began = self.desk.age, time.monotonic()
        self.desk.watch(seconds, lambda: self.desk.is_lost, "NO LINK")
        last, away = self.desk.age, time.monotonic() - began
        assert first is not None and last is not None, self.desk.picture()
        step = 60 if first + away >= TEN_MINUTES else 1  # from then on an age is in whole minutes
        assert first + away - step - 3 < last < first + away + 3, (first, last, away)
        self.is_unmoved()

    def something_changes(self) -> None:
        """Have something change in the cluster: the row under the cursor will show it."""
        self._restarts = next(_counts)
        self.world.restart_counter(self._pod, self._restarts)

    def is_unmoved(self) -> None:
        """The operator looks at the same row of the same screen as before."""
        self.desk.look()
        self.desk.check("looking whether it is where it was")
        assert self.desk.sight == self.sight, self.desk.picture()

    # -- afterwards

    def is_over(
        self, *, within: float = BACK_WITHIN, requests: int, gap: str = LOST, settled: float = SETTLED_WITHIN
    ) -> None:
        """Claim all that must be true after the link is whole.

        `requests` is the most that each program may have sent since the beginning; `gap` is what the log and the
        Timeline must say of the time between, empty: nothing, as all was seen.
        """
        beat = int(self.world.kubelet.last.split()[1])
        took = self.desk.until(lambda: self._is_back(beat), "all live again", within)
        self.is_unmoved()
        self._settle(settled)
        for name, user in self._users.items():
            sent = self.world.audit.count(user, self.mark)
            assert sent <= requests, f"the program with the {name} sent {sent} requests, and may send {requests}"
        self._look_at_log(gap)
        if gap:
            self.timeline_says(gap, *([BACK] if gap == LOST else []))
        tried = self.proxy.connections - self.connections
        print(f"\nback after {took:.1f} s; requests {self._sent()}; connections {tried}")  # noqa: T201

    def _sent(self) -> dict[str, int]:
        return {name: self.world.audit.count(user, self.mark) for name, user in self._users.items()}

    def _is_back(self, beat: int) -> bool:
        found = _RESTARTS.search(self.desk.table.cursor_line)
        is_news = not self._restarts or (found is not None and int(found[1]) == self._restarts)
        return self.desk.is_live and is_news and max(self.desk.beats, default=-1) >= beat

    def _settle(self, within: float) -> None:
        """Claim that each program has the streams that it had, and none of them twice."""
        began = time.monotonic()
        while self._all_streams() != self.streams:
            self.desk.watch(0.2)
            if time.monotonic() - began > within:
                now = self._all_streams()
                more = {name: dict(now[name] - self.streams[name]) for name in now}
                fewer = {name: dict(self.streams[name] - now[name]) for name in now}
                raise AssertionError(f"open at the server are more {more} and fewer {fewer} than before")

    def _streams_at_rest(self) -> dict[str, Counter[str]]:
        """Wait until no stream was opened or ended for two seconds; return them."""
        streams, since, began = self._all_streams(), time.monotonic(), time.monotonic()
        while time.monotonic() - since < AT_REST or "/log" not in " ".join(streams["log"]):
            self.desk.watch(0.2)
            if (now := self._all_streams()) != streams:
                streams, since = now, time.monotonic()
            assert time.monotonic() - began < 60, f"the streams never came to rest: {streams}"
        assert all(count == 1 for each in streams.values() for count in each.values()), streams
        return streams

    def _all_streams(self) -> dict[str, Counter[str]]:
        return {name: self._streams(name) for name in self._users}

    def _streams(self, name: str) -> Counter[str]:
        return self.world.audit.streams(self._users[name])

    def _look_at_log(self, gap: str) -> None:
        """Every line is there once, in order, and a mark stands where the link was lost and where it came back."""
        self.desk.log.press("\x13")
        self.desk.until(lambda: "Saved to" in self.desk.log.text, "the log in a file")
        folder = Path(self.desk.log.folder)
        saved = max(folder.rglob("log-*"), key=lambda path: path.stat().st_mtime_ns)
        text = saved.read_text()
        beats = [int(number) for number in re.findall(r"beat (\d{5})", text)]
        assert beats == list(range(beats[0], beats[0] + len(beats))), f"lines are missing or there twice:\n{text}"
        lost, back = text.count(gap or LOST), text.count(BACK)
        assert back == lost and (lost or not gap), f"the log does not say where it has a gap:\n{text}"
        saved.unlink()

    def timeline_says(self, *words: str) -> None:
        """The Timeline of the program with the table has all these words; the operator looks there and comes back."""
        self.desk.table.press("9")
        self.desk.until(lambda: "[9 Timeline]" in self.desk.table.text, "the Timeline")
        said = " and ".join(words)
        self.desk.until(lambda: all(word in self.desk.table.text for word in words), f"{said} in the Timeline", 5)
        self.desk.table.press("3")
        self.desk.until(lambda: self.desk.sight == self.sight, "the table as it was")
