"""The files of one run: a private folder with kubeconfig and CA, and the note by which `spottui sim` finds it."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class RunFiles:
    """Makes the files, private to the user, and takes them away again; safe to call from any thread."""

    def __init__(self, folder: Path | None, notes: Path | None) -> None:
        """Make the folder; `notes` is where the note goes, None for none.

        Raises:
            OSError: The folder cannot be made.
        """
        if folder is None:
            folder = Path(tempfile.mkdtemp(prefix="spottui-sim-"))
        else:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder = folder
        self.note = notes / f"{os.getpid()}.json" if notes is not None else None

    def write(self, name: str, data: bytes | str) -> Path:
        """Write one file of the folder, readable by the user only; return its path."""
        path = self.folder / name
        _write(path, data if isinstance(data, bytes) else data.encode())
        return path

    def leave_note(self, told: Mapping[str, Any]) -> str:
        """Write the note; return why that cannot be, as a sentence, or nothing."""
        if self.note is None:
            return ""
        try:
            self.note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for old in self.note.parent.glob("*.json"):
                if not _is_alive(old.stem):
                    old.unlink(missing_ok=True)
            _write(self.note, json.dumps(told).encode())
        except OSError as error:
            path, self.note = self.note, None
            return f'"spottui sim" will not find this robot: {path} cannot be written: {error.strerror}.'
        return ""

    def remove(self) -> None:
        """Take everything away."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.note is not None:
            with contextlib.suppress(OSError):
                self.note.unlink(missing_ok=True)


def _is_alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    return True


def _write(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def kubeconfig(name: str, server: str, ca: bytes, tokens: Mapping[str, str]) -> str:
    """Return a kubeconfig with one context for each user; that of the first is current and has the robot's name."""
    users = list(tokens)
    contexts = {user: name if user == users[0] else f"{name}-{user}" for user in users}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts[users[0]],
        "clusters": [
            {
                "name": name,
                "cluster": {"server": server, "certificate-authority-data": base64.b64encode(ca).decode()},
            }
        ],
        "users": [{"name": f"{name}-{user}", "user": {"token": token}} for user, token in tokens.items()],
        "contexts": [
            {"name": context, "context": {"cluster": name, "user": f"{name}-{user}"}}
            for user, context in contexts.items()
        ],
    }
    return json.dumps(document, indent=2)  # JSON is YAML
