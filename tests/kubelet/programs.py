"""The programs of a real node: what is built with Go, what Debian brings, and what is missing; starts nothing."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.toolchain import built

TOOLS = Path(__file__).parent / "tools"
_CNI = (Path("/opt/cni/bin"), Path("/usr/lib/cni"))
_PACKAGES = {"runc": "runc", "busybox": "busybox-static", "go": "Go 1.26", "openssl": "openssl", "ip": "iproute2"}
_MODULES = ("kubelet", "containerd")  # apart, since containerd wants other versions of the same libraries


@dataclass(frozen=True, slots=True)
class Programs:
    """Where the programs are."""

    built: Path
    """kubelet, containerd, containerd-shim-runc-v2, ctr."""
    runc: Path
    busybox: Path
    """Linked statically."""
    plugins: Path
    """CNI's."""


def missing() -> str:
    """Return, as a sentence, what this machine lacks for a real kubelet; empty when nothing."""
    lacks = []
    if sys.platform != "linux":
        return "A real kubelet needs Linux."
    if os.geteuid() != 0:
        lacks.append("root")
    if not any(Path("/sys/fs/cgroup", name).exists() for name in ("memory", "cgroup.controllers")):
        lacks.append("cgroups at /sys/fs/cgroup")
    for program, package in _PACKAGES.items():
        if shutil.which(program) is None:
            lacks.append(f"`{program}` ({package})")
    if _plugins() is None:
        lacks.append("CNI's programs (containernetworking-plugins)")
    return f"A real kubelet needs {', '.join(lacks)}; `make check-kubelet` installs Debian's part." if lacks else ""


def find() -> Programs:
    """Build what is not built yet and return where everything is; `missing()` said nothing before.

    Raises:
        tests.cluster.toolchain.BuildFailed: The build failed.
    """
    plugins, runc, busybox = _plugins(), shutil.which("runc"), shutil.which("busybox")
    assert plugins and runc and busybox
    return Programs(built([TOOLS / name for name in _MODULES]), Path(runc), Path(busybox), plugins)


def _plugins() -> Path | None:
    return next((folder for folder in _CNI if (folder / "ptp").exists() and (folder / "loopback").exists()), None)
