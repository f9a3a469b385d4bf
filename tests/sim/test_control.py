"""The control address does what is asked of it, to those with the token, and refuses the rest with a Status."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from spottui.sim.control import Control
from spottui.sim.link import Link
from spottui.sim.scenario import Act, Event, SetLink
from spottui.sim.scenario_story import Story
from spottui.sim.story_clock import StoryClock

TOKEN = {"Authorization": "Bearer right"}


class FakeRobot:
    """A story and links, and nothing else of a robot."""

    def __init__(self) -> None:
        self.clock = StoryClock(speed=0)
        self.links = {"operator": Link("operator"), "uplink": Link("uplink")}
        self.done: list[Act] = []
        events = {"lost": Event(says="gone", do=[SetLink(link="uplink", to="down")])}
        self.story = Story(self.clock, events, (), self.done.append)
        self.stops = 0

    def state(self) -> dict[str, Any]:
        return {"at": self.clock.now(), "speed": self.clock.speed}

    def ask_to_stop(self) -> None:
        self.stops += 1


@pytest.fixture
async def asked() -> Any:
    robot = FakeRobot()
    async with TestClient(TestServer(Control(robot, "right").app())) as client:

        async def ask(method: str, path: str, body: Any = None, headers: Any = TOKEN) -> tuple[int, Any]:
            data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            async with client.request(method, path, headers=headers, data=data) as answer:
                return answer.status, await answer.json()

        yield robot, ask


async def test_steps_and_speed_move_the_clock(asked: Any) -> None:
    robot, ask = asked
    assert await ask("POST", "/step", {"seconds": 30}) == (200, {"at": 30.0, "speed": 0})
    assert (await ask("POST", "/speed", {"speed": 4}))[1]["speed"] == 4
    assert robot.clock.speed == 4
    assert (await ask("GET", "/state"))[1]["at"] >= 30


async def test_a_link_is_changed_with_and_without_figures(asked: Any) -> None:
    robot, ask = asked
    assert (await ask("POST", "/link", {"to": "slow", "latency": 2}))[0] == 200
    assert robot.links["operator"].shape.latency == 2
    assert robot.links["operator"].shape.bandwidth > 0
    await ask("POST", "/link", {"link": "uplink", "to": "down"})
    assert not robot.links["uplink"].is_up


async def test_an_event_happens_and_says_what_it_is(asked: Any) -> None:
    robot, ask = asked
    assert (await ask("POST", "/event", {"name": "lost"}))[1]["says"] == "gone"
    assert len(robot.done) == 1


async def test_stop_answers_first(asked: Any) -> None:
    _, ask = asked
    assert await ask("POST", "/stop") == (200, {"stopping": True})


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "/event", {"name": "lots"}, 400, 'no event "lots"; did you mean "lost"?'),
        ("POST", "/event", {"name": 3}, 400, "no event"),
        ("POST", "/step", {"seconds": "soon"}, 400, '"seconds" must be a number'),
        ("POST", "/step", {"seconds": True}, 400, '"seconds" must be a number'),
        ("POST", "/step", b'{"seconds": NaN}', 400, "no JSON"),
        ("POST", "/speed", {"speed": 5000}, 400, "between 0 and 1000"),
        ("POST", "/link", {"link": "moon", "to": "up"}, 400, "There is no link 'moon'; there is operator, uplink."),
        ("POST", "/link", {"to": "sideways"}, 400, "sideways"),
        ("POST", "/link", {"to": "up", "latency": -1}, 400, '"latency" must be'),
        ("POST", "/link", b"[]", 400, "must be a JSON object"),
        ("POST", "/link", b"\xff", 400, "no JSON"),
        ("GET", "/moon", None, 404, "GET /moon: Not Found"),
        ("DELETE", "/state", None, 405, "DELETE /state: Method Not Allowed"),
    ],
)
async def test_what_cannot_be_is_a_status_with_a_sentence(
    asked: Any, method: str, path: str, body: Any, status: int, said: str
) -> None:
    code, answer = await asked[1](method, path, body)
    assert code == status == answer["code"]
    assert answer["kind"] == "Status"
    assert said in answer["message"]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}])
async def test_without_the_token_nothing_is_told_or_done(asked: Any, headers: dict[str, str]) -> None:
    robot, ask = asked
    for method, path in (("GET", "/state"), ("POST", "/stop"), ("GET", "/moon")):
        code, answer = await ask(method, path, None, headers)
        assert (code, answer["reason"]) == (401, "Unauthorized")
    assert robot.stops == 0
