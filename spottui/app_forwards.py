"""The forwarded ports of this session: opened by command, listed, closed one by one or with the program."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from spottui.records import Target
from spottui.screens.log_sources import pods_of
from spottui.screens.parts import Forwarded
from spottui.sources.port_forward import ForwardTarget, PortForward
from spottui.store import Store
from spottui.verdicts.conditions import is_true
from spottui.verdicts.owners import controller_of, target_of


class Forwards:
    """All forwarded ports; each finds a running pod anew for every connection, so that it outlives a restart."""

    def __init__(self, api: Callable[[], Any], store: Store) -> None:
        self._api, self._store = api, store
        self._open: dict[int, tuple[Target, PortForward]] = {}

    async def open(self, target: Target, remote: int, local: int) -> int:
        """Open a local port to a pod, or to whichever pod its owner has; return the local port.

        Raises:
            SpottuiError: The local port is taken.
        """
        behind = self._behind(target)
        port = PortForward(self._api(), lambda: self._now(behind), remote, local)
        await port.open()
        self._open[port.local_port] = (target, port)
        return port.local_port

    async def stop(self, local: int) -> None:
        """Close one."""
        found = self._open.pop(local, None)
        if found is not None:
            await found[1].close()

    async def close(self) -> None:
        """Close all."""
        ports = [port for _, port in self._open.values()]
        self._open.clear()
        await asyncio.gather(*(port.close() for port in ports))

    def list(self) -> list[Forwarded]:
        """Return all of them as they are now."""
        return [
            Forwarded(local, port.remote_port, str(target), port.connections, port.problem)
            for local, (target, port) in sorted(self._open.items())
        ]

    def _behind(self, target: Target) -> Target:
        """Return the owner above a pod, as its pods come and go; the pod itself when nothing owns it."""
        pod = self._store.pods.get(target.uid) if target.kind == "Pod" else None
        owner = controller_of(pod, self._store.workload) if pod is not None else None
        return target_of(owner) if owner is not None else target

    def _now(self, behind: Target) -> ForwardTarget | None:
        running = [pod for pod in pods_of(self._store, behind) if pod.phase == "Running" and pod.deleted_at is None]
        best = next((pod for pod in running if is_true(pod.conditions, "Ready")), running[0] if running else None)
        return ForwardTarget(best.namespace, best.name) if best is not None else None
