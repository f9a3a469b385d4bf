"""The last lines that a container wrote before it ended: asked for one container at a time, and remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol
from urllib.parse import quote

from spottui.errors import SpottuiError
from spottui.records import Container, Pod
from spottui.sources.text import clean

LINES = 5
BYTES = 4096
"""Asked for at most: enough for five lines, little on a thin link."""
PATIENCE = 5.0
KEPT = 64
"""Answers remembered; an end of a container does not change any more."""


class Api(Protocol):
    """What is asked."""

    async def request(self, method: str, path: str, **options: Any) -> bytes:
        """Send one request; raises SpottuiError."""
        ...


class LastWords:
    """Reads the end of a container's log, each end once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[tuple[str, str, int], tuple[str, ...]] = {}

    async def of(self, pod: Pod, name: str) -> Sequence[str]:
        """Return the last lines of the container's last end, oldest first; empty where none can be read.

        One that has not ended has no last words: nothing is asked then.
        """
        container = next((one for one in pod.containers if one.name == name), None)
        if container is None or not (_is_over(container) or container.restarts):
            return ()
        key = (pod.uid, name, container.restarts + _is_over(container))
        if key not in self._known:
            lines = await self._read(pod, container)
            if lines is None:
                return ()
            self._known[key] = lines
            while len(self._known) > KEPT:
                del self._known[next(iter(self._known))]
        return self._known[key]

    async def _read(self, pod: Pod, container: Container) -> tuple[str, ...] | None:
        """Return the lines; None when they could not be read now."""
        path = f"/api/v1/namespaces/{quote(pod.namespace, safe='')}/pods/{quote(pod.name, safe='')}/log"
        query = [("container", container.name), ("tailLines", str(LINES)), ("limitBytes", str(BYTES))]
        if not _is_over(container):
            query.append(("previous", "true"))
        try:
            said = await self._api.request("GET", path, query=query, timeout=PATIENCE)
        except SpottuiError:
            return None
        lines = (clean(line) for line in said.decode("utf-8", "replace").splitlines())
        return tuple(line for line in lines if line.strip())[-LINES:]


def _is_over(container: Container) -> bool:
    return container.state == "terminated"
