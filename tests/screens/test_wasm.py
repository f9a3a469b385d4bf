"""The Wasm screen says which pod runs in which engine, which node can run what, and offers to mend it."""

from __future__ import annotations

from pathlib import Path

from spottui.events import Event, UsageHeard
from spottui.records import Condition, Container, KubeEvent, Pod, Usage, WasmRuntime
from spottui.records_wasm import Shim, SpinApp

from .app_case import NOW, a_node, a_pod, everything_listed, heard, make_app, screen_text, tell, until

CLASS = WasmRuntime(uid="c1", name="wasmedge", namespace="", created_at=NOW - 9000, handler="wasmedge")
SPIN = WasmRuntime(uid="c2", name="wasmtime-spin-v2", namespace="", created_at=NOW - 9000, handler="spin-v2")
SHIM = Shim(
    uid="s",
    name="wasmedge-v1",
    namespace="",
    created_at=NOW - 9000,
    node_selector={"wasmedge": "true"},
    runtime_class="wasmedge",
    handler="wasmedge",
)
APP = SpinApp(uid="a", name="geofence", namespace="edge", created_at=NOW - 900, executor="gone", replicas=1, ready=0)
SAID = (
    "rpc error: code = Unknown desc = unable to get OCI runtime for sandbox "
    '"x": no runtime for "wasmedge" is configured'
)


def filter_pod() -> Pod:
    waits = Container(name="main", image="r/f:1", state="waiting", reason="ContainerCreating")
    return a_pod("filter", containers=(waits,), phase="Pending", runtime_class="wasmedge", conditions=())


def well_pod() -> Pod:
    main = Container(name="main", image="r/g:1", state="running", ready=True, started_at=NOW - 99.0)
    placed = (Condition("PodScheduled", "True", since=NOW - 100), Condition("Ready", "True"))
    return a_pod("geofence", containers=(main,), runtime_class="wasmtime-spin-v2", conditions=placed)


def sandbox() -> KubeEvent:
    return KubeEvent(
        uid="e",
        name="e",
        namespace="robot",
        created_at=NOW - 60,
        type="Warning",
        reason="FailedCreatePodSandBox",
        message=SAID,
        object_kind="Pod",
        object_name="filter",
        object_uid="pod-filter",
        last_at=NOW - 60,
    )


def cluster() -> list[Event]:
    return [
        *everything_listed(),
        heard("nodes", a_node(runtime_handlers=("", "runc", "spin-v2"), architecture="arm64")),
        heard("pods", filter_pod(), well_pod(), a_pod("plain")),
        heard("runtimeclasses", CLASS, SPIN),
        heard("shims", SHIM),
        heard("spinapps", APP),
        heard("events", sandbox()),
        UsageHeard({}, {("robot", "geofence"): Usage(0.01, 6 * 2**20, NOW, "kubelet")}, NOW, ""),
    ]


async def test_every_table_says_what_it_knows_and_why(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(120, 30)) as pilot:
        await tell(pilot, *cluster())
        await pilot.press("4")
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "[4 Wasm]" in text and "RuntimeClass wasm" in text and "spin" in text
        assert "plain" not in text and "wasm 6" in text.lower() and "1 s to start" in text
        await pilot.press("/", *"filter", "enter")
        await until(lambda: 'no runtime handler "wasmedge"' in screen_text(pilot.app), pilot)
        assert "Provision the node" in screen_text(pilot.app) or "4 Wasm" in screen_text(pilot.app)
        await pilot.press("escape", "tab")
        await pilot.pause()
        text = screen_text(pilot.app)
        assert "spot-core no" in text and "spot-core yes" in text and "wasmedge-v1" in text
        assert "is none of them" in text or 'lists handler "spin-v2"' in text
        await pilot.press("tab")
        await until(lambda: "Executor gone does not exist in namespace edge" in screen_text(pilot.app), pilot)


async def test_all_nine_screens_are_named_at_eighty_columns(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(80, 24)) as pilot:
        await tell(pilot, *cluster())
        await pilot.press("4")
        await pilot.pause()
        line = screen_text(pilot.app).splitlines()[1]
        words = "1 Overview 2 Nodes 3 Workloads 4 Wasm 5 GitOps 6 Links 7 Robot 8 Host 9 Timeline"
        assert [word.strip("[]") for word in line.replace("[", " ").replace("]", " ").split()] == words.split()


async def test_the_finding_offers_to_provision_the_node_of_its_pod(tmp_path: Path) -> None:
    async with make_app(tmp_path).run_test(size=(120, 40)) as pilot:
        await tell(pilot, *cluster())
        app = pilot.app
        await until(lambda: "v provision" in screen_text(app), pilot)
        api = app.port.api  # type: ignore[attr-defined]
        node = {"metadata": {"name": "spot-core", "uid": "node-spot-core", "labels": {}}}
        api.put("/api/v1/nodes/spot-core", node)
        spec = {"nodeSelector": {"wasmedge": "true"}, "runtimeClass": {"name": "wasmedge", "handler": "wasmedge"}}
        api.put(
            "/apis/runtime.spinkube.dev/v1alpha1/shims",
            {"items": [{"metadata": {"name": "wasmedge-v1"}, "spec": spec}]},
        )
        api.put("/apis/apps/v1/deployments", {"items": []})
        await pilot.press("v")
        await until(lambda: "For what shall node/spot-core be provisioned?" in screen_text(app), pilot)
        assert "Shim wasmedge-v1" in screen_text(app)
        await pilot.press("enter")
        await until(lambda: "provision node/spot-core for" in screen_text(app), pilot)
        assert "wasmedge=true" in screen_text(app)
        await pilot.press("escape")
        assert api.sent == []


async def test_what_the_container_said_last_is_fetched_for_the_finding_under_the_cursor(tmp_path: Path) -> None:
    asked: list[str] = []

    async def last_words(pod: Pod, container: str) -> list[str]:
        asked.append(pod.name)
        return ["Traceback", "ValueError: no such camera"]

    async with make_app(tmp_path).run_test(size=(120, 40)) as pilot:
        pilot.app.parts.last_words = last_words  # type: ignore[attr-defined]
        broken = [a_pod(f"cam-{n}", well=False) for n in range(4)]
        await tell(pilot, *everything_listed(), heard("nodes", a_node()), heard("pods", *broken))
        await until(lambda: "ValueError: no such camera" in screen_text(pilot.app), pilot)
        assert len(asked) == 1, "only that under the cursor"
        await pilot.press("down", "down", "down")
        await until(lambda: len(asked) == 2, pilot)
