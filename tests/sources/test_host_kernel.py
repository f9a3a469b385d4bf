"""What psutil does not tell is read from /proc and /sys, and agrees with a reading by hand."""

from __future__ import annotations

import os
import time
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records_host import Fan, Pressure
from spottui.sources import host_disks
from spottui.sources import host_kernel as kernel
from spottui.sources.host import HostReader
from spottui.sources.host_disks import DiskReader
from tests.sources.sysfs import POD, jetson


def test_a_jetsons_tree_is_read(tmp_path: Path) -> None:
    root = jetson(tmp_path)
    assert kernel.model(root) == "NVIDIA Jetson Xavier NX Developer Kit"
    assert kernel.pressure(root) == {
        "cpu": Pressure(12.5, None),
        "memory": Pressure(0.0, 0.0),
        "io": Pressure(41.0, 11.0),
    }
    assert kernel.pwm_fans(root) == (Fan("fan", percent=50.0),)
    assert kernel.cooling(root) == "", "a fan that turns is no slowing down"
    assert kernel.pod_of_process(root, 4711) == POD


def test_what_the_thermal_governor_holds_back_is_named(tmp_path: Path) -> None:
    root = jetson(tmp_path, cooling_device1__cur_state="4\n")
    assert kernel.cooling(root) == "thermal-cpufreq-0 4 of 12"
    host = HostReader(root)(time.time)
    assert host.throttled == "held back by heat: thermal-cpufreq-0 4 of 12"


def test_x86_cores_that_slowed_down_since_the_reading_before_are_said(tmp_path: Path) -> None:
    counts = [tmp_path / f"sys/devices/system/cpu/cpu{core}/thermal_throttle/core_throttle_count" for core in (0, 1)]
    for path in counts:
        path.parent.mkdir(parents=True)
        path.write_text("7\n")
    read = HostReader(tmp_path)
    assert read(time.time).throttled == "", "what happened before the start is not now"
    counts[1].write_text("9\n")
    assert "slowed down for heat" in read(time.time).throttled
    assert read(time.time).throttled == ""


def test_an_empty_tree_is_unknown_and_no_error(tmp_path: Path) -> None:
    assert kernel.pressure(tmp_path) is None
    assert kernel.throttle_count(tmp_path) is None
    assert (kernel.model(tmp_path), kernel.cooling(tmp_path), kernel.pwm_fans(tmp_path)) == ("", "", ())


@pytest.mark.parametrize(
    ("cgroup", "uid"),
    [
        (f"0::/kubepods/burstable/pod{POD}/abc", POD),
        (f"11:memory:/kubepods/besteffort/pod{POD}/0123\n1:cpu:/\n", POD),
        (f"0::/kubepods.slice/kubepods-pod{POD.replace('-', '_')}.slice/cri-containerd-1.scope", POD),
        ("0::/kubepods/burstable/pod3f5ad6b1c4d2e8f9a0b1c2d3e4f50617/abc", "3f5ad6b1c4d2e8f9a0b1c2d3e4f50617"),
        ("0::/user.slice/user-1000.slice/podman-1.scope", ""),
        ("0::/", ""),
        ("", ""),
    ],
)
def test_the_pod_of_a_process_is_read_from_its_cgroup(cgroup: str, uid: str) -> None:
    assert kernel.pod_uid(cgroup) == uid


@given(st.text())
def test_no_text_breaks_the_parsers(text: str) -> None:
    assert kernel.parse_pressure(text) is None or "some" in text
    assert isinstance(kernel.pod_uid(text), str)


def test_hostile_names_are_cleaned(tmp_path: Path) -> None:
    root = jetson(tmp_path, device_tree__model="evil\x1b[31m\u202ename")
    assert "\x1b" not in kernel.model(root) and "\u202e" not in kernel.model(root)


def test_memory_agrees_with_proc_meminfo_read_by_hand() -> None:
    host = HostReader()(time.time)
    lines = Path("/proc/meminfo").read_text().splitlines()
    by_hand = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines}
    assert host.memory_total == by_hand["MemTotal"]
    assert host.memory_used is not None
    # Other processes go on between the two readings: two percent of all memory.
    assert abs(host.memory_used - (by_hand["MemTotal"] - by_hand["MemAvailable"])) < by_hand["MemTotal"] * 0.02


def test_cpu_agrees_with_proc_stat_read_by_hand() -> None:
    def busy_and_all() -> tuple[int, int]:
        user, nice, system, idle, iowait, irq, softirq, steal, *_ = map(
            int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
        )
        return (
            user + nice + system + irq + softirq + steal,
            user + nice + system + idle + iowait + irq + softirq + steal,
        )

    read = HostReader()
    read(time.time)
    before = busy_and_all()
    end = time.monotonic() + 0.4
    while time.monotonic() < end:  # work, so that there is something to compare
        pass
    host, after = read(time.time), busy_and_all()
    by_hand = 100 * (after[0] - before[0]) / max(1, after[1] - before[1])
    assert host.cpu_percent is not None
    assert abs(host.cpu_percent - by_hand) <= 12, "0.4 s are 40 ticks a core, and psutil takes the mean of the cores"


def test_load_and_boot_time_agree_with_proc() -> None:
    host = HostReader()(time.time)
    by_hand = float(Path("/proc/loadavg").read_text().split()[0])
    assert host.load is not None and abs(host.load[0] - by_hand) <= 0.5
    booted = next(int(line.split()[1]) for line in Path("/proc/stat").read_text().splitlines() if "btime" in line)
    assert host.booted_at is not None and abs(host.booted_at - booted) <= 2


def test_disks_agree_with_statvfs_read_by_hand() -> None:
    disk = next(one for one in HostReader()(time.time).disks if one.mount == "/")
    told = os.statvfs("/")
    assert disk.total == told.f_blocks * told.f_frsize
    assert disk.free is not None and abs(disk.free - told.f_bavail * told.f_frsize) < 64 << 20


def test_the_fill_rate_is_known_after_two_minutes_and_looks_back_a_quarter_of_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, used = 0.0, 0
    told = type("Usage", (), {"total": 10**9, "free": 10**8})
    monkeypatch.setattr(host_disks, "_mounts", lambda: ["/"])
    monkeypatch.setattr(psutil, "disk_usage", lambda mount: type("Usage", (told,), {"used": used})())
    read = DiskReader(lambda: now)
    assert read()[0].fill_rate is None
    now, used = 60.0, 60_000
    assert read()[0].fill_rate is None
    now, used = 120.0, 240_000
    assert read()[0].fill_rate == 2000.0
    now, used = 1800.0, 240_000
    assert read()[0].fill_rate is None, "all that was seen before is too old"
    now = 10.0
    assert read()[0].fill_rate is None, "the clock was set back"
