"""What an Argo CD ApplicationSet says of itself: it makes Applications from generators."""

from __future__ import annotations

from msgspec import Struct

from spottui.records import Condition, Meta


class SetStep(Struct, frozen=True, kw_only=True):
    """One Application in a progressive sync (status.applicationStatus[])."""

    application: str
    status: str
    """Waiting, Pending, Progressing or Healthy."""
    message: str = ""
    step: str = ""
    """Number of its step, from 1."""


class ApplicationSet(Meta, frozen=True, kw_only=True):
    """An ApplicationSet (argoproj.io/v1alpha1)."""

    generators: tuple[str, ...] = ()
    """Their kinds in the order of the spec: "git", "list", "clusters", ..."""
    conditions: tuple[Condition, ...] = ()
    """ErrorOccurred, ParametersGenerated, ResourcesUpToDate, RolloutProgressing."""
    is_rolling: bool = False
    """spec.strategy is RollingSync: the set starts the syncs itself and keeps auto-sync off."""
    steps: tuple[SetStep, ...] = ()
    leaves_specs: bool = False
    """It never updates an Application that is there (applicationsSync create-only or create-delete)."""
