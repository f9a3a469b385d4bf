"""What the embedded Argo CD reads from its ConfigMaps, argocd-cm and argocd-cmd-params-cm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from spottui.sim.argo_projects import PROJECTS, project_of, without_nulls
from spottui.sim.argo_windows import BadWindow, Window, duration, matching
from spottui.sim.objects import Object, Objects
from spottui.sim.resources import resource

CONFIG_MAPS = resource("configmaps")


@dataclass(frozen=True, slots=True)
class Settings:
    """Times in seconds."""

    resync: float = 120.0
    """Between two comparisons of an Application; 0 is never by itself."""
    jitter: float = 60.0
    """At most so much is added to `resync`, by chance."""
    hard_resync: float = 0.0
    grace: float = 180.0
    """For so long an unreachable repository is not told."""
    persists_health: bool = False
    """Each resource's health is written into the Application."""


def settings_of(objects: Objects, namespace: str) -> Settings:
    """Return the settings; what is not set, or is nonsense, has Argo CD's default."""
    config = _data(objects, namespace, "argocd-cm")
    params = _data(objects, namespace, "argocd-cmd-params-cm")
    default = Settings()
    return Settings(
        resync=_seconds(config.get("timeout.reconciliation"), default.resync),
        jitter=_seconds(config.get("timeout.reconciliation.jitter"), default.jitter),
        hard_resync=_seconds(config.get("timeout.hard.reconciliation"), default.hard_resync),
        grace=_seconds(params.get("controller.repo.error.grace.period.seconds"), default.grace),
        persists_health=params.get("controller.resource.health.persist") == "true",
    )


def _data(objects: Objects, namespace: str, name: str) -> dict[str, str]:
    found = objects.find(CONFIG_MAPS, namespace, name)
    return (found.get("data") or {}) if found else {}


def _seconds(text: str | None, default: float) -> float:
    if not text:
        return default
    try:
        return float(text) if text.isdecimal() else duration(text)
    except BadWindow:
        return default


def windows_of(objects: Objects, app: Object, namespace: str) -> list[Window]:
    """Return the sync windows that are about an Application: its project's and those of global projects."""
    project = project_of(objects, app, namespace)
    if project is None:
        return []
    windows = list((project.get("spec") or {}).get("syncWindows") or ())
    for rule in _global_projects(objects, namespace):
        other = without_nulls(objects.find(PROJECTS, namespace, rule.get("projectName", "")))
        if other is not None and _selects(rule.get("labelSelector") or {}, project["metadata"].get("labels") or {}):
            windows += (other.get("spec") or {}).get("syncWindows") or ()
    return matching(windows, app)


def _global_projects(objects: Objects, namespace: str) -> list[dict[str, Any]]:
    try:
        rules = yaml.safe_load(_data(objects, namespace, "argocd-cm").get("globalProjects", ""))
    except yaml.YAMLError:
        return []
    return [rule for rule in rules if isinstance(rule, dict)] if isinstance(rules, list) else []


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    for rule in selector.get("matchExpressions") or ():
        key, values = rule.get("key", ""), rule.get("values") or ()
        fits = {
            "In": labels.get(key) in values,
            "NotIn": labels.get(key) not in values,
            "Exists": key in labels,
            "DoesNotExist": key not in labels,
        }
        if not fits.get(rule.get("operator", ""), False):
            return False
    return True
