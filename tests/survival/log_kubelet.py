"""A stand-in for the kubelet of one node: the log of one container that writes for ever, and nothing else.

The API server asks it as it asks a real one (`GET /containerLogs/NAMESPACE/POD/CONTAINER`, over TLS). It leaves out
all but what spottui uses: `follow`, `tailLines`, `sinceTime` in whole seconds, and time stamps on each line.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from datetime import UTC, datetime
from types import TracebackType

import trustme
from aiohttp import web

EVERY = 1.0
"""Seconds between two lines."""


class LogKubelet:
    """Writes a numbered line every second, and serves them."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, str]] = []
        self._news = asyncio.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="log-kubelet", daemon=True)
        self._opened = threading.Event()
        self.port = 0

    def __enter__(self) -> LogKubelet:
        self._thread.start()
        if not self._opened.wait(10):
            raise RuntimeError("the kubelet's stand-in did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    @property
    def last(self) -> str:
        """The text of the last line written so far."""
        return self._lines[-1][1]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self) -> None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
        app = web.Application()
        app.router.add_get("/containerLogs/{namespace}/{pod}/{container}", self._log)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        self.port = runner.addresses[0][1]
        self._writing = asyncio.create_task(self._write())
        self._opened.set()

    async def _write(self) -> None:
        while True:
            stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f000Z")
            async with self._news:
                self._lines.append((stamp, f"beat {len(self._lines):05d}"))
                self._news.notify_all()
            await asyncio.sleep(EVERY)

    async def _log(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        at = self._first(request)
        with contextlib.suppress(ConnectionError):
            while True:
                for stamp, text in self._lines[at:]:
                    await response.write(f"{stamp} {text}\n".encode())
                at = len(self._lines)
                if request.query.get("follow") != "true":
                    return response
                async with self._news:
                    await self._news.wait_for(lambda seen=at: len(self._lines) > seen)
        return response

    def _first(self, request: web.Request) -> int:
        """Return the index of the first line that is asked for."""
        if (since := request.query.get("sinceTime")) is not None:
            return sum(stamp[:19] < since[:19] for stamp, _ in self._lines)
        if (tail := request.query.get("tailLines")) is not None:
            return max(0, len(self._lines) - int(tail))
        return 0
