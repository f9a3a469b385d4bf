"""Revisions, what differs between them, and the way back to one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.actions.registry import by_id
from spottui.actions.rollout_history import (
    CAUSE,
    DIFF_LINES,
    HASH,
    REVISION,
    difference,
    plain_template,
    selector_text,
)
from spottui.actions.scale import BEFORE_STOP
from spottui.errors import SpottuiError
from spottui.records import Target

from .bench import DEPLOYMENTS, PERCEPTION, Bench, deployment

PATH = f"{DEPLOYMENTS}/perception"
SETS = "/apis/apps/v1/namespaces/robot/replicasets"
REVISIONS = "/apis/apps/v1/namespaces/robot/controllerrevisions"
UNDO = by_id("workload.undo")
DAEMONS = Target(kind="DaemonSet", namespace="robot", name="cam", uid="u-cam")


def template(image: str, **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"labels": {"app": "perception", **labels}, "creationTimestamp": None},
        "spec": {"containers": [{"name": "main", "image": image}]},
    }


def replica_set(number: int, image: str, owner: str = "u-perception", **annotations: str) -> dict[str, Any]:
    return {
        "metadata": {
            "name": f"perception-{number}",
            "namespace": "robot",
            "labels": {"app": "perception"},
            "annotations": {REVISION: str(number), **annotations},
            "ownerReferences": [{"kind": "Deployment", "uid": owner, "controller": True}],
            "creationTimestamp": "2027-01-15T07:00:00Z",
        },
        "spec": {"template": template(image, **{HASH: f"h{number}"})},
    }


@pytest.fixture(autouse=True)
def perception(bench: Bench) -> None:
    found = deployment(template=template("img:3"))
    found["metadata"]["annotations"] = {REVISION: "3", "kept": "no", BEFORE_STOP: "2"}
    bench.api.put(PATH, found)
    bench.api.put(f"{SETS}/perception-1", replica_set(1, "img:1", **{CAUSE: "first", BEFORE_STOP: "9"}))
    bench.api.put(f"{SETS}/perception-2", replica_set(2, "img:2"))
    bench.api.put(f"{SETS}/perception-3", replica_set(3, "img:3"))
    bench.api.put(f"{SETS}/other-9", replica_set(9, "img:9", owner="u-other"))


async def undo(bench: Bench, revision: Any, target: Target = PERCEPTION) -> str:
    return await bench.runner.perform(UNDO, target, bench.confirm, {"revision": revision})


async def test_the_other_revisions_are_offered_newest_first_with_image_cause_and_age(bench: Bench) -> None:
    (field,) = await bench.runner.fields(UNDO, PERCEPTION)
    assert field.text == "Back to which revision of deployment/perception? It is at revision 3."
    assert [(pick.value, pick.title) for pick in field.picks] == [(2, "revision 2"), (1, "revision 1")]
    assert field.picks[1].note.startswith("img:1  first  ") and field.picks[1].note.endswith(" ago")


async def test_the_question_shows_the_difference_and_wants_the_name(bench: Bench) -> None:
    await undo(bench, 1)
    question = bench.questions[0]
    assert question.text.startswith("Undo deployment/perception in namespace robot to revision 1 on spot-07?")
    assert question.typed == "perception"
    assert question.lines[:2] == ("--- now", "+++ revision 1")
    assert "-  - image: img:3" in question.lines and "+  - image: img:1" in question.lines
    assert not any(HASH in line for line in question.lines)


async def test_the_template_is_written_back_as_kubectl_does(bench: Bench) -> None:
    version = bench.api.objects[PATH]["metadata"]["resourceVersion"]
    said = await undo(bench, 1)
    ((_, body),) = bench.commands
    assert body["metadata"] == {
        "uid": "u-perception",
        "resourceVersion": version,
        "annotations": {CAUSE: "first", "kept": None},
    }
    assert body["spec"]["template"]["$patch"] == "replace"
    found = bench.api.objects[PATH]
    assert found["spec"]["template"] == plain_template(template("img:1"))
    assert found["metadata"]["annotations"] == {REVISION: "3", CAUSE: "first", BEFORE_STOP: "2"}
    assert said == "perception: undone, 2 of 2 pods are new after 0 s."


async def test_the_revision_that_runs_is_not_sent_again(bench: Bench) -> None:
    with pytest.raises(SpottuiError, match="has the template of revision 3 already"):
        await undo(bench, 3)
    assert bench.questions == [] and bench.commands == []


@pytest.mark.parametrize("revision", [7, 9, None, "1"])
async def test_a_revision_that_is_not_kept_is_refused_with_those_that_are(bench: Bench, revision: Any) -> None:
    with pytest.raises(SpottuiError, match=f"has no revision {revision}; the cluster keeps 3, 2, 1"):
        await undo(bench, revision)


async def test_a_paused_deployment_is_not_undone(bench: Bench) -> None:
    bench.api.change(PATH, {"spec": {"paused": True}})
    with pytest.raises(SpottuiError, match="is paused and cannot be undone"):
        await bench.runner.fields(UNDO, PERCEPTION)
    with pytest.raises(SpottuiError, match="is paused and cannot be undone"):
        await undo(bench, 1)


async def test_without_another_revision_there_is_nothing_to_choose(bench: Bench) -> None:
    for number in (1, 2):
        bench.api.drop(f"{SETS}/perception-{number}")
    with pytest.raises(SpottuiError, match="there is nothing to undo"):
        await bench.runner.fields(UNDO, PERCEPTION)


async def test_a_daemon_set_goes_back_by_its_controller_revisions(bench: Bench) -> None:
    path = "/apis/apps/v1/namespaces/robot/daemonsets/cam"
    spec = {"selector": {"matchLabels": {"app": "perception"}}, "template": template("img:2")}
    bench.api.put(
        path, {"kind": "DaemonSet", "metadata": {"name": "cam", "namespace": "robot", "uid": "u-cam"}, "spec": spec}
    )
    for number in (1, 2):
        data = {"spec": {"template": {**template(f"img:{number}"), "$patch": "replace"}}}
        owner = {"kind": "DaemonSet", "uid": "u-cam", "controller": True}
        meta = {"name": f"cam-{number}", "labels": {"app": "perception"}, "ownerReferences": [owner]}
        bench.api.put(f"{REVISIONS}/cam-{number}", {"metadata": meta, "revision": number, "data": data})
    (field,) = await bench.runner.fields(UNDO, DAEMONS)
    assert [pick.value for pick in field.picks] == [1]
    await undo(bench, 1, DAEMONS)
    ((_, body),) = bench.commands
    assert "annotations" not in body["metadata"] and body["metadata"]["uid"] == "u-cam"
    assert bench.api.objects[path]["spec"]["template"]["spec"]["containers"][0]["image"] == "img:1"


# -- the difference --------------------------------------------------------------------------------------


def with_env(**values: str) -> dict[str, Any]:
    found = template("img:1")
    found["spec"]["containers"][0]["env"] = [{"name": name, "value": value} for name, value in values.items()]
    return found


def test_secrets_are_hidden_and_a_changed_one_is_still_seen() -> None:
    now, then = with_env(DB_PASSWORD="s3cret", MODE="a"), with_env(DB_PASSWORD="t0psecret", MODE="b")
    text = "\n".join(difference(now, then, "revision 1"))
    assert "s3cret" not in text and "t0psecret" not in text
    assert "value: <hidden>" in text and "value: <hidden 2>" in text
    assert "-      value: a" in text and "+      value: b" in text


def test_an_equal_secret_is_no_difference() -> None:
    assert difference(with_env(API_TOKEN="x"), with_env(API_TOKEN="x"), "revision 1") == []


def test_the_audit_log_has_no_secret_of_a_template_either(bench: Bench) -> None:
    from spottui.actions.masking import masked

    body = {"spec": {"template": with_env(API_TOKEN="abc", MODE="fast")}}
    assert "abc" not in str(masked(body)) and "fast" in str(masked(body))


def test_a_long_difference_is_cut_and_says_so() -> None:
    now, then = with_env(**{f"A{i}": "1" for i in range(90)}), with_env(**{f"A{i}": "2" for i in range(90)})
    lines = difference(now, then, "revision 1")
    assert len(lines) == DIFF_LINES + 1 and lines[-1].startswith("… and ")


@given(st.text(max_size=30))
def test_no_outside_text_brings_a_control_character_into_the_difference(text: str) -> None:
    for line in difference(with_env(MODE=text), with_env(MODE="x"), "revision 1"):
        assert all(char.isprintable() for char in line.expandtabs())


def test_a_selector_is_written_as_a_query_has_it() -> None:
    expressions = [
        {"key": "tier", "operator": "In", "values": ["a", "b"]},
        {"key": "old", "operator": "DoesNotExist"},
        {"key": "new", "operator": "Exists"},
        {"key": "x", "operator": "NotIn", "values": ["y"]},
    ]
    text = selector_text({"matchLabels": {"app": "cam"}, "matchExpressions": expressions})
    assert text == "app=cam,tier in (a,b),!old,new,x notin (y)"
