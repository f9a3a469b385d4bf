"""What a comparison makes of an Application's status: rows, sync, health, conditions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spottui.sim.argo_compare import Difference, Pair
from spottui.sim.argo_health import health, is_hook, worst
from spottui.sim.argo_manifest import COMPARE_OPTIONS, annotation, has_option, place_of, wave_of
from spottui.sim.objects import Object

Status = dict[str, Any]
Condition = tuple[str, str]
"""Type and message."""


def row_of(pair: Pair, is_unknown: bool, with_health: bool) -> dict[str, Any]:
    """Return a row of status.resources; while the comparison failed, every row claims to need pruning."""
    one = pair.object
    group, kind, namespace, name = place_of(one)
    row: dict[str, Any] = {
        "group": group,
        "version": one["apiVersion"].rpartition("/")[2],
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "status": _sync_of(pair, is_unknown),
        "hook": is_hook(one),
        "requiresPruning": pair.is_extra,
        "requiresDeletionConfirmation": has_option(one, "Delete=confirm") or has_option(one, "Prune=confirm"),
        "syncWave": wave_of(one),
    }
    found = health_of(pair) if with_health else None
    if found is not None:
        row["health"] = {"status": found[0], **({"message": found[1]} if found[1] else {})}
    return {name: value for name, value in row.items() if value or name in ("kind", "name", "version")}


def _sync_of(pair: Pair, is_unknown: bool) -> str:
    if is_hook(pair.object):
        return ""
    if is_unknown:
        return "Unknown"
    return "OutOfSync" if pair.differs else "Synced"


def sync_of(found: Difference) -> str:
    """Return the sync status of the whole; hooks and what may be extra do not count."""
    for pair in found.pairs:
        is_tolerated = pair.is_extra and has_option(pair.live, "IgnoreExtraneous", COMPARE_OPTIONS)
        if pair.differs and not is_hook(pair.object) and not is_tolerated:
            return "OutOfSync"
    return "Synced"


def health_of(pair: Pair) -> tuple[str, str] | None:
    """Return the health of one resource; None when its kind has none."""
    if pair.live is None:
        return ("Missing", "")
    return health(pair.live)


def app_health(found: Difference) -> str:
    """Return the worst health of the resources; Missing only when none of them is there."""
    counted = [
        pair
        for pair in found.pairs
        if not is_hook(pair.object) and annotation(pair.object, "argocd.argoproj.io/ignore-healthcheck") != "true"
    ]
    if counted and all(pair.live is None for pair in counted):
        return "Missing"
    return worst(each[0] for pair in counted if pair.live is not None and (each := health(pair.live)))


def source_type(source: dict[str, Any]) -> str:
    """Return the tool that a source is rendered with."""
    if source.get("chart") or source.get("helm"):
        return "Helm"
    if source.get("kustomize"):
        return "Kustomize"
    return "Plugin" if source.get("plugin") else "Directory"


def set_conditions(status: Status, evaluated: Sequence[str], found: Sequence[Condition], now: str) -> None:
    """Put new conditions in place of those of the evaluated types; one that says the same keeps its time."""
    old = status.get("conditions") or []
    times = {(each["type"], each["message"]): each.get("lastTransitionTime", now) for each in old}
    made = [each for each in old if each["type"] not in evaluated]
    for type_, message in found:
        at = times.get((type_, message), now)
        made.append({"type": type_, "message": message, "lastTransitionTime": at})
    made.sort(key=lambda each: (each["type"], each["message"]))
    if made:
        status["conditions"] = made
    else:
        status.pop("conditions", None)


def errors_of(conditions: Sequence[Condition]) -> str:
    """Return error conditions as an operation's message has them."""
    return ";".join(f"{type_}: {message}" for type_, message in conditions)


def set_health(status: Status, new: str, now: str) -> None:
    """Write the health of the whole; the time is that of the last change."""
    old = status.get("health") or {}
    at = old.get("lastTransitionTime", now) if old.get("status") == new else now
    status["health"] = {"status": new, "lastTransitionTime": at}


def is_app(one: Object) -> bool:
    """Tell whether an object is an Application."""
    return one["kind"] == "Application" and one["apiVersion"].startswith("argoproj.io/")
