"""The host is read often and cheaply; what it does not tell stays unknown."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import psutil
import pytest

from spottui.events import HostHeard, LinkDown, LinkUp
from spottui.records_host import Host
from spottui.sources import host as module
from spottui.sources import host_disks as module_disks
from spottui.sources.host import HostReader, HostSource


def test_this_computer_is_read() -> None:
    read = HostReader()
    first, second = read(time.time), read(time.time)
    assert first.cpu_percent is None and first.network_in is None, "nothing to compare with yet"
    assert second.cpu_percent is not None and 0 <= second.cpu_percent <= 100
    assert second.memory_total and second.memory_used and second.memory_used <= second.memory_total
    assert any(disk.mount == "/" and 0 < disk.used <= disk.total for disk in second.disks)
    assert len({disk.mount for disk in second.disks}) == len(second.disks)
    assert second.booted_at is not None and second.booted_at < time.time()
    assert second.name


def test_the_network_is_a_rate_and_never_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    read, counters = HostReader(), {"eth0": (1000, 500), "lo": (9, 9)}

    def told(pernic: bool) -> dict[str, Any]:
        return {name: _Counter(*pair) for name, pair in counters.items()}

    monkeypatch.setattr(psutil, "net_io_counters", told)
    read(lambda: 10.0)
    counters |= {"eth0": (3000, 600), "lo": (10**9, 10**9)}
    host = read(lambda: 12.0)
    assert (host.network_in, host.network_out) == (1000.0, 50.0)
    counters["eth0"] = (0, 700)
    assert read(lambda: 14.0).network_in is None


class _Counter:
    def __init__(self, bytes_recv: int, bytes_sent: int) -> None:
        self.bytes_recv, self.bytes_sent = bytes_recv, bytes_sent


def test_what_the_system_does_not_tell_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Any:
        raise PermissionError

    names = ("cpu_percent", "virtual_memory", "swap_memory", "disk_partitions", "disk_usage", "process_iter")
    for name in (*names, "boot_time", "net_io_counters", "sensors_temperatures"):
        monkeypatch.setattr(psutil, name, refuse, raising=False)
    read = HostReader()
    read(time.time)
    host = read(time.time)
    assert (host.cpu_percent, host.memory_total, host.swap_used, host.booted_at, host.network_in) == (None,) * 5
    assert (host.disks, host.temperatures, host.processes, host.per_cpu_percent) == ((),) * 4


def test_a_device_counts_once_and_images_and_memory_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    partitions = [
        _Partition("/dev/a", "/var/lib/kubelet/pods/x", "ext4"),
        _Partition("/dev/a", "/", "ext4"),
        _Partition("/dev/b", "/data\x1b[31m", "ext4"),
        _Partition("/dev/loop0", "/snap/core/1", "squashfs"),
        _Partition("tmpfs", "/run", "tmpfs"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: partitions)
    monkeypatch.setattr(psutil, "disk_usage", lambda mount: _Usage())
    monkeypatch.setattr(module_disks.os.path, "isdir", lambda mount: True)
    assert [disk.mount for disk in HostReader()(time.time).disks] == ["/", "/data"]


class _Partition:
    def __init__(self, device: str, mountpoint: str, fstype: str) -> None:
        self.device, self.mountpoint, self.fstype = device, mountpoint, fstype


class _Usage:
    used, total = 1, 2


def test_a_sensor_that_is_off_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Sensor:
        def __init__(self, label: str, current: float) -> None:
            self.label, self.current = label, current

    told = {"cpu-thermal": [Sensor("", 61.5), Sensor("b", -256.0)], "PMIC-Die": [Sensor("", 100.0)]}
    monkeypatch.setattr(psutil, "sensors_temperatures", lambda: told, raising=False)
    found = HostReader()(time.time).temperatures
    assert [(each.label, each.celsius) for each in found] == [("cpu-thermal", 61.5)]


def test_a_reading_is_cheap() -> None:
    read = HostReader()
    read(time.time)  # the first one opens every process
    begun = time.process_time()
    for _ in range(9):
        read(time.time)
    assert (time.process_time() - begun) / 9 < 0.05  # measured with 300 processes: 0.008


def test_processes_are_read_only_while_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(psutil, "process_iter", lambda: asked.append(1) or [])
    read = HostReader()
    read.watch(False)
    assert [read(time.time).processes for _ in range(4)] == [None] * 4 and not asked
    read.watch(True)
    # The first figures are since the last look, whenever that was.
    assert [read(time.time).processes for _ in range(2)] == [None, ()] and len(asked) == 2
    for _ in range(6):
        read.watch(True)
        read(time.time)
    assert len(asked) == 4
    read.watch(False)
    assert read(time.time).processes is None


async def test_who_opens_the_host_screen_has_its_processes_read_at_once() -> None:
    told: list[bool] = []
    source = HostSource(time.time, lambda clock: Host(name="h", heard_at=clock()), 3600.0, told.append)
    events = source.events()
    await anext(events)
    source.watched(False)
    second = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    source.watched(True)
    await asyncio.wait_for(second, 5)
    assert told == [False, True]


async def test_the_source_reads_on_its_own_thread() -> None:
    threads: list[str] = []

    def read(clock: Any) -> Host:
        threads.append(threading.current_thread().name)
        return Host(name="spot-core", heard_at=clock())

    events = HostSource(lambda: 5.0, read, period=0.0).events()
    assert [await anext(events) for _ in range(2)] == [HostHeard(Host(name="spot-core", heard_at=5.0))] * 2
    assert all(name.startswith("host") for name in threads)
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_reading_that_hangs_is_said_and_its_end_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEADLINE", 0.02)
    go_on = threading.Event()

    def read(clock: Any) -> Host:
        go_on.wait(5)
        return Host(name="spot-core", heard_at=clock())

    events = HostSource(lambda: 5.0, read, period=0.0).events()
    down = await anext(events)
    assert isinstance(down, LinkDown) and "disk" in down.reason
    go_on.set()
    assert isinstance(await anext(events), LinkUp)
    assert isinstance(await anext(events), HostHeard)
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
