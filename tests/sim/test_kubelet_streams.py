from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from spottui.sim.api_server import ApiServer
from spottui.sim.behaviour import Behaviour
from spottui.sim.kubelet_logs import RING, Life
from spottui.sim.kubelet_routes import kubelet_routes
from tests.sim.kubelet_case import START, Cluster, pod, template, workload

HEADERS = {"Authorization": "Bearer admin"}
PODS = "/api/v1/namespaces/default/pods"
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
TALK = Behaviour(start=0.0, pull_seconds=0.0, logs=("line {n} of {pod}",), log_period=1.0, start_logs=("hello",))


class Api:
    """A cluster behind its API server."""

    def __init__(self, cluster: Cluster, client: TestClient[Any, Any]) -> None:
        self.cluster, self.client = cluster, client

    async def get(self, path: str, **query: str) -> tuple[int, str]:
        """Return status and text of an answer."""
        async with self.client.get(path, params=query, headers=HEADERS) as reply:
            return reply.status, await reply.text()

    async def read(self, path: str, **query: str) -> Any:
        """Return the object of an answer."""
        code, text = await self.get(path, **query)
        assert code == 200, text
        return json.loads(text)

    async def refused(self, path: str, **query: str) -> tuple[int, str]:
        """Return code and message of a Status."""
        code, text = await self.get(path, **query)
        status = json.loads(text)
        assert status["kind"] == "Status"
        assert status["code"] == code
        return code, status["message"]


@asynccontextmanager
async def served(images: dict[str, Behaviour] | None = None) -> AsyncIterator[Api]:
    """Serve a cluster."""
    async with Cluster(images or {"app": TALK}) as cluster:
        tokens = {"admin": "admin", "operator": "operator", "viewer": "viewer"}
        server = ApiServer(cluster.objects, cluster.clock, tokens)
        server.add_routes(kubelet_routes(cluster.kubelet))
        async with TestClient(TestServer(server.app)) as client:
            yield Api(cluster, client)


async def started(api: Api, seconds: float = 1.0, **container: Any) -> None:
    """Start the pod "app" and let it run."""
    api.cluster.apply(pod(**container))
    await api.cluster.step(seconds + 0.5)


# -- logs ------------------------------------------------------------------------------------------


async def test_a_log_has_the_lines_asked_for() -> None:
    async with served() as api:
        await started(api, 10)
        code, text = await api.get(f"{PODS}/app/log")
        lines = text.splitlines()
        assert code == 200
        assert lines[:2] == ["hello", "line 1 of app"]
        assert (await api.get(f"{PODS}/app/log", tailLines="2"))[1].splitlines() == lines[-2:]
        assert (await api.get(f"{PODS}/app/log", tailLines="0"))[1] == ""
        assert (await api.get(f"{PODS}/app/log", limitBytes="7"))[1] == "hello\nl"
        assert 2 <= len((await api.get(f"{PODS}/app/log", sinceSeconds="3"))[1].splitlines()) <= 3
        stamped = (await api.get(f"{PODS}/app/log", timestamps="true"))[1].splitlines()
        assert stamped[0].startswith("2027-01-15T08:00:00.")
        assert stamped[0].split(" ", 1)[0].endswith("Z")
        since = stamped[4].split(" ", 1)[0]
        found = (await api.get(f"{PODS}/app/log", sinceTime=since))[1].splitlines()
        assert found in (lines[4:], lines[5:])


async def test_the_same_log_read_twice_is_the_same() -> None:
    async with served() as api:
        await started(api, 20)
        first = await api.get(f"{PODS}/app/log", timestamps="true")
        await api.cluster.step(5)
        second = await api.get(f"{PODS}/app/log", timestamps="true")
        assert second[1].startswith(first[1])


async def test_following_brings_each_new_line_and_ends_with_the_container() -> None:
    async with served({"app": TALK.with_changes({"crash_after": 6.5, "crash_logs": ["camera lost"]})}) as api:
        await started(api, 1)
        async with api.client.get(f"{PODS}/app/log", params={"follow": "true"}, headers=HEADERS) as reply:
            stepping = asyncio.create_task(api.cluster.step(8))
            text = await asyncio.wait_for(reply.text(), 5)
            await stepping
        assert text.splitlines()[-2:] == ["line 6 of app", "camera lost"]
        assert text.splitlines().count("line 3 of app") == 1


async def test_the_log_of_the_run_before_is_there_after_a_restart() -> None:
    async with served({"app": TALK.with_changes({"crash_after": 3.5})}) as api:
        await started(api, 1)
        code, said = await api.refused(f"{PODS}/app/log", previous="true")
        assert (code, said) == (400, 'previous terminated container "main" in pod "app" not found')
        await api.cluster.step(4.5)
        before = (await api.get(f"{PODS}/app/log", previous="true"))[1].splitlines()
        assert before[-1] == "line 3 of app"


async def test_what_has_no_log_is_refused_with_the_real_texts() -> None:
    async with served({"app": Behaviour(pull_seconds=100)}) as api:
        await started(api)
        two = pod("two")
        two["spec"]["containers"].append({"name": "side", "image": "a.example/b:1"})
        api.cluster.apply(two)
        await api.cluster.settle()
        waits = 'container "main" in pod "app" is waiting to start: ContainerCreating'
        assert await api.refused(f"{PODS}/app/log") == (400, waits)
        choose = "a container name must be specified for pod two, choose one of: [main side]"
        assert await api.refused(f"{PODS}/two/log") == (400, choose)
        assert await api.refused(f"{PODS}/two/log", container="x") == (400, "container x is not valid for pod two")
        assert await api.refused(f"{PODS}/none/log") == (404, 'pods "none" not found')
        assert (await api.refused(f"{PODS}/app/log", tailLines="-1"))[0] == 422
        assert (await api.refused(f"{PODS}/app/log", tailLines="x"))[0] == 400


async def test_a_kubelet_that_is_down_is_a_failed_dial() -> None:
    async with served() as api:
        await started(api)
        api.cluster.kubelet.set_up("spot-core", False)
        code, said = await api.refused(f"{PODS}/app/log")
        assert (code, said) == (500, "error dialing backend: dial tcp 192.168.50.5:10250: connect: connection refused")


def test_a_log_keeps_its_last_lines_only_and_a_change_of_behaviour_keeps_what_was_said() -> None:
    life = Life("id", TALK, 0.0, {"pod": "app"}, lambda story: START + story)
    lines = life.lines(3 * RING)
    assert len(lines) == RING
    assert lines[-1][1] == f"line {3 * RING} of app"
    life.change(Behaviour(logs=("now {n}",), log_period=2.0), 3.0 * RING)
    texts = [text for _, text in life.lines(3 * RING + 4)]
    assert texts[-3:] == [f"line {3 * RING} of app", f"now {3 * RING + 1}", f"now {3 * RING + 2}"]


# -- exec ------------------------------------------------------------------------------------------


async def run(
    api: Api, *command: str, protocol: str = V5, typed: tuple[bytes, ...] = (), **query: str
) -> dict[int, bytes]:
    """Run a command; return what came on each channel."""
    asked = [("command", word) for word in command] + [("stdout", "true"), ("stderr", "true"), *query.items()]
    asked += [("stdin", "true")] if typed else []
    got: dict[int, bytes] = {}
    path = f"{PODS}/app/exec"
    async with api.client.ws_connect(path, params=asked, headers=HEADERS, protocols=(protocol,)) as socket:
        assert socket.protocol == protocol
        for chunk in typed:
            await socket.send_bytes(chunk)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                got[message.data[0]] = got.get(message.data[0], b"") + message.data[1:]
    return got


@pytest.mark.parametrize("protocol", [V5, V4])
async def test_a_command_runs_and_its_streams_and_its_code_come_back(protocol: str) -> None:
    async with served() as api:
        await started(api, env=[{"name": "ROBOT", "value": "spot-07"}])
        script = "echo to $ROBOT; cat /nope || echo none && exit 3; echo never"
        got = await run(api, "sh", "-c", script, protocol=protocol)
        assert got[1] == b"to spot-07\nnone\n"
        assert got[2] == b"cat: can't open '/nope': No such file or directory\n"
        status = json.loads(got[3])
        assert (status["status"], status["reason"]) == ("Failure", "NonZeroExitCode")
        assert status["details"]["causes"] == [{"reason": "ExitCode", "message": "3"}]
        assert json.loads((await run(api, "ls", "/etc"))[3]) == {"metadata": {}, "status": "Success"}


async def test_a_terminal_echoes_and_edits_the_line() -> None:
    async with served() as api:
        await started(api)
        typed = (b"\x00eco\x7fho one\r", b"\x00exit 2\r")
        got = await run(api, "sh", typed=typed, tty="true")
        assert got[1] == b"/ # eco\x08 \x08ho one\r\none\r\n/ # exit 2\r\n"
        assert 2 not in got
        assert json.loads(got[3])["details"]["causes"][0]["message"] == "2"


async def test_the_end_of_the_input_ends_a_shell_that_reads_from_it() -> None:
    async with served() as api:
        await started(api)
        got = await run(api, "sh", typed=(b"\x00echo one\necho tw", b"\x00o\n", b"\xff\x00"))
        assert got[1] == b"one\ntwo\n"
        assert json.loads(got[3])["status"] == "Success"


async def test_a_program_that_is_not_there_is_an_internal_error_on_the_error_channel() -> None:
    async with served() as api:
        await started(api)
        status = json.loads((await run(api, "python3"))[3])
        assert (status["code"], status["reason"]) == (500, "InternalError")
        assert 'exec: "python3": executable file not found in $PATH' in status["message"]


async def test_sleeping_in_a_container_takes_story_time() -> None:
    async with served() as api:
        await started(api)
        running = asyncio.create_task(run(api, "sh", "-c", "sleep 30; echo awake"))
        await asyncio.sleep(0.05)
        assert not running.done()
        await api.cluster.step(31)
        assert (await asyncio.wait_for(running, 5))[1] == b"awake\n"


async def test_a_command_ends_with_its_container() -> None:
    async with served({"app": TALK.with_changes({"crash_after": 5})}) as api:
        await started(api)
        running = asyncio.create_task(run(api, "sleep", "1000"))
        await asyncio.sleep(0.05)
        await api.cluster.step(6)
        status = json.loads((await asyncio.wait_for(running, 5))[3])
        assert status["details"]["causes"][0]["message"] == "137"


async def test_exec_is_refused_before_the_upgrade_with_a_status() -> None:
    async with served({"app": Behaviour(pull_seconds=100)}) as api:
        await started(api)
        query = {"command": "ls", "stdout": "true"}
        code, said = await api.refused(f"{PODS}/app/exec", **query)
        assert (code, said) == (500, 'unable to upgrade connection: container not found ("main")')
        assert (await api.refused(f"{PODS}/none/exec", **query))[0] == 404
        assert (await api.refused(f"{PODS}/app/portforward", ports="80"))[0] == 501


async def test_attaching_shows_what_is_said_from_now_on() -> None:
    async with served({"app": TALK.with_changes({"crash_after": 5.5})}) as api:
        await started(api, 2)
        asked = {"stdout": "true"}
        path = f"{PODS}/app/attach"
        async with api.client.ws_connect(path, params=asked, headers=HEADERS, protocols=(V5,)) as socket:
            await socket.receive_bytes()
            stepping = asyncio.create_task(api.cluster.step(8))
            got = b""
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY and message.data[0] == 1:
                    got += message.data[1:]
            await stepping
        assert got.startswith(b"line 3 of app\nline 4 of app\n")


# -- usage -----------------------------------------------------------------------------------------


async def test_metrics_have_the_real_shapes_and_come_with_the_second_scrape() -> None:
    async with served({"app": Behaviour(cpu=0.5, cpu_wave=0.2, memory=100 * 1024 * 1024)}) as api:
        await started(api, 4)
        where = "/apis/metrics.k8s.io/v1beta1"
        code, said = await api.refused(f"{where}/namespaces/default/pods/app")
        assert (code, said) == (404, 'podmetrics.metrics.k8s.io "default/app" not found')
        await api.cluster.step(30, by=5)
        one = await api.read(f"{where}/namespaces/default/pods/app")
        assert (one["kind"], one["apiVersion"]) == ("PodMetrics", "metrics.k8s.io/v1beta1")
        assert one["window"].endswith("s")
        (container,) = one["containers"]
        cores = int(container["usage"]["cpu"].removesuffix("n")) / 1e9
        assert 0.3 < cores < 0.7
        assert abs(int(container["usage"]["memory"].removesuffix("Ki")) / 1024 - 100) < 3
        listed = await api.read(f"{where}/pods")
        assert (listed["kind"], len(listed["items"])) == ("PodMetricsList", 1)
        (node,) = (await api.read(f"{where}/nodes"))["items"]
        assert node["metadata"]["name"] == "spot-core"
        assert int(node["usage"]["cpu"].removesuffix("n")) / 1e9 > cores
        assert (await api.read(f"{where}/pods", labelSelector="app=none"))["items"] == []


async def test_the_summary_of_a_kubelet_has_node_and_pods() -> None:
    async with served() as api:
        await started(api, 3)
        said = await api.read("/api/v1/nodes/spot-core/proxy/stats/summary")
        assert said["node"]["nodeName"] == "spot-core"
        assert {"cpu", "memory", "fs", "runtime", "network", "rlimit"} <= set(said["node"])
        (one,) = said["pods"]
        assert one["podRef"]["name"] == "app"
        assert one["containers"][0]["memory"]["workingSetBytes"] > 0
        brief = await api.read("/api/v1/nodes/spot-core/proxy/stats/summary", only_cpu_and_memory="true")
        assert "fs" not in brief["node"]


@pytest.mark.parametrize(
    ("exporter", "metric"), [("dcgm", "DCGM_FI_DEV_GPU_UTIL"), ("jetson", "gr3d_usage_percentage")]
)
async def test_the_use_of_the_gpu_can_be_read_from_an_exporter_through_the_proxy(exporter: str, metric: str) -> None:
    images = {"exporter": Behaviour(exporter=exporter, pull_seconds=0), "app": Behaviour(gpu=60.0, pull_seconds=0)}
    async with served(images) as api:
        gpu = {"limits": {"nvidia.com/gpu": "1"}, "requests": {"nvidia.com/gpu": "1"}}
        await started(api, resources=gpu)
        port = {"ports": [{"name": "metrics", "containerPort": 9400}]}
        spec = template("a.example/exporter:1", **port)
        api.cluster.apply(workload("Deployment", "exporter", replicas=1, template=spec))
        service = {"selector": {"app": "app"}, "ports": [{"port": 9400, "targetPort": "metrics"}]}
        meta = {"name": "exporter", "namespace": "default"}
        api.cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service})
        await api.cluster.step(3)
        (name,) = [one["metadata"]["name"] for one in api.cluster.pods(app="app")]
        _, text = await api.get(f"{PODS}/{name}:9400/proxy/metrics")
        (value,) = [line.rsplit(" ", 1)[1] for line in text.splitlines() if line.startswith(metric)]
        assert 30 <= float(value) <= 90
        _, through = await api.get("/api/v1/namespaces/default/services/exporter:9400/proxy/metrics")
        assert metric in through
        code, said = await api.refused(f"{PODS}/{name}:81/proxy/metrics")
        assert code == 503
        assert said.endswith(":81: connect: connection refused")


async def test_who_may_not_read_logs_gets_a_403() -> None:
    async with served() as api:
        await started(api)
        async with api.client.get(f"{PODS}/app/exec", headers={"Authorization": "Bearer viewer"}) as reply:
            assert reply.status == 403
