"""The web pages of the simulated Spot."""

from __future__ import annotations

import http.client
import json
import ssl
import time
import urllib.parse
from typing import Any

import pytest

from tests.sim.spot_peer import Peer

pytestmark = pytest.mark.usefixtures("no_trouble")
T = 3.0


def ask_web(peer: Peer, port: int, method: str, path: str, body: str = "", **headers: str) -> tuple[int, Any, Any]:
    context = ssl.create_default_context(cafile=str(peer.ca_path))
    link = http.client.HTTPSConnection("127.0.0.1", port, timeout=T, context=context)
    try:
        link.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
        reply = link.getresponse()
        text = reply.read().decode()
        told = json.loads(text) if "json" in reply.headers["Content-Type"] else text
        return reply.status, told, reply.headers
    finally:
        link.close()


def test_the_data_buffer_shares_the_robots_port_and_tells_the_signal(peer: Peer, robot: Any) -> None:
    now = time.time() + 2.5
    query = urllib.parse.urlencode({"type": "bosdyn.api.WifiStats", "from_sec": now - 10, "to_sec": now})
    path = f"/v1/data-buffer/messages/?{query}"
    status, told, _ = ask_web(peer, peer.server.port, "GET", path, Authorization=f"Bearer {robot.user_token}")
    association = told["messages"][0]["message"]["devices"][0]["associations"][0]
    assert status == 200 and association["rx_signal_dbm"] == -58
    assert ask_web(peer, peer.server.port, "GET", path)[0] == 401


def test_the_modems_page_wants_its_cookie_and_a_login(peer: Peer) -> None:
    port = peer.server.web_port
    assert ask_web(peer, port, "GET", "/api/v0/modemStats")[0] == 401
    csrf = ask_web(peer, port, "GET", "/")[2]["Set-Cookie"].split(";")[0].partition("=")[2]
    form = {"Content_Type": "application/x-www-form-urlencoded", "x_csrf_token": csrf, "Cookie": f"x-csrf-token={csrf}"}
    login = "/api/v0/login"
    assert ask_web(peer, port, "POST", login, "username=user&password=no", **form)[1]["error"]
    assert ask_web(peer, port, "POST", login, "username=user&password=spot-user")[0] == 403
    status, told, headers = ask_web(peer, port, "POST", login, "username=user&password=spot-user", **form)
    assert status == 200 and "error" not in told
    session = headers["Set-Cookie"].split(";")[0]
    status, told, _ = ask_web(peer, port, "GET", "/api/v0/modemStats", Cookie=session)
    assert (status, told["signalQuality"], told["sinr"] / 12.5) == (200, 88, pytest.approx(14.2, abs=0.1))
