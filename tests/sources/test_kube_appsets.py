"""ApplicationSets on the wire arrive in the records, whatever of them is absent or odd."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from spottui.records import Condition
from spottui.records_appsets import ApplicationSet, SetStep
from spottui.sources.kube_objects import decode_list

from .wire import meta, one

WHEN = "2026-11-24T05:00:00Z"


def application_set(**parts: object) -> ApplicationSet:
    found = one("applicationsets", {"metadata": meta(), **parts})
    assert isinstance(found, ApplicationSet)
    return found


def test_a_whole_set_arrives() -> None:
    said = {"type": "ErrorOccurred", "status": "True", "reason": "Odd", "message": "x\x1b[31m"}
    said["lastTransitionTime"] = WHEN
    step = {"application": "nav", "status": "Waiting", "step": "2", "message": "waits", "targetRevisions": []}
    found = application_set(
        spec={
            "generators": [{"selector": {}, "matrix": {}}, {"git": {"repoURL": "https://git.x/f.git"}}],
            "strategy": {"type": "RollingSync", "rollingSync": {"steps": []}},
            "syncPolicy": {"applicationsSync": "create-only"},
        },
        status={"conditions": [said], "applicationStatus": [step]},
    )
    assert found.generators == ("matrix", "git") and found.is_rolling and found.leaves_specs
    (condition,) = found.conditions
    assert isinstance(condition, Condition)
    assert (condition.type, condition.status, condition.reason) == ("ErrorOccurred", "True", "Odd")
    assert condition.message == "x" and condition.since is not None
    assert found.steps == (SetStep(application="nav", status="Waiting", step="2", message="waits"),)


def test_a_set_that_its_controller_has_not_seen_says_nothing() -> None:
    for parts in ({}, {"spec": {}, "status": {}}, {"spec": {"generators": None}, "status": {"conditions": None}}):
        found = application_set(**parts)
        assert (found.generators, found.conditions, found.steps, found.is_rolling) == ((), (), (), False)


def test_of_a_long_message_the_beginning_and_the_end_stay() -> None:
    said = {"type": "ErrorOccurred", "status": "True", "message": "begins" + "x" * 5_000_000 + "no such host"}
    (condition,) = application_set(status={"conditions": [said]}).conditions
    assert condition.message.startswith("beginsx") and condition.message.endswith("no such host")
    assert len(condition.message) < 2100


@given(st.recursive(st.none() | st.text(max_size=8) | st.integers(), lambda inner: st.lists(inner, max_size=3)))
def test_odd_parts_are_left_out_or_the_set_is(value: object) -> None:
    odd = {"metadata": meta(), "spec": {"generators": value}, "status": {"conditions": value}}
    items = [odd, {"metadata": meta()}]
    assert len(decode_list("applicationsets", json.dumps({"kind": "List", "items": items}).encode()).records) >= 1
