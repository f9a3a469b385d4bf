"""The debug container."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.registry import by_id
from spottui.actions.services import Unfinished
from spottui.errors import SpottuiError
from spottui.records import Target

from .bench import PODS, Bench, pod

DEBUG = by_id("pod.debug")
TARGET = Target(kind="Pod", namespace="robot", name="cam", uid="u-cam")
PATH = f"{PODS}/cam"


@pytest.fixture(autouse=True)
def cam(bench: Bench) -> None:
    found = pod("cam")
    found["spec"]["containers"] = [{"name": "main"}, {"name": "side"}]
    bench.api.put(PATH, found)


def report(bench: Bench, seconds: float, **state: Any) -> None:
    """Let the kubelet report the debug container."""

    def write() -> None:
        (added,) = bench.api.objects[PATH]["spec"]["ephemeralContainers"]
        status = {"ephemeralContainerStatuses": [{"name": added["name"], "state": state}]}
        bench.api.change(PATH, {"status": status})

    bench.time.at(seconds, write)


async def perform(bench: Bench, **options: Any) -> str:
    return await bench.runner.perform(DEBUG, TARGET, bench.confirm, options)


async def test_container_and_image_are_asked_for(bench: Bench) -> None:
    container, image = await bench.runner.fields(DEBUG, TARGET)
    assert [pick.value for pick in container.picks] == ["main", "side"]
    assert image.value == "busybox" and image.check(":1") and not image.check("nicolaka/netshoot:v0.13")


async def test_it_is_added_beside_the_target_container_and_the_way_into_it_is_said(bench: Bench) -> None:
    report(bench, 2, running={"startedAt": "x"})
    version = bench.api.objects[PATH]["metadata"]["resourceVersion"]
    said = await perform(bench, container="side", image="tools:1")
    text = bench.questions[0].text
    assert text.startswith("Add a debug container (tools:1) to pod/cam in namespace robot on spot-07?")
    assert "beside side" in text and "It cannot be taken out again" in text
    ((method, path, body), *_) = bench.api.sent
    assert (method, path) == ("PATCH", f"{PATH}/ephemeralcontainers")
    assert body["metadata"] == {"uid": "u-cam", "resourceVersion": version}
    (added,) = body["spec"]["ephemeralContainers"]
    assert added["targetContainerName"] == "side" and added["image"] == "tools:1" and added["stdin"] and added["tty"]
    assert said == f"cam: {added['name']} runs; open a shell (s) and choose {added['name']}."


async def test_an_image_that_cannot_be_pulled_is_told_with_the_kubelets_words(bench: Bench) -> None:
    report(bench, 2, waiting={"reason": "ImagePullBackOff", "message": "no link to docker.io"})
    said = await perform(bench)
    assert isinstance(said, Unfinished)
    assert said.endswith("does not run after 60 s: ImagePullBackOff (no link to docker.io).")


async def test_one_that_ends_at_once_is_a_failure(bench: Bench) -> None:
    report(bench, 1, terminated={"exitCode": 127})
    with pytest.raises(SpottuiError, match="ended at once with exit code 127"):
        await perform(bench)


async def test_a_pod_that_does_not_run_takes_none(bench: Bench) -> None:
    bench.api.change(PATH, {"status": {"phase": "Succeeded"}})
    with pytest.raises(SpottuiError, match="only a running pod takes a debug container"):
        await bench.runner.fields(DEBUG, TARGET)
    with pytest.raises(SpottuiError, match="only a running pod takes a debug container"):
        await perform(bench)
    assert bench.questions == []


@pytest.mark.parametrize(("options", "why"), [({"container": "x"}, "no container x"), ({"image": "A B"}, "no image")])
async def test_what_is_not_there_is_refused_before_it_is_asked(bench: Bench, options: Any, why: str) -> None:
    with pytest.raises(SpottuiError, match=why):
        await perform(bench, **options)
    assert bench.questions == [] and bench.commands == []


async def test_the_right_is_that_of_the_subresource(bench: Bench) -> None:
    report(bench, 1, running={})
    await perform(bench)
    asked = bench.api.reviews[0]["spec"]["resourceAttributes"]
    assert (asked["verb"], asked["resource"], asked["subresource"]) == ("patch", "pods", "ephemeralcontainers")
