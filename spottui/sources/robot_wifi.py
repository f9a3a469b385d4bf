"""Reads the robot's own Wi-Fi signal from its data buffer, over HTTPS: gRPC does not give it.

Blocking, with a deadline; through no proxy. The certificate must be signed by the robot's CA; its name is not
compared, as the robot has none.
"""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any

from spottui.records_robot import RobotWifi
from spottui.sources.robot_errors import RobotTrouble
from spottui.sources.robot_login import RobotPlace
from spottui.sources.robot_read_parts import read_wifi_stats

DEADLINE = 3.0
LOOK_BACK = 20.0
"""Seconds of statistics asked for; the newest message is wanted."""
BYTES = 256_000
ABSENT = "This robot's data buffer gives no Wi-Fi statistics."


def fetch_wifi(place: RobotPlace, certificates: bytes, token: str, robot_now: float) -> RobotWifi:
    """Return the signal as the robot's data buffer has it; `robot_now` is by the robot's clock.

    Raises:
        RobotTrouble: "absent", "forbidden", "logged-out", "silent" or "unreadable"; none of them means the link.
    """
    query = f"type=bosdyn.api.WifiStats&from_sec={robot_now - LOOK_BACK:.0f}&to_sec={robot_now + 1:.0f}"
    try:
        status, body = _get(place, certificates, f"/v1/data-buffer/messages/?{query}", token)
    except TimeoutError as error:
        raise RobotTrouble("silent", "The robot's data buffer did not answer in time.") from error
    except (OSError, http.client.HTTPException) as error:
        raise RobotTrouble("absent", f"{ABSENT[:-1]}: no HTTPS there.") from error
    if status == 401:
        raise RobotTrouble("logged-out", "The robot's data buffer does not take our login.")
    if status == 403:
        raise RobotTrouble("forbidden", "This login may not use the robot's data buffer.")
    if status != 200:
        raise RobotTrouble("absent", f"{ABSENT[:-1]} (HTTP {status}).")
    heard = read_wifi_stats(_decoded(body))
    if heard is None:
        raise RobotTrouble("absent", ABSENT)
    return heard


def _get(place: RobotPlace, certificates: bytes, path: str, token: str) -> tuple[int, bytes]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=certificates.decode("ascii", "replace"))
    link = http.client.HTTPSConnection(place.host, place.port, timeout=DEADLINE, context=context)
    try:
        link.request("GET", path, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
        reply = link.getresponse()
        return reply.status, reply.read(BYTES)
    finally:
        link.close()


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise RobotTrouble("unreadable", "The robot's data buffer answered with something that is no JSON.") from error
