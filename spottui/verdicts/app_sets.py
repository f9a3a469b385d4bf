"""What an ApplicationSet's conditions mean, and how far its progressive sync has come; knows records only."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from spottui.records import Condition
from spottui.records_appsets import ApplicationSet, SetStep
from spottui.verdicts.app_conditions import AppCause, explain
from spottui.verdicts.troubles import OPEN, Trouble

PASSING = ("OFFLINE", "PORTAL", "REMOTE")
_PASSES = "What it made goes on; with the link back it generates again within minutes."
_STAYS = "What it made goes on as it is, but nothing new comes of it. y has its whole message."


def set_cause(one: ApplicationSet) -> AppCause | None:
    """Return why an ApplicationSet does not generate, in words; None when its conditions name no error."""
    said = _error(one)
    if said is None:
        return None
    found = explain(said.type, said.message or said.reason, said.since)
    return replace(found, advice=_PASSES if found.code in PASSING else _STAYS)


def _error(one: ApplicationSet) -> Condition | None:
    by_type = {condition.type: condition for condition in one.conditions}
    occurred = by_type.get("ErrorOccurred")
    if occurred is not None and occurred.status == "True":
        return occurred
    steps = (by_type.get(name) for name in ("ParametersGenerated", "ResourcesUpToDate"))
    return next((step for step in steps if step is not None and step.status == "False"), None)


def set_word(one: ApplicationSet) -> tuple[str, str]:
    """Return the state of an ApplicationSet in a word, and its tone."""
    cause = set_cause(one)
    if cause is not None:
        return cause.code, cause.severity
    if one.deleted_at is not None:
        return "deleting", "warn"
    if not one.conditions:
        return "?", "dim"  # its controller has not spoken yet
    return "up to date", "good"


def set_trouble(one: ApplicationSet) -> Trouble | None:
    """Return what is wrong with an ApplicationSet; None when nothing is."""
    cause = set_cause(one)
    if cause is None:
        return None
    severity = "warn" if cause.severity == "warn" else "bad"
    return Trouble(severity, cause.code, cause.cause, cause.since, OPEN, cause.advice)


def step_of(one: ApplicationSet, application: str) -> SetStep | None:
    """Return where an Application stands in the progressive sync; None without one."""
    return next((step for step in one.steps if step.application == application), None) if one.is_rolling else None


def rollout(one: ApplicationSet) -> str:
    """Return how far a progressive sync is: "3 Healthy, 1 Waiting"; empty without one."""
    if not one.is_rolling:
        return ""
    found = Counter(step.status or "?" for step in one.steps)
    order = ("Healthy", "Progressing", "Pending", "Waiting")
    names = [*(name for name in order if name in found), *(name for name in found if name not in order)]
    return ", ".join(f"{found[name]} {name}" for name in names) or "not begun"
