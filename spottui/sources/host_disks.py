"""The file systems of the host, and how fast they fill."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable

import psutil

from spottui.records_host import Disk
from spottui.sources.text import clean

UNREAL_FILE_SYSTEMS = frozenset({"", "autofs", "devtmpfs", "erofs", "iso9660", "overlay", "ramfs", "squashfs", "tmpfs"})
"""Not a place that fills up: images of snaps, memory, and layers on top of another file system."""
SEEN_FOR = 120.0
"""Seconds that a disk must have been watched before its fill rate means anything."""
REMEMBERED = 900.0
"""Seconds that the fill rate looks back."""


class DiskReader:
    """Reads the disks again and again, remembering how full each was over the last quarter of an hour."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, deque[tuple[float, int]]] = {}

    def __call__(self) -> tuple[Disk, ...]:
        """Return the real file systems, each device once, and always the root."""
        disks = []
        for mount in _mounts():
            try:
                usage = psutil.disk_usage(mount)
            except (psutil.Error, OSError):
                continue
            if usage.total and os.path.isdir(mount):
                rate = self._fill_rate(mount, usage.used)
                disks.append(Disk(clean(mount), usage.used, usage.total, getattr(usage, "free", None), rate))
        return tuple(disks)

    def _fill_rate(self, mount: str, used: int) -> float | None:
        now, seen = self._clock(), self._seen.setdefault(mount, deque(maxlen=512))
        if seen and now < seen[-1][0]:
            seen.clear()  # the clock was set back
        seen.append((now, used))
        while now - seen[0][0] > REMEMBERED:
            seen.popleft()
        seconds = now - seen[0][0]
        return (used - seen[0][1]) / seconds if seconds >= SEEN_FOR else None


def _mounts() -> list[str]:
    mounts: dict[str, str] = {}
    for partition in psutil.disk_partitions(all=False):
        if partition.fstype in UNREAL_FILE_SYSTEMS or partition.mountpoint.startswith("/snap/"):
            continue
        known = mounts.get(partition.device)
        if known is None or len(partition.mountpoint) < len(known):  # a bind mount shows the same again
            mounts[partition.device] = partition.mountpoint
    if "/" not in mounts.values() and os.name == "posix":
        mounts["/"] = "/"
    return sorted(mounts.values())
