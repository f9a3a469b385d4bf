"""Argo CD's own settings: read by name where an Argo CD is known, and what cannot be read says why."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spottui.errors import Forbidden, NotFound, SpottuiError, Unreachable
from spottui.records_argocd import ArgoSettings, GlobalProject, Requirement
from spottui.sources.argocd_settings import AGAIN, PERIOD, ArgocdSettingsSource, global_projects, settings_of

NAMED = """
- projectName: fleet
  labelSelector:
    matchLabels: {robots: spot}
    matchExpressions:
    - {key: tier, operator: In, values: [field, yard]}
- projectName: all
"""


def config(**data: str) -> bytes:
    return json.dumps(
        {"kind": "ConfigMap", "data": {key.replace("__", "."): text for key, text in data.items()}}
    ).encode()


class Api:
    """Answers with what a test put there, and notes what it was asked."""

    def __init__(self, *answers: bytes | SpottuiError) -> None:
        self.answers, self.asked = list(answers), list[str]()

    async def request(self, method: str, path: str, *, timeout: float = 10.0) -> bytes:
        self.asked.append(f"{method} {path}")
        answer = self.answers.pop(0)
        if isinstance(answer, SpottuiError):
            raise answer
        return answer


async def heard(
    api: Api, count: int, namespaces: Callable[[], list[str]], step: float = PERIOD + 1
) -> list[ArgoSettings]:
    """Return the first settings that are told; between two looks `step` seconds pass."""
    now = [0.0]

    async def sleep(seconds: float) -> None:
        now[0] += step
        await asyncio.sleep(0)

    source = ArgocdSettingsSource(api, lambda: 7.0, namespaces, monotonic=lambda: now[0], sleep=sleep)
    found: list[ArgoSettings] = []
    async with asyncio.timeout(5):
        async for event in source.events():
            found.append(event.settings)
            if len(found) == count:
                break
    return found


async def test_they_are_read_by_name_once_an_argo_cd_is_known() -> None:
    api, known = Api(config(globalProjects=NAMED, timeout__reconciliation="5m")), iter([[], [], ["argo"]])
    (one,) = await heard(api, 1, lambda: next(known))
    assert api.asked == ["GET /api/v1/namespaces/argo/configmaps/argocd-cm"]
    field = Requirement(key="tier", operator="In", values=("field", "yard"))
    fleet = GlobalProject(project="fleet", labels=(("robots", "spot"),), requirements=(field,))
    assert one.global_projects == (fleet, GlobalProject(project="all")) and one.why == ""
    assert (one.resync, one.jitter, one.heard_at) == (300.0, 60.0, 7.0)


async def test_what_may_not_be_read_is_unknown_and_what_is_not_there_is_nothing() -> None:
    api = Api(Forbidden("You may not get argocd-cm."), NotFound("It is not there."))
    first, second = await heard(api, 2, lambda: ["argocd"])
    assert (first.global_projects, first.why) == (None, "You may not get argocd-cm.")
    assert (second.global_projects, second.why) == ((), "")


async def test_without_a_link_what_was_heard_stays_and_it_is_asked_again_soon() -> None:
    api = Api(Unreachable("No answer."), config(), Unreachable("No answer."), config(globalProjects=NAMED))
    found = await heard(api, 3, lambda: ["argocd"], step=max(AGAIN, 5.0) + PERIOD)
    assert [one.why for one in found] == ["No answer.", "", ""]
    assert [len(one.global_projects or ()) for one in found] == [0, 0, 2]


def test_a_config_that_is_no_config_map_says_so() -> None:
    found = settings_of("argocd", b"<html>", 1.0)
    assert found.global_projects is None and found.why.startswith("argocd-cm in argocd cannot be read: ")
    found = settings_of("argocd", config(globalProjects="- " + "x" * 300_000), 1.0)
    assert found.global_projects is None and "longer than" in found.why


def test_what_argo_cd_cannot_read_it_counts_for_nothing() -> None:
    for text in (
        "",
        "  ",
        ": [",
        "- projectName: [1]",
        "{a: b}",
        "- projectName: a\n  labelSelector: {matchLabels: {a: 1}}",
    ):
        assert global_projects(text) == ()


def test_the_period_of_comparison_is_read_as_argo_cd_does() -> None:
    cases = {"": 120.0, "0s": None, "0": None, "180s": 180.0, "2m30s": 150.0, "1h": 3600.0, "often": 120.0, "3": 120.0}
    for text, seconds in cases.items():
        assert settings_of("argocd", config(timeout__reconciliation=text), 1.0).resync == seconds


@given(st.text(max_size=60) | st.binary(max_size=60).map(repr), st.binary(max_size=60))
def test_nothing_that_is_set_ends_the_reading(text: str, body: bytes) -> None:
    global_projects(text)
    settings_of("argocd", body, 1.0)
    settings_of("argocd", json.dumps({"data": {"globalProjects": text, "timeout.reconciliation": text}}).encode(), 1.0)


def odd(value: Any) -> bytes:
    return json.dumps(value).encode()


def test_a_config_map_without_data_sets_nothing() -> None:
    for body in (odd({}), odd({"data": None}), odd({"data": {}})):
        assert settings_of("argocd", body, 1.0).global_projects == ()
