"""The ports of the embedded robot on loopback: servers inside, and before the public ones a link each."""

from __future__ import annotations

import contextlib
import errno
import ssl
from datetime import UTC, datetime, timedelta

import trustme
from aiohttp import web

from spottui.sim.link import Link
from spottui.sim.link_proxy import LinkProxy
from spottui.sim.scenario import ScenarioError

HOST = "127.0.0.1"
NAMES = (HOST, "localhost", "*.spot.robot")
CERTIFICATE_DAYS = 364


class CannotListen(ScenarioError):
    """A port cannot be opened; a sentence."""


class Doors:
    """Opens ports and closes them all."""

    def __init__(self, ca: trustme.CA) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        until = datetime.now(UTC) + timedelta(days=CERTIFICATE_DAYS)
        ca.issue_cert(*NAMES, not_after=until).configure_cert(self._context)
        self._runners: list[web.AppRunner] = []
        self._proxies: list[LinkProxy] = []

    async def serve(self, app: web.Application, port: int = 0, *, with_tls: bool = False) -> int:
        """Serve an application; return its port.

        Raises:
            CannotListen: The port is taken, or there is no loopback.
        """
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        self._runners.append(runner)
        site = web.TCPSite(runner, HOST, port, ssl_context=self._context if with_tls else None)
        try:
            await site.start()
        except OSError as error:
            raise _cannot_listen(error, port, "--control-port") from error
        return runner.addresses[0][1]

    def publish(self, link: Link, inside: int, port: int, option: str) -> int:
        """Open a public port whose traffic goes through a link; return it.

        Raises:
            CannotListen: The port is taken, or there is no loopback.
        """
        proxy = LinkProxy(link, inside)
        try:
            opened = proxy.start(port)
        except OSError as error:
            raise _cannot_listen(error, port, option) from error
        self._proxies.append(proxy)
        return opened

    async def close(self) -> None:
        """Close everything."""
        for proxy in self._proxies:
            proxy.stop()
        for runner in self._runners:
            with contextlib.suppress(TimeoutError):
                await runner.cleanup()


def _cannot_listen(error: OSError, port: int, option: str) -> CannotListen:
    if error.errno == errno.EADDRINUSE:
        return CannotListen(f"Port {port} is taken; give another one with {option}, or leave it out for a free one.")
    if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH):
        said = f"{HOST} cannot be used ({error.strerror}). Bring up the interface lo."
        return CannotListen(f"There is no loopback: {said}")
    return CannotListen(f"Port {port} of {HOST} cannot be opened: {error.strerror}.")
