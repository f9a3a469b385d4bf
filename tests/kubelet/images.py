"""Container images made by hand from a static busybox; fetches nothing and starts nothing."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import subprocess
import tarfile
from pathlib import Path
from typing import Any

BUSYBOX = "localhost/busybox:1"
PAUSE = "localhost/pause:1"

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_PASSWD = b"root:x:0:0:root:/:/bin/sh\n"


def write_images(busybox: Path, archive: Path) -> None:
    """Write both images into one tar, as `docker save` would; `ctr image import` reads it.

    The image of a pod's sandbox is the same busybox, asleep: it has no orphans to reap here.
    """
    layer = _layer(busybox)
    digest = hashlib.sha256(layer).hexdigest()
    manifest: list[dict[str, Any]] = []
    with tarfile.open(archive, "w") as tar:
        _add(tar, "layer.tar", layer)
        for name, command in ((BUSYBOX, ["sh"]), (PAUSE, ["sleep", "2147483647"])):
            config = json.dumps(_config(digest, command)).encode()
            file = f"{hashlib.sha256(config).hexdigest()}.json"
            _add(tar, file, config)
            manifest.append({"Config": file, "RepoTags": [name], "Layers": ["layer.tar"]})
        _add(tar, "manifest.json", json.dumps(manifest).encode())


def _config(digest: str, command: list[str]) -> dict[str, Any]:
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {"Env": ["PATH=/bin"], "Cmd": command},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
    }


def _layer(busybox: Path) -> bytes:
    applets = subprocess.run([busybox, "--list"], check=True, capture_output=True, text=True).stdout.split()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in ("bin", "tmp", "etc", "proc", "sys", "dev"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        _add(tar, "bin/busybox", busybox.read_bytes(), 0o755)
        _add(tar, "etc/passwd", _PASSWD)
        for applet in applets:
            if applet != "busybox":
                link = tarfile.TarInfo(f"bin/{applet}")
                link.type, link.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(link)
    return buffer.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    tar.addfile(entry, io.BytesIO(data))
