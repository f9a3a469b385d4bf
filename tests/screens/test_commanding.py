"""What a command needs is asked for first; what runs is left, seen, come back to and stopped."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from spottui.actions.rollout_history import HASH, REVISION
from spottui.screens.ask import AskScreen
from spottui.screens.choice import ChoiceScreen
from spottui.screens.confirm import ConfirmScreen, TypeNameScreen
from spottui.screens.running import RunningScreen
from tests.screens.app_case import (
    FakeCluster,
    a_deployment,
    a_node,
    everything_listed,
    heard,
    make_app,
    screen_text,
    tell,
    until,
)

DEPLOYMENT = "/apis/apps/v1/namespaces/robot/deployments/perception"
SETS = "/apis/apps/v1/namespaces/robot/replicasets"
NODE = "/api/v1/nodes/spot-core"
BUDGET = "The disruption budget cam needs 1 healthy pods and has 1 currently."


def template(image: str, **labels: str) -> dict[str, Any]:
    return {"metadata": {"labels": {"app": "x", **labels}}, "spec": {"containers": [{"name": "m", "image": image}]}}


def put_workload(cluster: FakeCluster, revisions: int = 1) -> None:
    """Store a Deployment of one ready pod and the ReplicaSets of its revisions."""
    selector = {"matchLabels": {"app": "x"}}
    status = {"replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    meta = {"name": "perception", "namespace": "robot", "uid": "deployment-perception"}
    spec = {"replicas": 1, "selector": selector, "template": template(f"img:{revisions}")}
    cluster.api.put(DEPLOYMENT, {"kind": "Deployment", "metadata": meta, "spec": spec, "status": status})
    for number in range(1, revisions + 1):
        owner = {"kind": "Deployment", "uid": "deployment-perception", "controller": True}
        known = {
            "name": f"x-{number}",
            "labels": {"app": "x"},
            "annotations": {REVISION: str(number)},
            "ownerReferences": [owner],
        }
        spec = {"template": template(f"img:{number}", **{HASH: str(number)})}
        cluster.api.put(f"{SETS}/x-{number}", {"metadata": known, "spec": spec})


def put_node(cluster: FakeCluster) -> None:
    """Store a node with one pod that a disruption budget holds."""
    meta = {"name": "spot-core", "uid": "node-spot-core"}
    cluster.api.put(NODE, {"kind": "Node", "metadata": meta, "spec": {}, "status": {}})
    owner = {"kind": "ReplicaSet", "name": "cam-1", "controller": True}
    pod = {"name": "cam", "namespace": "robot", "uid": "u-cam", "ownerReferences": [owner]}
    cluster.api.put("/api/v1/namespaces/robot/pods/cam", {"metadata": pod, "spec": {"nodeName": "spot-core"}})
    cluster.api.budgets["cam"] = [BUDGET] * 100_000


def events() -> list[Any]:
    deployments = heard("deployments", a_deployment("perception"), a_deployment("uploader"))
    return [*everything_listed(), heard("nodes", a_node()), deployments]


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


def unlocked(folder: Path, cluster: FakeCluster) -> Any:
    return make_app(folder, cluster=cluster, safety__start_unlocked=True)


def flat(app: Any) -> str:
    """Return the screen's text as one line, without the frames of dialogs."""
    return " ".join(screen_text(app).replace("│", " ").split())


async def choose(pilot: Any, words: str) -> None:
    """Choose an action for the row under the cursor in the palette."""
    await pilot.press("colon", *words, "enter")


def patches(cluster: FakeCluster) -> list[Any]:
    return [body for method, _, body in cluster.api.sent if method == "PATCH"]


async def test_a_number_is_asked_for_judged_and_sent_only_after_the_question_and_escape_sends_nothing(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    put_workload(cluster)
    app = unlocked(tmp_path, cluster)
    async with app.run_test() as pilot:
        await tell(pilot, *events())
        await pilot.press("3", "tab")
        main = app.screen
        await choose(pilot, "scale")
        await until(lambda: isinstance(app.screen, AskScreen), pilot)
        await pilot.press("escape")
        await until(lambda: app.screen is main, pilot)
        assert cluster.api.sent == [] and not app.parts.runner.running.now
        await choose(pilot, "scale")
        await until(lambda: isinstance(app.screen, AskScreen), pilot)
        line = app.screen.query_one(Input)
        await until(lambda: "It wants 1 now" in flat(app), pilot)
        assert line.value == "1"
        await pilot.press("backspace", "x", "enter")
        await until(lambda: "A whole number from 0 to 1000 is needed here." in screen_text(app), pilot)
        await pilot.press("backspace", "4", "enter")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        assert "Scale deployment/perception in namespace robot to 4" in flat(app)
        assert patches(cluster) == []
        await pilot.press("y")
        await until(lambda: patches(cluster), pilot)
        assert patches(cluster)[0]["spec"] == {"replicas": 4}


async def test_a_revision_is_chosen_and_its_difference_stands_below_the_question(
    tmp_path: Path, cluster: FakeCluster
) -> None:
    put_workload(cluster, revisions=3)
    app = unlocked(tmp_path, cluster)
    async with app.run_test(size=(80, 24)) as pilot:
        await tell(pilot, *events())
        await pilot.press("3", "tab")
        await choose(pilot, "undo")
        await until(lambda: isinstance(app.screen, ChoiceScreen) and "Back to which" in screen_text(app), pilot)
        assert "revision 2" in screen_text(app) and "revision 3 " not in screen_text(app)
        await pilot.press("down", "enter")
        await until(lambda: isinstance(app.screen, TypeNameScreen), pilot)
        text = screen_text(app)
        assert "+  - image: img:1" in text and "-  - image: img:3" in text
        assert "Type perception and press enter" in text
        app.screen.query_one(Input).value = "perception"
        await pilot.press("enter")
        await until(lambda: patches(cluster), pilot)
        assert patches(cluster)[0]["spec"]["template"]["spec"]["containers"][0]["image"] == "img:1"


async def test_why_nothing_is_asked_is_said_instead(tmp_path: Path, cluster: FakeCluster) -> None:
    put_workload(cluster)
    app = unlocked(tmp_path, cluster)
    async with app.run_test(notifications=True) as pilot:
        await tell(pilot, *events())
        await pilot.press("3", "tab")
        await choose(pilot, "undo")
        await until(lambda: "there is nothing to undo" in flat(app), pilot)
        await pilot.press("space", "down", "space")
        await choose(pilot, "undo")
        await until(lambda: "take the marks away (esc)." in flat(app), pilot)
        await pilot.press("colon", *"running", "enter")
        await until(lambda: isinstance(app.screen, RunningScreen), pilot)
        await pilot.press("x")
        await until(lambda: "Nothing that runs now can be stopped" in flat(app), pilot)
        assert cluster.api.sent == []


async def test_a_drain_runs_on_when_left_is_seen_in_the_header_come_back_to_and_stopped(
    tmp_path: Path, cluster: FakeCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spottui.actions.drain._pauses", lambda: itertools.repeat(0.02))
    put_node(cluster)
    app = unlocked(tmp_path, cluster)
    async with app.run_test(size=(100, 30)) as pilot:
        await tell(pilot, *events())
        await pilot.press("2")
        main = app.screen
        await choose(pilot, "drain")
        await until(lambda: isinstance(app.screen, TypeNameScreen), pilot)
        assert "NO OTHER NODE TAKES PODS" in flat(app)
        app.screen.query_one(Input).value = "spot-core"
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, RunningScreen), pilot)
        running = app.parts.runner.running
        await until(lambda: running.now and "is not let go" in running.now[0].text, pilot)
        app.screen.refresh_text()
        await until(lambda: "Drain node/spot-core" in screen_text(app), pilot)
        assert f"robot/cam waits: {BUDGET}" in flat(app)
        await pilot.press("escape")
        await until(lambda: app.screen is main, pilot)
        await pilot.press("q")
        await until(lambda: "1 command of yours still runs" in flat(app), pilot)
        await pilot.press("escape")
        await until(lambda: app.screen is main, pilot)
        main.on_second()
        await until(lambda: "drain spot-core: 0 of 1 pods gone" in screen_text(app).splitlines()[0], pilot)
        assert len(running.now) == 1
        await pilot.press("colon", *"running", "enter")
        await until(lambda: isinstance(app.screen, RunningScreen), pilot)
        await pilot.press("x")
        await until(lambda: isinstance(app.screen, ConfirmScreen), pilot)
        await pilot.press("y")
        await until(lambda: not running.now, pilot)
        assert running.ended[0].text.startswith("spot-core: drain stopped by you; 0 of 1 pods gone, left: robot/cam.")
        app.screen.refresh_text()
        await until(lambda: "No command runs now." in screen_text(app) and "Ended last" in screen_text(app), pilot)
