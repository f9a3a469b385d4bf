"""spottui's own clients on the embedded robot: logs over a cut link, commands in containers, refusals in words."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from spottui.errors import SpottuiError
from spottui.records_logs import RANGES, LogLine, LogSource
from spottui.sim.link import shape_of
from spottui.sim.resources import resource
from spottui.sim.robot import EmbeddedRobot, Wishes
from spottui.sim.run_files import RunFiles
from spottui.sim.scenario_check import load
from spottui.sources.kube_api import KubeApi
from spottui.sources.kube_exec import STDOUT, ExecTarget, exec_stream
from spottui.sources.kubeconfig import find_cluster
from spottui.sources.logs import LogFeed
from spottui.sources.port_forward import ForwardTarget, PortForward

WORKLOAD = ("perception", "cam-back")


@contextlib.asynccontextmanager
async def robot_and_api(folder: Path) -> AsyncIterator[tuple[EmbeddedRobot, KubeApi, str]]:
    """An embedded robot, a client that goes by its kubeconfig, and the name of a running pod."""
    robot = EmbeddedRobot(load("quiet"), RunFiles(folder / "run", folder / "notes"), Wishes())
    told = await robot.start()
    place = find_cluster(flag=Path(told["kubeconfig"]), environ={}, home=folder, context=None, namespace=None)
    api = KubeApi(place)
    pods = robot.parts.objects.all(resource("pods"), WORKLOAD[0])
    try:
        yield (
            robot,
            api,
            next(pod["metadata"]["name"] for pod in pods if pod["metadata"]["name"].startswith(WORKLOAD[1])),
        )
    finally:
        await api.close()
        await robot.stop()


async def lines_until(feed: LogFeed, enough: int) -> list[LogLine]:
    lines: list[LogLine] = []
    async with asyncio.timeout(20):
        async for batch in feed.batches():
            lines += batch
            if sum(line.kind == "line" for line in lines) >= enough:
                break
    return lines


async def test_a_log_goes_on_after_the_link_was_reset_without_a_line_twice(tmp_path: Path) -> None:
    async with robot_and_api(tmp_path) as (robot, api, pod):
        source = LogSource(namespace=WORKLOAD[0], pod=pod, pod_uid="u", container=WORKLOAD[1])
        feed = LogFeed(api, lambda: 0.0, [source], RANGES[0], sleep=lambda seconds: asyncio.sleep(seconds / 50))
        first = await lines_until(feed, 3)
        robot.parts.clock.speed = 50
        robot.links["operator"].set(shape_of("reset"))
        await asyncio.sleep(0.05)  # the reset itself: connections are cut, new ones are refused
        robot.links["operator"].set(shape_of("up"))
        more = await lines_until(feed, 3)
        await feed.close()
        told = [line for line in (*first, *more) if line.kind == "line"]
        assert len({(line.stamp, line.text) for line in told}) == len(told)
        assert [line.stamp for line in told] == sorted(line.stamp for line in told)
        assert any("link" in line.text for line in more if line.kind == "gap")


async def test_a_command_in_a_container_gives_output_and_exit_code(tmp_path: Path) -> None:
    async with robot_and_api(tmp_path) as (_, api, pod):
        for command, output, code in (
            (("echo", "frame"), b"frame\n", 0),
            (("sh", "-c", "exit 3"), b"", 3),
            (
                ("sh", "-c", "command -v bash >/dev/null 2>&1 && exec bash; exec sh -c 'echo $HOSTNAME'"),
                pod.encode(),
                0,
            ),
        ):
            target = ExecTarget(
                namespace=WORKLOAD[0],
                pod=pod,
                container=WORKLOAD[1],
                command=command,
                has_input=False,
                is_terminal=False,
            )
            async with exec_stream(api, target) as stream:
                said = b"".join([data async for channel, data in stream.output() if channel == STDOUT])
            assert stream.exit_code == code and said.startswith(output), command


async def test_a_container_that_is_not_there_is_refused_in_words(tmp_path: Path) -> None:
    async with robot_and_api(tmp_path) as (_, api, pod):
        target = ExecTarget(namespace=WORKLOAD[0], pod=pod, container="nobody", command=("ls",))
        with pytest.raises(SpottuiError, match="takes no exec"):
            async with exec_stream(api, target):
                pass


async def test_a_forwarded_port_leads_into_the_pod_and_a_closed_one_is_said(tmp_path: Path) -> None:
    async with robot_and_api(tmp_path) as (robot, api, pod):
        spec = robot.parts.objects.get(resource("pods"), WORKLOAD[0], pod)["spec"]
        number = spec["containers"][0]["ports"][0]["containerPort"]
        for port, said in ((number, b"200 OK"), (9, b"")):
            forward = PortForward(api, lambda: ForwardTarget(WORKLOAD[0], pod), port)
            await forward.open()
            reader, writer = await asyncio.open_connection("127.0.0.1", forward.local_port)
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: pod\r\n\r\n")
            async with asyncio.timeout(5):
                got = await reader.read(200)
            assert said in got and ("connection refused" in forward.problem) == (not said)
            writer.close()
            await forward.close()
