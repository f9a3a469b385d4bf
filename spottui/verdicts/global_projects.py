"""Which AppProjects' sync windows count for a project beside its own: Argo CD's global projects; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from spottui.records_argocd import AppProject, GlobalProject, Requirement

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


def global_projects(
    project: AppProject, projects: Iterable[AppProject], named: Sequence[GlobalProject]
) -> tuple[AppProject, ...]:
    """Return the projects whose windows are added to those of `project`, in their order.

    As Argo CD: a selector that is not valid, and a project that is not there, end the list.

    Args:
        projects: All that are known; those of other namespaces are another Argo CD's.
        named: The entries of argocd-cm.
    """
    near = {one.name: one for one in projects if one.namespace == project.namespace}
    found: list[AppProject] = []
    for entry in named:
        if entry.project == project.name:
            continue
        if not is_valid(entry):
            break
        if not selects(entry, project.labels):
            continue
        if entry.project not in near:
            break
        found.append(near[entry.project])
    return tuple(found)


def selects(entry: GlobalProject, labels: Mapping[str, str]) -> bool:
    """Tell whether a label selector fits labels; an empty one fits all."""
    if any(labels.get(key) != value for key, value in entry.labels):
        return False
    return all(_holds(one, labels) for one in entry.requirements)


def _holds(one: Requirement, labels: Mapping[str, str]) -> bool:
    value = labels.get(one.key)
    return {
        "In": value is not None and value in one.values,
        "NotIn": value is None or value not in one.values,
        "Exists": value is not None,
        "DoesNotExist": value is None,
    }.get(one.operator, False)


def is_valid(entry: GlobalProject) -> bool:
    """Tell whether Kubernetes takes a label selector."""
    return all(_is_key(key) and _is_value(value) for key, value in entry.labels) and all(
        _is_requirement(one) for one in entry.requirements
    )


def _is_requirement(one: Requirement) -> bool:
    if not _is_key(one.key) or not all(map(_is_value, one.values)):
        return False
    if one.operator in ("In", "NotIn"):
        return bool(one.values)
    return one.operator in ("Exists", "DoesNotExist") and not one.values


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > 253 or not _PREFIX.fullmatch(prefix)):
        return False
    return _NAME.fullmatch(name) is not None


def _is_value(value: str) -> bool:
    return not value or _NAME.fullmatch(value) is not None
