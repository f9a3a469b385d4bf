"""What a node changes on this machine outside its folder, written down first so that it is undone in any case."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

from . import leftovers
from .settings import ADDRESS, NodeFolder

PREFIX = "spottui-node-"
_RECORD = "traces.json"


@dataclass(frozen=True, slots=True)
class Traces:
    """One node's changes; `undo` takes back these and no others."""

    root: str
    """Its folder, in which this record lies too."""
    cgroup: str
    """The cgroup that all pods are in, relative to each hierarchy."""
    settings: dict[str, str]
    """Settings of the kernel as they were before, by file."""
    made: list[str]
    """Folders that were not there before, the inner ones first."""
    owner: int
    """Process id of who started it."""
    owner_began: float
    """When that process began, in seconds since the epoch: ids are used again."""

    @classmethod
    def begin(cls) -> Self:
        """Make a node's folder and write down how the machine is now."""
        root = tempfile.mkdtemp(prefix=PREFIX)
        settings = {str(file): text for file, text in leftovers.kernel_settings().items()}
        made = [str(folder) for folder in leftovers.missing_folders()]
        me = psutil.Process()
        traces = cls(root, f"spottui-{secrets.token_hex(4)}", settings, made, os.getpid(), me.create_time())
        Path(root, _RECORD).write_text(json.dumps(asdict(traces)))
        return traces

    @property
    def folder(self) -> NodeFolder:
        """Where everything of the node lies."""
        return NodeFolder(Path(self.root))

    def undo(self) -> None:
        """Take everything back and delete the folder, whatever fails on the way; the programs have ended before."""
        folder = self.folder
        with ExitStack() as steps:  # which are done in the opposite order
            steps.callback(leftovers.delete, folder.root)
            steps.callback(
                lambda: leftovers.remove_files(folder.root, folder.socket, [Path(name) for name in self.made])
            )
            steps.callback(leftovers.restore, {Path(file): text for file, text in self.settings.items()})
            steps.callback(leftovers.unmount_below, folder.root)
            steps.callback(leftovers.remove_address, ADDRESS)
            steps.callback(leftovers.remove_cgroup, self.cgroup)
            steps.callback(leftovers.kill_shims, folder.socket)

    def is_orphaned(self) -> bool:
        """Tell whether the process that started the node is gone, and so never undid it."""
        with suppress(psutil.NoSuchProcess):
            return abs(psutil.Process(self.owner).create_time() - self.owner_began) > 1
        return True


def undo_orphans() -> None:
    """Undo the nodes of runs that were killed: their containers outlive them, and so do mounts and settings."""
    for record in sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_RECORD}")):
        traces = Traces(**json.loads(record.read_text()))
        if traces.root == str(record.parent) and traces.is_orphaned():
            traces.undo()
