"""What a pod uses, read by hand from the kernel's cgroup files: the other reader beside the kubelet's summary."""

from __future__ import annotations

from pathlib import Path


def memory_of(folder: Path) -> int:
    """Return the working set in bytes: what is used, without the page cache that nobody has touched lately."""
    if (folder / "memory.current").exists():
        used, stat, name = folder / "memory.current", folder / "memory.stat", "inactive_file"
    else:
        used, stat, name = folder / "memory.usage_in_bytes", folder / "memory.stat", "total_inactive_file"
    idle = dict(line.split() for line in stat.read_text().splitlines()).get(name, "0")
    return max(0, int(used.read_text()) - int(idle))


def cpu_seconds_of(folder: Path) -> float:
    """Return the processor seconds used since the cgroup was made."""
    if (folder / "cpu.stat").exists() and "usage_usec" in (folder / "cpu.stat").read_text():
        lines = dict(line.split() for line in (folder / "cpu.stat").read_text().splitlines())
        return int(lines["usage_usec"]) / 1e6
    return int((folder / "cpuacct.usage").read_text()) / 1e9


def folder_of(root: Path, uid: str, controller: str, below: str = "") -> Path | None:
    """Return a pod's cgroup: of the unified hierarchy, else of one controller; both drivers' names are known.

    `below` is the kubelet's own root cgroup, where that is not the machine's.
    """
    for base in (root / below, root / controller / below):
        for name in (f"pod{uid}", f"*pod{uid.replace('-', '_')}.slice"):
            found = next(iter(sorted(base.glob(f"kubepods*/**/{name}"))), None) or next(
                iter(sorted(base.glob(f"kubepods*/{name}"))), None
            )
            if found is not None:
                return found
    return None
