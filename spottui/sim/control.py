"""The control address: HTTP on loopback, for the hand that steers the story; every request needs the token.

GET  /state                                            everything worth knowing, as JSON
POST /step   {"seconds": 30}                           move the story on at once
POST /speed  {"speed": 2}                              story seconds per second; 0 stands still
POST /link   {"link": "operator", "to": "slow", ...}   latency, jitter and bandwidth as in scenarios
POST /event  {"name": "camera-plugged"}                let an event of the scenario happen
POST /stop                                             end the embedded robot
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

import msgspec
from aiohttp import web

from spottui.sim.link import Link, shape_of
from spottui.sim.scenario_story import Story
from spottui.sim.status import ApiError, bad_request
from spottui.sim.story_clock import StoryClock

LOG = logging.getLogger("spottui.sim.control")
MAX_STEP = 86_400.0
STEP_SECONDS = 20.0
"""Real seconds that one step may take; a story that does more in it answers 503."""
FIGURES = ("latency", "jitter", "bandwidth")


class Controlled(Protocol):
    """What can be steered."""

    @property
    def clock(self) -> StoryClock:
        """The story's clock."""
        ...

    @property
    def story(self) -> Story:
        """The story."""
        ...

    @property
    def links(self) -> Mapping[str, Link]:
        """The links by name."""
        ...

    def state(self) -> dict[str, Any]:
        """Return everything worth knowing, for JSON."""
        ...

    def ask_to_stop(self) -> None:
        """End soon."""
        ...


class Control:
    """Serves the control address."""

    def __init__(self, robot: Controlled, token: str) -> None:
        self._robot, self._token = robot, token
        self._stepping = asyncio.Lock()

    def app(self) -> web.Application:
        """Return the application to be served."""
        app = web.Application(middlewares=[self._answer], client_max_size=65_536)
        app.router.add_get("/state", self._state)
        for word, serve in (
            ("step", self._step),
            ("speed", self._speed),
            ("link", self._link),
            ("event", self._event),
            ("stop", self._stop),
        ):
            app.router.add_post(f"/{word}", serve)
        return app

    @web.middleware
    async def _answer(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Check the token; turn every refusal into a Status body and one line of the log."""
        try:
            given = request.headers.get("Authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                raise ApiError(401, "Unauthorized", "The control address wants its token.")
            return await handler(request)
        except ApiError as error:
            refusal = error
        except web.HTTPException as error:
            reason = {404: "NotFound", 405: "MethodNotAllowed"}.get(error.status, "BadRequest")
            refusal = ApiError(error.status, reason, f"{request.method} {request.path}: {error.reason}")
        LOG.info("%s %s: %d %s", request.method, request.path, refusal.code, refusal.message)
        return web.json_response(refusal.body(), status=refusal.code)

    async def _state(self, request: web.Request) -> web.Response:
        return web.json_response(self._robot.state())

    async def _step(self, request: web.Request) -> web.Response:
        seconds = _number(await _body(request), "seconds", 0, MAX_STEP)
        async with self._stepping:
            try:
                async with asyncio.timeout(STEP_SECONDS):
                    await self._robot.clock.step(seconds)
            except TimeoutError:
                said = f"The story did not get {seconds:g} s on within {STEP_SECONDS:g} s; take a smaller step."
                raise ApiError(503, "Timeout", said) from None
        return web.json_response(self._robot.state())

    async def _speed(self, request: web.Request) -> web.Response:
        speed = _number(await _body(request), "speed", 0, 1e9)
        try:
            self._robot.clock.speed = speed
        except ValueError as error:
            raise bad_request(str(error)) from None
        return web.json_response(self._robot.state())

    async def _link(self, request: web.Request) -> web.Response:
        body = await _body(request)
        name = body.get("link", "operator")
        link = self._robot.links.get(name) if isinstance(name, str) else None
        if link is None:
            raise bad_request(f"There is no link {name!r}; there is {', '.join(self._robot.links)}.")
        figures = {key: _number(body, key, 0, 1e9) for key in FIGURES if body.get(key) is not None}
        try:
            link.set(shape_of(str(body.get("to", "up")), **figures))
        except ValueError as error:
            raise bad_request(str(error)) from None
        return web.json_response(self._robot.state())

    async def _event(self, request: web.Request) -> web.Response:
        name = (await _body(request)).get("name")
        try:
            said = self._robot.story.happen(name if isinstance(name, str) else "")
        except LookupError as error:
            raise bad_request(str(error.args[0])) from None
        return web.json_response({**self._robot.state(), "says": said})

    async def _stop(self, request: web.Request) -> web.Response:
        asyncio.get_running_loop().call_later(0.05, self._robot.ask_to_stop)  # after the answer has left
        return web.json_response({"stopping": True})


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        body = msgspec.json.decode(await request.read() or b"{}")
    except msgspec.DecodeError as error:
        raise bad_request(f"The body is no JSON: {error}.") from None
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object.")
    return body


def _number(body: dict[str, Any], key: str, lowest: float, highest: float) -> float:
    value = body.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
        raise bad_request(f'"{key}" must be a number from {lowest:g} to {highest:g}, not {value!r}.')
    return float(value)
