"""The readers that run now, one task each; knows no kinds."""

from __future__ import annotations

import asyncio

from spottui.sources.kube_link import State
from spottui.sources.kube_outbox import Outbox
from spottui.sources.kube_reader import KindReader


class RunningReaders:
    """Starts and stops readers by the name of what they read."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._running: dict[str, tuple[KindReader, asyncio.Task[None]]] = {}

    def __contains__(self, kind: str) -> bool:
        """Tell whether the kind is read now."""
        return kind in self._running

    def start(self, kind: str, reader: KindReader) -> None:
        """Let a reader run that does not; one that ran before goes on where it was."""
        self._running[kind] = reader, self._outbox.watched(asyncio.create_task(reader.run()))

    def stop(self, kind: str) -> bool:
        """Stop to read a kind; return whether it was read."""
        _, task = self._running.pop(kind, (None, None))
        if task is not None:
            task.cancel()
        return task is not None

    def link_changed(self, state: State, reason: str) -> None:
        """Tell the readers that run how the link stands; the others have said what holds for them."""
        for reader, _ in self._running.values():
            reader.link_changed(state, reason)

    def cancel(self) -> list[asyncio.Task[None]]:
        """Stop all readers; return their tasks to wait for."""
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        return tasks
