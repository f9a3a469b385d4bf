"""The embedded robot as a process sees it: one JSON line, and behind each address the real protocol."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from spottui.sim.__main__ import one_line
from spottui.sim.api_defaults import fill_defaults
from spottui.sim.link import Link, shape_of
from spottui.sim.link_proxy import LinkProxy
from spottui.sim.objects import copy_of
from spottui.sim.resources import resource
from spottui.sim.robot import EmbeddedRobot, Wishes
from spottui.sim.robot_parts import RobotParts
from spottui.sim.run_files import RunFiles, kubeconfig
from spottui.sim.scenario import ScenarioError
from spottui.sim.scenario_check import load


@contextlib.asynccontextmanager
async def a_robot(folder: Path, scenario: str = "quiet", **wishes: Any) -> AsyncIterator[tuple[EmbeddedRobot, Any]]:
    """An embedded robot in this process, and what it said."""
    robot = EmbeddedRobot(load(scenario), RunFiles(folder / "run", folder / "notes"), Wishes(**wishes))
    try:
        yield robot, await robot.start()
    finally:
        await robot.stop()


class Client:
    """A client of the Kubernetes API that goes by the kubeconfig."""

    def __init__(self, told: Any) -> None:
        config = json.loads(Path(told["kubeconfig"]).read_text())
        self._server = config["clusters"][0]["cluster"]["server"]
        self._headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
        self._context = ssl.create_default_context(cafile=told["ca"])

    async def ask(self, path: str, method: str = "GET", seconds: float = 10) -> tuple[int, Any]:
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, self._server + path, headers=self._headers, ssl=self._context) as answer,
        ):
            return answer.status, await answer.json(content_type=None)


def contents(path: str) -> str:
    return Path(path).read_text()


def is_private(path: str) -> bool:
    return Path(path).stat().st_mode & 0o077 == 0


async def through_proxy(told: Any, url: str) -> tuple[int, bytes]:
    """Ask a host of the outer world by the robot's uplink."""
    context = ssl.create_default_context(cafile=told["ca"])
    timeout = aiohttp.ClientTimeout(total=5)
    async with (
        aiohttp.ClientSession(timeout=timeout) as session,
        session.get(url, proxy=told["proxy"], ssl=context) as answer,
    ):
        return answer.status, await answer.read()


async def test_what_it_says_leads_to_everything(tmp_path: Path) -> None:
    async with a_robot(tmp_path) as (robot, told):
        client = Client(told)
        status, pods = await client.ask("/api/v1/pods")
        assert status == 200 and len(pods["items"]) == 4
        assert (await client.ask("/version"))[1]["gitVersion"].startswith("v1.")
        status, body = await client.ask("/apis/nonsense/v1/things")
        assert (status, body["kind"]) == (404, "Status")
        credentials = told["credentials"]
        assert contents(credentials["password_file"]).strip() == credentials["password"]
        assert credentials["username"] in robot.parts.spot.accounts.by_name
        reader, writer = await asyncio.open_connection(
            told["robot"]["address"],
            told["robot"]["port"],
            ssl=ssl.create_default_context(cafile=told["ca"]),
            server_hostname="auth.spot.robot",
        )
        writer.close()
        assert reader is not None
        assert told["control"]["url"].startswith("http://127.0.0.1:")
        state = robot.state()
        assert state["robot"]["dock"] == "docked" and state["links"].keys() == {"operator", "uplink"}
        for path in (told["kubeconfig"], told["ca"], credentials["password_file"]):
            assert is_private(path)


async def test_all_ports_go_through_the_operators_link(tmp_path: Path) -> None:
    async with a_robot(tmp_path) as (robot, told):
        client = Client(told)
        robot.links["operator"].set(shape_of("down"))
        with pytest.raises((TimeoutError, aiohttp.ClientError)):
            await client.ask("/api/v1/pods", seconds=0.3)
        robot.links["operator"].set(shape_of("reset"))
        with pytest.raises((OSError, aiohttp.ClientError)):
            await asyncio.wait_for(client.ask("/api/v1/pods"), 5)
        robot.links["operator"].set(shape_of("up"))
        assert (await client.ask("/api/v1/pods"))[0] == 200


async def test_git_and_registries_answer_by_the_uplink_only_while_it_is_up(tmp_path: Path) -> None:
    async with a_robot(tmp_path) as (robot, told):
        repository = "https://git.field.example/robots/cameras.git/info/refs?service=git-upload-pack"
        status, body = await through_proxy(told, repository)
        assert status == 200 and body.startswith(b"001e# service=git-upload-pack\n0000000eversion 2\n")
        assert (await through_proxy(told, "https://registry.field.example/v2/"))[0] == 401
        assert (await through_proxy(told, "https://git.field.example/robots/none.git/info/refs"))[0] == 404
        with pytest.raises(aiohttp.ClientHttpProxyError):
            await through_proxy(told, "https://example.com/")
        robot.links["uplink"].set(shape_of("reset"))
        assert robot.parts.git.failure and robot.parts.kubelet.images.unreachable
        with pytest.raises((OSError, aiohttp.ClientError)):
            await through_proxy(told, repository)
        robot.links["uplink"].set(shape_of("up"))
        assert (await through_proxy(told, repository))[0] == 200
        assert robot.parts.git.reachable and not robot.parts.kubelet.images.unreachable


async def test_a_crowd_of_pods_is_there_and_changes(tmp_path: Path) -> None:
    async with a_robot(tmp_path, pods=300, changes=500) as (robot, told):
        client = Client(told)
        _, pods = await client.ask("/api/v1/pods")
        crowd = [pod for pod in pods["items"] if pod["metadata"]["namespace"].startswith("crowd-")]
        assert len(crowd) == 300
        assert all(pod["status"]["phase"] == "Running" for pod in crowd)
        before = robot.parts.objects.version
        deadline = asyncio.get_running_loop().time() + 10
        while robot.parts.objects.version < before + 50:
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.02)


async def test_a_port_that_is_taken_is_named_with_its_option(tmp_path: Path) -> None:
    async with a_robot(tmp_path) as (_, told):
        with pytest.raises(ScenarioError, match=r"is taken; give another one with --robot-port"):
            async with a_robot(tmp_path / "other", robot_port=told["robot"]["port"]):
                pass


async def test_without_loopback_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(proxy: LinkProxy, port: int = 0) -> int:
        raise OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")

    monkeypatch.setattr(LinkProxy, "start", fails)
    with pytest.raises(ScenarioError, match=r"^There is no loopback: 127\.0\.0\.1 cannot be used"):
        async with a_robot(tmp_path):
            pass


def test_notes_of_robots_that_are_gone_are_swept(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "999999999.json").write_text("{}")
    files = RunFiles(None, tmp_path / "notes")
    assert files.folder.stat().st_mode & 0o777 == 0o700
    assert files.leave_note({"pid": 1}) == ""
    assert [path.name for path in (tmp_path / "notes").iterdir()] == [files.note.name if files.note else ""]
    files.remove()
    assert not files.folder.exists() and not list((tmp_path / "notes").iterdir())


def test_the_kubeconfig_has_a_context_for_each_user() -> None:
    config = json.loads(kubeconfig("spot-07", "https://127.0.0.1:1", b"pem", {"admin": "a", "viewer": "v"}))
    assert config["current-context"] == "spot-07"
    assert [one["name"] for one in config["contexts"]] == ["spot-07", "spot-07-viewer"]


async def test_what_is_no_http_at_all_is_one_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(one_line)
    async with a_robot(tmp_path) as (_, told):
        host, _, port = told["control"]["url"].removeprefix("http://").partition(":")
        for nonsense in (b"\x16\x03\x01\x02\x00 no http\r\n\r\n", b"GET\r\n\r\n"):
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(nonsense)
            await asyncio.wait_for(reader.read(), 5)
            writer.close()
    assert not [record for record in caplog.records if record.exc_info]
    caplog.handler.removeFilter(one_line)


@pytest.mark.parametrize("scenario", ["quiet", "broken-wasm"])
def test_what_a_scenario_lays_out_has_the_servers_defaults(scenario: str) -> None:
    """A patch that filled them in would roll the pods of whatever it touches."""
    parts = RobotParts(load(scenario), {name: Link(name) for name in ("operator", "uplink")}, seed=1)
    parts.world.lay_out()
    for kind in (resource(name, "apps") for name in ("deployments", "daemonsets", "statefulsets")):
        for one in parts.objects.all(kind):
            filled = copy_of(one)
            fill_defaults(kind, filled)
            assert filled == one, one["metadata"]["name"]
