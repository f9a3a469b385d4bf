"""Looks the names of probed targets up without waiting for a name server that hangs."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any

from spottui.sources.probe_errors import NoName, words
from spottui.sources.text import clean


class Names:
    """Looks names up on threads of its own, one at a time: a dead name server holds one for half a minute."""

    def __init__(self) -> None:
        self._hanging: threading.Thread | None = None

    async def lookup(self, host: str, port: int) -> list[tuple[int, Any]]:
        """Return (family, address) to try, at most three.

        Raises:
            NoName: There is none, or the look-up before still hangs.
        """
        if self._hanging is not None and self._hanging.is_alive():
            raise NoName("No name server answers.")
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[Any]] = loop.create_future()

        def finish(value: list[Any] | OSError) -> None:
            if not found.done():
                found.set_exception(value) if isinstance(value, OSError) else found.set_result(value)

        def look() -> None:
            try:
                answer: list[Any] | OSError = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            except OSError as error:
                answer = error
            except UnicodeError:
                answer = OSError("it is no name")
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(finish, answer)

        self._hanging = threading.Thread(target=look, name="probe-names", daemon=True)
        self._hanging.start()
        try:
            infos = await found
        except OSError as error:
            raise NoName(f"The name {clean(host, 80)} is not known: {words(error)}.") from error
        return [(family, address) for family, _, _, _, address in infos[:3]]
