"""Pause and resume of a Deployment's rollouts, and what Argo CD makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.actions.argocd_owner import INSTANCE, TRACKING
from spottui.actions.registry import by_id
from spottui.errors import Forbidden, NotFound, SpottuiError
from spottui.records import Target

from .bench import ARGO, DEPLOYMENTS, PERCEPTION, Bench, application, deployment

PATH = f"{DEPLOYMENTS}/perception"
PAUSE, RESUME = by_id("workload.pause"), by_id("workload.resume")
MINE = "perception:apps/Deployment:robot/perception"


@pytest.fixture(autouse=True)
def perception(bench: Bench) -> None:
    bench.api.put(PATH, deployment())


async def perform(bench: Bench, action: Any) -> str:
    return await bench.runner.perform(action, PERCEPTION, bench.confirm)


async def test_pause_and_resume_are_written_and_read_back(bench: Bench) -> None:
    assert await perform(bench, PAUSE) == "perception: paused; changes of its pods wait until it is resumed."
    assert "Its last rollout is complete; its pods run on." in bench.questions[0].text
    assert bench.api.objects[PATH]["spec"]["paused"] is True
    assert await perform(bench, RESUME) == "perception: resumed, 2 of 2 pods are new after 0 s."
    assert "paused" not in bench.api.objects[PATH]["spec"]
    for _, body in bench.commands:
        assert body["metadata"]["uid"] == "u-perception" and body["metadata"]["resourceVersion"]


async def test_what_is_so_already_is_not_asked(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="is not paused"):
        await perform(bench, RESUME)
    bench.api.change(PATH, {"spec": {"paused": True}})
    with pytest.raises(SpottuiError, match="is paused already"):
        await perform(bench, PAUSE)
    assert bench.questions == [] and bench.commands == []


async def test_a_pause_that_is_taken_back_at_once_is_a_failure(bench: Bench) -> None:
    def heal(method: str, path: str) -> None:
        if method == "GET" and bench.api.sent and path == PATH:
            bench.api.change(PATH, {"spec": {"paused": False}})

    bench.api.before = heal
    with pytest.raises(SpottuiError, match="resumed it at once"):
        await perform(bench, PAUSE)


# -- Argo CD ---------------------------------------------------------------------------------------------


def owned(bench: Bench, *, annotation: str = "", label: str = "", lists: bool = True, **policy: Any) -> None:
    """Let an Application own the Deployment."""
    meta = {"annotations": {TRACKING: annotation} if annotation else {}, "labels": {INSTANCE: label} if label else {}}
    bench.api.change(PATH, {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta})
    app = application()
    app["spec"]["syncPolicy"] = policy
    row = {"kind": "Deployment", "namespace": "robot", "name": "perception"}
    app["status"]["resources"] = [row] if lists else []
    bench.api.put(f"{ARGO}/applications/perception", app)


HEALS = "The Application perception heals itself: Argo CD soon sets back what git says otherwise."
SYNCS = "It belongs to the Application perception: its next sync sets back what git says otherwise."


@pytest.mark.parametrize(
    ("policy", "note"),
    [
        ({"automated": {"selfHeal": True}}, HEALS),
        ({"automated": {}}, SYNCS),
        ({"automated": {"selfHeal": True, "enabled": False}}, SYNCS),
        ({}, SYNCS),
    ],
)
@pytest.mark.parametrize("tracked", [{"annotation": MINE}, {"label": "perception"}])
async def test_the_question_says_what_auto_sync_sets_back(
    bench: Bench, policy: Any, note: str, tracked: dict[str, str]
) -> None:
    owned(bench, **tracked, **policy)
    await perform(bench, PAUSE)
    assert bench.questions[0].text.endswith(note)


@pytest.mark.parametrize(
    "tracked",
    [
        {"annotation": "perception:apps/Deployment:robot/another"},
        {"label": "perception", "lists": False},
        {"annotation": "ghost:apps/Deployment:robot/perception"},
        {"annotation": "elsewhere_perception:apps/Deployment:robot/perception"},
    ],
)
async def test_a_copied_annotation_or_a_helm_label_is_no_owner(bench: Bench, tracked: dict[str, Any]) -> None:
    owned(bench, automated={"selfHeal": True}, **tracked)
    await perform(bench, PAUSE)
    assert "Application" not in bench.questions[0].text


async def test_an_application_outside_argo_cds_namespace_is_found(bench: Bench) -> None:
    owned(bench, annotation=f"argocd_{MINE}", automated={"selfHeal": True})
    await perform(bench, PAUSE)
    assert bench.questions[0].text.endswith(HEALS)


async def test_applications_that_may_not_be_read_are_said_and_absent_ones_are_not(bench: Bench) -> None:
    owned(bench, annotation=MINE)
    bench.api.failures = [("GET", "/applications", Forbidden("No."))]
    await perform(bench, PAUSE)
    assert bench.questions[0].text.endswith("whether that takes it back is not known.")
    bench.api.change(PATH, {"spec": {"paused": False}})
    bench.api.failures = [("GET", "/applications", NotFound("No such kind."))]
    await perform(bench, PAUSE)
    assert bench.questions[1].text.endswith("its pods run on.")


async def test_of_many_the_self_healing_applications_are_named_once(bench: Bench) -> None:
    owned(bench, annotation=MINE, automated={"selfHeal": True})
    others = [Target(kind="Deployment", namespace="robot", name=f"d{index}", uid=f"u-d{index}") for index in range(30)]
    for other in others:
        bench.api.put(f"{DEPLOYMENTS}/{other.name}", deployment(other.name))
    await bench.runner.perform_many(by_id("workload.pause"), [PERCEPTION, *others], bench.confirm)
    (question,) = bench.questions
    assert question.text.startswith("Pause 31 objects: perception, d0, d1 and 28 more on spot-07?")
    assert HEALS in question.text and question.text.count("Application") == 1


async def test_a_restart_is_not_taken_back_and_looks_at_no_application(bench: Bench) -> None:
    owned(bench, annotation=MINE, automated={"selfHeal": True})
    await bench.runner.perform_many(by_id("workload.restart"), [PERCEPTION], bench.confirm)
    assert "Application" not in bench.questions[0].text
