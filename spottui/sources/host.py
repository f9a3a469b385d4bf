"""The computer that spottui runs on, read with psutil, /proc and /sys; knows nothing of the cluster."""

from __future__ import annotations

import asyncio
import heapq
import os
import platform
import socket
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil

from spottui.events import HostHeard, LinkDown, LinkUp
from spottui.records_host import Disk, Fan, Host, HostProcess, Temperature
from spottui.sources import host_kernel as kernel
from spottui.sources.host_disks import DiskReader
from spottui.sources.text import clean

T = TypeVar("T")
Clock = Callable[[], float]

DEADLINE = 10.0
"""Seconds after which a reading is stuck; a dead disk can hold one for ever."""
SLOW_EVERY = 3
"""Processes, disks and sensors are read every so many readings: they cost the most and change the least."""
FIRST_LOOK = 2
"""Readings after which the processes are there for who begins to look: one counts, the next compares."""
PROCESSES_KEPT = 8
NAME_LENGTH = 40
FAMILIES = (socket.AF_INET, socket.AF_INET6)


class HostReader:
    """Reads the host again and again; rates and percents are since the reading before, so the first has none.

    Used from one thread only. `root` is where /proc and /sys are looked for.
    """

    def __init__(self, root: Path = Path("/")) -> None:
        self._root = root
        self._readings = 0
        self._at = 0.0
        self._network: tuple[float, int, int] | None = None
        self._throttled: int | None = None
        self._read_disks = DiskReader(lambda: self._at)
        self._disks: tuple[Disk, ...] = ()
        self._temperatures: tuple[Temperature, ...] = ()
        self._fans: tuple[Fan, ...] = ()
        self._processes: tuple[HostProcess, ...] | None = None
        self._looks = FIRST_LOOK
        """Readings left until the processes are read as seldom as the rest of the slow parts."""
        self._is_watched = True
        self._model = kernel.model(root)
        self._addresses: frozenset[str] = frozenset()

    def watch(self, is_watched: bool) -> None:
        """Say whether somebody looks at the processes: reading all of them costs more than all else."""
        if is_watched and not self._is_watched:
            self._looks = FIRST_LOOK
        self._is_watched = is_watched

    def __call__(self, clock: Clock) -> Host:
        """Return the host as it is now; what this system does not tell stays None or empty."""
        self._at = at = clock()
        if self._readings % SLOW_EVERY == 0:
            self._read_slow_parts()
        self._watch_processes()
        self._readings += 1
        per_cpu = _known(lambda: psutil.cpu_percent(interval=None, percpu=True), [])
        if self._readings == 1:  # psutil has nothing to compare with yet and says zero
            per_cpu = []
        memory, swap = _known(psutil.virtual_memory, None), _known(psutil.swap_memory, None)
        network_in, network_out = self._rates(at)
        frequency, frequency_max = _known(_frequencies, (None, None))
        return Host(
            name=clean(platform.node()),
            heard_at=at,
            model=self._model,
            cpu_percent=sum(per_cpu) / len(per_cpu) if per_cpu else None,
            per_cpu_percent=tuple(per_cpu),
            frequency=frequency,
            frequency_max=frequency_max,
            load=_known(os.getloadavg, None),
            pressure=kernel.pressure(self._root),
            throttled=self._why_slow(),
            memory_used=memory.total - memory.available if memory else None,
            memory_total=memory.total if memory else None,
            swap_used=swap.used if swap else None,
            swap_total=swap.total if swap else None,
            disks=self._disks,
            temperatures=self._temperatures,
            fans=self._fans,
            processes=self._processes,
            booted_at=_known(psutil.boot_time, None),
            network_in=network_in,
            network_out=network_out,
            addresses=self._addresses,
        )

    def _read_slow_parts(self) -> None:
        self._disks = _known(self._read_disks, ())
        self._temperatures = _known(_temperatures, ())
        self._fans = _known(_fans, ()) or kernel.pwm_fans(self._root)
        self._addresses = _known(_addresses, frozenset())

    def _watch_processes(self) -> None:
        """Read the processes where somebody looks; their first figures are since nobody knows when, and dropped."""
        if not self._is_watched:
            self._processes = None
        elif self._looks or self._readings % SLOW_EVERY == 0:
            self._looks = max(0, self._looks - 1)
            found = _known(lambda: _processes(self._root), ())
            self._processes = None if self._looks else found

    def _why_slow(self) -> str:
        """Return why the processor is held back: by the thermal governor, or by cores that just slowed down."""
        before, self._throttled = self._throttled, kernel.throttle_count(self._root)
        if held := kernel.cooling(self._root):
            return f"held back by heat: {held}"
        if before is not None and self._throttled is not None and self._throttled > before:
            return "cores slowed down for heat just now"
        return ""

    def _rates(self, at: float) -> tuple[float | None, float | None]:
        """Return bytes per second in and out since the reading before; None when a counter went back."""
        counters = _known(lambda: psutil.net_io_counters(pernic=True), {})
        real = [each for name, each in counters.items() if name != "lo" and not name.startswith("lo0")]
        before, self._network = (
            self._network,
            (at, sum(each.bytes_recv for each in real), sum(each.bytes_sent for each in real)),
        )
        if before is None or not real or at <= before[0]:
            return None, None
        seconds = at - before[0]
        incoming, outgoing = self._network[1] - before[1], self._network[2] - before[2]
        return (
            incoming / seconds if incoming >= 0 else None,
            outgoing / seconds if outgoing >= 0 else None,
        )


read_host = HostReader()
"""The reader of this process; psutil keeps its own counters per process too."""


def _known(read: Callable[[], T], otherwise: T) -> T:
    """Return what `read` says, or `otherwise` where this system, or its sandbox, does not tell."""
    try:
        return read()
    except (psutil.Error, OSError, NotImplementedError, AttributeError, RuntimeError, ValueError):
        return otherwise  # psutil lets through what a half-hidden /proc or /sys makes of its parsing


def _frequencies() -> tuple[float | None, float | None]:
    """Return the mean and the highest possible frequency of the cores in MHz."""
    told = [each for each in psutil.cpu_freq(percpu=True) or () if each.current]
    if not told:
        return None, None
    return sum(each.current for each in told) / len(told), max(each.max for each in told) or None


def _addresses() -> frozenset[str]:
    return frozenset(
        one.address.split("%")[0] for each in psutil.net_if_addrs().values() for one in each if one.family in FAMILIES
    )


def _fans() -> tuple[Fan, ...]:
    """Return the fans that are counted."""
    read = getattr(psutil, "sensors_fans", None)
    if read is None:
        return ()
    return tuple(
        Fan(clean(f"{chip} {fan.label}".strip(), NAME_LENGTH), rpm=int(fan.current))
        for chip, fans in read().items()
        for fan in fans
    )


def _temperatures() -> tuple[Temperature, ...]:
    """Return the sensors that say something possible; a sensor that is off says -256 degrees."""
    read = getattr(psutil, "sensors_temperatures", None)
    if read is None:
        return ()
    found = []
    for chip, sensors in read().items():
        for sensor in sensors:
            label = clean(f"{chip} {sensor.label}".strip(), NAME_LENGTH)
            if sensor.current is not None and -60 < sensor.current < 150 and not label.startswith("PMIC"):
                limits = (_limit(getattr(sensor, name, None)) for name in ("high", "critical"))
                found.append(Temperature(label, float(sensor.current), *limits))
    return tuple(found)


def _limit(celsius: float | None) -> float | None:
    """Return a limit that can be one: drivers fill in 0 or absurd numbers where there is none."""
    return celsius if celsius is not None and 20 < celsius < 150 else None


def _processes(root: Path) -> tuple[HostProcess, ...]:
    """Return the busiest processes since the reading before; all their other facts are read for those only."""
    busy: list[tuple[float, int, psutil.Process]] = []
    for process in psutil.process_iter():
        percent = _known(lambda process=process: process.cpu_percent(interval=None), 0.0)
        if percent > 0.0:
            busy.append((percent, process.pid, process))
    found = []
    for percent, pid, process in heapq.nlargest(PROCESSES_KEPT, busy, key=lambda each: each[0]):
        facts = _known(lambda process=process: _facts(process), None)
        if facts is not None:
            pod = kernel.pod_of_process(root, pid)
            found.append(HostProcess(pid, clean(facts[0], NAME_LENGTH), percent, facts[1], pod))
    return tuple(found)


def _facts(process: psutil.Process) -> tuple[str, int]:
    with process.oneshot():
        return process.name(), process.memory_info().rss


class HostSource:
    """Reads the host every `period` seconds on its own thread: a dead disk must not stop the screen."""

    name = "host"

    def __init__(
        self,
        clock: Clock,
        read: Callable[[Clock], Host] = read_host,
        period: float = 2.0,
        watch: Callable[[bool], None] = read_host.watch,
    ) -> None:
        self._clock, self._read_host, self._period, self._watch = clock, read, period, watch
        self._is_watched, self._woken = False, asyncio.Event()

    def watched(self, is_watched: bool) -> None:
        """Say whether the host is being looked at; only then are its processes read."""
        if is_watched and not self._is_watched:
            self._woken.set()
        self._is_watched = is_watched

    async def events(self) -> AsyncIterator[HostHeard | LinkUp | LinkDown]:
        """Yield readings until cancelled; one that takes too long is said, and waited for, as it blocks the next."""
        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(1, thread_name_prefix="host")
        is_stuck = False
        try:
            while True:
                self._woken.clear()
                self._watch(self._is_watched)
                reading = loop.run_in_executor(pool, self._read_host, self._clock)
                while not (await asyncio.wait({reading}, timeout=DEADLINE))[0]:
                    if not is_stuck:
                        is_stuck = True
                        reason = f"Reading this computer has taken more than {DEADLINE:.0f} s: a disk may be dead."
                        yield LinkDown(self.name, reason, self._clock())
                host = reading.result()
                if is_stuck:
                    is_stuck = False
                    yield LinkUp(self.name, None, self._clock())
                yield HostHeard(host)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._period):
                        await self._woken.wait()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
