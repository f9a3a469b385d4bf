"""The image of a container."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.actions.images import resolved, wrong
from spottui.actions.registry import by_id
from spottui.errors import SpottuiError
from spottui.records import Target

from .bench import DEPLOYMENTS, PERCEPTION, Bench, deployment

PATH = f"{DEPLOYMENTS}/perception"
SET = by_id("workload.set-image")
DIGEST = "@sha256:" + "a" * 64
OTHER = "@sha256:" + "b" * 64


def spec(**more: Any) -> dict[str, Any]:
    containers = [{"name": "main", "image": f"reg:5000/robot/cam:1{DIGEST}"}, {"name": "side", "image": "side:1"}]
    return {"metadata": {}, "spec": {"containers": containers, "initContainers": [{"name": "init", "image": "i:1"}]}}


@pytest.fixture(autouse=True)
def perception(bench: Bench) -> None:
    bench.api.put(PATH, deployment(template=spec()))


async def perform(bench: Bench, **options: Any) -> str:
    return await bench.runner.perform(SET, PERCEPTION, bench.confirm, options)


def images(bench: Bench) -> dict[str, str]:
    found = bench.api.objects[PATH]["spec"]["template"]["spec"]
    return {one["name"]: one["image"] for one in found["containers"] + found["initContainers"]}


async def test_container_and_image_are_asked_for_and_the_image_of_now_stands_there(bench: Bench) -> None:
    container, image = await bench.runner.fields(SET, PERCEPTION)
    assert [pick.title for pick in container.picks] == ["main", "side", "init"]
    assert image.value_of is not None and image.value_of({"container": "side"}) == "side:1"


async def test_one_container_is_set_and_the_others_stay(bench: Bench) -> None:
    said = await perform(bench, container="side", image="side:2")
    assert "Container side: side:1 becomes side:2." in bench.questions[0].text
    assert images(bench) == {"main": f"reg:5000/robot/cam:1{DIGEST}", "side": "side:2", "init": "i:1"}
    ((_, body),) = bench.commands
    assert body["metadata"]["uid"] == "u-perception" and body["metadata"]["resourceVersion"]
    assert said.startswith("perception: changed to the new image, 2 of 2 pods are new")


async def test_an_init_container_is_set_where_it_stands(bench: Bench) -> None:
    await perform(bench, container="init", image=":2")
    assert images(bench)["init"] == "i:2" and len(images(bench)) == 3


async def test_a_digest_that_was_typed_is_kept_and_a_lost_one_is_said(bench: Bench) -> None:
    await perform(bench, container="main", image=f":2{OTHER}")
    assert images(bench)["main"] == f"reg:5000/robot/cam:2{OTHER}"
    assert "pinned" not in bench.questions[0].text
    await perform(bench, container="main", image=":3")
    assert "It was pinned by a digest; the new one is not" in bench.questions[1].text


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"image": "a:1"}, "has no container that was named; it has main, side, init"),
        ({"container": "x", "image": "a:1"}, "has no container x"),
        ({"container": "side", "image": "Not An Image"}, "is no image"),
        ({"container": "side"}, "is no image"),
        ({"container": "side", "image": "side:1"}, "has the image side:1 already"),
    ],
)
async def test_what_cannot_be_set_is_refused_before_it_is_asked(
    bench: Bench, options: dict[str, str], why: str
) -> None:
    with pytest.raises(SpottuiError, match=why):
        await perform(bench, **options)
    assert bench.questions == [] and bench.commands == []


async def test_a_paused_deployment_says_that_it_waits(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": {"paused": True}})
    said = await perform(bench, container="side", image=":2")
    assert said == "perception: the image of side is side:2; it is rolled out when perception is resumed."


async def test_a_cron_jobs_image_is_that_of_its_next_job(bench: Bench) -> None:
    target = Target(kind="CronJob", namespace="robot", name="nightly", uid="u-nightly")
    path = "/apis/batch/v1/namespaces/robot/cronjobs/nightly"
    pods = {"template": {"spec": {"containers": [{"name": "main", "image": "a:1"}]}}}
    meta = {"name": "nightly", "namespace": "robot", "uid": "u-nightly"}
    bench.api.put(path, {"kind": "CronJob", "metadata": meta, "spec": {"jobTemplate": {"spec": pods}}})
    said = await bench.runner.perform(SET, target, bench.confirm, {"image": ":2"})
    assert said == "nightly: its next Job runs main with a:2."
    found = bench.api.objects[path]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert found == [{"name": "main", "image": "a:2"}]


@pytest.mark.parametrize(
    "text", ["a", "a:1", "reg.io/a/b:1", "localhost:5000/a", f"a{DIGEST}", f"a:1{DIGEST}", ":1", DIGEST, f":1{DIGEST}"]
)
def test_a_reference_is_taken(text: str) -> None:
    assert wrong(text) == ""


@pytest.mark.parametrize("text", ["A B", "a:", "a@sha256:1", ":", "@", "a:1:2", "-a", "a//b", "a\x1b", "https://a/b"])
def test_what_is_no_reference_is_not(text: str) -> None:
    assert wrong(text)


def test_the_end_of_a_reference_keeps_its_name() -> None:
    assert resolved("reg:5000/a/b:1" + DIGEST, ":2") == "reg:5000/a/b:2"
    assert resolved("a", DIGEST) == f"a{DIGEST}"
    assert resolved("a:1", "b:2") == "b:2"


@given(st.text(min_size=1, max_size=60))
def test_any_text_is_judged_in_no_time(text: str) -> None:
    assert isinstance(wrong(text), str)
