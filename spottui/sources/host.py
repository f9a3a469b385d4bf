"""The computer that spottui runs on, read with psutil; knows nothing of the cluster."""

from __future__ import annotations

import asyncio
import heapq
import os
import platform
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psutil

from spottui.events import HostHeard, LinkDown, LinkUp
from spottui.records import Disk, Host, HostProcess, Temperature
from spottui.sources.text import clean

T = TypeVar("T")
Clock = Callable[[], float]

DEADLINE = 10.0
"""Seconds after which a reading is stuck; a dead disk can hold one for ever."""
SLOW_EVERY = 3
"""Processes, disks and sensors are read every so many readings: they cost the most and change the least."""
PROCESSES_KEPT = 8
NAME_LENGTH = 40
UNREAL_FILE_SYSTEMS = frozenset({"", "autofs", "devtmpfs", "erofs", "iso9660", "overlay", "ramfs", "squashfs", "tmpfs"})
"""Not a place that fills up: images of snaps, memory, and layers on top of another file system."""


class HostReader:
    """Reads the host again and again; rates and percents are since the reading before, so the first has none.

    Used from one thread only.
    """

    def __init__(self) -> None:
        self._readings = 0
        self._network: tuple[float, int, int] | None = None
        self._disks: tuple[Disk, ...] = ()
        self._temperatures: tuple[Temperature, ...] = ()
        self._processes: tuple[HostProcess, ...] = ()

    def __call__(self, clock: Clock) -> Host:
        """Return the host as it is now; what this system does not tell stays None or empty."""
        if self._readings % SLOW_EVERY == 0:
            self._disks = _known(_disks, ())
            self._temperatures = _known(_temperatures, ())
            self._processes = _known(_processes, ())
        self._readings += 1
        at = clock()
        per_cpu = _known(lambda: psutil.cpu_percent(interval=None, percpu=True), [])
        if self._readings == 1:  # psutil has nothing to compare with yet and says zero
            per_cpu, self._processes = [], ()
        memory, swap = _known(psutil.virtual_memory, None), _known(psutil.swap_memory, None)
        network_in, network_out = self._rates(at)
        return Host(
            name=clean(platform.node()),
            heard_at=at,
            cpu_percent=sum(per_cpu) / len(per_cpu) if per_cpu else None,
            per_cpu_percent=tuple(per_cpu),
            load=_known(os.getloadavg, None),
            memory_used=memory.total - memory.available if memory else None,
            memory_total=memory.total if memory else None,
            swap_used=swap.used if swap else None,
            swap_total=swap.total if swap else None,
            disks=self._disks,
            temperatures=self._temperatures,
            processes=self._processes,
            booted_at=_known(psutil.boot_time, None),
            network_in=network_in,
            network_out=network_out,
        )

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


def _disks() -> tuple[Disk, ...]:
    """Return the real file systems, each device once, and always the root."""
    mounts: dict[str, str] = {}
    for partition in psutil.disk_partitions(all=False):
        if partition.fstype in UNREAL_FILE_SYSTEMS or partition.mountpoint.startswith("/snap/"):
            continue
        known = mounts.get(partition.device)
        if known is None or len(partition.mountpoint) < len(known):  # a bind mount shows the same again
            mounts[partition.device] = partition.mountpoint
    if "/" not in mounts.values() and os.name == "posix":
        mounts["/"] = "/"
    disks = []
    for mount in sorted(mounts.values()):
        usage = _known(lambda mount=mount: psutil.disk_usage(mount), None)
        if usage is not None and usage.total and os.path.isdir(mount):
            disks.append(Disk(clean(mount), usage.used, usage.total))
    return tuple(disks)


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
                found.append(Temperature(label, float(sensor.current)))
    return tuple(found)


def _processes() -> tuple[HostProcess, ...]:
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
            found.append(HostProcess(pid, clean(facts[0], NAME_LENGTH), percent, facts[1]))
    return tuple(found)


def _facts(process: psutil.Process) -> tuple[str, int]:
    with process.oneshot():
        return process.name(), process.memory_info().rss


class HostSource:
    """Reads the host every `period` seconds on its own thread: a dead disk must not stop the screen."""

    name = "host"

    def __init__(self, clock: Clock, read: Callable[[Clock], Host] = read_host, period: float = 2.0) -> None:
        self._clock, self._read_host, self._period = clock, read, period

    async def events(self) -> AsyncIterator[HostHeard | LinkUp | LinkDown]:
        """Yield readings until cancelled; one that takes too long is said, and waited for, as it blocks the next."""
        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(1, thread_name_prefix="host")
        is_stuck = False
        try:
            while True:
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
                await asyncio.sleep(self._period)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
