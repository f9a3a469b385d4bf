"""What an ApplicationSet's conditions mean, in a word, a sentence and an advice."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.records import Condition
from spottui.records_appsets import ApplicationSet, SetStep
from spottui.verdicts.app_sets import rollout, set_cause, set_trouble, set_word, step_of
from spottui.verdicts.findings import find

OFFLINE = (
    "error generating params from git: error getting files from repo: error retrieving Git files: rpc error: "
    'code = Internal desc = Get "https://git.x/fleet.git/info/refs": dial tcp: lookup git.x: no such host'
)


def fleet(*conditions: Condition, **more: Any) -> ApplicationSet:
    known: dict[str, Any] = {"uid": "set", "namespace": "argocd", "created_at": 1.0}
    return ApplicationSet(name="fleet", conditions=conditions, **{**known, **more})


def said(kind: str, status: str, message: str = "", reason: str = "") -> Condition:
    return Condition(kind, status, reason, message, 100.0)


WELL = (said("ErrorOccurred", "False"), said("ParametersGenerated", "True"), said("ResourcesUpToDate", "True"))


def test_one_that_is_well_is_up_to_date_and_no_trouble() -> None:
    assert set_word(fleet(*WELL)) == ("up to date", "good")
    assert set_cause(fleet(*WELL)) is None and set_trouble(fleet(*WELL)) is None


def test_a_generator_without_a_link_is_offline_and_what_it_made_goes_on() -> None:
    one = fleet(said("ErrorOccurred", "True", OFFLINE), said("ParametersGenerated", "False", OFFLINE))
    cause = set_cause(one)
    assert cause is not None and (cause.code, cause.severity, cause.host) == ("OFFLINE", "warn", "git.x")
    assert "goes on" in cause.advice and "u " not in cause.advice
    assert set_word(one) == ("OFFLINE", "warn")


@pytest.mark.parametrize("kind", ["ParametersGenerated", "ResourcesUpToDate"])
def test_a_step_that_failed_is_said_also_without_the_error_itself(kind: str) -> None:
    cause = set_cause(fleet(said(kind, "False", "application spec is invalid: project x does not exist")))
    assert cause is not None and cause.severity == "bad" and "project x" in cause.cause and cause.since == 100.0


def test_without_a_message_the_reason_is_said_and_without_conditions_nothing_is_known() -> None:
    cause = set_cause(fleet(said("ErrorOccurred", "True", reason="CreateApplicationError")))
    assert cause is not None and "CreateApplicationError" in cause.cause
    assert set_word(fleet()) == ("?", "dim")
    assert set_word(fleet(*WELL, deleted_at=5.0)) == ("deleting", "warn")
    assert set_word(fleet(said("Odd", "Sideways"))) == ("up to date", "good")


def test_a_progressive_sync_tells_where_each_application_stands() -> None:
    steps = (
        SetStep(application="one", status="Healthy", step="1"),
        SetStep(application="two", status="Waiting", step="2", message="Application is out of date"),
        SetStep(application="three", status="Odd"),
    )
    one = fleet(*WELL, is_rolling=True, steps=steps)
    assert rollout(one) == "1 Healthy, 1 Waiting, 1 Odd"
    assert step_of(one, "two") == steps[1] and step_of(one, "four") is None
    assert rollout(fleet(steps=steps)) == "" and step_of(fleet(steps=steps), "two") is None
    assert rollout(fleet(is_rolling=True)) == "not begun"


def test_a_set_in_trouble_is_a_finding() -> None:
    empty: dict[str, Any] = {key: {} for key in ("pods", "statuses", "workloads", "nodes", "applications", "events")}
    found = find(**empty, access={}, now=200.0, app_sets={"set": fleet(said("ErrorOccurred", "True", OFFLINE))})
    assert [(one.subject, one.severity) for one in found] == [("appset fleet", "warn")]
    assert "git.x cannot be reached" in found[0].text
