"""The robot's web pages that programs read: its data buffer, and the modem page of the CORE I/O on its back.

Both are served by one site with TLS; the data buffer is reached through the robot's own port too. Left out: pages
for people, and every other message type of the data buffer.
"""

from __future__ import annotations

import json
import math
import ssl

from aiohttp import web

from spottui.sim.spot_model import Spot
from spottui.sim.spot_services_access import Servicer

WIFI_STATS = "bosdyn.api.WifiStats"
COOKIE = "x-csrf-token"
SESSION = "session"
DATA_BUFFER = "data-buffer"
"""What a kind of token must be permitted for the data buffer, beside the rpc names."""
SINR_SCALE = 12.5


class Pages(Servicer):
    """Answers the web requests of one robot."""

    def __init__(self, spot: Spot) -> None:
        super().__init__(spot)
        self._csrf = spot.client_rng.randbytes(16).hex()
        self._sessions: set[str] = set()

    def app(self) -> web.Application:
        """Return the site."""
        made = web.Application()
        made.router.add_get("/v1/data-buffer/messages/", self.messages)
        made.router.add_get("/", self.front)
        made.router.add_post("/api/v0/login", self.log_in)
        made.router.add_get("/api/v0/modemStats", self.modem)
        return made

    # -- the robot ---------------------------------------------------------------------------------

    async def messages(self, request: web.Request) -> web.Response:
        """Give messages of one type from a span of robot time; of the radio there is one each second."""
        self._count(request)
        token = self.spot.accounts.valid(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if token is None:
            return web.json_response({"error": "Unauthorized"}, status=401)
        if not self.spot.accounts.may(token.kind, DATA_BUFFER):
            return web.json_response({"error": "Forbidden"}, status=403)
        now = self.spot.robot_now()
        try:
            start = float(request.query.get("from_sec", now - 5))
            end = float(request.query.get("to_sec", now))
        except ValueError:
            return web.json_response({"error": "from_sec and to_sec must be seconds"}, status=400)
        found = []
        if request.query.get("type") == WIFI_STATS and self.spot.power.wifi_radio and math.isfinite(start + end):
            found = [self._wifi(second) for second in _seconds(start, min(end, now))]
        return web.json_response({"messages": found})

    def _wifi(self, second: int) -> dict[str, object]:
        wifi = self.spot.wifi
        association = {
            "mac_address": "7c:2f:80:00:70:07",
            "connected_time": int(self.spot.clock.now() - self.spot.booted),
            "rx_signal_dbm": round(wifi.signal),
            "rx_signal_avg_dbm": round(wifi.signal),
            "rx_beacon_signal_avg_dbm": round(wifi.signal) - 1,
            "expected_bits_per_second": int(wifi.tx_bits * 0.6),
            "rx_bits_per_second": int(wifi.rx_bits),
            "tx_bits_per_second": int(wifi.tx_bits),
            "tx_retries": wifi.retries,
            "tx_failed": wifi.failed,
            "beacon_loss_count": 0,
        }
        device = {"name": "wlan0", "ssid": wifi.essid, "associations": [association]}
        stats = {"hostname": self.spot.identity.nickname, "devices": [device]}
        return {"timestamp": float(second), "type": WIFI_STATS, "message": stats}

    # -- the CORE I/O ------------------------------------------------------------------------------

    async def front(self, request: web.Request) -> web.Response:
        """Show the page that hands out the cookie."""
        self._count(request)
        page = "<!doctype html><title>Spot CORE I/O</title><h1>Spot CORE I/O</h1>"
        response = web.Response(text=page, content_type="text/html")
        response.set_cookie(COOKIE, self._csrf, secure=True)
        return response

    async def log_in(self, request: web.Request) -> web.Response:
        """Take a robot user's password, with the cookie's token in the header."""
        self._count(request)
        if request.headers.get(COOKIE) != self._csrf or request.cookies.get(COOKIE) != self._csrf:
            return web.json_response({"error": "Invalid CSRF token"}, status=403)
        form = await request.post()
        outcome = self.spot.accounts.log_in(str(form.get("username", "")), str(form.get("password", "")))
        if outcome != "ok":
            return web.json_response({"error": "Locked out" if outcome == "locked" else "Invalid credentials"})
        session = self.spot.client_rng.randbytes(16).hex()
        self._sessions.add(session)
        response = web.json_response({"username": str(form.get("username"))})
        response.set_cookie(SESSION, session, secure=True, httponly=True)
        return response

    async def modem(self, request: web.Request) -> web.Response:
        """Tell the modem's signal; 401 asks for a new login."""
        self._count(request)
        if request.cookies.get(SESSION) not in self._sessions:
            return web.json_response({"error": "Unauthorized"}, status=401)
        modem = self.spot.modem
        if not modem.is_there:
            return web.json_response({"error": "No modem found"})
        stats = {
            "signalQuality": round(modem.quality),
            "sinr": round(min(250.0, max(0.0, modem.sinr * SINR_SCALE))),
            "rsrp": modem.rsrp,
            "rsrq": modem.rsrq,
            "accessTechnology": modem.technology,
        }
        return web.Response(text=json.dumps(stats), content_type="application/json")

    def log_out_all(self) -> None:
        """End every session, as a boot of the CORE I/O does."""
        self._sessions.clear()

    def _count(self, request: web.Request) -> None:
        self.spot.web_calls[f"{request.method} {request.path}"] += 1


def _seconds(start: float, end: float) -> range:
    """Return the whole seconds of a span, the last minute of it at most."""
    return range(math.ceil(max(start, end - 60)), math.floor(end) + 1)


class Site:
    """Serves the pages on one port, and can go and come back."""

    def __init__(self, pages: Pages, context: ssl.SSLContext) -> None:
        self._pages = pages
        self._context = context
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def open(self) -> None:
        """Listen; on the same port as before where there was one."""
        self._runner = web.AppRunner(self._pages.app(), access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and cut what is open."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._pages.log_out_all()
