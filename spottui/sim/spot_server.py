"""Serves one robot on loopback: gRPC and the data buffer on its port, the CORE I/O's page on a second one."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import grpc
import grpc.aio

from spottui.sim.spot_front import Front
from spottui.sim.spot_interceptor import Gate
from spottui.sim.spot_model import BOOT_SECONDS, Spot
from spottui.sim.spot_services import Services
from spottui.sim.spot_web import Pages, Site

if TYPE_CHECKING:
    import trustme

NAMES = ("*.spot.robot", "localhost", "127.0.0.1")
"""What the certificate is for; clients ask for "state.spot.robot" and the like, whatever the address."""
MESSAGE_BYTES = 100 << 20
PING_MILLISECONDS = 10_000
"""Clients that ping more often on an idle channel are sent away (GOAWAY)."""


class SpotServer:
    """A robot that can be reached; its port stays the same over restarts."""

    def __init__(self, spot: Spot, leaf: trustme.LeafCert) -> None:
        self.spot = spot
        chain = b"".join(blob.bytes() for blob in leaf.cert_chain_pems)
        self._credentials = grpc.ssl_server_credentials([(leaf.private_key_pem.bytes(), chain)])
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        context.set_alpn_protocols(["http/1.1"])
        self._site = Site(Pages(spot), context)
        self._front = Front()
        self._inside: grpc.aio.Server | None = None
        self._comes_back = False

    @property
    def port(self) -> int:
        """The robot's port on 127.0.0.1: gRPC, and HTTPS for clients that offer no HTTP/2."""
        return self._front.port

    @property
    def web_port(self) -> int:
        """The port of the CORE I/O's page (on a robot 21443); the data buffer is there too."""
        return self._site.port

    @property
    def is_up(self) -> bool:
        """Whether it listens."""
        return self._inside is not None

    async def start(self, port: int = 0) -> None:
        """Listen; 0 takes the port of the last time, or any free one.

        Raises:
            OSError: The port is taken; nothing listens then.
        """
        if self._inside is not None:
            return
        options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]
        options += [("grpc.so_reuseport", 0), ("grpc.http2.min_ping_interval_without_data_ms", PING_MILLISECONDS)]
        gate = Gate(self.spot, self._front.authorities)
        server = grpc.aio.server(interceptors=[gate], options=options)
        server.add_generic_rpc_handlers((Services(self.spot),))
        inside = server.add_secure_port("127.0.0.1:0", self._credentials)
        await server.start()
        self._inside = server
        try:
            await self._site.open()
            await self._front.open(port or self._front.port, inside=inside, web=self._site.port)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Cut every connection and listen no more; `start` brings it back on the same port."""
        self._comes_back = False
        server, self._inside = self._inside, None
        if server is None:
            return
        await self._front.close()
        await server.stop(None)
        await self._site.close()

    async def restart(self, seconds: float = BOOT_SECONDS) -> None:
        """Reboot the robot: gone for so many story seconds, then back on the same port with its state fresh.

        A `stop` in between ends it: the robot stays away.
        """
        await self.stop()
        self._comes_back = True
        await self.spot.clock.sleep(seconds)
        if self._comes_back:
            self.spot.reboot()
            await self.start()


async def serve(spot: Spot, *, ca: trustme.CA, port: int = 0) -> SpotServer:
    """Start serving a robot on loopback with a certificate of `ca`; 0 takes any free port."""
    server = SpotServer(spot, ca.issue_cert(*NAMES))
    await server.start(port)
    return server
