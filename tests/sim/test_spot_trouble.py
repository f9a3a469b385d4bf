"""What goes wrong with calls to the simulated Spot, as the unmodified SDK client sees it."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spottui.sim.spot_protos import proto
from spottui.sim.spot_server import SpotServer
from tests.sim.spot_peer import Peer, connected, served, state, until

pytest.importorskip("bosdyn.client")

from bosdyn.client import exceptions

pytestmark = pytest.mark.usefixtures("no_trouble")
T = 3.0


STATE = "bosdyn.api.RobotStateService/GetRobotState"


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ({"abort": "UNAVAILABLE"}, exceptions.RpcError),
        ({"abort": "CANCELLED", "details": "Received http2 header with status: 502"}, exceptions.RpcError),
        ({"abort": "CANCELLED", "details": "Received http2 header with status: 429"}, exceptions.TooManyRequestsError),
        ({"abort": "RESOURCE_EXHAUSTED"}, exceptions.RpcError),
        ({"header_code": 0}, exceptions.UnsetStatusError),
        ({"header_code": 2, "header_message": "boom"}, exceptions.InternalServerError),
        ({"header_code": 3}, exceptions.InvalidRequestError),
        ({"delay": 0.6}, exceptions.TimedOutError),
    ],
)
def test_scripted_trouble_reaches_the_client_as_its_own_error(
    peer: Peer, robot: Any, what: dict[str, Any], error: type[Exception]
) -> None:
    client = robot.ensure_client("robot-state")
    peer.on_loop(lambda: peer.spot.script.add(STATE, times=1, **what))
    with pytest.raises(error):
        client.get_robot_state(timeout=0.3)
    assert client.get_robot_state(timeout=T)


def test_values_can_be_unset_and_unknown_numbers_sent(peer: Peer, robot: Any) -> None:
    changes = {
        "robot_state.battery_states.charge_percentage": None,
        "robot_state.power_state.motor_power_state": 17,
    }
    peer.on_loop(lambda: peer.spot.script.add(STATE, changes=changes))
    heard = state(robot)
    assert not heard.battery_states[0].HasField("charge_percentage")
    assert heard.power_state.motor_power_state == 17


def test_a_wrong_name_of_a_status_is_refused_where_it_is_written(peer: Peer) -> None:
    with pytest.raises(ValueError, match="There is no gRPC status 'GONE'"):
        peer.spot.script.add(STATE, abort="GONE")


def test_commands_are_refused_and_counted(peer: Peer, robot: Any) -> None:
    before = Counter(peer.spot.calls)
    with pytest.raises(exceptions.UnimplementedError):
        robot.ensure_client("lease").take("body")
    with pytest.raises(exceptions.UnimplementedError):
        robot.ensure_client("estop").register("estop", proto("estop").EstopEndpoint(role="PDB_rooted"))
    new = peer.spot.calls - before
    new.pop("bosdyn.api.DirectoryService/ListServiceEntries", None)  # the SDK looks up where the service is
    assert new == {
        "bosdyn.api.LeaseService/TakeLease": 1,
        "bosdyn.api.EstopService/RegisterEstopEndpoint": 1,
    }


def test_a_server_that_comes_back_on_its_port_is_found_again_by_the_same_channel(peer: Peer) -> None:
    with connected(peer) as robot:
        port = peer.server.port
        assert state(robot)
        peer.wait(peer.server.stop())
        with pytest.raises(exceptions.RpcError):
            state(robot)
        peer.wait(peer.server.start())
        assert peer.server.port == port

        def answers() -> Any:
            try:
                return state(robot)
            except exceptions.RpcError:
                return None

        assert until(answers)


def test_a_port_that_is_taken_is_said_and_nothing_is_left_listening(peer: Peer) -> None:
    async def try_it() -> bool:
        server = SpotServer(peer.spot, peer.ca.issue_cert("127.0.0.1"))
        with pytest.raises(OSError):
            await server.start(peer.server.port)
        return server.is_up

    assert not peer.wait(try_it())


def test_a_reboot_takes_its_story_time_and_forgets_what_clients_registered(tmp_path: Path) -> None:
    with served(tmp_path) as peer:
        peer.spot.faults.add_service("old", service="agent")
        peer.on_loop(peer.spot.start_mission)
        port = peer.server.port

        async def reboot() -> None:
            await peer.server.stop()
            work, began = asyncio.ensure_future(peer.server.restart()), peer.clock.now()
            while not work.done():
                assert not peer.server.is_up or peer.clock.now() - began >= 150
                await peer.clock.step(10)
            assert 150 <= peer.clock.now() - began < 600

        peer.wait(reboot())
        assert peer.server.port == port and not peer.spot.faults.service and peer.spot.mission.id == -1
        with connected(peer) as robot:
            assert state(robot).power_state.motor_power_state == 1
