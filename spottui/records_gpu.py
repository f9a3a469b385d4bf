"""GPUs: of this computer, or of a node through an exporter; unknown is None."""

from __future__ import annotations

from msgspec import Struct


class GpuProcess(Struct, frozen=True, kw_only=True):
    """A process that holds GPU memory."""

    pid: int
    name: str = ""
    memory: int | None = None
    """Bytes."""
    pod: str = ""
    """"namespace/name" where the cgroup names a pod."""


class Gpu(Struct, frozen=True, kw_only=True):
    """One GPU now."""

    name: str
    uid: str
    """UUID, or a path of sysfs."""
    node: str = ""
    """The node it is in, when it was read through the cluster; empty: this computer."""
    used: float | None = None
    """Percent, 0..100."""
    memory_used: int | None = None
    memory_total: int | None = None
    """Bytes; None with `shares_memory`: a Jetson's GPU uses the system's."""
    shares_memory: bool = False
    celsius: float | None = None
    celsius_limit: float | None = None
    frequency: float | None = None
    """MHz."""
    frequency_max: float | None = None
    watts: float | None = None
    throttled: str = ""
    """Why it is slowed down; empty: it is not, or nobody says."""
    processes: tuple[GpuProcess, ...] = ()
    source: str = ""
    """"nvml", "devfreq", "DCGM exporter", ..."""
    pod: str = ""
    """Where the exporter names the pod that uses it."""


class Gpus(Struct, frozen=True, kw_only=True):
    """All GPUs that one reader knows."""

    reader: str
    """"host" or "cluster"."""
    heard_at: float
    gpus: tuple[Gpu, ...] = ()
    reason: str = ""
    """One calm line when there are none: why."""
