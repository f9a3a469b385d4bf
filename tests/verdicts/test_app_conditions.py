"""What Argo CD says becomes a class, a sentence and an advice."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spottui.records import Condition
from spottui.records_argocd import Operation
from spottui.verdicts.app_conditions import causes, explain, link_or_repository

from .make import NOW, an_app

DATA = Path(__file__).parent / "data" / "argocd_messages.json"
CODES = {
    "offline": "OFFLINE",
    "portal": "PORTAL",
    "remote": "REMOTE",
    "clock": "CLOCK",
    "auth": "AUTH",
    "missing": "SOURCE",
    "manifest": "BROKEN",
    "spec": "SPEC",
    "argo-down": "ARGO",
    "cluster": "CLUSTER",
    "unknown": "OTHER",
}
DOWN = 'failed to list refs: Get "https://git.x/a.git/info/refs": dial tcp: lookup git.x on 10.0.0.1:53: no such host'


def offline(uid: str, **more: object) -> object:
    return an_app(
        uid,
        sync="Unknown",
        repo=f"https://git.x/{uid}.git",
        conditions=(Condition("ComparisonError", "True", "", DOWN, NOW - 60),),
        **more,
    )


@pytest.mark.parametrize("case", json.loads(DATA.read_text()), ids=lambda case: f"{case['kind']}-{case['seen']}")
def test_each_message_of_a_real_argo_cd_has_its_class_a_cause_and_an_advice(case: dict[str, str]) -> None:
    kind = "InvalidSpecError" if case["kind"] == "spec" else "ComparisonError"
    found = explain(kind, case["message"])
    assert found.code == CODES[case["kind"]]
    assert found.cause and found.advice.endswith((".", "refreshes hard.")) and len(found.cause) < 500


def test_the_host_is_named_by_the_message_or_else_by_the_repository() -> None:
    assert explain("ComparisonError", DOWN).cause == "git.x cannot be reached from the robot."
    said = explain("ComparisonError", "failed to list refs: i/o timeout", repo="git@git.y:a/b.git")
    assert said.cause == "git.y cannot be reached from the robot."
    assert explain("ComparisonError", "failed to list refs: i/o timeout").cause.startswith("The git server")


def test_a_cached_failure_of_the_network_asks_for_a_hard_refresh() -> None:
    found = explain("ComparisonError", "Manifest generation error (cached): `helm dependency build` failed timeout")
    assert found.needs_hard_refresh and "U refreshes hard" in found.advice


def test_a_missing_project_is_named() -> None:
    found = explain("InvalidSpecError", "Application referencing project nav which does not exist")
    assert (found.code, found.cause) == ("SPEC", "Its project nav does not exist.")


def test_a_warning_is_no_error_and_comes_last() -> None:
    app = an_app(
        conditions=(
            Condition("OrphanedResourceWarning", "True", "", "3 orphaned"),
            Condition("ComparisonError", "True", "", DOWN),
        )
    )
    assert [one.code for one in causes(app)] == ["OFFLINE", "WARNING"]


def test_an_operation_that_could_not_start_is_a_cause_where_no_condition_is_one() -> None:
    app = an_app(operation=Operation(phase="Error", message=f"ComparisonError: {DOWN}", finished_at=NOW))
    assert [(one.code, one.type) for one in causes(app)] == [("OFFLINE", "operation")]


def test_all_applications_of_a_host_that_are_offline_blame_the_link() -> None:
    apps = [offline("a"), offline("b")]
    assert "All 2 Applications of git.x" in link_or_repository(causes(apps[0])[0], apps[0], apps)  # type: ignore[arg-type]


def test_one_of_several_blames_its_repository_only_when_the_others_were_compared_since() -> None:
    ill = offline("a")
    since = an_app("b", repo="https://git.x/b.git", reconciled_at=NOW - 5)
    before = an_app("b", repo="https://git.x/b.git", reconciled_at=NOW - 500)
    cause = causes(ill)[0]  # type: ignore[arg-type]
    assert "it is this repository" in link_or_repository(cause, ill, [ill, since])  # type: ignore[arg-type,list-item]
    assert "were not compared since" in link_or_repository(cause, ill, [ill, before])  # type: ignore[arg-type,list-item]


def test_a_message_of_five_megabytes_is_told_in_a_sentence_at_once() -> None:
    begun = time.process_time()
    found = explain("ComparisonError", "x" * 2_500_000 + " no such host " + "://" * 800_000)
    assert len(found.cause) < 1000 and time.process_time() - begun < 1.0


@given(st.text(max_size=300), st.sampled_from(["ComparisonError", "Nonsense", "XWarning", "operation", ""]))
def test_any_message_gets_a_cause_and_an_advice(message: str, kind: str) -> None:
    found = explain(kind, message)
    assert found.code and found.cause and found.advice
