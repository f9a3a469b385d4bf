"""Argo CD's ApplicationSets on the wire: every list and object of theirs may be absent."""

from __future__ import annotations

from typing import Any

from spottui.records import Condition
from spottui.records_appsets import ApplicationSet, SetStep
from spottui.sources.kube_raw_argocd import both_ends
from spottui.sources.kube_raw_values import Raw, RawCondition, RawMeta, RawObject, identity, message, when, word

GENERATORS_KEPT = 20
STEPS_KEPT = 500
CONDITIONS_KEPT = 20
LEAVES_SPECS = ("create-only", "create-delete")


class RawStrategy(Raw):
    """spec.strategy."""

    type: str | None = None


class RawSetPolicy(Raw):
    """spec.syncPolicy of an ApplicationSet."""

    applications_sync: str | None = None


class RawSetSpec(Raw):
    """spec of an ApplicationSet."""

    generators: list[dict[str, Any]] | None = None
    strategy: RawStrategy | None = None
    sync_policy: RawSetPolicy | None = None


class RawStep(Raw):
    """An entry of status.applicationStatus."""

    application: str | None = None
    status: str | None = None
    message: str | None = None
    step: str | None = None


class RawSetStatus(Raw):
    """status of an ApplicationSet."""

    conditions: list[RawCondition] | None = None
    application_status: list[RawStep] | None = None


class RawApplicationSet(RawObject):
    """argoproj.io/v1alpha1.ApplicationSet."""

    spec: RawSetSpec | None = None
    status: RawSetStatus | None = None


def application_set(raw: RawApplicationSet, meta: RawMeta) -> ApplicationSet:
    """Return the record of an ApplicationSet."""
    spec, status = raw.spec or RawSetSpec(), raw.status or RawSetStatus()
    policy, strategy = spec.sync_policy or RawSetPolicy(), spec.strategy or RawStrategy()
    return ApplicationSet(
        **identity(meta),
        generators=tuple(_kind(each) for each in (spec.generators or ())[:GENERATORS_KEPT]),
        conditions=tuple(_condition(each) for each in (status.conditions or ())[:CONDITIONS_KEPT]),
        is_rolling=strategy.type == "RollingSync",
        steps=tuple(_step(each) for each in (status.application_status or ())[:STEPS_KEPT]),
        leaves_specs=policy.applications_sync in LEAVES_SPECS,
    )


def _kind(generator: dict[str, Any]) -> str:
    """Return the kind of a generator; a selector may stand beside it."""
    return word(next((key for key in generator if key != "selector"), "?"))


def _condition(raw: RawCondition) -> Condition:
    since = when(raw.last_transition_time)
    return Condition(word(raw.type), word(raw.status), word(raw.reason or ""), both_ends(raw.message), since)


def _step(raw: RawStep) -> SetStep:
    return SetStep(
        application=word(raw.application or ""),
        status=word(raw.status or ""),
        message=message(raw.message),
        step=word(raw.step or ""),
    )
