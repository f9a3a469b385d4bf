"""The computer that spottui runs on, one frozen record per thing; unknown is None."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class HostProcess(Struct, frozen=True):
    """One of the busiest processes of the host."""

    pid: int
    name: str
    cpu_percent: float
    memory: int
    """Resident bytes."""
    pod_uid: str = ""
    """UID of the pod whose cgroup it is in; for a static pod the hash of its file; empty: of no pod."""


class Disk(Struct, frozen=True):
    """A mounted file system of the host; bytes."""

    mount: str
    used: int
    total: int
    free: int | None = None
    """What may still be written; less than total - used where some is kept for root."""
    fill_rate: float | None = None
    """Bytes per second over the last minutes; negative while it empties; None until enough was seen."""


class Temperature(Struct, frozen=True):
    """A sensor of the host, in degrees Celsius."""

    label: str
    celsius: float
    high: float | None = None
    """Where it begins to slow down or to shut services, as the sensor says."""
    critical: float | None = None


class Fan(Struct, frozen=True):
    """A fan: turns per minute where it is counted, else the share of full speed that it is driven with."""

    label: str
    rpm: int | None = None
    percent: float | None = None


class Pressure(Struct, frozen=True):
    """Pressure stall information of one resource: percent of time that tasks waited for it."""

    some: float
    """avg10 of "some": at least one task waited."""
    full: float | None
    """avg10 of "full": all of them did; the kernel does not say it for the cpu before 5.13."""


class Host(Struct, frozen=True, kw_only=True):
    """The computer that spottui itself runs on (psutil, /proc and /sys)."""

    name: str
    heard_at: float
    model: str = ""
    """The board or product: "NVIDIA Jetson Xavier NX", "Spot CORE"."""
    cpu_percent: float | None = None
    per_cpu_percent: tuple[float, ...] = ()
    frequency: float | None = None
    """MHz, mean of the cores."""
    frequency_max: float | None = None
    load: tuple[float, float, float] | None = None
    pressure: Mapping[str, Pressure] | None = None
    """By "cpu", "memory" and "io"; None: this kernel does not count it."""
    throttled: str = ""
    """Why the processor is slowed down now; empty: it is not, or nobody says."""
    memory_used: int | None = None
    memory_total: int | None = None
    swap_used: int | None = None
    swap_total: int | None = None
    disks: tuple[Disk, ...] = ()
    temperatures: tuple[Temperature, ...] = ()
    fans: tuple[Fan, ...] = ()
    processes: tuple[HostProcess, ...] | None = ()
    """The busiest ones; None while they are not counted, as nobody looks at them."""
    booted_at: float | None = None
    network_in: float | None = None
    """Bytes per second over all interfaces but loopback."""
    network_out: float | None = None
    addresses: frozenset[str] = frozenset()
    """IP addresses of this computer: tells whether it is a node of the cluster."""
