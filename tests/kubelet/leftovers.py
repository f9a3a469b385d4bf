"""Takes away what a node leaves: processes, mounts, cgroups, an address, settings, files; only what is its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.cluster.processes import wait_until

CGROUPS = Path("/sys/fs/cgroup")

# The kubelet sets the first ones at its start, CNI's ptp the last.
_SETTINGS = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
    "net/ipv4/ip_forward",
)

# These have no setting: the kubelet, CNI and containerd's shims use them wherever else they live.
_FOLDERS = (
    "/var/lib/kubelet/device-plugins",
    "/var/lib/kubelet",
    "/var/log/containers",
    "/var/lib/cni/results",
    "/var/lib/cni",
    "/run/containerd/s",
    "/run/containerd",
)


def missing_folders() -> list[Path]:
    """Return which of the folders that a node makes for itself are not there, the inner ones first."""
    return [Path(name) for name in _FOLDERS if not Path(name).exists()]


def remove_files(root: Path, socket: Path, made: list[Path]) -> None:
    """Remove what a node wrote outside its own folder `root`, and then the folders that it made, if empty.

    `socket` is its containerd's; a shim's own socket is named by a hash of that and of the container.
    """
    for link in Path("/var/log/containers").glob("*.log"):
        if link.is_symlink() and link.readlink().is_relative_to(root):
            link.unlink()
    sandboxes = root / "content" / "io.containerd.grpc.v1.cri" / "sandboxes"
    for sandbox in [each.name for each in sandboxes.glob("*")]:
        shim = hashlib.sha256(f"{socket}/k8s.io/{sandbox}".encode()).hexdigest()
        Path("/run/containerd/s", shim).unlink(missing_ok=True)
        for result in Path("/var/lib/cni/results").glob(f"*-{sandbox}-*"):
            result.unlink()
    for folder in made:
        (folder / "kubelet.sock").unlink(missing_ok=True)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def kernel_settings() -> dict[Path, str]:
    """Return the settings of the kernel that a node changes, as they are now."""
    files = [Path("/proc/sys", name) for name in _SETTINGS]
    return {file: file.read_text() for file in files if file.exists()}


def restore(settings: dict[Path, str]) -> None:
    """Put the kernel's settings back."""
    for file, text in settings.items():
        if file.read_text() != text:
            file.write_text(text)


def add_address(address: str) -> None:
    """Give the loopback interface one more address."""
    subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True, capture_output=True)


def remove_address(address: str) -> None:
    """Take that address away again, if it is there."""
    known = subprocess.run(["ip", "-o", "address", "show", "dev", "lo"], check=True, capture_output=True, text=True)
    if f" {address}/32 " in known.stdout:
        subprocess.run(["ip", "address", "del", f"{address}/32", "dev", "lo"], check=True, capture_output=True)


def make_cgroup(name: str) -> None:
    """Make a cgroup of this name in every hierarchy; the kubelet wants its root to be there."""
    for hierarchy in _hierarchies():
        (hierarchy / name).mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):  # an empty cpuset of the old kind takes no process
            if (hierarchy / setting).exists() and (hierarchy / name / setting).exists():
                (hierarchy / name / setting).write_text((hierarchy / setting).read_text())


def remove_cgroup(name: str) -> None:
    """End what still runs in a cgroup and below it, and take them away."""
    roots = [hierarchy / name for hierarchy in _hierarchies() if (hierarchy / name).is_dir()]
    folders = [Path(place) for root in roots for place, _, _ in os.walk(root, topdown=False)]
    for folder in folders:
        _kill(int(pid) for pid in (folder / "cgroup.procs").read_text().split())

    def gone() -> bool:
        for folder in folders:
            try:
                folder.rmdir()
            except FileNotFoundError:
                continue
            except OSError:
                return False  # the last process is still on its way out
        return True

    wait_until(gone, f"the cgroup {name} is gone", timeout=20)


def kill_shims(socket: Path) -> None:
    """End the shims of the containerd that listens on this socket: they outlive it on purpose."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"-address" in words and str(socket).encode() in words and b"containerd-shim" in words[0]:
            _kill([int(folder.name)])


def unmount_below(root: Path) -> None:
    """Undo every mount at or below a folder, the last one first."""
    for point in reversed(_mounts(root)):
        subprocess.run(["umount", "-l", str(point)], check=True, capture_output=True)


def delete(root: Path) -> None:
    """Delete a folder, unless something is still mounted in it: that would be deleted too."""
    mounted = _mounts(root)
    assert not mounted, f"{root} is kept: {mounted} are still mounted in it"
    shutil.rmtree(root)


def _mounts(root: Path) -> list[Path]:
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    points = [Path(line.split()[4].replace("\\040", " ")) for line in lines]
    return [each for each in points if each.is_relative_to(root)]


def _hierarchies() -> list[Path]:
    """Return the roots of the cgroup trees: the single one, or one for each old controller."""
    if (CGROUPS / "cgroup.controllers").exists():
        return [CGROUPS]
    return [folder for folder in sorted(CGROUPS.iterdir()) if (folder / "cgroup.procs").exists()]


def _kill(pids: Iterator[int] | list[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
