"""Which projects' windows count beside an Application's own, as Argo CD's GetGlobalProjects finds them."""

from __future__ import annotations

from typing import Any

import pytest

from spottui.records_argocd import AppProject, GlobalProject, Requirement
from spottui.verdicts.global_projects import global_projects, is_valid, selects


def project(name: str, namespace: str = "argocd", **labels: str) -> AppProject:
    return AppProject(uid=f"{namespace}/{name}", name=name, namespace=namespace, created_at=None, labels=labels)


def entry(name: str, *requirements: tuple[Any, ...], **labels: str) -> GlobalProject:
    rows = tuple(Requirement(key=key, operator=op, values=tuple(values)) for key, op, *values in requirements)
    return GlobalProject(project=name, labels=tuple(labels.items()), requirements=rows)


ROBOT = project("robot", tier="field")
ALL = (ROBOT, project("fleet"), project("yard"), project("fleet", "other"))


def names(*entries: GlobalProject) -> list[str]:
    return [one.uid for one in global_projects(ROBOT, ALL, entries)]


def test_those_whose_selector_fits_count_in_their_order() -> None:
    assert names(entry("yard", tier="field"), entry("fleet")) == ["argocd/yard", "argocd/fleet"]
    assert names(entry("yard", tier="yard"), entry("fleet", tier="field")) == ["argocd/fleet"]


def test_a_project_is_not_its_own_global_one() -> None:
    assert names(entry("robot"), entry("fleet")) == ["argocd/fleet"]


def test_one_that_is_not_there_or_not_valid_ends_the_list() -> None:
    assert names(entry("yard"), entry("gone"), entry("fleet")) == ["argocd/yard"]
    assert names(entry("yard"), entry("fleet", ("tier", "Like", "field")), entry("fleet")) == ["argocd/yard"]
    # One that does not fit is passed over before it is looked for.
    assert names(entry("gone", tier="none"), entry("fleet")) == ["argocd/fleet"]


@pytest.mark.parametrize(
    ("requirement", "fits"),
    [
        (("tier", "In", "field", "yard"), True),
        (("tier", "In", "yard"), False),
        (("tier", "NotIn", "yard"), True),
        (("tier", "NotIn", "field"), False),
        (("none", "NotIn", "field"), True),
        (("tier", "Exists"), True),
        (("none", "Exists"), False),
        (("tier", "DoesNotExist"), False),
        (("none", "DoesNotExist"), True),
    ],
)
def test_expressions_hold_as_in_kubernetes(requirement: tuple[Any, ...], fits: bool) -> None:
    assert is_valid(entry("fleet", requirement))
    assert selects(entry("fleet", requirement), ROBOT.labels) is fits


@pytest.mark.parametrize(
    "bad",
    [
        entry("f", ("tier", "In")),
        entry("f", ("tier", "Exists", "field")),
        entry("f", ("tier", "in", "field")),
        entry("f", ("", "Exists")),
        entry("f", ("a/b/c", "Exists")),
        entry("f", tier="no spaces"),
        entry("f", tier="x" * 64),
    ],
)
def test_what_kubernetes_refuses_is_not_valid(bad: GlobalProject) -> None:
    assert not is_valid(bad)


def test_keys_may_have_a_domain_and_values_may_be_empty() -> None:
    assert is_valid(GlobalProject(project="f", labels=(("robots.example.com/tier", ""),)))
