"""spottui reads from the robot and does nothing else: every way to a call leads through the list."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from spottui.sources import robot_rpcs
from spottui.sources.robot_allowed import ALLOWED, CallRefused, check
from spottui.sources.robot_connection import Connection, Rpc
from spottui.sources.robot_errors import RobotTrouble
from spottui.sources.robot_login import fetch_token, read_credentials
from tests.sources.spot_bench import Bench, bench

WORDS_OF_COMMANDS = ("Power", "Acquire", "Return", "Take", "Register", "Set", "CheckIn", "Trigger", "Clear", "Load")
WORDS_OF_COMMANDS += ("Play", "Pause", "Stop", "Restart", "Answer", "Start", "Command", "Configure", "Update", "Retain")


def test_no_call_on_the_list_commands_anything() -> None:
    for name in ALLOWED - {"bosdyn.api.TimeSyncService/TimeSyncUpdate"}:
        method = name.partition("/")[2]
        assert method.startswith(("Get", "List")), name
        assert not method.startswith(WORDS_OF_COMMANDS), name


def test_every_call_of_the_reader_is_on_the_list() -> None:
    rpcs = [value for value in vars(robot_rpcs).values() if isinstance(value, Rpc)]
    assert len(rpcs) > 15
    for rpc in rpcs:
        check(f"/{rpc.service_type}/{rpc.method}")


def test_the_check_names_what_it_refuses() -> None:
    with pytest.raises(CallRefused, match=r"bosdyn\.api\.PowerService/PowerCommand was refused and not sent"):
        check(b"/bosdyn.api.PowerService/PowerCommand")


async def ask(robot: Bench, work: Callable[[Connection], Any]) -> Any:
    """Run blocking work on a logged-in connection, beside the loop that serves the robot."""
    connection = await asyncio.to_thread(Connection, robot.place, time.time)

    def run() -> Any:
        connection.token = fetch_token(connection, read_credentials(robot.place))
        connection.call("directory", robot_rpcs.SERVICES)
        return work(connection)

    try:
        return await asyncio.to_thread(run)
    finally:
        connection.close()


def commands(connection: Connection) -> list[str]:
    """Try to command the robot by the SDK's own clients on our channels; return what came of it."""
    from bosdyn.api import estop_pb2, payload_pb2, service_fault_pb2
    from bosdyn.client.directory_registration import DirectoryRegistrationClient
    from bosdyn.client.estop import EstopClient
    from bosdyn.client.fault import FaultClient
    from bosdyn.client.lease import LeaseClient
    from bosdyn.client.payload_registration import PayloadRegistrationClient
    from bosdyn.client.power import PowerClient
    from bosdyn.client.robot_command import RobotCommandClient
    from bosdyn.mission.client import MissionClient

    def client(kind: Any, authority: str) -> Any:
        made = kind()
        made.channel = connection.channel(authority)
        return made

    endpoint: Any = estop_pb2.EstopEndpoint()
    tries: list[Callable[[], Any]] = [
        lambda: client(LeaseClient, "api.spot.robot").acquire("body"),
        lambda: client(LeaseClient, "api.spot.robot").take_async("body"),
        lambda: client(EstopClient, "estop.spot.robot").register("config", endpoint),
        lambda: client(EstopClient, "estop.spot.robot").set_config(estop_pb2.EstopConfig(), "config"),
        lambda: client(PowerClient, "power.spot.robot").power_command(1, lease=None),
        lambda: client(RobotCommandClient, "command.spot.robot").clear_behavior_fault(4, lease=None),
        lambda: client(MissionClient, "robot-mission.spot.robot").pause_mission(),
        lambda: client(FaultClient, "fault.spot.robot").clear_service_fault_async(service_fault_pb2.ServiceFaultId()),
        lambda: client(DirectoryRegistrationClient, "api.spot.robot").unregister("docking"),
        lambda: client(PayloadRegistrationClient, "payload-registration.spot.robot").register_payload(
            payload_pb2.Payload(), "secret"
        ),
    ]
    found = []
    for attempt in tries:
        try:
            attempt()
        except CallRefused as error:
            found.append(str(error))
    assert len(found) == len(tries)
    return found


async def test_the_clients_of_the_sdk_can_command_nothing_over_our_channels() -> None:
    async with bench() as robot:
        before = set(robot.spot.calls)
        refused = await ask(robot, commands)
        assert all("refused and not sent" in each for each in refused)
        assert set(robot.spot.calls) - before <= ALLOWED


def streams(connection: Connection) -> int:
    """Try every way in which gRPC can make a call; return how many were refused."""
    channel = connection.channel("power.spot.robot")
    path = "/bosdyn.api.PowerService/PowerCommand"
    ways = [channel.unary_unary, channel.unary_stream, channel.stream_unary, channel.stream_stream]
    refused = 0
    for way in ways:
        for call in (way(path), way(path).with_call, way(path).future):
            with pytest.raises(CallRefused):
                call(b"")
            refused += 1
    with pytest.raises(CallRefused):
        channel.stream_unary("/bosdyn.api.AuthService/GetAuthToken")(iter(()))
    return refused


async def test_no_way_of_calling_passes_the_choke_point() -> None:
    async with bench() as robot:
        assert await ask(robot, streams) == 12
        assert not [rpc for rpc in robot.spot.calls if "Power" in rpc]


async def test_a_call_that_is_not_on_the_list_is_trouble_and_not_sent() -> None:
    wanted = Rpc("bosdyn.api.LeaseService", "AcquireLease", "lease_pb2", "AcquireLeaseRequest", "AcquireLeaseResponse")
    async with bench() as robot:

        def acquire(connection: Connection) -> None:
            connection.authorities["lease"] = "api.spot.robot"
            connection.call("lease", wanted)

        with pytest.raises(RobotTrouble, match="LeaseService/AcquireLease was refused and not sent"):
            await ask(robot, acquire)
        assert "bosdyn.api.LeaseService/AcquireLease" not in robot.spot.calls


QUIET = """
import asyncio, os, sys, time
os.environ.update(GRPC_VERBOSITY="NONE", GRPC_PYTHON_DISABLE_ABSL_INIT_LOG="1")
from dataclasses import replace
from spottui.sources.robot import RobotSource
from spottui.sources.robot_login import RobotPlace
place = RobotPlace("127.0.0.1", int(sys.argv[1]), ca=sys.argv[2], username="user", password="spot-user")
async def main():
    assert "grpc" not in sys.modules and "bosdyn" not in sys.modules
    for each in (place, replace(place, ca=None), replace(place, port=1), replace(place, host="no.invalid")):
        source = RobotSource(each, time.time, soonest=0.05, pace=0.1)
        async for event in source.events():
            robot = getattr(event, "robot", None)
            if hasattr(event, "reason") or (robot and robot.access["sensors"].state == "live"):
                break
        print(type(event).__name__, getattr(event, "reason", ""))
    assert "numpy" not in sys.modules and "jwt" not in sys.modules
asyncio.run(main())
"""


async def test_nothing_of_grpc_or_the_sdk_reaches_the_terminal_whatever_goes_wrong() -> None:
    async with bench() as robot:
        assert robot.place.ca
        robot.spot.script.add("bosdyn.api.PowerService/*", abort="INTERNAL", details="the SDK warns of this one")
        command = [sys.executable, "-c", QUIET, str(robot.place.port), robot.place.ca]
        process = await asyncio.create_subprocess_exec(
            *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "GRPC_VERBOSITY": "NONE"}
        )
        said, errors = await asyncio.wait_for(process.communicate(), 20)
    assert errors == b""
    assert process.returncode == 0
    lines = said.decode().splitlines()
    assert [line.split()[0] for line in lines] == ["RobotHeard", "LinkDown", "LinkDown", "LinkDown"]


WHOLE = """
from spottui.sources.robot_sdk import load_sdk
sdk = load_sdk()
import bosdyn.client, sys
assert "bosdyn.client.sdk" not in sys.modules
from bosdyn.client import power
assert power.PowerClient and "bosdyn.client.sdk" not in sys.modules
from bosdyn.client import Robot, create_standard_sdk
robot = create_standard_sdk("x").create_robot("127.0.0.1")
assert isinstance(robot, Robot)
assert issubclass(bosdyn.client.RpcError, sdk.common.Error)
try:
    bosdyn.client.nonsense
except AttributeError as error:
    print(error)
"""


def test_the_package_that_was_not_fully_imported_is_whole_for_whoever_asks() -> None:
    done = subprocess.run([sys.executable, "-c", WHOLE], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "module 'bosdyn.client' has no attribute 'nonsense'\n"
