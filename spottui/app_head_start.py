"""Lets the cluster go first: what else is read waits until the first pods are drawn, or for a moment."""

from __future__ import annotations

import asyncio

from spottui.events import Event, ObjectsHeard

AT_MOST = 1.5
"""Seconds; a thin link or a missing cluster must not keep the robot and this computer waiting for longer."""
TO_DRAW = 0.1
"""Seconds from the first pods until they are drawn."""


class HeadStart:
    """One start of the program; imports and first readings of the other sources cost a tenth of a second."""

    def __init__(self, at_most: float) -> None:
        self._at_most = at_most
        self._over: asyncio.Event | None = None
        """None until the cluster has begun: what a file remembered does not count."""

    async def wait(self) -> None:
        """Wait until the head start is over."""
        if not self._at_most:
            return
        self._over = asyncio.Event()
        try:
            async with asyncio.timeout(self._at_most):
                await self._over.wait()
        except TimeoutError:
            return

    def hear(self, event: Event) -> None:
        """Take note of the first pods."""
        if self._over is not None and isinstance(event, ObjectsHeard) and event.kind == "pods":
            asyncio.get_running_loop().call_later(TO_DRAW, self._over.set)
            self._over = None
