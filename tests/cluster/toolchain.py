"""Builds the servers of the test cluster with Go; knows nothing of how they are started.

`python -m tests.cluster.toolchain` builds them ahead of the tests and says where they are.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .processes import tied_to_parent

TOOLS = Path(__file__).parent / "tools"
REPOSITORY = Path(__file__).parents[2]
KUBERNETES_VERSION = "v1.37.2"

_LDFLAGS = f"-s -w -X k8s.io/component-base/version.gitVersion={KUBERNETES_VERSION}"
_MODULES = ("kubernetes", "kwok")  # apart, since kwok wants other versions of the same libraries


class BuildFailed(RuntimeError):
    """Says that the servers could not be built, with the end of what Go said."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """Where the built servers are."""

    folder: Path

    @property
    def etcd(self) -> Path:
        return self.folder / "etcd"

    @property
    def apiserver(self) -> Path:
        return self.folder / "kube-apiserver"

    @property
    def controllers(self) -> Path:
        return self.folder / "kube-controller-manager"

    @property
    def scheduler(self) -> Path:
        return self.folder / "kube-scheduler"

    @property
    def kwok(self) -> Path:
        return self.folder / "kwok"


def cluster_folder() -> Path:
    """Return the folder for Go's caches and what was built: SPOTTUI_CLUSTER_DIR, else `.cluster/`."""
    chosen = os.environ.get("SPOTTUI_CLUSTER_DIR")
    return Path(chosen).resolve() if chosen else REPOSITORY / ".cluster"


def build() -> Binaries:
    """Build what is not built yet and return where it is.

    Raises:
        BuildFailed: Go is missing or the build failed.
    """
    # Go names etcd by the last word of its import path.
    return Binaries(built([TOOLS / name for name in _MODULES], renamed={"server": "etcd"}))


def built(modules: Sequence[Path], renamed: Mapping[str, str] | None = None) -> Path:
    """Build the `tool` lines of some modules, if that is not done yet, and return the folder of the programs.

    The folder is named by a hash of the module files, so a changed version builds anew and an
    unchanged one costs nothing. Two processes that build at once wait for one another.

    Raises:
        BuildFailed: Go is missing or the build failed.
    """
    folder = cluster_folder()
    done = folder / "bin" / _key(modules)
    if done.is_dir():
        return done
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / "build.lock"):
        if not done.is_dir():
            _build_into(done, folder, modules, renamed or {})
    return done


def _key(modules: Sequence[Path]) -> str:
    digest = hashlib.sha256(_LDFLAGS.encode())
    for module in modules:
        for name in ("go.mod", "go.sum"):
            digest.update((module / name).read_bytes())
    return digest.hexdigest()[:16]


def _build_into(target: Path, folder: Path, modules: Sequence[Path], renamed: Mapping[str, str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    half_done = Path(tempfile.mkdtemp(prefix="building-", dir=target.parent))
    try:
        for module in modules:
            _go(folder, module, "build", "-o", f"{half_done}{os.sep}", "-ldflags", _LDFLAGS, "tool")
        for name, wanted in renamed.items():
            (half_done / name).rename(half_done / wanted)
        half_done.rename(target)
    finally:
        shutil.rmtree(half_done, ignore_errors=True)


def _go(folder: Path, module: Path, *arguments: str) -> None:
    go = shutil.which("go")
    if go is None:
        raise BuildFailed("The test cluster is built with Go 1.26 or newer, and there is no `go` on PATH.")
    environment = dict(os.environ)
    environment.setdefault("GOCACHE", str(folder / "go" / "build"))
    environment.setdefault("GOMODCACHE", str(folder / "go" / "mod"))
    # Without -modcacherw a plain `rm -r` of the folder fails: Go's module cache is read-only.
    environment["GOFLAGS"] = f"{environment.get('GOFLAGS', '')} -modcacherw -buildvcs=false".strip()
    environment["GOWORK"] = "off"
    ran = subprocess.run(
        tied_to_parent([go, *arguments]),
        cwd=module,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise BuildFailed(f"`go {arguments[0]}` in {module.name} failed:\n{ran.stderr[-4000:]}")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on a file; the system frees it even if the holder is killed."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.stderr.write("Building the servers of the test cluster; the first time takes about ten minutes ...\n")
    sys.stdout.write(f"{build().folder}\n")
