"""Argo CD's sync windows on the wire: every field may be absent."""

from __future__ import annotations

from spottui.records_argocd import SyncWindow
from spottui.sources.kube_raw_values import Raw, message, word
from spottui.sources.text import clean

LONGEST = 1000
"""Characters of a schedule; a cut one would be another."""
WINDOWS_KEPT = 500


class RawWindow(Raw):
    """An entry of AppProject.spec.syncWindows."""

    kind: str | None = None
    schedule: str | None = None
    duration: str | None = None
    applications: list[str] | None = None
    namespaces: list[str] | None = None
    clusters: list[str] | None = None
    and_operator: bool | None = None
    manual_sync: bool | None = None
    sync_overrun: bool | None = None
    time_zone: str | None = None
    description: str | None = None


def windows(raw: list[RawWindow] | None) -> tuple[SyncWindow, ...]:
    """Return the records of a project's windows."""
    return tuple(_window(each) for each in (raw or ())[:WINDOWS_KEPT])


def _window(raw: RawWindow) -> SyncWindow:
    return SyncWindow(
        kind=word(raw.kind or ""),
        schedule=clean(raw.schedule or "", LONGEST),
        duration=word(raw.duration or ""),
        applications=_patterns(raw.applications),
        namespaces=_patterns(raw.namespaces),
        clusters=_patterns(raw.clusters),
        and_operator=bool(raw.and_operator),
        manual_sync=bool(raw.manual_sync),
        sync_overrun=bool(raw.sync_overrun),
        time_zone=word(raw.time_zone or ""),
        description=message(raw.description),
    )


def _patterns(raw: list[str] | None) -> tuple[str, ...]:
    return tuple(word(each) for each in raw or ())
