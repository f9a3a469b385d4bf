"""The links of this computer: interfaces, radios, modem, routes; what is missing here is said with its cause."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from spottui.errors import LoginExpired, SpottuiError
from spottui.events import LinkDown, LinksHeard, LinkUp
from spottui.records_links import Links, Modem, Wifi
from spottui.sources.links_interfaces import HISTORY, SYS_NET, InterfaceReader
from spottui.sources.links_modem import read_modems
from spottui.sources.links_routes import PROC_NET, default_interface, read_table, routes_to
from spottui.sources.links_tools import Run
from spottui.sources.links_wifi import read_wifis

Clock = Callable[[], float]

PERIOD = 5.0
DEADLINE = 20.0
"""Seconds after which a reading is stuck; the tools have shorter ones of their own."""
WIFI_EVERY, MODEM_EVERY = 2, 6
"""Radios are read every so many readings: a tool is started for each."""
STATS_PERIOD, STATS_PERIOD_LOW = 10.0, 60.0
"""Seconds between two questions to the modem's page, and in low-data mode."""
STATS_PAUSE = 300.0
"""Seconds after a refused login: a page may lock out who tries again and again."""


class Stats(Protocol):
    """What is needed of `spottui.sources.links_modem_stats.ModemStats`."""

    async def read(self) -> Modem:
        """Return the modem now, or raise a `SpottuiError`."""
        ...

    async def close(self) -> None:
        """End the session."""
        ...


class NoLogin:
    """Stands for the modem's page where the settings name it without a login."""

    async def read(self) -> Modem:
        """Say what is missing."""
        raise LoginExpired("The modem's page needs [links] modem_username and modem_password_file too.")

    async def close(self) -> None:
        """Do nothing, as nothing is open."""


class LinkReader:
    """Reads the links again and again; used from one thread only, as the tools block."""

    def __init__(
        self,
        run: Run,
        *,
        targets: Callable[[], Mapping[str, str]] = dict,
        asks_modem: bool = True,
        sys_net: Path = SYS_NET,
        proc_net: Path = PROC_NET,
    ) -> None:
        self._run, self._targets, self._proc_net = run, targets, proc_net
        self._asks_modem = asks_modem
        self._interfaces = InterfaceReader(sys_net)
        self._readings = 0
        self._wifis: tuple[Wifi, ...] | None = None
        self._wifi_note = ""
        self._modems: tuple[Modem, ...] | None = None
        self._modem_note = ""
        self._signals: dict[str, deque[float | None]] = {}

    def __call__(self, clock: Clock) -> Links:
        """Return the links as they are now."""
        at, table = clock(), read_table(self._proc_net)
        interfaces = self._interfaces(at, default_interface(table, {}))
        if not any(each.is_default for each in interfaces) and not table:
            by_address = {address: each.name for each in interfaces for address in each.addresses}
            default = default_interface((), by_address)
            interfaces = tuple(replace(each, is_default=each.name == default) for each in interfaces)
        radios = [each.name for each in interfaces if each.kind == "wifi"]
        if self._readings % WIFI_EVERY == 0:
            self._read_wifis(radios)
        if self._readings % MODEM_EVERY == 0 and self._asks_modem:
            self._modems, self._modem_note = read_modems(self._run)
        self._readings += 1
        notes = (("wifi", self._wifi_note), ("modem", self._modem_note))
        return Links(
            heard_at=at,
            interfaces=interfaces,
            wifis=self._wifis,
            modems=self._modems,
            routes=routes_to(self._targets(), interfaces, table),
            notes=tuple((name, note) for name, note in notes if note),
        )

    def _read_wifis(self, radios: list[str]) -> None:
        if not radios:
            self._wifis, self._wifi_note = (), "This computer has no Wi-Fi interface."
            return
        try:
            text = (self._proc_net / "wireless").read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        wifis, self._wifi_note = read_wifis(radios, self._run, text)
        self._wifis = tuple(self._with_history(wifi) for wifi in wifis) if wifis or not self._wifi_note else None

    def _with_history(self, wifi: Wifi) -> Wifi:
        history = self._signals.setdefault(wifi.interface, deque(maxlen=HISTORY))
        history.append(wifi.signal)
        return replace(wifi, history=tuple(history))


class LinksSource:
    """Reads the links every `period` seconds on its own thread, and beside it asks the modem's page, if there is one.

    `low_data` returns why low-data mode is on, empty when it is off.
    """

    name = "links"

    def __init__(
        self,
        clock: Clock,
        read: Callable[[Clock], Links],
        *,
        stats: Callable[[], Stats] | None = None,
        low_data: Callable[[], str] = str,
        period: float = PERIOD,
    ) -> None:
        self._clock, self._read, self._period = clock, read, period
        self._make_stats, self._low_data = stats, low_data
        self._stats: Stats | None = None
        self._modem: Modem | None = None
        self._modem_note = ""
        self._history: deque[float | None] = deque(maxlen=HISTORY)

    @property
    def bytes_in(self) -> int:
        """Bytes that came from the modem's page."""
        return getattr(self._stats, "bytes_in", 0)

    @property
    def bytes_out(self) -> int:
        """Bytes that went to the modem's page."""
        return getattr(self._stats, "bytes_out", 0)

    async def events(self) -> AsyncIterator[LinksHeard | LinkUp | LinkDown]:
        """Yield readings until cancelled; one that takes too long is said, and waited for, as it blocks the next."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="links")
        asking = asyncio.create_task(self._ask_modem()) if self._make_stats else None
        is_stuck = False
        try:
            while True:
                reading = asyncio.get_running_loop().run_in_executor(pool, self._read, self._clock)
                while not (await asyncio.wait({reading}, timeout=DEADLINE))[0]:
                    if not is_stuck:
                        is_stuck = True
                        reason = f"Reading this computer's links has taken more than {DEADLINE:.0f} s."
                        yield LinkDown(self.name, reason, self._clock())
                links = reading.result()
                if is_stuck:
                    is_stuck = False
                    yield LinkUp(self.name, None, self._clock())
                yield LinksHeard(self._with_modem(links))
                if asking is not None and asking.done():
                    asking.result()  # a bug there is one of this source
                await asyncio.sleep(self._period)
        finally:
            if asking is not None:
                asking.cancel()
                await asyncio.gather(asking, return_exceptions=True)
            pool.shutdown(wait=False, cancel_futures=True)

    def _with_modem(self, links: Links) -> Links:
        """Return the links with what the modem's page says; it knows its modem better than anybody."""
        if self._make_stats is None:
            return links
        notes = tuple(note for note in links.notes if note[0] != "modem")
        if self._modem_note:
            notes += (("modem", self._modem_note),)
        return replace(links, modems=(self._modem,) if self._modem else links.modems, notes=notes)

    async def _ask_modem(self) -> None:
        assert self._make_stats is not None
        self._stats = await asyncio.to_thread(self._make_stats)  # imports its client
        try:
            while True:
                pause = await self._asked_modem(self._stats)
                await asyncio.sleep(pause)
        finally:
            await self._stats.close()

    async def _asked_modem(self, stats: Stats) -> float:
        """Ask once; return how long to wait for the next time."""
        try:
            modem = await stats.read()
        except SpottuiError as error:
            self._modem_note = str(error)
            self._history.append(None)
            if self._modem is not None:
                self._modem = replace(self._modem, reason=str(error), history=tuple(self._history))
            return STATS_PAUSE if isinstance(error, LoginExpired) else STATS_PERIOD
        self._history.append(modem.quality if modem.sinr is None else modem.sinr)
        self._modem, self._modem_note = replace(modem, history=tuple(self._history)), ""
        return STATS_PERIOD_LOW if self._low_data() else STATS_PERIOD
