"""Which kinds are read in low-data mode: starts and stops their readers; knows no objects."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from spottui.sources.kube_link import State
from spottui.sources.kube_outbox import Outbox
from spottui.sources.kube_reader import KindReader
from spottui.sources.kube_running import RunningReaders

SPARED = frozenset({"events", "jobs", "cronjobs", "appprojects", "applicationsets", "namespaces"})
"""Kinds that are not read in low-data mode: the verdicts on pods, nodes and Applications do without them."""


def switched_off(why: str) -> str:
    """Return the sentence for a kind that is not read."""
    return f"Switched off in low-data mode ({why})."


class KindTasks:
    """Runs one reader per kind, and stops those of the spared kinds while low-data mode is on."""

    def __init__(self, readers: Sequence[KindReader], outbox: Outbox) -> None:
        self._readers = {reader.plural: reader for reader in readers}
        self._running = RunningReaders(outbox)
        self._low_data = ""

    def start(self, low_data: str) -> None:
        """Start all readers but those that low-data mode spares; `low_data` is why it is on, empty when it is off."""
        self._low_data = low_data
        for kind, reader in self._readers.items():
            if low_data and kind in SPARED:
                reader.spare(switched_off(low_data))
            else:
                self._running.start(kind, reader)

    def switch(self, low_data: str) -> None:
        """Change low-data mode; a kind that is read again goes on where it was."""
        if bool(low_data) == bool(self._low_data):
            return
        self._low_data = low_data
        for kind in self._readers.keys() & SPARED:
            if low_data and self._running.stop(kind):
                self._readers[kind].spare(switched_off(low_data))
            elif not low_data and kind not in self._running:
                self._running.start(kind, self._readers[kind])

    def link_changed(self, state: State, reason: str) -> None:
        """Tell the readers that run how the link stands."""
        self._running.link_changed(state, reason)

    def cancel(self) -> list[asyncio.Task[None]]:
        """Stop all readers; return their tasks to wait for."""
        return self._running.cancel()
